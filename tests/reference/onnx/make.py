#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the ONNX files beside it, with Debian's python3-torch and python3-onnx:

NAME.onnx   what PyTorch's exporter writes for a module, or a graph of a few nodes
NAME.json   the same network as a network file, where it has one that can be written down: weights as the fractions that they are
bad/NAME.onnx, bad/messages.txt   files that are refused, and a part of the sentence

    make.py FOLDER [OPSET]     (OPSET for the modules, 13 when not given)
"""
import json
import os
import sys
from fractions import Fraction

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

folder = sys.argv[1]
opset = int(sys.argv[2]) if len(sys.argv) > 2 else 13
torch.manual_seed(7)
os.makedirs(os.path.join(folder, "bad"), exist_ok=True)

# ---- modules -------------------------------------------------------------------------------------


class Quadratic(nn.Module):
    """(wr x + br)(wg x + bg) + wb x^2 + c, with the square written in one of three ways."""

    def __init__(self, n, m, way):
        super().__init__()
        self.r, self.g, self.b = nn.Linear(n, m), nn.Linear(n, m), nn.Linear(n, m)
        self.way = way

    def forward(self, x):
        square = {"**": lambda: x**2, "pow": lambda: torch.pow(x, 2.0), "x*x": lambda: x * x}[self.way]()
        return self.r(x) * self.g(x) + self.b(square)


class ProductLinear(nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.r, self.g, self.w = nn.Linear(n, m, bias=False), nn.Linear(n, m, bias=False), nn.Linear(n, m)

    def forward(self, x):
        return self.r(x) * self.g(x) + self.w(x)


class Square(nn.Module):
    def forward(self, x):
        return x**2


class Residual(nn.Module):
    """relu(x + b(relu(a(x)))), twice, between two linear layers."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(2, 3), nn.Linear(3, 1)
        self.a = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])
        self.b = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])

    def forward(self, x):
        x = torch.relu(self.first(x))
        for a, b in zip(self.a, self.b):
            x = torch.relu(x + b(torch.relu(a(x))))
        return self.last(x)


class Normalised(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, -0.25]))
        self.register_buffer("std", torch.tensor([2.0, 0.5]))
        self.net = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 1))

    def forward(self, x):
        return self.net((x - self.mean) / self.std)


class Convolution(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 2, 3, padding=1, stride=2), nn.Conv2d(2, 2, 2, groups=2, bias=False)
        self.pool, self.out = nn.AvgPool2d(2, stride=1, padding=1), nn.Linear(18, 2)

    def forward(self, x):
        x = torch.relu(self.c1(x))
        return self.out(torch.flatten(self.pool(torch.relu(self.c2(x))), 1))


class Odds(nn.Module):
    """What switches otherwise: PReLU, ReLU6, maxima, max-pooling; concatenation, slices, means, padding."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.p = nn.Linear(2, 8), nn.Linear(8, 2), nn.PReLU(8)
        self.p.weight.data = torch.linspace(0, 1, 8)
        self.pool = nn.MaxPool1d(2, stride=1, padding=1)

    def forward(self, x):
        y = self.p(self.a(x))
        z = nn.functional.relu6(4 * y[:, 2:]) + y[:, :6].mean(dim=1, keepdim=True)
        m = self.pool(torch.cat([z, y], dim=1).unsqueeze(1)).squeeze(1)
        m = torch.maximum(m[:, :8], nn.functional.pad(m, (-7, 0)))
        return self.b(torch.minimum(m, y.clamp(-1.0, 1.0)))


class Dense(nn.Module):
    """Every layer reads all before it."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(2, 3), nn.Linear(5, 3), nn.Linear(8, 1)

    def forward(self, x):
        x = torch.cat([x, torch.relu(self.a(x))], 1)
        x = torch.cat([x, torch.abs(self.b(x))], 1)
        return self.c(x) ** 3


def seq(*layers):
    return nn.Sequential(*layers)


modules = {
    "mlp": (seq(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1)), (1, 2)),
    "leaky": (seq(nn.Linear(1, 5), nn.LeakyReLU(0.125), nn.Linear(5, 4, bias=False), nn.LeakyReLU(), nn.Linear(4, 2)), (1, 1)),
    "quadratic": (seq(Quadratic(2, 3, "**"), nn.ReLU(), Quadratic(3, 2, "pow"), nn.ReLU(), nn.Linear(2, 1)), (1, 2)),
    "quadratic1": (seq(Quadratic(1, 4, "x*x"), nn.ReLU(), nn.Linear(4, 1)), (1, 1)),
    "product_linear": (seq(ProductLinear(2, 3), nn.ReLU(), nn.Linear(3, 1)), (1, 2)),
    "square": (seq(nn.Linear(2, 3), Square(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1), nn.Softmax(dim=1)), (1, 2)),
    "residual": (Residual(), (1, 2)),
    "normalised": (Normalised(), (1, 2)),
    "convolution": (Convolution(), (1, 1, 5, 5)),
    "odds": (Odds(), (1, 2)),
    "dense": (Dense(), (1, 2)),
}


def save(name, module, shape):
    for p in module.parameters():  # weights of a few digits: files and answers stay short
        p.data = torch.round(p.data * 16) / 16
    axes = {"x": {0: "batch"}} if name == "mlp" else None
    torch.onnx.export(module.eval(), torch.zeros(shape), os.path.join(folder, name + ".onnx"), opset_version=opset, input_names=["x"],
                      output_names=["y"], dynamic_axes=axes)


# ---- the same as network files -------------------------------------------------------------------


def numbers(t):
    a = t.detach().double().numpy()
    return [str(Fraction(float(v))) for v in a] if a.ndim == 1 else [[str(Fraction(float(v))) for v in row] for row in a]


def linear(layer, act, **more):
    bias = numbers(layer.bias) if layer.bias is not None else ["0"] * layer.out_features
    return dict({"kind": "linear", "activation": act, "w": numbers(layer.weight), "b": bias}, **more)


def quadratic(layer, act):
    return {"kind": "quadratic", "activation": act, "wr": numbers(layer.r.weight), "br": numbers(layer.r.bias), "wg": numbers(layer.g.weight),
            "bg": numbers(layer.g.bias), "wb": numbers(layer.b.weight), "c": numbers(layer.b.bias)}


def product_linear(layer, act):
    return {"kind": "product_linear", "activation": act, "wr": numbers(layer.r.weight), "wg": numbers(layer.g.weight),
            "w": numbers(layer.w.weight), "b": numbers(layer.w.bias)}


def unit(act, entries, b=0):
    return {"activation": act, "linear": [[i, str(c)] for i, c in sorted(entries.items()) if c != 0], "b": str(b)}


def rows(layer, act, shift=0):
    """A linear layer as sparse units that read from input `shift` on."""
    w, b = layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy()
    return [unit(act, {shift + j: Fraction(w[i, j]) for j in range(w.shape[1])}, Fraction(b[i])) for i in range(w.shape[0])]


def carry(places):
    return [unit("identity", {p: 1}) for p in places]


def residual(m):
    layers = [linear(m.first, "relu")]
    for a, b in zip(m.a, m.b):
        layers.append({"kind": "sparse", "units": rows(a, "relu") + carry(range(3))})
        second = rows(b, "relu")
        for i, u in enumerate(second):
            u["linear"].append([3 + i, "1"])
        layers.append({"kind": "sparse", "units": second})
    return layers + [linear(m.last, "identity")]


def affine_rows(f, n, act):
    """Units of an affine map R^n -> R^m, found by its values at 0 and at the unit vectors; f maps lists of fractions exactly."""
    zero = f([Fraction(0)] * n)
    columns = [f([Fraction(int(i == j)) for i in range(n)]) for j in range(n)]
    return [unit(act, {j: columns[j][i] - zero[i] for j in range(n)}, zero[i]) for i in range(len(zero))]


def conv2d(layer, side):
    w = layer.weight.detach().double().numpy()
    stride, pad, groups = layer.stride[0], layer.padding[0], layer.groups
    size = (side + 2 * pad - w.shape[2]) // stride + 1

    def f(x):
        out = []
        for c in range(w.shape[0]):
            first = c // (w.shape[0] // groups) * w.shape[1]
            for i in range(size):
                for j in range(size):
                    s = Fraction(float(layer.bias[c])) if layer.bias is not None else Fraction(0)
                    for q in range(w.shape[1]):
                        for k in range(w.shape[2]):
                            for l in range(w.shape[3]):
                                r, t = i * stride - pad + k, j * stride - pad + l
                                if 0 <= r < side and 0 <= t < side:
                                    s += Fraction(float(w[c, q, k, l])) * x[((first + q) * side + r) * side + t]
                    out.append(s)
        return out

    return f, size


def convolution(m):
    f1, s1 = conv2d(m.c1, 5)
    f2, s2 = conv2d(m.c2, s1)
    w, b = m.out.weight.detach().double().numpy(), m.out.bias.detach().double().numpy()

    def tail(x):  # windows of 2 x 2 with padding 1, counted; then the linear layer
        side, pooled = s2, []
        for c in range(2):
            for i in range(side + 1):
                for j in range(side + 1):
                    inside = [(r, t) for r in (i - 1, i) for t in (j - 1, j) if 0 <= r < side and 0 <= t < side]
                    pooled.append(sum((x[(c * side + r) * side + t] for r, t in inside), Fraction(0)) / 4)
        return [sum((Fraction(w[o, k]) * pooled[k] for k in range(len(pooled))), Fraction(b[o])) for o in range(w.shape[0])]

    return [{"kind": "sparse", "units": affine_rows(f1, 25, "relu")}, {"kind": "sparse", "units": affine_rows(f2, 2 * s1 * s1, "relu")},
            {"kind": "sparse", "units": affine_rows(tail, 2 * s2 * s2, "identity")}]


def normalised(m):
    mean, std = [[Fraction(float(v)) for v in t] for t in (m.mean, m.std)]
    w, b = m.net[0].weight.detach().double().numpy(), m.net[0].bias.detach().double().numpy()
    first = {"kind": "linear", "activation": "relu",
             "w": [[str(Fraction(w[i, j]) / std[j]) for j in range(2)] for i in range(5)],
             "b": [str(Fraction(b[i]) - sum(Fraction(w[i, j]) * mean[j] / std[j] for j in range(2))) for i in range(5)]}
    return [first, linear(m.net[2], "identity")]


def layers_of(name, m):
    if name == "mlp":
        return [linear(m[0], "relu"), linear(m[2], "relu"), linear(m[4], "identity")]
    if name == "leaky":
        slope = str(Fraction(float(np.float32(0.01))))
        return [linear(m[0], "leaky_relu", slope="1/8"), linear(m[2], "leaky_relu", slope=slope), linear(m[4], "identity")]
    if name == "quadratic":
        return [quadratic(m[0], "relu"), quadratic(m[2], "relu"), linear(m[4], "identity")]
    if name == "quadratic1":
        return [quadratic(m[0], "relu"), linear(m[2], "identity")]
    if name == "product_linear":
        return [product_linear(m[0], "relu"), linear(m[2], "identity")]
    if name == "square":
        return [linear(m[0], "square"), linear(m[2], "relu"), linear(m[4], "identity")]
    return {"residual": residual, "normalised": normalised, "convolution": convolution}[name](m)


for name, (module, shape) in modules.items():
    save(name, module, shape)
    if name not in ("odds", "dense"):
        inputs = int(np.prod(shape))
        with open(os.path.join(folder, name + ".json"), "w") as f:
            f.write('{"input_dim": %d, "layers": [\n' % inputs + ",\n".join(json.dumps(layer) for layer in layers_of(name, module)) + "]}\n")

# ---- graphs of a few nodes -----------------------------------------------------------------------


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def array(name, a, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(a, dtype=dtype), name)


def model(nodes, constants, inputs=(("x", [1, 4]),), outputs=("y",), version=13):
    graph = helper.make_graph(nodes, "g", [value(n, s) for n, s in inputs], [value(o, None) for o in outputs], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=7, producer_name="")


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, name=op.lower(), **attributes)


def bfloat16(name, a):
    bits = (np.asarray(a, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)
    t = TensorProto(name=name, data_type=TensorProto.BFLOAT16, raw_data=bits.tobytes())
    t.dims.extend(np.shape(a))
    return t


w = np.array([[1, -2, 3, 0.5], [0.1, 0.2, -0.3, 1], [2, 1, 0, -1]])
graphs = {
    "types": model([node("Gemm", ["x", "half", "b"], ["h"], transB=1, alpha=0.5, beta=3.0), node("Relu", ["h"], ["r"]),
                    node("Cast", ["brain"], ["wide"], to=TensorProto.FLOAT), node("MatMul", ["r", "wide"], ["m"]),
                    node("Cast", ["double"], ["single"], to=TensorProto.FLOAT), node("Add", ["m", "single"], ["y"])],
                   [array("half", w, np.float16), array("b", [0.1, -1, 2]), bfloat16("brain", [[1.0], [-0.3359375], [3.0]]),
                    array("double", [[0.1]], np.float64)]),
    "moves": model([node("Reshape", ["x", "two"], ["m"]), node("Transpose", ["m"], ["t"], perm=[1, 0]), node("Abs", ["t"], ["a"]),
                    node("Slice", ["a", "starts", "ends", "axes", "steps"], ["s"]), node("Split", ["a"], ["p", "q"], axis=0),
                    node("Concat", ["s", "p", "q"], ["c"], axis=0), node("Gather", ["c", "which"], ["g"], axis=0),
                    node("ReduceSum", ["g", "last"], ["sum"], keepdims=0), node("ReduceMean", ["c"], ["mean"], axes=[0], keepdims=1),
                    node("Expand", ["mean", "shape"], ["e"]), node("Pad", ["e", "pads", "fill"], ["padded"]), node("Neg", ["padded"], ["n"]),
                    node("Squeeze", ["sum"], ["flat"]), node("MatMul", ["flat", "n"], ["row"]), node("Unsqueeze", ["row", "first"], ["y"])],
                   [array("two", [2, -1], np.int64), array("starts", [-1], np.int64), array("ends", [-9], np.int64), array("axes", [0], np.int64),
                    array("steps", [-1], np.int64), array("which", [[3, -1, 0]], np.int64), array("last", [-1], np.int64),
                    array("shape", [2, 2], np.int64), array("pads", [1, 0, 0, 0], np.int64), array("fill", 2.5), array("first", [0], np.int64)]),
    "bilinear": model([node("MatMul", ["x", "a"], ["xa"]), node("Transpose", ["x"], ["xt"]), node("MatMul", ["xa", "xt"], ["q"]),
                       node("Relu", ["q"], ["r"]), node("Mul", ["r", "r"], ["rr"]), node("Mul", ["rr", "r"], ["rrr"]), node("Sub", ["rrr", "q"], ["y"])],
                      [array("a", np.arange(16).reshape(4, 4) % 5 - 2)]),
    "shapes": model([node("Shape", ["x"], ["n"], start=-1), node("Shape", ["x"], ["m"], start=0, end=1), node("Max", ["n", "m", "three"], ["k"]),
                     node("Div", ["k", "three"], ["i"]), node("Cast", ["i"], ["f"], to=TensorProto.FLOAT), node("Mul", ["x", "f"], ["z"]),
                     node("ReduceSum", ["z"], ["s"], noop_with_empty_axes=1), node("Clip", ["s", "zero", "most"], ["y"])],
                    [array("three", [3], np.int64), array("zero", 0), array("most", np.finfo(np.float32).max)], version=15),
}
for name, m in graphs.items():
    onnx.save(m, os.path.join(folder, name + ".onnx"))

# ---- what is refused -----------------------------------------------------------------------------

one = [array("w", np.ones((4, 2)))]
relu = [node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["y"])]
wrong = array("w", np.ones((4, 2)))
wrong.dims[0] = 5
outside = array("w", np.ones((4, 2)))
outside.ClearField("raw_data")
outside.data_location = TensorProto.EXTERNAL
outside.external_data.add(key="location", value="weights.bin")
huge = array("w", np.ones((4, 2)))
huge.dims[0] = 2**32
nan = array("w", [[1, 2], [3, 4], [5, float("nan")], [7, 8]])
strings = TensorProto(name="w", data_type=TensorProto.STRING, dims=[1], string_data=[b"a"])


def single(op, more=(), constants=(), **attributes):
    return model([node(op, ["x", *more], ["y"], **attributes)], list(constants))


bn = [array(n, np.ones(4)) for n in ("scale", "bias", "mean", "var")]
bad = {
    "cycle": (model([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"], ["y"])], []), "the graph has a cycle: node"),
    "nothing-makes": (model([node("Add", ["x", "z"], ["y"])], []), "node 1 'add' (Add) reads 'z', which nothing makes"),
    "twice": (model([node("Relu", ["x"], ["y"]), node("Abs", ["x"], ["y"])], []), "the graph makes 'y' twice"),
    "size": (model(relu, [wrong]), "the initialiser 'w' has 32 bytes, expected 40 for the shape (5, 2)"),
    "external": (model(relu, [outside]), "the initialiser 'w' keeps its data in another file, 'weights.bin'"),
    "nan": (model(relu, [nan]), "entry 5 of the initialiser 'w', from 0, is NaN"),
    "strings": (model(relu, [strings]), "the initialiser 'w' has entries of ONNX's type 8"),
    "inputs": (model([node("Add", ["x", "z"], ["y"])], [], inputs=(("x", [1, 4]), ("z", [1, 4]))), "the graph has 2 inputs, 'x', 'z'"),
    "outputs": (model(relu, one, outputs=("y", "h")), "the graph has 2 outputs, 'y', 'h'"),
    "open": (model(relu, one, inputs=(("x", ["n", "m"]),)), "axis 1 of the input 'x' has no fixed size ('m')"),
    "batch": (model(relu, one, inputs=(("x", [3, 4]),)), "the input 'x' is a batch of 3"),
    "no-shape": (model(relu, one, inputs=(("x", None),)), "the input 'x' has no shape"),
    "integers": (model([node("Relu", ["x"], ["y"])], []), "the input 'x' has ONNX's type 7"),
    "constant-output": (model([node("Relu", ["w"], ["y"])], one), "the output 'y' does not depend on the input"),
    "sigmoid": (single("Sigmoid"), "node 1 'sigmoid' (Sigmoid): it is no piecewise polynomial"),
    "gelu": (model([node("Erf", ["x"], ["e"]), node("Mul", ["e", "x"], ["y"])], []), "node 1 'erf' (Erf)"),
    "softmax-inside": (model([node("Softmax", ["x"], ["s"]), node("Relu", ["s"], ["y"])], []), "node 1 'softmax' (Softmax)"),
    "batchnorm": (single("BatchNormalization", ["scale", "bias", "mean", "var"], bn), "fuse_linear_bn_eval(linear.eval(), bn.eval())"),
    "unknown": (single("Mod"), "node 1 'mod' (Mod): this operator is not read"),
    "custom": (model([helper.make_node("Relu", ["x"], ["y"], name="mine", domain="com.example")], []), "found an operator of 'com.example'"),
    "matmul": (model([node("MatMul", ["x", "w"], ["y"])], [array("w", np.ones((3, 2)))]), "found 4 columns and 3 rows"),
    "gemm": (model([node("Gemm", ["x", "w", "c"], ["y"])], one + [array("c", np.ones(3))]), "the shape of its third input does not fit"),
    "add": (model([node("Add", ["x", "w"], ["y"])], [array("w", np.ones((1, 3)))]), "found the shapes (1, 4) and (1, 3), which do not fit"),
    "div": (model([node("Div", ["w", "x"], ["y"])], [array("w", np.ones((1, 4)))]), "division by computed values is no polynomial"),
    "div-zero": (model([node("Div", ["x", "w"], ["y"])], [array("w", np.zeros((1, 4)))]), "it divides by 0"),
    "pow": (model([node("Pow", ["x", "w"], ["y"])], [array("w", 0.5)]), "found the exponent 0.5, expected an integer from 1"),
    "pow-computed": (model([node("Pow", ["x", "x"], ["y"])], []), "its input 2 is computed; expected a constant exponent"),
    "clip": (model([node("Clip", ["x", "lo", "hi"], ["y"])], [array("lo", 2.0), array("hi", 1.0)]), "its lower bound is above its upper one"),
    "equal": (model([node("Equal", ["x", "x"], ["y"])], []), "a comparison of computed values is no continuous function"),
    "where": (model([node("Where", ["x", "x", "x"], ["y"])], []), "a choice by computed values is no continuous function"),
    "cast": (single("Cast", to=TensorProto.INT64), "it makes integers of computed values"),
    "dropout": (model([node("Dropout", ["x", "r", "t"], ["y"])], [array("r", 0.5), array("t", True, np.bool_)]), "export with model.eval()"),
    "reshape": (model([node("Reshape", ["x", "s"], ["y"])], [array("s", [3], np.int64)]), "its input has 4 entries, the shape that is asked for 3"),
    "transpose": (single("Transpose", perm=[0, 0]), "found no permutation of its 2 axes"),
    "axis": (single("Concat", axis=2), "found the axis 2 of a tensor of 2 dimensions"),
    "gather": (model([node("Gather", ["x", "i"], ["y"], axis=1)], [array("i", [4], np.int64)]), "there is no entry 4 on axis 1"),
    "slice": (model([node("Slice", ["x", "i", "i", "i", "z"], ["y"])], [array("i", [0], np.int64), array("z", [0], np.int64)]), "found the step 0"),
    "slice-twice": (model([node("Slice", ["x", "i", "j", "k"], ["y"])], [array("i", [3, 3], np.int64), array("j", [4, 4], np.int64),
                                                                          array("k", [1, 1], np.int64)]), "axis 1 is named twice"),
    "opset": (model(relu, one, version=6), "the file is of opset 6, expected 7 or above"),
    "long": (model([node("Pow", ["w", "e"], ["p"])] + [node("Pow", [f"p{k}" if k else "p", "e"], [f"p{k + 1}"]) for k in range(4)] +
                   [node("Mul", ["x", "p4"], ["y"])], [array("w", 0.1), array("e", 64, np.int64)]), "bits, expected at most 1e+06"),
    "split": (model([node("Split", ["x", "s"], ["y", "z"], axis=1)], [array("s", [1, 1], np.int64)]), "its parts have 2 entries together, axis 1 has 4"),
    "pad": (model([node("Pad", ["x", "p"], ["y"], mode="wrap")], [array("p", [0] * 4, np.int64)]), "found an unknown mode"),
    "pad-fill": (model([node("Pad", ["x", "p", "f"], ["y"])], [array("p", [0, 1, 0, 0], np.int64), array("f", [1.0, 2.0])]),
                 "found 2 numbers to fill with, expected one"),
    "expand": (model([node("Expand", ["x", "s"], ["y"])], [array("s", [2**25, 4], np.int64)]), "its output has more than 2^26 entries"),
    "global": (single("GlobalAveragePool"), "its input has 2 dimensions, expected batch, channels and at least one more"),
    "auto-pad": (model([node("AveragePool", ["x"], ["y"], kernel_shape=[2], auto_pad="SAME")], [], inputs=(("x", [1, 1, 4]),)),
                 "found an unknown auto_pad"),
    "conv": (model([node("Conv", ["x", "w"], ["y"])], [array("w", np.ones((1, 2, 2)))], inputs=(("x", [1, 1, 4]),)), "its input has 1 channels"),
    "window": (model([node("AveragePool", ["x"], ["y"], kernel_shape=[5])], [], inputs=(("x", [1, 1, 4]),)), "its window is larger than its input"),
    "kernel": (model([node("AveragePool", ["x"], ["y"], kernel_shape=[2**20, 2**20], pads=[2**20] * 4)], [], inputs=(("x", [1, 1, 2, 2]),)),
               "its window has 1.1e+12 entries, expected at most 2^26"),
    "maxpool": (model([node("MaxPool", ["x"], ["y", "i"], kernel_shape=[2])], [], inputs=(("x", [1, 1, 4]),)), "the places of the maxima"),
    "arguments": (model([node("Relu", ["x", "x"], ["y"])], []), "it has 2 inputs, expected 1 to 1"),
    "large": (model([node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])], [array("s", [2**40, 2**40], np.int64)]), "more than 2^26 entries"),
    "huge": (model(relu, [huge]), "the initialiser 'w' has 32 bytes, expected 34359738368 for the shape (4294967296, 2)"),
    "lstm": (model([node("LSTM", ["x", "w", "w"], ["y"], hidden_size=1)], one), "(LSTM): this operator is not read"),
}
bad["integers"][0].graph.input[0].type.tensor_type.elem_type = TensorProto.INT64
messages = []
for name, (m, message) in bad.items():
    with open(os.path.join(folder, "bad", name + ".onnx"), "wb") as f:
        f.write(m.SerializeToString())
    messages.append(f"{name}\t{message}\n")
good = model(relu, one).SerializeToString()
damage = {
    "empty": (b"", "no ONNX file: it is empty"),
    "text": (b'{"input_dim": 1}\n', "no ONNX file: its bytes are no protobuf message"),
    "cut": (good[: len(good) // 2], "what begins at byte 4 does not end within its %d bytes" % (len(good) // 2)),
    "no-graph": (good[:2], "the message has no graph"),
    "inside": (good.replace(b"\x12\x01y", b"\x12\x7fy"), "a part is no message as ONNX has them"),
}
for name, (data, message) in damage.items():
    with open(os.path.join(folder, "bad", name + ".onnx"), "wb") as f:
        f.write(data)
    messages.append(f"{name}\t{message}\n")
with open(os.path.join(folder, "bad", "messages.txt"), "w") as f:
    f.writelines(messages)
