/* SPDX-License-Identifier: MIT */
#include "common/fields.h"
#include "common/schema_lines.h"

#include <stdlib.h>
#include <string.h>

enum { YEAR_LEN = 4 };

/* The tokens of one space, by their hash. */
typedef struct hashes {
    uint64_t *at;
    size_t count;
} hashes;

static int compare(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void add_hash(hashes *to, uint32_t space, tt_text token) {
    tt_text name = tr_text(tr_space_name[space]);
    if (token.len > 0)
        to->at[to->count++] = tt_hash(TR_HASH_SEED, name, token);
}

static void collect(hashes *to, const tr_data *data, uint32_t space) {
    to->count = 0;
    for (uint32_t i = 0; i < data->items; i++) {
        const tr_item *item = &data->item[i];
        if (space < TR_FIELDS) {
            for (uint32_t t = 0; t < item->field[space].count; t++)
                add_hash(to, space, item->field[space].token[t]);
        } else if (tr_year_of(item->released_at) >= 0) {
            char year[YEAR_LEN];
            memcpy(year, item->released_at.at, YEAR_LEN);
            if (space == TR_SPACE_YEAR5)
                year[YEAR_LEN - 1] = year[YEAR_LEN - 1] < '5' ? '0' : '5';
            add_hash(to, space, (tt_text){year, YEAR_LEN});
        }
    }
}

static void keep_distinct(hashes *tokens) {
    size_t kept = 0;
    qsort(tokens->at, tokens->count, sizeof *tokens->at, compare);
    for (size_t i = 0; i < tokens->count; i++)
        if (i == 0 || tokens->at[i] != tokens->at[i - 1])
            tokens->at[kept++] = tokens->at[i];
    tokens->count = kept;
}

/* Tokens that share their bucket with another. */
static uint32_t count_shared(hashes *tokens, uint32_t buckets) {
    uint32_t shared = 0;
    for (size_t i = 0; i < tokens->count; i++)
        tokens->at[i] = (tokens->at[i] >> 32) % buckets;
    qsort(tokens->at, tokens->count, sizeof *tokens->at, compare);
    for (size_t i = 0; i < tokens->count; i++)
        shared += (i > 0 && tokens->at[i] == tokens->at[i - 1]) ||
                  (i + 1 < tokens->count && tokens->at[i] == tokens->at[i + 1]);
    return shared;
}

static size_t max_tokens(const tr_data *data) {
    size_t most = data->items;
    for (int f = 0; f < TR_FIELDS; f++) {
        size_t count = 0;
        for (uint32_t i = 0; i < data->items; i++)
            count += data->item[i].field[f].count;
        most = count > most ? count : most;
    }
    return most;
}

static uint32_t choose_buckets(const tr_buckets *wanted, uint32_t space, size_t distinct) {
    int64_t count = space == TR_TAGS         ? wanted->tags
                    : space == TR_PERFORMERS ? wanted->performers
                                             : 0;
    if (count > 0)
        return (uint32_t)count;
    return distinct > 0 ? (uint32_t)(2 * distinct) : 1;
}

tr_status tr_vocabulary_build_mlp(tr_vocabulary *vocabulary, const tr_data *data,
                                  const tr_buckets *buckets) {
    uint32_t chosen[TR_SPACES];
    memset(vocabulary, 0, sizeof *vocabulary);
    hashes tokens = {malloc((max_tokens(data) + 1) * sizeof(uint64_t)), 0};
    if (!tokens.at)
        return TR_NO_MEMORY;
    for (uint32_t space = 0; space < TR_SPACES; space++) {
        collect(&tokens, data, space);
        keep_distinct(&tokens);
        chosen[space] = choose_buckets(buckets, space, tokens.count);
        vocabulary->collisions += count_shared(&tokens, chosen[space]);
    }
    free(tokens.at);
    tr_status status = tr_mlp_schema_lines(vocabulary, data, chosen);
    tt_text lines = {vocabulary->lines, vocabulary->lines_len}, none = {"", 0};
    tt_error error;
    if (status == TR_OK && tt_schema_read(&vocabulary->schema, lines, none, none, &error) != TT_OK)
        status = TR_CORE;
    if (status != TR_OK)
        tr_vocabulary_free(vocabulary);
    return status;
}
