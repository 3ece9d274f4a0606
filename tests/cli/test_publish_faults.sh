#!/bin/sh
# SPDX-License-Identifier: MIT
# long
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# publish under faults, with counts: kills at every request and at every call that changes files,
# races, spoilt bodies and manifests.  KILL_STRIDE=1 tries every place (TWOTOWER_FULL=1: always),
# FLIP_STRIDE=1 every byte of the manifests.
. tests/cli/lib.sh
cd "$work" || exit 1
case ${TWOTOWER_FULL:-} in
1) : "${KILL_STRIDE:=1}" "${FLIP_STRIDE:=7}" && runs_at_once=16 ;;
*) : "${KILL_STRIDE:=19}" "${FLIP_STRIDE:=181}" && runs_at_once=6 ;;
esac
export FLIP_STRIDE

"$TWOTOWER" synth --out shop --users 200 --videos 300 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null 2>&1
for n in $(seq $runs_at_once); do
    "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id r$n --seed $n >/dev/null
    "$TWOTOWER" eval --run-id r$n --min-over-popularity 0 --quiet >/dev/null
done
runs=$work/ml/artifacts

taken() { # its TAP lines become ours
    while read -r line; do
        case $line in
        ok* | "not ok"*)
            tests=$((tests + 1))
            echo "$line" | sed "s/ok [0-9]* - /ok $tests - /"
            ;;
        1..*) planned=1 ;;
        *) echo "# $line" ;;
        esac
    done <"$1"
    [ "$planned" = 1 ] || { tests=$((tests + 1)); echo "not ok $tests - $2 ended early"; }
    planned=0
}
planned=0
python3 "$root/tests/faults/publish_faults.py" "$TWOTOWER" "$runs" "$work/faults" >out 2>&1
taken out "the faults"
python3 "$root/tests/faults/publish_kills.py" supabase "$TWOTOWER" "$runs" "$work/kills" "$KILL_STRIDE" >out 2>&1
taken out "the kills at requests"
case $TWOTOWER in
*san-*) skip "kills at calls that change files" "not under a sanitizer" ;;
*)
    ${CC:-cc} -std=c99 -Wall -Wextra -Werror -shared -fPIC -O1 -o at_call.so "$root/tests/faults/at_call.c" -ldl
    python3 "$root/tests/faults/publish_kills.py" file "$TWOTOWER" "$runs" "$work/folder" "$KILL_STRIDE" \
        "$work/at_call.so" >out 2>&1
    taken out "the kills at calls"
    ;;
esac
finish
