#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# What the first documents of the project let people type: a release is fetched where it was trained, and
# activating moves the artifact store and the database together.
. tests/cli/lib.sh
. tests/cli/expect.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY SUPABASE_URL TWOTOWER_ENVIRONMENT TWOTOWER_STORAGE_URL TWOTOWER_DB_URL
cd "$work" || exit 1

tt() { "$TWOTOWER" "$@" --quiet; }
make_run() { # ID: trained, judged, embedded, uploaded
    tt train --epochs 2 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id "$1" >/dev/null &&
        tt eval --run-id "$1" --min-over-popularity 0 >/dev/null &&
        tt embed videos --db-url file:shop --artifacts-dir "ml/artifacts/runs/$1" --run-id "v$1" &&
        tt embed users --db-url file:shop --artifacts-dir "ml/artifacts/runs/$1" --min-interactions 1
}
sync() { tt sync videos --db-url file:shop --skip-ingest; }
tt synth --out shop --users 60 --videos 200 >/dev/null
tt prep --db-url file:shop --input shop/reviews.csv >/dev/null 2>&1
# The train line of the documents: a batch of pairs, of which users are few.
line="--embedding-dim 16 --hidden-dim 16 --epochs 8 --batch-size 1024"
buckets="--max-tag-features 4096 --max-performer-features 1024"
check "hashed features say which recipe has them" refused 2 'needs --recipe mlp.* counts pairs.* counts users' \
    "$TWOTOWER" train $line $buckets
check "with that recipe the line works" tt train --recipe mlp $line $buckets --run-id line
few() { tt train $line --run-id few 2>few.err >/dev/null && grep '1024 users make 8 steps in all' few.err; }
check "a training of 8 steps warns" few
plain() { tt train --embedding-dim 16 --epochs 8 --run-id few 2>few.err >/dev/null && ! grep 'steps in all' few.err; }
check "without a batch size it does not" plain
check "run A" make_run A

# ---- The drop gate: a first run has nothing to be compared with -----------------------------------
rm -r ml/artifacts/live && mv ml/artifacts/latest first
check "the first run has no baseline" tt eval --run-id A --min-over-popularity 0 --baseline active
check "the condition is left out, and says why" expect json ml/artifacts/runs/A/metrics.json "threshold_passed" \
    "c = [c for c in gate if 'dropped' in c.condition]" "len(c) >= 2" \
    "all(x.verdict == 'left out' and 'no earlier run' in x.why for x in c)"
check "nor is there a latest" tt eval --run-id A --min-over-popularity 0 --baseline latest
check "a named baseline that is missing still fails" refused 1 'cannot be judged.*runs/nobody' \
    "$TWOTOWER" eval --run-id A --min-over-popularity 0 --baseline nobody
mv first ml/artifacts/latest
tt eval --run-id A --min-over-popularity 0 >/dev/null

# ---- Fetch where it was trained ------------------------------------------------------------------
folder=ml/artifacts/runs/A
echo "# notes of the release" >notes.md
check "upload with notes" tt publish upload --summary notes.md
check "activate" tt publish activate --db-url file:shop
check "fetch" tt publish fetch
check "its summary is the published one" cmp notes.md $folder/summary.md
check "its checkpoint and embeddings are still here" test -f $folder/video_embeddings.parquet
cp $folder/metrics.json published.json
check "judged once more" tt eval --min-over-popularity 0 --notes again
check "the nightly job" sync
check "the metrics are the published ones" cmp published.json $folder/metrics.json
check "the run can be uploaded again" tt publish upload
echo x >>$folder/normalizer.json
check "another model under its name is refused" refused 8 'is not the run that is released' "$TWOTOWER" publish fetch
rm -r $folder && tt publish fetch >/dev/null

# ---- Both sides ----------------------------------------------------------------------------------
active() { # RUN NUMBER: the release of the store
    expect json shop/active_release.json "production.model_version == '$1'" "production.sequence == $2"
}
log_is() { expect json ml/store/two_tower/latest/manifest.json "current.run_id == '$1'" "sequence == $2"; } # RUN NUMBER
check "run B" make_run B
check "upload of B" tt publish upload --run-id B
nowhere=postgresql://nobody@127.0.0.1:1/none
check "a database that is not reached: nothing moves" refused 5 . env REMOTE_DATABASE_URL=$nowhere "$TWOTOWER" \
    publish activate --run-id B
check "the log is at A" log_is A 1
check "--storage-only leaves the store" env TWOTOWER_DB_URL=file:shop "$TWOTOWER" publish activate --run-id B \
    --storage-only
check "which is at A" active A 1
check "the log is at B" log_is B 2
check "the nightly job moves the store forward" sync
check "to B" active B 2
check "rollback takes the store of the environment" env TWOTOWER_DB_URL=file:shop "$TWOTOWER" publish rollback
check "both are at A" active A 3
check "the log too" log_is A 3
python3 "$root/tests/make_data.py" release shop model_version '"B"'
check "any other difference stops the nightly job" refused 8 'release 3 is version B .* run A ' sync
check "activate puts both right" tt publish activate --run-id B --db-url file:shop
check "at B" active B 4
check "list names its store" sh -c '"$0" publish list | head -1 | grep -x file:ml/store' "$TWOTOWER"
finish
