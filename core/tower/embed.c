/* SPDX-License-Identifier: MIT */
/* Features become an embedding: bags over the table, numbers beside them, dense
 * layers, unit length. */
#include "codec/half.h"
#include "config.h"
#include "feature/feature.h"
#include "kernel/kernel.h"
#include "tower/activate.h"
#include "tower/guard.h"

enum { EMBED_CHUNK = 256 }; /* entries gathered in one call */

/* The scratch of one row, in this order. */
typedef struct embed_room {
    float *features; /* [bags * width + numerics] */
    float *layer[TT_MAX_LAYERS];
    tt_entry *chunk; /* [EMBED_CHUNK] */
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

size_t tt_scratch_size(const tt_model *model, tt_tower tower, size_t batch) {
    const tt_tower_view *view = &model->_tower[tower];
    uint64_t floats = (uint64_t)view->_bags * view->_width + view->_numerics;
    (void)batch; /* rows are embedded one after the other */
    for (uint32_t i = 0; i < view->_layers; i++)
        floats += view->_layer[i]._out;
    uint64_t size = floats * sizeof(float) + EMBED_CHUNK * sizeof(tt_entry);
    return size > SIZE_MAX ? SIZE_MAX : (size_t)size;
}

static void embed_rooms(embed_room *room, const tt_tower_view *tower, void *scratch) {
    float *next = scratch;
    room->features = next;
    next += (size_t)tower->_bags * tower->_width + tower->_numerics;
    for (uint32_t i = 0; i < tower->_layers; i++) {
        room->layer[i] = next;
        next += tower->_layer[i]._out;
    }
    room->chunk = (tt_entry *)(void *)next;
}

/* ---- Products ----------------------------------------------------------------------- */

/* Weights [in][out], or [out][in] when transposed. */
typedef struct embed_matrix {
    const uint8_t *data;
    tt_type type;
    uint32_t in, out;
    int transposed;
} embed_matrix;

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

/* out [n] += sum over the entries of weight * matrix[row], the same bits either way. */
static void embed_gather(const embed_job *job, const embed_matrix *matrix, const tt_entry *entry,
                         size_t count, float *out) {
    size_t stride = (size_t)matrix->in * (matrix->type == TT_F16 ? 2 : 4);
    if (!matrix->transposed) {
        job->kernels->gather(out, matrix->out, matrix->data, matrix->type, entry, count);
        return;
    }
    for (size_t j = 0; j < matrix->out; j++) {
        const uint8_t *row = matrix->data + j * stride;
        float sum = out[j];
        for (size_t e = 0; e < count; e++)
            sum += entry[e].weight * embed_value(row, matrix->type, entry[e].row);
        out[j] = sum;
    }
}

/* out += in x the rows of the matrix from `first` on; zeros are skipped: sums
 * start at +0 and weights are finite, so a product of 0 would change no bit. */
static void embed_product(const embed_job *job, const embed_matrix *matrix, uint32_t first,
                          const float *in, size_t count, float *out) {
    tt_entry *chunk = job->room.chunk;
    size_t held = 0;
    for (size_t i = 0; i < count; i++) {
        chunk[held].row = first + (uint32_t)i;
        chunk[held].weight = in[i];
        held += in[i] != 0.0f;
        if (held == EMBED_CHUNK) {
            embed_gather(job, matrix, chunk, held, out);
            held = 0;
        }
    }
    if (held > 0)
        embed_gather(job, matrix, chunk, held, out);
}

/* ---- Features ----------------------------------------------------------------------- */

/* out [width] += the sum over entries.  Entries of weight 0 are skipped, as a
 * dense row would leave them out. */
static tt_status embed_sparse_bag(const embed_job *job, const tt_entry *entry, uint32_t count,
                                  float *out) {
    const embed_matrix table = embed_table(job->tower);
    uint32_t start = 0;
    for (uint32_t i = 0; i < count; i++)
        if (entry[i].row >= job->tower->_rows || (i > 0 && entry[i].row <= entry[i - 1].row) ||
            !tt_finite(entry[i].weight))
            return TT_ERR_FEATURES;
    for (uint32_t i = 0; i <= count; i++) {
        if (i < count && entry[i].weight != 0.0f)
            continue;
        if (i > start)
            embed_gather(job, &table, entry + start, i - start, out);
        start = i + 1;
    }
    return TT_OK;
}

static int embed_all_finite(const float *x, size_t n) {
    uint32_t carry = 0;
    for (size_t i = 0; i < n; i++) /* an exponent of all ones carries into the sign */
        carry |= (tt_float_to_bits(x[i]) & 0x7fffffff) + 0x00800000;
    return !(carry & 0x80000000);
}

static tt_status embed_sparse(const embed_job *job, const tt_features *row) {
    const tt_tower_view *tower = job->tower;
    float *out = job->room.features;
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        if (bag >= tower->_bags) {
            if (row->count[bag] > 0)
                return TT_ERR_FEATURES;
            continue;
        }
        tt_status status = embed_sparse_bag(job, row->entry[bag], row->count[bag], out);
        if (status != TT_OK)
            return status;
        out += tower->_width;
    }
    if (!embed_all_finite(row->numeric, tower->_numerics))
        return TT_ERR_FEATURES;
    if (tower->_folded) {
        const embed_matrix table = embed_table(tower);
        embed_product(job, &table, tower->_rows, row->numeric, tower->_numerics,
                      job->room.features);
    } else {
        memcpy(out, row->numeric, tower->_numerics * sizeof *out);
    }
    return TT_OK;
}

static tt_status embed_dense(const embed_job *job, const float *row, size_t stride) {
    const tt_tower_view *tower = job->tower;
    const embed_matrix table = embed_table(tower);
    float *out = job->room.features;
    if (!embed_all_finite(row, stride))
        return TT_ERR_FEATURES;
    for (uint32_t bag = 0; bag < tower->_bags; bag++) {
        embed_product(job, &table, 0, row, table.in, out);
        row += table.in;
        out += tower->_width;
    }
    if (!tower->_folded)
        memcpy(out, row, tower->_numerics * sizeof *out);
    return TT_OK;
}

/* ---- Layers --------------------------------------------------------------------------- */

/* out [n]: + bias, + add, tested before ReLU would hide a NaN. */
static int embed_activate(const tt_layer *layer, const float *add, float *out) {
    size_t n = layer->_out;
    if (layer->_bias != NULL)
        for (size_t j = 0; j < n; j++)
            out[j] += embed_value(layer->_bias, layer->_bias_type, j);
    if (add != NULL)
        for (size_t j = 0; j < n; j++)
            out[j] += add[j];
    if (!embed_all_finite(out, n))
        return 0;
    if (layer->_activation != TT_LINEAR)
        tt_activate(layer, out, n);
    return 1;
}

static int embed_layers(const embed_job *job) {
    const embed_room *room = &job->room;
    for (uint32_t i = 0; i < job->tower->_layers; i++) {
        const tt_layer *layer = &job->tower->_layer[i];
        const float *in = layer->_from < 0 ? room->features : room->layer[layer->_from];
        const float *add = layer->_add < 0 ? NULL : room->layer[layer->_add];
        if (layer->_weight == NULL) {
            memcpy(room->layer[i], in, layer->_out * sizeof *in);
        } else {
            const embed_matrix weight = {layer->_weight, layer->_type, layer->_in, layer->_out,
                                         layer->_transposed};
            memset(room->layer[i], 0, layer->_out * sizeof *in);
            embed_product(job, &weight, 0, in, layer->_in, room->layer[i]);
        }
        if (!embed_activate(layer, add, room->layer[i]))
            return 0;
    }
    return 1;
}

static tt_status embed_row(const embed_job *job, const embed_input *input, size_t row, float *out) {
    size_t dim = job->model->_out;
    memset(job->room.features, 0, (size_t)job->tower->_bags * job->tower->_width * sizeof(float));
    tt_status status = input->sparse != NULL
                           ? embed_sparse(job, &input->sparse[row])
                           : embed_dense(job, input->dense + row * input->stride, input->stride);
    if (status != TT_OK)
        return status;
    if (!embed_layers(job))
        return TT_ERR_NONFINITE;
    const float *last = job->room.layer[job->tower->_layers - 1];
    float squares = job->kernels->squares(last, dim);
    if (!tt_finite(squares) || !(squares > 0.0f))
        return TT_ERR_NONFINITE;
    float norm = tt_sqrt(squares);
    if (norm < job->tower->_floor)
        return TT_ERR_NONFINITE;
    for (size_t j = 0; j < dim; j++)
        out[j] = last[j] / norm;
    return TT_OK;
}

static TT_NOINLINE tt_status embed_rows(const embed_job *job, const embed_input *input,
                                        size_t batch, float *out, size_t *failed) {
    for (size_t row = 0; row < batch; row++) {
        tt_status status = embed_row(job, input, row, out + row * job->model->_out);
        if (status != TT_OK) {
            if (failed != NULL)
                *failed = row;
            return status;
        }
    }
    return TT_OK;
}

static tt_status embed_batch(const tt_model *model, const tt_kernels *kernels, tt_tower tower,
                             const embed_input *input, size_t batch, float *out, void *scratch,
                             size_t scratch_size, size_t *failed) {
    embed_job job;
    tt_status status = TT_OK;
    memset(&job, 0, sizeof job);
    job.model = model;
    job.tower = &model->_tower[tower];
    job.kernels = kernels;
    if (!job.tower->_present)
        status = TT_ERR_TOWER;
    else if (scratch_size < tt_scratch_size(model, tower, batch))
        status = TT_ERR_SPACE;
    if (status != TT_OK) {
        if (failed != NULL)
            *failed = 0;
        return status;
    }
    embed_rooms(&job.room, job.tower, scratch);
    uint64_t mode = tt_guard_enter();
    status = embed_rows(&job, input, batch, out, failed);
    tt_guard_leave(mode);
    return status;
}

tt_status tt_embed(const tt_model *model, const tt_kernels *kernels, tt_tower tower,
                   const tt_features *rows, size_t batch, float *out, void *scratch,
                   size_t scratch_size, size_t *failed) {
    embed_input input = {rows, NULL, 0};
    return embed_batch(model, kernels, tower, &input, batch, out, scratch, scratch_size, failed);
}

tt_status tt_embed_dense(const tt_model *model, const tt_kernels *kernels, tt_tower tower,
                         const float *features, size_t batch, float *out, void *scratch,
                         size_t scratch_size, size_t *failed) {
    embed_input input = {NULL, features, tt_model_features(model, tower)};
    return embed_batch(model, kernels, tower, &input, batch, out, scratch, scratch_size, failed);
}
