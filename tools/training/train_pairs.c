/* SPDX-License-Identifier: MIT */
#include "training/train_pairs.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOW = 24, HEAD = 24, SEED = 0x70616972, WIDEST = 60 };

static const char magic[] = "TTPAIRS1";

static uint64_t hash_of(const dataset *data, uint32_t user, uint32_t item) {
    return tt_hash(SEED, data->users.id[user], data->items.item[item].id);
}

static char *path_in(const char *folder) {
    return xasprintf("%s/train_pairs.gcs", folder);
}

/* ---- Writing ------------------------------------------------------------------------------ */

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t *hashes_of(const dataset *data, size_t *count) {
    size_t most = data->train.count, n = 0;
    for (uint32_t u = 0; u < data->users.count; u++)
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            most += data->users.user[u].count[bag];
    uint64_t *hash = xmalloc((most + 1) * sizeof *hash);
    for (size_t i = 0; i < data->train.count; i++)
        hash[n++] = hash_of(data, data->train.row[i].user, data->train.row[i].item);
    for (uint32_t u = 0; u < data->users.count; u++)
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            for (uint32_t i = 0; i < data->users.user[u].count[bag]; i++)
                hash[n++] = hash_of(data, u, data->users.user[u].history[bag][i]);
    *count = n;
    return hash;
}

/* Sorted, each once. */
static size_t distinct(uint64_t *hash, size_t count) {
    size_t kept = 0;
    if (count)
        qsort(hash, count, sizeof *hash, ascending);
    for (size_t i = 0; i < count; i++)
        if (!kept || hash[i] != hash[kept - 1])
            hash[kept++] = hash[i];
    return kept;
}

typedef struct bit_writer {
    output *out;
    unsigned char byte;
    unsigned used;
    int status;
} bit_writer;

static void put_bit(bit_writer *to, unsigned bit) {
    to->byte = (unsigned char)(to->byte | bit << to->used);
    if (++to->used == 8) {
        if (!to->status)
            to->status = output_write(to->out, &to->byte, 1);
        to->byte = 0;
        to->used = 0;
    }
}

static int put_hashes(output *out, const uint64_t *hash, size_t count) {
    bit_writer to = {.out = out};
    uint64_t before = 0;
    for (size_t i = 0; i < count && !to.status; i++) {
        uint64_t gap = hash[i] - before;
        for (uint64_t n = gap >> LOW; n; n--)
            put_bit(&to, 1);
        put_bit(&to, 0);
        for (unsigned b = 0; b < LOW; b++)
            put_bit(&to, gap >> b & 1);
        before = hash[i];
    }
    while (to.used)
        put_bit(&to, 0);
    return to.status;
}

static void put_number(unsigned char at[8], uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (unsigned char)(value >> (8 * i));
}

/* So wide that a hash of that width is taken by chance with 2^-24 at most. */
static unsigned width_for(size_t count) {
    unsigned width = LOW;
    while (width < WIDEST && (uint64_t)count > UINT64_C(1) << (width - LOW))
        width++;
    return width;
}

int train_pairs_write(const dataset *data, const char *folder) {
    size_t count;
    uint64_t *hash = hashes_of(data, &count);
    char *path = path_in(folder);
    unsigned char head[HEAD];
    output out;
    count = distinct(hash, count);
    unsigned width = width_for(count);
    for (size_t i = 0; i < count; i++)
        hash[i] >>= 64 - width;
    count = distinct(hash, count);
    memcpy(head, magic, 8);
    put_number(head + 8, count);
    put_number(head + 16, width);
    int status = output_open(&out, path);
    if (!status)
        status = output_write(&out, head, HEAD);
    if (!status)
        status = put_hashes(&out, hash, count);
    if (!status)
        status = output_commit(&out);
    output_abandon(&out);
    free(hash);
    free(path);
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------ */

typedef struct pair_reader {
    const unsigned char *at;
    size_t bits, next;
    uint64_t left, hash; /* hashes that follow, and the last one */
    unsigned width;
} pair_reader;

static uint64_t number_at(const unsigned char at[8]) {
    uint64_t value = 0;
    for (int i = 8; i--;)
        value = value << 8 | at[i];
    return value;
}

static int begin(pair_reader *from, const char *bytes, size_t len) {
    const unsigned char *at = (const unsigned char *)bytes;
    if (len < HEAD || memcmp(bytes, magic, 8) != 0)
        return 0;
    uint64_t width = number_at(at + 16);
    *from = (pair_reader){.at = at + HEAD,
                          .bits = (len - HEAD) * 8,
                          .left = number_at(at + 8),
                          .width = (unsigned)width};
    return width >= LOW && width <= WIDEST && from->left <= from->bits / (LOW + 1);
}

/* 0 at the end of the bytes. */
static int get_bit(pair_reader *from, uint64_t *bit) {
    if (from->next >= from->bits)
        return 0;
    *bit = from->at[from->next / 8] >> from->next % 8 & 1;
    from->next++;
    return 1;
}

/* The next hash; 0 where the bytes are no set. */
static int next_hash(pair_reader *from) {
    uint64_t bit, high = 0, low = 0;
    while (get_bit(from, &bit) && bit)
        high++;
    for (unsigned b = 0; b < LOW; b++) {
        if (!get_bit(from, &bit))
            return 0;
        low |= bit << b;
    }
    if (high > UINT64_C(1) << (WIDEST - LOW))
        return 0;
    from->hash += high << LOW | low;
    from->left--;
    return from->hash >> from->width == 0;
}

typedef struct asked_row {
    uint64_t hash;
    size_t row;
} asked_row;

static int by_hash(const void *a, const void *b) {
    const asked_row *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Both ascend. */
static int meet(unsigned char *held, uint64_t *count, pair_reader *from, const asked_row *asked,
                size_t rows) {
    size_t at = 0;
    while (from->left && at < rows) {
        if (!next_hash(from))
            return 0;
        while (at < rows && asked[at].hash < from->hash)
            at++;
        for (; at < rows && asked[at].hash == from->hash; at++) {
            held[asked[at].row] = 1;
            ++*count;
        }
    }
    return 1;
}

static int find(unsigned char *held, uint64_t *count, const char *path, const dataset *data,
                const interaction_list *rows) {
    char *bytes = NULL;
    size_t len = 0;
    pair_reader from;
    int status = file_read(path, (size_t)1 << 31, &bytes, &len);
    if (status)
        return status;
    asked_row *asked = xmalloc((rows->count + 1) * sizeof *asked);
    int good = begin(&from, bytes, len);
    for (size_t i = 0; i < rows->count && good; i++) {
        const interaction *row = &rows->row[i];
        asked[i] = (asked_row){hash_of(data, row->user, row->item) >> (64 - from.width), i};
    }
    if (good && rows->count)
        qsort(asked, rows->count, sizeof *asked, by_hash);
    if (!good || !meet(held, count, &from, asked, rows->count))
        status = fail(TW_INPUT,
                      "%s: is no set of train pairs: it is damaged; fetch or train the "
                      "run again",
                      path);
    free(asked);
    free(bytes);
    return status;
}

int train_pairs_find(unsigned char *held, uint64_t *count, const char *folder, const dataset *data,
                     const interaction_list *rows) {
    char *path = path_in(folder);
    int status;
    memset(held, 0, rows->count);
    *count = 0;
    if (access(path, F_OK) != 0)
        status = fail(TW_INPUT,
                      "%s: is not there, so nothing says what the run was trained on; "
                      "train it again",
                      path);
    else
        status = find(held, count, path, data, rows);
    free(path);
    return status;
}

int train_pairs_by_chance(uint64_t count, uint64_t rows) {
    double mean = (double)rows / (1 << LOW), above = (double)count - mean;
    return above <= 0 || above * above <= 25 * mean;
}
