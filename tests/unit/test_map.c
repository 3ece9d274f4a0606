/* SPDX-License-Identifier: MIT */
#include "base/arena.h"
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static tt_text text(const char *at) {
    return (tt_text){at, strlen(at)};
}

static void first_value_stays(void **state) {
    (void)state;
    map ids = {0};
    uint32_t value = 7;
    assert_int_equal(map_get(&ids, text("a"), &value), 0);
    assert_int_equal(value, 7);
    assert_int_equal(map_put(&ids, text("a"), 1), 1);
    assert_int_equal(map_put(&ids, text("a"), 2), 0);
    assert_int_equal(map_get(&ids, text("a"), &value), 1);
    assert_int_equal(value, 1);
    assert_int_equal(ids.used, 1);
    map_free(&ids);
    assert_int_equal(map_get(&ids, text("a"), &value), 0);
}

/* Empty keys, keys with NUL bytes and keys of every length are different keys. */
static void keys_are_bytes(void **state) {
    (void)state;
    static const char zeros[40] = {0};
    map ids = {0};
    uint32_t value;
    for (uint32_t len = 0; len < sizeof zeros; len++)
        assert_int_equal(map_put(&ids, (tt_text){len ? zeros : NULL, len}, len), 1);
    for (uint32_t len = 0; len < sizeof zeros; len++) {
        assert_int_equal(map_get(&ids, (tt_text){zeros, len}, &value), 1);
        assert_int_equal(value, len);
    }
    map_free(&ids);
}

static void many_keys(void **state) {
    (void)state;
    enum { KEYS = 100000 };
    map ids = {0};
    arena names = {0};
    char name[32];
    uint32_t value;
    for (uint32_t i = 0; i < KEYS; i++) {
        snprintf(name, sizeof name, "video-%u", i);
        assert_int_equal(map_put(&ids, arena_text(&names, text(name)), i), 1);
    }
    assert_int_equal(ids.used, KEYS);
    for (uint32_t i = 0; i < 2 * KEYS; i++) {
        snprintf(name, sizeof name, "video-%u", i);
        assert_int_equal(map_get(&ids, text(name), &value), i < KEYS);
        assert_true(i >= KEYS || value == i);
    }
    map_free(&ids);
    arena_free(&names);
}

/* What an arena gave stays where it is, whole and aligned, and does not overlap. */
static void arena_keeps(void **state) {
    (void)state;
    arena memory = {0};
    unsigned char *given[300];
    for (size_t i = 0; i < 300; i++) {
        (void)arena_text(&memory, text("odd"));
        given[i] = arena_take(&memory, i * 37);
        assert_int_equal((uintptr_t)given[i] % 8, 0);
        memset(given[i], (int)(i & 255), i * 37);
    }
    memset(arena_take(&memory, 1 << 20), 255, 1 << 20);
    for (size_t i = 0; i < 300; i++)
        for (size_t j = 0; j < i * 37; j++)
            assert_int_equal(given[i][j], i & 255);
    arena_free(&memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_value_stays),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(many_keys),
        cmocka_unit_test(arena_keeps),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
