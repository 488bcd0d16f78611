#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Tables of random networks 2-8-8-1 in the whole plane, conventional and quadratic, as many of each. Peak memory must not grow with their
# number. With MPI (make MPI=1 bench): four ranks, of which three compute, against two threads, in turn.
#   tables.sh QUADRIC
quadric=$(realpath "$1")
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

# config NETWORKS
config() { echo "{widths: [[8, 8]], kinds: [conventional, quadratic], input_dim: 2, domain: space, seeds: $(($1 / 2))}" >table.yaml; }

# table NETWORKS THREADS: a row, with the peak memory of the process, MiB, as it was seen last
table() {
    config "$1"
    local pid peak=0 seen
    TIMEFORMAT='%U %S %R'
    { time {
        "$quadric" table pieces table.yaml -o table.csv --quiet --threads "$2" &
        pid=$!
        while seen=$(awk '/VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null) && [ -n "$seen" ]; do
            peak=$seen
            sleep 0.2
        done
        wait $pid
    }; } 2>time
    awk -v n="$1" -v t="$2" -v p="$peak" '{ printf "%-10d %8d %12.1f %12.1f %10.1f\n", n, t, $1 + $2, $3, p / 1024 }' time
    rm -f table.csv*
}
echo "tables of networks 2-8-8-1 in the plane; asked: 10000 within 120 s on two cores"
printf '%-10s %8s %12s %12s %10s\n' networks threads 'processor s' 'elapsed s' 'peak MiB'
table 1000 2
table 10000 2

# elapsed COMMAND...: seconds
elapsed() {
    TIMEFORMAT=%R
    { time "$@" >/dev/null 2>&1; } 2>&1
    rm -f table.csv*
}
if ! command -v mpirun >/dev/null || ! ldd "$quadric" | grep -q libmpi; then
    echo "no MPI in this build: no row of ranks"
    exit 0
fi
config 2000
for _ in 1 2 3 4 5; do
    threads=$(elapsed "$quadric" table pieces table.yaml -o table.csv --quiet --threads 2)
    ranks=$(elapsed mpirun -np 4 "$quadric" table pieces table.yaml -o table.csv --quiet)
    echo "$threads $ranks"
done | awk '{ print $2 / $1, $1, $2 }' | sort -n | awk 'NR == 3 { printf "2000 networks: four ranks %.1f s, two threads %.1f s, ratio %.2f (median of 5 pairs; asked: 1.10)\n", $3, $2, $1 }'
