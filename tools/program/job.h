/* SPDX-License-Identifier: MIT */
/*
 * A job runs the work of other commands, its steps, one after the other. Its options are its own
 * and all of theirs.
 */
#ifndef TOOLS_PROGRAM_JOB_H
#define TOOLS_PROGRAM_JOB_H

#include "program/options.h"

#include <jansson.h>

typedef struct job_step {
    const command *command;
    const char *decided; /* options that the job decides and does not take, with spaces */
} job_step;

enum { JOB_OPTIONS = 160, JOB_NAME = 64 };

/* Fills the table of a job, which begins empty: `own`, then the options of each step (`steps` ends
 * with a NULL command) that are not there yet. A name of the job's own stands for that of every
 * step. Where two steps give a name different meanings, the first has it, and the later one's
 * follows its command's name: "eval-cold". The names live as long as the program. */
void job_options(option table[JOB_OPTIONS], const option *own, const job_step *steps);

/* What the job calls the option of a step where it has it under a name of its own. */
void job_option_name(char name[JOB_NAME], const command *step, const char *text);

/* The arguments of a step: what was given to the job, and the step's own defaults. Variables are
 * looked up as the job does. They are freed before those of the job. */
arguments *arguments_of_step(const arguments *given, const job_step *step);

typedef struct job {
    const command *command;
    const char *run_id; /* NULL: it has none */
    json_t *steps;      /* [{"step", "status", "seconds", "result" (its JSON, or null)}] so far */
    const command *_step;
    double _started, _step_started;
} job;

void job_begin(job *begun, const command *which, const char *run_id);
void job_step_begin(job *of, const command *step);
/* Notes how the step went, with its JSON result (released here; NULL: none); returns the status. */
int job_step_end(job *of, int status, json_t *result);
double job_seconds(const job *of);

/* What every job ends with, however it went: `status` and the sentence of fail_text.  `figures`
 * (released here) is what is worth telling of it: with --json it is printed. Returns the status. */
int job_end(job *of, int status, json_t *figures);

#endif
