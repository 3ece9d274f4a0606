/* SPDX-License-Identifier: MIT */
#include "program/options_live.h"

#include "base/fail.h"

#include <string.h>

static live_settings options_live(const arguments *given) {
    return (live_settings){.run = option_text(given, "artifacts-dir"),
                           .store_url = option_text(given, "db-url"),
                           .store = {.database = options_pg(given, "db-url")},
                           .csv = !strcmp(option_text(given, "format"), "csv"),
                           .dry = option_flag(given, "dry-run"),
                           .skip_upsert = option_flag(given, "skip-upsert")};
}

embed_videos_settings options_embed_videos(const arguments *given) {
    return (embed_videos_settings){.live = options_live(given),
                                   .output_dir = option_text(given, "output-dir"),
                                   .run_id = option_text(given, "run-id"),
                                   .strict = option_flag(given, "strict"),
                                   .include_existing = option_flag(given, "include-existing")};
}

int options_embed_users(embed_users_settings *settings, const arguments *given) {
    const uint64_t history = option_count(given, "max-history");
    *settings = embed_users_settings_default();
    settings->live = options_live(given);
    settings->output_dir = option_text(given, "output-dir");
    settings->min_interactions = option_count(given, "min-interactions");
    settings->limit = option_count(given, "limit-users");
    settings->max_history = (uint32_t)history;
    settings->recent_hours = option_count(given, "recent-hours");
    if (option_given(given, "as-of"))
        settings->as_of = option_instant(given, "as-of");
    if (history > 1000000)
        return fail(TW_USAGE, "--max-history takes at most 1000000");
    if (settings->recent_hours > 1000000)
        return fail(TW_USAGE, "--recent-hours takes at most 1000000");
    return 0;
}
