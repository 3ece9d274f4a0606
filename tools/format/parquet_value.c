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

static float float_of_bits(uint32_t bits) {
    float number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static float half_number(const uint8_t *at) {
    uint32_t bits = (uint32_t)at[0] | (uint32_t)at[1] << 8;
    uint32_t sign = bits >> 15 << 31, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (!exponent) /* 0 or subnormal */
        return (sign ? -1.0f : 1.0f) * (float)fraction / 16777216;
    return float_of_bits(sign | (exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
}

/* The magnitude of a two's complement number, highest byte first; returns its sign. */
static int decimal_magnitude(const parquet_field *field, const uint8_t *at,
                             uint8_t to[PARQUET_MAX_DECIMAL]) {
    size_t size = field->size;
    int fixed = field->found.physical == PHYSICAL_FIXED;
    for (size_t i = 0; i < size; i++)
        to[i] = at[fixed ? i : size - 1 - i];
    int negative = to[0] >> 7;
    unsigned carry = 1;
    for (size_t i = size; negative && i-- > 0; carry >>= 8) {
        carry += (uint8_t)~to[i];
        to[i] = (uint8_t)carry;
    }
    return negative;
}

/* Divides by 10; returns the digit that is left. */
static unsigned next_digit(uint8_t *number, size_t size) {
    unsigned rest = 0;
    for (size_t i = 0; i < size; i++) {
        rest = rest << 8 | number[i];
        number[i] = (uint8_t)(rest / 10);
        rest %= 10;
    }
    return rest;
}

static int is_zero(const uint8_t *number, size_t size) {
    while (size && !number[size - 1])
        size--;
    return !size;
}

/* Written from its end, without zeros after the point. */
static int put_decimal(char text[PARQUET_VALUE_TEXT], const parquet_field *field,
                       const uint8_t *at) {
    uint8_t number[PARQUET_MAX_DECIMAL] = {0};
    int negative = decimal_magnitude(field, at, number), shown = 0;
    char *to = text + PARQUET_VALUE_TEXT - 1, *end = to;
    *to = '\0';
    for (int32_t place = 0; place <= field->found.scale || !is_zero(number, field->size); place++) {
        unsigned digit = next_digit(number, field->size);
        if (place == field->found.scale && shown)
            *--to = '.';
        shown = shown || digit || place >= field->found.scale;
        if (shown)
            *--to = (char)('0' + digit);
    }
    if (negative)
        *--to = '-';
    memmove(text, to, (size_t)(end - to) + 1);
    return (int)(end - to);
}

double parquet_value_number(const parquet_field *field, const uint8_t *at) {
    char text[PARQUET_VALUE_TEXT];
    if (field->is_half)
        return half_number(at);
    if (field->is_decimal) {
        put_decimal(text, field, at);
        return strtod(text, NULL);
    }
    if (field->found.physical == PHYSICAL_FLOAT)
        return float_of_bits(bytes_u32(at));
    if (field->found.physical == PHYSICAL_DOUBLE) {
        uint64_t bits = bytes_u64(at);
        double number;
        memcpy(&number, &bits, sizeof number);
        return number;
    }
    return (double)parquet_value_int(field, at);
}

static int put_number(char text[PARQUET_VALUE_TEXT], double value, int single) {
    int len = 0, most = single ? 9 : 17;
    const double exact = single ? 0x1p24 : 0x1p53;
    if (isnan(value))
        return 0;
    if (fabs(value) < exact && value == (double)(int64_t)value)
        return snprintf(text, PARQUET_VALUE_TEXT, "%lld", (long long)value);
    for (int digits = single ? 6 : 15; digits <= most; digits++) {
        len = snprintf(text, PARQUET_VALUE_TEXT, fabs(value) < exact ? "%.*g" : "%.*e",
                       digits - (fabs(value) >= exact), value);
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
    if (field->is_decimal)
        return (size_t)put_decimal(text, field, at);
    if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        return (size_t)put_number(text, parquet_value_number(field, at), type == PARQUET_FLOAT);
    if (field->is_unsigned && field->size == 8)
        return (size_t)snprintf(text, PARQUET_VALUE_TEXT, "%llu",
                                (unsigned long long)bytes_u64(at));
    return (size_t)snprintf(text, PARQUET_VALUE_TEXT, "%lld",
                            (long long)parquet_value_int(field, at));
}
