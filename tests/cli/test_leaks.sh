#!/bin/sh
# SPDX-License-Identifier: MIT
# No run is judged on what it was trained on: in its tables, after another split, as a baseline, in a
# report, and when it was fetched.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

quick="--epochs 4 --teacher none --embedding-dim 16 --hidden-dim 16"
runs=ml/artifacts/runs
two_tower=ml/data/processed/two_tower

"$TWOTOWER" synth --out shop --users 200 --videos 300 --seed 5 >/dev/null
prep() { # REVIEWS RUN-ID ...
    reviews=$1 id=$2
    shift 2
    "$TWOTOWER" prep --db-url file:shop --input "$reviews" --run-id "$id" "$@" >/dev/null 2>&1
}
train() {
    # shellcheck disable=SC2086
    "$TWOTOWER" train $quick "$@" >/dev/null
}

# 60 people had 4 likes only when the first run was trained.
awk -F, 'NR == 1 || $3 < 4 || !($1 in few) && n < 60 { if (NR > 1 && $3 >= 4) { few[$1] = 1; n++ } }
    NR == 1 || $3 < 4 || !($1 in few) || ++likes[$1] <= 4' shop/reviews.csv >earlier.csv
check "the first run" prep earlier.csv early
train --run-id old && "$TWOTOWER" eval --quiet >/dev/null
check "a run folder says what it was trained on" expect files $runs/old train_pairs.gcs
check "in its inventory too" grep -q '"train_pairs.gcs"' $runs/old/manifest.json
check "and how its tables were divided" expect json $runs/old/model_meta.json \
    "data_snapshot.split == {'how': 'hash', 'seed': 0, 'val_ratio': 0.2, 'cold_ratio': 0}"
same_bytes() {
    train --run-id same --threads 1 && cmp $runs/old/train_pairs.gcs $runs/same/train_pairs.gcs
}
check "with the same bytes each time" same_bytes

# ---- More reviews, the same split
prep shop/reviews.csv later && train --run-id new
check "an earlier run is the baseline of later rows" "$TWOTOWER" eval --baseline old --max-drop 0.99
check "without the few pairs that it was trained on" expect json $runs/new/metrics.json \
    "0 < baseline_diff.left_out < 50" "baseline_diff['recall@20'].users > 100"
check "it is not judged on them itself" refused 3 'was trained on [0-9]+ of its [0-9]+ pairs' \
    "$TWOTOWER" eval --run-id old

# ---- Another split
prep shop/reviews.csv other --seed 1
cp $runs/new/metrics.json kept.json
check "a run is not judged on rows of another split" refused 3 \
    'trained on [0-9]{3,} of its [0-9]+ pairs.*--split hash --seed 0 --val-ratio 0.2' "$TWOTOWER" eval --run-id new
train --run-id seeded
check "nor is a baseline" refused 1 'cannot be judged.*runs/new was trained on [0-9]{3,}' \
    "$TWOTOWER" eval --baseline new
check "which metrics.json says" expect json $runs/seeded/metrics.json "not threshold_passed" \
    "'was trained on' in baseline_diff.error" "gate[-1].verdict == 'cannot be judged'"
check "nor is a run of a report" refused 3 'runs/new was trained on' "$TWOTOWER" report --run seeded --compare new
check "nor alone" refused 3 'runs/new was trained on' "$TWOTOWER" report --run new
check "no page was written" test ! -e report.html
check "an experiment has its figures elsewhere, and no gate" refused 1 'cannot be judged: validation pairs are new' \
    "$TWOTOWER" eval --run-id new --allow-leak
check "which say so" expect json ml/artifacts/evaluations/new.json "leaks is True" "not threshold_passed" \
    "metrics['recall@20'] > 0"
check "metrics.json of the run is as it was" cmp $runs/new/metrics.json kept.json

# ---- A fetched release
export TWOTOWER_STORAGE_URL="file:$work/store"
"$TWOTOWER" publish upload --run-id new >/dev/null && "$TWOTOWER" publish activate --run-id new --force >/dev/null
"$TWOTOWER" publish fetch --artifacts-root there >/dev/null
check "a fetched run knows it" refused 3 'there/runs/new was trained on [0-9]{3,}' \
    "$TWOTOWER" eval --artifacts-root there --run-id new
rm $runs/new/train_pairs.gcs
check "a run that does not say it is not judged" refused 3 'nothing says what the run was trained on' \
    "$TWOTOWER" eval --run-id new

# ---- Tables that leak
prep shop/reviews.csv all --val-ratio 0
prep shop/reviews.csv later
whole=$two_tower/runs/all/user_features.parquet
check "histories that hold validation are refused" refused 3 'of its [0-9]+ pairs stand in the histories of .*all' \
    train --user-features $whole --run-id x
check "by eval as by train" refused 3 'stand in the histories' "$TWOTOWER" eval --run-id seeded --user-features $whole
check "a train table that holds them" refused 3 'pairs of user and video are train rows too' \
    train --train $two_tower/runs/all/interactions_train.parquet --run-id x
check "an experiment goes on" train --user-features $whole --allow-leak --run-id x
check "and says so in its options" expect json $runs/x/model_meta.json "'allow-leak' in options"
check "it can be trained again" "$TWOTOWER" verify-run x

# ---- Likes that teach nothing
awk -F, 'NR == 1 || !($1 in seen) { seen[$1] = 1; print }' shop/reviews.csv >firsts.csv
prep firsts.csv firsts --val-ratio 0
check "likes that stand in no history are refused" refused 3 'likes stand in no history .liked_video_ids.' \
    train --train $two_tower/runs/later/interactions_train.parquet --run-id y
check "where rows are learnt they count" "$TWOTOWER" train --recipe mlp --epochs 2 --embedding-dim 16 \
    --hidden-dim 16 --train $two_tower/runs/later/interactions_train.parquet --run-id y
check "no temporary is left" tidy .
finish
