/* SPDX-License-Identifier: MIT */
/* The kernels in portable C: the specification of the others.  Written so that
 * compilers vectorise over outputs (gather) and over lanes (dots). */
#include "kernel/kernel.h"

#include "codec/half.h"
#include "config.h"

enum { KERNEL_BLOCK = 64, KERNEL_LANES = 8 };

/* The loops want the type of the weights as a constant, unless code must be short. */
#if defined(__GNUC__)
#define KERNEL_INLINE static inline __attribute__((always_inline))
#else
#define KERNEL_INLINE static inline
#endif
#if TT_IS_SMALL
#define KERNEL_TYPED static
#else
#define KERNEL_TYPED KERNEL_INLINE
#endif

/* A plain load wherever the compiler can be told so: loops vectorise over it.
 * (memcpy by its own name is a call in a freestanding build.) */
#if defined(__GNUC__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static inline uint16_t kernel_load16(const uint8_t *at) {
    uint16_t bits;
    __builtin_memcpy(&bits, at, sizeof bits);
    return bits;
}

static inline uint32_t kernel_load32(const uint8_t *at) {
    uint32_t bits;
    __builtin_memcpy(&bits, at, sizeof bits);
    return bits;
}

static inline void kernel_store32(uint8_t *at, uint32_t bits) {
    __builtin_memcpy(at, &bits, sizeof bits);
}
#else
#define kernel_store32 tt_store32
#define kernel_load16 tt_load16
#define kernel_load32 tt_load32
#endif

/* Element i of a row. */
KERNEL_INLINE float kernel_value(const uint8_t *row, tt_type type, size_t i) {
    return type == TT_F16 ? tt_half_value(kernel_load16(row + 2 * i))
                          : tt_bits_to_float(kernel_load32(row + 4 * i));
}

KERNEL_INLINE size_t kernel_size(tt_type type) {
    return type == TT_F16 ? 2 : 4;
}

/* `n` <= KERNEL_BLOCK neighbouring outputs; `table` points at their column. */
KERNEL_TYPED void gather_block(float *out, size_t n, const uint8_t *table, size_t stride,
                               tt_type type, const tt_entry *entry, size_t count) {
    float sum[KERNEL_BLOCK], value[KERNEL_BLOCK];
    memcpy(sum, out, n * sizeof *sum);
    for (size_t e = 0; e < count; e++) {
        const uint8_t *row = table + (size_t)entry[e].row * stride;
        float weight = entry[e].weight;
        /* Two loops: in one, gcc jams two rows together and loses the vectors. */
        for (size_t j = 0; j < n; j++)
            value[j] = kernel_value(row, type, j);
        for (size_t j = 0; j < n; j++)
            sum[j] += weight * value[j];
    }
    memcpy(out, sum, n * sizeof *sum);
}

/* Called with a constant type, so that each has loops of its own. */
KERNEL_TYPED void gather_type(float *out, size_t n, const uint8_t *table, tt_type type,
                              const tt_entry *entry, size_t count) {
    size_t stride = n * kernel_size(type), j = 0;
    for (; n - j >= KERNEL_BLOCK; j += KERNEL_BLOCK)
        gather_block(out + j, KERNEL_BLOCK, table + j * kernel_size(type), stride, type, entry,
                     count);
    if (j < n)
        gather_block(out + j, n - j, table + j * kernel_size(type), stride, type, entry, count);
}

static void gather_c(float *out, size_t n, const uint8_t *table, tt_type type,
                     const tt_entry *entry, size_t count) {
    if (type == TT_F16)
        gather_type(out, n, table, TT_F16, entry, count);
    else
        gather_type(out, n, table, TT_F32, entry, count);
}

KERNEL_INLINE float lanes_sum(const float *lane) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

KERNEL_TYPED float dot_type(const uint8_t *row, tt_type type, const float *query, size_t n) {
    float lane[KERNEL_LANES] = {0};
    size_t i = 0;
    for (; n - i >= KERNEL_LANES; i += KERNEL_LANES)
        for (size_t l = 0; l < KERNEL_LANES; l++)
            lane[l] += query[i + l] * kernel_value(row, type, i + l);
    for (; i < n; i++)
        lane[i % KERNEL_LANES] += query[i] * kernel_value(row, type, i);
    return lanes_sum(lane);
}

static void dots_c(float *out, const uint8_t *rows, tt_type type, size_t count, const float *query,
                   size_t n) {
    for (size_t r = 0; r < count; r++)
        out[r] = type == TT_F16 ? dot_type(rows + r * n * 2, TT_F16, query, n)
                                : dot_type(rows + r * n * 4, TT_F32, query, n);
}

static float squares_c(const float *x, size_t n) {
    float lane[KERNEL_LANES] = {0};
    size_t i = 0;
    for (; n - i >= KERNEL_LANES; i += KERNEL_LANES)
        for (size_t l = 0; l < KERNEL_LANES; l++)
            lane[l] += x[i + l] * x[i + l];
    for (; i < n; i++)
        lane[i % KERNEL_LANES] += x[i] * x[i];
    return lanes_sum(lane);
}

static void widen_c(uint8_t *single, const uint8_t *half, size_t n) {
    for (size_t i = 0; i < n; i++)
        kernel_store32(single + 4 * i, tt_float_to_bits(kernel_value(half, TT_F16, i)));
}

/* Goes on at element `i`, with `held` entries found before it. */
static size_t nonzero_from(tt_entry *entry, size_t held, const float *x, size_t i, size_t n) {
    for (; i < n; i++) { /* without a branch: which are 0 cannot be foreseen */
        entry[held].row = (uint32_t)i;
        entry[held].weight = x[i];
        held += x[i] != 0.0f;
    }
    return held;
}

static size_t nonzero_c(tt_entry *entry, const float *x, size_t n) {
    return nonzero_from(entry, 0, x, 0, n);
}

static int finish_c(float *x, size_t n, const uint8_t *bias, tt_type type, const float *add,
                    int relu) {
    uint32_t carry = 0;
    if (bias != NULL && type == TT_F16)
        for (size_t i = 0; i < n; i++)
            x[i] += kernel_value(bias, TT_F16, i);
    else if (bias != NULL)
        for (size_t i = 0; i < n; i++)
            x[i] += kernel_value(bias, TT_F32, i);
    if (add != NULL)
        for (size_t i = 0; i < n; i++)
            x[i] += add[i];
    for (size_t i = 0; i < n; i++) /* an exponent of all ones carries into the sign */
        carry |= (tt_float_to_bits(x[i]) & 0x7fffffff) + 0x00800000;
    if (relu)
        for (size_t i = 0; i < n; i++)
            x[i] = x[i] > 0.0f ? x[i] : 0.0f;
    return !(carry & 0x80000000);
}

/* By a name of its own: a linker that leaves out what is not used keeps or drops all the plain
 * strings of tables together. */
static const char kernel_c_name[] = "c";

static const tt_kernels kernels_c = {.name = kernel_c_name,
                                     .gather = gather_c,
                                     .dots = dots_c,
                                     .estimate = NULL,
                                     .squares = squares_c,
                                     .widen = widen_c,
                                     .nonzero = nonzero_c,
                                     .finish = finish_c};

const tt_kernels *tt_kernels_c(void) {
    return &kernels_c;
}
