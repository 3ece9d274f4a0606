/* SPDX-License-Identifier: MIT */
#include "sign/canonical.h"

#include "base/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_text(bytes *to, const char *text) {
    bytes_put(to, text, strlen(text));
}

/* ---- Numbers: ECMA-262, Number::toString -------------------------------------------------- */

/* The fewest digits that are this number again, and the place of the point before them:
 * value = 0.DIGITS * 10^*point. */
static void shortest(double value, char digits[20], int *point) {
    char text[32];
    int exponent = 0;
    for (int precision = 0; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    size_t used = 0;
    const char *at = text;
    for (; *at && *at != 'e'; at++)
        if (*at >= '0' && *at <= '9' && used < 19)
            digits[used++] = *at;
    if (*at == 'e')
        exponent = atoi(at + 1);
    while (used > 1 && digits[used - 1] == '0')
        used--;
    digits[used] = '\0';
    *point = exponent + 1;
}

static void put_real(bytes *to, double value) {
    char digits[20], text[64];
    int point;
    if (value == 0) { /* also -0 */
        put_text(to, "0");
        return;
    }
    if (value < 0)
        put_text(to, "-");
    shortest(value < 0 ? -value : value, digits, &point);
    int count = (int)strlen(digits);
    if (count <= point && point <= 21)
        snprintf(text, sizeof text, "%s%.*s", digits, point - count, "000000000000000000000");
    else if (0 < point && point <= 21)
        snprintf(text, sizeof text, "%.*s.%s", point, digits, digits + point);
    else if (-6 < point && point <= 0)
        snprintf(text, sizeof text, "0.%.*s%s", -point, "000000", digits);
    else
        snprintf(text, sizeof text, "%c%s%se%+d", digits[0], count > 1 ? "." : "", digits + 1,
                 point - 1);
    put_text(to, text);
}

static int put_integer(bytes *to, json_int_t value) {
    char text[32];
    const json_int_t most = (json_int_t)1 << 53;
    if (value > most || value < -most)
        return fail(TW_INPUT, "a whole number beyond 2^53 has no canonical form in JSON");
    snprintf(text, sizeof text, "%lld", (long long)value);
    put_text(to, text);
    return 0;
}

/* ---- Strings -------------------------------------------------------------------------------- */

static void put_string(bytes *to, const char *text) {
    static const char named[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";
    bytes_put_byte(to, '"');
    for (; *text; text++) {
        const char *one = strchr(named, *text);
        char escape[8];
        if (one) {
            bytes_put_byte(to, '\\');
            bytes_put_byte(to, (uint8_t)letters[one - named]);
        } else if ((unsigned char)*text < 0x20) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*text);
            put_text(to, escape);
        } else {
            bytes_put_byte(to, (uint8_t)*text);
        }
    }
    bytes_put_byte(to, '"');
}

/* UTF-8 sorts by code points; UTF-16 puts those beyond U+FFFF (first byte F0 to F4) before
 * U+E000 to U+FFFF (first byte EE or EF). */
static int rank(unsigned char byte) {
    return byte >= 0xf0 ? 0xee : byte >= 0xee ? byte + 8 : byte;
}

static int by_utf16(const void *left, const void *right) {
    const unsigned char *a = *(const unsigned char *const *)left;
    const unsigned char *b = *(const unsigned char *const *)right;
    while (*a && *a == *b) {
        a++;
        b++;
    }
    if (*a >= 0xf0 && *b >= 0xf0)
        return *a - *b;
    return rank(*a) - rank(*b);
}

/* ---- Documents ------------------------------------------------------------------------------ */

static int put_object(bytes *to, const json_t *object) {
    size_t count = json_object_size(object), used = 0;
    const char **name = xmalloc((count + 1) * sizeof *name), *one;
    json_t *value;
    int status = 0;
    json_object_foreach((json_t *)(uintptr_t)object, one, value) name[used++] = one;
    qsort(name, used, sizeof *name, by_utf16);
    bytes_put_byte(to, '{');
    for (size_t i = 0; i < used && !status; i++) {
        if (i)
            bytes_put_byte(to, ',');
        put_string(to, name[i]);
        bytes_put_byte(to, ':');
        status = canonical_json(to, json_object_get(object, name[i]));
    }
    bytes_put_byte(to, '}');
    free(name);
    return status;
}

static int put_array(bytes *to, const json_t *array) {
    int status = 0;
    bytes_put_byte(to, '[');
    for (size_t i = 0; i < json_array_size(array) && !status; i++) {
        if (i)
            bytes_put_byte(to, ',');
        status = canonical_json(to, json_array_get(array, i));
    }
    bytes_put_byte(to, ']');
    return status;
}

int canonical_json(bytes *to, const json_t *document) {
    switch (json_typeof(document)) {
    case JSON_OBJECT:
        return put_object(to, document);
    case JSON_ARRAY:
        return put_array(to, document);
    case JSON_STRING:
        put_string(to, json_string_value(document));
        return 0;
    case JSON_INTEGER:
        return put_integer(to, json_integer_value(document));
    case JSON_REAL:
        put_real(to, json_real_value(document));
        return 0;
    case JSON_TRUE:
        put_text(to, "true");
        return 0;
    case JSON_FALSE:
        put_text(to, "false");
        return 0;
    case JSON_NULL:
        put_text(to, "null");
        return 0;
    }
    return 0;
}
