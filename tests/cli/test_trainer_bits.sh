#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, it does not run a program of that build
# The same data, seed and options give the same model file: by plain C, AVX2, AVX-512 and NEON
# (under qemu-aarch64), with 1 to 7 threads.
. tests/cli/lib.sh
ours=$root/${BUILD:-build}/tests/train_hash
case ${BUILD:-build} in /*) ours=$BUILD/tests/train_hash ;; esac
check "every kernel table of this machine, 1 to 7 threads" sh -c "'$ours' >'$work/here' 2>'$work/tables'"
echo "# $(cat "$work/tables")"

arm="aarch64-linux-gnu-gcc qemu-aarch64"
missing=""
for program in $arm; do
    command -v "$program" >/dev/null 2>&1 || missing=$program
done
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "aarch64 under qemu" "TWOTOWER_FULL=1 builds for aarch64"
elif [ -n "$missing" ]; then
    check "aarch64 under qemu: $missing is not installed" false
else
    build() {
        aarch64-linux-gnu-gcc -O2 -std=c99 -ffp-contract=off \
            -Wall -Wextra -Wconversion -Wshadow -Werror -static -pthread \
            -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700 -Icore -Itrainer -Itests -o "$work/arm" \
            tests/interop/train_hash.c trainer/*/*.c core/twotower.c
    }
    check "builds for aarch64" build
    there() { qemu-aarch64 "$work/arm" >"$work/there" 2>"$work/tables" && grep -q neon "$work/tables"; }
    check "aarch64: NEON and plain C, 1 to 7 threads" there
    check "the same model files as here" diff "$work/here" "$work/there"
fi
finish
