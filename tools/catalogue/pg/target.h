/* SPDX-License-Identifier: MIT */
/*
 * Where a database is and how it is spoken to: a URL, the variables of a Supabase
 * project, and the rules of this program, as keywords of libpq.
 *
 *   url, or the reference of a project with pooler_host or region
 *   project_password, password   where the URL has no password
 *   pooler_host, pooler_port, region   take the place of db.REF.supabase.co, which has IPv6 only
 *   root_certificate, or authority   the certificate to trust
 *
 * A host that is not this machine is spoken to by TLS with sslmode=verify-full, unless a
 * URL that the user typed says otherwise.
 */
#ifndef TOOLS_CATALOGUE_PG_TARGET_H
#define TOOLS_CATALOGUE_PG_TARGET_H

#include "catalogue/pg/settings.h"

#include <stddef.h>

enum { PG_KEYWORDS = 40 };

typedef struct pg_target {
    const char *keyword[PG_KEYWORDS + 1]; /* ends with NULL: for PQconnectStartParams */
    char *value[PG_KEYWORDS + 1];
    size_t count;
    char *name;        /* host:port/database: all that may be shown */
    char *certificate; /* a temporary file of SUPABASE_CA_CERT, or NULL */
} pg_target;

/* Statuses as pg_open; a failed target is freed already. */
int pg_target_find(pg_target *target, const pg_settings *settings);
void pg_target_free(pg_target *target);

/* The value of a keyword, "" where it has none. */
const char *pg_target_get(const pg_target *target, const char *keyword);

/* Is it on this machine: loopback or a socket? */
int pg_target_local(const pg_target *target);

/* A sentence on what to do where the host has no IPv4 address, or NULL; the caller
 * frees it. */
char *pg_target_hint(const pg_target *target);

#endif
