#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the proofs of this folder with CBMC, where it is installed (6.0 or later; Debian 13 has
# it).  The second line of each says how:
#   enforce FUNCTION, [replace FUNCTION,] unwind N    its contract, on its real body
#   check, unwind N                                   the assertions of the harness
# Usage: run.sh [PROOF.c ...]    PROOF_SECONDS=900 for each; prints TAP
set -u
cd "$(dirname "$0")/../.."
: "${CBMC:=cbmc}" "${GOTO_CC:=goto-cc}" "${GOTO_INSTRUMENT:=goto-instrument}" "${PROOF_SECONDS:=900}"
if ! command -v "$CBMC" >/dev/null 2>&1; then
    echo "1..1"
    echo "ok 1 - proofs # SKIP cbmc is not installed"
    exit 0
fi
[ $# -gt 0 ] || set -- tests/proofs/*.c
checks="--bounds-check --pointer-check --pointer-overflow-check --signed-overflow-check
    --undefined-shift-check --div-by-zero-check --unwinding-assertions"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# One proof; its log is $scratch/log.
prove() {
    how=$(sed -n 2p "$1")
    unwind=$(expr "$how" : '.*unwind \([0-9]*\)')
    enforce=$(expr "$how" : '.*enforce \([a-z0-9_]*\)')
    replace=$(expr "$how" : '.*replace \([a-z0-9_]*\)')
    "$GOTO_CC" -std=c99 -DTT_PROOF -Icore --function harness -o "$scratch/a" "$1" || return 1
    if [ -n "$enforce" ]; then
        "$GOTO_INSTRUMENT" --dfcc harness --enforce-contract "$enforce" \
            ${replace:+--replace-call-with-contract "$replace"} "$scratch/a" "$scratch/b" || return 1
        mv "$scratch/b" "$scratch/a"
    fi
    # shellcheck disable=SC2086
    timeout "$PROOF_SECONDS" "$CBMC" $checks --unwind "$unwind" "$scratch/a"
}

n=0 failed=0
for proof; do
    n=$((n + 1))
    start=$(date +%s)
    code=0
    prove "$proof" >"$scratch/log" 2>&1 || code=$?
    if [ $code = 0 ]; then
        echo "ok $n - $(basename "$proof" .c)  # $(($(date +%s) - start)) s"
    elif [ $code = 124 ]; then # of timeout: neither proved nor refuted, as core/SOUNDNESS.md says
        echo "ok $n - $(basename "$proof" .c) # SKIP the solver did not end in $PROOF_SECONDS seconds"
    else
        failed=1
        echo "not ok $n - $(basename "$proof" .c)"
        grep -E 'FAILURE|error|VERIFICATION' "$scratch/log" | tail -20 | sed 's/^/# /'
    fi
done
echo "1..$n"
exit $failed
