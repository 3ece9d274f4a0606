#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals, full disks and read-only folders: the documented status, one sentence, and the
# outputs that stood there before still whole.
. tests/cli/lib.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 600 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null
"$TWOTOWER" train --epochs 3 --teacher none --embedding-dim 32 --hidden-dim 32 --run-id m >/dev/null
"$TWOTOWER" eval >/dev/null
"$TWOTOWER" embed videos --db-url file:shop --run-id s >/dev/null
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 >/dev/null
# Calls at which each command is stopped, between its first and its last.
points=4
[ "${TWOTOWER_FULL:-}" != 1 ] || points=${TWOTOWER_KILLS:-12}

prep="prep --db-url file:shop --input shop/reviews.csv --run-id p"
train="train --epochs 3 --teacher none --embedding-dim 32 --hidden-dim 32 --run-id m"
taught="train --epochs 3 --embedding-dim 32 --hidden-dim 32 --run-id m"
videos="embed videos --db-url file:shop --include-existing --run-id s"
users="embed users --db-url file:shop --min-interactions 1"
run="run --db-url file:shop --input shop/reviews.csv --epochs 1 --teacher none --out-dir r/a --data-dir r/d --run-id x
--skip-upsert"

for line in "synth --out again --users 200 --videos 500" \
    "$prep" "$taught --checkpoint-seconds 0" eval "$videos" "$users" \
    "recommend --users 200" "$run"; do
    what=${line%% --*}
    # shellcheck disable=SC2086
    check "SIGINT in $what" at_call interrupt SIGINT $points "$TWOTOWER" $line
    check "SIGINT in $what leaves no temporary" tidy .
done
# shellcheck disable=SC2086
{
    check "SIGTERM in train" at_call interrupt SIGTERM $points "$TWOTOWER" $train --checkpoint-seconds 0
    check "SIGINT that the caller ignores (nohup) stays ignored" at_call ignored SIGINT 3 "$TWOTOWER" $prep
    check "so does SIGTERM" at_call ignored SIGTERM 3 "$TWOTOWER" $prep
}
after() { "$TWOTOWER" $prep && "$TWOTOWER" $train && "$TWOTOWER" eval && "$TWOTOWER" recommend; }
check "after all that the same commands work" after

# Killed before any call, the files are the old ones, or all new: another split, another number of epochs.
killed() { # COMMAND
    # shellcheck disable=SC2086
    at_call outputs $((points + 2)) ml "$TWOTOWER" $1 && find ml -name '*tmp-*' -prune -exec rm -rf {} +
}
check "SIGKILL in prep leaves the tables as they were" killed "$prep --val-ratio 0.3"
check "SIGKILL in train leaves the run as it was" killed "$train --epochs 2"

# A full and a read-only file system: real ones, where this user may mount them.
sandbox=""
if unshare -rm true 2>/dev/null; then sandbox="unshare -rm"
elif [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then sandbox="unshare -m"
elif sudo -n unshare -m true 2>/dev/null; then sandbox="sudo -n unshare -m"; fi
mkdir disk
full() { # KB COMMAND: status 4 on a file system of that size, and no file left on it
    size=$1
    shift
    $sandbox sh -c 'mount -t tmpfs -o size=$0k tmpfs disk && "$@" 2>&1; s=$?
        find disk -type f -o -name "*tmp-*" | sed "s/^/left: /"; exit $s' "$size" "$@" >said
    code=$?
    cat said
    [ $code = 4 ] && grep -q 'free some space' said && ! grep -q '^left:' said
}
readonly_disk() {
    $sandbox sh -c 'mount -t tmpfs -o ro tmpfs disk && "$@" 2>&1' sh "$@" >said
    code=$?
    cat said
    [ $code = 4 ] && grep -q 'disk' said
}
# shellcheck disable=SC2086
if [ -n "$sandbox" ]; then
    check "prep on a full disk" full 200 "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --out-dir disk
    check "train on a full disk" full 200 "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 32 \
        --hidden-dim 32 --out-dir disk
    check "embed videos on a full disk" full 60 "$TWOTOWER" $videos --skip-upsert --output-dir disk
    check "embed users on a full disk" full 16 "$TWOTOWER" $users --skip-upsert --output-dir disk
    check "synth on a full disk" full 100 "$TWOTOWER" synth --out disk/shop
    check "prep into a read-only folder" readonly_disk "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv \
        --out-dir disk
    check "train into a read-only folder" readonly_disk "$TWOTOWER" train --epochs 1 --out-dir disk
    check "synth into a read-only folder" readonly_disk "$TWOTOWER" synth --out disk/shop
    check "embed into a read-only folder" readonly_disk "$TWOTOWER" $videos --skip-upsert --output-dir disk
else
    skip "full and read-only disks" "this user may not mount one"
fi
check "a full stdout is status 4" refused 4 'stdout|standard output' sh -c '"$0" recommend >/dev/full' "$TWOTOWER"
finish
