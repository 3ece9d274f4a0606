#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# cost.py TWOTOWER: processor time and peak memory of each step on the default catalogue of synth.
import os
import sys
import tempfile

program = os.path.abspath(sys.argv[1])
STEPS = [
    ("synth", "synth --out shop"),
    ("prep", "prep --mode reviews --input shop/reviews.csv --db-url file:shop"),
    ("train", "train --threads 1"),
    ("eval", "eval --threads 1"),
    ("embed videos", "embed videos --db-url file:shop"),
    ("embed users", "embed users --db-url file:shop --min-interactions 1"),
    ("recommend", "recommend --db-url file:shop --users 1"),
]


def run(words):
    child = os.fork()
    if child == 0:
        quiet = os.open("output", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.execv(program, [program] + words)
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(open("output").read() + "twotower " + " ".join(words) + ": it failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    print("| step | processor time | peak memory |\n|---|---|---|")
    for name, line in STEPS:
        seconds, megabytes = run(line.split())
        print(f"| {name} | {seconds:.2f} s | {megabytes:.0f} MB |", flush=True)
