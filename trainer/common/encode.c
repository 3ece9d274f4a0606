/* SPDX-License-Identifier: MIT */
#include "common/fields.h"

static tt_status feed_item(tt_features *features, const tr_item *item) {
    tt_status status = tt_features_text(features, TR_ID_FIELD, item->id);
    for (int i = 0; i < TR_FIELDS && status == TT_OK; i++)
        if (item->field[i].count > 0)
            status = tt_features_list(features, tr_field_name[i], item->field[i].token,
                                      item->field[i].count);
    if (status == TT_OK && item->released_at.len > 0)
        status = tt_features_text(features, TR_DATE_FIELD, item->released_at);
    return status;
}

tt_status tr_encode_item(tt_features *features, const tr_item *item) {
    tt_status status = feed_item(features, item);
    for (int i = 0; i < TR_ITEM_NUMBERS; i++)
        tt_features_number(features, tr_item_number_name[i], tr_item_number(item, i));
    if (status == TT_OK)
        tt_features_end(features);
    return status;
}

tt_status tr_encode_user(tt_features *features, const tr_user *user, const tr_item *items) {
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        for (uint32_t i = 0; i < user->count[bag]; i++) {
            tt_status status = tt_features_item(features, bag);
            if (status == TT_OK)
                status = feed_item(features, &items[user->history[bag][i]]);
            if (status != TT_OK)
                return status;
        }
    }
    for (int i = 0; i < TR_NUMBERS; i++)
        tt_features_number(features, tr_number_name[i], user->number[i]);
    tt_features_end(features);
    return TT_OK;
}
