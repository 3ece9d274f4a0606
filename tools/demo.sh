#!/bin/sh
# From nothing to recommendations: `make demo`, or `make demo DATA=DIR` on a folder with
# videos.csv, video_tags.csv, video_performers.csv and reviews.csv (.gz or not), and
# perhaps split/val.csv with the validation pairs.  Usage: demo.sh TWOTOWER [DATA]
set -eu
twotower=$1
data=${2:-}
out=ml
keep=""
say() { printf '\n== %s\n' "$*"; }
there() { [ -f "$1" ] || [ -f "$1.gz" ]; }

if [ -z "$data" ]; then
    data=$out/demo
    say "a synthetic catalogue with planted tastes: $data"
    "$twotower" synth --out "$data"
elif ! there "$data/videos.csv" || ! there "$data/reviews.csv"; then
    echo "demo: $data needs videos.csv and reviews.csv (or .gz)" >&2
    exit 3
else
    keep="--skip-upsert" # somebody else's folder stays as it is
fi
split=""
there "$data/split/val.csv" && split="--split file --val $data/split/val.csv"
started=$(date +%s)
say "prep, train, eval, embed"
# shellcheck disable=SC2086
"$twotower" run --db-url "file:$data" --input "$data/reviews.csv" $split $keep --min-interactions 5 \
    --data-dir $out/data --out-dir $out/artifacts
say "what some users liked, and what they get"
tables=$out/data/processed/two_tower/latest
"$twotower" recommend --artifacts-dir $out/artifacts/latest --train $tables/interactions_train.parquet \
    --val $tables/interactions_val.parquet --user-features $tables/user_features.parquet \
    --item-features $tables/item_features.parquet --users 3 --limit 8
say "the report"
"$twotower" report --artifacts-root $out/artifacts --train $tables/interactions_train.parquet \
    --val $tables/interactions_val.parquet --user-features $tables/user_features.parquet \
    --item-features $tables/item_features.parquet --out $out/report.html
say "done in $(($(date +%s) - started)) s; where things are"
echo "model, metrics, embeddings  $out/artifacts/latest/"
echo "tables that it learnt from  $out/data/processed/two_tower/latest/"
echo "live embeddings             $out/artifacts/live/"
echo "the report, for a browser   $out/report.html"
