#!/bin/sh
# Benchmarks: `make bench` measures us beside our floors on a model that it writes;
# `make bench PEERS=DIR` also runs the programs of that folder (make_models.py, ort_sparse.js,
# ort_bench.js, torch_embed.py, and faiss where it is installed) in turn with ours, RUNS times
# (default 3), and prints the medians and ratios.  What is not installed is said and left out.
# Our times are processor time, those of the peers wall time: measure on an idle machine.
set -eu
cd "$(dirname "$0")/.."
: "${BUILD:=build}" "${PEERS:=}" "${RUNS:=3}" "${PYTHON:=python3}"
dir=$BUILD/bench
twotower=$BUILD/twotower
mkdir -p "$dir"
[ -s "$dir/zipf.val" ] || "$BUILD/tests/bench_model" "$dir"

echo "kernels, one call each"
"$BUILD/tests/kernel/check_kernel" --bench
for rows in uni zipf; do
    echo "item tower 21671 -> 512 -> 128, half precision, 24 features, $rows rows"
    "$twotower" bench core --model "$dir/item.onnx" --csr "$dir/$rows" --batch 1,64
done
echo "exact top-20 of 100,000 x 128, half precision"
"$twotower" bench topk
if command -v curl >/dev/null 2>&1; then
    echo "upload of a run to a Storage server on this machine, and curl's of the same files"
    python3 tests/bench_publish.py "$twotower" "$dir/publish"
fi
[ -n "$PEERS" ] || exit 0

# ---- The peers --------------------------------------------------------------------------
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
    "$twotower" bench core --model "$dir/item.onnx" --csr "$dir/uni" --batch 1,64 --rounds 1 --json |
        tr -d '\n' >"$dir/.ours"
    sed 's/^{/{"name": "core", /' "$dir/.ours" >>"$log"
    echo >>"$log"
    "$twotower" bench topk --rounds 1 --json | tr -d '\n' | sed 's/^{/{"name": "topk", /' >>"$log"
    echo >>"$log"
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
cat >"$dir/faiss_flat.py" <<'PYTHON'
import json, time
import faiss, numpy
faiss.omp_set_num_threads(1)
rng = numpy.random.default_rng(1)
rows = rng.standard_normal((100000, 128), dtype=numpy.float32)
query = rng.standard_normal((64, 128), dtype=numpy.float32)
index = faiss.IndexFlatIP(128)
index.add(rows)
def best(n):
    times = []
    for _ in range(10):
        start = time.perf_counter()
        index.search(query[:n], 20)
        times.append(time.perf_counter() - start)
    return sorted(times)[5] * 1e3
print(json.dumps({"one_ms": best(1), "batch_ms": best(64)}))
PYTHON
for turn in $(seq "$RUNS"); do
    echo "run $turn of $RUNS" >&2
    run_ours
    if [ -d "$dir/npm/node_modules/onnxruntime-node" ]; then
        run ort_sparse sh -c "cd '$dir/npm' && node ort_sparse.js node"
        run ort_dense sh -c "cd '$dir/npm' && node ort_bench.js node ref_item 21671 item_features 1 1,64"
    fi
    run torch env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$PEERS" OPENBLAS_NUM_THREADS=1 \
        "$PYTHON" "$PEERS/torch_embed.py" 1
    run faiss env OMP_NUM_THREADS=1 "$PYTHON" "$dir/faiss_flat.py"
done

"$PYTHON" - "$log" <<'PYTHON'
import json, statistics, sys
runs = {}
for line in open(sys.argv[1]):
    if line.strip():
        entry = json.loads(line)
        runs.setdefault(entry["name"], []).append(entry)
def median(name, pick):
    found = []
    for entry in runs.get(name, []):
        try:
            found.append(pick(entry))
        except (KeyError, IndexError, TypeError):
            pass
    return statistics.median(found) if found else None
ours = {
    1: median("core", lambda e: e["batches"][0]["ns_per_row"] / 1e3),
    64: median("core", lambda e: e["batches"][1]["ns_per_row"] / 1e3),
    "one": median("topk", lambda e: e["single_ms"]),
    "many": median("topk", lambda e: e["batch_64_ms"]),
}
table = [
    ("ONNX Runtime, sparse form, batch 1", "us", 1, "ort_sparse", lambda e: e["b1"]["p50_us_item"]),
    ("ONNX Runtime, sparse form, batch 64", "us", 64, "ort_sparse", lambda e: e["b64"]["p50_us_item"]),
    ("ONNX Runtime, dense form, batch 1", "us", 1, "ort_dense", lambda e: e["b1"]["p50_us"]),
    ("ONNX Runtime, dense form, batch 64", "us", 64, "ort_dense", lambda e: e["b64"]["med_ms"] * 1e3 / 64),
    ("PyTorch EmbeddingBag, batch 1024", "us", 64, "torch",
     lambda e: 1e6 / e["items_s_best"] if e["what"] == "embeddingbag" else {}["dense"]),
    ("faiss IndexFlatIP, one query", "ms", "one", "faiss", lambda e: e["one_ms"]),
    ("faiss IndexFlatIP, 64 queries", "ms", "many", "faiss", lambda e: e["batch_ms"]),
]
print(f"{'one thread, medians':38} {'peer':>10} {'ours':>10} {'ratio':>7}")
for label, unit, key, name, pick in table:
    peer = median(name, pick)
    if peer is None or ours[key] is None:
        print(f"{label:38} {'left out':>10}")
    else:
        print(f"{label:38} {peer:7.2f} {unit} {ours[key]:7.2f} {unit} {peer / ours[key]:7.1f}")
PYTHON
