#!/bin/sh
# SPDX-License-Identifier: MIT
# The quality that is promised, on real reviews: TWOTOWER_DATA is a folder with videos.csv,
# video_tags.csv, video_performers.csv, reviews.csv, split/val.csv (.gz) and eval.py.
. tests/cli/lib.sh
. tests/cli/expect.sh
data=${TWOTOWER_DATA:-}
if [ -z "$data" ] || [ ! -e "$data/eval.py" ]; then
    skip "quality on real reviews" "TWOTOWER_DATA names no folder of reviews"
    finish
    exit 0
fi
case ${BUILD:-build} in *asan*)
    skip "quality on real reviews" "not under a sanitizer"
    finish
    exit 0
    ;;
esac
case $data in /*) ;; *) data=$root/$data ;; esac
dump="$root/${BUILD:-build}/tests/parquet_dump"
cd "$work" || exit 1
pipeline() {
    "$TWOTOWER" run --db-url "file:$data" --input "$data/reviews.csv" --split file --val "$data/split/val.csv" \
        --skip-upsert --threads 2 --run-id q --min recall@20=0.335 --min map@20=0.195
}
check "recall@20 >= 0.335 and map@20 >= 0.195" pipeline
agree() { # [--cold]
    for kind in user video; do
        "$dump" ml/artifacts/latest/${kind}_embeddings.parquet |
            python3 "$root/tests/make_data.py" vectors ${kind}_id >$kind.txt
    done
    /usr/bin/python3 "$data/eval.py" "$data" user.txt video.txt "$@" >theirs.txt &&
        expect that ours=ml/artifacts/latest/metrics.json theirs=theirs.txt \
            "theirs = dict(line.split() for line in theirs.splitlines())" \
            "ours = ours${1:+.cold}" "ours.users == int(theirs.users)" \
            "names = {'recall20': 'recall@20', 'recall20_capped': 'recall_capped@20', 'map20': 'map@20', \
                'ndcg20': 'ndcg@20', 'coverage20': 'coverage@20'}" \
            "[n for n in names if abs(float(theirs[n]) - ours.metrics[names[n]]) > $within] == []"
}
within=0.0002
check "eval agrees with eval.py within 0.0002" agree

decisions() {
    "$TWOTOWER" eval --as-decisions &&
        expect json ml/artifacts/latest/metrics.json "as_decisions['recall@20'].drop_low < 0.05"
}
check "users without stars lose less than 5 %" decisions

if [ -e "$data/split/cold_items.csv.gz" ] || [ -e "$data/split/cold_items.csv" ]; then
    cold() {
        "$TWOTOWER" prep --db-url "file:$data" --input "$data/reviews.csv" --split file --val "$data/split/val.csv" \
            --cold "$data/split/cold_items.csv" && "$TWOTOWER" train --epochs 4 --threads 2 --run-id cold &&
            "$TWOTOWER" eval --cold --min cold.recall@20=0.3 --min cold.map@20=0.13
    }
    check "cold videos: recall@20 >= 0.3 and map@20 >= 0.13" cold
    # Some cold videos say the same of themselves and so have one vector; eval.py leaves open
    # which of equals comes first: two videos of 1,300 more or less in the coverage, .0015.
    within=0.0016
    check "eval --cold agrees with eval.py --cold within 0.0016" agree --cold
else
    skip "cold videos" "TWOTOWER_DATA has no split/cold_items.csv"
fi
finish
