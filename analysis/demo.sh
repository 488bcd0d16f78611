#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What `make demo` runs: both theorems, filling widths, piece counts at equal widths, and training read back exactly. demo.sh QUADRIC FOLDER
set -eu
quadric=$1
out=$2
mkdir -p "$out"

echo "Theorem 1: networks of quadratic neurons are splines, and splines with rational breakpoints are such networks."
"$quadric" verify spline | tee "$out/verify-spline.txt"
"$quadric" verify spline --json --quiet >"$out/verify-spline.json"

echo
echo "Theorem 2: quadratic neurons express at least what square activation does, and mostly more."
"$quadric" verify dimension --quiet | tee "$out/verify-dimension.txt"
"$quadric" verify dimension --json --quiet >"$out/verify-dimension.json"

echo
echo "Minimal widths that express all polynomials of their degree."
"$quadric" table filling configs/filling.yaml --quiet -o "$out/filling.csv"
"$quadric" table filling configs/filling.yaml --quiet --format text | tee "$out/filling.text"
"$quadric" table dimension configs/dimension.yaml --quiet -o "$out/dimension.csv"

echo
echo "Pieces of random networks of equal widths: conventional, square activation, quadratic."
"$quadric" table pieces configs/pieces.yaml --quiet -o "$out/pieces.csv"
for format in text markdown latex json; do
    "$quadric" table pieces configs/pieces.yaml --quiet --format $format >"$out/pieces.$format"
done
cat "$out/pieces.text"

echo
echo "Training with ReLinear: Runge's function by a quadratic network, its exact pieces, and a proved bound of its error."
"$quadric" train configs/train/runge.yaml --quiet --force -o "$out/runge"
"$quadric" certify "$out/runge/model.safetensors" --target runge --quiet | tee "$out/runge/certify.txt"

echo
echo "Quadratic networks, and conventional ones of equal widths and of about equal parameters, trained and read back exactly."
"$quadric" compare configs/compare/exact.yaml --quiet --force -o "$out/exact"

echo
echo "What functions need: pieces and units, proved and reached, and what training finds with as many parameters."
"$quadric" table approximation configs/approximation-small.yaml --quiet -o "$out/approximation.txt"
cat "$out/approximation.txt"

echo
echo "The results are in $out: verify-spline.{txt,json}, verify-dimension.{txt,json}, filling.{csv,text}, dimension.csv, pieces.{csv,text,markdown,latex,json},"
echo "runge/{metrics.csv,pieces.csv,model.safetensors,summary.json}, exact/{table,tests}.{txt,csv,md,tex}, approximation.txt."
