/* SPDX-License-Identifier: MIT */
/* A small catalogue with planted tastes: items and users belong to groups, and
 * users like items of their own group. */
#ifndef TESTS_UNIT_TEST_TRAINER_TOY_H
#define TESTS_UNIT_TEST_TRAINER_TOY_H

#include "common/random.h"
#include "trainer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOY_GROUPS = 4,
    TOY_ITEMS = 160,
    TOY_USERS = 80,
    TOY_LIKES = 14,
    TOY_OTHERS = 4, /* dislikes; half as many neutral */
    TOY_VAL = 5,
    TOY_TEXT = 16
};

typedef struct toy {
    tr_item item[TOY_ITEMS];
    char text[TOY_ITEMS][5][TOY_TEXT];
    tt_text token[TOY_ITEMS][3];
    tr_user user[TOY_USERS];
    uint32_t list[TOY_USERS][TT_MAX_BAGS][TOY_LIKES];
    uint32_t likes[TOY_ITEMS], reviews[TOY_ITEMS];
    uint32_t val_offset[TOY_USERS + 1], val_item[TOY_USERS * TOY_VAL];
    tr_pair pair[TOY_USERS * TOY_LIKES * TT_MAX_BAGS];
    tr_data data;
    tr_numbers numbers; /* what a tower takes by default, and the price */
} toy;

static inline tt_text toy_text(toy *t, uint32_t item, int slot, const char *format,
                               uint32_t number) {
    int len = snprintf(t->text[item][slot], TOY_TEXT, format, (unsigned)number);
    return (tt_text){t->text[item][slot], (size_t)len};
}

static inline void toy_item(toy *t, uint32_t i) {
    tr_item *item = &t->item[i];
    item->id = toy_text(t, i, 0, "item-%u", i);
    t->token[i][0] = toy_text(t, i, 1, "taste%u", i % TOY_GROUPS);
    t->token[i][1] = toy_text(t, i, 2, "noise%u", (i * 7) % 11);
    t->token[i][2] = toy_text(t, i, 3, "maker%u", i % 9);
    item->field[TR_TAGS].token = t->token[i];
    item->field[TR_TAGS].count = 2;
    item->field[TR_MAKER].token = &t->token[i][2];
    item->field[TR_MAKER].count = i % 5 != 0;
    item->price = i % 7 != 0 ? 100.0f + (float)(i % 13) : 0.0f;
    if (i % 6 != 0)
        item->released_at = toy_text(t, i, 4, "%u-05-01", 1990 + i % 20);
}

/* Item number n of a user's own random order of the items of `group`. */
static inline uint32_t toy_pick(uint32_t user, uint32_t group, uint32_t n) {
    uint32_t of_group = TOY_ITEMS / TOY_GROUPS;
    uint32_t start = (uint32_t)(tr_random(3, user) % of_group);
    return ((start + n * 3) % of_group) * TOY_GROUPS + group;
}

static inline void toy_user(toy *t, uint32_t u) {
    static const uint32_t counts[TT_MAX_BAGS] = {TOY_LIKES, TOY_OTHERS / 2, TOY_OTHERS};
    uint32_t group = u % TOY_GROUPS;
    tr_user *user = &t->user[u];
    for (uint32_t b = 0; b < TT_MAX_BAGS; b++) {
        for (uint32_t n = 0; n < counts[b]; n++) {
            uint32_t item = toy_pick(u, (group + b) % TOY_GROUPS, n);
            t->list[u][b][n] = item;
            t->reviews[item]++;
            t->likes[item] += b == TT_LIKED;
            t->pair[t->data.pairs++] = (tr_pair){u, item, b, 1.0f + 0.25f * (float)(n % 3)};
        }
        user->history[b] = t->list[u][b];
        user->count[b] = counts[b];
    }
    for (uint32_t n = 0; n < TOY_VAL; n++)
        t->val_item[u * TOY_VAL + n] = toy_pick(u, group, TOY_LIKES + n);
    t->val_offset[u + 1] = (u + 1) * TOY_VAL;
    user->number[TR_LIKE_RATIO] = 0.7f;
    user->number[TR_DISLIKE_RATIO] = 0.2f;
    user->number[TR_MEAN_STARS] = 3.0f + 0.01f * (float)u;
    user->number[TR_REVIEW_COUNT] = (float)(TOY_LIKES + TOY_OTHERS + TOY_OTHERS / 2);
}

static inline toy *toy_create(void) {
    toy *t = calloc(1, sizeof *t);
    if (!t)
        abort();
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        toy_item(t, i);
    for (uint32_t u = 0; u < TOY_USERS; u++)
        toy_user(t, u);
    t->data = (tr_data){t->item,       TOY_ITEMS,   t->user, TOY_USERS,     t->likes,   t->reviews,
                        t->val_offset, t->val_item, t->pair, t->data.pairs, &t->numbers};
    t->numbers = tr_numbers_default();
    t->numbers.item = 1u << TR_PRICE;
    return t;
}

/* Small enough for a test, with everything switched on. */
static inline tr_options toy_options(void) {
    tr_options options = tr_options_default();
    options.dim = 16;
    options.hidden = 24;
    options.epochs = 12;
    options.lr = 0.01f;
    options.l2 = 0.01f; /* test_trainer_teacher has it chosen */
    return options;
}

/* e^x in double precision, for second implementations. */
static inline double slow_exp(double x) {
    double part = x / 1024, term = 1.0, sum = 1.0;
    for (int k = 1; k < 20; k++) {
        term *= part / k;
        sum += term;
    }
    for (int k = 0; k < 10; k++)
        sum *= sum;
    return sum;
}

#endif
