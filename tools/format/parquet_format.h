/* SPDX-License-Identifier: MIT */
/* Numbers of parquet.thrift (github.com/apache/parquet-format) that are used here. */
#ifndef TOOLS_FORMAT_PARQUET_FORMAT_H
#define TOOLS_FORMAT_PARQUET_FORMAT_H

#include <stdint.h>

#define PARQUET_MAGIC "PAR1"
enum { PARQUET_MAX_FOOTER = 1 << 26 }; /* bytes; ours, in both directions */

enum { /* Type */
       PHYSICAL_BOOLEAN = 0,
       PHYSICAL_INT32 = 1,
       PHYSICAL_INT64 = 2,
       PHYSICAL_INT96 = 3,
       PHYSICAL_FLOAT = 4,
       PHYSICAL_DOUBLE = 5,
       PHYSICAL_BYTE_ARRAY = 6,
       PHYSICAL_FIXED = 7 /* FIXED_LEN_BYTE_ARRAY */
};
enum { REPETITION_REQUIRED = 0, REPETITION_OPTIONAL = 1, REPETITION_REPEATED = 2 };
enum { /* ConvertedType */
       CONVERTED_NONE = -1,
       CONVERTED_UTF8 = 0,
       CONVERTED_MAP = 1,
       CONVERTED_LIST = 3,
       CONVERTED_ENUM = 4,
       CONVERTED_DECIMAL = 5,
       CONVERTED_DATE = 6,
       CONVERTED_TIME_MILLIS = 7,
       CONVERTED_TIME_MICROS = 8,
       CONVERTED_TIMESTAMP_MILLIS = 9,
       CONVERTED_TIMESTAMP_MICROS = 10,
       CONVERTED_UINT_8 = 11,
       CONVERTED_UINT_64 = 14,
       CONVERTED_INT_8 = 15,
       CONVERTED_INT_64 = 18,
       CONVERTED_JSON = 19,
       CONVERTED_BSON = 20,
       CONVERTED_INTERVAL = 21
};
enum { /* fields of the union LogicalType */
       LOGICAL_NONE = 0,
       LOGICAL_STRING = 1,
       LOGICAL_MAP = 2,
       LOGICAL_LIST = 3,
       LOGICAL_ENUM = 4,
       LOGICAL_DECIMAL = 5,
       LOGICAL_DATE = 6,
       LOGICAL_TIME = 7,
       LOGICAL_TIMESTAMP = 8,
       LOGICAL_INTEGER = 10,
       LOGICAL_UNKNOWN = 11, /* a column of nulls alone */
       LOGICAL_JSON = 12,
       LOGICAL_BSON = 13,
       LOGICAL_UUID = 14,
       LOGICAL_FLOAT16 = 15,
       LOGICAL_VARIANT = 16,
       LOGICAL_GEOMETRY = 17,
       LOGICAL_GEOGRAPHY = 18
};
enum { UNIT_MILLIS = 1, UNIT_MICROS = 2, UNIT_NANOS = 3 }; /* fields of the union TimeUnit */
enum {                                                     /* Encoding */
       ENCODING_PLAIN = 0,
       ENCODING_PLAIN_DICTIONARY = 2,
       ENCODING_RLE = 3,
       ENCODING_DELTA_BINARY_PACKED = 5,
       ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
       ENCODING_DELTA_BYTE_ARRAY = 7,
       ENCODING_RLE_DICTIONARY = 8,
       ENCODING_BYTE_STREAM_SPLIT = 9
};
enum { /* CompressionCodec; LZ4 is LZ4 in the frames of Hadoop */
       CODEC_UNCOMPRESSED = 0,
       CODEC_SNAPPY = 1,
       CODEC_GZIP = 2,
       CODEC_BROTLI = 4,
       CODEC_LZ4 = 5,
       CODEC_ZSTD = 6,
       CODEC_LZ4_RAW = 7
};
enum { PAGE_DATA = 0, PAGE_INDEX = 1, PAGE_DICTIONARY = 2, PAGE_DATA_V2 = 3 };

/* The meaning of a column that is not read, such as "INTERVAL"; NULL: it has none. */
const char *parquet_meaning_name(int logical, int32_t converted);
/* The name that parquet.thrift gives a number, or "of an unknown number". */
const char *parquet_physical_name(int32_t type);
const char *parquet_encoding_name(int32_t encoding);
const char *parquet_codec_name(int32_t codec);

#endif
