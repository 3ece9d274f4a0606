/* SPDX-License-Identifier: MIT */
/* The inside of the Postgres store: for the files of this folder only. */
#ifndef TOOLS_CATALOGUE_PG_PG_STORE_H
#define TOOLS_CATALOGUE_PG_PG_STORE_H

#include "catalogue/pg/connect.h"
#include "catalogue/pg/copy.h"
#include "catalogue/store.h"

/* Rows that wait for the commit. */
typedef struct pg_upsert pg_upsert;

typedef struct pg_store {
    store base; /* first: a store is one of these */
    pg *db;
    pg_writing writing;
    int reading; /* a snapshot is open: all reads of one store see one state */
    pg_upsert *pending;
} pg_store;

/* Opens the snapshot, where none is; ends it. */
int pg_store_snapshot(pg_store *store);
void pg_store_end_snapshot(pg_store *store);

/* Columns of a table of schema public, no rows where there is no such table: name,
 * type. The caller releases them with PQclear. */
int pg_columns(pg *db, const char *table, PGresult **columns);
/* The type of a column, or NULL. */
const char *pg_column(const PGresult *columns, const char *name);

/* A text as a literal of SQL; the caller frees it. */
char *pg_literal(const char *text);

/* A field as text; null is empty. */
tt_text pg_text(const pg_field *field);
/* A field of 8 bytes: whole seconds since 1970 of an int8, INT64_MIN where it is null. */
int64_t pg_int8(const pg_field *field);
/* A float8; NaN where it is null. */
double pg_float8(const pg_field *field);

/* The operations of store.h. */
int pg_store_videos(store *base, const char *version, video_callback row, void *context);
int pg_upsert_begin(store *base, embedding_kind kind, uint32_t dim);
int pg_upsert_put(store *base, const embedding_row *row);
int pg_upsert_commit(store *base);
void pg_upsert_abandon(store *base);
int pg_release_move(store *base, const release_row *row, int *moved);
int pg_release_read(store *base, const char *environment, json_t **row);
int pg_list_videos(store *base, const store_listings *batch, listing_counts *counts);
int pg_ingest_state(store *base, const char *source, json_t **state);
int pg_job_acquire(store *base, const char *environment, const char *job);
void pg_job_release(store *base);

#endif
