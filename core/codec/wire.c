/* SPDX-License-Identifier: MIT */
#include "inner.h"

/* ---- Reading ------------------------------------------------------------------ */

/* A message that ends early is truncated only if the file ends there too. */
static tt_status wire_short(const tt_wire *wire) {
    return wire->end == wire->len ? TT_ERR_TRUNCATED : TT_ERR_WIRE;
}

tt_status tt_wire_varint(tt_wire *wire, uint64_t *value) {
    uint64_t sum = 0;
    for (unsigned i = 0;; i++) {
        if (wire->at == wire->end) {
            return wire_short(wire);
        }
        uint8_t byte = wire->bytes[wire->at++];
        if (i == 9 && byte != 1) {
            return TT_ERR_WIRE; /* a 65th bit, an eleventh byte, or a padded tenth */
        }
        sum |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *value = sum;
            return i > 0 && byte == 0 ? TT_ERR_WIRE : TT_OK;
        }
    }
}

static tt_status wire_take(tt_wire *wire, tt_wire_field *field, uint64_t len) {
    if (len > wire->end - wire->at) {
        return wire_short(wire);
    }
    field->at = wire->at;
    field->len = (uint32_t)len;
    wire->at += (uint32_t)len;
    return TT_OK;
}

static tt_status wire_payload(tt_wire *wire, tt_wire_field *field) {
    uint64_t len = 0;
    tt_status status;
    switch (field->type) {
    case TT_WIRE_VARINT:
        return tt_wire_varint(wire, &field->value);
    case TT_WIRE_FIXED64:
        status = wire_take(wire, field, 8);
        if (status == TT_OK) {
            field->value = tt_load64(wire->bytes + field->at);
        }
        return status;
    case TT_WIRE_BYTES:
        status = tt_wire_varint(wire, &len);
        return status == TT_OK ? wire_take(wire, field, len) : status;
    case TT_WIRE_FIXED32:
        status = wire_take(wire, field, 4);
        if (status == TT_OK) {
            field->value = tt_load32(wire->bytes + field->at);
        }
        return status;
    default:
        return TT_ERR_WIRE;
    }
}

tt_status tt_wire_next(tt_wire *wire, tt_wire_field *field) {
    uint64_t tag = 0;
    memset(field, 0, sizeof *field);
    field->offset = wire->at;
    tt_status status = tt_wire_varint(wire, &tag);
    if (status != TT_OK) {
        return status;
    }
    if (tag > UINT32_MAX || tag >> 3 == 0) {
        return TT_ERR_WIRE;
    }
    field->number = (uint32_t)(tag >> 3);
    field->type = (tt_wire_type)(tag & 7);
    return wire_payload(wire, field);
}

tt_wire tt_wire_open(const tt_wire *wire, const tt_wire_field *field) {
    tt_wire inside = {wire->bytes, field->at, field->at + field->len, wire->len};
    return inside;
}

/* ---- Writing ------------------------------------------------------------------ */

void tt_put_measure(tt_put *put) {
    memset(put, 0, sizeof *put);
}

void tt_put_stream(tt_put *put, tt_sink sink, void *context) {
    put->sink = sink;
    put->context = context;
    put->size = 0;
    put->messages = put->depth = put->used = 0;
}

static void put_flush(tt_put *put) {
    if (put->used > 0 && put->status == TT_OK &&
        put->sink(put->context, put->buffer, put->used) != 0) {
        put->status = TT_ERR_SINK;
    }
    put->used = 0;
}

tt_status tt_put_end(tt_put *put) {
    put_flush(put);
    return put->status;
}

/* Counts bytes; says whether they must be written too. */
static int put_count(tt_put *put, uint64_t len) {
    if (put->status != TT_OK) {
        return 0;
    }
    if (len > TT_WIRE_LIMIT - put->size) {
        put->status = TT_ERR_LIMIT;
        return 0;
    }
    put->size += len;
    return put->sink != NULL;
}

static void put_raw(tt_put *put, const void *bytes, size_t len) {
    const uint8_t *from = bytes;
    if (!put_count(put, len)) {
        return;
    }
    while (len > 0) {
        if (put->used == TT_PUT_BUFFER) {
            put_flush(put);
        }
        size_t part = TT_PUT_BUFFER - put->used < len ? TT_PUT_BUFFER - put->used : len;
        memcpy(put->buffer + put->used, from, part);
        put->used += (uint32_t)part;
        from += part;
        len -= part;
    }
}

static void put_varint(tt_put *put, uint64_t value) {
    uint8_t bytes[10];
    size_t len = 0;
    for (; value >= 0x80; value >>= 7) {
        bytes[len++] = (uint8_t)(value | 0x80);
    }
    bytes[len++] = (uint8_t)value;
    put_raw(put, bytes, len);
}

static void put_tag(tt_put *put, uint32_t field, tt_wire_type type) {
    put_varint(put, (field << 3) | (uint32_t)type);
}

void tt_put_int(tt_put *put, uint32_t field, uint64_t value) {
    put_tag(put, field, TT_WIRE_VARINT);
    put_varint(put, value);
}

void tt_put_bytes(tt_put *put, uint32_t field, const void *bytes, size_t len) {
    put_tag(put, field, TT_WIRE_BYTES);
    put_varint(put, len);
    put_raw(put, bytes, len);
}

static size_t put_text_len(const char *text) {
    size_t len = 0;
    while (text[len] != '\0') {
        len++;
    }
    return len;
}

void tt_put_text(tt_put *put, uint32_t field, const char *text) {
    tt_put_bytes(put, field, text, put_text_len(text));
}

void tt_put_joined(tt_put *put, uint32_t field, const char *first, const char *second) {
    put_tag(put, field, TT_WIRE_BYTES);
    put_varint(put, put_text_len(first) + put_text_len(second));
    put_raw(put, first, put_text_len(first));
    put_raw(put, second, put_text_len(second));
}

void tt_put_halves(tt_put *put, uint32_t field, const uint16_t *halves, uint64_t count) {
    if (count > TT_WIRE_LIMIT / 2) {
        put->status = TT_ERR_LIMIT;
        return;
    }
    put_tag(put, field, TT_WIRE_BYTES);
    put_varint(put, count * 2);
    if (!put_count(put, count * 2)) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (TT_PUT_BUFFER - put->used < 2) {
            put_flush(put);
        }
        put->buffer[put->used++] = (uint8_t)halves[i];
        put->buffer[put->used++] = (uint8_t)(halves[i] >> 8);
    }
}

void tt_put_open(tt_put *put, uint32_t field) {
    put_tag(put, field, TT_WIRE_BYTES);
    if (put->messages == TT_PUT_MESSAGES || put->depth == TT_PUT_DEPTH) {
        put->status = TT_ERR_LIMIT;
    }
    if (put->status != TT_OK) {
        return;
    }
    if (put->sink != NULL) {
        put_varint(put, put->length[put->messages]);
    }
    put->open[put->depth] = put->messages++;
    put->start[put->depth++] = put->size;
}

void tt_put_close(tt_put *put) {
    if (put->status != TT_OK) {
        return;
    }
    put->depth--;
    if (put->sink == NULL) {
        uint64_t len = put->size - put->start[put->depth];
        put->length[put->open[put->depth]] = (uint32_t)len;
        put_varint(put, len); /* only counted: its place is before the contents */
    }
}

static uint64_t varint_len(uint64_t value) {
    uint64_t len = 1;
    for (; value >= 0x80; value >>= 7) {
        len++;
    }
    return len;
}

void tt_put_pair(tt_put *put, uint32_t field, tt_text key, tt_text value) {
    if (key.len > TT_WIRE_LIMIT || value.len > TT_WIRE_LIMIT) {
        put->status = TT_ERR_LIMIT;
        return;
    }
    put_tag(put, field, TT_WIRE_BYTES);
    put_varint(put, 2 + varint_len(key.len) + key.len + varint_len(value.len) + value.len);
    tt_put_bytes(put, 1, key.at, key.len);
    tt_put_bytes(put, 2, value.at, value.len);
}
