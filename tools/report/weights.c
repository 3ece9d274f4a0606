/* SPDX-License-Identifier: MIT */
#include "report/weights.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

/* Fields of protobuf messages: ModelProto.graph, GraphProto.initializer, and of a TensorProto. */
enum { GRAPH = 7, INITIALIZER = 5, DIMS = 1, TYPE = 2, NAME = 8, RAW = 9 };

typedef struct cursor {
    const uint8_t *at, *end;
} cursor;

typedef struct field {
    uint32_t number, wire;
    uint64_t value; /* a varint, or the length of `bytes` */
    cursor bytes;
} field;

static int varint(cursor *from, uint64_t *value) {
    *value = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        uint8_t byte = *from->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return 1;
    }
    return 0;
}

static int next(cursor *from, field *one) {
    uint64_t key;
    *one = (field){0};
    if (from->at == from->end || !varint(from, &key))
        return 0;
    one->number = (uint32_t)(key >> 3);
    one->wire = key & 7;
    if (one->wire != 0 && one->wire != 2)
        return 0;
    if (!varint(from, &one->value))
        return 0;
    if (one->wire == 2) {
        if (one->value > (uint64_t)(from->end - from->at))
            return 0;
        one->bytes = (cursor){from->at, from->at + one->value};
        from->at = one->bytes.end;
    }
    return 1;
}

typedef struct tensor {
    uint64_t dim[2], dims, type;
    cursor name, raw;
} tensor;

static void read_tensor(tensor *made, cursor from) {
    field one;
    *made = (tensor){{1, 1}, 0, 0, {0}, {0}};
    while (next(&from, &one)) {
        if (one.number == DIMS && one.wire == 0 && made->dims < 2)
            made->dim[made->dims++] = one.value;
        else if (one.number == TYPE && one.wire == 0)
            made->type = one.value;
        else if (one.number == NAME && one.wire == 2)
            made->name = one.bytes;
        else if (one.number == RAW && one.wire == 2)
            made->raw = one.bytes;
    }
}

/* The initializer of that name in half precision, in memory of its own; NULL: there is none. */
static uint16_t *find(const model_file *model, const char *name, uint32_t *rows,
                      uint32_t *columns) {
    const uint8_t *bytes = model->bytes;
    cursor file = {bytes, bytes + model->len}, graph;
    field outer, inner;
    while (next(&file, &outer)) {
        for (graph = outer.bytes;
             outer.number == GRAPH && outer.wire == 2 && next(&graph, &inner);) {
            tensor of;
            if (inner.number != INITIALIZER || inner.wire != 2)
                continue;
            read_tensor(&of, inner.bytes);
            size_t len = (size_t)(of.name.end - of.name.at);
            uint64_t halves = (uint64_t)(of.raw.end - of.raw.at) / 2;
            if (len != strlen(name) || memcmp(of.name.at, name, len) != 0 || of.type != TT_F16 ||
                !of.dims || !of.dim[0] || halves / of.dim[0] != of.dim[1] ||
                halves % of.dim[0] != 0)
                continue;
            uint16_t *made = xmalloc((size_t)halves * sizeof *made);
            for (size_t i = 0; i < halves; i++)
                made[i] = (uint16_t)(of.raw.at[2 * i] | of.raw.at[2 * i + 1] << 8);
            *rows = (uint32_t)of.dim[0];
            *columns = (uint32_t)of.dim[1];
            return made;
        }
    }
    return NULL;
}

int report_weights_read(report_weights *made, const model_file *model) {
    static const char *const name[6] = {"user_skip_w",  "user_skip_b",   "user_first_w",
                                        "user_first_b", "user_second_w", "user_second_b"};
    const tt_model *of = &model->model;
    uint32_t rows[6] = {0}, columns[6] = {0};
    *made = (report_weights){0};
    if (!tt_model_has(of, TT_USER) || !tt_model_schema(of) || tt_model_bags(of, TT_USER) < 3)
        return 0;
    made->table = find(model, "table", &made->rows, &made->width);
    for (int i = 0; i < 6; i++)
        made->owned[i] = find(model, name[i], &rows[i], &columns[i]);
    uint32_t numerics = tt_model_numerics(of, TT_USER), out = tt_model_dim(of);
    uint32_t z = 3 * made->width + numerics, hidden = made->owned[2] ? columns[2] : 0;
    int fits = made->table && made->owned[0] && made->owned[1] &&
               made->rows == tt_model_rows(of, TT_USER) && rows[0] == z && columns[0] == out &&
               rows[1] == out;
    if (hidden)
        fits = fits && made->owned[3] && made->owned[4] && made->owned[5] && rows[2] == z &&
               rows[3] == hidden && rows[4] == hidden && columns[4] == out && rows[5] == out;
    made->user = (tt_tower_weights){.bags = 3,
                                    .numerics = numerics,
                                    .hidden = hidden,
                                    .out = out,
                                    .skip = {made->owned[0], made->owned[1]},
                                    .first = {made->owned[2], made->owned[3]},
                                    .second = {made->owned[4], made->owned[5]}};
    if (!fits)
        report_weights_free(made);
    return fits;
}

void report_weights_free(report_weights *weights) {
    free(weights->table);
    for (int i = 0; i < 6; i++)
        free(weights->owned[i]);
    *weights = (report_weights){0};
}
