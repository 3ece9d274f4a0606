/* SPDX-License-Identifier: MIT */
#include "training/checkpoint_digest.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

char *checkpoint_options(const tr_options *o) {
    char *both = xasprintf(
        "recipe=%s embedding-dim=%u hidden-dim=%u epochs=%u batch-size=%u seed=%llu "
        "lr=%.9g",
        o->recipe == TR_MLP ? "mlp" : "shared", (unsigned)o->dim, (unsigned)o->hidden,
        (unsigned)o->epochs, (unsigned)o->batch, (unsigned long long)o->seed, (double)o->lr);
    char *all = o->recipe == TR_MLP
                    ? xasprintf("%s loss=%s neg-per-pos=%u few-dislikes=%u patience=%u", both,
                                o->loss == TR_SOFTMAX ? "softmax" : "bce", (unsigned)o->negatives,
                                (unsigned)o->few_dislikes, (unsigned)o->patience)
                    : xasprintf("%s history-keep=%.9g hidden-dropout=%.9g id-dropout=%.9g "
                                "target-exponent=%.9g ema=%.9g teacher=%s sampling=%d",
                                both, (double)o->history_keep, (double)o->hidden_dropout,
                                (double)o->id_dropout, (double)o->target_exponent, (double)o->ema,
                                o->teacher == TR_IALS ? "ials" : "none", (int)o->sampling);
    free(both);
    return all;
}

static void add_number(sha256 *hash, uint32_t number) {
    const uint8_t byte[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                             (uint8_t)(number >> 24)};
    sha256_add(hash, byte, sizeof byte);
}

static void add_numbers(sha256 *hash, const uint32_t *number, uint32_t count) {
    add_number(hash, count);
    for (uint32_t i = 0; i < count; i++)
        add_number(hash, number[i]);
}

static void add_text(sha256 *hash, tt_text text) {
    add_number(hash, (uint32_t)text.len);
    sha256_add(hash, text.at, text.len);
}

static void add_float(sha256 *hash, float number) {
    uint32_t bits;
    memcpy(&bits, &number, sizeof bits);
    add_number(hash, bits);
}

static void add_item(sha256 *hash, const tr_item *item) {
    add_text(hash, item->id);
    add_text(hash, item->released_at);
    add_float(hash, item->price);
    add_float(hash, item->duration);
    for (int f = 0; f < TR_FIELDS; f++) {
        add_number(hash, item->field[f].count);
        for (uint32_t i = 0; i < item->field[f].count; i++)
            add_text(hash, item->field[f].token[i]);
    }
}

static void add_user(sha256 *hash, const tr_user *user) {
    for (int bag = 0; bag < TT_MAX_BAGS; bag++)
        add_numbers(hash, user->history[bag], user->count[bag]);
    for (int i = 0; i < TR_NUMBERS; i++)
        add_float(hash, user->number[i]);
}

static void add_pair(sha256 *hash, const tr_pair *pair) {
    const uint32_t numbers[] = {pair->user, pair->item, pair->label};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        add_number(hash, numbers[i]);
    add_float(hash, pair->weight);
}

void checkpoint_data_digest(const tr_data *data, char hex[SHA256_HEX]) {
    sha256 hash;
    sha256_begin(&hash);
    for (uint32_t i = 0; i < data->items; i++)
        add_item(&hash, &data->item[i]);
    for (uint32_t u = 0; u < data->users; u++)
        add_user(&hash, &data->user[u]);
    for (uint32_t p = 0; p < data->pairs; p++)
        add_pair(&hash, &data->pair[p]);
    add_numbers(&hash, data->item_likes, data->items);
    add_numbers(&hash, data->item_reviews, data->items);
    if (data->val_offset) {
        add_numbers(&hash, data->val_offset, data->users + 1);
        add_numbers(&hash, data->val_item, data->val_offset[data->users]);
    }
    sha256_end(&hash, hex);
}

void checkpoint_vocabulary_digest(const tr_vocabulary *vocabulary, char hex[SHA256_HEX]) {
    sha256 hash;
    sha256_begin(&hash);
    add_text(&hash, (tt_text){vocabulary->lines, vocabulary->lines_len});
    add_text(&hash, (tt_text){vocabulary->id_keys, vocabulary->id_keys_len});
    add_text(&hash, (tt_text){vocabulary->token_keys, vocabulary->token_keys_len});
    sha256_end(&hash, hex);
}
