#!/bin/sh
# SPDX-License-Identifier: MIT
# The first embedding of embed-user in a deno process, with a model of about 6 MB and PGlite as the database.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/lib.sh
. tests/servers/lib.sh
. tests/ports/lib.sh
. tests/edge/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
{ "$MAKE" -s edge BUILD="$BUILD" && npm_ci tests/edge && deno_is_here && edge_world 1500 22000 128 && mirror m1; } >"$work/log" 2>&1 ||
    { tail -1 "$work/log"; exit 1; }
echo "embed-user, a model of $(($(wc -c <"$work/ml/artifacts/runs/m1/user_tower.onnx") / 1000000)) MB; 30 ms wanted once it has started"
user=$(sql "$url" "select user_id from nightly limit 1")
TWOTOWER_PUBLIC_KEYS=$(cat "$work/key.pub")
export TWOTOWER_PUBLIC_KEYS JWT_SECRET="$REST_SECRET"
for how in started cold started cold; do
    NO_COLOR=1 deno_run --allow-all tests/edge/first.mjs "$BUILD/edge" "$user" $how
done
