/* SPDX-License-Identifier: MIT */
/*
 * Thrift's compact protocol, as far as Parquet's metadata needs it.
 * Format: github.com/apache/thrift, doc/specs/thrift-compact-protocol.md.
 */
#ifndef TOOLS_FORMAT_THRIFT_H
#define TOOLS_FORMAT_THRIFT_H

#include "format/bytes.h"
#include "twotower.h"

#include <stddef.h>
#include <stdint.h>

typedef enum thrift_type {
    THRIFT_STOP = 0, /* no field: the struct has ended */
    THRIFT_TRUE = 1, /* a boolean field holds its value in its type */
    THRIFT_FALSE = 2,
    THRIFT_BYTE = 3,
    THRIFT_I16 = 4,
    THRIFT_I32 = 5,
    THRIFT_I64 = 6,
    THRIFT_DOUBLE = 7,
    THRIFT_BINARY = 8,
    THRIFT_LIST = 9,
    THRIFT_SET = 10,
    THRIFT_MAP = 11,
    THRIFT_STRUCT = 12
} thrift_type;

/* ---- Writing ---- */

typedef struct thrift_writer {
    bytes *to;
    int16_t last[8]; /* of each open struct, the id of its last field */
    int depth;
} thrift_writer;

/* Fields are given in ascending order of their ids. */
void thrift_put_int(thrift_writer *writer, int id, thrift_type type, int64_t value);
void thrift_put_bool(thrift_writer *writer, int id, int value);
void thrift_put_text(thrift_writer *writer, int id, tt_text value);
/* A list's elements follow it: thrift_put_element_..., or structs with id 0. */
void thrift_put_list(thrift_writer *writer, int id, thrift_type element, size_t count);
void thrift_put_element_int(thrift_writer *writer, int64_t value);
void thrift_put_element_text(thrift_writer *writer, tt_text value);
void thrift_begin(thrift_writer *writer, int id); /* a struct; id 0: an element of a list */
void thrift_end(thrift_writer *writer);

/* ---- Reading.  The bytes may be hostile. ---- */

/* Starts as {start, end, NULL, 0}.  The first failure sets `bad`, keeps its place in
 * `fault` and moves to the end; every later call then gives zeros and THRIFT_STOP,
 * so that loops end. */
typedef struct thrift_reader {
    const uint8_t *at, *end, *fault;
    int bad;
} thrift_reader;

typedef struct thrift_field {
    int16_t id;
    thrift_type type;
} thrift_field;

/* The next field of a struct; `field` starts as {0, 0} and is given again each time.
 * 0 where the struct ends. */
int thrift_next(thrift_reader *reader, thrift_field *field);
/* Values of the field just read: `bad` if it is of another type. */
int64_t thrift_int(thrift_reader *reader, const thrift_field *field); /* I16, I32, I64 */
int32_t thrift_int32(thrift_reader *reader, const thrift_field *field);
int thrift_bool(thrift_reader *reader, const thrift_field *field);
tt_text thrift_text(thrift_reader *reader, const thrift_field *field);
/* Opens a list of `element`s; each takes at least one byte, so the count is at most
 * what is left of the bytes. */
size_t thrift_list(thrift_reader *reader, const thrift_field *field, thrift_type element);
/* Is the field a struct? Its fields follow. */
void thrift_struct(thrift_reader *reader, const thrift_field *field);
/* Skips the value of the field just read; nesting deeper than 16 is bad. */
void thrift_skip(thrift_reader *reader, const thrift_field *field);
/* An element of an open list, for values that are not structs. */
int64_t thrift_element_int(thrift_reader *reader);
tt_text thrift_element_text(thrift_reader *reader);

#endif
