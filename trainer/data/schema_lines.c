/* SPDX-License-Identifier: MIT */
#include "data/schema_lines.h"
#include "data/fields.h"
#include "kernel/maths.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 8192 }; /* bytes; about 30 lines of less than 100 */

/* Means and deviations that bring a user's numbers near to +-1 on any data. */
static const struct {
    const char *form;
    float mean, deviation;
} user_number[TR_NUMBERS] = {[TR_LIKE_RATIO] = {"linear", 0.5f, 1.0f},
                             [TR_DISLIKE_RATIO] = {"linear", 0.15f, 1.0f},
                             [TR_MEAN_STARS] = {"linear", 3.5f, 1.0f},
                             [TR_REVIEW_COUNT] = {"log1p", 4.6f, 2.0f}};

__attribute__((format(printf, 2, 3))) static void add(tr_vocabulary *to, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(to->lines + to->lines_len, ROOM - to->lines_len, format, arguments);
    va_end(arguments);
    if (len > 0 && (size_t)len < ROOM - to->lines_len)
        to->lines_len += (size_t)len;
}

static void add_number(tr_vocabulary *to, const char *tower, const char *source, const char *form,
                       float mean, float deviation) {
    add(to, "%s %s %s %08x %08x %.9g %.9g\n", tower, source, form, tr_bits(mean),
        tr_bits(deviation), (double)mean, (double)deviation);
}

static void add_user_numbers(tr_vocabulary *to, const tr_data *data) {
    for (int i = 0; i < TR_NUMBERS; i++) {
        int missing = 0;
        for (uint32_t u = 0; u < data->users && !missing; u++)
            missing = !tr_finite(data->user[u].number[i]);
        add_number(to, "user", tr_number_name[i], user_number[i].form, user_number[i].mean,
                   user_number[i].deviation);
        if (missing)
            add_number(to, "user", tr_number_name[i], "missing", 0.0f, 1.0f);
    }
}

static void add_item_numbers(tr_vocabulary *to, const tr_data *data) {
    double count = 0.0, sum = 0.0, squares = 0.0;
    for (uint32_t i = 0; i < data->items; i++) {
        int32_t year = tr_year_of(data->item[i].released_at);
        if (year >= 0) {
            count += 1.0;
            sum += year;
            squares += (double)year * year;
        }
    }
    if (count > 0.0) {
        double mean = sum / count, deviation = tr_root(squares / count - mean * mean);
        float scale = deviation > 0.5 ? (float)deviation : 1.0f;
        add_number(to, "item", TR_YEAR_NUMBER, "linear", (float)mean, scale);
        add_number(to, "item", TR_YEAR_NUMBER, "square", (float)mean, scale);
    }
    if (count < data->items)
        add_number(to, "item", TR_YEAR_NUMBER, "missing", 0.0f, 1.0f);
}

tr_status tr_schema_lines(tr_vocabulary *vocabulary, const tr_data *data, uint32_t seed) {
    vocabulary->lines = malloc(ROOM);
    if (!vocabulary->lines)
        return TR_NO_MEMORY;
    vocabulary->lines_len = 0;
    add(vocabulary, "twotower-schema 1\nrecipe shared\nhash murmur3_x86_32 %08x\n", seed);
    add(vocabulary, "ids %zu\ntokens %zu\n", vocabulary->id_keys_len / TT_ID_KEY,
        vocabulary->token_keys_len / TT_TOKEN_KEY);
    add(vocabulary, "field %s %s\n", TR_ID_FIELD, TR_ID_FIELD);
    for (int i = 0; i < TR_SPACES; i++)
        add(vocabulary, "field %s %s\n", i < TR_FIELDS ? tr_field_name[i] : TR_DATE_FIELD,
            tr_space_name[i]);
    add_user_numbers(vocabulary, data);
    add_item_numbers(vocabulary, data);
    return TR_OK;
}
