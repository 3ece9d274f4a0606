/* SPDX-License-Identifier: MIT */
#include "teacher/likes.h"

#include <stdlib.h>
#include <string.h>

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

tr_status tr_likes_build(tr_likes *likes, const tr_data *data, const uint32_t *place,
                         uint32_t candidates) {
    tr_links unordered = {0};
    memset(likes, 0, sizeof *likes);
    int good = links_room(&unordered, data->users, data->pairs);
    uint32_t *offset = unordered.offset;
    for (int fill = 0; good && fill < 2; fill++) {
        for (uint32_t p = 0; p < data->pairs; p++) {
            const tr_pair *pair = &data->pair[p];
            if (pair->label != TT_LIKED || place[pair->item] >= candidates)
                continue;
            if (fill)
                unordered.to[offset[pair->user + 1]++] = place[pair->item];
            else
                offset[pair->user + 2]++;
        }
        for (size_t u = 2; u <= (size_t)data->users + 1 && !fill; u++)
            offset[u] += offset[u - 1];
    }
    good = good && turn(&likes->item, &unordered, candidates) &&
           turn(&likes->user, &likes->item, data->users);
    links_free(&unordered);
    if (good)
        return TR_OK;
    tr_likes_free(likes);
    return TR_NO_MEMORY;
}

void tr_likes_free(tr_likes *likes) {
    links_free(&likes->user);
    links_free(&likes->item);
}
