#!/bin/sh
# SPDX-License-Identifier: MIT
# The WebAssembly port gives the bits of the core on 10,000 rows, scalar and SIMD, refuses what the core
# refuses, and leaks nothing.  TWOTOWER_FULL=1 only: it needs clang, lld and npm.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
case ${TWOTOWER_FULL:-} in
1)
    check "a small model is trained" small_model
    check "the package builds" "$MAKE" -s wasm BUILD="$BUILD"
    adopt "the checks of the port" node tests/ports/check_wasm.mjs "$BUILD/wasm" "$model"
    check "10,000 rows have the core's bits" same node tests/ports/embed_rows.mjs "$BUILD/wasm" "$model" \
        "$work/rows.jsonl"
    ;;
*) skip "the WebAssembly port" "TWOTOWER_FULL=1 builds it" ;;
esac
finish
