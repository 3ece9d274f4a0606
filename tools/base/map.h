/* SPDX-License-Identifier: MIT */
/*
 * A hash map from text to a number.  Keys are borrowed: their bytes must stay
 * in place as long as the map is used (base/arena.h keeps them).  The hash is keyed
 * by a random number of this process, so nobody can choose keys that collide;
 * nothing that is seen depends on it.
 */
#ifndef TOOLS_BASE_MAP_H
#define TOOLS_BASE_MAP_H

#include "twotower.h"

typedef struct map_slot map_slot;

/* An empty map is all zero, `map ids = {0};`.  Its slots stand on disk where they are many
 * (base/disk.h). */
typedef struct map {
    map_slot *slot;
    size_t capacity; /* a power of two, or 0 */
    size_t used;     /* keys in the map */
} map;

/* Puts a key that is not there yet. Returns 1, or 0 where it is (its value stays). */
int map_put(map *table, tt_text key, uint32_t value);
/* Returns 1 and the value, or 0 and leaves *value. */
int map_get(const map *table, tt_text key, uint32_t *value);
/* The map is empty again. */
void map_free(map *table);

#endif
