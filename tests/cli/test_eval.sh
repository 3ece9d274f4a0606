#!/bin/sh
# SPDX-License-Identifier: MIT
# eval: segments, held-out videos, users as decisions, an earlier model, and a gate that
# passes nothing it could not measure.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

metrics=ml/artifacts/latest/metrics.json
tables=ml/data/processed/two_tower/latest
quick="--embedding-dim 32 --hidden-dim 64"

"$TWOTOWER" synth --out shop --users 300 --videos 800 --seed 5 >/dev/null
prep() { "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv "$@"; }
prep --run-id whole >/dev/null
# shellcheck disable=SC2086
"$TWOTOWER" train --epochs 12 $quick --run-id good >/dev/null

check "eval" "$TWOTOWER" eval --json
check "every metric is there" expect json $metrics \
    "names = ('recall', 'recall_capped', 'map', 'ndcg', 'precision', 'hit_rate', 'mrr')" \
    "others = ('coverage@20', 'gini@20', 'novelty@20', 'auc', 'auc_user_mean', \
        'auc_explicit', 'auc_explicit_user_mean')" \
    "[f'{n}@{k}' for n in names for k in (10, 20) if metrics[f'{n}@{k}'] is None] == []" \
    "[n for n in others if metrics[n] is None] == []"
check "every metric at K has its interval" expect json $metrics \
    "names = [n + '@20' for n in ('recall', 'recall_capped', 'map', 'ndcg', 'precision', 'hit_rate', 'mrr')]" \
    "[n for n in names if not intervals[n][0] <= metrics[n] <= intervals[n][1]] == []"
check "segments of videos hold every pair" expect json $metrics \
    "s = segments" "[x.name for x in s['items']] == ['warm','cold','new']" \
    "s['items'][0]['pairs'] + s['items'][1]['pairs'] == sum(x.pairs for x in s.user_likes)" \
    "s['items'][1]['pairs'] >= s['items'][2]['pairs']"
check "segments of users add up to all" expect json $metrics \
    "s = segments.user_likes" "sum(x.users for x in s) == users" \
    "abs(sum(x.users*(x['recall@20'] or 0) for x in s)/users - metrics['recall@20']) < 1e-9"
check "the ten makers with the most pairs" expect json $metrics \
    "s = segments.maker" "0 < len(s) <= 10" "[x.pairs for x in s] == sorted((x.pairs for x in s), reverse=True)" \
    "all(x.intervals['map@20'][0] <= x['map@20'] <= x.intervals['map@20'][1] for x in s)"
check "no baseline is null, and seconds are told" expect json $metrics "baseline_diff is None" "seconds.total > 0"

same_by_threads() {
    for threads in 1 2 5; do
        "$TWOTOWER" eval --threads $threads --as-decisions --baseline good >/dev/null || return 1
        expect value $metrics "{key: d[key] for key in d if key not in ('seconds', 'evaluated_at')}" \
            >threads$threads.json || return 1
    done
    cmp threads1.json threads2.json && cmp threads1.json threads5.json
}
check "threads change no figure" same_by_threads

# ---- An earlier model
check "a model has not dropped from itself" "$TWOTOWER" eval --baseline good --max-drop 0
check "the difference is nothing" expect json $metrics \
    "threshold_passed" \
    "names = ('recall@20', 'map@20', 'auc_user_mean')" "diffs = [baseline_diff[n] for n in names]" \
    "[c.users for c in diffs] == [users] * 3" "[c.before for c in diffs] == [c.after for c in diffs]" \
    "all(abs(baseline_diff[n].after - metrics[n]) < 1e-6 for n in names)" \
    "all(c.difference == c.drop == c.drop_low == 0 and c.interval == [0, 0] for c in diffs)" \
    "baseline_diff.run_id == 'good'"
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 --skip-upsert >/dev/null
# Another embedding length, vocabulary and history than the baseline's.
"$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id bad >/dev/null
over="--min-over-popularity 0"
# shellcheck disable=SC2086
check "a worse model fails the gate" refused 1 'gate is not met' "$TWOTOWER" eval --baseline good $over
check "by a drop that is certain" expect json $metrics \
    "not threshold_passed" "c = baseline_diff['recall@20']" "c.interval[1] < 0" "c.drop > c.drop_low > 0.05" \
    "abs(c.after - metrics['recall@20']) < 1e-6"
check "and one of the AUC" expect json $metrics \
    "c = baseline_diff.auc_user_mean" "c.before > c.after" "abs(c.after - metrics.auc_user_mean) < 1e-6" \
    "c.interval[1] < 0 < c.drop_low < c.drop" \
    "[c.passed for c in gate if c.condition.startswith('auc_user_mean')] in ([False], [True])"
# shellcheck disable=SC2086
check "active is the run that was embedded" refused 1 'gate is not met' "$TWOTOWER" eval --baseline active $over
check "and not the run that latest names" expect json $metrics "baseline_diff.run_id == 'good'" "run_id == 'bad'"
# shellcheck disable=SC2086
check "a larger drop may be allowed" "$TWOTOWER" eval --baseline ml/artifacts/runs/good --max-drop 0.99 $over
check "the better model passes against the worse" "$TWOTOWER" eval --run-id good --baseline bad --max-drop 0
check "a baseline that is missing fails the gate" refused 1 'cannot be judged.*runs/nobody' \
    "$TWOTOWER" eval --run-id good --baseline nobody
check "and says why" expect json ml/artifacts/runs/good/metrics.json \
    "not threshold_passed" "'runs/nobody' in baseline_diff.error"
mkdir broken && cp ml/artifacts/runs/good/two_tower_good.onnx broken/ &&
    printf 'XXXX' | dd of=broken/two_tower_good.onnx bs=1 conv=notrunc 2>/dev/null
check "a damaged baseline fails the gate" refused 1 'cannot be judged.*broken' \
    "$TWOTOWER" eval --run-id good --baseline ./broken
mv ml/artifacts/live live.away
check "before anything is active, nothing is compared" "$TWOTOWER" eval --run-id good --baseline active
mv live.away ml/artifacts/live
prep --run-id none --val-ratio 0 >/dev/null
nobody() { "$TWOTOWER" eval --run-id good --min-over-popularity 0 "$@"; }
check "nobody to judge fails the gate without any condition" refused 1 'cannot be judged.*nobody to judge on' nobody
check "nobody in common fails the gate" refused 1 'cannot be judged' nobody --baseline good
prep --run-id whole >/dev/null
check "--max-drop 1 is refused" refused 2 'max-drop' "$TWOTOWER" eval --run-id good --max-drop 1

# ---- Users as decisions
check "as decisions" "$TWOTOWER" eval --run-id good --as-decisions --min as_decisions.recall@20=0.01
check "it costs something, not all" expect json ml/artifacts/runs/good/metrics.json \
    "a = as_decisions" "a['recall@20']['before'] != a['recall@20']['after'] > 0.5*a['recall@20']['before']" \
    "abs(a.metrics['recall@20'] - a['recall@20']['after']) < 1e-6"

# ---- Videos that are held out
check "without held-out videos --cold is refused" refused 4 'cold_items.parquet' "$TWOTOWER" eval --run-id good --cold
check "prep holds videos out" prep --run-id cold --cold-ratio 0.1
check "and counts them" expect json $tables/summary.json "40 < cold.videos < 130" "cold.interactions.likes > 0"
whole_rows() {
    expect that train=$tables/interactions_train.parquet val=$tables/interactions_val.parquet \
        cold=$tables/interactions_cold.parquet items=$tables/cold_items.parquet users=$tables/user_features.parquet \
        "videos = {x.video_id for x in items}" "pairs = lambda rows: {(x.user_id, x.video_id) for x in rows}" \
        "[x for x in train if x.video_id in videos] == []" "len(cold) > 0" "{x.video_id for x in cold} <= videos" \
        "{p for p in pairs(val) if p[1] in videos} <= pairs(cold)" \
        "not any(set(u[f'{bag}_video_ids']) & videos for u in users for bag in ('liked', 'neutral', 'disliked'))"
}
check "no train row and no history knows them" whole_rows
check "a model that knew them is not judged on them" refused 3 'is not cold' "$TWOTOWER" eval --run-id good \
    --cold --train ml/data/processed/two_tower/runs/whole/interactions_train.parquet
# shellcheck disable=SC2086
"$TWOTOWER" train --epochs 12 $quick --run-id cold >/dev/null
check "eval --cold" "$TWOTOWER" eval --cold
check "cold videos are ranked better than by chance" expect json $metrics \
    "c = cold" "c.metrics['recall@20'] > 1.5*c.random['recall@20']" \
    "abs(c.random['recall@20'] - 20/c['items']) < 1e-9" "c.tag_count['recall@20'] > 0" \
    "c.intervals['recall@20'][0] > 0" "c.users > 100"
by_file() {
    expect value $tables/cold_items.parquet "'\n'.join(['video_id'] + [item.video_id for item in d])" >cold.csv &&
        prep --run-id named --cold cold.csv && cmp $tables/cold_items.parquet $tables/../cold/cold_items.parquet &&
        cmp $tables/interactions_train.parquet $tables/../cold/interactions_train.parquet
}
check "--cold FILE names the same videos" by_file
check "--cold-ratio 1 is refused" refused 2 'cold-ratio' prep --run-id x --cold-ratio 1
check "--cold and --cold-ratio exclude each other" refused 2 'exclude' prep --run-id x --cold cold.csv --cold-ratio 0.1
first() {
    "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 12 --run-id one --out-dir r/a \
        --data-dir r/d --skip-upsert
}
check "run" first
again() {
    "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 1 --teacher none --run-id two \
        --out-dir r/a --data-dir r/d --skip-upsert --min-over-popularity 0 --baseline active
}
check "run stops at a model that is worse than the active one" refused 1 'gate is not met' again
ten() {
    "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 1 --teacher none --run-id ten \
        --out-dir r/a --data-dir r/d --skip-upsert --min-over-popularity 0 --recall-k 10 --baseline latest
}
check "or than the one before, by the lists of 10" refused 1 'gate is not met' ten
check "which is what latest still leads to" expect json r/a/runs/ten/metrics.json \
    "baseline_diff.run_id == 'one'" "baseline_diff['recall@10']['drop_low'] > 0.05"
check "whose embeddings stay" expect json r/a/live/model_meta.json "run_id == 'one'"
check "no temporary is left" tidy .
finish
