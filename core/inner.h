/* SPDX-License-Identifier: MIT */
/* What the rooms of the core share among themselves; core, tests and fuzz only. */
#ifndef TT_INNER_H
#define TT_INNER_H

#include "twotower.h"

#include <string.h> /* memcpy, memmove, memset, memcmp only; freestanding targets bring their own */

#include "codec/load.h" /* little-endian loads, bit casts */
#include "codec/wire.h" /* protobuf wire reader and writer */

#endif
