/* SPDX-License-Identifier: MIT */
/* The database follows the log. */
#ifndef TOOLS_RELEASE_ACTIVE_ROW_H
#define TOOLS_RELEASE_ACTIVE_ROW_H

#include "catalogue/store.h"
#include "release/log.h"

/* Are the videos of the catalogue embedded by this run?  More than 1 of 100 that are not, or none
 * at all that is, fails with TW_INPUT: those few are videos of which a model knows nothing. */
int active_row_check(store *database, const char *run_id);

/* How the row of a database stands to the log. */
typedef enum active_row_state {
    ACTIVE_ROW_SAME,   /* the newest release, or nothing on both sides */
    ACTIVE_ROW_BEHIND, /* an earlier release, or none: reconcile moves it forward */
    ACTIVE_ROW_OTHER,  /* another run than the log has under its sequence */
    ACTIVE_ROW_AHEAD   /* a release that the log does not have */
} active_row_state;

/* Compares run and SHA-256 of a row (store.h; NULL: none), read before, with the log; *text says
 * how they stand, and the caller frees it. */
int active_row_judge(const publish *p, const json_t *row, active_row_state *state, char **text);

/* The same of a database.  NULL is ACTIVE_ROW_SAME, with *text NULL. */
int active_row_compare(store *database, const publish *p, active_row_state *state, char **text);

/* Moves the active row to this record, unless it is as far already; *moved says whether.
 * TW_CONFLICT: the row has another run under this sequence. */
int active_row_move(store *database, const publish *p, const json_t *record, int *moved);

/* Moves the row of a database to the newest release, as active_row_move does.  TW_CONFLICT: it has
 * a release that the log does not have as it is, which is nobody's to repair. */
int active_row_follow(store *database, const publish *p, int *moved);

/* The same before something is embedded: *behind says that the row stays, because the videos are
 * not embedded by that run yet. */
int active_row_catch_up(store *database, const publish *p, int *behind);

#endif
