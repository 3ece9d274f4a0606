/* SPDX-License-Identifier: MIT */
#include "report/counts.h"

#include "base/fail.h"

#include <stdlib.h>

void report_values_make(report_values *made, const item_table *items, int field) {
    *made = (report_values){0};
    for (uint32_t i = 0; i < items->count; i++)
        for (uint32_t t = 0; t < items->item[i].field[field].count; t++) {
            tt_text name = items->item[i].field[field].token[t];
            uint32_t at = made->count;
            if (map_put(&made->by_name, name, at)) {
                made->value = xgrow(made->value, at, &made->_capacity, sizeof *made->value);
                made->value[at] = (report_value){.name = name, .number = at};
                made->count++;
            } else {
                map_get(&made->by_name, name, &at);
            }
            made->value[at].items++;
        }
}

uint32_t report_value_of(const report_values *values, tt_text token) {
    uint32_t at = 0;
    map_get(&values->by_name, token, &at);
    return at;
}

static int most(const void *a, const void *b) {
    const report_value *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (x->items != y->items)
        return x->items > y->items ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

void report_values_sort(report_values *values) {
    if (values->count)
        qsort(values->value, values->count, sizeof *values->value, most);
}

void report_values_free(report_values *values) {
    map_free(&values->by_name);
    free(values->value);
    *values = (report_values){0};
}
