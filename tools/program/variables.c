/* SPDX-License-Identifier: MIT */
/* Which variables hold secrets; and a variable that is set and empty.  That one counts as not set,
 * but for two kinds, which are refused: a guard, whose absence switches a check off or chooses for
 * the user; and one that would hide the value of --env-file. */
#include "base/fail.h"
#include "base/secret.h"
#include "program/arguments.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *without; /* what is done where it is not set */
    int always;                 /* every command reads it */
} guards[] = {
    {"TWOTOWER_PUBLIC_KEYS", "no signature is checked", 1},
    {"SSL_CERT_FILE", "the system's own authorities are trusted", 1},
    {"TWOTOWER_SIGNING_KEY", "nothing is signed", 0},
    {"TWOTOWER_USER_KEY", "user ids are not hashed", 0},
    {"TWOTOWER_ENVIRONMENT", "production is meant", 0},
    {"SUPABASE_CA_CERT", "the system's own authorities are trusted", 0},
    {"PGSSLROOTCERT", "the system's own authorities are trusted", 0},
    {"PGSSLMODE", "a database on this machine may be reached without TLS", 0},
};
enum { GUARDS = sizeof guards / sizeof *guards };

static int reads(const command *of, const char *name) {
    for (const option *one = of->options; one && one->name; one++)
        if (one->environment && strcmp(one->environment, name) == 0)
            return 1;
    return 0;
}

static int refuse_guard(const arguments *given, size_t at) {
    const char *name = guards[at].name, *text = getenv(name);
    const setting_line *entry = setting_file_find(&given->environment, name);
    if (text && !*text)
        return fail(TW_USAGE,
                    "the variable %s is set and empty; give it a value, or unset it (then %s)",
                    name, guards[at].without);
    if (!text && entry && !*entry->value)
        return fail(TW_INPUT, "%s:%zu: %s is empty; give it a value, or remove the line (then %s)",
                    env_file(given), entry->line, name, guards[at].without);
    return 0;
}

static int refuse_hiding(const arguments *given, const char *name) {
    const char *text = getenv(name);
    const setting_line *entry = setting_file_find(&given->environment, name);
    if (!text || *text || !entry || !*entry->value)
        return 0;
    return fail(TW_USAGE,
                "the variable %s is set and empty, and %s:%zu gives it a value; unset it, or "
                "remove the line",
                name, env_file(given), entry->line);
}

/* ---- What messages never show ---------------------------------------------------------------- */

static const char *const secrets[] = {"SUPABASE_DB_PASSWORD",      "PGPASSWORD",
                                      "SUPABASE_SECRET_KEYS",      "SUPABASE_SECRET_KEY",
                                      "SUPABASE_SERVICE_ROLE_KEY", "SUPABASE_SERVICE_KEY",
                                      "TWOTOWER_USER_KEY",         "FANZA_API_ID"};
static const char *const urls[] = {"TWOTOWER_DB_URL",
                                   "SUPABASE_DB_URL",
                                   "REMOTE_DATABASE_URL",
                                   "PROD_DATABASE_URL",
                                   "DATABASE_URL",
                                   "SUPABASE_URL",
                                   "NEXT_PUBLIC_SUPABASE_URL",
                                   "MODEL_ARTIFACT_BASE_URL",
                                   "TWOTOWER_STORAGE_URL",
                                   "http_proxy",
                                   "https_proxy",
                                   "HTTPS_PROXY",
                                   "all_proxy",
                                   "ALL_PROXY"};
static const char *const webhooks[] = {"DISCORD_WEBHOOK_URL", "NOTIFY_WEBHOOK_URL"};
#define COUNT(list) (sizeof(list) / sizeof *(list))

void variables_mask(const arguments *given) {
    const char *key = environment_value(given, "TWOTOWER_SIGNING_KEY");
    for (size_t i = 0; i < COUNT(secrets); i++)
        secret_keep(environment_value(given, secrets[i]));
    for (size_t i = 0; i < COUNT(urls); i++)
        secret_keep_url(environment_value(given, urls[i]));
    for (size_t i = 0; i < COUNT(webhooks); i++)
        secret_keep_webhook(environment_value(given, webhooks[i]));
    if (key && strstr(key, "BEGIN")) /* else the name of its file */
        secret_keep(key);
}

/* ---- Set, and empty ------------------------------------------------------------------------ */

int variables_check(const arguments *given, const command *of) {
    int status = 0;
    for (size_t i = 0; !status && i < GUARDS; i++)
        if (guards[i].always || reads(of, guards[i].name))
            status = refuse_guard(given, i);
    for (const option *one = of->options; !status && one && one->name; one++)
        if (one->environment)
            status = refuse_hiding(given, one->environment);
    return status;
}
