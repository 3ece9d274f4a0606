/* SPDX-License-Identifier: MIT */
#include "program/options_eval.h"

#include "base/fail.h"
#include "program/options_dataset.h"

int options_gate(gate_settings *settings, const arguments *given) {
    char name[GATE_NAME];
    double value;
    *settings = (gate_settings){.min = option_texts(given, "min"),
                                .mins = option_list_size(given, "min"),
                                .min_over_popularity = option_number(given, "min-over-popularity"),
                                .max_drop = option_number(given, "max-drop"),
                                .cold = option_flag(given, "cold"),
                                .baseline = option_text(given, "baseline")};
    for (size_t i = 0; i < settings->mins; i++)
        if (!gate_condition(settings->min[i], name, &value))
            return fail(TW_USAGE, "--min: NAME=VALUE is expected, such as recall@20=0.3, got '%s'",
                        settings->min[i]);
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
    *settings = (eval_settings){.root = option_text(given, "artifacts-root"),
                                .run_id = option_text(given, "run-id"),
                                .tables = options_dataset(given),
                                .negatives = option_text(given, "negatives"),
                                .k = (uint32_t)k,
                                .threads = (uint32_t)threads,
                                .as_decisions = option_flag(given, "as-decisions"),
                                .notes = option_text(given, "notes")};
    return options_gate(&settings->gate, given);
}
