#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of an ONNX graph at rational points, in fractions, node by node: onnx_value.py FILE.onnx POINT...

A point is a list such as 1/2,-3. Prints one line a point: the outputs, separated by commas. Shares nothing with src: the file is read by
Debian's python3-onnx, and every operator is computed on nested arrays (numpy arrays of Fraction objects) from its definition."""
import itertools
import sys
from fractions import Fraction

import numpy as np
import onnx
from onnx import numpy_helper


def exact(a):
    """An array of floats as fractions; integers stay integers."""
    if a.dtype.kind in "iub":
        return a
    out = np.empty(a.shape, dtype=object)
    for i in np.ndindex(*a.shape):
        out[i] = Fraction(float(a[i]))
    return out


def bfloat16(t):
    raw = np.frombuffer(t.raw_data, dtype=np.uint16).astype(np.uint32) << 16
    return raw.view(np.float32).reshape(tuple(t.dims))


def constant(t):
    return exact(bfloat16(t) if t.data_type == 16 else numpy_helper.to_array(t))


def each(f, *arrays):
    arrays = np.broadcast_arrays(*[np.asarray(a, dtype=object) for a in arrays])
    out = np.empty(arrays[0].shape, dtype=object)
    for i in np.ndindex(*out.shape):
        out[i] = f(*[a[i] for a in arrays])
    return out


def matmul(a, b):
    """For stacks of matrices of fractions."""
    squeeze_a, squeeze_b = a.ndim == 1, b.ndim == 1
    a = a[None, :] if squeeze_a else a
    b = b[:, None] if squeeze_b else b
    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = np.broadcast_to(a, lead + a.shape[-2:]), np.broadcast_to(b, lead + b.shape[-2:])
    out = np.empty(lead + (a.shape[-2], b.shape[-1]), dtype=object)
    for i in np.ndindex(*out.shape):
        out[i] = sum((a[i[:-1] + (k,)] * b[i[:-2] + (k, i[-1])] for k in range(a.shape[-1])), Fraction(0))
    if squeeze_a:
        out = out[..., 0, :]
    return out[..., 0] if squeeze_b else out


def windows(x, attr, kernel):
    """For each place of the output the list of (offset, index or None where it is padding, is it inside the pads)."""
    n = len(kernel)
    strides, dilations, pads = attr.get("strides", [1] * n), attr.get("dilations", [1] * n), attr.get("pads", [0] * 2 * n)
    ceil = attr.get("ceil_mode", 0)
    size = []
    for k in range(n):
        room = x.shape[2 + k] + pads[k] + pads[k + n] - (kernel[k] - 1) * dilations[k] - 1
        out = -(-room // strides[k]) + 1 if ceil else room // strides[k] + 1
        if ceil and (out - 1) * strides[k] >= x.shape[2 + k] + pads[k]:
            out -= 1
        size.append(out)
    for place in np.ndindex(*size):
        entries = []
        for offset in np.ndindex(*kernel):
            at = tuple(place[k] * strides[k] - pads[k] + offset[k] * dilations[k] for k in range(n))
            inside = all(0 <= at[k] < x.shape[2 + k] for k in range(n))
            padded = all(-pads[k] <= at[k] < x.shape[2 + k] + pads[k + n] for k in range(n))
            entries.append((offset, at if inside else None, padded))
        yield tuple(size), place, entries


def conv(x, w, b, attr):
    groups = attr.get("group", 1)
    out = None
    for size, place, entries in windows(x, attr, w.shape[2:]):
        if out is None:
            out = np.empty((x.shape[0], w.shape[0]) + size, dtype=object)
        for i, c in itertools.product(range(x.shape[0]), range(w.shape[0])):
            first = c // (w.shape[0] // groups) * w.shape[1]
            s = b[c] if b is not None else Fraction(0)
            for offset, at, _ in entries:
                if at is not None:
                    for q in range(w.shape[1]):
                        s += w[(c, q) + offset] * x[(i, first + q) + at]
            out[(i, c) + place] = s
    return out


def pool(x, attr, kernel, join):
    out = None
    for size, place, entries in windows(x, attr, kernel):
        if out is None:
            out = np.empty(x.shape[:2] + size, dtype=object)
        for i, c in itertools.product(range(x.shape[0]), range(x.shape[1])):
            values = [x[(i, c) + at] for _, at, _ in entries if at is not None]
            out[(i, c) + place] = join(values, sum(padded for _, _, padded in entries))
    return out


def average(attr):
    def join(values, padded):
        return sum(values, Fraction(0)) / (padded if attr.get("count_include_pad", 0) else len(values))
    return join


def reduce(x, axes, keep, mean):
    axes = tuple(range(x.ndim)) if axes is None else tuple(int(a) % x.ndim for a in axes)
    count = 1
    for a in axes:
        count *= x.shape[a]
    y = np.asarray(x.sum(axis=axes, keepdims=bool(keep)), dtype=object)
    return each(lambda v: v / count, y) if mean else y


def pad(x, pads, mode, fill):
    widths = [(int(pads[k]), int(pads[k + x.ndim])) for k in range(x.ndim)]
    for k, (before, after) in enumerate(widths):  # negative pads cut
        x = x[tuple(slice(max(0, -before), x.shape[j] - max(0, -after)) if j == k else slice(None) for j in range(x.ndim))]
    widths = [(max(0, a), max(0, b)) for a, b in widths]
    if mode == "constant":
        return np.pad(x, widths, constant_values=fill)
    return np.pad(x, widths, mode=mode)


def slice_of(x, starts, ends, axes, steps):
    index = [slice(None)] * x.ndim
    for k, start in enumerate(starts):
        axis, step = (int(axes[k]) if axes is not None else k), int(steps[k]) if steps is not None else 1
        length, start, end = x.shape[axis], int(start), int(ends[k])
        index[axis] = [i for i in range(*slice(start, None if step < 0 and end < -length else end, step).indices(length))]
    for axis, which in enumerate(index):
        if isinstance(which, list):
            x = np.take(x, which, axis=axis)
    return x


def node_value(n, v, attr, fixed):
    """The outputs of a node; fixed: they do not depend on the point, so that Cast rounds."""
    op = n.op_type
    a = v[0] if v else None
    b = v[1] if len(v) > 1 else None
    if op in ("Identity", "Dropout", "Softmax", "LogSoftmax"):
        return a
    if op == "Constant":
        return constant(attr["value"]) if "value" in attr else np.asarray(next(iter(attr.values())))
    if op == "Cast":
        kind = onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[attr["to"]]
        if kind.kind != "f":
            return np.asarray([int(e) for e in np.asarray(a).flat]).reshape(np.shape(a))
        return exact(np.asarray(a, dtype=np.float64).astype(kind)) if fixed else a
    if op == "Shape":
        return np.asarray(a.shape[attr.get("start", 0) : attr.get("end", len(a.shape))])
    if op == "ConstantOfShape":
        fill = constant(attr["value"]).flat[0] if "value" in attr else Fraction(0)
        return np.full(tuple(int(s) for s in a), fill)
    if op in ("Add", "Sum"):
        y = a
        for other in v[1:]:
            y = each(lambda p, q: p + q, y, other)
        return y
    if op == "Sub":
        return each(lambda p, q: p - q, a, b)
    if op == "Mul":
        return each(lambda p, q: p * q, a, b)
    if op == "Div":
        return each(lambda p, q: Fraction(p) / Fraction(q) if isinstance(p, Fraction) else int(p / q), a, b)
    if op == "Neg":
        return each(lambda p: -p, a)
    if op == "Pow":
        return each(lambda p, q: p ** int(q), a, b)
    if op == "Relu":
        return each(lambda p: max(p, Fraction(0)), a)
    if op == "LeakyRelu":
        slope = Fraction(float(np.float32(attr.get("alpha", 0.01))))
        return each(lambda p: p if p > 0 else slope * p, a)
    if op == "PRelu":
        return each(lambda p, q: p if p > 0 else q * p, a, b)
    if op == "Abs":
        return each(abs, a)
    if op == "Clip":
        low = b if b is not None else attr.get("min")
        high = v[2] if len(v) > 2 and v[2] is not None else attr.get("max")
        y = a
        if low is not None:
            y = each(lambda p: max(p, Fraction(np.asarray(low).flat[0])), y)
        return y if high is None else each(lambda p: min(p, Fraction(np.asarray(high).flat[0])), y)
    if op in ("Max", "Min"):
        return each(max if op == "Max" else min, *v) if len(v) > 1 else a
    if op == "Gemm":
        p, q = (a.T if attr.get("transA") else a), (b.T if attr.get("transB") else b)
        alpha, beta = (Fraction(float(np.float32(attr.get(k, 1.0)))) for k in ("alpha", "beta"))
        y = each(lambda e: alpha * e, matmul(p, q))
        return y if len(v) < 3 or v[2] is None else each(lambda e, c: e + beta * c, y, v[2])
    if op == "MatMul":
        return matmul(a, b)
    if op == "Conv":
        return conv(a, b, v[2] if len(v) > 2 else None, attr)
    if op == "AveragePool":
        return pool(a, attr, tuple(attr["kernel_shape"]), average(attr))
    if op == "GlobalAveragePool":
        return pool(a, {}, a.shape[2:], average({}))
    if op == "MaxPool":
        return pool(a, attr, tuple(attr["kernel_shape"]), lambda values, _: max(values))
    if op in ("ReduceMean", "ReduceSum"):
        axes = attr.get("axes") if b is None else b
        if axes is None and attr.get("noop_with_empty_axes"):
            return a
        return reduce(a, axes, attr.get("keepdims", 1), op == "ReduceMean")
    if op == "Reshape":
        shape = [int(s) for s in (b if b is not None else attr["shape"])]
        return a.reshape([a.shape[k] if s == 0 else s for k, s in enumerate(shape)])
    if op == "Flatten":
        axis = attr.get("axis", 1)
        rows = 1
        for s in a.shape[:axis]:
            rows *= s
        return a.reshape(rows, -1)
    if op == "Squeeze":
        axes = attr.get("axes") if b is None else [int(e) for e in b]
        return np.squeeze(a, None if axes is None else tuple(axes))
    if op == "Unsqueeze":
        axes = [int(e) for e in (attr["axes"] if b is None else b)]
        return np.expand_dims(a, tuple(axes))
    if op == "Transpose":
        return np.transpose(a, attr.get("perm"))
    if op == "Concat":
        return np.concatenate(v, axis=attr["axis"])
    if op == "Slice":
        if "starts" in attr:
            return slice_of(a, attr["starts"], attr["ends"], attr.get("axes"), None)
        return slice_of(a, v[1], v[2], v[3] if len(v) > 3 else None, v[4] if len(v) > 4 else None)
    if op == "Split":
        axis = attr.get("axis", 0)
        sizes = attr.get("split") if b is None else [int(e) for e in b]
        if sizes is None:
            sizes = [a.shape[axis] // len(n.output)] * len(n.output)
        return np.split(a, list(itertools.accumulate(sizes))[:-1], axis=axis)
    if op == "Pad":
        fill = np.asarray(v[2]).flat[0] if len(v) > 2 and v[2] is not None else Fraction(attr.get("value", 0.0))
        mode = attr.get("mode", b"constant").decode()
        return pad(a, attr["pads"] if b is None else b, mode, fill)
    if op == "Gather":
        return np.take(a, np.asarray(b).astype(int), axis=attr.get("axis", 0))
    if op == "Expand":
        return np.broadcast_to(a, np.broadcast_shapes(a.shape, tuple(int(s) for s in b)))
    if op == "Equal":
        return each(lambda p, q: p == q, a, b)
    if op == "Where":
        return each(lambda c, p, q: p if c else q, a, b, v[2])
    raise SystemExit(f"{op}: not in this oracle")


def values(model, point):
    graph = model.graph
    known = {t.name: constant(t) for t in graph.initializer}
    (x,) = [i for i in graph.input if i.name not in known]
    shape = [d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else 1 for d in x.type.tensor_type.shape.dim]
    known[x.name] = np.array(point, dtype=object).reshape(shape)
    computed = {x.name}
    for n in graph.node:
        attr = {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}
        fixed = not computed.intersection(n.input)
        y = node_value(n, [known[i] if i else None for i in n.input], attr, fixed)
        if not fixed:
            computed.update(n.output)
        for name, part in zip(n.output, y if isinstance(y, list) else [y]):
            known[name] = part
    return list(known[graph.output[0].name].flat)


if __name__ == "__main__":
    model = onnx.load(sys.argv[1])
    for text in sys.argv[2:]:
        print(",".join(str(Fraction(v)) for v in values(model, [Fraction(c) for c in text.split(",")])))
