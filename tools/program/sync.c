/* SPDX-License-Identifier: MIT */
#include "program/sync.h"

#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_store.h"

#include <stdlib.h>

static const char *environment(const nightly *of) {
    return option_text(of->job.arguments, "environment");
}

int sync_begin(nightly *begun, const command *which, const arguments *a, const char *run_id) {
    *begun = (nightly){.store = NULL};
    job_begin(&begun->job, which, a, run_id);
    if (option_flag(a, "dry-run"))
        return 0;
    int status = options_store_open(&begun->store, a, "db-url");
    return status ? status
                  : begun->store->operations->take_job(begun->store, environment(begun), "sync");
}

int sync_run(nightly *of) {
    result_mute(1); /* the sync tells in its own words */
    int status = job_run(&of->job);
    result_mute(0);
    if (!status && of->store)
        status = of->store->operations->take_job(of->store, environment(of), "sync");
    return status;
}

int sync_fetch(nightly *of) {
    const arguments *a = of->job.arguments;
    if (option_flag(a, "skip-fetch") || option_flag(a, "dry-run"))
        return 0;
    step *one = job_step(&of->job, &command_publish_fetch);
    step_pass(one, &of->job, "env-file environment storage-url prefix timeout artifacts-root");
    return sync_run(of);
}

step *sync_embed(nightly *of, const command *which, const char *folder) {
    char *latest = need_format("%s/latest", option_text(of->job.arguments, "artifacts-root"));
    step *one = job_step(&of->job, which);
    step_add(one, "artifacts-dir", latest);
    step_add(one, "output-dir", folder);
    step_pass(one, &of->job, "env-file db-url db-batch dry-run");
    free(latest);
    return one;
}

static json_int_t count(const json_t *result, const char *name) {
    return json_integer_value(json_object_get(result, name));
}

static json_int_t rows_written(const nightly *of, const json_t *embedded) {
    const json_t *ingested = job_result(&of->job, &command_ingest);
    json_int_t rows = 0;
    if (!json_is_true(json_object_get(ingested, "dry_run")))
        rows += count(ingested, "added") + count(ingested, "changed");
    if (json_is_true(json_object_get(embedded, "upserted")))
        rows += count(embedded, "embeddings");
    return rows;
}

const json_t *sync_summary(nightly *of, const command *embed) {
    if (of->summary)
        return of->summary;
    const json_t *embedded = job_result(&of->job, embed);
    json_t *summary = json_is_object(embedded) ? json_deep_copy(embedded) : json_object();
    json_object_del((json_t *)embedded, "drift"); /* it stands once, above the steps */
    json_object_set_new(summary, "environment", json_string(environment(of)));
    json_object_set_new(summary, "seconds", json_real(job_seconds(&of->job)));
    json_object_set_new(summary, "rows_written", json_integer(rows_written(of, embedded)));
    json_object_set(summary, "steps", of->job.done);
    of->summary = summary;
    return summary;
}

static void tell(const nightly *of, const json_t *summary, const char *what) {
    const json_t *ingested = job_result(&of->job, &command_ingest);
    if (ingested)
        result_line("%lld videos read: %lld new, %lld changed", (long long)count(ingested, "read"),
                    (long long)count(ingested, "added"), (long long)count(ingested, "changed"));
    result_line("%lld %s embedded by model %s", (long long)count(summary, "embeddings"), what,
                json_string_value(json_object_get(summary, "model_version")));
    result_line("%lld rows written%s", (long long)count(summary, "rows_written"),
                json_is_true(json_object_get(summary, "dry_run")) ? ": a dry run" : "");
}

int sync_end(nightly *of, int status, const command *embed, const char *what) {
    const json_t *summary = sync_summary(of, embed);
    if (!status)
        tell(of, summary, what);
    store_close(of->store);
    return job_end(&of->job, status, of->summary);
}
