/* SPDX-License-Identifier: MIT */
/* Text of a catalogue on a terminal, in Markdown and in JSON. */
#include "base/escape.h"
#include "base/fail.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void line(const char *text, const char *expected) {
    char copy[200];
    strcpy(copy, text);
    escape_line(copy);
    assert_string_equal(copy, expected);
}

static void lines(void **state) {
    (void)state;
    line("\x1b]0;title\x07", "?]0;title?");
    line("a\nb\rc\td\x7f", "a?b?c?d?");
    line("\xc2\x9b"
         "31m red",
         "?31m red"); /* CSI as one character */
    line("abc\xe2\x80\xae"
         "fed\xe2\x81\xa6",
         "abc?fed?");                                             /* RLO, LRI */
    line("\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\xa8\xd8\x9c", "????"); /* ZWSP, BOM, LS, ALM */
    line("\xf3\xa0\x81\x81x", "?x");                              /* a tag */
    line("\xff\xfe \xc0\xaf \xed\xa0\x80 \xe2\x82", "?? ?? ??? ??");
    line("日本語 é \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", /* a joined emoji */
         "日本語 é \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7");
    line("  ::error::x", "  ?:error::x");
    line("a ::b", "a ::b");
    line("x ##[add-mask]y", "x ?#[add-mask]y");
    line("", "");
}

static void markdown(void **state) {
    (void)state;
    assert_string_equal(escape_markdown("Acme\n\n## Gate: **passed**\n![p](https://x)"),
                        "Acme??&#35;&#35; Gate: &#42;&#42;passed&#42;&#42;?&#33;&#91;p&#93;"
                        "(https&#58;//x)");
    assert_string_equal(escape_markdown("<script>&amp;</script>"),
                        "&#60;script&#62;&#38;amp;&#60;/script&#62;");
    assert_string_equal(escape_markdown("two_tower _it_ a|b `c` ~d~ \\"),
                        "two_tower &#95;it&#95; a&#124;b &#96;c&#96; &#126;d&#126; &#92;");
    assert_string_equal(escape_markdown("recall@20 @everyone www.example.org 0.5"),
                        "recall@20 &#64;everyone www&#46;example.org 0.5");
    const char *first = escape_markdown("first");
    for (int i = 0; i < 15; i++)
        (void)escape_markdown("another");
    assert_string_equal(first, "first");
}

static int take(const char *text, size_t len, void *context) {
    strncat(context, text, len);
    return 0;
}

static int refuse(const char *text, size_t len, void *context) {
    (void)text;
    (void)len;
    (void)context;
    return 7;
}

static int escaped(const char *text, size_t len, void *context) {
    return escape_json(text, len, take, context);
}

static void documents(void **state) {
    (void)state;
    static const char title[] = "a\xe2\x80\xae"
                                "b\xc2\x9b\xf3\xa0\x81\x81\x7f 日本 \x1b";
    char text[200] = "";
    json_t *document = json_pack("{s:s}", "t", title);
    assert_int_equal(json_dump_callback(document, escaped, text, JSON_COMPACT), 0);
    assert_string_equal(text, "{\"t\":\"a\\u202Eb\\u009B\\uDB40\\uDC41\\u007F 日本 \\u001B\"}");
    json_t *again = json_loads(text, 0, NULL);
    assert_true(json_equal(document, again));
    assert_int_equal(escape_json("a", 1, refuse, NULL), 7);
    json_decref(again);
    json_decref(document);
}

static void sentences(void **state) {
    (void)state;
    fail_clear();
    assert_int_equal((fail)(TW_INPUT, "a title: %s", "x\xe2\x80\xae\n::error::\x9b"), TW_INPUT);
    assert_string_equal(fail_text(), "a title: x??::error::?");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(markdown),
                                       cmocka_unit_test(documents), cmocka_unit_test(sentences)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
