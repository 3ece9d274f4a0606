/* SPDX-License-Identifier: MIT */
/* The environment whose active version a database serves: one row of served_environment. */
#ifndef TOOLS_CATALOGUE_PG_ENVIRONMENT_H
#define TOOLS_CATALOGUE_PG_ENVIRONMENT_H

#include "catalogue/pg/connect.h"

/* "production" where nothing was set; the caller frees it. */
int pg_environment(pg *db, char **environment);
/* Fails with TW_USAGE where it is no name of an environment. */
int pg_environment_set(pg *db, const char *environment);

#endif
