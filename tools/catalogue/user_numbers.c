/* SPDX-License-Identifier: MIT */
#include "catalogue/user_numbers.h"

#include "base/fail.h"

#include <math.h>
#include <stdlib.h>

enum { DAY = 86400, MINUTES = 1440 };

typedef struct counted {
    size_t of[TT_MAX_BAGS], likes_30d, dislikes_30d, starred, timed;
    double stars, sine, cosine;
    int64_t first, last_like; /* INT64_MIN: not known */
} counted;

/* sin(2 pi minute / 1440) by its series, so that it is the same with every C library. */
static double sine_of(int64_t minute) {
    minute = (minute % MINUTES + MINUTES) % MINUTES;
    double sign = minute >= MINUTES / 2 ? -1 : 1, sum = 0;
    minute %= MINUTES / 2;
    if (minute > MINUTES / 4)
        minute = MINUTES / 2 - minute;
    double x = 6.28318530717958647692 * (double)minute / MINUTES, term = x;
    for (int n = 1; n < 24; n += 2) {
        sum += term;
        term *= -x * x / ((n + 1) * (n + 2));
    }
    return sign * sum;
}

static int64_t minute_of(int64_t at) {
    int64_t second = at % DAY;
    return (second < 0 ? second + DAY : second) / 60;
}

static void count_like(counted *c, int64_t at) {
    if (at == INT64_MIN)
        return;
    if (at > c->last_like)
        c->last_like = at;
    c->timed++;
    c->sine += sine_of(minute_of(at));
    c->cosine += sine_of(minute_of(at) + MINUTES / 4);
}

static counted count(const interaction *const *row, size_t rows, int64_t as_of) {
    counted c = {.first = INT64_MIN, .last_like = INT64_MIN};
    for (size_t i = 0; i < rows; i++) {
        int64_t at = row[i]->at;
        int liked = row[i]->label == TT_LIKED, disliked = row[i]->label == TT_DISLIKED;
        int recent = at != INT64_MIN && at > as_of - 30 * DAY;
        c.of[row[i]->label]++;
        c.likes_30d += recent && liked;
        c.dislikes_30d += recent && disliked;
        if (at != INT64_MIN && (c.first == INT64_MIN || at < c.first))
            c.first = at;
        if (!isnan(row[i]->stars)) {
            c.stars += (double)row[i]->stars;
            c.starred++;
        }
        if (liked)
            count_like(&c, at);
    }
    return c;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean and median of the prices of liked videos that have one. */
static void prices(tr_user *user, const interaction *const *row, size_t rows,
                   const item_table *items) {
    double *price = xmalloc((rows + 1) * sizeof *price), sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        double one = items->extra[row[i]->item].price;
        if (row[i]->label == TT_LIKED && one > 0)
            price[n++] = one;
    }
    for (size_t i = 0; i < n; i++)
        sum += price[i];
    if (n) {
        qsort(price, n, sizeof *price, ascending);
        double low = price[(n - 1) / 2], high = price[n / 2];
        user->number[TR_PRICE_MEAN] = (float)(sum / (double)n);
        user->number[TR_PRICE_MEDIAN] = (float)(low + 0.5 * (high - low));
    }
    free(price);
}

static float ratio(size_t part, size_t all) {
    return all ? (float)part / (float)all : NAN;
}

static float days(int64_t since, int64_t as_of) {
    if (since == INT64_MIN || as_of == INT64_MIN)
        return NAN;
    int64_t seconds = as_of - since;
    return (float)(seconds < 0 ? -((-seconds + DAY - 1) / DAY) : seconds / DAY);
}

void user_numbers(tr_user *user, const interaction *const *row, size_t rows,
                  const item_table *items, int64_t since, int64_t as_of) {
    counted c = count(row, rows, as_of);
    float *number = user->number;
    for (int n = 0; n < TR_NUMBERS; n++)
        number[n] = NAN;
    number[TR_LIKE_RATIO] = ratio(c.of[TT_LIKED], rows);
    number[TR_DISLIKE_RATIO] = ratio(c.of[TT_DISLIKED], rows);
    if (c.starred)
        number[TR_MEAN_STARS] = (float)(c.stars / (double)c.starred);
    number[TR_REVIEW_COUNT] = (float)rows;
    number[TR_LIKE_COUNT] = (float)c.of[TT_LIKED];
    number[TR_DISLIKE_COUNT] = (float)c.of[TT_DISLIKED];
    number[TR_LIKE_COUNT_30D] = (float)c.likes_30d;
    number[TR_POSITIVE_RATIO_30D] = ratio(c.likes_30d, c.likes_30d + c.dislikes_30d);
    number[TR_SIGNUP_DAYS] = days(since == INT64_MIN ? c.first : since, as_of);
    number[TR_ACCOUNT_AGE_DAYS] = number[TR_SIGNUP_DAYS];
    number[TR_DAYS_SINCE_LAST_LIKE] = days(c.last_like, as_of);
    if (c.timed) {
        number[TR_HOUR_SIN] = (float)(c.sine / (double)c.timed);
        number[TR_HOUR_COS] = (float)(c.cosine / (double)c.timed);
    }
    prices(user, row, rows, items);
}
