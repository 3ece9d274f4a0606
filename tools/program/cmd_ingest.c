/* SPDX-License-Identifier: MIT */
/* ingest: new and changed videos of the ItemList API come into the store. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_ingest.h"
#include "program/options_store.h"

#include <inttypes.h>

static const option options[] = {
    STORE_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, STORE_HELP},
    INGEST_OPTIONS,
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL, "read and count, write nothing"},
    {0},
};

static int report(const ingest_counts *of, int dry) {
    if (result_given(ingest_summary(of, dry)))
        return result_flush();
    result_line("%" PRIu64 " videos read: %" PRIu64 " new, %" PRIu64 " changed, %" PRIu64
                " as they were%s",
                of->read, of->added, of->changed, of->same, dry ? "; nothing was written" : "");
    return result_flush();
}

static int run(const arguments *a) {
    ingest_counts counts;
    store *to = NULL;
    const ingest_settings settings = options_ingest(a);
    int status = options_store_open(&to, a, "db-url");
    if (!status)
        status = ingest_run(&settings, to, &counts);
    store_close(to);
    if (!status && counts.unusable)
        warning("%" PRIu64 " items have no content_id or no title; they are left out",
                counts.unusable);
    return status ? status : report(&counts, settings.dry);
}

const command command_ingest = {
    "ingest", "new and changed videos of the DMM/FANZA ItemList come into the store",
    NULL,     "FANZA_API_ID=... FANZA_API_AFFILIATE_ID=... twotower ingest --db-url file:catalogue",
    options,  run,
};
