/* SPDX-License-Identifier: MIT */
/*
 * The DMM/FANZA ItemList v3, one page at a time, at most one request in `interval` seconds.
 * The key of the API goes into its address, so no address is ever shown with its query.
 */
#ifndef TOOLS_INGEST_ITEMLIST_H
#define TOOLS_INGEST_ITEMLIST_H

#include "ingest/window.h"
#include "net/http.h"

#include <jansson.h>

enum { ITEMLIST_HITS = 100, ITEMLIST_DEEPEST = 50000 };

typedef struct itemlist {
    const char *url; /* https://api.dmm.com/affiliate/v3 */
    const char *api_id, *affiliate_id;
    const char *site, *service, *floor;
    double interval; /* seconds between requests */
    double waited;   /* seconds spent on requests and between them, so far */
    http *_client;
    double _next; /* seconds_now of the next request */
} itemlist;

typedef struct itemlist_page {
    json_t *items;  /* array; borrowed from `document` */
    uint64_t total; /* releases of the window */
    uint64_t next;  /* offset of what follows; above total: nothing */
    json_t *document;
} itemlist_page;

int itemlist_open(itemlist *api);
void itemlist_close(itemlist *api);

/* Releases of a window, newest first, from `offset` (1 to ITEMLIST_DEEPEST) on. Busy servers,
 * broken answers and empty pages are tried again; then TW_NETWORK; refused keys and parameters are
 * TW_INPUT.  The caller releases page->document. */
int itemlist_read(itemlist *api, const window *of, uint64_t offset, itemlist_page *page);

#endif
