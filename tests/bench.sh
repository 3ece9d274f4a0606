#!/bin/sh
# Benchmarks: `make bench` measures us beside our floors on a model that it writes;
# `make bench PEERS=DIR` also runs the programs of that folder (make_models.py, ort_sparse.js,
# ort_bench.js, torch_embed.py, torch_train.py) and faiss in turn with ours, RUNS times (default
# 3), and prints the medians, the ratios and what is wanted of them.  What is not installed is said
# and left out.  Floors are processor time; beside peers all are times on the wall, one thread,
# so measure on an idle machine.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}" "${PEERS:=}" "${RUNS:=3}"
# The packages of the system belong to its own Python.
[ -n "${PYTHON:-}" ] || { PYTHON=python3; [ ! -x /usr/bin/python3 ] || PYTHON=/usr/bin/python3; }
dir=$BUILD/bench
twotower=$BUILD/twotower
mkdir -p "$dir"
[ -s "$dir/zipf.val" ] || "$BUILD/tests/bench_model" "$dir"

echo "kernels, one call each"
"$BUILD/tests/kernel/check_kernel" --bench
for rows in uni zipf; do
    echo "item tower 21671 -> 512 -> 128, half precision, 24 features, $rows rows"
    "$twotower" bench core --model "$dir/item.onnx" --csr "$dir/$rows" --batch 1,64
    # The floor multiplies and adds by AVX2.
    [ "$(uname -m)" != x86_64 ] || "$twotower" bench core --model "$dir/item.onnx" --csr "$dir/$rows" --batch 1,64 \
        --kernel avx2 | sed 's/^/by AVX2, /'
done
echo "a program that links only the core begins"
"$BUILD/tests/start_bench" "$dir/item.onnx"
echo "exact top-20 of 100,000 x 128, half precision"
"$twotower" bench topk
if command -v curl >/dev/null 2>&1; then
    echo "upload of a run to a Storage server on this machine, and curl's of the same files"
    python3 tests/bench_publish.py "$twotower" "$dir/publish"
fi
if [ -r /proc/self/status ]; then
    echo "embed videos, a store of 100,000 videos in files"
    [ -d "$dir/large" ] || {
        "$twotower" synth --out "$dir/small" --users 200 --videos 500 --quiet >"$dir/.out"
        "$twotower" run --db-url "file:$dir/small" --input "$dir/small/reviews.csv" --epochs 1 \
            --skip-upsert --min-interactions 5 --min-over-popularity 0 --quiet \
            --data-dir "$dir/data" --out-dir "$dir/artifacts" >"$dir/.out" 2>&1
        "$twotower" synth --out "$dir/large" --users 100 --videos 100000 --reviews-per-user 5 --quiet >"$dir/.out"
    }
    rm -rf "$dir/live" "$dir/large/video_embeddings.parquet"
    tests/peak.sh "$dir/.out" "$twotower" embed videos --db-url "file:$dir/large" --quiet \
        --output-dir "$dir/live" --artifacts-dir "$dir/artifacts/latest" | {
        read -r most resident
        echo "RssAnon at most $((most / 1000)) MB (24 wanted), VmHWM $((resident / 1000)) MB"
    }
fi
if [ -d "$dir/artifacts" ] && "$PYTHON" -c 'import numpy' 2>/dev/null; then
    ${MAKE:-make} -s shared BUILD="$BUILD"
    PYTHONPATH=ports/python PYTHONDONTWRITEBYTECODE=1 TWOTOWER_LIBRARY="$BUILD/libtwotower.so" "$PYTHON" \
        tests/ports/bench_python.py "$dir/artifacts/latest/two_tower_latest.onnx"
fi
echo "training: products of 200 x 128 x 8,390 (logits, gradients by users and by items) beside the FMA peak"
"$BUILD/tests/matmul_bench" 100 1
echo "training: a step of --recipe mlp, 1,024 pairs, 4099 and 21671 -> 512 -> 128"
"$BUILD/tests/mlp_bench" 20 1
pg=$(mktemp -d "${TMPDIR:-/tmp}/twotower-bench.XXXXXX")
chmod 711 "$pg"
"$PYTHON" tests/bench_pg.py "$twotower" "$pg/bench" || echo "left out: Postgres"
echo "sync videos: 1,000 new videos in a catalogue of 100,000"
"$PYTHON" tests/bench_sync.py "$twotower" "$pg/bench" || echo "left out: Postgres"
rm -rf "$pg"
[ -n "$PEERS" ] || exit 0

# ---- The peers --------------------------------------------------------------------------
if command -v clang >/dev/null 2>&1 && command -v wasm-ld >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
    echo "WebAssembly, one thread"
    sh tests/edge/contest.sh || echo "left out: onnxruntime-web"
    sh tests/edge/bench.sh || echo "left out: the edge functions"
else
    echo "left out: WebAssembly (clang, lld and npm build it)"
fi
log=$dir/peers.jsonl
: >"$log"
have() { command -v "$1" >/dev/null 2>&1; }
left_out() { echo "left out: $*"; }
run() { # NAME COMMAND...: one line of JSON of the command, marked with the name
    name=$1
    shift
    if "$@" >"$dir/.out" 2>"$dir/.err"; then
        grep '^{' "$dir/.out" | sed "s/^{/{\"name\": \"$name\", /" >>"$log"
    else
        left_out "$name: $(tail -1 "$dir/.err")"
    fi
}
run_ours() {
    # ONNX Runtime is given the same 64 rows again and again; ours are 100,000, some at a time five times.
    "$twotower" bench core --model "$dir/item.onnx" --csr "$dir/uni" --batch 1,64 --json |
        tr -d '\n' >"$dir/.ours"
    sed 's/^{/{"name": "core", /' "$dir/.ours" >>"$log"
    echo >>"$log"
    "$twotower" bench topk --rounds 3 --json | tr -d '\n' | sed 's/^{/{"name": "topk", /' >>"$log"
    echo >>"$log"
    "$BUILD/tests/mlp_bench" 7 1 | sed 's/^{/{"name": "train", /' >>"$log"
}

export MODELS="$PWD/$dir/models"
if [ ! -s "$MODELS/sparse_item/y.bin" ]; then
    (cd "$PEERS" && PYTHONDONTWRITEBYTECODE=1 "$PYTHON" make_models.py "$MODELS") >"$dir/.out" 2>&1 ||
        { left_out "all: make_models.py: $(tail -1 "$dir/.out")"; exit 0; }
fi
if have node && [ ! -d "$dir/npm/node_modules/onnxruntime-node" ]; then
    mkdir -p "$dir/npm"
    cp "$PEERS"/*.js "$PEERS/package.json" "$dir/npm/"
    (cd "$dir/npm" && ONNXRUNTIME_NODE_INSTALL=skip npm install --silent) >"$dir/.out" 2>&1 ||
        left_out "ONNX Runtime: npm: $(tail -1 "$dir/.out")"
fi
turn=0
while [ $((turn += 1)) -le "$RUNS" ]; do
    echo "run $turn of $RUNS" >&2
    run_ours
    if [ -d "$dir/npm/node_modules/onnxruntime-node" ]; then
        run ort_sparse sh -c "cd '$dir/npm' && node ort_sparse.js node"
        run ort_dense sh -c "cd '$dir/npm' && node ort_bench.js node ref_item 21671 item_features 1 1,64"
    fi
    run torch env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$PEERS" OPENBLAS_NUM_THREADS=1 \
        "$PYTHON" "$PEERS/torch_embed.py" 1
    run torch_train env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$PEERS" OPENBLAS_NUM_THREADS=1 \
        "$PYTHON" "$PEERS/torch_train.py" eb 1
    run faiss env OMP_NUM_THREADS=1 "$PYTHON" tests/bench_faiss.py
done

"$PYTHON" tests/bench_table.py "$log"
