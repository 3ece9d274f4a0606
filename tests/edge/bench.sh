#!/bin/sh
# SPDX-License-Identifier: MIT
# The first embedding of embed-user in a deno process, with PGlite as the database and the model of
# $TWOTOWER_DATA (6 MB),
# or of a synthetic catalogue.
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/lib.sh
. tests/servers/lib.sh
. tests/ports/lib.sh
. tests/edge/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
{ "$MAKE" -s edge BUILD="$BUILD" && npm_ci tests/edge && deno_is_here && edge_world 1500 22000 128 &&
    mirror m1; } >"$work/log" 2>&1 ||
    { tail -1 "$work/log"; exit 1; }
first_embeddings 5 || exit 1
