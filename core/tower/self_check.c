/* SPDX-License-Identifier: MIT */
/* A little of everything whose bits a wrong flag or mode would change: fused or flushed
 * products, lanes added otherwise, roots and quotients rounded otherwise. */
#include "codec/guard.h"
#include "config.h"
#include "feature/feature.h"
#include "kernel/kernel.h"

enum { CHECK_ROWS = 5, CHECK_TINY = 3, CHECK_N = 29 };
#define CHECK_BITS UINT32_C(0x3618ab9e)

static uint32_t check_draw(uint32_t *state) { /* xorshift32, George Marsaglia 2003 */
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void check_floats(tt_murmur *hash, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[4];
        tt_store32(bytes, tt_float_to_bits(x[i]));
        tt_murmur_add(hash, (const char *)bytes, sizeof bytes);
    }
}

/* Ordinary numbers, every fourth very small, and a weight whose products are subnormal. */
static void check_inputs(float *x, tt_entry *entry, uint8_t *row) {
    uint32_t state = 1;
    for (size_t i = 0; i < CHECK_N; i++) {
        uint32_t bits = check_draw(&state), least = i % 4 ? 0x3c000000 : 0x01000000;
        x[i] = tt_bits_to_float((bits & 0x80000000) | (least + bits % 0x04000000));
    }
    for (uint32_t e = 0; e < CHECK_ROWS; e++) {
        entry[e].row = e;
        entry[e].weight = e == CHECK_TINY ? tt_bits_to_float(0x02345678) : x[e + 5];
    }
    for (size_t i = 0; i < CHECK_ROWS * CHECK_N * 2; i++)
        row[i] = (uint8_t)(check_draw(&state) >> 9 & (i % 2 ? 0xbf : 0xff)); /* finite halfs */
}

static TT_NOINLINE uint32_t check_all(const tt_kernels *kernels) {
    float x[CHECK_N], out[CHECK_N];
    tt_entry entry[CHECK_N];
    uint8_t row[CHECK_ROWS * CHECK_N * 2];
    tt_murmur hash;
    tt_murmur_begin(&hash, 0);
    check_inputs(x, entry, row);
    kernels->dots(out, row, TT_F16, CHECK_ROWS, x, CHECK_N);
    check_floats(&hash, out, CHECK_ROWS);
    memset(out, 0, sizeof out);
    kernels->gather(out, CHECK_N, row, TT_F16, entry + CHECK_TINY, 1);
    check_floats(&hash, out, CHECK_N);
    kernels->gather(out, CHECK_N, row, TT_F16, entry, CHECK_ROWS);
    check_floats(&hash, out, CHECK_N);
    int finite = kernels->finish(out, CHECK_N, row, TT_F16, x, 1);
    check_floats(&hash, out, CHECK_N);
    size_t held = kernels->nonzero(entry, out, CHECK_N);
    float size = tt_bits_to_float(tt_float_to_bits(x[1]) & 0x7fffffff);
    float last[] = {kernels->squares(x, CHECK_N),
                    tt_sqrt(size),
                    tt_log1p(size),
                    x[2] / x[3],
                    (float)held,
                    (float)finite};
    check_floats(&hash, last, sizeof last / sizeof *last);
    kernels->widen((uint8_t *)out, row, CHECK_N);
    entry[0].row = 0;
    kernels->gather(x, CHECK_N, (const uint8_t *)out, TT_F32, entry, 1);
    check_floats(&hash, x, CHECK_N);
    return tt_murmur_end(&hash);
}

tt_status tt_self_check(const tt_kernels *kernels) {
    uint64_t mode = tt_guard_enter();
    uint32_t bits = check_all(kernels);
    tt_guard_leave(mode);
    return bits == CHECK_BITS ? TT_OK : TT_ERR_BITS;
}
