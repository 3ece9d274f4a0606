/* SPDX-License-Identifier: MIT */
/* A tower as lists of rows and weights: Gather instead of the product with a
 * dense vector.  The weights are copied as they are in the file that was read. */
#include "onnx/onnx.h"
#include "onnx/put.h"

static const char *const sparse_prefix[TT_TOWERS] = {"user_", "item_"};
static const char *const sparse_bag[TT_TOWERS][TT_MAX_BAGS] = {{"liked", "neutral", "disliked"},
                                                               {"item", "", ""}};
static const char *const layer_name[TT_MAX_LAYERS] = {"l0",  "l1",  "l2",  "l3", "l4",  "l5",
                                                      "l6",  "l7",  "l8",  "l9", "l10", "l11",
                                                      "l12", "l13", "l14", "l15"};

/* A node of one or two inputs; `b` may be NULL. */
static void put_simple(tt_put *put, const char *op, const char *a, const char *a_rest,
                       const char *b, const char *b_rest, const char *out, const char *out_rest) {
    tt_put_node(put, op, out, out_rest);
    tt_put_input(put, a, a_rest);
    if (b != NULL) {
        tt_put_input(put, b, b_rest);
    }
    tt_put_close(put);
}

/* [N][L] ids and weights -> [N][width] */
static void put_bag(tt_put *put, const char *bag) {
    put_simple(put, "Gather", "", "table", bag, "_ids", bag, "_rows");
    tt_put_cast(put, bag, "_rows", "_rows_f32");
    put_simple(put, "Unsqueeze", bag, "_weights", "", "axis", bag, "_weights_1");
    put_simple(put, "MatMul", bag, "_weights_1", bag, "_rows_f32", bag, "_sum_1");
    put_simple(put, "Squeeze", bag, "_sum_1", "", "axis", bag, "_sum");
}

/* The bags and numerics -> z */
static void put_sparse_features(tt_put *put, const tt_tower_view *tower,
                                const char *const *bag_names) {
    for (uint32_t bag = 0; bag < tower->_bags; bag++) {
        put_bag(put, bag_names[bag]);
    }
    if (tower->_folded && tower->_numerics > 0) {
        tt_put_cast(put, "", "numeric_rows", "numeric_rows_f32");
        put_simple(put, "MatMul", "", "numerics", "", "numeric_rows_f32", "", "numeric_sum");
        put_simple(put, "Add", bag_names[0], "_sum", "", "numeric_sum", "", "z");
        return;
    }
    tt_put_node(put, "Concat", "", "z");
    for (uint32_t bag = 0; bag < tower->_bags; bag++) {
        tt_put_input(put, bag_names[bag], "_sum");
    }
    if (tower->_numerics > 0) {
        tt_put_input(put, "", "numerics");
    }
    tt_put_attribute(put, "axis", 1);
    tt_put_close(put);
}

/* One layer; each step is a node, and the last one gives `l<i>`. */
static void put_layer(tt_put *put, const tt_layer *layer, uint32_t i) {
    const char *name = layer_name[i];
    const char *steps[] = {
        layer->_weight != NULL ? "_product" : NULL, layer->_bias != NULL ? "_biased" : NULL,
        layer->_add >= 0 ? "_added" : NULL, layer->_activation == TT_RELU ? "_relu" : NULL};
    static const char *const ops[] = {"MatMul", "Add", "Add", "Relu"};
    const char *from = layer->_from < 0 ? "z" : layer_name[layer->_from], *from_rest = "";
    if (layer->_weight != NULL) {
        tt_put_cast(put, name, "_w", "_w_f32");
    }
    if (layer->_bias != NULL) {
        tt_put_cast(put, name, "_b", "_b_f32");
    }
    const char *with[] = {name, name, layer->_add >= 0 ? layer_name[layer->_add] : "", NULL};
    static const char *const with_rest[] = {"_w_f32", "_b_f32", "", ""};
    for (int step = 0; step < 4; step++) {
        if (steps[step] != NULL) {
            put_simple(put, ops[step], from, from_rest, with[step], with_rest[step], name,
                       steps[step]);
            from = name;
            from_rest = steps[step];
        }
    }
    put_simple(put, "Identity", from, from_rest, NULL, NULL, name, "");
}

static void put_copy(tt_put *put, const char *prefix, const char *name, const uint8_t *data,
                     tt_type type, size_t rows, size_t columns) {
    tt_put_open(put, 5);
    if (rows > 0) {
        tt_put_int(put, 1, rows);
    }
    tt_put_int(put, 1, columns);
    tt_put_int(put, 2, (uint64_t)type);
    tt_put_joined(put, 8, prefix, name);
    tt_put_bytes(put, 9, data, (rows > 0 ? rows : 1) * columns * (type == TT_F16 ? 2 : 4));
    tt_put_close(put);
}

static void put_sparse_weights(tt_put *put, const tt_tower_view *tower) {
    size_t element = tower->_table_type == TT_F16 ? 2 : 4;
    tt_put_int64(put, "", "axis", 1);
    for (uint32_t i = 0; i < tower->_layers; i++) {
        const tt_layer *layer = &tower->_layer[i];
        if (layer->_weight != NULL) {
            put_copy(put, layer_name[i], "_w", layer->_weight, layer->_type, layer->_in,
                     layer->_out);
        }
        if (layer->_bias != NULL) {
            put_copy(put, layer_name[i], "_b", layer->_bias, layer->_bias_type, 0, layer->_out);
        }
    }
    if (tower->_folded && tower->_numerics > 0) {
        put_copy(put, "", "numeric_rows",
                 tower->_table + (size_t)tower->_rows * tower->_width * element, tower->_table_type,
                 tower->_numerics, tower->_width);
    }
    put_copy(put, "", "table", tower->_table, tower->_table_type, tower->_rows, tower->_width);
}

static void put_sparse_info(tt_put *put, const tt_tower_view *tower, const char *const *bag_names,
                            const char *prefix, uint32_t out) {
    for (uint32_t i = 0; i < 2 * tower->_bags; i++) {
        int ids = i % 2 == 0;
        tt_put_info_open(put, 11, bag_names[i / 2], ids ? "_ids" : "_weights",
                         ids ? TT_ONNX_INT64 : TT_F32);
        tt_put_dim(put, "N", 0);
        tt_put_dim(put, "L", 0);
        tt_put_info_close(put);
    }
    if (tower->_numerics > 0) {
        tt_put_info_open(put, 11, "", "numerics", TT_F32);
        tt_put_dim(put, "N", 0);
        tt_put_dim(put, NULL, tower->_numerics);
        tt_put_info_close(put);
    }
    tt_put_info_open(put, 12, prefix, "embedding", TT_F32);
    tt_put_dim(put, "N", 0);
    tt_put_dim(put, NULL, out);
    tt_put_info_close(put);
}

/* metadata_props, as they are. */
static void put_properties(tt_put *put, const tt_model *model) {
    tt_wire wire = {model->_bytes, 0, (uint32_t)model->_len, (uint32_t)model->_len};
    tt_wire_field field;
    while (wire.at < wire.end && tt_wire_next(&wire, &field) == TT_OK) {
        if (field.number == 14) {
            tt_put_bytes(put, 14, model->_bytes + field.at, field.len);
        }
    }
}

static void put_sparse(tt_put *put, const tt_model *model, tt_tower which) {
    const tt_tower_view *tower = &model->_tower[which];
    const char *last = layer_name[tower->_layers - 1];
    tt_put_header(put, "1");
    put_properties(put, model);
    tt_put_open(put, 7);
    put_sparse_features(put, tower, sparse_bag[which]);
    for (uint32_t i = 0; i < tower->_layers; i++) {
        put_layer(put, &tower->_layer[i], i);
    }
    put_simple(put, "Identity", last, "", NULL, NULL, sparse_prefix[which], "o");
    tt_put_norm(put, sparse_prefix[which], "o");
    tt_put_text(put, 2, "twotower");
    put_sparse_weights(put, tower);
    put_sparse_info(put, tower, sparse_bag[which], sparse_prefix[which], model->_out);
    tt_put_close(put);
}

tt_status tt_model_write_sparse(const tt_model *model, tt_tower which, tt_sink sink,
                                void *context) {
    const tt_tower_view *tower = &model->_tower[which];
    tt_put put;
    if (!tower->_present) {
        return TT_ERR_TOWER;
    }
    if (tower->_transposed || (which == TT_ITEM && tower->_bags != 1)) {
        return TT_ERR_GRAPH;
    }
    for (uint32_t i = 0; i < tower->_layers; i++) {
        const tt_layer *layer = &tower->_layer[i];
        if (layer->_activation > TT_RELU || (layer->_weight != NULL && layer->_transposed)) {
            return TT_ERR_GRAPH;
        }
    }
    tt_put_measure(&put);
    put_sparse(&put, model, which);
    if (put.status != TT_OK) {
        return put.status;
    }
    tt_put_stream(&put, sink, context);
    put_sparse(&put, model, which);
    return tt_put_end(&put);
}
