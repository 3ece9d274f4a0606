/* SPDX-License-Identifier: MIT */
/* Claim: the encoder never writes outside the caller's memory, whatever the schema, the keys,
 * the tokens and the room; what it gives is what an embedding takes: rows that ascend and
 * lie in the table, finite weights, finite numbers; and more room changes no bit.
 * The input is four texts, each ended by a zero byte: schema lines, id keys, token keys, and
 * a script of calls. */
#include <stdint.h>
#include <stdlib.h>

#include "inner.h"

#include "draw.h"
#include "feature/feature.h"

enum { GUARD = 64, TOKENS = 12, NAME = 24, AMPLE = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The encoder's memory: a block of its exact size, guards inside it on both sides. */
typedef struct room {
    uint8_t *block;
    size_t size, shift;
} room;

static void require(int holds) {
    if (!holds) {
        abort();
    }
}

static room room_new(size_t size, size_t shift) {
    room made = {malloc(GUARD + shift + size + GUARD), size, shift};
    require(made.block != NULL);
    memset(made.block, 0xa5, GUARD + shift + size + GUARD);
    return made;
}

static void room_check(const room *of) {
    const uint8_t *end = of->block + GUARD + of->shift + of->size;
    for (size_t i = 0; i < GUARD + of->shift; i++) {
        require(of->block[i] == 0xa5);
    }
    for (size_t i = 0; i < GUARD; i++) {
        require(end[i] == 0xa5);
    }
}

/* The next text, in a block of its exact size. */
static tt_text take_text(draw *from) {
    const uint8_t *end = from->len > 0 ? memchr(from->at, 0, from->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - from->at) : from->len;
    char *copy = malloc(len + 1);
    require(copy != NULL);
    tt_text text = {copy + 1, len}; /* odd, and ends where the block ends */
    draw_bytes(from, copy + 1, len);
    from->at += end != NULL;
    from->len -= end != NULL;
    return text;
}

static void free_text(tt_text text) {
    free((void *)(uintptr_t)(text.at - 1));
}

/* A name the schema has, or one it has not. */
static void draw_name(draw *from, const tt_schema *schema, int number, char *name) {
    uint32_t which = draw_byte(from);
    tt_text text = {"colour", 6};
    if (!number && schema->fields > 0 && which < 240) {
        text = schema->field[which % schema->fields].field;
    } else if (number && which < 240) {
        tt_tower tower = which & 1 ? TT_ITEM : TT_USER;
        if (schema->numerics[tower] > 0) {
            text = schema->numeric[tower][which / 2 % schema->numerics[tower]].source;
        }
    }
    size_t len = text.len < NAME - 1 ? text.len : NAME - 1;
    memcpy(name, text.at, len);
    name[len] = '\0';
}

static tt_status give_list(draw *from, tt_features *features, const tt_schema *schema) {
    char name[NAME], bytes[TOKENS][12];
    tt_text tokens[TOKENS];
    uint32_t count = draw_most(from, TOKENS);
    draw_name(from, schema, 0, name);
    for (uint32_t i = 0; i < count; i++) {
        tokens[i] = (tt_text){bytes[i], draw_most(from, sizeof bytes[i])};
        draw_bytes(from, bytes[i], tokens[i].len);
    }
    return count == 1 ? tt_features_text(features, name, tokens[0])
                      : tt_features_list(features, name, tokens, count);
}

static void give_number(draw *from, tt_features *features, const tt_schema *schema) {
    char name[NAME];
    float value;
    draw_name(from, schema, 1, name);
    draw_bytes(from, &value, sizeof value);
    tt_features_number(features, name, value);
}

/* Runs the script.  TT_ERR_SPACE ends it: the features are then void. */
static tt_status run(draw script, const tt_schema *schema, tt_tower tower, const room *memory,
                     tt_features *features) {
    tt_features_begin(features, schema, tower, memory->block + GUARD + memory->shift, memory->size);
    while (script.len > 0) {
        tt_status status = TT_OK;
        uint32_t call = draw_byte(&script);
        if (call % 8 == 0) {
            status = tt_features_item(features, call / 8 % (TT_MAX_BAGS + 1));
        } else if (call % 8 == 1) {
            give_number(&script, features, schema);
        } else {
            status = give_list(&script, features, schema);
        }
        if (status == TT_ERR_SPACE) {
            return status;
        }
        require(status == TT_OK || status == TT_ERR_FEATURES);
    }
    tt_features_end(features);
    return TT_OK;
}

/* What an embedding would refuse, the encoder must not give. */
static void check(const tt_features *features, const tt_schema *schema, tt_tower tower,
                  const room *memory) {
    const uint8_t *start = memory->block + GUARD + memory->shift;
    uint64_t rows = (uint64_t)schema->id_rows + schema->token_rows;
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        const tt_entry *entry = features->entry[bag];
        if (features->count[bag] == 0) {
            continue;
        }
        const uint8_t *end = (const uint8_t *)(entry + features->count[bag]);
        require((const uint8_t *)entry >= start && end <= start + memory->size);
        for (uint32_t i = 0; i < features->count[bag]; i++) {
            require(entry[i].row < rows && (i == 0 || entry[i].row > entry[i - 1].row));
            require(tt_finite(entry[i].weight) && entry[i].weight > 0.0f);
        }
    }
    for (uint32_t i = 0; i < schema->numerics[tower]; i++) {
        require(tt_finite(features->numeric[i]));
    }
}

static void same(const tt_features *a, const tt_features *b) {
    require(memcmp(a->count, b->count, sizeof a->count) == 0);
    require(memcmp(a->numeric, b->numeric, sizeof a->numeric) == 0);
    require(a->tokens_known == b->tokens_known && a->tokens_unknown == b->tokens_unknown);
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        size_t size = a->count[bag] * sizeof(tt_entry);
        require(size == 0 || memcmp(a->entry[bag], b->entry[bag], size) == 0);
    }
}

static void encode(draw script, const tt_schema *schema) {
    uint32_t bits = draw_byte(&script);
    tt_tower tower = bits & 1 ? TT_ITEM : TT_USER;
    room tight = room_new(draw_most(&script, 1000), bits >> 1 & 15), ample = room_new(AMPLE, 0);
    tt_features small, large;
    tt_status status = run(script, schema, tower, &tight, &small);
    room_check(&tight);
    if (status == TT_OK) {
        check(&small, schema, tower, &tight);
    }
    if (run(script, schema, tower, &ample, &large) == TT_OK && status == TT_OK) {
        same(&small, &large);
    }
    room_check(&ample);
    free(tight.block);
    free(ample.block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    draw from = {data, size};
    tt_text text[3];
    tt_schema schema;
    tt_error error = {TT_OK, 0, 0};
    for (int i = 0; i < 3; i++) {
        text[i] = take_text(&from);
    }
    if (tt_schema_read(&schema, text[0], text[1], text[2], &error) == TT_OK) {
        encode(from, &schema);
    } else {
        require(error.status != TT_OK && error.node < 3 && error.offset <= text[error.node].len);
    }
    for (int i = 0; i < 3; i++) {
        free_text(text[i]);
    }
    return 0;
}
