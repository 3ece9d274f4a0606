/* SPDX-License-Identifier: MIT */
/* Rows that stream from and to the server, by COPY: constant memory for any number. */
#ifndef TOOLS_CATALOGUE_PG_COPY_H
#define TOOLS_CATALOGUE_PG_COPY_H

#include "catalogue/pg/connect.h"

#include <stddef.h>
#include <stdint.h>

/* A field of a row in the server's binary form; valid in the callback. */
typedef struct pg_field {
    const unsigned char *at;
    size_t len;
    int null;
} pg_field;

/* Returns 0, or a status that ends the pass and is returned. */
typedef int (*pg_row)(void *context, const pg_field *field);
typedef int (*pg_chunk)(void *context, const char *bytes, size_t len);

/* Runs COPY (select) TO STDOUT (FORMAT binary); rows must have `fields` fields. The
 * connection is given up where the pass ends early. */
int pg_copy_rows(pg *db, const char *select, int fields, pg_row row, void *context);
/* The same for a whole COPY ... TO STDOUT statement, whose bytes are not looked at. */
int pg_copy_out(pg *db, const char *sql, pg_chunk chunk, void *context);

/* Runs a COPY ... FROM STDIN statement: begin, put bytes, end. A failed step ends it. */
int pg_copy_begin(pg *db, const char *sql);
int pg_copy_put(pg *db, const void *bytes, size_t len);
int pg_copy_end(pg *db);

/* What stands before the rows of a binary COPY, and after them. */
extern const unsigned char pg_copy_head[19], pg_copy_tail[2];

#endif
