#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals, full disks and read-only folders: the documented status, one sentence, and the
# outputs that stood there before still whole.
. tests/cli/lib.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 1500 --videos 4000 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null
"$TWOTOWER" train --epochs 3 --embedding-dim 32 --hidden-dim 32 --run-id m >/dev/null
"$TWOTOWER" eval >/dev/null
"$TWOTOWER" embed videos --db-url file:shop --run-id s >/dev/null
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 >/dev/null
sums() { find shop ml -type f ! -name '*.json' -print0 | sort -z | xargs -0 cksum; }

prep="prep --db-url file:shop --input shop/reviews.csv --run-id p"
train="train --epochs 3 --embedding-dim 32 --hidden-dim 32 --run-id m"
videos="embed videos --db-url file:shop --include-existing --run-id s"
users="embed users --db-url file:shop --min-interactions 1"
run="run --db-url file:shop --input shop/reviews.csv --epochs 1 --out-dir r/a --data-dir r/d --run-id x --skip-upsert"

for line in "synth --out again --users 4000 --videos 9000" "$prep" "$train" eval "$videos" "$users" \
    "recommend --users 200" "$run" "model inspect --verify ml/artifacts/latest/two_tower_latest.onnx"; do
    what=${line%% --*}
    # shellcheck disable=SC2086
    case $what in
    "model inspect") continue ;; # it is done in milliseconds and writes nothing
    esac
    check "SIGINT in $what" python3 "$root/tests/cli/interrupt.py" SIGINT "$TWOTOWER" $line
    check "SIGINT in $what leaves no temporary" tidy .
done
check "SIGTERM in train" python3 "$root/tests/cli/interrupt.py" SIGTERM "$TWOTOWER" $train
after() { "$TWOTOWER" $prep && "$TWOTOWER" $train && "$TWOTOWER" eval && "$TWOTOWER" recommend; }
check "after all that the same commands work" after

killed() { # a SIGKILL at any moment leaves what was there, whole
    sums >before
    for delay in 0.02 0.05 0.1 0.2 0.3 0.5; do
        # shellcheck disable=SC2086
        timeout -s KILL $delay "$TWOTOWER" $1 >/dev/null 2>&1
        find . -name '*tmp-*' -prune -exec rm -rf {} + 2>/dev/null
        sums >now
        cmp before now || return 1
    done
}
check "SIGKILL in prep leaves the tables as they were" killed "$prep"
check "SIGKILL in train leaves the run as it was" killed "train --epochs 5000 --embedding-dim 32 --hidden-dim 32 --run-id m"

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
if [ -n "$sandbox" ]; then
    check "prep on a full disk" full 200 "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --out-dir disk
    check "train on a full disk" full 200 "$TWOTOWER" train --epochs 1 --embedding-dim 32 --hidden-dim 32 --out-dir disk
    check "embed videos on a full disk" full 100 "$TWOTOWER" embed videos --db-url file:shop --include-existing --skip-upsert --output-dir disk
    check "embed users on a full disk" full 40 "$TWOTOWER" embed users --db-url file:shop --min-interactions 1 --skip-upsert --output-dir disk
    check "synth on a full disk" full 100 "$TWOTOWER" synth --out disk/shop
    check "prep into a read-only folder" readonly_disk "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --out-dir disk
    check "train into a read-only folder" readonly_disk "$TWOTOWER" train --epochs 1 --out-dir disk
    check "synth into a read-only folder" readonly_disk "$TWOTOWER" synth --out disk/shop
    check "embed into a read-only folder" readonly_disk "$TWOTOWER" embed videos --db-url file:shop --include-existing --skip-upsert --output-dir disk
else
    skip "full and read-only disks" "this user may not mount one"
fi
check "a full stdout is status 4" refused 4 'stdout|standard output' sh -c '"$0" recommend >/dev/full' "$TWOTOWER"
finish
