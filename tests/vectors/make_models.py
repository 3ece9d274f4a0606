# SPDX-License-Identifier: MIT
"""Writes the small models of this folder, their inputs and expected outputs: python3 make_models.py

Needs onnx and numpy.  The expectations are computed in float64, apart from the program."""
import json
import math
import os

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

random = np.random.default_rng(20261121)
ROWS = 5


def weights(*shape):
    return (random.standard_normal(shape) * 0.5).astype(np.float32)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs, [output], name=f"/{output}/{op}", **attributes)


def constant(name, value):
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(value)))


def unit(x):
    return x / np.sqrt((x * x).sum(1, keepdims=True))


def write(name, opset, nodes, tensors, inputs, outputs):
    """Writes a model with its input and output arrays; returns its entry of cases.json."""
    os.makedirs(name, exist_ok=True)

    def info(key, array):
        return helper.make_tensor_value_info(key, TensorProto.FLOAT, ["batch", array.shape[1]])

    graph = helper.make_graph(
        nodes,
        name,
        [info(key, array) for key, array in inputs.items()],
        [info(key, array) for key, array in outputs.items()],
        [numpy_helper.from_array(array, key) for key, array in tensors.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    model.ir_version = 8
    save(model, f"{name}/model.onnx")
    files = {"inputs": [], "outputs": []}
    for kind, short, arrays in (("inputs", "in", inputs), ("outputs", "out", outputs)):
        for key, array in arrays.items():
            path = f"{name}/{short}_{key}.bin"
            array.astype("<f4").tofile(path)
            files[kind].append(
                {"name": key, "file": path, "dtype": "float32", "shape": list(array.shape)}
            )
    return {"name": name, "model": f"{name}/model.onnx", "atol": 1e-6, **files}


def exported():
    """Two towers as PyTorch writes them: Gemm with transB, ReduceL2, Clip, Expand, Div; and a score."""
    nodes, tensors, inputs, outputs = [], {}, {}, {}
    for tower, width in (("user", 9), ("item", 6)):
        x = weights(ROWS, width)
        w1, b1, w2, b2 = weights(7, width), weights(7), weights(4, 7), weights(4)
        t = f"/{tower}"
        tensors |= {f"{t}/w1": w1, f"{t}/b1": b1, f"{t}/w2": w2, f"{t}/b2": b2}
        nodes += [
            node("Gemm", [f"{tower}_features", f"{t}/w1", f"{t}/b1"], f"{t}/h", transB=1),
            node("Relu", [f"{t}/h"], f"{t}/r"),
            node("Gemm", [f"{t}/r", f"{t}/w2", f"{t}/b2"], f"{t}/o", transB=1),
            node("ReduceL2", [f"{t}/o"], f"{t}/n0", axes=[1], keepdims=1),
            constant(f"{t}/floor", np.float32(1e-12)),
            node("Clip", [f"{t}/n0", f"{t}/floor"], f"{t}/n1"),
            node("Shape", [f"{t}/o"], f"{t}/shape"),
            node("Expand", [f"{t}/n1", f"{t}/shape"], f"{t}/n"),
            node("Div", [f"{t}/o", f"{t}/n"], f"{tower}_embedding"),
        ]
        inputs[f"{tower}_features"] = x
        hidden = np.maximum(x.astype(float) @ w1.T.astype(float) + b1, 0)
        outputs[f"{tower}_embedding"] = unit(hidden @ w2.T.astype(float) + b2)
    nodes.append(node("Mul", ["user_embedding", "item_embedding"], "product"))
    outputs["product"] = outputs["user_embedding"] * outputs["item_embedding"]
    return write("exported", 13, nodes, tensors, inputs, outputs)


def by_hand():
    """Two inputs side by side, a GELU in small operators, a residual, x / sqrt(sum(x * x))."""
    left, right = weights(ROWS, 2), weights(ROWS, 4)
    w1, b1, w2 = weights(6, 3), weights(3), weights(3, 3)
    nodes = [
        node("Concat", ["numbers", "tags"], "x", axis=1),
        node("MatMul", ["x", "w1"], "p"),
        node("Add", ["p", "b1"], "h"),
        constant("root", np.float32(math.sqrt(2))),
        constant("one", np.float32(1)),
        constant("half", np.float32(0.5)),
        constant("axis", np.array([1], np.int64)),
        node("Div", ["h", "root"], "e0"),
        node("Erf", ["e0"], "e1"),
        node("Add", ["e1", "one"], "e2"),
        node("Mul", ["h", "e2"], "e3"),
        node("Mul", ["e3", "half"], "g"),
        node("MatMul", ["g", "w2"], "q"),
        node("Add", ["q", "g"], "o"),
        node("Mul", ["o", "o"], "s0"),
        node("ReduceSum", ["s0", "axis"], "s1", keepdims=1),
        node("Sqrt", ["s1"], "n"),
        node("Div", ["o", "n"], "item_embedding"),
    ]
    h = np.concatenate([left, right], 1).astype(float) @ w1 + b1
    g = h * (1 + np.vectorize(math.erf)(h / math.sqrt(2))) / 2
    return write(
        "by_hand",
        17,
        nodes,
        {"w1": w1, "b1": b1, "w2": w2},
        {"numbers": left, "tags": right},
        {"item_embedding": unit(g @ w2 + g)},
    )


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    with open("cases.json", "w") as file:
        json.dump({"cases": [exported(), by_hand()]}, file, indent=1)
        file.write("\n")
