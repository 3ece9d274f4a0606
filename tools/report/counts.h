/* SPDX-License-Identifier: MIT */
/* Items grouped by the values of one of their fields. */
#ifndef TOOLS_REPORT_COUNTS_H
#define TOOLS_REPORT_COUNTS_H

#include "catalogue/items.h"

typedef struct report_value {
    tt_text name;
    uint32_t number; /* by first appearance */
    uint64_t items, count, positive;
    uint64_t users, last; /* users reached, and 1 + the last one that was */
} report_value;

/* The values of a field over a catalogue. */
typedef struct report_values {
    report_value *value; /* [count] */
    uint32_t count;
    map by_name;
    size_t _capacity;
} report_values;

/* `field`: TR_TAGS, ...; each value of an item counts it once. */
void report_values_make(report_values *made, const item_table *items, int field);
/* The value of an item's token, by its place in `value`. */
uint32_t report_value_of(const report_values *values, tt_text token);
/* Most `count` first, then by first appearance; report_value_of is void afterwards. */
void report_values_sort(report_values *values);
void report_values_free(report_values *values);

#endif
