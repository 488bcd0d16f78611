#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric dimension`, `quadric check` and bad command lines: the program from outside.
. "$(dirname "$0")/outside.sh"

# ---- answers ----
expect 0 '"dimension": 32, "filling": false, "lower": 32' dimension --widths 5,5,3,1 --json --quiet
expect 0 '"proved": true, "failure_probability": null, "expected": 35, "defect": 3' dimension --widths 5,5,3,1 --json --quiet
expect 0 '"widths": [2,3,1], "kind": "quadratic", "activation": "identity", "last": "linear", "biases": false, "parameters": 21, "ambient": 3' \
    dimension --widths 2,3,1 --kind quadratic --json --quiet
expect 0 'finitely identifiable: yes' dimension --widths 2,2,1 --activation power:5 --quiet

# whatever ends the work, what was reached is certain: a lower bound, with a certificate
for options in '--max-seconds 1e-9' '--max-seconds 0.001' '--max-seconds 0.002' '--max-seconds 0.01' '--max-seconds 0.1'; do
    checks=$((checks + 1))
    rm -f part.json
    "$quadric" dimension --widths 10,24,24,24,1 --json --quiet $options --certificate part.json >out 2>err
    code=$?
    lower=$(sed -n 's/.*"lower": \([0-9]*\), .*"upper": 1068, .*/\1/p' out)
    case $code in
        0) [ "$lower" = 1068 ] || fail "$options: $(cat out)" ;;
        3) [ "$(wc -l <err)" = 1 ] || fail "$options: $(cat err)"
           [ ! -s out ] || [ "$lower" -lt 1068 ] || fail "$options: $(cat out)" ;;
        *) fail "$options: exit code $code: $(cat err)" ;;
    esac
    [ ! -s out ] || expect 0 "dimension >= $lower" check part.json --quiet
done

for name in $(sed -n 's/^| `\([a-z-]*\)`\(, `\([a-z-]*\)`\)\{0,1\} | .* `[a-z_]*\.c` |$/\1 \3/p' "$tests/../src/DEFINITIONS.md"); do
    expect 0 "$name" dimension --help # what proves a bound is named there too
done

# ---- bad command lines ----
expect 2 'widths is missing' dimension
expect 2 "found '2,0,1', expected integers from 1" dimension --widths 2,0,1
expect 2 "found '2,x'" dimension --widths 2,x
expect 2 'found one width' dimension --widths 5
expect 2 'the exponent must be an integer from 1' dimension --widths 2,2 --activation power:0
expect 2 'found power:3 with the kind quadratic' dimension --widths 2,2 --kind quadratic --activation power:3
expect 2 'relu is no polynomial' dimension --widths 2,2 --activation relu
expect 2 "--kind: unknown kind 'cubic'; known are linear" dimension --widths 2,2 --kind cubic
expect 2 'expected linear or same' dimension --widths 2,2 --last square
expect 2 'expected at most 2147483648' dimension --widths 100000,100000,100000
expect 3 'more than the' dimension --widths 7,15,15,15,1 --max-memory 1M --quiet
expect 1 'cannot' dimension --widths 2,2 --certificate no/such/folder --quiet

# ---- certificates: a hundred families ----
random_widths() { local n=$((2 + RANDOM % 3)) w=$((1 + RANDOM % 5)); for ((i = 0; i < n; i++)); do w+=,$((1 + RANDOM % 6)); done; echo $w; }
RANDOM=${QD_SEED:-1}
kinds=(linear quadratic compact product product_linear full power)
for ((k = 0; k < 100; k++)); do
    kind=${kinds[k % 7]}
    options=(--widths "$(random_widths)" --kind "$kind")
    [ $kind = linear ] && options+=(--activation power:$((1 + RANDOM % 4)))
    ((RANDOM % 2)) && options+=(--biases)
    ((RANDOM % 2)) && options+=(--last same)
    expect 0 'dimension' dimension "${options[@]}" --certificate "$k.json" --quiet --seed $k
    expect 0 'verified: widths' check "$k.json"
done

# ---- one changed number ----
"$quadric" dimension --widths 3,4,3,2 --kind quadratic --certificate good.json --quiet >out
# change LINE-KEY SED-EXPRESSION: applied to the line of that key only
change() {
    sed "/\"$1\"/$2" good.json >bad.json
    cmp -s good.json bad.json && fail "nothing changed in $1"
    expect 1 "$3" check bad.json
}
change parameters 's/\[\([0-9]*\)\([0-9]\),/[1\1,/' refused
change parameters 's/\[[0-9]*,/[/' 'items, expected'
change points 's/\[\([0-9]*\)\([0-9]\),/[1\1,/' refused
change rows 's/\[\([0-9]*\),\([0-9]*\),/[\1,\1,/' 'refused: the minor is 0'
change rows 's/\[\([0-9]*\),\([0-9]*\),/[\2,\1,/' refused
change rows 's/\[[0-9]*,/[99999,/' 'rows'
change columns 's/\[\([0-9]*\),\([0-9]*\),/[\2,\1,/' refused
change columns 's/\[[0-9]*,/[-1,/' 'columns'
change determinant 's/"determinant": \([0-9]*\)\([0-9]\)/"determinant": 1\1/' refused
change prime 's/"prime": \([0-9]*\)/"prime": 67108859/' refused
change prime 's/"prime": \([0-9]*\)/"prime": 67108860/' 'no prime'
change lower 's/"lower": \([0-9]*\)/"lower": 1\1/' 'lower'
change widths 's/\[3,4/[3,5/' 'items, expected'
change widths 's/quadratic/product/' 'items, expected'
change widths 's/quadric dimension 2/quadric dimension 3/' 'found the certificate'
change widths 's/quadric dimension 2/quadric dimension 1/' "has no 'upper'"
change lower 's/"upper": \([0-9]*\)/"upper": 1\1/' "the last of 'steps' says"
change by 's/"upper": \([0-9]*\)/"upper": 1\1/' "the last of 'steps' says"
change upper 's/"upper": \([0-9]*\)/"upper": 1\1/' 'refused: step 0 of the upper bound'
change by 's/"by": "[a-z]*"/"by": "magic"/' 'proves no bound'
change by 's/"parts": \[\]/"parts": [0]/' 'parts must be'
# each number of a small one, those included that the minor does not depend on
"$quadric" dimension --widths 2,3,1 --certificate small.json --quiet >out
tr '\n' ' ' <small.json >line.json
expect 0 'verified: widths 2,3,1' check line.json
numbers=$(grep -oE '[^0-9a-z.][0-9]+' line.json | wc -l)
[ "$numbers" -gt 25 ] || fail "a certificate with $numbers numbers"
for ((k = 1; k <= numbers; k++)); do
    sed -E "s/([^0-9a-z.][0-9]+)/\\11/$k" line.json >bad.json
    expect 1 'bad.json' check bad.json
done
head -c 300 good.json >bad.json
expect 1 'line' check bad.json
expect 1 'bad.json' check bad.json
expect 1 'none.json' check none.json

# ---- a network file: whatever ends the work, a lower bound that says so ----
layer='{"kind": "compact", "activation": "identity", "w": [["0"]], "wb": [["1"]], "b": ["0"]}'
{ printf '{"input_dim": 1, "layers": [%s' "$layer"; for ((k = 1; k < 13; k++)); do printf ', %s' "$layer"; done; printf ']}\n'; } >deep.json
checks=$((checks + 1))
"$quadric" dimension deep.json --quiet >out 2>err
[ $? = 3 ] || fail "degree 8192: exit code"
grep -q '^quadric: lower bound: the rows have degree 8.19e+03' err || fail "degree 8192: $(cat err)"
grep -q '^functional dimension  at least [1-9]' out || fail "degree 8192: $(cat out)"
expect 2 'exclude each other' dimension deep.json --widths 2,3,1
expect 2 'belong to --widths' dimension deep.json --kind full
expect 2 "unexpected argument 'deep.json'" dimension deep.json deep.json
bound() { sed -n 's/.*"functional_dimension": \([0-9]*\), "status": "'"$1"'".*/\1/p' out; }
net=$configs/networks/two-layers.json
"$quadric" dimension "$net" --json >out
exact=$(bound exact)
for options in '--max-seconds 1e-9' '--max-seconds 0.0005' '--max-seconds 0.001' '--max-seconds 0.002' '--max-seconds 0.004' '--max-memory 1M'; do
    checks=$((checks + 1))
    "$quadric" dimension "$net" --json --quiet $options >out 2>err
    case $? in
        0) [ "$(bound exact)" = "$exact" ] || fail "$options: $(cat out), without it $exact" ;;
        3) [ "$(wc -l <err)" = 1 ] || fail "$options: $(cat err)"
           [ ! -s out ] || [ "$(bound lower_bound)" -le "$exact" ] || fail "$options: $(cat out)" ;;
        *) fail "$options: $(cat err)" ;;
    esac
done

# ---- theorem 2 ----
expect 0 'all verified' verify dimension --quiet
expect 0 '"statement": "T2.full", "text": "dim V_kind >= dim V_square at equal widths", "cases": 96, "verified": 96, "failed": 0, "undecided": 0' \
    verify dimension --quiet --json
"$quadric" verify dimension --quiet --json >out
for verdict in strict equal-both-filling equal-not-filling below open; do # each statement's rows are what it counts
    checks=$((checks + 1))
    while read -r line; do
        counted=$(sed 's/.*"'$verdict'": \([0-9]*\),.*/\1/' <<<"$line")
        [ "$(grep -o "\"verdict\": \"$verdict\"" <<<"$line" | wc -l)" = "$counted" ] || fail "verify dimension: rows that are $verdict"
    done <out
done
checks=$((checks + 1))
"$quadric" verify dimension --quiet --json --max-seconds 1e-9 >out 2>err
[ $? = 3 ] || fail "verify dimension without time: exit code"
grep -q '"statement": "T2.full".*"cases": 96, "verified": 0, "failed": 0, "undecided": 96.*"rows": \[\]}' out || fail "verify dimension without time"
printf 'widths: [[3, 3, 2], [2, 2, 2, 2], [2, 2, 1]]\n' >t2.yaml
verdict() { # WIDTHS KIND VERDICT
    checks=$((checks + 1))
    "$quadric" verify dimension t2.yaml --quiet | grep -E "^$1 +linear +false +$2 " | grep -qF " $3 " || fail "$1 $2: not $3"
}
verdict 3,3,2 power below
verdict 3,3,2 compact below
verdict 2,2,2,2 quadratic equal-not-filling
verdict 2,2,1 full equal-both-filling
printf 'widths: [[3, 3, 2]]\nneurons: [square]\n' >bad.yaml
expect 1 "line 2, column 1: unknown key 'neurons'" verify dimension bad.yaml

# ---- tables ----
expect 0 '"2,2,1",quadratic,linear,false,14,3,3,proved,,3,ambient,true,3,0,11,false,1,' table dimension "$configs"/dimension.yaml --format csv --quiet
printf 'widths: [[2, 3, 4, 5, 4, 6, 4, 1], [2, 3, 3, 4, 4, 2, 1]]\nneurons: [square]\n' >fill.yaml
expect 0 '"widths": "2,3,4,5,4,6,4,1", "neuron": "square", "last": "linear", "biases": false, "parameters": 110, "ambient": 65, "dimension": 65, "status": "proved", "filling": true, "minimal": true, "open_predecessor": "", "unimodal": false' \
    table filling fill.yaml --json --quiet
minimal() { printf 'inputs: 2\noutputs: 1\nhidden_layers: [1, 2, 3]\nmax_width: 3\nneurons: [square]\nminimal_only: %s\n' "$1" >min.yaml; }
minimal true
"$quadric" table filling min.yaml --json --quiet >only
minimal false
"$quadric" table filling min.yaml --json --quiet >out
checks=$((checks + 1))
grep -v '"minimal": false' out | cmp -s - only || fail "minimal_only: $(cat only)"
[ "$(sed 's/{"widths": "\([^"]*\)".*/\1/' only | paste -sd ' ')" = '2,2,1 2,2,2,1 2,3,3,2,1' ] || fail "minimal_only: $(cat only)"
# one hidden layer of quadratic neurons: k fills and k - 1 does not, at the k of Ledermann's bound in integers, for all n up to 20
"$quadric" table filling "$configs"/filling-quadratic.yaml --json --quiet >out
checks=$((checks + 1))
[ "$(wc -l <out)" = 40 ] || fail "filling-quadratic: $(wc -l <out) rows, expected 40"
for ((n = 1; n <= 20; n++)); do
    for biases in false true; do
        m=$n k=1
        [ $biases = true ] && m=$((n + 1))
        while ((2 * m + 1 > 4 * k && (2 * m + 1 - 4 * k) * (2 * m + 1 - 4 * k) > 8 * m + 1)); do k=$((k + 1)); done
        checks=$((checks + 1))
        grep -q "\"widths\": \"$n,$k,1\", \"neuron\": \"quadratic\", \"last\": \"linear\", \"biases\": $biases, .*\"ambient\": $((m * (m + 1) / 2)), \"dimension\": $((m * (m + 1) / 2)), \"status\": \"proved\", \"filling\": true, \"minimal\": true" out ||
            fail "filling-quadratic: $n,$k,1 with biases $biases is not a minimal filling row"
    done
done
printf 'widths: [[2, 1]]\nneurons: [cubic]\n' >bad.yaml
expect 1 "line 2, column 11: unknown kind 'cubic'; known are conventional, square, power:r, linear" table dimension bad.yaml
printf 'widths: [[2, 0]]\nneurons: [square]\n' >bad.yaml
expect 1 'line 1, column 14' table dimension bad.yaml
printf 'widths: [[2]]\nneurons: [square]\n' >bad.yaml
expect 1 'found 1 widths, expected 2 to 33' table filling bad.yaml
printf 'neurons: [square]\n' >bad.yaml
expect 1 "'inputs'" table dimension bad.yaml

# an interrupted table goes on to the same bytes, whatever the threads
for command in dimension filling; do
    config=$configs/$command.yaml
    "$quadric" table $command "$config" --quiet -o whole.csv || fail "table $command"
    "$quadric" table $command "$config" --quiet --threads 1 --max-seconds 0.004 -o parts.csv 2>/dev/null
    "$quadric" table $command "$config" --quiet --threads 2 -o parts.csv || fail "table $command, second part"
    cmp -s whole.csv parts.csv || fail "table $command: parts differ from the whole"
    checks=$((checks + 1))
    rm -f whole.csv parts.csv*
done

summary
