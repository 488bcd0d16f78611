#!/bin/bash
# Tests of `quadric dimension`, `quadric check` and bad command lines: the program from outside.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failures=0
checks=0

fail() { echo "t_cli_dimension: $*"; failures=$((failures + 1)); }

# expect CODE MESSAGE-PART ARGUMENTS...
expect() {
    local code=$1 part=$2
    shift 2
    checks=$((checks + 1))
    "$QUADRIC" "$@" >"$dir/out" 2>"$dir/err"
    local got=$?
    [ $got = "$code" ] || fail "$*: exit code $got, expected $code"
    grep -qF -- "$part" "$dir/out" "$dir/err" || fail "$*: no '$part' in: $(cat "$dir/out" "$dir/err")"
    [ "$code" = 0 ] || [ "$(wc -l <"$dir/err")" = 1 ] || fail "$*: not one line of message"
}

# ---- answers ----
expect 0 '"dimension": 32, "filling": false, "lower": 32' dimension --widths 5,5,3,1 --json --quiet
expect 0 '"proved": true, "failure_probability": null, "expected": 35, "defect": 3' dimension --widths 5,5,3,1 --json --quiet
expect 0 '"widths": [2,3,1], "kind": "quadratic", "activation": "identity", "last": "linear", "biases": false, "parameters": 21, "ambient": 3' \
    dimension --widths 2,3,1 --kind quadratic --json --quiet
expect 0 'finitely identifiable: yes' dimension --widths 2,2,1 --activation power:5 --quiet

# ---- bad command lines ----
expect 2 'widths is missing' dimension
expect 2 "found '2,0,1', expected integers from 1" dimension --widths 2,0,1
expect 2 "found '2,x'" dimension --widths 2,x
expect 2 'found one width' dimension --widths 5
expect 2 'the exponent must be an integer from 1' dimension --widths 2,2 --activation power:0
expect 2 'found power:3 with the kind quadratic' dimension --widths 2,2 --kind quadratic --activation power:3
expect 2 'relu is no polynomial' dimension --widths 2,2 --activation relu
expect 2 "found 'cubic', expected one of linear" dimension --widths 2,2 --kind cubic
expect 2 'expected linear or same' dimension --widths 2,2 --last square
expect 2 'expected at most 2147483648' dimension --widths 100000,100000,100000
expect 3 'more than the' dimension --widths 7,15,15,15,1 --max-memory 1M --quiet
expect 1 'cannot' dimension --widths 2,2 --certificate "$dir/no/such/folder" --quiet

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
    expect 0 'dimension' dimension "${options[@]}" --certificate "$dir/$k.json" --quiet --seed $k
    expect 0 'verified: widths' check "$dir/$k.json"
done

# ---- one changed number ----
"$QUADRIC" dimension --widths 3,4,3,2 --kind quadratic --certificate "$dir/good.json" --quiet >"$dir/out"
# change LINE-KEY SED-EXPRESSION: applied to the line of that key only
change() {
    sed "/\"$1\"/$2" "$dir/good.json" >"$dir/bad.json"
    cmp -s "$dir/good.json" "$dir/bad.json" && fail "nothing changed in $1"
    expect 1 "$3" check "$dir/bad.json"
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
change widths 's/quadric dimension 1/quadric dimension 2/' 'found the certificate'
head -c 300 "$dir/good.json" >"$dir/bad.json"
expect 1 'line' check "$dir/bad.json"
expect 1 'bad.json' check "$dir/bad.json"
expect 1 'none.json' check "$dir/none.json"

echo "t_cli_dimension: $checks checks, $failures failures"
[ $failures = 0 ]
