#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `quadric verify spline` and `construct` from outside: all verified, a wrong sign is noticed, budgets, bad splines.
set -u
quadric=$(realpath "${QUADRIC:-build/release/quadric}")
splines=$(realpath "$(dirname "$0")/../configs/splines")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0

# expect NAME CODE ARGUMENTS...: exit code; output in out and err
expect() {
    local name=$1 want=$2 code
    shift 2
    "$quadric" "$@" >out 2>err
    code=$?
    result "$name" test $code = "$want"
}

result() {
    local name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "t_verify: failed: $name"
        head -3 out err
    fi
}

# sum KEY: of a number over the lines of JSON in out
sum() {
    sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p" out | awk '{s += $1} END {print s + 0}'
}

# of STATEMENT KEY
of() {
    sed -n "/\"statement\": \"$1\"/s/.*\"$2\": \([0-9]*\).*/\1/p" out
}

export QD_SEED=${QD_SEED:-1}
expect "all verified" 0 verify spline --cases 60 --seed "$QD_SEED" --json --quiet
result "seven statements" test "$(wc -l <out)" = 7
result "every case verified" test "$(sum verified)" = "$(sum cases)"
result "nothing failed" test "$(sum failed)" = 0
result "the witness error" grep -q 'p = 4 1/128' out

expect "options reach the cases" 0 verify spline --cases 5 --degree 16 --breakpoints 20 --outputs 4 --quiet
expect "a wrong sign fails" 1 verify spline --cases 40 --seed "$QD_SEED" --sabotage --json --quiet
for t in T1.1 T1.2 T1.3; do
    result "$t notices every wrong sign" test "$(of $t failed)" = "$(of $t cases)"
    result "$t says where" grep -q "\"$t\".*\"reason\": \"" out
done
for t in T1.0 T1.4a T1.4b T1.4c; do result "$t has no construction to break" test "$(of $t failed)" = 0; done
expect "the table says FAILED" 1 verify spline --cases 2 --sabotage --quiet
result "FAILED" grep -q '^FAILED' out

expect "no time" 3 verify spline --cases 2000 --max-seconds 0.01 --json --quiet
result "undecided is said" test "$(sum undecided)" -gt 0
result "and nothing failed" test "$(sum failed)" = 0
result "one total" test "$(($(sum verified) + $(sum undecided)))" = "$(sum cases)"

expect "threads 1" 0 verify spline --cases 20 --threads 1 --json --quiet && cp out one
expect "threads 2" 0 verify spline --cases 20 --threads 2 --json --quiet
result "threads do not matter" cmp -s one out

expect "verify all" 0 verify all --json --quiet
result "both theorems" test "$(grep -c '"statement": "T1' out)" = 7 -a "$(grep -c '"statement": "T2' out)" -gt 3

for s in hat bspline3; do
    expect "construct $s" 0 construct "$splines/$s.json" -o net.json --json
    result "$s is verified" grep -q '"verified": true' out
    expect "and read back" 0 pieces net.json --json
done
rm -f net.json

# bad NAME TEXT SENTENCE: exit 1, one line with the sentence, no network file
bad() {
    printf '%s' "$2" >spline.json
    expect "$1" 1 construct spline.json -o net.json
    result "$1: one line" test "$(wc -l <err)" = 1
    result "$1: the sentence" grep -q -- "$3" err
    result "$1: no file" test ! -e net.json
    result "$1: nothing on stdout" test ! -s out
}
bad "a jump" '{"breakpoints": ["1/2"], "pieces": [["0"], ["1"]]}' '1/2'
bad "empty file" '' 'line 1'
bad "truncated" '{"breakpoints": ["1/2"], "pie' 'line 1'
bad "too few pieces" '{"breakpoints": ["1/2"], "pieces": [["0"]]}' 'piece'
bad "interval" '{"breakpoints": [], "pieces": [["0"]], "interval": ["1", "1"]}' 'interval'
bad "order" '{"breakpoints": ["1", "0"], "pieces": [["0"], ["0"], ["0"]]}' 'not greater'
bad "no number" '{"breakpoints": [], "pieces": [["nan"]]}' 'nan'
bad "zero denominator" '{"breakpoints": [], "pieces": [["1/0"]]}' '1/0'
expect "no folder" 1 construct "$splines/hat.json" -o none/net.json
expect "no -o" 2 construct "$splines/hat.json"

echo "$passed passed, $failed failed"
[ $failed = 0 ]
