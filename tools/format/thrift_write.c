/* SPDX-License-Identifier: MIT */
#include "format/thrift.h"

#include <assert.h>

static void put_varint(bytes *to, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        bytes_put_byte(to, (uint8_t)(value | 0x80));
    bytes_put_byte(to, (uint8_t)value);
}

static uint64_t zigzag(int64_t value) {
    return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}

/* The distance to the field before fits the type's byte, or the id follows. */
static void put_field(thrift_writer *writer, int id, thrift_type type) {
    int step = id - writer->last[writer->depth];
    assert(step > 0);
    bytes_put_byte(writer->to, (uint8_t)((step < 16 ? step << 4 : 0) | (int)type));
    if (step >= 16)
        put_varint(writer->to, zigzag(id));
    writer->last[writer->depth] = (int16_t)id;
}

void thrift_put_int(thrift_writer *writer, int id, thrift_type type, int64_t value) {
    put_field(writer, id, type);
    put_varint(writer->to, zigzag(value));
}

void thrift_put_bool(thrift_writer *writer, int id, int value) {
    put_field(writer, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_put_text(thrift_writer *writer, int id, tt_text value) {
    put_field(writer, id, THRIFT_BINARY);
    thrift_put_element_text(writer, value);
}

void thrift_put_list(thrift_writer *writer, int id, thrift_type element, size_t count) {
    put_field(writer, id, THRIFT_LIST);
    bytes_put_byte(writer->to, (uint8_t)((count < 15 ? count << 4 : 0xf0) | (size_t)element));
    if (count >= 15)
        put_varint(writer->to, count);
}

void thrift_put_element_int(thrift_writer *writer, int64_t value) {
    put_varint(writer->to, zigzag(value));
}

void thrift_put_element_text(thrift_writer *writer, tt_text value) {
    put_varint(writer->to, value.len);
    bytes_put(writer->to, value.at, value.len);
}

void thrift_begin(thrift_writer *writer, int id) {
    if (id)
        put_field(writer, id, THRIFT_STRUCT);
    writer->depth++;
    assert(writer->depth < (int)(sizeof writer->last / sizeof *writer->last));
    writer->last[writer->depth] = 0;
}

void thrift_end(thrift_writer *writer) {
    bytes_put_byte(writer->to, THRIFT_STOP);
    writer->depth--;
}
