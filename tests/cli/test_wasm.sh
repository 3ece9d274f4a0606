#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# sanitizers: no, it does not run a program of that build
# The WebAssembly port gives the bits of the core on 10,000 rows, scalar and SIMD, refuses what the core
# refuses, leaks nothing, and loads no model that was not released.  TWOTOWER_FULL=1 only: it
# needs clang, lld and npm.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"

# Two signed releases, the second of the small model, and their mirror.
release() {
    (
        cd "$work" || exit 1
        "$TWOTOWER" keygen --out key --quiet && "$TWOTOWER" keygen --out other --quiet || exit 1
        export TWOTOWER_SIGNING_KEY="$work/key" TWOTOWER_STORAGE_URL="file:$work/store"
        main=$(readlink ml/artifacts/latest)
        "$TWOTOWER" train --epochs 1 --embedding-dim 16 --hidden-dim 16 --run-id early --quiet || exit 1
        for run in early "${main#runs/}"; do
            "$TWOTOWER" eval --run-id "$run" --min-over-popularity 0 --quiet &&
                "$TWOTOWER" publish upload --run-id "$run" --quiet || exit 1
        done
        ln -sfn "$main" ml/artifacts/latest
        "$TWOTOWER" publish activate --run-id early --release-notes first --quiet &&
            "$TWOTOWER" publish activate --run-id "${main#runs/}" \
                --mirror --release-notes "$(printf 'é 😀 \\ "<\t\001> \342\200\250')" --quiet
    )
}
# What npm would take, as a program in TypeScript finds it.
types() {
    mkdir -p "$work/typed/node_modules/twotower" && (cd "$BUILD/wasm" &&
        npm pack --silent --pack-destination "$work/typed") >/dev/null &&
        tar xzf "$work/typed/twotower-$(ports/version.sh).tgz" -C "$work/typed/node_modules/twotower" \
            --strip-components=1 || return 1
    cat >"$work/typed/program.mts" <<'TS'
import { Catalogue, Model, TwoTowerError } from "twotower";
import type { Embeddings, UserRow } from "twotower";
const model: Model = await Model.load(new URL("https://models.example/user_tower.onnx"), { verify: true });
const user: UserRow = { liked: [{ id: "a", tags: ["comedy"] }], numerics: { mean_stars: null } };
const { data, dim }: Embeddings = model.embed("user", [user]);
console.log(new Catalogue(data, dim).top(data, 1)[0]?.score, TwoTowerError);
// @ts-expect-error: it is no tower
model.embed("users", [user]);
TS
    ports/wasm/node_modules/.bin/tsc --noEmit --strict --target es2022 --lib es2022,dom \
        --module nodenext "$work/typed/program.mts"
}
case ${TWOTOWER_FULL:-} in
1)
    check "a small model is trained" small_model
    check "the package builds" "$MAKE" -s wasm BUILD="$BUILD"
    check "its types serve a program" types
    check "it is released twice" release
    check "deno" deno_is_here
    adopt "the checks of the port" node tests/ports/check_wasm.mjs "$BUILD/wasm" "$model"
    set -- tests/ports/check_artifacts.mjs "$BUILD/wasm" "$work/store" "$work/ml/artifacts/latest" "$work/key.pub" \
        "$work/other.pub"
    adopt "models from a store, in node" node "$@"
    adopt "models from a store, in deno" deno_run --allow-read --allow-net --allow-env "$@"
    check "10,000 rows have the core's bits" same node tests/ports/embed_rows.mjs "$BUILD/wasm" "$model" \
        "$work/rows.jsonl"
    say_digest
    check "misspelt rows meet what they say, with the core's counts" same node tests/ports/embed_rows.mjs \
        "$BUILD/wasm" "$model" tests/vectors/rows.jsonl
    check "10,000 rows have the core's bits in deno" same deno_run --allow-read --allow-env tests/ports/embed_rows.mjs \
        "$BUILD/wasm" "$model" "$work/rows.jsonl"
    check "npm ci" npm_ci tests/edge
    check "bun" bun_is_here
    adopt "models from a store, in bun" "$bun" "$@"
    check "10,000 rows have the core's bits in bun" same "$bun" tests/ports/embed_rows.mjs "$BUILD/wasm" "$model" \
        "$work/rows.jsonl"
    check "10,000 rows have the core's bits in a page and a worker of Chromium" same node tests/edge/embed_rows.mjs \
        "$BUILD/wasm" "$model" "$work/rows.jsonl"
    tail -40 "$work/rows.jsonl" | "$python" tests/make_data.py rows >"$work/ml/artifacts/latest/users.json"
    check "onnxruntime-web reads the towers, dense and sparse, and gives the vectors within 1e-5" \
        node --no-warnings tests/bench_wasm.mjs "$BUILD/wasm" "$work/ml/artifacts/latest" each
    ;;
*) skip "the WebAssembly port" "TWOTOWER_FULL=1 builds it" ;;
esac
finish
