#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs that meet: two on one folder, a changed file, closed descriptors, a full disk, a killed process, an output that cannot be written.
. "$(dirname "$0")/outside.sh"

# until COMMAND...: waits until it succeeds, at most 20 seconds
until_() {
    for _ in $(seq 400); do
        "$@" && return 0
        sleep 0.05
    done
    return 1
}
temps() { find "$1" -name '*.tmp' | wc -l; }

# ---- two on one folder: train -----------------------------------------------------------------

for r in 1e-3 5e-3; do
    printf 'name: run\ndata: {target: runge, samples: 200}\nmodel: {hidden: [8]}\ntraining: {steps: %s, rate: %s, checkpoint_every: %s}\n' \
        100000000 $r 500 >long-$r.yaml
    sed 's/steps: 100000000/steps: 3000/' long-$r.yaml >short-$r.yaml
done
"$quadric" train long-1e-3.yaml -o both --quiet >a.out 2>a.err &
a=$!
check "one works" until_ test -e both/checkpoint.safetensors
cp both/config.json config
check "force does not take its folder" run 1 train short-5e-3.yaml -o both --force --quiet
check "says why" says "both: another process is working on the run there"
check "one sentence" one_line
check "nor does resume" run 1 train long-1e-3.yaml -o both --resume --quiet
check "says why too" says "both: another process is working on the run there"
check "nor does a new run" run 1 train short-5e-3.yaml -o both --quiet
check "its configuration stays" cmp both/config.json config
kill -INT $a
wait $a
check "interrupted" test $? = 3
check "another configuration is refused" run 1 train short-5e-3.yaml -o both --resume
check "it goes on" run 3 train long-1e-3.yaml -o both --resume --quiet --max-seconds 0.2
touch -r both/checkpoint.safetensors then
"$quadric" train long-1e-3.yaml -o both --resume --quiet >a.out 2>a.err &
a=$!
check "one works again" until_ test both/checkpoint.safetensors -nt then
kill -9 $a
wait $a 2>/dev/null
check "a killed process holds nothing" run 0 train short-5e-3.yaml -o both --force --quiet
check "force replaced it" grep -q '"rate": 0.005' both/config.json

# a checkpoint from elsewhere under another configuration
check "a run" run 0 train short-1e-3.yaml -o other --quiet
cp other/checkpoint.safetensors both/
check "the checkpoint of another configuration" run 1 train short-5e-3.yaml -o both --resume
check "is refused" says "both/checkpoint.safetensors: a checkpoint of a run with another configuration; expected one of this run"
check "in one sentence" one_line

# both at once on a new folder: one of them has it, and the model is that of config.json
check "alone" run 0 train short-5e-3.yaml -o other5 --quiet
rounds=$((20 * ${QD_TEST_MULTIPLIER:-1})) bad=0
for _ in $(seq $rounds); do
    rm -rf race
    "$quadric" train short-1e-3.yaml -o race --quiet >/dev/null 2>&1 &
    a=$!
    "$quadric" train short-5e-3.yaml -o race --quiet >/dev/null 2>&1
    codes=$?
    wait $a
    codes="$codes $?"
    of=other
    grep -q '"rate": 0.005' race/config.json && of=other5
    case $codes in '0 1' | '1 0') cmp -s race/model.safetensors $of/model.safetensors || bad=$((bad + 1)) ;; *) bad=$((bad + 1)) ;; esac
done
check "two at once: $bad of $rounds went wrong" test $bad = 0

# ---- two on one folder: compare ---------------------------------------------------------------

for r in 1e-3 5e-3; do
    printf 'name: cmp\ndata: {samples: 300}\nmodel: {hidden: [12, 12]}\ntraining: {steps: %s, rate: %s}\ntargets: [runge]\nseeds: 4\n' 20000 $r >cmp-$r.yaml
done
sed 's/steps: 20000/steps: 100000000/' cmp-1e-3.yaml >cmp-long.yaml
check "alone" run 0 compare cmp-5e-3.yaml -o cref --quiet
"$quadric" compare cmp-long.yaml -o cboth --quiet --threads 1 >a.out 2>a.err &
a=$!
check "one compares" until_ test -e cboth/runs.part
check "force does not take its folder" run 1 compare cmp-5e-3.yaml -o cboth --quiet --force
check "says why" says "cboth: another process is working on the study there"
check "one sentence" one_line
check "nor does the same command" run 1 compare cmp-long.yaml -o cboth --quiet
kill -INT $a
wait $a
check "interrupted" test $? = 3
check "its run is kept" test -e cboth/part/0.safetensors
check "force replaces it now" run 0 compare cmp-5e-3.yaml -o cboth --quiet --force
check "by the runs of its own" cmp cboth/runs.csv cref/runs.csv

# the run on the way of another study
check "begun" run 3 compare cmp-5e-3.yaml -o cmixed --quiet --max-seconds 0.000001
mkdir -p cmixed/part
"$quadric" compare cmp-1e-3.yaml -o cfrom --quiet --max-seconds 0.3 --threads 1 >out 2>err
item=$(ls cfrom/part | head -1)
[ -z "$item" ] || {
    cp "cfrom/part/$item" cmixed/part/
    check "a run of another study" run 1 compare cmp-5e-3.yaml -o cmixed --quiet
    check "is refused" says "cmixed/part/$item: a checkpoint of a run with another configuration"
}

# ---- files that change ------------------------------------------------------------------------

table() { awk -v a="$1" 'BEGIN {print "x,y"; for (i = 0; i < 60; i++) print i / 30 - 1 "," (i / 30 - 1)^2 + (i == 59 ? a : 0)}'; }
table 0 >train.csv
table 0 >test.csv
printf 'data: {csv: train.csv, test_csv: test.csv, target_column: y}\nmodel: {hidden: [6]}\ntraining: {steps: 100000, checkpoint_every: 100}\n' >csv.yaml
check "begun" run 3 train csv.yaml -o csv --quiet --max-seconds 0.2
for f in train test; do
    table 1 >$f.csv
    check "$f.csv has changed" run 1 train csv.yaml -o csv --resume
    word=$f
    [ $f = test ] || word=training
    check "$f.csv: said" says "csv/checkpoint.safetensors: a checkpoint of a run with other $word data; expected one of this run (has a file changed since?)"
    check "$f.csv: one sentence" one_line
    table 0 >$f.csv
done
check "as they were" run 3 train csv.yaml -o csv --resume --quiet --max-seconds 0.2

printf 'data: {csv: train.csv, test_csv: test.csv, target_column: y}\nmodel: {hidden: [6]}\ntraining: {steps: 100}\nseeds: 3\n' >cmp-csv.yaml
check "begun" run 3 compare cmp-csv.yaml -o ccsv --quiet --max-seconds 0.000001
table 1 >test.csv
check "the data of a study have changed" run 1 compare cmp-csv.yaml -o ccsv --quiet
check "said" says "ccsv/runs.part: found the state of another run, 'quadric part 2, compare, "
check "one sentence" one_line
table 0 >test.csv
check "as they were" run 0 compare cmp-csv.yaml -o ccsv --quiet

# while a study is at work: the runs that read the file later are refused
sed 's/steps: 100/steps: 30000/; s/seeds: 3/seeds: 20/' cmp-csv.yaml >cmp-later.yaml
"$quadric" compare cmp-later.yaml -o clater --quiet --threads 1 >a.out 2>err &
a=$!
until_ test -e clater/runs.part
table 1 >train.csv
wait $a
check "a file that changes meanwhile" test $? = 1
check "is said" says "other training data than when the command began; a file has changed"
table 0 >train.csv

# ---- closed descriptors -----------------------------------------------------------------------

printf 'data: {samples: 200}\nmodel: {hidden: [8]}\ntraining: {steps: 300}\ntargets: [runge, "sin(5*x)"]\nseeds: 6\n' >closed.yaml
check "all open" run 0 compare closed.yaml -o o0
for fds in '>&-' '2>&-' '<&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    rm -rf o1
    eval "\"\$quadric\" compare closed.yaml -o o1 $fds" >/dev/null 2>&1
    for f in runs.csv table.txt tests.csv study.json; do check "closed $fds: $f" cmp o1/$f o0/$f; done
    check "closed $fds: every line of the state" test "$(grep -c . o1/runs.part)" = 13
    check "closed $fds: goes on" run 0 compare closed.yaml -o o1
done
sed 's/steps: 300/steps: 100000/' closed.yaml >closed-long.yaml
(exec 2>&-; "$quadric" compare closed-long.yaml -o o2 --max-seconds 1 --threads 1 >/dev/null)
check "none of it in the state" test "$(grep -cv '^quadric part\|^[0-9]*	' o2/runs.part)" = 0
echo '{widths: [[6, 6, 6], [8, 8, 8]], kinds: [quadratic, conventional], seeds: 4000}' >tp.yaml
(exec 2>&-; "$quadric" table pieces tp.yaml -o t2.csv --max-seconds 1)
check "nor in that of a table" test "$(grep -cv '^quadric part\|^[0-9]*	' t2.csv.part)" = 0
check "a closed output is no output" eval '"$quadric" pieces "$configs/networks/two-layers.json" 2>err >&-; [ $? = 1 ]'
check "said" says "standard output: "

# ---- half a line ------------------------------------------------------------------------------

# The disk is full for an instant: the 40th write to a .part file writes half of its bytes, the next one fails, then there is room again.
cat >shim.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
ssize_t write(int fd, const void *b, size_t len)
{
    static ssize_t (*real)(int, const void *, size_t);
    static int n;
    char link[64], path[512];
    if (real == NULL) real = (ssize_t (*)(int, const void *, size_t)) dlsym(RTLD_NEXT, "write");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t k = readlink(link, path, sizeof path - 1);
    path[k < 0 ? 0 : k] = 0;
    if (strstr(path, ".part") != NULL) {
        int i = __atomic_add_fetch(&n, 1, __ATOMIC_RELAXED);
        if (i == 40) return real(fd, b, len / 2);
        if (i == 41) return errno = ENOSPC, -1;
    }
    return real(fd, b, len);
}
C
echo '{widths: [[6, 6, 6]], kinds: [quadratic, conventional], seeds: 100}' >half.yaml
check "undisturbed" run 0 table pieces half.yaml -o whole.csv --quiet
if [ "${BUILD:-release}" = release ] && ${CC:-gcc} -shared -fPIC -o shim.so shim.c -ldl 2>/dev/null; then
    for t in 1 2 4; do
        rm -f half.csv*
        LD_PRELOAD=./shim.so "$quadric" table pieces half.yaml -o half.csv --quiet --threads $t 2>err
        check "half a line, $t threads: an error" test $? = 1
        check "half a line, $t threads: said" says "cannot write half.csv.part: No space left on device"
        check "half a line, $t threads: none of it is there" test "$(grep -cv '^quadric part\|	[0-9a-f]\{16\}$' half.csv.part)" = 0
        check "half a line, $t threads: goes on" run 0 table pieces half.yaml -o half.csv --quiet
        check "half a line, $t threads: nothing is cut off" empty err
        check "half a line, $t threads: the same table" cmp half.csv whole.csv
    done
fi

# ---- what killed processes leave --------------------------------------------------------------

# killed ARGUMENTS...: the program is killed by its first write of more than a kilobyte
killed() { ( (ulimit -c 0; ulimit -f 1; exec "$quadric" "$@"); true) >/dev/null 2>&1; }
{
    printf '{"input_dim": 1, "layers": [{"kind": "linear", "activation": "relu", "w": ['
    seq -s, -f '[%g]' 500
    printf '], "b": ['
    seq -s, 500
    printf ']}, {"kind": "linear", "activation": "identity", "w": [['
    seq -s, 500
    printf ']], "b": [0]}]}'
} >big.json
for to in net.safetensors net.json; do
    killed convert big.json left/$to
    mkdir -p left
    killed convert big.json left/$to
    check "killed: $to" test "$(temps left)" = 1
    check "again: $to" run 0 convert big.json left/$to
    check "what was left is gone: $to" test "$(ls -A left)" = $to
    rm -r left
done
mkdir left
printf 'data: {target: runge}\nmodel: {hidden: [16]}\ntraining: {steps: 50}\n' >tiny.yaml
killed train tiny.yaml -o left/run
check "killed: train" test "$(temps left/run)" = 1
check "again: train" run 0 train tiny.yaml -o left/run --force --quiet
check "what was left is gone: train" test "$(temps left)" = 0

# ---- outputs that cannot be written -----------------------------------------------------------

# Refused before the work: a budget that is used up at once is not even looked at, nor is an input that is not there.
mkdir folder folder.csv folder.json
echo >file
# unwritable SENTENCE ARGUMENTS...
unwritable() {
    local sentence=$1
    shift
    check "refused: $*" run 1 "$@"
    check "sentence: $*" says "$sentence"
    check "one line: $*" one_line
    check "nothing printed: $*" empty out
}
for to in folder.json none/net.json file/net.json; do
    unwritable "cannot write $to: " convert missing.json $to
    unwritable "cannot write $to: " construct missing.json -o $to
    unwritable "cannot write $to: " pieces missing.json --certificate $to
    unwritable "cannot write $to: " pieces missing.json --graph $to
    unwritable "cannot write $to: " dimension --widths 5,5,3,1 --activation power:2 --max-seconds 0.000001 --certificate $to
done
mkdir folder.svg folder.dot
for to in folder.svg none/net.svg file/net.svg; do unwritable "cannot write $to: " pieces missing.json --plot $to; done
for to in folder.dot none/net.dot file/net.dot; do unwritable "cannot write $to: " pieces missing.json --graph $to; done
for to in folder.csv none/t.csv file/t.csv; do
    unwritable "cannot write $to: " table pieces tp.yaml --max-seconds 0.000001 -o $to
    unwritable "cannot write $to: " table bounds "$configs/bounds.yaml" --max-seconds 0.000001 -o $to
done
mkdir t3.csv.times.csv t4.csv.part
unwritable "cannot write t3.csv.times.csv: " table pieces tp.yaml --max-seconds 0.000001 -o t3.csv
unwritable "cannot write t4.csv.part: " table pieces tp.yaml --max-seconds 0.000001 -o t4.csv
for c in "train tiny.yaml" "compare closed.yaml"; do
    unwritable "file is a file; expected a folder for the " $c --max-seconds 0.000001 -o file
    unwritable "file: it is a file" $c --max-seconds 0.000001 -o file/run
    unwritable "/proc/quadric" $c --max-seconds 0.000001 -o /proc/quadric
done
mkdir -p t5/model.safetensors c5/table.md
unwritable "cannot write t5/model.safetensors: " train tiny.yaml -o t5 --force --max-seconds 0.000001
unwritable "cannot write c5/table.md: " compare closed.yaml -o c5 --force --max-seconds 0.000001
# nor is one file written twice, or over what is read
cp "$configs/networks/three-circles.json" net.json
cp "$configs/splines/hat.json" hat.json
ln -s net.json link.json
for c in "pieces net.json --graph one.json --certificate one.json" "pieces net.json --certificate net.json" "pieces link.json --graph net.json" \
    "pieces net.json --certificate ./net.json" "construct hat.json -o hat.json" "table pieces half.yaml --format csv -o half.yaml"; do
    check "refused: $c" run 2 $c
    check "says why: $c" grep -q 'for both, expected two files\|which the command reads; expected another file' err
done
check "what was read is as it was" cmp net.json "$configs/networks/three-circles.json"
check "a spline too" cmp hat.json "$configs/splines/hat.json"
check "two files" run 0 pieces net.json --graph graph.json --certificate certificate.json --plot regions.svg
for f in graph.json certificate.json regions.svg; do check "written: $f" test -s $f; done
check "a device for a file" run 0 pieces net.json --certificate /dev/null
check "a device can" run 0 table pieces half.yaml --format csv -o /dev/null

summary
