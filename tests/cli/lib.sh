# SPDX-License-Identifier: MIT
# What the command tests share. A test is a shell function; `check NAME COMMAND...`
# passes when the command succeeds.  Each script gets a folder of its own in $work, and begins anew in
# the known world of tests/world where it was not started in it.
[ "${TWOTOWER_WORLD:-}" = 1 ] || exec tests/world sh "$0" "$@"
: "${TWOTOWER:=build/twotower}"
case $TWOTOWER in /*) ;; *) TWOTOWER=$PWD/$TWOTOWER ;; esac
root=$PWD
work=$(mktemp -d "${TMPDIR:-/tmp}/twotower-test.XXXXXX")
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
tests=0

check() {
    name=$1
    shift
    tests=$((tests + 1))
    if "$@" >"$work/.out" 2>&1; then
        echo "ok $tests - $name"
    else
        echo "not ok $tests - $name"
        sed 's/^/# /' "$work/.out"
    fi
}

skip() { # NAME REASON
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

finish() { echo "1..$tests"; }

# Runs a command that must end with a status and say a sentence (an extended
# regular expression) on stderr, in one line.
refused() { # STATUS SENTENCE COMMAND...
    want=$1 sentence=$2
    shift 2
    "$@" >"$work/.stdout" 2>"$work/.stderr"
    got=$?
    cat "$work/.stderr"
    [ $got = "$want" ] || { echo "exit status $got, wanted $want"; return 1; }
    grep -v '^warning' "$work/.stderr" | grep -Eq -- "$sentence" || { echo "wanted: $sentence"; return 1; }
    [ "$(grep -c '^twotower' "$work/.stderr")" = 1 ] || { echo "one sentence is expected"; return 1; }
}

# No temporary is left below a folder.
tidy() { # DIR
    left=$(find "$1" -name '*tmp-*' 2>/dev/null)
    [ -z "$left" ] || { echo "left: $left"; return 1; }
}

# A test of tests/faults/at_call.py, which stops a command at exact calls.
at_call() { # TEST ARGUMENT... COMMAND...
    [ -f "$work/at_call.so" ] || ${CC:-cc} -std=c99 -Wall -Wextra -Werror -shared -fPIC -O1 \
        -o "$work/at_call.so" "$root/tests/faults/at_call.c" -ldl || return 1
    python3 "$root/tests/faults/at_call.py" "$work/at_call.so" "$@"
}
