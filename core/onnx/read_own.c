/* SPDX-License-Identifier: MIT */
/*
 * The reader of a small build: files of tt_model_write only, user towers with three bags and item
 * towers with one.  It gives the model that the reader of any graph gives.  What the nodes say is
 * known by a hash of their bytes; of the tensors, names, types and sizes are looked at.
 */
#include "onnx/onnx.h"

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
enum { OWN_PREFIX = 5 };

typedef struct own_tensor {
    const uint8_t *data;
    uint32_t rows, columns; /* of a vector: 1 row */
} own_tensor;

typedef struct own_file {
    const uint8_t *bytes;
    uint32_t len;
    tt_model *model;
    tt_text property[3];           /* schema lines, id keys, token keys */
    uint32_t nodes[TT_TOWERS + 1]; /* hash of the nodes of a tower; of the others */
    own_tensor tensor[TT_TOWERS + 1][OWN_NAMES];
    tt_error error;
} own_file;

/* FNV-1a, from 0 on, of the nodes that the writer gives a tower. */
static const struct own_form {
    uint32_t nodes;
    uint8_t tower, hidden, numerics, mlp;
} own_forms[] = {{0xf6eb985f, TT_USER, 0, 0, 0}, {0x63e855ed, TT_ITEM, 0, 0, 0},
                 {0xe41a512e, TT_USER, 0, 1, 0}, {0x4353f716, TT_ITEM, 0, 1, 0},
                 {0x03ce8435, TT_USER, 1, 0, 0}, {0xf54055c3, TT_ITEM, 1, 0, 0},
                 {0xef3f1abe, TT_USER, 1, 1, 0}, {0x9625aaca, TT_ITEM, 1, 1, 0},
                 {0x033eb3e6, TT_USER, 1, 0, 1}, {0x8b90ac8a, TT_ITEM, 1, 0, 1}};
#define OWN_CAST 0xeb82bd83 /* the same of the Cast of the table */
enum { OWN_COUNT = sizeof own_forms / sizeof *own_forms };

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

static tt_status own_node(own_file *file, tt_wire wire) {
    const uint32_t start = wire.at;
    tt_wire_field field = {.number = 0};
    while (wire.at < wire.end && field.number != 2) { /* output */
        tt_status status = tt_wire_next(&wire, &field);
        if (status != TT_OK) {
            return status;
        }
    }
    tt_span name = {field.at, field.len};
    uint32_t *hash = &file->nodes[own_tower(file, &name)];
    for (uint32_t i = start; i < wire.end; i++) {
        *hash = (*hash ^ file->bytes[i]) * 0x01000193;
    }
    return TT_OK;
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
    static const char keys[3][20] = {"twotower.schema", "twotower.id_keys", "twotower.token_keys"};
    tt_wire_field key, value;
    tt_status status = tt_wire_next(&wire, &key);
    if (status == TT_OK) {
        status = wire.at < wire.end ? tt_wire_next(&wire, &value) : TT_ERR_MISSING;
    }
    for (uint32_t i = 0; i < 3 && status == TT_OK; i++) {
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
            status = own_node(file, tt_wire_open(&wire, &field));
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

/* ---- Towers -------------------------------------------------------------------------- */

static uint32_t own_offset(const own_file *file, const own_tensor *tensor) {
    return tensor->data != NULL ? (uint32_t)(tensor->data - file->bytes) : file->len;
}

/* The next layer: a weight [in][out], which a plain MLP's first layer has in its table, and a bias.
 */
static tt_status own_layer(own_file *file, tt_tower_view *view, const own_tensor *weight,
                           uint32_t in, int from, tt_layer **made) {
    tt_layer *layer = &view->_layer[view->_layers++];
    const own_tensor *bias = weight + 1;
    const uint32_t out = weight->columns;
    if (weight->data == NULL || weight->rows != in || bias->data == NULL || bias->rows != 1 ||
        bias->columns != out) {
        return own_fail(file, TT_ERR_SHAPE, own_offset(file, weight));
    }
    layer->_weight = weight->data;
    layer->_bias = bias->data;
    layer->_type = layer->_bias_type = TT_F16;
    layer->_in = in;
    layer->_out = out;
    layer->_from = (int8_t)from;
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

static tt_status own_build(own_file *file, const struct own_form *form) {
    tt_tower_view *view = &file->model->_tower[form->tower];
    const own_tensor *tensor = file->tensor[form->tower];
    const own_tensor *table = form->mlp ? tensor : &file->tensor[TT_TOWERS][OWN_TABLE];
    const own_tensor *axis = &file->tensor[TT_TOWERS][OWN_AXIS];
    const uint32_t bags = form->mlp || form->tower == TT_ITEM ? 1 : TT_MAX_BAGS;
    uint64_t bagged = (uint64_t)bags * table->columns;
    tt_layer *layer = view->_layer;
    tt_status status = TT_OK;
    view->_present = 1;
    view->_bags = bags;
    view->_table = table->data;
    view->_table_type = TT_F16;
    view->_rows = table->rows;
    view->_width = table->columns;
    const uint32_t z = form->mlp ? table->rows : tensor[OWN_SKIP].rows;
    const uint32_t out = tensor[form->mlp ? OWN_SECOND : OWN_SKIP].columns;
    uint64_t numerics = form->mlp ? 0 : z - bagged;
    view->_numerics = (uint32_t)numerics;
    if (table->data == NULL || numerics > TT_MAX_NUMERICS || form->numerics != (numerics > 0) ||
        (form->hidden && tensor[OWN_SECOND].columns != out) ||
        (file->model->_out != 0 && file->model->_out != out) ||
        (!form->mlp && (axis->data == NULL || tt_load64(axis->data) != 1 ||
                        !own_bounds(view, tensor + OWN_BOUND)))) {
        return own_fail(file, TT_ERR_SHAPE, own_offset(file, table));
    }
    file->model->_out = out;
    if (form->hidden) {
        status = own_layer(file, view, &tensor[OWN_FIRST], z, -1, &layer);
        if (status != TT_OK) {
            return status;
        }
        layer->_activation = TT_RELU;
        if (form->mlp) {
            layer->_weight = NULL;
            layer->_in = layer->_out;
        }
        status = own_layer(file, view, &tensor[OWN_SECOND], layer->_out, 0, &layer);
    }
    if (status == TT_OK && !form->mlp) {
        status = own_layer(file, view, &tensor[OWN_SKIP], z, -1, &layer);
        layer->_add = form->hidden ? 1 : -1;
    }
    return status;
}

static tt_status own_read(own_file *file) {
    tt_status status = own_model(file);
    for (uint32_t t = 0; t < TT_TOWERS && status == TT_OK; t++) {
        uint32_t i = 0;
        while (i < OWN_COUNT && (own_forms[i].tower != t || own_forms[i].nodes != file->nodes[t])) {
            i++;
        }
        if (i < OWN_COUNT) {
            status = own_build(file, &own_forms[i]);
        } else if (file->nodes[t] != 0) {
            status = own_fail(file, TT_ERR_GRAPH, 0);
        }
    }
    const own_tensor *table = &file->tensor[TT_TOWERS][OWN_TABLE];
    if (status == TT_OK && (file->model->_out == 0 ||
                            file->nodes[TT_TOWERS] != (table->data != NULL ? OWN_CAST : 0))) {
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
    own_file *file = scratch;
    tt_error refusal = {scratch_size < sizeof *file ? TT_ERR_SPACE : TT_ERR_LIMIT, 0, TT_NO_NODE};
    if (scratch_size >= sizeof *file && len <= TT_WIRE_LIMIT) {
        memset(file, 0, sizeof *file);
        memset(model, 0, sizeof *model);
        file->bytes = model->_bytes = bytes;
        file->len = (uint32_t)len;
        model->_len = len;
        file->model = model;
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
