# SPDX-License-Identifier: MIT
"""Our figures beside other programs': bench_table.py LOG, a JSON object a line from tests/bench.sh."""
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
core = lambda i: lambda e: e["batches"][i]["wall_ns_per_row"] / 1e3
step_of = lambda e: 1e6 * e["step_s_med"] / 1024
busy_of = lambda e: 1e6 * e["cpu_s_min"] / 1024
items = lambda what: lambda e: 1e6 / e["items_s_best"] if e["what"] == what else {}["other"]
table = [ # label, unit, the peer and its figure, ours, the least ratio that is wanted
    ("ONNX Runtime, sparse form, batch 1", "us", "ort_sparse", lambda e: e["b1"]["p50_us_item"], "core", core(0), 5),
    ("ONNX Runtime, sparse form, batch 64", "us", "ort_sparse", lambda e: e["b64"]["p50_us_item"],
     "core", core(1), 2.5),
    ("ONNX Runtime, dense form, batch 1", "us", "ort_dense", lambda e: e["b1"]["p50_us"], "core", core(0), 300),
    ("ONNX Runtime, dense form, batch 64", "us", "ort_dense", lambda e: e["b64"]["med_ms"] * 1e3 / 64,
     "core", core(1), None),
    ("PyTorch EmbeddingBag, batch 1024", "us", "torch", items("embeddingbag"), "core", core(1), None),
    ("faiss IndexFlatIP, one query", "ms", "faiss", lambda e: e["one_ms"], "topk", lambda e: e["single_wall_ms"], 5),
    ("faiss IndexFlatIP, 64 queries", "ms", "faiss", lambda e: e["batch_ms"],
     "topk", lambda e: e["batch_64_wall_ms"], None),
    ("training a pair, PyTorch and Adam", "us", "torch_train", step_of, "train", step_of, 5),
    ("  the same, processor time", "us", "torch_train", busy_of, "train", busy_of, None),
]
print(f"{'one thread, medians':38} {'peer':>10} {'ours':>10} {'ratio':>7} {'wanted':>7}")
for label, unit, peer, theirs, us, ours, wanted in table:
    them, we = median(peer, theirs), median(us, ours)
    if them is None or we is None:
        print(f"{label:38} {'left out':>10}")
    else:
        print(f"{label:38} {them:7.2f} {unit} {we:7.2f} {unit} {them / we:7.1f} {wanted or '':>7}")
