/* SPDX-License-Identifier: MIT */
/* enforce tt_wire_varint, unwind 11 */
#include "inner.h"

#include "codec/wire.c"

void harness(void) {
    tt_wire *wire;
    uint64_t *value;
    (void)!tt_wire_varint(wire, value);
}
