#!/bin/sh
# SPDX-License-Identifier: MIT
# Files as other programs export them: what prep makes of their ids, parts and formats.
. tests/cli/lib.sh
. tests/cli/expect.sh
build=${BUILD:-build}
case $build in /*) ;; *) build=$root/$build ;; esac
dump=$build/tests/parquet_dump
vectors=$root/tests/vectors/parquet
cd "$work" || exit 1

mkdir shop
printf 'id,title\na,A\nb,B\nc,C\n' >shop/videos.csv
prep() { "$TWOTOWER" prep --db-url file:shop --run-id r --out-dir out --input "$@"; }
table=out/processed/two_tower/runs/r/interactions_train.parquet
summary=out/processed/two_tower/runs/r/summary.json
rows() { # "user video stars" of each row, sorted, is WANTED
    expect rows $table "'$1' == ';'.join(sorted('%s %s %g' % (r.user_id, r.video_id, r.stars) for r in rows))"
}
gives() { # ROWS WITHOUT_ID INPUT OPTION...
    wanted=$1 without=$2
    shift 2
    prep "$@" && rows "$wanted" && expect json $summary "counts.rows_without_id == $without"
}

# Ids.
header=user_id,video_id,stars
printf '%s\n' $header u,a,5 ,a,5 'NULL,b,5' '\N,c,5' NaN,a,1 None,b,1 '<NA>,c,1' u,,5 u,nan,5 u,b,1 ,, >ids.csv
check "ids that are missing are counted, and are nobody" gives "u a 5;u b 1" 9 ids.csv
said() { prep ids.csv 2>&1 | grep -q "^warning: 9 of 11 rows have no id of a user or of a video"; }
check "and prep says so" said
printf '%s\n' $header 1.23457E+15,a,5 1.23457E+15,b,5 >rounded.csv
check "ids that a spreadsheet rounded are refused" refused 3 \
    "rounded.csv:2: column user_id: an id is expected that was not rounded.*'1.23457E\+15'" prep rounded.csv
printf 'user_id,video_id,decision_type\nu,a,LIKE\n,a,LIKE\nNULL,b,LIKE\nu,\\N,LIKE\nu,b,DISLIKE\n' \
    >shop/user_video_decisions.csv
store_ids() {
    "$TWOTOWER" prep --db-url file:shop --run-id r --out-dir out --mode explicit 2>err && grep -q \
        "user_video_decisions.csv: 3 rows have no id" err && "$dump" $table | grep -c '"user_id":"u"' | grep -qx 2 &&
        [ "$("$dump" $table | wc -l)" = 2 ]
}
check "decisions of the store without an id are counted" store_ids
printf 'id,title\na,A\n,X\nNULL,Y\nb,B\nc,C\n' >shop/videos.csv
catalogue_ids() { prep ids.csv 2>&1 | grep -q "videos.csv: 2 rows have no id" && rows "u a 5;u b 1"; }
check "videos of the catalogue without an id are counted" catalogue_ids

# What spreadsheets leave behind.
printf '%s\r\n' $header,, u,a,5,, u,b,1,, ,,,, '' >ghosts.csv
check "ghost columns, a ghost row and a blank last line" gives "u a 5;u b 1" 1 ghosts.csv
{ printf '\357\273\277'; printf '%s\n' "$header" u,a,5 '' u,b,1 ''; } >mark.csv
check "a byte order mark and blank lines" gives "u a 5;u b 1" 0 mark.csv

# Other formats are refused by their names, with what to do.
bad() { # NAME SENTENCE FILE
    check "$1" refused 3 "$2" prep "$3"
}
printf '%s\n' $header >header.csv
bad "a header without rows" "header.csv: has no rows; export it again with them" header.csv
tr , ';' <mark.csv >semicolon.csv
bad "semicolons" "semicolon.csv:1: fields are separated by ';'; separate them by commas" semicolon.csv
tr , '\t' <ids.csv >tabs.tsv
bad "tabs" "tabs.tsv:1: fields are separated by tabs" tabs.tsv
iconv -f UTF-8 -t UTF-16 ids.csv >utf16.csv
bad "UTF-16" "utf16.csv: the file is UTF-16, not UTF-8; save it as UTF-8" utf16.csv
echo '{"user_id":"u","video_id":"a","stars":5}' >lines.jsonl
bad "JSON" "lines.jsonl: the file is JSON; write it as CSV or Parquet" lines.jsonl
python3 -m zipfile -c ids.zip ids.csv
bad "a zip archive" "ids.zip: the file is a zip archive or an Excel workbook; unpack it" ids.zip
tar cf ids.tar ids.csv
bad "a tar archive" "ids.tar: the file is a tar archive; unpack it" ids.tar
tar czf ids.tar.gz ids.csv
bad "a compressed tar archive" "ids.tar.gz: the file is a tar archive; unpack it" ids.tar.gz
echo '<!doctype html><title>404 Not Found</title>' >page.csv
bad "an HTML page" "page.csv: the file is an HTML page, perhaps the error page of a download" page.csv

# Folders of part files.
mkdir parts parts/.hidden parts/_temporary
printf '%s\n' $header u,a,5 >parts/part-00000.csv
printf '%s\n' stars,$header u2,a,3 | sed 's/^stars,user_id,video_id,stars/stars,user_id,video_id/; s/u2,a,3/3,u2,a/' \
    >parts/part-00001.csv
printf '%s\n' $header u,b,1 | gzip >parts/part-00002.csv.gz
: >parts/part-00003.csv
printf '%s\n' $header >parts/part-00004.csv
: >parts/_SUCCESS
echo junk >parts/.part-00000.csv.crc
check "a folder of part files is one table" gives "u a 5;u b 1;u2 a 3" 0 parts/
hashed() {
    expect json $summary "[one.path for one in inputs] == ['parts/part-00000.csv', 'parts/part-00001.csv', \
        'parts/part-00002.csv.gz', 'parts/part-00004.csv']"
}
check "whose files are recorded one by one" hashed
copied() { prep parts --snapshot-inputs && cmp parts/part-00002.csv.gz \
    out/processed/two_tower/runs/r/inputs/0_part-00002.csv.gz; }
check "and kept" copied
mkdir spark && cp $table spark/part-00000-1f.c000.snappy.parquet &&
    printf '%s\n' $header,at u3,c,5,NULL >spark/part-1.csv && : >spark/_SUCCESS
check "Parquet and CSV parts" gives "u a 5;u b 1;u2 a 3;u3 c 5" 0 spark
printf 'user_id,video_id,stars,at\nu4,c,5,2025-01-01\n' >parts/part-00005.csv
bad "parts of other columns" "part-00005.csv: column 'at' is present here and absent in parts/part-00004.csv" parts
rm parts/part-00005.csv
mkdir parts/day=1
bad "partitions" "parts/day=1: a folder of part files is expected, and this is a folder in it" parts
mkdir none delta delta/_delta_log
bad "a folder without parts" "none: the folder holds no part files" none
bad "a table of Delta Lake" "delta: is a table of Delta Lake" delta

# Parquet of other programs: exact ids.
exact() { # FILE WANTED: the distinct users of a column that is read as user_id
    prep "$1" >/dev/null && expect rows $table "'$2' == ','.join(sorted({r.user_id for r in rows}))"
}
check "made by hand" python3 "$root/tests/make_parquet.py" .
check "DECIMAL(18, 0) ids" exact decimal.parquet 123456789012345671,123456789012345672
check "DECIMAL(18, 0) ids in FIXED_LEN_BYTE_ARRAY" exact fixed.parquet 123456789012345671,123456789012345672
check "UINT64 ids" exact unsigned.parquet 18446744073709551614,18446744073709551615
check "whole DOUBLE ids, and NaN is nobody" exact double.parquet 1000000000000000,7
bad "DOUBLE ids from 2^53 on" "inexact.parquet: row 1: column user_id: an id is expected that was not rounded" \
    inexact.parquet
bad "TIME ids" "time.parquet: column user_id: text values are expected, the file has TIME in INT64, which is not read" \
    time.parquet
bad "binary ids" \
    "binary.parquet: column user_id: a BYTE_ARRAY value that is not UTF-8 is not read; write the column as text" \
    binary.parquet

# Memory.
if grep -q __asan_init "$TWOTOWER"; then
    skip "a limit of memory" "a sanitizer's memory is not ours"
else
    check "more memory than is allowed ends prep" refused 3 \
        "more than the 64 MB of memory that the limit allows is needed; give it fewer rows or allow more" \
        prep packed.parquet --max-memory 64M
    check "and leaves nothing behind" tidy .
    check "enough of it reads the same file" refused 3 "none of its 8388608 rows has an id" \
        prep packed.parquet --max-memory 1G
    check "train has the limit too" refused 3 "64 MB of memory" "$TWOTOWER" train --max-memory 64M --train $table \
        --user-features packed.parquet --item-features packed.parquet
fi
check "a limit that is no size" refused 2 "memory limit: a size such as 512M or 8G is expected, got 'much'" \
    prep ids.csv --max-memory much
check "a limit that nothing fits in" refused 2 "memory limit: at least 64M are needed, got '8'" prep ids.csv \
    --max-memory 8
finish
