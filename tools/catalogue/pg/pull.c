/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/pull.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/connection.h"
#include "catalogue/pg/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In this order rows name only rows that are there; they are removed in the opposite one. */
static const char *const names[] = {
    "videos",           "tags",     "performers",          "video_tags",
    "video_performers", "profiles", "user_video_decisions"};
enum { TABLES = sizeof names / sizeof *names };

typedef struct pulling {
    pg *remote, *local;
    pull_table table[TABLES];
    size_t count;
    char *columns[TABLES], *key[TABLES]; /* lists of SQL; NULL: not copied */
    int dry;
    uint64_t moved;
} pulling;

/* ---- What both have ------------------------------------------------------------------------ */

/* Columns that are stored, quoted, and the primary key's, as one list each. */
static const char describe[] =
    "SELECT (SELECT string_agg(quote_ident(attname), ',' ORDER BY attname) FROM pg_attribute "
    "WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''), "
    "(SELECT string_agg(quote_ident(a.attname), ',' ORDER BY a.attname) FROM pg_index i "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) "
    "WHERE i.indrelid = c.oid AND i.indisprimary) "
    "FROM pg_class c WHERE c.oid = to_regclass('public.' || $1)";

/* The words of `a` that `b` has too; both are sorted lists with commas. The caller frees it. */
static char *common(const char *a, const char *b) {
    char *both = xstrndup("", 0), *next;
    while (*a) {
        size_t len = strcspn(a, ",");
        for (const char *at = b; *at;) {
            size_t other = strcspn(at, ",");
            if (other == len && memcmp(at, a, len) == 0) {
                next = xasprintf("%s%s%.*s", both, *both ? "," : "", (int)len, a);
                free(both);
                both = next;
            }
            at += other + (at[other] == ',');
        }
        a += len + (a[len] == ',');
    }
    return both;
}

static int compare_table(pulling *p, size_t which) {
    const char *const value[] = {names[which]};
    PGresult *there, *here = NULL;
    int status = pg_query(p->remote, &there, describe, 1, value);
    if (!status)
        status = pg_query(p->local, &here, describe, 1, value);
    if (!status && PQntuples(there) && PQntuples(here)) {
        const char *key = PQgetvalue(here, 0, 1);
        char *columns = common(PQgetvalue(there, 0, 0), PQgetvalue(here, 0, 0));
        char *keys = common(key, columns);
        if (!*key || strcmp(key, keys) != 0)
            status =
                fail(TW_DATABASE, "%s: public.%s must have a primary key whose columns %s has too",
                     pg_name(p->local), names[which], pg_name(p->remote));
        p->columns[which] = columns;
        p->key[which] = keys;
    } else if (!status && !which)
        status =
            fail(TW_DATABASE, "%s: there is no table public.videos; twotower db migrate makes it",
                 pg_name(PQntuples(there) ? p->local : p->remote));
    PQclear(there);
    PQclear(here);
    return status;
}

static void forget(pulling *p) {
    for (size_t i = 0; i < TABLES; i++) {
        free(p->columns[i]);
        free(p->key[i]);
        p->columns[i] = p->key[i] = NULL;
    }
    p->count = 0;
}

/* ---- The copy ---------------------------------------------------------------------------------
 */

static int pass_on(void *context, const char *bytes, size_t len) {
    pulling *p = context;
    progress_show("pulling", ++p->moved, 0);
    return pg_copy_put(p->local, bytes, len);
}

/* Into a temporary table, as text: a column may be of another type here. */
static int stage(pulling *p, size_t which) {
    const char *name = names[which], *columns = p->columns[which];
    char *make = xasprintf("CREATE TEMPORARY TABLE pulled_%s ON COMMIT DROP AS SELECT %s FROM "
                           "public.%s LIMIT 0",
                           name, columns, name);
    char *in = xasprintf("COPY pg_temp.pulled_%s (%s) FROM STDIN", name, columns);
    char *out = xasprintf("COPY (SELECT %s FROM public.%s) TO STDOUT", columns, name);
    int status = pg_run(p->local, make);
    if (!status)
        status = pg_copy_begin(p->local, in);
    if (!status)
        status = pg_copy_out(p->remote, out, pass_on, p);
    if (!status)
        status = pg_copy_end(p->local);
    free(make);
    free(in);
    free(out);
    return status;
}

/* "(e.a, e.b)" of "a,b"; the caller frees it. */
static char *prefixed(const char *list, const char *prefix) {
    char *text = xasprintf("%s.", prefix), *next;
    for (; *list; list++) {
        next = *list == ',' ? xasprintf("%s, %s.", text, prefix) : xasprintf("%s%c", text, *list);
        free(text);
        text = next;
    }
    return text;
}

static int ask_count(pg *db, const char *sql, uint64_t *count) {
    PGresult *rows;
    int status = pg_query(db, &rows, sql, 0, NULL);
    if (!status)
        *count = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
    if (!status)
        PQclear(rows);
    return status;
}

static int write_table(pulling *p, size_t which, pull_table *of) {
    const char *name = names[which];
    char *old = prefixed(p->columns[which], "e"), *new = prefixed(p->columns[which], "excluded");
    char *count = xasprintf("SELECT count(*) FROM pg_temp.pulled_%s", name);
    int only_key = !strcmp(p->columns[which], p->key[which]);
    char *change = only_key
                       ? xstrndup("NOTHING", 7)
                       : xasprintf("UPDATE SET (%s) = ROW(%s) WHERE (%s) IS DISTINCT FROM (%s)",
                                   p->columns[which], new, old, new);
    char *write =
        xasprintf("WITH w AS (INSERT INTO public.%s AS e (%s) SELECT %s FROM "
                  "pg_temp.pulled_%s ON CONFLICT (%s) DO %s RETURNING 1) "
                  "SELECT count(*) FROM w",
                  name, p->columns[which], p->columns[which], name, p->key[which], change);
    int status = ask_count(p->local, count, &of->rows);
    if (!status)
        status = ask_count(p->local, write, &of->written);
    free(old);
    free(new);
    free(count);
    free(change);
    free(write);
    return status;
}

static int remove_gone(pulling *p, size_t which, pull_table *of) {
    const char *name = names[which];
    char *old = prefixed(p->key[which], "e"), *new = prefixed(p->key[which], "r");
    char *sql =
        xasprintf("WITH w AS (DELETE FROM public.%s e WHERE NOT EXISTS (SELECT FROM "
                  "pg_temp.pulled_%s r WHERE (%s) = (%s)) RETURNING 1) SELECT count(*) FROM w",
                  name, name, new, old);
    int status = ask_count(p->local, sql, &of->removed);
    free(old);
    free(new);
    free(sql);
    return status;
}

static int count_remote(pulling *p, size_t which, pull_table *of) {
    char *sql = xasprintf("SELECT count(*) FROM public.%s", names[which]);
    int status = ask_count(p->remote, sql, &of->rows);
    free(sql);
    return status;
}

static int copy_all(pulling *p) {
    int status = 0;
    for (size_t i = 0; i < TABLES && !status; i++) {
        if (!p->columns[i])
            continue;
        pull_table *of = &p->table[p->count++];
        *of = (pull_table){.name = names[i]};
        status = p->dry ? count_remote(p, i, of) : stage(p, i);
    }
    for (size_t i = TABLES, at = p->count; i-- > 0 && !status && !p->dry;)
        if (p->columns[i])
            status = remove_gone(p, i, &p->table[--at]);
    for (size_t i = 0, at = 0; i < TABLES && !status && !p->dry; i++)
        if (p->columns[i])
            status = write_table(p, i, &p->table[at++]);
    return status;
}

/* The remote snapshot is as young as the transaction here, and both begin anew together. */
static int pull(pg *db, void *context) {
    pulling *p = context;
    (void)db;
    forget(p);
    pg_rollback(p->remote);
    pg_doing(p->remote, "read the tables");
    pg_doing(p->local, "write the tables");
    int status = pg_begin(p->remote, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    for (size_t i = 0; i < TABLES && !status; i++)
        status = compare_table(p, i);
    if (!status)
        status = copy_all(p);
    if (status && p->remote->transient)
        p->local->transient = 1;
    pg_rollback(p->remote);
    return status;
}

int pg_pull(const pull_settings *settings, pull_table **tables, size_t *count) {
    pulling p = {.dry = settings->dry};
    int status = pg_open(&p.local, &settings->local);
    if (!status && !pg_target_local(&p.local->target))
        status =
            fail(TW_USAGE,
                 "%s: %s is not on this machine, and pull makes its tables those of the remote "
                 "database; name a local one",
                 settings->local.source, pg_name(p.local));
    if (!status)
        status = pg_open(&p.remote, &settings->remote);
    if (!status && !strcmp(pg_name(p.local), pg_name(p.remote)))
        status =
            fail(TW_USAGE, "--db-url and --remote-db-url are one database: %s", pg_name(p.local));
    if (!status)
        status = pg_transaction(p.local, NULL, pull, &p);
    if (!status) {
        *tables = xmalloc((p.count + 1) * sizeof **tables);
        memcpy(*tables, p.table, p.count * sizeof **tables);
        *count = p.count;
    }
    forget(&p);
    pg_close(p.remote);
    pg_close(p.local);
    return status;
}
