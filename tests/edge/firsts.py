# SPDX-License-Identifier: MIT
"""What tests/edge/first.mjs measured, one process a line on standard input:

    firsts.py least        the fewest milliseconds of a first embedding without its database
    firsts.py table SIZE   medians, with a model of SIZE bytes"""
import json
import statistics
import sys


def least(runs):
    firsts = [run["first"] for run in runs if run["how"] == "started"]
    print(round(min(first["ms"] - first["database"] for first in firsts)))


def table(runs, size):
    print(f"embed-user, a model of {int(size) / 1e6:.1f} MB, "
          f"medians of {len(runs) // 2} processes; 30 ms wanted once started")
    for how in "started", "cold":
        def median(pick):
            return statistics.median(pick(run) for run in runs if run["how"] == how)
        ms, database = median(lambda run: run["first"]["ms"]), median(lambda run: run["first"]["database"])
        own = median(lambda run: run["first"]["ms"] - run["first"]["database"])
        later = median(lambda run: run["later"]["ms"])
        before, after = median(lambda run: run["before"]), median(lambda run: run["after"])
        print(f"{how}: first embedding {ms:.1f} ms (database {database:.1f}, "
              f"the function {own:.1f}), the 21st {later:.1f} ms; "
              f"memory {before:.0f} MB before, {after:.0f} MB after")


{"least": least, "table": table}[sys.argv[1]]([json.loads(line) for line in sys.stdin], *sys.argv[2:])
