#!/bin/sh
# SPDX-License-Identifier: MIT
# Parquet that another program wrote.
. tests/cli/lib.sh
. tests/cli/expect.sh
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
dump=$build/tests/parquet_dump

# The rows of a file are those of the .jsonl beside it, columns in the same order.
same_rows() { # FILE.parquet
    expect that got="$1" wanted="${1%.parquet}.jsonl" "len(got) == len(wanted)" \
        "[pair for pair in zip(got, wanted) if list(pair[0].items()) != list(pair[1].items())] == []"
}
for file in tests/vectors/parquet/*.parquet; do
    if [ -f "${file%.parquet}.count" ]; then
        many() { expect rows "$file" "$(cat "${file%.parquet}.count")"; }
        check "$(basename "$file") has all its rows" many
    else
        check "$(basename "$file") reads as it was written" same_rows "$file"
    fi
done

vectors=$root/tests/vectors/parquet
cd "$work" || exit 1
"$TWOTOWER" synth --out shop --users 120 --videos 300 --seed 7 >/dev/null
prep() { "$TWOTOWER" prep --db-url file:shop --run-id p "$@" >/dev/null 2>&1; }
prep --input shop/reviews.csv
tables=ml/data/processed/two_tower/latest
cp $tables/interactions_train.parquet reviews.parquet
"$dump" reviews.parquet | python3 "$root/tests/make_data.py" reviews >reviews.csv
parquet_as_csv() {
    prep --input reviews.csv --out-dir from_csv && prep --input reviews.parquet --out-dir from_parquet || return 1
    for table in interactions_train interactions_val item_features user_features; do
        cmp from_csv/processed/two_tower/latest/$table.parquet \
            from_parquet/processed/two_tower/latest/$table.parquet || return 1
    done
}
check "prep makes the same tables of Parquet and of CSV" parquet_as_csv
check "prep names a column that Parquet lacks" refused \
    3 "column 'reviewer_id' is expected; the file has: id, title, tags" \
    "$TWOTOWER" prep --db-url file:shop --input "$vectors/text_plain.parquet"
check "train names a column that the table lacks" refused \
    3 "column 'user_id' is expected; the file has: id, title, tags" \
    "$TWOTOWER" train --train "$vectors/text_plain.parquet"
finish
