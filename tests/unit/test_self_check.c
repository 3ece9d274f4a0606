/* SPDX-License-Identifier: MIT */
/* The self check passes with every table of the machine, in any mode of the host, and sees
 * tables that are wrong in the ways in which compilers and machines are. */
#include "../bits/hostile.h"
#include "inner.h"

#include "kernel/kernel.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static tt_kernels wrong; /* the portable table with one function changed */

static void every_table_passes(void **state) {
    const tt_kernels *const table[] = {tt_kernels_c(),      tt_kernels_sse2(), tt_kernels_avx2(),
                                       tt_kernels_avx512(), tt_kernels_neon(), tt_kernels_wasm(),
                                       tt_kernels_best()};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i] != NULL)
            assert_int_equal(tt_self_check(table[i]), TT_OK);
}

static void the_mode_of_the_host_is_kept(void **state) {
    uint64_t found = host_mode();
    (void)state;
    set_host_mode(hostile_mode());
    tt_status status = tt_self_check(tt_kernels_best());
    uint64_t left = host_mode();
    set_host_mode(found);
    assert_int_equal(status, TT_OK);
    assert_true(left == hostile_mode());
}

/* Subnormal results become 0, as a mode that flushes makes them. */
static void flush(float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if ((tt_float_to_bits(x[i]) & 0x7f800000) == 0)
            x[i] = 0.0f;
}

static void gather_flushed(float *out, size_t n, const uint8_t *table, tt_type type,
                           const tt_entry *entry, size_t count) {
    tt_kernels_c()->gather(out, n, table, type, entry, count);
    flush(out, n);
}

/* The product is not rounded before it is added. */
static void gather_fused(float *out, size_t n, const uint8_t *table, tt_type type,
                         const tt_entry *entry, size_t count) {
    for (size_t e = 0; e < count; e++)
        for (size_t j = 0; j < n; j++) {
            const uint8_t *row = table + entry[e].row * n * (type == TT_F16 ? 2 : 4);
            float value = type == TT_F16 ? tt_half_to_float(tt_load16(row + 2 * j))
                                         : tt_bits_to_float(tt_load32(row + 4 * j));
            out[j] = (float)((double)entry[e].weight * (double)value + (double)out[j]);
        }
}

static float squares_in_one_lane(const float *x, size_t n) {
    float sum = 0.0f;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sum;
}

static void wrong_tables_do_not_pass(void **state) {
    (void)state;
    wrong = *tt_kernels_c();
    assert_int_equal(tt_self_check(&wrong), TT_OK);
    wrong.gather = gather_flushed;
    assert_int_equal(tt_self_check(&wrong), TT_ERR_BITS);
    wrong.gather = gather_fused;
    assert_int_equal(tt_self_check(&wrong), TT_ERR_BITS);
    wrong = *tt_kernels_c();
    wrong.squares = squares_in_one_lane;
    assert_int_equal(tt_self_check(&wrong), TT_ERR_BITS);
}

/* Numbers are scaled, and halfs read, in the mode of the core. */
static void encoding_is_guarded(void **state) {
    static const char lines[] = "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000beef\n"
                                "ids 0\ntokens 0\nitem price log1p 40a00000 3fb33333 - -\n"
                                "item rating square 40600000 3f19999a - -\n";
    static tt_schema schema;
    tt_features row[2];
    uint64_t memory[16], found = host_mode(), mode[2] = {found, hostile_mode()};
    float zero[2] = {1.0f, 1.0f};
    (void)state;
    assert_int_equal(tt_schema_read(&schema, (tt_text){lines, sizeof lines - 1}, (tt_text){"", 0},
                                    (tt_text){"", 0}, NULL),
                     TT_OK);
    for (int i = 0; i < 2; i++) {
        set_host_mode(mode[i]);
        tt_features_begin(&row[i], &schema, TT_ITEM, memory, sizeof memory);
        tt_features_number(&row[i], "price", 1234.5f);
        tt_features_number(&row[i], "rating", 4.3f);
        tt_features_end(&row[i]);
        zero[i] = tt_half_to_float(0x8000);
        set_host_mode(found);
    }
    assert_memory_equal(row[0].numeric, row[1].numeric, sizeof row[0].numeric);
    assert_memory_equal(&zero[0], &zero[1], sizeof zero[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_passes), cmocka_unit_test(the_mode_of_the_host_is_kept),
        cmocka_unit_test(wrong_tables_do_not_pass), cmocka_unit_test(encoding_is_guarded)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
