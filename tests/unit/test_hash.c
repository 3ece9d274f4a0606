/* SPDX-License-Identifier: MIT */
/* The hash against public vectors of MurmurHash3 x86_32, and the lookup of keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feature/feature.h"
#include "inner.h"

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
    const char *joined = "performers\x1f\xe6\x98\x9f\xe9\x87\x8e tail";
    const size_t len = strlen(joined), space = 10;
    (void)state;
    for (size_t end = space + 1; end <= len; end++)
        for (uint32_t seed = 0; seed < 3; seed++) {
            tt_text token = {joined + space + 1, end - space - 1};
            assert_int_equal(tt_hash(seed, (tt_text){joined, space}, token),
                             whole(seed, joined, end));
        }
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
    static const char keys[] = "000000001"
                               "0000000a0"
                               "123456780"
                               "9abcdef01"
                               "ffffffff1";
    static const uint32_t hash[] = {0, 0xa, 0x12345678, 0x9abcdef0, 0xffffffff};
    const uint8_t *bytes = (const uint8_t *)keys;
    (void)state;
    for (uint32_t count = 0; count <= 5; count++)
        for (uint32_t i = 0; i < 5; i++)
            assert_int_equal(tt_key_find(bytes, count, TT_ID_KEY, hash[i]),
                             i < count ? i : UINT32_MAX);
    assert_int_equal(tt_key_find(bytes, 5, TT_ID_KEY, 0xb), UINT32_MAX);
    assert_int_equal(tt_key_find(bytes, 5, TT_ID_KEY, 0xfffffffe), UINT32_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(public_vectors),
        cmocka_unit_test(a_token_is_hashed_after_its_space),
        cmocka_unit_test(pieces_change_nothing),
        cmocka_unit_test(a_key_is_found_at_its_place),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
