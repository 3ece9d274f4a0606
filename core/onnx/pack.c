/* SPDX-License-Identifier: MIT */
/* Transposed weights are laid out anew, once, as the kernels read them. */
#include "onnx/onnx.h"

enum { PACK_TILE = 32, PACK_MOST = TT_TOWERS * (1 + TT_MAX_LAYERS) };

/* A matrix [out][in] of a model, and where the model holds it. */
typedef struct pack_matrix {
    const uint8_t **data;
    uint8_t *transposed;
    size_t in, out, element;
} pack_matrix;

static uint32_t pack_add(pack_matrix *list, uint32_t count, const uint8_t **data,
                         uint8_t *transposed, tt_type type, uint32_t in, uint32_t out) {
    if (*transposed) {
        pack_matrix matrix = {data, transposed, in, out, type == TT_F16 ? 2 : 4};
        list[count++] = matrix;
    }
    return count;
}

static uint32_t pack_list(tt_model *model, pack_matrix *list) {
    uint32_t count = 0;
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        tt_tower_view *tower = &model->_tower[t];
        uint32_t rows = tower->_rows + (tower->_folded ? tower->_numerics : 0);
        if (!tower->_present) {
            continue;
        }
        count = pack_add(list, count, &tower->_table, &tower->_transposed, tower->_table_type, rows,
                         tower->_width);
        for (uint32_t i = 0; i < tower->_layers; i++) {
            tt_layer *layer = &tower->_layer[i];
            count = pack_add(list, count, &layer->_weight, &layer->_transposed, layer->_type,
                             layer->_in, layer->_out);
        }
    }
    return count;
}

/* Whether matrix `i` is one of those before it, as shared layers are. */
static int pack_same(const pack_matrix *a, const pack_matrix *b) {
    return *a->data == *b->data && a->in == b->in && a->out == b->out;
}

static size_t pack_bytes(const pack_matrix *list, uint32_t i) {
    for (uint32_t before = 0; before < i; before++) {
        if (pack_same(&list[before], &list[i])) {
            return 0;
        }
    }
    return list[i].in * list[i].out * list[i].element; /* as many as in the file */
}

size_t tt_model_pack_size(const tt_model *model) {
    tt_model copy = *model;
    pack_matrix list[PACK_MOST];
    uint32_t count = pack_list(&copy, list);
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t bytes = pack_bytes(list, i);
        size = bytes > SIZE_MAX - size ? SIZE_MAX : size + bytes;
    }
    return size;
}

/* to [in][out] = from [out][in], tile by tile. */
static void pack_transpose(const pack_matrix *matrix, uint8_t *to) {
    const uint8_t *from = *matrix->data;
    size_t element = matrix->element;
    for (size_t row = 0; row < matrix->in; row += PACK_TILE) {
        size_t last = matrix->in - row < PACK_TILE ? matrix->in : row + PACK_TILE;
        for (size_t out = 0; out < matrix->out; out++) {
            for (size_t i = row; i < last; i++) {
                memcpy(to + (i * matrix->out + out) * element,
                       from + (out * matrix->in + i) * element, element);
            }
        }
    }
}

tt_status tt_model_pack(tt_model *model, void *memory, size_t size) {
    pack_matrix list[PACK_MOST];
    const uint8_t *packed[PACK_MOST];
    uint32_t count = pack_list(model, list);
    uint8_t *next = memory;
    if (size < tt_model_pack_size(model)) {
        return TT_ERR_SPACE;
    }
    for (uint32_t i = 0; i < count; i++) {
        size_t bytes = pack_bytes(list, i);
        uint32_t same = 0;
        while (!pack_same(&list[same], &list[i])) {
            same++;
        }
        packed[i] = same == i ? next : packed[same];
        if (same == i) {
            pack_transpose(&list[i], next);
            next += bytes;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        *list[i].data = packed[i];
        *list[i].transposed = 0;
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        model->_tower[t]._packed = count > 0;
    }
    return TT_OK;
}
