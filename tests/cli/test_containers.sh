#!/bin/sh
# SPDX-License-Identifier: MIT
# What containers do to a program: process ids that repeat, pipes where files are expected, one SIGTERM
# before the end.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY SUPABASE_URL TWOTOWER_STORAGE_URL
cd "$work" || exit 1
"${CC:-cc}" -std=c99 -shared -fPIC -O1 -o at_call.so "$root/tests/faults/at_call.c" -ldl

"$TWOTOWER" synth --out shop --users 100 --videos 80 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >/dev/null 2>&1
"$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id r1 >/dev/null 2>&1
"$TWOTOWER" eval --run-id r1 --min-over-popularity 0 >/dev/null 2>&1

# ---- Process ids ------------------------------------------------------------------------------------
alone() { unshare -fp --mount-proc sh -c '"$@"; exit $?' - "$@"; } # the same process id in each
if unshare -fp --mount-proc true 2>/dev/null; then
    resumes() { # WHAT-IS-UNDONE COMMAND...: killed at each call that changes files, run again elsewhere
        undone=$1
        shift
        for call in $(seq 1 14); do
            rm -rf $undone
            AT_CALL=$call LD_PRELOAD=$work/at_call.so alone "$@" >killed 2>&1
            alone "$@" >again 2>&1 || { cat again; echo "killed at call $call"; return 1; }
        done
    }
    check "an upload, killed at a call, goes on under the same process id" resumes store "$TWOTOWER" publish upload \
        --run-id r1 --storage-url file:store
    check "and so does an activation" resumes "store/two_tower/manifests store/two_tower/latest \
        store/two_tower/production" "$TWOTOWER" publish activate --run-id r1 --storage-url file:store
    check "both were killed" grep -q Killed killed
    lives() { # one is stopped in its output, another container writes the same one, the first goes on
        rm -f stopped.code
        (AT_CALL=2 AT_SIGNAL=19 AT_PATH=.manifest.json.tmp- LD_PRELOAD=$work/at_call.so alone \
            "$TWOTOWER" manifest ml/artifacts/runs/r1 >stopped 2>&1; echo $? >stopped.code) &
        for _ in $(seq 100); do
            one=$(ps -eo pid,stat,args | awk '$2 ~ /^T/ && /manifest ml\/artifacts/ { print $1 }')
            [ -z "$one" ] || break
            sleep 0.05
        done
        [ -n "$one" ] && find ml -name '.manifest.json.tmp-*' | grep -q . &&
            alone "$TWOTOWER" manifest ml/artifacts/runs/r1 &&
            find ml -name '.manifest.json.tmp-*' | grep -q . && kill -CONT $one && wait $! &&
            [ "$(cat stopped.code)" = 0 ] && tidy ml
    }
    check "what another container is writing stays" lives
else
    skip "process ids of containers" "unshare may not make a namespace here"
fi

# ---- Pipes and devices ------------------------------------------------------------------------------
mkfifo pipe
waits_not() { # SENTENCE COMMAND...
    sentence=$1
    shift
    refused 3 "$sentence" timeout 20 "$TWOTOWER" "$@"
}
for one in pipe /dev/zero; do
    kind=$([ $one = pipe ] && echo pipe || echo device)
    check "$kind: prep --input" waits_not "$one: is a $kind" prep --db-url file:shop --input $one
    check "$kind: --env-file" waits_not "$one: is a $kind" prep --db-url file:shop --env-file $one
    check "$kind: --config" waits_not "$one: is a $kind" prep --db-url file:shop --config $one
    check "$kind: model inspect" waits_not "$one: is a $kind" model inspect $one
    check "$kind: train --train" waits_not "$one: is a $kind" train --train $one
    check "$kind: a report of notify" sh -c '
        NOTIFY_WEBHOOK_URL= timeout 20 "$0" notify --status success --report $1 2>&1 | grep "$1: is a $2"' \
        "$TWOTOWER" $one $kind
    check "$kind: a key" refused 3 "$one: is a $kind" env TWOTOWER_PUBLIC_KEYS=$one timeout 20 "$TWOTOWER" publish fetch
    cp -r shop odd && rm odd/videos.csv && ln -s "$([ $one = pipe ] && echo ../pipe || echo $one)" odd/videos.csv
    check "$kind: a table of the store" waits_not "videos.csv: is a $kind" prep --db-url file:odd \
        --input shop/reviews.csv
    rm -r odd
done
cp -r ml/artifacts/runs/r1 ml/artifacts/runs/odd && rm ml/artifacts/runs/odd/metrics.json &&
    mkfifo ml/artifacts/runs/odd/metrics.json
check "pipe: a file of a run" sh -c '! timeout 20 "$0" publish upload --run-id odd --storage-url file:other 2>said &&
    test $? = 0 && grep -v "timeout" said' "$TWOTOWER"
"$TWOTOWER" publish upload --run-id r1 --storage-url file:store >/dev/null
rm -f store/two_tower/r1/metrics.json && mkfifo store/two_tower/r1/metrics.json
check "pipe: an object of a folder store" sh -c 'timeout 20 "$0" publish verify --run-id r1 --storage-url file:store
    code=$?; test $code != 0 && test $code != 124' "$TWOTOWER"

# ---- One signal -------------------------------------------------------------------------------------
hostile() { # KIND
    python3 "$root/tests/servers/hostile.py" "$1" "$1.port" "$1.log" &
    started "$1.port"
    port=$(cat "$1.port")
}
ends() { # COMMAND...: in the middle of its wait one SIGTERM ends it, with 7
    "$@" >said 2>&1 &
    waiting=$!
    sleep 1.5
    kill -0 $waiting || { cat said; return 1; }
    kill -TERM $waiting
    before=$(date +%s)
    wait $waiting
    code=$?
    cat said
    [ $code = 7 ] && [ $(($(date +%s) - before)) -le 3 ]
}
for kind in silent busy; do
    hostile $kind
    export SUPABASE_URL="http://127.0.0.1:$port" SUPABASE_SERVICE_ROLE_KEY=key-of-nobody
    check "$kind: publish list" ends "$TWOTOWER" publish list
    check "$kind: publish fetch" ends "$TWOTOWER" publish fetch --artifacts-root here
    check "$kind: publish upload" ends "$TWOTOWER" publish upload --run-id r1
    check "$kind: ingest" ends env FANZA_API_ID=identity FANZA_API_AFFILIATE_ID=me-990 "$TWOTOWER" ingest \
        --db-url file:shop --api-url "$SUPABASE_URL"
    unset SUPABASE_URL
done
silent=$(cat silent.port)
check "silent: notify" ends env NOTIFY_WEBHOOK_URL="http://127.0.0.1:$silent/hook" "$TWOTOWER" notify --status success
check "silent: a database" ends "$TWOTOWER" db check --db-url "postgresql://me@127.0.0.1:$silent/shop"
finish
