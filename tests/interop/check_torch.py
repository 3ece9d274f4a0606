# SPDX-License-Identifier: MIT
"""Compares the PyTorch module with the core: check_torch.py CASES MODEL.pt, TAP.

CASES is what dense_cases wrote: dense features and the embeddings of the fp16 model."""
import json
import sys

import numpy
import torch
from two_tower import TwoTower

MOST = 1e-5  # cosine distance: the file has the fp32 weights, the core read the fp16 ones


def sparse(dense):
    """[N][rows] -> (rows, weights), both [N][L]."""
    length = max(1, int((dense != 0).sum(1).max()))
    rows = numpy.zeros((len(dense), length), numpy.int64)
    weights = numpy.zeros((len(dense), length), numpy.float32)
    for n, line in enumerate(dense):
        (at,) = line.nonzero()
        rows[n, : len(at)], weights[n, : len(at)] = at, line[at]
    return torch.from_numpy(rows), torch.from_numpy(weights)


def embed(model, case, folder):
    table = model.table.weight.shape[0]
    features = numpy.fromfile(f"{folder}/{case['in']}", "<f4").reshape(case["rows"], case["width"])
    bags = [sparse(features[:, b * table : (b + 1) * table]) for b in range(case["width"] // table)]
    numerics = torch.from_numpy(features[:, len(bags) * table :].copy())
    if case["output"] == "item_embedding":
        return model.item_tower(bags[0], numerics)
    return model.user_tower(bags, numerics)


def main(folder, path):
    model = TwoTower.load(path)
    failed = False
    cases = json.load(open(f"{folder}/cases.json"))
    for number, case in enumerate(cases, 1):
        with torch.no_grad():
            ours = embed(model, case, folder).double().numpy()
        core = numpy.fromfile(f"{folder}/{case['out']}", "<f4").reshape(ours.shape).astype(float)
        distance = 1 - (ours * core).sum(1) / numpy.sqrt((ours**2).sum(1) * (core**2).sum(1))
        # A row without any feature has no embedding here.
        worst = float(numpy.abs(distance[(core != 0).any(1)]).max())
        good = worst <= MOST and (core != 0).any(1).sum() > len(core) // 2
        failed = failed or not good
        print(f"{'ok' if good else 'not ok'} {number} - PyTorch computes {case['output']}: {worst:.1e}")
    print(f"1..{len(cases)}")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
