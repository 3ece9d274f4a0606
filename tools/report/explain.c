/* SPDX-License-Identifier: MIT */
/* What moved a score: the video embedded again without each of its tokens, the user without each
 * of the newest likes.  What the score then loses is what the part gave. */
#include "base/fail.h"
#include "base/parallel.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { RANKS = 10, PARTS = 3, TOKENS = 32, LIKES = 12 };

typedef struct part {
    int32_t code; /* a token's number, or -1 - the liked item */
    float gain;
} part;

typedef struct explaining {
    const report *of;
    const report_run *run;
    embedder *rows;         /* [threads], of the tower in hand */
    uint32_t *item;         /* [items] that somebody shown is recommended, ascending */
    uint32_t items, *place; /* [items of the data] position in `item` */
    size_t *offset;         /* [items + 1] into `without` */
    float *without;         /* [tokens][dim] the item without one token each */
    int32_t *code;          /* [tokens] */
    part *found;            /* [users shown][RANKS][PARTS]; gain 0: none */
    uint32_t ranks;
} explaining;

static uint32_t token_count(const tr_item *item) {
    uint32_t count = 0;
    for (int f = 0; f < TR_FIELDS; f++)
        count += item->field[f].count;
    return count < TOKENS ? count : TOKENS;
}

/* The field and place of an item's token by its number. */
static int token_field(const tr_item *item, uint32_t which, uint32_t *at) {
    int f = 0;
    for (*at = which; *at >= item->field[f].count; f++)
        *at -= item->field[f].count;
    return f;
}

static void choose_items(explaining *e) {
    const report *of = e->of;
    uint32_t all = of->data.items.count, k = of->task.k;
    e->place = xmalloc(((size_t)all + 1) * sizeof *e->place);
    e->item = xmalloc(((size_t)all + 1) * sizeof *e->item);
    e->offset = xmalloc(((size_t)all + 1) * sizeof *e->offset);
    memset(e->place, 0, ((size_t)all + 1) * sizeof *e->place);
    for (uint32_t u = 0; u < of->users; u++)
        for (uint32_t r = 0; r < e->ranks; r++) {
            uint32_t which = e->run->top[(size_t)of->user[u] * k + r];
            if (which != UINT32_MAX)
                e->place[which] = 1;
        }
    size_t tokens = 0;
    for (uint32_t i = 0; i < all; i++)
        if (e->place[i]) {
            e->place[i] = e->items;
            e->offset[e->items] = tokens;
            e->item[e->items++] = i;
            tokens += token_count(&of->data.items.item[i]);
        }
    e->offset[e->items] = tokens;
    e->without = xmalloc((tokens * e->run->items.dim + 1) * sizeof *e->without);
    e->code = xmalloc((tokens + 1) * sizeof *e->code);
}

/* Numbers the tokens: [[field, value], ...]. */
static json_t *number_tokens(explaining *e) {
    json_t *list = json_array();
    arena keys = {0};
    map seen = {0};
    for (uint32_t i = 0; i < e->items; i++) {
        const tr_item *item = &e->of->data.items.item[e->item[i]];
        for (uint32_t t = 0; t < token_count(item); t++) {
            uint32_t at, number = (uint32_t)json_array_size(list);
            int f = token_field(item, t, &at);
            tt_text value = item->field[f].token[at];
            char *key = arena_take(&keys, value.len + 1);
            key[0] = (char)f;
            if (value.len)
                memcpy(key + 1, value.at, value.len);
            if (!map_put(&seen, (tt_text){key, value.len + 1}, number))
                map_get(&seen, (tt_text){key, value.len + 1}, &number);
            else
                json_array_append_new(list, json_pack("[i, o]", f, report_text(value)));
            e->code[e->offset[i] + t] = (int32_t)number;
        }
    }
    map_free(&seen);
    arena_free(&keys);
    return list;
}

static int leave_tokens(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    explaining *e = context;
    uint32_t dim = e->run->items.dim;
    int status = 0, made;
    for (uint32_t i = begin; i < end && !status; i++) {
        const tr_item *whole = &e->of->data.items.item[e->item[i]];
        for (uint32_t t = 0; t < token_count(whole) && !status; t++) {
            tr_item less = *whole;
            uint32_t at, n = 0;
            int f = token_field(whole, t, &at);
            tt_text *left = xmalloc(whole->field[f].count * sizeof *left);
            for (uint32_t j = 0; j < whole->field[f].count; j++)
                if (j != at)
                    left[n++] = whole->field[f].token[j];
            less.field[f].token = left;
            less.field[f].count = n;
            status = embedder_item(&e->rows[thread], &less, e->without + (e->offset[i] + t) * dim,
                                   &made);
            free(left);
        }
    }
    return status;
}

static float dot(const float *a, const float *b, uint32_t n) {
    float sum = 0;
    for (uint32_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* Keeps the PARTS largest gains, by size. */
static void offer(part *best, int32_t code, float gain) {
    part one = {code, gain};
    float size = gain < 0 ? -gain : gain;
    for (int p = 0; p < PARTS; p++) {
        float held = best[p].gain < 0 ? -best[p].gain : best[p].gain;
        if (size > held) {
            part before = best[p];
            best[p] = one;
            one = before;
            size = held;
        }
    }
}

static void offer_tokens(explaining *e, uint32_t item, const float *user, float score, part *best) {
    uint32_t dim = e->run->items.dim, at = e->place[item];
    for (size_t t = e->offset[at]; t < e->offset[at + 1]; t++)
        offer(best, e->code[t], score - dot(user, e->without + t * dim, dim));
}

static int explain_user(explaining *e, uint32_t thread, uint32_t shown, float *less) {
    const report *of = e->of;
    uint32_t user = of->user[shown], k = of->task.k, dim = e->run->items.dim;
    const uint32_t *top = e->run->top + (size_t)user * k;
    const float *score = e->run->score + (size_t)user * k;
    const float *vector = e->run->users.vector + (size_t)user * dim;
    part *best = e->found + (size_t)shown * e->ranks * PARTS;
    for (uint32_t r = 0; r < e->ranks && top[r] != UINT32_MAX; r++)
        offer_tokens(e, top[r], vector, score[r], best + r * PARTS);
    tr_user rest = of->data.users.user[user];
    uint32_t likes = rest.count[TT_LIKED];
    const uint32_t *history = rest.history[TT_LIKED];
    uint32_t *left = xmalloc(((size_t)likes + 1) * sizeof *left);
    int status = 0, made;
    for (uint32_t i = 0; i < likes && i < LIKES && top[0] != UINT32_MAX && !status; i++) {
        uint32_t n = 0;
        for (uint32_t j = 0; j < likes; j++)
            if (j != i)
                left[n++] = history[j];
        rest.history[TT_LIKED] = left;
        rest.count[TT_LIKED] = n;
        status = embedder_user(&e->rows[thread], &rest, of->data.items.item, less, &made);
        for (uint32_t r = 0; r < e->ranks && top[r] != UINT32_MAX; r++)
            offer(best + r * PARTS, -1 - (int32_t)history[i],
                  score[r] - dot(less, e->run->items.vector + (size_t)top[r] * dim, dim));
    }
    free(left);
    return status;
}

static int explain_users(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    explaining *e = context;
    float *less = xmalloc(e->run->items.dim * sizeof *less);
    int status = 0;
    for (uint32_t u = begin; u < end && !status; u++)
        status = explain_user(e, thread, u, less);
    free(less);
    return status;
}

static int with_tower(explaining *e, tt_tower tower, const char *what, uint32_t count,
                      parallel_rows rows) {
    uint32_t threads = e->of->task.threads;
    int status = 0;
    e->rows = xcalloc(threads, sizeof *e->rows);
    for (uint32_t t = 0; t < threads && !status; t++)
        status = embedder_open(&e->rows[t], &e->run->model.model, tower, e->run->model.path);
    if (!status)
        status = parallel_for(what, threads, count, 8, rows, e);
    for (uint32_t t = 0; t < threads; t++)
        embedder_close(&e->rows[t]);
    free(e->rows);
    return status;
}

/* Per user and rank: code and ten thousandths, the largest first.  A liked video that the page
 * does not show is left out. */
static json_t *found_json(const explaining *e) {
    json_t *users = json_array();
    for (uint32_t u = 0; u < e->of->users; u++) {
        json_t *ranks = json_array();
        for (uint32_t r = 0; r < e->ranks; r++) {
            const part *best = e->found + ((size_t)u * e->ranks + r) * PARTS;
            json_t *parts = json_array();
            for (int p = 0; p < PARTS; p++) {
                double scaled = (double)best[p].gain * 10000;
                int64_t code = best[p].code, gain = (int64_t)(scaled + (scaled < 0 ? -0.5 : 0.5));
                if (code < 0 && e->of->item_place[-1 - code] == UINT32_MAX)
                    continue;
                if (code < 0)
                    code = -1 - (int64_t)e->of->item_place[-1 - code];
                if (gain) {
                    json_array_append_new(parts, json_integer(code));
                    json_array_append_new(parts, json_integer(gain));
                }
            }
            json_array_append_new(ranks, parts);
        }
        json_array_append_new(users, ranks);
    }
    return users;
}

int report_explain(json_t **made, const report *of, const report_run *run) {
    explaining e = {.of = of, .run = run, .ranks = of->task.k < RANKS ? of->task.k : RANKS};
    choose_items(&e);
    e.found = xcalloc((size_t)of->users * e.ranks * PARTS + 1, sizeof *e.found);
    json_t *tokens = number_tokens(&e);
    int status = with_tower(&e, TT_ITEM, "explaining videos", e.items, leave_tokens);
    if (!status)
        status = with_tower(&e, TT_USER, "explaining users", of->users, explain_users);
    *made = json_pack("{s:o, s:i, s:o}", "tokens", tokens, "likes", LIKES, "users", found_json(&e));
    free(e.place);
    free(e.item);
    free(e.offset);
    free(e.without);
    free(e.code);
    free(e.found);
    return status;
}
