/* SPDX-License-Identifier: MIT */
#include "training/run_card.h"

#include "base/escape.h"

#include <stdint.h>
#include <string.h>

static const char *words(const json_t *of, const char *name, const char *otherwise) {
    const json_t *text = json_object_get(of, name);
    return json_is_string(text) ? escape_markdown(json_string_value(text)) : otherwise;
}

/* " (95 %: 0.2609 to 0.3178)" of a list of two, nothing otherwise. */
static int put_interval(output *out, const json_t *interval) {
    const json_t *low = json_array_get(interval, 0), *high = json_array_get(interval, 1);
    if (!json_is_number(low) || !json_is_number(high))
        return 0;
    return output_format(out, " (95 %%: %.4f to %.4f)", json_number_value(low),
                         json_number_value(high));
}

static int put_metrics(output *out, const json_t *document) {
    const json_t *value, *popularity = json_object_get(document, "popularity");
    const json_t *intervals = json_object_get(document, "intervals");
    const char *name;
    int status = output_format(
        out, "## Metrics\n\n- evaluated at %s on %s; gate: %s\n",
        words(document, "evaluated_at", "?"), words(document, "validation_set", "?"),
        json_is_true(json_object_get(document, "threshold_passed")) ? "passed" : "NOT passed");
    json_object_foreach((json_t *)(uintptr_t)json_object_get(document, "metrics"), name, value) {
        const json_t *by_likes = json_object_get(popularity, name);
        if (!json_is_number(value) || status)
            continue;
        status = output_format(out, "- %s %.4f", escape_markdown(name), json_number_value(value));
        if (!status)
            status = put_interval(out, json_object_get(intervals, name));
        if (!status && json_is_number(by_likes))
            status = output_format(out, " (by popularity %.4f)", json_number_value(by_likes));
        if (!status)
            status = output_write(out, "\n", 1);
    }
    if (!status && *words(document, "notes", ""))
        status = output_format(out, "- notes: %s\n", words(document, "notes", ""));
    return status;
}

static int put_gate(output *out, const json_t *gate) {
    const json_t *one;
    size_t at;
    int status = json_array_size(gate) ? output_format(out, "\n## Gate\n\n") : 0;
    json_array_foreach(gate, at, one) {
        const json_t *value = json_object_get(one, "value");
        const json_t *wanted = json_object_get(one, "wanted");
        if (!status)
            status = output_format(out, "- %s: %s", words(one, "condition", "?"),
                                   strcmp(words(one, "verdict", "not met"), "not met")
                                       ? words(one, "verdict", "")
                                       : "NOT met");
        if (!status && json_is_number(value) && json_is_number(wanted))
            status = output_format(out, " (%.4g, wanted %.4g)", json_number_value(value),
                                   json_number_value(wanted));
        if (!status && *words(one, "why", ""))
            status = output_format(out, ": %s", words(one, "why", ""));
        if (!status)
            status = output_write(out, "\n", 1);
    }
    return status;
}

/* The first number of a segment that is a metric: recall at K. */
static int put_segment(output *out, const char *kind, const json_t *segment) {
    const json_t *value;
    const char *name;
    json_int_t users = json_integer_value(json_object_get(segment, "users"));
    if (!users)
        return 0;
    json_object_foreach((json_t *)(uintptr_t)segment, name, value) {
        if (strncmp(name, "recall@", 7) != 0 || !json_is_number(value))
            continue;
        int status = output_format(out, "- %s %s: %lld users, %s %.4f", escape_markdown(kind),
                                   words(segment, "name", "?"), (long long)users,
                                   escape_markdown(name), json_number_value(value));
        if (!status)
            status =
                put_interval(out, json_object_get(json_object_get(segment, "intervals"), name));
        return status ? status : output_write(out, "\n", 1);
    }
    return 0;
}

static int put_segments(output *out, const json_t *segments) {
    enum { MOST = 8 }; /* of a kind: the rest is in metrics.json */
    const json_t *list, *one;
    const char *kind;
    size_t at;
    int status = json_object_size(segments) ? output_format(out, "\n## Segments\n\n") : 0;
    json_object_foreach((json_t *)(uintptr_t)segments, kind, list) {
        json_array_foreach(list, at, one) {
            if (!status && at < MOST)
                status = put_segment(out, kind, one);
        }
    }
    return status;
}

/* Both models on today's validation set: what else is comparable? */
static int put_baseline(output *out, const json_t *diff) {
    const json_t *value;
    const char *name;
    int status = output_format(out, "\n## Compared with the baseline\n\n");
    if (!status && !json_is_object(diff))
        return output_format(out, "- no baseline was given (eval --baseline active)\n");
    if (!status)
        status = output_format(out, "- baseline %s, run %s%s%s\n", words(diff, "baseline", "?"),
                               words(diff, "run_id", "?"),
                               *words(diff, "error", "") ? ": not compared, " : "",
                               words(diff, "error", ""));
    json_object_foreach((json_t *)(uintptr_t)diff, name, value) {
        const json_t *change = json_object_get(value, "difference");
        if (status || !json_is_number(change))
            continue;
        status = output_format(out, "- %s %+.4f", escape_markdown(name), json_number_value(change));
        if (!status)
            status = put_interval(out, json_object_get(value, "interval"));
        if (!status)
            status = output_write(out, "\n", 1);
    }
    return status;
}

int run_card_put(output *out, const json_t *metrics) {
    if (!metrics)
        return output_format(out, "## Metrics\n\n- not evaluated yet\n\n");
    int status = put_metrics(out, metrics);
    if (!status)
        status = put_gate(out, json_object_get(metrics, "gate"));
    if (!status)
        status = put_segments(out, json_object_get(metrics, "segments"));
    if (!status)
        status = put_baseline(out, json_object_get(metrics, "baseline_diff"));
    return status ? status : output_write(out, "\n", 1);
}
