#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The exact regions of a quadratic network trained on Fashion-MNIST (784-256-256-10) on the plane through three test pictures, between them:
# the box 0:1,0:1 has the first picture at (0, 0) and the two others at (1, 0) and (0, 1). Processor time of the whole program, data and model read.
#   pictures.sh QUADRIC
quadric=$1
if [ ! -e /usr/share/datasets/fashion-mnist ]; then
    echo "Fashion-MNIST is not installed (package dataset-fashion-mnist): no row"
    exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
"$quadric" train configs/train/fashion-mnist.yaml -o "$tmp/run" --threads 2 >"$tmp/log" 2>&1 || { tail -1 "$tmp/log" >&2; exit 1; }
sed -n 's/^error  */Fashion-MNIST, quadratic 784-256-256-10, test error /p' "$tmp/log"
points=(--through fashion-mnist:test:0 --through fashion-mnist:test:7 --through fashion-mnist:test:9)
printf '%-10s %12s %12s %12s %9s\n' threads regions 'processor s' 'elapsed s' asked
for threads in 1 2; do
    TIMEFORMAT='%U %S %R'
    { time "$quadric" pieces "$tmp/run/model.safetensors" "${points[@]}" --box 0:1,0:1 --count --threads $threads >"$tmp/out" 2>"$tmp/err"; } 2>"$tmp/time" || cat "$tmp/err" >&2
    read -r user system elapsed <"$tmp/time"
    awk -v n=$threads -v u="$user" -v s="$system" -v e="$elapsed" '/^regions/ { printf "%-10d %12d %12.1f %12.1f %9d\n", n, $2, u + s, e, 60 }' "$tmp/out"
done
