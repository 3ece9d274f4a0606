#!/bin/sh
# SPDX-License-Identifier: MIT
# quality.sh DATA: the table of make quality.  DATA is a folder with videos.csv, video_tags.csv,
# video_performers.csv, reviews.csv and, if it has a split of its own, split/val.csv and
# split/cold_items.csv (all may be .gz).  SEEDS="1 2 3 4 5" THREADS=2
set -eu
data=$(cd "$1" && pwd)
: "${BUILD:=build}" "${SEEDS:=1 2 3 4 5}" "${THREADS:=2}"
tests=$PWD/tests twotower=$PWD/$BUILD/twotower lines=$PWD/$BUILD/tests/quality_lines
work=$(mktemp -d "${TMPDIR:-/tmp}/twotower-quality.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

named() { for name in "$data/$1" "$data/$1.gz"; do [ ! -e "$name" ] || echo "$name"; done | head -1; }
val=$(named split/val.csv) cold=$(named split/cold_items.csv)
split="${val:+--split file --val $val}"
held="--cold-ratio 0.1"
[ -z "$cold" ] || held="--cold $cold"

prep() { # OUT CATALOGUE OPTIONS...
    to=$1 catalogue=$2
    shift 2
    # shellcheck disable=SC2086
    "$twotower" prep --quiet --db-url "file:$catalogue" --input "$(named reviews.csv)" $split \
        --run-id p --out-dir "$to" "$@" >/dev/null
}
tables() { # PREP
    for table in item-features:item_features user-features:user_features \
        train:interactions_train val:interactions_val; do
        echo "--${table%%:*} $1/processed/two_tower/latest/${table##*:}.parquet"
    done
}
# Trains and judges one seed: "Recall MAP seconds training megabytes", of --cold with a line of
# the tag count.  Seconds are those of the command; training is the teacher and the epochs alone.
judge() { # PREP SEED [--cold]
    from=$1 seed=$2
    shift 2
    # shellcheck disable=SC2046
    "$twotower" train --json --quiet $(tables "$from") --seed "$seed" --threads "$THREADS" \
        --out-dir out --run-id "s$seed" >trained.json
    # shellcheck disable=SC2046
    "$twotower" eval --json --quiet $(tables "$from") --artifacts-root out --run-id "s$seed" \
        --threads "$THREADS" --min-over-popularity 0 "$@" >judged.json
    python3 "$tests/quality_row.py" trained.json judged.json "$@"
    rm -rf out
}
# The lines of all seeds, and their mean.
seeds() { # TITLE PREP [--cold]
    title=$1 from=$2
    shift 2
    : >rows
    for seed in $SEEDS; do
        judge "$from" "$seed" "$@" >row
        cat row >>rows
        awk -v t="$title, seed $seed" '{printf "%-38s %9.4f %9.4f %9.1f %9.1f %9.0f\n", t, $1, $2, $3, $4, $5}' row
    done
    awk -v t="$title, mean" '{r += $1; m += $2; s += $3; n += $4; if ($5 > b) b = $5; a = $6; c = $7}
        END {printf "%-38s %9.4f %9.4f %9.1f %9.1f %9.0f\n", t, r / NR, m / NR, s / NR, n / NR, b
             if (a != "") printf "%-38s %9.4f %9.4f\n", "tag count", a, c}' rows
}

printf '%-38s %9s %9s %9s %9s %9s\n' "" Recall@20 MAP@20 seconds training MB
prep warm "$data"
"$lines" warm/processed/two_tower/latest "$THREADS" |
    awk -F '\t' '{printf "%-38s %9.4f %9.4f\n", $1, $2, $3}'
seeds "warm" warm
# shellcheck disable=SC2086
prep cold "$data" $held
seeds "cold" cold --cold

# The same without the tags that users gave: those that are not genres.
mkdir bare
for name in videos.csv video_performers.csv; do ln -s "$(named $name)" bare/; done
python3 "$tests/make_data.py" genres "$(named video_tags.csv)" >bare/video_tags.csv
# shellcheck disable=SC2086
prep bare_tables bare $held
seeds "cold, no user tags" bare_tables --cold
