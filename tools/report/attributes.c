/* SPDX-License-Identifier: MIT */
/* What the data and the recommendations are made of, by the fields of videos. */
#include "base/fail.h"
#include "report/report.h"

#include <stdlib.h>

enum { SHOWN = 250, CURVE = 100 };

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

/* {values, rows: [[name, ...], ...] of the first SHOWN, rest: the sum of `count` of the others}. */
static json_t *table(const report_values *values, int positive) {
    json_t *rows = json_array();
    uint64_t rest = 0;
    for (uint32_t v = 0; v < values->count; v++) {
        const report_value *one = &values->value[v];
        if (v >= SHOWN) {
            rest += one->count;
            continue;
        }
        json_t *row = json_array();
        json_array_append_new(row, report_text(one->name));
        json_array_append_new(row, integer(one->items));
        json_array_append_new(row, integer(one->count));
        json_array_append_new(row, integer(positive ? one->positive : one->users));
        json_array_append_new(rows, row);
    }
    return json_pack("{s:o, s:o, s:o}", "values", integer(values->count), "rows", rows, "rest",
                     integer(rest));
}

/* ---- The data ----------------------------------------------------------------------- */

static void add_interactions(report_values *values, const interaction_list *rows,
                             const item_table *items, int field) {
    for (size_t i = 0; i < rows->count; i++) {
        const tr_item *item = &items->item[rows->row[i].item];
        for (uint32_t t = 0; t < item->field[field].count; t++) {
            report_value *one =
                &values->value[report_value_of(values, item->field[field].token[t])];
            one->count++;
            one->positive += rows->row[i].label == TT_LIKED;
        }
    }
}

json_t *report_bias(const report *of) {
    json_t *all = json_object();
    for (int field = 0; field < TR_FIELDS; field++) {
        report_values values;
        report_values_make(&values, &of->data.items, field);
        add_interactions(&values, &of->data.train, &of->data.items, field);
        add_interactions(&values, &of->data.val, &of->data.items, field);
        report_values_sort(&values);
        json_object_set_new(all, tr_field_name[field], table(&values, 1));
        report_values_free(&values);
    }
    return all;
}

/* ---- The recommendations ----------------------------------------------------------------- */

static json_t *recommended_values(const report *of, const report_run *run, int field) {
    report_values values;
    uint32_t k = of->task.k;
    report_values_make(&values, &of->data.items, field);
    /* items becomes the different ones that are recommended. */
    unsigned char *seen = xcalloc((size_t)of->data.items.count + 1, 1);
    for (uint32_t v = 0; v < values.count; v++)
        values.value[v].items = 0;
    for (uint32_t u = 0; u < of->data.users.count; u++)
        for (uint32_t r = 0; r < k && run->top[(size_t)u * k + r] != UINT32_MAX; r++) {
            uint32_t at = run->top[(size_t)u * k + r];
            const tr_item *item = &of->data.items.item[at];
            for (uint32_t t = 0; t < item->field[field].count; t++) {
                report_value *one =
                    &values.value[report_value_of(&values, item->field[field].token[t])];
                one->count++;
                one->items += !seen[at];
                one->users += one->last != (uint64_t)u + 1;
                one->last = (uint64_t)u + 1;
            }
            seen[at] = 1;
        }
    report_values_sort(&values);
    json_t *made = table(&values, 0);
    report_values_free(&values);
    free(seen);
    return made;
}

typedef struct popularity {
    uint32_t likes, item;
    uint64_t count;
} popularity;

static int by_likes(const void *a, const void *b) {
    const popularity *x = a, *y = b;
    if (x->likes != y->likes)
        return x->likes > y->likes ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

static int by_count(const void *a, const void *b) {
    const popularity *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* Shares of all recommendations and of all train likes that the most liked n % of the videos
 * have, n = 0 .. 100. */
static json_t *curve(const popularity *item, uint32_t count, uint64_t shown) {
    json_t *recommended = json_array(), *liked = json_array();
    uint64_t likes = 0, sum = 0, sum_likes = 0;
    for (uint32_t i = 0; i < count; i++)
        likes += item[i].likes;
    for (uint32_t point = 0, i = 0; point <= CURVE; point++) {
        for (; i < (uint64_t)count * point / CURVE; i++) {
            sum += item[i].count;
            sum_likes += item[i].likes;
        }
        json_array_append_new(recommended, json_real(shown ? (double)sum / (double)shown : 0));
        json_array_append_new(liked, json_real(likes ? (double)sum_likes / (double)likes : 0));
    }
    return json_pack("{s:o, s:o}", "recommended", recommended, "liked", liked);
}

/* Gini coefficient of the counts, ascending: sum (2 i - n - 1) x_i / (n sum x_i). */
static double gini(const popularity *item, uint32_t count, uint64_t shown) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += (2.0 * (i + 1) - (double)count - 1) * (double)item[i].count;
    return shown ? sum / ((double)count * (double)shown) : 0;
}

static json_t *spread(const report *of, const report_run *run) {
    uint32_t count = of->data.items.count, k = of->task.k, users = 0, unique = 0;
    uint64_t shown = 0;
    popularity *item = xmalloc(((size_t)count + 1) * sizeof *item);
    for (uint32_t i = 0; i < count; i++)
        item[i] = (popularity){of->data.item_likes[i], i, 0};
    for (uint32_t u = 0; u < of->data.users.count; u++) {
        users += run->top[(size_t)u * k] != UINT32_MAX;
        for (uint32_t r = 0; r < k && run->top[(size_t)u * k + r] != UINT32_MAX; r++, shown++)
            unique += item[run->top[(size_t)u * k + r]].count++ == 0;
    }
    qsort(item, count, sizeof *item, by_likes);
    json_t *points = curve(item, count, shown);
    qsort(item, count, sizeof *item, by_count);
    json_t *made =
        json_pack("{s:o, s:o, s:o, s:f, s:f, s:o}", "recommendations", integer(shown), "unique",
                  integer(unique), "users", integer(users), "gini", gini(item, count, shown),
                  "coverage", count ? (double)unique / (double)count : 0, "curve", points);
    free(item);
    return made;
}

json_t *report_distribution(const report *of, const report_run *run) {
    json_t *all = json_object();
    for (int field = 0; field < TR_FIELDS; field++)
        json_object_set_new(all, tr_field_name[field], recommended_values(of, run, field));
    return json_pack("{s:o, s:o}", "overall", spread(of, run), "fields", all);
}
