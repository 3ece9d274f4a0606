/* SPDX-License-Identifier: MIT */
/* The tags that a user likes most, for people and other programs. */
#ifndef TOOLS_CATALOGUE_FAVOURITES_H
#define TOOLS_CATALOGUE_FAVOURITES_H

#include "catalogue/items.h"

enum { FAVOURITE_TAGS = 20 };

typedef struct tag_count {
    tt_text tag;
    uint32_t count;
} tag_count;

/* Begins as {0}; `tag` is borrowed from the items, and valid until the next call. */
typedef struct favourites {
    tag_count *tag; /* of liked videos, the most frequent first */
    uint32_t tags;  /* FAVOURITE_TAGS at most */
    size_t _capacity;
} favourites;

void favourites_of(favourites *of, const tr_user *user, const item_table *items);
void favourites_free(favourites *of);

#endif
