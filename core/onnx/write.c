/* SPDX-License-Identifier: MIT */
/*
 * Weights become a ModelProto.  The graph is the last field of the file, so a
 * file that lost its end is always refused.
 */
#include "onnx/onnx.h"
#include "onnx/put.h"

static const char *const tower_prefix[TT_TOWERS] = {"user_", "item_"};
static const char *const bag_name[TT_MAX_BAGS] = {"bag0", "bag1", "bag2"};
static const char *const slice_name[TT_MAX_BAGS] = {"slice0", "slice1", "slice2"};
static const char *const bound_name[TT_MAX_BAGS + 2] = {"at0", "at1", "at2", "at3", "at4"};

static uint64_t tower_features(const tt_weights *weights, const tt_tower_weights *tower) {
    return weights->table != NULL ? (uint64_t)tower->bags * weights->rows + tower->numerics
                                  : (uint64_t)tower->rows + tower->numerics;
}

/* Columns where the bags and the numerics begin, and where the last ends. */
static uint32_t tower_bounds(const tt_tower_weights *tower) {
    return tower->bags + (tower->numerics > 0 ? 2 : 1);
}

/* ---- Nodes --------------------------------------------------------------------------- */

static void node_slice(tt_put *put, const char *prefix, uint32_t part, const char *output) {
    tt_put_node(put, "Slice", prefix, output);
    tt_put_input(put, prefix, "features");
    tt_put_input(put, prefix, bound_name[part]);
    tt_put_input(put, prefix, bound_name[part + 1]);
    tt_put_input(put, "", "axis");
    tt_put_close(put);
}

/* features -> z [N][bags * width + numerics] */
static void put_features(tt_put *put, const char *prefix, const tt_tower_weights *tower) {
    for (uint32_t bag = 0; bag < tower->bags; bag++) {
        node_slice(put, prefix, bag, slice_name[bag]);
        tt_put_node(put, "MatMul", prefix, bag_name[bag]);
        tt_put_input(put, prefix, slice_name[bag]);
        tt_put_input(put, "", "table_f32");
        tt_put_close(put);
    }
    if (tower->numerics > 0) {
        node_slice(put, prefix, tower->bags, "numerics");
    }
    tt_put_node(put, "Concat", prefix, "z");
    for (uint32_t bag = 0; bag < tower->bags; bag++) {
        tt_put_input(put, prefix, bag_name[bag]);
    }
    if (tower->numerics > 0) {
        tt_put_input(put, prefix, "numerics");
    }
    tt_put_attribute(put, "axis", 1);
    tt_put_close(put);
}

/* The names that belong to one dense layer. */
struct dense_names {
    const char *weight, *bias, *weight_f32, *bias_f32;
};
static const struct dense_names skip_names = {"skip_w", "skip_b", "skip_w_f32", "skip_b_f32"};
static const struct dense_names first_names = {"first_w", "first_b", "first_w_f32", "first_b_f32"};
static const struct dense_names second_names = {"second_w", "second_b", "second_w_f32",
                                                "second_b_f32"};

static void put_gemm(tt_put *put, const char *prefix, const char *input,
                     const struct dense_names *names, const char *output) {
    tt_put_cast(put, prefix, names->weight, names->weight_f32);
    tt_put_cast(put, prefix, names->bias, names->bias_f32);
    tt_put_node(put, "Gemm", prefix, output);
    tt_put_input(put, prefix, input);
    tt_put_input(put, prefix, names->weight_f32);
    tt_put_input(put, prefix, names->bias_f32);
    tt_put_close(put);
}

/* in -> out, through the hidden layer */
static void put_hidden(tt_put *put, const char *prefix, const char *in, const char *out) {
    put_gemm(put, prefix, in, &first_names, "first");
    tt_put_node(put, "Relu", prefix, "hidden");
    tt_put_input(put, prefix, "first");
    tt_put_close(put);
    put_gemm(put, prefix, "hidden", &second_names, out);
}

/* z -> o [N][out] */
static void put_layers(tt_put *put, const char *prefix, const tt_tower_weights *tower) {
    if (tower->hidden == 0) {
        put_gemm(put, prefix, "z", &skip_names, "o");
        return;
    }
    put_hidden(put, prefix, "z", "h");
    put_gemm(put, prefix, "z", &skip_names, "s");
    tt_put_node(put, "Add", prefix, "o");
    tt_put_input(put, prefix, "s");
    tt_put_input(put, prefix, "h");
    tt_put_close(put);
}

/* ---- Initializers, inputs and outputs --------------------------------------------------- */

/* A half precision tensor [rows][columns], or [columns] when rows is 0. */
static void put_tensor(tt_put *put, const char *prefix, const char *name, const uint16_t *data,
                       uint32_t rows, uint32_t columns) {
    tt_put_open(put, 5);
    if (rows > 0) {
        tt_put_int(put, 1, rows);
    }
    tt_put_int(put, 1, columns);
    tt_put_int(put, 2, TT_F16);
    tt_put_joined(put, 8, prefix, name);
    tt_put_halves(put, 9, data, (uint64_t)(rows > 0 ? rows : 1) * columns);
    tt_put_close(put);
}

static void put_dense(tt_put *put, const char *prefix, const struct dense_names *names,
                      const tt_dense *dense, uint32_t in, uint32_t out) {
    put_tensor(put, prefix, names->weight, dense->weight, in, out);
    put_tensor(put, prefix, names->bias, dense->bias, 0, out);
}

static void put_initializers(tt_put *put, const tt_weights *weights, uint32_t t) {
    const tt_tower_weights *tower = weights->tower[t];
    const char *prefix = tower_prefix[t];
    int shared = weights->table != NULL;
    uint64_t z = shared ? (uint64_t)tower->bags * weights->width + tower->numerics
                        : tower_features(weights, tower);
    if (z > TT_WIRE_LIMIT) {
        put->status = TT_ERR_LIMIT;
        return;
    }
    for (uint32_t i = 0; shared && i < tower_bounds(tower); i++) {
        uint64_t at = (uint64_t)i * weights->rows;
        tt_put_int64(put, prefix, bound_name[i],
                     i > tower->bags ? tower_features(weights, tower) : at);
    }
    if (tower->hidden > 0) {
        put_dense(put, prefix, &first_names, &tower->first, (uint32_t)z, tower->hidden);
        put_dense(put, prefix, &second_names, &tower->second, tower->hidden, tower->out);
    }
    if (shared) {
        put_dense(put, prefix, &skip_names, &tower->skip, (uint32_t)z, tower->out);
    }
}

static void put_info(tt_put *put, uint32_t field, const char *prefix, const char *name,
                     uint64_t columns) {
    tt_put_info_open(put, field, prefix, name, TT_F32);
    tt_put_dim(put, "N", 0);
    tt_put_dim(put, NULL, columns);
    tt_put_info_close(put);
}

/* ---- The file ----------------------------------------------------------------------------- */

static void put_tower(tt_put *put, const tt_weights *weights, uint32_t t) {
    if (weights->table != NULL) {
        put_features(put, tower_prefix[t], weights->tower[t]);
        put_layers(put, tower_prefix[t], weights->tower[t]);
    } else {
        put_hidden(put, tower_prefix[t], "features", "o");
    }
    tt_put_norm(put, tower_prefix[t], "o");
}

static void put_nodes(tt_put *put, const tt_weights *weights) {
    if (weights->table != NULL) {
        tt_put_cast(put, "", "table", "table_f32");
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        if (weights->tower[t] != NULL) {
            put_tower(put, weights, t);
        }
    }
}

static void put_graph(tt_put *put, const tt_weights *weights) {
    tt_put_open(put, 7);
    put_nodes(put, weights);
    tt_put_text(put, 2, "twotower");
    if (weights->table != NULL) {
        tt_put_int64(put, "", "axis", 1);
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        if (weights->tower[t] != NULL) {
            put_initializers(put, weights, t);
        }
    }
    if (weights->table != NULL) {
        put_tensor(put, "", "table", weights->table, weights->rows, weights->width);
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        if (weights->tower[t] != NULL) {
            put_info(put, 11, tower_prefix[t], "features",
                     tower_features(weights, weights->tower[t]));
            put_info(put, 12, tower_prefix[t], "embedding", weights->tower[t]->out);
        }
    }
    tt_put_close(put);
}

/* ---- The layout, for readers of our files only ------------------------------------------ */

typedef struct write_layout {
    char at[160];
    size_t len;
} write_layout;

static void layout_text(write_layout *layout, const char *text) {
    while (*text != '\0') {
        layout->at[layout->len++] = *text++;
    }
}

static void layout_number(write_layout *layout, uint32_t value, char end) {
    char digit[10];
    size_t n = 0;
    do {
        digit[n++] = (char)('0' + value % 10);
    } while ((value /= 10) > 0);
    while (n > 0) {
        layout->at[layout->len++] = digit[--n];
    }
    layout->at[layout->len++] = end;
}

static int layout_hash(void *context, const void *bytes, size_t len) {
    uint32_t *hash = context;
    *hash = tt_nodes_hash(*hash, bytes, len);
    return 0;
}

/* What core/SPEC.md calls the layout; its nodes are written twice to be hashed. */
static void layout_make(write_layout *layout, const tt_weights *weights, tt_put *put) {
    static const char *const name[TT_TOWERS] = {"user ", "item "};
    uint32_t hash = TT_NODES_HASH;
    tt_put_measure(put);
    put_nodes(put, weights);
    tt_put_stream(put, layout_hash, &hash);
    put_nodes(put, weights);
    (void)tt_put_end(put);
    layout->len = 0;
    layout_text(layout, "hash ");
    layout_number(layout, hash, '\n');
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        const tt_tower_weights *tower = weights->tower[t];
        if (tower != NULL) {
            layout_text(layout, name[t]);
            layout_number(layout, weights->table != NULL ? tower->bags : 0, ' ');
            layout_number(layout, weights->table != NULL ? tower->numerics : 0, ' ');
            layout_number(layout, tower->hidden, ' ');
            layout_number(layout, tower->out, '\n');
        }
    }
}

/* ---- The whole file ---------------------------------------------------------------------- */

static void put_model(tt_put *put, const tt_weights *weights, const write_layout *layout) {
    const tt_text key = {TT_LAYOUT_KEY, sizeof TT_LAYOUT_KEY - 1};
    const tt_text value = {layout->at, layout->len};
    tt_put_header(put, weights->producer_version);
    for (size_t i = 0; i < weights->properties; i++) {
        tt_put_pair(put, 14, weights->property[i].key, weights->property[i].value);
    }
    tt_put_pair(put, 14, key, value);
    put_graph(put, weights);
}

static tt_status write_measure(tt_put *put, const tt_weights *weights, write_layout *layout) {
    TT_REQUIRE(weights->property != NULL || weights->properties == 0);
    TT_REQUIRE(weights->producer_version != NULL);
    if (weights->properties >= TT_MAX_PROPERTIES) { /* the layout is one more */
        return TT_ERR_LIMIT;
    }
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        const tt_tower_weights *tower = weights->tower[t];
        if (tower != NULL && (tower->bags > TT_MAX_BAGS || tower->numerics > TT_MAX_NUMERICS ||
                              tower_features(weights, tower) > TT_WIRE_LIMIT)) {
            return TT_ERR_LIMIT;
        }
    }
    layout_make(layout, weights, put);
    tt_put_measure(put);
    put_model(put, weights, layout);
    return put->status;
}

size_t tt_model_write_size(const tt_weights *weights) {
    tt_put put;
    write_layout layout;
    return write_measure(&put, weights, &layout) == TT_OK ? (size_t)put.size : 0;
}

tt_status tt_model_write(const tt_weights *weights, tt_sink sink, void *context) {
    TT_REQUIRE(sink != NULL);
    tt_put put;
    write_layout layout;
    tt_status status = write_measure(&put, weights, &layout);
    if (status != TT_OK) {
        return status;
    }
    tt_put_stream(&put, sink, context);
    put_model(&put, weights, &layout);
    return tt_put_end(&put);
}
