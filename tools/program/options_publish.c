/* SPDX-License-Identifier: MIT */
#include "program/options_publish.h"

#include "base/message.h"

/* The first of two variables that is set. */
static const char *either(const arguments *given, const char *first, const char *second) {
    const char *value = environment_value(given, first);
    return value ? value : environment_value(given, second);
}

/* The new names first: a project may have disabled the key of the old ones. */
static storage_credential key_of_project(const arguments *given) {
    const storage_credential all[] = {
        {environment_value(given, "SUPABASE_SECRET_KEYS"), "SUPABASE_SECRET_KEYS", 1},
        {environment_value(given, "SUPABASE_SECRET_KEY"), "SUPABASE_SECRET_KEY", 0},
        {environment_value(given, "SUPABASE_SERVICE_ROLE_KEY"), "SUPABASE_SERVICE_ROLE_KEY", 0},
        {environment_value(given, "SUPABASE_SERVICE_KEY"), "SUPABASE_SERVICE_KEY", 0}};
    size_t at = 0;
    while (at + 1 < sizeof all / sizeof *all && !all[at].text)
        at++;
    return all[at];
}

/* A variable that would name the store and is empty, or NULL. */
static const char *emptied(const arguments *given) {
    static const char *const names[] = {"TWOTOWER_STORAGE_URL", "SUPABASE_URL",
                                        "NEXT_PUBLIC_SUPABASE_URL", "MODEL_ARTIFACT_BASE_URL"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (variable_is_empty(given, names[i]))
            return names[i];
    return NULL;
}

publish_settings options_publish(const arguments *given) {
    publish_settings of = publish_settings_default();
    of.url = option_text(given, "storage-url");
    of.supabase_url = either(given, "SUPABASE_URL", "NEXT_PUBLIC_SUPABASE_URL");
    of.project = either(given, "SUPABASE_PROJECT_ID", "SUPABASE_PROJECT_REF");
    of.key = key_of_project(given);
    of.emptied = emptied(given);
    of.bucket = environment_value(given, "MODEL_ARTIFACTS_BUCKET");
    of.mirror_url = environment_value(given, "MODEL_ARTIFACT_BASE_URL");
    of.signing_key = environment_value(given, "TWOTOWER_SIGNING_KEY");
    of.prefix = option_text(given, "prefix");
    of.timeout = option_count(given, "timeout");
    if (option_known(given, "environment"))
        of.environment = option_text(given, "environment");
    return of;
}

publish_upload_settings options_publish_upload(const arguments *given) {
    return (publish_upload_settings){.store = options_publish(given),
                                     .root = option_text(given, "artifacts-root"),
                                     .run_id = option_text(given, "run-id"),
                                     .summary = option_text(given, "summary")};
}

publish_fetch_settings options_publish_fetch(const arguments *given) {
    return (publish_fetch_settings){.store = options_publish(given),
                                    .root = option_text(given, "artifacts-root"),
                                    .run_id = option_text(given, "run-id"),
                                    .unreleased = option_flag(given, "unreleased")};
}

int options_publish_open(publish *p, const arguments *given) {
    const publish_settings settings = options_publish(given);
    return publish_open(p, &settings);
}

/* A project's reference names its Storage too: it means its database where a password is set. */
static int names_database(const arguments *given) {
    const pg_settings of = options_pg(given, "db-url");
    return of.url || (of.project && (of.project_password || of.password));
}

int options_follow_open(store **database, const arguments *given) {
    *database = NULL;
    if (option_flag(given, "storage-only"))
        return 0;
    if (names_database(given))
        return options_store_open(database, given, "db-url");
    log_info("no database is named: only the artifact store is meant; --db-url names one");
    return 0;
}
