/* SPDX-License-Identifier: MIT */
/* video_embeddings.parquet and user_embeddings.parquet of the file store. */
#include "catalogue/file_store.h"

#include "base/arena.h"
#include "base/disk.h"
#include "base/fail.h"
#include "base/map.h"
#include "format/parquet.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ID, EMBEDDING, MODEL_VERSION, INPUT_DIGEST, UPDATED_AT, COLUMNS };

typedef struct table {
    const char *name;
    parquet_column column[COLUMNS];
} table;

static const table tables[] = {[VIDEO_EMBEDDINGS] = {"video_embeddings.parquet",
                                                     {{"video_id", PARQUET_STRING, 0, 0},
                                                      {"embedding", PARQUET_FLOAT, 1, 0},
                                                      {"model_version", PARQUET_STRING, 0, 0},
                                                      {"input_digest", PARQUET_STRING, 0, 0},
                                                      {"updated_at", PARQUET_INSTANT, 0, 0}}},
                               [USER_EMBEDDINGS] = {"user_embeddings.parquet",
                                                    {{"user_id", PARQUET_STRING, 0, 0},
                                                     {"embedding", PARQUET_FLOAT, 1, 0},
                                                     {"model_version", PARQUET_STRING, 0, 0},
                                                     {"input_digest", PARQUET_STRING, 0, 0},
                                                     {"updated_at", PARQUET_INSTANT, 0, 0}}}};

/* The table as it stands: no file is an empty one. */
typedef struct reading {
    parquet_reader *file;
    int at[COLUMNS];
    float *vector;
    size_t capacity;
} reading;

static int reading_open(reading *from, const char *path, const table *of) {
    *from = (reading){.file = NULL};
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return 0;
    int status = parquet_open(&from->file, path);
    for (int i = 0; !status && i < COLUMNS; i++)
        status = parquet_need(from->file, of->column[i].name, of->column[i].type,
                              of->column[i].list, &from->at[i]);
    return status;
}

static void reading_close(reading *from) {
    if (from->file)
        parquet_close(from->file);
    free(from->vector);
}

static int reading_next(reading *from, embedding_row *row, int *more) {
    *more = 0;
    int status = from->file ? parquet_next(from->file, more) : 0;
    if (status || !*more)
        return status;
    row->id = parquet_text(from->file, from->at[ID]);
    row->model_version = parquet_text(from->file, from->at[MODEL_VERSION]);
    row->input_digest = parquet_text(from->file, from->at[INPUT_DIGEST]);
    row->updated_at = parquet_int(from->file, from->at[UPDATED_AT]);
    row->dim = parquet_list_size(from->file, from->at[EMBEDDING]);
    while (from->capacity < row->dim)
        from->vector = xgrow(from->vector, from->capacity, &from->capacity, sizeof *from->vector);
    for (uint32_t i = 0; i < row->dim; i++)
        from->vector[i] = (float)parquet_list_number(from->file, from->at[EMBEDDING], i);
    row->vector = from->vector;
    return 0;
}

static int is_version(const embedding_row *row, const char *version) {
    return !version || (row->model_version.len == strlen(version) &&
                        !memcmp(row->model_version.at, version, row->model_version.len));
}

int file_embeddings(store *base, embedding_kind kind, const char *version,
                    embedding_callback callback, void *context) {
    char *path = file_store_path((const file_store *)base, tables[kind].name);
    reading from;
    embedding_row row;
    int more = 0, status = reading_open(&from, path, &tables[kind]);
    if (!status)
        status = reading_next(&from, &row, &more);
    while (!status && more) {
        status = is_version(&row, version) ? callback(context, &row) : 0;
        if (!status)
            status = reading_next(&from, &row, &more);
    }
    reading_close(&from);
    free(path);
    return status;
}

/* Those of the wanted ids go on. */
typedef struct choice {
    map ids;
    embedding_callback row;
    void *context;
} choice;

static int choose(void *context, const embedding_row *row) {
    const choice *of = context;
    uint32_t at;
    return map_get(&of->ids, row->id, &at) ? of->row(of->context, row) : 0;
}

int file_embeddings_of(store *base, const char *version, const tt_text *ids, size_t count,
                       embedding_callback row, void *context) {
    choice of = {{0}, row, context};
    for (size_t i = 0; i < count; i++)
        (void)map_put(&of.ids, ids[i], 0);
    int status = file_embeddings(base, VIDEO_EMBEDDINGS, version, choose, &of);
    map_free(&of.ids);
    return status;
}

/* ---- Upsert: the new rows wait on disk, the old ones stream through ---- */

typedef struct pending_row {
    embedding_row row; /* in the arena */
    int written;
} pending_row;

struct upsert {
    embedding_kind kind;
    uint32_t dim;
    arena text;
    map keys;     /* key_of a row -> index of `row` */
    map versions; /* the model versions of the rows */
    pending_row *row;
    size_t rows, capacity;
    char *key; /* the last key_of */
    size_t key_capacity;
};

int file_upsert_begin(store *base, embedding_kind kind, uint32_t dim) {
    file_store *files = (file_store *)base;
    file_upsert_abandon(base);
    files->pending = xcalloc(1, sizeof *files->pending);
    files->pending->text.on_disk = 1;
    files->pending->kind = kind;
    files->pending->dim = dim;
    return 0;
}

/* The id, a NUL (which no text of a row holds) and the model version. */
static tt_text key_of(upsert *to, const embedding_row *row) {
    size_t len = row->id.len + 1 + row->model_version.len;
    while (to->key_capacity < len)
        to->key = xgrow(to->key, to->key_capacity, &to->key_capacity, 1);
    if (row->id.len)
        memcpy(to->key, row->id.at, row->id.len);
    to->key[row->id.len] = '\0';
    if (row->model_version.len)
        memcpy(to->key + row->id.len + 1, row->model_version.at, row->model_version.len);
    return (tt_text){to->key, len};
}

static int check_row(const upsert *to, const embedding_row *row) {
    int shown = (int)(row->id.len > 80 ? 80 : row->id.len);
    if (!row->id.len || !row->model_version.len || memchr(row->id.at, '\0', row->id.len))
        return fail(TW_INPUT, "an embedding needs an id and a model version");
    if (row->dim != to->dim)
        return fail(TW_INPUT, "the embedding of '%.*s' has %u numbers, %u are expected", shown,
                    row->id.at, row->dim, to->dim);
    for (uint32_t i = 0; i < row->dim; i++)
        if (!isfinite(row->vector[i]))
            return fail(TW_INPUT, "the embedding of '%.*s' is not finite", shown, row->id.at);
    if (to->rows >= UINT32_MAX - 1)
        return fail(TW_INPUT, "fewer than 2^32 embeddings are expected");
    return 0;
}

static const float *keep_vector(upsert *to, const embedding_row *row) {
    size_t bytes = (size_t)row->dim * sizeof *row->vector;
    void *copy = arena_take(&to->text, bytes);
    if (bytes)
        memcpy(copy, row->vector, bytes);
    return copy;
}

int file_upsert_put(store *base, const embedding_row *row) {
    upsert *to = ((file_store *)base)->pending;
    uint32_t at;
    int status = check_row(to, row);
    if (status)
        return status;
    tt_text key = key_of(to, row), version = row->model_version;
    if (!map_get(&to->keys, key, &at)) {
        at = (uint32_t)to->rows++;
        to->row = disk_more(to->row, at, &to->capacity, sizeof *to->row);
        key = arena_text(&to->text, key);
        (void)map_put(&to->keys, key, at);
        version = (tt_text){key.at + row->id.len + 1, version.len};
        (void)map_put(&to->versions, version, at);
        to->row[at].row.id = (tt_text){key.at, row->id.len};
        to->row[at].row.model_version = version;
    }
    pending_row *kept = &to->row[at];
    kept->written = 0;
    kept->row.input_digest = arena_text(&to->text, row->input_digest);
    kept->row.vector = keep_vector(to, row);
    kept->row.dim = row->dim;
    kept->row.updated_at = row->updated_at;
    return 0;
}

static int write_row(parquet_writer *to, const embedding_row *row) {
    parquet_put_text(to, ID, row->id);
    parquet_put_floats(to, EMBEDDING, row->vector, row->dim);
    parquet_put_text(to, MODEL_VERSION, row->model_version);
    parquet_put_text(to, INPUT_DIGEST, row->input_digest);
    parquet_put_int(to, UPDATED_AT, row->updated_at);
    return parquet_end_row(to);
}

/* An old row keeps its place; its contents are the new ones where there are any, unless they are of
 * an earlier time. */
static int merge_row(upsert *from, parquet_writer *to, const embedding_row *old, const char *path) {
    uint32_t at;
    if (old->dim != from->dim && map_get(&from->versions, old->model_version, &at))
        return fail(TW_INPUT,
                    "%s: the embeddings of model version '%.*s' have %u numbers, the new ones %u; "
                    "give the new model a version of its own",
                    path, (int)(old->model_version.len > 80 ? 80 : old->model_version.len),
                    old->model_version.at, old->dim, from->dim);
    if (!map_get(&from->keys, key_of(from, old), &at))
        return write_row(to, old);
    if (from->row[at].written)
        return 0;
    from->row[at].written = 1;
    return write_row(to, old->updated_at > from->row[at].row.updated_at ? old : &from->row[at].row);
}

static int merge(upsert *from, parquet_writer *to, const char *path) {
    reading old;
    embedding_row row;
    int more = 0, status = reading_open(&old, path, &tables[from->kind]);
    if (!status)
        status = reading_next(&old, &row, &more);
    while (!status && more) {
        status = merge_row(from, to, &row, path);
        if (!status)
            status = reading_next(&old, &row, &more);
    }
    reading_close(&old);
    for (size_t i = 0; !status && i < from->rows; i++)
        if (!from->row[i].written)
            status = write_row(to, &from->row[i].row);
    return status;
}

int file_upsert_commit(store *base) {
    const file_store *files = (const file_store *)base;
    upsert *from = files->pending;
    const table *of = &tables[from->kind];
    if (!from->rows) {
        file_upsert_abandon(base);
        return 0;
    }
    char *path = file_store_path(files, of->name);
    parquet_writer *to = NULL;
    int status = parquet_create(&to, path, of->column, COLUMNS);
    if (!status)
        status = merge(from, to, path);
    if (!status)
        status = parquet_commit(&to);
    else if (to)
        parquet_abandon(to);
    free(path);
    file_upsert_abandon(base);
    return status;
}

void file_upsert_abandon(store *base) {
    file_store *files = (file_store *)base;
    upsert *from = files->pending;
    if (!from)
        return;
    arena_free(&from->text);
    map_free(&from->keys);
    map_free(&from->versions);
    disk_free(from->row);
    free(from->key);
    free(from);
    files->pending = NULL;
}
