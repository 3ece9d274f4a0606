/* SPDX-License-Identifier: MIT */
#include "shared/batch.h"
#include "common/random.h"
#include "kernel/maths.h"

#include <stdlib.h>
#include <string.h>

enum { BAGS = TT_MAX_BAGS };

/* The longest histories and target lists that `users` users can have together. */
static void max_entries(const tr_data *data, uint32_t users, size_t *shown, size_t *targets) {
    size_t longest = 0, likes = 0, all = 0, all_likes = 0;
    for (uint32_t u = 0; u < data->users; u++) {
        size_t sum = 0, liked = data->user[u].count[TT_LIKED];
        for (int b = 0; b < BAGS; b++)
            sum += data->user[u].count[b];
        if (data->val_offset)
            liked += data->val_offset[u + 1] - data->val_offset[u];
        longest = sum > longest ? sum : longest;
        likes = liked > likes ? liked : likes;
        all += sum;
        all_likes += liked;
    }
    *shown = longest <= all / users ? longest * users : all;
    *targets = likes <= all_likes / users ? likes * users : all_likes;
}

tr_status tr_batch_create(tr_batch *batch, const tr_dataset *set, uint32_t users) {
    memset(batch, 0, sizeof *batch);
    size_t shown, targets;
    max_entries(set->data, users, &shown, &targets);
    size_t bags = (size_t)users * BAGS;
    batch->max_targets = targets;
    batch->bag_offset = malloc((bags + 1) * sizeof *batch->bag_offset);
    batch->bag_entry = malloc((shown + 1) * sizeof *batch->bag_entry);
    batch->target_offset = malloc(((size_t)users + 1) * sizeof *batch->target_offset);
    batch->target = malloc((targets + 1) * sizeof *batch->target);
    batch->target_weight = malloc((targets + 1) * sizeof *batch->target_weight);
    batch->weight = malloc(((size_t)users + 1) * sizeof *batch->weight);
    int good = tr_csr_create(&batch->item_bags, set->data->items, shown);
    if (good && batch->bag_offset && batch->bag_entry && batch->target_offset && batch->target &&
        batch->target_weight && batch->weight)
        return TR_OK;
    tr_batch_free(batch);
    return TR_NO_MEMORY;
}

void tr_batch_free(tr_batch *batch) {
    free(batch->bag_offset);
    free(batch->bag_entry);
    free(batch->target_offset);
    free(batch->target);
    free(batch->target_weight);
    free(batch->weight);
    tr_csr_free(&batch->item_bags);
    memset(batch, 0, sizeof *batch);
}

static int is_kept(const tr_dropout *dropout, uint64_t key, uint32_t user, uint32_t bag,
                   uint32_t at) {
    uint64_t list = (uint64_t)user * BAGS + bag;
    return tr_uniform(key, list << 32 | at) < dropout->history_keep;
}

static void add_target(tr_batch *batch, const tr_dataset *set, uint32_t *targets, uint32_t item,
                       float weight) {
    if (set->candidate_index[item] == TR_NONE)
        return;
    batch->target_weight[*targets] = weight;
    batch->target[(*targets)++] = set->candidate_index[item];
}

static void draw_histories(tr_batch *batch, const tr_dataset *set) {
    const tr_dropout *dropout = &batch->dropout;
    uint64_t key = tr_random_key(dropout->seed, dropout->step, TR_DRAW_HISTORY);
    uint32_t shown = 0, targets = 0;
    for (uint32_t n = 0; n < batch->users; n++) {
        uint32_t u = batch->user[n];
        const tr_user *user = &set->data->user[u];
        batch->target_offset[n] = targets;
        for (uint32_t b = 0; b < BAGS; b++) {
            uint32_t begin = batch->bag_offset[n * BAGS + b] = shown;
            for (uint32_t i = 0; i < user->count[b]; i++) {
                uint32_t item = user->history[b][i];
                if (!is_kept(dropout, key, u, b, i)) {
                    if (b == TT_LIKED)
                        add_target(batch, set, &targets, item, tr_like_weight(set, u, i));
                } else if (set->id_row[item] != TR_NONE)
                    batch->bag_entry[shown++].row = item;
            }
            float weight = shown > begin ? tr_rsqrt((float)(shown - begin)) : 0.0f;
            for (uint32_t i = begin; i < shown; i++)
                batch->bag_entry[i].weight = weight;
        }
    }
    batch->bag_offset[batch->users * BAGS] = shown;
    batch->target_offset[batch->users] = targets;
}

static void take_all(tr_batch *batch, const tr_dataset *set) {
    batch->candidate_index = set->candidate_index;
    batch->candidate = set->candidate;
    batch->candidates = set->candidates;
    batch->candidate_weight = NULL;
    batch->active_items = set->data->items;
    batch->active_item = NULL;
    batch->active_rows = set->rows;
    batch->active_row = NULL;
    batch->row_items = set->row_items;
}

void tr_batch_invert(tr_batch *batch) {
    uint32_t bags = batch->users * BAGS;
    tr_csr_begin(&batch->item_bags, batch->active_items);
    for (uint32_t i = 0; i < batch->bag_offset[bags]; i++)
        tr_csr_count(&batch->item_bags, batch->bag_entry[i].row);
    tr_csr_offsets(&batch->item_bags, batch->active_items);
    for (uint32_t bag = 0; bag < bags; bag++)
        for (uint32_t i = batch->bag_offset[bag]; i < batch->bag_offset[bag + 1]; i++)
            tr_csr_add(&batch->item_bags, batch->bag_entry[i].row,
                       (tt_entry){bag, batch->bag_entry[i].weight});
}

double tr_target_weights(const tr_batch *batch, uint32_t user) {
    double sum = 0.0;
    for (uint32_t i = batch->target_offset[user]; i < batch->target_offset[user + 1]; i++)
        sum += (double)batch->target_weight[i];
    return sum;
}

static void weigh(tr_batch *batch, float exponent) {
    double sum = 0.0;
    for (uint32_t n = 0; n < batch->users; n++) {
        double targets = tr_target_weights(batch, n);
        float per_target =
            targets > 0.0 ? tr_exp((exponent - 1.0f) * (float)tr_log(targets)) : 0.0f;
        batch->weight[n] = per_target;
        sum += (double)per_target * targets;
    }
    for (uint32_t n = 0; n < batch->users; n++)
        batch->weight[n] = sum > 0.0 ? (float)(batch->weight[n] / sum) : 0.0f;
}

void tr_batch_draw(tr_batch *batch, const tr_dataset *set, const tr_dropout *dropout,
                   float exponent, const uint32_t *user, uint32_t users) {
    batch->dropout = *dropout;
    batch->user = user;
    batch->users = users;
    take_all(batch, set);
    draw_histories(batch, set);
    weigh(batch, exponent);
    tr_batch_invert(batch);
}

void tr_batch_whole(tr_batch *batch, const tr_dataset *set, float exponent, const uint32_t *user,
                    uint32_t users) {
    const tr_data *data = set->data;
    batch->dropout = (tr_dropout){0, 0, 1.0f, 0.0f, 0.0f};
    batch->user = user;
    batch->users = users;
    take_all(batch, set);
    draw_histories(batch, set);
    uint32_t targets = 0;
    for (uint32_t n = 0; n < users; n++) {
        uint32_t u = user[n];
        batch->target_offset[n] = targets;
        for (uint32_t i = data->val_offset[u]; i < data->val_offset[u + 1]; i++)
            add_target(batch, set, &targets, data->val_item[i], 1.0f);
    }
    batch->target_offset[users] = targets;
    weigh(batch, exponent);
    tr_batch_invert(batch);
}
