/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <math.h> /* NAN only */
#include <stdlib.h>
#include <string.h>

enum {
    RELEVANT, /* lists whose scores are kept */
    DISLIKED,
    NEGATIVES,
    KEPT,
    LISTS = KEPT + 1, /* and the train items */
    GROUP = 64,       /* users that share a pass over the items */
    COLUMNS = 2 * TR_AT_K
};

/* What one thread works in. */
typedef struct scratch {
    float *panel; /* [TR_TILE][width] */
    float *query; /* [GROUP][width], zeros from dim on */
    float *score; /* [GROUP][TR_TILE] */
    tt_hit *hit;  /* [GROUP][k] */
    tr_best best[GROUP];
    uint32_t cursor[GROUP][LISTS]; /* next position in each list */
} scratch;

typedef struct ranker {
    const tr_ranking_input *input;
    tr_lists list[LISTS];
    uint32_t *user; /* [users] those with a relevant item */
    uint32_t users, group, parts;
    size_t width;
    uint32_t *key[KEPT]; /* scores along each list, as tr_score_key has them */
    uint32_t *rows;      /* [users][k] */
    uint32_t *length;    /* [users] */
    double *value;       /* [users][COLUMNS] metrics at k, then at k2 */
    double *discount;    /* [k] */
    scratch *part;       /* [parts] */
} ranker;

/* A list that is not given is empty for all users. */
static uint32_t begin_of(const tr_lists *list, uint32_t user) {
    return list->offset ? list->offset[user] : 0;
}

static uint32_t end_of(const tr_lists *list, uint32_t user) {
    return list->offset ? list->offset[user + 1] : 0;
}

/* ---- One group of users over all items ------------------------------------------ */

static void group_begin(const ranker *r, scratch *s, const uint32_t *user, uint32_t users) {
    const tr_ranking_input *in = r->input;
    for (uint32_t n = 0; n < users; n++) {
        tr_best_begin(&s->best[n], s->hit + (size_t)n * in->k, in->k);
        for (int l = 0; l < LISTS; l++)
            s->cursor[n][l] = begin_of(&r->list[l], user[n]);
        if (in->user_embedding)
            memcpy(s->query + n * r->width, in->user_embedding + (size_t)user[n] * in->dim,
                   in->dim * sizeof(float));
    }
}

static void score_tile(const ranker *r, scratch *s, uint32_t users, uint32_t first,
                       uint32_t count) {
    const tr_ranking_input *in = r->input;
    if (in->user_embedding) {
        tr_score_pack(s->panel, in->item_embedding + (size_t)first * in->dim, count, in->dim);
        tr_score_tile(s->score, s->query, users, s->panel, r->width);
        return;
    }
    for (size_t n = 0; n < users; n++)
        memcpy(s->score + n * TR_TILE, in->item_score + first, count * sizeof(float));
}

/* Keeps the scores of the user's lists, then offers the tile without the train items. */
static void take_tile(const ranker *r, scratch *s, uint32_t n, uint32_t user, uint32_t first,
                      uint32_t count) {
    float *score = s->score + (size_t)n * TR_TILE;
    for (int l = 0; l < LISTS; l++) {
        const uint32_t *item = r->list[l].item;
        uint32_t at = s->cursor[n][l], end = end_of(&r->list[l], user);
        for (; at < end && item[at] - first < count; at++) {
            if (l < KEPT)
                r->key[l][at] = tr_score_key(score[item[at] - first]);
            else
                score[item[at] - first] = NAN;
        }
        s->cursor[n][l] = at;
    }
    tr_best_offer(&s->best[n], first, score, count);
}

static void group_end(const ranker *r, scratch *s, uint32_t first, uint32_t users) {
    const tr_ranking_input *in = r->input;
    for (uint32_t n = 0; n < users; n++) {
        uint32_t at = first + n, begin = begin_of(&in->relevant, r->user[at]);
        uint32_t relevant = end_of(&in->relevant, r->user[at]) - begin;
        uint32_t *rows = r->rows + (size_t)at * in->k;
        double *value = r->value + (size_t)at * COLUMNS;
        r->length[at] = tr_best_end(&s->best[n], rows);
        tr_list_metrics(value, rows, r->length[at], in->relevant.item + begin, relevant, in->k,
                        r->discount);
        tr_list_metrics(value + TR_AT_K, rows, r->length[at], in->relevant.item + begin, relevant,
                        in->k2, r->discount);
    }
}

/* A thread takes every parts-th group. */
static void rank_part(void *context, uint32_t part) {
    const ranker *r = context;
    scratch *s = &r->part[part];
    uint32_t items = r->input->items;
    for (uint64_t first = (uint64_t)part * r->group; first < r->users;
         first += (uint64_t)r->parts * r->group) {
        const uint32_t *user = r->user + first;
        uint32_t users =
            r->users - (uint32_t)first < r->group ? r->users - (uint32_t)first : r->group;
        group_begin(r, s, user, users);
        for (uint32_t tile = 0, count; tile < items; tile += count) {
            count = items - tile < TR_TILE ? items - tile : TR_TILE;
            score_tile(r, s, users, tile, count);
            for (uint32_t n = 0; n < users; n++)
                take_tile(r, s, n, user[n], tile, count);
        }
        group_end(r, s, (uint32_t)first, users);
    }
}

/* ---- Means, intervals, areas ------------------------------------------------------------ */

static void take_means(tr_ranking *ranking, const ranker *r) {
    double sum[COLUMNS] = {0};
    for (uint32_t at = 0; at < r->users; at++) {
        const double *value = r->value + (size_t)at * COLUMNS;
        for (int c = 0; c < COLUMNS; c++)
            sum[c] += value[c];
        for (int m = 0; m < TR_AT_K; m++)
            ranking->per_user[m][r->user[at]] = (float)value[m];
    }
    for (int m = 0; m < TR_AT_K; m++) {
        ranking->at_k[m] = sum[m] / r->users;
        ranking->at_k2[m] = sum[TR_AT_K + m] / r->users;
    }
}

/* Relevant against another list: users with both count; `each` [users of the input]: NULL, not
 * wanted. */
static tr_status take_auc(const ranker *r, int against, double *pooled, double *mean, float *each) {
    const tr_lists *good = &r->list[RELEVANT], *bad = &r->list[against];
    uint32_t *good_key = r->key[RELEVANT], *bad_key = r->key[against], both = 0;
    size_t goods = 0, bads = 0;
    double sum = 0;
    uint32_t *good_all = malloc(((size_t)end_of(good, r->input->users - 1) + 1) * sizeof *good_all);
    uint32_t *bad_all = malloc(((size_t)end_of(bad, r->input->users - 1) + 1) * sizeof *bad_all);
    for (uint32_t at = 0; good_all && bad_all && at < r->users; at++) {
        uint32_t g = begin_of(good, r->user[at]), g_count = end_of(good, r->user[at]) - g;
        uint32_t b = begin_of(bad, r->user[at]), b_count = end_of(bad, r->user[at]) - b;
        if (!b_count)
            continue;
        double auc = tr_auc(good_key + g, g_count, bad_key + b, b_count);
        sum += auc;
        if (each)
            each[r->user[at]] = (float)auc;
        memcpy(good_all + goods, good_key + g, g_count * sizeof *good_all);
        memcpy(bad_all + bads, bad_key + b, b_count * sizeof *bad_all);
        goods += g_count;
        bads += b_count;
        both++;
    }
    tr_status status = good_all && bad_all ? TR_OK : TR_NO_MEMORY;
    if (status == TR_OK) {
        *pooled = tr_auc(good_all, goods, bad_all, bads);
        *mean = both ? sum / both : NAN;
    }
    free(good_all);
    free(bad_all);
    return status;
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void ranker_free(ranker *r) {
    for (uint32_t p = 0; r->part && p < r->parts; p++) {
        free(r->part[p].panel);
        free(r->part[p].query);
        free(r->part[p].score);
        free(r->part[p].hit);
    }
    for (int l = 0; l < KEPT; l++)
        free(r->key[l]);
    free(r->part);
    free(r->user);
    free(r->rows);
    free(r->length);
    free(r->value);
    free(r->discount);
}

static int make_parts(ranker *r) {
    r->part = calloc(r->parts, sizeof *r->part);
    for (uint32_t p = 0; r->part && p < r->parts; p++) {
        scratch *s = &r->part[p];
        s->panel = malloc((TR_TILE * r->width + 1) * sizeof *s->panel);
        s->query = calloc(GROUP * r->width + 1, sizeof *s->query);
        s->score = malloc(sizeof *s->score * GROUP * TR_TILE);
        s->hit = malloc(((size_t)GROUP * r->input->k + 1) * sizeof *s->hit);
        if (!s->panel || !s->query || !s->score || !s->hit)
            return 0;
    }
    return r->part != NULL;
}

static void choose_users(ranker *r) {
    const tr_lists *relevant = &r->list[RELEVANT];
    for (uint32_t user = 0; user < r->input->users; user++)
        if (end_of(relevant, user) > begin_of(relevant, user))
            r->user[r->users++] = user;
}

static tr_status ranker_make(ranker *r, const tr_ranking_input *input, uint32_t threads) {
    uint32_t users = input->users;
    *r = (ranker){.input = input, .parts = threads ? threads : 1};
    r->list[RELEVANT] = input->relevant;
    r->list[DISLIKED] = input->disliked;
    r->list[NEGATIVES] = input->negatives;
    r->list[KEPT] = input->train;
    r->width = input->user_embedding ? tr_score_width(input->dim) : 0;
    r->user = malloc(((size_t)users + 1) * sizeof *r->user);
    r->discount = malloc(((size_t)input->k + 1) * sizeof *r->discount);
    if (!r->user || !r->discount)
        return TR_NO_MEMORY;
    choose_users(r);
    /* Small inputs are shared out too; no result depends on the size of a group. */
    r->group = r->users / r->parts + 1 < GROUP ? r->users / r->parts + 1 : GROUP;
    for (uint32_t rank = 0; rank < input->k; rank++)
        r->discount[rank] = 1 / tr_log2(rank + 2.0);
    r->rows = malloc(((size_t)r->users * input->k + 1) * sizeof *r->rows);
    r->length = malloc(((size_t)r->users + 1) * sizeof *r->length);
    r->value = malloc(((size_t)r->users + 1) * COLUMNS * sizeof *r->value);
    int ready = r->rows && r->length && r->value && make_parts(r);
    for (int l = 0; l < KEPT; l++) {
        size_t keys = users ? end_of(&r->list[l], users - 1) : 0;
        r->key[l] = malloc((keys + 1) * sizeof *r->key[l]);
        ready = ready && r->key[l];
    }
    return ready ? TR_OK : TR_NO_MEMORY;
}

/* [users], none of them counted yet. */
static float *uncounted(uint32_t users) {
    float *value = malloc(((size_t)users + 1) * sizeof *value);
    for (uint32_t user = 0; value && user < users; user++)
        value[user] = NAN;
    return value;
}

static int ranking_make(tr_ranking *ranking, uint32_t users) {
    *ranking = (tr_ranking){.coverage = NAN, .gini = NAN, .novelty = NAN};
    ranking->auc_pooled = ranking->auc_mean = NAN;
    ranking->auc_explicit_pooled = ranking->auc_explicit_mean = NAN;
    for (int m = 0; m < TR_AT_K; m++) {
        ranking->at_k[m] = ranking->at_k2[m] = ranking->low[m] = ranking->high[m] = NAN;
        ranking->per_user[m] = uncounted(users);
        if (!ranking->per_user[m])
            return 0;
    }
    ranking->user_auc = uncounted(users);
    return ranking->user_auc != NULL;
}

/* ---- The whole ----------------------------------------------------------------------------------
 */

static tr_status rank(tr_ranking *ranking, ranker *r, tr_pool *pool) {
    tr_pool_run(pool, rank_part, r, r->parts);
    ranking->users = r->users;
    take_means(ranking, r);
    tr_status status = tr_bootstrap(pool, r->value, COLUMNS, r->users, ranking->low, ranking->high);
    if (status == TR_OK)
        status = tr_list_spread(ranking, r->input, r->rows, r->length, r->users);
    if (status == TR_OK)
        status =
            take_auc(r, NEGATIVES, &ranking->auc_pooled, &ranking->auc_mean, ranking->user_auc);
    if (status == TR_OK)
        status =
            take_auc(r, DISLIKED, &ranking->auc_explicit_pooled, &ranking->auc_explicit_mean, NULL);
    ranking->counted = r->user;
    ranking->top = r->rows;
    ranking->top_length = r->length;
    r->user = r->rows = r->length = NULL;
    return status;
}

tr_status tr_rank(tr_ranking *ranking, const tr_ranking_input *input) {
    tr_ranking made;
    ranker r;
    tr_pool *pool = tr_pool_create(input->threads);
    if (!pool)
        return TR_NO_THREADS;
    tr_status status = ranker_make(&r, input, tr_pool_threads(pool));
    if (!ranking_make(&made, input->users))
        status = TR_NO_MEMORY;
    /* Nobody to count: every figure stays NaN, and a gate refuses that. */
    if (status == TR_OK && r.users)
        status = rank(&made, &r, pool);
    ranker_free(&r);
    tr_pool_free(pool);
    if (status == TR_OK)
        *ranking = made;
    else
        tr_ranking_free(&made);
    return status;
}

void tr_ranking_free(tr_ranking *ranking) {
    for (int m = 0; m < TR_AT_K; m++) {
        free(ranking->per_user[m]);
        ranking->per_user[m] = NULL;
    }
    free(ranking->user_auc);
    ranking->user_auc = NULL;
    free(ranking->counted);
    free(ranking->top);
    free(ranking->top_length);
    ranking->counted = ranking->top = ranking->top_length = NULL;
}
