/* SPDX-License-Identifier: MIT */
/*
 * The floating-point mode of the calling thread.  A host may have set it to
 * flush subnormals or to round otherwise (-ffast-math at link time does, and so
 * do some frameworks); results must not depend on it.  Between enter and leave
 * call a function that is not inlined: the compiler may move plain arithmetic.
 */
#ifndef TT_GUARD_H
#define TT_GUARD_H

#include <stdint.h>

#if defined(__GNUC__)
#define TT_NOINLINE __attribute__((noinline))
#else
#define TT_NOINLINE
#endif

/* Sets the default mode (nearest even, subnormals kept); returns the mode found. */
static inline uint64_t tt_guard_enter(void) {
#if defined(__GNUC__) && defined(__SSE__)
    uint64_t mode = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(0x1f80);
    return mode;
#elif defined(__GNUC__) && defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
    return mode;
#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
    uint32_t mode;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
    __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)0));
    return mode;
#elif defined(__GNUC__) && defined(__riscv_flen)
    unsigned long mode; /* there is a rounding mode only */
    __asm__ volatile("fsrmi %0, 0" : "=r"(mode));
    return mode;
#elif defined(__GNUC__) && defined(__s390x__)
    uint32_t mode; /* likewise, with exceptions that may trap */
    __asm__ volatile("efpc %0" : "=d"(mode));
    __asm__ volatile("sfpc %0" : : "d"((uint32_t)0));
    return mode;
#else
    return 0;
#endif
}

static inline void tt_guard_leave(uint64_t mode) {
#if defined(__GNUC__) && defined(__SSE__)
    __builtin_ia32_ldmxcsr((unsigned)mode);
#elif defined(__GNUC__) && defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#elif defined(__GNUC__) && defined(__arm__) && defined(__ARM_FP) && !defined(__SOFTFP__)
    __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)mode));
#elif defined(__GNUC__) && defined(__riscv_flen)
    __asm__ volatile("fsrm %0" : : "r"((unsigned long)mode));
#elif defined(__GNUC__) && defined(__s390x__)
    __asm__ volatile("sfpc %0" : : "d"((uint32_t)mode));
#else
    (void)mode;
#endif
}

#endif
