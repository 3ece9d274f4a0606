# SPDX-License-Identifier: MIT
"""One row of the table of make quality: quality_row.py TRAINED.json JUDGED.json [--cold]."""
import json
import sys

with open(sys.argv[1]) as file:
    trained = json.load(file)
with open(sys.argv[2]) as file:
    judged = json.load(file)
if sys.argv[3:] == ["--cold"]:
    judged = judged["cold"]
names = ("recall@20", "map@20")
print(*(judged["metrics"][name] for name in names), trained["seconds"], trained["training_seconds"],
      trained["peak_memory_mb"], *(judged["tag_count"][name] for name in names if "tag_count" in judged))
