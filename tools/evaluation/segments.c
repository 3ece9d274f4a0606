/* SPDX-License-Identifier: MIT */
#include "evaluation/segments.h"

#include "base/fail.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAKERS = 10 };

typedef struct segments {
    const tr_ranking *ranking;
    const tr_ranking_input *input;
    const dataset *data;
    unsigned char *mask; /* [items] or [users], whichever is more */
} segments;

static int judge(const segments *s, json_t *to, tt_text name, int by_user) {
    tr_segment made;
    char recall[32], map_name[32];
    tr_status status = tr_rank_segment(&made, s->ranking, s->input, by_user ? s->mask : NULL,
                                       by_user ? NULL : s->mask);
    if (status != TR_OK)
        return fail(TW_IO, "the segments stopped: %s", tr_status_text(status));
    snprintf(recall, sizeof recall, "recall@%u", s->input->k);
    snprintf(map_name, sizeof map_name, "map@%u", s->input->k);
    json_t *one = json_object(), *all = ranking_intervals(made.low, made.high, s->input->k);
    json_t *intervals = json_object();
    json_object_set(intervals, recall, json_object_get(all, recall));
    json_object_set(intervals, map_name, json_object_get(all, map_name));
    json_decref(all);
    json_object_set_new(one, "name", json_stringn(name.at, name.len));
    json_object_set_new(one, "users", json_integer((json_int_t)made.users));
    json_object_set_new(one, "pairs", json_integer((json_int_t)made.pairs));
    json_object_set_new(one, recall, json_finite(made.at_k[TR_RECALL]));
    json_object_set_new(one, map_name, json_finite(made.at_k[TR_MAP]));
    json_object_set_new(one, "intervals", intervals);
    json_array_append_new(to, one);
    return interrupted();
}

static tt_text text(const char *word) {
    return (tt_text){word, strlen(word)};
}

static int by_items(const segments *s, json_t *to) {
    static const char *const name[] = {"warm", "cold", "new"};
    const dataset *data = s->data;
    int status = 0;
    for (int which = 0; which < 3 && !status; which++) {
        for (uint32_t i = 0; i < data->items.count; i++) {
            int liked = data->item_likes[i] > 0, reviewed = data->item_reviews[i] > 0;
            s->mask[i] = (unsigned char)(which == 0 ? liked : which == 1 ? !liked : !reviewed);
        }
        status = judge(s, to, text(name[which]), 0);
    }
    return status;
}

static int by_user_likes(const segments *s, json_t *to) {
    static const struct {
        const char *name;
        uint32_t first, last;
    } part[] = {
        {"0", 0, 0}, {"1-9", 1, 9}, {"10-29", 10, 29}, {"30-99", 30, 99}, {"100+", 100, UINT32_MAX},
    };
    uint32_t users = s->data->users.count;
    uint32_t *likes = xcalloc((size_t)users + 1, sizeof *likes);
    int status = 0;
    for (size_t i = 0; i < s->data->train.count; i++)
        likes[s->data->train.row[i].user] += s->data->train.row[i].label == TT_LIKED;
    for (size_t p = 0; p < sizeof part / sizeof *part && !status; p++) {
        for (uint32_t u = 0; u < users; u++)
            s->mask[u] = likes[u] >= part[p].first && likes[u] <= part[p].last;
        status = judge(s, to, text(part[p].name), 1);
    }
    free(likes);
    return status;
}

/* ---- Makers ----------------------------------------------------------------------- */

typedef struct maker {
    tt_text name;
    uint32_t number;
    uint64_t likes; /* in validation */
} maker;

static int most_likes(const void *a, const void *b) {
    const maker *x = a, *y = b;
    if (x->likes != y->likes)
        return x->likes > y->likes ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Numbers makers by first appearance: of[i] is item i's, UINT32_MAX without one. */
static maker *number_makers(const item_table *items, uint32_t *of, uint32_t *count) {
    map seen = {0};
    maker *all = NULL;
    size_t capacity = 0;
    *count = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        of[i] = UINT32_MAX;
        if (!items->item[i].field[TR_MAKER].count)
            continue;
        tt_text name = items->item[i].field[TR_MAKER].token[0];
        if (!map_get(&seen, name, &of[i])) {
            of[i] = *count;
            map_put(&seen, name, *count);
            all = xgrow(all, *count, &capacity, sizeof *all);
            all[*count] = (maker){name, *count, 0};
            ++*count;
        }
    }
    map_free(&seen);
    return all;
}

static int by_maker(const segments *s, json_t *to) {
    const interaction_list *val = &s->data->val;
    uint32_t items = s->data->items.count, count;
    uint32_t *of = xmalloc(((size_t)items + 1) * sizeof *of);
    maker *all = number_makers(&s->data->items, of, &count);
    int status = 0;
    for (size_t i = 0; i < val->count; i++)
        if (val->row[i].label == TT_LIKED && of[val->row[i].item] != UINT32_MAX)
            all[of[val->row[i].item]].likes++;
    if (count)
        qsort(all, count, sizeof *all, most_likes);
    for (uint32_t m = 0; m < count && m < MAKERS && all[m].likes && !status; m++) {
        for (uint32_t i = 0; i < items; i++)
            s->mask[i] = of[i] == all[m].number;
        status = judge(s, to, all[m].name, 0);
    }
    free(of);
    free(all);
    return status;
}

int segments_json(json_t **made, const tr_ranking *ranking, const tr_ranking_input *input,
                  const dataset *data) {
    uint32_t most = input->users > input->items ? input->users : input->items;
    segments s = {ranking, input, data, xcalloc((size_t)most + 1, 1)};
    json_t *items = json_array(), *likes = json_array(), *makers = json_array();
    *made = json_pack("{s:o, s:o, s:o}", "items", items, "user_likes", likes, "maker", makers);
    int status = by_items(&s, items);
    if (!status)
        status = by_user_likes(&s, likes);
    if (!status)
        status = by_maker(&s, makers);
    free(s.mask);
    return status;
}
