/* SPDX-License-Identifier: MIT */
/* The jobs and their steps. */
#ifndef TOOLS_PROGRAM_JOBS_H
#define TOOLS_PROGRAM_JOBS_H

#include "program/job.h"

/* Each ends with a NULL command. */
extern const job_step run_steps[], sync_videos_steps[], sync_users_steps[];

/* They make the options of each job. No job is parsed, and no options are listed, before. */
void run_options(void);
void sync_videos_options(void);
void sync_users_options(void);

#endif
