/* SPDX-License-Identifier: MIT */
#include "catalogue/embeddings.h"

#include "base/disk.h"
#include "base/fail.h"
#include "base/output.h"
#include "format/csv.h"
#include "format/parquet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID, VECTOR, VERSION, DIGEST, COLUMNS };

static const parquet_column columns[2][COLUMNS] = {
    [VIDEO_EMBEDDINGS] = {{"video_id", PARQUET_STRING, 0, 0},
                          {"embedding", PARQUET_FLOAT, 1, 0},
                          {"model_version", PARQUET_STRING, 0, 0},
                          {"input_digest", PARQUET_STRING, 0, 0}},
    [USER_EMBEDDINGS] = {{"user_id", PARQUET_STRING, 0, 0},
                         {"embedding", PARQUET_FLOAT, 1, 0},
                         {"model_version", PARQUET_STRING, 0, 0},
                         {"input_digest", PARQUET_STRING, 0, 0}},
};

/* ---- Writing ------------------------------------------------------------------------- */

struct embedding_writer {
    parquet_writer *parquet; /* or NULL: CSV */
    output csv;
};

int embedding_create(embedding_writer **made, const char *path, embedding_kind kind, int as_csv) {
    embedding_writer *writer = xcalloc(1, sizeof *writer);
    int status = as_csv ? output_open(&writer->csv, path)
                        : parquet_create(&writer->parquet, path, columns[kind], COLUMNS);
    if (status)
        free(writer);
    else
        *made = writer;
    return status;
}

static int put_csv(output *out, const embedding_row *row) {
    int status = csv_put(out, row->id, 0);
    for (uint32_t j = 0; j < row->dim && !status; j++) {
        char number[32];
        int len = snprintf(number, sizeof number, "%.9g", (double)row->vector[j]);
        status = csv_put(out, (tt_text){number, (size_t)len}, j + 1 == row->dim);
    }
    return status;
}

int embedding_put(embedding_writer *writer, const embedding_row *row) {
    if (!writer->parquet)
        return put_csv(&writer->csv, row);
    parquet_put_text(writer->parquet, ID, row->id);
    parquet_put_floats(writer->parquet, VECTOR, row->vector, row->dim);
    parquet_put_text(writer->parquet, VERSION, row->model_version);
    parquet_put_text(writer->parquet, DIGEST, row->input_digest);
    return parquet_end_row(writer->parquet);
}

int embedding_commit(embedding_writer **writer) {
    int status =
        (*writer)->parquet ? parquet_commit(&(*writer)->parquet) : output_commit(&(*writer)->csv);
    if (status)
        output_abandon(&(*writer)->csv);
    free(*writer);
    *writer = NULL;
    return status;
}

void embedding_abandon(embedding_writer *writer) {
    if (writer->parquet)
        parquet_abandon(writer->parquet);
    else
        output_abandon(&writer->csv);
    free(writer);
}

/* ---- Reading --------------------------------------------------------------------------- */

typedef struct loading {
    embedding_table *table;
    const char *version, *from;
} loading;

static int add(void *context, const embedding_row *row) {
    loading *to = context;
    embedding_table *table = to->table;
    uint32_t before;
    if (row->model_version.len != strlen(to->version) ||
        memcmp(row->model_version.at, to->version, row->model_version.len) != 0)
        return 0;
    if (!table->count)
        table->dim = row->dim;
    if (!row->dim || row->dim != table->dim)
        return fail(TW_INPUT, "%s: the embedding of %.*s has %u numbers, others have %u", to->from,
                    (int)row->id.len, row->id.at, row->dim, table->dim);
    if (map_get(&table->by_id, row->id, &before))
        return fail(TW_INPUT, "%s: two embeddings of %.*s under one model", to->from,
                    (int)row->id.len, row->id.at);
    table->id = disk_more(table->id, table->count, &table->_ids, sizeof *table->id);
    table->vector = disk_more(table->vector, table->count, &table->_vectors,
                              table->dim * sizeof *table->vector);
    table->id[table->count] = arena_text(&table->_memory, row->id);
    memcpy(table->vector + (size_t)table->count * table->dim, row->vector,
           table->dim * sizeof *row->vector);
    map_put(&table->by_id, table->id[table->count], table->count);
    table->count++;
    return 0;
}

int embedding_table_load(embedding_table *table, store *from, embedding_kind kind,
                         const char *version) {
    *table = (embedding_table){._memory = {.on_disk = 1}};
    loading to = {table, version, from->url};
    return from->operations->embeddings(from, kind, version, add, &to);
}

int embedding_read(const char *path, embedding_kind kind, embedding_callback row, void *context) {
    parquet_reader *file;
    int at[COLUMNS], more = 1, status = parquet_open(&file, path);
    if (status)
        return status;
    int digests = parquet_find(file, columns[kind][DIGEST].name);
    for (int c = 0; c < COLUMNS && !status; c++)
        if (c != DIGEST || digests)
            status = parquet_need(file, columns[kind][c].name, columns[kind][c].type,
                                  columns[kind][c].list, &at[c]);
    float *vector = NULL;
    size_t capacity = 0;
    while (!status && !(status = parquet_next(file, &more)) && more) {
        uint32_t dim = parquet_list_size(file, at[VECTOR]);
        if (dim > capacity) {
            vector = xrealloc(vector, dim, sizeof *vector);
            capacity = dim;
        }
        for (uint32_t j = 0; j < dim; j++)
            vector[j] = (float)parquet_list_number(file, at[VECTOR], j);
        embedding_row one = {.id = parquet_text(file, at[ID]),
                             .model_version = parquet_text(file, at[VERSION]),
                             .vector = vector,
                             .dim = dim};
        if (digests)
            one.input_digest = parquet_text(file, at[DIGEST]);
        status = row(context, &one);
    }
    free(vector);
    parquet_close(file);
    return status;
}

int embedding_table_read(embedding_table *table, const char *path, embedding_kind kind,
                         const char *version) {
    *table = (embedding_table){._memory = {.on_disk = 1}};
    loading to = {table, version, path};
    return embedding_read(path, kind, add, &to);
}

void embedding_table_free(embedding_table *table) {
    disk_free(table->id);
    disk_free(table->vector);
    map_free(&table->by_id);
    arena_free(&table->_memory);
    *table = (embedding_table){._memory = {.on_disk = 1}};
}
