/* SPDX-License-Identifier: MIT */
#include "catalogue/groups.h"

#include "base/arena.h"
#include "base/disk.h"
#include "base/fail.h"
#include "base/map.h"
#include "format/csv.h"

#include <stdlib.h>
#include <string.h>

/* One row: the number of its key and of its value. */
typedef struct pair {
    uint32_t key, value;
} pair;

struct groups {
    arena text;
    map key_of, value_of; /* text -> number, in the order of appearance */
    tt_text *value;       /* then ascending by bytes */
    size_t value_capacity;
    pair *row;
    size_t rows, row_capacity;
    uint32_t *start;     /* [keys + 1]: where the members of a key begin */
    uint32_t *member;    /* [rows]: ranks of values, ascending within a key */
    char *known;         /* [keys] */
    uint64_t without_id; /* rows */
    tt_text *result;     /* what the last groups_get gave */
    size_t result_capacity;
};

/* The number of a text.  A new one is the next, and *text its copy that stays. */
static int number_of(groups *all, map *numbers, tt_text *text, const csv *file, uint32_t *number) {
    if (map_get(numbers, *text, number))
        return 0;
    if (numbers->used >= UINT32_MAX - 1)
        return fail(TW_INPUT, "%s: fewer than 2^32 different values are expected", csv_path(file));
    *number = (uint32_t)numbers->used;
    *text = arena_text(&all->text, *text);
    (void)map_put(numbers, *text, *number);
    return 0;
}

static void keep_value(groups *all, tt_text value) {
    size_t at = all->value_of.used - 1;
    all->value = xgrow(all->value, at, &all->value_capacity, sizeof *all->value);
    all->value[at] = value;
}

static int add_row(groups *all, csv *file, int key_at, int value_at) {
    tt_text key, value = csv_text(file, value_at);
    const size_t values = all->value_of.used;
    pair row;
    int missing, status = csv_id(file, key_at, &key, &missing);
    all->without_id += !status && missing;
    if (status || missing || !value.len)
        return status;
    if (all->rows >= UINT32_MAX - 1)
        return fail(TW_INPUT, "%s: fewer than 2^32 rows are expected", csv_path(file));
    status = number_of(all, &all->key_of, &key, file, &row.key);
    if (!status)
        status = number_of(all, &all->value_of, &value, file, &row.value);
    if (status)
        return status;
    if (all->value_of.used > values)
        keep_value(all, value);
    all->row = disk_more(all->row, all->rows, &all->row_capacity, sizeof *all->row);
    all->row[all->rows++] = row;
    return 0;
}

static int read_rows(groups *all, csv *file, const char *key, const char *const *values) {
    int key_at, value_at = -1, more = 0;
    int status = csv_need(file, key, &key_at);
    for (size_t i = 0; values[i] && value_at < 0; i++)
        value_at = csv_find(file, values[i]);
    if (!status && value_at < 0)
        status = csv_need(file, values[0], &value_at);
    if (!status)
        status = csv_next(file, &more);
    while (!status && more) {
        status = add_row(all, file, key_at, value_at);
        if (!status)
            status = csv_next(file, &more);
    }
    return status;
}

typedef struct ranked {
    tt_text text;
    uint32_t number;
} ranked;

static int by_bytes(const void *a, const void *b) {
    const ranked *one = a, *other = b;
    size_t len = one->text.len < other->text.len ? one->text.len : other->text.len;
    int order = len ? memcmp(one->text.at, other->text.at, len) : 0;
    if (order)
        return order;
    return (one->text.len > other->text.len) - (one->text.len < other->text.len);
}

static int by_number(const void *a, const void *b) {
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

/* Numbers of values become ranks, so that sorting a group compares integers. */
static void rank_values(groups *all) {
    size_t n = all->value_of.used;
    ranked *order = xmalloc(n * sizeof *order);
    uint32_t *rank = xmalloc(n * sizeof *rank);
    for (uint32_t i = 0; i < n; i++)
        order[i] = (ranked){all->value[i], i};
    qsort(order, n, sizeof *order, by_bytes);
    for (uint32_t i = 0; i < n; i++) {
        rank[order[i].number] = i;
        all->value[i] = order[i].text;
    }
    for (size_t i = 0; i < all->rows; i++)
        all->row[i].value = rank[all->row[i].value];
    free(order);
    free(rank);
}

static void group_rows(groups *all) {
    size_t keys = all->key_of.used;
    all->start = disk_zero(keys + 2, sizeof *all->start);
    all->member = disk_zero(all->rows, sizeof *all->member);
    all->known = disk_zero(keys, 1);
    /* Counting sort: start[k + 2] counts, start[k + 1] becomes the place to fill. */
    for (size_t i = 0; i < all->rows; i++)
        all->start[all->row[i].key + 2]++;
    for (size_t k = 0; k < keys; k++)
        all->start[k + 2] += all->start[k + 1];
    for (size_t i = 0; i < all->rows; i++)
        all->member[all->start[all->row[i].key + 1]++] = all->row[i].value;
    for (size_t k = 0; k < keys; k++)
        qsort(all->member + all->start[k], all->start[k + 1] - all->start[k], sizeof *all->member,
              by_number);
    disk_free(all->row);
    all->row = NULL;
}

int groups_read(groups **read, const char *path, const char *key, const char *const *values) {
    groups *all = xcalloc(1, sizeof *all);
    all->text.on_disk = 1;
    csv *file = NULL;
    int status = 0;
    *read = NULL;
    if (csv_exists(path)) {
        status = csv_open(&file, path);
        if (!status)
            status = read_rows(all, file, key, values);
        if (file)
            csv_close(file);
    }
    if (status) {
        groups_free(all);
        return status;
    }
    rank_values(all);
    group_rows(all);
    *read = all;
    return 0;
}

void groups_free(groups *all) {
    if (!all)
        return;
    arena_free(&all->text);
    map_free(&all->key_of);
    map_free(&all->value_of);
    free(all->value);
    disk_free(all->row);
    disk_free(all->start);
    disk_free(all->member);
    disk_free(all->known);
    free(all->result);
    free(all);
}

uint32_t groups_get(groups *all, tt_text key, const tt_text **values) {
    uint32_t at, n = 0;
    *values = NULL;
    if (!map_get(&all->key_of, key, &at))
        return 0;
    all->known[at] = 1;
    for (uint32_t i = all->start[at]; i < all->start[at + 1]; i++) {
        if (i > all->start[at] && all->member[i] == all->member[i - 1])
            continue;
        all->result = xgrow(all->result, n, &all->result_capacity, sizeof *all->result);
        all->result[n++] = all->value[all->member[i]];
    }
    *values = all->result;
    return n;
}

uint64_t groups_rows_without_id(const groups *all) {
    return all->without_id;
}

uint64_t groups_unknown_rows(const groups *all) {
    uint64_t rows = 0;
    for (size_t k = 0; k < all->key_of.used; k++)
        if (!all->known[k])
            rows += all->start[k + 1] - all->start[k];
    return rows;
}
