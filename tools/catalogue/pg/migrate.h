/* SPDX-License-Identifier: MIT */
/*
 * Brings a database up to date.  Each migration is one transaction, recorded in
 * twotower_migrations with the SHA-256 of its text; two programs at once take turns.
 */
#ifndef TOOLS_CATALOGUE_PG_MIGRATE_H
#define TOOLS_CATALOGUE_PG_MIGRATE_H

#include "catalogue/pg/connect.h"
#include "catalogue/pg/migrations.h"

#include <stdint.h>

typedef enum migration_state {
    MIGRATION_PENDING, /* it is not in the database */
    MIGRATION_APPLIED  /* it was there before, or is there now */
} migration_state;

/* What the database has; one entry of `state` per migration.  Fails with TW_DATABASE where it
 * has one that this program does not know, or another text under the same number. */
int migrations_read(pg *db, migration_state *state);

/* Applies one, unless it is there; *applied says whether it was done now. `dim` is the dimension
 * of the embeddings in tables that are made now, `program` the version to record. */
int migration_apply(pg *db, const migration *one, uint64_t dim, const char *program, int *applied);

/* The dimension that video_embeddings is declared with; 0: no table, or none declared. */
int embedding_dim_read(pg *db, uint64_t *dim);

#endif
