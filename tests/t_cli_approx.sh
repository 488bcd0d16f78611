#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric need` and `quadric approximate`: the program from outside.
. "$(dirname "$0")/outside.sh"

# ---- answers ----
expect 0 '"lower": 32' need --target runge --tolerance 1e-3 --json --quiet
expect 0 '{"kind": "conventional", "depth": null, "at_least": 7, "reached": 32, "by": "T1.8' need --target runge --tolerance 1e-3 --json --quiet
expect 0 'at least 11 of degree 2: proved by 10 x 4 points' need --target runge --tolerance 1e-3 --degree 2 --quiet
expect 0 'reached     10,' need --target 'x^2' --interval 0:1 --tolerance 0.001251 --quiet
expect 0 'at least 8 of degree 1' need --spline "$configs/splines/bspline3.json" --interval 0:4 --tolerance 1/100 --quiet
expect 0 'the network on [-2, 2]' need "$configs/networks/two-layers.json" --interval -2:2 --tolerance 1/10 --quiet

# the spline that is written is within the tolerance, and so is the network; certify knows nothing of how they came about
check "need writes a spline" run 0 need --target 'exp(x)' --interval 0:1 --tolerance 1e-4 --degree 2 -o s.json --quiet
check "its network" run 0 construct s.json -o s-net.json --quiet
check "is certified" run 0 certify s-net.json --target 'exp(x)' --interval 0:1 --json --quiet
check "to be within the tolerance" awk '{ match($0, /"upper": [^,]*/); exit !(substr($0, RSTART + 9, RLENGTH - 9) + 0 <= 1e-4) }' out
for kind in 'linear' 'quadratic' 'quadratic --depth 2'; do
    check "approximate --kind $kind" run 0 approximate --target 'exp(x)' --interval 0:1 --tolerance 1e-4 --kind $kind -o net.json --json --quiet
    check "names the file" has out '"file": "net.json"'
    check "is certified" run 0 certify net.json --target 'exp(x)' --interval 0:1 --json --quiet
    check "to be within the tolerance" awk '{ match($0, /"upper": [^,]*/); exit !(substr($0, RSTART + 9, RLENGTH - 9) + 0 <= 1e-4) }' out
done
expect 0 'conventional' need net.json --interval 0:1 --tolerance 1e-3 --quiet

# ---- certificates ----
check "a certificate" run 0 need --target 'exp(x)' --interval 0:1 --tolerance 1e-3 --certificate c.json --quiet
expect 0 'verified: every continuous piecewise polynomial of degree 1 within 1/1000 of exp(x) on [0, 1] has at least 11 pieces' check c.json
expect 0 '"verified": true' check c.json --json
sed 's/"lower": 11/"lower": 12/' c.json >d.json
expect 1 "'points' has 10 tuples" check d.json
sed 's/exp(x)/exp(-x)/' c.json >d.json
expect 1 'refused: the points of tuple' check d.json
sed 's/"tolerance": "1\/1000"/"tolerance": "1\/1001"/' c.json >d.json
expect 1 'refused: the checksum' check d.json
sed 's/need 1/need 2/' c.json >d.json
expect 1 "expected 'quadric need 1'" check d.json

# ---- what cannot be meant ----
expect 2 'expected one of NET, --target and --spline, found 0' need --tolerance 1
expect 2 'found 2 of them' need --target runge --spline x.json --tolerance 1
expect 2 '--tolerance EPS is missing' need --target runge
expect 2 "found '-1', expected a number above 0" need --target runge --tolerance -1
expect 2 '--tolerance: "x"' need --target runge --tolerance x
expect 2 '--interval A:B is missing' need --target 'exp(x)' --tolerance 1
expect 2 '--interval' need --target 'exp(x)' --interval 1:0 --tolerance 1
expect 1 'jumps by 1 at x = 0: no continuous function comes within 0.5 of it' need --target step --tolerance 0.1
expect 1 'no finite bound of the target at or next to x = 0' need --target 'log(x)' --interval 0:1 --tolerance 0.1
expect 1 'or more for this target' need --target runge --tolerance 1e-30
expect 1 'inputs and' need "$configs/networks/three-circles.json" --interval 0:1 --tolerance 1
expect 2 '-o NET is missing' approximate --target runge --tolerance 1
expect 2 "found 'cubic', expected linear or quadratic" approximate --target runge --tolerance 1 --kind cubic -o net.json
expect 2 "expected an integer from 1" approximate --target runge --tolerance 1 --depth 0 -o net.json
expect 2 'one hidden layer' approximate --target runge --tolerance 1 --kind linear --depth 2 -o net.json
expect 1 '5 units are too few: it is proved that 31 are needed, 32 reach' approximate --target runge --tolerance 1e-3 --kind linear --units 5 -o net.json
expect 3 '31 units are too few: at least 31 are needed, 32 reach' approximate --target runge --tolerance 1e-3 --kind linear --units 31 -o no.json
check "nothing is written then" absent no.json

# ---- table ----
cat >study.yaml <<'END'
targets: [{target: x^2, interval: [0, 1]}, {target: runge}]
tolerances: [0.0013, 1/1000]
kinds: [linear, quadratic]
END
check "a table" run 0 table approximation study.yaml --format csv --quiet
check "of proved and reached pieces" has out 'x^2,"[0, 1]",conventional,1,13/10000,10,10,1,'
check "and of polynomials" has out 'x^2,"[0, 1]",quadratic,1,1/1000,1,1,2,0.000,1/3,0,1,8,'
check "again, with a file" run 0 table approximation study.yaml -o whole.csv --quiet
run 3 table approximation study.yaml -o cut.csv --quiet --max-seconds 1e-3 --threads 1
check "interrupted, it goes on" run 0 table approximation study.yaml -o cut.csv --quiet
check "to the same table" cmp whole.csv cut.csv
printf 'training: {steps: 500, batch: 16}\n' >>study.yaml
check "with training" run 0 table approximation study.yaml --format csv --quiet
check "that is certified" has out ',done,'

# bad PLACE SENTENCE: the configuration on standard input is refused
bad() {
    cat >bad.yaml
    expect 1 "bad.yaml: $1: $2" table approximation bad.yaml
}
bad 'line 1, column 1' "unknown key 'target'" <<<'target: runge'
bad 'line 1, column 1' "key 'tolerances' is missing" <<<'targets: [{target: runge}]'
bad 'line 1, column 14' 'a tolerance must be positive' <<<$'tolerances: [0]\nkinds: [linear]\ntargets: [{target: runge}]'
bad 'line 2, column 9' "unknown kind 'cubic'; known are linear, quadratic" <<<$'tolerances: [1]\nkinds: [cubic]\ntargets: [{target: runge}]'
bad 'line 2, column 31' "'depth' must be an integer from 1 to 1" <<<$'tolerances: [1]\nkinds: [{kind: linear, depth: 2}]\ntargets: [{target: runge}]'
bad 'line 3, column 11' "step: the target jumps by 1 at x = 0: no continuous function comes within 0.5" <<<$'tolerances: [1]\nkinds: [linear]\ntargets: [{target: step}]'
bad 'line 3, column 11' "key 'interval' is missing in a target" <<<$'tolerances: [1]\nkinds: [linear]\ntargets: [{target: x^3}]'
bad 'line 3, column 11' "a target has none of 'target', 'spline', 'network'" <<<$'tolerances: [1]\nkinds: [linear]\ntargets: [{interval: [0, 1]}]'
bad 'line 4, column 11' "found 'strategy' without 'training'" <<<$'tolerances: [1]\nkinds: [linear]\ntargets: [{target: runge}]\nstrategy: {start: random}'

# ---- speed and budgets ----
expect 3 '' need --target 'sin(1000*x)' --interval 0:1 --tolerance 1e-9 --max-seconds 0.2

summary
