/* SPDX-License-Identifier: MIT */
/* notify: tells people how a job ended.  It stands after the job, so that it also speaks of one
 * that could not speak any more. */
#include "base/fail.h"
#include "base/message.h"
#include "notify/notify.h"
#include "program/commands.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option options[] = {
    {"status", OPTION_TEXT, "STATUS", NULL, NULL, NULL,
     "success, failure, cancelled or skipped, or the exit status of the job, such as $?"},
    {"job", OPTION_TEXT, "NAME", "twotower", "GITHUB_WORKFLOW", NULL, "what ended"},
    {"run-id", OPTION_TEXT, "ID", NULL, "RUN_ID", NULL, "the run it worked on"},
    {"link", OPTION_TEXT, "URL", NULL, NULL, NULL, "where its log stands"},
    {"report", OPTION_LIST, "FILE", NULL, NULL, NULL,
     "JSON whose key figures are sent, such as metrics.json; one that is not there is left out"},
    VARIABLE("DISCORD_WEBHOOK_URL", "a Discord webhook; a secret"),
    VARIABLE("NOTIFY_WEBHOOK_URL", "a webhook that takes JSON, such as Slack's; a secret"),
    {0},
};

/* What an exit status says; README.md documents them. */
static const char *reason_of(unsigned long status) {
    static const char *const text[] = {NULL,
                                       "the gate is not met",
                                       "wrong command line",
                                       "input or model refused",
                                       "file error",
                                       "database error",
                                       "network error",
                                       "interrupted, run it again",
                                       "another one was faster"};
    return status < sizeof text / sizeof *text ? text[status] : "it died";
}

static int judge(notify_report *report, const char *status) {
    static const char *const known[] = {"success", "failure", "cancelled", "skipped"};
    if (!status)
        return fail(TW_USAGE,
                    "--status is needed: success, failure, or the exit status of the job");
    report->status = status;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(status, known[i]))
            return 0;
    char *end;
    unsigned long number = strtoul(status, &end, 10);
    if (*status < '0' || *status > '9' || *end || number > 255)
        return fail(TW_USAGE,
                    "--status: success, failure, cancelled, skipped or an exit status is expected, "
                    "got '%s'",
                    status);
    report->status = known[number != 0];
    report->reason = reason_of(number);
    return 0;
}

/* A report that cannot be read does not keep the message back. */
static void read_figures(const arguments *a, json_t *figures) {
    for (size_t i = 0; i < option_list_size(a, "report"); i++) {
        const char *path = option_list(a, "report", i);
        json_t *document = NULL;
        if (access(path, F_OK) != 0 && errno == ENOENT)
            continue;
        if (!json_read(&document, path)) {
            notify_figures(figures, document);
            json_decref(document);
        } else {
            warning("%s", fail_text());
            fail_clear();
        }
    }
}

static int run(const arguments *a) {
    json_t *figures = json_object();
    notify_counts counts;
    const notify_settings hooks = {environment_value(a, "DISCORD_WEBHOOK_URL"),
                                   environment_value(a, "NOTIFY_WEBHOOK_URL")};
    notify_report report = {.job = option_text(a, "job"),
                            .run_id = option_text(a, "run-id"),
                            .link = option_text(a, "link"),
                            .figures = figures};
    int status = judge(&report, option_text(a, "status"));
    if (!status) {
        read_figures(a, figures);
        status = notify_job(&hooks, &report, &counts);
    }
    json_decref(figures);
    if (status)
        return status;
    if (json_wanted())
        return result_json(json_pack("{s:s, s:i, s:i}", "status", report.status, "sent",
                                     (int)counts.sent, "failed", (int)counts.failed));
    result_line("%s: %u sent, %u not delivered", report.status, counts.sent, counts.failed);
    return result_flush();
}

const command command_notify = {
    "notify",
    "tell Discord and Slack how a job ended; a webhook that fails is a warning",
    NULL,
    "twotower sync videos; twotower notify --job nightly --status $?\n"
    "twotower notify --status failure --run-id R --report ml/artifacts/runs/R/metrics.json",
    options,
    run,
};
