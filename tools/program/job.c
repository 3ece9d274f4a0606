/* SPDX-License-Identifier: MIT */
#include "program/job.h"

#include "base/fail.h"
#include "base/message.h"

void job_begin(job *begun, const command *which, const char *run_id) {
    *begun =
        (job){.command = which, .run_id = run_id, .steps = json_array(), ._started = seconds_now()};
}

void job_step_begin(job *of, const command *step) {
    of->_step = step;
    of->_step_started = seconds_now();
    log_info("%s", step->name);
}

int job_step_end(job *of, int status, json_t *result) {
    json_array_append_new(
        of->steps, json_pack("{s:s, s:i, s:f, s:o?}", "step", of->_step->name, "status", status,
                             "seconds", seconds_now() - of->_step_started, "result", result));
    return status;
}

double job_seconds(const job *of) {
    return seconds_now() - of->_started;
}

int job_end(job *of, int status, json_t *figures) {
    if (!status)
        log_info("%s%s%s done in %.1f s, peak memory %.0f MB", of->command->name,
                 of->run_id ? " " : "", of->run_id ? of->run_id : "", job_seconds(of),
                 (double)peak_memory() / 1e6);
    if (!status && json_wanted())
        status = result_json(json_incref(figures));
    json_decref(figures);
    json_decref(of->steps);
    *of = (job){0};
    return status;
}
