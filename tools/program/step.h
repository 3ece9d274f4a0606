/* SPDX-License-Identifier: MIT */
/*
 * A job runs other commands of the program one after the other, in this process: their command
 * lines are put together, then each is run, timed, and its JSON result kept.
 */
#ifndef TOOLS_PROGRAM_STEP_H
#define TOOLS_PROGRAM_STEP_H

#include "program/options.h"

#include <jansson.h>

enum { STEP_MOST = 8, STEP_WORDS = 512 };

typedef struct step {
    const command *command;
    char *word[STEP_WORDS];
    int words, full;
} step;

typedef struct job {
    const arguments *arguments; /* of the job itself */
    const command *command;
    const char *run_id; /* NULL: it has none */
    step *step[STEP_MOST];
    int steps;
    json_t *done; /* [{"step", "status", "seconds", "result" (its JSON, or null)}] so far */
    double _started;
} job;

void job_begin(job *begun, const command *which, const arguments *arguments, const char *run_id);

/* One more step; steps run in the order in which they were added. */
step *job_step(job *of, const command *which);
/* --name VALUE of a step; NULL: a flag. */
void step_add(step *to, const char *name, const char *value);
/* Options of the job go on under the same names, separated by spaces: those that have a value. A
 * --db-url that does not stand on the command line goes through the environment, since it may hold
 * a password. */
void step_pass(step *to, const job *from, const char *names);

/* What stands behind "--" on the job's command line are options of its steps (ends with NULL): each
 * goes to every step that has it. job_check_rest fails with TW_USAGE where none has, or where it is
 * one that the job itself gives. */
int job_check_rest(const arguments *arguments, const command *const *steps);
void step_pass_rest(step *to, const job *from);

/* Runs the steps added since the last call, and stops at the first that fails. */
int job_run(job *of);

/* The result of a step that has run, borrowed; NULL: it has not. */
const json_t *job_result(const job *of, const command *which);
double job_seconds(const job *of);

/* What every job ends with, however it went: `status` and the sentence of fail_text.  `figures`
 * (released here) is what is worth telling of it: with --json it is printed. Frees the job; returns
 * the status. */
int job_end(job *of, int status, json_t *figures);

#endif
