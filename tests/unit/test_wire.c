/* SPDX-License-Identifier: MIT */
/* The protobuf wire format: what is read, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/load.h"
#include "codec/wire.h"

/* Reads one field from exactly `len` bytes on the heap. */
static tt_status read_field(const void *bytes, size_t len, tt_wire_field *field) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    tt_wire wire = {copy, 0, (uint32_t)len, (uint32_t)len};
    tt_status status = tt_wire_next(&wire, field);
    free(copy);
    return status;
}

static void loads_are_little_endian(void **state) {
    const uint8_t bytes[] = {0xff, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};
    (void)state;
    assert_int_equal(tt_load16(bytes + 1), 0x0201);
    assert_int_equal(tt_load32(bytes + 1), 0x04030201);
    assert_true(tt_load64(bytes + 1) == UINT64_C(0x8807060504030201));
    assert_true(tt_bits_to_float(0x3fc00000) == 1.5f);
    assert_int_equal(tt_float_to_bits(-2.0f), 0xc0000000);
}

static void varints_are_shortest(void **state) {
    static const struct {
        const char *bytes;
        size_t len;
        tt_status status;
        uint64_t value;
    } cases[] = {
        {"\x08\x00", 2, TT_OK, 0},
        {"\x08\x7f", 2, TT_OK, 127},
        {"\x08\x80\x01", 3, TT_OK, 128},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, TT_OK, UINT64_MAX},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11, TT_ERR_WIRE, 0},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 12, TT_ERR_WIRE, 0},
        {"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11, TT_ERR_WIRE, 0},
        {"\x08\x80\x00", 3, TT_ERR_WIRE, 0},
        {"\x08\x80", 2, TT_ERR_TRUNCATED, 0},
        {"\x08", 1, TT_ERR_TRUNCATED, 0},
        {"\x88", 1, TT_ERR_TRUNCATED, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tt_wire_field field;
        assert_int_equal(read_field(cases[i].bytes, cases[i].len, &field), cases[i].status);
        if (cases[i].status == TT_OK) {
            assert_int_equal(field.number, 1);
            assert_true(field.value == cases[i].value);
        }
    }
}

static void groups_and_odd_tags_are_refused(void **state) {
    static const char *const tags[] = {"\x0b\x0c", "\x0c\x00", "\x0e\x00", "\x0f\x00", "\x02\x00"};
    tt_wire_field field;
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        assert_int_equal(read_field(tags[i], 2, &field), TT_ERR_WIRE);
    }
    assert_int_equal(read_field("\x80\x80\x80\x80\x10\x00", 6, &field), TT_ERR_WIRE);
    assert_int_equal(read_field("\xf8\xff\xff\xff\x0f\x05", 6, &field), TT_OK);
    assert_int_equal(field.number, 0x1fffffff);
}

static void payloads_stay_inside(void **state) {
    tt_wire_field field;
    (void)state;
    assert_int_equal(read_field("\x0a\x02hi", 4, &field), TT_OK);
    assert_int_equal(field.at, 2);
    assert_int_equal(field.len, 2);
    assert_int_equal(read_field("\x0a\x03hi", 4, &field), TT_ERR_TRUNCATED);
    assert_int_equal(read_field("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, &field),
                     TT_ERR_TRUNCATED);
    assert_int_equal(read_field("\x0d\x00\x00\x80\x3f", 5, &field), TT_OK);
    assert_true(field.value == 0x3f800000);
    assert_int_equal(read_field("\x0d\x00\x00\x80", 4, &field), TT_ERR_TRUNCATED);
    assert_int_equal(read_field("\x09\x01\x00\x00\x00\x00\x00\x00\x80", 9, &field), TT_OK);
    assert_true(field.value == UINT64_C(0x8000000000000001));
    assert_int_equal(read_field("\x09\x01\x00\x00\x00\x00\x00\x00", 8, &field), TT_ERR_TRUNCATED);
}

/* A message that runs past its parent is malformed; past the file, cut off. */
static void messages_stay_inside_their_parent(void **state) {
    static const uint8_t bytes[] = {0x0a, 0x02, 0x0a, 0x05, 0x08, 0x01};
    tt_wire wire = {bytes, 0, sizeof bytes, sizeof bytes};
    tt_wire_field field;
    (void)state;
    assert_int_equal(tt_wire_next(&wire, &field), TT_OK);
    tt_wire inside = tt_wire_open(&wire, &field);
    assert_int_equal(tt_wire_next(&inside, &field), TT_ERR_WIRE);
    assert_int_equal(field.offset, 2);
    assert_int_equal(tt_wire_next(&wire, &field), TT_OK);
    assert_true(field.value == 1);
    assert_true(wire.at == wire.end);
}

struct memory {
    uint8_t bytes[4096];
    size_t len, refuse_at;
};

static int keep(void *context, const void *bytes, size_t len) {
    struct memory *memory = context;
    if (memory->len + len > memory->refuse_at) {
        return 1;
    }
    memcpy(memory->bytes + memory->len, bytes, len);
    memory->len += len;
    return 0;
}

static void put_sample(tt_put *put) {
    static const uint16_t halves[300] = {0x3c00, 0x1234};
    static const tt_text key = {"key", 3}, value = {"value", 5};
    tt_put_int(put, 1, 300);
    tt_put_open(put, 2);
    tt_put_open(put, 3);
    tt_put_joined(put, 4, "ab", "c");
    tt_put_close(put);
    tt_put_halves(put, 5, halves, 300);
    tt_put_close(put);
    tt_put_pair(put, 6, key, value);
}

static void what_is_written_reads_back(void **state) {
    struct memory memory = {.refuse_at = sizeof memory.bytes};
    tt_put put;
    tt_wire_field field;
    (void)state;
    tt_put_measure(&put);
    put_sample(&put);
    uint64_t size = put.size;
    tt_put_stream(&put, keep, &memory);
    put_sample(&put);
    assert_int_equal(tt_put_end(&put), TT_OK);
    assert_true(size == memory.len && put.size == size);

    tt_wire wire = {memory.bytes, 0, (uint32_t)memory.len, (uint32_t)memory.len};
    assert_int_equal(tt_wire_next(&wire, &field), TT_OK);
    assert_true(field.number == 1 && field.value == 300);
    assert_int_equal(tt_wire_next(&wire, &field), TT_OK);
    tt_wire inside = tt_wire_open(&wire, &field), name;
    assert_int_equal(tt_wire_next(&inside, &field), TT_OK);
    name = tt_wire_open(&inside, &field);
    assert_int_equal(tt_wire_next(&name, &field), TT_OK);
    assert_true(field.number == 4 && field.len == 3);
    assert_memory_equal(memory.bytes + field.at, "abc", 3);
    assert_int_equal(tt_wire_next(&inside, &field), TT_OK);
    assert_true(field.number == 5 && field.len == 600 && inside.at == inside.end);
    assert_memory_equal(memory.bytes + field.at, "\x00\x3c\x34\x12\x00\x00", 6);
    assert_int_equal(tt_wire_next(&wire, &field), TT_OK);
    assert_memory_equal(memory.bytes + field.at, "\x0a\x03key\x12\x05value", 12);
    assert_true(field.number == 6 && field.len == 12 && wire.at == wire.end);
}

static void a_refusing_sink_is_reported(void **state) {
    struct memory memory = {.refuse_at = 300};
    tt_put put;
    (void)state;
    tt_put_measure(&put);
    put_sample(&put);
    tt_put_stream(&put, keep, &memory);
    put_sample(&put);
    assert_int_equal(tt_put_end(&put), TT_ERR_SINK);
    assert_true(memory.len <= 300);
}

static void a_message_past_the_limit_is_refused(void **state) {
    static const uint16_t half = 0;
    tt_put put;
    (void)state;
    tt_put_measure(&put);
    tt_put_halves(&put, 1, &half, TT_WIRE_LIMIT / 2);
    assert_int_equal(put.status, TT_ERR_LIMIT);
    tt_put_measure(&put);
    tt_put_halves(&put, 1, &half, UINT64_MAX / 2 + 2);
    assert_int_equal(put.status, TT_ERR_LIMIT);
    tt_put_measure(&put);
    for (int i = 0; i <= TT_PUT_MESSAGES; i++) {
        tt_put_open(&put, 1);
        tt_put_close(&put);
    }
    assert_int_equal(put.status, TT_ERR_LIMIT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_are_little_endian),
        cmocka_unit_test(varints_are_shortest),
        cmocka_unit_test(groups_and_odd_tags_are_refused),
        cmocka_unit_test(payloads_stay_inside),
        cmocka_unit_test(messages_stay_inside_their_parent),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_refusing_sink_is_reported),
        cmocka_unit_test(a_message_past_the_limit_is_refused),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
