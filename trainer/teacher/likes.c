/* SPDX-License-Identifier: MIT */
#include "teacher/likes.h"

#include <stdlib.h>
#include <string.h>

static int csr_create(tr_like_csr *csr, uint32_t rows, size_t count) {
    csr->rows = rows;
    csr->offset = calloc((size_t)rows + 2, sizeof *csr->offset);
    csr->column = malloc((count + 1) * sizeof *csr->column);
    return csr->offset && csr->column;
}

static void csr_free(tr_like_csr *csr) {
    free(csr->offset);
    free(csr->column);
    memset(csr, 0, sizeof *csr);
}

/* The links from their other ends: lists come out ascending.  to->offset[r + 1]
 * is where row r's list goes on; in the end it is where it ends. */
static int transpose(tr_like_csr *to, const tr_like_csr *from, uint32_t rows) {
    uint32_t count = from->offset[from->rows];
    if (!csr_create(to, rows, count))
        return 0;
    for (uint32_t i = 0; i < count; i++)
        to->offset[from->column[i] + 2]++;
    for (size_t r = 2; r <= (size_t)rows + 1; r++)
        to->offset[r] += to->offset[r - 1];
    for (uint32_t r = 0; r < from->rows; r++)
        for (uint32_t i = from->offset[r]; i < from->offset[r + 1]; i++)
            to->column[to->offset[from->column[i] + 1]++] = r;
    return 1;
}

tr_status tr_likes_build(tr_likes *likes, const tr_data *data, const uint32_t *candidate_index,
                         uint32_t candidates) {
    tr_like_csr unordered = {0};
    memset(likes, 0, sizeof *likes);
    int good = csr_create(&unordered, data->users, data->pairs);
    uint32_t *offset = unordered.offset;
    for (int fill = 0; good && fill < 2; fill++) {
        for (uint32_t p = 0; p < data->pairs; p++) {
            const tr_pair *pair = &data->pair[p];
            if (pair->label != TT_LIKED || candidate_index[pair->item] >= candidates)
                continue;
            if (fill)
                unordered.column[offset[pair->user + 1]++] = candidate_index[pair->item];
            else
                offset[pair->user + 2]++;
        }
        for (size_t u = 2; u <= (size_t)data->users + 1 && !fill; u++)
            offset[u] += offset[u - 1];
    }
    good = good && transpose(&likes->item, &unordered, candidates) &&
           transpose(&likes->user, &likes->item, data->users);
    csr_free(&unordered);
    if (good)
        return TR_OK;
    tr_likes_free(likes);
    return TR_NO_MEMORY;
}

void tr_likes_free(tr_likes *likes) {
    csr_free(&likes->user);
    csr_free(&likes->item);
}
