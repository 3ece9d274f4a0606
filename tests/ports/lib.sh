# SPDX-License-Identifier: MIT
# What the tests of the ports share: a catalogue, a small $model trained on it, 10,000 rows in
# $work/rows.jsonl, and `same`, which holds a port against the core.  The model is the same in each of them,
# and so small
# that a Cortex-M0 without floating point embeds the rows within seconds.
small_model() {
    (cd "$work" && "$TWOTOWER" synth --out catalogue --quiet && "$TWOTOWER" prep --db-url file:catalogue \
        --input catalogue/reviews.csv --quiet && "$TWOTOWER" train --epochs 2 --embedding-dim 32 --hidden-dim 48 \
            --json) >"$work/trained" 2>&1 ||
        { cat "$work/trained"; return 1; }
    "$python" tests/ports/make_rows.py "$work/catalogue" 8000 2000 >"$work/rows.jsonl"
}
model=$work/ml/artifacts/latest/two_tower_latest.onnx
python=${PYTHON:-python3}

core_digest() { # ROWS: the digests and counts of the core, into $work/core
    "$BUILD/tests/embed_rows" "$model" "$1" >"$work/core"
}
say_digest() {
    paste -sd' ' "$work/core" | sed 's/^/# digests and counts of the core: /'
}
same() { # COMMAND... ROWS: prints the digests and counts of the core
    for rows; do :; done
    core_digest "$rows" || return 1
    "$@" >"$work/port" && diff "$work/core" "$work/port"
}

# Takes over the tests of a program that prints TAP.
adopt() { # NAME COMMAND...
    name=$1
    shift
    "$@" >"$work/tap" 2>"$work/err" || { echo "1..0" >>"$work/tap"; sed 's/^/# /' "$work/err"; }
    grep -E '^(ok|not ok|#) ' "$work/tap" | awk -v n="$tests" '/^ok/ {sub(/ok [0-9]+/, "ok " ++n)}
        /^not ok/ {sub(/not ok [0-9]+/, "not ok " ++n)} {print}'
    tests=$((tests + $(grep -cE '^(ok|not ok) ' "$work/tap")))
    grep -q '^1\.\.[1-9]' "$work/tap" || check "$name runs to its end" false
}

# The packages of a folder of the tree, installed when they are first asked for, or others than before; by one
# script at a time.
npm_ci() { # FOLDER of the tree
    (cd "$root/$1" && flock package-lock.json sh -c '[ node_modules/.package-lock.json -nt package-lock.json ] ||
        ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund')
}

# deno of the test packages, installed when it is first asked for.
deno=$root/tests/interop/node_modules/.bin/deno
deno_is_here() {
    npm_ci tests/interop && [ -x "$deno" ]
}
deno_do() { # COMMAND...
    DENO_NO_UPDATE_CHECK=1 DENO_DIR="$work/deno" "$deno" "$@"
}
deno_run() { # OPTION... SCRIPT ARGUMENT...
    deno_do run --quiet --no-config "$@"
}

# Bun of the test packages: its packages for a platform hold the program itself.
bun_is_here() {
    npm_ci tests/edge || return 1
    for bun in "$root"/tests/edge/node_modules/@oven/bun-linux-*/bin/bun; do
        "$bun" --version || return 1
    done
}
