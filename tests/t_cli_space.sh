#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric pieces` in three and more dimensions, through points, and of --count, through the command line. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

balls=$configs/networks/three-balls.json
line=$configs/networks/two-layers.json
circles=$configs/networks/three-circles.json

# a network that is constant along one direction, one of separate inputs, a conventional one
cat >forms.json <<'EOF'
{"input_dim": 3, "layers": [
  {"kind": "linear", "activation": "identity", "w": [["1", "0", "1"], ["0", "1", "-2"]], "b": ["0", "0"]},
  {"kind": "compact", "activation": "relu", "w": [["0", "0"]], "wb": [["-1", "-1"]], "b": ["1"]},
  {"kind": "linear", "activation": "identity", "w": [["1"]], "b": ["0"]}]}
EOF
cat >apart.json <<'EOF'
{"input_dim": 3, "layers": [
  {"kind": "sparse", "units": [
    {"activation": "relu", "quadratic": [[0, 0, "-1"], [1, 1, "-1"]], "linear": [], "b": "1"},
    {"activation": "relu", "quadratic": [[2, 2, "1"]], "linear": [], "b": "-1"}]},
  {"kind": "linear", "activation": "identity", "w": [["1", "1"]], "b": ["0"]}]}
EOF
cat >flat.json <<'EOF'
{"input_dim": 3, "layers": [
  {"kind": "linear", "activation": "relu", "w": [["1", "0", "0"], ["0", "1", "0"], ["0", "0", "1"], ["1", "1", "1"]], "b": ["0", "0", "0", "-1"]},
  {"kind": "linear", "activation": "identity", "w": [["1", "2", "3", "4"]], "b": ["0"]}]}
EOF

# ---- what is counted ------------------------------------------------------------------------------

check "balls: a lower bound" run 3 pieces "$balls" --json --quiet
check "balls: eight patterns" has out '"status": "lower_bound", "input_dim": 3, "patterns": 8, "regions": 8, "pieces": 8, "max_degree": null'
check "balls: an upper bound by name" has out '"upper_bound": {"name": "pattern-degree", "regions": 259}'
check "balls: eight witnesses" [ "$(grep -o '"point"' out | wc -l)" = 8 ]
check "balls: one sentence" says 'lower bound: no engine is exact for this network in 3 dimensions; found by 64 lines and planes'
cp out first
check "balls: on one thread" run 3 pieces "$balls" --json --quiet --threads 1
check "balls: the same" cmp out first
check "balls: another seed" run 3 pieces "$balls" --json --quiet --seed 2
check "balls: other witnesses" differ out first
check "balls: one slice" run 3 pieces "$balls" --slices 1 --quiet
check "balls: one slice is said" has out 'from 1 lines and planes'
check "balls: in a box" run 3 pieces "$balls" --box -1/8:1/8,-1/8:1/8,-1/8:1/8 --json
check "balls: in a box: one pattern, all inside" has out '"patterns": 1,'

check "forms" run 0 pieces forms.json --json --list
check "forms: the counts of a circle" has out '"patterns": 2, "regions": 2, "pieces": 2, "max_degree": 2'
check "forms: none is bounded" has out '"bounded_regions": 0, "holes": 0, "road": "forms", "linear_forms": 2'
check "forms: neighbours" has out '"adjacency": [[0, 1]]'
check "forms: the text" run 0 pieces forms.json
check "forms: the text says so" has out 'linear forms   2 of 3 inputs'

check "product" run 0 pieces apart.json --json --list
check "product: 2 regions times 3" has out '"patterns": 4, "regions": 6, "pieces": 6, "max_degree": 2'
check "product: one is bounded" has out '"bounded_regions": 1, "holes": 0, "road": "product"'
check "product: seven walls" [ "$(sed 's/.*"adjacency"//; s/"seed".*//' out | grep -o '\[[0-9]*, [0-9]*\]' | wc -l)" = 7 ]
check "product: the graph" run 0 pieces apart.json --graph g.json
check "product: nodes" [ "$(grep -o '"id"' g.json | wc -l)" = 6 ]
check "product: in a box" run 0 pieces apart.json --box -2:2,-2:2,-2:2 --count

check "space" run 0 pieces flat.json --json --list
check "space: four planes" has out '"patterns": 15, "regions": 15, "pieces": 15, "max_degree": 1'
check "space: a tetrahedron" has out '"bounded_regions": 1,'
check "space: points of three numbers" grep -qE '"point": \["[-0-9/]*", "[-0-9/]*", "[-0-9/]*"\]' out
check "space: in a box" run 0 pieces flat.json --box 0:1/4,0:1/4,0:1/4 --json
check "space: in a box: one region" has out '"regions": 1,'

# ---- through points ---------------------------------------------------------------------------------

printf 'x,y\n-2,0\n2,0\n0,3/2\n' >points.csv
printf -- '-2\n0\n' >left.txt
run 0 pieces "$circles" --line=-2,0:2,0 --json && cp out want
check "through points" run 0 pieces "$circles" --through=-2,0 --through 2,0 --json
check "through points: as --line" cmp out want
check "through rows" run 0 pieces "$circles" --through points.csv:0 --through points.csv:1 --json
check "through rows: as --line" cmp out want
check "through a file" run 0 pieces "$circles" --through @left.txt --through 2,0 --json
check "through a file: as --line" cmp out want
check "the segment" run 0 pieces "$circles" --through @left.txt --through 2,0 --segment
check "the segment is said" has out 'through        @left.txt; 2,0; the segment'
run 0 pieces "$balls" --plane 0,0,0:1,0,0:0,1,0 --json && cp out want
check "a plane through points" run 0 pieces "$balls" --through 0,0,0 --through 1,0,0 --through 0,1,0 --json
check "a plane through points: as --plane" cmp out want
expect 2 "--through: found one point" pieces "$circles" --through 0,0
expect 2 "--through: found more than 3" pieces "$circles" --through 0,0 --through 0,0 --through 0,0 --through 0,0
expect 2 "--through: the two points are equal" pieces "$circles" --through 0,1/2 --through 0,0.5
expect 2 "--through: the three points lie on one line" pieces "$circles" --through 0,0 --through 1,1 --through 2,2
expect 2 "--through: point has 3 coordinates, expected 2" pieces "$circles" --through 0,0,0 --through 1,1
expect 2 "--through and --line exclude each other" pieces "$circles" --through 0,0 --through 1,1 --line 0,0:1,1
expect 2 "expected numbers, @FILE, TABLE.csv:ROW" pieces "$circles" --through points:0 --through 1,1
expect 1 "points.csv has 3 rows; there is no row 3, from 0" pieces "$circles" --through points.csv:3 --through 1,1
expect 1 "points.csv: line 2 has 2 fields, expected 3 numbers" pieces "$balls" --through points.csv:0 --through 1,1,1
expect 1 "absent.csv: " pieces "$circles" --through absent.csv:0 --through 1,1
expect 1 "absent.txt: " pieces "$circles" --through @absent.txt --through 1,1
expect 1 "left.txt: point has 2 coordinates, expected 3" pieces "$balls" --through @left.txt --through 1,1,1
expect 1 "nowhere/train-images-idx3-ubyte is not there" pieces "$circles" --through nowhere:train:3 --through 1,1

# two pictures of 2 x 1 pixels: 0 255 and 255 0; standardised -1 1 and 1 -1
mkdir idx
for set in train t10k; do
    printf '\0\0\10\3\0\0\0\2\0\0\0\2\0\0\0\1\0\377\377\0' >idx/$set-images-idx3-ubyte
    printf '\0\0\10\1\0\0\0\2\0\1' >idx/$set-labels-idx1-ubyte
done
run 0 pieces "$circles" --line=-1,1:1,-1 --json && cp out want
check "through pictures" run 0 pieces "$circles" --through idx:train:0 --through idx:test:1 --json
check "through pictures: as the trainer standardises them" cmp out want
expect 1 "idx has 2 pictures; there is no picture 2, from 0" pieces "$circles" --through idx:train:2 --through 1,1
expect 1 "idx: a picture has 2 numbers, the network takes 3" pieces "$balls" --through idx:train:0 --through 1,1,1

# ---- --count and options ------------------------------------------------------------------------------

check "count on a line" run 0 pieces "$line" --json --count
check "count leaves the breakpoints out" grep -qv breakpoints out
check "count: the counts" has out '"patterns": 4, "regions": 9, "pieces": 5, "max_degree": 4'
check "count: the text" run 0 pieces "$line" --count
check "count: no table" [ "$(wc -l <out)" = 7 ]
check "count in the plane" run 0 pieces "$circles" --count --json
check "count in the plane: the counts" has out '"regions": 8, "pieces": 8'
expect 2 "--count and --list exclude each other" pieces "$line" --count --list
expect 2 "--count and --graph exclude each other" pieces "$circles" --count --graph g.dot
expect 2 "--box: found '0:1,0:1', expected 3 ranges A:B,C:D,..." pieces "$balls" --box 0:1,0:1
expect 2 "--box: found '2:2', expected A < B" pieces "$balls" --box 0:1,0:1,2:2
expect 2 "--slices: found '0', expected an integer from 1" pieces "$balls" --slices 0
expect 2 "--interval is for a line" pieces "$balls" --interval 0:1

summary
