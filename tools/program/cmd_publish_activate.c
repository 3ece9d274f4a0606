/* SPDX-License-Identifier: MIT */
/* publish activate, publish rollback: which run an environment uses. */
#include "base/fail.h"
#include "base/message.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "release/activate.h"
#include "serving/model_file.h"

#include <stdlib.h>
#include <string.h>

#define MIRROR_OPTION \
    { \
        "mirror", OPTION_FLAG, NULL, NULL, NULL, NULL, \
            "then copy the run to PREFIX/current/, with metrics-latest.json (production only)" \
    }

static const option activate_options[] = {
    {"run-id", OPTION_TEXT, "ID", "latest", NULL, NULL,
     "the uploaded run; latest: the one that --artifacts-root calls so"},
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL, "where latest stands"},
    {"release-notes", OPTION_TEXT, "TEXT", NULL, NULL, NULL,
     "kept in the manifest; default: the run's metrics"},
    {"force", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "activate a run whose gate or verification failed; the manifest says so"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "check all, print the manifest that would be written, write nothing"},
    DATABASE_OPTION,
    MIRROR_OPTION,
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

static const option rollback_options[] = {
    {"run-id", OPTION_TEXT, "ID", NULL, NULL, NULL,
     "a run that was current before; default: the one before this"},
    {"release-notes", OPTION_TEXT, "TEXT", NULL, NULL, NULL, "kept in the manifest"},
    {"dry-run", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "check all, print the manifest that would be written, write nothing"},
    DATABASE_OPTION,
    MIRROR_OPTION,
    ENVIRONMENT_OPTION,
    STORAGE_OPTIONS,
    {0},
};

static int report(const publish *p, const activation *wanted, const json_t *record, int changed) {
    if (json_wanted() || wanted->dry_run) {
        json_t *document = json_deep_copy(record);
        json_object_set_new(document, "changed", json_boolean(changed));
        return result_json(document);
    }
    result_line("%s: release %llu is run %s%s", p->environment,
                (unsigned long long)record_sequence(record), record_current(record, "run_id"),
                changed ? "" : " already");
    return result_flush();
}

static int activate(const arguments *a, activation *wanted) {
    publish p;
    json_t *record = NULL;
    int changed;
    wanted->mirror = option_flag(a, "mirror");
    wanted->dry_run = option_flag(a, "dry-run");
    if (wanted->mirror && strcmp(option_text(a, "environment"), "production") != 0)
        return fail(TW_USAGE, "--mirror: current/ is the run of production; leave it out");
    int status = options_publish_open(&p, a);
    if (status)
        return status;
    status = options_follow_open(&wanted->database, a);
    if (!status)
        status = publish_ended(activate_run(&p, wanted, &record, &changed));
    if (!status)
        status = report(&p, wanted, record, changed);
    json_decref(record);
    store_close(wanted->database);
    publish_close(&p);
    return status;
}

static int run_activate(const arguments *a) {
    activation wanted = {.run_id = option_text(a, "run-id"),
                         .notes = option_text(a, "release-notes"),
                         .force = option_flag(a, "force")};
    model_file model = {.path = NULL};
    int status = 0;
    if (!strcmp(wanted.run_id, "latest")) {
        char *folder = xasprintf("%s/latest", option_text(a, "artifacts-root"));
        status = model_file_open_run(&model, folder);
        wanted.run_id = model.version;
        free(folder);
    }
    if (!status)
        status = activate(a, &wanted);
    model_file_close(&model);
    return status;
}

static int run_rollback(const arguments *a) {
    activation wanted = {
        .run_id = option_text(a, "run-id"), .notes = option_text(a, "release-notes"), .back = 1};
    return activate(a, &wanted);
}

const command command_publish_activate = {
    "publish activate",
    "an uploaded run becomes the current one, if it verifies and its gate passed",
    NULL,
    "twotower publish activate --env-file docker/env/prd.env --run-id 20251031T093831Z",
    activate_options,
    run_activate,
};

const command command_publish_rollback = {
    "publish rollback",
    "an earlier run becomes the current one again",
    NULL,
    "twotower publish rollback --env-file docker/env/prd.env",
    rollback_options,
    run_rollback,
};
