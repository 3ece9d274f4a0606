/* SPDX-License-Identifier: MIT */
#include "nn/adam.h"
#include "kernel/maths.h"
#include "kernel/rows.h"

#include <stdlib.h>
#include <string.h>

enum { WARM_UP = 20, CHUNK = 1 << 14 };

typedef struct update {
    tr_optimiser *optimiser;
    tr_adam adam;
    float *weight;
    const float *gradient;
} update;

int tr_optimiser_create(tr_optimiser *optimiser, size_t count) {
    memset(optimiser, 0, sizeof *optimiser);
    optimiser->count = count;
    optimiser->power1 = optimiser->power2 = 1.0;
    optimiser->first = calloc(count, sizeof(float));
    optimiser->second = calloc(count, sizeof(float));
    optimiser->average = calloc(count, sizeof(float));
    if (optimiser->first && optimiser->second && optimiser->average)
        return 1;
    tr_optimiser_free(optimiser);
    return 0;
}

void tr_optimiser_free(tr_optimiser *optimiser) {
    free(optimiser->first);
    free(optimiser->second);
    free(optimiser->average);
    memset(optimiser, 0, sizeof *optimiser);
}

/* The powers come about as in the steps themselves, bit for bit. */
void tr_optimiser_resume(tr_optimiser *optimiser, uint32_t steps) {
    optimiser->steps = steps;
    optimiser->power1 = optimiser->power2 = 1.0;
    for (uint32_t i = 0; i < steps; i++) {
        optimiser->power1 *= 0.9;
        optimiser->power2 *= 0.999;
    }
}

double tr_schedule(double lr, uint32_t step, uint32_t total) {
    double warm = step + 1 < WARM_UP ? (step + 1.0) / WARM_UP : 1.0;
    double done = (double)step / total;
    return lr * warm * (0.02 + 0.98 * 0.5 * (1.0 + tr_cos_pi(done)));
}

static void update_part(void *context, uint32_t part) {
    const update *u = context;
    tr_optimiser *o = u->optimiser;
    size_t begin = (size_t)part * CHUNK, rest = o->count - begin;
    tr_adam_step(&u->adam, u->weight + begin, u->gradient + begin, o->first + begin,
                 o->second + begin, o->average + begin, rest < CHUNK ? rest : CHUNK);
}

void tr_optimiser_step(tr_optimiser *optimiser, tr_pool *pool, float *weight, const float *gradient,
                       double lr, double ema) {
    double n = optimiser->steps++, most = n / (n + 10.0);
    optimiser->power1 *= 0.9;
    optimiser->power2 *= 0.999;
    update u = {optimiser, {0.0f, 0.0f, 0.0f}, weight, gradient};
    u.adam.rate = (float)(lr / (1.0 - optimiser->power1));
    u.adam.correction = (float)(1.0 / (1.0 - optimiser->power2));
    u.adam.ema = (float)(ema < most ? ema : most);
    tr_pool_run(pool, update_part, &u, (uint32_t)((optimiser->count + CHUNK - 1) / CHUNK));
}
