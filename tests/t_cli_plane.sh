#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric pieces --zero`, --classes and --plot through the command line. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

ovals=$configs/networks/two-ovals.json
circles=$configs/networks/three-circles.json
line=$configs/networks/two-layers.json
balls=$configs/networks/three-balls.json

cat >three.json <<'END'
{"input_dim": 2, "layers": [{"kind": "linear", "activation": "identity", "w": [["1", "0"], ["0", "1"], ["-1", "-1"]], "b": ["0", "0", "0"]}]}
END

# ---- what is counted ------------------------------------------------------------------------------

check "ovals" run 0 pieces "$ovals" --zero --json
check "ovals: counts" has out '"zero": {"positive": 1, "negative": 2, "zero": 0, "arcs": 0, "ovals": 2, "crossings": 0}'
check "ovals in a box" run 0 pieces "$ovals" --zero --json --box 0:1,-2:2
check "half an oval is an arc" has out '"zero": {"positive": 1, "negative": 1, "zero": 0, "arcs": 1, "ovals": 0, "crossings": 0}'
check "ovals as text" run 0 pieces "$ovals" --zero
check "ovals: text" has out 'between them   0 arcs, 2 ovals, 0 with crossings'
check "classes" run 0 pieces three.json --classes --json
check "classes: three sectors" has out '"classes": [{"components": 1, "holes": 0}, {"components": 1, "holes": 0}, {"components": 1, "holes": 0}], "ties": {"components": 0, "holes": 0}'
check "one output of three" run 0 pieces three.json --zero --output 2 --json
check "its line is an arc" has out '"arcs": 1, "ovals": 0'
check "where it is zero on an open set" run 0 pieces "$circles" --zero
check "it says so" has out 'y = 0          1 open component'
check "through a budget" run 3 pieces "$ovals" --zero --json --max-seconds 0.000001
check "undecided" has out '"zero": null'

# ---- a picture ------------------------------------------------------------------------------------

check "a map" run 0 pieces "$circles" --plot map.svg
check "its title" has map.svg '8 regions, 8 pieces'
check "it is XML" python3 -c "import xml.dom.minidom; xml.dom.minidom.parse('map.svg')"
check "the same again" run 0 pieces "$circles" --plot again.svg
check "byte for byte" cmp map.svg again.svg

# ---- what is refused --------------------------------------------------------------------------------

expect 2 "--zero and --classes are for a plane" pieces "$line" --zero
expect 2 "--zero and --classes are for a plane" pieces "$balls" --classes
expect 2 "--classes compares outputs, and the network has one" pieces "$ovals" --classes
expect 2 "the network has 3 outputs; choose one with --output I, from 0 to 2" pieces three.json --zero
expect 2 "--output: found 3, the outputs of the network are 0 to 2" pieces three.json --zero --output 3
expect 2 "--output needs --zero" pieces "$ovals" --output 0
expect 2 "expected a file that ends with .svg" pieces "$ovals" --plot map.gif
expect 2 "--plot is for a plane" pieces "$line" --plot map.svg
expect 1 "nowhere/map.svg" pieces "$circles" --plot nowhere/map.svg

summary
