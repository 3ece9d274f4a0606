#!/bin/sh
# SPDX-License-Identifier: MIT
# The core as others take it: a copy of the folder, one file to compile, the example of its README.
set -u
cd "$(dirname "$0")/../.."
: "${CC:=cc}" "${CXX:=c++}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r core "$work/core"
number=0 failed=0
check() { # NAME COMMAND...
    name=$1
    shift
    number=$((number + 1))
    if "$@" >"$work/log" 2>&1; then
        echo "ok $number - $name"
    else
        failed=1
        echo "not ok $number - $name"
        sed 's/^/# /' "$work/log" | head -20
    fi
}
compiles() { # FLAGS...
    $CC "$@" -ffp-contract=off -pedantic -Wall -Wextra -Werror -I"$work/core" -c "$work/core/twotower.c" \
        -o "$work/core.o"
}
refuses() { ! compiles "$@"; }
header() { # COMPILER FLAGS...
    echo '#include "twotower.h"
int main() { return tt_kernels_c() == 0; }' >"$work/header.cc"
    "$@" -Wall -Wextra -pedantic -Werror -I"$work/core" -c "$work/header.cc" -o "$work/header.o"
}
# The example stands in a function, between what it takes as given.
example() {
    {
        echo '#include "twotower.h"
float out[64];
static char scratch[1 << 17], memory[4096];
enum { scratch_size = sizeof scratch, memory_size = sizeof memory };
static int fail(const char *text, size_t offset, uint32_t node) { return text[0] + (int)offset + (int)node; }
int embed(const void *bytes, size_t len);
int embed(const void *bytes, size_t len) {'
        sed -n '/^```c$/,/^```$/p' core/README.md | sed '/^```/d'
        echo '}
int main(void) { return embed("", 0) == 0; }'
    } >"$work/example.c"
    [ "$(sed -n '/^```c$/,/^```$/p' core/README.md | sed '/^```/d' | wc -l)" -le 14 ] &&
        $CC -std=c99 -Wall -Wextra -Werror -I"$work/core" -o "$work/example" "$work/example.c" \
            "$work/c99.o" && "$work/example"
}
bare() {
    echo 'int main(void); void _start(void); void _start(void) { main(); for (;;) ; }' >"$work/start.c"
    $CC -std=c99 -O2 -ffp-contract=off -ffreestanding -fno-builtin -fno-stack-protector -nostdlib -static \
        -isystem ports/bare -Icore -o "$work/bare" "$work/start.c" "$work/example.c" \
        "$work/core/twotower.c" ports/bare/memory.c
}
check "compiles as C11" compiles -std=c11
check "compiles with TT_SMALL" compiles -std=c99 -DTT_SMALL
check "compiles as C99" compiles -std=c99
cp "$work/core.o" "$work/c99.o"
check "-ffast-math is refused" refuses -std=c99 -O2 -ffast-math
case $(uname -m) in
x86_64) check "float evaluated as something else is refused" refuses -std=c99 -mfpmath=387 ;;
*) number=$((number + 1)) && echo "ok $number - x87 # SKIP x86 only" ;;
esac
if command -v ${CXX%% *} >/dev/null 2>&1; then
    for std in c++98 c++11 c++17; do
        case $std in c++98) extra=-Wno-long-long ;; *) extra="" ;; esac
        # shellcheck disable=SC2086
        check "the header as $std" header $CXX -std=$std $extra
    done
else
    number=$((number + 1)) && echo "ok $number - the header as C++ # SKIP no C++ compiler"
fi
check "the example of core/README.md" example
check "-ffreestanding -nostdlib links" bare
echo "1..$number"
exit $failed
