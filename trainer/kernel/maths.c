/* SPDX-License-Identifier: MIT */
#include "kernel/maths.h"
#include "kernel/kernels.h"

float tr_exp(float x) {
    tr_kernels_now()->exp(&x, 1.0f, 0.0f, 1);
    return x;
}

double tr_log(double x) {
    int exponent = 0;
    while (x >= 1.5) {
        x *= 0.5;
        exponent++;
    }
    while (x < 0.75) {
        x *= 2.0;
        exponent--;
    }
    /* log x = 2 artanh t; t is within +-1/5, so 12 terms reach 1e-17. */
    double t = (x - 1.0) / (x + 1.0), square = t * t, sum = 0.0;
    for (int k = 23; k >= 1; k -= 2)
        sum = sum * square + 1.0 / k;
    return 2.0 * t * sum + exponent * 0.69314718055994530942;
}

double tr_sqrt(double x) {
    if (!(x > 0.0))
        return 0.0;
    double scale = 1.0;
    while (x >= 4.0) {
        x *= 0.25;
        scale *= 2.0;
    }
    while (x < 1.0) {
        x *= 4.0;
        scale *= 0.5;
    }
    double y = 0.5 * (1.0 + x);
    for (int i = 0; i < 6; i++)
        y = 0.5 * (y + x / y);
    return y * scale;
}

double tr_cos_pi(double t) {
    /* cos x = 2 cos^2(x/2) - 1, and the series of cos on [0, pi/2]. */
    double half = t * 1.57079632679489661923, square = half * half, term = 1.0, sum = 1.0;
    for (int k = 1; k <= 12; k++) {
        term *= -square / ((2.0 * k - 1.0) * (2.0 * k));
        sum += term;
    }
    return 2.0 * sum * sum - 1.0;
}
