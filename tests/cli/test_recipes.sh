#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# sanitizers: no, it does not run a program of that build
# The recipes of ports/README.md, run as they stand there: all answer the same.  Those in JavaScript, in a browser
# and for a microcontroller with TWOTOWER_FULL=1.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac

# The text of the only block of a language, or of the Nth.
recipe() { # LANGUAGE [N]
    awk -v fence="\`\`\`$1" -v wanted="${2:-1}" '/^```$/ {on = 0} on {print} $0 == fence {on = ++seen == wanted}' \
        "$root/ports/README.md"
}
answers() { # COMMAND...: gives the answer of C, which comes first
    "$@" >"$work/answer" 2>&1 || { cat "$work/answer"; return 1; }
    [ -f "$work/answer.c" ] || cp "$work/answer" "$work/answer.c"
    cat "$work/answer"
    grep -qxE 'video 1, 0\.[0-9]{6}' "$work/answer" && cmp "$work/answer" "$work/answer.c"
}

check "a small model is trained" small_model
mkdir "$work/here" && cp "$model" "$work/here/" && cd "$work/here" || exit 1
recipe c >recipe.c
in_c() { # after make install
    (cd "$root" && "$MAKE" -s install BUILD="$BUILD" PREFIX="$work/prefix") || return 1
    export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$work/prefix/lib"
    recipe sh >build.sh && sh -e build.sh
}
check "C, by pkg-config" answers in_c
check "it has about fifty lines" test "$(wc -l <recipe.c)" -le 56
copied() { cc -std=c99 -ffp-contract=off -I"$root/core" "$root/core/twotower.c" recipe.c -o copied && ./copied; }
check "C, with the core copied" answers copied

python_recipe() {
    (cd "$root" && "$MAKE" -s shared BUILD="$BUILD") && recipe python >recipe.py &&
        PYTHONPATH="$root/ports/python" PYTHONDONTWRITEBYTECODE=1 TWOTOWER_LIBRARY="$BUILD/libtwotower.so" "$python" \
            recipe.py
}
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
if "$python" -c 'import numpy' 2>/dev/null; then
    check "Python" answers python_recipe
else
    skip "Python" "numpy is not installed"
fi
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "JavaScript, a browser, a microcontroller" "TWOTOWER_FULL=1 builds them"
    finish
    exit
fi

cmake_recipe() {
    mkdir -p with && cp recipe.c with/ && recipe cmake >with/CMakeLists.txt &&
        cmake -S with -B with/build -Dtwotower_DIR="$work/prefix/lib/cmake/twotower" >cmake.log 2>&1 &&
        cmake --build with/build >>cmake.log 2>&1 && with/build/recipe || { cat cmake.log; return 1; }
}
check "C, by CMake" answers cmake_recipe
javascript() {
    (cd "$root" && "$MAKE" -s wasm BUILD="$BUILD") && mkdir -p node_modules &&
        ln -sfn "$BUILD/wasm" node_modules/twotower &&
        recipe js >recipe.mjs
}
check "the package builds" javascript
check "JavaScript, in node" answers node recipe.mjs
echo '{"dependencies": {"twotower": "*"}}' >package.json
in_deno() { npm_ci tests/interop && NO_COLOR=1 deno_do run --quiet --node-modules-dir=manual --allow-read recipe.mjs; }
check "JavaScript, in deno" answers in_deno
in_bun() { bun_is_here >/dev/null && "$bun" recipe.mjs; }
check "JavaScript, in bun" answers in_bun

released() {
    cd "$work" && "$TWOTOWER" keygen --out release.key --quiet >/dev/null &&
        "$TWOTOWER" eval --min-over-popularity 0 --quiet >/dev/null &&
        export TWOTOWER_SIGNING_KEY=release.key TWOTOWER_STORAGE_URL="file:$work/store" &&
        "$TWOTOWER" publish upload --quiet && "$TWOTOWER" publish activate --mirror --quiet
}
check "the model is released" released
cd "$root" || exit 1
browser() {
    npm_ci tests/edge && { echo '<!doctype html><body>'; recipe html; } >"$work/index.html" &&
        node tests/edge/recipe.mjs "$BUILD/wasm/twotower.js" "$work/store/two_tower" "$work/release.key.pub" \
            "$work/index.html"
}
check "a browser, from the artifact store" answers browser
microcontroller() { # its answer is two digests: test_cortexm compares them
    mkdir "$work/copy" && cd "$work/copy" && cp "$model" . &&
        ln -s "$root/Makefile" "$root/core" "$root/ports" "$root/tests" "$root/tools" . &&
        recipe sh 2 | sed 's/^qemu/timeout 60 qemu/' >run.sh && env -u BUILD sh -e run.sh >out 2>&1
    cat out
    [ "$(tail -2 out | grep -cxE '[0-9a-f]{16}')" = 2 ]
}
check "a microcontroller" microcontroller
finish
