/* SPDX-License-Identifier: MIT */
#include "program/options_live.h"

#include <string.h>

live_settings options_live(const arguments *given) {
    return (live_settings){.run = option_text(given, "artifacts-dir"),
                           .store_url = option_text(given, "db-url"),
                           .store = {.database = options_pg(given, "db-url")},
                           .csv = !strcmp(option_text(given, "format"), "csv"),
                           .dry = option_flag(given, "dry-run"),
                           .skip_upsert = option_flag(given, "skip-upsert")};
}
