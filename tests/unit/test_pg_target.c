/* SPDX-License-Identifier: MIT */
/* Where a database is: URLs, variables of a Supabase project, and the rules of TLS. */
#include "base/fail.h"
#include "catalogue/pg/target.h"
#include "program/options_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static pg_target target;

static int run(const arguments *given) {
    (void)given;
    return 0;
}

/* Finds a target by environment lines (NAME=VALUE, ends with NULL) and `--db-url url`. */
static int find(char *url, const char *const *environment) {
    static const option table[] = {{"db-url", OPTION_TEXT, "URL", NULL, NULL, NULL, "store"},
                                   {"project-ref", OPTION_TEXT, "REF", NULL, NULL, NULL, "project"},
                                   {0}};
    const command probe = {"probe", "", NULL, "", table, run};
    char path[] = "/tmp/test_pg_target.XXXXXX", file[] = "--env-file", name[] = "--db-url";
    char *argv[] = {file, path, name, url};
    arguments *given;
    int help, fd = mkstemp(path);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(to);
    for (; *environment; environment++)
        fprintf(to, "%s\n", *environment);
    fclose(to);
    fail_clear();
    pg_target_free(&target);
    int status = arguments_parse(&given, &probe, url ? 4 : 2, argv, &help);
    if (!status) {
        const pg_settings settings = options_pg(given, "db-url");
        status = pg_target_find(&target, &settings);
    }
    arguments_free(given);
    remove(path);
    return status;
}

#define FIND(url, ...) find(url, (const char *const[]){__VA_ARGS__, NULL})
#define NOTHING "UNUSED=1"

static void has(const char *keyword, const char *value) {
    assert_string_equal(pg_target_get(&target, keyword), value);
}

static void a_url(void **state) {
    (void)state;
    char url[] = "postgresql://me:secret@127.0.0.1:5433/shop?connect_timeout=3";
    assert_int_equal(FIND(url, NOTHING), 0);
    has("host", "127.0.0.1");
    has("port", "5433");
    has("password", "secret");
    has("connect_timeout", "3");
    has("tcp_user_timeout", "30000");
    has("sslmode", "");
    assert_string_equal(target.name, "127.0.0.1:5433/shop");
    char short_one[] = "postgres://localhost";
    assert_int_equal(FIND(short_one, "PGPASSWORD=p", "PGSSLMODE=disable", "PGUSER=u"), 0);
    has("dbname", "postgres");
    has("port", "5432");
    has("password", "p");
    has("user", "u");
    has("sslmode", "disable");
    char none[] = "postgresql:///shop", broken[] = "postgresql://127.0.0.1:x:y/%zz";
    assert_int_equal(FIND(none, NOTHING), TW_USAGE);
    assert_int_equal(FIND(broken, NOTHING), TW_USAGE);
}

static void far_hosts(void **state) {
    (void)state;
    char far[] = "postgresql://me@db.example.org/shop",
         weak[] = "postgresql://h.example/x?sslmode=require";
    char mixed[] = "postgresql://localhost,h.example/x?sslmode=disable";
    char hidden[] = "postgresql://localhost/x?hostaddr=10.0.0.1", variable[] = "env:WEAK";
    assert_int_equal(FIND(far, "PGSSLMODE=disable", "PGSSLROOTCERT=/ca.crt"), 0);
    has("sslmode", "verify-full");
    has("sslrootcert", "/ca.crt");
    assert_int_equal(FIND(weak, NOTHING), 0);
    has("sslmode", "require");
    assert_int_equal(FIND(variable, "WEAK=postgresql://h.example/x?sslmode=require"), 0);
    has("sslmode", "verify-full");
    assert_int_equal(FIND(NULL, "DATABASE_URL=postgresql://h.example/x?sslmode=require"), 0);
    has("sslmode", "verify-full");
    assert_int_equal(FIND(mixed, NOTHING), 0);
    has("sslmode", "disable");
    assert_int_equal(FIND(hidden, NOTHING), 0);
    has("sslmode", "verify-full");
}

static void a_project(void **state) {
    (void)state;
    assert_int_equal(FIND(NULL, "SUPABASE_PROJECT_ID=abcdef",
                          "SUPABASE_REGION=aws-1-ap-northeast-1", "SUPABASE_DB_PASSWORD=s"),
                     0);
    has("host", "aws-1-ap-northeast-1.pooler.supabase.com");
    has("port", "5432");
    has("user", "postgres.abcdef");
    has("password", "s");
    has("sslmode", "verify-full");
    assert_int_equal(FIND(NULL, "SUPABASE_PROJECT_REF=abcdef", "SUPABASE_REGION=ap-northeast-1",
                          "SUPABASE_POOLER_PORT=6543"),
                     0);
    has("host", "aws-0-ap-northeast-1.pooler.supabase.com");
    has("port", "6543");
    assert_int_equal(FIND(NULL, "SUPABASE_PROJECT_REF=abcdef"), 0);
    has("host", "db.abcdef.supabase.co");
    has("user", "postgres");
    char direct[] = "postgresql://me@db.abcdef.supabase.co:5432/postgres";
    assert_int_equal(FIND(direct, "SUPABASE_POOLER_HOST=arena.example", "SUPABASE_DB_PASSWORD=s"),
                     0);
    has("host", "arena.example");
    has("user", "me.abcdef");
    has("password", "s");
    assert_int_equal(FIND(NULL, "SUPABASE_PROJECT_ID=../x"), TW_USAGE);
}

static void order_of_variables(void **state) {
    (void)state;
    assert_int_equal(FIND(NULL, "DATABASE_URL=postgresql://localhost/d",
                          "PROD_DATABASE_URL=postgresql://localhost/p",
                          "REMOTE_DATABASE_URL=postgresql://localhost/r"),
                     0);
    has("dbname", "r");
    assert_int_equal(FIND(NULL, "SUPABASE_DB_URL=postgresql://localhost/s",
                          "REMOTE_DATABASE_URL=postgresql://localhost/r",
                          "SUPABASE_PROJECT_ID=abcdef"),
                     0);
    has("dbname", "s");
    assert_int_equal(FIND(NULL, NOTHING), TW_USAGE);
    assert_int_equal(FIND(NULL, "SUPABASE_PROJECT_ID=abcdef", "SUPABASE_CA_CERT=!"), TW_INPUT);
}

static int forget(void **state) {
    (void)state;
    static const char *const names[] = {"SUPABASE_DB_URL",
                                        "REMOTE_DATABASE_URL",
                                        "PROD_DATABASE_URL",
                                        "DATABASE_URL",
                                        "SUPABASE_PROJECT_ID",
                                        "SUPABASE_PROJECT_REF",
                                        "SUPABASE_POOLER_HOST",
                                        "SUPABASE_POOLER_PORT",
                                        "SUPABASE_REGION",
                                        "SUPABASE_DB_PASSWORD",
                                        "PGPASSWORD",
                                        "PGUSER",
                                        "PGSSLMODE",
                                        "PGSSLROOTCERT",
                                        "SUPABASE_CA_CERT",
                                        "PGHOSTADDR"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    return 0;
}

static int release(void **state) {
    (void)state;
    pg_target_free(&target);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_url), cmocka_unit_test(far_hosts),
                                       cmocka_unit_test(a_project),
                                       cmocka_unit_test(order_of_variables)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tests", tests, forget, release);
}
