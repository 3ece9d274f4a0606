/* SPDX-License-Identifier: MIT */
/* enforce tt_wire_open, unwind 2 */
#include "inner.h"

#include "codec/wire.c"

void harness(void) {
    const tt_wire *wire;
    const tt_wire_field *field;
    (void)tt_wire_open(wire, field);
}
