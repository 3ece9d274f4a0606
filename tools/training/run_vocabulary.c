/* SPDX-License-Identifier: MIT */
/* vocab_tag.json and vocab_actress.json: which token stands behind a row of the
 * table.  The model knows tokens by their hash only; the catalogue has the text. */
#include "base/fail.h"
#include "format/utf8.h"
#include "training/run_files.h"

#include <stdlib.h>
#include <string.h>

typedef struct known_token {
    uint32_t row;
    tt_text text;
} known_token;

typedef struct known_tokens {
    known_token *at;
    size_t count, capacity;
    map seen;
} known_tokens;

static uint64_t key_at(const tr_vocabulary *vocabulary, size_t index) {
    char digits[TT_TOKEN_KEY + 1] = "";
    memcpy(digits, vocabulary->token_keys + index * TT_TOKEN_KEY, TT_TOKEN_KEY);
    return strtoull(digits, NULL, 16);
}

/* The row of a hash: its bucket in the space, or its place in the ascending key
 * list; 0: it is not listed. */
static int find_row(const tr_vocabulary *vocabulary, tt_text space, uint64_t hash, uint32_t *row) {
    const tt_schema *schema = &vocabulary->schema;
    for (uint32_t s = 0; s < schema->spaces; s++)
        if (schema->space[s].name.len == space.len &&
            !memcmp(schema->space[s].name.at, space.at, space.len)) {
            *row = schema->space[s].first + (uint32_t)(hash >> 32) % schema->space[s].buckets;
            return 1;
        }
    size_t low = 0, high = vocabulary->token_keys_len / TT_TOKEN_KEY;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t key = key_at(vocabulary, middle);
        if (key == hash) {
            *row = vocabulary->schema.id_rows + (uint32_t)middle;
            return 1;
        }
        if (key < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static int compare(const void *left, const void *right) {
    const known_token *a = left, *b = right;
    size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
    int order = (a->row > b->row) - (a->row < b->row);
    if (!order)
        order = memcmp(a->text.at, b->text.at, len);
    return order ? order : (a->text.len > b->text.len) - (a->text.len < b->text.len);
}

/* The hash space of a field, or NULL where the schema does not have it. */
static const tt_text *space_of(const tt_schema *schema, const char *field) {
    for (uint32_t f = 0; f < schema->fields; f++)
        if (schema->field[f].field.len == strlen(field) &&
            !memcmp(schema->field[f].field.at, field, strlen(field)))
            return &schema->field[f].space;
    return NULL;
}

static void collect(known_tokens *tokens, const trained *run, int field, tt_text space) {
    const item_table *items = &run->data->items;
    for (uint32_t i = 0; i < items->count; i++)
        for (uint32_t t = 0; t < items->item[i].field[field].count; t++) {
            tt_text token = items->item[i].field[field].token[t];
            uint32_t row;
            if (!map_put(&tokens->seen, token, 0) ||
                !find_row(run->vocabulary, space,
                          tt_hash(run->vocabulary->schema.hash_seed, space, token), &row))
                continue;
            tokens->at = xgrow(tokens->at, tokens->count, &tokens->capacity, sizeof *tokens->at);
            tokens->at[tokens->count++] = (known_token){row, token};
        }
    if (tokens->count)
        qsort(tokens->at, tokens->count, sizeof *tokens->at, compare);
}

static int write_field(const trained *run, const char *folder, const char *name, int field,
                       size_t *size) {
    const tt_text *space = space_of(&run->vocabulary->schema, tr_field_name[field]);
    known_tokens tokens = {NULL, 0, 0, {0}};
    json_t *list = json_array();
    if (space)
        collect(&tokens, run, field, *space);
    for (size_t i = 0; i < tokens.count; i++) {
        tt_text token = tokens.at[i].text;
        json_t *said =
            utf8_valid(token.at, token.len) ? json_stringn(token.at, token.len) : json_null();
        json_array_append_new(
            list, json_pack("{s:I, s:o}", "row", (json_int_t)tokens.at[i].row, "token", said));
    }
    json_t *document = json_pack("{s:s, s:s, s:I, s:o}", "field", tr_field_name[field], "space", "",
                                 "size", (json_int_t)tokens.count, "tokens", list);
    json_object_set_new(document, "space",
                        space ? json_stringn(space->at, space->len) : json_null());
    char *path = xasprintf("%s/%s", folder, name);
    int status = json_write(document, path);
    *size = tokens.count;
    map_free(&tokens.seen);
    free(tokens.at);
    free(path);
    return status;
}

int run_write_vocabulary(trained *run, const char *folder) {
    int status = write_field(run, folder, "vocab_tag.json", TR_TAGS, &run->tags);
    if (!status)
        status = write_field(run, folder, "vocab_actress.json", TR_PERFORMERS, &run->performers);
    return status;
}
