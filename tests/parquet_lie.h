/* SPDX-License-Identifier: MIT */
/* Parquet files made by hand, to lie: one column `x` of one row group. */
#ifndef TESTS_PARQUET_LIE_H
#define TESTS_PARQUET_LIE_H

#include "format/parquet_format.h"
#include "format/thrift.h"

#include <stdint.h>
#include <string.h>

static tt_text text_of(const char *text) {
    return (tt_text){text, strlen(text)};
}

typedef struct lie {
    int32_t physical, repetition, converted, logical; /* of the column */
    int32_t codec, encoding, page_type, level_encoding;
    int64_t entries, rows, group_rows, page_entries, raw_size, offset, size;
    const void *body;
    size_t len;
    const char *name;
    int32_t length, scale, precision; /* of FIXED_LEN_BYTE_ARRAY, of DECIMAL */
    int64_t crc;                      /* 0: none */
    int32_t def_size, rep_size;       /* of a page v2 */
    const void *dictionary;           /* a page before the other, of PLAIN values */
    size_t dictionary_len;
    int64_t dictionary_entries;
    const void *second; /* another page v1 after the first, not compressed */
    size_t second_len;
    int64_t second_entries;
    int32_t second_encoding;
} lie;

static const uint8_t two_ints[8] = {1, 0, 0, 0, 2, 0, 0, 0};

/* What is not a lie: two required INT32. */
static lie truth(void) {
    return (lie){.physical = PHYSICAL_INT32,
                 .converted = CONVERTED_NONE,
                 .level_encoding = ENCODING_RLE,
                 .entries = 2,
                 .rows = 2,
                 .group_rows = 2,
                 .page_entries = 2,
                 .raw_size = 8,
                 .offset = 4,
                 .body = two_ints,
                 .len = 8,
                 .name = "x"};
}

/* The head of a page, up to the struct of its type, which is left open. */
static void begin_page(thrift_writer *page, int32_t type, int64_t raw_size, size_t len,
                       int64_t crc) {
    static const int ids[] = {5, 6, 7, 8};
    thrift_put_int(page, 1, THRIFT_I32, type);
    thrift_put_int(page, 2, THRIFT_I32, raw_size);
    thrift_put_int(page, 3, THRIFT_I32, (int64_t)len);
    if (crc)
        thrift_put_int(page, 4, THRIFT_I32, crc);
    thrift_begin(page, type >= 0 && type < 4 ? ids[type] : 5);
}

static void end_page(thrift_writer *page, const void *body, size_t len) {
    thrift_end(page);
    bytes_put_byte(page->to, THRIFT_STOP);
    bytes_put(page->to, body, len);
}

static void put_page(bytes *to, const lie *of) {
    thrift_writer dictionary = {.to = to}, page = {.to = to};
    if (of->dictionary) {
        begin_page(&dictionary, PAGE_DICTIONARY, (int64_t)of->dictionary_len, of->dictionary_len,
                   0);
        thrift_put_int(&dictionary, 1, THRIFT_I32, of->dictionary_entries);
        thrift_put_int(&dictionary, 2, THRIFT_I32, ENCODING_PLAIN);
        end_page(&dictionary, of->dictionary, of->dictionary_len);
    }
    begin_page(&page, of->page_type, of->raw_size, of->len, of->crc);
    thrift_put_int(&page, 1, THRIFT_I32, of->page_entries);
    if (of->page_type == PAGE_DATA_V2) {
        thrift_put_int(&page, 4, THRIFT_I32, of->encoding);
        thrift_put_int(&page, 5, THRIFT_I32, of->def_size);
        thrift_put_int(&page, 6, THRIFT_I32, of->rep_size);
    } else {
        thrift_put_int(&page, 2, THRIFT_I32, of->encoding);
        thrift_put_int(&page, 3, THRIFT_I32, of->level_encoding);
        thrift_put_int(&page, 4, THRIFT_I32, of->level_encoding);
    }
    end_page(&page, of->body, of->len);
    if (of->second) {
        thrift_writer second = {.to = to};
        begin_page(&second, PAGE_DATA, (int64_t)of->second_len, of->second_len, 0);
        thrift_put_int(&second, 1, THRIFT_I32, of->second_entries);
        thrift_put_int(&second, 2, THRIFT_I32, of->second_encoding);
        thrift_put_int(&second, 3, THRIFT_I32, of->level_encoding);
        thrift_put_int(&second, 4, THRIFT_I32, of->level_encoding);
        end_page(&second, of->second, of->second_len);
    }
}

static void put_schema(thrift_writer *to, const lie *of) {
    thrift_put_list(to, 2, THRIFT_STRUCT, 2);
    thrift_begin(to, 0);
    thrift_put_text(to, 4, text_of("schema"));
    thrift_put_int(to, 5, THRIFT_I32, 1);
    thrift_end(to);
    thrift_begin(to, 0);
    thrift_put_int(to, 1, THRIFT_I32, of->physical);
    if (of->length)
        thrift_put_int(to, 2, THRIFT_I32, of->length);
    thrift_put_int(to, 3, THRIFT_I32, of->repetition);
    thrift_put_text(to, 4, text_of(of->name));
    if (of->converted != CONVERTED_NONE)
        thrift_put_int(to, 6, THRIFT_I32, of->converted);
    if (of->scale)
        thrift_put_int(to, 7, THRIFT_I32, of->scale);
    if (of->precision)
        thrift_put_int(to, 8, THRIFT_I32, of->precision);
    if (of->logical) {
        thrift_begin(to, 10);
        thrift_begin(to, of->logical);
        thrift_end(to);
        thrift_end(to);
    }
    thrift_end(to);
}

static void put_group(thrift_writer *to, const lie *of, size_t page) {
    thrift_put_list(to, 4, THRIFT_STRUCT, 1);
    thrift_begin(to, 0);
    thrift_put_list(to, 1, THRIFT_STRUCT, 1);
    thrift_begin(to, 0);
    thrift_begin(to, 3);
    thrift_put_int(to, 1, THRIFT_I32, of->physical);
    thrift_put_int(to, 4, THRIFT_I32, of->codec);
    thrift_put_int(to, 5, THRIFT_I64, of->entries);
    thrift_put_int(to, 7, THRIFT_I64, of->size ? of->size : (int64_t)page);
    thrift_put_int(to, 9, THRIFT_I64, of->offset);
    thrift_end(to);
    thrift_end(to);
    thrift_put_int(to, 3, THRIFT_I64, of->group_rows);
    thrift_end(to);
}

/* The whole file; the bytes are the caller's to free. */
static bytes make_lie(const lie *of) {
    bytes file = {NULL, 0, 0};
    thrift_writer to = {.to = &file};
    bytes_put(&file, PARQUET_MAGIC, 4);
    put_page(&file, of);
    size_t start = file.used;
    thrift_put_int(&to, 1, THRIFT_I32, 1);
    put_schema(&to, of);
    thrift_put_int(&to, 3, THRIFT_I64, of->rows);
    put_group(&to, of, start - 4);
    bytes_put_byte(&file, THRIFT_STOP);
    bytes_put_u32(&file, (uint32_t)(file.used - start));
    bytes_put(&file, PARQUET_MAGIC, 4);
    return file;
}

#endif
