#!/bin/sh
# SPDX-License-Identifier: MIT
# Bad input: one sentence that says where and what to do, the documented exit status,
# and no output.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

mkdir shop
printf 'id,product_url,title,maker,product_released_at\n' >shop/videos.csv
for i in 1 2 3 4 5 6 7 8; do echo "v$i,https://x/$i,Title $i,M$((i % 3)),2020-01-0$i" >>shop/videos.csv; done
printf 'video_id,tag\nv1,a\nv2,a\nv3,b\nv4,b\n' >shop/video_tags.csv
good() {
    printf 'product_url,reviewer_id,stars,reviewed_at\n'
    for u in 1 2 3 4 5 6 7; do for i in 1 2 3 4 5 6; do
        echo "https://x/$i,u$u,$(((u + i) % 5 + 1)),2021-01-0${i}T00:00:00Z"
    done; done
}
good >good.csv
prep() { "$TWOTOWER" prep --db-url file:shop --run-id r --input "$@"; }
nothing() { [ ! -e ml ] && tidy .; }
bad() { # NAME STATUS SENTENCE FILE: prep refuses it and writes nothing
    input=$4
    check "$1" refused "$2" "$3" prep "$input"
    check "$1: nothing is written" nothing
}

: >empty.csv
bad "an empty file" 3 'empty.csv: .*header' empty.csv
bad "a missing file" 4 'absent.csv' absent.csv
good | cut -d, -f1,2,4 >column.csv
bad "a missing column" 3 'column.csv.*stars' column.csv
good | sed '5s/,[1-5],/,good,/' >type.csv
bad "a word for stars" 3 'type.csv:5: .*stars.*number.*good' type.csv
good | sed '6s/,[1-5],/,6,/' >range.csv
bad "stars out of range" 3 'range.csv:6: .*stars.*0 to 5.*6' range.csv
good | sed '7s/,[1-5],/,-1,/' >negative.csv
bad "negative stars" 3 'negative.csv:7: .*stars' negative.csv
good | sed '4s/,u1,/,u\xff\xfe,/' >utf8.csv
bad "broken UTF-8" 3 'utf8.csv:4: .*UTF-8' utf8.csv
good | sed '3s/$/,extra/' >wide.csv
bad "a row with a field too many" 3 'wide.csv:3: .*4.*5|wide.csv:3: .*5.*4' wide.csv
good | sed '3s/,u1,/,"u1,/' >quote.csv
bad "a quote that never ends" 3 'quote.csv:' quote.csv
good | sed '3s/2021[^,]*/soon/' >time.csv
bad "a time that is none" 3 'time.csv:3: .*reviewed_at.*soon' time.csv
good | gzip | head -c 90 >cut.csv.gz
bad "a truncated gzip" 3 'cut.csv.gz: .*byte' cut.csv.gz
good | gzip >flip.csv.gz && printf 'XXXX' | dd of=flip.csv.gz bs=1 seek=60 conv=notrunc 2>/dev/null
bad "damaged gzip data" 3 'flip.csv.gz: .*byte' flip.csv.gz
sed 's#https://x#https://y#' good.csv >foreign.csv
bad "reviews of another site" 3 'foreign.csv: none of its' foreign.csv
good | sed 's/,u[0-9],/,,/' >nobody.csv
bad "rows without a user" 3 'nobody.csv: none of its 42 rows has an id of a user and of a video' nobody.csv
bad "a folder of other tables" 3 "shop/video_tags.csv:1: column 'reviewer_id' is expected" shop

# The catalogue.
variant() { rm -rf other && cp -r shop other; }
catalogue() { "$TWOTOWER" prep --db-url file:other --run-id r --input good.csv; }
variant && sed -i '5s/v4/v3/' other/videos.csv
check "a video id twice" refused 3 'videos.csv:5: .*v3' catalogue
variant && sed -i '1s/id/key/' other/videos.csv
check "a catalogue without ids" refused 3 'videos.csv.*id' catalogue
variant && rm other/videos.csv
check "a store without videos" refused 4 'videos.csv' catalogue
rm -rf other
check "a store that is not there" refused 4 'other' catalogue
check "a catalogue that was refused writes nothing" nothing

# The command line.
check "an unknown option" refused 2 'did you mean.*--min-stars' "$TWOTOWER" prep --min-star 4
check "an unknown command" refused 2 'did you mean .prep' "$TWOTOWER" perp
check "an option without its value" refused 2 '--input' "$TWOTOWER" prep --input
check "no input" refused 2 '--input is needed' "$TWOTOWER" prep --db-url file:shop
check "a password on the command line" refused 2 'password|env:' "$TWOTOWER" prep \
    --db-url postgresql://u:secret@db.example/x --input good.csv
no_secret() { ! "$TWOTOWER" prep --db-url postgresql://u:secret@db.example/x --input good.csv 2>&1 | grep -q secret; }
check "the password is not printed" no_secret
check "a run id with a slash" refused 2 'run-id' prep good.csv --run-id ../x
check "stars that contradict each other" refused 2 'max-negative-stars' prep good.csv --max-negative-stars 4

# What is wrong and not fatal.
odd() {
    good
    echo "https://x/99,u1,4,2021-02-01T00:00:00Z"
    echo "https://x/1,u1,1,2021-03-01T00:00:00Z"
    echo "https://x/2,grumpy,1,2021-03-01T00:00:00Z"
    echo "https://x/3,grumpy,2,2021-03-01T00:00:00Z"
}
odd >odd.csv
good | awk -F, 'NR == 1 {print "reviewer_id,product_url"} NR > 1 && NR % 4 == 0 {print $2 "," $1}' >val.csv
echo 'grumpy,https://x/2' >>val.csv
check "unknown videos, duplicates and a user without likes pass" prep odd.csv --split file --val val.csv
check "and are counted" expect json ml/data/processed/two_tower/latest/summary.json \
    "counts.unknown_product_url == 1" "counts.duplicates == 1" "counts.users_without_likes >= 1"
check "a model is trained on it" "$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id m
check "and the user without likes is ranked for, which is too few for a gate" refused 1 'interval of 95 % needs more' \
    "$TWOTOWER" eval --min-over-popularity 0
sed 's/,[1-5],/,1,/' good.csv >disliked.csv
prep disliked.csv >/dev/null
check "nothing but dislikes is refused by train" refused 3 'no like' "$TWOTOWER" train --run-id m2
check "and leaves no run" test ! -e ml/artifacts/runs/m2 -a "$(readlink ml/artifacts/latest)" = runs/m

# Tables and models that were damaged.
prep good.csv >/dev/null
t=ml/data/processed/two_tower/runs/r
head -c 300 $t/user_features.parquet >short && cp short $t/user_features.parquet
check "a truncated Parquet file" refused 3 'user_features.parquet' "$TWOTOWER" train --run-id m3
m=ml/artifacts/runs/m/two_tower_m.onnx
cp $m whole && head -c 2000 whole >$m
check "a truncated model" refused 3 'two_tower_m.onnx: byte' "$TWOTOWER" model inspect $m
prep good.csv >/dev/null
check "eval refuses it too" refused 3 'two_tower_m.onnx: byte' "$TWOTOWER" eval
check "embed refuses it too" refused 3 'two_tower_m.onnx: byte' "$TWOTOWER" embed videos --db-url file:shop
printf 'not a model' >text.onnx
check "a file that is no model" refused 3 'text.onnx: byte' "$TWOTOWER" model inspect text.onnx
check "a run that is not there" refused 4 'train a model first' "$TWOTOWER" eval --run-id none

# Every command explains itself.
for command in prep train eval recommend "embed videos" "embed users" run synth "model inspect"; do
    # shellcheck disable=SC2086
    explains() {
        "$TWOTOWER" $command --help >help.txt && grep -q "^Usage: twotower $command" help.txt &&
            grep -q "Example" help.txt
    }
    check "$command --help shows an example" explains
done
check "no temporary is left" tidy .
finish
