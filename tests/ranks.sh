#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of tables by several local processes (make MPI=1 check-ranks): the bytes of one process whatever the number of ranks, and after any
# death. QUADRIC names a program with MPI.
. "$(dirname "$0")/outside.sh"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 # in a container, on few cores

# ranks CODE N ARGUMENTS...: mpirun of N ranks ends with that code; output in out, and in err without what mpirun itself says
ranks() {
    local want=$1 n=$2 code
    shift 2
    mpirun -np "$n" "$quadric" "$@" >out 2>all
    code=$?
    grep '^quadric: ' all >err
    [ $code = "$want" ] || { echo "$n ranks, $*: exit code $code, expected $want"; cat all; return 1; }
}

cat >small.yaml <<'YAML'
widths: [[4], [3, 3], [6, 6]]
kinds: [conventional, quadratic]
input_dim: 2
domain: space
box: [[-1, 1], [-1, 1]]
equal_parameters: true
weights: [{type: gauss}, {type: trained, name: xor, data: {target: xor, samples: 100}, training: {steps: 20}}]
seeds: 8
YAML
check "one process" run 0 table pieces small.yaml -o one.csv --quiet
for n in 1 2 4; do
    check "$n ranks" ranks 0 $n table pieces small.yaml -o $n.csv --quiet
    check "$n ranks: the same bytes" cmp $n.csv one.csv
    check "$n ranks: no state is left" absent $n.csv.part
    check "$n ranks: times" test -s $n.csv.times.csv
done
for threads in 1 3; do
    check "2 ranks, $threads threads" ranks 0 2 table pieces small.yaml -o threads.csv --quiet --threads $threads
    check "2 ranks, $threads threads: the same bytes" cmp threads.csv one.csv
done
"$quadric" table pieces small.yaml --json --quiet >one.json
check "on stdout" ranks 0 4 table pieces small.yaml --json --quiet
check "on stdout: once" cmp out one.json

# results with texts
echo '{widths: [2, 3], depths: [1, 2], constructions: [tent, ring, search], search: {steps: 20, restarts: 4}}' >bounds.yaml
echo '{widths: [[2, 3, 2], [3, 3, 2]], neurons: [square, quadratic]}' >dimension.yaml
for kind in bounds dimension; do
    check "$kind, one process" run 0 table $kind $kind.yaml -o $kind-one.csv --quiet
    check "$kind, 3 ranks" ranks 0 3 table $kind $kind.yaml -o $kind.csv --quiet
    check "$kind, 3 ranks: the same bytes" cmp $kind.csv $kind-one.csv
done

# ---- an end before the end ----------------------------------------------------------------------

sed 's/\[6, 6\]/[12, 12]/; s/seeds: 8/seeds: 60/' small.yaml >large.yaml
check "large, one process" run 0 table pieces large.yaml -o large.csv --quiet

# killed NAME N: mpirun of N ranks, of which one is killed when some results are there
killed() {
    local name=$1 n=$2 which=$3 pid victim
    mpirun -np "$n" "$quadric" table pieces large.yaml -o "$name.csv" --quiet >out 2>all &
    pid=$!
    for _ in $(seq 3000); do
        [ "$(wc -l 2>/dev/null <"$name.csv.part")" -gt 20 ] 2>/dev/null && break
        sleep 0.01
    done
    victim=$(pgrep -P $pid -f 'table pieces' | sed -n "$which p")
    kill -9 "$victim"
    wait $pid
    [ $? != 0 ] && [ ! -e "$name.csv" ] && [ "$(wc -l <"$name.csv.part")" -gt 20 ]
}
check "a rank is killed: the run ends, its results are there" killed worker 4 3
cp worker.csv.part state
check "it goes on with 2 ranks" ranks 0 2 table pieces large.yaml -o worker.csv --quiet
check "with 2 ranks: the same bytes" cmp worker.csv large.csv
cp state again.csv.part
check "it goes on with one process" run 0 table pieces large.yaml -o again.csv --quiet
check "with one process: the same bytes" cmp again.csv large.csv
check "rank 0 is killed: the run ends, its results are there" killed first 2 1
check "it goes on with 4 ranks" ranks 0 4 table pieces large.yaml -o first.csv --quiet
check "with 4 ranks: the same bytes" cmp first.csv large.csv
check "out of time" ranks 3 4 table pieces large.yaml -o late.csv --quiet --max-seconds 1
check "out of time: says how to go on" says 'the same command goes on from there'
check "out of time: once" one_line
check "out of time, with 3 ranks" ranks 0 3 table pieces large.yaml -o late.csv --quiet
check "out of time, with 3 ranks: the same bytes" cmp late.csv large.csv

# ---- ranks that disagree ------------------------------------------------------------------------

# apart CODE FIRST SECOND: one rank with each list of arguments
apart() {
    local want=$1 code
    mpirun -np 1 "$quadric" $2 : -np 1 "$quadric" $3 >out 2>all
    code=$?
    grep '^quadric: ' all >err
    [ $code = "$want" ] || { echo "exit code $code, expected $want"; cat all; return 1; }
}
check "two configurations" apart 1 "table pieces small.yaml -o apart.csv" "table pieces large.yaml -o apart.csv"
check "two configurations: said" says 'rank 1 has another configuration, seed or version than rank 0; expected the same on all 2 ranks'
check "two configurations: once" one_line
check "two configurations: no file" absent apart.csv.part
check "two seeds" apart 1 "table pieces small.yaml" "table pieces small.yaml --seed 2"
check "two seeds: said" says 'rank 1 has another configuration, seed or version'
check "a rank without the file" apart 1 "table pieces small.yaml" "table pieces none.yaml"
check "a rank without the file: said" says 'rank 1: none.yaml: '
check "a rank without the file: once" one_line
echo 'widths: [[3]]' >bad.yaml
check "a bad configuration" ranks 1 4 table pieces bad.yaml
check "a bad configuration: said" says "bad.yaml: line 1, column 1: "
check "a bad configuration: once" one_line
cp large.csv.times.csv notes.csv
check "a file that is no table" ranks 1 4 table pieces small.yaml -o notes.csv --quiet
check "a file that is no table: once" one_line

summary
