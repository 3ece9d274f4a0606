/* SPDX-License-Identifier: MIT */
/* What the footer of a Parquet file says, checked against the size of the file. */
#ifndef TOOLS_FORMAT_PARQUET_META_H
#define TOOLS_FORMAT_PARQUET_META_H

#include "format/bytes.h"
#include "format/parquet.h"
#include "format/thrift.h"

enum { PARQUET_MAX_DECIMAL = 32, PARQUET_MAX_SCALE = 76 }; /* bytes, digits; as Arrow has them */

/* One SchemaElement. */
typedef struct parquet_element {
    tt_text name;
    int32_t physical, repetition, children, converted; /* physical: -1 for groups */
    int32_t length;                                    /* of FIXED_LEN_BYTE_ARRAY */
    int32_t scale, precision;                          /* of DECIMAL */
    int logical, unit, is_signed;
} parquet_element;

/* A column of the rows: a leaf, or a list of one. */
typedef struct parquet_field {
    parquet_column column;
    char *name;
    int readable;          /* else `leaf` says what was found */
    parquet_element found; /* the leaf (its name is not kept) */
    size_t leaf;           /* index of its chunk in a row group */
    uint8_t max_rep, max_def;
    uint8_t
        item_def; /* levels from here on are values or nulls, lower ones are empty or null lists */
    size_t size;  /* bytes of a decoded value; 0: text, with a length of its own */
    int is_date;  /* INSTANT: days */
    int64_t per_second; /* other INT64 INSTANT: units in a second */
    int only_nulls;     /* has no values, so it is of any type */
    int is_unsigned;    /* integers */
    int is_decimal;     /* DECIMAL of a scale above 0, or in FIXED_LEN_BYTE_ARRAY */
    int is_half;        /* FLOAT16 */
} parquet_field;

/* Where a column of a row group lies: [start, start + size) is inside the file. */
typedef struct parquet_chunk {
    int32_t physical, codec;
    uint64_t start, size, entries;
} parquet_chunk;

typedef struct parquet_meta {
    const char *path;
    uint64_t footer_start;
    bytes footer;
    parquet_field *field;
    size_t fields, leaves;
    uint64_t rows;
    char **property; /* key, value, key, value ... */
    size_t properties, capacity_properties;
    thrift_reader groups; /* the row groups that are not read yet */
    size_t groups_left;
    parquet_chunk *chunk; /* of the last group read, one per leaf */
    uint64_t group_rows;
} parquet_meta;

/* Reads footer, schema and keys and checks every row group. Fails with TW_IO, TW_INPUT;
 * parquet_meta_free is called in any case. `meta` starts as zeros, with `path`. */
int parquet_meta_read(parquet_meta *meta, int fd);
void parquet_meta_free(parquet_meta *meta);

/* Reads the next row group into `chunk` and `group_rows`; groups_left > 0. */
int parquet_meta_group(parquet_meta *meta);

/* parquet_schema.c: makes `field` and `leaves` of the schema's elements. */
int parquet_schema_read(parquet_meta *meta, const parquet_element *element, size_t count);

/* Reads `len` bytes at `offset`, all of them inside the file. */
int parquet_read_at(int fd, const char *path, uint64_t offset, uint8_t *to, size_t len);

/* Fails: "<path>: byte <offset>: <what>; the file is damaged, ...". */
int parquet_damaged(const char *path, uint64_t offset, const char *what);

#endif
