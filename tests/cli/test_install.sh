#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# sanitizers: no, it does not run a program of that build
# What `make install` and the Debian package put down serves a program that knows only
# pkg-config; the shells complete; the manual pages format without a warning.
. tests/cli/lib.sh
: "${BUILD:=build}" "${CC:=cc}" "${MAKE:=make}"

cat >"$work/link.c" <<'C'
#include <stdio.h>
#include <twotower.h>
int main(void) {
    tt_text space = {"tag", 3}, token = {"comedy", 6};
    printf("%016llx\n", (unsigned long long)tt_hash(7, space, token));
    return 0;
}
C

installed() { # ROOT LIBDIR: a program links by pkg-config, shared and static
    export PKG_CONFIG_PATH="$1$2/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$1"
    # shellcheck disable=SC2046
    $CC -std=c99 -o "$work/shared" "$work/link.c" $(pkg-config --cflags --libs twotower) || return 1
    # shellcheck disable=SC2046
    $CC -std=c99 -o "$work/static" "$work/link.c" $(pkg-config --cflags twotower) \
        "$1$2/libtwotower.a" || return 1
    ldd "$work/static" | grep -q libtwotower && return 1
    LD_LIBRARY_PATH="$1$2" "$work/shared" >"$work/one" && "$work/static" >"$work/two" &&
        cmp "$work/one" "$work/two" && grep -qx '[0-9a-f]\{16\}' "$work/one"
}
cmake_finds() { # PREFIX VERSION: a project that asks for this version links
    rm -rf "$work/cmake" && mkdir -p "$work/cmake" && cp "$work/link.c" "$work/cmake/"
    cat >"$work/cmake/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.13)
project(link C)
find_package(twotower $2 REQUIRED)
message("found \${twotower_VERSION}.")
add_executable(link link.c)
target_link_libraries(link twotower::twotower)
CMAKE
    cmake -S "$work/cmake" -B "$work/cmake/build" -DCMAKE_PREFIX_PATH="$1" >"$work/found" 2>&1 ||
        { cat "$work/found"; return 1; }
    grep -qxF "found $version." "$work/found" && cmake --build "$work/cmake/build" && "$work/cmake/build/link"
}
cmake_refuses() { # PREFIX VERSION
    ! cmake_finds "$1" "$2" && grep -q 'compatible with requested version' "$work/found"
}
agree() { # every place that names the version names that of the header
    cat >"$work/version.c" <<'C'
#include <stdio.h>
#include <twotower.h>
int main(void) { return printf("%s %s\n", TT_VERSION_STRING, tt_version()) < 0; }
C
    $CC -Icore -ffp-contract=off -o "$work/version" "$work/version.c" core/twotower.c &&
        [ "$("$work/version")" = "$version $version" ] &&
        [ "$("$TWOTOWER" --version)" = "twotower $version" ] &&
        [ "$(PKG_CONFIG_PATH="$work/root/usr/local/lib/pkgconfig" pkg-config --modversion twotower)" = "$version" ] &&
        [ -f "$work/root/usr/local/lib/libtwotower.so.$version" ] &&
        head -1 "$work/root/usr/local/share/man/man1/twotower.1" | grep -qF "twotower $version" &&
        head -1 "$work/root/usr/local/share/man/man3/twotower.3" | grep -qF "twotower $version" &&
        grep -q "^## $version " CHANGELOG.md &&
        ! git grep -nF "$version" -- core tools trainer ports ':!ports/*/package-lock.json'
}
exports() { # the functions of the header, and no others
    nm -D --defined-only "$1" | awk '$2 == "T" {print $3}' | sed 's/@.*//' | sort >"$work/exported"
    sed -n 's/^.*\b\(tt_[a-z0-9_]*\)(.*/\1/p' core/twotower.h | sort -u | diff - "$work/exported"
}
formats() { LC_ALL=C.UTF-8 man --warnings -l "$1" 2>"$work/warnings" >/dev/null && ! grep . "$work/warnings"; }
completes() { # WANTED WORD...: what bash offers for the last word
    wanted=$1
    shift
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _twotower; echo "${COMPREPLY[*]}"' \
        "$work/root/usr/local/share/bash-completion/completions/twotower" "$@" >"$work/.offered"
    cat "$work/.offered"
    grep -qx -- "$wanted" "$work/.offered"
}

check "make install takes a DESTDIR" "$MAKE" -s install BUILD="$BUILD" DESTDIR="$work/root"
version=$(ports/version.sh)
check "header, library, program, manuals and packages agree on the version" agree
check "a program links by pkg-config" installed "$work/root" /usr/local/lib
check "only the public functions are exported" exports "$work/root/usr/local/lib/libtwotower.so"
check "bash completes a command" completes 'videos users' twotower embed ''
check "bash completes an option" completes '--dry-run' twotower embed videos --dry
check "bash completes a choice" completes 'reviews explicit' twotower prep --mode ''
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "CMake and the Debian package" "TWOTOWER_FULL=1 makes them"
elif command -v cmake >/dev/null 2>&1; then
    check "make install takes a PREFIX" "$MAKE" -s install BUILD="$BUILD" PREFIX="$work/prefix"
    check "a CMake project links" cmake_finds "$work/prefix" ""
    mv "$work/root/usr/local" "$work/moved" && mkdir "$work/root/usr/local" &&
        cp -R "$work/moved/." "$work/root/usr/local"
    check "it asks for a version, of a staged folder that was moved" cmake_finds "$work/moved" "${version%.*}"
    for wrong in "${version%.*}.999" "${version%%.*}.999" 999; do
        check "version $wrong is not offered" cmake_refuses "$work/moved" "$wrong"
    done
else
    skip "a CMake project links" "cmake is not installed"
fi
if command -v man >/dev/null 2>&1; then
    check "twotower.1 formats" formats "$work/root/usr/local/share/man/man1/twotower.1"
    check "twotower.3 formats" formats "$work/root/usr/local/share/man/man3/twotower.3"
else
    skip "the manual pages format" "man is not installed"
fi
if command -v fish >/dev/null 2>&1; then
    check "fish completes" sh -c "PATH='$(dirname "$TWOTOWER")':\$PATH HOME='$work' fish -c '
        source $work/root/usr/local/share/fish/vendor_completions.d/twotower.fish
        complete -C \"twotower embed \"' | grep -q '^videos'"
else
    skip "fish completes" "fish is not installed"
fi
if command -v zsh >/dev/null 2>&1; then
    check "zsh reads its script" zsh -n "$work/root/usr/local/share/zsh/site-functions/_twotower"
else
    skip "zsh reads its script" "zsh is not installed"
fi
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    :
elif command -v dpkg-deb >/dev/null 2>&1; then
    check "make deb makes a package" "$MAKE" -s deb BUILD="$BUILD"
    check "it has the version of the library" sh -c "[ \"\$(dpkg-deb -f '$BUILD'/twotower_*.deb Version)\" = $version ]"
    check "its contents serve a program" sh -c "dpkg-deb -x '$BUILD'/twotower_*.deb '$work/deb'"
    check "a program links by its pkg-config file" installed "$work/deb" \
        "/usr/lib/$($CC -print-multiarch)"
    check "its program runs" "$work/deb/usr/bin/twotower" --version
else
    skip "make deb makes a package" "dpkg-deb is not installed"
fi
finish
