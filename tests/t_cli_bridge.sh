#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric convert`, `quadric certify` and of .safetensors files where a command takes a network: the program from outside.
. "$(dirname "$0")/outside.sh"
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || fail "$1 and $2 differ"; }

net=$configs/networks/two-layers.json
cat >dyadic.json <<END
{"name": "w", "comment": "dyadic", "input_dim": 1, "layers": [
 {"kind": "quadratic", "activation": "leaky_relu", "slope": "1/100",
  "wr": [["1/2"], ["-3"]], "br": ["0", "0.625"], "wg": [["1"], ["0"]], "bg": ["0", "1"], "wb": [["0"], ["0.25"]], "c": ["0", "1e2"]},
 {"kind": "full", "activation": "abs", "a": [["1", "0", "-1/1024"]], "w": [["2", "3"]], "b": ["0"]},
 {"kind": "linear", "activation": "identity", "w": [["1"]], "b": ["0"]}]}
END

# ---- convert: exact both ways ----
expect 0 'every parameter exact' convert dyadic.json a.safetensors
expect 0 'float32, every parameter exact' convert dyadic.json b.safetensors --dtype float32
for name in a b; do
    expect 0 'json, every parameter exact' convert "$name.safetensors" "$name.json"
    expect 0 'every parameter exact' convert "$name.json" "$name-again.json"
    same "$name.json" "$name-again.json"
done
same a.json b.json
expect 0 '"format": "float64", "input_dim": 1, "outputs": 1, "layers": 3, "parameters": 20, "rounded": 0' \
    convert a.json c.safetensors --json
same a.safetensors c.safetensors
expect 0 '"comment": "dyadic"' convert a.safetensors -
expect 0 '"slope": "1/100"' convert a.safetensors -

# ---- sparse layers: JSON only, and every command takes them ----
skip=$configs/networks/skip.json
expect 0 'json, every parameter exact' convert "$skip" skip.json
expect 0 'json, every parameter exact' convert skip.json skip-again.json
same skip.json skip-again.json
expect 1 'layer 1 is sparse; safetensors files hold dense layers only' convert "$skip" skip.safetensors
[ -e skip.safetensors ] && fail "a file after an error"
expect 0 '"patterns": 3, "regions": 4, "pieces": 4, "max_degree": 4' pieces "$skip" --json
expect 0 '29' eval "$skip" --at 2
expect 0 'parameters            14' dimension "$skip"
expect 0 'at least 1, at most 1' certify "$skip" --target 'x + 1' --interval=-1:1

# ---- convert: rounding is asked for or an error ----
expect 1 'layers.1.c[0] is -1/20, which is no float64, and rounding was not asked for' convert "$net" d.safetensors
[ -e d.safetensors ] && fail "a file after an error"
expect 0 'float32, 1 of 23 parameters rounded' convert "$net" d.safetensors --dtype float32 --round
expect 2 "expected float32 or float64" convert "$net" d.safetensors --dtype float16
expect 2 "expected a name that ends with .json, .safetensors or .onnx" convert "$net" d.pt
expect 2 "JSON holds every number as it is" convert a.safetensors d.json --round
expect 2 "missing argument" convert "$net"
expect 1 "cannot write no/such/folder.safetensors" convert a.json no/such/folder.safetensors
expect 1 "cannot write no/such/folder.json" convert a.json no/such/folder.json
expect 1 "none.safetensors: cannot be opened" convert none.safetensors d.json
expect 0 'safetensors.torch.save_file' convert --help

# ---- every command that takes a network takes both ----
# both COMMAND NAME OPTIONS...: the same answer for NAME.json and NAME.safetensors
both() {
    local command=$1 name=$2
    shift 2
    "$quadric" "$command" "$name.json" "$@" --json >of-json 2>err || fail "$command: $(cat err)"
    "$quadric" "$command" "$name.safetensors" "$@" --json >of-tensors 2>err
    same of-json of-tensors
}
both pieces a --list
both eval a --at 1/3
both certify a --target runge
expect 0 'verified    yes' construct "$configs"/splines/hat.json -o hat.safetensors
expect 0 'json' convert hat.safetensors hat.json
both dimension hat
expect 0 '"upper": 0' certify hat.safetensors --spline "$configs"/splines/hat.json --json
expect 1 'defined on a smaller interval' certify hat.safetensors --spline "$configs"/splines/hat.json --interval -5:5

# ---- corrupt files ----
cp "$net" json.safetensors
expect 1 'json.safetensors: the first 8 bytes say that the header has' pieces json.safetensors
head -c 300 a.safetensors >cut.safetensors
expect 1 'cut.safetensors: the header has' pieces cut.safetensors
head -c -8 a.safetensors >cut.safetensors
expect 1 'ends at byte' eval cut.safetensors --at 0
sed 's/layers.1.w/layers.1.v/' a.safetensors >name.safetensors
expect 1 "the tensor 'layers.1.w' is missing" pieces name.safetensors
sed 's/layers.1.b/layers.1.w/' a.safetensors >name.safetensors
expect 1 "layers.1.w" pieces name.safetensors
sed 's/full/cube/' a.safetensors >name.safetensors
expect 1 "metadata 'architecture': line 1, column" pieces name.safetensors

# ---- certify ----
cat >square.json <<END
{"input_dim": 1, "layers": [{"kind": "power", "activation": "identity", "w": [["1"]], "b": ["0"]}]}
END
expect 0 'at most 0: the network is the target there' certify square.json --target 'x^2' --interval -1:3
expect 0 '"status": "enclosed", "lower": 0, "upper": 0' certify square.json --target 'x*x' --interval -1:3 --json
expect 0 '"at": "1/2", "output": 1' certify square.json --target 'x' --interval 0:1 --json
expect 0 '"lower": 0.25, "upper": 0.25' certify square.json --target 'x' --interval 0:1 --json
expect 0 'error       at least 1, at most 1' certify square.json --target step
expect 0 'error       at least 1, at most 1' certify square.json --target runge
expect 0 '"tolerance": 1e-12' certify square.json --target 'exp(x)' --interval 0:1 --tolerance 1e-12 --json
# a small error in many digits: those of sin(1), and none of them may push the exponent out
echo '{"input_dim": 1, "layers": [{"kind": "linear", "activation": "identity", "w": [["0"]], "b": ["0"]}]}' >zero.json
digits=8.4147098480789650665250232163029899962256306079837106567275170999191040439123
expect 0 "error       at least $digits" certify zero.json --target 'sin(x)/10^7' --interval 0:1 --tolerance 1e-80
grep -qE "at least ${digits}[0-9]*e-08, at most ${digits}[0-9]*e-08\$" out || fail "an exponent is lost: $(cat out)"
expect 3 'no bound' certify square.json --target 'exp(x)' --interval 0:1 --max-seconds 1e-9
expect 3 '"status": "open", "lower": 0, "upper": null' certify square.json --target 'exp(x)' --interval 0:1 --max-seconds 1e-9 --json
expect 2 'expected one of --target and --spline' certify square.json --interval 0:1
expect 2 'expected one of --target and --spline' certify square.json --target x --spline "$configs"/splines/hat.json --interval 0:1
expect 2 '--interval A:B is missing' certify square.json --target 'x'
expect 2 'expected A < B' certify square.json --target 'x' --interval 1:1
expect 2 'expected A:B' certify square.json --target 'x' --interval 1
expect 2 'expected 0 < T < 1' certify square.json --target 'x' --interval 0:1 --tolerance 2
expect 2 '--target: ' certify square.json --target 'x +' --interval 0:1
expect 2 "'xor' is a function of 2 variables" certify square.json --target xor --interval 0:1
printf 'PK\003\004torch' >net.pt
expect 1 "net.pt: a zip archive, as torch.save writes them; expected JSON" pieces net.pt
expect 2 "--target: 'x*y' has a y, expected a function of x" certify square.json --target 'x*y' --interval 0:1
expect 1 "no finite bound of the target at or next to x = 0" certify square.json --target 'log(x)' --interval 0:1
expect 1 "expected one for all outputs or one for each of 1" certify square.json --target 'x;x' --interval 0:1
expect 1 "cannot be opened" certify square.json --spline none.json --interval 0:1
sed 's/"input_dim": 1/"input_dim": 2/; s/\[\["1"\]\]/[["1", "1"]]/' square.json >plane.json
expect 1 'the network has 2 inputs, expected one' certify plane.json --target x --interval 0:1

summary
