/* SPDX-License-Identifier: MIT */
#include "teacher/likes.h"
#include "data/random.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_LIKES = 5 };
static const float held_share = 0.1f;

static int links_room(tr_links *links, uint32_t rows, size_t count) {
    links->rows = rows;
    links->offset = calloc((size_t)rows + 2, sizeof *links->offset);
    links->to = malloc((count + 1) * sizeof *links->to);
    return links->offset && links->to;
}

static void links_free(tr_links *links) {
    free(links->offset);
    free(links->to);
    memset(links, 0, sizeof *links);
}

/* The links from their other ends: lists come out ascending.  to->offset[r + 1]
 * is where row r's list goes on; in the end it is where it ends. */
static int turn(tr_links *to, const tr_links *from, uint32_t rows) {
    uint32_t count = from->offset[from->rows];
    if (!links_room(to, rows, count))
        return 0;
    for (uint32_t i = 0; i < count; i++)
        to->offset[from->to[i] + 2]++;
    for (size_t r = 2; r <= (size_t)rows + 1; r++)
        to->offset[r] += to->offset[r - 1];
    for (uint32_t r = 0; r < from->rows; r++)
        for (uint32_t i = from->offset[r]; i < from->offset[r + 1]; i++)
            to->to[to->offset[from->to[i] + 1]++] = r;
    return 1;
}

static int is_like(const tr_dataset *set, const tr_pair *pair) {
    return pair->taste == TT_LIKED && set->place[pair->item] != TR_NONE;
}

static int is_held(const tr_pair *pair, const uint32_t *count) {
    uint64_t key = tr_random_key(0, 0, TR_DRAW_HELD);
    return count && count[pair->user] >= LEAST_LIKES &&
           tr_uniform(key, (uint64_t)pair->user << 32 | pair->item) < held_share;
}

/* The likes of users that are held out, or those that are not; in any order. */
static int gather(tr_links *links, const tr_dataset *set, const uint32_t *count, int held) {
    const tr_data *data = set->data;
    if (!links_room(links, data->users, data->pairs))
        return 0;
    uint32_t *offset = links->offset;
    for (uint32_t p = 0; p < data->pairs; p++)
        if (is_like(set, &data->pair[p]) && is_held(&data->pair[p], count) == held)
            offset[data->pair[p].user + 2]++;
    for (size_t u = 2; u <= (size_t)data->users + 1; u++)
        offset[u] += offset[u - 1];
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (is_like(set, pair) && is_held(pair, count) == held)
            links->to[offset[pair->user + 1]++] = set->place[pair->item];
    }
    return 1;
}

tr_status tr_likes_build(tr_likes *likes, const tr_dataset *set, int hold) {
    const tr_data *data = set->data;
    memset(likes, 0, sizeof *likes);
    tr_links kept = {0}, held = {0}, turned = {0};
    uint32_t *count = hold ? calloc((size_t)data->users + 1, sizeof *count) : NULL;
    int good = !hold || count;
    for (uint32_t p = 0; good && hold && p < data->pairs; p++)
        count[data->pair[p].user] += (uint32_t)is_like(set, &data->pair[p]);
    good = good && gather(&kept, set, count, 0) && turn(&likes->item, &kept, set->candidates) &&
           turn(&likes->user, &likes->item, data->users);
    if (good && hold)
        good = gather(&held, set, count, 1) && turn(&turned, &held, set->candidates) &&
               turn(&likes->held, &turned, data->users);
    links_free(&kept);
    links_free(&held);
    links_free(&turned);
    free(count);
    if (good)
        return TR_OK;
    tr_likes_free(likes);
    return TR_NO_MEMORY;
}

void tr_likes_free(tr_likes *likes) {
    links_free(&likes->user);
    links_free(&likes->item);
    links_free(&likes->held);
}
