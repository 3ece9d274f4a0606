/* SPDX-License-Identifier: MIT */
/* The database follows the log. */
#ifndef TOOLS_RELEASE_FOLLOW_H
#define TOOLS_RELEASE_FOLLOW_H

#include "catalogue/store.h"
#include "program/options_store.h"
#include "release/log.h"

#define DATABASE_OPTION \
    CONNECTION_VARIABLES, { \
        "db-url", OPTION_TEXT, "URL", NULL, NULL, NULL, \
            "also move this store's active release (file:DIR, postgresql://..., env:NAME) forward" \
    }

/* Opens what --db-url names; *database is NULL where it is not given. */
int follow_open(store **database, const arguments *a);

/* Are the videos of the catalogue embedded by this run?  More than 1 of 100 that are not, or none
 * at all that is, fails with TW_INPUT: those few are videos of which a model knows nothing. */
int follow_check(store *database, const char *run_id);

/* Moves the active row to this record, unless it is as far already; *moved says whether. */
int follow_move(store *database, const publish *p, const json_t *record, int *moved);

#endif
