/* SPDX-License-Identifier: MIT */
#include "program/arguments.h"

#include <string.h>

enum { LONGEST = 63 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment; three rows of its table are alive at a time. */
size_t name_distance(const char *given, size_t len, const char *name) {
    size_t rows[3][LONGEST + 1], width = strlen(name);
    if (len > LONGEST || width > LONGEST)
        return SIZE_MAX;
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= width; j++)
        before[j] = last[j] = j;
    for (size_t i = 1; i <= len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t change = last[j - 1] + (given[i - 1] != name[j - 1]);
            row[j] = least(change, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && given[i - 1] == name[j - 2] && given[i - 2] == name[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[width];
}

int name_is_near(size_t distance, size_t len) {
    return distance <= 1 + len / 4;
}
