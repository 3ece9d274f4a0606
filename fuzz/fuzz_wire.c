/* SPDX-License-Identifier: MIT */
/* Claim: the wire reader stays inside its bytes and always goes on; each field lies inside
 * its message; and, because only shortest varints are read, writing the fields again gives
 * the bytes that were read. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "inner.h"

#include "copy.h"

enum { DEPTH = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_field(tt_put *put, const uint8_t *bytes, const tt_wire_field *field) {
    if (field->type == TT_WIRE_VARINT) {
        tt_put_int(put, field->number, field->value);
    } else {
        tt_put_bytes(put, field->number, bytes + field->at, field->len);
    }
}

/* Writes the field and compares it with the bytes from its tag on. */
static void same_again(const tt_wire *wire, const tt_wire_field *field) {
    tt_put put;
    copy to = {NULL, 0, wire->at - field->offset};
    if (field->type != TT_WIRE_VARINT && field->type != TT_WIRE_BYTES) {
        return; /* the writer has no numbers of fixed width */
    }
    to.bytes = malloc(to.room);
    tt_put_measure(&put);
    put_field(&put, wire->bytes, field);
    if (to.bytes == NULL || put.status != TT_OK || put.size != to.room) {
        abort();
    }
    tt_put_stream(&put, keep, &to);
    put_field(&put, wire->bytes, field);
    if (tt_put_end(&put) != TT_OK || to.len != to.room ||
        memcmp(to.bytes, wire->bytes + field->offset, to.len) != 0) {
        abort();
    }
    free(to.bytes);
}

static void check_field(const tt_wire *before, const tt_wire *after, const tt_wire_field *field) {
    if (field->offset != before->at || after->at <= before->at || after->at > after->end ||
        after->end != before->end || field->number == 0 || field->number >> 29 != 0) {
        abort();
    }
    if (field->type != TT_WIRE_VARINT && (field->at <= field->offset || field->at > after->at ||
                                          field->len != after->at - field->at)) {
        abort();
    }
    same_again(after, field);
}

/* Every field; a payload of bytes is walked as a message too, unless it is none. */
static void walk(tt_wire start) {
    tt_wire open[DEPTH];
    int depth = 1;
    open[0] = start;
    while (depth > 0) {
        tt_wire *wire = &open[depth - 1], before = *wire;
        tt_wire_field field;
        if (wire->at == wire->end) {
            depth--;
            continue;
        }
        tt_status status = tt_wire_next(wire, &field);
        if (status != TT_OK) {
            int ends = wire->end == wire->len;
            if (field.offset != before.at || wire->at > wire->end ||
                (status != TT_ERR_WIRE && !(status == TT_ERR_TRUNCATED && ends))) {
                abort();
            }
            depth--;
            continue;
        }
        check_field(&before, wire, &field);
        if (field.type == TT_WIRE_BYTES && depth < DEPTH) {
            open[depth++] = tt_wire_open(wire, &field);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + 1); /* the last byte of the block is the last of the file */
    if (bytes == NULL || size > TT_WIRE_LIMIT) {
        abort();
    }
    if (size > 0) {
        memcpy(bytes + 1, data, size);
    }
    tt_wire wire = {bytes + 1, 0, (uint32_t)size, (uint32_t)size};
    walk(wire);
    free(bytes);
    return 0;
}
