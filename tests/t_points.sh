#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Points by name, and tables of points: `quadric eval --at`, `--points`, and `quadric pieces --through` with a network's own scale of pictures.
. "$(dirname "$0")/outside.sh"
cat >net.json <<'END'
{"input_dim": 2, "layers": [{"kind": "linear", "activation": "relu", "w": [["1", "1"], ["1", "-1"]], "b": ["0", "0"]}]}
END
printf 'a,b\n1,2\n1/3,-1\n"0.5",0\n' >points.csv
printf '1,2\n3,1\n' >plain.csv
expect 0 'y1 = 3' eval net.json --at points.csv:0
expect 0 'y1 = 1/2' eval net.json --at points.csv:2
expect 0 'y2 = 2' eval net.json --at plain.csv:1
echo '1
2' >point.txt
expect 0 'y1 = 3' eval net.json --at @point.txt
expect 1 'points.csv has 3 rows; there is no row 3, from 0' eval net.json --at points.csv:3
expect 1 'none.csv: cannot be opened' eval net.json --at none.csv:0
expect 2 "expected numbers, @FILE, TABLE.csv:ROW" eval net.json --at some:thing:3

run 0 eval net.json --points points.csv
printf 'row,y1,y2,pattern\n0,3,0,10\n1,0,4/3,01\n2,1/2,1/2,11\n' >want
check "a table of points" cmp out want
run 0 eval net.json --points points.csv --json
check "a row as JSON" has out '{"row": 1, "value": ["0", "4/3"], "pattern": "01", '
check "an object a row" test "$(wc -l <out)" = 3
run 0 eval net.json --points plain.csv
check "without a header" has out '1,4,2,11'
: >empty.csv
check "no rows" run 0 eval net.json --points empty.csv
printf '1,2\n3\n' >short.csv
expect 1 'short.csv: line 2 has 1 fields, expected 2 numbers, one for each input' eval net.json --points short.csv
run 1 eval net.json --points short.csv
check "what came before stands" has out '0,3,0,10'
printf '1,2\n3,x\n' >word.csv
expect 1 "word.csv: line 2: found 'x', expected a number" eval net.json --points word.csv
expect 1 'none.csv: cannot be opened' eval net.json --points none.csv
expect 2 'exclude each other' eval net.json --points plain.csv --at 1,2
expect 2 'give the point' eval net.json

# pictures: two of 1 x 2 pixels, (0, 255) and (51, 102); the network says its scale, or the training data do
mkdir idx
for k in train t10k; do
    printf '\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2\0\377\63\146' >idx/$k-images-idx3-ubyte
    printf '\0\0\10\1\0\0\0\2\0\1' >idx/$k-labels-idx1-ubyte
done
if command -v python3 >/dev/null; then
    python3 - <<'END'
import json, struct
w = struct.pack("<4d", 1, 0, 0, 1) + struct.pack("<2d", 0, 0)
for name, scale in (("scaled", {"pixel_mean": "[0.5]", "pixel_std": "[0.25]"}), ("plain", {}), ("broken", {"pixel_mean": "[0.5, 1]", "pixel_std": "[1]"})):
    meta = dict({"architecture": json.dumps({"input_dim": 2, "layers": [{"kind": "linear", "activation": "identity"}]})}, **scale)
    head = json.dumps({"__metadata__": meta, "layers.0.w": {"dtype": "F64", "shape": [2, 2], "data_offsets": [0, 32]},
                       "layers.0.b": {"dtype": "F64", "shape": [2], "data_offsets": [32, 48]}}).encode()
    open(name + ".safetensors", "wb").write(struct.pack("<Q", len(head)) + head + w)
END
    expect 0 'y1 = -2' eval scaled.safetensors --at idx:test:0
    expect 0 'y2 = 2' eval scaled.safetensors --at idx:test:0
    run 0 eval plain.safetensors --at idx:test:0 && mv out own
    run 0 eval broken.safetensors --at idx:test:0
    check "a scale of other channels is none" cmp out own
    check "the data's own scale" has own 'about 1.60356'
    expect 0 '"regions": 1' pieces scaled.safetensors --through idx:test:0 --through idx:train:1 --json
fi
expect 1 'idx has 2 pictures; there is no picture 2, from 0' eval net.json --at idx:train:2
summary
