#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The house itself: the order of modules, private names, the map in README, the example, the notices.
. "$(dirname "$0")/outside.sh"
root=$(realpath "$tests/..")
cd "$root" || exit 1
modules=$(sed -n 's/^MODULES := //p' Makefile)

# A module includes only itself and modules before it; train not what is exact, report only base and io.
check_order() {
    local seen=" " bad=0
    for m in $modules; do
        case $m in
        train) allowed=" base io arch expr train " ;;
        report) allowed=" base io report " ;;
        *) allowed="$seen$m " ;;
        esac
        for used in $(grep -rhoE '^#include "[a-z]+/' "src/$m" | sed 's/.*"//; s,/,,' | sort -u); do
            case $allowed in
            *" $used "*) ;;
            *) echo "src/$m includes $used"; bad=1 ;;
            esac
        done
        seen="$seen$m "
    done
    return $bad
}
check "a module includes only what comes before it" check_order

check_impl() {
    ! grep -rnE '#include "[a-z/]*impl\.h"' src analysis | awk -F: '{ split($1, a, "/"); inside = a[1] "/" a[2]; if ($0 !~ "\"" a[2] "/") { print; bad = 1 } } END { exit !bad }'
}
check "an impl.h stays in its folder" check_impl

# A name with two underscores belongs to the folder in whose headers it is declared.
check_private() {
    local bad=0
    for m in $modules; do
        for name in $(grep -rhoE '\bqd_[a-z0-9_]*__[a-z0-9_]+\b' "src/$m" --include='*.h' | sort -u); do
            users=$(grep -rlE "\b$name\b" src analysis --include='*.[ch]' | grep -v "^src/$m/")
            [ -z "$users" ] || { echo "$name of src/$m is used in $users"; bad=1; }
        done
    done
    return $bad
}
check "private names stay private" check_private

check_map() {
    local bad=0
    for m in $modules; do
        grep -q "^| \`src/$m\` |" README.md || { echo "src/$m is not in README's map"; bad=1; }
        [ -d "src/$m" ] || { echo "src/$m does not exist"; bad=1; }
    done
    for d in src/*/; do
        case " $modules " in
        *" $(basename "$d") "*) ;;
        *) echo "$d is no module"; bad=1 ;;
        esac
    done
    order=$(sed -n 's/^| `src\/\([a-z]*\)` |.*/\1/p' README.md | tr '\n' ' ')
    [ "$(echo $order)" = "$(echo $modules)" ] || { echo "README's order: $order"; bad=1; }
    return $bad
}
check "README's map, the modules and the folders agree" check_map

check_default() {
    find src analysis -name '*.c' -exec awk '
        FNR == 1 { inside = 0 }
        /switch \((.*(->|\.))?(kind|act|activation)\) \{/ { match($0, /^ */); indent = RLENGTH; inside = 1; next }
        inside { match($0, /^ */); if (RLENGTH == indent && /default:/) { print FILENAME ":" FNR; bad = 1 } if (RLENGTH == indent && /^ *\}/) inside = 0 }
        END { exit bad }' {} +
}
check "no switch over kinds or activations has a default" check_default

check_notice() {
    ! git ls-files '*.c' '*.h' '*.sh' '*.yaml' Makefile 2>/dev/null | grep -v '^tests/reference' | while read -r f; do
        head -3 "$f" | grep -q 'SPDX-License-Identifier: GPL-3.0-or-later' || echo "$f has no SPDX line"
    done | grep .
}
! git rev-parse --is-inside-work-tree >/dev/null 2>&1 || check "every source says its licence" check_notice

# README shows the example as it is; it compiles against the library and answers.
check_example() {
    sed -n '/^    #include "plane\/plane.h"/,/^    }/p' README.md | sed 's/^    //' >"$work/readme.c"
    sed -n '/^#include "plane\/plane.h"/,$p' configs/examples/regions.c >"$work/file.c"
    diff "$work/readme.c" "$work/file.c"
}
check "README quotes the example" check_example
example=$(dirname "$quadric")/configs/examples/regions
check "the example answers" test "$("$example" configs/networks/three-circles.json)" = "8 regions, 8 pieces, 12 pairs of neighbours"

summary
