#!/bin/bash
# SPDX-License-Identifier: MIT
# The work of work.c on every target of the list that is installed: a line each with its digests,
# compared with the committed ones.  With TWOTOWER_FULL=1 no target may be missing.
# bits.sh [--tap] [--rows FOLDER] [PATTERN]: TAP; only the targets whose line matches.  With --rows the work is that
# of rows.c on the emulated targets: FOLDER has `model`, `rows` and the `digest` that is wanted.
set -u
cd "$(dirname "$0")/../.."
: "${BUILD:=build}" "${TWOTOWER_FULL:=}"
tap=0 rows=""
[ "${1:-}" = --tap ] && tap=1 && shift
[ "${1:-}" = --rows ] && rows=$2 && shift 2
out=$PWD/$BUILD/bits
case $BUILD in /*) out=$BUILD/bits ;; esac
mkdir -p "$out"
read -r committed <"${rows:-tests/bits}/digest"
work="tests/bits/bits.c tests/bits/work.c tests/bits/make.c core/twotower.c"
hosted=tests/bits/hosted.c emulated=""
if [ -n "$rows" ]; then
    out=$out/rows
    mkdir -p "$out"
    work="tests/bits/rows.c core/twotower.c"
    hosted="$hosted tests/bits/source_hosted.c" emulated=tests/bits/source_semihosted.c
fi
rules="-std=c99 -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow -Werror -Icore -Itests/bits -Iports/cortexm"
bare="-ffreestanding -fno-builtin -nostdlib -isystem ports/bare ports/bare/memory.c"
export PATH="$PATH:$PWD/tests/interop/node_modules/.bin"

if [ "$TWOTOWER_FULL" = 1 ] && ! command -v deno >/dev/null 2>&1; then
    (cd tests/interop && ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund) >"$out/npm.log" 2>&1
fi

has() { command -v "$1" >/dev/null 2>&1; }

# Prints why a target cannot be run here, if so.
lacks() { # HOW COMPILER
    local how=$1 program=${1%% *}
    has "$2" || echo "$2 is not installed"
    case $how in
    host) ;;
    host\ *) grep -qw "${how#host }" /proc/cpuinfo || echo "the processor lacks ${how#host }" ;;
    microbit | mps2-an386) has qemu-system-arm || echo "qemu-system-arm is not installed" ;;
    *) has "$program" || echo "$program is not installed" ;;
    esac
}

build() { # HOW COMMAND... ; the program is $program
    local how=$1
    shift
    # shellcheck disable=SC2086
    case $how in
    node | deno)
        "$@" $rules $work $bare tests/bits/wasm.c -Dmain=bits_main -Wl,--no-entry -o "$program"
        ;;
    microbit | mps2-an386)
        "$@" $rules $work $bare $emulated ports/cortexm/start.c -T ports/cortexm/cortexm.ld \
            -o "$program" -lgcc
        ;;
    *) "$@" $rules $work $hosted -o "$program" ;;
    esac
}

run() { # HOW
    [ -z "$rows" ] || cd "$rows" || return 1
    local board="-nographic -monitor none -serial null -semihosting-config enable=on,target=native"
    # shellcheck disable=SC2086
    case $1 in
    host*) "$program" ;;
    node) node tests/bits/bits.mjs "$program" ;;
    deno) deno run --quiet --allow-read tests/bits/bits.mjs "$program" ;;
    microbit) # the processor of this board, with more memory than it has
        qemu-system-arm -M microbit -global nrf51-soc.sram-size=67108864 $board -kernel "$program" 2>&1 ;;
    mps2-an386) qemu-system-arm -M mps2-an386 $board -kernel "$program" 2>&1 ;;
    *) "$1" "$program" ;;
    esac </dev/null
}

# One line of result for a target; returns whether all its tables gave the committed digests.
try() { # NAME KERNELS HOW COMMAND...
    local name=$1 kernels=$2 how=$3 line table digest="" said="" good=0 lines=()
    shift 3
    program=$out/$(printf %s "$name" | tr -c 'A-Za-z0-9-' _)
    if build "$how" "$@" >"$program.log" 2>&1 && timeout 300 bash -c "$(declare -f run); run '$how'" \
        >"$program.out" 2>>"$program.log"; then
        mapfile -t lines <"$program.out"
        for line in "${lines[@]}"; do
            read -r _ table digest <<<"$line"
            said="$said $table"
            [ "$digest" = "$committed" ] || good=1
        done
        # A processor may lack the widest of them.
        [ "$said" = " $kernels" ] || [ "$kernels" = "c sse2 avx2 avx512" -a "$said" = " c sse2 avx2" ] ||
            [ "$kernels" = "c sse2 avx2 avx512" -a "$said" = " c sse2" ] || good=1
    else
        good=1 digest=$(cat "$program.out" 2>/dev/null | head -1)
        digest="${digest:-$(head -1 "$program.log")}"
    fi
    printf -v result '%-22s %-18s %s  %s' "$name" "${said# }" "$digest" \
        "$([ $good = 0 ] && echo equal || echo DIFFERENT)"
    return $good
}
export program rows

pattern=${1:-}
number=0 ran=0 failed=0
say() { # GOOD TEXT
    number=$((number + 1))
    if [ $tap = 0 ]; then
        echo "$2"
    elif [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
    fi
}
while IFS='|' read -r name kernels how command; do
    case $name in '#'* | '') continue ;; esac
    read -r name <<<"$name"
    read -r kernels <<<"$kernels"
    read -r how <<<"$how"
    read -r -a words <<<"$command"
    case $rows:$how in ?*:host* | ?*:node | ?*:deno) continue ;; esac # test_wasm and test_python embed them
    missing=$(lacks "$how" "${words[0]}" | paste -sd, -)
    if [ -n "$missing" ]; then
        # A processor cannot be installed.
        must=1
        case $missing in "the processor lacks"*) must=0 ;; esac
        if [ "$TWOTOWER_FULL" = 1 ] && [ $must = 1 ]; then
            failed=$((failed + 1))
            say 1 "$name: $missing"
        else
            say 0 "$name: $missing # SKIP $missing"
        fi
        continue
    fi
    try "$name" "$kernels" "$how" "${words[@]}"
    bad=$?
    ran=$((ran + 1)) failed=$((failed + bad))
    say $bad "$result"
done < <(grep -e "$pattern" tests/bits/targets)
if [ "$TWOTOWER_FULL" = 1 ] && [ -z "$pattern$rows" ] && [ $ran -lt 10 ]; then
    failed=$((failed + 1))
    say 1 "ten targets at least; these were $ran"
fi
if [ $tap = 1 ]; then
    echo "1..$number"
else
    echo "$ran targets, $failed of them failed; committed: $committed"
fi
[ $failed = 0 ]
