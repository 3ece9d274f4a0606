/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <string.h>

size_t tr_score_width(uint32_t dim) {
    return ((size_t)dim + TR_LANES - 1) / TR_LANES * TR_LANES;
}

void tr_score_pack(float *panel, const float *rows, size_t count, uint32_t dim) {
    size_t width = tr_score_width(dim);
    memset(panel, 0, TR_TILE * width * sizeof *panel);
    for (size_t row = 0; row < count; row++) {
        float *to = panel + row / TR_BLOCK * TR_BLOCK * width + row % TR_BLOCK;
        for (size_t i = 0; i < dim; i++)
            to[i * TR_BLOCK] = rows[row * dim + i];
    }
}

/* One lane of TR_BLOCK items with two queries: every `i` of the lane in ascending
 * order. The items lie side by side, so a compiler can hold all sums in registers. */
static void add_lane(float *restrict first, float *restrict second, const float *restrict query,
                     const float *restrict other, const float *restrict block, size_t width) {
    float a[TR_BLOCK] = {0}, b[TR_BLOCK] = {0};
    for (size_t i = 0; i < width; i += TR_LANES) {
        const float *item = block + i * TR_BLOCK;
        float x = query[i], y = other[i];
        for (size_t j = 0; j < TR_BLOCK; j++)
            a[j] += x * item[j];
        for (size_t j = 0; j < TR_BLOCK; j++)
            b[j] += y * item[j];
    }
    memcpy(first, a, sizeof a);
    memcpy(second, b, sizeof b);
}

static void add_lanes(float *restrict score, float (*restrict s)[TR_BLOCK]) {
    for (size_t j = 0; j < TR_BLOCK; j++)
        score[j] = ((s[0][j] + s[4][j]) + (s[2][j] + s[6][j])) +
                   ((s[1][j] + s[5][j]) + (s[3][j] + s[7][j]));
}

void tr_score_tile(float *score, const float *query, size_t users, const float *panel,
                   size_t width) {
    float first[TR_LANES][TR_BLOCK], second[TR_LANES][TR_BLOCK];
    for (size_t at = 0; at < TR_TILE; at += TR_BLOCK) {
        const float *block = panel + at * width;
        for (size_t user = 0; user < users; user += 2) {
            size_t other = user + 1 < users ? user + 1 : user;
            for (size_t lane = 0; lane < TR_LANES; lane++)
                add_lane(first[lane], second[lane], query + user * width + lane,
                         query + other * width + lane, block + lane * TR_BLOCK, width);
            add_lanes(score + user * TR_TILE + at, first);
            add_lanes(score + other * TR_TILE + at, second);
        }
    }
}
