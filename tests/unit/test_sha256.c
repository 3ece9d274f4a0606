/* SPDX-License-Identifier: MIT */
/* SHA-256: the examples of FIPS 180-2 and NIST's CAVP short and long messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format/sha256.h"
#include "format/sha256_block.h"

static void gives(const void *bytes, size_t len, const char *wanted) {
    char hex[SHA256_HEX];
    /* The same digest for every cut in two. */
    for (size_t cut = 0; cut <= len; cut += 1 + len / 300) {
        sha256 hash;
        sha256_begin(&hash);
        sha256_add(&hash, bytes, cut);
        sha256_add(&hash, (const char *)bytes + cut, len - cut);
        sha256_end(&hash, hex);
        assert_string_equal(hex, wanted);
    }
}

static void known_messages(void **state) {
    (void)state;
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static const char four[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                               "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    gives("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    gives("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    gives(two, strlen(two), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    gives(four, strlen(four), "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    gives("\xd3", 1, "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
    gives("\x11\xaf", 2, "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98");
}

static void a_million_letters(void **state) {
    (void)state;
    size_t len = 1000000;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'a', len);
    gives(text, len, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(text);
}

/* Lengths around a block, where the padding takes one block or two. */
static void padding(void **state) {
    (void)state;
    static const char *const zeros[] = {
        [0] = "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7", /* 55 */
        [1] = "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb", /* 56 */
        [2] = "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b", /* 64 */
    };
    static const size_t lengths[] = {55, 56, 64};
    static const char nothing[64];
    for (size_t i = 0; i < 3; i++)
        gives(nothing, lengths[i], zeros[i]);
}

/* The processor's own instructions, if it has them, against plain C. */
static void both_ways(void **state) {
    (void)state;
    enum { MOST = 9 };
    sha256_blocks fast = sha256_blocks_x86();
    uint8_t from[MOST * 64 + 1];
    uint32_t seed = 1;
    if (!fast)
        skip();
    for (int round = 0; round < 2000; round++) {
        uint32_t one[8], other[8];
        for (size_t i = 0; i < sizeof from; i++)
            from[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
        for (int i = 0; i < 8; i++)
            one[i] = other[i] = seed = seed * 1664525u + 1013904223u;
        size_t blocks = (size_t)(round % (MOST + 1));
        sha256_blocks_c(one, from + round % 2, blocks);
        fast(other, from + round % 2, blocks);
        assert_memory_equal(one, other, sizeof one);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_messages),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(padding),
        cmocka_unit_test(both_ways),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
