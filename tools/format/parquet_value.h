/* SPDX-License-Identifier: MIT */
/* One decoded value, as a number, a time or a text. */
#ifndef TOOLS_FORMAT_PARQUET_VALUE_H
#define TOOLS_FORMAT_PARQUET_VALUE_H

#include "format/parquet_meta.h"

enum { PARQUET_VALUE_TEXT = 96 }; /* bytes, and a NUL: a decimal of 76 digits and a point */

/* `at` holds field->size bytes. INT32, INT64; INSTANT: whole seconds since 1970, rounded down. */
int64_t parquet_value_int(const parquet_field *field, const uint8_t *at);
/* Any type but INSTANT. */
double parquet_value_number(const parquet_field *field, const uint8_t *at);
/* The shortest text that reads back as the value: whole numbers without an exponent, but where a
 * floating point number may stand for several of them (format/id.h); decimals exactly; times as
 * instant_format writes them, dates as 2025-10-31, UUIDs in hexadecimal, a NaN as nothing.  Returns
 * its length. */
size_t parquet_value_text(const parquet_field *field, const uint8_t *at,
                          char text[PARQUET_VALUE_TEXT]);

#endif
