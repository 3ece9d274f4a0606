/* SPDX-License-Identifier: MIT */
/*
 * The protobuf wire format (protobuf.dev/programming-guides/encoding): a
 * reader that walks the fields of one message, and a writer that measures
 * first and then streams.  Groups are refused; varints must be the shortest form.
 */
#ifndef TT_CODEC_WIRE_H
#define TT_CODEC_WIRE_H

#include "contract.h"
#include "twotower.h"

#define TT_WIRE_LIMIT 0x7fffffffu /* protobuf's own limit on a message */

typedef enum tt_wire_type {
    TT_WIRE_VARINT = 0,
    TT_WIRE_FIXED64 = 1,
    TT_WIRE_BYTES = 2,
    TT_WIRE_FIXED32 = 5
} tt_wire_type;

/* Bytes [at, end) of a file of `len` bytes, len <= TT_WIRE_LIMIT. */
typedef struct tt_wire {
    const uint8_t *bytes;
    uint32_t at, end, len;
} tt_wire;

/* What every reader is given: a place in a message in a file. */
#define TT_WIRE_HOLDS(wire) \
    (tt_fresh(wire, sizeof *(wire)) && (wire)->len <= TT_WIRE_LIMIT && \
     (wire)->end <= (wire)->len && (wire)->at <= (wire)->end && \
     tt_fresh((wire)->bytes, (wire)->len))

/* One field: `value` of a number, or the payload bytes [at, at + len). */
typedef struct tt_wire_field {
    uint32_t offset; /* of the tag, in the file */
    uint32_t number;
    tt_wire_type type;
    uint64_t value;
    uint32_t at, len;
} tt_wire_field;

/* Reads the field at wire->at, which is before wire->end, and passes it.
 * field->offset is set even on failure.  Fails with TT_ERR_TRUNCATED when the
 * file ends inside the field, else with TT_ERR_WIRE. */
TT_MUST_USE tt_status tt_wire_next(tt_wire *wire, tt_wire_field *field)
    TT_CONTRACT(tt_requires(TT_WIRE_HOLDS(wire) && wire->at < wire->end),
                tt_requires(tt_fresh(field, sizeof *field)), tt_assigns(wire->at, *field),
                tt_ensures(tt_result == TT_OK || tt_result == TT_ERR_WIRE ||
                           (tt_result == TT_ERR_TRUNCATED && wire->end == wire->len)),
                tt_ensures(field->offset == tt_old(wire->at)),
                tt_ensures(wire->at > field->offset && wire->at <= wire->end),
                tt_ensures(tt_result != TT_OK || (field->number > 0 && field->number >> 29 == 0)),
                tt_ensures(tt_result != TT_OK || field->type == TT_WIRE_VARINT ||
                           (field->at > field->offset && field->at <= wire->at &&
                            field->len == wire->at - field->at)));

/* Reads one varint.  Fails as tt_wire_next does. */
TT_MUST_USE tt_status tt_wire_varint(tt_wire *wire, uint64_t *value)
    TT_CONTRACT(tt_requires(TT_WIRE_HOLDS(wire) && tt_fresh(value, sizeof *value)),
                tt_assigns(wire->at, *value),
                tt_ensures(tt_result == TT_OK || tt_result == TT_ERR_WIRE ||
                           (tt_result == TT_ERR_TRUNCATED && wire->end == wire->len)),
                tt_ensures(wire->at >= tt_old(wire->at) && wire->at <= wire->end),
                tt_ensures(wire->at - tt_old(wire->at) <= 10),
                tt_ensures(wire->at > tt_old(wire->at) ||
                           (tt_result != TT_OK && wire->at == wire->end)));

/* The message inside a field of type TT_WIRE_BYTES. */
tt_wire tt_wire_open(const tt_wire *wire, const tt_wire_field *field)
    TT_CONTRACT(tt_requires(TT_WIRE_HOLDS(wire) && tt_fresh(field, sizeof *field)),
                tt_requires(field->at <= wire->len && field->len <= wire->len - field->at),
                tt_assigns(),
                tt_ensures(tt_result.bytes == wire->bytes && tt_result.len == wire->len),
                tt_ensures(tt_result.at == field->at && tt_result.end >= tt_result.at &&
                           tt_result.end <= tt_result.len));

enum { TT_PUT_MESSAGES = 192, TT_PUT_DEPTH = 8, TT_PUT_BUFFER = 256 };

/* A writer.  The same calls run twice: first to measure, which records the
 * length of every message, then to stream them to the sink. */
typedef struct tt_put {
    tt_sink sink; /* NULL while measuring */
    void *context;
    uint64_t size; /* bytes so far; never passes TT_WIRE_LIMIT unless status says so */
    tt_status status;
    uint32_t messages, depth, used;
    uint32_t length[TT_PUT_MESSAGES];
    uint32_t open[TT_PUT_DEPTH];   /* index of each open message */
    uint64_t start[TT_PUT_DEPTH];  /* where its contents began */
    uint8_t buffer[TT_PUT_BUFFER]; /* on its way to the sink */
} tt_put;

void tt_put_measure(tt_put *put);
void tt_put_stream(tt_put *put, tt_sink sink, void *context); /* after measuring */
tt_status tt_put_end(tt_put *put);                            /* hands over what is buffered */

void tt_put_open(tt_put *put, uint32_t field); /* a message field; its contents follow */
void tt_put_close(tt_put *put);
void tt_put_int(tt_put *put, uint32_t field, uint64_t value);
void tt_put_bytes(tt_put *put, uint32_t field, const void *bytes, size_t len);
void tt_put_text(tt_put *put, uint32_t field, const char *text);
void tt_put_joined(tt_put *put, uint32_t field, const char *first, const char *second);
void tt_put_halves(tt_put *put, uint32_t field, const uint16_t *halves, uint64_t count);
void tt_put_pair(tt_put *put, uint32_t field, tt_text key, tt_text value); /* {1: key, 2: value} */

#endif
