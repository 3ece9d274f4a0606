# SPDX-License-Identifier: MIT
"""Reads the checkpoint of a training by the safetensors format: checkpoint.py header|rows FILE."""
import json
import struct
import sys


def equal(what, got, expected):
    if got != expected:
        sys.exit(f"{what}: {got}, expected {expected}")


def true(what, got, condition):
    if not condition:
        sys.exit(f"{what}: got {got}")


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    size = int.from_bytes(data[:8], "little")
    return json.loads(data[8:8 + size]), data[8 + size:]


def header(path):
    """It is what the format says."""
    tensors, data = read(path)
    about = tensors.pop("__metadata__")
    true("a step above 0", about["step"], int(about["step"]) > 0)
    equal("run_id", about["run_id"], "m")
    equal("digits of vocabulary_sha256", len(about["vocabulary_sha256"]), 64)
    true("options with seed=1", about["options"], "seed=1" in about["options"])
    end = 0
    for name, tensor in tensors.items():
        equal(f"first byte of {name}", tensor["data_offsets"][0], end)
        end = tensor["data_offsets"][1]
    equal("bytes of the arrays", len(data), end)
    wanted = {"weight.table", "average.table", "first_moment.table", "second_moment.table", "order"}
    equal("arrays that are missing", wanted - set(tensors), set())


def rows(path):
    """Some rows have not taken all steps, none has taken more."""
    tensors, data = read(path)
    step = int(tensors["__metadata__"]["step"])
    (count,), (begin, end) = tensors["table_steps"]["shape"], tensors["table_steps"]["data_offsets"]
    done = struct.unpack(f"<{count}I", data[begin:end])
    true("more than 65536 rows", count, count > 65536)
    equal("rows of weight.table", tensors["weight.table"]["shape"][0], count)
    equal("most steps of a row", max(done), step)
    true(f"fewest steps of a row below {step}", min(done), min(done) < step)


{"header": header, "rows": rows}[sys.argv[1]](sys.argv[2])
