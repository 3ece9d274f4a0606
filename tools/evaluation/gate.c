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

typedef enum verdict { MET, NOT_MET, UNJUDGED, LEFT_OUT } verdict;

static void add(gate *to, const char *text, double value, double wanted, verdict is,
                const char *why) {
    static const char *const word[] = {"met", "not met", "cannot be judged", "left out"};
    json_t *one = json_pack("{s:s, s:o, s:o, s:s, s:o}", "condition", text, "value",
                            isfinite(value) ? json_real(value) : json_null(), "wanted",
                            isfinite(wanted) ? json_real(wanted) : json_null(), "verdict", word[is],
                            "passed", is == LEFT_OUT ? json_null() : json_boolean(is == MET));
    if (why)
        json_object_set_new(one, "why", json_string(why));
    json_array_append_new(to->conditions, one);
    to->passed = to->passed && (is == MET || is == LEFT_OUT);
}

static void require(gate *to, const char *text, double value, double wanted, int at_most) {
    int met = at_most ? value <= wanted : value >= wanted;
    if (!isfinite(value))
        add(to, text, value, wanted, UNJUDGED, "there is no such figure");
    else
        add(to, text, value, wanted, met ? MET : NOT_MET, NULL);
}

/* A mean over fewer users has no interval: with n, all lie on one side of the true one with a
 * chance of 2^(1-n), which is more than 5 % up to n = 5. */
static void require_users(gate *to, const char *text, double users) {
    if (!(users >= GATE_USERS))
        add(to, text, users, GATE_USERS, UNJUDGED,
            users > 0 ? "an interval of 95 % needs more" : "there is nobody to judge on");
    else
        add(to, text, users, GATE_USERS, MET, NULL);
}

/* At least `wanted`, unless no model reaches that on these users. */
static void require_metric(gate *to, const char *text, const json_t *document, const char *name,
                           double wanted) {
    double most = number(json_object_get(document, "reachable"), name);
    char why[96];
    snprintf(why, sizeof why, "no model reaches more than %.4f on these users", most);
    if (wanted > most)
        add(to, text, metric(document, name), wanted, LEFT_OUT, why);
    else
        require(to, text, metric(document, name), wanted, 0);
}

static void require_over_popularity(gate *to, double over, const json_t *document, unsigned k) {
    char name[GATE_NAME], text[96];
    snprintf(name, sizeof name, "recall@%u", k);
    snprintf(text, sizeof text, "%s >= %g x popularity", name, over);
    double popular = number(json_object_get(document, "popularity"), name);
    if (popular > 0)
        require_metric(to, text, document, name, over * popular);
    else
        add(to, text, metric(document, name), NAN, UNJUDGED,
            "popularity finds no validation like, so it is no measure");
}

static void require_change(gate *to, const char *text, const json_t *change, double max_drop) {
    double drop = number(change, "drop_low"), before = number(change, "before");
    const char *why = !(number(change, "users") >= GATE_USERS)
                          ? "too few users can be judged by both"
                      : !(before > 0) ? "the baseline finds nothing, so it is no measure"
                                      : NULL;
    if (why)
        add(to, text, drop, max_drop, UNJUDGED, why);
    else
        require(to, text, drop, max_drop, 1);
}

/* The AUC counts where there is one: it needs unobserved videos beside the validation pairs. */
static void require_no_drop(gate *to, double max_drop, const json_t *document, unsigned k) {
    const json_t *diff = json_object_get(document, "baseline_diff");
    const char *name, *error = json_string_value(json_object_get(diff, "error"));
    char room[48], text[96];
    for (unsigned i = 0; (name = ranking_compared(room, i, k)); i++) {
        if (!strchr(name, '@') && isnan(metric(document, name)))
            continue;
        snprintf(text, sizeof text, "%s has not dropped from the baseline's", name);
        if (json_is_true(json_object_get(diff, "none")))
            add(to, text, NAN, max_drop, LEFT_OUT, "there is no earlier run to compare with");
        else if (error)
            add(to, text, NAN, max_drop, UNJUDGED, error);
        else
            require_change(to, text, json_object_get(diff, name), max_drop);
    }
}

json_t *gate_judge(const gate_settings *settings, const json_t *document, unsigned k, int *passed) {
    gate all = {json_array(), 1};
    char name[GATE_NAME], text[96];
    double wanted;
    require_users(&all, "users with validation likes", number(document, "users"));
    if (settings->cold)
        require_users(&all, "users with likes of cold videos",
                      number(json_object_get(document, "cold"), "users"));
    if (json_is_true(json_object_get(document, "leaks")))
        add(&all, "validation pairs are new to the tables of train", NAN, NAN, UNJUDGED,
            "--allow-leak was given, and they are not");
    for (size_t i = 0; i < settings->mins; i++)
        if (gate_condition(settings->min[i], name, &wanted)) {
            snprintf(text, sizeof text, "%s >= %g", name, wanted);
            require_metric(&all, text, document, name, wanted);
        }
    if (settings->min_over_popularity > 0)
        require_over_popularity(&all, settings->min_over_popularity, document, k);
    if (settings->baseline)
        require_no_drop(&all, settings->max_drop, document, k);
    *passed = all.passed;
    return all.conditions;
}

const json_t *gate_unjudged(const json_t *conditions) {
    const json_t *one;
    size_t at;
    json_array_foreach(conditions, at, one) {
        const char *word = json_string_value(json_object_get(one, "verdict"));
        if (word && !strcmp(word, "cannot be judged"))
            return one;
    }
    return NULL;
}
