#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# The Storage contract, on the server of the tests and on the one of TEST_STORAGE_URL (with TEST_STORAGE_KEY,
# its service key); with TWOTOWER_FULL=1 @supabase/storage-js reads what publish wrote.
. tests/cli/lib.sh
. tests/cli/storage.sh
cd "$work" || exit 1

taken() { # NAME COMMAND...: its TAP lines become ours
    what=$1
    shift
    "$@" >out 2>&1 || :
    while read -r line; do
        case $line in
        ok* | "not ok"*)
            tests=$((tests + 1))
            echo "$line" | sed "s/ok [0-9]* - /ok $tests - $what: /"
            ;;
        1..*) ;;
        *) echo "# $line" ;;
        esac
    done <out
    grep -q '^1\.\.' out || { tests=$((tests + 1)); echo "not ok $tests - $what ended early"; }
}

real=${TEST_STORAGE_URL:-} TEST_STORAGE_URL=""
start_storage models
taken "own server" python3 "$root/tests/servers/storage_contract.py" "$SUPABASE_URL" "$SUPABASE_SERVICE_ROLE_KEY" \
    "$SUPABASE_ANON_KEY"
if [ -n "$real" ]; then
    taken "the server of TEST_STORAGE_URL" python3 "$root/tests/servers/storage_contract.py" "$real" "$TEST_STORAGE_KEY"
fi

if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    mkdir js && cp "$root"/tests/servers/storage_js/*.json "$root"/tests/servers/storage_js/read.mjs js
    check "npm installs storage-js" sh -c 'cd js && npm ci --no-audit --no-fund --ignore-scripts'
    "$TWOTOWER" synth --out shop --users 200 --videos 300 --seed 3 >/dev/null
    "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv >/dev/null 2>&1
    "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id r1 >/dev/null
    "$TWOTOWER" eval --min-over-popularity 0 >/dev/null
    if [ -n "$real" ]; then TEST_STORAGE_URL=$real; start_storage models; fi
    check "upload" "$TWOTOWER" publish upload --storage-url supabase://models
    check "activate" "$TWOTOWER" publish activate --storage-url supabase://models
    taken "what publish wrote" node js/read.mjs "$SUPABASE_URL" "$SUPABASE_SERVICE_ROLE_KEY" \
        "${MODEL_ARTIFACTS_PREFIX:-two_tower}" ml/artifacts/latest
else
    skip "storage-js reads what publish wrote" "npm"
fi
finish
