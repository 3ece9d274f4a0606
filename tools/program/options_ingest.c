/* SPDX-License-Identifier: MIT */
#include "program/options_ingest.h"

ingest_settings options_ingest(const arguments *a) {
    ingest_settings of = ingest_settings_default();
    of.api_url = option_text(a, "api-url");
    of.site = option_text(a, "site");
    of.service = option_text(a, "service");
    of.floor = option_text(a, "floor");
    of.api_id = environment_value(a, "FANZA_API_ID");
    of.affiliate_id = environment_value(a, "FANZA_API_AFFILIATE_ID");
    of.link_affiliate_id = environment_value(a, "FANZA_LINK_AFFILIATE_ID");
    of.interval = option_number(a, "interval");
    of.lookback_days = option_count(a, "lookback-days");
    of.first_day = option_text(a, "gte-release-date");
    of.last_day = option_text(a, "lte-release-date");
    if (option_given(a, "as-of"))
        of.as_of = option_instant(a, "as-of");
    of.dry = option_flag(a, "dry-run");
    return of;
}
