/* SPDX-License-Identifier: MIT */
#include "common/schema_lines.h"
#include "common/fields.h"
#include "kernel/maths.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 8192 }; /* bytes; about 60 lines of less than 100 */

/* How a user's number becomes a feature: as it is, or log(1 + x) of it, by a mean and a deviation
 * that bring it near to +-1 on any data; deviation 0: by those of the users. */
static const struct {
    int log1p;
    float mean, deviation;
} user_number[TR_NUMBERS] = {
    [TR_LIKE_RATIO] = {0, 0.5f, 1.0f},       [TR_DISLIKE_RATIO] = {0, 0.15f, 1.0f},
    [TR_MEAN_STARS] = {0, 3.5f, 1.0f},       [TR_REVIEW_COUNT] = {1, 4.6f, 2.0f},
    [TR_LIKE_COUNT] = {1, 0.0f, 0.0f},       [TR_DISLIKE_COUNT] = {1, 0.0f, 0.0f},
    [TR_LIKE_COUNT_30D] = {1, 0.0f, 0.0f},   [TR_SIGNUP_DAYS] = {1, 0.0f, 0.0f},
    [TR_ACCOUNT_AGE_DAYS] = {1, 0.0f, 0.0f}, [TR_DAYS_SINCE_LAST_LIKE] = {1, 0.0f, 0.0f},
    [TR_PRICE_MEAN] = {1, 0.0f, 0.0f},       [TR_PRICE_MEDIAN] = {1, 0.0f, 0.0f}};

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

/* One number of all rows of a tower. */
typedef struct column {
    const tr_data *data;
    uint32_t rows;
    int number, log1p;
    float (*at)(const struct column *of, uint32_t row); /* not finite: missing */
} column;

static float user_number_of(const column *of, uint32_t row) {
    return of->data->user[row].number[of->number];
}

static float item_number_of(const column *of, uint32_t row) {
    return tr_item_number(&of->data->item[row], of->number);
}

static float year_of(const column *of, uint32_t row) {
    int32_t year = tr_year_of(of->data->item[row].released_at);
    return year >= 0 ? (float)year : tr_from_bits(0x7fc00000u);
}

/* Mean and deviation of the numbers that are there, as the form takes them; how many there are.
 * A deviation of `least` or less becomes 1. */
static uint32_t moments(const column *of, float *mean, float *deviation, float least) {
    double sum = 0.0, squares = 0.0;
    uint32_t count = 0;
    for (uint32_t row = 0; row < of->rows; row++) {
        float raw = of->at(of, row);
        if (!tr_finite(raw) || (of->log1p && raw < 0.0f))
            continue;
        double value = of->log1p ? tr_log(1.0 + (double)raw) : (double)raw;
        count++;
        sum += value;
        squares += value * value;
    }
    double centre = count > 0 ? sum / count : 0.0;
    double variance = count > 0 ? squares / count - centre * centre : 0.0;
    double spread = variance > 0.0 ? tr_sqrt(variance) : 0.0;
    *mean = (float)centre;
    *deviation = spread > (double)least ? (float)spread : 1.0f;
    return count;
}

static void add_user_number(tr_vocabulary *to, const tr_data *data, int number) {
    const char *name = tr_number_name[number];
    const char *form = user_number[number].log1p ? "log1p" : "linear";
    column values = {data, data->users, number, user_number[number].log1p, user_number_of};
    float mean, deviation;
    uint32_t count = moments(&values, &mean, &deviation, 0.0f);
    if (user_number[number].deviation > 0.0f)
        add_number(to, "user", name, form, user_number[number].mean, user_number[number].deviation);
    else if (count > 0)
        add_number(to, "user", name, form, mean, deviation);
    if (count < data->users)
        add_number(to, "user", name, "missing", 0.0f, 1.0f);
}

static void add_item_number(tr_vocabulary *to, const tr_data *data, int number) {
    column values = {data, data->items, number, 0, item_number_of};
    float mean, deviation;
    uint32_t count = moments(&values, &mean, &deviation, 0.0f);
    if (count > 0)
        add_number(to, "item", tr_item_number_name[number], "linear", mean, deviation);
    if (count < data->items)
        add_number(to, "item", tr_item_number_name[number], "missing", 0.0f, 1.0f);
}

static void add_year(tr_vocabulary *to, const tr_data *data) {
    column values = {data, data->items, 0, 0, year_of};
    float mean, deviation;
    uint32_t count = moments(&values, &mean, &deviation, 0.5f);
    if (count > 0) {
        add_number(to, "item", TR_YEAR_NUMBER, "linear", mean, deviation);
        add_number(to, "item", TR_YEAR_NUMBER, "square", mean, deviation);
    }
    if (count < data->items)
        add_number(to, "item", TR_YEAR_NUMBER, "missing", 0.0f, 1.0f);
}

static void add_numbers(tr_vocabulary *to, const tr_data *data) {
    tr_numbers numbers = tr_numbers_of(data);
    for (int i = 0; i < TR_NUMBERS; i++)
        if (numbers.user >> i & 1)
            add_user_number(to, data, i);
    add_year(to, data);
    for (int i = 0; i < TR_ITEM_NUMBERS; i++)
        if (numbers.item >> i & 1)
            add_item_number(to, data, i);
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

static void add_header(tr_vocabulary *to, const char *recipe) {
    add(to, "twotower-schema %d\nrecipe %s\nhash murmur3_x86_32x2 %08x\n", TT_SCHEMA_VERSION,
        recipe, (unsigned)TR_HASH_SEED);
}

tr_status tr_schema_lines(tr_vocabulary *vocabulary, const tr_data *data) {
    if (!begin(vocabulary))
        return TR_NO_MEMORY;
    add_header(vocabulary, "shared");
    add(vocabulary, "ids %zu\ntokens %zu\n", vocabulary->id_keys_len / TT_ID_KEY,
        vocabulary->token_keys_len / TT_TOKEN_KEY);
    add(vocabulary, "field %s %s\n", TR_ID_FIELD, TR_ID_FIELD);
    add_content_fields(vocabulary);
    add_numbers(vocabulary, data);
    return TR_OK;
}

tr_status tr_mlp_schema_lines(tr_vocabulary *vocabulary, const tr_data *data,
                              const uint32_t *buckets) {
    if (!begin(vocabulary))
        return TR_NO_MEMORY;
    add_header(vocabulary, "mlp");
    for (int i = 0; i < TR_SPACES; i++)
        add(vocabulary, "buckets %s %lu\n", tr_space_name[i], (unsigned long)buckets[i]);
    add_content_fields(vocabulary);
    add_numbers(vocabulary, data);
    return TR_OK;
}
