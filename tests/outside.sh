# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of the program from outside share; sourced. QUADRIC names the program. The test goes on in a folder of its own, which is
# removed at the end.
set -u
test_name=$(basename "$0" .sh)
quadric=$(realpath "${QUADRIC:-build/${BUILD:-release}/quadric}")
tests=$(realpath "$(dirname "$0")")
configs=$(realpath "$tests/../configs")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
checks=0 failures=0

fail() { echo "$test_name: $*"; failures=$((failures + 1)); }

# check NAME COMMAND...: the command succeeds
check() {
    local name=$1
    shift
    checks=$((checks + 1))
    if ! "$@"; then
        failures=$((failures + 1))
        echo "$test_name: failed: $name"
        [ ! -s err ] || sed 's/^/    /' err
    fi
}

# run CODE ARGUMENTS...: the program ends with that exit code; output in out and err
run() {
    local want=$1 code
    shift
    "$quadric" "$@" >out 2>err
    code=$?
    [ $code = "$want" ] || { echo "quadric $*: exit code $code, expected $want"; return 1; }
}

# expect CODE PART ARGUMENTS...: it ends with that exit code, PART is in what it prints, and a failure is one line
expect() {
    local code=$1 part=$2
    shift 2
    checks=$((checks + 1))
    run "$code" "$@" || fail "$(cat err)"
    grep -qF -- "$part" out err || fail "quadric $*: no '$part' in: $(cat out err)"
    [ "$code" = 0 ] || one_line || fail "quadric $*: $(cat err)"
}

says() { grep -qF -- "$1" err || { echo "the message lacks: $1"; return 1; }; }
has() { grep -qF -- "$2" "$1" || { echo "$1 lacks: $2"; return 1; }; }
empty() { [ ! -s "$1" ]; }
absent() { [ ! -e "$1" ]; }
differ() { ! cmp -s "$1" "$2"; }
one_line() { [ "$(wc -l <err)" = 1 ] || { echo "more than one line of message"; return 1; }; }

# The last line of a test, which is its result.
summary() {
    echo "$test_name: $checks checks, $failures failures"
    [ $failures = 0 ]
}
