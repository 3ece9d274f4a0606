/* SPDX-License-Identifier: MIT */
#include "format/parquet_format.h"

#include <stddef.h>

static const char *const physical[] = {"BOOLEAN", "INT32",  "INT64",      "INT96",
                                       "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
static const char *const encoding[] = {"PLAIN",
                                       NULL,
                                       "PLAIN_DICTIONARY",
                                       "RLE",
                                       "BIT_PACKED",
                                       "DELTA_BINARY_PACKED",
                                       "DELTA_LENGTH_BYTE_ARRAY",
                                       "DELTA_BYTE_ARRAY",
                                       "RLE_DICTIONARY",
                                       "BYTE_STREAM_SPLIT"};
static const char *const codec[] = {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                    "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};

static const char *name_of(const char *const *names, size_t count, int32_t number) {
    const char *name = number >= 0 && (size_t)number < count ? names[number] : NULL;
    return name ? name : "of an unknown number";
}

const char *parquet_meaning_name(int logical, int32_t converted) {
    static const char *const by_logical[] = {
        [LOGICAL_STRING] = "STRING",     [LOGICAL_MAP] = "MAP",
        [LOGICAL_LIST] = "LIST",         [LOGICAL_ENUM] = "ENUM",
        [LOGICAL_DECIMAL] = "DECIMAL",   [LOGICAL_DATE] = "DATE",
        [LOGICAL_TIME] = "TIME",         [LOGICAL_TIMESTAMP] = "TIMESTAMP",
        [LOGICAL_INTEGER] = "INTEGER",   [LOGICAL_JSON] = "JSON",
        [LOGICAL_BSON] = "BSON",         [LOGICAL_UUID] = "UUID",
        [LOGICAL_FLOAT16] = "FLOAT16",   [LOGICAL_VARIANT] = "VARIANT",
        [LOGICAL_GEOMETRY] = "GEOMETRY", [LOGICAL_GEOGRAPHY] = "GEOGRAPHY"};
    static const char *const by_converted[] = {
        [CONVERTED_UTF8] = "STRING",      [CONVERTED_MAP] = "MAP",
        [CONVERTED_LIST] = "LIST",        [CONVERTED_ENUM] = "ENUM",
        [CONVERTED_DECIMAL] = "DECIMAL",  [CONVERTED_DATE] = "DATE",
        [CONVERTED_TIME_MILLIS] = "TIME", [CONVERTED_TIME_MICROS] = "TIME",
        [CONVERTED_JSON] = "JSON",        [CONVERTED_BSON] = "BSON",
        [CONVERTED_INTERVAL] = "INTERVAL"};
    if (logical > 0 && (size_t)logical < sizeof by_logical / sizeof *by_logical)
        return by_logical[logical];
    if (converted >= 0 && (size_t)converted < sizeof by_converted / sizeof *by_converted)
        return by_converted[converted];
    return NULL;
}

const char *parquet_physical_name(int32_t type) {
    return name_of(physical, sizeof physical / sizeof *physical, type);
}

const char *parquet_encoding_name(int32_t number) {
    return name_of(encoding, sizeof encoding / sizeof *encoding, number);
}

const char *parquet_codec_name(int32_t number) {
    return name_of(codec, sizeof codec / sizeof *codec, number);
}
