/* SPDX-License-Identifier: MIT */
/* Activations from + - * / and bits: no libm, and the same bits everywhere. */
#ifndef TT_ACTIVATE_H
#define TT_ACTIVATE_H

#include "twotower.h"

/* x [n] becomes its activation; all x are finite. */
void tt_activate(const tt_layer *layer, float *x, size_t n);

#endif
