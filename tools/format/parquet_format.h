/* SPDX-License-Identifier: MIT */
/* Numbers of parquet.thrift (github.com/apache/parquet-format) that are used here. */
#ifndef TOOLS_FORMAT_PARQUET_FORMAT_H
#define TOOLS_FORMAT_PARQUET_FORMAT_H

#include <stdint.h>

#define PARQUET_MAGIC "PAR1"
enum { PARQUET_MAX_FOOTER = 1 << 26 }; /* bytes; ours, in both directions */

enum { /* Type */
       PHYSICAL_INT32 = 1,
       PHYSICAL_INT64 = 2,
       PHYSICAL_FLOAT = 4,
       PHYSICAL_DOUBLE = 5,
       PHYSICAL_BYTE_ARRAY = 6
};
enum { REPETITION_REQUIRED = 0, REPETITION_OPTIONAL = 1, REPETITION_REPEATED = 2 };
enum { /* ConvertedType */
       CONVERTED_NONE = -1,
       CONVERTED_UTF8 = 0,
       CONVERTED_LIST = 3,
       CONVERTED_TIMESTAMP_MILLIS = 9,
       CONVERTED_TIMESTAMP_MICROS = 10,
       CONVERTED_INT_8 = 15,
       CONVERTED_INT_16 = 16,
       CONVERTED_INT_32 = 17,
       CONVERTED_INT_64 = 18
};
enum { /* fields of the union LogicalType */
       LOGICAL_NONE = 0,
       LOGICAL_STRING = 1,
       LOGICAL_LIST = 3,
       LOGICAL_TIMESTAMP = 8,
       LOGICAL_INTEGER = 10
};
enum { UNIT_MILLIS = 1, UNIT_MICROS = 2, UNIT_NANOS = 3 }; /* fields of the union TimeUnit */
enum { ENCODING_PLAIN = 0, ENCODING_RLE = 3 };
enum { CODEC_UNCOMPRESSED = 0, CODEC_ZSTD = 6 };
enum { PAGE_DATA = 0, PAGE_INDEX = 1, PAGE_DICTIONARY = 2, PAGE_DATA_V2 = 3 };

/* The name that parquet.thrift gives a number, or "of an unknown number". */
const char *parquet_physical_name(int32_t type);
const char *parquet_encoding_name(int32_t encoding);
const char *parquet_codec_name(int32_t codec);

#endif
