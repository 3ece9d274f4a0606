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

const char *parquet_physical_name(int32_t type) {
    return name_of(physical, sizeof physical / sizeof *physical, type);
}

const char *parquet_encoding_name(int32_t number) {
    return name_of(encoding, sizeof encoding / sizeof *encoding, number);
}

const char *parquet_codec_name(int32_t number) {
    return name_of(codec, sizeof codec / sizeof *codec, number);
}
