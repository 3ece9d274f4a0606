/* SPDX-License-Identifier: MIT */
/* The polynomials are those of Cephes (S. L. Moshier) in single precision; the
 * tail of erf is 7.1.26 of Abramowitz and Stegun.  core/SPEC.md has each as a formula. */
#include "tower/activate.h"

#include "codec/load.h"
#include "config.h"

static float activate_abs(float x) {
    return tt_bits_to_float(tt_float_to_bits(x) & 0x7fffffff);
}

/* e^x, x within +-87; a NaN stays one. */
static float activate_exp(float x) {
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    float rounded = x * 1.44269504f + round, n = rounded - round;
    float r = (x - n * 0.693359375f) - n * -2.12194440e-4f; /* ln 2 in two parts */
    float p = 1.9875691500e-4f * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * (r * r) + r) + 1.0f;
    /* 2^n by the last bits of n + round: a NaN has no integer to convert to. */
    uint32_t exponent = (tt_float_to_bits(rounded) - (0x4b400000 - 127)) & 0xff;
    return p * tt_bits_to_float(exponent << 23);
}

static float activate_sigmoid(float x) {
    float bounded = x > 87.0f ? 87.0f : x < -87.0f ? -87.0f : x;
    return 1.0f / (1.0f + activate_exp(-bounded));
}

static float activate_tanh(float x) {
    float size = activate_abs(x), z = x * x;
    if (size < 0.625f) {
        float p = -5.70498872745e-3f * z + 2.06390887954e-2f;
        p = p * z - 5.37397155531e-2f;
        p = p * z + 1.33314422036e-1f;
        p = p * z - 3.33332819422e-1f;
        return p * z * x + x;
    }
    float far = 1.0f - 2.0f / (activate_exp(size > 9.0f ? 18.0f : 2.0f * size) + 1.0f);
    return x < 0.0f ? -far : far;
}

static float activate_erf(float x) {
    float size = activate_abs(x), z = x * x;
    if (size < 1.0f) {
        float p = 7.853861353153693e-5f * z - 8.010193625184903e-4f;
        p = p * z + 5.188327685732524e-3f;
        p = p * z - 2.685381193529856e-2f;
        p = p * z + 1.128358514861418e-1f;
        p = p * z - 3.761262582423300e-1f;
        p = p * z + 1.128379165726710f;
        return p * x;
    }
    if (size > 9.0f)
        size = 9.0f;
    float t = 1.0f / (1.0f + 0.3275911f * size);
    float p = 1.061405429f * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float far = 1.0f - p * t * activate_exp(-(size * size));
    return x < 0.0f ? -far : far;
}

static float activate_one(const tt_layer *layer, float x) {
    switch (layer->_activation) {
    case TT_LEAKY_RELU:
        return x > 0.0f ? x : layer->_bound * x;
    case TT_CLIP:
        return x > layer->_bound ? layer->_bound : x > 0.0f ? x : 0.0f;
    case TT_SIGMOID:
        return activate_sigmoid(x);
    case TT_TANH:
        return activate_tanh(x);
    case TT_SILU:
        return x * activate_sigmoid(x);
    case TT_GELU:
        return 0.5f * x * (1.0f + activate_erf(x * 0.707106781f));
    default:
        return x;
    }
}

void tt_activate(const tt_layer *layer, float *x, size_t n) {
    if (layer->_activation == TT_RELU)
        for (size_t j = 0; j < n; j++)
            x[j] = x[j] > 0.0f ? x[j] : 0.0f;
    else
        for (size_t j = 0; j < n; j++)
            x[j] = activate_one(layer, x[j]);
}
