/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/file.h"
#include "bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t load(const char *at) {
    const uint8_t *byte = (const uint8_t *)at;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

/* The words of 32 bits in PREFIX followed by `end`. */
static int read_words(const char *prefix, const char *end, char **bytes, size_t *words) {
    char *path = xasprintf("%s%s", prefix, end);
    size_t len = 0;
    int status = file_read(path, (size_t)1 << 31, bytes, &len);
    if (!status && len % 4)
        status =
            fail(TW_INPUT, "%s: %zu bytes; a whole number of 32-bit words is expected", path, len);
    *words = len / 4;
    free(path);
    return status;
}

static int by_index(const void *left, const void *right) {
    const tt_entry *a = left, *b = right;
    return (a->row > b->row) - (a->row < b->row);
}

/* The three files in memory. */
typedef struct csr {
    char *off, *idx, *val;
    size_t offs, idxs, vals;
} csr;

static int fill_row(bench_rows *rows, const csr *from, const char *prefix, size_t r,
                    uint32_t features) {
    size_t first = load(from->off + 4 * r), last = load(from->off + 4 * (r + 1));
    if (first > last || last > from->idxs)
        return fail(TW_INPUT, "%s.off: row %zu ends at %zu; offsets must ascend up to %zu", prefix,
                    r, last, from->idxs);
    tt_entry *entry = rows->_entry + first;
    for (size_t i = first; i < last; i++) {
        uint32_t bits = load(from->val + 4 * i);
        rows->_entry[i].row = load(from->idx + 4 * i);
        memcpy(&rows->_entry[i].weight, &bits, sizeof bits);
        if (!isfinite(rows->_entry[i].weight))
            return fail(TW_INPUT, "%s.val: value %zu is not finite", prefix, i);
    }
    qsort(entry, last - first, sizeof *entry, by_index);
    for (size_t i = 0; i < last - first; i++) {
        if (entry[i].row >= features)
            return fail(TW_INPUT, "%s.idx: row %zu has feature %u; the model has %u", prefix, r,
                        entry[i].row, features);
        if (i > 0 && entry[i].row == entry[i - 1].row)
            return fail(TW_INPUT, "%s.idx: row %zu has feature %u twice", prefix, r, entry[i].row);
    }
    rows->row[r].entry[0] = entry;
    rows->row[r].count[0] = (uint32_t)(last - first);
    return 0;
}

int bench_rows_read(bench_rows *rows, const char *prefix, uint32_t features) {
    csr from = {0};
    *rows = (bench_rows){0};
    int status = read_words(prefix, ".off", &from.off, &from.offs);
    if (!status)
        status = read_words(prefix, ".idx", &from.idx, &from.idxs);
    if (!status)
        status = read_words(prefix, ".val", &from.val, &from.vals);
    if (!status && (from.offs < 2 || from.idxs != from.vals))
        status = fail(TW_INPUT,
                      "%s: %zu offsets, %zu indices and %zu values; two offsets or more are "
                      "expected, and as many values as indices",
                      prefix, from.offs, from.idxs, from.vals);
    if (!status) {
        rows->count = from.offs - 1;
        rows->row = xcalloc(rows->count, sizeof *rows->row);
        rows->_entry = xcalloc(from.idxs + 1, sizeof *rows->_entry);
    }
    for (size_t r = 0; !status && r < rows->count; r++)
        status = fill_row(rows, &from, prefix, r, features);
    free(from.off);
    free(from.idx);
    free(from.val);
    if (status)
        bench_rows_free(rows);
    return status;
}

void bench_rows_free(bench_rows *rows) {
    free(rows->row);
    free(rows->_entry);
    *rows = (bench_rows){0};
}
