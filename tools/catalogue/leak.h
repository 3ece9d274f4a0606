/* SPDX-License-Identifier: MIT */
/* Validation pairs that the tables of training already hold: a model recognises them, it does not
 * predict them. */
#ifndef TOOLS_CATALOGUE_LEAK_H
#define TOOLS_CATALOGUE_LEAK_H

#include "catalogue/dataset.h"

typedef struct leak_counts {
    uint64_t pairs;      /* rows of validation */
    uint64_t in_train;   /* of these, pairs of user and video that are train rows too */
    uint64_t in_history; /* of these, which stand in a history of the user */
    uint32_t users;      /* users with validation rows and a count */
    uint32_t counted;    /* of these, whose count is that of train and validation together */
} leak_counts;

leak_counts leaks_count(const dataset *data);

/* A leak is refused with TW_INPUT and its number; with `allow` it is a warning.  *found: there is
 * one. */
int leaks_refuse(int *found, const dataset *data, const dataset_paths *paths, int allow);

#endif
