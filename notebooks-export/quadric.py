# SPDX-License-Identifier: GPL-3.0-or-later
"""quadric from Python: exact pieces, dimensions and certificates of your own model.

    import quadric
    found = quadric.pieces(model, line=([0, 0], [1, 1]))
    print(found["pieces"], [b["approx"] for b in found["breakpoints"]])

A model is a torch module (which goes through ONNX), a list of (W, b) arrays (relu between them), or a file that the program reads: .json,
.onnx, .safetensors. Every function runs the program with --json and returns what it printed: dicts and lists, integers, fractions as
fractions.Fraction, decimals as they are written (strings) where more digits than a float has matter. What the program refuses is a
quadric.Error with its sentence. Options are those of the command line, `quadric pieces --help`, as keyword arguments: line=(p, q) for
--line P:Q, box=[(0, 1), (0, 1)] for --box 0:1,0:1, max_seconds=10, count=True.

The program is the one that QUADRIC names, or else the one beside this file's installation, or else the one on PATH. Python's standard library is
all that is needed; torch and numpy only where you use them."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple, Union

Answer = Union[Dict[str, Any], List[Dict[str, Any]]]

#: Commands without a function of their own below: quadric.NAME(arguments..., option=value).
COMMANDS = ("verify", "construct", "check", "need", "approximate", "plot", "run", "report", "notebook")

# Members whose strings are texts even where they look like numbers.
_TEXTS = {"pattern", "approx", "version", "file", "name", "comment", "format", "status", "formula", "statement", "label", "activation", "kind", "last"}
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?\Z")


class Error(Exception):
    """What the program refused, in its own sentence; `code` is its exit code.

    >>> try:
    ...     pieces("no-such-file.json")
    ... except Error as e:
    ...     print(e.code, e)
    1 no-such-file.json: cannot be opened: No such file or directory
    """

    def __init__(self, sentence: str, code: int):
        super().__init__(sentence)
        self.code = code


def program() -> str:
    """The path of the program.

    >>> os.access(program(), os.X_OK)
    True
    """
    here = os.path.dirname(os.path.abspath(__file__))
    candidates = [os.environ.get("QUADRIC"), os.path.join(here, "..", "quadric"), os.path.join(here, "..", "..", "..", "bin", "quadric"), shutil.which("quadric")]
    for path in candidates:
        if path and os.access(path, os.X_OK) and not os.path.isdir(path):
            return os.path.abspath(path)
    raise Error("the program quadric was not found; build it (make), or name it in the environment variable QUADRIC", 1)


# ---- the call --------------------------------------------------------------------------------------


def _text(value: Any) -> str:
    """A value of an option: numbers exactly, lists with commas, tuples with colons."""
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if hasattr(value, "tolist"):  # arrays and their scalars
        value = value.tolist()
    if isinstance(value, float):
        return str(Fraction(value))
    if isinstance(value, tuple):
        return ":".join(_text(v) for v in value)
    if isinstance(value, list):
        return ",".join(_text(v) for v in value)
    return str(value)


def _options(options: Dict[str, Any]) -> List[str]:
    words: List[str] = []
    for key, value in options.items():
        name = "-" + key if len(key) == 1 else "--" + key.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            words.append(name)
        elif key == "max_seconds":  # a decimal number, not a fraction
            words.append(f"{name}={value!r}")
        elif key == "through":  # said once for each point
            words += [f"{name}={_text(point)}" for point in value]
        else:
            words += [name, _text(value)] if len(key) == 1 else [f"{name}={_text(value)}"]
    return words


def _exact(value: Any, key: str = "") -> Any:
    """Strings that are fractions as fractions."""
    if isinstance(value, dict):
        return {k: _exact(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_exact(v, key) for v in value]
    if isinstance(value, str) and key not in _TEXTS and _FRACTION.match(value):
        return Fraction(value)
    return value


def _call(words: Sequence[str], options: Dict[str, Any], parse_float: Any = float) -> Answer:
    command = [program(), *words, *_options(options), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    answers = [_exact(json.loads(line, parse_float=parse_float)) for line in done.stdout.splitlines() if line.strip()]
    if done.returncode in (1, 2) or not answers:
        lines = [line for line in done.stderr.splitlines() if line.startswith("quadric")] or [f"quadric ended with code {done.returncode}"]
        raise Error(re.sub(r"\Aquadric[^:]*: ", "", lines[0]), done.returncode)
    return answers[0] if len(answers) == 1 else answers


# ---- models ----------------------------------------------------------------------------------------


def _numbers(array: Any) -> Any:
    """Nested lists of fractions as strings, from an array, a tensor or nested lists."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
    if hasattr(array, "tolist"):
        array = array.tolist()
    return [_numbers(v) for v in array] if isinstance(array, (list, tuple)) else str(Fraction(array))


def _from_arrays(layers: Sequence[Tuple[Any, Any]], activation: str) -> str:
    written = []
    for k, (w, b) in enumerate(layers):
        rows = _numbers(w)
        bias = _numbers(b) if b is not None else ["0"] * len(rows)
        written.append({"kind": "linear", "activation": activation if k + 1 < len(layers) else "identity", "w": rows, "b": bias})
    return json.dumps({"input_dim": len(written[0]["w"][0]), "layers": written})


def _example(module: Any, inputs: Any) -> Any:
    import torch

    parameters = list(module.parameters())
    dtype = parameters[0].dtype if parameters else torch.float32
    if inputs is None:
        first = next((m for m in module.modules() if isinstance(m, torch.nn.Linear)), None)
        if first is None:
            raise Error("the module has no Linear layer that says how many inputs there are; give their shape, inputs=(1, 28, 28)", 2)
        inputs = first.in_features
    shape = (inputs,) if isinstance(inputs, int) else tuple(inputs)
    return torch.zeros((1,) + shape, dtype=dtype)


def _export(module: Any, example: Any, path: str) -> None:
    """Writes path, weights included. Since torch 2.9 the exporter is another one when nothing is said, which needs onnxscript and puts weights
    into a second file; what an older torch has no name for is left out."""
    import inspect

    import torch

    known = inspect.signature(torch.onnx.export).parameters
    more = {key: False for key in ("dynamo", "external_data") if key in known}
    torch.onnx.export(module, example, path, opset_version=13, **more)


@contextmanager
def _file(model: Any, inputs: Any = None, activation: str = "relu") -> Iterator[str]:
    """The model as a file that the program reads."""
    if isinstance(model, (str, os.PathLike)):
        yield os.fspath(model)
        return
    with tempfile.TemporaryDirectory(prefix="quadric-") as folder:
        if isinstance(model, (list, tuple)):
            path = os.path.join(folder, "network.json")
            with open(path, "w", encoding="utf-8") as f:
                f.write(_from_arrays(model, activation))
        elif hasattr(model, "state_dict"):
            path = os.path.join(folder, "network.onnx")
            modes = [(module, module.training) for module in model.modules()]
            try:
                _export(model.eval(), _example(model, inputs), path)
            finally:
                for module, mode in modes:
                    module.training = mode
        else:
            raise Error(f"found {type(model).__name__}, expected a torch module, a list of (W, b), or a file", 2)
        try:
            yield path
        except Error as e:  # nobody knows that file
            raise Error(str(e).replace(path, "the model"), e.code) from None


def _with_model(command: str, model: Any, options: Dict[str, Any], parse_float: Any = float) -> Answer:
    inputs, activation = options.pop("inputs", None), options.pop("activation", "relu")
    with _file(model, inputs, activation) as path:
        return _call([command, path], options, parse_float)


# ---- the commands ----------------------------------------------------------------------------------


def pieces(model: Any, **options: Any) -> Dict[str, Any]:
    """The pieces of a model: on its line, in its plane, or in space. inputs=SHAPE says what a torch module takes where it does not begin with a
    Linear layer, activation= what stands between (W, b).

    >>> found = pieces([([[1], [1]], [0, -1]), ([[1, -2]], [0])])    # relu(x) - 2 relu(x - 1)
    >>> found["pieces"], [b["interval"][0] for b in found["breakpoints"]]
    (3, [Fraction(0, 1), Fraction(1, 1)])
    >>> net = [([[1, 0], [0, 1], [1, 1]], [0, 0, -1]), ([[1, 1, 1]], [0])]
    >>> pieces(net)["regions"], pieces(net, line=([-1, 0], [1, 0.5]), segment=True)["regions"]
    (7, 3)
    """
    return _with_model("pieces", model, options)  # type: ignore[return-value]


def value(model: Any, at: Any, **options: Any) -> Dict[str, Any]:
    """The exact value at a rational point, and which units are active there (the command eval).

    >>> value([([[1], [1]], [0, -1]), ([[1, -2]], [0])], at=[Fraction(1, 3)])["value"]
    [Fraction(1, 3)]
    """
    return _with_model("eval", model, dict(options, at=at if isinstance(at, (list, tuple, str)) else _text(at)))  # type: ignore[return-value]


def certify(model: Any, target: Optional[str] = None, **options: Any) -> Dict[str, Any]:
    """Bounds, as a proof, of how far a model with one input is from a function at most; they are fractions.

    >>> bound = certify([([[1], [1]], [0, -1]), ([[1, -2]], [0])], "x", interval=(0, 2))
    >>> bound["lower"] <= 2 <= bound["upper"]
    True
    """
    return _with_model("certify", model, dict(options, target=target), Fraction)  # type: ignore[return-value]


def dimension(model: Any = None, **options: Any) -> Dict[str, Any]:
    """The dimension of the space of functions of an architecture, or the functional dimension of a model at its parameters.

    >>> answer = dimension(widths=[2, 3, 1], kind="quadratic")
    >>> answer["dimension"], answer["proved"]
    (3, True)
    >>> dimension([([[1], [1]], [0, -1]), ([[1, -2]], [0])])["functional_dimension"]
    5
    """
    if model is None:
        return _call(["dimension"], options)  # type: ignore[return-value]
    return _with_model("dimension", model, options)  # type: ignore[return-value]


def convert(model: Any, out: Union[str, os.PathLike], **options: Any) -> Dict[str, Any]:
    """Writes a model as .json, .safetensors or .onnx.

    >>> folder = tempfile.mkdtemp()
    >>> convert([([[0.5]], [0])], os.path.join(folder, "net.onnx"))["rounded"]
    0
    >>> value(os.path.join(folder, "net.onnx"), at=[3])["value"]
    [Fraction(3, 2)]
    """
    inputs, activation = options.pop("inputs", None), options.pop("activation", "relu")
    with _file(model, inputs, activation) as path:
        return _call(["convert", path, os.fspath(out)], options)  # type: ignore[return-value]


def train(config: Union[str, os.PathLike], **options: Any) -> Answer:
    """Trains what a configuration says; o=FOLDER is where the run goes.

    >>> train("no-such-study.yaml")
    Traceback (most recent call last):
    quadric.Error: no-such-study.yaml: cannot be opened: No such file or directory
    """
    return _call(["train", os.fspath(config)], options)


def compare(config: Union[str, os.PathLike], **options: Any) -> Answer:
    """Compares models, strategies and seeds, as a configuration says.

    >>> compare("no-such-study.yaml")
    Traceback (most recent call last):
    quadric.Error: no-such-study.yaml: cannot be opened: No such file or directory
    """
    return _call(["compare", os.fspath(config)], options)


def table(kind: str, config: Union[str, os.PathLike], **options: Any) -> List[Dict[str, Any]]:
    """A table over architectures and seeds, a dict a row: pieces, bounds, dimension, filling, functional.

    >>> folder = tempfile.mkdtemp()
    >>> config = os.path.join(folder, "bounds.yaml")
    >>> with open(config, "w") as f:
    ...     _ = f.write("depths: [1, 2]\\nwidths: [2]\\nconstructions: [tent]\\n")
    >>> len(table("bounds", config))
    2
    """
    answer = _call(["table", kind, os.fspath(config)], options)
    return answer if isinstance(answer, list) else [answer]


def __getattr__(name: str) -> Any:
    if name not in COMMANDS:
        raise AttributeError(f"module 'quadric' has no attribute {name!r}")

    def command(*arguments: Any, **options: Any) -> Answer:
        return _call([name, *(_text(a) for a in arguments)], options)

    command.__name__ = name
    command.__doc__ = f"The command `quadric {name}`: its arguments, and its options as keyword arguments."
    return command


# ---- back to torch ---------------------------------------------------------------------------------


def to_torch(model: Union[str, os.PathLike]) -> Any:
    """A network file as a torch module in float64, weights rounded to the nearest. Its parameters are those of the file, and train.

    >>> import torch
    >>> net = to_torch(convert([([[1], [1]], [0, -1]), ([[1, -2]], [0])], os.path.join(tempfile.mkdtemp(), "net.json"))["file"])
    >>> net(torch.tensor([[0.5], [3.0]], dtype=torch.float64)).tolist()
    [[0.5], [-1.0]]
    """
    from torch import nn

    done = subprocess.run([program(), "convert", os.fspath(model), "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Error(re.sub(r"\Aquadric[^:]*: ", "", done.stderr.splitlines()[0]), done.returncode)
    network = json.loads(done.stdout)
    width, modules = network["input_dim"], []
    for layer in network["layers"]:
        modules.append(_layer(layer, width))
        width = len(layer["units"]) if layer["kind"] == "sparse" else len(layer["c" if layer["kind"] == "quadratic" else "br" if layer["kind"] == "product" else "b"])
    return nn.Sequential(*modules)


def _layer(layer: Dict[str, Any], width: int) -> Any:
    """One layer: z = (r a + r0)(g a + g0) + s (a a) + t pairs + w a + b, whatever of it is there, and its activation."""
    import torch
    from torch import nn

    def tensor(v: Any) -> Any:
        return torch.tensor([[float(Fraction(x)) for x in row] if isinstance(row, list) else float(Fraction(row)) for row in v], dtype=torch.float64)

    def act(name: str, slope: Any, z: Any) -> Any:
        if name == "relu":
            return torch.relu(z)
        if name == "leaky_relu":
            return nn.functional.prelu(z, torch.tensor([float(Fraction(slope))], dtype=z.dtype))
        if name == "abs":
            return torch.abs(z)
        power = 2 if name == "square" else int(name[6:]) if name.startswith("power:") else 1
        return z**power

    class Layer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            kind, data = layer["kind"], {}
            self.pairs = [(i, j) for i in range(width) for j in range(i, width)] if kind == "full" else []
            if kind == "sparse":
                units = layer["units"]
                self.pairs = sorted({(q[0], q[1]) for u in units for q in u.get("quadratic", [])})
                place = {p: k for k, p in enumerate(self.pairs)}
                data = {"w": torch.zeros(len(units), width, dtype=torch.float64), "b": tensor([u.get("b", "0") for u in units])}
                data["a"] = torch.zeros(len(units), max(1, len(self.pairs)), dtype=torch.float64)
                for k, u in enumerate(units):
                    for i, c in u.get("linear", []):
                        data["w"][k, i] = float(Fraction(c))
                    for i, j, c in u.get("quadratic", []):
                        data["a"][k, place[(i, j)]] = float(Fraction(c))
                self.acts = [(u["activation"], u.get("slope")) for u in units]
            else:
                data = {k: tensor(v) for k, v in layer.items() if k not in ("kind", "activation", "slope")}
                if kind == "power":  # w belongs to the squares
                    data["wb"] = data.pop("w")
                self.acts = [(layer["activation"], layer.get("slope"))]
            for key, v in data.items():
                self.register_parameter(key, nn.Parameter(v))
            self.keys = set(data)

        def forward(self, a: Any) -> Any:
            z = 0
            if "wr" in self.keys:
                r, g = a @ self.wr.T, a @ self.wg.T
                z = (r + self.br) * (g + self.bg) if "br" in self.keys else r * g
            if "wb" in self.keys:
                z = z + (a * a) @ self.wb.T
            if "a" in self.keys and self.pairs:
                i, j = zip(*self.pairs)
                z = z + (a[..., list(i)] * a[..., list(j)]) @ self.a.T
            if "w" in self.keys:
                z = z + a @ self.w.T
            for key in ("b", "c"):
                if key in self.keys:
                    z = z + getattr(self, key)
            if len(self.acts) == 1:
                return act(*self.acts[0], z)
            return torch.stack([act(name, slope, z[..., k]) for k, (name, slope) in enumerate(self.acts)], dim=-1)

    return Layer()


if __name__ == "__main__":
    sys.exit("a module: import quadric")
