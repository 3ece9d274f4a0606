/* SPDX-License-Identifier: MIT */
/* What no message shows: passwords that look like hosts, and secrets that others repeat. */
#include "base/fail.h"
#include "base/secret.h"
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void torn_urls(void **state) {
    (void)state;
    static const char *const torn[] = {"postgresql://me:pa@ss@db.example.org/x",
                                       "postgresql://me:pa/ss@db.example.org/x",
                                       "postgresql://me:12/ss@db.example.org/x",
                                       "postgresql://me:pa?ss@db.example.org/x",
                                       "postgresql://me:12?s@db.example.org/x",
                                       "postgresql://me:pa#ss@db.example.org/x",
                                       "postgresql://db.example.org/x?user=a@b",
                                       "postgres://h:5432,i:pa/ss@db.example.org",
                                       "https://me:pa@ss@example.org/x",
                                       "https://me:pa/ss@example.org/x",
                                       "https://me:12/ss@example.org/x",
                                       "https://me:pa#ss@example.org/x",
                                       "https://me@here@example.org",
                                       "https://[::1]:pa/x"};
    static const char *const whole[] = {"postgresql://me:pa%40ss@db.example.org:5432/x?a=b",
                                        "postgresql://me@[::1]:5432/x",
                                        "postgresql://me:pw@h:1,[::2]:2,i/x",
                                        "postgresql:///x?host=/run/pg",
                                        "https://cdn.example.org/gh/me/shop@v1/current",
                                        "https://example.org:8443/a?mail=a@b",
                                        "https://me:pw@example.org:8443/x",
                                        "file:a@b:c@d",
                                        "env:NAME"};
    for (size_t i = 0; i < sizeof torn / sizeof *torn; i++) {
        if (!url_is_torn(torn[i]))
            fail_msg("%s is taken", torn[i]);
        fail_clear();
        assert_int_equal(url_check(torn[i], "the URL"), TW_USAGE);
        assert_non_null(strstr(fail_text(), "the URL: the host cannot be told"));
        assert_null(strstr(fail_text(), "example"));
    }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        if (url_is_torn(whole[i]))
            fail_msg("%s is refused", whole[i]);
    fail_clear();
}

static void passwords(void **state) {
    (void)state;
    static const char *const with[] = {"postgres://h/x?password=p", "postgres://h/x?pass%77ord=p",
                                       "postgres://h/x?%70%61ssword=p",
                                       "postgres://h/x?a=b&ssl%70assword=p", "postgres://u:p@h/x"};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        assert_true(url_has_password(with[i]));
        assert_true(url_leaks_password(with[i]));
    }
    assert_true(url_leaks_password("postgres://u:p@127.0.0.1/x?%68ost=example.org"));
    assert_false(url_leaks_password("postgres://u:p@127.0.0.1/x"));
    assert_false(url_has_password("postgres://u@h/x?pass%7word=p"));
    assert_int_equal(percent_byte("%7f"), 127);
    assert_int_equal(percent_byte("%7F"), 127);
    assert_int_equal(percent_byte("%7"), -1);
    assert_int_equal(percent_byte("%g0"), -1);
    assert_int_equal(percent_byte("a41"), -1);
}

static void masked(const char *text, const char *expected) {
    char copy[400];
    strcpy(copy, text);
    secret_mask(copy);
    assert_string_equal(copy, expected);
}

static void masks(void **state) {
    (void)state;
    secret_keep_url("postgresql://me:hun%2Fter\"2%40x@db.example.org/x?sslpassword=key%20word");
    masked("hun/ter\"2@x", "***");
    masked("(hun%2Fter%222%40x) (hun%2fter%222%40x)", "(***) (***)");
    masked("{\"p\":\"hun\\/ter\\\"2@x\"}", "{\"p\":\"***\"}");
    masked("hun/ter\\u00222\\u0040x!", "***!");
    masked("hun%2Fter\\\"2@x.", "***.");
    masked("key word, key%20word, keyword", "***, ***, keyword");
    masked("me@db.example.org, hun/ter", "me@db.example.org, hun/ter");
    secret_keep("[\"sb_secret_one\", {\"name\": \"sb_secret_two\"}]");
    masked("sb_secret_one sb_secret_two sb_secret_three", "*** *** sb_secret_three");
    secret_keep("somebody:their-password");
    masked("their-password of somebody; somebody:their-password", "*** of somebody; ***");
    secret_keep(
        "-----BEGIN KEY-----\nMHcCAQEEIhunter2AAAA\nMHcCAQEEIhunter3\r\n-----END KEY-----\n");
    masked("MHcCAQEEIhunter3, then MHcCAQEEIhunter2AAAA", "***, then ***");
    masked("-----BEGIN KEY-----", "-----BEGIN KEY-----");
    secret_keep_webhook("https://discord.example/api/webhooks/17/abcdef-of-the-hook");
    masked("POST /api/webhooks/17/abcdef-of-the-hook", "POST ***");
    secret_keep_url("postgresql://postgres:postgres@127.0.0.1/postgres"); /* hides nothing */
    secret_keep("short");
    secret_keep(NULL);
    masked("postgres is short", "postgres is short");
    fail_clear();
    assert_int_equal((fail)(TW_DATABASE, "the server says: no hun%%2Fter%%222@x"), TW_DATABASE);
    assert_string_equal(fail_text(), "the server says: no ***");
}

/* A secret at the place where a sentence is cut does not show its beginning. */
static void a_cut_sentence(void **state) {
    (void)state;
    char filler[2030];
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    secret_keep("a-very-long-secret-at-the-end");
    fail_clear();
    (void)(fail)(TW_IO, "%s a-very-long-secret-at-the-end", filler);
    assert_null(strstr(fail_text(), "a-very"));
    assert_non_null(strstr(fail_text(), "***"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(torn_urls), cmocka_unit_test(passwords),
                                       cmocka_unit_test(masks), cmocka_unit_test(a_cut_sentence)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
