#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# ONNX files: the same network from a file of PyTorch's exporter and as JSON; values against the oracle that computes the graph in
# fractions (kept in values.txt; make check-long computes them again, for every opset, where python3-torch and python3-onnx are installed);
# what is refused; what is written.
. "$(dirname "$0")/outside.sh"
kept=$tests/reference/onnx
same() { checks=$((checks + 1)); cmp -s "$1" "$2" || fail "$3: $(head -c 300 "$1") ... $(head -c 300 "$2")"; }

# as_json FOLDER: networks of the folder as JSON and as ONNX give the same pieces, breakpoints and polynomials
as_json() {
    local folder=$1 name line
    for name in mlp leaky quadratic quadratic1 product_linear square residual normalised convolution; do
        case $name in
        leaky | quadratic1) line= ;;
        convolution) line=--line=$(seq -s, -12 12):$(seq -s, 30 -3 -42) ;;
        *) line=--line=-5,-2:3,4 ;;
        esac
        run 0 pieces "$folder/$name.json" $line --list --json && mv out json.txt
        run 0 pieces "$folder/$name.onnx" $line --list --json --quiet
        same out json.txt "$name"
    done
    # they are the same network, not only the same function
    for name in mlp leaky quadratic quadratic1 product_linear square normalised; do
        run 0 convert "$folder/$name.json" json.json
        run 0 convert "$folder/$name.onnx" onnx.json --quiet
        same onnx.json json.json "$name as JSON"
    done
}
as_json "$kept"
for name in mlp residual normalised; do
    run 0 pieces "$kept/$name.json" --json && mv out json.txt
    run 0 pieces "$kept/$name.onnx" --json
    same out json.txt "$name in the plane"
done

# value FILE POINT VALUES: they are
value() {
    checks=$((checks + 1))
    run 0 eval "$1" --at="$2" --json --quiet || fail "$(cat err)"
    grep -qF "\"value\": [\"${3//,/\", \"}\"]" out || fail "$1 at $2: $(cat out), expected $3"
}

# Written again as ONNX the functions have the same values.
while read -r name point values; do
    value "$kept/$name.onnx" "$point" "$values"
    [ -e "$name.onnx" ] || check "$name is written" run 0 convert "$kept/$name.onnx" "$name.onnx" --quiet --round
    case $name in normalised | convolution) ;; *) value "$name.onnx" "$point" "$values" ;; esac
done <"$kept/values.txt"
expect 0 'float32, every parameter exact' convert "$kept/quadratic.onnx" single.onnx --dtype float32
expect 0 'every parameter exact' convert single.onnx single.json
run 0 convert "$kept/quadratic.json" json.json
same single.json json.json "quadratic, out and in again"
for act in abs square power:3 leaky_relu; do
    slope=; [ $act = leaky_relu ] && slope='"slope": "3/8",'
    cat >act.json <<END
{"input_dim": 2, "layers": [
 {"kind": "full", "activation": "$act", $slope "a": [["1", "-1/2", "3"], ["0", "2", "-1/4"]], "w": [["1", "2"], ["-3", "1/2"]], "b": ["-1", "1"]},
 {"kind": "compact", "activation": "relu", "w": [["1", "2"]], "wb": [["-1/8", "1"]], "b": ["1/2"]},
 {"kind": "power", "activation": "identity", "w": [["1"]], "b": ["3"]},
 {"kind": "product", "activation": "identity", "wr": [["1"]], "br": ["1"], "wg": [["-1"]], "bg": ["3"]},
 {"kind": "sparse", "units": [{"activation": "relu", "linear": [[0, "1"]], "b": "0"}, {"activation": "identity", "quadratic": [[0, 0, "1/4"]], "b": "1"},
  {"activation": "relu", "linear": [[0, "-1"]], "b": "2"}]},
 {"kind": "product_linear", "activation": "identity", "wr": [["1", "0", "2"]], "wg": [["0", "1", "1"]], "w": [["1", "1", "1"]], "b": ["0"]}]}
END
    expect 0 'every parameter exact' convert act.json act.onnx
    for point in 1/3,-2 -5/7,1/2 4,3; do
        run 0 eval act.json --at=$point --json && mv out json.txt
        run 0 eval act.onnx --at=$point --json
        checks=$((checks + 1))
        [ "$(sed 's/.*"value": \(\[[^]]*\]\).*/\1/' out)" = "$(sed 's/.*"value": \(\[[^]]*\]\).*/\1/' json.txt)" ] || fail "$act at $point: $(cat out json.txt)"
    done
done
expect 1 'which is no float64, and rounding was not asked for' convert "$configs/networks/two-layers.json" third.onnx
check "no file after an error" absent third.onnx
expect 0 'of 23 parameters rounded' convert "$configs/networks/two-layers.json" third.onnx --round

# a sparse layer is a matrix of ONNX: foreseen
awk 'BEGIN { printf "{\"input_dim\": 9000, \"layers\": [{\"kind\": \"sparse\", \"units\": ["
    for (i = 0; i < 9000; i++) printf "%s{\"activation\": \"relu\", \"linear\": [[%d, 1]]}", i ? "," : "", i
    print "]}]}" }' >wide.json
expect 1 'layer 1 is sparse, and ONNX would hold it as a matrix (9000, 9000), with more than 2^26 entries; write JSON' convert wide.json wide.onnx
check "no file after that either" absent wide.onnx

# every command; notes; what is refused
expect 0 'functional dimension' dimension "$kept/mlp.onnx"
expect 0 'at least' certify "$kept/quadratic1.onnx" --target x --interval=-1:1
expect 0 "the final Softmax" eval "$kept/square.onnx" --at 1,2
check "a note can be silenced" run 0 eval "$kept/square.onnx" --at 1,2 --quiet
check "and is" empty err
while IFS=$'\t' read -r name message; do
    expect 1 "$message" eval "$kept/bad/$name.onnx" --at 0
done <"$kept/bad/messages.txt"
expect 1 'cannot be opened' eval none.onnx --at 0
expect 1 'it says them itself' eval "$kept/mlp.onnx" --at 0,0 --activations relu
expect 3 'time' eval "$kept/mlp.onnx" --at 0,0 --max-seconds 0.000001

# ---- against the graph in fractions, for every opset --------------------------------------------
if [ "${QD_TEST_MULTIPLIER:-1}" -gt 1 ] && /usr/bin/python3 -c 'import torch, onnx' 2>err; then
    while read -r name point values; do
        checks=$((checks + 1))
        [ "$(/usr/bin/python3 "$tests/oracle/onnx_value.py" "$kept/$name.onnx" "$point")" = "$values" ] || fail "values.txt: $name at $point"
        [ ! -e "$name.onnx" ] || /usr/bin/python3 -c 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]))' "$name.onnx" || fail "$name.onnx is no model"
        case $name in normalised | convolution) continue ;; esac
        [ "$(/usr/bin/python3 "$tests/oracle/onnx_value.py" "$name.onnx" "$point")" = "$values" ] || fail "$name.onnx, written, at $point"
    done <"$kept/values.txt"
    for opset in $(seq 9 17); do
        mkdir "opset$opset"
        /usr/bin/python3 "$kept/make.py" "opset$opset" $opset >err 2>&1 || { fail "make.py for opset $opset: $(tail -1 err)"; continue; }
        as_json "opset$opset"
        while read -r name point values; do value "opset$opset/$name.onnx" "$point" "$values"; done <"$kept/values.txt"
    done
fi
summary
