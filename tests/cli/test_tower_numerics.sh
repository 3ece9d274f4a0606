#!/bin/sh
# SPDX-License-Identifier: MIT
# Numbers of users and videos that a tower takes where it is asked to: the tables have them, the
# model names them, and live users get the same ones.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 500 --seed 7 >/dev/null
tables() { "$TWOTOWER" prep --mode explicit --db-url file:shop --as-of 2024-02-03T04:05:06Z --quiet >/dev/null; }
check "tables of decisions" tables
all=like_ratio,dislike_ratio,mean_stars,review_count,like_count,dislike_count,like_count_30d,positive_ratio_30d
all=$all,signup_days,account_age_days,days_since_last_like,hour_sin,hour_cos,price_mean,price_median
train() { # RUN OPTION...
    id=$1
    shift
    "$TWOTOWER" train --epochs 2 --embedding-dim 16 --hidden-dim 16 --run-id "$id" --quiet "$@" >/dev/null
}
names() { # RUN USER ITEM: what the model's schema names, without what is only missing
    expect json "ml/artifacts/runs/$1/normalizer.json" "{n.name for n in user} == set('$2'.split(',')) - {''}" \
        "{n.name for n in item} == set('$3'.split(',')) - {''}" "all(n.std > 0 for n in user + item)"
}
basic=like_ratio,dislike_ratio,mean_stars,review_count
for recipe in shared mlp; do
    check "$recipe: by default" train $recipe --recipe $recipe
    check "$recipe: four of users, the year of videos" names $recipe $basic release_year
    check "$recipe: all there are" train $recipe-all --recipe $recipe --user-numerics $all \
        --item-numerics duration_seconds,release_day --use-price-feature
    check "$recipe: the model names them" names $recipe-all $all release_year,duration_seconds,release_day,price
    check "$recipe: no numbers of users" train $recipe-none --recipe $recipe --disable-user-features
    check "$recipe: the model has none" names $recipe-none "" release_year
    live() { # AS-OF
        "$TWOTOWER" embed users --db-url file:shop --artifacts-dir ml/artifacts/runs/$recipe-all \
            --min-interactions 1 --as-of "$1" --quiet >/dev/null
    }
    check "$recipe: live users" live 2024-06-01
    same() {
        "$TWOTOWER" verify-row --users --db-url file:shop --artifacts-dir ml/artifacts/runs/$recipe-all \
            --sample 0 --as-of "$1"
    }
    check "$recipe: they are those of that day" same 2024-06-01
    check "$recipe: and others a day later" refused 1 'differ' same 2024-06-02
done
check "a name that nothing has" refused 2 'no number is called' train x --user-numerics like_ratio,tallness
check "an empty name" refused 2 "no number is called ''" train x --user-numerics like_ratio,,hour_sin
check "prices need their option" refused 2 'need --use-price-feature' train x --user-numerics price_mean
check "also that of a video" refused 2 'need --use-price-feature' train x --item-numerics price
check "numbers and none of them" refused 2 'exclude each other' train x --user-numerics hour_sin --disable-user-features
check "no temporary is left" tidy .
finish
