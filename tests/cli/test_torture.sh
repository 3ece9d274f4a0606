#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, they take memory by calls of their own
# Each fallible call of the commands of the weekly and the nightly job fails once, with counts: the command
# says so and nothing of it is half there, or it is as if the call had not failed. TORTURE_POINTS=0 tries
# every call; TWOTOWER_FULL=1 takes all commands.
. tests/cli/lib.sh

case ${TWOTOWER_FULL:-} in
1) set -- ;;
*) set -- "embed users" "publish upload" "publish fetch" ;;
esac
"${CC:-cc}" -std=c99 -Wall -Wextra -Werror -shared -fPIC -O1 -o "$work/fail_call.so" tests/faults/fail_call.c -ldl
python3 tests/faults/torture.py "$work/fail_call.so" "$TWOTOWER" "$work/torture" "${TORTURE_POINTS:-4}" "$@" \
    >"$work/out" 2>&1
code=$?
cat "$work/out"
[ $code = 0 ] || echo "not ok 0 - the torture ended early"
