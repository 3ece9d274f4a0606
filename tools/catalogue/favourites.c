/* SPDX-License-Identifier: MIT */
#include "catalogue/favourites.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b) {
    const tag_count *x = a, *y = b;
    size_t len = x->tag.len < y->tag.len ? x->tag.len : y->tag.len;
    int order = memcmp(x->tag.at, y->tag.at, len);
    return order ? order : (x->tag.len > y->tag.len) - (x->tag.len < y->tag.len);
}

static int by_count(const void *a, const void *b) {
    const tag_count *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return by_text(a, b);
}

void favourites_of(favourites *of, const tr_user *user, const item_table *items) {
    size_t n = 0, distinct = 0;
    for (uint32_t i = 0; i < user->count[TT_LIKED]; i++) {
        const tr_item *item = &items->item[user->history[TT_LIKED][i]];
        for (uint32_t t = 0; t < item->field[TR_TAGS].count; t++) {
            of->tag = xgrow(of->tag, n, &of->_capacity, sizeof *of->tag);
            of->tag[n++] = (tag_count){item->field[TR_TAGS].token[t], 1};
        }
    }
    if (n)
        qsort(of->tag, n, sizeof *of->tag, by_text);
    for (size_t i = 0; i < n; i++) {
        if (distinct && !by_text(&of->tag[distinct - 1], &of->tag[i]))
            of->tag[distinct - 1].count++;
        else
            of->tag[distinct++] = of->tag[i];
    }
    if (distinct)
        qsort(of->tag, distinct, sizeof *of->tag, by_count);
    of->tags = distinct < FAVOURITE_TAGS ? (uint32_t)distinct : FAVOURITE_TAGS;
}

void favourites_free(favourites *of) {
    free(of->tag);
    *of = (favourites){0};
}
