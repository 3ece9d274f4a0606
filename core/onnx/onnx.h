/* SPDX-License-Identifier: MIT */
/*
 * Reading ONNX in three steps: parse (ModelProto bytes -> tables of nodes and
 * values), check (each entry by itself, names, sizes), lower (graph -> towers).
 * Field numbers are those of onnx.proto.  Entries hold offsets into the file.
 */
#ifndef TT_ONNX_H
#define TT_ONNX_H

#include "inner.h"

enum {
    TT_NODE_INPUTS = 8,
    TT_NODE_ATTRIBUTES = 4,
    TT_MAX_RANK = 4,
    TT_MAX_PROPERTIES = 64,
    TT_ONNX_INT64 = 7, /* TensorProto.DataType, beside TT_F32 and TT_F16 */
    TT_OPSET_OLDEST = 7,
    TT_OPSET_NEWEST = 25,
    TT_IR_OLDEST = 4, /* since then initializers need not be inputs */
    TT_IR_NEWEST = 13
};
#define TT_NO_VALUE UINT16_MAX

/* A run of bytes of the file. */
typedef struct tt_span {
    uint32_t at, len;
} tt_span;

/* Distinct names in the order they came, and sorted for binary search. */
typedef struct tt_names {
    uint32_t count;
    tt_span name[TT_MAX_VALUES];
    uint16_t order[TT_MAX_VALUES];
} tt_names;

/* What a value is.  The kinds after TT_IS_NODE are given by lowering. */
typedef enum tt_kind {
    TT_IS_INITIALIZER,
    TT_IS_INPUT,   /* of `tower`; once `placed`, its columns [first, last) of the features */
    TT_IS_NODE,    /* the output of a node not lowered yet */
    TT_IS_REFUSED, /* the output of a node that cannot be lowered: node `first`, status `last` */
    TT_IS_SLICE,   /* columns [first, last) of the features */
    TT_IS_BAG,     /* bag `first`; alone, it may be what layers call -1 */
    TT_IS_DENSE,   /* bags and numerics side by side: what layers call -1 */
    TT_IS_LAYER,   /* the output of layer `first`; so are the next ones made of that */
    TT_IS_ABS,
    TT_IS_SQUARE,
    TT_IS_SQUARES,   /* their sum */
    TT_IS_NORM,      /* `last`, dim: the bits of _floor, _inside, _beside, _least */
    TT_IS_INVERSE,   /* 1 / norm; likewise */
    TT_IS_EMBEDDING, /* likewise */
    TT_IS_HALF,      /* y / 2 */
    TT_IS_ERF_OF,    /* y / sqrt(2) */
    TT_IS_ERF,       /* erf(y / sqrt(2)) */
    TT_IS_ERF_1,     /* 1 + erf(y / sqrt(2)) */
    TT_IS_TWO_GELU,  /* y (1 + erf(y / sqrt(2))) */
    TT_IS_SHAPE,     /* the sizes of a value of `tower`: of `rank`, rows of `last` */
    TT_IS_BATCH,     /* the first of them */
    TT_IS_BATCH_ROWS /* [batch, first], as Reshape takes them */
} tt_kind;

/* How an initializer holds its numbers. */
typedef enum tt_data {
    TT_DATA_NONE,
    TT_DATA_RAW,     /* little-endian: raw_data, or packed float_data */
    TT_DATA_VARINTS, /* packed int64_data */
    TT_DATA_FLOATS,  /* packed float_data, until its type is known */
    TT_DATA_EXTERNAL /* in a file beside this one, until it is found behind this one's bytes */
} tt_data;

typedef struct tt_value {
    uint32_t offset;                 /* where it is declared */
    tt_span data;                    /* the numbers of an initializer */
    uint32_t rank, dim[TT_MAX_RANK]; /* 0: a symbolic dimension of an input or output */
    uint32_t type, uses;
    uint32_t as; /* the type that nodes see, after casts */
    uint32_t first, last;
    uint8_t kind, tower, has_data, finite, placed;
    uint8_t live;      /* an embedding is made of it */
    uint8_t fault;     /* the status of an initializer that cannot be used; a live one is refused */
    uint32_t fault_at; /* the offset of that */
    uint8_t transposed; /* an initializer [columns][rows] */
} tt_value;

typedef enum tt_attribute_type {
    TT_ATTRIBUTE_FLOAT = 1,
    TT_ATTRIBUTE_INT = 2,
    TT_ATTRIBUTE_STRING = 3,
    TT_ATTRIBUTE_TENSOR = 4,
    TT_ATTRIBUTE_FLOATS = 6,
    TT_ATTRIBUTE_INTS = 7
} tt_attribute_type;

typedef struct tt_attribute {
    tt_span name;
    uint32_t type;
    uint32_t count; /* numbers given */
    uint64_t value; /* the first of them, or the bits of a float */
    tt_span
        data; /* of a tensor or a string; of numbers, the bytes of the first, or of all if packed */
} tt_attribute;

typedef struct tt_node {
    uint32_t offset;
    tt_span op;
    tt_span input_name[TT_NODE_INPUTS]; /* empty: an optional input left out */
    tt_span output_name;
    uint32_t inputs, outputs, attributes, taken;
    uint16_t input[TT_NODE_INPUTS], output; /* values, after checking */
    tt_attribute attribute[TT_NODE_ATTRIBUTES];
} tt_node;

/* The reader: what tt_model_read keeps in its scratch. */
typedef struct tt_onnx {
    const uint8_t *bytes;
    uint32_t len;
    uint32_t ir_version, opset;
    uint32_t graph; /* offset of the graph, 0: none yet */
    uint32_t nodes, outputs;
    uint32_t columns[TT_TOWERS]; /* of the features, placed so far */
    tt_read_as as;               /* what the caller says */
    tt_names names;              /* of values, same indices */
    tt_names keys;               /* of metadata_props */
    tt_span property[TT_MAX_PROPERTIES];
    tt_span output_name[TT_MAX_INPUTS];
    tt_value output[TT_MAX_INPUTS];
    tt_value value[TT_MAX_VALUES];
    tt_node node[TT_MAX_NODES];
    tt_error error;
} tt_onnx;

/* Records a refusal and returns its status. */
TT_MUST_USE tt_status tt_onnx_fail(tt_onnx *onnx, tt_status status, uint32_t offset, uint32_t node);

/* Finds a name (TT_NO_VALUE: not there), or adds one (TT_ERR_DUPLICATE,
 * TT_ERR_LIMIT when there are `most` already). */
uint16_t tt_names_find(const tt_names *names, const uint8_t *bytes, tt_span name);
TT_MUST_USE tt_status tt_names_add(tt_names *names, const uint8_t *bytes, tt_span name,
                                   uint32_t most);
int tt_span_is(const uint8_t *bytes, tt_span span, const char *text);

/* What a message keeps of the field just read: `seen` has a bit per field
 * number below 32.  Fails when a field that comes once comes twice, or has
 * another wire type than `type`. */
TT_MUST_USE tt_status tt_field_once(uint32_t *seen, const tt_wire_field *field, tt_wire_type type);

/* The steps.  Each records its own refusal. */
TT_MUST_USE tt_status tt_onnx_parse(tt_onnx *onnx);
TT_MUST_USE tt_status tt_onnx_parse_tensor(tt_onnx *onnx, tt_wire wire, tt_value *value,
                                           tt_span *name);
TT_MUST_USE tt_status tt_onnx_parse_info(tt_onnx *onnx, tt_wire wire, tt_value *value,
                                         tt_span *name);
void tt_onnx_check_tensor(const tt_onnx *onnx, tt_value *value);
TT_MUST_USE tt_status tt_onnx_parse_node(tt_onnx *onnx, tt_wire wire, uint32_t index);
TT_MUST_USE tt_status tt_onnx_check(tt_onnx *onnx);
TT_MUST_USE tt_status tt_onnx_lower(tt_onnx *onnx, tt_model *model);

/* Gives each output that may be an embedding its tower, and each input; others have TT_TOWERS.
 * Marks the values of which these outputs are made as live. */
TT_MUST_USE tt_status tt_onnx_roles(tt_onnx *onnx);

/* Reads lines, id keys and token keys of a file whose towers are known into its model; without
 * lines there is nothing to read. */
TT_MUST_USE tt_status tt_model_schema_read(tt_model *model, const tt_text *text, tt_error *error);

/* ---- Lowering -------------------------------------------------------------- */

/* Input `i` of a node; NULL when it is left out. */
tt_value *tt_node_input(tt_onnx *onnx, const tt_node *node, uint32_t i);

/* The attribute of that name, or NULL.  Counts it as taken. */
const tt_attribute *tt_node_attribute(const tt_onnx *onnx, tt_node *node, const char *name);

/* An attribute that must have, or default to, the value `wanted`. */
TT_MUST_USE tt_status tt_attribute_must(const tt_onnx *onnx, tt_node *node, const char *name,
                                        tt_attribute_type type, uint64_t by_default,
                                        uint64_t wanted);

/* A float attribute, or what it is without. */
TT_MUST_USE tt_status tt_attribute_float(const tt_onnx *onnx, tt_node *node, const char *name,
                                         float by_default, float *number);

int tt_is_columns(uint64_t axis); /* axis 1 of 2, or -1 */

/* One integer: from opset `since` on it is input `i`, before it attribute `name`. */
TT_MUST_USE tt_status tt_node_integer(tt_onnx *onnx, tt_node *node, uint32_t i, const char *name,
                                      uint32_t since, uint64_t *number);

/* Element `i` of an initializer of INT64, rank at most 1; 0 if there is none. */
int tt_value_integer(const tt_onnx *onnx, const tt_value *value, uint32_t i, uint64_t *number);

/* The only element of a float initializer; 0 if it is none. */
int tt_value_scalar(const tt_onnx *onnx, const tt_value *value, float *number);

/* The initializer of floats behind input `i`. */
TT_MUST_USE tt_status tt_node_weight(tt_onnx *onnx, const tt_node *node, uint32_t i,
                                     tt_value **weight);

/* The columns [from, to) of the features that a value stands for. */
TT_MUST_USE tt_status tt_value_columns(tt_onnx *onnx, tt_value *value, uint32_t *from,
                                       uint32_t *to);

/* The columns of a value of a tower, or 0. */
uint32_t tt_value_width(const tt_model *model, const tt_value *value);

/* `in` (columns of the features) times an initializer, the tower's table. */
TT_MUST_USE tt_status tt_lower_bag(tt_onnx *onnx, tt_model *model, tt_value *in,
                                   const tt_value *table, int transposed, tt_value *out);

/* A new layer that reads `in` and, so far, gives it back; `out`, which may be
 * `in`, is its output. */
TT_MUST_USE tt_status tt_layer_open(tt_model *model, tt_value *in, tt_value *out);

/* What a layer does, in the order in which it does it. */
typedef enum tt_step { TT_STEP_BIAS, TT_STEP_ADD, TT_STEP_ACTIVATE } tt_step;

/* The layer that may take `step`: the one that gave `in`, if nothing else reads
 * it, or else a new one; `out` is its output. */
TT_MUST_USE tt_status tt_layer_take(tt_model *model, tt_value *in, tt_step step, tt_value *out,
                                    tt_layer **layer);

/* A constant that is added to a norm, or to the sum of squares below its root. */
TT_MUST_USE tt_status tt_lower_plus(const tt_onnx *onnx, const tt_value *norm,
                                    const tt_value *scalar, tt_value *out);

/* One operator: gives `out`, the node's output, its meaning. */
typedef tt_status tt_lower_operator(tt_onnx *onnx, tt_model *model, tt_node *node, tt_value *out);
tt_lower_operator tt_lower_activation, tt_lower_add, tt_lower_alias, tt_lower_cast, tt_lower_clip,
    tt_lower_concat, tt_lower_expand, tt_lower_gather, tt_lower_gemm, tt_lower_lp, tt_lower_matmul,
    tt_lower_max, tt_lower_mul, tt_lower_pattern, tt_lower_reshape, tt_lower_shape, tt_lower_slice,
    tt_lower_squeeze, tt_lower_transpose, tt_lower_unsqueeze;

/* Index of the first element that is not finite, or `count`. */
size_t tt_first_nonfinite(const uint8_t *data, tt_type type, size_t count);

#endif
