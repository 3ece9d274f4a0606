/* SPDX-License-Identifier: MIT */
#include "tables/profile.h"

#include "cli/fail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

typedef struct counts {
    uint32_t likes, dislikes, likes_30d, dislikes_30d;
    int64_t first; /* INT64_MIN: not known */
} counts;

typedef struct tag_count {
    tt_text tag;
    uint32_t count;
} tag_count;

struct profile_builder {
    const user_table *users;
    const item_table *items;
    counts *counts;
    tag_count *tag;
    size_t capacity;
};

profile_builder *profile_builder_make(const user_table *users, const interaction_list *from,
                                      const item_table *items) {
    profile_builder *builder = need_zero(1, sizeof *builder);
    builder->users = users;
    builder->items = items;
    builder->counts = need_zero((size_t)users->count + 1, sizeof *builder->counts);
    for (uint32_t u = 0; u < users->count; u++)
        builder->counts[u].first = INT64_MIN;
    for (size_t i = 0; i < from->count; i++) {
        const interaction *row = &from->row[i];
        counts *user = &builder->counts[row->user];
        int recent =
            row->at != INT64_MIN && row->at <= users->as_of && row->at > users->as_of - 30 * DAY;
        user->likes += row->taste == TT_LIKED;
        user->dislikes += row->taste == TT_DISLIKED;
        user->likes_30d += recent && row->taste == TT_LIKED;
        user->dislikes_30d += recent && row->taste == TT_DISLIKED;
        if (row->at != INT64_MIN && (user->first == INT64_MIN || row->at < user->first))
            user->first = row->at;
    }
    return builder;
}

static int by_text(const void *a, const void *b) {
    const tag_count *x = a, *y = b;
    size_t len = x->tag.len < y->tag.len ? x->tag.len : y->tag.len;
    int order = memcmp(x->tag.at, y->tag.at, len);
    return order ? order : (x->tag.len > y->tag.len) - (x->tag.len < y->tag.len);
}

static int by_count(const void *a, const void *b) {
    const tag_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return by_text(a, b);
}

static void favourite_tags(profile_builder *builder, const tr_user *user, user_profile *profile) {
    size_t n = 0, distinct = 0;
    for (uint32_t i = 0; i < user->count[TT_LIKED]; i++) {
        const tr_item *item = &builder->items->item[user->history[TT_LIKED][i]];
        for (uint32_t t = 0; t < item->field[TR_TAGS].count; t++) {
            builder->tag = need_more(builder->tag, n, &builder->capacity, sizeof *builder->tag);
            builder->tag[n++] = (tag_count){item->field[TR_TAGS].token[t], 1};
        }
    }
    if (n)
        qsort(builder->tag, n, sizeof *builder->tag, by_text);
    for (size_t i = 0; i < n; i++) {
        if (distinct && !by_text(&builder->tag[distinct - 1], &builder->tag[i]))
            builder->tag[distinct - 1].count++;
        else
            builder->tag[distinct++] = builder->tag[i];
    }
    if (distinct)
        qsort(builder->tag, distinct, sizeof *builder->tag, by_count);
    profile->tags = distinct < PROFILE_TAGS ? (uint32_t)distinct : PROFILE_TAGS;
    for (uint32_t i = 0; i < profile->tags; i++)
        profile->tag[i] = builder->tag[i].tag;
}

void profile_of(profile_builder *builder, uint32_t user, user_profile *profile) {
    const counts *own = &builder->counts[user];
    uint32_t rated = own->likes_30d + own->dislikes_30d;
    profile->likes = own->likes;
    profile->dislikes = own->dislikes;
    profile->likes_30d = own->likes_30d;
    profile->ratio_30d = rated ? (float)own->likes_30d / (float)rated : NAN;
    profile->signup_days =
        own->first == INT64_MIN ? -1 : (int32_t)((builder->users->as_of - own->first) / DAY);
    favourite_tags(builder, &builder->users->user[user], profile);
}

void profile_builder_free(profile_builder *builder) {
    free(builder->counts);
    free(builder->tag);
    free(builder);
}
