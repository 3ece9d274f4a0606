/* SPDX-License-Identifier: MIT */
#include "onnx/onnx.h"

/* Shorter names first, then by bytes. */
static int span_compare(const uint8_t *bytes, tt_span a, tt_span b) {
    if (a.len != b.len) {
        return a.len < b.len ? -1 : 1;
    }
    return memcmp(bytes + a.at, bytes + b.at, a.len);
}

/* The place of `name` in the sorted order: the first that is not before it. */
static uint32_t names_place(const tt_names *names, const uint8_t *bytes, tt_span name) {
    uint32_t low = 0, high = names->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (span_compare(bytes, names->name[names->order[middle]], name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int names_holds(const tt_names *names, const uint8_t *bytes, tt_span name, uint32_t place) {
    return place < names->count && span_compare(bytes, names->name[names->order[place]], name) == 0;
}

uint16_t tt_names_find(const tt_names *names, const uint8_t *bytes, tt_span name) {
    uint32_t place = names_place(names, bytes, name);
    return names_holds(names, bytes, name, place) ? names->order[place] : TT_NO_VALUE;
}

tt_status tt_names_add(tt_names *names, const uint8_t *bytes, tt_span name, uint32_t most) {
    uint32_t place = names_place(names, bytes, name);
    if (names_holds(names, bytes, name, place)) {
        return TT_ERR_DUPLICATE;
    }
    if (names->count >= most) {
        return TT_ERR_LIMIT;
    }
    memmove(names->order + place + 1, names->order + place,
            (names->count - place) * sizeof names->order[0]);
    names->order[place] = (uint16_t)names->count;
    names->name[names->count++] = name;
    return TT_OK;
}

int tt_span_is(const uint8_t *bytes, tt_span span, const char *text) {
    for (uint32_t i = 0; i < span.len; i++) {
        if (text[i] == '\0' || bytes[span.at + i] != (uint8_t)text[i]) {
            return 0;
        }
    }
    return text[span.len] == '\0';
}
