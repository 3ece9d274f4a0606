/* SPDX-License-Identifier: MIT */
/* publish list, publish verify: what stands in the artifact store. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/active_row.h"
#include "release/run_list.h"
#include "sign/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const option list_options[] = {STORAGE_OPTIONS, {0}};

static const option verify_options[] = {
    {"run-id", OPTION_TEXT, "ID", NULL, NULL, NULL,
     "the run to read again; default: the current one"},
    {"db-url", OPTION_TEXT, "URL", NULL, NULL, NULL,
     "also compare this store's active release (file:DIR, postgresql://..., env:NAME) with the log"},
    CONNECTION_VARIABLES,
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

/* ---- list ---------------------------------------------------------------------------------------
 */

/* "production current, staging previous"; "-" where no release names the run. */
static void state_of(const run_list *all, const listed_run *run, char text[96]) {
    size_t used = 0;
    text[0] = '\0';
    for (int e = 0; e < ENVIRONMENTS; e++) {
        int now = run->current >> e & 1, before = run->previous >> e & 1;
        if (!now && !before)
            continue;
        used += (size_t)snprintf(text + used, 96 - used, "%s%s %s", used ? ", " : "",
                                 environment_names[e], now ? "current" : "previous");
        if (now)
            used += (size_t)snprintf(text + used, 96 - used, " (release %llu)",
                                     (unsigned long long)record_sequence(all->newest[e]));
    }
    if (!used)
        snprintf(text, 96, "-");
}

static json_t *names_of(int bits) {
    json_t *names = json_array();
    for (int e = 0; e < ENVIRONMENTS; e++)
        if (bits >> e & 1)
            json_array_append_new(names, json_string(environment_names[e]));
    return names;
}

static json_t *list_json(const publish *p, const run_list *all) {
    json_t *runs = json_array(), *environments = json_object();
    for (size_t i = 0; i < all->count; i++) {
        const listed_run *run = &all->run[i];
        json_array_append_new(runs, json_pack("{s:s, s:I, s:I, s:b, s:o, s:o}", "run_id",
                                              run->run_id, "objects", (json_int_t)run->objects,
                                              "bytes", (json_int_t)run->bytes, "whole", run->whole,
                                              "current", names_of(run->current), "previous",
                                              names_of(run->previous)));
    }
    for (int e = 0; e < ENVIRONMENTS; e++)
        json_object_set(environments, environment_names[e],
                        all->newest[e] ? all->newest[e] : json_null());
    return json_pack("{s:s, s:o, s:o}", "storage", p->store->url, "runs", runs, "environments",
                     environments);
}

static int publish_list_run(const arguments *a) {
    publish p;
    run_list all;
    int status = options_publish_open(&p, a);
    if (status)
        return status;
    status = publish_ended(run_list_read(&p, &all));
    if (!status && json_wanted()) {
        status = result_json(list_json(&p, &all));
    } else if (!status) {
        result_line("%s", p.store->url);
        result_line("%-24s %7s %9s  %-8s  %s", "run", "objects", "MB", "whole", "release");
        for (size_t i = 0; i < all.count; i++) {
            char text[96];
            state_of(&all, &all.run[i], text);
            result_line("%-24s %7zu %9.1f  %-8s  %s", all.run[i].run_id, all.run[i].objects,
                        (double)all.run[i].bytes / 1e6, all.run[i].whole ? "yes" : "NO", text);
        }
        status = result_flush();
    }
    if (!status || all.count)
        run_list_free(&all);
    publish_close(&p);
    return status;
}

/* ---- verify -------------------------------------------------------------------------------------
 */

/* The run that is asked for, or the current one with the hash that its release names. */
static int choose(const publish *p, const char *run_id, stored_run *run, json_t **record) {
    int status = 0;
    *record = NULL;
    if (!run_id) {
        status = log_resolve(p, 0, record);
        if (!status && !*record)
            status = fail(TW_INPUT, "%s: nothing is active in %s", p->store->url, p->environment);
    }
    if (!status)
        status = run_read(p, run_id ? run_id : record_current(*record, "run_id"),
                          *record ? record_current(*record, "manifest_sha256") : NULL, run);
    return status;
}

static const char *const state_names[] = {"same", "behind", "other", "ahead"};

/* A database that does not serve the newest release is a negative answer. */
static int compare(const publish *p, store *database, const char **state) {
    active_row_state found;
    char *text;
    int status = active_row_compare(database, p, &found, &text);
    *state = status || !database ? NULL : state_names[found];
    if (!status && found != ACTIVE_ROW_SAME)
        status = fail(TW_NEGATIVE, "%s: %s", database->url, text);
    else if (!status && database)
        result_line("%s: %s", database->url, text);
    free(text);
    return status;
}

static int report(const publish *p, const stored_run *run, const json_t *record,
                  const char *database) {
    size_t files = inventory_count(run->inventory);
    const char *key = json_string_value(json_object_get(run->inventory, "key_id"));
    const trust *pinned;
    int status = trust_pinned(&pinned);
    if (status)
        return status;
    const char *how = !key     ? "not signed"
                      : pinned ? "signed by a pinned key"
                               : "signed, no key pinned";
    if (json_wanted())
        return result_json(json_pack("{s:s, s:s, s:I, s:s, s:s?, s:b, s:I, s:s?}", "run_id",
                                     run->run_id, "storage", p->store->url, "files",
                                     (json_int_t)files, "manifest_sha256", run->sha256, "key_id",
                                     key, "signature_verified", key && pinned, "sequence",
                                     (json_int_t)record_sequence(record), "database", database));
    result_line("run %s: %zu files as its inventory names them, %s", run->run_id, files, how);
    return result_flush();
}

static int run_verify_command(const arguments *a) {
    publish p;
    stored_run run = {0};
    json_t *record = NULL;
    store *database = NULL;
    const char *state = NULL;
    int status = options_publish_open(&p, a);
    if (status)
        return status;
    if (option_given(a, "db-url"))
        status = options_store_open(&database, a, "db-url");
    if (!status)
        status = choose(&p, option_text(a, "run-id"), &run, &record);
    if (!status)
        status = run_need(&run);
    if (!status)
        status = run_verify(&p, &run);
    if (!status)
        status = compare(&p, database, &state);
    if (!status)
        status = report(&p, &run, record, state);
    if (status == TW_INPUT) /* what was asked has a negative answer */
        status = TW_NEGATIVE;
    json_decref(record);
    run_free(&run);
    store_close(database);
    publish_close(&p);
    return publish_ended(status);
}

const command command_publish_list = {
    "publish list", "the runs of the artifact store, and which of them are released",
    NULL,           "twotower publish list --storage-url file:ml/store",
    list_options,   publish_list_run,
};

const command command_publish_verify = {
    "publish verify",
    "reads a run of the store again: signature, sizes, hashes; compares the database with the log",
    NULL,
    "twotower publish verify --run-id 20251031T093831Z",
    verify_options,
    run_verify_command,
};
