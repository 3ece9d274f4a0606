# SPDX-License-Identifier: MIT
"""The digests of tests/interop/embed_rows.c through the Python port: embed_rows.py MODEL ROWS.  Rows are embedded
64 at a time where all have an embedding, else one by one.
The third line are the counts; a row's "met" is what it must meet alone."""
import json
import sys

import numpy

import twotower


def mix(digest, raw):
    for byte in raw:
        digest = ((digest ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return digest


def embed(model, tower, rows):
    features = model.encode(tower, rows)
    digests = b"".join(int(features.digest(i), 16).to_bytes(8, "little") for i in range(len(rows)))
    try:
        return model.embed(features), digests, features.counts
    except twotower.Error as error:
        assert error.row is not None and "finite" in str(error), error
    vectors = numpy.zeros((len(rows), model.dim), numpy.float32)
    for i, row in enumerate(rows):
        try:
            model.embed(model.encode(tower, [row]), out=vectors[i : i + 1])
        except twotower.Error:
            vectors[i] = 0
    return vectors, digests, features.counts


def main():
    model = twotower.Model(sys.argv[1], verify=True)
    with open(sys.argv[2], encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    vectors = inputs = 0xCBF29CE484222325
    counts = dict.fromkeys(model.encode("item", []).counts, 0)
    at = 0
    while at < len(rows):
        tower, end = rows[at]["tower"], at
        while end < len(rows) and end < at + 64 and rows[end]["tower"] == tower:
            end += 1
        for i in range(at, end):
            if "met" in rows[i]:
                met = list(model.encode(tower, [rows[i]["row"]]).counts.values())[:3]
                assert met == rows[i]["met"], f"row {i} met {met}"
        out, digests, met = embed(model, tower, [row["row"] for row in rows[at:end]])
        vectors, inputs = mix(vectors, out.astype("<f4").tobytes()), mix(inputs, digests)
        counts = {name: count + met[name] for name, count in counts.items()}
        at = end
    print(f"{vectors:016x}\n{inputs:016x}\n{' '.join(map(str, counts.values()))}")


main()
