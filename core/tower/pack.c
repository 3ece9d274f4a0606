/* SPDX-License-Identifier: MIT */
/* Matrices that a file stores [out][in] are turned to [in][out], so that the
 * weights of an input stand together. */
#include "inner.h"

enum { PACK_BLOCK = 16 }; /* inputs that are turned together */

/* Turns a matrix of elements of `size` bytes; returns the bytes after it. */
static uint8_t *pack_turn(const uint8_t **matrix, uint8_t *transposed, size_t in, size_t out,
                          size_t size, uint8_t *to) {
    const uint8_t *from = *matrix;
    for (size_t first = 0; first < in; first += PACK_BLOCK) {
        size_t end = in - first < PACK_BLOCK ? in : first + PACK_BLOCK;
        for (size_t j = 0; j < out; j++)
            for (size_t i = first; i < end; i++)
                memcpy(to + (i * out + j) * size, from + (j * in + i) * size, size);
    }
    *matrix = to;
    *transposed = 0;
    return to + in * out * size;
}

static size_t pack_inputs(const tt_tower_view *tower) {
    return (size_t)tower->_rows + (tower->_folded ? tower->_numerics : 0);
}

static size_t pack_element(tt_type type) {
    return type == TT_F16 ? 2 : 4;
}

size_t tt_model_pack_size(const tt_model *model) {
    size_t size = 0; /* the matrices lie in one file, so no sum overflows */
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        const tt_tower_view *tower = &model->_tower[t];
        if (tower->_present && tower->_transposed)
            size += pack_inputs(tower) * tower->_width * pack_element(tower->_table_type);
        for (uint32_t i = 0; tower->_present && i < tower->_layers; i++)
            if (tower->_layer[i]._transposed)
                size += (size_t)tower->_layer[i]._in * tower->_layer[i]._out *
                        pack_element(tower->_layer[i]._type);
    }
    return size;
}

void tt_model_pack(tt_model *model, void *memory) {
    uint8_t *next = memory;
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        tt_tower_view *tower = &model->_tower[t];
        if (tower->_present && tower->_transposed)
            next = pack_turn(&tower->_table, &tower->_transposed, pack_inputs(tower), tower->_width,
                             pack_element(tower->_table_type), next);
        for (uint32_t i = 0; tower->_present && i < tower->_layers; i++) {
            tt_layer *layer = &tower->_layer[i];
            if (layer->_transposed)
                next = pack_turn(&layer->_weight, &layer->_transposed, layer->_in, layer->_out,
                                 pack_element(layer->_type), next);
        }
    }
}
