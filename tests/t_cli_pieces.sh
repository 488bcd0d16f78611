#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of what `quadric table pieces` says beside counts: starts, equal parameters, bounds, the heuristic, tests seed by seed, growth. Each
# against another way to the same number: other commands, formulas, or the networks one by one. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

# same NAME A B
same() { [ "$2" = "$3" ] || { echo "$1: found '$2', expected '$3'"; return 1; }; }
# cells FILE PATTERN FIELDS: of the rows of a CSV table that match
cells() { grep -E -- "$2" "$1" | cut -d, -f"$3"; }

# ---- starts -----------------------------------------------------------------------------------

cat >starts.yaml <<'YAML'
widths: [[4], [3, 3]]
kinds: [conventional, quadratic, product_linear, {kind: compact, activation: abs}]
input_dim: 2
domain: space
box: [[-2, 2], [-2, 2]]
equal_parameters: true
weights: [{type: grid}, {type: gauss}, {type: relinear, distance: [0, 0.01, 1]}]
seeds: 6
YAML
check "starts" run 0 table pieces starts.yaml -o starts.csv
check "starts: 2 shapes, 5 starts, 7 rows" same rows "$(wc -l <starts.csv)" 71
check "at distance 0 every relu kind has the conventional counts" same counts \
    "$(cells starts.csv ',(linear|quadratic|product_linear),relu,relinear 0,,' 1,10-22 | sort -u | wc -l)" 2
check "at distance 0 abs has its own" same counts "$(cells starts.csv ',compact,abs,relinear 0,,' 1,10-22 | wc -l)" 2
check "farther away the counts differ" differ <(cells starts.csv ',quadratic,relu,relinear 1,,' 10-22) <(cells starts.csv ',quadratic,relu,relinear 0,,' 10-22)
check "the conventional network is the same at all distances" same rows \
    "$(cells starts.csv ',linear,relu,relinear [0-9.]*,,' 1,10-22 | sort -u | wc -l)" 2

# No count is above its bound, and what is ordered is in order. Columns: 10-15 regions, 16-21 pieces (min, q1, median, mean, q3, max), 22 patterns, 24 bound.
ordered() {
    awk -F, 'NR > 1 && $9 ~ /exact|lower_bound/ {
        ok = $15 <= $24 && $21 <= $15 && $22 <= $15 && $16 >= 1 && $10 <= $11 && $11 <= $12 && $12 <= $14 && $14 <= $15 && $10 <= $13 && $13 <= $15 \
             && $16 <= $17 && $17 <= $18 && $18 <= $20 && $20 <= $21
        n++
        if (!ok) { print; bad = 1 } }
        END { exit bad || n == 0 }' "$1"
}
check "starts: no count above its bound" ordered starts.csv
check "the bound of a relinear network is that of its kind" same bound "$(cells starts.csv '^2-4-1,quadratic,relu,relinear 0,' 24)" \
    "$(cells starts.csv '^2-4-1,quadratic,relu,gauss,' 24)"
check "the heuristic by hand" same heuristic "$(cells starts.csv '^2-4-1,linear,relu,gauss,,' 26)" 8
check "the heuristic of two layers" same heuristic "$(cells starts.csv '^2-3-3-1,linear,relu,gauss,,' 26)" 18
check "no heuristic of quadratic networks" same heuristic "$(cells starts.csv '^2-4-1,quadratic,relu,gauss,,' 26)" ""

# equal parameters: no other width of the single hidden layer comes nearer (n units of 2 inputs: 4n + 1)
for row in $(cells starts.csv '^2-4-1,(quadratic|product_linear|compact),[^,]*,gauss,,' 2,6 | tr , :); do
    kind=${row%:*} wanted=${row#*:}
    found=$(cells starts.csv ",linear,[^,]*,gauss,$kind," 6 | head -1)
    check "as many parameters as $kind" [ $((found > wanted ? found - wanted : wanted - found)) -le 2 ]
done

# ---- other dimensions -------------------------------------------------------------------------

for dim in 1 3; do
    echo "{widths: [[3], [2, 2]], kinds: [conventional, quadratic], input_dim: $dim, domain: $([ $dim = 1 ] && echo line || echo space), weights: [{type: gauss}, {type: relinear, distance: 0.5}], seeds: 2}" >dim.yaml
    check "$dim inputs" run 0 table pieces dim.yaml -o dim$dim.csv
    check "$dim inputs: no count above its bound" ordered dim$dim.csv
done
check "quadratic in space: a lower bound" same status "$(cells dim3.csv '^3-2-2-1,quadratic,relu,gauss' 9)" lower_bound
check "no test of lower bounds" same p "$(cells dim3.csv '^3-2-2-1,quadratic,relu,gauss' 28-31)" ",,,"
echo '{widths: [[4, 4]], kinds: [conventional, quadratic], input_dim: 4, domain: plane, weights: {type: gauss}, seeds: 4}' >slice.yaml
check "random planes" run 0 table pieces slice.yaml -o slice.csv
check "random planes: exact, under the bound" ordered slice.csv
echo '{widths: [[4]], kinds: [quadratic], input_dim: 3, domain: plane, plane: [[0, 0, 0], [1, 0, 1/2], [0, 1, -1]], seeds: 2}' >given.yaml
check "a given plane" run 0 table pieces given.yaml
check "a given plane: in the caption" grep -q 'plane 0,0,0:1,0,1/2:0,1,-1;' out

# ---- trained networks and files ----------------------------------------------------------------

cat >trained.yaml <<'YAML'
widths: [[6]]
kinds: [conventional, quadratic]
input_dim: 2
domain: space
box: [[-1, 1], [-1, 1]]
weights: [{type: trained, name: xor, data: {target: xor, samples: 200}, training: {steps: 60, rate: 1e-2}, after: [0, 60]}]
seeds: 3
YAML
check "trained" run 0 table pieces trained.yaml -o trained.csv
check "trained: under the bound" ordered trained.csv
check "trained: the start is conventional" same counts "$(cells trained.csv ',xor step 0,' 10-22 | sort -u | wc -l)" 1
for kind in linear quadratic; do
    for seed in 1 2 3; do
        cat >run.yaml <<YAML
data: {target: xor, samples: 200}
model: {hidden: [6], kind: $kind}
training: {steps: 60, rate: 1e-2}
YAML
        "$quadric" train run.yaml --seed $seed -o run-$kind-$seed --quiet >/dev/null 2>&1
        "$quadric" pieces run-$kind-$seed/model.safetensors --box=-1:1,-1:1 --count --json --quiet 2>/dev/null | sed 's/.*"pieces": \([0-9]*\).*/\1/'
    done | sort -n | paste -sd, >counts
    check "trained, $kind: as quadric train and quadric pieces say" same pieces "$(cells trained.csv ",$kind,relu,xor step 60," 16,18,21)" "$(cat counts)"
done
echo '{name: r, data: {target: xor, samples: 200}, model: {hidden: [9]}, training: {steps: 60, rate: 1e-2}}' >base.yaml
sed 's/^weights:.*/weights: {type: trained, name: xor, config: base.yaml, after: [0, 60]}/' trained.yaml >config.yaml
check "trained by a configuration" run 0 table pieces config.yaml -o config.csv
check "trained by a configuration: the same" cmp config.csv trained.csv
check "trained on one thread" run 0 table pieces trained.yaml --threads 1 -o one.csv
check "trained on one thread: the same" cmp one.csv trained.csv
sed 's/steps: 60, rate: 1e-2/steps: 60, optimiser: sgd, rate: 1e9/; s/, after: .0, 60.//' trained.yaml >wild.yaml
check "collapsed" run 0 table pieces wild.yaml --format csv
check "collapsed: counted as such" same row "$(cells out ',quadratic,relu,xor,' 7-9,16)" "3,3,collapsed,"

cat >files.yaml <<YAML
widths: [[2]]
kinds: [conventional]
input_dim: 2
domain: space
weights: [{type: gauss}, {type: files, files: [$configs/networks/three-circles.json, run-quadratic-1/model.safetensors]}]
seeds: 3
YAML
check "files" run 0 table pieces files.yaml -o files.csv
check "files: a row each" same rows "$(wc -l <files.csv)" 4
check "files: what quadric pieces says" same counts "$(cells files.csv 'three-circles' 1,6,7,9,15,21)" "2-3-1,31,1,exact,8,8"
check "files: under the bound" ordered files.csv
sed 's/input_dim: 2/input_dim: 3/' files.yaml >bad.yaml
check "a file of other inputs" run 1 table pieces bad.yaml
check "a file of other inputs is named" says "three-circles.json has 2 inputs, expected 3, the table's 'input_dim'"
sed 's/three-circles/four-circles/' files.yaml >bad.yaml
check "a file that is not there" run 1 table pieces bad.yaml
check "a file that is not there is named" says 'four-circles.json: '

# ---- pieces during training --------------------------------------------------------------------

echo '{data: {target: xor, samples: 200}, model: {hidden: [6]}, training: {steps: 60, rate: 1e-2, piece_every: 20}}' >way.yaml
for seed in 1 2; do check "counted in the plane on the way" run 0 train way.yaml -o way$seed --seed $seed --quiet; done
check "three counts" same counts "$(grep -c ',exact,' way1/pieces.csv)" 3
check "the last is what quadric pieces says" same pieces "$(tail -1 way1/pieces.csv)" "60,exact,$("$quadric" pieces way1/model.safetensors --box=-1:1,-1:1 --count --json --quiet |
    sed 's/.*"regions": \([0-9]*\), "pieces": \([0-9]*\), "max_degree": \([0-9]*\).*/\1,\2,\3/')"
sed 's/samples: 200/samples: 200, interval: [-1\/2, 1\/2]/' way.yaml >box.yaml
check "the box is that of the data" run 0 train box.yaml -o box --quiet
check "the box is that of the data: as quadric pieces says" same pieces "$(tail -1 box/pieces.csv | cut -d, -f4)" \
    "$("$quadric" pieces box/model.safetensors --box=-1/2:1/2,-1/2:1/2 --count --json --quiet | sed 's/.*"pieces": \([0-9]*\).*/\1/')"
"$quadric" train way.yaml -o part --quiet --max-seconds 0.001 >out 2>err
for ms in 01 02 04 08 16 32; do [ -e part/summary.json ] || "$quadric" train way.yaml -o part --quiet --resume --max-seconds 0.$ms >out 2>err; done
[ -e part/summary.json ] || check "resumed" run 0 train way.yaml -o part --quiet --resume
check "resumed: the same counts" cmp part/pieces.csv way1/pieces.csv

# A comparison counts what each run does.
cat >study.yaml <<'YAML'
data: {target: xor, samples: 200}
model: {hidden: [6]}
training: {steps: 60, rate: 1e-2, piece_every: 20}
models: [{name: quadratic}, {name: conventional, model: {kind: linear}}]
seeds: 2
exact: true
YAML
check "a comparison in the plane" run 0 compare study.yaml -o study --quiet
check "a comparison: the counts of the runs" same counts "$(grep '^-,quadratic,-,' study/pieces.csv | cut -d, -f4-)" \
    "$(for seed in 1 2; do tail -n +2 way$seed/pieces.csv | sed "s/^/$seed,/"; done)"
check "a comparison: two models, two seeds, three counts" same counts "$(wc -l <study/pieces.csv)" 13
check "a comparison: pieces in its table" same median "$(grep '^-,quadratic' study/table.csv | cut -d, -f10)" \
    "$(tail -qn 1 way1/pieces.csv way2/pieces.csv | cut -d, -f4 | paste -sd' ' | awk '{ printf "%.4g", ($1 + $2) / 2 }')"
check "a comparison: nothing is certified of two inputs" same bound "$(grep '^-,quadratic' study/table.csv | cut -d, -f12)" ""
sed 's/, exact: true//; s/piece_every: 20/piece_every: 1000/' study.yaml >none.yaml
check "a comparison without a count" run 0 compare none.yaml -o none --quiet
check "a comparison without a count: a header alone" same lines "$(wc -l <none/pieces.csv)" 1
"$quadric" compare study.yaml -o slow --quiet --max-seconds 0.01 >out 2>err
for ms in 02 04 08 16 32; do "$quadric" compare study.yaml -o slow --quiet --max-seconds 0.$ms >out 2>err; done
check "a comparison resumed" run 0 compare study.yaml -o slow --quiet
check "a comparison resumed: the same counts" cmp slow/pieces.csv study/pieces.csv

# ---- tests seed by seed ------------------------------------------------------------------------

echo '{widths: [[4]], kinds: [conventional, quadratic], weights: {type: gauss}, seeds: 7, equal_parameters: true}' >tests.yaml
check "tests" run 0 table pieces tests.yaml -o tests.csv
sed 's/seeds: 7/seeds: 1/' tests.yaml >alone.yaml
for seed in $(seq 7); do "$quadric" table pieces alone.yaml --seed $seed --format csv --quiet | tail -n +2 | cut -d, -f18 | paste -sd' '; done >alone
check "more and fewer, one by one" same counts "$(cells tests.csv ',quadratic,relu,gauss' 28,29)" "$(awk '{ m += $2 > $1; f += $2 < $1 } END { print m "," f }' alone)"
check "a wider network against the one with its parameters" same counts "$(cells tests.csv 'gauss,quadratic,' 28,29)" \
    "$(awk '{ m += $3 > $2; f += $3 < $2 } END { print m "," f }' alone)"
check "quartiles, one by one" same counts "$(cells tests.csv ',quadratic,relu,gauss' 16-18,20,21)" \
    "$(cut -d' ' -f2 alone | sort -n | awk '{ x[NR] = $1 } END { print x[1] "," (x[2] + x[3]) / 2 "," x[4] "," (x[5] + x[6]) / 2 "," x[7] }')"
check "Holm's p is no smaller" awk -F, 'NR > 1 && $30 != "" && $31 < $30 { exit 1 }' tests.csv

# ---- growth -----------------------------------------------------------------------------------

# One hidden layer of conventional units in general position in dimension d: sum_(j <= d) C(n, j) regions [Zas75], all of them pieces.
# slope d WIDTHS...: of its logarithm against that of n, by the normal equations.
slope() {
    local d=$1
    shift
    printf '%s\n' "$@" | awk -v d="$d" '{ z = c = 1; for (j = 1; j <= d; j++) { c = c * ($1 - j + 1) / j; z += c }
        x = log($1); y = log(z); n++; sx += x; sy += y; sxx += x * x; sxy += x * y } END { print (n * sxy - sx * sy) / (n * sxx - sx * sx) }'
}
# near FOUND ERROR TRUE: within the standard error, and half of the last digit
near() { awk -v a="$1" -v e="$2" -v b="$3" 'BEGIN { d = a - b; if (d < 0) d = -d; exit !(a != "" && e != "" && d <= e + 5e-5) }' || { echo "found $1 +- $2, expected $3"; return 1; }; }
for d in 1 2 3; do
    widths=$([ $d = 3 ] && echo 4 6 8 12 || echo 8 16 32 64)
    echo "{width: [${widths// /, }], depth: [1], kinds: [conventional], input_dim: $d, domain: $([ $d = 1 ] && echo line || echo space), weights: {type: gauss}, seeds: 3}" >growth.yaml
    check "growth in $d dimensions" run 0 table pieces growth.yaml --format csv
    check "growth in $d dimensions: one row" same rows "$(grep -c ',fit,' out)" 1
    row=$(grep ',fit,' out)
    check "regions grow as Zaslavsky's formula, $d" near "$(cut -d, -f27 <<<"$row")" "$(cut -d, -f28 <<<"$row")" "$(slope $d $widths)"
    check "pieces grow as Zaslavsky's formula, $d" near "$(cut -d, -f29 <<<"$row")" "$(cut -d, -f30 <<<"$row")" "$(slope $d $widths)"
done
# Lines through one point: 2n regions, a power of n without error.
echo '{width: [4, 8, 16], depth: [1], kinds: [conventional], input_dim: 2, domain: space, biases: false, weights: {type: gauss}, seeds: 3}' >growth.yaml
check "a pencil of lines" run 0 table pieces growth.yaml --format csv
check "a pencil of lines grows like n" same exponent "$(cells out ',fit,' 1,27,28)" "2-w-1 w=4..16,1.0000,0.0000"
echo '{width: [2, 3, 4], depth: [1, 2, 3], kinds: [conventional, quadratic], weights: {type: gauss}, seeds: 3}' >growth.yaml
check "growth in width and depth" run 0 table pieces growth.yaml --format csv
check "growth in width and depth: a row each" same rows "$(grep -c ',fit,' out)" 12
check "growth in depth: its name" grep -q '^1-3^L-1 L=1..3,quadratic,relu,gauss,' out
echo '{width: [2, 3, 4], depth: [1], kinds: [quadratic], input_dim: 3, domain: space, weights: {type: gauss}, seeds: 1}' >growth.yaml
check "growth of lower bounds" run 0 table pieces growth.yaml --format csv
check "growth of lower bounds is called so" grep -q ',fit_of_lower_bounds,' out

summary
