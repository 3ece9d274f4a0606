/* SPDX-License-Identifier: MIT */
/* The options of a command that ingests, and the settings that they give. */
#ifndef TOOLS_PROGRAM_OPTIONS_INGEST_H
#define TOOLS_PROGRAM_OPTIONS_INGEST_H

#include "ingest/ingest.h"
#include "program/options.h"

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

/* Borrows the texts of the arguments. */
ingest_settings options_ingest(const arguments *arguments);

#endif
