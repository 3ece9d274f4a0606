#!/bin/sh
# SPDX-License-Identifier: MIT
# The files of a run folder: names, fields, and an inventory that is true.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >/dev/null
train() {
    GITHUB_SHA=0123abcd "$TWOTOWER" train --epochs 4 --teacher none --embedding-dim 32 --hidden-dim 64 --run-id m1 \
        >/dev/null
}
check "train" train
run=ml/artifacts/runs/m1

names() {
    for base in two_tower_m1.onnx two_tower_m1.pt user_tower.onnx item_tower.onnx user_embeddings.parquet \
        video_embeddings.parquet \
        model_meta.json feature_schema.json normalizer.json vocab_tag.json vocab_actress.json training.jsonl \
            summary.md \
        manifest.json checkpoint.safetensors; do
        [ -f $run/$base ] && [ ! -L $run/$base ] || { echo "no $base"; return 1; }
    done
    [ "$(readlink $run/two_tower_latest.pt)" = two_tower_m1.pt ] &&
        [ "$(readlink $run/two_tower_latest.onnx)" = two_tower_m1.onnx ]
}
check "every file is there" names
check "model_meta.json has every field" expect json $run/model_meta.json \
    "model_name == 'two_tower'" "format == 'two_tower.shared'" "run_id == 'm1'" "trained_at.endswith('Z')" \
    "git_commit == '0123abcd'" "input_schema_version == 2" "embedding_dim == 32" "hidden_dim == 64" \
    "use_price_feature is False" "tool_version" "options.epochs == '4'" "data_snapshot.prep_run_id == 'p1'" \
    "data_snapshot.source_csv == 'shop/reviews.csv'" "len(data_snapshot.inputs) == 4"
check "sizes of the vocabularies, segments and numbers agree" python3 "$root/tests/cli/run_folder.py" sizes $run
check "vocab_tag.json and vocab_actress.json name the model's own rows" \
    python3 "$root/tests/cli/run_folder.py" token_rows $run shop

true_inventory() { # every file but manifest.json, with its hash and size
    expect value $run/manifest.json "'\n'.join(f'{f.sha256}  {f.name}' for f in files)" >sums &&
        (cd $run && sha256sum -c --quiet "$work/sums") &&
        find $run -type f ! -name manifest.json -printf '%f %s\n' | LC_ALL=C sort >there &&
        expect value $run/manifest.json "'\n'.join(f'{f.name} {f.size}' for f in files)" | diff there -
}
check "manifest.json is true after train" true_inventory
check "manifest.json speaks of the run" expect json $run/manifest.json \
    "manifest_version == 1" "run.run_id == 'm1'" "run.git_commit == '0123abcd'" "'threshold_passed' not in run" \
    "all(set(f) == {'name','sha256','size','media_type'} for f in files)" \
    "[f.name for f in files] == sorted(f.name for f in files)"
check "summary.md says that nothing was evaluated" grep -q 'not evaluated yet' $run/summary.md
check "eval" "$TWOTOWER" eval --notes 'a note'
check "manifest.json is true after eval" true_inventory
check "manifest.json has the gate's answer" expect json $run/manifest.json "run.threshold_passed is True"
said() {
    cat $run/summary.md
    for line in '^# two_tower m1' '^- 4 epochs' '^- prep run p1, input shop/reviews.csv' '^- 240 users, 700 videos' \
        '^- train: [0-9.]* after the first of 4 epochs' \
        '^- validation: ' '^- recall@20 0\.' '^- notes: a note' 'gate: passed' '^- recall@20 0[.].*95 %: 0[.]' \
            '^## Gate' ': met' '^## Segments' '^- items warm: ' '^## Compared with the baseline' '^## Known limits'; do
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
unchanged() {
    cp $run/manifest.json before && echo x >$run/x.csv && "$TWOTOWER" manifest --dry-run --json $run >list &&
        cmp before $run/manifest.json && grep -q text/csv list
}
check "--dry-run writes nothing" unchanged
mkdir odd odd/folder
check "a folder in it is refused" refused 3 'odd/folder: is not a file' "$TWOTOWER" manifest odd
rmdir odd/folder
touch "odd/a name"
check "a name outside the grammar is refused" refused 3 'letters, digits' "$TWOTOWER" manifest odd
check "a folder that is not there is refused" refused 4 'none: cannot read' "$TWOTOWER" manifest none
check "one folder is expected" refused 2 'one folder' "$TWOTOWER" manifest
zip_is_whole() {
    python3 -m zipfile -t $run/two_tower_m1.pt && python3 -m zipfile -l $run/two_tower_m1.pt >zip.list &&
        expect text zip.list '^two_tower_m1/data.pkl ' '^two_tower_m1/version ' '^two_tower_m1/data/0 '
}
check "two_tower_m1.pt is a whole zip file" zip_is_whole
check "no temporary is left" tidy .
finish
