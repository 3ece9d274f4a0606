#!/bin/sh
# SPDX-License-Identifier: MIT
# Other people's programs read what we write: ONNX Runtime and onnx.checker the models,
# PyTorch the state_dict, DuckDB the tables.
. tests/cli/lib.sh
build=${BUILD:-build}
if [ "$TWOTOWER_FULL" != 1 ]; then
    skip "ONNX Runtime, onnx.checker, PyTorch and DuckDB" "they are installed with TWOTOWER_FULL=1"
    finish
    exit 0
fi
drivers=$root/$build/tests
case $build in /*) drivers=$build/tests ;; esac
install() { (cd tests/interop && ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund); }
[ -d tests/interop/node_modules/onnxruntime-node ] && [ -d tests/interop/node_modules/@duckdb ] ||
    check "npm ci" install
interop=$root/tests/interop
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null
"$TWOTOWER" train --epochs 4 --run-id m >/dev/null
"$TWOTOWER" embed videos --db-url file:shop --run-id s >/dev/null
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 >/dev/null
run=$work/ml/artifacts/runs/m
tables=$work/ml/data/processed/two_tower/runs/p

mkdir cases
check "the core embeds dense and sparse features alike" "$drivers/dense_cases" cases $tables \
    $run/two_tower_m.onnx $run/user_tower.onnx $run/item_tower.onnx
# The scripts print TAP of their own: it is taken over, renumbered.
adopt() { # COMMAND...
    "$@" >tap 2>err
    code=$?
    while read -r line; do
        case $line in
        "ok "*) tests=$((tests + 1)); echo "$line" | sed "s/^ok [0-9]*/ok $tests/" ;;
        "not ok "*) tests=$((tests + 1)); echo "$line" | sed "s/^not ok [0-9]*/not ok $tests/" ;;
        "1.."*) ;;
        *) echo "# $line" ;;
        esac
    done <tap
    [ $code = 0 ] && grep -q '^ok' tap || { tests=$((tests + 1)); echo "not ok $tests - $1"; sed 's/^/# /' err; }
}
adopt node "$interop/ort.mjs" cases
adopt /usr/bin/python3 "$interop/check_onnx.py" $run/two_tower_m.onnx $run/user_tower.onnx $run/item_tower.onnx
adopt env PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$interop/check_torch.py" cases $run/two_tower_m.pt
files=""
for file in $tables/*.parquet $run/*.parquet shop/*.parquet ml/artifacts/live/*.parquet \
    ml/artifacts/live/video_embedding_syncs/s/*.parquet; do
    "$drivers/parquet_dump" "$file" >"${file%.parquet}.jsonl"
    files="$files $file"
done
# shellcheck disable=SC2086
adopt node "$interop/duckdb.mjs" $files
finish
