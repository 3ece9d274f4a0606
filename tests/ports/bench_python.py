# SPDX-License-Identifier: MIT
"""What a call costs beside the embedding itself: bench_python.py MODEL"""
import sys
import time

import numpy

import twotower


def median_us(call, turns=2000):
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return sorted(times)[turns // 2] * 1e6


model = twotower.Model(sys.argv[1])
rows = model.encode("item", [{"id": str(i), "tags": ["comedy", "drama"]} for i in range(64)])
none = model.encode("item", [])
out, empty = numpy.empty((64, model.dim), numpy.float32), numpy.empty((0, model.dim), numpy.float32)
print(f"Python: a batch of 64 takes {median_us(lambda: model.embed(rows, out)):.1f} us, "
      f"the call itself {median_us(lambda: model.embed(none, empty)):.1f} us")
