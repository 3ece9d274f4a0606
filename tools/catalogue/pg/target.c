/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/target.h"

#include "base/fail.h"
#include "base/temporary.h"
#include "base/url.h"
#include "catalogue/pg/certificate.h"

#include <libpq-fe.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

pg_settings pg_settings_default(void) {
    return (pg_settings){.source = "--db-url", .timeout = 600};
}

const char *pg_target_get(const pg_target *target, const char *keyword) {
    for (size_t i = 0; i < target->count; i++)
        if (strcmp(target->keyword[i], keyword) == 0)
            return target->value[i];
    return "";
}

/* Takes over `value`. */
static void put(pg_target *target, const char *keyword, char *value) {
    size_t i = 0;
    while (i < target->count && strcmp(target->keyword[i], keyword) != 0)
        i++;
    if (i == PG_KEYWORDS) {
        free(value);
        return;
    }
    if (i == target->count)
        target->count++;
    target->keyword[i] = keyword;
    free(target->value[i]);
    target->value[i] = value;
}

static void set(pg_target *target, const char *keyword, const char *value) {
    put(target, keyword, xstrndup(value, strlen(value)));
}

static void set_default(pg_target *target, const char *keyword, const char *value) {
    if (value && !*pg_target_get(target, keyword))
        set(target, keyword, value);
}

void pg_target_free(pg_target *target) {
    for (size_t i = 0; i < target->count; i++) {
        /* Passwords do not stay in memory that is given back. */
        memset(target->value[i], 0, strlen(target->value[i]));
        free(target->value[i]);
    }
    if (target->certificate)
        (void)temporary_remove(target->certificate);
    free(target->certificate);
    free(target->name);
    *target = (pg_target){.count = 0};
}

/* ---- The URL ---------------------------------------------------------------------------- */

/* Percent-encoding can put a password where messages show what stands there. */
static int refuse_odd(const pg_target *target, const char *source) {
    static const char *const shown[][2] = {{"host", "@"}, {"hostaddr", "@"}, {"user", ":"}};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (strstr(pg_target_get(target, shown[i][0]), shown[i][1]))
            return fail(TW_USAGE,
                        "%s: there is a %s in the %s of the URL; USER:PASSWORD@HOST is expected, "
                        "with these two characters as they are",
                        source, shown[i][1], shown[i][0]);
    const char *port = pg_target_get(target, "port");
    if (strspn(port, "0123456789,") != strlen(port))
        return fail(TW_USAGE, "%s: the port of the URL is no number", source);
    return 0;
}

/* What a URL may say. */
static const char *const keywords[] = {"host",
                                       "hostaddr",
                                       "port",
                                       "dbname",
                                       "user",
                                       "password",
                                       "passfile",
                                       "options",
                                       "sslmode",
                                       "sslrootcert",
                                       "sslcert",
                                       "sslkey",
                                       "sslpassword",
                                       "sslcrl",
                                       "sslsni",
                                       "ssl_min_protocol_version",
                                       "channel_binding",
                                       "gssencmode",
                                       "connect_timeout",
                                       "keepalives",
                                       "keepalives_idle",
                                       "keepalives_interval",
                                       "keepalives_count",
                                       "tcp_user_timeout",
                                       "application_name",
                                       "target_session_attrs",
                                       NULL};

/* `source` names where the URL stands; the URL itself, which may hold a password, is
 * not shown, and neither is what libpq says of it. */
static int read_url(pg_target *target, const char *url, const char *source) {
    if (url_check(url, source))
        return TW_USAGE;
    if (strncmp(url, "postgresql://", 13) != 0 && strncmp(url, "postgres://", 11) != 0)
        return fail(TW_USAGE, "%s: postgresql://USER@HOST:PORT/DATABASE is expected", source);
    char *error = NULL;
    PQconninfoOption *all = PQconninfoParse(url, &error);
    PQfreemem(error);
    if (!all)
        return fail(TW_USAGE,
                    "%s: the URL cannot be read; postgresql://USER@HOST:PORT/DATABASE is expected, "
                    "with %%40 for @ and %%2F for / in names and passwords",
                    source);
    for (const char *const *keyword = keywords; *keyword; keyword++) {
        const PQconninfoOption *one = all;
        while (one->keyword && strcmp(one->keyword, *keyword) != 0)
            one++;
        if (one->keyword && one->val && *one->val)
            set(target, *keyword, one->val);
    }
    PQconninfoFree(all);
    if (!*pg_target_get(target, "host") && !*pg_target_get(target, "hostaddr"))
        return fail(TW_USAGE, "%s: the URL names no host", source);
    return refuse_odd(target, source);
}

/* ---- A Supabase project ------------------------------------------------------------------- */

static int is_word(const char *text) {
    return *text && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text);
}

/* The pooler's host, or NULL where nothing tells it; the caller frees it. */
static char *pooler_of(const pg_settings *settings) {
    const char *host = settings->pooler_host, *region = settings->region;
    if (host)
        return xstrndup(host, strlen(host));
    if (!region || !is_word(region))
        return NULL;
    return xasprintf("%s%s.pooler.supabase.com", strncmp(region, "aws-", 4) ? "aws-0-" : "",
                     region);
}

static int use_project(pg_target *target, const char *ref) {
    if (!is_word(ref))
        return fail(TW_USAGE, "the project reference has letters and digits only, as in "
                              "https://REF.supabase.co");
    put(target, "host", xasprintf("db.%s.supabase.co", ref));
    set(target, "user", "postgres");
    return 0;
}

/* db.REF.supabase.co has IPv6 only; the pooler of the project is reached by IPv4, and
 * its users are called USER.REF. */
static void use_pooler(pg_target *target, const pg_settings *settings) {
    static const char before[] = "db.", after[] = ".supabase.co";
    const char *host = pg_target_get(target, "host"), *user = pg_target_get(target, "user");
    size_t len = strlen(host);
    if (len <= sizeof before + sizeof after - 2 || strncmp(host, before, sizeof before - 1) ||
        strcmp(host + len - (sizeof after - 1), after))
        return;
    char *pooler = pooler_of(settings);
    if (!pooler)
        return;
    int ref = (int)(len - (sizeof before + sizeof after - 2));
    if (!strchr(user, '.'))
        put(target, "user",
            xasprintf("%s.%.*s", *user ? user : "postgres", ref, host + sizeof before - 1));
    set(target, "port", settings->pooler_port ? settings->pooler_port : "5432");
    put(target, "host", pooler);
}

/* ---- The rules ------------------------------------------------------------------------------ */

/* Every host of a list: loopback, or a socket of this machine. */
static int all_local(const char *hosts) {
    while (*hosts) {
        size_t len = strcspn(hosts, ",");
        if (*hosts != '/' && !host_is_loopback(hosts, len))
            return 0;
        hosts += len;
        hosts += *hosts == ',';
    }
    return 1;
}

int pg_target_local(const pg_target *target) {
    return all_local(pg_target_get(target, "host")) && all_local(pg_target_get(target, "hostaddr"));
}

static int choose_tls(pg_target *target, const pg_settings *settings) {
    set_default(target, "hostaddr", settings->host_address);
    if (pg_target_local(target))
        set_default(target, "sslmode", settings->ssl_mode);
    else if (!settings->url_typed || !*pg_target_get(target, "sslmode"))
        set(target, "sslmode", "verify-full");
    set_default(target, "sslrootcert", settings->root_certificate);
    if (*pg_target_get(target, "sslrootcert") || !settings->authority)
        return 0;
    int status = pg_certificate_write(&target->certificate, settings->authority);
    if (!status)
        set(target, "sslrootcert", target->certificate);
    return status;
}

static void set_defaults(pg_target *target, const pg_settings *settings) {
    static const char *const fixed[][2] = {
        {"port", "5432"},           {"dbname", "postgres"},
        {"connect_timeout", "10"},  {"keepalives", "1"},
        {"keepalives_idle", "30"},  {"keepalives_interval", "10"},
        {"keepalives_count", "3"},  {"tcp_user_timeout", "30000"},
        {"gssencmode", "disable"},  {"application_name", "twotower"},
        {"client_encoding", "UTF8"}};
    int supabase = strstr(pg_target_get(target, "host"), ".supabase.co") != NULL;
    if (supabase || settings->pooler_host)
        set_default(target, "password", settings->project_password);
    set_default(target, "password", settings->password);
    set_default(target, "user", settings->user);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        set_default(target, fixed[i][0], fixed[i][1]);
    const char *host = pg_target_get(target, "host");
    if (!*host)
        host = pg_target_get(target, "hostaddr");
    int v6 = strchr(host, ':') != NULL;
    target->name = xasprintf("%s%s%s:%s/%s", v6 ? "[" : "", host, v6 ? "]" : "",
                             pg_target_get(target, "port"), pg_target_get(target, "dbname"));
}

static int find(pg_target *target, const pg_settings *settings) {
    if (settings->url)
        return read_url(target, settings->url, settings->source);
    if (settings->project)
        return use_project(target, settings->project);
    return fail(TW_USAGE,
                "%s is needed: postgresql://USER@HOST:PORT/DATABASE, env:NAME for a variable that "
                "holds it, or file:DIR, a folder of CSV tables",
                settings->source);
}

int pg_target_find(pg_target *target, const pg_settings *settings) {
    *target = (pg_target){.count = 0};
    int status = find(target, settings);
    if (!status) {
        use_pooler(target, settings);
        status = choose_tls(target, settings);
    }
    if (!status)
        set_defaults(target, settings);
    else
        pg_target_free(target);
    return status;
}

/* ---- A host without IPv4 -----------------------------------------------------------------------
 */

static int has_address(const char *host, int family) {
    const struct addrinfo wanted = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, NULL, &wanted, &found) != 0)
        return 0;
    freeaddrinfo(found);
    return 1;
}

char *pg_target_hint(const pg_target *target) {
    const char *host = pg_target_get(target, "host");
    if (*host == '/' || strchr(host, ',') || has_address(host, AF_INET) ||
        !has_address(host, AF_INET6))
        return NULL;
    return xasprintf(
        "%s has an IPv6 address only, and this machine does not reach it; use the pooler, "
        "which has IPv4: set SUPABASE_REGION or SUPABASE_POOLER_HOST "
        "(aws-N-REGION.pooler.supabase.com) or give the session pooler's URL",
        host);
}
