# SPDX-License-Identifier: MIT
"""The Python port at its edges, in TAP: check_python.py MODEL"""
import sys
import tempfile
import threading

import numpy

import twotower

path = sys.argv[1]
count = 0


def check(name, passed):
    global count
    count += 1
    print(f"{'ok' if passed else 'not ok'} {count} - {name}", flush=True)


def refused(kind, call, *wanted):
    try:
        call()
    except kind as error:
        return all(word in str(error) for word in wanted)
    return False


def cut(length):
    with open(path, "rb") as file, tempfile.NamedTemporaryFile() as short:
        short.write(file.read(length))
        short.flush()
        twotower.Model(short.name)


model = twotower.Model(path, verify=True)
rng = numpy.random.default_rng(3)
video = {"id": "x", "tags": ["comedy", "drama"], "numerics": {"price": None}}
check("a model says what it has", model.towers == ["user", "item"] and model.dim == 32)
check(
    "a property is read, an absent one is None",
    model.property("twotower.schema") is not None and model.property("absent") is None,
)
check("a cut file is refused with its byte", refused(twotower.Error, lambda: cut(1000), "byte"))
check("a missing file is the system's error", refused(OSError, lambda: twotower.Model("absent.onnx")))
check("another tower is refused", refused(ValueError, lambda: model.encode("video", []), "'video'"))
one = model.embed(model.encode("item", [video]))
check("an embedding has unit length", abs(float((one[0].astype(numpy.float64) ** 2).sum()) - 1) < 1e-6)
many = model.embed(model.encode("item", [video] * 130))
check("a batch has the bits of a row", all((row == one[0]).all() for row in many))
check("`out` is filled and returned", model.embed(model.encode("item", [video]), out=many[:1]).base is not None)
check(
    "`out` of another shape is refused",
    refused(ValueError, lambda: model.embed(model.encode("item", [video]), out=many), "[1, 32]"),
)
check(
    "features of another model are refused",
    refused(ValueError, lambda: twotower.Model(path).embed(model.encode("item", [video])), "another model"),
)
check("no rows give no rows", model.embed(model.encode("user", [])).shape == (0, 32))
dense = numpy.zeros((2, model.features("item")), numpy.float32)
dense[:, :3] = 1
sparse_like = model.embed_dense("item", dense)
check("dense features are taken", sparse_like.shape == (2, 32) and (sparse_like[0] == sparse_like[1]).all())
check(
    "dense features of another width are refused",
    refused(ValueError, lambda: model.embed_dense("item", dense[:, 1:]), str(model.features("item"))),
)
dense[1, 0] = numpy.nan
check("a row that is not finite is named", refused(twotower.Error, lambda: model.embed_dense("item", dense), "row 1"))

catalogue = rng.standard_normal((1000, 128)).astype(numpy.float16)
query = rng.standard_normal(128).astype(numpy.float32)
index, score = twotower.topk(catalogue, query, 10, exclude=[5, 1])
exact = catalogue.astype(numpy.float32) @ query
exact[[5, 1]] = -numpy.inf
check("topk finds what numpy finds", (index == numpy.argsort(-exact, kind="stable")[:10]).all())
check("dot gives the score of topk", all(twotower.dot(catalogue, query, i) == s for i, s in zip(index, score)))
check(
    "a catalogue of doubles is refused",
    refused(ValueError, lambda: twotower.topk(exact[:, None].astype(numpy.float64), query, 1), "float16"),
)
check("more hits than rows are the rows", len(twotower.topk(catalogue[:3], query, 10)[0]) == 3)
check("the hash is that of the core", twotower.hash(0, "tag", "comedy") != twotower.hash(1, "tag", "comedy"))

right = {"tags": ["comedy"]}
for row, said in (
    ({"like": [right]}, ("row 1: 'like'", "disliked, liked, neutral, numerics")),
    ({"liked": [right, {"tag": ["comedy"]}]}, ("row 1, liked[1]: 'tag'", "tags")),
    ({"liked": [right], "numerics": {"mean_star": 4}}, ("row 1, numerics: 'mean_star'", "mean_stars")),
    ({"liked": [{"tags\0": ["comedy"]}]}, ("row 1, liked[0]: 'tags",)),
):
    rows = [{"liked": [right]}, row]
    no = refused(ValueError, lambda: model.encode("user", rows, strict=True), *said)
    check(f"strict refuses a name: {said[0]}", no)
    check(f"else it is counted: {said[0]}", model.encode("user", rows).counts["fields_unknown"] == 1)
whole = {"user_id": "u", "as_of": None, "liked": [{**right, "title": "x"}], "numerics": {"hour_sin": 1}}
check("rows of the database are not refused", model.encode("user", [whole], strict=True).counts["fields_unknown"] == 0)
for row, said in (
    ({"liked": right}, "row 0, liked: a list of items"),
    ({"liked": [None]}, "row 0, liked[0]: an item"),
    ({"liked": [{"tags": {"comedy": 1}}]}, "row 0, liked[0], tags: a string or a list of strings"),
    ({"liked": [{"tags": ["comedy", 5]}]}, "row 0, liked[0], tags: a string or a list of strings"),
    ({"liked": [{"id": 5}]}, "row 0, liked[0], id: a string"),
    ({"numerics": {"mean_stars": "4"}}, "row 0, numerics.mean_stars: a number or None"),
    ({"numerics": [4]}, "row 0, numerics: a dict"),
    ([right], "row 0: a dict"),
):
    check(f"a wrong type is refused: {said}", refused(TypeError, lambda: model.encode("user", [row]), said))

wrong = []


def work():
    for _ in range(200):
        if not (model.embed(model.encode("item", [video]))[0] == one[0]).all():
            wrong.append(1)


threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
check("threads share a model", not wrong)
print(f"1..{count}")
