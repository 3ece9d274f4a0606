/* SPDX-License-Identifier: MIT */
/* The hash against public vectors of MurmurHash3 x86_32, and the lookup of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feature/feature.h"
#include "inner.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t whole(uint32_t seed, const char *bytes, size_t len) {
    tt_murmur hash;
    tt_murmur_begin(&hash, seed);
    tt_murmur_add(&hash, bytes, len);
    return tt_murmur_end(&hash);
}

static void public_vectors(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t seed, hash;
    } vector[] = {
        {"", 0, 0, 0},
        {"", 0, 1, 0x514e28b7},
        {"", 0, 0xffffffff, 0x81f16f39},
        {"\xff\xff\xff\xff", 4, 0, 0x76293b50},
        {"\x21\x43\x65\x87", 4, 0, 0xf55b516b},
        {"\x21\x43\x65\x87", 4, 0x5082edee, 0x2362f9de},
        {"\x21\x43\x65", 3, 0, 0x7e4a8634},
        {"\x21\x43", 2, 0, 0xa0f7b07a},
        {"\x21", 1, 0, 0x72661cf4},
        {"\0\0\0\0", 4, 0, 0x2362f9de},
        {"\0\0\0", 3, 0, 0x85f0b427},
        {"\0\0", 2, 0, 0x30f4c306},
        {"\0", 1, 0, 0x514e28b7},
        {"aaaa", 4, 0x9747b28c, 0x5a97808a},
        {"abcd", 4, 0x9747b28c, 0xf0478627},
        {"abc", 3, 0x9747b28c, 0xc84a62dd},
        {"Hello, world!", 13, 0x9747b28c, 0x24884cba},
        {"The quick brown fox jumps over the lazy dog", 43, 0x9747b28c, 0x2fa826cd},
    };
    (void)state;
    for (size_t i = 0; i < sizeof vector / sizeof *vector; i++)
        assert_int_equal(whole(vector[i].seed, vector[i].bytes, vector[i].len), vector[i].hash);
}

static void a_token_is_hashed_after_its_space(void **state) {
    const char *joined = "\x1fperformers\x1f\xe6\x98\x9f\xe9\x87\x8e tail";
    const size_t len = strlen(joined), space = 10;
    (void)state;
    for (size_t end = space + 2; end <= len; end++)
        for (uint32_t seed = 0; seed < 3; seed++) {
            tt_text token = {joined + space + 2, end - space - 2};
            uint64_t hash = tt_hash(seed, (tt_text){joined + 1, space}, token);
            assert_int_equal(hash >> 32, whole(seed, joined + 1, end - 1));
            assert_int_equal(hash & UINT32_MAX, whole(seed, joined, end));
        }
}

/* The halves of a million numbers: equal as often as chance has it, never both. */
static int ascending(const void *left, const void *right) {
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static size_t equal_pairs(const uint64_t *hash, size_t count, int shift) {
    size_t pairs = 0;
    for (size_t i = 1; i < count; i++)
        pairs += hash[i] >> shift == hash[i - 1] >> shift;
    return pairs;
}

static void a_million_numbers_have_keys_of_their_own(void **state) {
    enum { COUNT = 1000000 };
    static uint64_t hash[COUNT], swapped[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        char text[16];
        tt_text token = {text, (size_t)snprintf(text, sizeof text, "%zu", i)};
        hash[i] = tt_hash(0, (tt_text){"id", 2}, token);
        swapped[i] = hash[i] << 32 | hash[i] >> 32;
    }
    qsort(hash, COUNT, sizeof *hash, ascending);
    qsort(swapped, COUNT, sizeof *swapped, ascending);
    assert_int_equal(equal_pairs(hash, COUNT, 0), 0);
    assert_int_equal(equal_pairs(hash, COUNT, 32), 113); /* 116 are expected */
    assert_int_equal(equal_pairs(swapped, COUNT, 32), 106);
}

static void pieces_change_nothing(void **state) {
    const char *text = "0123456789abcdefghi";
    (void)state;
    for (size_t a = 0; a <= 19; a++)
        for (size_t b = a; b <= 19; b++) {
            tt_murmur hash;
            tt_murmur_begin(&hash, 7);
            tt_murmur_add(&hash, text, a);
            tt_murmur_add(&hash, text + a, b - a);
            tt_murmur_add(&hash, text + b, 19 - b);
            assert_int_equal(tt_murmur_end(&hash), whole(7, text, 19));
        }
}

static void a_key_is_found_at_its_place(void **state) {
    static const char keys[] = "00000000000000001"
                               "00000000000000010"
                               "000000000000000a0"
                               "0000000a000000001"
                               "12345678000000000"
                               "123456789abcdef00"
                               "12345678ffffffff1"
                               "ffffffffffffffff1";
    static const uint64_t hash[] = {0,
                                    1,
                                    0xa,
                                    UINT64_C(0xa00000000),
                                    UINT64_C(0x1234567800000000),
                                    UINT64_C(0x123456789abcdef0),
                                    UINT64_C(0x12345678ffffffff),
                                    UINT64_MAX};
    enum { KEYS = sizeof hash / sizeof *hash };
    const uint8_t *bytes = (const uint8_t *)keys;
    (void)state;
    for (uint32_t count = 0; count <= KEYS; count++)
        for (uint32_t i = 0; i < KEYS; i++) {
            assert_int_equal(tt_key_find(bytes, count, TT_ID_KEY, hash[i]),
                             i < count ? i : UINT32_MAX);
            assert_int_equal(tt_key_find(bytes, count, TT_ID_KEY, hash[i] ^ 0x20), UINT32_MAX);
            assert_int_equal(tt_key_find(bytes, count, TT_ID_KEY, hash[i] ^ UINT64_C(1) << 62),
                             UINT32_MAX);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_vectors),
        cmocka_unit_test(a_token_is_hashed_after_its_space),
        cmocka_unit_test(a_million_numbers_have_keys_of_their_own),
        cmocka_unit_test(pieces_change_nothing),
        cmocka_unit_test(a_key_is_found_at_its_place),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
