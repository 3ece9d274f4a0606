#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, it does not run a program of that build
# The 10,000 rows that test_wasm embeds in node, deno and Chromium and test_python in Python, on every
# emulated target of
# tests/bits/targets, a Cortex-M0 among them: the model is the same, and so are the digests.  TWOTOWER_FULL=1 only: it
# needs the cross compilers and QEMU.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}"
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "10,000 rows on emulated targets" "TWOTOWER_FULL=1 runs them"
    finish
    exit
fi
pack() {
    mkdir "$work/rows" && cp "$model" "$work/rows/model" && "$python" tests/bits/pack_rows.py <"$work/rows.jsonl" \
        >"$work/rows/rows" &&
        core_digest "$work/rows.jsonl" && head -2 "$work/core" | paste -sd' ' >"$work/rows/digest"
}
check "a small model is trained" small_model
check "the rows are packed" pack
say_digest
adopt "the targets" tests/bits/bits.sh --tap --rows "$work/rows"
finish
