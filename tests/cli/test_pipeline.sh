#!/bin/sh
# SPDX-License-Identifier: MIT
# The pipeline from a synthetic catalogue to recommendations, command by command.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1
dump="$root/${BUILD:-build}/tests/parquet_dump"
case ${BUILD:-build} in /*) dump="$BUILD/tests/parquet_dump" ;; esac

tables=ml/data/processed/two_tower/latest

check "synth makes a catalogue" "$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7
same_synth() { "$TWOTOWER" synth --out shop2 --users 240 --videos 700 --seed 7 && diff -r shop shop2; }
check "synth is the same again" same_synth

prep() { "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv "$@"; }
check "prep writes the tables" prep --run-id p1 --snapshot-inputs --out-train copies/train.parquet
check "prep points latest to the run" test "$(readlink ml/data/processed/two_tower/latest)" = runs/p1
check "prep keeps a snapshot of its input" cmp shop/reviews.csv $tables/inputs/0_reviews.csv
check "prep copies the train table" cmp copies/train.parquet $tables/interactions_train.parquet
check "prep counts what it joined" expect json $tables/summary.json \
    "counts.rows_read > 5000" "counts.unknown_product_url > 0" "0.9 < counts.join_rate < 1" "counts.duplicates > 0" \
    "train.rows > 3*validation.rows > 0"
joins() { # by URL, by id, by content id; by none of them; and a row without an id
    python3 "$root/tests/make_data.py" joins shop >odd.csv
    printf 'user_id,item_id,decision\nu1,%s,DISLIKE\n' "$(sed -n '2s/,.*//p' shop/videos.csv)" >decided.csv
    "$TWOTOWER" prep --db-url file:shop --input odd.csv --decisions-csv decided.csv \
        --val-ratio 0 --weight-by-stars --out-dir odd >said &&
        grep '^join rate 0\.6667: 2 rows name no video of the catalogue, 1 of them no content id$' said &&
        grep -E '^videos without a release date 0, tags 0, performers [1-9]' said &&
        expect json odd/processed/two_tower/latest/summary.json "c = counts" "c['unknown_product_url'] == 2" \
            "c.unknown_without_content_id == 1" "c.rows_without_id == 1" "c.rows_read == 7" "train.likes == 2" \
                "train.dislikes == 1" \
            "[i.path for i in inputs] == ['odd.csv', 'decided.csv']" "options.weight_by_stars is True"
}
check "prep says what did not join, and every file that it read" joins
again() {
    cp -r ml/data/processed/two_tower/runs/p1 before && prep --run-id p1 &&
        for f in before/*.parquet; do cmp "$f" "$tables/${f#before/}" || return 1; done
}
check "prep again overwrites with equal tables" again
split_is_stable() {
    prep --run-id half --val-ratio 0.1 >/dev/null && "$dump" $tables/interactions_val.parquet >half.jsonl &&
        prep --run-id p1 >/dev/null && "$dump" $tables/interactions_val.parquet >fifth.jsonl &&
        expect that half=half.jsonl fifth=fifth.jsonl "pairs = lambda rows: {(r.user_id, r.video_id) for r in rows}" \
            "0 < len(half) < len(fifth)" "pairs(half) < pairs(fifth)"
}
check "a pair stays on its side of the split" split_is_stable
by_time() {
    prep --run-id t --split time >/dev/null && "$dump" $tables/interactions_val.parquet >v.jsonl &&
        "$dump" $tables/interactions_train.parquet >t.jsonl &&
        prep --run-id p1 >/dev/null && expect that train=t.jsonl val=v.jsonl \
        "newest = {r.user_id: r['at'] for r in sorted(train, key=lambda r: r['at'])}" "len(val) > 100" \
        "all(r['at'] >= newest[r.user_id] for r in val)"
}
check "--split time holds out the newest" by_time
from_store() {
    "$TWOTOWER" prep --db-url file:shop --mode explicit --run-id d1 --out-dir d &&
        "$TWOTOWER" prep --db-url file:shop --mode explicit --input shop/user_video_decisions.csv --run-id d2 \
            --out-dir d &&
        for f in interactions_train interactions_val user_features; do
            cmp d/processed/two_tower/runs/d1/$f.parquet d/processed/two_tower/runs/d2/$f.parquet || return
        done && expect json d/processed/two_tower/latest/summary.json \
            "source_csv == ['shop/user_video_decisions.csv']" "train.rows > 1000" &&
        expect json d/processed/two_tower/runs/d1/summary.json "source_csv == ['user_video_decisions']"
}
check "explicit mode without an input takes the decisions of the store" from_store

train() { "$TWOTOWER" train --epochs 12 --embedding-dim 32 --hidden-dim 64 --run-id m1 "$@"; }
first() { train --threads 1 >log1.jsonl; }
check "train on one thread" first
check "train prints one JSON line per epoch" expect rows log1.jsonl \
    "len(rows) == 13" "all(r.epoch == i+1 and r.val_loss > 0 for i, r in enumerate(rows[:12]))" \
    "rows[11].loss < rows[0].loss" "rows[12].run_id == 'm1'"
for threads in 2 5; do
    same() {
        train --threads $threads --out-dir other >/dev/null &&
            for f in two_tower_m1 user_tower item_tower; do cmp ml/artifacts/runs/m1/$f.onnx other/runs/m1/$f.onnx ||
            return 1; done
    }
    check "the same model bytes with $threads threads" same
done
differs() {
    train --seed 2 --out-dir other >/dev/null && ! cmp -s ml/artifacts/runs/m1/two_tower_m1.onnx \
        other/runs/m1/two_tower_m1.onnx
}
check "another seed gives another model" differs
check "latest is the run" test "$(readlink ml/artifacts/latest)" = runs/m1
check "model_meta.json has the seeds' fields" expect json ml/artifacts/latest/model_meta.json \
    "model_name == 'two_tower'" "run_id == 'm1'" "embedding_dim == 32" "hidden_dim == 64" \
    "data_snapshot.prep_run_id == 'p1'" "input_schema_version == 2" "user_feature_dim > 3*700"
inspect() { "$TWOTOWER" model inspect --verify --json ml/artifacts/latest/two_tower_latest.onnx >inspect.json; }
check "model inspect reads the model" inspect
check "model inspect says what it is" expect json inspect.json \
    "run_id == 'm1'" "embedding_dim == 32" "user_tower.bags == 3" "item_tower.bags == 1" "schema.video_ids > 0"

check "eval passes the gate on planted tastes" "$TWOTOWER" eval
check "metrics.json compares with popularity" expect json ml/artifacts/latest/metrics.json \
    "threshold_passed" "metrics['recall@20'] >= 1.3*popularity['recall@20']" "0.5 < metrics.auc <= 1" \
    "run_id == 'm1'" "intervals['recall@20'][0] < metrics['recall@20'] < intervals['recall@20'][1]"
check "a condition that is not met is status 1" refused 1 'gate is not met' "$TWOTOWER" eval --min recall@20=0.99
check "the failed gate is recorded" expect json ml/artifacts/latest/metrics.json "not threshold_passed"
check "a metric that does not exist fails the gate" refused 1 'recall@21 >= 0: there is no such figure' \
    "$TWOTOWER" eval --min recall@21=0
nothing_to_judge() {
    prep --run-id empty --val-ratio 0 && refused 1 'cannot be judged.*nobody to judge on' "$TWOTOWER" eval &&
        prep --run-id p1
}
check "an empty validation set fails the gate" nothing_to_judge

videos() { "$TWOTOWER" embed videos --db-url file:shop --json "$@" >videos.json; }
check "embed videos" videos --run-id s1
check "every video got an embedding" expect json videos.json "embeddings == videos == 700" "already_embedded == 0"
check "the sync folder is whole" test -f ml/artifacts/live/video_embedding_syncs/s1/video_embeddings.parquet \
    -a -f ml/artifacts/live/video_embedding_syncs/s1/summary.json \
        -a -f ml/artifacts/live/video_embedding_syncs/s1/model_meta.json
check "embed videos counts the tokens of each field" expect json videos.json "tokens.tags.known > 1000" \
    "tokens.tags.unknown < tokens.tags.known" "embeddings_of_unknown_tokens == 0" \
    "set(tokens) == {'tags', 'performers', 'maker', 'label', 'series', 'source'}"
renamed() { # a table whose values another program wrote
    rm -rf renamed && cp -r shop renamed && rm renamed/video_embeddings.* &&
        sed "2,\$$1" shop/video_tags.csv >renamed/video_tags.csv || return 1
}
other_tags() { "$TWOTOWER" embed videos --db-url file:renamed --run-id other --output-dir other "$@"; }
is_warned() { # PATTERN of the values
    renamed "$1" && other_tags >/dev/null 2>said &&
        grep -E '^warning: file:renamed: the model knows [01]?[0-9] of [0-9]+ tokens of tags;' said &&
        grep -E ' the first unknown one is of video [0-9a-f-]{36}\.' said
}
check "other values of a table are a warning with field and row: a suffix" is_warned 's/$/ (new)/'
check "other values of a table are a warning with field and row: upper case" is_warned 's/,.*/\U&/'
check "other values of a table are a warning with field and row: blanks" is_warned 's/,/, /'
is_strict() {
    cp -r renamed untouched && refused 3 'file:renamed: the model knows 0 of .* of tags;.* compare the table' \
        other_tags --strict --include-existing --run-id strict --output-dir strict &&
        diff -r untouched renamed && [ ! -e strict/video_embedding_syncs/strict ] && tidy .
}
check "--strict refuses them and writes nothing" is_strict
rm -f renamed/video_tags.csv
strict_is_content() {
    "$TWOTOWER" embed videos --db-url file:shop --strict --dry-run --include-existing 2>said &&
        ! grep 'the model knows' said
}
check "--strict takes the catalogue that the model was trained on" strict_is_content
check "embed videos again" videos --run-id s2
check "nothing is embedded twice" expect json videos.json "embeddings == 0" "already_embedded == 700"
check "--include-existing embeds all" videos --run-id s3 --include-existing
check "the store holds each video once" expect json videos.json "embeddings == 700"
same_bits() {
    "$dump" ml/artifacts/latest/video_embeddings.parquet >a.jsonl && "$dump" shop/video_embeddings.parquet >b.jsonl &&
        expect rows a.jsonl 700 && expect same a.jsonl b.jsonl video_id embedding model_version input_digest
}
check "the store's vectors are the run's, bit for bit" same_bits
users() { "$TWOTOWER" embed users --db-url file:shop --min-interactions 5 --json "$@" >users.json; }
check "embed users --dry-run" users --dry-run
check "a dry run writes nothing" test ! -e ml/artifacts/live/user_embeddings.parquet \
    -a ! -e shop/user_embeddings.parquet
no_users() { # nobody has an embedding: whoever is named gets what SQL would give
    "$TWOTOWER" recommend --db-url file:shop --user nobody --limit 7 --json >nobody.json &&
        expect json nobody.json "users[0].fallback == 'popular'" "len(users[0].recommended) == 7"
}
check "before any user has one, a named user gets what others liked" no_users
check "and no user can be chosen" refused 3 'no user embeddings' "$TWOTOWER" recommend --db-url file:shop
check "embed users" users
check "users with enough likes got one" expect json users.json "0 < embeddings == users_with_enough_likes <= users"

recommend() { "$TWOTOWER" recommend --json --users 20 --limit 15 "$@" >rec.json; }
known() { # SOURCE-JSONL: no recommended video was seen by its user
    expect that seen="$1" lists=rec.json "len(lists.users) == 20" "seen = {(r.user_id, r.video_id) for r in seen}" \
        "all(len(u.recommended) == 15 and unique(v.video_id for v in u.recommended) for u in lists.users)" \
        "all(increasing(-v.score for v in u.recommended) for u in lists.users)" \
        "all(v.title for u in lists.users for v in u.recommended)" \
        "[v.video_id for u in lists.users for v in u.recommended if (u.user_id, v.video_id) in seen] == []"
}
"$dump" $tables/interactions_train.parquet >train.jsonl
check "recommend from the run" recommend
check "recommendations are new, sorted and titled" known train.jsonl
check "recommend from the store" recommend --db-url file:shop
grep -iv ',skip' shop/user_video_decisions.csv >decisions.csv
check "what a user liked or disliked is left out" known decisions.csv
unknown() { # in the lists of users without history are many more likes of the validation than in random ones
    "$TWOTOWER" recommend --user nobody --limit 20 | grep -q "user nobody: no embedding, so what others liked" &&
        "$TWOTOWER" recommend --user nobody --limit 20 --json >nobody.json &&
        expect that lists=nobody.json val=$tables/interactions_val.parquet videos=shop/videos.csv "u = lists.users[0]" \
            "u.fallback == 'popular'" "u.liked == []" "ids = {v.video_id for v in u.recommended}" "len(ids) == 20" \
            "likes = [r.video_id for r in val if r.label == 1]" \
            "sum(video in ids for video in likes) > 2 * len(likes) * 20 / len(videos)"
}
check "an unknown user gets what others liked of late, marked as such" unknown

core_alone() {
    python3 "$root/tests/make_data.py" arguments shop >args
    xargs -0 "${TWOTOWER%/twotower}/posix/embed" ml/artifacts/latest/two_tower_latest.onnx <args >vector &&
        expect that store=b.jsonl mine=vector "[float(x) for x in mine.split()] == store[0].embedding"
}
check "a program with only the core computes the same bits" core_alone

run_all() {
    "$TWOTOWER" run --db-url file:shop2 --input shop2/reviews.csv --epochs 8 --teacher none --min-interactions 5 \
        --out-dir r/a --data-dir r/d --run-id all >/dev/null
}
check "run does it all" run_all
check "run leaves a judged model and live embeddings" test -f r/a/latest/metrics.json \
    -a -f r/a/live/user_embeddings.parquet -a -f shop2/video_embeddings.parquet
weekly() {
    "$TWOTOWER" run --db-url file:shop2 --input shop2/reviews.csv --epochs 2 --teacher none \
        --embedding-dim 16 --hidden-dim 16 --min-interactions 5 --out-dir r/w --data-dir r/d "$@"
}
stored() { "$TWOTOWER" publish list --storage-url file:r/store --json >list.json && expect json list.json "$1"; }
check "run uploads where a store is named" weekly --run-id w1 --storage-url file:r/store --min-over-popularity 0
check "run uploads the judged run, whole" stored "[(r['run_id'], r['whole']) for r in d['runs']] == [('w1', True)]"
check "run activates nothing" stored "d['environments']['production'] is None"
check "a failed gate is status 1" refused 1 'gate is not met' weekly --run-id w2 --storage-url file:r/store \
    --min recall@20=0.99
check "and stops all that follows: no embedding" \
    test "$(sed -n 's/.*"run_id": "\(.*\)".*/\1/p' r/w/live/model_meta.json)" = w1
check "and no upload" stored "[r['run_id'] for r in d['runs']] == ['w1']"
check "and latest stays the run that passed" test "$(readlink r/w/latest)" = runs/w1
check "the rejected one is there to look at" grep -q '"threshold_passed": false' r/w/runs/w2/metrics.json
first_fails() {
    refused 1 'gate is not met' weekly --out-dir r/first --run-id w0 --min recall@20=0.99 &&
        test ! -e r/first/latest -a -e r/first/runs/w0
}
warned() {
    "$TWOTOWER" embed videos --db-url file:shop2 --artifacts-dir "r/w/runs/$1" \
        --dry-run 2>&1 | grep 'warning: .*run w2 did not meet the gate'
}
not_warned() { ! warned "$1"; }
check "to embed it by hand is warned of" warned w2
check "and the one that passed is not" not_warned w1
check "a first run that the gate rejects is not latest either" first_fails
check "run --skip-embeddings ends with the upload" weekly --run-id w3 --storage-url file:r/store \
    --min-over-popularity 0 --skip-embeddings
check "which is there" stored "[r['run_id'] for r in d['runs']] == ['w1', 'w3']"
check "and latest is the new run" test "$(readlink r/w/latest)" = runs/w3
check "and the live embeddings stay those of the run before" \
    test "$(sed -n 's/.*"run_id": "\(.*\)".*/\1/p' r/w/live/model_meta.json)" = w1

# ---- The options of the steps
pseudonymous() {
    TWOTOWER_USER_KEY=0123456789abcdef0123 weekly --run-id w4 --data-dir r/h --out-dir r/hw --hash-user-ids \
        --weight-by-stars --cold-ratio 0.1 --eval-cold --prep-seed 3 --seed 4 --min-over-popularity 0 --skip-embeddings
}
check "run takes every option of its steps" pseudonymous
check "prep has hashed, weighted and held out" expect json r/h/processed/two_tower/latest/summary.json \
    "options.hash_user_ids is True" "options.weight_by_stars is True" "options.seed == 3" "40 < cold.videos < 130"
check "the tables too" expect that train=r/h/processed/two_tower/latest/interactions_train.parquet \
    "len(train) > 1000" "all(len(x.user_id) == 64 for x in train)" "len({x.weight for x in train}) > 3"
check "train has the seed without a step's name" expect json r/hw/runs/w4/model_meta.json "options.seed == '4'"
check "eval has judged the cold videos" expect json r/hw/runs/w4/metrics.json "cold.users > 0"
check "no temporary is left" tidy .
finish
