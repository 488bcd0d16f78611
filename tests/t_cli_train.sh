#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests of `quadric train` and `quadric compare` through the command line. QUADRIC names the program.
. "$(dirname "$0")/outside.sh"

# ---- a run ------------------------------------------------------------------------------------

cat >small.yaml <<'Y'
name: small
data: {target: "sin(3*x)", samples: 200}
model: {hidden: [8, 8], kind: quadratic}
training: {steps: 600, batch: 32, record_every: 100, piece_every: 200, rate: 5e-3}
Y
check "a run" run 0 train small.yaml -o a --quiet
for f in config.json metrics.csv pieces.csv model.safetensors summary.json times.csv; do check "writes $f" test -s "a/$f"; done
check "six records" test "$(wc -l <a/metrics.csv)" = 7
check "three piece counts" test "$(grep -c ',exact,' a/pieces.csv)" = 3
mkdir sub
check "default folder" eval 'cd sub && "$quadric" train ../small.yaml --quiet >/dev/null && cd ..'
check "default folder is out/NAME" cmp a/model.safetensors sub/out/small/model.safetensors
check "json" run 0 train small.yaml -o j --json
check "one object" test "$(wc -l <out)" = 1
check "json is the summary" cmp out j/summary.json

check "an existing run is kept" run 1 train small.yaml -o a
check "and named" says "a holds a run already; --resume goes on with it, --force replaces it"
check "one sentence" one_line
check "force" run 0 train small.yaml -o a --force --quiet
mkdir mine && echo precious >mine/model.safetensors
check "files of others" run 1 train small.yaml -o mine
check "named too" says "mine/model.safetensors is there, and no run that it belongs to; --force replaces it"
check "kept" has mine/model.safetensors precious
check "nothing beside them" test "$(ls mine)" = model.safetensors
check "the resolved configuration gives the run again" run 0 train a/config.json -o again --quiet
check "the same bits" cmp a/model.safetensors again/model.safetensors
check "the same counts" cmp a/pieces.csv again/pieces.csv
check "another seed, another network" run 0 train small.yaml -o s --seed 2 --quiet
check "differs" test "$(cmp -s a/model.safetensors s/model.safetensors; echo $?)" = 1

check "the resolved configuration knows its seed" run 0 train s/config.json -o s2 --quiet
check "the same bits with it" cmp s/model.safetensors s2/model.safetensors
check "the command line goes before it" run 0 train s/config.json -o s3 --seed 1 --quiet
check "the bits of seed 1" cmp a/model.safetensors s3/model.safetensors

check "threads change no bit" run 0 train small.yaml -o t --threads 3 --quiet
check "same with three threads" cmp a/model.safetensors t/model.safetensors
"$quadric" train small.yaml -o b --quiet --max-seconds 0.001 >out 2>err
check "budget: exit 3" test $? = 3
check "budget: a checkpoint" test -s b/checkpoint.safetensors
check "budget: no result" absent b/summary.json
check "go on" run 0 train small.yaml -o b --resume --quiet --threads 2
for f in model.safetensors metrics.csv pieces.csv summary.json; do check "resumed: $f" cmp "a/$f" "b/$f"; done
check "resume of a finished run" run 0 train small.yaml -o b --resume --quiet
check "changes nothing" cmp a/summary.json b/summary.json
check "resume of another run" run 1 train small.yaml -o b --resume --seed 9
check "says so" says 'b/config.json belongs to another configuration, seed or version: it says "seed": 1, the command means "seed": 9'
check "resume of nothing" run 1 train small.yaml -o none --resume
check "says so too" says "none holds no run"
check "and makes nothing" absent none
check "resume and force" run 2 train small.yaml -o b --resume --force
head -c 100 b/checkpoint.safetensors >c && cp c b/checkpoint.safetensors
check "damaged checkpoint" run 1 train small.yaml -o b --resume
check "names it" says "b/checkpoint.safetensors: "
check "file for a folder" run 1 train small.yaml -o small.yaml
check "said" says "small.yaml is a file; expected a folder for the run, or none"

# a budget that ends between a step and its piece count loses none
sed 's/piece_every: 200/piece_every: 1/; s/steps: 600/steps: 40/' small.yaml >counts.yaml
check "all counted" run 0 train counts.yaml -o n --quiet
"$quadric" train counts.yaml -o m --quiet --max-seconds 0.01 >out 2>err
for i in $(seq 200); do
    [ -e m/summary.json ] || "$quadric" train counts.yaml -o m --quiet --resume --max-seconds "0.$(printf %03d $((15 + 4 * i)))" >out 2>err
done
for f in pieces.csv metrics.csv model.safetensors; do check "counted in parts: $f" cmp "n/$f" "m/$f"; done

# ---- the exact side reads the network ---------------------------------------------------------

check "pieces of the trained network" run 0 pieces a/model.safetensors --interval -1:1 --json
pieces=$(sed 's/.*"pieces": \([0-9]*\).*/\1/' out)
check "as counted in the run" has a/pieces.csv ",$pieces,"
check "convert" run 0 convert a/model.safetensors a.json
check "eval" run 0 eval a.json --at 1/3

# ---- collapse ---------------------------------------------------------------------------------

cat >wild.yaml <<'Y'
data: {target: runge, samples: 200}
model: {hidden: [16, 16, 16, 16, 16, 16, 16, 16, 16], kind: quadratic}
strategy: {start: random, weights: he}
training: {optimiser: sgd, rate: 1e-2, steps: 500}
Y
check "a collapse is an answer" run 0 train wild.yaml -o w --json
check "status" has out '"status": "collapsed"'
check "cause" grep -qE '"cause": "(exploding|not finite)", "layer": [0-9]' out
check "its record" test "$(wc -l <w/metrics.csv)" = 2

sed 's/rate: 1e-2/rate: 1, largest_rms: 1e300/' wild.yaml >nan.yaml
check "not finite" run 0 train nan.yaml -o nan --json
check "said, with nulls for numbers" has out '"cause": "not finite", "layer": 6, "step": 1, "steps": 500, "parameters": 6641, "error_is": "mean squared error", "loss": null'
check "a NaN has no sign" eval 'has nan/metrics.csv ,nan && ! grep -q -- -nan nan/metrics.csv'

# ---- bad configurations -----------------------------------------------------------------------

# bad SENTENCE: the configuration on standard input is refused with it, and nothing is made
bad() {
    cat >bad.yaml
    check "refused: $1" run 1 train bad.yaml -o bad
    check "sentence: $1" says "$1"
    check "one line: $1" one_line
    check "no output: $1" empty out
    check "no folder: $1" absent bad
}
head='data: {target: runge}
model: {hidden: [4]}'
bad "line 1, column 1: unknown key 'modell'" <<<'modell: {}'
bad "line 1, column 7: 'seed' must be an integer from 0 to 2^64 - 1" <<<'seed: -1'
bad "no source in 'data'; expected 'target', 'spline', 'idx', 'cifar10' or 'csv'" <<<'model: {hidden: [4]}'
bad "no 'hidden', 'layers' or 'network' in 'model'" <<<'data: {target: runge}'
bad "line 2, column 18: a width in 'hidden'" <<<$'data: {target: runge}\nmodel: {hidden: [-4]}'
bad "line 2, column 28: unknown kind 'cubic'; known are linear, quadratic" <<<$'data: {target: runge}\nmodel: {hidden: [4], kind: cubic}'
bad "line 3, column 18: 'rate' is 0; expected a learning rate above 0" <<<"$head"$'\ntraining: {rate: 0}'
bad "line 3, column 18: 'rate'" <<<"$head"$'\ntraining: {rate: nan}'
bad "line 3, column 12: unknown key 'rat'" <<<"$head"$'\ntraining: {rat: 1}'
bad "unknown optimiser 'lion'; expected sgd, adam, adamw or rmsprop" <<<"$head"$'\ntraining: {optimiser: lion}'
bad "both 'steps' and 'epochs' in 'training'; expected one of them" <<<"$head"$'\ntraining: {steps: 3, epochs: 2}'
bad "'loss' is cross_entropy, but the data have numbers as targets" <<<"$head"$'\ntraining: {loss: cross_entropy}'
bad "'flip' has no effect without pictures" <<<"$head"$'\ntraining: {flip: true}'
bad "'nesterov' has no effect without a 'momentum' above 0" <<<"$head"$'\ntraining: {optimiser: sgd, nesterov: true}'
bad "a schedule of type step without milestones" <<<"$head"$'\ntraining: {schedule: {type: step}}'
bad "line 3, column 61: both 'at_steps' and 'at_epochs'; expected one of them" <<<"$head"$'\ntraining: {schedule: {type: step, at_steps: [2], at_epochs: [1]}}'
bad "both 'warmup_steps' and 'warmup_epochs'; expected one of them" <<<"$head"$'\ntraining: {schedule: {warmup_steps: 2, warmup_epochs: 1}}'
bad "'beta1' is 1; expected a number below it" <<<"$head"$'\ntraining: {beta1: 1}'
bad "both 'network' and 'hidden' in 'model'; expected one of them" <<<$'data: {target: runge}\nmodel: {hidden: [4], network: resnet20}'
bad "'interval': found a >= b" <<<$'data: {target: runge, interval: [1, 1]}\nmodel: {hidden: [4]}'
long=0.$(printf '3%.0s' $(seq 80))
bad "'interval': an end of 82 characters" <<<"data: {target: runge, interval: [0, $long]}"$'\nmodel: {hidden: [4]}'
bad "'target': " <<<$'data: {target: "sin(x"}\nmodel: {hidden: [4]}'
bad "both 'target' and 'csv' in 'data'" <<<$'data: {target: runge, csv: a.csv}\nmodel: {hidden: [4]}'
bad "missing/train-images-idx3-ubyte" <<<$'data: {idx: missing}\nmodel: {hidden: [4]}'
bad "unknown network 'resnet21'" <<<$'data: {target: runge}\nmodel: {network: resnet21}'
bad "kind power, which have no conventional part" <<<$'data: {target: runge}\nmodel: {hidden: [4], kind: power}'
bad "missing.safetensors" <<<"$head"$'\nstrategy: {from: missing.safetensors}'
printf 'x,y\n1,2\n3\n' >ragged.csv
printf 'x,y\n1,2\n3,4\n' >two.csv
printf 'x,z,y\n1,2,3\n' >three.csv
bad "three.csv: a column is named 'z', which is no feature of the training data" <<<$'data: {csv: two.csv, test_csv: three.csv, target_column: y}\nmodel: {hidden: [4]}'
bad "'standardise' has no effect without pictures (idx or cifar10 data)" <<<$'data: {csv: two.csv, target_column: y, standardise: true}\nmodel: {hidden: [4]}'
printf 'data: {csv: two.csv, target_column: y, limit: 1}\nmodel: {hidden: [4]}\ntraining: {steps: 2, batch: 1}\n' >limit.yaml
check "limit of a table" run 0 train limit.yaml -o limit --quiet
check "one sample an epoch" has limit/metrics.csv "2,2,"
printf 'data: {target: runge, samples: 100000000}\nmodel: {hidden: [4]}\n' >many.yaml
check "memory of the samples" run 3 train many.yaml -o many --max-memory 500M
check "said" says "the samples take 1600 MB; the limit is 524 MB"
check "before anything is made" absent many
bad "ragged.csv" <<<$'data: {csv: ragged.csv, target_column: y}\nmodel: {hidden: [4]}'
bad "'name': found '..', expected 1 to 100 characters" <<<"$head"$'\nname: ".."'
long=$(printf 'n%.0s' $(seq 200))
mkdir long
printf 'data: {target: runge, samples: 20}\nmodel: {hidden: [2]}\ntraining: {steps: 2}\n' >long/$long.one.yaml
check "a long file name" eval '(cd long && "$quadric" train $long.one.yaml --quiet) >/dev/null'
check "is the name of the folder" test -s long/out/$long.one/summary.json
check "no folder name" run 2 train small.yaml -o ""
check "no folder name for a study" run 2 compare small.yaml -o ""
check "no file" run 1 train missing.yaml
check "no argument" run 2 train

# each key of the data under a source that has no use for it
idle() { bad "line 1, column $((8 + ${#1} + 2 + ${#2} + 2)): '$2' has no effect without $4" <<<"data: {$1, $2: $3}"$'\nmodel: {hidden: [4]}'; }
for key in "interval [0, 1]" "samples 5" "sampling grid" "noise 0.1" "test_samples 7"; do
    idle "csv: two.csv, target_column: y" "${key%% *}" "${key#* }" "a function to sample (target or spline)"
done
for key in "prefix a" "size [8, 8]" "transpose true"; do idle "cifar10: none" "${key%% *}" "${key#* }" "'idx'"; done
for key in "target_column y" "columns [x]" "separator ;" "decimal ." "test_csv two.csv"; do idle "idx: none" "${key%% *}" "${key#* }" "'csv'"; done
for key in limit test_limit; do idle "target: runge" $key 7 "data of files (idx, cifar10 or csv)"; done
idle "cifar10: none" classes 10 "a source that leaves them open (target, spline, idx or csv)"
idle "spline: none" standardise true "pictures (idx or cifar10 data)"

bad "'from' with the start 'random'" <<<"$head"$'\nstrategy: {start: random, from: a/model.safetensors}'
cat >unit.json <<<'{"breakpoints": ["1/2"], "pieces": [["0", "1"], ["1", "-1"]], "interval": ["0", "1"]}'
bad "line 1, column 37: 'interval': found [-1, 2], on which the spline is not defined" <<<$'data: {spline: unit.json, interval: [-1, 2]}\nmodel: {hidden: [4]}'

# ---- starting from a conventional network, CSV ------------------------------------------------

awk 'BEGIN {print "x,y"; for (i = 0; i < 100; i++) print i / 50 - 1 "," (i / 50 - 1)^2}' >square.csv
printf 'data: {csv: square.csv, target_column: y}\nmodel: {hidden: [6], kind: linear}\ntraining: {steps: 200}\n' >linear.yaml
printf 'data: {csv: square.csv, target_column: y}\nmodel: {hidden: [6]}\nstrategy: {from: lin/model.safetensors}\ntraining: {steps: 200}\n' >from.yaml
check "CSV" run 0 train linear.yaml -o lin --quiet
check "from a conventional network" run 0 train from.yaml -o from --quiet
printf 'data: {csv: square.csv, target_column: y}\nmodel: {hidden: [7]}\nstrategy: {from: lin/model.safetensors}\n' >other.yaml
check "from another architecture" run 1 train other.yaml -o other
check "named" says "layers.0.w"

# ---- tables: columns by name, as pandas and spreadsheets write them ------------------------------

faults=$(realpath "$tests/reference/faults")
in_faults() { (cd "$faults" && "$quadric" train "$@" --quiet) >out 2>err; }
check "the same columns" in_faults csv_same.yaml -o "$work/same"
# Adam at a constant rate reaches about 1e-12 and from then on leaves it now and then; which step is the last, the rounding of a build decides.
check "are learnt" awk '/^best/ {found = $2 + 0 < 1e-11} END {exit !found}' out
check "reordered columns" in_faults csv_reordered.yaml -o "$work/reordered"
check "are the same columns" cmp same/metrics.csv reordered/metrics.csv
check "renamed columns are refused" eval '! in_faults csv_renamed.yaml -o "$work/renamed"'
check "and named" says "test_renamed.csv: no column is named 'a'; there are 'c', 'd', 'y'"
check "nothing is made" absent renamed
awk -F, 'NR == 1 {print ",note,y,b,a"; next} {print NR - 2 ",text " NR "," $3 "," $2 "," $1}' "$faults/train.csv" >pandas.csv
sed 's/\./@/g; s/,/;/g; s/@/,/g' "$faults/train.csv" >comma.csv
cat >pandas.yaml <<'Y'
data: {csv: pandas.csv, target_column: y, columns: [a, b]}
model: {hidden: [], kind: linear}
training: {steps: 3000, batch: 0, rate: 0.01}
Y
sed 's/csv: pandas.csv, target_column: y, columns: \[a, b\]/csv: comma.csv, target_column: y, separator: ";", decimal: ","/' pandas.yaml >comma.yaml
for name in pandas comma; do
    check "$name" run 0 train $name.yaml -o $name --quiet
    check "$name: the same numbers" cmp same/model.safetensors $name/model.safetensors
    check "$name: the resolved configuration" run 0 train $name/config.json -o $name-again --quiet
    check "$name: gives the same" cmp $name/metrics.csv $name-again/metrics.csv
done
bad "'separator': found '::', expected ',', ';', '|' or a tabulator" <<<$'data: {csv: two.csv, target_column: y, separator: "::"}\nmodel: {hidden: [4]}'
bad "'decimal' is ',', as is the separator" <<<$'data: {csv: two.csv, target_column: y, decimal: ","}\nmodel: {hidden: [4]}'
bad "'columns' is empty" <<<$'data: {csv: two.csv, target_column: y, columns: []}\nmodel: {hidden: [4]}'
bad "two.csv: no column is named 'z'; there are 'x', 'y'" <<<$'data: {csv: two.csv, target_column: y, columns: [z]}\nmodel: {hidden: [4]}'

# ---- pictures ---------------------------------------------------------------------------------

check "27 classes" in_faults idx_labels26.yaml -o "$work/letters"
check "are 27 outputs" eval 'grep -o "\"out\": 27" letters/config.json >/dev/null'
check "resolved" has letters/config.json '"idx": "idx_labels26", "classes": 27'
check "test pictures of another shape" eval '! in_faults idx_shape.yaml -o "$work/shape"'
check "are named" says "test data: pictures of 5 x 6, expected pictures of 6 x 5 as in the training data: transposed?"
check "nothing is made" absent shape
mkdir emnist
for f in "$faults"/idx_labels26/*; do
    name=$(basename "$f" | sed 's/t10k/test/; s/-idx/.idx/')
    cp "$f" "emnist/emnist-letters-$name"
done
printf 'data: {idx: emnist, classes: 27, transpose: true}\nmodel: {hidden: [4], kind: linear}\ntraining: {steps: 20, batch: 4}\n' >emnist.yaml
check "names with a prefix, transposed" run 0 train emnist.yaml -o emnist-run --quiet
check "resolved" has emnist-run/config.json '"transpose": true'
check "label beyond the classes" eval 'sed -i "s/27/10/" emnist.yaml; run 1 train emnist.yaml -o none'
check "named" says "emnist/emnist-letters-train-labels.idx1-ubyte: label 10 of sample 9, expected 0 to 9"

# ---- settings without effect, loss, collapse ----------------------------------------------------

check "settings without effect" eval '! in_faults optimiser_ignored.yaml -o "$work/ignored"'
check "the first is named" says "optimiser_ignored.yaml: line 2, column 29: 'slope' has no effect without the activation leaky_relu"
sed 's/, slope: 0.2//' "$faults/optimiser_ignored.yaml" >rest.yaml
check "the next one" run 1 train rest.yaml -o none
check "is named" says "'nesterov' has no effect without the optimiser sgd"
sed -i 's/, nesterov: true//' rest.yaml
check "the third" run 1 train rest.yaml -o none
check "is named" says "'delta' has no effect without the loss huber"
sed -i 's/, delta: 3//' rest.yaml
check "the last" run 1 train rest.yaml -o none
check "is named" says "'smoothing' has no effect without the loss cross_entropy"
check "without them" in_faults optimiser_plain.yaml -o "$work/plain"
check "Huber's loss" in_faults huber.yaml -o "$work/huber"
check "of a residual of 1/2" has out "loss         0.125, mean"
check "a collapse" in_faults nan_model.yaml -o "$work/gone"
check "leaves no model" absent gone/model.safetensors
check "and no NaN" eval '! "$quadric" pieces gone/checkpoint.safetensors --interval -1:1 >/dev/null 2>err'
check "a network" says "layers.0.wr' is missing"
check "it is over" eval '(cd "$faults" && "$quadric" train nan_model.yaml -o "$work/gone" --resume --quiet) >out 2>err && has out "collapsed: exploding at step 1, layer 2"'

# ---- compare ----------------------------------------------------------------------------------

cat >study.yaml <<'Y'
name: study
data: {samples: 100}
model: {hidden: [6, 6]}
training: {steps: 150, record_every: 50, threshold: 0.05}
targets: [runge, "abs(x)"]
strategies:
  - {name: conventional, model: {kind: linear}}
  - {name: relinear, sweep: {gamma: [0, 1e-2, 1]}}
seeds: 3
Y
check "compare" run 0 compare study.yaml -o c1 --quiet
check "24 runs" test "$(wc -l <c1/runs.csv)" = 25
check "8 rows" test "$(wc -l <c1/table.csv)" = 9
check "6 tests" test "$(wc -l <c1/tests.csv)" = 7
check "quartiles of three errors, collapsed runs last" awk -F, '
    FNR == 1 { next }
    NR == FNR { k = $1 "," $2 "," $3; e[k, ++n[k]] = $5 == "collapsed" ? 1e300 : $9; next }
    { k = $1 "," $2 "," $3; a = e[k, 1]; b = e[k, 2]; c = e[k, 3]
      if (a > b) { t = a; a = b; b = t } if (b > c) { t = b; b = c; c = t } if (a > b) { t = a; a = b; b = t }
      split(sprintf("%.3e,%.3e,%.3e", (a + b) / 2, b, (b + c) / 2), q, ",")
      for (i = 1; i <= 3; i++) if (q[i] > 1e290 ? $(6 + i) != "" : $(6 + i) - q[i] > 0.0011 * q[i] || q[i] - $(6 + i) > 0.0011 * q[i]) exit 1 }' c1/runs.csv c1/table.csv
check "p of three differences" awk -F, 'NR > 1 && $7 != ($5 + $6 == 0 ? 1 : $5 * $6 == 0 ? 2 / 2 ^ $5 / 2 ^ $6 : $7) { exit 1 }' c1/tests.csv
check "p Holm: corrected for the six" awk -F, 'NR > 1 { p[NR - 1] = $7; h[NR - 1] = $8 } END {
    for (i = 1; i <= 6; i++) {
        x = 0
        for (j = 1; j <= 6; j++) if (p[j] <= p[i]) { m = 0; for (k = 1; k <= 6; k++) m += p[k] >= p[j]; if (m * p[j] > x) x = m * p[j] }
        if (x > 1) x = 1
        if (h[i] - x > 0.01 || x - h[i] > 0.01) exit 1
    } }' c1/tests.csv
check "sweep" has c1/table.csv "relinear gamma=1e-2"
check "one thread" run 0 compare study.yaml -o c2 --quiet --threads 1
printf 'data: {target: runge, samples: 20}\nmodel: {hidden: [2]}\ntraining: {steps: 2}\nmodels: [{name: "a\\"b\\""}]\n' >quotes.yaml
check "a quoted name" run 0 compare quotes.yaml -o quotes --quiet
check "is a field of CSV" grep -q '^"-, a""b"", -, seed 1",[0-9.]*$' quotes/times.csv
check "the same runs" cmp c1/runs.csv c2/runs.csv
# gamma 0 is the conventional network: the same errors
check "gamma 0 equals conventional" cmp <(grep ,conventional, c1/runs.csv | cut -d, -f4-15) <(grep ,relinear\ gamma=0, c1/runs.csv | cut -d, -f4-15)
check "resumed from half of the runs" mkdir c3
cp c1/study.json c3/ && head -12 c1/runs.part >c3/runs.part
check "go on" run 0 compare study.yaml -o c3 --quiet
for f in runs.csv table.txt tests.csv; do check "resumed: $f" cmp "c1/$f" "c3/$f"; done
check "another study" run 1 compare "$configs/compare/gamma.yaml" -o c1
check "said" says "c1 holds another study, seed or version; --force replaces it"
check "nothing lost" test -s c1/runs.csv
mkdir theirs && echo precious >theirs/table.txt
check "files of others" run 1 compare study.yaml -o theirs
check "named" says "theirs/table.txt is there, and no study that it belongs to; --force replaces it"
check "nothing beside them" test "$(ls theirs)" = table.txt
mkdir -p c4/part && cp c1/study.json c4/ && head -3 c1/runs.part >c4/runs.part && echo junk >c4/part/5.safetensors
check "a damaged run on the way" run 1 compare study.yaml -o c4
check "named with its file" says "c4/part/5.safetensors: the file has 5 bytes"
sed -i '2s/0x1/0x2/' c4/runs.part
check "a damaged line" run 1 compare study.yaml -o c4
check "its number" says "c4/runs.part: line 2 is damaged; remove the file to start afresh"
check "json" run 0 compare study.yaml -o c1 --json
check "8 objects" test "$(wc -l <out)" = 8

# exact read-back; one target of two has classes
cat >exact.yaml <<'Y'
data: {samples: 100}
model: {hidden: [6]}
training: {steps: 300, record_every: 100, rate: 1e-2}
targets: [runge]
exact: true
seeds: 3
Y
check "exact" run 0 compare exact.yaml -o e1 --quiet
check "pieces of each run" test "$(awk -F, 'NR > 1 && $18 > 1 && $20 <= $21' e1/runs.csv | wc -l)" = 3
check "the median bound is a bound" test "$(awk -F, 'NR > 1 {print $21}' e1/runs.csv | sort -g | sed -n 2p | cat - <(tail -1 e1/table.csv | cut -d, -f12) | sort -gc && echo yes)" = yes
printf 'data: {samples: 100}\nmodel: {hidden: [6]}\ntraining: {steps: 300, rate: 1e-2}\ntargets: [xor, runge]\nseeds: 2\n' >mixed.yaml
check "rates beside squares" run 0 compare mixed.yaml -o mixed --quiet
check "no percent" eval '! grep -qF "(%)" mixed/table.txt'
check "a rate" test "$(grep '^xor' mixed/table.csv | cut -d, -f8 | awk '$1 > 0 && $1 < 0.6' | wc -l)" = 1
printf 'data: {csv: two.csv, target_column: y}\nmodel: {hidden: [6]}\ntraining: {steps: 3}\nexact: true\n' >table.yaml
check "exact needs a function" run 1 compare table.yaml -o mixed2
check "says that" says "'exact' needs a dense network and a target function"

# a run of the study equals the run of its own
printf 'data: {target: runge, samples: 100}\nmodel: {hidden: [6, 6]}\nstrategy: {gamma: 1e-2}\ntraining: {steps: 150, record_every: 50}\n' >single.yaml
check "single" run 0 train single.yaml -o single --quiet --seed 2
error=$(grep 'runge,-,relinear gamma=1e-2,2,' c1/runs.csv | cut -d, -f9)
check "same error" has single/metrics.csv ",$error,"

badstudy() {
    cat >bad.yaml
    check "refused: $1" run 1 compare bad.yaml -o bad
    check "sentence: $1" says "$1"
    check "no folder: $1" absent bad
}
badstudy "unknown key 'seed'" <<<'seed: 3'
badstudy "'strategies' is empty" <<<$'strategies: []'
badstudy "a second entry named 'a'" <<<$'models: [{name: a}, {name: a}]'
badstudy "key 'name' is missing" <<<$'models: [{model: {hidden: [3]}}]'
badstudy "'sweep' holds 2 keys, expected one" <<<$'strategies: [{name: a, sweep: {gamma: [1], beta: [1]}}]'
badstudy "'sweep' beside other keys" <<<$'strategies: [{name: a, strategy: {gamma: 1}, sweep: {gamma: [1]}}]'
base=$'data: {target: runge}\nmodel: {hidden: [4]}'
badstudy "runge.safetensors: cannot be opened" <<<"$base"$'\nstrategies: [{name: a}, {name: b, strategy: {from: runge.safetensors}}]'
badstudy "kind power, which have no conventional part" <<<"$base"$'\nmodels: [{name: a}, {name: b, model: {kind: power}}]'
badstudy "'gamma' has no effect without neurons with weights of ReLinear's groups (wg, bg; wb, c); a more specific entry takes it back with null" <<<"$base"$'\nstrategy: {gamma: 1}\nmodels: [{name: a}, {name: b, model: {kind: linear}}]'
badstudy "'samples' has no effect without a function to sample (target or spline); a more specific entry" <<<$'data: {samples: 5}\nmodel: {hidden: [4]}\ntargets: [{name: a, data: {csv: two.csv, target_column: y}}]'
badstudy "'checkpoint_every' has no effect without a run of its own (quadric train)" <<<"$base"$'\ntraining: {checkpoint_every: 5}'
badstudy "'piece_every' needs a dense network and a target function" <<<$'data: {csv: two.csv, target_column: y}\nmodel: {hidden: [4]}\ntraining: {piece_every: 5}'
badstudy "no 'hidden', 'layers' or 'network'" <<<$'data: {target: runge}\nseeds: 2'

check "configs/train/runge.yaml" run 0 train "$configs/train/runge.yaml" -o ship --quiet

summary
