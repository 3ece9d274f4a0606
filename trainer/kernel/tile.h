/* SPDX-License-Identifier: MIT */
/* The matrix kernel for eight lanes, written once; it is included as loops.h is.
 * Its 6 rows of 16 columns take 12 of 16 registers, or 24 of 32 by NEON. */
enum { HIGH = 6, WIDE = 2 * TR_LANES };

#define MULTIPLY_ROW(i, element) \
    do { \
        vec s = vec_set1(element); \
        x##i = vec_fma(s, x, x##i); \
        y##i = vec_fma(s, y, y##i); \
    } while (0)

KERNEL void multiply(float *c, size_t stride, const float *a, size_t row, size_t step,
                     const float *b, uint32_t depth, int add) {
    float *c0 = c, *c1 = c + stride, *c2 = c1 + stride, *c3 = c2 + stride, *c4 = c3 + stride,
          *c5 = c4 + stride;
    vec x0 = vec_set1(0.0f), x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0;
    vec y0 = x0, y1 = x0, y2 = x0, y3 = x0, y4 = x0, y5 = x0;
    if (add) {
        x0 = vec_load(c0), y0 = vec_load(c0 + TR_LANES);
        x1 = vec_load(c1), y1 = vec_load(c1 + TR_LANES);
        x2 = vec_load(c2), y2 = vec_load(c2 + TR_LANES);
        x3 = vec_load(c3), y3 = vec_load(c3 + TR_LANES);
        x4 = vec_load(c4), y4 = vec_load(c4 + TR_LANES);
        x5 = vec_load(c5), y5 = vec_load(c5 + TR_LANES);
    }
    const float *low = a + 3 * row;
    /* The lines that will be stored are fetched meanwhile. */
    for (size_t i = 0; i < HIGH; i++)
        __builtin_prefetch(c + i * stride, 1), __builtin_prefetch(c + i * stride + WIDE - 1, 1);
    for (uint32_t k = 0; k < depth; k++, a += step, low += step, b += WIDE) {
        vec x = vec_load(b), y = vec_load(b + TR_LANES);
        __builtin_prefetch(a + 4 * HIGH * row); /* where rows lie side by side, panels to come */
        MULTIPLY_ROW(0, a[0]);
        MULTIPLY_ROW(1, a[row]);
        MULTIPLY_ROW(2, a[2 * row]);
        MULTIPLY_ROW(3, low[0]);
        MULTIPLY_ROW(4, low[row]);
        MULTIPLY_ROW(5, low[2 * row]);
    }
    vec_store(c0, x0), vec_store(c0 + TR_LANES, y0);
    vec_store(c1, x1), vec_store(c1 + TR_LANES, y1);
    vec_store(c2, x2), vec_store(c2 + TR_LANES, y2);
    vec_store(c3, x3), vec_store(c3 + TR_LANES, y3);
    vec_store(c4, x4), vec_store(c4 + TR_LANES, y4);
    vec_store(c5, x5), vec_store(c5 + TR_LANES, y5);
}
