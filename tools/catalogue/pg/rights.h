/* SPDX-License-Identifier: MIT */
/* Who may do what: the rights that the migrations mean (sql/rights.sql) against those that are
 * there. */
#ifndef TOOLS_CATALOGUE_PG_RIGHTS_H
#define TOOLS_CATALOGUE_PG_RIGHTS_H

#include "catalogue/pg/check.h"

/* Begins a transaction in which names are looked for in pg_catalog alone, as both functions need
 * it. */
extern const char rights_begin[];

/* A difference, and the statement that closes it; NULL where somebody must look at it. */
typedef void (*right_told)(void *context, verdict verdict, const char *text, const char *statement);

/* Tells every difference, and nothing where there is none. */
int rights_compare(pg *db, right_told tell, void *context);

/* Runs the statements that close them, and tells (`tell` NULL: nobody) those.  Fails with
 * TW_DATABASE, naming one, where a difference is left. */
int rights_give(pg *db, right_told tell, void *context);

#endif
