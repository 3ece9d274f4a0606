/* SPDX-License-Identifier: MIT */
#include "format/parquet_page.h"

#include "base/fail.h"
#include "format/parquet_codec.h"
#include "format/parquet_format.h"

#include <string.h>
#include <zlib.h>

int parquet_page_damaged(const parquet_walk *walk, const uint8_t *at, const char *what) {
    uint64_t offset = walk->chunk->start + (uint64_t)(at - walk->start);
    return fail(TW_INPUT,
                "%s: column %s: byte %llu: %s; the file is damaged, copy or make it again",
                walk->pages->path, walk->field->name, (unsigned long long)offset, what);
}

int parquet_page_unread(const parquet_walk *walk, const char *what, const char *name,
                        const char *instead) {
    return fail(TW_INPUT, "%s: column %s: %s %s is not read; write %s", walk->pages->path,
                walk->field->name, what, name, instead);
}

int parquet_page_too_large(const parquet_walk *walk) {
    return parquet_page_unread(walk, "a row group with more than 1 GB or 2^28 values", "in it",
                               "smaller row groups");
}

/* A size or count; negative ones are bad. */
static size_t get_size(thrift_reader *from, const thrift_field *field) {
    int32_t value = thrift_int32(from, field);
    if (value < 0)
        from->bad = 1;
    return value < 0 ? 0 : (size_t)value;
}

/* DataPageHeader and DictionaryPageHeader, which is its beginning. */
static void read_data_header(thrift_reader *from, parquet_page *page) {
    thrift_field field = {0, THRIFT_STOP};
    while (thrift_next(from, &field)) {
        if (field.id == 1)
            page->entries = get_size(from, &field);
        else if (field.id == 2)
            page->encoding = thrift_int32(from, &field);
        else if (field.id == 3 && page->type == PAGE_DATA)
            page->def_encoding = thrift_int32(from, &field);
        else if (field.id == 4)
            page->rep_encoding = thrift_int32(from, &field);
        else
            thrift_skip(from, &field);
    }
}

/* DataPageHeaderV2 */
static void read_data_header_v2(thrift_reader *from, parquet_page *page) {
    thrift_field field = {0, THRIFT_STOP};
    page->def_encoding = page->rep_encoding = ENCODING_RLE;
    while (thrift_next(from, &field)) {
        if (field.id == 1)
            page->entries = get_size(from, &field);
        else if (field.id == 4)
            page->encoding = thrift_int32(from, &field);
        else if (field.id == 5)
            page->def_size = get_size(from, &field);
        else if (field.id == 6)
            page->rep_size = get_size(from, &field);
        else if (field.id == 7)
            page->plain = !thrift_bool(from, &field);
        else
            thrift_skip(from, &field);
    }
}

/* The type comes first: fields are in the order of their ids. */
static void read_header(thrift_reader *from, parquet_page *page) {
    thrift_field field = {0, THRIFT_STOP};
    *page = (parquet_page){.type = -1, .encoding = -1, .def_encoding = -1, .rep_encoding = -1};
    while (thrift_next(from, &field)) {
        int own = (field.id == 5 && page->type == PAGE_DATA) ||
                  (field.id == 7 && page->type == PAGE_DICTIONARY) ||
                  (field.id == 8 && page->type == PAGE_DATA_V2);
        if (field.id == 1) {
            page->type = thrift_int32(from, &field);
        } else if (field.id == 2) {
            page->raw_size = get_size(from, &field);
        } else if (field.id == 3) {
            page->size = get_size(from, &field);
        } else if (field.id == 4) {
            page->crc = (uint32_t)thrift_int32(from, &field);
            page->has_crc = 1;
        } else if (own) {
            thrift_struct(from, &field);
            page->has_header = 1;
            if (field.id == 8)
                read_data_header_v2(from, page);
            else
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

int parquet_page_unpack(const parquet_walk *walk, const parquet_page *page, bytes *room,
                        const uint8_t **at, const uint8_t **end) {
    int32_t codec = walk->chunk->codec;
    if (!parquet_codec_known(codec))
        return parquet_page_unread(
            walk, "compression", parquet_codec_name(codec),
            "the file with zstd, snappy, gzip, brotli, LZ4_RAW or no compression");
    size_t levels = page->def_size + page->rep_size;
    if (page->def_size > page->size || levels > page->size || levels > page->raw_size)
        return parquet_page_damaged(walk, page->at, "a page ends inside its levels");
    const uint8_t *packed = page->at + levels;
    size_t size = page->size - levels, raw_size = page->raw_size - levels;
    if (page->plain)
        codec = CODEC_UNCOMPRESSED;
    *at = page->at;
    *end = page->at + page->raw_size;
    /* Pages of nulls alone may have no values, and then nothing is packed. */
    if (codec == CODEC_UNCOMPRESSED || (!size && !raw_size))
        return size == raw_size ? 0
                                : parquet_page_damaged(walk, page->at, "a page's two sizes differ");
    const char *what = parquet_codec_check(codec, packed, size, raw_size);
    if (what)
        return parquet_page_damaged(walk, page->at, what);
    if (page->raw_size > PARQUET_MAX_CHUNK)
        return parquet_page_too_large(walk);
    room->used = 0;
    uint8_t *to = bytes_room(room, page->raw_size ? page->raw_size : 1);
    if (levels)
        memcpy(to, page->at, levels);
    what = parquet_codec_unpack(codec, walk->pages->zstd, to + levels, raw_size, packed, size);
    if (what)
        return parquet_page_damaged(walk, page->at, what);
    *at = to;
    *end = to + page->raw_size;
    return 0;
}
