/* SPDX-License-Identifier: MIT */
/*
 * The work whose bits are compared between targets: models of both recipes are
 * written, read, fed through hashing and the encoder, embedded and ranked, with
 * ordinary, subnormal and extreme values.  It needs no C library, no file and
 * no more memory than its own arrays.
 */
#ifndef BITS_WORK_H
#define BITS_WORK_H

#include "twotower.h"

/* Does all of it with these kernels.  Returns NULL and the digest of every result,
 * or which step failed. */
const char *bits_work(const tt_kernels *kernels, uint64_t *digest);

/* The activations of models of other makers, which a small build leaves out: 0 there. */
uint64_t bits_activations(void);

#endif
