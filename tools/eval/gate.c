/* SPDX-License-Identifier: MIT */
#include "eval/gate.h"

#include "cli/fail.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NAME=VALUE; 0 if it is not of that form. */
static int split_condition(const char *text, char name[48], double *value) {
    const char *equals = strchr(text, '=');
    char *end;
    if (!equals || equals == text || equals - text >= 48 || !equals[1])
        return 0;
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    *value = strtod(equals + 1, &end);
    return !*end && isfinite(*value);
}

int gate_check_options(const arguments *a) {
    char name[48];
    double value;
    for (size_t i = 0; i < option_list_size(a, "min"); i++)
        if (!split_condition(option_list(a, "min", i), name, &value))
            return fail(TW_USAGE, "--min: NAME=VALUE is expected, such as recall@20=0.3, got '%s'",
                        option_list(a, "min", i));
    if (option_number(a, "min-over-popularity") < 0)
        return fail(TW_USAGE, "--min-over-popularity takes a number from 0 on; 0 leaves it out");
    return 0;
}

/* NaN for a metric that is missing or null. */
static double metric(const json_t *metrics, const char *name) {
    const json_t *value = json_object_get(metrics, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static json_t *condition(const char *text, double value, double wanted, int *passed) {
    int met = isfinite(value) && isfinite(wanted) && value >= wanted;
    *passed = *passed && met;
    return json_pack("{s:s, s:o, s:o, s:b}", "condition", text, "value",
                     isfinite(value) ? json_real(value) : json_null(), "wanted",
                     isfinite(wanted) ? json_real(wanted) : json_null(), "passed", met);
}

json_t *gate_judge(const arguments *a, const json_t *metrics, const json_t *popularity, unsigned k,
                   int *passed) {
    json_t *all = json_array();
    char name[48], text[96];
    double wanted, over = option_number(a, "min-over-popularity");
    *passed = 1;
    for (size_t i = 0; i < option_list_size(a, "min"); i++)
        if (split_condition(option_list(a, "min", i), name, &wanted)) {
            snprintf(text, sizeof text, "%s >= %g", name, wanted);
            json_array_append_new(all, condition(text, metric(metrics, name), wanted, passed));
        }
    if (over > 0) {
        snprintf(name, sizeof name, "recall@%u", k);
        snprintf(text, sizeof text, "%s >= %g x popularity", name, over);
        json_array_append_new(
            all, condition(text, metric(metrics, name), over * metric(popularity, name), passed));
    }
    return all;
}
