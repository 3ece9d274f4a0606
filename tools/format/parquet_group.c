/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_levels.h"
#include "format/parquet_writer.h"
#include "format/thrift.h"

#include <string.h>
#include <zlib.h>

enum { ZSTD_LEVEL = 3 };

/* In data pages v1 the levels stand behind their length. */
static void put_levels(bytes *body, bytes *level) {
    size_t start = body->used;
    bytes_put_u32(body, 0);
    parquet_levels_put(body, level->at, level->used);
    uint32_t len = (uint32_t)(body->used - start - 4);
    for (int i = 0; i < 4; i++)
        body->at[start + (size_t)i] = (uint8_t)(len >> 8 * i);
    level->used = 0;
}

/* PageHeader of a data page v1. */
static void put_header(bytes *to, size_t raw, size_t size, uint32_t crc, size_t entries) {
    thrift_writer header = {.to = to};
    thrift_put_int(&header, 1, THRIFT_I32, PAGE_DATA);
    thrift_put_int(&header, 2, THRIFT_I32, (int64_t)raw);
    thrift_put_int(&header, 3, THRIFT_I32, (int64_t)size);
    int64_t signed_crc = crc <= INT32_MAX ? (int64_t)crc : (int64_t)crc - ((int64_t)1 << 32);
    thrift_put_int(&header, 4, THRIFT_I32, signed_crc);
    thrift_begin(&header, 5);
    thrift_put_int(&header, 1, THRIFT_I32, (int64_t)entries);
    thrift_put_int(&header, 2, THRIFT_I32, ENCODING_PLAIN);
    thrift_put_int(&header, 3, THRIFT_I32, ENCODING_RLE);
    thrift_put_int(&header, 4, THRIFT_I32, ENCODING_RLE);
    thrift_end(&header);
    bytes_put_byte(to, THRIFT_STOP);
}

int parquet_close_page(parquet_writer *writer, int column) {
    parquet_column_writer *from = &writer->column[column];
    bytes *body = &writer->body, *compressed = &writer->compressed;
    body->used = 0;
    compressed->used = 0;
    if (writer->columns[column].list)
        put_levels(body, &from->rep);
    if (writer->columns[column].list || writer->columns[column].nullable)
        put_levels(body, &from->def);
    bytes_put(body, from->values.at, from->values.used);
    size_t bound = ZSTD_compressBound(body->used);
    size_t size = ZSTD_compressCCtx(writer->zstd, bytes_room(compressed, bound), bound, body->at,
                                    body->used, ZSTD_LEVEL);
    if (ZSTD_isError(size))
        return fail(TW_IO, "%s: cannot compress: %s", writer->out.path, ZSTD_getErrorName(size));
    uint32_t crc = (uint32_t)crc32(0, compressed->at, (uInt)size);
    size_t start = from->pages.used;
    put_header(&from->pages, body->used, size, crc, from->entries);
    from->info.raw_size += from->pages.used - start + body->used;
    bytes_put(&from->pages, compressed->at, size);
    from->info.entries += from->entries;
    from->entries = 0;
    from->values.used = 0;
    return 0;
}

int parquet_close_group(parquet_writer *writer) {
    writer->group =
        xgrow(writer->group, writer->groups, &writer->capacity_groups, sizeof *writer->group);
    parquet_group_info *group = &writer->group[writer->groups++];
    group->rows = writer->group_rows;
    group->chunk = xcalloc((size_t)writer->count, sizeof *group->chunk);
    writer->group_rows = 0;
    int status = 0;
    for (int i = 0; i < writer->count && !status; i++) {
        parquet_column_writer *from = &writer->column[i];
        if (from->entries)
            status = parquet_close_page(writer, i);
        from->info.offset = writer->position;
        from->info.size = from->pages.used;
        group->chunk[i] = from->info;
        if (!status)
            status = parquet_put_bytes(writer, from->pages.at, from->pages.used);
        from->pages.used = 0;
        from->row_start = 0;
        from->info = (parquet_chunk_info){0, 0, 0, 0, 0};
    }
    return status;
}
