/* SPDX-License-Identifier: MIT */
/* Claim: what the core writes it reads, and writing then reading is the identity: the same
 * sizes, the same bits of every weight, the same properties; twice the same bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "inner.h"

#include "copy.h"
#include "draw.h"

enum { MAX_ROWS = 40, MAX_WIDTH = 12, MAX_HIDDEN = 12, MAX_OUT = 12, PROPERTIES = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A model to write; its halves lie in one block. */
typedef struct sample {
    uint16_t *halves;
    size_t used, count;
    tt_weights weights;
    tt_tower_weights tower[TT_TOWERS];
    tt_property property[PROPERTIES];
    char text[PROPERTIES][2][24];
} sample;

static void require(int holds) {
    if (!holds) {
        abort();
    }
}

/* ---- The model ---------------------------------------------------------------------- */

/* The next `count` finite halves. */
static const uint16_t *take(sample *made, draw *from, size_t count) {
    uint16_t *at = made->halves + made->used;
    require(count <= made->count - made->used);
    draw_bytes(from, at, count * sizeof *at);
    for (size_t i = 0; i < count; i++) {
        at[i] &= (at[i] & 0x7c00) == 0x7c00 ? 0xbfff : 0xffff;
    }
    made->used += count;
    return at;
}

static tt_dense take_dense(sample *made, draw *from, size_t in, size_t out) {
    tt_dense dense = {take(made, from, in * out), NULL};
    dense.bias = take(made, from, out);
    return dense;
}

static void make_tower(sample *made, draw *from, tt_tower which, uint32_t out) {
    tt_tower_weights *tower = &made->tower[which];
    int shared = made->weights.table != NULL;
    tower->bags = shared && which == TT_USER ? 3 : 1;
    tower->numerics = draw_most(from, TT_MAX_NUMERICS);
    tower->hidden = draw_most(from, MAX_HIDDEN) + !shared;
    tower->out = out;
    tower->rows = 1 + draw_most(from, MAX_ROWS - 1);
    size_t z = tower->numerics + (shared ? tower->bags * made->weights.width : tower->rows);
    if (shared) {
        tower->skip = take_dense(made, from, z, out);
    }
    if (tower->hidden > 0) {
        tower->first = take_dense(made, from, z, tower->hidden);
        tower->second = take_dense(made, from, tower->hidden, out);
    }
    made->weights.tower[which] = tower;
}

/* Keys are made distinct by their number; `text` may hold any bytes. */
static void make_properties(sample *made, draw *from) {
    made->weights.properties = draw_most(from, PROPERTIES);
    made->weights.property = made->property;
    for (uint32_t i = 0; i < made->weights.properties; i++) {
        tt_property *property = &made->property[i];
        char *key = made->text[i][0], *value = made->text[i][1];
        draw_bytes(from, key, sizeof made->text[i][0]);
        draw_bytes(from, value, sizeof made->text[i][1]);
        key[0] = (char)('a' + i);
        for (size_t j = 1; j < sizeof made->text[i][0]; j++) {
            key[j] = (char)(key[j] == '\0' ? '_' : key[j]);
        }
        property->key = (tt_text){key, 1 + draw_most(from, sizeof made->text[i][0] - 2)};
        key[property->key.len] = '\0';
        property->value = (tt_text){value, draw_most(from, sizeof made->text[i][1])};
    }
}

static void make(sample *made, draw *from) {
    uint32_t bits = draw_byte(from), out = 1 + draw_most(from, MAX_OUT - 1);
    memset(made, 0, sizeof *made);
    made->count = 4000;
    made->halves = malloc(made->count * sizeof *made->halves);
    require(made->halves != NULL);
    made->weights.producer_version = "fuzz";
    if (bits & 1) {
        made->weights.rows = 1 + draw_most(from, MAX_ROWS - 1);
        made->weights.width = 1 + draw_most(from, MAX_WIDTH - 1);
        made->weights.table = take(made, from, (size_t)made->weights.rows * made->weights.width);
    }
    if (bits & 2 || !(bits & 4)) {
        make_tower(made, from, TT_USER, out);
    }
    if (bits & 4) {
        make_tower(made, from, TT_ITEM, out);
    }
    make_properties(made, from);
}

/* ---- What was read -------------------------------------------------------------------- */

static void halves_same(const uint8_t *at, const uint16_t *halves, size_t count) {
    for (size_t i = 0; i < count; i++) {
        require(tt_load16(at + 2 * i) == halves[i]);
    }
}

static void layer_same(const tt_layer *layer, const tt_dense *dense, size_t in, size_t out) {
    require(layer->_type == TT_F16 && layer->_bias_type == TT_F16 && !layer->_transposed);
    require(layer->_in == in && layer->_out == out);
    halves_same(layer->_weight, dense->weight, in * out);
    halves_same(layer->_bias, dense->bias, out);
}

/* The plain form: the first matrix is the table, and its layer has a bias alone.  Without a
 * schema nothing tells rows from numerics. */
static void plain_same(const tt_tower_view *view, const tt_tower_weights *tower) {
    require(view->_rows + view->_numerics == tower->rows + tower->numerics);
    require(view->_bags == 1 && view->_width == tower->hidden);
    require(view->_layers == 2 && view->_layer[0]._activation == TT_RELU);
    halves_same(view->_table, tower->first.weight,
                (size_t)(tower->rows + tower->numerics) * tower->hidden);
    halves_same(view->_layer[0]._bias, tower->first.bias, tower->hidden);
    layer_same(&view->_layer[1], &tower->second, tower->hidden, tower->out);
}

static void shared_same(const tt_tower_view *view, const tt_weights *weights,
                        const tt_tower_weights *tower) {
    size_t z = (size_t)tower->bags * weights->width + tower->numerics;
    require(!view->_folded && view->_rows == weights->rows && view->_width == weights->width);
    require(view->_bags == tower->bags && view->_numerics == tower->numerics);
    halves_same(view->_table, weights->table, (size_t)weights->rows * weights->width);
    if (tower->hidden == 0) {
        require(view->_layers == 1);
        layer_same(&view->_layer[0], &tower->skip, z, tower->out);
        return;
    }
    require(view->_layers == 3 && view->_layer[0]._activation == TT_RELU);
    layer_same(&view->_layer[0], &tower->first, z, tower->hidden);
    layer_same(&view->_layer[1], &tower->second, tower->hidden, tower->out);
    layer_same(&view->_layer[2], &tower->skip, z, tower->out);
    require(view->_layer[2]._add == 1 || view->_layer[1]._add == 2);
}

static void model_same(const tt_model *model, const sample *made) {
    for (int t = TT_USER; t <= TT_ITEM; t++) {
        const tt_tower_weights *tower = made->weights.tower[t];
        const tt_tower_view *view = &model->_tower[t];
        require(tt_model_has(model, (tt_tower)t) == (tower != NULL));
        if (tower == NULL) {
            continue;
        }
        require(tt_model_dim(model) == tower->out && view->_table_type == TT_F16);
        if (made->weights.table != NULL) {
            shared_same(view, &made->weights, tower);
        } else {
            plain_same(view, tower);
        }
    }
    for (size_t i = 0; i < made->weights.properties; i++) {
        tt_text value = tt_model_property(model, made->property[i].key.at);
        require(value.len == made->property[i].value.len &&
                memcmp(value.at, made->property[i].value.at, value.len) == 0);
    }
}

static copy write_model(const tt_weights *weights) {
    copy to = {NULL, 0, tt_model_write_size(weights)};
    to.bytes = malloc(to.room);
    require(to.room > 0 && to.bytes != NULL);
    require(tt_model_write(weights, keep, &to) == TT_OK && to.len == to.room);
    return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    sample made;
    draw from = {data, size};
    tt_model model;
    tt_error error;
    void *scratch = malloc(tt_model_read_size());
    make(&made, &from);
    copy first = write_model(&made.weights), second = write_model(&made.weights);
    require(scratch != NULL && memcmp(first.bytes, second.bytes, first.len) == 0);
    require(tt_model_read(&model, first.bytes, first.len, scratch, tt_model_read_size(), &error) ==
            TT_OK);
    require(tt_model_verify(&model, &error) == TT_OK);
    model_same(&model, &made);
    free(scratch);
    free(first.bytes);
    free(second.bytes);
    free(made.halves);
    return 0;
}
