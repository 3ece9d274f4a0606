/* SPDX-License-Identifier: MIT */
/* All runs of the store, and what the releases say of each. */
#ifndef TOOLS_RELEASE_CATALOG_H
#define TOOLS_RELEASE_CATALOG_H

#include "release/log.h"

enum { ENVIRONMENTS = 2 };
extern const char *const environment_names[ENVIRONMENTS];

typedef struct catalog_run {
    char *run_id;
    size_t objects;
    uint64_t bytes;
    int whole;             /* it has an inventory */
    int current, previous; /* bit i: of environment i */
} catalog_run;

typedef struct catalog {
    catalog_run *run; /* by run id */
    size_t count, capacity;
    json_t *newest[ENVIRONMENTS]; /* the newest record of each, or NULL */
} catalog;

int catalog_read(const publish *p, catalog *all);
/* Reads the newest records again, and marks the runs anew. */
int catalog_mark(const publish *p, catalog *all);
void catalog_free(catalog *all);

#endif
