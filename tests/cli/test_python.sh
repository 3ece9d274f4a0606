#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# sanitizers: no, it does not run a program of that build
# The Python port gives the bits of the core on 10,000 rows, refuses what the core refuses, and
# serves from its wheel.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
if ! "$python" -c 'import numpy' 2>/dev/null; then
    skip "the Python port" "numpy is not installed"
    finish
    exit
fi
check "a small model is trained" small_model
"$MAKE" -s shared BUILD="$BUILD"
export PYTHONPATH=ports/python PYTHONDONTWRITEBYTECODE=1 TWOTOWER_LIBRARY="$BUILD/libtwotower.so"
adopt "the checks of the port" "$python" tests/ports/check_python.py "$model"
check "10,000 rows have the core's bits" same "$python" tests/ports/embed_rows.py "$model" "$work/rows.jsonl"
say_digest
check "misspelt rows meet what they say, with the core's counts" same "$python" tests/ports/embed_rows.py "$model" \
    tests/vectors/rows.jsonl

version=$(ports/version.sh)
wheel() { # a wheel is unpacked as pip does, and serves without a variable
    file=$(ports/python/make_wheel.sh "$BUILD/libtwotower.so" "$work/wheel") || return 1
    [ "${file%%-py3-*}" = "$work/wheel/twotower-$version" ] && "$python" -m zipfile -e "$file" "$work/site" || return 1
    (cd "$work" && unset TWOTOWER_LIBRARY && PYTHONPATH="$work/site" "$python" -c "
import twotower
assert twotower.__version__ == '$version'
model = twotower.Model('$model')
assert twotower.__file__.startswith('$work/site')
print(model.embed(model.encode('item', [{'tags': ['comedy']}])).shape)")
}
check "the wheel serves" wheel
finish
