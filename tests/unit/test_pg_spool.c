/* SPDX-License-Identifier: MIT */
/* The bytes that go to the server: a row of a binary COPY, with halves rounded to nearest even. */
#include "base/fail.h"
#include "catalogue/pg/spool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char id[] = "48bc72b1-ff4f-4707-bdc2-65123751268e";

static embedding_row row_of(const char *name, const float *vector) {
    return (embedding_row){.id = {name, strlen(name)},
                           .model_version = {"m", 1},
                           .input_digest = {"0123456789abcdef", 16},
                           .vector = vector,
                           .dim = 4,
                           .updated_at = 946684801};
}

static void a_row(void **state) {
    (void)state;
    static const unsigned char wanted[] =
        "\0\4"
        "\0\0\0\20\x48\xbc\x72\xb1\xff\x4f\x47\x07\xbd\xc2\x65\x12\x37\x51\x26\x8e"
        "\0\0\0\20"
        "0123456789abcdef"
        "\0\0\0\10\0\0\0\0\0\x0f\x42\x40" /* a second after 2000-01-01 */
        "\0\0\0\14\0\4\0\0"
        "\x3c\0"    /* 1 */
        "\xbc\2"    /* -1.00146484375, a tie, to even */
        "\0\1"      /* the least subnormal */
        "\x7b\xff"; /* the greatest */
    static const float vector[] = {1, -1.00146484375F, 5.9604645e-8F, 65504};
    unsigned char bytes[2 * sizeof wanted];
    pg_spool spool;
    size_t got;
    assert_int_equal(pg_spool_open(&spool, 4), 0);
    embedding_row row = row_of(id, vector);
    assert_int_equal(pg_spool_put(&spool, &row), 0);
    assert_int_equal(spool.record, sizeof wanted - 1);
    for (int turn = 0; turn < 2; turn++) { /* as often as a transaction is tried */
        assert_int_equal(pg_spool_rewind(&spool), 0);
        assert_int_equal(pg_spool_read(&spool, bytes, 2, &got), 0);
        assert_int_equal(got, 1);
        assert_memory_equal(bytes, wanted, sizeof wanted - 1);
    }
    pg_spool_close(&spool);
}

static void refused(void **state) {
    (void)state;
    static const char *const ids[] = {"",
                                      "x",
                                      "48bc72b1-ff4f-4707-bdc2-65123751268",
                                      "48bc72b1-ff4f-4707-bdc2-65123751268e0",
                                      "4-8bc72b1ff4f4707bdc265123751268e",
                                      "48bc72b1-ff4f-4707-bdc2-65123751268g"};
    static const float fine[4] = {0}, infinite[] = {0, INFINITY, 0, 0}, none[] = {NAN, 0, 0, 0},
                       large[] = {0, 0, 0, 65520};
    pg_spool spool;
    assert_int_equal(pg_spool_open(&spool, 4), 0);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        embedding_row row = row_of(ids[i], fine);
        fail_clear();
        assert_int_equal(pg_spool_put(&spool, &row), TW_INPUT);
    }
    const float *const bad[] = {infinite, none, large};
    for (size_t i = 0; i < 3; i++) {
        embedding_row row = row_of(id, bad[i]);
        fail_clear();
        assert_int_equal(pg_spool_put(&spool, &row), TW_INPUT);
    }
    embedding_row row = row_of(id, fine);
    row.dim = 3;
    assert_int_equal(pg_spool_put(&spool, &row), TW_INPUT);
    row.dim = 4;
    row.input_digest.len = 15;
    assert_int_equal(pg_spool_put(&spool, &row), TW_INPUT);
    pg_spool_close(&spool);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_row), cmocka_unit_test(refused)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("tests", tests, NULL, NULL);
}
