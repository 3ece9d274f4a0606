#!/bin/sh
# SPDX-License-Identifier: MIT
# Times of reviews by the names and in the units that people use; a split by time needs some; what
# is of an earlier time overwrites nothing of a later one.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

tables=ml/data/processed/two_tower/latest
mkdir shop
awk 'BEGIN { print "id,title"; for (i = 0; i < 10; i++) printf "v%d,T\n", i }' >shop/videos.csv
prep() { "$TWOTOWER" prep --db-url file:shop --input reviews.csv --split time "$@"; }

# COLUMN EXPRESSION of t and i: one user, v0 newest; it makes the time of v<i> from 1700000000 - i days.
reviews() { python3 -E -S "$root/tests/make_data.py" times "$1" "$2" >reviews.csv; }
newest() { # AT of v0: it and v1 are held out
    prep >/dev/null && expect that val=$tables/interactions_val.parquet \
        "[r.video_id for r in val] == ['v0', 'v1']" "val[0].at == $1"
}
while read -r column expression; do
    reviews "$column" "$expression"
    check "$column: $expression" newest 1700000000
done <<'EXPRESSIONS'
timestamp iso(t) + "Z"
timestamp t
timestamp t * 1000
ts f"{t}.5"
ts t * 1000 + 999
time f"{t / 1e9:.9f}e9"
time t * 1000000
created_at iso(t, 9) + ".25+09:00"
created_at iso(t, -5) + "-0500"
date iso(t).replace("T", " ")
reviewed_at t
EXPRESSIONS
reviews date 'iso(t)[:10]'
check "dates alone are midnight" newest 1699920000

# ---- No times, or none that orders
reviews rated_on 'iso(t)'
check "no row has a time: no split by time" refused 3 'no row has a time; give the input a column reviewed_at' prep
check "and no tables of it" expect that before=$tables/interactions_val.parquet \
    "[r.video_id for r in before] == ['v0', 'v1']"
reviews ts '""'
check "nor where the column is empty" refused 3 'no row has a time' prep
reviews ts 1700000000
check "nor where all times are one" refused 3 'all rows have the same time' prep
check "the split by a hash needs none" "$TWOTOWER" prep --db-url file:shop --input reviews.csv
reviews date 'iso(t)[:10].replace("-", "")'
check "eight digits may be a date or seconds" refused 3 "column date: a time such as .* got '20231114'" prep
reviews ts '"yesterday"'
check "words are no time" refused 3 "column ts: a time such as .* got 'yesterday'" prep
reviews ts 't if i < 4 else ""'
some() {
    prep 2>err.txt >/dev/null && grep -q '6 of 10 rows have no time; they stay in train' err.txt &&
        expect that val=$tables/interactions_val.parquet "[r.video_id for r in val] == ['v0', 'v1']"
}
check "rows without a time stay in train" some

# ---- The future, and infinity
for far in 't + 10**9 * 3' '"infinity"' '"inf"' '"2999-01-01"' '32503680000000'; do
    reviews ts "$far if i == 9 else t"
    future() {
        prep 2>err.txt >/dev/null && grep -q '1 of 10 rows have a time after tomorrow' err.txt &&
            expect json $tables/summary.json "counts.future_times == 1" "as_of == '2023-11-12T22:13:20Z'" &&
            expect that val=$tables/interactions_val.parquet users=$tables/user_features.parquet \
                "[r.video_id for r in val] == ['v0', 'v1']" "'v9' in users[0].liked_video_ids"
    }
    check "$far is counted, and not the time of the features" future
done

# ---- Embeddings of an earlier time
"$TWOTOWER" synth --out made --users 60 --videos 80 --seed 2 >/dev/null
"$TWOTOWER" prep --db-url file:made --input made/reviews.csv >/dev/null 2>&1
"$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id m >/dev/null
users() { "$TWOTOWER" embed users --db-url file:made --min-interactions 1 --quiet "$@" >/dev/null; }
middle=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "created_at") at = i; next } { print $at }' \
    made/user_video_decisions.csv | sort | sed -n '200p')
check "embed users of a day" users --as-of "$middle"
cp made/user_embeddings.parquet earlier.parquet
check "embed users of today" users
cp made/user_embeddings.parquet today.parquet
moved() {
    expect that a=earlier.parquet b=today.parquet \
        "{r.user_id: r.input_digest for r in a} != {r.user_id: r.input_digest for r in b}"
}
check "changes some of them" moved
check "embed users of that day again" users --as-of "$middle"
check "changes none" cmp made/user_embeddings.parquet today.parquet
check "no temporary is left" tidy .
finish
