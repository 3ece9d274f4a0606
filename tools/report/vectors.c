/* SPDX-License-Identifier: MIT */
#include "report/vectors.h"

#include "base/fail.h"
#include "report/weights.h"

#include <stdlib.h>
#include <string.h>

enum { LEVELS = 127, FEWEST = 50 };

static void put_float(bytes *to, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_put_u32(to, bits);
}

static float scale_of(const float *row, uint32_t dim) {
    float most = 0;
    for (uint32_t j = 0; j < dim; j++) {
        float size = row[j] < 0 ? -row[j] : row[j];
        most = size > most ? size : most;
    }
    return most / LEVELS;
}

static void put_row(bytes *to, const float *row, uint32_t dim, float scale) {
    uint8_t *at = bytes_room(to, dim);
    for (uint32_t j = 0; j < dim; j++) {
        float level = scale > 0 ? row[j] / scale : 0;
        at[j] = (uint8_t)(int8_t)(level + (level < 0 ? -0.5F : 0.5F));
    }
    to->used += dim;
}

/* Rows `which` [count] of vectors [][dim]; returns where they begin. */
static json_t *put_rows(bytes *to, const float *vector, uint32_t dim, const uint32_t *which,
                        uint32_t count) {
    json_int_t first = (json_int_t)to->used;
    for (uint32_t i = 0; i < count; i++)
        put_float(to, scale_of(vector + (size_t)which[i] * dim, dim));
    for (uint32_t i = 0; i < count; i++) {
        const float *row = vector + (size_t)which[i] * dim;
        put_row(to, row, dim, scale_of(row, dim));
    }
    return json_integer(first);
}

json_t *report_vectors(bytes *to, const report *of, const report_run *run) {
    json_t *users = put_rows(to, run->users.vector, run->users.dim, of->user, of->users);
    json_t *items = put_rows(to, run->items.vector, run->items.dim, of->item, of->items);
    return json_pack("{s:o, s:o}", "users", users, "items", items);
}

/* ---- Made-up users -------------------------------------------------------------------------- */

static int put_onnx(void *context, const void *from, size_t len) {
    bytes_put(context, from, len);
    return 0;
}

/* The user tower over a table whose row r is 1 at r: a bag of it is any vector. */
static int write_tower(bytes *to, const report_weights *weights) {
    uint32_t width = weights->width;
    uint16_t *identity = xcalloc((size_t)width * width, sizeof *identity);
    for (uint32_t r = 0; r < width; r++)
        identity[(size_t)r * width + r] = tt_half_from_float(1);
    tt_weights file = {.table = identity,
                       .rows = width,
                       .width = width,
                       .tower = {&weights->user, NULL},
                       .producer_version = ""};
    tt_status status = tt_model_write(&file, put_onnx, to);
    free(identity);
    return status == TT_OK ? 0 : fail(TW_IO, "the tower of the report: %s", tt_status_text(status));
}

/* sum [width] of the rows of a user who likes that video alone. */
static int sum_rows(embedder *rows, const report_weights *weights, const report *of, uint32_t item,
                    float *sum) {
    tr_user user = {.history = {&item}, .count = {1}};
    float *out = xmalloc(weights->user.out * sizeof *out);
    int made, status;
    for (int n = 0; n < TR_NUMBERS; n++)
        user.number[n] = 0;
    status = embedder_user(rows, &user, of->data.items.item, out, &made);
    memset(sum, 0, weights->width * sizeof *sum);
    for (uint32_t e = 0; e < rows->features.count[TT_LIKED] && !status; e++) {
        tt_entry entry = rows->features.entry[TT_LIKED][e];
        for (uint32_t j = 0; entry.row < weights->rows && j < weights->width; j++)
            sum[j] += entry.weight *
                      tt_half_to_float(weights->table[(size_t)entry.row * weights->width + j]);
    }
    free(out);
    return status;
}

static json_t *numerics(const tt_schema *schema) {
    static const char *const forms[] = {"linear", "square", "log1p", "missing"};
    json_t *list = json_array();
    for (uint32_t n = 0; n < schema->numerics[TT_USER]; n++) {
        const tt_numeric *one = &schema->numeric[TT_USER][n];
        json_array_append_new(list,
                              json_pack("[o, s, f, f]", report_text(one->source), forms[one->form],
                                        (double)one->mean, (double)one->deviation));
    }
    return list;
}

static int put_table(json_t *made, bytes *to, const report *of, const report_run *run,
                     const report_weights *weights, uint32_t count) {
    uint32_t width = weights->width;
    float *sums = xmalloc((size_t)count * width * sizeof *sums);
    uint32_t *row = xmalloc(count * sizeof *row);
    embedder rows;
    int status = embedder_open(&rows, &run->model.model, TT_USER, run->model.path);
    for (uint32_t i = 0; i < count && !status; i++) {
        row[i] = i;
        status = sum_rows(&rows, weights, of, of->item[i], sums + (size_t)i * width);
    }
    if (!status)
        json_object_set_new(made, "table", put_rows(to, sums, width, row, count));
    json_object_set_new(made, "items", json_integer((json_int_t)count));
    embedder_close(&rows);
    free(sums);
    free(row);
    return status;
}

int report_made_up(json_t **made, bytes *to, const report *of, const report_run *run, size_t most) {
    report_weights weights;
    bytes tower = {0};
    uint32_t count = 0;
    int status = 0;
    *made = json_null();
    if (!report_weights_read(&weights, &run->model))
        return 0;
    status = write_tower(&tower, &weights);
    if (!status && tower.used < most) {
        size_t fit = (most - tower.used) / (weights.width + sizeof(float));
        count = fit < of->items ? (uint32_t)fit : of->items;
    }
    if (count && (count >= FEWEST || count == of->items)) {
        *made = json_pack("{s:I, s:I, s:i, s:o}", "onnx", (json_int_t)to->used, "onnx_bytes",
                          (json_int_t)tower.used, "width", (int)weights.width, "numerics",
                          numerics(tt_model_schema(&run->model.model)));
        bytes_put(to, tower.at, tower.used);
        while (to->used % sizeof(float))
            bytes_put_byte(to, 0);
        status = put_table(*made, to, of, run, &weights, count);
    }
    bytes_free(&tower);
    report_weights_free(&weights);
    return status;
}
