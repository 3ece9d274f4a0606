/* SPDX-License-Identifier: MIT */
/* Tables of one database become those of another. */
#ifndef TOOLS_CATALOGUE_PG_PULL_H
#define TOOLS_CATALOGUE_PG_PULL_H

#include "catalogue/pg/settings.h"

#include <stddef.h>
#include <stdint.h>

typedef struct pull_settings {
    pg_settings local, remote; /* written; read */
    int dry;                   /* count only */
} pull_settings;

typedef struct pull_table {
    const char *name;
    uint64_t rows, written, removed; /* remote; new or changed here; gone here */
} pull_table;

/* Copies what videos, tags, performers, profiles and decisions the remote database has
 * in one snapshot into the local one, in one transaction: then the
 * tables there hold the same rows, in the columns that both have.  Only a database on this machine
 * is written.  The tables that were copied are the caller's to free. */
int pg_pull(const pull_settings *settings, pull_table **tables, size_t *count);

#endif
