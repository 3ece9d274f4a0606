#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# Other people's programs read what we write: ONNX Runtime and onnx.checker the models,
# PyTorch the state_dict, DuckDB the tables.
. tests/cli/lib.sh
. tests/ports/lib.sh # npm_ci
build=${BUILD:-build}
if [ "$TWOTOWER_FULL" != 1 ]; then
    skip "ONNX Runtime, onnx.checker, PyTorch and DuckDB" "they are installed with TWOTOWER_FULL=1"
    finish
    exit 0
fi
drivers=$root/$build/tests
case $build in /*) drivers=$build/tests ;; esac
check "npm ci" npm_ci tests/interop
interop=$root/tests/interop
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null
"$TWOTOWER" train --epochs 4 --run-id m >/dev/null
"$TWOTOWER" embed videos --db-url file:shop --run-id s >/dev/null
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 >/dev/null
run=$work/ml/artifacts/runs/m
cp $run/two_tower_m.onnx trained.onnx # check_onnx.py writes the models again
tables=$work/ml/data/processed/two_tower/runs/p

mkdir cases
check "the core embeds dense and sparse features alike" "$drivers/dense_cases" cases $tables \
    $run/two_tower_m.onnx $run/user_tower.onnx $run/item_tower.onnx
mkdir sparse
check "the core embeds for the sparse towers" "$drivers/sparse_cases" sparse $tables $run \
    $run/two_tower_m.onnx
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
adopt node "$interop/ort.mjs" sparse
adopt /usr/bin/python3 "$interop/check_onnx.py" $run/two_tower_m.onnx $run/user_tower.onnx \
    $run/item_tower.onnx $run/user_tower_sparse.onnx $run/item_tower_sparse.onnx
adopt env PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$interop/check_torch.py" cases $run/two_tower_m.pt
files=""
for file in $tables/*.parquet $run/*.parquet shop/*.parquet ml/artifacts/live/*.parquet \
    ml/artifacts/live/video_embedding_syncs/s/*.parquet; do
    "$drivers/parquet_dump" "$file" >"${file%.parquet}.jsonl"
    files="$files $file"
done
# shellcheck disable=SC2086
adopt node "$interop/duckdb.mjs" $files

# DuckDB writes the tables again, in each of its ways: the model is the same, byte for byte.
rewrite() { node "$interop/rewrite.mjs" $tables again; }
check "DuckDB writes the tables again" rewrite
same_model() { # FOLDER
    key=video_id
    [ "${1##*/}" != item_id ] || key=item_id
    "$TWOTOWER" train --item-key $key --epochs 4 --run-id m --out-dir "$1/out" --train "$1/interactions_train.parquet" \
        --val "$1/interactions_val.parquet" --item-features "$1/item_features.parquet" \
        --user-features "$1/user_features.parquet" >/dev/null && cmp trained.onnx "$1/out/runs/m/two_tower_m.onnx"
}
for folder in again/*; do
    check "the same model from DuckDB's tables: ${folder#again/}" same_model "$folder"
done
as_parquet() {
    node "$interop/rewrite.mjs" --reviews shop/reviews.csv reviews.parquet &&
        "$TWOTOWER" prep --db-url file:shop --input reviews.parquet --run-id p --out-dir from_parquet >/dev/null &&
        for table in $tables/*.parquet; do cmp "$table" "from_parquet/processed/two_tower/runs/p/${table##*/}" ||
            return 1; done
}
check "the same tables from DuckDB's Parquet of the reviews" as_parquet
finish
