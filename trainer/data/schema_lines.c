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

/* Mean and deviation of the finite values of `of`; the number of them. */
static uint32_t moments(const tr_data *data, float (*of)(const tr_item *), float *mean,
                        float *deviation, float least) {
    double sum = 0.0, squares = 0.0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < data->items; i++) {
        float value = of(&data->item[i]);
        if (!tr_finite(value))
            continue;
        count++;
        sum += (double)value;
        squares += (double)value * (double)value;
    }
    double centre = count > 0 ? sum / count : 0.0;
    double spread = count > 0 ? tr_root(squares / count - centre * centre) : 0.0;
    *mean = (float)centre;
    *deviation = spread > (double)least ? (float)spread : 1.0f;
    return count;
}

static float year_of(const tr_item *item) {
    int32_t year = tr_year_of(item->released_at);
    return year >= 0 ? (float)year : tr_from_bits(0x7fc00000u);
}

static float price_of(const tr_item *item) {
    return item->price > 0.0f ? item->price : tr_from_bits(0x7fc00000u);
}

static void add_item_numbers(tr_vocabulary *to, const tr_data *data) {
    float mean, deviation;
    uint32_t count = moments(data, year_of, &mean, &deviation, 0.5f);
    if (count > 0) {
        add_number(to, "item", TR_YEAR_NUMBER, "linear", mean, deviation);
        add_number(to, "item", TR_YEAR_NUMBER, "square", mean, deviation);
    }
    if (count < data->items)
        add_number(to, "item", TR_YEAR_NUMBER, "missing", 0.0f, 1.0f);
}

static void add_price(tr_vocabulary *to, const tr_data *data) {
    float mean, deviation;
    uint32_t count = moments(data, price_of, &mean, &deviation, 0.0f);
    if (count > 0)
        add_number(to, "item", TR_PRICE_NUMBER, "linear", mean, deviation);
    if (count < data->items)
        add_number(to, "item", TR_PRICE_NUMBER, "missing", 0.0f, 1.0f);
}

static void add_content_fields(tr_vocabulary *to) {
    for (int i = 0; i < TR_SPACES; i++)
        add(to, "field %s %s\n", i < TR_FIELDS ? tr_field_name[i] : TR_DATE_FIELD,
            tr_space_name[i]);
}

static int begin(tr_vocabulary *vocabulary) {
    vocabulary->lines = malloc(ROOM);
    vocabulary->lines_len = 0;
    return vocabulary->lines != NULL;
}

tr_status tr_schema_lines(tr_vocabulary *vocabulary, const tr_data *data, uint32_t seed) {
    if (!begin(vocabulary))
        return TR_NO_MEMORY;
    add(vocabulary, "twotower-schema 1\nrecipe shared\nhash murmur3_x86_32 %08x\n", seed);
    add(vocabulary, "ids %zu\ntokens %zu\n", vocabulary->id_keys_len / TT_ID_KEY,
        vocabulary->token_keys_len / TT_TOKEN_KEY);
    add(vocabulary, "field %s %s\n", TR_ID_FIELD, TR_ID_FIELD);
    add_content_fields(vocabulary);
    add_user_numbers(vocabulary, data);
    add_item_numbers(vocabulary, data);
    return TR_OK;
}

tr_status tr_mlp_schema_lines(tr_vocabulary *vocabulary, const tr_data *data,
                              const uint32_t *buckets, const tr_buckets *wanted) {
    if (!begin(vocabulary))
        return TR_NO_MEMORY;
    add(vocabulary, "twotower-schema 1\nrecipe mlp\nhash murmur3_x86_32 %08x\n", 0u);
    for (int i = 0; i < TR_SPACES; i++)
        add(vocabulary, "buckets %s %lu\n", tr_space_name[i], (unsigned long)buckets[i]);
    add_content_fields(vocabulary);
    if (!wanted->no_user_numbers)
        add_user_numbers(vocabulary, data);
    add_item_numbers(vocabulary, data);
    if (wanted->price)
        add_price(vocabulary, data);
    return TR_OK;
}
