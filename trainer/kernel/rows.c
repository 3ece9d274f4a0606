/* SPDX-License-Identifier: MIT */
#include "kernel/rows.h"
#include "kernel/maths.h"

enum { LANES = 8 };

static float sum_lanes(const float *lane) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

float tr_dot(const float *a, const float *b, size_t count) {
    float lane[LANES] = {0};
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += a[i + j] * b[i + j];
    for (size_t j = 0; i + j < count; j++)
        lane[j] += a[i + j] * b[i + j];
    return sum_lanes(lane);
}

void tr_add_scaled(float *restrict to, const float *restrict from, float scale, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] += scale * from[i];
}

void tr_scale(float *row, float scale, size_t count) {
    for (size_t i = 0; i < count; i++)
        row[i] *= scale;
}

float tr_row_exp(float *row, size_t count, double *sum) {
    float greatest = row[0];
    for (size_t i = 1; i < count; i++)
        greatest = row[i] > greatest ? row[i] : greatest;
    for (size_t i = 0; i < count; i++)
        row[i] = tr_exp(row[i] - greatest);
    float lane[LANES] = {0};
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        for (size_t j = 0; j < LANES; j++)
            lane[j] += row[i + j];
    for (size_t j = 0; i + j < count; j++)
        lane[j] += row[i + j];
    *sum = (double)sum_lanes(lane);
    return greatest;
}

float tr_normalise(float *row, size_t count) {
    float inverse = tr_rsqrt(tr_dot(row, row, count));
    tr_scale(row, inverse, count);
    return inverse;
}

void tr_adam_step(const tr_adam *adam, float *restrict parameter, const float *restrict gradient,
                  float *restrict first, float *restrict second, float *restrict average,
                  size_t count) {
    float rate = adam->rate, correction = adam->correction, keep = adam->ema, take = 1.0f - keep;
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i];
        float m = 0.9f * first[i] + 0.1f * g;
        float v = 0.999f * second[i] + 0.001f * (g * g);
        float p = parameter[i] - rate * m / (tr_sqrt(v * correction) + 1e-8f);
        first[i] = m;
        second[i] = v;
        parameter[i] = p;
        average[i] = keep * average[i] + take * p;
    }
}
