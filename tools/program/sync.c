/* SPDX-License-Identifier: MIT */
#include "program/sync.h"

#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "program/options_store.h"
#include "program/steps.h"
#include "release/active_row.h"

#include <stdlib.h>

static int keep_lock(const nightly *of) {
    return of->store->operations->job_acquire(of->store, option_text(of->given, "environment"),
                                              "sync");
}

int sync_begin(nightly *begun, const command *which, const arguments *given, const char *run_id) {
    const char *model = option_text(given, "artifacts-dir");
    *begun = (nightly){.given = given};
    begun->model = model ? xasprintf("%s", model)
                         : xasprintf("%s/latest", option_text(given, "artifacts-root"));
    job_begin(&begun->job, which, run_id);
    if (option_flag(given, "dry-run"))
        return 0;
    int status = options_store_open(&begun->store, given, "db-url");
    return status ? status : keep_lock(begun);
}

int sync_step_end(nightly *of, int status, json_t *result) {
    status = job_step_end(&of->job, status, result);
    return !status && of->store ? keep_lock(of) : status;
}

static int follow(nightly *of, const publish_settings *settings) {
    publish p;
    if (!publish_is_listed(settings))
        return 0;
    int status = publish_open(&p, settings);
    if (status)
        return status;
    status = active_row_catch_up(of->store, &p, &of->is_behind);
    publish_close(&p);
    return status;
}

/* The vectors that were missing at first may be there now. */
static int follow_again(nightly *of) {
    if (!of->is_behind)
        return 0;
    arguments *given = arguments_of_step(of->given, of->fetch);
    const publish_settings settings = options_publish(given);
    int status = follow(of, &settings);
    arguments_free(given);
    return status;
}

int sync_fetch(nightly *of, const job_step *step) {
    fetch_result result;
    json_t *document = NULL;
    if (option_flag(of->given, "skip-fetch") || option_flag(of->given, "dry-run"))
        return 0;
    of->fetch = step;
    arguments *given = arguments_of_step(of->given, step);
    job_step_begin(&of->job, step->command);
    const publish_fetch_settings settings = options_publish_fetch(given);
    int status = publish_fetch_run(&settings, &result);
    if (!status)
        document = fetch_json(&settings, &result);
    if (!status)
        status = follow(of, &settings.store);
    fetch_result_free(&result);
    arguments_free(given);
    return sync_step_end(of, status, document);
}

static void set(nightly *of, const char *name, json_t *value) {
    json_object_set_new(of->summary, name, value);
}

int sync_embedded_end(nightly *of, int status, const sync_embedded *embedded) {
    json_t *step = json_copy(embedded->summary); /* NULL of NULL */
    if (step)
        json_object_del(step, "drift"); /* it stands once, above the steps */
    status = sync_step_end(of, status, step);
    uint64_t rows = embedded->upserted ? embedded->rows : 0;
    if (of->has_ingested && of->store)
        rows += of->ingested.added + of->ingested.changed;
    of->summary = embedded->summary ? json_copy(embedded->summary) : json_object();
    set(of, "environment", json_string(option_text(of->given, "environment")));
    set(of, "seconds", json_real(job_seconds(&of->job)));
    set(of, "rows_written", json_integer((json_int_t)rows));
    set(of, "steps", json_incref(of->job.steps));
    return status;
}

static long long count(const json_t *summary, const char *name) {
    return json_integer_value(json_object_get(summary, name));
}

int sync_end(nightly *of, int status, const char *what) {
    if (!status && of->has_ingested)
        result_line("%llu videos read: %llu new, %llu changed",
                    (unsigned long long)of->ingested.read, (unsigned long long)of->ingested.added,
                    (unsigned long long)of->ingested.changed);
    if (!status) {
        result_line("%lld %s embedded by model %s", count(of->summary, "embeddings"), what,
                    json_string_value(json_object_get(of->summary, "model_version")));
        result_line("%lld rows written%s", count(of->summary, "rows_written"),
                    option_flag(of->given, "dry-run") ? ": a dry run" : "");
    }
    if (!status)
        status = follow_again(of);
    store_close(of->store);
    free(of->model);
    return job_end(&of->job, status, of->summary);
}
