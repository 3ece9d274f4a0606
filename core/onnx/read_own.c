/* SPDX-License-Identifier: MIT */
/*
 * The reader of a small build: files of tt_model_write only, user towers with three bags and item
 * towers with one.  It gives the model that the reader of any graph gives.  What the nodes say, the
 * layout in the properties says too, with a hash of their bytes; of the tensors, names, types and
 * sizes are looked at.
 */
#include "onnx/onnx.h"
#include "onnx/put.h"

/* The initializers of a tower; the last two are not a tower's. */
enum {
    OWN_FIRST, /* a weight; its bias is the next one */
    OWN_SECOND = 2,
    OWN_SKIP = 4,
    OWN_BOUND = 6,
    OWN_TABLE = 11,
    OWN_AXIS,
    OWN_NAMES
};
static const char own_names[OWN_NAMES][9] = {"first_w", "first_b", "second_w", "second_b", "skip_w",
                                             "skip_b",  "at0",     "at1",      "at2",      "at3",
                                             "at4",     "table",   "axis"};
static const char own_prefix[TT_TOWERS][6] = {"user_", "item_"};
enum { OWN_PREFIX = 5, OWN_PROPERTIES = 4, OWN_LAYOUT = 3 };

typedef struct own_tensor {
    const uint8_t *data;
    uint32_t rows, columns; /* of a vector: 1 row */
} own_tensor;

/* A line of the layout; all 0 without it. */
typedef struct own_shape {
    uint32_t bags, numerics, hidden, out; /* a plain MLP has 0 bags */
} own_shape;

typedef struct own_file {
    const uint8_t *bytes;
    uint32_t len;
    tt_model *model;
    tt_text property[OWN_PROPERTIES]; /* schema lines, id keys, token keys, layout */
    uint32_t nodes;                   /* hash of their fields */
    own_shape shape[TT_TOWERS];
    own_tensor tensor[TT_TOWERS + 1][OWN_NAMES];
    tt_error error;
} own_file;

static tt_status own_fail(own_file *file, tt_status status, uint32_t offset) {
    file->error.status = status;
    file->error.offset = offset;
    file->error.node = TT_NO_NODE;
    return status;
}

/* The tower of a name, or TT_TOWERS; what follows its prefix is left. */
static uint32_t own_tower(const own_file *file, tt_span *name) {
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        tt_span start = {name->at, OWN_PREFIX};
        if (name->len > OWN_PREFIX && tt_span_is(file->bytes, start, own_prefix[t])) {
            name->at += OWN_PREFIX;
            name->len -= OWN_PREFIX;
            return t;
        }
    }
    return TT_TOWERS;
}

static tt_status own_tensor_read(own_file *file, tt_wire wire) {
    tt_wire_field field;
    tt_span name = {0, 0}, data = {0, 0};
    uint64_t rows = 1, columns = 1, type = 0;
    for (uint32_t rank = 0; wire.at < wire.end;) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status != TT_OK) {
            return status;
        }
        if (field.number == 1 && rank++ < 2 && field.value <= TT_WIRE_LIMIT && field.value > 0) {
            rows = columns;
            columns = field.value;
        } else if (field.number == 2) {
            type = field.value;
        } else if (field.number == 8) {
            name = (tt_span){field.at, field.len};
        } else if (field.number == 9) {
            data = (tt_span){field.at, field.len};
        } else {
            return TT_ERR_SHAPE;
        }
    }
    own_tensor *tensor = file->tensor[own_tower(file, &name)];
    uint32_t i = 0;
    while (i < OWN_NAMES && !tt_span_is(file->bytes, name, own_names[i])) {
        i++;
    }
    int integer = i >= OWN_BOUND && i != OWN_TABLE;
    if (i == OWN_NAMES || tensor[i].data != NULL) {
        return TT_ERR_GRAPH;
    }
    if (type != (integer ? TT_ONNX_INT64 : TT_F16)) {
        return TT_ERR_TYPE;
    }
    if (rows * columns != data.len / (integer ? 8 : 2) || data.len % (integer ? 8 : 2) != 0) {
        return TT_ERR_SHAPE;
    }
    tensor[i] = (own_tensor){file->bytes + data.at, (uint32_t)rows, (uint32_t)columns};
    return TT_OK;
}

static tt_status own_property(own_file *file, tt_wire wire) {
    static const char keys[OWN_PROPERTIES][20] = {"twotower.schema", "twotower.id_keys",
                                                  "twotower.token_keys", TT_LAYOUT_KEY};
    tt_wire_field key, value;
    tt_status status = tt_wire_next(&wire, &key);
    if (status == TT_OK) {
        status = wire.at < wire.end ? tt_wire_next(&wire, &value) : TT_ERR_MISSING;
    }
    for (uint32_t i = 0; i < OWN_PROPERTIES && status == TT_OK; i++) {
        if (tt_span_is(file->bytes, (tt_span){key.at, key.len}, keys[i])) {
            file->property[i].at = (const char *)file->bytes + value.at;
            file->property[i].len = value.len;
        }
    }
    return status;
}

static tt_status own_graph(own_file *file, tt_wire wire) {
    tt_wire_field field;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 1) {
            file->nodes =
                tt_nodes_hash(file->nodes, file->bytes + field.offset, wire.at - field.offset);
        } else if (status == TT_OK && field.number == 5) {
            status = own_tensor_read(file, tt_wire_open(&wire, &field));
        }
        if (status != TT_OK) {
            return own_fail(file, status, field.offset);
        }
    }
    return TT_OK;
}

/* The graph is the last field, and comes after the version of its operators. */
static tt_status own_model(own_file *file) {
    tt_wire wire = {file->bytes, 0, file->len, file->len};
    tt_wire_field field;
    int opset = 0;
    while (wire.at < wire.end) {
        tt_status status = tt_wire_next(&wire, &field);
        if (status == TT_OK && field.number == 14) {
            status = own_property(file, tt_wire_open(&wire, &field));
        } else if (status == TT_OK && field.number == 8) { /* { version: 13 } */
            opset = field.len == 2 && tt_load16(file->bytes + field.at) == (13 << 8 | 2 << 3);
        } else if (status == TT_OK && field.number == 7) {
            return opset && wire.at == wire.end ? own_graph(file, tt_wire_open(&wire, &field))
                                                : own_fail(file, TT_ERR_OPERATOR, field.offset);
        }
        if (status != TT_OK) {
            return own_fail(file, status, field.offset);
        }
    }
    return own_fail(file, TT_ERR_TRUNCATED, file->len);
}

/* ---- The layout ------------------------------------------------------------------------ */

/* The next number, before `end`. */
static int own_number(tt_text *text, char end, uint32_t *value) {
    for (; text->len > 0 && *text->at != end; text->at++, text->len--) {
        uint32_t digit = (uint32_t)(*text->at - '0');
        if (digit > 9 || *value > (UINT32_MAX - digit) / 10) {
            return 0;
        }
        *value = *value * 10 + digit;
    }
    if (text->len == 0) {
        return 0;
    }
    text->at++;
    text->len--;
    return 1;
}

/* Passes over a word of five bytes; 0 if another one stands there. */
static int own_word(tt_text *text, const char *word) {
    if (text->len < OWN_PREFIX || memcmp(text->at, word, OWN_PREFIX) != 0) {
        return 0;
    }
    text->at += OWN_PREFIX;
    text->len -= OWN_PREFIX;
    return 1;
}

/* Reads the layout; whether it is one, of these nodes. */
static int own_layout(own_file *file) {
    static const char names[TT_TOWERS][6] = {"user ", "item "};
    tt_text text = file->property[OWN_LAYOUT];
    uint32_t nodes = 0;
    int good = own_word(&text, "hash ") && own_number(&text, '\n', &nodes) && nodes == file->nodes;
    for (uint32_t t = 0; t < TT_TOWERS && good; t++) {
        own_shape *shape = &file->shape[t];
        if (own_word(&text, names[t])) {
            good = own_number(&text, ' ', &shape->bags) &&
                   own_number(&text, ' ', &shape->numerics) &&
                   own_number(&text, ' ', &shape->hidden) && own_number(&text, '\n', &shape->out) &&
                   shape->out > 0;
        }
    }
    return good && text.len == 0;
}

/* ---- Towers -------------------------------------------------------------------------- */

static uint32_t own_offset(const own_file *file, const own_tensor *tensor) {
    return tensor->data != NULL ? (uint32_t)(tensor->data - file->bytes) : file->len;
}

/* The next layer: a weight [in][out], which a plain MLP's first layer has in its table, and a bias.
 */
static tt_status own_layer(own_file *file, tt_tower_view *view, const own_tensor *weight,
                           uint32_t in, uint32_t out, tt_layer **made) {
    tt_layer *layer = &view->_layer[view->_layers++];
    const own_tensor *bias = weight + 1;
    if (weight->data == NULL || weight->rows != in || weight->columns != out ||
        bias->data == NULL || bias->rows != 1 || bias->columns != out) {
        return own_fail(file, TT_ERR_SHAPE, own_offset(file, weight));
    }
    layer->_weight = weight->data;
    layer->_bias = bias->data;
    layer->_type = layer->_bias_type = TT_F16;
    layer->_in = in;
    layer->_out = out;
    layer->_from = -1;
    layer->_add = -1;
    *made = layer;
    for (uint32_t i = 0; i < 2; i++) { /* a table is looked at by tt_model_verify */
        size_t count = (size_t)weight[i].rows * out;
        if ((i == 1 || weight->data != view->_table) &&
            tt_first_nonfinite(weight[i].data, TT_F16, count) < count) {
            return own_fail(file, TT_ERR_NONFINITE, own_offset(file, &weight[i]));
        }
    }
    return TT_OK;
}

/* Where the bags and the numerics begin, and where the last of them ends. */
static int own_bounds(const tt_tower_view *view, const own_tensor *bound) {
    uint64_t at = 0;
    for (uint32_t i = 0; i <= view->_bags + (view->_numerics > 0); i++) {
        if (i > 0) {
            at += i <= view->_bags ? view->_rows : view->_numerics;
        }
        if (bound[i].data == NULL || tt_load64(bound[i].data) != at) {
            return 0;
        }
    }
    return at <= TT_WIRE_LIMIT;
}

/* The features and the table of a tower; whether they fit its tensors. */
static int own_features(own_file *file, tt_tower tower, const own_tensor *table) {
    const own_shape *shape = &file->shape[tower];
    const own_tensor *tensor = file->tensor[tower], *axis = &file->tensor[TT_TOWERS][OWN_AXIS];
    tt_tower_view *view = &file->model->_tower[tower];
    const int mlp = shape->bags == 0;
    view->_present = 1;
    view->_bags = mlp ? 1 : shape->bags;
    view->_table = table->data;
    view->_table_type = TT_F16;
    view->_rows = table->rows;
    view->_width = table->columns;
    view->_numerics = shape->numerics;
    if (table->data == NULL || shape->numerics > TT_MAX_NUMERICS ||
        (file->model->_out != 0 && file->model->_out != shape->out)) {
        return 0;
    }
    file->model->_out = shape->out;
    if (mlp) {
        return shape->hidden == table->columns && shape->numerics == 0; /* they are rows */
    }
    return shape->bags == (tower == TT_ITEM ? 1 : TT_MAX_BAGS) && axis->data != NULL &&
           tt_load64(axis->data) == 1 && own_bounds(view, tensor + OWN_BOUND);
}

static tt_status own_build(own_file *file, tt_tower tower) {
    tt_tower_view *view = &file->model->_tower[tower];
    const own_shape *shape = &file->shape[tower];
    const own_tensor *tensor = file->tensor[tower];
    const int mlp = shape->bags == 0;
    const own_tensor *table = mlp ? tensor : &file->tensor[TT_TOWERS][OWN_TABLE];
    tt_layer *layer = view->_layer;
    tt_status status = TT_OK;
    if (!own_features(file, tower, table)) {
        return own_fail(file, TT_ERR_SHAPE, own_offset(file, table));
    }
    const uint64_t z = mlp ? table->rows : (uint64_t)shape->bags * table->columns + shape->numerics;
    if (z > TT_WIRE_LIMIT) {
        return own_fail(file, TT_ERR_SHAPE, own_offset(file, table));
    }
    if (shape->hidden > 0) {
        status = own_layer(file, view, &tensor[OWN_FIRST], (uint32_t)z, shape->hidden, &layer);
        if (status != TT_OK) {
            return status;
        }
        layer->_activation = TT_RELU;
        if (mlp) {
            layer->_weight = NULL;
            layer->_in = layer->_out;
        }
        status = own_layer(file, view, &tensor[OWN_SECOND], shape->hidden, shape->out, &layer);
        layer->_from = 0;
    }
    if (status == TT_OK && !mlp) {
        status = own_layer(file, view, &tensor[OWN_SKIP], (uint32_t)z, shape->out, &layer);
        layer->_add = shape->hidden > 0 ? 1 : -1;
    }
    return status;
}

static tt_status own_read(own_file *file) {
    tt_status status = own_model(file);
    if (status == TT_OK && !own_layout(file)) {
        status = own_fail(file, TT_ERR_GRAPH, 0);
    }
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        if (file->shape[t].out > 0) {
            status = own_build(file, (tt_tower)t);
        }
    }
    if (status == TT_OK && file->model->_out == 0) {
        status = own_fail(file, TT_ERR_GRAPH, 0);
    }
    return status == TT_OK ? tt_model_schema_read(file->model, file->property, &file->error)
                           : status;
}

size_t tt_model_read_size(void) {
    return sizeof(own_file);
}

tt_status tt_model_read(tt_model *model, const void *bytes, size_t len, void *scratch,
                        size_t scratch_size, tt_error *error) {
    TT_REQUIRE(model != NULL && (bytes != NULL || len == 0));
    TT_REQUIRE(scratch_size < tt_model_read_size() || (uintptr_t)scratch % sizeof(uint64_t) == 0);
    own_file *file = scratch;
    tt_error refusal = {scratch_size < sizeof *file ? TT_ERR_SPACE : TT_ERR_LIMIT, 0, TT_NO_NODE};
    if (scratch_size >= sizeof *file && len <= TT_WIRE_LIMIT) {
        memset(file, 0, sizeof *file);
        memset(model, 0, sizeof *model);
        file->bytes = model->_bytes = bytes;
        file->len = (uint32_t)len;
        model->_len = len;
        file->model = model;
        file->nodes = TT_NODES_HASH;
        refusal.status = own_read(file);
        if (refusal.status != TT_OK) {
            refusal = file->error;
        }
    }
    if (refusal.status != TT_OK && error != NULL) {
        *error = refusal;
    }
    return refusal.status;
}
