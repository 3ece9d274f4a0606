# SPDX-License-Identifier: MIT
"""Rows of tests/ports/make_rows.py for targets without a JSON reader: pack_rows.py <rows.jsonl >rows.

A row is its length, 'u' or
'i', then what the encoder is told: 'i' a bag; 'l' a field, a count, as many tokens; 'n' a field and a float.
Everything is 32 bits, little-endian; texts are their length, their bytes and a 0."""
import json
import struct
import sys


def word(value):
    return struct.pack("<I", value)


def text(value):
    raw = value.encode("utf-8")
    return word(len(raw)) + raw + b"\0"


def item(fields):
    for name, value in fields.items():
        tokens = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        if tokens:
            yield word(ord("l")) + text(name) + word(len(tokens)) + b"".join(map(text, tokens))


for line in sys.stdin:
    document = json.loads(line)
    row, parts = document["row"], [word(ord(document["tower"][0]))]
    if document["tower"] == "item":
        parts += item(row)
    else:
        for bag, name in enumerate(("liked", "neutral", "disliked")):
            for one in row[name]:
                parts += [word(ord("i")) + word(bag), *item(one)]
    for name, value in row["numerics"].items() if "numerics" in row else ():
        if value is not None:
            parts.append(word(ord("n")) + text(name) + struct.pack("<f", value))
    packed = b"".join(parts)
    sys.stdout.buffer.write(word(len(packed)) + packed)
