/* SPDX-License-Identifier: MIT */
#include "evaluation/gate.h"

#include "evaluation/ranking.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int gate_condition(const char *text, char name[GATE_NAME], double *value) {
    const char *equals = strchr(text, '=');
    char *end;
    if (!equals || equals == text || equals - text >= GATE_NAME || !equals[1])
        return 0;
    memcpy(name, text, (size_t)(equals - text));
    name[equals - text] = 0;
    *value = strtod(equals + 1, &end);
    return !*end && isfinite(*value);
}

gate_settings gate_settings_default(void) {
    return (gate_settings){.min_over_popularity = 1.3, .max_drop = 0.05};
}

/* NaN for what is missing or null. */
static double number(const json_t *in, const char *name) {
    const json_t *value = json_object_get(in, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* "recall@20", "cold.recall@20". */
static double metric(const json_t *document, const char *name) {
    static const char *const part[] = {"cold", "as_decisions"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        size_t len = strlen(part[i]);
        if (!strncmp(name, part[i], len) && name[len] == '.') {
            document = json_object_get(document, part[i]);
            name += len + 1;
            break;
        }
    }
    return number(json_object_get(document, "metrics"), name);
}

typedef struct gate {
    json_t *conditions;
    int passed;
} gate;

static void require(gate *to, const char *text, double value, double wanted, int at_most) {
    int met = isfinite(value) && isfinite(wanted) && (at_most ? value <= wanted : value >= wanted);
    to->passed = to->passed && met;
    json_array_append_new(to->conditions,
                          json_pack("{s:s, s:o, s:o, s:b}", "condition", text, "value",
                                    isfinite(value) ? json_real(value) : json_null(), "wanted",
                                    isfinite(wanted) ? json_real(wanted) : json_null(), "passed",
                                    met));
}

/* The AUC counts where there is one: it needs unobserved videos beside the validation pairs. */
static void require_no_drop(gate *to, double max_drop, const json_t *document, unsigned k) {
    const json_t *diff = json_object_get(document, "baseline_diff");
    char room[48], text[96];
    const char *name;
    for (unsigned i = 0; (name = ranking_compared(room, i, k)); i++) {
        if (!strchr(name, '@') && isnan(metric(document, name)))
            continue;
        snprintf(text, sizeof text, "%s has not dropped from the baseline's", name);
        require(to, text, number(json_object_get(diff, name), "drop_low"), max_drop, 1);
    }
}

json_t *gate_judge(const gate_settings *settings, const json_t *document, unsigned k, int *passed) {
    gate all = {json_array(), 1};
    char name[GATE_NAME], text[96];
    double wanted, over = settings->min_over_popularity;
    require(&all, "users with validation likes", number(document, "users"), 1, 0);
    if (settings->cold)
        require(&all, "users with likes of cold videos",
                number(json_object_get(document, "cold"), "users"), 1, 0);
    for (size_t i = 0; i < settings->mins; i++)
        if (gate_condition(settings->min[i], name, &wanted)) {
            snprintf(text, sizeof text, "%s >= %g", name, wanted);
            require(&all, text, metric(document, name), wanted, 0);
        }
    if (over > 0) {
        snprintf(name, sizeof name, "recall@%u", k);
        snprintf(text, sizeof text, "%s >= %g x popularity", name, over);
        require(&all, text, metric(document, name),
                over * number(json_object_get(document, "popularity"), name), 0);
    }
    if (settings->baseline)
        require_no_drop(&all, settings->max_drop, document, k);
    *passed = all.passed;
    return all.conditions;
}
