#!/bin/sh
# SPDX-License-Identifier: MIT
# long
# A training that is stopped at any call goes on with --resume to the same bytes.
. tests/cli/lib.sh
cd "$work" || exit 1
# Where a training is stopped; at least 6, and a whole training at all of them together.
[ "${TWOTOWER_FULL:-}" = 1 ] && : "${TWOTOWER_KILLS:=24}"
: "${TWOTOWER_KILLS:=6}"

"$TWOTOWER" synth --out shop --users 120 --videos 300 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p >/dev/null
options="--epochs 6 --embedding-dim 32 --hidden-dim 64 --run-id m"
train() { "$TWOTOWER" train $options "$@" >/dev/null; }

# All files but those that say when: model_meta.json, summary.md and manifest.json.
same() { # DIR DIR
    ls "$1" >one && ls "$2" >two && diff one two || return 1
    for file in "$1"/*; do
        base=${file##*/}
        case $base in
        summary.md | manifest.json) ;;
        model_meta.json)
            grep -v trained_at "$file" >one && grep -v trained_at "$2/$base" | diff one - || return 1
            ;;
        *) cmp "$file" "$2/$base" || return 1 ;;
        esac
    done
}
nothing_under_way() { test -d "$1" -a -z "$(find "$1" -name '*.partial')"; }

check "undisturbed" train --threads 1
whole=ml/artifacts/runs/m
check "nothing of the work folder is left" nothing_under_way ml/artifacts
check "saving after every step changes nothing" train --checkpoint-seconds 0 --out-dir often
check "the same files" same $whole often/runs/m

killed() { # SIGNAL OUT: at exact calls; each attempt goes on where the one before was stopped
    # shellcheck disable=SC2086
    at_call chain "$1" "$TWOTOWER_KILLS" "$2" "$TWOTOWER" train $options --checkpoint-seconds 0
}
undisturbed=$whole # the teacher takes most of the time of an attempt: SIGINT has one in the full run
for signal in SIGKILL SIGINT; do
    if [ "$signal ${TWOTOWER_FULL:-}" = "SIGINT " ]; then
        options="$options --teacher none" whole=plain/runs/m
        train --out-dir plain
    fi
    out=by_$signal
    mkdir -p $out/runs
    check "$signal at $TWOTOWER_KILLS calls" killed $signal $out
    check "$signal, and the last attempt ends" train --resume --out-dir $out --threads 2
    check "$signal, the same files" same $whole $out/runs/m
    check "$signal, nothing of the work folder is left" nothing_under_way $out
done
options=${options% --teacher none} whole=$undisturbed

# The states of one training, to be stopped at known steps.
stop() { # OUT CALLS: leaves a checkpoint; one is opened and renamed, which are two calls of its path
    mkdir -p "$1/runs"
    # shellcheck disable=SC2086
    at_call kill .checkpoint.safetensors.tmp- "$2" "$TWOTOWER" train $options --checkpoint-seconds 0 --out-dir "$1" &&
        rm -rf "$1"/runs/.m.tmp-* "$1"/runs/.m.partial/.*.tmp-* && test -f "$1/runs/.m.partial/checkpoint.safetensors"
}
partial=c/runs/.m.partial/checkpoint.safetensors
check "a stopped training leaves its state" stop c 61
check "the checkpoint is safetensors" python3 "$root/tests/faults/checkpoint.py" header $partial
resume() { "$TWOTOWER" train $options --resume --out-dir c "$@"; }
check "another option is refused" refused 3 'checkpoint.*other options: seed=1 there, seed=2 here; give the same' \
    resume --seed 2
check "another number of epochs is refused" refused 3 'other options: epochs=6 there, epochs=7 here' resume --epochs 7
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id q --val-ratio 0.3 --out-dir d >/dev/null
other="d/processed/two_tower/latest"
check "other interactions are refused" refused 3 'saved with other data; leave --resume out' resume \
    --train $other/interactions_train.parquet --val $other/interactions_val.parquet \
    --user-features $other/user_features.parquet
check "a refused checkpoint is still there" test -f $partial
damaged() {
    cp $partial keep && head -c 5000 keep >$partial && refused 3 'safetensors' resume &&
        printf 'x' >>keep && cp keep $partial &&
        refused 3 'the arrays end at byte' resume
}
check "a damaged checkpoint is refused" damaged
check "--resume needs a run id" refused 2 'resume needs the --run-id' "$TWOTOWER" train --resume
anew() { train --out-dir c && same $whole c/runs/m && nothing_under_way c; }
check "without --resume it begins anew" anew
again() { train --resume --out-dir c && same $whole c/runs/m; }
check "--resume of a finished run writes it again" again
first() { train --resume --out-dir new && same $whole new/runs/m; }
check "--resume with nothing there begins" first

# A rate that is too high stops, and the last good state stays; 0 learns nothing and is no rate.
options="--epochs 6 --embedding-dim 32 --hidden-dim 64 --run-id m"
too_high() {
    refused 3 'no better than popularity; train with a lower --lr than 1; the last good state is high/runs/.m.partial' \
        "$TWOTOWER" train $options --lr 1 --checkpoint-seconds 0 --out-dir high --quiet --json &&
        test -f high/runs/.m.partial/checkpoint.safetensors && test ! -e high/runs/m && test ! -e high/latest
}
check "--lr 1 learns nothing and stops" too_high
check "--lr 0 is refused" refused 2 'lr takes a number above 0 and at most 1' "$TWOTOWER" train --lr 0

# The plain form goes on too, from the epoch that was best so far.
options="--recipe mlp --epochs 10 --patience 3 --lr 0.02 --batch-size 512 --embedding-dim 32 --hidden-dim 64
--run-id m"
check "mlp: undisturbed" train --threads 1 --out-dir mlp
whole=mlp/runs/m
mkdir -p mlp_killed/runs
check "mlp: SIGKILL at $TWOTOWER_KILLS calls" killed SIGKILL mlp_killed
check "mlp: the last attempt ends" train --resume --out-dir mlp_killed --threads 2
check "mlp: the same files" same $whole mlp_killed/runs/m
check "mlp: nothing of the work folder is left" nothing_under_way mlp_killed
check "mlp: another option is refused" refused 3 'other options: patience=3 there, patience=4 here' \
    "$TWOTOWER" train $options --patience 4 --resume --out-dir mlp
check "mlp: the other recipe is refused" refused 3 'other options: recipe=mlp there, recipe=shared here' \
    "$TWOTOWER" train --run-id m --resume --out-dir mlp
mlp_again() { train --resume --out-dir mlp_killed && same $whole mlp_killed/runs/m; }
check "mlp: --resume of a finished run writes it again" mlp_again
# A table so large that rows make up the steps they missed: how many each has taken is saved too.
large() {
    "$TWOTOWER" synth --out large --users 4500 --videos 100000 --seed 7 --quiet >/dev/null &&
        "$TWOTOWER" prep --db-url file:large --input large/reviews.csv --run-id l --out-dir l --quiet >/dev/null
}
check "a large catalogue" large
tables=l/processed/two_tower/latest
options="--epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id m
--item-features $tables/item_features.parquet
--user-features $tables/user_features.parquet --train $tables/interactions_train.parquet
--val $tables/interactions_val.parquet"
check "large: undisturbed" train --threads 1 --out-dir whole_large
whole=whole_large/runs/m
partial=large_stopped/runs/.m.partial/checkpoint.safetensors
check "large: a stopped training leaves its state" stop large_stopped 7
check "large: rows are at different steps" python3 "$root/tests/faults/checkpoint.py" rows $partial
check "large: it goes on" train --resume --threads 2 --out-dir large_stopped
check "large: the same files" same $whole large_stopped/runs/m
check "no temporary is left" tidy .
finish
