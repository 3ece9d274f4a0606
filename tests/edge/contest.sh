#!/bin/sh
# SPDX-License-Identifier: MIT
# The WebAssembly port beside onnxruntime-web on a plain MLP of the size that a catalogue of 9,000 videos has.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
make_world() {
    "$MAKE" -s wasm BUILD="$BUILD" && npm_ci tests/edge || return 1
    (cd "$work" && "$TWOTOWER" synth --out catalogue --users 1000 --videos 9000 --quiet &&
        "$TWOTOWER" prep --db-url file:catalogue \
        --input catalogue/reviews.csv --quiet && "$TWOTOWER" train --recipe mlp --epochs 1 --run-id mlp --quiet) ||
            return 1
    "$python" tests/ports/make_rows.py "$work/catalogue" 0 150 | "$python" tests/make_data.py liked 100 \
        >"$work/ml/artifacts/runs/mlp/users.json"
}
make_world >"$work/log" 2>&1 || { tail -1 "$work/log"; exit 1; }
node --no-warnings tests/bench_wasm.mjs "$BUILD/wasm" "$work/ml/artifacts/runs/mlp"
