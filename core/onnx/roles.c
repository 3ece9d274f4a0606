/* SPDX-License-Identifier: MIT */
/*
 * Which output is the embedding of which tower, and which inputs are its features: as the caller
 * says, or the properties of the file, or the words of the names.  Nothing is told by order.
 */
#include "onnx/onnx.h"

/* How an output came to its tower, weakest first.  Of the candidates of a tower the strongest stay.
 */
typedef enum role_reason {
    ROLE_NONE,
    ROLE_ONLY,      /* no output has a role: of items */
    ROLE_INPUTS,    /* the names of its inputs */
    ROLE_NAME,      /* its own name */
    ROLE_EMBEDDING, /* its own name, which also says that it is an embedding */
    ROLE_GIVEN      /* the caller, or a property */
} role_reason;

enum { ROLE_WORD = 10 };
static const char role_words[][ROLE_WORD + 1] = {"user", "member", "viewer", "query",
                                                 "item", "video",  "doc",    "candidate"};
static const char embedding_words[][ROLE_WORD + 1] = {"embedding", "embed", "emb", "vector", "vec"};

static uint8_t lower_case(uint8_t c) {
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

static int is_letter(uint8_t c) {
    return lower_case(c) >= 'a' && lower_case(c) <= 'z';
}

/* The next word of a name, as letters; words end at other bytes and before a capital that follows
 * a small letter. */
static tt_span next_word(const uint8_t *bytes, tt_span *rest) {
    while (rest->len > 0 && !is_letter(bytes[rest->at])) {
        rest->at++;
        rest->len--;
    }
    tt_span word = {rest->at, 0};
    while (rest->len > 0 && is_letter(bytes[rest->at])) {
        int small = bytes[rest->at] >= 'a';
        rest->at++;
        rest->len--;
        word.len++;
        if (small && rest->len > 0 && bytes[rest->at] >= 'A' && bytes[rest->at] <= 'Z') {
            break;
        }
    }
    return word;
}

/* Whether a word is `text`, also in the plural; a `start` may go on as it likes. */
static int word_is(const uint8_t *bytes, tt_span word, const char *text, int start) {
    uint32_t n = 0;
    while (text[n] != '\0' && n < word.len && lower_case(bytes[word.at + n]) == (uint8_t)text[n]) {
        n++;
    }
    return text[n] == '\0' &&
           (n == word.len || start || (n + 1 == word.len && lower_case(bytes[word.at + n]) == 's'));
}

/* TT_USER or TT_ITEM if the first or the last word of a name says so and no word says the other;
 * else TT_TOWERS. */
static uint32_t tower_of_name(const uint8_t *bytes, tt_span name) {
    const uint32_t count = sizeof role_words / sizeof role_words[0];
    uint32_t hits[TT_TOWERS] = {0, 0}, edge[TT_TOWERS] = {0, 0};
    for (uint32_t first = 1; name.len > 0; first = 0) {
        tt_span word = next_word(bytes, &name), after = name;
        int last = next_word(bytes, &after).len == 0;
        for (uint32_t i = 0; i < count && word.len > 0; i++) {
            uint32_t tower = i < count / 2 ? TT_USER : TT_ITEM;
            if (word_is(bytes, word, role_words[i], first != 0)) {
                hits[tower]++;
                edge[tower] += first != 0 || last;
            }
        }
    }
    return edge[TT_USER] > 0 && hits[TT_ITEM] == 0   ? (uint32_t)TT_USER
           : edge[TT_ITEM] > 0 && hits[TT_USER] == 0 ? (uint32_t)TT_ITEM
                                                     : (uint32_t)TT_TOWERS;
}

static int says_embedding(const uint8_t *bytes, tt_span name) {
    while (name.len > 0) {
        tt_span word = next_word(bytes, &name);
        for (size_t i = 0; i < sizeof embedding_words / sizeof embedding_words[0]; i++) {
            if (word.len > 0 && word_is(bytes, word, embedding_words[i], 0)) {
                return 1;
            }
        }
    }
    return 0;
}

/* Marks the values of which output `index` is made. */
static void reach(const tt_onnx *onnx, uint32_t index, uint8_t reached[TT_MAX_VALUES]) {
    memset(reached, 0, TT_MAX_VALUES);
    reached[onnx->output[index].first] = 1;
    for (uint32_t i = onnx->nodes; i > 0; i--) {
        const tt_node *node = &onnx->node[i - 1];
        for (uint32_t j = 0; reached[node->output] && j < node->inputs; j++) {
            if (node->input[j] != TT_NO_VALUE) {
                reached[node->input[j]] = 1;
            }
        }
    }
}

/* The tower that the names of its inputs agree on, or TT_TOWERS. */
static uint32_t tower_of_inputs(const tt_onnx *onnx, uint32_t index) {
    uint8_t reached[TT_MAX_VALUES];
    uint32_t hits[TT_TOWERS + 1] = {0, 0, 0};
    reach(onnx, index, reached);
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        if (reached[i] && onnx->value[i].kind == TT_IS_INPUT) {
            hits[tower_of_name(onnx->bytes, onnx->names.name[i])]++;
        }
    }
    return hits[TT_USER] > 0 && hits[TT_ITEM] == 0   ? (uint32_t)TT_USER
           : hits[TT_ITEM] > 0 && hits[TT_USER] == 0 ? (uint32_t)TT_ITEM
                                                     : (uint32_t)TT_TOWERS;
}

/* The tower and the reason of each output by what its names say. */
static void roles_by_name(tt_onnx *onnx) {
    uint32_t known = 0;
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        tt_value *output = &onnx->output[i];
        tt_span name = onnx->output_name[i];
        output->tower = (uint8_t)tower_of_name(onnx->bytes, name);
        output->last = says_embedding(onnx->bytes, name) ? ROLE_EMBEDDING : ROLE_NAME;
        if (output->tower == TT_TOWERS) {
            output->tower = (uint8_t)tower_of_inputs(onnx, i);
            output->last = ROLE_INPUTS;
        }
        known += output->tower < TT_TOWERS;
    }
    for (uint32_t i = 0; i < onnx->outputs && known == 0; i++) {
        onnx->output[i].tower = TT_ITEM;
        onnx->output[i].last = ROLE_ONLY;
    }
}

static int same_text(const uint8_t *bytes, tt_span span, tt_text text) {
    return span.len == text.len &&
           (span.len == 0 || memcmp(bytes + span.at, text.at, span.len) == 0);
}

/* The output that the caller or a property names for a tower takes the place of all others. */
static tt_status role_given(tt_onnx *onnx, uint32_t tower) {
    tt_text name = onnx->as.output[tower];
    if (name.len == 0) {
        return TT_OK;
    }
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        if (same_text(onnx->bytes, onnx->output_name[i], name)) {
            int taken = onnx->output[i].last == ROLE_GIVEN; /* by the other tower */
            onnx->output[i].tower = (uint8_t)tower;
            onnx->output[i].last = ROLE_GIVEN;
            return taken ? tt_onnx_fail(onnx, TT_ERR_ROLE, onnx->output[i].offset, TT_NO_NODE)
                         : TT_OK;
        }
    }
    return tt_onnx_fail(onnx, TT_ERR_ROLE, onnx->graph, TT_NO_NODE);
}

/* Leaves the strongest candidate of a tower; two that are alike are in doubt. */
static tt_status strongest(tt_onnx *onnx, uint32_t tower) {
    uint32_t best = ROLE_NONE, count = 0, at = 0;
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        if (onnx->output[i].tower == tower && onnx->output[i].last > best) {
            best = onnx->output[i].last;
        }
    }
    for (uint32_t i = 0; i < onnx->outputs; i++) {
        tt_value *output = &onnx->output[i];
        if (output->tower == tower && output->last < best) {
            output->tower = TT_TOWERS;
        } else if (output->tower == tower) {
            count++;
            at = output->offset;
        }
    }
    return count > 1 ? tt_onnx_fail(onnx, TT_ERR_ROLE, at, TT_NO_NODE) : TT_OK;
}

/* Marks what the candidates are made of.  An input is of the tower that is made of it, and of one
 * only. */
static tt_status claim_values(tt_onnx *onnx) {
    uint8_t reached[TT_MAX_VALUES];
    for (uint32_t i = 0; i < onnx->names.count; i++) {
        if (onnx->value[i].kind == TT_IS_INPUT) {
            onnx->value[i].tower = TT_TOWERS;
        }
    }
    for (uint32_t o = 0; o < onnx->outputs; o++) {
        uint8_t tower = onnx->output[o].tower;
        if (tower == TT_TOWERS) {
            continue;
        }
        reach(onnx, o, reached);
        for (uint32_t i = 0; i < onnx->names.count; i++) {
            tt_value *value = &onnx->value[i];
            value->live |= reached[i];
            if (!reached[i] || value->kind != TT_IS_INPUT) {
                continue;
            }
            if (value->tower != TT_TOWERS && value->tower != tower) {
                return tt_onnx_fail(onnx, TT_ERR_GRAPH, value->offset, TT_NO_NODE);
            }
            value->tower = tower;
        }
    }
    return TT_OK;
}

tt_status tt_onnx_roles(tt_onnx *onnx) {
    tt_status status = TT_OK;
    roles_by_name(onnx);
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        status = role_given(onnx, t);
    }
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        status = strongest(onnx, t);
    }
    return status == TT_OK ? claim_values(onnx) : status;
}
