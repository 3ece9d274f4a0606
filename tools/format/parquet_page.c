/* SPDX-License-Identifier: MIT */
#include "format/parquet_page.h"

#include "cli/fail.h"
#include "format/parquet_format.h"

#include <string.h>
#include <zlib.h>

int parquet_page_damaged(const parquet_walk *walk, const uint8_t *at, const char *what) {
    uint64_t offset = walk->chunk->start + (uint64_t)(at - walk->pages->packed.at);
    return fail(TW_INPUT,
                "%s: column %s: byte %llu: %s; the file is damaged, copy or make it again",
                walk->pages->path, walk->field->name, (unsigned long long)offset, what);
}

int parquet_page_unread(const parquet_walk *walk, const char *what, const char *name) {
    return fail(TW_INPUT,
                "%s: column %s: %s %s is not read; write the file with PLAIN encoding, data pages "
                "v1 and zstd or no compression",
                walk->pages->path, walk->field->name, what, name);
}

/* A size or count; negative ones are bad. */
static size_t get_size(thrift_reader *from, const thrift_field *field) {
    int32_t value = thrift_int32(from, field);
    if (value < 0)
        from->bad = 1;
    return value < 0 ? 0 : (size_t)value;
}

static void read_data_header(thrift_reader *from, parquet_page *page) {
    thrift_field field = {0, THRIFT_STOP};
    page->has_data = 1;
    while (thrift_next(from, &field)) {
        if (field.id == 1)
            page->entries = get_size(from, &field);
        else if (field.id == 2)
            page->encoding = thrift_int32(from, &field);
        else if (field.id == 3)
            page->def_encoding = thrift_int32(from, &field);
        else if (field.id == 4)
            page->rep_encoding = thrift_int32(from, &field);
        else
            thrift_skip(from, &field);
    }
}

static void read_header(thrift_reader *from, parquet_page *page) {
    thrift_field field = {0, THRIFT_STOP};
    *page = (parquet_page){.type = -1, .encoding = -1, .def_encoding = -1, .rep_encoding = -1};
    while (thrift_next(from, &field)) {
        if (field.id == 1) {
            page->type = thrift_int32(from, &field);
        } else if (field.id == 2) {
            page->raw_size = get_size(from, &field);
        } else if (field.id == 3) {
            page->size = get_size(from, &field);
        } else if (field.id == 4) {
            page->crc = (uint32_t)thrift_int32(from, &field);
            page->has_crc = 1;
        } else if (field.id == 5) {
            thrift_struct(from, &field);
            read_data_header(from, page);
        } else {
            thrift_skip(from, &field);
        }
    }
}

int parquet_page_next(parquet_walk *walk, parquet_page *page) {
    const uint8_t *start = walk->at;
    thrift_reader from = {walk->at, walk->end, NULL, 0};
    read_header(&from, page);
    if (from.bad || page->type < 0)
        return parquet_page_damaged(walk, start, "a page header is malformed");
    if (page->size > (size_t)(walk->end - from.at))
        return parquet_page_damaged(walk, start, "a page is longer than its column");
    page->at = from.at;
    walk->at = from.at + page->size;
    if (page->has_crc && (uint32_t)crc32(0, page->at, (uInt)page->size) != page->crc)
        return parquet_page_damaged(walk, page->at, "a page does not have the CRC it names");
    return 0;
}

/* Before any memory is taken: is there a reason why the page cannot be `raw_size` long? */
static int check_codec(const parquet_walk *walk, const parquet_page *page) {
    if (walk->chunk->codec == CODEC_UNCOMPRESSED) {
        if (page->size != page->raw_size)
            return parquet_page_damaged(walk, page->at, "a page's two sizes differ");
        return 0;
    }
    if (walk->chunk->codec != CODEC_ZSTD)
        return parquet_page_unread(walk, "compression", parquet_codec_name(walk->chunk->codec));
    unsigned long long raw_size = ZSTD_getFrameContentSize(page->at, page->size);
    if (raw_size != ZSTD_CONTENTSIZE_UNKNOWN && raw_size != page->raw_size)
        return parquet_page_damaged(walk, page->at, "a page's zstd data is of another size");
    return 0;
}

int parquet_page_unpack(const parquet_walk *walk, const parquet_page *page, bytes *to) {
    int status = check_codec(walk, page);
    if (status)
        return status;
    if (page->raw_size > PARQUET_MAX_CHUNK - to->used)
        return parquet_page_unread(walk, "more than 1 GB in", "one row group");
    uint8_t *room = bytes_room(to, page->raw_size ? page->raw_size : 1);
    if (walk->chunk->codec == CODEC_ZSTD) {
        size_t got =
            ZSTD_decompressDCtx(walk->pages->zstd, room, page->raw_size, page->at, page->size);
        if (ZSTD_isError(got) || got != page->raw_size)
            return parquet_page_damaged(walk, page->at, "a page's zstd data is malformed");
    } else if (page->size) {
        memcpy(room, page->at, page->size);
    }
    to->used += page->raw_size;
    return 0;
}
