/* SPDX-License-Identifier: MIT */
/*
 * New and changed videos come into the store.  The state of a source, kept in the store
 * with the rows it belongs to, is
 *
 *     {"watermark": INSTANT, "cursor": {"windows": [[FROM, TO], ...], "offset": N,
 *                                       "until": INSTANT} or null}
 *
 * All releases before the watermark have been read.  A cursor is what an interrupted pass
 * still has to read; it is read first.  Then follows what lies between the watermark (or
 * the last --lookback-days, if they begin earlier) and the end of today in Japan.
 */
#ifndef TOOLS_INGEST_INGEST_H
#define TOOLS_INGEST_INGEST_H

#include "catalogue/store.h"

typedef struct ingest_counts {
    uint64_t read, unusable, added, changed, same;
    double waited;            /* seconds for the API */
    char from[21], until[21]; /* release dates that were read, UTC; "" where none were */
} ingest_counts;

typedef struct ingest_settings {
    const char *api_url, *site, *service, *floor;
    const char *api_id, *affiliate_id; /* of the API; secrets */
    const char *link_affiliate_id; /* of the links that are stored; NULL: they stay as they are */
    double interval;               /* shortest time between two requests, in seconds */
    uint64_t lookback_days;        /* of releases that are read again at least */
    const char *first_day,
        *last_day; /* "2025-01-31" in Japan; NULL: from the watermark, to today */
    int64_t as_of; /* today is the day of this instant */
    int dry;       /* read and count, write nothing */
} ingest_settings;

ingest_settings ingest_settings_default(void);

/* {"read", "unusable", "added", "changed", "same", "from", "until", "api_seconds", "dry_run"}. */
json_t *ingest_summary(const ingest_counts *counts, int dry);

/* Reads what is due into the store. Fails as itemlist.h and the store do; what was stored stays,
 * and the next pass goes on from there. */
int ingest_run(const ingest_settings *settings, store *store, ingest_counts *counts);

#endif
