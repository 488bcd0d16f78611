#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# State dicts of PyTorch in safetensors: which tensors are layers, their order, their activations, and what is refused. The files are made here
# by a few lines of Python that know the format only.
. "$(dirname "$0")/outside.sh"
command -v python3 >/dev/null || { echo "t_state_dict: no python3, nothing was tested"; exit 0; }

cat >make.py <<'END'
import json, struct, sys
# make.py FILE NAME DTYPE SHAPE VALUES ...: shape 2x3, values by commas
def bits(dtype, v):
    if dtype == "F32": return struct.pack("<f", v)
    if dtype == "F64": return struct.pack("<d", v)
    if dtype == "F16": return struct.pack("<e", v)
    if dtype == "BF16": return struct.pack("<f", v)[2:]
    return struct.pack("<q", int(v))
header, data = {}, b""
for name, dtype, shape, values in zip(*[iter(sys.argv[2:])] * 4):
    part = b"".join(bits(dtype, float(v)) for v in values.split(",") if v)
    header[name] = {"dtype": dtype, "shape": [int(s) for s in shape.split("x") if s], "data_offsets": [len(data), len(data) + len(part)]}
    data += part
text = json.dumps(header).encode()
open(sys.argv[1], "wb").write(struct.pack("<Q", len(text)) + text + data)
END
make() { python3 make.py "$@"; }

# gives NAME LAYERS...: the file as JSON is this network
gives() {
    local file=$1 act=$2
    shift 2
    printf '{"input_dim": %s, "layers": [%s]}' "$1" "$2" >want.json
    check "$file is read" run 0 convert "$file" got.json --activations "$act"
    check "its network" run 0 convert want.json norm.json
    check "$file with $act" cmp got.json norm.json
}

make net.safetensors 2.weight F32 1x2 0.5,-1 0.weight F32 2x1 1,2 0.bias F32 2 0.25,0 2.bias F32 1 3 step I64 '' 7 other F31 1 1
first='{"kind": "linear", "activation": "relu", "w": [["1"], ["2"]], "b": ["1/4", "0"]}'
last='{"kind": "linear", "activation": "identity", "w": [["1/2", "-1"]], "b": ["3"]}'
gives net.safetensors relu 1 "$first, $last"
gives net.safetensors relu,identity 1 "$first, $last"
gives net.safetensors leaky_relu:1/10 1 "${first/\"relu\"/\"leaky_relu\", \"slope\": \"1/10\"}, $last"
gives net.safetensors leaky_relu,abs 1 "${first/\"relu\"/\"leaky_relu\", \"slope\": \"1/100\"}, ${last/identity/abs}"
gives net.safetensors power:3 1 "${first/relu/power:3}, $last"

# ten layers: 10 comes after 9; nested names, no biases, halves
make ten.safetensors $(for i in 10 0 1 2 3 4 5 6 7 8 9; do echo "module.net.$i.weight F16 1x1 $((i + 1)).5"; done)
gives ten.safetensors abs 1 "$(for i in 0 1 2 3 4 5 6 7 8 9; do printf '{"kind": "linear", "activation": "abs", "w": [["%d"]], "b": ["0"]}, ' $((i + 1)); done | sed 's/\["\([0-9]*\)"\]\]/["\1.5"]]/g'){\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[\"11.5\"]], \"b\": [\"0\"]}"
make brain.safetensors fc1.weight BF16 1x1 0.5 fc1.bias BF16 1 -0.3359375
gives brain.safetensors identity 1 '{"kind": "linear", "activation": "identity", "w": [["1/2"]], "b": ["-43/128"]}'

# names that differ in letters: the only order in which the shapes fit
make letters.safetensors out.weight F64 1x3 1,2,3 encoder.weight F64 2x2 1,2,3,4 middle.weight F64 3x2 1,2,3,4,5,6
gives letters.safetensors relu 2 '{"kind": "linear", "activation": "relu", "w": [["1", "2"], ["3", "4"]], "b": ["0", "0"]},
    {"kind": "linear", "activation": "relu", "w": [["1", "2"], ["3", "4"], ["5", "6"]], "b": ["0", "0", "0"]},
    {"kind": "linear", "activation": "identity", "w": [["1", "2", "3"]], "b": ["0"]}'

# every command takes them
expect 0 '"regions": 3' pieces net.safetensors --activations relu --json
expect 0 'y = 3' eval net.safetensors --activations relu --at=-1
expect 0 'functional dimension' dimension net.safetensors --activations relu
expect 0 'at least' certify net.safetensors --activations relu --target x --interval=0:1

# what is not clear
refused() {
    local message=$1 file=$2 act=$3
    expect 1 "$message" pieces "$file" --activations "$act"
}
expect 1 "no activations are given (--activations relu); the tensors are '2.weight' (1, 2), '0.weight' (2, 1), '0.bias' (2)" pieces net.safetensors
refused "found 3 activations for 2 layers; the tensors are '2.weight' (1, 2)" net.safetensors relu,relu,relu
refused "sigmoid" net.safetensors sigmoid
make order.safetensors a.weight F32 1x1 1 b.weight F32 1x1 2
refused "the order of the layers is not clear: their names differ in more than numbers" order.safetensors relu
make circle.safetensors a.weight F32 1x2 1,1 b.weight F32 2x1 2,2
refused "and several orders may fit" circle.safetensors relu
make fits.safetensors a.weight F32 1x2 1,1 b.weight F32 1x3 2,2,2
refused "in no order do the layers fit behind one another; the tensors are 'a.weight' (1, 2), 'b.weight' (1, 3)" fits.safetensors relu
make chain.safetensors 0.weight F32 1x2 1,1 1.weight F32 1x3 2,2,2
refused "'1.weight' takes 3 inputs, but '0.weight' before it has 1 outputs" chain.safetensors relu
make norm.safetensors 0.weight F32 2x1 1,1 1.weight F32 2 1,1 1.running_mean F32 2 0,0
refused "the tensor '1.weight' is the bias of no layer (batch normalisation" norm.safetensors relu
make conv.safetensors 0.weight F32 1x1x1x1 1
refused "the tensor '0.weight' has 4 dimensions, expected dense layers: export other networks as ONNX" conv.safetensors relu
make two.safetensors 0.u F32 1x1 1 0.v F32 1x1 1
refused "'0.u' and '0.v' are two matrices of one module" two.safetensors relu
make none.safetensors 0.bias F32 1 1
refused "found no matrix of floats" none.safetensors relu
make empty.safetensors
refused "found no matrix of floats, expected one a layer; the tensors are none" empty.safetensors relu
make nan.safetensors 0.weight F32 1x2 1,nan
refused "entry 1 of '0.weight', from 0, is NaN" nan.safetensors relu
make inf.safetensors 0.weight F16 1x1 1 0.bias F16 1 -inf
refused "entry 0 of '0.bias', from 0, is infinite" inf.safetensors relu
expect 1 "it says them itself" pieces "$configs/networks/two-layers.json" --activations relu
expect 0 'every parameter exact' convert want.json own.safetensors
expect 1 "has an 'architecture' that says them" pieces own.safetensors --activations relu
summary
