/* SPDX-License-Identifier: MIT */
/* db check: what of a database fits, and what does not. */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/check.h"
#include "catalogue/store.h"
#include "program/commands.h"
#include "program/options_publish.h"
#include "program/options_store.h"
#include "release/active_row.h"
#include "release/run_list.h"

#include <stdlib.h>

static const option options[] = {
    POSTGRES_OPTIONS,
    STORAGE_OPTIONS,
    {"embedding-dim", OPTION_COUNT, "N", NULL, NULL, NULL, "the dimension that the model has"},
    {0},
};

typedef struct answer {
    json_t *findings;
    unsigned misfits, warnings;
} answer;

static void print_result(void *context, const char *subject, verdict found, const char *text) {
    static const char *const word[] = {[FITS] = "ok", [WARNS] = "warning", [MISFITS] = "misfit"};
    answer *all = context;
    all->misfits += found == MISFITS;
    all->warnings += found == WARNS;
    json_array_append_new(all->findings, json_pack("{s:s, s:s, s:s}", "subject", subject, "verdict",
                                                   word[found], "text", text));
    result_line("%-8s %-11s %s", word[found], subject, text);
}

/* The active release of an environment against the log. */
static int check_log(pg *db, const publish *p, answer *all) {
    static const verdict of[] = {[ACTIVE_ROW_SAME] = FITS,
                                 [ACTIVE_ROW_BEHIND] = WARNS,
                                 [ACTIVE_ROW_OTHER] = MISFITS,
                                 [ACTIVE_ROW_AHEAD] = MISFITS};
    active_row_state state;
    json_t *row;
    char *text = NULL;
    int status = pg_release_row(db, p->environment, &row);
    if (!status)
        status = active_row_judge(p, row, &state, &text);
    if (!status)
        print_result(all, "log", of[state], text);
    free(text);
    json_decref(row);
    return status;
}

/* Where options or variables name the artifact store. */
static int check_logs(pg *db, const arguments *a, answer *all) {
    publish p;
    const publish_settings settings = options_publish(a);
    if (!publish_is_named(&settings) && !settings.emptied)
        return 0;
    int status = publish_open(&p, &settings);
    if (status)
        return status;
    for (int e = 0; !status && e < ENVIRONMENTS; e++) {
        p.environment = environment_names[e];
        status = check_log(db, &p, all);
    }
    publish_close(&p);
    return status;
}

static int conclude(const pg *db, const answer *all) {
    result_line("%s: misfits: %u, warnings: %u", pg_name(db), all->misfits, all->warnings);
    int status = json_wanted()
                     ? result_json(json_pack("{s:s, s:b, s:O}", "database", pg_name(db), "fits",
                                             !all->misfits, "findings", all->findings))
                     : result_flush();
    if (!status && all->misfits)
        status = fail(TW_NEGATIVE, "%s does not fit; misfits: %u", pg_name(db), all->misfits);
    return status;
}

static int run(const arguments *a) {
    const pg_settings database = options_pg(a, "db-url");
    pg *db;
    int status = pg_open(&db, &database);
    if (status)
        return status;
    answer all = {.findings = json_array()};
    status = database_check(db, option_count(a, "embedding-dim"), print_result, &all);
    if (!status)
        status = check_logs(db, a, &all);
    if (!status)
        status = conclude(db, &all);
    json_decref(all.findings);
    pg_close(db);
    return status;
}

const command command_db_check = {
    "db check", "what of a Postgres database fits, and what does not",
    NULL,       "twotower db check --db-url env:SUPABASE_DB_URL --embedding-dim 128",
    options,    run,
};
