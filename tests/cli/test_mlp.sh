#!/bin/sh
# SPDX-License-Identifier: MIT
# The plain form, train --recipe mlp: a run of it is judged, embedded and recommended from
# by the same commands as any other.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1
"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 \
    --max-negative-stars 3 --weight-by-stars >/dev/null

form="--recipe mlp --embedding-dim 32 --hidden-dim 64 --lr 0.005 --batch-size 256"
train() { "$TWOTOWER" train $form "$@"; }
first() { train --threads 1 --run-id m1 >log.jsonl; }
check "train --recipe mlp" first
check "one JSON line per epoch, 8 of them" expect rows log.jsonl \
    "len(rows) == 9" \
    "all(r.epoch == i+1 and r.val_loss > 0 and r.pairs_per_second > 0 for i, r in enumerate(rows[:8]))" \
    "rows[7].loss < rows[0].loss" "rows[8].fp16_cosine_distance < 1e-4"
for threads in 2 5; do
    same() {
        train --threads $threads --run-id m1 --out-dir other >/dev/null &&
            for f in two_tower_m1 user_tower item_tower; do cmp ml/artifacts/runs/m1/$f.onnx other/runs/m1/$f.onnx ||
            return 1; done
    }
    check "the same model bytes with $threads threads" same
done
check "model_meta.json has the seeds' fields" expect json ml/artifacts/latest/model_meta.json \
    "format == 'two_tower.feature_mlp'" "tag_vocab_size == preferred_tag_vocab_size == 4096" \
    "performer_vocab_size == 1024" "use_price_feature is False" "hidden_dim == 64" \
    "user_feature_dim >= 4096+1024+4" "hyper_parameters.neg_per_pos == 3"
check "vocab_tag.json has each tag in its bucket" expect json ml/artifacts/latest/vocab_tag.json \
    "size > 20" "all(0 <= t.row < 4096 for t in tokens)"
check "feature_schema.json has the buckets" expect json ml/artifacts/latest/feature_schema.json \
    "recipe == 'mlp'" "buckets[0] == {'space': 'tag', 'first': 0, 'buckets': 4096}" \
    "len(user_features.segments) == 2"
check "the run has the files of any other" test -s ml/artifacts/latest/two_tower_latest.pt \
    -a -s ml/artifacts/latest/user_tower_sparse.onnx \
    -a -s ml/artifacts/latest/item_tower_sparse.onnx -a -s ml/artifacts/latest/summary.md \
        -a -s ml/artifacts/latest/manifest.json
loads() { "$TWOTOWER" model inspect ml/artifacts/latest/two_tower_latest.onnx --collisions --json >loads.json; }
check "model inspect --collisions" loads
check "which says what each hash space costs" expect json loads.json \
    "s = {c.space: c for c in collisions}" "s.tag.buckets == 4096" "0 < s.tag.buckets_used <= s.tag.tokens" \
    "all(c.tokens - c.buckets_used < max(c.tokens_that_share_a_bucket, 1) and c.load <= 0.5 for c in s.values())"
whole() { "$TWOTOWER" run --recipe mlp --embedding-dim 16 --hidden-dim 32 --epochs 1 --max-tag-features 64 \
    --use-price-feature --db-url file:shop \
    --input shop/reviews.csv --skip-upsert --min-over-popularity 0 --data-dir r/data --out-dir r --run-id r1; }
check "run --recipe mlp passes the options of the training on" whole
check "which model_meta.json shows" expect json r/latest/model_meta.json \
    "format == 'two_tower.feature_mlp'" "embedding_dim == 16" "hidden_dim == 32" "tag_vocab_size == 64" \
    "use_price_feature is True"
check "eval: better than popularity" "$TWOTOWER" eval --min-over-popularity 1.0
videos() { "$TWOTOWER" embed videos --db-url file:shop --json --run-id s1 >videos.json; }
check "embed videos" videos
check "every video got an embedding" expect json videos.json "embeddings == videos == 700"
dump="$root/${BUILD:-build}/tests/parquet_dump"
case ${BUILD:-build} in /*) dump="$BUILD/tests/parquet_dump" ;; esac
same_bits() {
    "$dump" ml/artifacts/latest/video_embeddings.parquet >a.jsonl && "$dump" shop/video_embeddings.parquet >b.jsonl &&
        expect rows a.jsonl 700 && expect same a.jsonl b.jsonl video_id embedding
}
check "the store's vectors are the run's, bit for bit" same_bits
check "embed users" "$TWOTOWER" embed users --db-url file:shop --min-interactions 5
recommend() { "$TWOTOWER" recommend --json --users 5 --limit 7 >rec.json; }
check "recommend" recommend
check "each gets what was asked for" expect json rec.json \
    "len(users) == 5" "all(len(u.recommended) == 7 for u in users)"
inspect() { "$TWOTOWER" model inspect --verify --json ml/artifacts/latest/two_tower_latest.onnx >inspect.json; }
check "model inspect reads it" inspect
check "one bag per tower" expect json inspect.json "user_tower.bags == item_tower.bags == 1"

small() {
    train --loss softmax --epochs 8 --max-tag-features 64 --max-performer-features -1 \
        --use-price-feature --disable-user-features --run-id m2 >log2.jsonl
}
check "softmax, fewer features, the price" small
check "they are in model_meta.json" expect json ml/artifacts/latest/model_meta.json \
    "tag_vocab_size == 64" "use_price_feature is True" "hyper_parameters.loss == 'softmax'"
check "eval of the softmax: better than popularity" "$TWOTOWER" eval --min-over-popularity 1.0
early() { train --patience 2 --epochs 60 --lr 0.02 --run-id m3 >log3.jsonl; }
check "early stopping" early
check "it stopped before the last epoch" expect rows log3.jsonl \
    "3 <= len(rows)-1 < 60" "all('holdout_loss' in r for r in rows[:-1])"
# Likes and dislikes: only users with few dislikes get unobserved videos.
python3 "$root/tests/make_data.py" labels shop >labels.csv
"$TWOTOWER" prep --db-url file:shop --mode explicit --input labels.csv --run-id e1 --out-dir e >/dev/null
tables=e/processed/two_tower/runs/e1
explicit="--epochs 2 --run-id e --train $tables/interactions_train.parquet --val $tables/interactions_val.parquet
    --user-features $tables/user_features.parquet --item-features $tables/item_features.parquet"
etrain() { # OUT ...
    out=$1
    shift
    train $explicit --out-dir "$out" "$@" >$out.jsonl
}
meta() { # OUT NEG_PER_POS FEW_DISLIKES MODE
    expect json "$1/runs/e/model_meta.json" \
        "[hyper_parameters[n] for n in ('neg_per_pos','few_dislikes')] == [$2, $3]" "data_snapshot.mode == $4"
}
pairs() { # OUT FEW: the pairs are those where users with fewer than FEW dislikes get 3 per like
    expect that log="$1.jsonl" train=$tables/interactions_train.parquet \
        "disliked = [r.user_id for r in train if r.label == 0]" \
        "dislikes = {user: disliked.count(user) for user in set(disliked)}" \
        "few = sum(r.label == 1 and dislikes.get(r.user_id, 0) < $2 for r in train)" "few > 0 or $2 == 0" \
        "[r.step for r in log if 'epoch' in r] == [(len(train) + 3 * few + 255) // 256 * epoch for epoch in (1, 2)]"
}
other_model() { ! cmp -s "$1/runs/e/two_tower_e.onnx" "$2/runs/e/two_tower_e.onnx"; }
same_model() { cmp "$1/runs/e/two_tower_e.onnx" "$2/runs/e/two_tower_e.onnx"; }
check "explicit mode" etrain e1 --threads 1
check "it says for whom unobserved videos were drawn" meta e1 3 10 "'explicit'"
check "for users with few dislikes" pairs e1 10
check "not for all" eval '! pairs e1 1000'
check "explicit mode, 2 threads" etrain e2 --threads 2
check "the same model bytes" same_model e1 e2
check "--neg-per-pos 3 draws for all" etrain e3 --neg-per-pos 3
check "and says so" meta e3 3 0 "'explicit'"
check "3 for each like" pairs e3 1000
check "which is another model" other_model e1 e3
check "--neg-per-pos 0 draws for nobody" etrain e0 --neg-per-pos 0
check "no pair but the likes and dislikes" pairs e0 0
check "softmax of explicit mode draws none" etrain es --loss softmax
check "and says nothing of few dislikes" meta es 3 0 "'explicit'"
of_run() {
    "$TWOTOWER" run --recipe mlp --mode explicit --embedding-dim 16 --hidden-dim 32 --epochs 1 --db-url file:shop \
        --input labels.csv \
        --skip-upsert --min-over-popularity 0 --data-dir er/data --out-dir er --run-id e "$@"
}
check "run --mode explicit trains so" of_run
check "as its model_meta.json says" meta er 3 10 "'explicit'"
check "run --mode explicit --neg-per-pos 2" of_run --neg-per-pos 2 --out-dir er2 --data-dir er2/data
check "passes it on" meta er2 2 0 "'explicit'"

# Stopped, and gone on with.
killed() {
    at_call kill .checkpoint.safetensors.tmp- 9 "$TWOTOWER" train $form $explicit --out-dir k --checkpoint-seconds 0 &&
        rm -rf k/runs/.e.tmp-* && test -f k/runs/.e.partial/checkpoint.safetensors
}
check "explicit mode, killed" killed
check "another --neg-per-pos is refused" refused 3 'few-dislikes=10 there, few-dislikes=0 here' etrain k \
    --resume --neg-per-pos 3
check "it goes on" etrain k --resume --threads 2
check "to the same model bytes" same_model e1 k

# The tables alone, as another program would write them, and what prep --mode reviews says of the same ones.
reviews() { # CHANGE OUT: of a copy of the tables
    cp -r $tables plain && (cd plain && eval "$1") && etrain "$2" --train plain/interactions_train.parquet
    status=$?
    rm -rf plain
    return $status
}
check "without summary.json" reviews 'rm summary.json' bare
check "it is reviews" meta bare 3 0 None
check "3 per like" same_model e3 bare
check "a summary that says reviews" reviews "sed -i 's/\"mode\": \"explicit\"/\"mode\": \"reviews\"/' summary.json" says
check "and so does model_meta.json" meta says 3 0 "'reviews'"
check "the same model" same_model e3 says
check "a summary without a mode" reviews "sed -i '/\"mode\"/d' summary.json" silent
check "is the same model" same_model e3 silent
check "a damaged summary is refused" refused 3 'plain/summary.json:.*not the JSON' reviews 'echo "{" >summary.json' bad

too_high() {
    refused 3 'no better than popularity; train with a lower --lr than 1$' train --lr 1 --run-id high &&
        test ! -e ml/artifacts/runs/high
}
check "--lr 1 learns nothing and stops" too_high

check "mlp options need the recipe" refused 2 'patience needs --recipe mlp' "$TWOTOWER" train --patience 2
check "a part of a bucket is refused" refused 2 'whole number' "$TWOTOWER" train --recipe mlp --max-tag-features 0.5
check "no temporary is left" tidy .
finish
