#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric table pieces`, `quadric table bounds` and `quadric table functional` through the command line. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

# ---- bad configurations: file, line, column, what was found -----------------------------------

# bad COMMAND PLACE SENTENCE: the configuration on standard input is refused
bad() {
    cat >bad.yaml
    check "refused: $3" run 1 table "$1" bad.yaml
    check "place: $3" says "bad.yaml: $2: "
    check "sentence: $3" says "$3"
    check "nothing on stdout: $3" empty out
}

bad pieces 'line 1, column 1' "unknown key 'widht' in the configuration; known keys are 'name', 'widths'" <<<'widht: [[3]]'
bad pieces 'line 1, column 1' "no architectures; expected 'widths', or 'width' and 'depth'" <<<'kinds: [linear]'
bad pieces 'line 1, column 1' "key 'kinds' is missing" <<<'widths: [[3]]'
bad pieces 'line 1, column 9' "'widths' is empty" <<<'widths: []'
bad pieces 'line 1, column 9' "'widths' must be an array, not 3" <<<'widths: 3'
bad pieces 'line 1, column 10' "a list of hidden widths in 'widths' must be an array, not 3" <<<'widths: [3]'
bad pieces 'line 1, column 14' "must be an integer from 1 to 100000, not 0" <<<'widths: [[3, 0]]'
bad pieces 'line 1, column 10' "a list of hidden widths in 'widths' is empty" <<<'widths: [[]]'
bad pieces 'line 2, column 8' "found 'widths' and a grid" <<<$'widths: [[3]]\nwidth: [3]'
bad pieces 'line 2, column 9' "'depth' must be an integer from 1 to 1000, not 1.5" <<<$'width: [3]\ndepth: [1.5]'
bad pieces 'line 2, column 9' "unknown kind 'cubic'; known are conventional, square, power:r, linear, quadratic" <<<$'widths: [[3]]\nkinds: [cubic]'
bad pieces 'line 2, column 8' "'kinds' is empty" <<<$'widths: [[3]]\nkinds: []'
bad pieces 'line 2, column 16' "unknown kind 'square'; known are linear" <<<$'widths: [[3]]\nkinds: [{kind: square}]'
bad pieces 'line 2, column 9' "key 'kind' is missing" <<<$'widths: [[3]]\nkinds: [{activation: relu}]'
bad pieces 'line 2, column 36' "unknown activation 'rely'" <<<$'widths: [[3]]\nkinds: [{kind: linear, activation: rely}]'
bad pieces 'line 2, column 31' "'slope' belongs to leaky_relu, found the activation relu" <<<$'widths: [[3]]\nkinds: [{kind: linear, slope: 1/2}]'
bad pieces 'line 2, column 55' "'slope': " <<<$'widths: [[3]]\nkinds: [{kind: linear, activation: leaky_relu, slope: 1/0}]'
bad pieces 'line 3, column 12' "'input_dim' must be an integer from 1" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 0'
bad pieces 'line 3, column 7' "'line' must be random or two points" <<<$'widths: [[3]]\nkinds: [linear]\nline: vertical'
bad pieces 'line 4, column 8' "the first point of 'line': found 1 numbers, expected 2" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\nline: [[1], [2, 3]]'
bad pieces 'line 4, column 7' "the two points of 'line' are equal" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\nline: [[1/2, 3], [0.5, 3]]'
bad pieces 'line 3, column 11' "'interval' must be [a, b] with a < b" <<<$'widths: [[3]]\nkinds: [linear]\ninterval: [1, 1]'
bad pieces 'line 3, column 11' "'interval': found 1 numbers, expected 2" <<<$'widths: [[3]]\nkinds: [linear]\ninterval: [1]'
bad pieces 'line 3, column 16' "'interval': " <<<$'widths: [[3]]\nkinds: [linear]\ninterval: [-1, one]'
bad pieces 'line 4, column 9' "unknown domain 'torus'; known are line, plane, space" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\ndomain: torus'
bad pieces 'line 3, column 9' "'domain': found space, expected 'input_dim' of at least 2 for it" <<<$'widths: [[3]]\nkinds: [linear]\ndomain: space'
bad pieces 'line 4, column 9' "'domain': found plane, expected 'input_dim' of at least 3 for it" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\ndomain: plane'
bad pieces 'line 3, column 6' "'box' belongs to the domains plane and space" <<<$'widths: [[3]]\nkinds: [linear]\nbox: [[0, 1]]'
bad pieces 'line 5, column 6' "'box': found 1 ranges, expected 2" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 3\ndomain: plane\nbox: [[0, 1]]'
bad pieces 'line 5, column 15' "a range of 'box' must be [a, b] with a < b" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\ndomain: space\nbox: [[0, 1], [1, 1]]'
bad pieces 'line 5, column 7' "'line' belongs to the domain line, found 'space'" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 2\ndomain: space\nline: random'
bad pieces 'line 3, column 10' "key 'type' is missing in 'weights'" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {range: 8}'
bad pieces 'line 3, column 17' "unknown weights 'uniform'; known are grid, gauss, relinear, trained, files" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: uniform}'
bad pieces 'line 3, column 24' "unknown key 'range' in 'weights' of type gauss" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: gauss, range: 8}'
bad pieces 'line 3, column 10' "'weights' is empty" <<<$'widths: [[3]]\nkinds: [linear]\nweights: []'
bad pieces 'line 3, column 10' "key 'distance' is missing in 'weights' of type relinear" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: relinear}'
bad pieces 'line 3, column 37' "'distance' must be a number from 0" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: relinear, distance: -1}'
bad pieces 'line 3, column 10' "neurons of kind power, which have no conventional part" <<<$'widths: [[3]]\nkinds: [power]\nweights: {type: relinear, distance: 0}'
bad pieces 'line 3, column 10' "found 'gauss' twice in 'weights'" <<<$'widths: [[3]]\nkinds: [linear]\nweights: [{type: gauss}, {type: gauss}]'
bad pieces 'line 3, column 31' "'files' is empty" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: files, files: []}'
bad pieces 'line 3, column 26' "unknown key 'model' in 'weights' of type trained" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: trained, model: {hidden: [3]}}'
bad pieces 'line 3, column 10' "the data of 'trained' have 2 inputs, expected 1, the table's 'input_dim'" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: trained, data: {target: xor}}'
bad pieces 'line 3, column 10' "'after': found step 9, expected at most 5" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: trained, data: {target: runge}, training: {steps: 5}, after: 9}'
bad pieces 'line 4, column 8' "'plane' must be random or three points such as" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 3\nplane: [[0, 0, 0], [1, 1, 1]]\ndomain: plane'
bad pieces 'line 4, column 8' "the three points of 'plane' lie on a line" <<<$'widths: [[3]]\nkinds: [linear]\ninput_dim: 3\nplane: [[0, 0, 0], [1, 1, 1], [1/2, 1/2, 0.5]]\ndomain: plane'
bad pieces 'line 3, column 8' "'plane' belongs to the domain plane, found 'line'" <<<$'widths: [[3]]\nkinds: [linear]\nplane: random'
bad pieces 'line 3, column 9' "'biases' must be true or false" <<<$'widths: [[3]]\nkinds: [linear]\nbiases: maybe'
bad pieces 'line 3, column 8' "'seeds' must be an integer from 1" <<<$'widths: [[3]]\nkinds: [linear]\nseeds: none'
bad pieces 'line 3, column 26' "'max_seconds_per_network' must be a number from 0" <<<$'widths: [[3]]\nkinds: [linear]\nmax_seconds_per_network: -1'
bad pieces 'line 2, column 1' "widths" <<<$'widths: [[3]]\nwidths: [[4]]'
# 'widths' says all layers: each key of the grid beside it would have no effect
for key in "inputs: 2" "outputs: 1" "hidden_layers: [1]" "max_width: 3"; do
    bad dimension "line 3, column $((${#key} - $(sed 's/.*: //' <<<"$key" | tr -d '\n' | wc -c) + 1))" "found 'widths' and '${key%%:*}', expected one of them" \
        <<<$'widths: [[2, 3, 1]]\nneurons: [quadratic]\n'"$key"
done
bad dimension 'line 3, column 7' "'last' is empty, expected linear, same or both" <<<$'widths: [[2, 3, 1]]\nneurons: [full]\nlast: []'
bad dimension 'line 3, column 9' "'biases' is empty, expected true, false or both" <<<$'widths: [[2, 3, 1]]\nneurons: [full]\nbiases: []'
bad filling 'line 3, column 12' "'max_power' has no effect without conventional neurons" <<<$'widths: [[2, 3, 1]]\nneurons: [full]\nmax_power: 3'
bad bounds 'line 1, column 1' "key 'depths' is missing" <<<'widths: [3]'
bad bounds 'line 3, column 17' "unknown construction 'saw'; known are tent, logistic, fold, chain, ring, search" <<<$'widths: [3]\ndepths: [1]\nconstructions: [saw]'
bad bounds 'line 3, column 9' "found 'search', but 'constructions' does not contain search" <<<$'widths: [3]\ndepths: [1]\nsearch: {steps: 5}'
bad bounds 'line 4, column 10' "unknown key 'step' in 'search'" <<<$'widths: [3]\ndepths: [1]\nconstructions: [search]\nsearch: {step: 5}'
bad bounds 'line 3, column 1' "unknown key 'depths' in a configuration with 'inputs'" <<<$'widths: [[3]]\ninputs: [1]\ndepths: [1]'
bad bounds 'line 2, column 10' "'inputs'" <<<$'widths: [[3]]\ninputs: [0]\nkinds: [quadratic]'
bad bounds 'line 3, column 16' "no construction here exists for these widths" <<<$'widths: [1, 2]\ndepths: [1]\nconstructions: [ring]'
bad functional 'line 1, column 17' "unknown key 'interval' in the configuration; known keys are 'name', 'widths'" <<<'{widths: [[3]], interval: [0, 1]}'
bad functional 'line 3, column 19' "'equal_parameters' must be true or false" <<<$'widths: [[3]]\nkinds: [linear]\nequal_parameters: maybe'
bad functional 'line 3, column 17' "unknown weights 'trained'; known are grid, gauss, relinear" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: trained}'
bad functional 'line 3, column 10' "'weights': found 2 distances, expected one" <<<$'widths: [[3]]\nkinds: [linear]\nweights: {type: relinear, distance: [0, 1]}'
bad functional 'line 1, column 10' "a list of hidden widths in 'widths' is empty" <<<'widths: [[]]'

check "no such file" run 1 table pieces absent.yaml
check "no such file is named" says 'absent.yaml: '

# ---- options ----------------------------------------------------------------------------------

cat >small.yaml <<'YAML'
widths: [[3], [4, 4]]
kinds: [conventional, square, quadratic, {kind: compact, activation: leaky_relu}]
seeds: 5
YAML
check "unknown suffix" run 2 table pieces small.yaml -o a.xls
check "unknown format" run 2 table pieces small.yaml --format excel
check "two formats" run 2 table pieces small.yaml --format csv --json
check "no folder" run 1 table pieces small.yaml -o none/a.csv
check "no folder is named" says 'cannot write none/a.csv: No such file or directory'

# ---- formats ----------------------------------------------------------------------------------

for f in txt csv md tex json; do
    check "table.$f" run 0 table pieces small.yaml -o table.$f
    check "no state is left: $f" absent table.$f.part
    check "times: $f" [ "$(wc -l <table.$f.times.csv)" = 9 ]
done
check "csv: 33 columns in all 9 rows" [ "$(awk -F, '{print NF}' table.csv | sort | uniq -c | tr -s ' ')" = ' 9 33' ]
check "markdown: 31 columns in all 10 lines" [ "$(grep '^|' table.md | awk -F' [|] ' '{print NF}' | sort | uniq -c | tr -s ' ')" = ' 10 31' ]
check "latex: 31 columns in all 9 rows" [ "$(grep ' \\\\$' table.tex | awk -F' & ' '{print NF}' | sort | uniq -c | tr -s ' ')" = ' 9 31' ]
check "text: 10 lines under the caption" [ "$(tail -n +3 table.txt | wc -l)" = 10 ]
check "json: 8 lines, one object each" [ "$(grep -c '^{"architecture": .*}$' table.json)" = 8 ]
check "stdout is text" run 0 table pieces small.yaml
check "stdout and file agree" cmp out table.txt
check "--json" run 0 table pieces small.yaml --json
check "--json and .json agree" cmp out table.json
check "--format wins over the suffix" run 0 table pieces small.yaml --format csv -o csv.txt
check "--format and suffix agree" cmp csv.txt table.csv
check "-o and --json" run 0 table pieces small.yaml -o both.csv --json
check "-o and --json: the file" cmp both.csv table.csv
check "-o and --json: stdout" cmp out table.json
if command -v jq >/dev/null; then
    check "json parses" jq -es 'length == 8 and all(.regions_max <= .bound_pattern_root and .bound_pattern_root <= .bound_layer_product
        and .pieces_max <= .regions_max and .regions_min <= .regions_mean and .regions_mean <= .regions_max
        and .patterns_max <= .regions_max and .status == "exact" and .seed == 1)' table.json >/dev/null
    check "a network with square activation is one piece" jq -es 'all(select(.activation == "square") | .pieces_max == 1)' table.json >/dev/null
fi

# ---- other domains -------------------------------------------------------------------------------

cat >plane.yaml <<'YAML'
widths: [[3], [2, 2]]
kinds: [conventional, quadratic]
input_dim: 3
domain: plane
box: [[-4, 4], [-4, 4]]
seeds: 4
YAML
check "planes" run 0 table pieces plane.yaml -o plane.csv
check "planes: all exact" [ "$(grep -c ',exact,' plane.csv)" = 4 ]
check "planes: a bound and its name" [ "$(awk -F, '{print NF}' plane.csv | sort -u)" = 33 ]
check "planes: no count is above the bound" [ "$(awk -F, 'NR > 1 && $15 > $24' plane.csv | wc -l)" = 0 ]
check "planes: conventional ones by the histogram" grep -q '^3-2-2-1,linear,.*,histogram,' plane.csv
check "planes on one thread" run 0 table pieces plane.yaml --threads 1 -o plane1.csv
check "planes: the same table" cmp plane.csv plane1.csv
check "planes: the caption" run 0 table pieces plane.yaml
check "planes: the domain" grep -q 'random planes, box -4:4,-4:4;' out

# ---- determinism ------------------------------------------------------------------------------

for t in 1 2 5; do
    check "$t threads" run 0 table pieces small.yaml --threads $t -o threads.csv
    check "$t threads give the same table" cmp threads.csv table.csv
done
check "another seed" run 0 table pieces small.yaml --seed 2 -o seed.csv
check "another seed gives another table" differ seed.csv table.csv
check "and says so" grep -q ',2,[0-9.]*$' seed.csv

# Rows and seeds are independent: a row alone, and seeds 1..3 and 4..5, give the same networks.
echo '{widths: [[4, 4]], kinds: [quadratic], seeds: 5}' >row.yaml
check "one row" run 0 table pieces row.yaml -o row.csv
check "one row is the row of the table" [ "$(tail -1 row.csv | cut -d, -f1-26)" = "$(grep '^1-4-4-1,quadratic' table.csv | cut -d, -f1-26)" ]
echo '{widths: [[4, 4]], kinds: [quadratic], seeds: 1}' >alone.yaml
for seed in 1 2 3 4 5; do "$quadric" table pieces alone.yaml --seed $seed --format csv | tail -1; done >alone.csv
check "minimum, mean and maximum over the networks" [ "$(tail -1 row.csv | cut -d, -f10,13,15,16,19,21)" = "$(awk -F, '
    NR == 1 { a = A = $10; b = B = $16 }
    { s += $10; S += $16; if ($10 < a) a = $10; if ($10 > A) A = $10; if ($16 < b) b = $16; if ($16 > B) B = $16 }
    END { printf "%d,%.2f,%d,%d,%.2f,%d", a, s / 5, A, b, S / 5, B }' alone.csv)" ]

# ---- resuming ---------------------------------------------------------------------------------

cat >large.yaml <<'YAML'
widths: [[8, 8], [16, 16]]
kinds: [conventional, quadratic]
seeds: 40
YAML
check "uninterrupted" run 0 table pieces large.yaml -o whole.csv
check "stopped" run 3 table pieces large.yaml --max-seconds 0.000001 -o part.csv
check "stopped: says how to go on" says 'the same command goes on from there'
check "stopped: no result" absent part.csv
check "stopped: a state" [ -s part.csv.part ]
cp part.csv.part header
check "stopped on stdout" run 3 table pieces large.yaml --max-seconds 0.000001
check "stopped on stdout: nothing is printed" empty out

# Until it is through, with a little more time in each round.
rounds=0 code=3
while [ $code = 3 ] && [ $rounds -lt 200 ]; do
    rounds=$((rounds + 1))
    "$quadric" table pieces large.yaml --max-seconds 0.0$((10 + rounds)) --quiet -o part.csv 2>err
    code=$?
done
check "resumed $rounds times" [ $code = 0 ]
check "the resumed table is the same" cmp part.csv whole.csv
check "no state is left" absent part.csv.part

# killed: a part of the state with the last line cut anywhere
"$quadric" table pieces large.yaml --quiet -o full.csv &
pid=$!
for _ in $(seq 1000); do
    [ "$(wc -l 2>/dev/null <full.csv.part)" -gt 3 ] 2>/dev/null && break
    sleep 0.001
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
[ ! -e full.csv.part ] || cp full.csv.part state
check "killed and resumed" run 0 table pieces large.yaml -o full.csv
check "the table after a kill is the same" cmp full.csv whole.csv
for cut in 1 2 7 20 60; do
    [ -e state ] || break
    head -c -$cut state >cut.csv.part
    check "state cut by $cut bytes" run 0 table pieces large.yaml -o cut.csv
    check "state cut by $cut bytes: the same table" cmp cut.csv whole.csv
done
# cut, then stopped once more: what follows the cut must not be glued to the incomplete line
if [ -e state ]; then
    head -c -5 state >twice.csv.part
    lines=$(wc -l <twice.csv.part)
    for ms in 020 040 080 160 320; do
        "$quadric" table pieces large.yaml --quiet --max-seconds 0.$ms -o twice.csv 2>err
        [ ! -e twice.csv.part ] || [ "$(wc -l <twice.csv.part)" = "$lines" ] || break
    done
    check "cut, stopped and resumed" run 0 table pieces large.yaml -o twice.csv
    check "cut, stopped and resumed: the same table" cmp twice.csv whole.csv
fi
for keep in 0 1 30; do
    head -c $keep header >cut.csv.part
    check "header cut after $keep bytes" run 0 table pieces large.yaml -o cut.csv
    check "header cut after $keep bytes: the same table" cmp cut.csv whole.csv
done

# refused NAME SENTENCE ARGUMENTS...: bad.csv.part is refused with the sentence and left as it is
refused() {
    local name=$1 sentence=$2
    shift 2
    cp bad.csv.part before
    check "$name" run 1 table pieces "$@" -o bad.csv
    check "$name: sentence" says "bad.csv.part: $sentence"
    check "$name: left as it is" cmp bad.csv.part before
    check "$name: no result" absent bad.csv
}
cp header bad.csv.part
refused "another seed" 'found the state of another run' large.yaml --seed 2
refused "another configuration" 'found the state of another run' small.yaml
echo 'my notes' >bad.csv.part
refused "a foreign file" 'found a file that is not the state of a table' large.yaml
# a damaged end is what a crash leaves
for tail in 'not a result' $'1\t0.1\t' "$(seq 100)"; do
    { cat header; printf '%s\n' "$tail"; } >cut.csv.part
    check "a damaged end" run 0 table pieces large.yaml -o cut.csv
    check "a damaged end: said" says "cut.csv.part: damaged from line 2 on, as after a crash; $((${#tail} + 1)) bytes are cut off"
    check "a damaged end: the same table" cmp cut.csv whole.csv
done
sed 's/^quadric part [0-9]*/quadric part 1/' header >bad.csv.part
refused "an older state" "found the state of another run, 'quadric part 1, table pieces, " large.yaml
# summed LINE: with its checksum, FNV-1a of 64 bits
summed() {
    local h=$((0xcbf29ce484222325)) i
    for ((i = 0; i < ${#1}; i++)); do h=$(((h ^ $(printf %d "'${1:i:1}")) * 0x100000001b3)); done
    printf '%s\t%016x\n' "$1" $h
}
{ cat header; summed $'0\t0.5\tstatus=0 regions=many pieces=1 patterns=1 max_degree=1'; } >bad.csv.part
refused "a field that is no number" "line 2 is damaged: 'regions' is 'many', expected an integer; remove" large.yaml
{ cat header; summed $'0\t0.5\tstatus=0 regions=3 pieces=1 patterns=1'; } >bad.csv.part
refused "a field that is missing" "line 2 is damaged: it ends before 'max_degree'; remove" large.yaml
{ cat header; summed $'0\t0.5\tstatus=2 regions=3 pieces=1 patterns=1 max_degree=1'; } >bad.csv.part
refused "a status that is none" "line 2 is damaged: 'status' is 2, expected 0 to 1; remove" large.yaml
if [ -e state ] && [ "$(wc -l <state)" -gt 2 ]; then
    sed '2s/regions=/regions=1/' state >bad.csv.part
    refused "a changed count" 'line 2 is damaged' large.yaml
    { head -2 state; sed -n 2p state; } >bad.csv.part
    refused "a repeated item" 'line 3 is damaged' large.yaml
fi

# an older table is replaced, another file is not
check "replaced" run 0 table pieces large.yaml -o table.csv
check "replaced: the new one" cmp table.csv whole.csv
for f in txt csv md tex json; do
    echo 'my notes' >notes.$f
    check "not replaced: $f" run 1 table pieces small.yaml -o notes.$f
    check "not replaced: $f: named" says "notes.$f: the file is there and is no table"
    check "not replaced: $f: as it was" [ "$(cat notes.$f)" = 'my notes' ]
done

# ---- a budget for each network ----------------------------------------------------------------

echo '{widths: [[64, 64, 64]], kinds: [quadratic], seeds: 2, max_seconds_per_network: 0.000001}' >hurry.yaml
check "out of time" run 0 table pieces hurry.yaml --json
check "lower bounds are called so" grep -q '"status": "lower_bound".*"degree_max": null' out

# ---- lines ------------------------------------------------------------------------------------

echo '{widths: [[4]], kinds: [quadratic], input_dim: 3, seeds: 4, line: [[0, 0, 0], [1, -1/2, 2]], interval: [0, 1]}' >line.yaml
check "a given line" run 0 table pieces line.yaml
check "a given line: in the caption" grep -q 'line 0,0,0:1,-1/2,2, interval 0:1' out

# ---- bounds -----------------------------------------------------------------------------------

echo '{widths: [1, 2, 3], depths: [1, 2], constructions: [tent, ring, chain, search], search: {steps: 20, restarts: 4}}' >bounds.yaml
check "bounds" run 0 table bounds bounds.yaml -o bounds.csv
check "bounds: chain of width 2 reaches the bound" grep -q '^2,2,chain,33,exact,29,25,13,29,100,45,' bounds.csv
check "bounds: ring of width 3" grep -q '^2,3,ring,58,exact,79,' bounds.csv
check "bounds: no ring of width 2" [ "$(grep -c ',ring,' bounds.csv)" = 2 ]
check "bounds: stopped" run 3 table bounds bounds.yaml -o resumed.csv --max-seconds 0.000001
for s in 0.001 0.002 0.004; do "$quadric" table bounds bounds.yaml -o resumed.csv --max-seconds $s --quiet 2>err; done
check "bounds: resumed" run 0 table bounds bounds.yaml -o resumed.csv --threads 1
check "bounds: the same table" cmp resumed.csv bounds.csv
echo '{inputs: [2, 3], widths: [[4], [6, 6], [300, 300, 300, 300, 300]], kinds: [conventional, quadratic]}' >formulas.yaml
check "formulas" run 0 table bounds formulas.yaml -o formulas.csv
check "formulas: header" grep -q '^architecture,kind,best,zaslavsky,histogram,serra,montufar,raghu,serra_lower,montufar_lower,pattern_curve,pattern_degree,' formulas.csv
check "formulas: one layer" grep -q '^2-4-1,linear,zaslavsky,11,11,11,11,11,,11,11,11,' formulas.csv
check "formulas: deep" grep -q '^2-6-6-1,linear,histogram,,484,484,484,484,352,198,' formulas.csv
check "formulas: quadratic" grep -q '^2-4-1,quadratic,pattern-curve,,,,,,,,37,73,' formulas.csv
check "formulas: huge" grep -q '^3-300-300-300-300-300-1,quadratic,pattern-degree,.*,< 2^[0-9]*,' formulas.csv
echo '{inputs: [2], widths: [[4]], kinds: [quadratic], box: true}' >formulas.yaml
check "formulas: a box" run 0 table bounds formulas.yaml --json
check "formulas: more in a box" grep -q '"pattern_curve": 45, "pattern_degree": 81' out
check "bounds do not replace pieces" run 1 table bounds bounds.yaml -o whole.csv

# ---- functional dimensions --------------------------------------------------------------------

# One hidden layer of n conventional units in general position: 2n + 1; of n quadratic units: at most 3n + 1.
cat >functional.yaml <<'YAML'
widths: [[3], [5], [3, 2]]
kinds: [conventional, quadratic]
weights: {type: gauss}
seeds: 6
YAML
check "functional" run 0 table functional functional.yaml -o functional.csv
check "functional: conventional, one layer" grep -q '^1-3-1,linear,relu,,10,3,7,6,exact,7,7,7,0,1,' functional.csv
check "functional: conventional, one layer, other widths" grep -q '^1-5-1,linear,relu,,16,5,11,6,exact,11,11,11,0,1,' functional.csv
check "functional: quadratic, one layer" grep -q '^1-3-1,quadratic,relu,,22,12,10,6,exact,' functional.csv
check "functional: as many parameters" grep -q '^1-7-1,linear,relu,quadratic,22,7,15,6,exact,15,15,15,0,1,' functional.csv
check "functional: nine rows" [ "$(wc -l <functional.csv)" = 10 ]
check "functional: minimum <= median <= maximum, and what is lost adds up" awk -F, 'NR > 1 && !($10 <= $11 && $11 <= $12 &&
    $12 + $13 + $6 == $5 && $13 >= 0 && $7 == $5 - $6) { exit 1 }' functional.csv
echo '{widths: [[5]], kinds: [quadratic], weights: {type: gauss}, seeds: 1, equal_parameters: false}' >alone.yaml
for seed in 1 2 3 4 5 6; do "$quadric" table functional alone.yaml --seed $seed --format csv | tail -1; done | cut -d, -f11 | sort -n >alone.csv
check "functional: minimum, median and maximum over the networks" [ "$(grep '^1-5-1,quadratic' functional.csv | cut -d, -f10-12)" = "$(awk '
    { x[NR] = $1 } END { print x[1] "," (x[3] + x[4]) / 2 "," x[6] }' alone.csv)" ]
check "functional: stopped" run 3 table functional functional.yaml -o resumed-functional.csv --max-seconds 0.000001
for s in 0.001 0.01 0.02; do "$quadric" table functional functional.yaml -o resumed-functional.csv --max-seconds $s --quiet 2>err; done
check "functional: resumed" run 0 table functional functional.yaml -o resumed-functional.csv --threads 1
check "functional: the same table" cmp resumed-functional.csv functional.csv
{ cat functional.yaml; echo 'equal_parameters: false'; } >equal.yaml
check "functional: equal widths only" run 0 table functional equal.yaml -o equal.csv
grep -v ',linear,relu,quadratic,' functional.csv >expected.csv
check "functional: equal widths only: the other rows" cmp equal.csv expected.csv
{ cat functional.yaml; echo 'max_seconds_per_network: 0.000001'; } >late.yaml
check "functional: out of time" run 0 table functional late.yaml --format csv
check "functional: out of time, called a lower bound" [ "$(grep -c ',6,lower_bound,' out)" = 9 ]
{ cat functional.yaml; echo 'input_dim: 2'; } >plane.yaml
check "functional: two inputs" run 0 table functional plane.yaml --format csv
check "functional: two inputs, exact from all regions" [ "$(grep -c ',6,exact,' out)" = 9 ]
check "functional: too deep" run 1 table functional - <<<"{widths: [[$(printf '1,%.0s' {1..31})1]], kinds: [linear]}"
check "functional: too deep: sentence" says 'found 32 hidden layers, expected at most 31'

# ---- the examples -----------------------------------------------------------------------------

for name in pieces pieces-line pieces-plane pieces-starts; do
    check "configs/$name.yaml" run 0 table pieces "$configs/$name.yaml"
done
check "configs/functional.yaml" run 0 table functional "$configs/functional.yaml"
for name in bounds bounds-formulas bounds-search; do
    check "configs/$name.yaml" run 0 table bounds "$configs/$name.yaml"
done

summary
