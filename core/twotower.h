/* SPDX-License-Identifier: MIT */
/*
 * twotower: the inference core.  Bytes become a model, a row becomes features, features become a
 * unit-length embedding, and the best rows of a catalogue are found by exact dot products.
 *
 * Memory    The core never allocates.  Every function works in memory that the caller gives and
 *           says beforehand how much it needs.  A tt_model and a tt_schema are views: the bytes
 *           they were read from must stay unchanged (mapped or in memory) for as long as they are
 *           used.  There is nothing to release.
 * Threads   There is no global state.  A model, once read, is only read: any number of threads may
 *           use it, each with its own scratch and tt_features.
 * Errors    A function that can fail returns a tt_status, which must be used.  On failure every
 *           output is untouched, unless its comment says so.
 * Trust     Model bytes and the text given to the encoder may be hostile.  Pointers and sizes given
 *           by the caller are trusted.
 * Results   The same model bytes and the same features give the same bits on every target: float32,
 *           multiply then add, sums in a fixed order, whatever floating-point mode the host is in.
 */
#ifndef TWOTOWER_H
#define TWOTOWER_H

#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define TT_MUST_USE __attribute__((warn_unused_result))
#else
#define TT_MUST_USE
#endif

/* ---- Version: stated here, read by the program, the ports and the packages --- */
#define TT_VERSION_MAJOR 0
#define TT_VERSION_MINOR 1
#define TT_VERSION_PATCH 0
#define TT_VERSION_STRING TT_VERSION_OF(TT_VERSION_MAJOR, TT_VERSION_MINOR, TT_VERSION_PATCH)
#define TT_VERSION_OF(major, minor, patch) TT_VERSION_TEXT(major, minor, patch)
#define TT_VERSION_TEXT(major, minor, patch) #major "." #minor "." #patch
const char *tt_version(void); /* of the library that runs; TT_VERSION_STRING is the header's */

#define TT_SCHEMA_VERSION 2 /* of the schema lines that are read (core/SPEC.md) */

/* ---- Limits.  More is a status, never an overflow. ------------------------ */
#define TT_MAX_NODES 256   /* nodes of one ONNX graph */
#define TT_MAX_VALUES 512  /* inputs, initializers and node outputs of one graph */
#define TT_MAX_BAGS 3      /* bags of one tower */
#define TT_MAX_NUMERICS 32 /* numeric features of one tower */
#define TT_MAX_FIELDS 32   /* token fields of one schema */
#define TT_MAX_LAYERS 16   /* layers of one tower */
#define TT_MAX_INPUTS 8    /* inputs, and outputs, of one graph */
#define TT_NO_NODE UINT32_MAX

typedef enum tt_status {
    TT_OK = 0,
    TT_ERR_TRUNCATED, /* the bytes end inside a field */
    TT_ERR_WIRE,      /* not protobuf: bad varint, wire type or length */
    TT_ERR_LIMIT,     /* more nodes, values, layers or fields than the core takes */
    TT_ERR_MISSING,   /* a required part is absent */
    TT_ERR_DUPLICATE, /* a name is given twice */
    TT_ERR_TYPE,      /* an element type or attribute type that cannot be used */
    TT_ERR_SHAPE,     /* ranks or sizes do not fit together */
    TT_ERR_OPERATOR,  /* an operator, domain or opset outside the subset */
    TT_ERR_GRAPH,     /* operators that do not form a tower */
    TT_ERR_EXTERNAL,  /* external data, subgraphs, functions, sparse tensors */
    TT_ERR_SCHEMA,    /* the schema lines or key lists are malformed */
    TT_ERR_NONFINITE, /* a weight, an activation or a norm is not finite, or a norm is 0 */
    TT_ERR_TOWER,     /* the model does not have that tower */
    TT_ERR_FEATURES,  /* a row index or count that does not fit the tower */
    TT_ERR_SPACE,     /* the memory given is too small */
    TT_ERR_SINK,      /* the caller's sink refused bytes */
    TT_ERR_BITS,      /* this build or machine does not give the promised bits */
    TT_ERR_VERSION,   /* the schema lines have another version than TT_SCHEMA_VERSION */
    TT_ERR_ROLE,      /* it is not clear which output is the embedding of which tower */
    TT_ERR_FIELD      /* a row has a field or a number that the model does not take */
} tt_status;

/* One lower-case sentence without a full stop; never NULL. */
const char *tt_status_text(tt_status status);

/* Where a refusal happened: the byte offset into the model (or schema text) and the index of the
 * graph node, or TT_NO_NODE. */
typedef struct tt_error {
    tt_status status;
    size_t offset;
    uint32_t node;
} tt_error;

/* A run of UTF-8 bytes, not terminated. */
typedef struct tt_text {
    const char *at;
    size_t len;
} tt_text;

typedef enum tt_tower { TT_USER = 0, TT_ITEM = 1 } tt_tower;
enum { TT_TOWERS = 2 };
enum { TT_LIKED = 0, TT_NEUTRAL = 1, TT_DISLIKED = 2 }; /* bags of a user; an item has one */

/* ---- Kernels: the inner loops, chosen by the caller ------------------------ */
/* A constant table of inner loops. Every table gives the same bits. A getter gives NULL where its
 * table is not built or the machine lacks what it needs. */
typedef struct tt_kernels tt_kernels;
const tt_kernels *tt_kernels_c(void);    /* portable, the specification of the others; never NULL */
const tt_kernels *tt_kernels_sse2(void); /* x86 with SSE2 */
const tt_kernels *tt_kernels_avx2(void); /* x86-64 with AVX2, F16C and FMA */
const tt_kernels *tt_kernels_avx512(void); /* x86-64 with AVX-512F beside these */
const tt_kernels *tt_kernels_neon(void);   /* aarch64 */
const tt_kernels *tt_kernels_wasm(void);   /* WebAssembly with SIMD128 */
/* The fastest that this machine runs; never NULL. Asking takes time: keep the answer. */
const tt_kernels *tt_kernels_best(void);
/* Computes a little of everything: TT_ERR_BITS where compiler, flags or machine change the bits. */
TT_MUST_USE tt_status tt_self_check(const tt_kernels *kernels);

/* ---- Schema: which fields and numbers a model takes ------------------------ */
/* How a token finds its row: by a sorted key list, or as its hash modulo buckets of its space. */
typedef enum tt_recipe { TT_RECIPE_SHARED, TT_RECIPE_MLP } tt_recipe;

/* A field of tokens: values of `field` are hashed in `space`. */
typedef struct tt_field {
    tt_text field, space;
    uint32_t _space; /* of a plain MLP: its index in tt_schema.space */
} tt_field;

/* A space of a plain MLP: rows first .. first + buckets - 1. */
typedef struct tt_space {
    tt_text name;
    uint32_t first, buckets;
} tt_space;

/* How a raw number x becomes a feature, with z = (x - mean) / deviation. A missing number gives 0,
 * and 1 where the form is TT_FORM_MISSING. */
typedef enum tt_form {
    TT_FORM_LINEAR, /* z */
    TT_FORM_SQUARE, /* z * z */
    TT_FORM_LOG1P,  /* z of log(1 + x), x >= 0 */
    TT_FORM_MISSING /* 1 if the number is missing, else 0 */
} tt_form;

typedef struct tt_numeric {
    tt_text source;
    tt_form form;
    float mean, deviation;
} tt_numeric;

/* A view of schema lines and sorted key lists; the formats stand in core/SPEC.md. */
typedef struct tt_schema {
    uint32_t version; /* input_schema_version */
    tt_recipe recipe;
    uint32_t hash_seed;
    uint32_t id_rows;    /* rows 0 .. id_rows-1 of the table are item ids */
    uint32_t token_rows; /* the rows after them are content tokens, or all buckets */
    const uint8_t *_id_keys, *_token_keys;
    uint32_t spaces; /* 0 with TT_RECIPE_SHARED */
    tt_space space[TT_MAX_FIELDS];
    uint32_t fields;
    tt_field field[TT_MAX_FIELDS];
    uint32_t numerics[TT_TOWERS];
    tt_numeric numeric[TT_TOWERS][TT_MAX_NUMERICS];
} tt_schema;

/* Lengths of one entry of the key lists: 16 hexadecimal digits of the hash, and for an id one more:
 * '1' if the id has a train like, else '0'. */
enum { TT_ID_KEY = 17, TT_TOKEN_KEY = 16 };

/* Reads schema lines and key lists (both sorted ascending by hash, no hash twice).  O(bytes).
 * Fails with TT_ERR_SCHEMA, TT_ERR_VERSION, TT_ERR_LIMIT; then the schema is unspecified, and
 * error->node says which text error->offset counts in: 0 lines (the start of the refused line), 1
 * id_keys, 2 token_keys (the start of the refused key). */
TT_MUST_USE tt_status tt_schema_read(tt_schema *schema, tt_text lines, tt_text id_keys,
                                     tt_text token_keys, tt_error *error);

/* Names that rows may use beside "id" and "product_released_at", some often; then {NULL, 0}. */
tt_text tt_schema_field(const tt_schema *schema, uint32_t index);
tt_text tt_schema_number(const tt_schema *schema, tt_tower tower, uint32_t index);

/* The key of a token.  Upper half: MurmurHash3 x86_32 over `space`, one byte 0x1f, `token`; lower
 * half: the same with a byte 0x1f before it all.  (Austin Appleby, public domain; blocks are read
 * little-endian on every host.) */
uint64_t tt_hash(uint32_t seed, tt_text space, tt_text token);

/* ---- Features: a row becomes sparse bags and numbers ------------------------ */
typedef struct tt_entry {
    uint32_t row; /* row of the shared table */
    float weight;
} tt_entry;

/* The features of one row: per bag strictly ascending rows with finite weights, then the numerics.
 * Callers who build features themselves set these members; others use tt_features_begin ..
 * tt_features_end. */
typedef struct tt_features {
    const tt_entry *entry[TT_MAX_BAGS];
    uint32_t count[TT_MAX_BAGS];
    float numeric[TT_MAX_NUMERICS];
    uint32_t tokens_known, tokens_unknown, fields_unknown; /* what the encoder met */
    const tt_schema *_schema;
    tt_tower _tower;
    struct tt_pending *_pending;
    size_t _capacity, _used, _merged;
    uint32_t _bag, _items[TT_MAX_BAGS];
    uint32_t _seen; /* numerics given, one bit each */
} tt_features;

/* Bytes of encoder memory that hold `entries` distinct (bag, row) pairs and the tokens of one
 * field of at most `tokens` tokens. */
size_t tt_features_size(size_t entries, size_t tokens);

/* Starts a row.  `memory` (any alignment) must live until the features are no longer used.  An
 * item tower starts inside its only item; a user tower starts outside any, and each history item
 * opens with tt_features_item. */
void tt_features_begin(tt_features *features, const tt_schema *schema, tt_tower tower, void *memory,
                       size_t size);

/* Opens the next history item in `bag` (TT_LIKED, ...), in any order.  A plain MLP has the liked
 * bag only: of items of the others only names are looked at.  Fails with TT_ERR_FEATURES. */
TT_MUST_USE tt_status tt_features_item(tt_features *features, uint32_t bag);

/* Gives the tokens of one field of the open item.  Field "id" takes the item's id;
 * "product_released_at" takes an ISO 8601 date, gives the tokens of spaces `year` and `year5` and,
 * in an item tower, the number `release_year`.  Tokens outside the key lists are counted and
 * contribute nothing; a token given twice counts once; each of the n known distinct tokens weighs
 * 1/sqrt(n).  Fields that the schema does not name, with tokens or without, are counted in
 * fields_unknown and ignored.  An empty token is none; a date that is none is an unknown token of
 * each space.  Fails with TT_ERR_SPACE (then begin anew), TT_ERR_FEATURES outside an item. */
TT_MUST_USE tt_status tt_features_list(tt_features *features, const char *field,
                                       const tt_text *tokens, size_t n);
TT_MUST_USE tt_status tt_features_text(tt_features *features, const char *field, tt_text token);

/* Gives a raw number; NaN or an infinity is a missing one, and of one given twice the last counts.
 * Unknown names are counted in fields_unknown and ignored. */
void tt_features_number(tt_features *features, const char *name, float value);

/* How much of a row was known so far, tokens once for each space; a plain MLP knows all. */
typedef enum tt_met { TT_TOKENS_KNOWN, TT_TOKENS_UNKNOWN, TT_FIELDS_UNKNOWN } tt_met;
uint32_t tt_features_met(const tt_features *features, tt_met what);
/* TT_ERR_FIELD where a name was unknown, which adds nothing: for callers who refuse such rows. */
TT_MUST_USE tt_status tt_features_check(const tt_features *features);

/* Ends the row: merges equal rows (weights added as integers of 2^-24, in any order), scales each
 * bag of a user by 1/sqrt(items in it) and fills `entry`, `count` and `numeric`. */
void tt_features_end(tt_features *features);

/* ---- Model: ONNX bytes become towers ----------------------------------------- */
/* A table of rows in little-endian IEEE half or single precision. */
typedef enum tt_type { TT_F16 = 10, TT_F32 = 1 } tt_type; /* ONNX TensorProto.DataType */

typedef enum tt_activation {
    TT_LINEAR,
    TT_RELU,
    TT_LEAKY_RELU, /* _bound times a negative y */
    TT_CLIP,       /* between 0 and _bound */
    TT_SIGMOID,
    TT_TANH,
    TT_SILU, /* y * sigmoid(y) */
    TT_GELU  /* y * (1 + erf(y / sqrt(2))) / 2 */
} tt_activation;

/* A dense layer: y = x W, then + bias, then + the output of layer `_add`, then the activation.
 * `_from` is the layer it reads, or -1 for the features.  W is [in][out], or [out][in] when
 * `_transposed`; without it y starts as x and _in == _out. */
typedef struct tt_layer {
    const uint8_t *_weight, *_bias; /* NULL: none */
    tt_type _type, _bias_type;
    uint32_t _in, _out;
    int8_t _from, _add; /* -1: the features, none */
    uint8_t _activation, _transposed;
    float _bound;
} tt_layer;

/* The features of a tower: `_bags` bags over one table [_rows][_width], then the numerics.  A
 * plain MLP is `_folded`: one bag over its first weight matrix, whose last rows are the numerics',
 * then a layer without weight.  When `_transposed` the table is [_width][rows]. */
typedef struct tt_tower_view {
    const uint8_t *_table; /* towers may share it */
    tt_type _table_type;
    uint32_t _rows, _width, _present, _bags, _numerics, _layers;
    uint8_t _transposed, _folded, _packed;
    uint8_t _plain;         /* the embedding is the last layer, not divided by its norm */
    float _floor, _least;   /* a norm, a sum of squares below it is refused as 0 is */
    float _inside, _beside; /* norm = sqrt(squares + _inside) + _beside */
    tt_layer _layer[TT_MAX_LAYERS];
} tt_tower_view;

/* A tensor that a graph takes or gives: `columns` of `tower` from `first` on. */
typedef struct tt_tensor {
    tt_text name;
    tt_type type;
    tt_tower tower;
    uint32_t first, columns;
} tt_tensor;

/* A checked view of ONNX bytes.  At most 24 KB. */
typedef struct tt_model {
    const uint8_t *_bytes;
    size_t _len;
    uint32_t _out;
    tt_tower_view _tower[TT_TOWERS];
    uint32_t _inputs;
    tt_tensor _input[TT_MAX_INPUTS], _output[TT_TOWERS];
    int _has_schema;
    tt_schema _schema;
} tt_model;

/* Bytes of working memory that tt_model_read needs; at most TT_READ_SIZE, for static arrays. */
#define TT_READ_SIZE (112 * 1024)
size_t tt_model_read_size(void);
/* Reads a ModelProto.  Zero-copy: O(len) time, and only the parts that are checked (graph, dense
 * layers, key lists) are touched, never the table.  `scratch` (aligned as malloc aligns) is free
 * again after the call.  On failure `model` is unspecified and `error` (if not NULL) says where. */
TT_MUST_USE tt_status tt_model_read(tt_model *model, const void *bytes, size_t len, void *scratch,
                                    size_t scratch_size, tt_error *error);

/* What a caller may say of a foreign file; all 0 says nothing.  output[TT_USER] and output[TT_ITEM]
 * name the embeddings of the towers; {NULL, 0} leaves one to the properties twotower.user_output
 * and twotower.item_output, or else to the words of the names (core/SPEC.md).  The `external` bytes
 * that follow the model's `len` bytes in memory are those of the file that its tensors call
 * `location`. */
typedef struct tt_read_as {
    tt_text output[TT_TOWERS];
    tt_text location;
    size_t external;
} tt_read_as;

/* tt_model_read with what the caller says (NULL: nothing).  Not in a small build. */
TT_MUST_USE tt_status tt_model_read_as(tt_model *model, const void *bytes, size_t len,
                                       const tt_read_as *as, void *scratch, size_t scratch_size,
                                       tt_error *error);

/* The name of output `index` of the graph, {NULL, 0} after the last: what a refusal with
 * TT_ERR_ROLE chooses from.  O(len); the bytes may be anything. */
tt_text tt_graph_output(const void *bytes, size_t len, uint32_t index);

/* Names what a refusal means: the node and its operator, or the initializer, input or output that
 * holds error->offset; {NULL, 0} where there is none.  O(len). */
void tt_error_place(const tt_error *error, const void *bytes, size_t len, tt_text *op,
                    tt_text *name);

/* Scans the tables for non-finite weights.  O(len). */
TT_MUST_USE tt_status tt_model_verify(const tt_model *model, tt_error *error);

/* Lays weights that other makers store as [out][in] out anew in the caller's memory, which the
 * model uses from then on: the same bits, faster.  0 bytes: nothing to do.  Afterwards
 * tt_model_verify gives no offset.  Fails with TT_ERR_SPACE. */
size_t tt_model_pack_size(const tt_model *model);
TT_MUST_USE tt_status tt_model_pack(tt_model *model, void *memory, size_t size);

int tt_model_has(const tt_model *model, tt_tower tower);
uint32_t tt_model_dim(const tt_model *model);                  /* length of an embedding */
uint32_t tt_model_bags(const tt_model *model, tt_tower tower); /* 1, or 3 for users */
uint32_t tt_model_rows(const tt_model *model, tt_tower tower); /* rows that a bag may name */
uint32_t tt_model_numerics(const tt_model *model, tt_tower tower);
/* Length of the dense features: bags * rows + numerics. */
size_t tt_model_features(const tt_model *model, tt_tower tower);
/* The inputs of the graph in its order, NULL past the last (a tower's features are its inputs side
 * by side), and the output of a tower, or NULL. */
const tt_tensor *tt_model_input(const tt_model *model, uint32_t index);
const tt_tensor *tt_model_output(const tt_model *model, tt_tower tower);
/* The model's own schema, or NULL if the file carries none. */
const tt_schema *tt_model_schema(const tt_model *model);
/* A value of metadata_props, or {NULL, 0}.  O(len). */
tt_text tt_model_property(const tt_model *model, const char *key);

/* The members of tt_features, for languages that cannot see them: the entries of a bag, how many,
 * the numerics; tt_features_set gives a bag other entries, which stay the caller's. */
const tt_entry *tt_features_entries(const tt_features *features, uint32_t bag);
uint32_t tt_features_count(const tt_features *features, uint32_t bag);
float *tt_features_numerics(tt_features *features);
void tt_features_set(tt_features *features, uint32_t bag, const tt_entry *entry, uint32_t count);
/* FNV-1a, 64 bits, over the features of a row: equal ones have equal digests. */
uint64_t tt_features_digest(const tt_features *features, const tt_model *model, tt_tower tower);
/* sizeof, for languages that cannot ask a C compiler. */
size_t tt_model_struct_size(void);
size_t tt_features_struct_size(void);

/* ---- Embedding ------------------------------------------------------------------ */
/* Bytes of scratch for a batch of at most `batch` rows, exact.  For static arrays TT_SCRATCH_SIZE
 * says the same of a tower whose features make `columns` (bags * width + numerics; of a plain MLP
 * hidden + numerics) and whose layers give `outputs` in all (2 * out + hidden; out without hidden
 * layer; of a plain MLP hidden + out). */
#define TT_SCRATCH_SIZE(columns, outputs, batch) \
    (64 + 256 * sizeof(tt_entry) + ((batch) < 4 ? 0 : 4096 * sizeof(float)) + \
     ((batch) < 64 ? (batch) : 64) * ((columns) + (outputs)) * sizeof(float))
size_t tt_scratch_size(const tt_model *model, tt_tower tower, size_t batch);

/* What embeds: a tower of a model by a kernel table, in scratch of its own, aligned as malloc
 * aligns. One per thread. */
typedef struct tt_embedder {
    const tt_model *model;
    const tt_kernels *kernels;
    tt_tower tower;
    void *scratch;
    size_t scratch_size;
} tt_embedder;

/* Embeds `batch` rows: out [batch][dim], unit length.  Each row's bits do not depend on the batch.
 * Fails with TT_ERR_TOWER, TT_ERR_FEATURES, TT_ERR_NONFINITE (norm 0 included), TT_ERR_SPACE; `out`
 * may then hold rows already embedded and *failed (if not NULL) is the row. */
TT_MUST_USE tt_status tt_embed(const tt_embedder *embedder, const tt_features *rows, size_t batch,
                               float *out, size_t *failed);

/* The same from dense features [batch][tt_model_features], as the graph takes them. */
TT_MUST_USE tt_status tt_embed_dense(const tt_embedder *embedder, const float *features,
                                     size_t batch, float *out, size_t *failed);

/* ---- Exact top-K ------------------------------------------------------------------ */
typedef struct tt_rows {
    const void *data; /* [count][dim] little-endian, any alignment */
    size_t count;     /* below 2^32 */
    uint32_t dim;
    tt_type type;
} tt_rows;

typedef struct tt_hit {
    uint32_t index;
    float score;
} tt_hit;

/* The k best rows by dot product with `query` [dim], best first, ties by the smaller index,
 * without the `excluded` rows (ascending).  Rows whose score is not finite are left out.  Returns
 * how many hits were written. */
size_t tt_topk(const tt_kernels *kernels, const tt_rows *rows, const float *query,
               const uint32_t *excluded, size_t excluded_count, tt_hit *hits, size_t k);

/* One of the queries of tt_topk_batch, as tt_topk takes them. */
typedef struct tt_query {
    const float *vector;
    const uint32_t *excluded;
    size_t excluded_count;
    tt_hit *hits;
    size_t k, held; /* held, out: how many hits were written */
    size_t _next;
    float _norm;
} tt_query;

/* tt_topk of each query, with the same hits and bits; the rows are read and widened once for all.
 * `scratch` has tt_topk_batch_size bytes and any alignment. */
size_t tt_topk_batch_size(const tt_rows *rows);
void tt_topk_batch(const tt_kernels *kernels, const tt_rows *rows, tt_query *queries, size_t count,
                   void *scratch);

/* The dot product that tt_topk ranks by, of `query` and row `index`. */
float tt_dot(const tt_kernels *kernels, const tt_rows *rows, const float *query, size_t index);

/* Half precision, rounded to nearest even; overflow gives infinity. */
float tt_half_to_float(uint16_t half);
uint16_t tt_half_from_float(float value);

/* ---- Writing ONNX ---------------------------------------------------------------------- */
/* One dense layer in half precision. */
typedef struct tt_dense {
    const uint16_t *weight; /* [in][out] */
    const uint16_t *bias;   /* [out] */
} tt_dense;

/* A tower z -> z skip + b (+ ReLU(z first + b) second + b) -> L2, where z is [bags * width +
 * numerics].  A tower with hidden == 0 has no hidden layer.  Without a shared table
 * (tt_weights.table == NULL) it is a plain MLP: features -> ReLU(features first + b) second + b ->
 * L2, where first is [rows + numerics][hidden]; bags is 1 and skip is not used. */
typedef struct tt_tower_weights {
    uint32_t bags, numerics, hidden, out;
    tt_dense skip, first, second;
    uint32_t rows; /* of a plain MLP */
} tt_tower_weights;

typedef struct tt_property {
    tt_text key, value;
} tt_property;

typedef struct tt_weights {
    const uint16_t *table; /* [rows][width], host byte order; NULL: plain MLPs */
    uint32_t rows, width;
    const tt_tower_weights *tower[TT_TOWERS]; /* NULL: not in the file */
    const tt_property *property; /* metadata_props in this order, at most 63; the layout follows */
    size_t properties;
    const char *producer_version;
} tt_weights;

/* Takes the next bytes of the file; returns 0 to go on. */
typedef int (*tt_sink)(void *context, const void *bytes, size_t len);

/* Bytes of the file, or 0 where it would pass protobuf's 2^31 - 1. */
size_t tt_model_write_size(const tt_weights *weights);
/* Writes a ModelProto (IR version 8, opset 13): per tower an input `user_features` /
 * `item_features` float32 [N][features] and an output `user_embedding` / `item_embedding` float32
 * [N][out], the same bytes on every host.  Fails with TT_ERR_SINK, TT_ERR_LIMIT. */
TT_MUST_USE tt_status tt_model_write(const tt_weights *weights, tt_sink sink, void *context);

/* Writes one tower of a model for ONNX Runtime: per bag the inputs `<bag>_ids` int64 and
 * `<bag>_weights` float32 [N][L], then `numerics` [N][k]; a shorter row is filled with id 0 of
 * weight 0.  The bags of a user are liked, neutral and disliked, that of an item `item`.  Fails
 * with TT_ERR_TOWER, TT_ERR_SINK, TT_ERR_LIMIT, TT_ERR_GRAPH (other activations, a transposed
 * table). */
TT_MUST_USE tt_status tt_model_write_sparse(const tt_model *model, tt_tower tower, tt_sink sink,
                                            void *context);

#ifdef __cplusplus
}
#endif

#endif
