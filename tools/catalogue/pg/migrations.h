/* SPDX-License-Identifier: MIT */
/* The files of tools/catalogue/pg/sql, which the Makefile puts into the program. */
#ifndef TOOLS_CATALOGUE_PG_MIGRATIONS_H
#define TOOLS_CATALOGUE_PG_MIGRATIONS_H

typedef struct migration {
    int number;       /* ascending */
    const char *name; /* "0003_embeddings" */
    const char *sql;  /* terminated */
} migration;

extern const migration migrations[];
extern const unsigned migration_count;

#endif
