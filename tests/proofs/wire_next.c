/* SPDX-License-Identifier: MIT */
/* enforce tt_wire_next, replace tt_wire_varint, unwind 9 */
#include "inner.h"

#include "codec/wire.c"

void harness(void) {
    tt_wire *wire;
    tt_wire_field *field;
    (void)!tt_wire_next(wire, field);
}
