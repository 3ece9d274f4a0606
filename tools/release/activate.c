/* SPDX-License-Identifier: MIT */
#include "release/activate.h"

#include "base/fail.h"
#include "base/message.h"
#include "release/mirror.h"
#include "sign/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_current(const json_t *record, const char *run_id) {
    return record && !strcmp(record_current(record, "run_id"), run_id);
}

/* ---- What must hold ---------------------------------------------------------------------------
 */

static int check_gate(const stored_run *run) {
    const json_t *passed =
        json_object_get(json_object_get(run->inventory, "run"), "threshold_passed");
    if (json_is_true(passed))
        return 0;
    return fail(TW_NEGATIVE,
                "run %s %s: it is not activated; --force overrides this and is recorded",
                run->run_id, passed ? "did not pass its gate" : "was never judged by a gate");
}

/* With --force what fails is recorded instead. */
static int override(int status, int force, json_t *forced) {
    if (!status || !force || (status != TW_NEGATIVE && status != TW_INPUT))
        return status;
    warning("%s", fail_text());
    json_array_append_new(forced, json_string(fail_text()));
    fail_clear();
    return 0;
}

static int check_run(const publish *p, const stored_run *run, const activation *wanted,
                     json_t *forced) {
    int status = wanted->back ? 0 : override(check_gate(run), wanted->force, forced);
    if (!status)
        status = override(run_verify(p, run), wanted->force, forced);
    if (!status)
        status = override(active_row_check(wanted->database, run->run_id), wanted->force, forced);
    return status;
}

/* ---- Which run ---------------------------------------------------------------------------------
 */

/* The hash of the inventory of a run that was current here before. */
static int find_before(const publish *p, const json_t *newest, const char *run_id, char **hash) {
    int status = log_find(p, newest, run_id, hash);
    if (!status && !*hash)
        status = fail(TW_INPUT, "run %s was never current in %s: activate it instead", run_id,
                      p->environment);
    return status;
}

/* Who pins keys takes a signed record of a signed run only. */
static int check_signature(const publish *p, const json_t *newest, const stored_run *run) {
    if ((!p->signer && !document_is_signed(newest)) || document_is_signed(run->inventory))
        return 0;
    return fail(TW_NEGATIVE,
                "run %s was uploaded without TWOTOWER_SIGNING_KEY, and releases of %s are signed; "
                "upload it with the key under another run id",
                run->run_id, p->environment);
}

/* The run that the current one replaced when it first became current, so that one rollback after
 * the other goes further back, and never to what was rolled back from; NULL: there is none. */
static int find_replaced(const publish *p, const json_t *newest, char **run_id) {
    int status = 0;
    *run_id = NULL;
    for (uint64_t at = record_sequence(newest), here = 1; !status && here && at; at--) {
        json_t *record;
        status = log_read(p, at, &record);
        here = record != NULL; /* the log begins after a gap */
        if (!status && is_current(record, record_current(newest, "run_id"))) {
            const json_t *one = record_previous(record, 0);
            free(*run_id);
            *run_id =
                one ? xasprintf("%s", json_string_value(json_object_get(one, "run_id"))) : NULL;
        }
        json_decref(record);
    }
    if (!status && !*run_id)
        status = fail(TW_INPUT, "%s has no earlier run to go back to", p->environment);
    return status;
}

static int choose(const publish *p, const activation *wanted, const json_t *newest,
                  stored_run *run) {
    char *hash = NULL, *replaced = NULL;
    int status = wanted->run_id ? 0 : find_replaced(p, newest, &replaced);
    const char *run_id = replaced ? replaced : wanted->run_id;
    if (!status && wanted->back)
        status = find_before(p, newest, run_id, &hash);
    if (!status)
        status = run_read(p, run_id, hash, run);
    if (!status)
        status = run_need(run);
    free(replaced);
    free(hash);
    return status;
}

/* ---- Notes
 * --------------------------------------------------------------------------------------- */

/* "recall@20 0.3312, map@20 0.1204, auc 0.8710", or "" where the metrics cannot be had. */
static char *default_notes(const publish *p, const stored_run *run) {
    json_t *document;
    const json_t *value;
    const char *name;
    bytes line = {NULL, 0, 0};
    if (run_json(p, run, "metrics.json", &document))
        fail_clear();
    json_object_foreach(json_object_get(document, "metrics"), name, value) {
        char one[80];
        int fits =
            !strncmp(name, "recall@", 7) || !strncmp(name, "map@", 4) || !strcmp(name, "auc");
        if (!fits || !json_is_number(value))
            continue;
        snprintf(one, sizeof one, "%s%.40s %.4f", line.used ? ", " : "", name,
                 json_number_value(value));
        bytes_put(&line, one, strlen(one));
    }
    char *text = xstrndup(line.used ? (const char *)line.at : "", line.used);
    bytes_free(&line);
    json_decref(document);
    return text;
}

static int make(const publish *p, const activation *wanted, const json_t *newest,
                const stored_run *run, json_t *forced, json_t **record) {
    char *own = NULL;
    if (!wanted->notes && wanted->back)
        own = xasprintf("rollback to %s", run->run_id);
    else if (!wanted->notes)
        own = default_notes(p, run);
    int status =
        record_make(p, record, newest, run, own ? own : wanted->notes, json_incref(forced));
    free(own);
    return status;
}

/* What follows the log: each step may be done again. */
static int follow(const publish *p, const activation *wanted, const json_t *record) {
    int moved, status = active_row_move(wanted->database, p, record, &moved);
    if (!status && wanted->mirror)
        status = mirror_write(p, record);
    return status;
}

/* The run was pruned between its verification and the commit (clean.c): the one before it is
 * released again. */
static int take_back(const publish *p, const json_t *before, const stored_run *pruned,
                     const json_t *record) {
    stored_run run = {0};
    json_t *back = NULL;
    char *notes = xasprintf("%s was pruned while it was activated", pruned->run_id);
    int status = !before ? 0
                         : run_read(p, record_current(before, "run_id"),
                                    record_current(before, "manifest_sha256"), &run);
    if (!status && before)
        status = record_make(p, &back, record, &run, notes, json_array());
    if (!status && before)
        status = log_commit(p, back);
    if (!status)
        status = fail(TW_CONFLICT, "run %s: publish upload it again, then activate it", notes);
    free(notes);
    json_decref(back);
    run_free(&run);
    return status;
}

/* A database that has a release which the log has not would not follow. */
static int compare(const publish *p, const activation *wanted, active_row_state *state) {
    char *text;
    int status = active_row_compare(wanted->database, p, state, &text);
    if (!status && *state == ACTIVE_ROW_AHEAD)
        status = fail(TW_CONFLICT, "%s: %s; nothing was changed", wanted->database->url, text);
    free(text);
    return status;
}

static int commit(const publish *p, const json_t *newest, const stored_run *run,
                  const json_t *record) {
    stored_run now = {0};
    int status = log_commit(p, record);
    if (!status)
        status = run_read(p, run->run_id, run->sha256, &now);
    if (!status && !now.inventory)
        status = take_back(p, newest, run, record);
    run_free(&now);
    return status;
}

int activate_run(const publish *p, const activation *wanted, json_t **record, int *changed) {
    stored_run run = {0};
    json_t *newest = NULL, *forced = json_array();
    active_row_state state = ACTIVE_ROW_SAME;
    int healed, status = log_newest(p, &newest);
    *record = NULL;
    *changed = 0;
    if (!status)
        status = compare(p, wanted, &state);
    if (!status)
        status = choose(p, wanted, newest, &run);
    if (!status)
        status = check_signature(p, newest, &run);
    if (!status && is_current(newest, run.run_id) && state != ACTIVE_ROW_OTHER) {
        *record = json_incref(newest);
        status = wanted->dry_run ? 0 : log_point(p, &healed);
    } else if (!status) {
        status = check_run(p, &run, wanted, forced);
        if (!status)
            status = make(p, wanted, newest, &run, forced, record);
        if (!status && !wanted->dry_run)
            status = commit(p, newest, &run, *record);
        *changed = !status && !wanted->dry_run;
    }
    if (!status && !wanted->dry_run)
        status = follow(p, wanted, *record);
    json_decref(forced);
    json_decref(newest);
    run_free(&run);
    return status;
}
