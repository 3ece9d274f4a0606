/* SPDX-License-Identifier: MIT */
/* A run of the store becomes the current one of an environment. */
#ifndef TOOLS_RELEASE_ACTIVATE_H
#define TOOLS_RELEASE_ACTIVATE_H

#include "release/active_row.h"

typedef struct activation {
    const char *run_id; /* the run wanted; NULL with `back`: the one that the current replaced */
    const char *notes;  /* NULL: the run's metrics in a line */
    int back;           /* a rollback: the run was current before */
    int dry_run;        /* check and make the record, write nothing */
    int mirror;         /* current/ is written too, last */
    store *database;    /* whose active release follows; NULL: none */
    int force;          /* the gate and the verification are overridden, and that is recorded */
} activation;

/* *record is the newest record afterwards, *changed whether it is a new one: a run that is current
 * already stays so, unless the database has another one under the same number.  TW_NEGATIVE: the
 * gate was not passed; TW_INPUT: the upload does not verify; TW_CONFLICT: another activation won,
 * or the database has a release that the log has not. */
int activate_run(const publish *p, const activation *wanted, json_t **record, int *changed);

#endif
