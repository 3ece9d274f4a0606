/* SPDX-License-Identifier: MIT */
/* The videos' embeddings in two dimensions: principal component analysis. */
#include "base/fail.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

enum { AXES = 2, ROUNDS = 300, GRID = 1000 };

/* Newton's square root: the tools do without libm. */
static double root(double of) {
    if (!(of > 0))
        return 0;
    double at = of > 1 ? of : 1;
    for (int i = 0; i < 200; i++) {
        double next = (at + of / at) / 2;
        if (next >= at)
            break;
        at = next;
    }
    return at;
}

static double dot(const double *a, const double *b, uint32_t n) {
    double sum = 0;
    for (uint32_t j = 0; j < n; j++)
        sum += a[j] * b[j];
    return sum;
}

/* mean [dim], and covariance [dim][dim] of the rows that have an embedding. */
static void covariance(const embedded *rows, double *mean, double *matrix) {
    uint32_t dim = rows->dim, used = 0;
    double *row = xmalloc(dim * sizeof *row);
    memset(mean, 0, dim * sizeof *mean);
    memset(matrix, 0, (size_t)dim * dim * sizeof *matrix);
    for (uint32_t i = 0; i < rows->count; i++)
        for (uint32_t j = 0; rows->made[i] && j < dim; j++)
            mean[j] += (double)rows->vector[(size_t)i * dim + j];
    for (uint32_t i = 0; i < rows->count; i++)
        used += rows->made[i];
    for (uint32_t j = 0; used && j < dim; j++)
        mean[j] /= used;
    for (uint32_t i = 0; i < rows->count; i++) {
        if (!rows->made[i])
            continue;
        for (uint32_t j = 0; j < dim; j++)
            row[j] = (double)rows->vector[(size_t)i * dim + j] - mean[j];
        for (uint32_t a = 0; a < dim; a++)
            for (uint32_t b = 0; b <= a; b++)
                matrix[(size_t)a * dim + b] += row[a] * row[b];
    }
    for (uint32_t a = 0; a < dim; a++)
        for (uint32_t b = 0; b <= a; b++) {
            matrix[(size_t)a * dim + b] /= used > 1 ? used - 1 : 1;
            matrix[(size_t)b * dim + a] = matrix[(size_t)a * dim + b];
        }
    free(row);
}

/* The eigenvector of the largest eigenvalue by power iteration, orthogonal to those before, with
 * its largest coordinate positive; returns the eigenvalue. */
static double axis(const double *matrix, uint32_t dim, double *axes, uint32_t which) {
    double *at = axes + (size_t)which * dim, *next = xmalloc(dim * sizeof *next), value = 0;
    for (uint32_t j = 0; j < dim; j++)
        at[j] = 1 + (double)((j * 7 + which * 3) % 11) / 11;
    for (int round = 0; round <= ROUNDS; round++) {
        for (uint32_t before = 0; before < which; before++) {
            double along = dot(at, axes + (size_t)before * dim, dim);
            for (uint32_t j = 0; j < dim; j++)
                at[j] -= along * axes[(size_t)before * dim + j];
        }
        double length = root(dot(at, at, dim));
        for (uint32_t j = 0; j < dim; j++)
            at[j] = length > 0 ? at[j] / length : 0;
        for (uint32_t j = 0; j < dim; j++)
            next[j] = dot(matrix + (size_t)j * dim, at, dim);
        value = dot(at, next, dim);
        if (round < ROUNDS)
            memcpy(at, next, dim * sizeof *at);
    }
    uint32_t most = 0;
    for (uint32_t j = 1; j < dim; j++)
        if (at[j] * at[j] > at[most] * at[most])
            most = j;
    double sign = at[most] < 0 ? -1 : 1;
    for (uint32_t j = 0; j < dim; j++)
        at[j] *= sign;
    free(next);
    return value;
}

/* Coordinates as whole numbers of -GRID .. GRID, one scale for both axes. */
static json_t *points(const report *of, const embedded *rows, const double *mean,
                      const double *axes) {
    double *at = xmalloc(((size_t)of->items * AXES + 1) * sizeof *at), most = 0;
    for (uint32_t i = 0; i < of->items; i++)
        for (uint32_t a = 0; a < AXES; a++) {
            const float *row = rows->vector + (size_t)of->item[i] * rows->dim;
            double sum = 0;
            for (uint32_t j = 0; rows->made[of->item[i]] && j < rows->dim; j++)
                sum += ((double)row[j] - mean[j]) * axes[(size_t)a * rows->dim + j];
            at[(size_t)i * AXES + a] = sum;
            most = sum > most ? sum : -sum > most ? -sum : most;
        }
    json_t *made = json_array();
    for (size_t i = 0; i < (size_t)of->items * AXES; i++) {
        double scaled = most > 0 ? at[i] / most * GRID : 0;
        json_array_append_new(made, json_integer((json_int_t)(scaled + (scaled < 0 ? -0.5 : 0.5))));
    }
    free(at);
    return made;
}

json_t *report_map(const report *of, const report_run *run) {
    uint32_t dim = run->items.dim;
    double *matrix = xmalloc((size_t)dim * dim * sizeof *matrix), total = 0;
    double *mean = xmalloc(dim * sizeof *mean), *axes = xcalloc((size_t)AXES * dim, sizeof *axes);
    json_t *shares = json_array();
    covariance(&run->items, mean, matrix);
    for (uint32_t j = 0; j < dim; j++)
        total += matrix[(size_t)j * dim + j];
    for (uint32_t a = 0; a < AXES && a < dim; a++) {
        double value = axis(matrix, dim, axes, a);
        json_array_append_new(shares, json_real(total > 0 ? value / total : 0));
    }
    json_t *made =
        json_pack("{s:o, s:o}", "variance", shares, "xy", points(of, &run->items, mean, axes));
    free(matrix);
    free(mean);
    free(axes);
    return made;
}
