/* SPDX-License-Identifier: MIT */
#include "common/random.h"
#include "kernel/maths.h"
#include "mlp/batch.h"

#include <stdlib.h>
#include <string.h>

static const float holdout_share = 0.1f;

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint64_t pair_index(uint32_t user, uint32_t item) {
    return (uint64_t)user << 32 | item;
}

/* Which pairs are held out depends on nothing but the pair. */
static int in_holdout(uint32_t user, uint32_t item) {
    return tr_uniform(tr_random_key(0, 0, TR_DRAW_HOLDOUT), pair_index(user, item)) < holdout_share;
}

int tr_mlp_seen(const tr_mlp_data *set, uint32_t user, uint32_t item) {
    size_t low = set->seen_offset[user], high = set->seen_offset[user + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->seen[middle] == item)
            return 1;
        if (set->seen[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

static tr_status list_seen(tr_mlp_data *set) {
    const tr_data *data = set->data;
    size_t *offset = calloc((size_t)data->users + 2, sizeof *offset);
    set->seen_offset = offset;
    set->seen = malloc(((size_t)data->pairs + 1) * sizeof *set->seen);
    if (!offset || !set->seen)
        return TR_NO_MEMORY;
    for (uint32_t p = 0; p < data->pairs; p++)
        offset[data->pair[p].user + 2]++;
    for (size_t u = 2; u <= (size_t)data->users + 1; u++)
        offset[u] += offset[u - 1];
    for (uint32_t p = 0; p < data->pairs; p++)
        set->seen[offset[data->pair[p].user + 1]++] = data->pair[p].item;
    for (uint32_t u = 0; u < data->users; u++)
        qsort(set->seen + offset[u], offset[u + 1] - offset[u], sizeof *set->seen, compare);
    return TR_OK;
}

/* The softmax learns from likes only. */
static tr_status choose_examples(tr_mlp_data *set, tr_objective loss, int holdout) {
    const tr_data *data = set->data;
    uint32_t likes = 0;
    set->example = malloc(((size_t)data->pairs + 1) * sizeof *set->example);
    set->held_pair = malloc(((size_t)data->pairs + 1) * sizeof *set->held_pair);
    if (!set->example || !set->held_pair)
        return TR_NO_MEMORY;
    for (uint32_t p = 0; p < data->pairs; p++) {
        const tr_pair *pair = &data->pair[p];
        if (pair->label == TT_NEUTRAL || (loss == TR_SOFTMAX && pair->label != TT_LIKED))
            continue;
        if (holdout && in_holdout(pair->user, pair->item)) {
            set->held_pair[set->held_pairs++] = p;
            continue;
        }
        likes += pair->label == TT_LIKED;
        set->example[set->examples++] = p;
    }
    return likes > 0 ? TR_OK : TR_NO_DATA;
}

/* A user with few dislikes says little of what is not liked: unobserved items stand for it. */
static tr_status choose_negatives(tr_mlp_data *set, const tr_options *options) {
    const tr_data *data = set->data;
    set->negatives = calloc((size_t)data->users + 1, sizeof *set->negatives);
    if (!set->negatives)
        return TR_NO_MEMORY;
    for (uint32_t p = 0; p < data->pairs; p++)
        set->negatives[data->pair[p].user] += data->pair[p].label == TT_DISLIKED;
    for (uint32_t u = 0; u < data->users; u++) {
        int drawn = options->few_dislikes == 0 || set->negatives[u] < options->few_dislikes;
        set->negatives[u] = options->loss == TR_BCE && drawn ? options->negatives : 0;
    }
    return TR_OK;
}

/* ---- Features ---------------------------------------------------------------------------- */

typedef struct encoder {
    const tt_schema *schema;
    void *memory;
    size_t size;
    uint32_t *kept; /* a history without what is held out */
} encoder;

static size_t item_tokens(const tr_item *item) {
    size_t tokens = 3; /* the id and the date's two */
    for (int f = 0; f < TR_FIELDS; f++)
        tokens += item->field[f].count;
    return tokens;
}

static tr_status open_encoder(encoder *to, const tr_data *data, const tr_vocabulary *vocabulary) {
    size_t tokens_max = 1, field = 1, longest = 1;
    for (uint32_t i = 0; i < data->items; i++) {
        size_t tokens = item_tokens(&data->item[i]);
        tokens_max = tokens > tokens_max ? tokens : tokens_max;
        field = tokens > field ? tokens : field;
    }
    for (uint32_t u = 0; u < data->users; u++) {
        size_t tokens = 0, items = 0;
        for (int b = 0; b < TT_MAX_BAGS; b++)
            for (uint32_t i = 0; i < data->user[u].count[b]; i++, items++)
                tokens += item_tokens(&data->item[data->user[u].history[b][i]]);
        tokens_max = tokens > tokens_max ? tokens : tokens_max;
        longest = items > longest ? items : longest;
    }
    to->schema = &vocabulary->schema;
    to->size = tt_features_size(tokens_max, field);
    to->memory = malloc(to->size);
    to->kept = malloc(longest * sizeof *to->kept);
    return to->memory && to->kept ? TR_OK : TR_NO_MEMORY;
}

/* The history that is kept, in the encoder's memory. */
static tr_user user_without(const encoder *with, const tr_data *data, uint32_t u, int holdout) {
    tr_user user = data->user[u];
    uint32_t *to = with->kept;
    for (int b = 0; b < TT_MAX_BAGS && holdout; b++) {
        const uint32_t *from = user.history[b];
        uint32_t count = user.count[b];
        user.history[b] = to;
        user.count[b] = 0;
        for (uint32_t i = 0; i < count; i++)
            if (!in_holdout(u, from[i])) {
                *to++ = from[i];
                user.count[b]++;
            }
    }
    return user;
}

static tr_status encode(const encoder *with, const tr_data *data, tt_tower tower, uint32_t row,
                        int holdout, tt_features *features) {
    tt_features_begin(features, with->schema, tower, with->memory, with->size);
    tt_status status;
    if (tower == TT_ITEM)
        status = tr_encode_item(features, &data->item[row]);
    else {
        tr_user user = user_without(with, data, row, holdout);
        status = tr_encode_user(features, &user, data->item);
    }
    return status == TT_OK ? TR_OK : TR_CORE;
}

size_t tr_mlp_flatten(const tt_schema *schema, tt_tower tower, const tt_features *features,
                      tt_entry *entry) {
    uint32_t rows = schema->token_rows, numerics = schema->numerics[tower];
    size_t count = features->count[0];
    if (entry && count > 0)
        memcpy(entry, features->entry[0], count * sizeof *entry);
    for (uint32_t i = 0; i < numerics; i++)
        if (features->numeric[i] != 0.0f) {
            if (entry)
                entry[count] = (tt_entry){rows + i, features->numeric[i]};
            count++;
        }
    if (entry)
        entry[count] = (tt_entry){rows + numerics, 1.0f};
    return count + 1;
}

/* Encodes each row twice: to count its entries, then to keep them. */
static tr_status read_rows(tr_mlp_data *set, const encoder *with, tt_tower tower, int holdout) {
    uint32_t count = tower == TT_ITEM ? set->data->items : set->data->users;
    tr_csr *rows = &set->rows[tower];
    rows->offset = malloc(((size_t)count + 1) * sizeof *rows->offset);
    if (!rows->offset)
        return TR_NO_MEMORY;
    for (int keep = 0; keep < 2; keep++) {
        size_t used = 0;
        for (uint32_t r = 0; r < count; r++) {
            tt_features features;
            tr_status status = encode(with, set->data, tower, r, holdout, &features);
            if (status != TR_OK)
                return status;
            rows->offset[r] = used;
            used +=
                tr_mlp_flatten(with->schema, tower, &features, keep ? rows->entry + used : NULL);
        }
        rows->offset[count] = used;
        if (!keep && !(rows->entry = malloc((used + 1) * sizeof *rows->entry)))
            return TR_NO_MEMORY;
    }
    return TR_OK;
}

tr_status tr_mlp_log_q(tr_mlp_data *set, uint32_t batch) {
    const tr_data *data = set->data;
    set->log_q = calloc((size_t)data->items + 1, sizeof *set->log_q);
    if (!set->log_q)
        return TR_NO_MEMORY;
    for (uint32_t e = 0; e < set->examples; e++)
        set->log_q[data->pair[set->example[e]].item] += 1.0f;
    for (uint32_t i = 0; i < data->items; i++) {
        /* 1 - (1 - p)^batch; an item without a like comes as a held-out one. */
        double p = (double)set->log_q[i] / set->examples;
        p = p > 0.0 ? p : 0.5 / set->examples;
        double none = p < 1.0 ? batch * tr_log(1.0 - p) : -80.0;
        double q = none > -1e-3 ? -none * (1.0 + 0.5 * none) : 1.0 - (double)tr_exp((float)none);
        set->log_q[i] = (float)tr_log(q);
    }
    return TR_OK;
}

tr_status tr_mlp_data_build(tr_mlp_data *set, const tr_data *data, const tr_vocabulary *vocabulary,
                            const tr_options *options) {
    const tt_schema *schema = &vocabulary->schema;
    int holdout = options->patience > 0;
    memset(set, 0, sizeof *set);
    set->data = data;
    for (int t = 0; t < TT_TOWERS; t++)
        set->features[t] = schema->token_rows + schema->numerics[t];
    encoder with = {0};
    tr_status status = choose_examples(set, options->loss, holdout);
    if (status == TR_OK)
        status = choose_negatives(set, options);
    if (status == TR_OK)
        status = list_seen(set);
    if (status == TR_OK)
        status = open_encoder(&with, data, vocabulary);
    for (int t = 0; t < TT_TOWERS && status == TR_OK; t++)
        status = read_rows(set, &with, (tt_tower)t, holdout);
    free(with.memory);
    free(with.kept);
    if (status != TR_OK)
        tr_mlp_data_free(set);
    return status;
}

void tr_mlp_data_free(tr_mlp_data *set) {
    for (int t = 0; t < TT_TOWERS; t++) {
        free(set->rows[t].offset);
        free(set->rows[t].entry);
    }
    free(set->example);
    free(set->held_pair);
    free(set->seen_offset);
    free(set->seen);
    free(set->negatives);
    free(set->log_q);
    memset(set, 0, sizeof *set);
}
