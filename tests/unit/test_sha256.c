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

/* HMAC: examples of RFC 4231, and keys around a block: those above it are hashed first. */
static void keyed(void **state) {
    (void)state;
    char hex[SHA256_HEX], key[131], ours[SHA256_HEX], inner[SHA256_HEX];
    memset(key, 0x0b, 20);
    sha256_keyed(key, 20, "Hi There", 8, hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    sha256_keyed("Jefe", 4, "what do ya want for nothing?", 28, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    sha256_keyed(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    for (size_t len = 63; len <= 64; len++) {
        unsigned char block[64] = {0}, digest[32];
        sha256 hash;
        memcpy(block, key, len);
        for (int turn = 0; turn < 2; turn++) {
            unsigned char masked[64];
            for (size_t i = 0; i < 64; i++)
                masked[i] = block[i] ^ (turn ? 0x5c : 0x36);
            sha256_begin(&hash);
            sha256_add(&hash, masked, 64);
            sha256_add(&hash, turn ? (const void *)digest : "text", turn ? 32 : 4);
            sha256_end(&hash, turn ? ours : inner);
            for (size_t i = 0; i < 32 && !turn; i++) {
                const char pair[3] = {inner[2 * i], inner[2 * i + 1], '\0'};
                digest[i] = (unsigned char)strtoul(pair, NULL, 16);
            }
        }
        sha256_keyed(key, len, "text", 4, hex);
        assert_string_equal(hex, ours);
    }
}

/* A hash that is begun again forgets what it was given. */
static void begun_again(void **state) {
    (void)state;
    char hex[SHA256_HEX];
    sha256 hash;
    sha256_begin(&hash);
    sha256_add(&hash, "left over", 9);
    assert_int_equal(hash.len, 9);
    sha256_begin(&hash);
    sha256_add(&hash, "abc", 3);
    assert_int_equal(hash.len, 3);
    sha256_end(&hash, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_messages), cmocka_unit_test(a_million_letters),
        cmocka_unit_test(padding),        cmocka_unit_test(keyed),
        cmocka_unit_test(begun_again),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
