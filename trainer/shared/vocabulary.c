/* SPDX-License-Identifier: MIT */
#include "common/fields.h"
#include "common/schema_lines.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 16, YEAR_LEN = 4 };

/* One token of one item; `order` makes equal tokens neighbours. */
typedef struct token {
    uint64_t order;
    tt_text text;
    uint32_t space, item;
} token;

/* Keys of one seed, ascending: of ids key * 2 + liked, of tokens the key. */
typedef struct key_lists {
    uint64_t *id, *token;
    size_t ids, tokens; /* counted before equal keys are made one */
    uint32_t seed, collisions;
} key_lists;

static int compare_text(const token *a, const token *b) {
    if (a->order != b->order)
        return a->order < b->order ? -1 : 1;
    if (a->space != b->space)
        return a->space < b->space ? -1 : 1;
    if (a->text.len != b->text.len)
        return a->text.len < b->text.len ? -1 : 1;
    return memcmp(a->text.at, b->text.at, a->text.len);
}

static int compare_tokens(const void *left, const void *right) {
    const token *a = left, *b = right;
    int order = compare_text(a, b);
    return order != 0 ? order : (a->item > b->item) - (a->item < b->item);
}

static int compare_keys(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void add_token(token *list, size_t *count, uint32_t space, uint32_t item, tt_text text) {
    if (text.len == 0)
        return;
    tt_text name = tr_text(tr_space_name[space]);
    uint64_t order = (uint64_t)tt_hash(0, name, text) << 32 | tt_hash(1, name, text);
    list[(*count)++] = (token){order, text, space, item};
}

/* All tokens of the catalogue; `years` has room for the text of a year5 token per item. */
static size_t collect(token *list, const tr_data *data, char (*years)[YEAR_LEN]) {
    size_t count = 0;
    for (uint32_t i = 0; i < data->items; i++) {
        const tr_item *item = &data->item[i];
        for (uint32_t f = 0; f < TR_FIELDS; f++)
            for (uint32_t t = 0; t < item->field[f].count; t++)
                add_token(list, &count, f, i, item->field[f].token[t]);
        int32_t year = tr_year_of(item->released_at);
        if (year < 0)
            continue;
        memcpy(years[i], item->released_at.at, YEAR_LEN);
        years[i][YEAR_LEN - 1] = year % 10 < 5 ? '0' : '5';
        add_token(list, &count, TR_SPACE_YEAR, i, (tt_text){item->released_at.at, YEAR_LEN});
        add_token(list, &count, TR_SPACE_YEAR5, i, (tt_text){years[i], YEAR_LEN});
    }
    return count;
}

/* Keeps one of each token that stands in two items or more. */
static size_t keep_frequent(token *list, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && compare_text(&list[i], &list[end]) == 0)
            end++;
        if (list[i].item != list[end - 1].item)
            list[kept++] = list[i];
        i = end;
    }
    return kept;
}

/* Tokens that share a key with another, in an ascending list of key << shift. */
static uint32_t count_collisions(const uint64_t *key, size_t count, int shift) {
    uint32_t collisions = 0;
    for (size_t i = 0; i < count; i++)
        if ((i > 0 && key[i] >> shift == key[i - 1] >> shift) ||
            (i + 1 < count && key[i] >> shift == key[i + 1] >> shift))
            collisions++;
    return collisions;
}

static void fill_keys(key_lists *keys, const tr_data *data, const token *list, size_t count,
                      uint32_t seed) {
    tt_text id_space = tr_text(TR_ID_FIELD);
    keys->seed = seed;
    keys->ids = 0;
    keys->tokens = count;
    for (uint32_t i = 0; i < data->items; i++)
        if (data->item_reviews[i] > 0)
            keys->id[keys->ids++] = (uint64_t)tt_hash(seed, id_space, data->item[i].id) << 1 |
                                    (data->item_likes[i] > 0);
    for (size_t i = 0; i < count; i++)
        keys->token[i] = tt_hash(seed, tr_text(tr_space_name[list[i].space]), list[i].text);
    qsort(keys->id, keys->ids, sizeof *keys->id, compare_keys);
    qsort(keys->token, keys->tokens, sizeof *keys->token, compare_keys);
    keys->collisions =
        count_collisions(keys->id, keys->ids, 1) + count_collisions(keys->token, keys->tokens, 0);
}

static void choose_seed(key_lists *keys, const tr_data *data, const token *list, size_t count) {
    uint32_t best = 0, least = UINT32_MAX;
    for (uint32_t seed = 0; seed < SEEDS && least > 0; seed++) {
        fill_keys(keys, data, list, count, seed);
        if (keys->collisions < least) {
            least = keys->collisions;
            best = seed;
        }
    }
    if (keys->seed != best)
        fill_keys(keys, data, list, count, best);
}

/* Makes equal keys one; of ids with one key the liked one stays, which sorts last. */
static size_t merge_keys(uint64_t *key, size_t count, int shift) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || key[i] >> shift != key[i + 1] >> shift)
            key[kept++] = key[i];
    return kept;
}

static char *put_key(char *to, uint32_t key) {
    for (int shift = 28; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[key >> shift & 15];
    return to;
}

static tr_status write_keys(tr_vocabulary *vocabulary, key_lists *keys) {
    keys->ids = merge_keys(keys->id, keys->ids, 1);
    keys->tokens = merge_keys(keys->token, keys->tokens, 0);
    vocabulary->id_keys_len = keys->ids * TT_ID_KEY;
    vocabulary->token_keys_len = keys->tokens * TT_TOKEN_KEY;
    vocabulary->id_keys = malloc(vocabulary->id_keys_len + 1);
    vocabulary->token_keys = malloc(vocabulary->token_keys_len + 1);
    if (!vocabulary->id_keys || !vocabulary->token_keys)
        return TR_NO_MEMORY;
    char *to = vocabulary->id_keys;
    for (size_t i = 0; i < keys->ids; i++) {
        to = put_key(to, (uint32_t)(keys->id[i] >> 1));
        *to++ = keys->id[i] & 1 ? '1' : '0';
    }
    *to = '\0';
    to = vocabulary->token_keys;
    for (size_t i = 0; i < keys->tokens; i++)
        to = put_key(to, (uint32_t)keys->token[i]);
    *to = '\0';
    return TR_OK;
}

static tr_status write_schema(tr_vocabulary *vocabulary, const tr_data *data, key_lists *keys) {
    vocabulary->collisions = keys->collisions;
    tr_status status = write_keys(vocabulary, keys);
    if (status == TR_OK)
        status = tr_schema_lines(vocabulary, data, keys->seed);
    if (status != TR_OK)
        return status;
    tt_error error;
    tt_text lines = {vocabulary->lines, vocabulary->lines_len};
    tt_text ids = {vocabulary->id_keys, vocabulary->id_keys_len};
    tt_text tokens = {vocabulary->token_keys, vocabulary->token_keys_len};
    return tt_schema_read(&vocabulary->schema, lines, ids, tokens, &error) == TT_OK ? TR_OK
                                                                                    : TR_CORE;
}

tr_status tr_vocabulary_build(tr_vocabulary *vocabulary, const tr_data *data) {
    memset(vocabulary, 0, sizeof *vocabulary);
    size_t most = 0;
    for (uint32_t i = 0; i < data->items; i++) {
        most += 2;
        for (int f = 0; f < TR_FIELDS; f++)
            most += data->item[i].field[f].count;
    }
    token *list = malloc((most + 1) * sizeof *list);
    char(*years)[YEAR_LEN] = malloc(((size_t)data->items + 1) * sizeof *years);
    key_lists keys = {0};
    keys.id = malloc(((size_t)data->items + 1) * sizeof *keys.id);
    keys.token = malloc((most + 1) * sizeof *keys.token);
    tr_status status = TR_NO_MEMORY;
    if (list && years && keys.id && keys.token) {
        size_t count = collect(list, data, years);
        qsort(list, count, sizeof *list, compare_tokens);
        count = keep_frequent(list, count);
        choose_seed(&keys, data, list, count);
        status = write_schema(vocabulary, data, &keys);
    }
    free(list);
    free(years);
    free(keys.id);
    free(keys.token);
    if (status != TR_OK)
        tr_vocabulary_free(vocabulary);
    return status;
}

void tr_vocabulary_free(tr_vocabulary *vocabulary) {
    free(vocabulary->lines);
    free(vocabulary->id_keys);
    free(vocabulary->token_keys);
    memset(vocabulary, 0, sizeof *vocabulary);
}
