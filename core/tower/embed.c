/* SPDX-License-Identifier: MIT */
/* Features become an embedding: bags over the table, numbers beside them, dense
 * layers, unit length. */
#include "codec/guard.h"
#include "codec/half.h"
#include "config.h"
#include "feature/feature.h"
#include "kernel/kernel.h"
#include "tower/activate.h"

enum {
    EMBED_CHUNK = 256,         /* inputs of a product whose non-zeros are gathered together */
    EMBED_BLOCK = KERNEL_ROWS, /* rows that pass through the layers together */
    EMBED_SHARED = 4,          /* from so many rows on, they share widened weights */
    EMBED_TILE = KERNEL_TILE,  /* floats of these */
    EMBED_LINE = 64            /* bytes of a cache line, which wide loads should not straddle */
};

/* The scratch of a block of rows, in this order. */
typedef struct embed_room {
    uint8_t *tile;               /* [EMBED_TILE] little-endian singles, where rows share weights */
    float *layer[TT_MAX_LAYERS]; /* [rows][out] */
    float *features;             /* [rows][bags * width + numerics] */
    tt_entry *chunk;             /* [EMBED_CHUNK] */
} embed_room;

/* What a batch is given: sparse rows, or dense ones [batch][stride]. */
typedef struct embed_input {
    const tt_features *sparse;
    const float *dense;
    size_t stride;
} embed_input;

typedef struct embed_job {
    const tt_model *model;
    const tt_tower_view *tower;
    const tt_kernels *kernels;
    embed_room room;
} embed_job;

/* TT_SCRATCH_SIZE says what embed_rooms lays out. */
typedef char embed_scratch[TT_SCRATCH_SIZE(1, 1, EMBED_BLOCK + 1) ==
                                       EMBED_LINE + sizeof(tt_entry) * EMBED_CHUNK +
                                           sizeof(float) * (EMBED_TILE + 2 * EMBED_BLOCK) &&
                                   TT_SCRATCH_SIZE(0, 0, EMBED_SHARED - 1) ==
                                       EMBED_LINE + sizeof(tt_entry) * EMBED_CHUNK
                               ? 1
                               : -1];

static size_t embed_width(const tt_tower_view *tower) {
    return (size_t)tower->_bags * tower->_width + tower->_numerics;
}

size_t tt_scratch_size(const tt_model *model, tt_tower tower, size_t batch) {
    TT_REQUIRE(model != NULL && (uint32_t)tower < TT_TOWERS);
    const tt_tower_view *view = &model->_tower[tower];
    uint64_t columns = embed_width(view), outputs = 0;
    for (uint32_t i = 0; i < view->_layers; i++)
        outputs += view->_layer[i]._out;
    uint64_t size = TT_SCRATCH_SIZE(columns, outputs, batch);
    return size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

/* Whether layer i is the features themselves: one without weights, where no other reads them. */
static int embed_in_place(const tt_tower_view *tower, uint32_t i) {
    uint32_t readers = 0;
    for (uint32_t k = 0; k < tower->_layers; k++)
        readers += tower->_layer[k]._from < 0;
    return tower->_layer[i]._weight == NULL && tower->_layer[i]._from < 0 && readers == 1;
}

static void embed_rooms(embed_room *room, const tt_tower_view *tower, void *scratch, size_t batch) {
    uint8_t *start = scratch;
    size_t rows = batch < EMBED_BLOCK ? batch : EMBED_BLOCK;
    room->tile = start + tt_to_align(start, EMBED_LINE);
    float *next = (float *)(void *)room->tile;
    next += batch < EMBED_SHARED ? 0 : EMBED_TILE;
    for (uint32_t i = 0; i < tower->_layers; i++) {
        room->layer[i] = next;
        next += rows * tower->_layer[i]._out;
    }
    room->features = next;
    for (uint32_t i = 0; i < tower->_layers; i++)
        if (embed_in_place(tower, i))
            room->layer[i] = next;
    room->chunk = (tt_entry *)(void *)(next + rows * embed_width(tower));
}

/* ---- Products ----------------------------------------------------------------------- */

/* Weights [in][out], or [out][in] when transposed. */
typedef struct embed_matrix {
    const uint8_t *data;
    tt_type type;
    uint32_t in, out;
    int transposed;
} embed_matrix;

static int embed_transposed(const embed_matrix *matrix) {
    return !TT_IS_SMALL && matrix->transposed;
}

static embed_matrix embed_table(const tt_tower_view *tower) {
    embed_matrix table = {tower->_table, tower->_table_type,
                          tower->_rows + (tower->_folded ? tower->_numerics : 0), tower->_width,
                          tower->_transposed};
    return table;
}

static float embed_value(const uint8_t *row, tt_type type, size_t i) {
    return type == TT_F16 ? tt_half_value(tt_load16(row + 2 * i))
                          : tt_bits_to_float(tt_load32(row + 4 * i));
}

static size_t embed_size(tt_type type) {
    return type == TT_F16 ? 2 : 4;
}

/* out [n] += sum over the entries of weight * matrix[first + row], the same bits either way. */
static void embed_gather(const embed_job *job, const embed_matrix *matrix, size_t first,
                         const tt_entry *entry, size_t count, float *out) {
    const size_t size = embed_size(matrix->type);
    if (!embed_transposed(matrix)) {
        job->kernels->gather(out, matrix->out, matrix->data + first * matrix->out * size,
                             matrix->type, entry, count);
        return;
    }
    for (size_t j = 0; j < matrix->out; j++) {
        const uint8_t *row = matrix->data + (j * matrix->in + first) * size;
        float sum = out[j];
        for (size_t e = 0; e < count; e++)
            sum += entry[e].weight * embed_value(row, matrix->type, entry[e].row);
        out[j] = sum;
    }
}

/* out += in x the rows of the matrix from `first` on; zeros are skipped: sums
 * start at +0 and weights are finite, so a product of 0 would change no bit. */
static void embed_product(const embed_job *job, const embed_matrix *matrix, size_t first,
                          const float *in, size_t count, float *out) {
    for (size_t at = 0; at < count; at += EMBED_CHUNK) {
        size_t n = count - at < EMBED_CHUNK ? count - at : EMBED_CHUNK;
        size_t held = job->kernels->nonzero(job->room.chunk, in + at, n);
        if (held > 0)
            embed_gather(job, matrix, first + at, job->room.chunk, held, out);
    }
}

/* The `n` inputs of the matrix from `first` on as little-endian singles [n][out]. */
static const uint8_t *embed_widen(const embed_job *job, const embed_matrix *matrix, size_t first,
                                  size_t n) {
    const uint8_t *from = matrix->data + first * matrix->out * embed_size(matrix->type);
    uint8_t *tile = job->room.tile;
    if (!embed_transposed(matrix) && matrix->type == TT_F32)
        return from;
    if (!embed_transposed(matrix)) {
        job->kernels->widen(tile, from, n * matrix->out);
        return tile;
    }
    for (size_t j = 0; j < matrix->out; j++) {
        from = matrix->data + (j * matrix->in + first) * embed_size(matrix->type);
        for (size_t i = 0; i < n; i++)
            tt_store32(tile + (i * matrix->out + j) * sizeof(float),
                       tt_float_to_bits(embed_value(from, matrix->type, i)));
    }
    return tile;
}

/* embed_products with a kernel of its own, for a matrix that stands [in][out]. */
static void embed_parts(const embed_job *job, const embed_matrix *matrix, const float *in,
                        size_t rows, float *out) {
    kernel_product of = {.n = matrix->out,
                         .type = matrix->type,
                         .stride = matrix->in,
                         .rows = rows,
                         .tile = (float *)(void *)job->room.tile};
    for (size_t first = 0; first < matrix->in; first += KERNEL_INPUTS) {
        of.weights = matrix->data + first * matrix->out * embed_size(matrix->type);
        of.in = in + first;
        of.count = matrix->in - first < KERNEL_INPUTS ? matrix->in - first : KERNEL_INPUTS;
        job->kernels->product(out, &of);
    }
}

/* embed_product of `rows` rows with the whole matrix.  Weights are widened once for
 * all rows, in parts that stay in the first-level cache; each row's sums keep their order. */
static void embed_products(const embed_job *job, const embed_matrix *matrix, const float *in,
                           size_t rows, float *out) {
    size_t step = EMBED_TILE / matrix->out < EMBED_CHUNK ? EMBED_TILE / matrix->out : EMBED_CHUNK;
    if (!TT_IS_SMALL && rows >= EMBED_SHARED && job->kernels->product != NULL &&
        !embed_transposed(matrix)) {
        embed_parts(job, matrix, in, rows, out);
        return;
    }
    if (TT_IS_SMALL || rows < EMBED_SHARED || step == 0) {
        for (size_t row = 0; row < rows; row++)
            embed_product(job, matrix, 0, in + row * matrix->in, matrix->in,
                          out + row * matrix->out);
        return;
    }
    for (size_t first = 0; first < matrix->in; first += step) {
        size_t n = matrix->in - first < step ? matrix->in - first : step;
        const uint8_t *weights = embed_widen(job, matrix, first, n);
        for (size_t row = 0; row < rows; row++) {
            size_t held = job->kernels->nonzero(job->room.chunk, in + row * matrix->in + first, n);
            if (held > 0)
                job->kernels->gather(out + row * matrix->out, matrix->out, weights, TT_F32,
                                     job->room.chunk, held);
        }
    }
}

/* ---- Features ----------------------------------------------------------------------- */

static int embed_all_finite(const float *x, size_t n) {
    uint32_t carry = 0;
    for (size_t i = 0; i < n; i++) /* an exponent of all ones carries into the sign */
        carry |= (tt_float_to_bits(x[i]) & 0x7fffffff) + 0x00800000;
    return !(carry & 0x80000000);
}

static int embed_sparse_valid(const tt_tower_view *tower, const tt_features *row) {
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        const tt_entry *entry = row->entry[bag];
        uint32_t least = 0, wrong = bag >= tower->_bags && row->count[bag] > 0;
        for (uint32_t i = 0; i < row->count[bag]; i++) {
            wrong |= (entry[i].row < least) | !tt_finite(entry[i].weight);
            least = entry[i].row + 1; /* of the next */
            wrong |= (entry[i].row >= tower->_rows);
        }
        if (wrong)
            return 0;
    }
    return embed_all_finite(row->numeric, tower->_numerics);
}

/* out [width] += the sum over entries, while those of the bag that comes next are asked for.
 * Entries of weight 0 are skipped, as a dense row would leave them out. */
static void embed_bag(const embed_job *job, const tt_entry *entry, uint32_t count,
                      const tt_entry *next, uint32_t nexts, float *out) {
    const embed_matrix table = embed_table(job->tower);
    const int far = !TT_IS_SMALL && job->kernels->gather_far != NULL && !table.transposed;
    uint32_t start = 0;
    if (far && count == 0)
        job->kernels->gather_far(out, table.out, table.data, table.type, NULL, 0, next, nexts);
    for (uint32_t i = 0; i <= count; i++) {
        if (i < count && entry[i].weight != 0.0f)
            continue;
        if (i > start && far)
            job->kernels->gather_far(out, table.out, table.data, table.type, entry + start,
                                     i - start, next, nexts);
        else if (i > start)
            embed_gather(job, &table, 0, entry + start, i - start, out);
        start = i + 1;
    }
}

/* A valid row; a valid one may follow. */
static void embed_sparse(const embed_job *job, const tt_features *row, const tt_features *after,
                         float *features) {
    const tt_tower_view *tower = job->tower;
    float *out = features;
    for (uint32_t bag = 0; bag < tower->_bags; bag++) {
        const tt_features *of = bag + 1 < tower->_bags ? row : after;
        uint32_t at = bag + 1 < tower->_bags ? bag + 1 : 0;
        embed_bag(job, row->entry[bag], row->count[bag], of != NULL ? of->entry[at] : NULL,
                  of != NULL ? of->count[at] : 0, out);
        out += tower->_width;
    }
    if (tower->_folded) {
        const embed_matrix table = embed_table(tower);
        embed_product(job, &table, tower->_rows, row->numeric, tower->_numerics, features);
    } else {
        memcpy(out, row->numeric, tower->_numerics * sizeof *out);
    }
}

static void embed_dense(const embed_job *job, const float *row, float *out) {
    const tt_tower_view *tower = job->tower;
    const embed_matrix table = embed_table(tower);
    for (uint32_t bag = 0; bag < tower->_bags; bag++) {
        embed_product(job, &table, 0, row, table.in, out);
        row += table.in;
        out += tower->_width;
    }
    if (!tower->_folded)
        memcpy(out, row, tower->_numerics * sizeof *out);
}

/* The features of rows first .. first + rows - 1; returns whether they are valid. */
static int embed_features(const embed_job *job, const embed_input *input, size_t first,
                          size_t rows) {
    const size_t width = embed_width(job->tower);
    for (size_t row = first; row < first + rows; row++)
        if (input->sparse != NULL
                ? !embed_sparse_valid(job->tower, &input->sparse[row])
                : !embed_all_finite(input->dense + row * input->stride, input->stride))
            return 0;
    if (!TT_IS_SMALL && input->sparse != NULL)
        embed_bag(job, NULL, 0, input->sparse[first].entry[0], input->sparse[first].count[0], NULL);
    for (size_t row = first; row < first + rows; row++) {
        float *features = job->room.features + (row - first) * width;
        memset(features, 0, width * sizeof *features);
        if (input->sparse == NULL)
            embed_dense(job, input->dense + row * input->stride, features);
        else
            embed_sparse(job, &input->sparse[row],
                         row + 1 < first + rows ? &input->sparse[row + 1] : NULL, features);
    }
    return 1;
}

/* ---- Layers --------------------------------------------------------------------------- */

/* out [rows][n]: + bias, + add, tested before ReLU would hide a NaN. */
static int embed_finish(const embed_job *job, const tt_layer *layer, size_t rows, float *out) {
    const float *add = layer->_add < 0 ? NULL : job->room.layer[layer->_add];
    int finite = 1;
    for (size_t row = 0; row < rows; row++) {
        size_t at = row * layer->_out;
        finite &=
            job->kernels->finish(out + at, layer->_out, layer->_bias, layer->_bias_type,
                                 add != NULL ? add + at : NULL, layer->_activation == TT_RELU);
        if (!TT_IS_SMALL && layer->_activation > TT_RELU)
            tt_activate(layer, out + at, layer->_out);
    }
    return finite;
}

static int embed_layers(const embed_job *job, size_t rows) {
    const embed_room *room = &job->room;
    for (uint32_t i = 0; i < job->tower->_layers; i++) {
        const tt_layer *layer = &job->tower->_layer[i];
        const float *in = layer->_from < 0 ? room->features : room->layer[layer->_from];
        const size_t size = rows * layer->_out * sizeof *in;
        if (layer->_weight == NULL && room->layer[i] != in) {
            memcpy(room->layer[i], in, size);
        } else if (layer->_weight != NULL) {
            const embed_matrix weight = {layer->_weight, layer->_type, layer->_in, layer->_out,
                                         layer->_transposed};
            memset(room->layer[i], 0, size);
            embed_products(job, &weight, in, rows, room->layer[i]);
        }
        if (!embed_finish(job, layer, rows, room->layer[i]))
            return 0;
    }
    return 1;
}

/* Under the guard the instruction rounds as tt_sqrt does: to the nearest. */
static float embed_root(float x) {
#if defined(__GNUC__) && defined(__SSE__)
    float root;
    __asm__("sqrtss %1, %0" : "=x"(root) : "x"(x));
    return root;
#else
    return tt_sqrt(x);
#endif
}

static tt_status embed_norm(const embed_job *job, const float *last, float *out) {
    float squares = job->kernels->squares(last, job->model->_out) + job->tower->_inside;
    if (job->tower->_plain) {
        memcpy(out, last, job->model->_out * sizeof *out);
        return tt_finite(squares) ? TT_OK : TT_ERR_NONFINITE;
    }
    if (!tt_finite(squares) || !(squares > 0.0f) || squares < job->tower->_least)
        return TT_ERR_NONFINITE;
    float norm = embed_root(squares) + job->tower->_beside;
    if (norm < job->tower->_floor)
        return TT_ERR_NONFINITE;
    for (size_t j = 0; j < job->model->_out; j++)
        out[j] = last[j] / norm;
    return TT_OK;
}

/* Embeds rows first .. first + rows - 1, at most EMBED_BLOCK. */
static tt_status embed_block(const embed_job *job, const embed_input *input, size_t first,
                             size_t rows, float *out) {
    const size_t dim = job->model->_out;
    tt_status status = TT_OK;
    if (!embed_features(job, input, first, rows))
        return TT_ERR_FEATURES;
    if (!embed_layers(job, rows))
        return TT_ERR_NONFINITE;
    const float *last = job->room.layer[job->tower->_layers - 1];
    for (size_t row = 0; row < rows && status == TT_OK; row++)
        status = embed_norm(job, last + row * dim, out + (first + row) * dim);
    return status;
}

static TT_NOINLINE tt_status embed_rows(const embed_job *job, const embed_input *input,
                                        size_t batch, float *out, size_t *failed) {
    tt_status status = TT_OK;
    for (size_t start = 0, n; start < batch && status == TT_OK; start += n) {
        n = batch - start < EMBED_BLOCK ? batch - start : EMBED_BLOCK;
        if (embed_block(job, input, start, n, out) == TT_OK)
            continue;
        /* One by one, to find the row; those before it are embedded. */
        for (size_t row = start; row < start + n && status == TT_OK; row++) {
            status = embed_block(job, input, row, 1, out);
            if (status != TT_OK && failed != NULL)
                *failed = row;
        }
    }
    return status;
}

static tt_status embed_batch(const tt_embedder *embedder, const embed_input *input, size_t batch,
                             float *out, size_t *failed) {
    TT_REQUIRE(embedder->model != NULL && embedder->kernels != NULL);
    TT_REQUIRE((uint32_t)embedder->tower < TT_TOWERS);
    TT_REQUIRE(batch == 0 || (input->sparse != NULL || input->dense != NULL));
    TT_REQUIRE(batch == 0 || out != NULL);
    TT_REQUIRE(embedder->scratch != NULL || embedder->scratch_size == 0);
    const tt_model *model = embedder->model;
    embed_job job;
    tt_status status = TT_OK;
    memset(&job, 0, sizeof job);
    job.model = model;
    job.tower = &model->_tower[embedder->tower];
    job.kernels = embedder->kernels;
    if (!job.tower->_present)
        status = TT_ERR_TOWER;
    else if (embedder->scratch_size < tt_scratch_size(model, embedder->tower, batch))
        status = TT_ERR_SPACE;
    if (status != TT_OK) {
        if (failed != NULL)
            *failed = 0;
        return status;
    }
    embed_rooms(&job.room, job.tower, embedder->scratch, batch);
    uint64_t mode = tt_guard_enter();
    status = embed_rows(&job, input, batch, out, failed);
    tt_guard_leave(mode);
    return status;
}

tt_status tt_embed(const tt_embedder *embedder, const tt_features *rows, size_t batch, float *out,
                   size_t *failed) {
    embed_input input = {rows, NULL, 0};
    return embed_batch(embedder, &input, batch, out, failed);
}

tt_status tt_embed_dense(const tt_embedder *embedder, const float *features, size_t batch,
                         float *out, size_t *failed) {
    embed_input input = {NULL, features, tt_model_features(embedder->model, embedder->tower)};
    return embed_batch(embedder, &input, batch, out, failed);
}
