#!/bin/sh
# What `make demo` runs: the spline theorem, and piece counts at equal widths. demo.sh QUADRIC FOLDER
set -eu
quadric=$1
out=$2
mkdir -p "$out"

echo "Theorem 1: networks of quadratic neurons are splines, and splines are such networks."
"$quadric" verify spline | tee "$out/verify-spline.txt"
"$quadric" verify spline --json --quiet >"$out/verify-spline.json"

echo
echo "Pieces of random networks of equal widths: conventional, square activation, quadratic."
"$quadric" table pieces configs/pieces.yaml --quiet -o "$out/pieces.csv"
for format in text markdown latex json; do
    "$quadric" table pieces configs/pieces.yaml --quiet --format $format >"$out/pieces.$format"
done
cat "$out/pieces.text"

echo
echo "The results are in $out: verify-spline.{txt,json}, pieces.{csv,text,markdown,latex,json}."
