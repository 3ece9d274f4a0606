/* SPDX-License-Identifier: MIT */
#include "release/follow.h"

#include "base/fail.h"
#include "base/message.h"
#include "program/options_store.h"

enum { PART = 100 };

int follow_open(store **database, const arguments *a) {
    *database = NULL;
    return option_given(a, "db-url") ? options_store_open(database, a, "db-url") : 0;
}

static int count(void *context, const video *row) {
    ++((uint64_t *)context)[row->embedded];
    return 0;
}

static int found(void *context, const embedding_row *row) {
    (void)row;
    *(int *)context = 1;
    return TW_NEGATIVE; /* one is enough: the pass ends */
}

int follow_check(store *database, const char *run_id) {
    uint64_t counted[2] = {0, 0}; /* not embedded, embedded */
    int users = 0;
    if (!database)
        return 0;
    int status = database->operations->videos(database, run_id, count, counted);
    const uint64_t missing = counted[0], embedded = counted[1];
    if (status)
        return status;
    if (!embedded || missing > (embedded + missing) / PART)
        return fail(TW_INPUT,
                    "%s: %llu of %llu videos have no embedding of run %s; twotower embed "
                    "videos or twotower upsert writes them, then activate",
                    database->url, (unsigned long long)missing,
                    (unsigned long long)(embedded + missing), run_id);
    if (missing)
        note("%llu of %llu videos have no embedding of run %s", (unsigned long long)missing,
             (unsigned long long)(embedded + missing), run_id);
    status = database->operations->embeddings(database, USER_EMBEDDINGS, run_id, found, &users);
    if (users)
        return 0;
    if (!status)
        warning("%s: no user has an embedding of run %s yet; twotower embed users writes them",
                database->url, run_id);
    return status;
}

int follow_move(store *database, const publish *p, const json_t *record, int *moved) {
    *moved = 0;
    if (!database || !record)
        return 0;
    const release_row row = {p->environment, record_current(record, "run_id"),
                             record_sequence(record), record_current(record, "manifest_sha256")};
    return database->operations->release_move(database, &row, moved);
}
