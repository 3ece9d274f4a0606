/* SPDX-License-Identifier: MIT */
#include "evaluation/table.h"

#include "base/message.h"
#include "evaluation/ranking.h"

#include <stdio.h>
#include <string.h>

/* "0.1234", or "-" for what is missing. */
static const char *figure(char text[16], const json_t *in, const char *name) {
    const json_t *value = json_object_get(in, name);
    snprintf(text, 16, json_is_number(value) ? "%.4f" : "-", json_number_value(value));
    return text;
}

static const char *range(char text[32], const json_t *pair) {
    const json_t *low = json_array_get(pair, 0), *high = json_array_get(pair, 1);
    text[0] = 0;
    if (json_is_number(low) && json_is_number(high))
        snprintf(text, 32, "%.4f to %.4f", json_number_value(low), json_number_value(high));
    return text;
}

/* The metrics of one ranking beside those of another. */
static void print_metrics(const char *title, const char *beside, const json_t *in,
                          const json_t *other, unsigned k) {
    static const char *const shown[] = {"recall", "recall_capped", "map", "ndcg", "coverage"};
    const json_t *metrics = json_object_get(in, "metrics");
    const json_t *intervals = json_object_get(in, "intervals");
    char name[32], value[16], against[16], interval[32];
    result_line("%-18s %8s   %-18s %10s", title, "model", "95 % interval", beside);
    for (size_t i = 0; i <= sizeof shown / sizeof *shown; i++) {
        if (i < sizeof shown / sizeof *shown)
            snprintf(name, sizeof name, "%s@%u", shown[i], k);
        else
            snprintf(name, sizeof name, "auc");
        if (json_is_number(json_object_get(metrics, name)))
            result_line("%-18s %8s   %-18s %10s", name, figure(value, metrics, name),
                        range(interval, json_object_get(intervals, name)),
                        figure(against, other, name));
    }
}

static void print_segments(const json_t *segments, unsigned k) {
    static const struct {
        const char *key, *title;
    } kind[] = {{"items", "videos"}, {"user_likes", "likes of user"}, {"maker", "maker"}};
    char recall[32], maps[32], a[16], b[16];
    snprintf(recall, sizeof recall, "recall@%u", k);
    snprintf(maps, sizeof maps, "map@%u", k);
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        size_t at;
        const json_t *one, *list = json_object_get(segments, kind[i].key);
        if (json_array_size(list))
            result_line("%-28s %10s %10s %8s %8s", kind[i].title, recall, maps, "users", "pairs");
        json_array_foreach(list, at, one) {
            if (!json_integer_value(json_object_get(one, "users")))
                continue;
            result_line("  %-26.26s %10s %10s %8lld %8lld",
                        json_string_value(json_object_get(one, "name")), figure(a, one, recall),
                        figure(b, one, maps),
                        (long long)json_integer_value(json_object_get(one, "users")),
                        (long long)json_integer_value(json_object_get(one, "pairs")));
        }
    }
}

static void print_changes(const char *title, const json_t *changes, unsigned k) {
    char room[48], before[16], after[16], difference[16], interval[32];
    const char *name;
    for (unsigned i = 0; (name = ranking_compared(room, i, k)); i++) {
        const json_t *one = json_object_get(changes, name);
        if (one)
            result_line("%s: %s %s, then %s: difference %s (%s)", title, name,
                        figure(before, one, "before"), figure(after, one, "after"),
                        figure(difference, one, "difference"),
                        range(interval, json_object_get(one, "interval")));
    }
}

static void print_cold(const json_t *cold, unsigned k) {
    char name[32], random[16];
    if (!cold)
        return;
    print_metrics("cold videos", "tag count", cold, json_object_get(cold, "tag_count"), k);
    snprintf(name, sizeof name, "recall@%u", k);
    result_line("%lld cold videos, %lld users; %s of a random order: %s",
                (long long)json_integer_value(json_object_get(cold, "items")),
                (long long)json_integer_value(json_object_get(cold, "users")), name,
                figure(random, json_object_get(cold, "random"), name));
}

static void print_gate(const json_t *gate) {
    size_t at;
    const json_t *one;
    char value[16], wanted[16];
    json_array_foreach(gate, at, one) {
        const char *verdict = json_string_value(json_object_get(one, "verdict"));
        const char *why = json_string_value(json_object_get(one, "why"));
        result_line("gate: %s: %s (%s, wanted %s)%s%s",
                    json_string_value(json_object_get(one, "condition")),
                    strcmp(verdict, "not met") ? verdict : "NOT MET", figure(value, one, "value"),
                    figure(wanted, one, "wanted"), why ? ": " : "", why ? why : "");
    }
}

void table_print(const json_t *document, unsigned k) {
    print_metrics("", "popularity", document, json_object_get(document, "popularity"), k);
    print_segments(json_object_get(document, "segments"), k);
    print_cold(json_object_get(document, "cold"), k);
    print_changes("as decisions", json_object_get(document, "as_decisions"), k);
    print_changes("baseline", json_object_get(document, "baseline_diff"), k);
    print_gate(json_object_get(document, "gate"));
}
