/* SPDX-License-Identifier: MIT */
/* Refuses compilers and flags under which the results would have other bits. */
#ifndef TT_CONFIG_H
#define TT_CONFIG_H

#include <float.h>
#include <limits.h>

#if defined(__FAST_MATH__)
#error "twotower: -ffast-math and -Ofast change results; build without them"
#endif

/* 0: float is evaluated as float.  16: the same, and half as half. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error \
    "twotower: float must be evaluated as float; on x86 use -msse2 -mfpmath=sse, on s390x gcc -fexcess-precision=fast"
#endif

#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || FLT_MAX_EXP != 128 || FLT_MIN_EXP != -125
#error "twotower: float must be IEEE single precision"
#endif

/* -DTT_SMALL, for microcontrollers and browsers: only files of tt_model_write are read, with
 * three bags of users and one of items; no activation but ReLU; rows of a batch share nothing. */
#ifdef TT_SMALL
#define TT_IS_SMALL 1
#else
#define TT_IS_SMALL 0
#endif

#if CHAR_BIT != 8
#error "twotower: a byte must have 8 bits"
#endif

#endif
