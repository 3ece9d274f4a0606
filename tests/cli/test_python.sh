#!/bin/sh
# SPDX-License-Identifier: MIT
# The Python port gives the bits of the core on 10,000 rows, refuses what the core refuses, and
# serves from its wheel.
. tests/cli/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
python=${PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
if ! "$python" -c 'import numpy' 2>/dev/null; then
    skip "the Python port" "numpy is not installed"
    finish
    exit
fi
case $BUILD in *san*) # Python cannot load a library that wants a sanitizer's run time
    skip "the Python port" "not with sanitizers"
    finish
    exit ;;
esac
cd "$work" || exit 1
"$TWOTOWER" synth --out catalogue --quiet >/dev/null && "$TWOTOWER" prep --db-url file:catalogue \
    --input catalogue/reviews.csv --quiet >/dev/null 2>&1 && "$TWOTOWER" train --epochs 2 --quiet --json >/dev/null ||
    echo "not ok 1 - a model is trained"
model=$work/ml/artifacts/latest/two_tower_latest.onnx
cd "$root" || exit 1
"$MAKE" -s shared BUILD="$BUILD"
export PYTHONPATH=ports/python PYTHONDONTWRITEBYTECODE=1 TWOTOWER_LIBRARY="$BUILD/libtwotower.so"
"$python" tests/ports/check_python.py "$model" >"$work/tap" 2>"$work/err" || sed 's/^/# /' "$work/err"
grep -E '^(not )?ok' "$work/tap"
tests=$(grep -cE '^(not )?ok' "$work/tap")
grep -q '^1\.\.' "$work/tap" || check "the checks of the port run to their end" false

"$python" tests/ports/make_rows.py "$work/catalogue" 8000 2000 >"$work/rows.jsonl"
same() { # COMMAND...: the digests of the core
    "$BUILD/tests/embed_rows" "$model" "$work/rows.jsonl" >"$work/core" || return 1
    "$@" >"$work/port" && diff "$work/core" "$work/port"
}
check "10,000 rows have the core's bits" same "$python" tests/ports/embed_rows.py "$model" "$work/rows.jsonl"

wheel() { # a wheel is unpacked as pip does, and serves without a variable
    file=$(ports/python/make_wheel.sh "$BUILD/libtwotower.so" 0.1.0 "$work/wheel") || return 1
    "$python" -m zipfile -e "$file" "$work/site" || return 1
    (cd "$work" && unset TWOTOWER_LIBRARY && PYTHONPATH="$work/site" "$python" -c "
import twotower
model = twotower.Model('$model')
assert twotower.__file__.startswith('$work/site')
print(model.embed(model.encode('item', [{'tags': ['comedy']}])).shape)")
}
check "the wheel serves" wheel
finish
