#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The Python face: its examples (those with torch where it is installed: make check-long), torch modules there and back, errors, installation.
. "$(dirname "$0")/outside.sh"
python=/usr/bin/python3
[ -x $python ] || { echo "t_python: no /usr/bin/python3, nothing was tested"; exit 0; }
export PYTHONPATH=$tests/../notebooks-export QUADRIC=$quadric PYTHONDONTWRITEBYTECODE=1
torch=; [ "${QD_TEST_MULTIPLIER:-1}" -gt 1 ] && $python -c 'import torch' 2>/dev/null && torch=yes

cat >examples.py <<'END'
import doctest, sys
import quadric
finder = doctest.DocTestFinder()
runner = doctest.DocTestRunner()
for test in finder.find(quadric, "quadric"):
    if len(sys.argv) > 1 or "import torch" not in test.docstring:
        runner.run(test)
print(runner.summarize(verbose=False))
sys.exit(runner.failures > 0 or runner.tries < 10)
END
# installed, it finds the program beside it
mkdir -p prefix/bin prefix/lib/python3/dist-packages
cp "$tests/../notebooks-export/quadric.py" prefix/lib/python3/dist-packages
ln -s "$quadric" prefix/bin/quadric
check "the program beside the installation" env -u QUADRIC PYTHONPATH=prefix/lib/python3/dist-packages $python -c 'import quadric; assert quadric.program().endswith("prefix/bin/quadric")'

check "the examples" $python examples.py $torch >text 2>&1 || cat text

cat >net.json <<'END'
{"input_dim": 1, "layers": [{"kind": "linear", "activation": "relu", "w": [["1"], ["1"]], "b": ["0", "-1"]}, {"kind": "linear", "activation": "identity", "w": [["1", "-2"]], "b": ["0"]}]}
END
cat >faces.py <<'END'
import quadric, re, subprocess
from fractions import Fraction
net = "net.json"
assert quadric.pieces(net, interval=(-1, 3))["pieces"] == 3
assert quadric.pieces(net, count=True)["regions"] == 3
assert quadric.value(net, at=[0.1])["value"] == [Fraction(0.1)]
assert quadric.value(net, at=2)["pattern"] == "11"
assert quadric.verify("spline", cases=3, quiet=True)[0]["failed"] == 0
for call, sentence in ((lambda: quadric.pieces(net, line=1), "--line: found '1'"), (lambda: quadric.pieces(3), "found int, expected a torch module"),
                       (lambda: quadric.pieces(net, nonsense=1), "nonsense"), (lambda: quadric.value(net, at="1,2"), "--at:")):
    try:
        call()
        raise SystemExit("no error: " + sentence)
    except quadric.Error as e:
        assert sentence in str(e), e
try:
    quadric.pieces([([[1]], [0]), ([[1, 2]], [0])], interval=(0, 1))
    raise SystemExit("no error: shapes")
except quadric.Error as e:
    assert str(e).startswith("the model:"), e
listed = subprocess.run([quadric.program(), "--help"], stdout=subprocess.PIPE, text=True).stdout
names = set(re.findall(r"^  ([a-z]+)", listed, re.M)) - {"eval"}  # which is value here
assert len(names) > 10 and all(callable(getattr(quadric, name)) for name in names), names
try:
    quadric.no_such_command
    raise SystemExit("found a command that is none")
except AttributeError:
    pass
END
check "files, options and errors" $python faces.py

if [ -n "$torch" ]; then
    cp "$tests"/reference/onnx/{mlp,quadratic,residual,product_linear,square,leaky}.json . && cp "$configs"/networks/*.json .
    cat >modules.py <<'END'
import glob, json, warnings
from fractions import Fraction
import quadric, torch, numpy
warnings.filterwarnings("ignore")
torch.manual_seed(3)
net = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
arrays = [(net[0].weight, net[0].bias), (net[2].weight.detach().numpy(), net[2].bias.detach().numpy())]
line = ([-1, 0.5], [1, -2])
assert quadric.pieces(net, line=line) == quadric.pieces(arrays, line=line)
conv = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 1))
assert quadric.pieces(conv, inputs=(1, 3, 3), line=([0] * 9, [1] * 9))["pieces"] >= 1
assert net.training
for path in sorted(glob.glob("*.json")):  # values in float64 beside exact ones
    module = quadric.to_torch(path)
    n = json.load(open(path))["input_dim"]
    for k in range(5):
        x = torch.round(4 * torch.randn(1, n, dtype=torch.float64)) / 4
        exact = [float(v) for v in quadric.value(path, at=x[0].tolist())["value"]]
        assert numpy.allclose(module(x).detach().numpy()[0], exact, rtol=1e-9, atol=1e-9), (path, x, exact)
    quadric.convert(module, "back.onnx", inputs=n)
    assert numpy.allclose([float(v) for v in quadric.value("back.onnx", at=x[0].tolist())["value"]], exact, rtol=1e-9, atol=1e-9), path
END
    check "modules of torch, there and back" $python modules.py
fi
summary
