#!/bin/sh
# SPDX-License-Identifier: MIT
# check_kernel where other kernels run: check.sh aarch64|wasm
set -eu
cd "$(dirname "$0")/../.."
out=${BUILD:-build}/bits
mkdir -p "$out"
rules="-O2 -std=c99 -D_POSIX_C_SOURCE=200809L -ffp-contract=off -Icore"
sources="tests/kernel/check_kernel.c core/twotower.c"
# shellcheck disable=SC2086
case $1 in
aarch64)
    aarch64-linux-gnu-gcc $rules -static $sources -o "$out/check_aarch64"
    qemu-aarch64 "$out/check_aarch64"
    ;;
wasm)
    clang --target=wasm32-wasi --sysroot=/usr -msimd128 $rules $sources -o "$out/check.wasm"
    node --no-warnings tests/bits/wasi.mjs "$out/check.wasm"
    ;;
*)
    echo "usage: check.sh aarch64|wasm" >&2
    exit 2
    ;;
esac
