/* SPDX-License-Identifier: MIT */
#include "common/fields.h"

#include <string.h>

static const float missing = __builtin_nanf("");

const char *const tr_field_name[TR_FIELDS] = {"tags",  "performers", "maker",
                                              "label", "series",     "source"};

const char *const tr_space_name[TR_SPACES] = {"tag",    "performer", "maker", "label",
                                              "series", "source",    "year",  "year5"};

const char *const tr_number_name[TR_NUMBERS] = {
    "like_ratio",  "dislike_ratio",    "mean_stars",           "review_count",
    "like_count",  "dislike_count",    "like_count_30d",       "positive_ratio_30d",
    "signup_days", "account_age_days", "days_since_last_like", "hour_sin",
    "hour_cos",    "price_mean",       "price_median"};

const char *const tr_item_number_name[TR_ITEM_NUMBERS] = {"price", "duration_seconds",
                                                          "release_day"};

tr_numbers tr_numbers_default(void) {
    return (tr_numbers){1u << TR_LIKE_RATIO | 1u << TR_DISLIKE_RATIO | 1u << TR_MEAN_STARS |
                            1u << TR_REVIEW_COUNT,
                        0};
}

tr_numbers tr_numbers_of(const tr_data *data) {
    return data->numbers ? *data->numbers : tr_numbers_default();
}

tt_text tr_text(const char *string) {
    return (tt_text){string, strlen(string)};
}

/* The number that `count` digits say, or -1. */
static int32_t digits(const char *at, int count) {
    int32_t value = 0;
    for (int i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return -1;
        value = value * 10 + (at[i] - '0');
    }
    return value;
}

int32_t tr_year_of(tt_text date) {
    if (date.len < 4 || (date.len > 4 && date.at[4] != '-'))
        return -1;
    return digits(date.at, 4);
}

/* Days before the month in a year that begins with March. */
static int32_t days_before(int32_t month) {
    return (153 * ((month + 9) % 12) + 2) / 5;
}

static float release_day(tt_text date) {
    int32_t year = tr_year_of(date), month = -1, day = -1;
    if (date.len >= 10 && date.at[7] == '-') {
        month = digits(date.at + 5, 2);
        day = digits(date.at + 8, 2);
    }
    if (year < 0 || month < 1 || month > 12 || day < 1 || day > 31)
        return missing;
    year -= month <= 2; /* so that a leap day comes last; 719468: 0000-03-01 to 1970-01-01 */
    int32_t leap_days = year >= 0 ? year / 4 - year / 100 + year / 400 : -1;
    return (float)(year * 365 + leap_days + days_before(month) + day - 1 - 719468);
}

float tr_item_number(const tr_item *item, int number) {
    float value = number == TR_PRICE ? item->price : item->duration;
    if (number == TR_RELEASE_DAY)
        return release_day(item->released_at);
    return value > 0.0f ? value : missing;
}
