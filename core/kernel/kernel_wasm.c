/* SPDX-License-Identifier: MIT */
/* The kernels for WebAssembly built with -msimd128. */
#include "kernel/kernel.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

typedef v128_t four;

#define four_all wasm_f32x4_splat
#define four_load wasm_v128_load
#define four_store wasm_v128_store
#define four_add wasm_f32x4_add
#define four_mul wasm_f32x4_mul
#define four_and wasm_v128_and

/* tt_half_value of four of eight, which stand in the upper halves of `half`. */
KERNEL_INLINE four four_half(v128_t half) {
    const v128_t top = wasm_i32x4_const_splat(0x0f800000), zero = wasm_i32x4_const_splat(0);
    v128_t sign = wasm_v128_and(half, wasm_i32x4_const_splat((int32_t)0x80000000));
    v128_t magnitude = wasm_u32x4_shr(wasm_v128_xor(half, sign), 3);
    v128_t exponent = wasm_v128_and(magnitude, top);
    v128_t huge = wasm_i32x4_eq(exponent, top), tiny = wasm_i32x4_eq(exponent, zero);
    magnitude = wasm_i32x4_add(magnitude, wasm_i32x4_const_splat(0x38000000));
    huge = wasm_v128_and(huge, wasm_i32x4_const_splat(0x38000000));
    v128_t more = wasm_v128_and(tiny, wasm_i32x4_const_splat(0x00800000));
    v128_t base = wasm_v128_and(tiny, wasm_i32x4_const_splat(0x38800000));
    magnitude = wasm_i32x4_add(magnitude, wasm_v128_or(huge, more));
    return wasm_v128_or(wasm_f32x4_sub(magnitude, base), sign);
}

/* The same where no exponent is 0 or 31: sign-extended and shifted, the sign stands five bits above
 * the exponent, whose bias then lacks 112. */
KERNEL_INLINE four four_usual_half(v128_t extended) {
    v128_t value =
        wasm_v128_and(wasm_i32x4_shl(extended, 13), wasm_i32x4_const_splat((int32_t)0x8fffffff));
    return wasm_i32x4_add(value, wasm_i32x4_const_splat(0x38000000));
}

KERNEL_INLINE void four_halfs(const uint8_t *at, four *value) {
    const v128_t half = wasm_v128_load(at);
    /* One more, an exponent of 0 or 31 is 1 or 0. */
    const v128_t more = wasm_i16x8_add(half, wasm_i16x8_const_splat(0x0400));
    if (!TT_IS_SMALL && wasm_i16x8_all_true(wasm_v128_and(more, wasm_i16x8_const_splat(0x7800)))) {
        value[0] = four_usual_half(wasm_i32x4_extend_low_i16x8(half));
        value[1] = four_usual_half(wasm_i32x4_extend_high_i16x8(half));
    } else {
        value[0] = four_half(wasm_i32x4_shl(wasm_u32x4_extend_low_u16x8(half), 16));
        value[1] = four_half(wasm_i32x4_shl(wasm_u32x4_extend_high_u16x8(half), 16));
    }
}

KERNEL_INLINE four four_positive(four x) {
    return wasm_v128_and(x, wasm_f32x4_gt(x, wasm_f32x4_const_splat(0.0f)));
}

KERNEL_INLINE four four_finite(four x) {
    const v128_t infinity = wasm_i32x4_const_splat(0x7f800000);
    return wasm_i32x4_ne(wasm_v128_and(x, infinity), infinity);
}

KERNEL_INLINE int four_every(four mask) {
    return wasm_i32x4_all_true(mask);
}

#include "kernel/kernel_four.h"

static const tt_kernels kernels_wasm = FOUR_KERNELS("wasm");

const tt_kernels *tt_kernels_wasm(void) {
    return &kernels_wasm;
}

#else

const tt_kernels *tt_kernels_wasm(void) {
    return NULL;
}

#endif
