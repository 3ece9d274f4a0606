/* SPDX-License-Identifier: MIT */
/*
 * Lowering of activations and of the L2 norm, in the forms that exporters give
 * them: most are chains of small operators.  The table says which operator makes
 * which meaning of which; the links of a chain speak of one layer.
 */
#include "onnx/onnx.h"

enum { CHAIN_NONE = 0x80, CHAIN_SCALAR }; /* in place of a tt_kind: no operand, a constant */

static const struct lower_link {
    const char *op;
    uint8_t a, b, out;
    float scalar;
} lower_links[] = {
    {"Abs", TT_IS_LAYER, CHAIN_NONE, TT_IS_ABS, 0},
    {"Pow", TT_IS_LAYER, CHAIN_SCALAR, TT_IS_SQUARE, 2},
    {"Pow", TT_IS_ABS, CHAIN_SCALAR, TT_IS_SQUARE, 2},
    {"Mul", TT_IS_LAYER, TT_IS_LAYER, TT_IS_SQUARE, 0},
    {"ReduceSum", TT_IS_SQUARE, CHAIN_NONE, TT_IS_SQUARES, 0},
    {"ReduceSumSquare", TT_IS_LAYER, CHAIN_NONE, TT_IS_SQUARES, 0},
    {"ReduceL2", TT_IS_LAYER, CHAIN_NONE, TT_IS_NORM, 0},
    {"Sqrt", TT_IS_SQUARES, CHAIN_NONE, TT_IS_NORM, 0},
    {"Pow", TT_IS_SQUARES, CHAIN_SCALAR, TT_IS_NORM, 0.5f},
    {"Reciprocal", TT_IS_NORM, CHAIN_NONE, TT_IS_INVERSE, 0},
    {"Pow", TT_IS_NORM, CHAIN_SCALAR, TT_IS_INVERSE, -1},
    {"Pow", TT_IS_SQUARES, CHAIN_SCALAR, TT_IS_INVERSE, -0.5f},
    {"Div", CHAIN_SCALAR, TT_IS_NORM, TT_IS_INVERSE, 1},
    {"Div", TT_IS_LAYER, TT_IS_NORM, TT_IS_EMBEDDING, 0},
    {"Mul", TT_IS_LAYER, TT_IS_INVERSE, TT_IS_EMBEDDING, 0},
    {"Div", TT_IS_LAYER, CHAIN_SCALAR, TT_IS_ERF_OF, 1.41421356f},
    {"Mul", TT_IS_LAYER, CHAIN_SCALAR, TT_IS_ERF_OF, 0.70710678f},
    {"Erf", TT_IS_ERF_OF, CHAIN_NONE, TT_IS_ERF, 0},
    {"Add", TT_IS_ERF, CHAIN_SCALAR, TT_IS_ERF_1, 1},
    {"Mul", TT_IS_LAYER, TT_IS_ERF_1, TT_IS_TWO_GELU, 0},
    {"Mul", TT_IS_LAYER, CHAIN_SCALAR, TT_IS_HALF, 0.5f},
    {"Mul", TT_IS_TWO_GELU, CHAIN_SCALAR, TT_IS_LAYER, 0.5f}, /* y = gelu */
    {"Mul", TT_IS_HALF, TT_IS_ERF_1, TT_IS_LAYER, 0},
};

/* A constant that a graph in half precision may have rounded. */
static int scalar_is(const tt_onnx *onnx, const tt_value *value, float wanted) {
    float number = 0;
    if (!tt_value_scalar(onnx, value, &number)) {
        return 0;
    }
    float apart = number > wanted ? number - wanted : wanted - number;
    return apart <=
           (wanted < 0 ? -wanted : wanted) * (value->type == TT_F16 ? 0.0005f : 0.0000002f);
}

static int link_fits(const tt_onnx *onnx, const struct lower_link *link, const tt_value *a,
                     const tt_value *b) {
    if (link->a == CHAIN_SCALAR) {
        return b != NULL && b->kind == link->b && scalar_is(onnx, a, link->scalar);
    }
    if (a->kind != link->a) {
        return 0;
    }
    if (link->b == CHAIN_NONE) {
        return 1;
    }
    if (b == NULL || (link->b == CHAIN_SCALAR && !scalar_is(onnx, b, link->scalar))) {
        return 0;
    }
    return link->b == CHAIN_SCALAR ||
           (b->kind == link->b && b->tower == a->tower && b->first == a->first);
}

/* Sums go over the columns, and keep them as one or not at all. */
static tt_status reduce_attributes(tt_onnx *onnx, tt_node *node, int *keeps) {
    const tt_attribute *keepdims = tt_node_attribute(onnx, node, "keepdims");
    uint32_t since = tt_span_is(onnx->bytes, node->op, "ReduceSum") ? 13 : 18;
    uint64_t axis = 0;
    tt_status status = tt_node_integer(onnx, node, 1, "axes", since, &axis);
    if (keepdims != NULL && (keepdims->type != TT_ATTRIBUTE_INT || keepdims->value > 1)) {
        return TT_ERR_OPERATOR;
    }
    *keeps = keepdims == NULL || keepdims->value == 1;
    if (status == TT_OK) {
        status = tt_attribute_must(onnx, node, "noop_with_empty_axes", TT_ATTRIBUTE_INT, 0, 0);
    }
    return status == TT_OK && !tt_is_columns(axis) ? TT_ERR_OPERATOR : status;
}

/* Layers of which a chain can be made: a value that is one or can become one. */
static tt_status settle_layer(tt_model *model, tt_value *value) {
    return value->kind == TT_IS_BAG || value->kind == TT_IS_DENSE
               ? tt_layer_open(model, value, value)
               : TT_OK;
}

/* The layer that the links speak of, activated. */
static tt_status activate(tt_model *model, uint32_t tower, uint32_t first, tt_activation activation,
                          tt_value *out) {
    tt_value of;
    memset(&of, 0, sizeof of);
    of.kind = TT_IS_LAYER;
    of.tower = (uint8_t)tower;
    of.first = first;
    tt_status status = tt_layer_open(model, &of, out);
    if (status == TT_OK) {
        model->_tower[tower]._layer[out->first]._activation = (uint8_t)activation;
    }
    return status;
}

/* What a sum, a norm or its inverse is of, and what bounds it. */
static void norm_again(const tt_value *norm, tt_value *out) {
    out->kind = norm->kind;
    out->tower = norm->tower;
    out->first = norm->first;
    if (norm->kind == TT_IS_SQUARES || norm->kind == TT_IS_NORM || norm->kind == TT_IS_INVERSE) {
        out->rank = norm->rank;
        out->last = norm->last;
        out->dim[0] = norm->dim[0];
        out->dim[1] = norm->dim[1];
        out->dim[2] = norm->dim[2];
    }
}

tt_status tt_lower_pattern(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const size_t count = sizeof lower_links / sizeof lower_links[0];
    tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    int reduces =
        tt_span_is(onnx->bytes, (tt_span){node->op.at, node->op.len < 6 ? 0 : 6}, "Reduce");
    int commutes = b != NULL && (tt_span_is(onnx->bytes, node->op, "Mul") ||
                                 tt_span_is(onnx->bytes, node->op, "Add"));
    int keeps = 1;
    tt_status status = reduces ? reduce_attributes(onnx, node, &keeps) : TT_OK;
    if (status == TT_OK) {
        status = settle_layer(model, a);
    }
    if (status != TT_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        const struct lower_link *link = &lower_links[i];
        int fits = tt_span_is(onnx->bytes, node->op, link->op);
        int swapped = fits && !link_fits(onnx, link, a, b);
        if (!fits || (swapped && !(commutes && link_fits(onnx, link, b, a)))) {
            continue;
        }
        const tt_value *of = swapped || link->a == CHAIN_SCALAR ? b : a;
        const tt_value *norm = link->out == TT_IS_EMBEDDING ? (swapped ? a : b) : of;
        if (norm->rank == 1 && link->out != TT_IS_NORM) {
            return TT_ERR_SHAPE; /* beside the columns, not one for each row */
        }
        if (link->out == TT_IS_LAYER) {
            return activate(model, of->tower, of->first, TT_GELU, out);
        }
        norm_again(norm, out);
        out->kind = link->out;
        out->rank = reduces && !keeps ? 1 : out->rank;
        return TT_OK;
    }
    return TT_ERR_GRAPH;
}

/* y sigmoid(y) if one is the sigmoid of the other; else a link of a chain. */
tt_status tt_lower_mul(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    if (a->kind == TT_IS_LAYER && b->kind == TT_IS_LAYER && a->tower == b->tower) {
        const tt_value *late = b->first > a->first ? b : a, *early = late == a ? b : a;
        const tt_layer *layer = &model->_tower[a->tower]._layer[late->first];
        if (layer->_activation == TT_SIGMOID && layer->_weight == NULL && layer->_bias == NULL &&
            layer->_add < 0 && layer->_from == (int)early->first) {
            return activate(model, a->tower, early->first, TT_SILU, out);
        }
    }
    return tt_lower_pattern(onnx, model, node, out);
}

/* LpNormalization: the embedding itself. */
tt_status tt_lower_lp(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    tt_value *in = tt_node_input(onnx, node, 0);
    const tt_attribute *axis = tt_node_attribute(onnx, node, "axis");
    tt_status status = tt_attribute_must(onnx, node, "p", TT_ATTRIBUTE_INT, 2, 2);
    if (status == TT_OK && axis != NULL &&
        (axis->type != TT_ATTRIBUTE_INT || !tt_is_columns(axis->value))) {
        status = TT_ERR_OPERATOR;
    }
    if (status == TT_OK) {
        status = settle_layer(model, in);
    }
    if (status != TT_OK) {
        return status;
    }
    out->kind = TT_IS_EMBEDDING;
    out->tower = in->tower;
    out->first = in->first;
    return in->kind == TT_IS_LAYER ? TT_OK : TT_ERR_GRAPH;
}

/* approximate = "none". */
static tt_status exact_gelu(const tt_onnx *onnx, tt_node *node) {
    const tt_attribute *attribute = tt_node_attribute(onnx, node, "approximate");
    if (attribute == NULL) {
        return TT_OK;
    }
    if (attribute->type != TT_ATTRIBUTE_STRING) {
        return TT_ERR_TYPE;
    }
    return tt_span_is(onnx->bytes, attribute->data, "none") ? TT_OK : TT_ERR_OPERATOR;
}

tt_status tt_lower_activation(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    static const struct {
        const char *op;
        tt_activation activation;
    } activations[] = {{"Relu", TT_RELU},
                       {"LeakyRelu", TT_LEAKY_RELU},
                       {"Sigmoid", TT_SIGMOID},
                       {"Tanh", TT_TANH},
                       {"Gelu", TT_GELU}};
    tt_layer *layer = NULL;
    float slope = 0;
    size_t i = 0;
    while (!tt_span_is(onnx->bytes, node->op, activations[i].op)) {
        i++;
    }
    tt_status status = TT_OK;
    if (activations[i].activation == TT_LEAKY_RELU) {
        status = tt_attribute_float(onnx, node, "alpha", 0.01f, &slope);
    } else if (activations[i].activation == TT_GELU) {
        status = exact_gelu(onnx, node);
    }
    if (status == TT_OK) {
        status = tt_layer_take(model, tt_node_input(onnx, node, 0), TT_STEP_ACTIVATE, out, &layer);
    }
    if (status == TT_OK) {
        layer->_activation = (uint8_t)activations[i].activation;
        layer->_bound = slope;
    }
    return status == TT_OK && !(slope - slope == 0.0f) ? TT_ERR_NONFINITE : status;
}

/* The least value of a norm, or of the sum below its root. */
static tt_status lower_floor(const tt_value *norm, float least, tt_value *out) {
    if (!(least >= 0.0f) || !(least - least == 0.0f)) {
        return TT_ERR_NONFINITE;
    }
    if (norm->dim[0] != 0 || norm->dim[1] != 0) { /* it has grown already */
        return TT_ERR_GRAPH;
    }
    uint32_t *floor = norm->kind == TT_IS_SQUARES ? &out->dim[2] : &out->last;
    norm_again(norm, out);
    if (least > tt_bits_to_float(*floor)) {
        *floor = tt_float_to_bits(least);
    }
    return TT_OK;
}

/* A constant that is added to a norm, or to the sum below its root. */
tt_status tt_lower_plus(const tt_onnx *onnx, const tt_value *norm, const tt_value *scalar,
                        tt_value *out) {
    float number = 0;
    uint32_t *sum = &out->dim[norm->kind == TT_IS_NORM];
    if (!tt_value_scalar(onnx, scalar, &number) || norm->last != 0 || norm->dim[2] != 0) {
        return TT_ERR_GRAPH;
    }
    if (!(number >= 0.0f) || !(number - number == 0.0f)) {
        return TT_ERR_NONFINITE;
    }
    norm_again(norm, out);
    if (*sum != 0) { /* a second time */
        return TT_ERR_GRAPH;
    }
    *sum = tt_float_to_bits(number);
    return TT_OK;
}

/* A norm beside every column of its layer.  Rows that are told fit one batch only, and there each
 * row is as it is for any. */
tt_status tt_lower_expand(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *norm = tt_node_input(onnx, node, 0), *shape = tt_node_input(onnx, node, 1);
    uint64_t rows = 0, columns = 0;
    if (norm->kind != TT_IS_NORM) {
        return TT_ERR_GRAPH;
    }
    if (norm->rank == 1) {
        return TT_ERR_SHAPE;
    }
    if (shape->kind == TT_IS_SHAPE && shape->rank == 2 && shape->tower == norm->tower) {
        columns = shape->last;
    } else if (shape->kind == TT_IS_BATCH_ROWS && shape->tower == norm->tower) {
        columns = shape->first;
    } else if (shape->kind != TT_IS_INITIALIZER || shape->rank != 1 || shape->dim[0] != 2 ||
               !tt_value_integer(onnx, shape, 0, &rows) || rows == 0 || rows > TT_WIRE_LIMIT ||
               !tt_value_integer(onnx, shape, 1, &columns)) {
        return TT_ERR_GRAPH;
    }
    if (columns != 1 && columns != model->_tower[norm->tower]._layer[norm->first]._out) {
        return TT_ERR_SHAPE;
    }
    norm_again(norm, out);
    return TT_OK;
}

/* A bound of Clip; absent, it is `bound` as it was. */
static tt_status clip_bound(tt_onnx *onnx, tt_node *node, uint32_t i, const char *name,
                            float *bound) {
    const tt_value *value = tt_node_input(onnx, node, i);
    if (onnx->opset < 11) {
        return node->inputs > 1 ? TT_ERR_OPERATOR
                                : tt_attribute_float(onnx, node, name, *bound, bound);
    }
    return value == NULL || tt_value_scalar(onnx, value, bound) ? TT_OK : TT_ERR_GRAPH;
}

/* A floor below a norm; or a ReLU, with or without a largest value. */
tt_status tt_lower_clip(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const float none = 3.40282347e+38f;
    tt_value *in = tt_node_input(onnx, node, 0);
    tt_layer *layer = NULL;
    float least = -none, most = none;
    tt_status status = clip_bound(onnx, node, 1, "min", &least);
    if (status == TT_OK) {
        status = clip_bound(onnx, node, 2, "max", &most);
    }
    if (status != TT_OK) {
        return status;
    }
    if (in->kind == TT_IS_NORM || in->kind == TT_IS_SQUARES) {
        return most >= none ? lower_floor(in, least, out) : TT_ERR_OPERATOR;
    }
    if (least != 0.0f || !(most > 0.0f)) {
        return TT_ERR_OPERATOR;
    }
    status = tt_layer_take(model, in, TT_STEP_ACTIVATE, out, &layer);
    if (status == TT_OK) {
        layer->_activation = most >= none ? TT_RELU : TT_CLIP;
        layer->_bound = most;
    }
    return status;
}

tt_status tt_lower_max(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out) {
    const tt_value *a = tt_node_input(onnx, node, 0), *b = tt_node_input(onnx, node, 1);
    float least = 0;
    const tt_value *norm = a->kind == TT_IS_NORM || a->kind == TT_IS_SQUARES ? a : b;
    (void)model;
    if ((norm->kind != TT_IS_NORM && norm->kind != TT_IS_SQUARES) ||
        !tt_value_scalar(onnx, norm == a ? b : a, &least)) {
        return TT_ERR_GRAPH;
    }
    return lower_floor(norm, least, out);
}
