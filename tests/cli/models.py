# SPDX-License-Identifier: MIT
"""Runs the cases of a folder of ONNX models: python3 models.py TWOTOWER DIR WORK.  Prints TAP.

Each model must give the expected numbers, or be refused with the node (or tensor) and the reason.
A case is one that must be read unless it stands in REFUSED."""
import json
import os
import re
import subprocess
import sys

import numpy as np

REFUSED = {
    "layernorm_op13",
    "layernorm_op17",
    "batchnorm_mid",
    "double",
    "score_only",
    "embeddingbag_loop",
    "external_one",
}


def run(program, folder, work, case):
    outputs = [one for one in case["outputs"] if "embedding" in one["name"]]
    outputs = outputs or case["outputs"]
    command = [program, "model", "run", f"{folder}/{case['model']}"]
    command += ["--rows", str(case["inputs"][0]["shape"][0])]
    for one in case["inputs"]:
        command += ["--input", f"{one['name']}={folder}/{one['file']}"]
    for one in outputs:
        command += ["--output", f"{one['name']}={work}/{one['name']}.bin"]
    return outputs, subprocess.run(command, capture_output=True, text=True, check=False)


def judge(program, folder, work, case):
    """Whether the case passes, and a sentence."""
    outputs, done = run(program, folder, work, case)
    if done.returncode == 3:
        named = re.search(r": (node \d+ \(\S+|'[^']+', byte)", done.stderr)
        expected = case["name"] in REFUSED
        return bool(named) and expected, done.stderr.strip().split("onnx: ", 1)[-1]
    if done.returncode or case["name"] in REFUSED:
        return False, f"exit status {done.returncode}: {done.stderr.strip()}"
    worst = 0.0
    for one in outputs:
        wanted = np.fromfile(f"{folder}/{one['file']}", one["dtype"]).astype(float)
        got = np.fromfile(f"{work}/{one['name']}.bin", one["dtype"]).astype(float)
        if wanted.shape != got.shape or not np.isfinite(got).all():
            return False, f"{one['name']}: {got.size} numbers, or not finite ones"
        worst = max(worst, float(np.abs(wanted - got).max()))
    return worst <= case["atol"], f"max difference {worst:.2e}, at most {case['atol']}"


def main(program, folder, work):
    with open(os.path.join(folder, "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    failed = not cases
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        passed, why = judge(program, folder, work, case)
        failed = failed or not passed
        print(f"{'ok' if passed else 'not ok'} {number} - {case['name']}: {why}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
