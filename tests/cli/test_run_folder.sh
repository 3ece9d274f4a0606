#!/bin/sh
# SPDX-License-Identifier: MIT
# The files of a run folder: names, fields, and an inventory that is true.
. tests/cli/lib.sh
cd "$work" || exit 1

json() { # FILE PYTHON-EXPRESSION over `d`: it must be true
    python3 -c "import json,sys; d=json.load(open(sys.argv[1])); sys.exit(0 if ($2) else print(json.dumps(d)[:2000]) or 1)" "$1"
}
"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >/dev/null
train() { GITHUB_SHA=0123abcd "$TWOTOWER" train --epochs 4 --embedding-dim 32 --hidden-dim 64 --run-id m1 >/dev/null; }
check "train" train
run=ml/artifacts/runs/m1

names() {
    for base in two_tower_m1.onnx two_tower_m1.pt user_tower.onnx item_tower.onnx user_embeddings.parquet video_embeddings.parquet \
        model_meta.json feature_schema.json normalizer.json vocab_tag.json vocab_actress.json training.jsonl summary.md \
        manifest.json checkpoint.safetensors; do
        [ -f $run/$base ] && [ ! -L $run/$base ] || { echo "no $base"; return 1; }
    done
    [ "$(readlink $run/two_tower_latest.pt)" = two_tower_m1.pt ] && [ "$(readlink $run/two_tower_latest.onnx)" = two_tower_m1.onnx ]
}
check "every file is there" names
check "model_meta.json has every field" json $run/model_meta.json \
    "d['model_name'] == 'two_tower' and d['format'] == 'two_tower.shared' and d['run_id'] == 'm1' and d['trained_at'].endswith('Z') and d['git_commit'] == '0123abcd' and d['input_schema_version'] == 1 and d['embedding_dim'] == 32 and d['hidden_dim'] == 64 and d['use_price_feature'] is False and d['tool_version'] and d['options']['epochs'] == '4' and d['data_snapshot']['prep_run_id'] == 'p1' and d['data_snapshot']['source_csv'] == 'shop/reviews.csv' and len(d['data_snapshot']['inputs']) == 4"
sizes() {
    python3 - $run <<'PY'
import json, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
meta, schema, normal = read("model_meta"), read("feature_schema"), read("normalizer")
tags, people = read("vocab_tag"), read("vocab_actress")
assert meta["tag_vocab_size"] == meta["preferred_tag_vocab_size"] == len(tags["tokens"]) == tags["size"] > 50
assert meta["performer_vocab_size"] == len(people["tokens"]) == people["size"] > 50
table = schema["table"]["id_rows"] + schema["table"]["token_rows"]
for tower, bags in (("user", ["liked", "neutral", "disliked"]), ("item", ["item"])):
    features, at = schema[f"{tower}_features"], 0
    assert [s["name"] for s in features["segments"]] == bags + ["numerics"]
    for segment in features["segments"]:
        assert segment["offset"] == at and segment["size"] == (table if segment["type"] == "bag" else len(normal[tower]))
        at += segment["size"]
    assert at == features["size"] == meta[f"{tower}_feature_dim"]
    assert [(n["name"], n["form"]) for n in features["numerics"]] == [(n["name"], n["form"]) for n in normal[tower]]
    assert all(n["std"] > 0 and isinstance(n["mean"], float) for n in normal[tower])
    assert len(normal[tower]) >= 2
for vocabulary in (tags, people):
    rows = [t["row"] for t in vocabulary["tokens"]]
    assert rows == sorted(rows) and schema["table"]["id_rows"] <= rows[0] and rows[-1] < table
assert not {t["row"] for t in tags["tokens"]} & {t["row"] for t in people["tokens"]}
PY
}
check "sizes of the vocabularies, segments and numbers agree" sizes
# The row of a token is what the model itself finds: its hash's place in the key list.
rows() {
    python3 - $run shop <<'PY'
import csv, json, sys
def murmur(data, seed):
    mask, h = 0xffffffff, seed
    mix = lambda k: (((k * 0xcc9e2d51 & mask) << 15 | (k * 0xcc9e2d51 & mask) >> 17) & mask) * 0x1b873593 & mask
    for i in range(0, len(data) // 4 * 4, 4):
        h ^= mix(int.from_bytes(data[i:i + 4], "little"))
        h = ((h << 13 | h >> 19) & mask) * 5 + 0xe6546b64 & mask
    if len(data) % 4:
        h ^= mix(int.from_bytes(data[len(data) // 4 * 4:], "little"))
    h ^= len(data)
    h = (h ^ h >> 16) * 0x85ebca6b & mask
    h = (h ^ h >> 13) * 0xc2b2ae35 & mask
    return h ^ h >> 16
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
schema = read("feature_schema")
onnx = open(f"{sys.argv[1]}/two_tower_m1.onnx", "rb").read()
key = b"twotower.token_keys"
assert onnx.count(key) == 1
n = 8 * schema["table"]["token_rows"]
at = onnx.index(key) + len(key)
at = next(i for i in range(at, at + 16) if all(c in b"0123456789abcdef" for c in onnx[i:i + n]))
keys = [int(onnx[i:i + 8], 16) for i in range(at, at + n, 8)]
assert keys == sorted(keys)
place = {k: i + schema["table"]["id_rows"] for i, k in enumerate(keys)}
for name, table, column in (("vocab_tag", "video_tags", 1), ("vocab_actress", "video_performers", 1)):
    vocabulary = read(name)
    hashed = lambda token: murmur(f"{vocabulary['space']}\x1f{token}".encode(), schema["hash"]["seed"])
    assert all(place[hashed(t["token"])] == t["row"] for t in vocabulary["tokens"])
    with open(f"{sys.argv[2]}/{table}.csv") as file:
        there = {list(r.values())[column] for r in csv.DictReader(file)}
    assert {t["token"] for t in vocabulary["tokens"]} == {t for t in there if hashed(t) in place}
PY
}
check "vocab_tag.json and vocab_actress.json name the model's own rows" rows

true_inventory() { # every file but manifest.json, with its hash and size
    python3 -c "
import json,sys
for f in json.load(open('$run/manifest.json'))['files']: print(f['sha256']+'  '+f['name'])" >sums &&
        (cd $run && sha256sum -c --quiet "$work/sums") &&
        find $run -type f ! -name manifest.json -printf '%f %s\n' | LC_ALL=C sort >there &&
        python3 -c "
import json
for f in json.load(open('$run/manifest.json'))['files']: print(f['name'],f['size'])" | diff there -
}
check "manifest.json is true after train" true_inventory
check "manifest.json speaks of the run" json $run/manifest.json \
    "d['manifest_version'] == 1 and d['run']['run_id'] == 'm1' and d['run']['git_commit'] == '0123abcd' and 'threshold_passed' not in d['run'] and all(set(f) == {'name','sha256','size','media_type'} for f in d['files']) and [f['name'] for f in d['files']] == sorted(f['name'] for f in d['files'])"
check "summary.md says that nothing was evaluated" grep -q 'not evaluated yet' $run/summary.md
check "eval" "$TWOTOWER" eval --notes 'a note'
check "manifest.json is true after eval" true_inventory
check "manifest.json has the gate's answer" json $run/manifest.json "d['run']['threshold_passed'] is True"
said() {
    cat $run/summary.md
    for line in '^# two_tower m1' '^- 4 epochs' '^- prep run p1, input shop/reviews.csv' '^- 240 users, 700 videos' '^- train: [0-9.]* after the first of 4 epochs' \
        '^- validation: ' '^- recall@20 0\.' '^- notes: a note' 'gate: passed' '^- recall@20 0[.].*95 %: 0[.]' '^## Gate' ': met' '^## Segments' '^- items warm: ' '^## Compared with the baseline' '^## Known limits'; do
        grep -q -e "$line" $run/summary.md || { echo "no $line"; return 1; }
    done
}
check "summary.md has conditions, data, loss, metrics and limits" said
check "training.jsonl has an epoch a line" sh -c "[ \$(wc -l <$run/training.jsonl) = 4 ]"

echo '{"made": "by hand"}' >$run/more.json
differs() { ! true_inventory >/dev/null; }
check "a file that came later is not in it" differs
check "twotower manifest" "$TWOTOWER" manifest $run
check "manifest.json is true again" true_inventory
listed() { "$TWOTOWER" manifest --dry-run $run >list && (cd $run && sha256sum -c --quiet "$work/list"); }
check "--dry-run prints what sha256sum checks" listed
unchanged() { cp $run/manifest.json before && echo x >$run/x.csv && "$TWOTOWER" manifest --dry-run --json $run >list && cmp before $run/manifest.json && grep -q text/csv list; }
check "--dry-run writes nothing" unchanged
mkdir odd odd/folder
check "a folder in it is refused" refused 3 'odd/folder: is not a file' "$TWOTOWER" manifest odd
rmdir odd/folder
touch "odd/a name"
check "a name outside the grammar is refused" refused 3 'letters, digits' "$TWOTOWER" manifest odd
check "a folder that is not there is refused" refused 4 'none: cannot read' "$TWOTOWER" manifest none
check "one folder is expected" refused 2 'one folder' "$TWOTOWER" manifest
zip_is_whole() { python3 -c "
import zipfile
z=zipfile.ZipFile('$run/two_tower_m1.pt'); assert z.testzip() is None
assert {'two_tower_m1/data.pkl','two_tower_m1/version','two_tower_m1/data/0'} <= set(z.namelist())"; }
check "two_tower_m1.pt is a whole zip file" zip_is_whole
check "no temporary is left" tidy .
finish
