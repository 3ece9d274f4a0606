/* SPDX-License-Identifier: MIT */
/* A host that has set the floating-point mode for itself: subnormals flushed, where the
 * processor can, and results rounded upwards. */
#ifndef BITS_HOSTILE_H
#define BITS_HOSTILE_H

#include <stdint.h>

static inline uint64_t host_mode(void) {
#if defined(__SSE__)
    return __builtin_ia32_stmxcsr() & 0xffc0; /* without the flags of what has happened */
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
#elif defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
    uint32_t mode;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
    return mode & 0x07c00000;
#elif defined(__riscv_flen)
    unsigned long mode;
    __asm__ volatile("frrm %0" : "=r"(mode));
    return mode;
#elif defined(__s390x__)
    uint32_t mode;
    __asm__ volatile("efpc %0" : "=d"(mode));
    return mode & 7;
#else
    return 0;
#endif
}

static inline void set_host_mode(uint64_t mode) {
#if defined(__SSE__)
    __builtin_ia32_ldmxcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#elif defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
    __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)mode));
#elif defined(__riscv_flen)
    __asm__ volatile("fsrm %0" : : "r"((unsigned long)mode));
#elif defined(__s390x__)
    __asm__ volatile("sfpc %0" : : "d"((uint32_t)mode));
#else
    (void)mode;
#endif
}

/* The mode of such a host, or 0 where there is only one. */
static inline uint64_t hostile_mode(void) {
#if defined(__SSE__)
    return 0xdfc0; /* FTZ, DAZ, upwards, nothing trapped */
#elif defined(__aarch64__) || (defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__))
    return 0x01400000; /* FZ, upwards */
#elif defined(__riscv_flen)
    return 3;
#elif defined(__s390x__)
    return 2;
#else
    return 0;
#endif
}

#endif
