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
#include "program/options.h"

typedef struct ingest_counts {
    uint64_t read, unusable, added, changed, same;
    double waited;            /* seconds for the API */
    char from[21], until[21]; /* release dates that were read, UTC; "" where none were */
} ingest_counts;

/* The options of a command that ingests. */
#define INGEST_OPTIONS \
    VARIABLE_NEEDED("FANZA_API_ID", "FANZA_API_ID", NULL, "key of the API; a secret"), \
        VARIABLE_NEEDED("FANZA_API_AFFILIATE_ID", "FANZA_API_AFFILIATE_ID", NULL, \
                        "affiliate id for the API, ending in -990 to -999"), \
        VARIABLE("FANZA_LINK_AFFILIATE_ID", "affiliate id of the links that are stored"), \
        {"lookback-days", \
         OPTION_COUNT, \
         "N", \
         "3", \
         "SYNC_VIDEO_LOOKBACK_DAYS", \
         NULL, \
         "read at least the releases of the last N days in Japan again"}, \
        {"gte-release-date", \
         OPTION_TEXT, \
         "DATE", \
         NULL, \
         "GTE_RELEASE_DATE", \
         NULL, \
         "read from this day in Japan on, instead of from the watermark"}, \
        {"lte-release-date", \
         OPTION_TEXT, \
         "DATE", \
         NULL, \
         "LTE_RELEASE_DATE", \
         NULL, \
         "read to this day in Japan (today)"}, \
        {"site", OPTION_TEXT, "NAME", "FANZA", NULL, NULL, "site of the API"}, \
        {"service", OPTION_TEXT, "NAME", "digital", NULL, NULL, "service of the API"}, \
        {"floor", OPTION_TEXT, "NAME", "videoa", NULL, NULL, "floor of the API"}, \
        {"api-url", \
         OPTION_TEXT, \
         "URL", \
         "https://api.dmm.com/affiliate/v3", \
         "FANZA_API_URL", \
         NULL, \
         "where the API stands"}, \
        {"interval", \
         OPTION_NUMBER, \
         "SECONDS", \
         "1", \
         NULL, \
         NULL, \
         "shortest time between two requests"}, \
    { \
        "as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL, "today's date is that of TIME (now)" \
    }

/* {"read", "unusable", "added", "changed", "same", "from", "until", "api_seconds", "dry_run"}. */
json_t *ingest_summary(const ingest_counts *counts, int dry);

/* Reads what is due into the store; with `dry` nothing is written.  Fails as itemlist.h and
 * the store do; what was stored stays, and the next pass goes on from there. */
int ingest_run(const arguments *arguments, store *store, int dry, ingest_counts *counts);

#endif
