/* SPDX-License-Identifier: MIT */
/*
 * An item of the DMM/FANZA ItemList v3 becomes a listing, the form that a store takes
 * (store.h).  The API's types waver between numbers and strings, and most members may be
 * absent: what is there is read in either form, what is not is left out of the listing.
 */
#ifndef TOOLS_INGEST_ITEM_H
#define TOOLS_INGEST_ITEM_H

#include <jansson.h>

typedef struct item_options {
    const char *site;      /* becomes `source`: "FANZA" */
    const char *affiliate; /* goes into product_url; NULL: the plain address */
} item_options;

/* A new listing, or NULL where the item has no content_id or no title. */
json_t *item_listing(const json_t *item, const item_options *options);

/* A whole number of a JSON number or a string that begins with one; -1: neither. */
long long item_whole(const json_t *value);

#endif
