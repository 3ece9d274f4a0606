/* SPDX-License-Identifier: MIT */
#include "serving/embedder.h"

#include "base/fail.h"
#include "base/message.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int embedder_open(embedder *rows, const tt_model *model, tt_tower tower, const char *path) {
    *rows = (embedder){.model = model, .tower = tower};
    if (!tt_model_has(model, tower))
        return fail(TW_INPUT, "%s: the model has no %s tower", path,
                    tower == TT_USER ? "user" : "item");
    if (!tt_model_schema(model))
        return fail(TW_INPUT,
                    "%s: the model carries no feature schema (metadata twotower.schema); "
                    "use a model that twotower trained",
                    path);
    size_t size = tt_scratch_size(model, tower, 1);
    rows->_embedder = (tt_embedder){model, tt_kernels_best(), tower, xmalloc(size), size};
    return 0;
}

void embedder_close(embedder *rows) {
    free(rows->_memory);
    free(rows->_embedder.scratch);
    *rows = (embedder){0};
}

/* Tokens that one item can give, its id and two of its date included. */
static size_t item_tokens(const tr_item *item) {
    size_t tokens = 3;
    for (int f = 0; f < TR_FIELDS; f++)
        tokens += item->field[f].count;
    return tokens;
}

static void begin(embedder *rows, size_t entries, size_t tokens) {
    size_t size = tt_features_size(entries, tokens);
    if (size > rows->_memory_size) {
        free(rows->_memory);
        rows->_memory = xmalloc(size);
        rows->_memory_size = size;
    }
    tt_features_begin(&rows->features, tt_model_schema(rows->model), rows->tower, rows->_memory,
                      rows->_memory_size);
}

int embedder_embed(embedder *rows, float *out, int *made) {
    tt_status status = rows->_encoded;
    if (status == TT_OK)
        status = tt_embed(&rows->_embedder, &rows->features, 1, out, NULL);
    rows->rows++;
    rows->tokens_known += rows->features.tokens_known;
    rows->tokens_unknown += rows->features.tokens_unknown;
    rows->unknown_rows += !rows->features.tokens_known && rows->features.tokens_unknown;
    *made = status == TT_OK;
    if (status == TT_OK)
        return 0;
    if (status != TT_ERR_NONFINITE)
        return fail(TW_INPUT, "row %" PRIu64 " cannot be embedded: %s", rows->rows,
                    tt_status_text(status));
    rows->without++;
    memset(out, 0, tt_model_dim(rows->model) * sizeof *out);
    return 0;
}

/* Looks each field up alone; memory is taken over after it. */
static void count_fields(embedder *rows, const tr_item *item) {
    for (int f = 0; f < TR_FIELDS; f++) {
        tt_features alone;
        field_tokens *of = &rows->field[f];
        if (!item->field[f].count)
            continue;
        tt_features_begin(&alone, tt_model_schema(rows->model), TT_ITEM, rows->_memory,
                          rows->_memory_size);
        if (tt_features_list(&alone, tr_field_name[f], item->field[f].token, item->field[f].count))
            continue; /* the row says so when it is encoded */
        if (!of->unknown && alone.tokens_unknown)
            snprintf(of->example, sizeof of->example, "%.*s", (int)item->id.len, item->id.at);
        of->known += alone.tokens_known;
        of->unknown += alone.tokens_unknown;
    }
}

int embedder_judge_fields(const embedder *rows, int strict, const char *source) {
    for (int f = 0; f < TR_FIELDS; f++) {
        const field_tokens *of = &rows->field[f];
        const double tokens = (double)of->known + (double)of->unknown;
        if (tokens < FIELD_TOKENS || (double)of->unknown < FIELD_UNKNOWN_SHARE * tokens)
            continue;
        char *sentence = xasprintf(
            "%s: the model knows %" PRIu64 " of %.0f tokens of %s; the first unknown one is of "
            "video %s. It was trained on other values: compare the table, or train again",
            source, of->known, tokens, tr_field_name[f], of->example);
        int status = strict ? fail(TW_INPUT, "%s", sentence) : 0;
        if (!strict)
            warning("%s", sentence);
        free(sentence);
        if (status)
            return status;
    }
    return 0;
}

json_t *embedder_fields(const embedder *rows) {
    json_t *fields = json_object();
    for (int f = 0; f < TR_FIELDS; f++)
        json_object_set_new(fields, tr_field_name[f],
                            json_pack("{s:I, s:I}", "known", (json_int_t)rows->field[f].known,
                                      "unknown", (json_int_t)rows->field[f].unknown));
    return fields;
}

int embedder_encode(embedder *rows, const tr_item *item) {
    size_t tokens = item_tokens(item);
    begin(rows, tokens, tokens);
    count_fields(rows, item);
    rows->_encoded = tr_encode_item(&rows->features, item);
    return rows->_encoded == TT_OK;
}

int embedder_item(embedder *rows, const tr_item *item, float *out, int *made) {
    (void)embedder_encode(rows, item);
    return embedder_embed(rows, out, made);
}

int embedder_user(embedder *rows, const tr_user *user, const tr_item *items, float *out,
                  int *made) {
    size_t entries = 0, most = 0;
    for (int bag = 0; bag < TT_MAX_BAGS; bag++)
        for (uint32_t i = 0; i < user->count[bag]; i++) {
            size_t tokens = item_tokens(&items[user->history[bag][i]]);
            entries += tokens;
            most = tokens > most ? tokens : most;
        }
    begin(rows, entries, most);
    rows->_encoded = tr_encode_user(&rows->features, user, items);
    return embedder_embed(rows, out, made);
}

void embedder_digest(const embedder *rows, char digest[17]) {
    snprintf(digest, 17, "%016" PRIx64,
             tt_features_digest(&rows->features, rows->model, rows->tower));
}
