/* SPDX-License-Identifier: MIT */
/* Lowering of the operators between the input and the layers, and of those that
 * only give a value another form. */
#include "onnx/onnx.h"

/* ---- Other forms of one value ----------------------------------------------------- */

/* The output is the input.  Who reads one reads both. */
tt_status tt_lower_alias(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint32_t uses = in->uses - 1 + out->uses;
    (void)model;
    (void)tt_node_attribute(onnx, node, "ratio"); /* of Dropout, which is off */
    if (in->kind == TT_IS_INPUT) {
        return TT_ERR_GRAPH;
    }
    *out = *in;
    out->uses = uses;
    return TT_OK;
}

/* Computing in more digits than the graph asks for is no error. */
tt_status tt_lower_cast(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    const tt_attribute *to = tt_node_attribute(onnx, node, "to");
    uint32_t from = in->as != 0 ? in->as : in->type, first = 0, last = 0;
    if (to == NULL) {
        return TT_ERR_MISSING;
    }
    if (to->type != TT_ATTRIBUTE_INT || (from != TT_F16 && from != TT_F32)) {
        return TT_ERR_TYPE;
    }
    if (to->value != TT_F16 && to->value != TT_F32) {
        return TT_ERR_OPERATOR;
    }
    /* A weight rounded to half precision has other values. */
    if (in->kind == TT_IS_INITIALIZER && in->type == TT_F32 && to->value == TT_F16) {
        return TT_ERR_OPERATOR;
    }
    if (in->kind == TT_IS_INPUT) {
        tt_status status = tt_value_columns(onnx, tt_node_input(onnx, node, 0), &first, &last);
        if (status != TT_OK) {
            return status;
        }
        out->kind = TT_IS_SLICE;
        out->tower = in->tower;
        out->first = first;
        out->last = last;
    } else {
        tt_status status = tt_lower_alias(onnx, model, node, out);
        if (status != TT_OK) {
            return status;
        }
    }
    out->as = (uint32_t)to->value;
    return TT_OK;
}

/* A matrix of weights; where it is read, its rows and columns change places. */
tt_status tt_lower_transpose(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    const tt_attribute *perm = tt_node_attribute(onnx, node, "perm");
    if (in->kind != TT_IS_INITIALIZER || in->rank != 2) {
        return TT_ERR_GRAPH;
    }
    if (perm != NULL && (perm->type != TT_ATTRIBUTE_INTS || perm->count != 2 || perm->value != 1)) {
        return TT_ERR_OPERATOR;
    }
    tt_status status = tt_lower_alias(onnx, model, node, out);
    out->transposed = !in->transposed;
    return status;
}

uint32_t tt_value_width(const tt_model *model, const tt_value *value) {
    const tt_tower_view *tower = &model->_tower[value->tower];
    switch (value->kind) {
    case TT_IS_INPUT:
    case TT_IS_SLICE:
        return value->last - value->first;
    case TT_IS_BAG:
        return tower->_width;
    case TT_IS_DENSE:
        return tower->_bags * tower->_width + tower->_numerics;
    case TT_IS_LAYER:
    case TT_IS_EMBEDDING:
        return tower->_layer[value->first]._out;
    default:
        return 0;
    }
}

/* Inputs take their columns when they are first read. */
static tt_status place_columns(tt_onnx *onnx, tt_value *value, uint32_t *from, uint32_t *to) {
    if (value->kind == TT_IS_INPUT && !value->placed) {
        uint32_t *placed = &onnx->columns[value->tower];
        if (value->last == 0) {
            return TT_ERR_SHAPE;
        }
        if (value->last > TT_WIRE_LIMIT - *placed) {
            return TT_ERR_LIMIT;
        }
        value->first = *placed;
        value->last += *placed;
        value->placed = 1;
        *placed = value->last;
    }
    *from = value->first;
    *to = value->last;
    return TT_OK;
}

/* [rows, columns] of Reshape: -1 or 0 or the batch, then the width or -1. */
static int reshape_keeps(const tt_onnx *onnx, const tt_value *shape, uint32_t width) {
    uint64_t rows = 0, columns = 0;
    if (shape->kind == TT_IS_BATCH_ROWS) {
        return shape->first == width || shape->first == UINT32_MAX;
    }
    if (shape->rank != 1 || shape->dim[0] != 2 || !tt_value_integer(onnx, shape, 0, &rows) ||
        !tt_value_integer(onnx, shape, 1, &columns)) {
        return 0;
    }
    return ((rows == 0 || rows == UINT64_MAX) && columns == width) ||
           (rows == 0 && columns == UINT64_MAX);
}

/* A constant of other sizes, of which one may be told by the others. */
static tt_status reshape_constant(tt_onnx *onnx, tt_model *model, tt_node *node,
                                  const tt_value *shape, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint64_t count = 1, product = 1, dim[TT_MAX_RANK] = {0};
    uint32_t rank = shape->rank == 1 ? shape->dim[0] : 0, free = TT_MAX_RANK;
    for (uint32_t i = 0; i < in->rank; i++) {
        count *= in->dim[i]; /* below 2^31: the data has them all */
    }
    if (rank == 0 || rank > TT_MAX_RANK || in->transposed) {
        return TT_ERR_GRAPH;
    }
    for (uint32_t i = 0; i < rank; i++) {
        if (!tt_value_integer(onnx, shape, i, &dim[i])) {
            return TT_ERR_GRAPH;
        }
        if (dim[i] == UINT64_MAX && free == TT_MAX_RANK) {
            free = i;
            dim[i] = 1;
        }
        product = dim[i] == 0 || dim[i] > count ? 0 : product * dim[i];
        if (product == 0 || product > count) {
            return TT_ERR_SHAPE;
        }
    }
    if (count % product != 0 || (free == TT_MAX_RANK && product != count)) {
        return TT_ERR_SHAPE;
    }
    tt_status status = tt_lower_alias(onnx, model, node, out);
    for (uint32_t i = 0; i < rank; i++) {
        out->dim[i] = (uint32_t)(i == free ? count / product : dim[i]);
    }
    out->rank = rank;
    return status;
}

/* Flatten, or a Reshape that only makes one row per row of the batch. */
tt_status tt_lower_reshape(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    const tt_value *shape = tt_node_input(onnx, node, 1);
    uint32_t width = tt_value_width(model, in);
    tt_status status = shape != NULL
                           ? tt_attribute_must(onnx, node, "allowzero", TT_ATTRIBUTE_INT, 0, 0)
                           : tt_attribute_must(onnx, node, "axis", TT_ATTRIBUTE_INT, 1, 1);
    if (status != TT_OK) {
        return status;
    }
    if (in->kind == TT_IS_BATCH && shape != NULL && shape->dim[0] == 1) {
        return tt_lower_alias(onnx, model, node, out); /* one number stays one number */
    }
    if (shape != NULL && in->kind == TT_IS_INITIALIZER) {
        return reshape_constant(onnx, model, node, shape, out);
    }
    if (width == 0 || (shape != NULL && !reshape_keeps(onnx, shape, width))) {
        return TT_ERR_GRAPH;
    }
    if (in->kind != TT_IS_INPUT) {
        return tt_lower_alias(onnx, model, node, out);
    }
    out->kind = TT_IS_SLICE;
    out->tower = in->tower;
    return place_columns(onnx, in, &out->first, &out->last);
}

/* ---- Shapes, as exporters pass them around ------------------------------------------- */

tt_status tt_lower_shape(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    const tt_attribute *end = tt_node_attribute(onnx, node, "end");
    tt_status status = tt_attribute_must(onnx, node, "start", TT_ATTRIBUTE_INT, 0, 0);
    if (status != TT_OK) {
        return status;
    }
    if (end != NULL && (end->type != TT_ATTRIBUTE_INT || end->value != 1)) {
        return TT_ERR_OPERATOR;
    }
    if (tt_value_width(model, in) == 0) {
        return TT_ERR_GRAPH;
    }
    out->kind = end != NULL ? TT_IS_BATCH : TT_IS_SHAPE;
    out->tower = in->tower;
    out->rank = in->kind == TT_IS_INPUT ? in->rank : 2;
    out->last = tt_value_width(model, in);
    out->as = TT_ONNX_INT64;
    return TT_OK;
}

tt_status tt_lower_gather(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    uint64_t index = 1;
    (void)model;
    if (in->kind != TT_IS_SHAPE ||
        !tt_value_integer(onnx, tt_node_input(onnx, node, 1), 0, &index) || index != 0) {
        return TT_ERR_GRAPH;
    }
    out->kind = TT_IS_BATCH;
    out->tower = in->tower;
    out->as = TT_ONNX_INT64;
    return tt_attribute_must(onnx, node, "axis", TT_ATTRIBUTE_INT, 0, 0);
}

tt_status tt_lower_unsqueeze(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *in = tt_node_input(onnx, node, 0);
    int sum = in->rank == 1 && (in->kind == TT_IS_SQUARES || in->kind == TT_IS_NORM);
    uint64_t axis = 1;
    if (in->kind != TT_IS_BATCH && !sum) {
        return TT_ERR_GRAPH;
    }
    tt_status status = tt_node_integer(onnx, node, 1, "axes", 13, &axis);
    if (status == TT_OK && (sum ? !tt_is_columns(axis) : axis != 0)) {
        status = TT_ERR_OPERATOR;
    }
    if (status == TT_OK) {
        status = tt_lower_alias(onnx, model, node, out);
        out->rank = sum ? 2 : 0;
    }
    return status;
}

/* The number of rows, without a list around it. */
tt_status tt_lower_squeeze(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    uint64_t axis = 0;
    tt_status status = TT_OK;
    if (tt_node_input(onnx, node, 0)->kind != TT_IS_BATCH) {
        return TT_ERR_GRAPH;
    }
    if (node->inputs > 1 || node->attributes > 0) {
        status = tt_node_integer(onnx, node, 1, "axes", 13, &axis);
    }
    if (status == TT_OK && axis != 0) {
        status = TT_ERR_OPERATOR;
    }
    return status == TT_OK ? tt_lower_alias(onnx, model, node, out) : status;
}

static tt_status concat_shape(tt_onnx *onnx, const tt_node *node, tt_value *out) {
    const tt_value *columns = tt_node_input(onnx, node, 1);
    uint64_t number = 0;
    if (node->inputs != 2 || columns == NULL || !tt_value_integer(onnx, columns, 0, &number) ||
        columns->rank != 1 || columns->dim[0] != 1) {
        return TT_ERR_GRAPH;
    }
    out->kind = TT_IS_BATCH_ROWS;
    out->tower = tt_node_input(onnx, node, 0)->tower;
    out->first = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    out->as = TT_ONNX_INT64;
    return number <= UINT32_MAX || number == UINT64_MAX ? TT_OK : TT_ERR_SHAPE;
}

/* ---- Columns, bags and numbers --------------------------------------------------------- */

tt_status tt_value_columns(tt_onnx *onnx, tt_value *value, uint32_t *from, uint32_t *to) {
    if (value->kind != TT_IS_INPUT && value->kind != TT_IS_SLICE) {
        return TT_ERR_GRAPH;
    }
    if (value->kind == TT_IS_INPUT && value->rank != 2) {
        return TT_ERR_SHAPE;
    }
    return place_columns(onnx, value, from, to);
}

/* An end or start of a slice, as ONNX counts: negative from the end, then clamped. */
static uint32_t slice_bound(uint64_t bound, uint32_t width) {
    if (bound >> 63) {
        uint64_t back = ~bound + 1; /* the bound without its sign, 1 to 2^63 */
        return back > width ? 0 : width - (uint32_t)back;
    }
    return bound > width ? width : (uint32_t)bound;
}

tt_status tt_lower_slice(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    uint64_t start = 0, end = 0, axis = 0, step = 1;
    uint32_t from = 0, to = 0;
    tt_value *in = tt_node_input(onnx, node, 0);
    (void)model;
    tt_status status = tt_value_columns(onnx, in, &from, &to);
    if (status == TT_OK) {
        status = tt_node_integer(onnx, node, 1, "starts", 10, &start);
    }
    if (status == TT_OK) {
        status = tt_node_integer(onnx, node, 2, "ends", 10, &end);
    }
    if (status == TT_OK) {
        status = tt_node_integer(onnx, node, 3, "axes", 10, &axis);
    }
    if (status == TT_OK && tt_node_input(onnx, node, 4) != NULL) {
        status = tt_node_integer(onnx, node, 4, "steps", 10, &step);
    }
    if (status != TT_OK) {
        return status;
    }
    out->kind = TT_IS_SLICE;
    out->tower = in->tower;
    out->first = from + slice_bound(start, to - from);
    out->last = from + slice_bound(end, to - from);
    if (!tt_is_columns(axis) || step != 1) {
        return TT_ERR_OPERATOR;
    }
    return out->first < out->last ? TT_OK : TT_ERR_SHAPE;
}

/* A bag: a whole-table run of the features times the one table of the tower. */
tt_status tt_lower_bag(tt_onnx *onnx, tt_model *model, tt_value *in, const tt_value *table,
                       int transposed, tt_value *out) {
    const uint8_t *data = onnx->bytes + table->data.at;
    tt_tower_view *tower = &model->_tower[in->tower];
    uint32_t from = 0, to = 0;
    if (table->rank != 2) {
        return TT_ERR_SHAPE;
    }
    if (in->kind == TT_IS_INPUT && in->last == 0) { /* of a symbolic width */
        in->last = table->dim[transposed];
    }
    tt_status status = tt_value_columns(onnx, in, &from, &to);
    if (status != TT_OK) {
        return status;
    }
    if (tower->_table == NULL) {
        tower->_table = data;
        tower->_table_type = (tt_type)table->type;
        tower->_rows = table->dim[transposed];
        tower->_width = table->dim[!transposed];
        tower->_transposed = (uint8_t)transposed;
    }
    if (tower->_table != data || tower->_transposed != transposed) {
        return TT_ERR_GRAPH;
    }
    if (to - from != tower->_rows || from % tower->_rows != 0) {
        return TT_ERR_SHAPE;
    }
    out->kind = TT_IS_BAG;
    out->tower = in->tower;
    out->first = from / tower->_rows;
    return out->first < TT_MAX_BAGS ? TT_OK : TT_ERR_LIMIT;
}

/* One more input of a Concat of columns that follow each other. */
static tt_status concat_columns(tt_onnx *onnx, tt_value *in, int is_first, tt_value *out) {
    uint32_t from = 0, to = 0;
    tt_status status = tt_value_columns(onnx, in, &from, &to);
    if (status != TT_OK) {
        return status;
    }
    if (!is_first && from != out->last) {
        return TT_ERR_GRAPH;
    }
    out->kind = TT_IS_SLICE;
    out->first = is_first ? from : out->first;
    out->last = to;
    return TT_OK;
}

/* One more input of a Concat of bags in order, of which the last may be numbers. */
static tt_status concat_bags(tt_onnx *onnx, tt_model *model, tt_value *in, uint32_t i, int is_last,
                             tt_value *out) {
    tt_tower_view *tower = &model->_tower[in->tower];
    uint32_t from = 0, to = 0;
    out->kind = TT_IS_DENSE;
    if (in->kind == TT_IS_BAG) {
        tower->_bags = i + 1;
        return in->first == i ? TT_OK : TT_ERR_GRAPH;
    }
    tt_status status = tt_value_columns(onnx, in, &from, &to);
    if (status != TT_OK) {
        return status;
    }
    if (!is_last || from != (uint64_t)tower->_bags * tower->_rows) {
        return TT_ERR_GRAPH;
    }
    tower->_numerics = to - from;
    return tower->_numerics <= TT_MAX_NUMERICS ? TT_OK : TT_ERR_LIMIT;
}

/* Inputs side by side, or bags and numbers: together, every feature once. */
tt_status tt_lower_concat(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_attribute *axis = tt_node_attribute(onnx, node, "axis");
    tt_value *first = tt_node_input(onnx, node, 0);
    int bags = first->kind == TT_IS_BAG;
    if (axis == NULL) {
        return TT_ERR_MISSING;
    }
    if (axis->type != TT_ATTRIBUTE_INT) {
        return TT_ERR_TYPE;
    }
    if (first->kind == TT_IS_BATCH && (axis->value == 0 || axis->value == UINT64_MAX)) {
        return concat_shape(onnx, node, out);
    }
    if (!tt_is_columns(axis->value)) {
        return TT_ERR_OPERATOR;
    }
    if (bags && model->_tower[first->tower]._bags != 0) {
        return TT_ERR_GRAPH;
    }
    for (uint32_t i = 0; i < node->inputs; i++) {
        tt_value *in = tt_node_input(onnx, node, i);
        tt_status status = TT_ERR_MISSING;
        if (in != NULL && in->tower != first->tower) {
            return TT_ERR_GRAPH;
        }
        if (in != NULL) {
            status = bags ? concat_bags(onnx, model, in, i, i + 1 == node->inputs, out)
                          : concat_columns(onnx, in, i == 0, out);
        }
        if (status != TT_OK) {
            return status;
        }
    }
    out->tower = first->tower;
    return TT_OK;
}
