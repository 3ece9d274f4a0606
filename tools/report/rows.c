/* SPDX-License-Identifier: MIT */
/* The videos and users that the page shows. */
#include "base/fail.h"
#include "report/report.h"

#include <math.h>
#include <stdlib.h>

static void add(json_t *to, const char *name, json_t *value) {
    json_array_append_new(json_object_get(to, name), value);
}

/* Names of a field, and each item's as places in them. */
static json_t *field_rows(const report *of, int field) {
    json_t *names = json_array(), *rows = json_array();
    map seen = {0};
    for (uint32_t i = 0; i < of->items; i++) {
        const tr_item *item = &of->data.items.item[of->item[i]];
        json_t *row = json_array();
        for (uint32_t t = 0; t < item->field[field].count; t++) {
            tt_text name = item->field[field].token[t];
            uint32_t at = (uint32_t)json_array_size(names);
            if (map_put(&seen, name, at))
                json_array_append_new(names, report_text(name));
            else
                map_get(&seen, name, &at);
            json_array_append_new(row, json_integer((json_int_t)at));
        }
        json_array_append_new(rows, row);
    }
    map_free(&seen);
    return json_pack("{s:o, s:o}", "names", names, "rows", rows);
}

/* How often each item is recommended, over all users. */
static json_t *recommended(const report *of, const report_run *run) {
    uint32_t all = of->data.items.count, k = of->task.k;
    uint32_t *count = xcalloc((size_t)all + 1, sizeof *count);
    for (size_t at = 0; at < (size_t)of->data.users.count * k; at++)
        if (run->top[at] != UINT32_MAX)
            count[run->top[at]]++;
    json_t *made = json_array();
    for (uint32_t i = 0; i < of->items; i++)
        json_array_append_new(made, json_integer((json_int_t)count[of->item[i]]));
    free(count);
    return made;
}

json_t *report_items(const report *of) {
    json_t *made = json_pack("{s:[], s:[], s:[], s:[], s:[], s:[]}", "id", "title", "url",
                             "released", "likes", "reviews");
    for (uint32_t i = 0; i < of->items; i++) {
        uint32_t at = of->item[i];
        const tr_item *item = &of->data.items.item[at];
        add(made, "id", report_text(item->id));
        add(made, "title", report_text(of->data.items.extra[at].title));
        add(made, "url", report_text(of->data.items.extra[at].product_url));
        add(made, "released", report_text(item->released_at));
        add(made, "likes", json_integer((json_int_t)of->data.item_likes[at]));
        add(made, "reviews", json_integer((json_int_t)of->data.item_reviews[at]));
    }
    for (int f = 0; f < TR_FIELDS; f++)
        json_object_set_new(made, tr_field_name[f], field_rows(of, f));
    json_t *counts = json_array();
    for (uint32_t r = 0; r < of->runs; r++)
        json_array_append_new(counts, recommended(of, &of->run[r]));
    json_object_set_new(made, "recommended", counts);
    return made;
}

/* ---- Users ----------------------------------------------------------------------------- */

/* Places of items that the page shows; the others are not in it. */
static json_t *places(const report *of, const uint32_t *item, uint32_t count) {
    json_t *made = json_array();
    for (uint32_t i = 0; i < count; i++)
        if (of->item_place[item[i]] != UINT32_MAX)
            json_array_append_new(made, json_integer((json_int_t)of->item_place[item[i]]));
    return made;
}

/* Per user the list's places, -1 for a video that the page does not show, or its scores in ten
 * thousandths. */
static json_t *lists(const report *of, const report_run *run, int scores) {
    json_t *made = json_array();
    uint32_t k = of->task.k;
    for (uint32_t i = 0; i < of->users; i++) {
        json_t *row = json_array();
        const uint32_t *top = run->top + (size_t)of->user[i] * k;
        const float *score = run->score + (size_t)of->user[i] * k;
        for (uint32_t r = 0; r < k && top[r] != UINT32_MAX; r++) {
            uint32_t place = of->item_place[top[r]];
            double scaled = (double)score[r] * 10000;
            json_int_t value = place == UINT32_MAX ? -1 : (json_int_t)place;
            if (scores)
                value = (json_int_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
            json_array_append_new(row, json_integer(value));
        }
        json_array_append_new(made, row);
    }
    return made;
}

/* recall of each user, in ten thousandths; null: no validation likes. */
static json_t *judged(const report *of, const float *per_user) {
    json_t *made = json_array();
    for (uint32_t i = 0; i < of->users; i++) {
        float value = per_user[of->user[i]];
        json_array_append_new(made, isnan(value)
                                        ? json_null()
                                        : json_integer((json_int_t)((double)value * 10000 + 0.5)));
    }
    return made;
}

json_t *report_users(const report *of) {
    static const char *const bag[] = {"liked", "neutral", "disliked"};
    json_t *made = json_pack("{s:[], s:[], s:[], s:[], s:[], s:[]}", "id", "liked", "neutral",
                             "disliked", "hits", "known");
    for (uint32_t i = 0; i < of->users; i++) {
        uint32_t at = of->user[i];
        const tr_user *user = &of->data.users.user[at];
        const item_lists *val = &of->task.liked, *known = &of->task.train;
        add(made, "id", report_text(of->data.users.id[at]));
        for (int b = 0; b < 3; b++)
            add(made, bag[b], places(of, user->history[b], user->count[b]));
        add(made, "hits",
            places(of, val->item + val->offset[at], val->offset[at + 1] - val->offset[at]));
        add(made, "known", json_integer((json_int_t)(known->offset[at + 1] - known->offset[at])));
    }
    json_t *top = json_array();
    for (uint32_t r = 0; r < of->runs; r++) {
        const report_run *run = &of->run[r];
        json_array_append_new(top, json_pack("{s:o, s:o, s:o}", "items", lists(of, run, 0),
                                             "scores", lists(of, run, 1), "recall",
                                             judged(of, run->ranking.per_user[TR_RECALL])));
    }
    json_object_set_new(made, "top", top);
    return made;
}
