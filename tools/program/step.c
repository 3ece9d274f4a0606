/* SPDX-License-Identifier: MIT */
#include "program/step.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>
#include <string.h>

void job_begin(job *begun, const command *which, const arguments *a, const char *run_id) {
    *begun = (job){.arguments = a,
                   .command = which,
                   .run_id = run_id,
                   .done = json_array(),
                   ._started = seconds_now()};
}

step *job_step(job *of, const command *which) {
    step *one = need_zero(1, sizeof *one);
    if (of->steps == STEP_MOST)
        abort(); /* a defect of the job */
    one->command = which;
    return of->step[of->steps++] = one;
}

static void put(step *to, char *word) {
    to->full = to->full || to->words == STEP_WORDS;
    if (to->full)
        free(word);
    else
        to->word[to->words++] = word;
}

void step_add(step *to, const char *name, const char *value) {
    put(to, need_format("--%s", name));
    if (value)
        put(to, need_copy(value, strlen(value)));
}

static option_type type_of(const job *from, const char *name) {
    for (const option *one = from->command->options; one->name; one++)
        if (!strcmp(one->name, name))
            return one->type;
    return OPTION_TEXT; /* a common one */
}

static void pass_one(step *to, const job *from, const char *name) {
    const arguments *a = from->arguments;
    const option_type type = type_of(from, name);
    if (type == OPTION_LIST)
        for (size_t i = 0; i < option_list_size(a, name); i++)
            step_add(to, name, option_list(a, name, i));
    else if (type == OPTION_FLAG) {
        if (option_flag(a, name))
            step_add(to, name, NULL);
    } else if (!strcmp(name, "db-url") ? option_typed(a, name) : option_given(a, name))
        step_add(to, name, option_text(a, name));
}

void step_pass(step *to, const job *from, const char *names) {
    char *copy = need_copy(names, strlen(names)), *rest = NULL;
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
        pass_one(to, from, name);
    free(copy);
}

/* ---- What stands behind "--" ---------------------------------------------------------------- */

static const option *find_option(const command *of, const char *word) {
    const size_t len = strcspn(word + 2, "=");
    for (const option *one = of->options; one->name; one++)
        if (strlen(one->name) == len && !memcmp(one->name, word + 2, len))
            return one;
    return NULL;
}

/* The words of the option at `at`: itself, and its value where that stands apart. */
static size_t option_words(const arguments *a, size_t at, const option *one) {
    return one->type != OPTION_FLAG && !strchr(operand(a, at), '=') && at + 1 < operand_count(a)
               ? 2
               : 1;
}

static int is_ours(const char *name) {
    static const char *const ours[] = {"db-url", "dry-run", "output-dir", "run-id"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (!strcmp(ours[i], name))
            return 1;
    return 0;
}

int job_check_rest(const arguments *a, const command *const *steps) {
    for (size_t at = 0; at < operand_count(a);) {
        const char *word = operand(a, at);
        const option *one = NULL;
        for (size_t i = 0; steps[i] && !one && !strncmp(word, "--", 2); i++)
            one = find_option(steps[i], word);
        if (!one)
            return fail(TW_USAGE, "'%.60s' behind --: an option of %s%s%s is expected", word,
                        steps[0]->name, steps[1] ? " or " : "", steps[1] ? steps[1]->name : "");
        if (is_ours(one->name))
            return fail(TW_USAGE, "--%s stands before --, or not at all", one->name);
        at += option_words(a, at, one);
    }
    return 0;
}

void step_pass_rest(step *to, const job *from) {
    const arguments *a = from->arguments;
    for (size_t at = 0; at < operand_count(a);) {
        const char *word = operand(a, at);
        const option *one = find_option(to->command, word);
        size_t words = one ? option_words(a, at, one) : 1;
        for (size_t i = at; one && i < at + words; i++)
            put(to, need_copy(operand(a, i), strlen(operand(a, i))));
        /* The value of another step's option does not begin with "--". */
        for (at += words; !one && at < operand_count(a) && strncmp(operand(a, at), "--", 2);)
            at++;
    }
}

/* ---- Running -----------------------------------------------------------------------------------
 */

static int take(const step *one) {
    arguments *parsed = NULL;
    int help, status = one->full ? fail(TW_USAGE, "too many options") : 0;
    note("%s", one->command->name);
    if (!status)
        status =
            arguments_parse(&parsed, one->command, one->words, (char **)(size_t)one->word, &help);
    if (!status)
        status = one->command->run(parsed);
    arguments_free(parsed);
    return status;
}

static void step_free(step *one) {
    for (int i = 0; i < one->words; i++)
        free(one->word[i]);
    free(one);
}

static int share_database(const job *of) {
    const arguments *a = of->arguments;
    if (option_given(a, "db-url") && !option_typed(a, "db-url") &&
        setenv("TWOTOWER_DB_URL", option_text(a, "db-url"), 1) != 0)
        return fail_errno("set", "TWOTOWER_DB_URL");
    return 0;
}

static int run_step(job *of, const step *one) {
    double started = seconds_now();
    json_t *result = NULL;
    result_capture(&result);
    int status = take(one);
    result_capture(NULL);
    json_array_append_new(of->done,
                          json_pack("{s:s, s:i, s:f, s:o?}", "step", one->command->name, "status",
                                    status, "seconds", seconds_now() - started, "result", result));
    return status;
}

int job_run(job *of) {
    int status = share_database(of);
    for (int i = 0; i < of->steps; i++) {
        if (!status)
            status = run_step(of, of->step[i]);
        step_free(of->step[i]);
    }
    of->steps = 0;
    return status;
}

const json_t *job_result(const job *of, const command *which) {
    const json_t *one;
    size_t i;
    json_array_foreach(of->done, i,
                       one) if (!strcmp(json_string_value(json_object_get(one, "step")),
                                        which->name)) return json_object_get(one, "result");
    return NULL;
}

double job_seconds(const job *of) {
    return seconds_now() - of->_started;
}

int job_end(job *of, int status, json_t *figures) {
    if (!status)
        note("%s%s%s done in %.1f s, peak memory %.0f MB", of->command->name, of->run_id ? " " : "",
             of->run_id ? of->run_id : "", job_seconds(of), (double)peak_memory() / 1e6);
    if (!status && json_wanted())
        status = result_json(json_incref(figures));
    json_decref(figures);
    json_decref(of->done);
    for (int i = 0; i < of->steps; i++)
        step_free(of->step[i]);
    *of = (job){0};
    return status;
}
