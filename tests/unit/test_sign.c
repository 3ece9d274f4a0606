/* SPDX-License-Identifier: MIT */
/* Canonical JSON and signatures: forms of RFC 8785, every altered byte, other keys. */
#include "base/fail.h"
#include "sign/canonical.h"
#include "sign/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void canonical_is(const char *from, const char *wanted) {
    bytes text = {NULL, 0, 0};
    json_t *document = json_loads(from, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(document);
    assert_int_equal(canonical_json(&text, document), 0);
    bytes_put_byte(&text, 0);
    assert_string_equal((const char *)text.at, wanted);
    bytes_free(&text);
    json_decref(document);
}

/* The examples of RFC 8785, sections 3.2.2 and 3.2.3, and of its table of numbers. */
static void test_canonical(void **state) {
    (void)state;
    canonical_is("{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"
                 "\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
                 "\"literals\":[null,true,false]}",
                 "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,"
                 "1e-27],\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
    canonical_is(
        "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,"
        "\"\\u00f6\":7}",
        "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,\"\xe2\x82\xac\":1,"
        "\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
    canonical_is("[0.0,-0.0,5e-324,-5e-324,1.7976931348623157e308,9007199254740992,"
                 "295147905179352830000.0,9.999999999999997e22,1e23,1.0000000000000001e23,"
                 "999999999999999700000.0,1e21,1e-6,1e-7,0.000001234,123456.789,100.0]",
                 "[0,0,5e-324,-5e-324,1.7976931348623157e+308,9007199254740992,"
                 "295147905179352830000,9.999999999999997e+22,1e+23,1.0000000000000001e+23,"
                 "999999999999999700000,1e+21,0.000001,1e-7,0.000001234,123456.789,100]");
    json_t *large = json_loads("[9007199254740993]", 0, NULL);
    bytes text = {NULL, 0, 0};
    assert_int_equal(canonical_json(&text, large), TW_INPUT);
    fail_clear();
    bytes_free(&text);
    json_decref(large);
}

typedef struct keys {
    char *secret, *known;
    char id[KEY_ID];
    signer *signer;
    trust *trusted;
} keys;

static void make(keys *k) {
    assert_int_equal(key_make(&k->secret, &k->known, k->id), 0);
    assert_int_equal(signer_open(&k->signer, k->secret), 0);
    assert_int_equal(trust_open(&k->trusted, k->known), 0);
}

static void release(keys *k) {
    signer_close(k->signer);
    trust_close(k->trusted);
    free(k->secret);
    free(k->known);
}

static const char text[] =
    "{\"run_id\":\"20251031T093831Z\",\"sequence\":7,\"list\":[1,{\"a\":2.5}]}";

static void test_signature(void **state) {
    (void)state;
    keys one, other;
    make(&one);
    make(&other);
    json_t *document = json_loads(text, 0, NULL);
    assert_int_equal(trust_check(one.trusted, document, "x"), TW_NEGATIVE); /* unsigned */
    fail_clear();
    assert_int_equal(signer_sign(one.signer, document), 0);
    assert_string_equal(json_string_value(json_object_get(document, "key_id")), one.id);
    assert_int_equal(trust_check(one.trusted, document, "x"), 0);
    assert_int_equal(trust_check(other.trusted, document, "x"), TW_NEGATIVE);
    fail_clear();
    /* The name of a pinned key does not help. */
    json_object_set_new(document, "key_id", json_string(other.id));
    assert_int_equal(trust_check(other.trusted, document, "x"), TW_NEGATIVE);
    fail_clear();
    char *both = malloc(strlen(one.known) + strlen(other.known) + 2);
    strcat(strcat(strcpy(both, one.known), "\n"), other.known);
    trust *list;
    assert_int_equal(trust_open(&list, both), 0);
    assert_int_equal(signer_sign(other.signer, document), 0);
    assert_int_equal(trust_check(list, document, "x"), 0);
    trust_close(list);
    free(both);
    assert_int_equal(signer_sign(NULL, document), 0);
    assert_null(json_object_get(document, "signature"));
    json_decref(document);
    release(&one);
    release(&other);
}

/* Each byte of the signed text, each of its bits: none that still parses to another document,
 * or has another signature, is accepted. */
static void test_every_bit(void **state) {
    (void)state;
    keys one;
    make(&one);
    json_t *document = json_loads(text, 0, NULL);
    assert_int_equal(signer_sign(one.signer, document), 0);
    char *whole = json_dumps(document, JSON_COMPACT);
    size_t len = strlen(whole), parsed = 0;
    for (size_t bit = 0; bit < 8 * len; bit++) {
        whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
        json_t *changed = json_loadb(whole, len, JSON_REJECT_DUPLICATES, NULL);
        if (changed) {
            parsed++;
            assert_int_not_equal(trust_check(one.trusted, changed, "x"), 0);
            fail_clear();
        }
        json_decref(changed);
        whole[bit / 8] = (char)(whole[bit / 8] ^ 1 << bit % 8);
    }
    print_message("# %zu flipped bits, %zu of them still JSON, none accepted\n", 8 * len, parsed);
    assert_true(parsed > len);
    free(whole);
    json_decref(document);
    release(&one);
}

static void test_settings(void **state) {
    (void)state;
    signer *key;
    trust *list;
    static const char *const wrong[] = {
        "/no/such/file", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAA==")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_not_equal(signer_open(&key, wrong[i]), 0);
        assert_null(key);
        fail_clear();
        assert_int_not_equal(trust_open(&list, wrong[i]), 0);
        assert_null(list);
        fail_clear();
    }
    assert_int_equal(signer_open(&key, NULL), 0);
    assert_int_equal(trust_open(&list, NULL), 0);
    assert_int_equal(trust_check(NULL, NULL, "x"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical), cmocka_unit_test(test_signature),
        cmocka_unit_test(test_every_bit), cmocka_unit_test(test_settings)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
