/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int64_t parsed(const char *text) {
    int64_t seconds = 42;
    assert_int_equal(instant_parse(text, strlen(text), &seconds), 0);
    return seconds;
}

static void refused(const char *text) {
    int64_t seconds = 42;
    assert_int_equal(instant_parse(text, strlen(text), &seconds), -1);
    assert_int_equal(seconds, 42);
}

static void known_instants(void **state) {
    (void)state;
    assert_int_equal(parsed("1970-01-01"), 0);
    assert_int_equal(parsed("1970-01-01T00:00:01Z"), 1);
    assert_int_equal(parsed("1969-12-31T23:59:59Z"), -1);
    assert_int_equal(parsed("2025-10-31T09:38:31Z"), 1761903511);
    assert_int_equal(parsed("2000-02-29"), 951782400);
    assert_int_equal(parsed("0001-01-01"), -62135596800);
    assert_int_equal(parsed("9999-12-31T23:59:59Z"), 253402300799);
    assert_int_equal(parsed("2016-12-31T23:59:60Z"), parsed("2017-01-01"));
}

static void offsets_and_fractions(void **state) {
    (void)state;
    int64_t at = 1761903511;
    assert_int_equal(parsed("2025-10-31 09:38:31"), at);
    assert_int_equal(parsed("2025-10-31 09:38:31.987654+00"), at);
    assert_int_equal(parsed("2025-10-31T18:38:31+09:00"), at);
    assert_int_equal(parsed("2025-10-31T18:38:31.5+0900"), at);
    assert_int_equal(parsed("2025-10-30T23:38:31-10"), at);
    assert_int_equal(parsed("2025-10-31T09:38"), at - 31);
    assert_int_equal(parsed("2025-10-31t09:38:31z"), at);
}

static void what_is_no_instant(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "2025",
                                      "2025-1-1",
                                      "2025-13-01",
                                      "2025-00-01",
                                      "2025-02-29",
                                      "1900-02-29",
                                      "2025-04-31",
                                      "2025-10-31T",
                                      "2025-10-31T24:00:00Z",
                                      "2025-10-31T09:60",
                                      "2025-10-31T09:38:31.Z",
                                      "2025-10-31T09:38:31+9",
                                      "2025-10-31T09:38:31+09:0",
                                      "2025-10-31T09:38:31Z ",
                                      " 2025-10-31",
                                      "2025/10/31",
                                      "+025-10-31",
                                      "20251031"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(bad[i]);
    int64_t seconds;
    assert_int_equal(instant_parse("2025-10-31\0", 11, &seconds), -1);
}

/* Every day from 1600 to 2400 comes back, and no text is met twice. */
static void days_round_trip(void **state) {
    (void)state;
    char text[21], last[21] = "";
    for (int64_t day = -135140; day < 157054; day++) {
        instant_format(text, day * 86400 + 86399);
        assert_int_equal(parsed(text), day * 86400 + 86399);
        assert_true(strcmp(text, last) > 0);
        memcpy(last, text, sizeof last);
    }
}

static void formats(void **state) {
    (void)state;
    char text[21], id[17];
    instant_format(text, 1761903511);
    assert_string_equal(text, "2025-10-31T09:38:31Z");
    instant_format(text, INT64_MAX);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    instant_format(text, INT64_MIN);
    assert_string_equal(text, "0000-01-01T00:00:00Z");
    run_id_now(id);
    assert_int_equal(strlen(id), 16);
    assert_int_equal(id[8], 'T');
    assert_int_equal(id[15], 'Z');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_instants),
        cmocka_unit_test(offsets_and_fractions),
        cmocka_unit_test(what_is_no_instant),
        cmocka_unit_test(days_round_trip),
        cmocka_unit_test(formats),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
