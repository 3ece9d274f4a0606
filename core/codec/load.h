/* SPDX-License-Identifier: MIT */
/* Little-endian loads and stores at any alignment on any host, and the bits of a float. */
#ifndef TT_CODEC_LOAD_H
#define TT_CODEC_LOAD_H

#include <stdint.h>
#include <string.h>

static inline uint16_t tt_load16(const uint8_t *at) {
    return (uint16_t)(at[0] | (at[1] << 8));
}

static inline uint32_t tt_load32(const uint8_t *at) {
    return (uint32_t)at[0] | ((uint32_t)at[1] << 8) | ((uint32_t)at[2] << 16) |
           ((uint32_t)at[3] << 24);
}

static inline uint64_t tt_load64(const uint8_t *at) {
    return (uint64_t)tt_load32(at) | ((uint64_t)tt_load32(at + 4) << 32);
}

static inline void tt_store32(uint8_t *at, uint32_t bits) {
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(bits >> 8 * i);
}

/* How many bytes the next multiple of `align` lies behind `at`. */
static inline size_t tt_to_align(const void *at, size_t align) {
    size_t over = (size_t)((uintptr_t)at % align);
    return over == 0 ? 0 : align - over;
}

/* By a union: in a freestanding build, memcpy of four bytes is a call. */
typedef union tt_single {
    float value;
    uint32_t bits;
} tt_single;

static inline float tt_bits_to_float(uint32_t bits) {
    tt_single single;
    single.bits = bits;
    return single.value;
}

static inline uint32_t tt_float_to_bits(float value) {
    tt_single single;
    single.value = value;
    return single.bits;
}

#endif
