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

/* Rows (verdict, text, statement that closes it): rights that are not as they are meant.  Names in
 * it are looked for in pg_catalog. */
extern const char *const rights_sql;

#endif
