/* SPDX-License-Identifier: MIT */
#include "program/options_eval.h"

#include "base/fail.h"
#include "program/options_dataset.h"

#include <string.h>

int options_gate(gate_settings *settings, const arguments *given) {
    char name[GATE_NAME];
    double value;
    *settings = gate_settings_default();
    settings->min = option_texts(given, "min");
    settings->mins = option_list_size(given, "min");
    settings->min_over_popularity = option_number(given, "min-over-popularity");
    settings->max_drop = option_number(given, "max-drop");
    settings->cold = option_flag(given, "cold");
    settings->baseline = option_text(given, "baseline");
    for (size_t i = 0; i < settings->mins; i++)
        if (!gate_condition(settings->min[i], name, &value))
            return fail(TW_USAGE, "--min: NAME=VALUE is expected, such as recall@20=0.3, got '%s'",
                        settings->min[i]);
        else if (value > 1 && !strstr(name, "novelty@"))
            return fail(TW_USAGE, "--min %s: %s is at most 1, so no model reaches that",
                        settings->min[i], name);
    if (settings->min_over_popularity < 0)
        return fail(TW_USAGE, "--min-over-popularity takes a number from 0 on; 0 leaves it out");
    if (settings->max_drop < 0 || settings->max_drop >= 1)
        return fail(TW_USAGE, "--max-drop takes a part from 0 to below 1, such as 0.05");
    return 0;
}

int options_eval(eval_settings *settings, const arguments *given) {
    const uint64_t k = option_count(given, "recall-k"), threads = option_count(given, "threads");
    if (k < 1 || k > 10000)
        return fail(TW_USAGE, "--recall-k takes 1 to 10000");
    if (threads > 1024)
        return fail(TW_USAGE, "--threads takes at most 1024");
    *settings = eval_settings_default();
    settings->root = option_text(given, "artifacts-root");
    settings->run_id = option_text(given, "run-id");
    settings->tables = options_dataset(given);
    settings->negatives = option_text(given, "negatives");
    settings->k = (uint32_t)k;
    settings->threads = (uint32_t)threads;
    settings->allow_leak = option_flag(given, "allow-leak");
    settings->as_decisions = option_flag(given, "as-decisions");
    settings->notes = option_text(given, "notes");
    return options_gate(&settings->gate, given);
}
