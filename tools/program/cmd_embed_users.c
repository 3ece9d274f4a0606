/* SPDX-License-Identifier: MIT */
/* embed users: the users of the store, from their decisions. */
#include "base/message.h"
#include "program/commands.h"
#include "program/options_live.h"
#include "program/steps.h"

static const option options[] = {
    LIVE_OPTIONS,
    {"min-interactions", OPTION_COUNT, "N", "1", NULL, NULL, "only users with at least N likes"},
    {"limit-users", OPTION_COUNT, "N", "0", NULL, NULL, "at most N users; 0: all"},
    {"max-history", OPTION_COUNT, "N", "500", NULL, NULL, "newest videos kept per list of a user"},
    {"recent-hours", OPTION_COUNT, "H", "0", NULL, NULL,
     "only users with a like or dislike in the last H hours; 0: all"},
    {"as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL,
     "decisions until then; embeddings of a later time stay in the store; default: now"},
    {0},
};

void embed_users_print(const embed_users_settings *asked, const embed_users_result *of) {
    if (!of->users)
        result_line("no user has decided anything by then: nothing to embed");
    else
        result_line("%llu of %u users embedded by model %s (at least %llu likes)",
                    (unsigned long long)of->embedded, of->users, of->model_version,
                    (unsigned long long)asked->min_interactions);
    if (of->unknown)
        result_line("of these the model knows no token of %llu", (unsigned long long)of->unknown);
    if (of->embedded < of->users)
        result_line("%llu without: twotower recommend shows them what others liked of late",
                    (unsigned long long)(of->users - of->embedded));
    if (!asked->live.dry)
        result_line("embeddings in %s", asked->output_dir);
}

static int run(const arguments *a) {
    embed_users_settings settings;
    embed_users_result result = {.users = 0};
    int status = options_embed_users(&settings, a);
    if (!status)
        status = embed_users_run(&settings, &result);
    if (!status && !result_given(json_incref(result.summary)))
        embed_users_print(&settings, &result);
    if (!status)
        status = result_flush();
    embed_users_result_free(&result);
    return status;
}

const command command_embed_users = {
    "embed users", "embed the store's users from their decisions",
    NULL,          "twotower embed users --db-url file:catalogue --min-interactions 5",
    options,       run,
};
