/* SPDX-License-Identifier: MIT */
#include "catalogue/leak.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>

enum { IN_TRAIN = 1, IN_HISTORY = 2 };

/* More than this part of the users with counts that hold validation is no chance. */
static const double counted_by_chance = 0.1;

/* Marks all places of `item` in the user's ascending list. */
static void mark(unsigned char *seen, const item_lists *val, uint32_t user, uint32_t item,
                 unsigned char how) {
    uint32_t from = val->offset[user], to = val->offset[user + 1];
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (val->item[middle] < item)
            from = middle + 1;
        else
            to = middle;
    }
    for (to = val->offset[user + 1]; from < to && val->item[from] == item; from++)
        seen[from] |= how;
}

static void count_pairs(leak_counts *found, const dataset *data) {
    item_lists val;
    interaction_lists(&val, &data->val, data->users.count, -1);
    unsigned char *seen = xcalloc(data->val.count + 1, 1);
    for (size_t i = 0; i < data->train.count; i++)
        mark(seen, &val, data->train.row[i].user, data->train.row[i].item, IN_TRAIN);
    for (uint32_t u = 0; u < data->users.count; u++) {
        const tr_user *user = &data->users.user[u];
        for (int bag = 0; bag < TT_MAX_BAGS; bag++)
            for (uint32_t i = 0; i < user->count[bag]; i++)
                mark(seen, &val, u, user->history[bag][i], IN_HISTORY);
    }
    for (size_t i = 0; i < data->val.count; i++) {
        found->in_train += (seen[i] & IN_TRAIN) != 0;
        found->in_history += (seen[i] & IN_HISTORY) != 0;
    }
    free(seen);
    item_lists_free(&val);
}

/* Rows of a user: likes, dislikes and all. */
enum { LIKES, DISLIKES, ROWS, KINDS };

typedef struct totals {
    uint32_t of[KINDS];
} totals;

static totals *totals_of(const interaction_list *rows, uint32_t users) {
    totals *all = xcalloc((size_t)users + 1, sizeof *all);
    for (size_t i = 0; i < rows->count; i++) {
        totals *one = &all[rows->row[i].user];
        one->of[LIKES] += rows->row[i].label == TT_LIKED;
        one->of[DISLIKES] += rows->row[i].label == TT_DISLIKED;
        one->of[ROWS]++;
    }
    return all;
}

/* One count that holds validation is enough for a user. */
static void count_counts(leak_counts *found, const dataset *data) {
    static const int column[KINDS] = {TR_LIKE_COUNT, TR_DISLIKE_COUNT, TR_REVIEW_COUNT};
    totals *train = totals_of(&data->train, data->users.count);
    totals *val = totals_of(&data->val, data->users.count);
    for (uint32_t u = 0; u < data->users.count; u++) {
        int has = 0, holds = 0;
        for (int kind = 0; kind < KINDS; kind++) {
            double value = (double)data->users.user[u].number[column[kind]];
            uint32_t held = val[u].of[kind];
            has |= held && value >= 0;
            holds |= held && value == (double)train[u].of[kind] + held;
        }
        found->users += (uint32_t)has;
        found->counted += (uint32_t)holds;
    }
    free(train);
    free(val);
}

leak_counts leaks_count(const dataset *data) {
    leak_counts found = {.pairs = data->val.count};
    count_pairs(&found, data);
    count_counts(&found, data);
    return found;
}

/* What there is to say, or NULL. */
static char *sentence(const leak_counts *of, const dataset_paths *paths) {
    if (of->in_train)
        return xasprintf("%s: %llu of its %llu pairs of user and video are train rows too (%s)",
                         paths->val, (unsigned long long)of->in_train,
                         (unsigned long long)of->pairs, paths->train);
    if (of->in_history)
        return xasprintf("%s: %llu of its %llu pairs stand in the histories of %s", paths->val,
                         (unsigned long long)of->in_history, (unsigned long long)of->pairs,
                         paths->users);
    if (of->counted > counted_by_chance * of->users)
        return xasprintf("%s: the counts of %u of %u users hold their validation rows too (%s)",
                         paths->users, of->counted, of->users, paths->val);
    return NULL;
}

int leaks_refuse(int *found, const dataset *data, const dataset_paths *paths, int allow) {
    const leak_counts all = leaks_count(data);
    char *what = sentence(&all, paths);
    int status = 0;
    *found = what != NULL;
    if (what && allow)
        warning("%s: no figure of these tables says how well the model predicts", what);
    else if (what)
        status = fail(TW_INPUT,
                      "%s: a model would be judged on what it was shown; split first and make the "
                      "user features of the train rows alone, as twotower prep does (train and "
                      "eval take --allow-leak for an experiment)",
                      what);
    free(what);
    return status;
}
