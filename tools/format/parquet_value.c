/* SPDX-License-Identifier: MIT */
#include "format/parquet_value.h"

#include "base/message.h"
#include "format/parquet_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400, JULIAN_1970 = 2440588 };

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

/* INT96: nanoseconds of a day, then the day of the Julian calendar. */
static int64_t int96_seconds(const uint8_t *at) {
    int64_t nanos = (int64_t)bytes_u64(at), day = (int32_t)bytes_u32(at + 8);
    return (day - JULIAN_1970) * DAY + floor_divide(nanos, 1000000000);
}

int64_t parquet_value_int(const parquet_field *field, const uint8_t *at) {
    int64_t number;
    switch (field->size) {
    case 1:
        return *at;
    case 4:
        number = field->is_unsigned ? (int64_t)bytes_u32(at) : (int32_t)bytes_u32(at);
        return field->is_date ? number * DAY : number;
    case 8:
        number = (int64_t)bytes_u64(at);
        return field->per_second ? floor_divide(number, field->per_second) : number;
    default:
        return int96_seconds(at);
    }
}

double parquet_value_number(const parquet_field *field, const uint8_t *at) {
    if (field->found.physical == PHYSICAL_FLOAT) {
        uint32_t bits = bytes_u32(at);
        float number;
        memcpy(&number, &bits, sizeof number);
        return number;
    }
    if (field->found.physical == PHYSICAL_DOUBLE) {
        uint64_t bits = bytes_u64(at);
        double number;
        memcpy(&number, &bits, sizeof number);
        return number;
    }
    double number = (double)parquet_value_int(field, at);
    return field->divisor > 0 ? number / field->divisor : number;
}

static int put_number(char text[PARQUET_VALUE_TEXT], double value, int single) {
    int len = 0, most = single ? 9 : 17;
    if (isnan(value))
        return 0;
    for (int digits = single ? 6 : 15; digits <= most; digits++) {
        len = snprintf(text, PARQUET_VALUE_TEXT, "%.*g", digits, value);
        if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value)
            break;
    }
    return len;
}

static int put_uuid(char text[PARQUET_VALUE_TEXT], const uint8_t *at) {
    char *to = text;
    for (int i = 0; i < 16; i++)
        to += snprintf(to, 4, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", at[i]);
    return (int)(to - text);
}

size_t parquet_value_text(const parquet_field *field, const uint8_t *at,
                          char text[PARQUET_VALUE_TEXT]) {
    parquet_type type = field->column.type;
    if (type == PARQUET_STRING)
        return (size_t)put_uuid(text, at);
    if (type == PARQUET_INSTANT) {
        instant_format(text, parquet_value_int(field, at));
        return field->is_date ? 10 : 20;
    }
    if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        return (size_t)put_number(text, parquet_value_number(field, at), type == PARQUET_FLOAT);
    return (size_t)snprintf(text, PARQUET_VALUE_TEXT, "%lld",
                            (long long)parquet_value_int(field, at));
}
