/* SPDX-License-Identifier: MIT */
#include "common/holdout.h"
#include "common/random.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_LIKES = 5 };
static const float held_share = 0.1f;

static int coin(uint32_t user, uint32_t item) {
    uint64_t key = tr_random_key(0, 0, TR_DRAW_HELD);
    return tr_uniform(key, (uint64_t)user << 32 | item) < held_share;
}

static int make_room(tr_holdout *held, const tr_data *data) {
    size_t entries = 0;
    for (uint32_t u = 0; u < data->users; u++)
        for (int b = 0; b < TT_MAX_BAGS; b++)
            entries += data->user[u].count[b];
    held->offset = calloc((size_t)data->users + 2, sizeof *held->offset);
    held->item = malloc(((size_t)data->pairs + 1) * sizeof *held->item);
    held->user = malloc(((size_t)data->users + 1) * sizeof *held->user);
    held->history = malloc((entries + 1) * sizeof *held->history);
    held->item_likes = malloc(((size_t)data->items + 1) * sizeof *held->item_likes);
    held->item_reviews = malloc(((size_t)data->items + 1) * sizeof *held->item_reviews);
    held->pair = malloc(((size_t)data->pairs + 1) * sizeof *held->pair);
    return held->offset && held->item && held->user && held->history && held->item_likes &&
           held->item_reviews && held->pair;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Parts the pairs; `likes` are those of each user. */
static void part_pairs(tr_holdout *held, const tr_data *data, const uint32_t *likes) {
    uint32_t kept = 0, *offset = held->offset;
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (pair->label != TT_LIKED || likes[pair->user] < MIN_LIKES ||
            !coin(pair->user, pair->item)) {
            held->pair[kept++] = *pair;
            continue;
        }
        offset[pair->user + 2]++;
        held->item_likes[pair->item]--;
        held->item_reviews[pair->item]--;
    }
    for (size_t u = 2; u <= (size_t)data->users + 1; u++)
        offset[u] += offset[u - 1];
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (pair->label == TT_LIKED && likes[pair->user] >= MIN_LIKES &&
            coin(pair->user, pair->item))
            held->item[offset[pair->user + 1]++] = pair->item;
    }
    for (uint32_t u = 0; u < data->users; u++)
        qsort(held->item + offset[u], offset[u + 1] - offset[u], sizeof *held->item, compare);
    held->data.pair = held->pair;
    held->data.pairs = kept;
}

static void shorten_histories(tr_holdout *held, const tr_data *data, const uint32_t *likes) {
    uint32_t *to = held->history;
    for (uint32_t u = 0; u < data->users; u++) {
        held->user[u] = data->user[u];
        for (int b = 0; b < TT_MAX_BAGS; b++) {
            const uint32_t *from = data->user[u].history[b];
            uint32_t kept = 0;
            for (uint32_t i = 0; i < data->user[u].count[b]; i++)
                if (b != TT_LIKED || likes[u] < MIN_LIKES || !coin(u, from[i]))
                    to[kept++] = from[i];
            held->user[u].history[b] = to;
            held->user[u].count[b] = kept;
            to += kept;
        }
    }
    held->data.user = held->user;
}

tr_status tr_holdout_split(tr_holdout *held, const tr_data *data) {
    memset(held, 0, sizeof *held);
    uint32_t *likes = calloc((size_t)data->users + 1, sizeof *likes);
    if (!make_room(held, data) || !likes) {
        free(likes);
        tr_holdout_free(held);
        return TR_NO_MEMORY;
    }
    held->data = *data;
    held->data.val_offset = held->data.val_item = NULL;
    memcpy(held->item_likes, data->item_likes, data->items * sizeof *held->item_likes);
    memcpy(held->item_reviews, data->item_reviews, data->items * sizeof *held->item_reviews);
    held->data.item_likes = held->item_likes;
    held->data.item_reviews = held->item_reviews;
    for (uint32_t p = 0; p < data->pairs; p++)
        likes[data->pair[p].user] += data->pair[p].label == TT_LIKED;
    part_pairs(held, data, likes);
    shorten_histories(held, data, likes);
    free(likes);
    return TR_OK;
}

void tr_holdout_free(tr_holdout *held) {
    free(held->offset);
    free(held->item);
    free(held->user);
    free(held->history);
    free(held->item_likes);
    free(held->item_reviews);
    free(held->pair);
    memset(held, 0, sizeof *held);
}
