/* SPDX-License-Identifier: MIT */
#include "common/fields.h"
#include "common/schema_lines.h"

#include <stdlib.h>
#include <string.h>

enum { YEAR_LEN = 4 };

/* One token of one item. */
typedef struct token {
    uint64_t key;
    tt_text text;
    uint32_t space, item;
} token;

/* A key of the lists; `liked` is of ids. */
typedef struct list_key {
    uint64_t hash;
    int liked;
} list_key;

static int compare_text(const token *a, const token *b) {
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
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
    const list_key *a = left, *b = right;
    return a->hash != b->hash ? (a->hash > b->hash) - (a->hash < b->hash) : a->liked - b->liked;
}

static void add_token(token *list, size_t *count, uint32_t space, uint32_t item, tt_text text) {
    if (text.len == 0)
        return;
    tt_text name = tr_text(tr_space_name[space]);
    list[(*count)++] = (token){tt_hash(TR_HASH_SEED, name, text), text, space, item};
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

/* Keys of the ids that are reviewed in train. */
static size_t collect_ids(list_key *key, const tr_data *data) {
    tt_text space = tr_text(TR_ID_FIELD);
    size_t count = 0;
    for (uint32_t i = 0; i < data->items; i++)
        if (data->item_reviews[i] > 0)
            key[count++] =
                (list_key){tt_hash(TR_HASH_SEED, space, data->item[i].id), data->item_likes[i] > 0};
    qsort(key, count, sizeof *key, compare_keys);
    return count;
}

/* Keys of the tokens that stand in two items or more. */
static size_t collect_content(list_key *key, token *list, const tr_data *data,
                              char (*years)[YEAR_LEN]) {
    size_t count = collect(list, data, years);
    qsort(list, count, sizeof *list, compare_tokens);
    count = keep_frequent(list, count);
    for (size_t i = 0; i < count; i++)
        key[i] = (list_key){list[i].key, 0};
    return count;
}

/* Makes equal keys one; of ids with one key the liked one stays, which sorts last.  Adds the
 * tokens that share a key to *collisions. */
static size_t merge_keys(list_key *key, size_t count, uint32_t *collisions) {
    size_t kept = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && key[end].hash == key[i].hash;)
            end++;
        *collisions += end - i > 1 ? (uint32_t)(end - i) : 0;
        key[kept++] = key[end - 1];
    }
    return kept;
}

/* The list as text, `stride` bytes a key; NULL without memory. */
static char *write_keys(const list_key *key, size_t count, size_t stride, size_t *len) {
    char *text = malloc(count * stride + 1), *to = text;
    for (size_t i = 0; text && i < count; i++) {
        for (int shift = 60; shift >= 0; shift -= 4)
            *to++ = "0123456789abcdef"[key[i].hash >> shift & 15];
        if (stride == TT_ID_KEY)
            *to++ = key[i].liked ? '1' : '0';
    }
    *len = count * stride;
    return text;
}

static tr_status write_schema(tr_vocabulary *vocabulary, const tr_data *data) {
    tt_error error;
    tr_status status = tr_schema_lines(vocabulary, data);
    if (status != TR_OK)
        return status;
    tt_text lines = {vocabulary->lines, vocabulary->lines_len};
    tt_text ids = {vocabulary->id_keys, vocabulary->id_keys_len};
    tt_text tokens = {vocabulary->token_keys, vocabulary->token_keys_len};
    return tt_schema_read(&vocabulary->schema, lines, ids, tokens, &error) == TT_OK ? TR_OK
                                                                                    : TR_CORE;
}

static size_t max_tokens(const tr_data *data) {
    size_t most = 2 * (size_t)data->items; /* year and year5 */
    for (uint32_t i = 0; i < data->items; i++)
        for (int f = 0; f < TR_FIELDS; f++)
            most += data->item[i].field[f].count;
    return most;
}

tr_status tr_vocabulary_build(tr_vocabulary *vocabulary, const tr_data *data) {
    size_t most = max_tokens(data);
    token *list = malloc((most + 1) * sizeof *list);
    char(*years)[YEAR_LEN] = malloc(((size_t)data->items + 1) * sizeof *years);
    list_key *id = malloc(((size_t)data->items + 1) * sizeof *id);
    list_key *content = malloc((most + 1) * sizeof *content);
    memset(vocabulary, 0, sizeof *vocabulary);
    tr_status status = TR_NO_MEMORY;
    if (list && years && id && content) {
        size_t ids = merge_keys(id, collect_ids(id, data), &vocabulary->collisions);
        size_t tokens = merge_keys(content, collect_content(content, list, data, years),
                                   &vocabulary->collisions);
        vocabulary->id_keys = write_keys(id, ids, TT_ID_KEY, &vocabulary->id_keys_len);
        vocabulary->token_keys =
            write_keys(content, tokens, TT_TOKEN_KEY, &vocabulary->token_keys_len);
    }
    if (vocabulary->id_keys && vocabulary->token_keys)
        status = write_schema(vocabulary, data);
    free(list);
    free(years);
    free(id);
    free(content);
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
