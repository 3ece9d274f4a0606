#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that files of a run folder agree with each other:

    run_folder.py sizes RUN            vocabularies, segments and numbers
    run_folder.py token_rows RUN SHOP  the row of each token is the one that the model finds
"""
import csv
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from expect import holds, names_of, read  # noqa: E402


def murmur(data, seed):
    mask, h = 0xFFFFFFFF, seed

    def mix(k):
        k = k * 0xCC9E2D51 & mask
        return ((k << 15 | k >> 17) & mask) * 0x1B873593 & mask

    for i in range(0, len(data) // 4 * 4, 4):
        h ^= mix(int.from_bytes(data[i:i + 4], "little"))
        h = ((h << 13 | h >> 19) & mask) * 5 + 0xE6546B64 & mask
    if len(data) % 4:
        h ^= mix(int.from_bytes(data[len(data) // 4 * 4:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85EBCA6B & mask
    h = (h ^ h >> 13) * 0xC2B2AE35 & mask
    return h ^ h >> 16


def key_of(space, token, seed):
    data = f"{space}\x1f{token}".encode()
    return murmur(data, seed) << 32 | murmur(b"\x1f" + data, seed)


def sizes(run):
    meta, schema, normal, tags, people = (
        read(f"{run}/{name}.json") for name in
        ("model_meta", "feature_schema", "normalizer", "vocab_tag", "vocab_actress"))
    names = {"meta": meta, "tags": tags, "people": people, "token": schema.table.id_rows,
             "table": schema.table.id_rows + schema.table.token_rows}
    held = holds(names, ["meta.tag_vocab_size == meta.preferred_tag_vocab_size == len(tags.tokens) == tags.size > 50",
                         "meta.performer_vocab_size == len(people.tokens) == people.size > 50",
                         "{t.row for t in tags.tokens} & {t.row for t in people.tokens} == set()"])
    for vocabulary in (tags, people):
        held &= holds({**names, "rows": [t.row for t in vocabulary.tokens]},
                      ["increasing(rows)", "token <= rows[0]", "rows[-1] < table"])
    for tower, bags in (("user", ["liked", "neutral", "disliked"]), ("item", ["item"])):
        features = schema[f"{tower}_features"]
        segments = features.segments
        ends = [sum(s["size"] for s in segments[:n]) for n in range(len(segments) + 1)]
        held &= holds({**names, **names_of(features), "bags": bags, "ends": ends, "normal": normal[tower],
                       "dim": meta[f"{tower}_feature_dim"]}, [
            "[s.name for s in segments] == bags + ['numerics']",
            "[s.offset for s in segments] == ends[:-1]",
            "[s.size for s in segments] == [table if s.type == 'bag' else len(normal) for s in segments]",
            "ends[-1] == size == dim",
            "[(n.name, n.form) for n in numerics] == [(n.name, n.form) for n in normal]",
            "all(n.std > 0 and isinstance(n.mean, float) for n in normal)",
            "len(normal) >= 2"])
    return held


def token_keys(run, count):
    """The hashes of the tokens as the model holds them, in the order of their rows."""
    with open(f"{run}/two_tower_m1.onnx", "rb") as file:
        onnx = file.read()
    key = b"twotower.token_keys"
    assert onnx.count(key) == 1
    at, n = onnx.index(key) + len(key) + 1, 16 * count  # past the tag of the value
    while onnx[at] & 0x80:  # its length, a varint
        at += 1
    at += 1
    return [int(onnx[i:i + 16], 16) for i in range(at, at + n, 16)]


def token_rows(run, shop):
    schema = read(f"{run}/feature_schema.json")
    keys = token_keys(run, schema.table.token_rows)
    held = holds({"keys": keys}, ["increasing(keys)"])
    row_of = {key: row + schema.table.id_rows for row, key in enumerate(keys)}
    for name, table in (("vocab_tag", "video_tags"), ("vocab_actress", "video_performers")):
        vocabulary = read(f"{run}/{name}.json")
        with open(f"{shop}/{table}.csv", encoding="utf-8") as file:
            tokens = {row[1] for row in list(csv.reader(file))[1:]}
        rows = {token: row_of.get(key_of(vocabulary.space, token, schema.hash.seed))
                for token in tokens}
        held &= holds({"vocabulary": {t.token: t.row for t in vocabulary.tokens},
                       "model": {token: row for token, row in rows.items() if row is not None}},
                      ["len(model) > 50", "vocabulary == model"])
    return held


if __name__ == "__main__":
    sys.exit(0 if {"sizes": sizes, "token_rows": token_rows}[sys.argv[1]](*sys.argv[2:]) else 1)
