#!/bin/sh
# SPDX-License-Identifier: MIT
# eval: segments, held-out videos, users as decisions, an earlier model, and a gate that
# passes nothing it could not measure.
. tests/cli/lib.sh
cd "$work" || exit 1

json() { # FILE PYTHON-EXPRESSION over `d` (and `m`, its metrics): it must be true
    python3 -c "import json,sys; d=json.load(open(sys.argv[1])); m=d.get('metrics',{}); sys.exit(0 if ($2) else print(json.dumps(d)[:3000]) or 1)" "$1"
}
metrics=ml/artifacts/latest/metrics.json
tables=ml/data/processed/two_tower/latest
quick="--embedding-dim 32 --hidden-dim 64"

"$TWOTOWER" synth --out shop --users 300 --videos 800 --seed 5 >/dev/null
prep() { "$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv "$@"; }
prep --run-id whole >/dev/null
# shellcheck disable=SC2086
"$TWOTOWER" train --epochs 12 $quick --run-id good >/dev/null

check "eval" "$TWOTOWER" eval --json
check "every metric is there" json $metrics "all(m[f'{n}@{k}'] is not None for n in ('recall','recall_capped','map','ndcg','precision','hit_rate','mrr') for k in (10, 20)) and all(m[n] is not None for n in ('coverage@20','gini@20','novelty@20','auc','auc_user_mean','auc_explicit','auc_explicit_user_mean'))"
check "every metric at K has its interval" json $metrics "all(d['intervals'][n+'@20'][0] <= m[n+'@20'] <= d['intervals'][n+'@20'][1] for n in ('recall','recall_capped','map','ndcg','precision','hit_rate','mrr'))"
check "segments of videos hold every pair" json $metrics \
    "(lambda s: [x['name'] for x in s['items']] == ['warm','cold','new'] and s['items'][0]['pairs'] + s['items'][1]['pairs'] == sum(x['pairs'] for x in s['user_likes']) and s['items'][1]['pairs'] >= s['items'][2]['pairs'])(d['segments'])"
check "segments of users add up to all" json $metrics \
    "(lambda s: sum(x['users'] for x in s) == d['users'] and abs(sum(x['users']*(x['recall@20'] or 0) for x in s)/d['users'] - m['recall@20']) < 1e-9)(d['segments']['user_likes'])"
check "the ten makers with the most pairs" json $metrics \
    "(lambda s: 0 < len(s) <= 10 and [x['pairs'] for x in s] == sorted((x['pairs'] for x in s), reverse=True) and all(x['intervals']['map@20'][0] <= x['map@20'] <= x['intervals']['map@20'][1] for x in s))(d['segments']['maker'])"
check "no baseline is null, and seconds are told" json $metrics "d['baseline_diff'] is None and d['seconds']['total'] > 0"

same_by_threads() {
    for threads in 1 2 5; do
        "$TWOTOWER" eval --threads $threads --as-decisions --baseline good >/dev/null || return 1
        python3 -c "
import json,sys
d=json.load(open(sys.argv[1])); del d['seconds'], d['evaluated_at']
print(json.dumps(d))" $metrics >threads$threads.json || return 1
    done
    cmp threads1.json threads2.json && cmp threads1.json threads5.json
}
check "threads change no figure" same_by_threads

# ---- An earlier model
check "a model has not dropped from itself" "$TWOTOWER" eval --baseline good --max-drop 0
check "the difference is nothing" json $metrics "d['threshold_passed'] and all((lambda c: c['users'] == d['users'] and c['before'] == c['after'] and abs(c['after'] - m[n]) < 1e-6 and c['difference'] == c['drop'] == c['least_drop'] == 0 and c['interval'] == [0, 0])(d['baseline_diff'][n]) for n in ('recall@20','map@20','auc_user_mean')) and d['baseline_diff']['run_id'] == 'good'"
"$TWOTOWER" embed users --db-url file:shop --min-interactions 1 --skip-upsert >/dev/null
# Another embedding length, vocabulary and history than the baseline's.
"$TWOTOWER" train --epochs 1 --embedding-dim 16 --hidden-dim 16 --run-id bad >/dev/null
over="--min-over-popularity 0"
# shellcheck disable=SC2086
check "a worse model fails the gate" refused 1 'gate is not met' "$TWOTOWER" eval --baseline good $over
check "by a drop that is certain" json $metrics "not d['threshold_passed'] and (lambda c: c['interval'][1] < 0 and c['drop'] > c['least_drop'] > 0.05 and abs(c['after'] - m['recall@20']) < 1e-6)(d['baseline_diff']['recall@20'])"
check "and one of the AUC" json $metrics "(lambda c: c['before'] > c['after'] and abs(c['after'] - m['auc_user_mean']) < 1e-6 and c['interval'][1] < 0 < c['least_drop'] < c['drop'])(d['baseline_diff']['auc_user_mean']) and [c['passed'] for c in d['gate'] if c['condition'].startswith('auc_user_mean')] in ([False], [True])"
# shellcheck disable=SC2086
check "active is the run that was embedded" refused 1 'gate is not met' "$TWOTOWER" eval --baseline active $over
check "and not the run that latest names" json $metrics "d['baseline_diff']['run_id'] == 'good' and d['run_id'] == 'bad'"
# shellcheck disable=SC2086
check "a larger drop may be allowed" "$TWOTOWER" eval --baseline ml/artifacts/runs/good --max-drop 0.99 $over
check "the better model passes against the worse" "$TWOTOWER" eval --run-id good --baseline bad --max-drop 0
check "a baseline that is missing fails the gate" refused 1 'gate is not met' "$TWOTOWER" eval --run-id good --baseline nobody
check "and says why" json ml/artifacts/runs/good/metrics.json "not d['threshold_passed'] and 'runs/nobody' in d['baseline_diff']['error']"
mkdir broken && cp ml/artifacts/runs/good/two_tower_good.onnx broken/ && printf 'XXXX' | dd of=broken/two_tower_good.onnx bs=1 conv=notrunc 2>/dev/null
check "a damaged baseline fails the gate" refused 1 'gate is not met' "$TWOTOWER" eval --run-id good --baseline ./broken
mv ml/artifacts/live live.away
check "no active model fails the gate" refused 1 'gate is not met' "$TWOTOWER" eval --run-id good --baseline active
mv live.away ml/artifacts/live
prep --run-id none --val-ratio 0 >/dev/null
nobody() { "$TWOTOWER" eval --run-id good --min-over-popularity 0 "$@"; }
check "nobody to judge fails the gate without any condition" refused 1 'gate is not met' nobody
check "nobody in common fails the gate" refused 1 'gate is not met' nobody --baseline good
prep --run-id whole >/dev/null
check "--max-drop 1 is refused" refused 2 'max-drop' "$TWOTOWER" eval --run-id good --max-drop 1

# ---- Users as decisions
check "as decisions" "$TWOTOWER" eval --run-id good --as-decisions --min as_decisions.recall@20=0.01
check "it costs something, not all" json ml/artifacts/runs/good/metrics.json "(lambda a: a['recall@20']['before'] != a['recall@20']['after'] > 0.5*a['recall@20']['before'] and abs(a['metrics']['recall@20'] - a['recall@20']['after']) < 1e-6)(d['as_decisions'])"

# ---- Videos that are held out
check "without held-out videos --cold is refused" refused 4 'cold_items.parquet' "$TWOTOWER" eval --run-id good --cold
check "prep holds videos out" prep --run-id cold --cold-ratio 0.1
check "and counts them" json $tables/summary.json "40 < d['cold']['videos'] < 130 and d['cold']['interactions']['likes'] > 0"
dump="$root/${BUILD:-build}/tests/parquet_dump"
case ${BUILD:-build} in /*) dump="$BUILD/tests/parquet_dump" ;; esac
whole_rows() {
    for table in interactions_train interactions_val interactions_cold cold_items user_features; do
        "$dump" $tables/$table.parquet >$table.jsonl || return 1
    done
    python3 -c "
import json
r=lambda f:list(map(json.loads,open(f+'.jsonl')))
cold={x['video_id'] for x in r('cold_items')}; k=lambda t:{(x['user_id'],x['video_id']) for x in r(t)}
assert not any(v in cold for _,v in k('interactions_train'))
rows=k('interactions_cold'); assert rows and all(v in cold for _,v in rows)
assert {p for p in k('interactions_val') if p[1] in cold} <= rows
assert not any(set(u[b+'_video_ids']) & cold for u in r('user_features') for b in ('liked','neutral','disliked'))"
}
check "no train row and no history knows them" whole_rows
check "a model that knew them is not judged on them" refused 3 'is not cold' "$TWOTOWER" eval --run-id good --cold --train ml/data/processed/two_tower/runs/whole/interactions_train.parquet
# shellcheck disable=SC2086
"$TWOTOWER" train --epochs 12 $quick --run-id cold >/dev/null
check "eval --cold" "$TWOTOWER" eval --cold
check "cold videos are ranked better than by chance" json $metrics "(lambda c: c['metrics']['recall@20'] > 1.5*c['random']['recall@20'] and abs(c['random']['recall@20'] - 20/c['items']) < 1e-9 and c['tag_count']['recall@20'] > 0 and c['intervals']['recall@20'][0] > 0 and c['users'] > 100)(d['cold'])"
by_file() {
    python3 -c "
import json
print('video_id')
for l in open('cold_items.jsonl'): print(json.loads(l)['video_id'])" >cold.csv &&
        prep --run-id named --cold cold.csv && cmp $tables/cold_items.parquet $tables/../cold/cold_items.parquet &&
        cmp $tables/interactions_train.parquet $tables/../cold/interactions_train.parquet
}
check "--cold FILE names the same videos" by_file
check "--cold-ratio 1 is refused" refused 2 'cold-ratio' prep --run-id x --cold-ratio 1
check "--cold and --cold-ratio exclude each other" refused 2 'exclude' prep --run-id x --cold cold.csv --cold-ratio 0.1
first() { "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 12 --run-id one --out-dir r/a --data-dir r/d --skip-upsert; }
check "run" first
again() { "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 1 --run-id two --out-dir r/a --data-dir r/d --skip-upsert --min-over-popularity 0 --baseline active; }
check "run stops at a model that is worse than the active one" refused 1 'gate is not met' again
ten() { "$TWOTOWER" run --db-url file:shop --input shop/reviews.csv --epochs 1 --run-id ten --out-dir r/a --data-dir r/d --skip-upsert --min-over-popularity 0 --recall-k 10 --baseline latest; }
check "or than the one before, by the lists of 10" refused 1 'gate is not met' ten
check "which is what latest still leads to" json r/a/runs/ten/metrics.json "d['baseline_diff']['run_id'] == 'one' and d['baseline_diff']['recall@10']['least_drop'] > 0.05"
check "whose embeddings stay" json r/a/live/model_meta.json "d['run_id'] == 'one'"
check "no temporary is left" tidy .
finish
