/* SPDX-License-Identifier: MIT */
#include "common/holdout.h"
#include "common/random.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_LIKES = 5 };
static const float holdout_share = 0.1f;

static int in_holdout(uint32_t user, uint32_t item) {
    uint64_t key = tr_random_key(0, 0, TR_DRAW_HOLDOUT);
    return tr_uniform(key, (uint64_t)user << 32 | item) < holdout_share;
}

static int allocate(tr_holdout *holdout, const tr_data *data) {
    size_t entries = 0;
    for (uint32_t u = 0; u < data->users; u++)
        for (int b = 0; b < TT_MAX_BAGS; b++)
            entries += data->user[u].count[b];
    holdout->offset = calloc((size_t)data->users + 2, sizeof *holdout->offset);
    holdout->item = malloc(((size_t)data->pairs + 1) * sizeof *holdout->item);
    holdout->user = malloc(((size_t)data->users + 1) * sizeof *holdout->user);
    holdout->history = malloc((entries + 1) * sizeof *holdout->history);
    holdout->item_likes = malloc(((size_t)data->items + 1) * sizeof *holdout->item_likes);
    holdout->item_reviews = malloc(((size_t)data->items + 1) * sizeof *holdout->item_reviews);
    holdout->pair = malloc(((size_t)data->pairs + 1) * sizeof *holdout->pair);
    return holdout->offset && holdout->item && holdout->user && holdout->history &&
           holdout->item_likes && holdout->item_reviews && holdout->pair;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Parts the pairs; `likes` are those of each user. */
static void split_pairs(tr_holdout *holdout, const tr_data *data, const uint32_t *likes) {
    uint32_t kept = 0, *offset = holdout->offset;
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (pair->label != TT_LIKED || likes[pair->user] < MIN_LIKES ||
            !in_holdout(pair->user, pair->item)) {
            holdout->pair[kept++] = *pair;
            continue;
        }
        offset[pair->user + 2]++;
        holdout->item_likes[pair->item]--;
        holdout->item_reviews[pair->item]--;
    }
    for (size_t u = 2; u <= (size_t)data->users + 1; u++)
        offset[u] += offset[u - 1];
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (pair->label == TT_LIKED && likes[pair->user] >= MIN_LIKES &&
            in_holdout(pair->user, pair->item))
            holdout->item[offset[pair->user + 1]++] = pair->item;
    }
    for (uint32_t u = 0; u < data->users; u++)
        qsort(holdout->item + offset[u], offset[u + 1] - offset[u], sizeof *holdout->item, compare);
    holdout->data.pair = holdout->pair;
    holdout->data.pairs = kept;
}

static void shorten_histories(tr_holdout *holdout, const tr_data *data, const uint32_t *likes) {
    uint32_t *to = holdout->history;
    for (uint32_t u = 0; u < data->users; u++) {
        holdout->user[u] = data->user[u];
        for (int b = 0; b < TT_MAX_BAGS; b++) {
            const uint32_t *from = data->user[u].history[b];
            uint32_t kept = 0;
            for (uint32_t i = 0; i < data->user[u].count[b]; i++)
                if (b != TT_LIKED || likes[u] < MIN_LIKES || !in_holdout(u, from[i]))
                    to[kept++] = from[i];
            holdout->user[u].history[b] = to;
            holdout->user[u].count[b] = kept;
            to += kept;
        }
    }
    holdout->data.user = holdout->user;
}

tr_status tr_holdout_split(tr_holdout *holdout, const tr_data *data) {
    memset(holdout, 0, sizeof *holdout);
    uint32_t *likes = calloc((size_t)data->users + 1, sizeof *likes);
    if (!allocate(holdout, data) || !likes) {
        free(likes);
        tr_holdout_free(holdout);
        return TR_NO_MEMORY;
    }
    holdout->data = *data;
    holdout->data.val_offset = holdout->data.val_item = NULL;
    memcpy(holdout->item_likes, data->item_likes, data->items * sizeof *holdout->item_likes);
    memcpy(holdout->item_reviews, data->item_reviews, data->items * sizeof *holdout->item_reviews);
    holdout->data.item_likes = holdout->item_likes;
    holdout->data.item_reviews = holdout->item_reviews;
    for (uint32_t p = 0; p < data->pairs; p++)
        likes[data->pair[p].user] += data->pair[p].label == TT_LIKED;
    split_pairs(holdout, data, likes);
    shorten_histories(holdout, data, likes);
    free(likes);
    return TR_OK;
}

void tr_holdout_free(tr_holdout *holdout) {
    free(holdout->offset);
    free(holdout->item);
    free(holdout->user);
    free(holdout->history);
    free(holdout->item_likes);
    free(holdout->item_reviews);
    free(holdout->pair);
    memset(holdout, 0, sizeof *holdout);
}
