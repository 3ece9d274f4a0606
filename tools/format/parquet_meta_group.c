/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet_meta.h"

/* The fields of ColumnMetaData that a chunk must have. */
enum { HAS_TYPE = 1, HAS_CODEC = 2, HAS_ENTRIES = 4, HAS_SIZE = 8, HAS_DATA = 16, HAS_ALL = 31 };

typedef struct chunk_metadata {
    int has;
    int32_t type, codec;
    int64_t entries, size, data, dictionary;
} chunk_metadata;

static void read_metadata(thrift_reader *from, chunk_metadata *chunk) {
    thrift_field field = {0, THRIFT_STOP};
    while (thrift_next(from, &field)) {
        if (field.id == 1) {
            chunk->type = thrift_int32(from, &field);
            chunk->has |= HAS_TYPE;
        } else if (field.id == 4) {
            chunk->codec = thrift_int32(from, &field);
            chunk->has |= HAS_CODEC;
        } else if (field.id == 5) {
            chunk->entries = thrift_int(from, &field);
            chunk->has |= HAS_ENTRIES;
        } else if (field.id == 7) {
            chunk->size = thrift_int(from, &field);
            chunk->has |= HAS_SIZE;
        } else if (field.id == 9) {
            chunk->data = thrift_int(from, &field);
            chunk->has |= HAS_DATA;
        } else if (field.id == 11) {
            chunk->dictionary = thrift_int(from, &field);
        } else {
            thrift_skip(from, &field);
        }
    }
}

/* The pages start with the dictionary where there is one. Some writers say 0 for none. */
static const char *place_chunk(const parquet_meta *meta, const chunk_metadata *read,
                               parquet_chunk *chunk) {
    int64_t start = read->data;
    if (read->has != HAS_ALL)
        return "a column's metadata is incomplete";
    /* A column without values may name no place. */
    if (read->entries == 0) {
        *chunk = (parquet_chunk){read->type, read->codec, 4, 0, 0};
        return NULL;
    }
    if (read->dictionary > 0 && read->dictionary < start)
        start = read->dictionary;
    if (start < 4 || (uint64_t)start > meta->footer_start || read->size < 0 ||
        (uint64_t)read->size > meta->footer_start - (uint64_t)start || read->entries < 0)
        return "a column lies outside the file";
    *chunk = (parquet_chunk){read->type, read->codec, (uint64_t)start, (uint64_t)read->size,
                             (uint64_t)read->entries};
    return NULL;
}

static const char *read_chunk(const parquet_meta *meta, thrift_reader *from, parquet_chunk *chunk) {
    chunk_metadata read = {0, 0, 0, 0, 0, 0, 0};
    thrift_field field = {0, THRIFT_STOP};
    const char *what = NULL;
    while (thrift_next(from, &field)) {
        if (field.id == 3) {
            thrift_struct(from, &field);
            read_metadata(from, &read);
        } else {
            if (field.id == 1)
                what = "a column that lies in another file is not read";
            thrift_skip(from, &field);
        }
    }
    return what ? what : place_chunk(meta, &read, chunk);
}

int parquet_meta_group(parquet_meta *meta) {
    thrift_reader *from = &meta->groups;
    const uint8_t *start = from->at;
    thrift_field field = {0, THRIFT_STOP};
    const char *what = NULL;
    int64_t rows = -1;
    int chunks = 0;
    while (!what && thrift_next(from, &field)) {
        if (field.id == 1) {
            size_t count = thrift_list(from, &field, THRIFT_STRUCT);
            if (chunks++ || count != meta->leaves)
                what = "a row group has another number of columns than the schema";
            for (size_t i = 0; i < count && !what; i++)
                what = read_chunk(meta, from, &meta->chunk[i]);
        } else if (field.id == 3) {
            rows = thrift_int(from, &field);
        } else {
            thrift_skip(from, &field);
        }
    }
    if (from->bad)
        what = "a row group is malformed";
    else if (!what && (rows < 0 || !chunks))
        what = "a row group has no columns or rows";
    if (what)
        return parquet_damaged(meta->path, meta->footer_start + (uint64_t)(start - meta->footer.at),
                               what);
    meta->group_rows = (uint64_t)rows;
    meta->groups_left--;
    return 0;
}
