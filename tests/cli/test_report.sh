#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# report: the page holds what eval, recommend and the tables say, whole or not at all, the same bytes
# each time, and nothing of a title is markup.  TWOTOWER_FULL=1 opens it in Chromium.
. tests/cli/lib.sh
. tests/cli/expect.sh
python=${PYTHON:-/usr/bin/python3} # with numpy
: "${BUILD:=build}"
dump=$BUILD/tests/parquet_dump
case $dump in /*) ;; *) dump=$root/$dump ;; esac
page=$root/tests/report/page.py
cd "$work" || exit 1
tables=ml/data/processed/two_tower/latest
runs=ml/artifacts/runs
quick="--embedding-dim 32 --hidden-dim 64"

"$TWOTOWER" synth --out shop --users 260 --videos 700 --seed 3 >/dev/null
"$python" "$root/tests/report/hostile.py" shop titles.json images.json
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv >/dev/null
# shellcheck disable=SC2086
{
    "$TWOTOWER" train --epochs 1 --teacher none $quick --run-id before >/dev/null
    "$TWOTOWER" train --epochs 10 $quick --run-id after >/dev/null
}
"$TWOTOWER" eval --baseline before --max-drop 0.5 >/dev/null

compared() {
    "$TWOTOWER" report --run after --compare before --out r.html >said &&
        grep -q '^r.html: run after beside before, 260 users, 700 videos' said
}
check "a page of two runs" compared
check "the policy allows the page's own script and nothing else" "$python" "$page" policy r.html
check "the first image of each video, where its address is harmless" "$python" "$page" images r.html images.json
fetching() {
    "$TWOTOWER" report --run after --compare before --images --out images.html &&
        "$python" "$page" policy images.html "https: data:"
}
check "with --images the policy allows images, and nothing else" fetching
check "hostile titles are data, not markup" "$python" "$page" titles r.html titles.json
check "eval says the same, the difference between the runs too" "$python" "$page" numbers r.html \
    $runs/after/metrics.json
"$TWOTOWER" recommend --artifacts-dir $runs/after --users 12 --limit 20 --json >lists.json
check "recommend gives the same lists" "$python" "$page" lists r.html lists.json
check "counts by field are those of the tables and lists" "$python" "$page" tables r.html \
    $tables/interactions_train.parquet $tables/interactions_val.parquet $tables/item_features.parquet "$dump"
check "the map is the first two principal components" "$python" "$page" component r.html \
    $runs/after/video_embeddings.parquet "$dump"

again() {
    for threads in 1 2 5; do
        "$TWOTOWER" report --run after --compare before --out again.html --threads $threads >/dev/null &&
            cmp r.html again.html || return 1
    done
}
check "the same bytes again, for any number of threads" again
alone() {
    "$TWOTOWER" report --out alone.html --json >said.json && expect json said.json \
        "run_id == 'after'" "compared_with is None" "bytes == $(stat -c %s alone.html)"
}
check "one run: the latest" alone
some() {
    "$TWOTOWER" report --max-users 50 --max-items 400 --out some.html && "$python" "$page" sampled some.html 50 400
}
check "a sample, which is told" some
few() { "$TWOTOWER" report --max-mb 0.002 --out few.html && "$python" "$page" inline few.html 500; }
check "images inside the page have a limit" few
small() { "$TWOTOWER" report --max-mb 0.1 --out small.html && "$python" "$page" without_made_up small.html; }
check "no made-up user beyond the size limit" small
plain() {
    "$TWOTOWER" train --recipe mlp --epochs 1 --run-id plain >/dev/null &&
        "$TWOTOWER" report --run plain --out plain.html && "$python" "$page" without_made_up plain.html
}
check "a plain MLP, never evaluated" plain

# ---- What is refused, and what then stays ------------------------------------------------------
check "no such run" refused 4 'runs/none' "$TWOTOWER" report --run none --out no.html
check "no such run to compare with" refused 4 'runs/none' "$TWOTOWER" report --run after --compare none --out no.html
check "lists of no length" refused 2 'recall-k takes 1 to 100' "$TWOTOWER" report --recall-k 0 --out no.html
check "no users" refused 2 'max-users takes 1' "$TWOTOWER" report --max-users 0 --out no.html
check "no tables" refused 4 'nowhere.parquet' "$TWOTOWER" report --train nowhere.parquet --out no.html
torn() {
    cp -r $runs/after $runs/torn && printf '{"epoch": 1}\n{"epoch": 2, \n' >$runs/torn/training.jsonl &&
        cp r.html no.html &&
        refused 3 'training.jsonl:2: a line of JSON is expected' "$TWOTOWER" report --run torn --out no.html &&
            cmp r.html no.html
}
check "a torn training log: the page from before stays" torn
torn_metrics() {
    cp $runs/after/training.jsonl $runs/torn/ && printf '{"metrics": ' >$runs/torn/metrics.json &&
        refused 3 'metrics.json:1' "$TWOTOWER" report --run torn --out no.html && cmp r.html no.html
}
check "a torn metrics.json" torn_metrics
folder() { mkdir -p taken && refused 4 'taken' "$TWOTOWER" report --run after --out taken; }
check "a folder where the page should be" folder
points=3
[ "${TWOTOWER_FULL:-}" != 1 ] || points=8
stopped() { at_call interrupt SIGINT $points "$TWOTOWER" report --run after --out no.html && tidy .; }
check "interrupted: no half page, and it can be run again" stopped

# ---- In a browser ---------------------------------------------------------------------------------
case $BUILD in *san*) TWOTOWER_FULL="" ;; esac
if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    cd "$root" || exit 1
    . tests/ports/lib.sh # adopt, npm_ci
    check "npm ci" npm_ci tests/report
    # What the program says of somebody who likes three videos and is in no table.
    invented() {
        (cd "$work" && mkdir -p one && cp shop/videos.csv shop/video_*.csv one/ &&
            "$python" "$root/tests/report/invent.py" r.html one invented.json &&
            "$TWOTOWER" embed videos --db-url file:one --artifacts-dir $runs/after --output-dir one/live >/dev/null &&
            "$TWOTOWER" embed users --db-url file:one --artifacts-dir $runs/after --output-dir one/live \
                --min-interactions 1 >/dev/null &&
            "$TWOTOWER" recommend --db-url file:one --artifacts-dir $runs/after \
                --user 11111111-1111-4111-8111-111111111111 --limit 20 --json >invented_lists.json)
    }
    check "recommendations for a made-up user" invented
    for size in desktop phone; do
        adopt "the page in Chromium, $size" node tests/report/check_page.mjs $size "$work/r.html" "$work/titles.json" \
            "$work/invented.json" "$work/invented_lists.json" "$work/small.html" "$work/images.html"
    done
else
    skip "the page in Chromium" "TWOTOWER_FULL=1 opens it"
fi
finish
