/* SPDX-License-Identifier: MIT */
#include "data/fields.h"

#include <string.h>

const char *const tr_field_name[TR_FIELDS] = {"tags",  "performers", "maker",
                                              "label", "series",     "source"};

const char *const tr_space_name[TR_SPACES] = {"tag",    "performer", "maker", "label",
                                              "series", "source",    "year",  "year5"};

const char *const tr_number_name[TR_NUMBERS] = {"like_ratio", "dislike_ratio", "mean_stars",
                                                "review_count"};

tt_text tr_text(const char *string) {
    return (tt_text){string, strlen(string)};
}

int32_t tr_year_of(tt_text date) {
    int32_t year = 0;
    if (date.len < 4 || (date.len > 4 && date.at[4] != '-'))
        return -1;
    for (int i = 0; i < 4; i++) {
        if (date.at[i] < '0' || date.at[i] > '9')
            return -1;
        year = year * 10 + (date.at[i] - '0');
    }
    return year;
}
