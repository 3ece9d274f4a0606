# SPDX-License-Identifier: MIT
"""faiss IndexFlatIP over 100,000 vectors of 128, one thread: medians of one query and of 64 at once."""
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
