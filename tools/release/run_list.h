/* SPDX-License-Identifier: MIT */
/* All runs of the store, and what the releases say of each. */
#ifndef TOOLS_RELEASE_RUN_LIST_H
#define TOOLS_RELEASE_RUN_LIST_H

#include "release/log.h"

enum { ENVIRONMENTS = 2 };
extern const char *const environment_names[ENVIRONMENTS];

typedef struct listed_run {
    char *run_id;
    size_t objects;
    uint64_t bytes;
    int whole;             /* it has an inventory */
    int current, previous; /* bit i: of environment i */
} listed_run;

typedef struct run_list {
    listed_run *run; /* by run id */
    size_t count, capacity;
    json_t *newest[ENVIRONMENTS]; /* the newest record of each, or NULL */
} run_list;

int run_list_read(const publish *p, run_list *all);
/* Reads the newest records again, and marks the runs anew. */
int run_list_mark(const publish *p, run_list *all);
void run_list_free(run_list *all);

#endif
