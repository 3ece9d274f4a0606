/* SPDX-License-Identifier: MIT */
/* What of a database fits this program, and what does not. */
#ifndef TOOLS_CATALOGUE_PG_CHECK_H
#define TOOLS_CATALOGUE_PG_CHECK_H

#include "catalogue/pg/connect.h"

#include <jansson.h>
#include <stdint.h>

typedef enum verdict {
    FITS,
    WARNS, /* it works, and somebody should know */
    MISFITS
} verdict;

/* One line of the answer; texts are valid in the call. */
typedef void (*finding)(void *context, const char *subject, verdict verdict, const char *text);

/* Runs every check and tells what it finds; `dim` 0: any dimension fits.  It only reads, and fails
 * only when the database cannot be asked. */
int database_check(pg *db, uint64_t dim, finding report, void *context);

/* What an environment serves, as release_read of store.h gives it. */
int pg_release_row(pg *db, const char *environment, json_t **row);

/* One check: rows (verdict f, w or m; text) of one statement.  It is left out where a
 * relation that it `needs` (names in one array literal) is not there. */
typedef struct check {
    const char *subject, *needs, *sql;
} check;

extern const check checks[];
extern const unsigned check_count;

#endif
