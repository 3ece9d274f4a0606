/* SPDX-License-Identifier: MIT */
#include "format/thrift.h"

enum { MAX_DEPTH = 16 };

static int64_t bad(thrift_reader *reader) {
    if (!reader->bad)
        reader->fault = reader->at;
    reader->bad = 1;
    reader->at = reader->end;
    return 0;
}

static uint8_t get_byte(thrift_reader *reader) {
    return (uint8_t)(reader->at < reader->end ? *reader->at++ : bad(reader));
}

static uint64_t get_varint(thrift_reader *reader) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = get_byte(reader);
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    return (uint64_t)bad(reader);
}

static int64_t get_zigzag(thrift_reader *reader) {
    uint64_t value = get_varint(reader);
    int64_t half = (int64_t)(value >> 1);
    return value & 1 ? -half - 1 : half;
}

static void skip_bytes(thrift_reader *reader, uint64_t n) {
    if (n > (uint64_t)(reader->end - reader->at))
        bad(reader);
    else
        reader->at += n;
}

int thrift_next(thrift_reader *reader, thrift_field *field) {
    uint8_t byte = get_byte(reader);
    int64_t id = byte >> 4;
    field->type = (thrift_type)(byte & 15);
    if (reader->bad || byte == THRIFT_STOP) {
        field->type = THRIFT_STOP;
        return 0;
    }
    id = id ? field->id + id : get_zigzag(reader);
    if (field->type == THRIFT_STOP || field->type > THRIFT_STRUCT || id < 1 || id > INT16_MAX)
        bad(reader);
    else
        field->id = (int16_t)id;
    return !reader->bad;
}

int64_t thrift_int(thrift_reader *reader, const thrift_field *field) {
    int is_int =
        field->type == THRIFT_I16 || field->type == THRIFT_I32 || field->type == THRIFT_I64;
    return is_int ? get_zigzag(reader) : bad(reader);
}

int32_t thrift_int32(thrift_reader *reader, const thrift_field *field) {
    int64_t value = field->type == THRIFT_I32 ? get_zigzag(reader) : bad(reader);
    return (int32_t)(value < INT32_MIN || value > INT32_MAX ? bad(reader) : value);
}

int thrift_bool(thrift_reader *reader, const thrift_field *field) {
    if (field->type != THRIFT_TRUE && field->type != THRIFT_FALSE)
        bad(reader);
    return field->type == THRIFT_TRUE;
}

tt_text thrift_element_text(thrift_reader *reader) {
    uint64_t len = get_varint(reader);
    tt_text text = {(const char *)reader->at, 0};
    skip_bytes(reader, len);
    if (!reader->bad)
        text.len = (size_t)len;
    return text;
}

tt_text thrift_text(thrift_reader *reader, const thrift_field *field) {
    if (field->type != THRIFT_BINARY)
        bad(reader);
    return thrift_element_text(reader);
}

int64_t thrift_element_int(thrift_reader *reader) {
    return get_zigzag(reader);
}

/* The head of a list or set. */
static uint64_t get_head(thrift_reader *reader, thrift_type *element) {
    uint8_t byte = get_byte(reader);
    uint64_t count = byte >> 4;
    *element = (thrift_type)(byte & 15);
    if (count == 15)
        count = get_varint(reader);
    if (count > (uint64_t)(reader->end - reader->at))
        bad(reader);
    return reader->bad ? 0 : count;
}

size_t thrift_list(thrift_reader *reader, const thrift_field *field, thrift_type element) {
    thrift_type found = element;
    uint64_t count = 0;
    if (field->type != THRIFT_LIST)
        bad(reader);
    else
        count = get_head(reader, &found);
    /* Some writers leave the type out of an empty list. */
    if (count && found != element)
        bad(reader);
    return reader->bad ? 0 : (size_t)count;
}

void thrift_struct(thrift_reader *reader, const thrift_field *field) {
    if (field->type != THRIFT_STRUCT)
        bad(reader);
}

/* What is open while a value is skipped: a struct, or `left` elements. */
typedef struct level {
    thrift_type type, key, value;
    uint64_t left;
    thrift_field field;
} level;

static void open_map(thrift_reader *reader, level *open) {
    uint64_t count = get_varint(reader);
    uint8_t types = count ? get_byte(reader) : 0;
    open->key = (thrift_type)(types >> 4);
    open->value = (thrift_type)(types & 15);
    if (count > (uint64_t)(reader->end - reader->at))
        bad(reader);
    open->left = 2 * count;
}

/* The type of the next value inside `open`, or THRIFT_STOP where it ends. */
static thrift_type next_inside(thrift_reader *reader, level *open) {
    if (open->type == THRIFT_STRUCT) {
        thrift_next(reader, &open->field);
        return open->field.type;
    }
    if (open->left == 0)
        return THRIFT_STOP;
    return open->left-- % 2 || open->type != THRIFT_MAP ? open->value : open->key;
}

/* Skips a value of one piece; 1 if it was one. Booleans take a byte in lists alone. */
static int skip_flat(thrift_reader *reader, thrift_type type, int in_struct) {
    switch (type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        skip_bytes(reader, in_struct ? 0 : 1);
        return 1;
    case THRIFT_BYTE:
        skip_bytes(reader, 1);
        return 1;
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        get_varint(reader);
        return 1;
    case THRIFT_DOUBLE:
        skip_bytes(reader, 8);
        return 1;
    case THRIFT_BINARY:
        skip_bytes(reader, get_varint(reader));
        return 1;
    default:
        return 0;
    }
}

void thrift_skip(thrift_reader *reader, const thrift_field *field) {
    level stack[MAX_DEPTH];
    int depth = 0, in_struct = 1;
    thrift_type type = field->type;
    for (;;) {
        if (type != THRIFT_STOP && !skip_flat(reader, type, in_struct)) {
            if (depth == MAX_DEPTH || type > THRIFT_STRUCT) {
                bad(reader);
                return;
            }
            level *open = &stack[depth++];
            *open = (level){.type = type};
            if (type == THRIFT_LIST || type == THRIFT_SET)
                open->left = get_head(reader, &open->value);
            else if (type == THRIFT_MAP)
                open_map(reader, open);
        } else if (type == THRIFT_STOP) {
            depth--;
        }
        if (reader->bad || depth <= 0)
            return;
        in_struct = stack[depth - 1].type == THRIFT_STRUCT;
        type = next_inside(reader, &stack[depth - 1]);
    }
}
