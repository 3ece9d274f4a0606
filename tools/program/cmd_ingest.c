/* SPDX-License-Identifier: MIT */
/* ingest: new and changed videos of the ItemList API come into the store. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_ingest.h"
#include "program/options_store.h"
#include "program/steps.h"

#include <inttypes.h>

static const option options[] = {
    STORE_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, STORE_HELP},
    INGEST_OPTIONS,
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "read and count, write nothing"},
    {0},
};

static void print_result(const ingest_counts *of, int dry) {
    result_line("%" PRIu64 " videos read: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64
                " as they were%s",
                of->read, of->added, of->changed, of->same, dry ? "; nothing was written" : "");
}

int ingest_step(const arguments *given, const ingest_settings *settings, ingest_counts *counts) {
    store *to = NULL;
    int status = options_store_open(&to, given, "db-url");
    if (!status)
        status = ingest_run(settings, to, counts);
    store_close(to);
    if (!status && counts->unusable)
        warning("%" PRIu64 " items have no content_id or no title; they are left out",
                counts->unusable);
    return status;
}

static int run(const arguments *a) {
    ingest_counts counts;
    const ingest_settings settings = options_ingest(a);
    int status = ingest_step(a, &settings, &counts);
    if (!status && !result_given(ingest_summary(&counts, settings.dry)))
        print_result(&counts, settings.dry);
    return status ? status : result_flush();
}

const command command_ingest = {
    "ingest", "new and changed videos of the DMM/FANZA ItemList come into the store",
    NULL,     "FANZA_API_ID=... FANZA_API_AFFILIATE_ID=... twotower ingest --db-url file:catalogue",
    options,  run,
};
