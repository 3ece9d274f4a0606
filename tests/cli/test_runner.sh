#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, it does not run a program of that build
# tests/run, interrupted: it stops the servers that its tests shared, and leaves no folder.
. tests/cli/lib.sh

cat >"$work/test" <<'EOF'
. tests/cli/lib.sh
. tests/servers/lib.sh
serve_shared
echo "$url $TWOTOWER_SERVERS" >"$1"
sleep 600
EOF
printf 'one\t\tsh %s %s\n' "$work/test" "$work/up" >"$work/list"
interrupted() { # STATUS SIGNAL COMMAND: then the command is run as long as there is a runner, $runner
    rm -f "$work/up"
    tests/run "$work/list" "$work/logs" >"$work/said" 2>&1 &
    runner=$!
    until [ -s "$work/up" ]; do
        kill -0 $runner && sleep 0.05 || return 1
    done
    read -r url folder <"$work/up"
    psql -qAtX "$url" -c 'select 1' && kill "-$2" $runner
    while kill -0 $runner 2>/dev/null; do
        $3
        sleep 0.02
    done
    wait $runner
    got=$?
    cat "$work/said"
    ! psql -qAtX "$url" -c 'select 1' 2>/dev/null || { echo "the server runs: $url"; return 1; }
    [ ! -e "${folder%/*}" ] || { echo "left: ${folder%/*}"; return 1; }
    [ $got = "$1" ] || { echo "exit status $got, wanted $1"; return 1; }
}
again() { kill -TERM $runner 2>/dev/null; }
check "a terminal that is closed" interrupted 129 HUP :
trap '' HUP
check "a terminal that is closed does not end it under nohup; SIGTERM does" interrupted 143 HUP again
trap - HUP
check "SIGTERM, again and again" interrupted 143 TERM again
finish
