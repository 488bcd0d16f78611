#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric pieces --certificate` and `quadric check` through the command line. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

# ---- what passes ------------------------------------------------------------------------------

net=$configs/networks/two-layers.json
check "a line" run 0 pieces "$net" --certificate line.json
check "it is one certificate" has line.json '"certificate": "quadric pieces 1"'
expect 0 "verified: 4 patterns, 9 regions, 5 pieces, largest degree 4, a line" check line.json
expect 0 "8 breakpoints: no unit changes sign between them" check line.json
check "the same bytes again" run 0 pieces "$net" --certificate again.json --threads 1
check "the same bytes" cmp line.json again.json
expect 0 '"verified": true' check line.json --json
check "nothing is open" has out '"not_confirmed": []'
check "an interval" run 0 pieces "$net" --interval 0:2 --certificate interval.json
expect 0 "a line, an interval" check interval.json
check "a line through a plane" run 0 pieces "$configs/networks/three-circles.json" --line 0,0:1,1/3 --certificate through.json
expect 0 "verified: " check through.json

cat >folds.json <<'END'
{"input_dim": 3, "layers": [
  {"kind": "linear", "activation": "abs", "w": [["1", "0", "1/2"], ["0", "1", "-1"]], "b": ["0", "-1"]},
  {"kind": "linear", "activation": "relu", "w": [["1", "-1"], ["1", "1"]], "b": ["1/3", "-2"]},
  {"kind": "linear", "activation": "identity", "w": [["1", "2"]], "b": ["0"]}]}
END
for options in "" "--box -2:2,-2:3,-1:1" "--plane 0,0,0:1,0,0:0,1,1"; do
    check "conventional $options" run 0 pieces folds.json $options --certificate folds.out
    expect 0 "verified: " check folds.out
    expect 0 "behind every facet lies a listed region" check folds.out
done

check "a plane" run 0 pieces "$configs/networks/three-circles.json" --certificate plane.json
expect 0 "nothing contradicts: 8 patterns, 8 regions, 8 pieces" check plane.json
expect 0 "not confirmed  that no region and no wall lies between these lines" check plane.json
expect 0 '"verified": null' check plane.json --json
check "a box" run 0 pieces "$configs/networks/three-circles.json" --box -2:2,-2:2 --certificate box.json
expect 0 "a plane, a box" check box.json

# ---- what is refused ---------------------------------------------------------------------------

# change FILE SED PART: the file with that change is refused, and the message has the part
change() {
    sed "$2" "$1" >changed.json
    check "a change: $2" differ "$1" changed.json
    expect 1 "$3" check changed.json
}
change line.json 's/"regions": 9/"regions": 8/' "refused: 'regions' is 8, 9 are listed"
change line.json 's/"patterns": 4/"patterns": 5/' "refused: 'patterns' is 5, 4 are listed"
change line.json 's/"pieces": 5/"pieces": 6/' "refused: 'pieces' is 6, the regions make 5"
change line.json 's/"max_degree": 4/"max_degree": 3/' "refused: 'max_degree' is 3, the outputs have 4"
change line.json 's/"-5\/4"/"-4\/3"/' "refused: the point of region 2 does not show its pattern"
change line.json '/"list"/,$s/\("pattern": "[01]*\)0"/\11"/' "refused: "
change line.json 's/"walls": \[\[0, 1\], /"walls": [/' "refused: "
change line.json 's/"interval": \["-1", "-1"\]/"interval": ["-9\/8", "-9\/8"]/' "refused: breakpoint"
change line.json 's/"1\/3"/"1\/2"/; s/"checksum": "./"checksum": "x/' "refused: "
change line.json 's/"checksum": "./"checksum": "x/' "refused: the checksum is not that of the rest of the file, which was changed"
change plane.json 's/"walls": \[\[[0-9]*, [0-9]*\], /"walls": [/' "refused: "
change plane.json 's/"bounded_regions": 7/"bounded_regions": 8/' "refused: 'bounded_regions' is 8, 7 are listed"
change line.json 's/quadric pieces 1/quadric pieces 2/' "found the certificate 'quadric pieces 2', expected 'quadric pieces 1'"
change line.json 's/"status": "exact"/"status": "likely"/' "found 'status' likely, expected exact or lower_bound"
change line.json 's/"piece": 0/"piece": 99/' "'piece'"
change line.json 's/"dim": 1/"dim": 2/' "line"
change line.json 's/"walls"/"wells"/' "unknown key 'wells' in the certificate"
echo '{"certificate": 3}' >other.json
expect 1 "certificate must be a string" check other.json
echo '[]' >other.json
expect 1 "object" check other.json

# ---- budgets and errors ---------------------------------------------------------------------------

expect 3 "time" check plane.json --max-seconds 0.000001
check "a lower bound" run 3 pieces "$configs/networks/three-balls.json" --certificate balls.json
expect 0 "verified: at least " check balls.json
expect 0 "at least 8 regions: as many patterns" check balls.json
change balls.json 's/"patterns": 8, "regions": 8/"patterns": 9, "regions": 8/' "refused: 'patterns' is 9, 8 are listed"
check "a budget" run 3 pieces "$net" --max-seconds 0.000001 --certificate none.json
check "no file then" absent none.json
expect 2 "--count and --certificate exclude each other" pieces "$net" --count --certificate none.json
expect 1 "none/none.json" pieces "$net" --certificate none/none.json

summary
