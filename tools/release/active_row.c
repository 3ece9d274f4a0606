/* SPDX-License-Identifier: MIT */
#include "release/active_row.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>

enum { PART = 100 };

static int count(void *context, const video *row) {
    ++((uint64_t *)context)[row->embedded];
    return 0;
}

static int found(void *context, const embedding_row *row) {
    (void)row;
    *(int *)context = 1;
    return TW_NEGATIVE; /* one is enough: the pass ends */
}

int active_row_check(store *database, const char *run_id) {
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
        log_info("%llu of %llu videos have no embedding of run %s", (unsigned long long)missing,
                 (unsigned long long)(embedded + missing), run_id);
    status = database->operations->embeddings(database, USER_EMBEDDINGS, run_id, found, &users);
    if (users)
        return 0;
    if (!status)
        warning("%s: no user has an embedding of run %s yet; twotower embed users writes them",
                database->url, run_id);
    return status;
}

/* The record of the row's sequence: `newest`, or an earlier one, which the caller releases. */
static int record_of(const publish *p, uint64_t sequence, json_t *newest, json_t **record) {
    if (sequence != record_sequence(newest))
        return log_read(p, sequence, record);
    *record = json_incref(newest);
    return 0;
}

static char *describe(const publish *p, const json_t *row, const json_t *newest,
                      const json_t *record, active_row_state state) {
    const unsigned long long log = record_sequence(newest), at = record_sequence(row);
    const char *environment = p->environment;
    const char *version = json_string_value(json_object_get(row, "model_version"));
    const char *hash = json_string_value(json_object_get(row, "manifest_sha256"));
    if (!row && !log)
        return xasprintf("%s: nothing is active, and nothing was released", environment);
    if (!row)
        return xasprintf("%s: nothing is active, and the log is at release %llu (run %s); publish "
                         "reconcile follows it",
                         environment, log, record_current(newest, "run_id"));
    if (state == ACTIVE_ROW_AHEAD)
        return xasprintf(
            "%s: release %llu (version %s) is active, and the log, which ends at %llu, "
            "does not have it: the artifact store was set back, or is another one",
            environment, at, version, log);
    if (state == ACTIVE_ROW_OTHER)
        return xasprintf("%s: release %llu is version %s with the inventory %.12s here, and run "
                         "%s with %.12s in the log; activate again, the next release puts both "
                         "right",
                         environment, at, version, hash ? hash : "-",
                         record_current(record, "run_id"),
                         record_current(record, "manifest_sha256"));
    return xasprintf("%s: release %llu is version %s, as the log has it%s", environment, at,
                     version,
                     state == ACTIVE_ROW_SAME ? "" : "; publish reconcile moves it forward");
}

int active_row_judge(const publish *p, const json_t *row, active_row_state *state, char **text) {
    json_t *newest, *record = NULL;
    const uint64_t at = record_sequence(row);
    int status = log_newest(p, &newest);
    *text = NULL;
    if (!status && row && at <= record_sequence(newest))
        status = record_of(p, at, newest, &record);
    if (status) {
        json_decref(newest);
        return status;
    }
    if (row && !record)
        *state = ACTIVE_ROW_AHEAD;
    else if (record && !release_is(row, record_current(record, "run_id"),
                                   record_current(record, "manifest_sha256")))
        *state = ACTIVE_ROW_OTHER;
    else
        *state = at < record_sequence(newest) ? ACTIVE_ROW_BEHIND : ACTIVE_ROW_SAME;
    *text = describe(p, row, newest, record, *state);
    json_decref(record);
    json_decref(newest);
    return 0;
}

/* The row is read before the log, which is written before it. */
int active_row_compare(store *database, const publish *p, active_row_state *state, char **text) {
    json_t *row = NULL;
    *state = ACTIVE_ROW_SAME;
    *text = NULL;
    if (!database)
        return 0;
    int status = database->operations->release_read(database, p->environment, &row);
    if (!status)
        status = active_row_judge(p, row, state, text);
    json_decref(row);
    return status;
}

int active_row_move(store *database, const publish *p, const json_t *record, int *moved) {
    *moved = 0;
    if (!database || !record)
        return 0;
    const release_row row = {p->environment, record_current(record, "run_id"),
                             record_sequence(record), record_current(record, "manifest_sha256")};
    return database->operations->release_move(database, &row, moved);
}

/* *behind: the log is ahead. */
static int judge_follower(store *database, const publish *p, int *behind) {
    active_row_state state;
    char *text;
    int status = active_row_compare(database, p, &state, &text);
    if (!status && (state == ACTIVE_ROW_OTHER || state == ACTIVE_ROW_AHEAD))
        status = fail(TW_CONFLICT, "%s: %s", database->url, text);
    *behind = !status && state == ACTIVE_ROW_BEHIND;
    free(text);
    return status;
}

int active_row_follow(store *database, const publish *p, int *moved) {
    json_t *newest = NULL;
    int behind, status = judge_follower(database, p, &behind);
    *moved = 0;
    if (!status && behind)
        status = log_newest(p, &newest);
    if (!status)
        status = active_row_move(database, p, newest, moved);
    json_decref(newest);
    return status;
}

int active_row_catch_up(store *database, const publish *p, int *behind) {
    json_t *newest = NULL;
    int moved, status = judge_follower(database, p, behind);
    if (!status && *behind)
        status = log_newest(p, &newest);
    if (newest)
        status = active_row_check(database, record_current(newest, "run_id"));
    if (!status && *behind) {
        status = active_row_move(database, p, newest, &moved);
        *behind = 0;
    } else if (status == TW_INPUT && *behind) {
        log_info("the database stays at its release: %s", fail_text());
        fail_clear();
        status = 0;
    }
    json_decref(newest);
    return status;
}
