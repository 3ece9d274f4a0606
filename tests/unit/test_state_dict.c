/* SPDX-License-Identifier: MIT */
/* The zip of a state_dict: read back by a small reader of its own. */
#include "base/fail.h"
#include "base/file.h"
#include "format/bytes.h"
#include "format/state_dict.h"
#include "unit/test_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static uint8_t *file;
static size_t file_len;

static uint32_t u16(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static void write_sample(void) {
    static float table[6] = {1, 2, 3, 4, 5, 6}, layer[6] = {1, 0.5f, -1, 8, 9, 10}, scale[1] = {2};
    const state_dict_storage storage[] = {{table, 6}, {layer, 6}, {scale, 1}};
    const state_dict_tensor tensor[] = {
        {"table.weight", 0, 0, 2, {3, 2}, {2, 1}},
        {"item.weight", 1, 0, 2, {2, 2}, {1, 2}},
        {"item.bias", 1, 4, 1, {2}, {1}},
        {"log_scale", 2, 0, 0, {0}, {0}},
    };
    assert_int_equal(state_dict_write(path, "two_tower_r", storage, 3, tensor, 4), 0);
    free(file);
    char *text;
    assert_int_equal(file_read(path, 1 << 20, &text, &file_len), 0);
    file = (uint8_t *)text;
}

/* The entry of that name by the directory at the end; its data and size. */
static const uint8_t *entry(const char *name, uint32_t *size, uint32_t *crc) {
    const uint8_t *end = file + file_len - 22;
    assert_int_equal(bytes_u32(end), 0x06054b50);
    assert_int_equal(u16(end + 8), u16(end + 10));
    const uint8_t *at = file + bytes_u32(end + 16);
    assert_ptr_equal(at + bytes_u32(end + 12), end);
    for (uint32_t i = 0; i < u16(end + 10); i++) {
        uint32_t len = u16(at + 28);
        assert_int_equal(bytes_u32(at), 0x02014b50);
        assert_int_equal(u16(at + 10), 0); /* stored */
        assert_int_equal(bytes_u32(at + 20), bytes_u32(at + 24));
        const uint8_t *local = file + bytes_u32(at + 42);
        assert_int_equal(bytes_u32(local), 0x04034b50);
        /* What both headers say is the same, from the version to the name's length. */
        assert_memory_equal(local + 4, at + 6, 24);
        assert_memory_equal(local + 30, at + 46, len);
        if (strlen(name) == len && !memcmp(name, at + 46, len)) {
            *size = bytes_u32(at + 24);
            *crc = bytes_u32(at + 16);
            return local + 30 + len + u16(local + 28);
        }
        at += 46 + len + u16(at + 30) + u16(at + 32);
    }
    fail_msg("no entry %s", name);
    return NULL;
}

static void holds(const char *name, const void *wanted, size_t len) {
    uint32_t size, crc;
    const uint8_t *at = entry(name, &size, &crc);
    assert_int_equal(size, len);
    assert_memory_equal(at, wanted, len);
    assert_int_equal(crc, crc32(0, at, size));
}

static void structure(void **state) {
    (void)state;
    write_sample();
    uint32_t size, crc;
    holds("two_tower_r/version", "3\n", 2);
    holds("two_tower_r/byteorder", "little", 6);
    holds("two_tower_r/data/2", "\0\0\0\x40", 4);
    holds("two_tower_r/data/1",
          "\0\0\x80\x3f\0\0\0\x3f\0\0\x80\xbf\0\0\x00\x41\0\0\x10\x41\0\0\x20\x41", 24);
    for (int i = 0; i < 3; i++) {
        char name[] = "two_tower_r/data/0";
        name[17] = (char)('0' + i);
        assert_int_equal((entry(name, &size, &crc) - file) % 64, 0);
    }
    assert_int_equal(bytes_u32(file), 0x04034b50); /* nothing before the first entry */
}

static int has(const uint8_t *in, size_t len, const char *part, size_t part_len) {
    for (size_t i = 0; i + part_len <= len; i++)
        if (!memcmp(in + i, part, part_len))
            return 1;
    return 0;
}

/* The pickle: protocol 2, no opcode or global that a careful loader refuses. */
static void pickle(void **state) {
    (void)state;
    write_sample();
    uint32_t size, crc;
    const uint8_t *at = entry("two_tower_r/data.pkl", &size, &crc);
    assert_memory_equal(at,
                        "\x80\x02"
                        "ccollections\nOrderedDict\n)R(",
                        28);
    assert_memory_equal(at + size - 2, "u.", 2);
    assert_true(has(at, size, "X\x09\0\0\0item.bias", 14));
    static const char bias[] = "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\n"
                               "FloatStorage\nX\x01\0\0\0"
                               "1X\x03\0\0\0cpuJ\x06\0\0\0tQ"
                               "J\x04\0\0\0(J\x02\0\0\0t(J\x01\0\0\0t\x89"
                               "ccollections\n"
                               "OrderedDict\n)RtR";
    assert_true(has(at, size, bias, sizeof bias - 1));
    static const char turned[] = "J\0\0\0\0(J\x02\0\0\0J\x02\0\0\0t(J\x01\0\0\0J\x02\0\0\0t";
    assert_true(has(at, size, turned, sizeof turned - 1));
    static const char scalar[] = "J\0\0\0\0(t(t\x89";
    assert_true(has(at, size, scalar, sizeof scalar - 1));
}

static void same_bytes(void **state) {
    (void)state;
    write_sample();
    size_t len = file_len;
    uint8_t *first = malloc(len);
    assert_non_null(first);
    memcpy(first, file, len);
    write_sample();
    assert_int_equal(file_len, len);
    assert_memory_equal(file, first, len);
    free(first);
}

/* Sizes that need zip64 are refused before the data is looked at. */
static void too_large(void **state) {
    (void)state;
    const state_dict_storage storage[] = {{NULL, 600u << 20}, {NULL, 600u << 20}};
    fail_clear();
    assert_int_equal(state_dict_write(path, "r", storage, 2, NULL, 0), TW_INPUT);
    assert_non_null(strstr(fail_text(), "4 GB"));
}

static int free_sample(void **state) {
    free(file);
    return tear_down(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),
        cmocka_unit_test(pickle),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(too_large),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, free_sample);
}
