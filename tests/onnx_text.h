/* SPDX-License-Identifier: MIT */
/*
 * Protobuf bytes from text, so that a test can show a file: `7{ }` is a message
 * in field 7, `1"abc"` bytes, `9<0102>` bytes in hexadecimal, `2:13` and `1:-1`
 * a varint, `2=0000803f ` four bytes, `!0b0c!` bytes as they are.  `@` marks a
 * place whose offset the test wants to know.
 */
#ifndef TESTS_ONNX_TEXT_H
#define TESTS_ONNX_TEXT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct coder {
    const char *at;
    uint8_t *bytes;
    size_t len;
    size_t mark; /* where `@` stood */
};

static size_t put_varint(uint8_t *to, uint64_t value) {
    size_t n = 0;
    for (; value >= 0x80; value >>= 7) {
        to[n++] = (uint8_t)(value | 0x80);
    }
    to[n++] = (uint8_t)value;
    return n;
}

static void put_hex(struct coder *coder, char end) {
    for (; *coder->at != end; coder->at += 2) {
        unsigned byte = 0;
        assert_int_equal(sscanf(coder->at, "%2x", &byte), 1);
        coder->bytes[coder->len++] = (uint8_t)byte;
    }
    coder->at++;
}

static void put_fields(struct coder *coder);

/* The payload of a field of bytes, then its length before it. */
static void put_payload(struct coder *coder, char kind) {
    uint8_t length[10];
    size_t start = coder->len;
    if (kind == '{') {
        put_fields(coder);
    } else if (kind == '<') {
        put_hex(coder, '>');
    } else {
        while (*coder->at != '"') {
            coder->bytes[coder->len++] = (uint8_t)*coder->at++;
        }
        coder->at++;
    }
    size_t n = put_varint(length, coder->len - start);
    memmove(coder->bytes + start + n, coder->bytes + start, coder->len - start);
    memcpy(coder->bytes + start, length, n);
    coder->len += n;
    coder->mark += coder->mark >= start && coder->mark != SIZE_MAX ? n : 0;
}

static void put_field(struct coder *coder) {
    char *after;
    uint64_t number = strtoull(coder->at, &after, 10);
    char kind = *after;
    coder->at = after + 1;
    unsigned type = kind == ':' ? 0 : kind == '=' ? 5 : 2;
    coder->len += put_varint(coder->bytes + coder->len, number << 3 | type);
    if (kind == ':') {
        uint64_t value = *coder->at == '-' ? (uint64_t)strtoll(coder->at, &after, 10)
                                           : strtoull(coder->at, &after, 10);
        coder->at = after;
        coder->len += put_varint(coder->bytes + coder->len, value);
    } else if (kind == '=') {
        put_hex(coder, ' ');
    } else {
        put_payload(coder, kind);
    }
}

/* Fields up to the end of the message or of the text; the bytes are never more than the text. */
static void put_fields(struct coder *coder) {
    for (;;) {
        switch (*coder->at) {
        case ' ':
            coder->at++;
            break;
        case '@':
            coder->mark = coder->len;
            coder->at++;
            break;
        case '!':
            coder->at++;
            put_hex(coder, '!');
            break;
        case '}':
            coder->at++;
            return;
        case '\0':
            return;
        default:
            put_field(coder);
        }
    }
}

#endif
