#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# A release step by step: upload, check, activate, verify, roll back, on a folder and on a Storage
# server; environments, signatures, pruning, provenance.  TEST_STORAGE_URL and TEST_STORAGE_KEY name
# a real server beside (its bucket `models` is made, and written below a prefix of its own).
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/cli/storage.sh
cd "$work" || exit 1

publish() { "$TWOTOWER" publish "$@"; }

"$TWOTOWER" synth --out shop --users 300 --videos 400 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >/dev/null 2>&1
for n in 1 2 3 4 5; do
    "$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id r$n --seed $n >/dev/null
    "$TWOTOWER" eval --run-id r$n --min-over-popularity 0 --quiet >/dev/null
done
"$TWOTOWER" eval --run-id r4 --min recall@20=0.99 >/dev/null 2>&1
"$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id unjudged >/dev/null

release() { # NAME: the steps of a release; TWOTOWER_STORAGE_URL is set
    on="$1:"
    for n in 1 2 3; do
        check "$on upload of r$n" publish upload --run-id r$n
        if [ $n = 1 ]; then
            check "$on nothing is active before the first activation" refused 3 'nothing is active in production' \
                "$TWOTOWER" publish fetch --artifacts-root "$1"
        else
            check "$on fetch while r$n is only uploaded" publish fetch --artifacts-root "$1"
            check "$on a reader still has the run before" test "$(readlink "$1/latest")" = runs/r$((n - 1))
        fi
        check "$on the uploaded run verifies" publish verify --run-id r$n
        check "$on a draft of its manifest" sh \
            -c '"$0" publish activate --dry-run --run-id r'$n' >draft.json' "$TWOTOWER"
        check "$on names what will be" expect json draft.json \
            "changed is False" "sequence == $n" "current.onnx_path.endswith('/r$n/two_tower_r$n.onnx')"
        check "$on activate r$n" publish activate --run-id r$n --release-notes "notes of r$n"
        check "$on fetch r$n" publish fetch --artifacts-root "$1"
        check "$on a reader has r$n" test "$(readlink "$1/latest")" = runs/r$n
    done
    for file in two_tower_r3.onnx two_tower_r3.pt model_meta.json metrics.json summary.md; do
        check "$on $file is the one that was trained" cmp "$1/runs/r3/$file" ml/artifacts/runs/r3/$file
    done
    check "$on no checkpoint and no embeddings are uploaded" sh -c "! ls $1/runs/r3 | grep -E 'safetensors|parquet'"
    check "$on the record has the seeds' fields" expect json "$1/release.production.json" \
        "model_name == 'two_tower'" "sequence == 3" "release_notes == 'notes of r3'" "forced == []" \
        "current.run_id == 'r3'" "current.onnx_path.endswith('/r3/two_tower_r3.onnx')" \
        "current.meta_path.endswith('/r3/model_meta.json')" "current.metrics_path.endswith('/r3/metrics.json')" \
        "[p.run_id for p in previous] == ['r2', 'r1']" "previous[0].onnx_path.endswith('/r2/two_tower_r2.onnx')"
    check "$on what was fetched embeds" "$TWOTOWER" embed videos --db-url file:shop --artifacts-dir "$1/latest" \
        --dry-run
    check "$on activate again changes nothing" sh -c '"$0" publish activate --run-id r3 --json >again.json' "$TWOTOWER"
    check "$on and says so" expect json again.json "changed is False" "sequence == 3"
    check "$on upload again sends nothing" sh -c '"$0" publish upload --run-id r3 --json >again.json' "$TWOTOWER"
    check "$on and says so" expect json again.json "sent == 0"
    check "$on rollback" publish rollback
    check "$on rollback once more goes further back" publish rollback
    check "$on fetch after it" publish fetch --artifacts-root "$1"
    check "$on a reader has r1 again" expect json "$1/release.production.json" \
        "sequence == 5" "current.run_id == 'r1'" "[p.run_id for p in previous] == ['r2', 'r3']"
    check "$on there is nothing before r1" refused 3 'no earlier run' "$TWOTOWER" publish rollback
    check "$on rollback to a run that was never current" refused 3 'never current' "$TWOTOWER" publish rollback \
        --run-id r5
    check "$on a run whose gate failed: upload" publish upload --run-id r4
    check "$on a run whose gate failed is not activated" refused 1 'did not pass its gate' "$TWOTOWER" publish \
        activate --run-id r4
    check "$on --force activates it" publish activate --run-id r4 --force --environment staging
    check "$on fetch from staging" publish fetch --environment staging --artifacts-root "$1-staging"
    check "$on and the record says that it was forced" expect json "$1-staging/release.staging.json" \
        "len(forced) == 1" "'gate' in forced[0]" "environment == 'staging'" "sequence == 1"
    check "$on a run that was not judged is not uploaded" refused 3 'no metrics.json' "$TWOTOWER" publish upload \
        --run-id unjudged
    check "$on a run that is not there is not activated" refused 3 'not in the store' "$TWOTOWER" publish activate \
        --run-id none
    check "$on upload of r5" publish upload --run-id r5
    check "$on list" sh -c '"$0" publish list --json >list.json' "$TWOTOWER"
    check "$on list knows what is what" expect json list.json \
        "[r.run_id for r in runs] == ['r1', 'r2', 'r3', 'r4', 'r5'] and all(r.whole for r in runs)" \
        "[r.current for r in runs] == [['production'], [], [], ['staging'], []]" \
        "[r.previous for r in runs] == [[], ['production'], ['production'], [], []]"
    check "$on prune keeps what releases name" publish prune --keep 3
    check "$on list after it" sh -c '"$0" publish list --json >list.json' "$TWOTOWER"
    check "$on nothing was removed" expect json list.json "len(runs) == 5"
    check "$on activate r5" publish activate --run-id r5
    check "$on activate r4 by force" publish activate --run-id r4 --force
    check "$on prune --dry-run" sh -c '"$0" publish prune --dry-run --json >prune.json' "$TWOTOWER"
    check "$on prune" sh -c '"$0" publish prune --json >pruned.json' "$TWOTOWER"
    check "$on the oldest runs that no release names left" expect that pruned=pruned.json draft=prune.json \
        "pruned.removed == draft.removed == ['r2']"
    check "$on the current run verifies" publish verify
    check "$on a run that was pruned cannot come back" refused 3 'not in the store' "$TWOTOWER" publish rollback \
        --run-id r2
    check "$on another model under a run id of the store" refused 8 'never changed' "$TWOTOWER" publish upload \
        --run-id r5 --artifacts-root altered
    check "$on the mirror" publish activate --run-id r4 --mirror
    check "$on reconcile has nothing to do" sh -c '"$0" publish reconcile --json >rec.json' "$TWOTOWER"
    check "$on and says so" expect json rec.json "pointers_written == 0"
}
# The run r5 with another model in it.
mkdir -p altered/runs && cp -r ml/artifacts/runs/r5 altered/runs/r5 && echo ' ' >>altered/runs/r5/normalizer.json
"$TWOTOWER" manifest altered/runs/r5 >/dev/null

TWOTOWER_STORAGE_URL=file:store
export TWOTOWER_STORAGE_URL
release folder
check "folder: no temporary is left" tidy store

unpacked() { # as from a zip archive, which follows links
    mkdir -p unpacked/runs && cp -rL ml/artifacts/runs/r1 unpacked/runs/r1 &&
        publish upload --run-id r1 --artifacts-root unpacked --storage-url file:other &&
        publish activate --run-id r1 --storage-url file:other &&
            publish fetch --storage-url file:other --artifacts-root fetched &&
        test -L fetched/latest/two_tower_latest.onnx && cmp fetched/latest/two_tower_latest.onnx \
            ml/artifacts/runs/r1/two_tower_r1.onnx
}
check "a run that was in an archive" unpacked

# ---- The mirror, the web ---------------------------------------------------------------------
served() { # a folder, by a web server that can do nothing else
    python3 -m http.server -d "$1" --bind 127.0.0.1 0 >web.log 2>&1 &
    web_pid=$!
    trap 'kill $web_pid $storage_pid 2>/dev/null; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
    until grep -q 'port [0-9]' web.log; do kill -0 $web_pid || return 1; sleep 0.05; done
    web=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' web.log | head -1)
}
storage_pid=""
PYTHONUNBUFFERED=1 && export PYTHONUNBUFFERED
served store
fixed_names() {
    (cd store/two_tower && cmp current/two_tower_latest.onnx r4/two_tower_r4.onnx &&
        cmp current/two_tower_latest.pt r4/two_tower_r4.pt && cmp current/metrics-latest.json r4/metrics.json &&
        cmp current/manifest.json r4/manifest.json && cmp current/release.json latest/manifest.json)
}
check "mirror: the fixed names" fixed_names
check "https: a pointer and what it names" publish fetch --storage-url "$web" --artifacts-root web
check "https: the run is here" test "$(readlink web/latest)" = runs/r4
check "https: metrics-latest.json is here" cmp web/latest/metrics-latest.json store/two_tower/r4/metrics.json
check "https: cannot be written" refused 2 'can be read only' "$TWOTOWER" publish upload --run-id r2 \
    --storage-url "$web"
mirrored() { # URL ROOT OPTION...
    base=$1 into=$2
    shift 2
    env -u TWOTOWER_STORAGE_URL MODEL_ARTIFACT_BASE_URL="$base" "$TWOTOWER" publish fetch --artifacts-root "$into" "$@"
}
check "MODEL_ARTIFACT_BASE_URL: the mirror" mirrored "$web/two_tower/current" mirrored
check "MODEL_ARTIFACT_BASE_URL: the run is here" test "$(readlink mirrored/latest)" = runs/r4
check "MODEL_ARTIFACT_BASE_URL: a served run folder" mirrored "$web/two_tower/r5" plain --unreleased
check "MODEL_ARTIFACT_BASE_URL: which nobody takes without asking for it" refused 3 'merely served.* --unreleased' \
    mirrored "$web/two_tower/r5" plainer
check "MODEL_ARTIFACT_BASE_URL: nothing of it is here" test ! -e plainer
check "MODEL_ARTIFACT_BASE_URL: which is a step back for who knows releases" refused 8 'is behind' mirrored \
    "$web/two_tower/r5" mirrored
check "MODEL_ARTIFACT_BASE_URL: whoever asks for it" refused 8 'is behind' mirrored "$web/two_tower/r5" mirrored \
    --unreleased
cp store/two_tower/r5/manifest.json store/two_tower/current/manifest.json
check "MODEL_ARTIFACT_BASE_URL: a mirror caught in the middle" refused 3 'SHA-256' mirrored "$web/two_tower/current" \
    middle
check "a name that leads outside" refused 2 'prefix' "$TWOTOWER" publish list --prefix ../x
check "a run id that leads outside" refused 2 'no run id' "$TWOTOWER" publish verify --run-id ../x
check "plain http goes to this machine only" refused 2 'https' "$TWOTOWER" publish fetch \
    --storage-url http://example.com/x
kill $web_pid
if command -v openssl >/dev/null; then # TLS is verified: by name and by authority
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt -days 2 \
        -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1
    python3 "$root/tests/servers/web_tls.py" store tls.crt tls.key >tls.port 2>/dev/null &
    web_pid=$!
    until [ -s tls.port ]; do kill -0 $web_pid || break; sleep 0.05; done
    tls() {
        SSL_CERT_FILE=$1 "$TWOTOWER" publish fetch --storage-url "https://$2:$(cat tls.port)" --artifacts-root tls
    }
    check "TLS: a certificate of nobody's is refused" refused 6 'certificate' "$TWOTOWER" publish fetch \
        --storage-url "https://localhost:$(cat tls.port)" --artifacts-root tls
    check "TLS: another name is refused" refused 6 'certificate|subject name|no alternative' tls tls.crt 127.0.0.1
    check "TLS: a known authority and the right name" tls tls.crt localhost
    kill $web_pid
fi

# ---- The folder's own dangers -----------------------------------------------------------------
mkdir outside && ln -s ../outside store/linked
check "a link in the store is not followed" refused 4 'link' "$TWOTOWER" publish upload --run-id r1 --prefix linked
check "and nothing came outside" test -z "$(ls outside)"
small() { (ulimit -f 20 && "$TWOTOWER" publish upload --run-id r1 --storage-url file:small); }
check "a disk that is full in the middle of an upload" refused 4 'raise the limit|free some space' small
check "leaves nothing that is not whole" tidy small
check "and the upload goes on when there is room" publish upload --run-id r1 --storage-url file:small
narrow() { (ulimit -f 20 && "$TWOTOWER" publish fetch --artifacts-root narrow); }
check "a disk that is full in the middle of a fetch" refused 4 'raise the limit|free some space' narrow
check "leaves no run and no temporary" sh -c '! ls narrow/latest narrow/runs/* 2>/dev/null'

# ---- The database follows ----------------------------------------------------------------------
follow() { publish activate --run-id "$1" --storage-url file:followed --db-url file:shop; }
publish upload --run-id r1 --storage-url file:followed >/dev/null
publish upload --run-id r2 --storage-url file:followed >/dev/null
check "a run whose embeddings are not in the store is not activated" refused 3 'have no embedding of run r1' follow r1
for n in 1 2; do
    "$TWOTOWER" embed videos --db-url file:shop --artifacts-dir ml/artifacts/runs/r$n --run-id s$n >/dev/null
    "$TWOTOWER" embed users --db-url file:shop --artifacts-dir ml/artifacts/runs/r$n --min-interactions 1 >/dev/null
done
check "activate r1 with its store" follow r1
check "the store's release is r1" expect json shop/active_release.json \
    "production.model_version == 'r1'" "production.sequence == 1"
check "activate r2 in the log alone" publish activate --run-id r2 --storage-url file:followed
check "reconcile moves the store forward" publish reconcile --storage-url file:followed --db-url file:shop
check "the store's release is r2" expect json shop/active_release.json \
    "production.model_version == 'r2'" "production.sequence == 2"
check "verify compares both" publish verify --storage-url file:followed --db-url file:shop
row() { python3 "$root/tests/make_data.py" release shop "$@"; } # NAME VALUE: of the store's release of production
row model_version '"r1"'
check "another run under the number: reconcile says so" refused 8 'release 2 is version r1 .* run r2 ' \
    "$TWOTOWER" publish reconcile --storage-url file:followed --db-url file:shop
check "verify says so" refused 1 'release 2 is version r1 .* run r2 ' \
    "$TWOTOWER" publish verify --storage-url file:followed --db-url file:shop
row sequence 9
check "a release that the log does not have: nothing is activated" refused 8 'does not have it' follow r1
row sequence 2
row model_version '"r2"'
check "rollback of both" publish rollback --storage-url file:followed --db-url file:shop
check "the store's release is r1 again, further on" expect json shop/active_release.json \
    "production.model_version == 'r1'" "production.sequence == 3"
rm followed/two_tower/latest/manifest.json && echo x >followed/two_tower/production/manifest.json
check "reconcile writes pointers again" sh \
    -c '"$0" publish reconcile --storage-url file:followed --json >rec.json' "$TWOTOWER"
check "both of them" expect json rec.json "pointers_written == 2" "sequence == 3"

# ---- Signatures ---------------------------------------------------------------------------------
check "keygen" "$TWOTOWER" keygen --out release.key
check "the private key is its owner's alone" test "$(stat -c %a release.key)" = 600
check "a key is never replaced" refused 4 'never replaced' "$TWOTOWER" keygen --out release.key
signed() {
    TWOTOWER_SIGNING_KEY=release.key TWOTOWER_PUBLIC_KEYS=release.key.pub "$TWOTOWER" publish "$@" \
        --storage-url file:signed
}
check "upload, signed" signed upload --run-id r1
check "activate, signed" signed activate --run-id r1
check "fetch by a pinned key" signed fetch --artifacts-root pinned
check "model verify by a pinned key" sh \
    -c 'TWOTOWER_PUBLIC_KEYS=release.key.pub "$0" model verify pinned/latest | grep "signed by"' "$TWOTOWER"
openssl_takes_it() {
    command -v openssl >/dev/null || return 0
    openssl ec -in release.key -pubout -outform DER 2>/dev/null | base64 -w0 >openssl.pub
    [ "$(cat openssl.pub)" = "$(cat release.key.pub)" ]
}
check "openssl takes the key, too" openssl_takes_it
unsigned() { "$TWOTOWER" publish "$@" --storage-url file:signed; }
check "a second signed run" signed upload --run-id r3
check "an unsigned record never follows a signed one" refused 2 'release 1 of production is signed.*SIGNING_KEY' \
    unsigned activate --run-id r3 --force
check "not even as a draft" refused 2 'release 1 of production is signed' unsigned activate --run-id r3 --dry-run
check "nor does one of another run" refused 1 'uploaded without TWOTOWER_SIGNING_KEY' sh \
    -c '"$0" publish upload --run-id r2 --storage-url file:signed && "$0" publish activate --run-id r2 --storage-url \
    file:signed --force' "$TWOTOWER"
check "a signed record names no unsigned run" refused 1 'uploaded without TWOTOWER_SIGNING_KEY' env \
    TWOTOWER_SIGNING_KEY=release.key "$TWOTOWER" publish activate --run-id r2 --force --storage-url file:signed
check "the log has one record still" test "$(ls signed/two_tower/manifests/production)" = 0000000001.json
check "rollback without the key" refused 2 'TWOTOWER_SIGNING_KEY' sh -c '
    TWOTOWER_SIGNING_KEY=release.key "$0" publish activate --run-id r3 --storage-url file:signed &&
    "$0" publish rollback --storage-url file:signed' "$TWOTOWER"
check "the log has two records" test "$(ls signed/two_tower/manifests/production | wc -l)" = 2
check "a signed run of a gate that failed" signed upload --run-id r4
check "a pinned key fetches no run that was not released" refused 3 'r4 was never released.* --unreleased' \
    signed fetch --run-id r4 --artifacts-root pinned
check "but where that is asked for" signed fetch --run-id r4 --artifacts-root pinned --unreleased
check "and a run that was released before" signed fetch --run-id r1 --artifacts-root pinned
served signed
check "a pinned key takes no served folder" refused 3 'merely served' env -u TWOTOWER_STORAGE_URL \
    MODEL_ARTIFACT_BASE_URL="$web/two_tower/r4" TWOTOWER_PUBLIC_KEYS=release.key.pub \
    "$TWOTOWER" publish fetch --artifacts-root folder_of_r4
kill $web_pid

# ---- What a reader saw --------------------------------------------------------------------------
said() { # SENTENCE ROOT: fetch says it, or does not
    "$TWOTOWER" publish fetch --storage-url file:signed --artifacts-root "$2" 2>said.err && grep -q "$1" said.err
}
check "a first fetch says that it has nothing to compare with" said \
    'no release of production was fetched to here before' memory
check "the next one has" sh -c '"$0" publish fetch --storage-url file:signed --artifacts-root memory 2>said.err &&
    ! grep "fetched to here before" said.err' "$TWOTOWER"
check "it knows release 2" expect json memory/release.production.json "sequence == 2" "current.run_id == 'r3'"
cp -r signed older && rm older/two_tower/manifests/production/0000000002.json
cp older/two_tower/manifests/production/0000000001.json older/two_tower/latest/manifest.json
older() { "$TWOTOWER" publish fetch --storage-url file:older --artifacts-root "$1"; }
check "an older log is refused" refused 8 'no record 2 of production any more' older memory
check "the model stays" test "$(readlink memory/latest)" = runs/r3
check "who has seen nothing takes it" older fresh
ln -sfn release.production.json memory/release.production.json
check "what was seen and cannot be read is not nothing" refused 4 'release.production.json: cannot read' older memory

check "an unsigned release is refused by a pinned key" refused 1 'is not signed' env \
    TWOTOWER_PUBLIC_KEYS=release.key.pub "$TWOTOWER" publish fetch --artifacts-root never
verified() { # WebCrypto verifies the record as it stands
    command -v node >/dev/null || return 0
    node --input-type=module -e '
import { readFileSync as read } from "node:fs"
const record = JSON.parse(read("signed/two_tower/latest/manifest.json", "utf8"))
const signature = Buffer.from(record.signature, "base64")
delete record.signature
const canonical = v => Array.isArray(v) ? "[" + v.map(canonical) + "]" : v && typeof v == "object" ?
    "{" + Object.keys(v).sort().map(k => JSON.stringify(k) + ":" + canonical(v[k])) + "}" : JSON.stringify(v)
const p256 = { name: "ECDSA", namedCurve: "P-256" }
const spki = Buffer.from(read("release.key.pub", "utf8"), "base64")
const key = await crypto.subtle.importKey("spki", spki, p256, true, ["verify"])
const ok = text => crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, Buffer.from(text))
if (!await ok(canonical(record)) || await ok(canonical(record) + " ")) process.exit(1)'
}
check "WebCrypto verifies a signature" verified
flip() { # a byte of a file of the fetched run
    cp -r pinned/runs/r1 flipped && printf '\001' | dd of=flipped/two_tower_r1.onnx bs=1 seek=5000 conv=notrunc \
        2>/dev/null
    "$TWOTOWER" embed videos --db-url file:shop --artifacts-dir flipped --dry-run
}
check "a fetched model that was altered is not loaded" refused 3 'is not the file that the signed manifest' flip
check "model verify says so, too" refused 1 'is not the file' "$TWOTOWER" model verify flipped

# ---- Provenance -----------------------------------------------------------------------------------
meta=ml/artifacts/runs/r1/model_meta.json
check "model_meta.json says what it was trained from" expect json $meta \
    "tool_version" "options.seed == '1'" "options.epochs == '2'" "data_snapshot.prep_run_id == 'p1'" \
    "len(data_snapshot.inputs) == 4" \
    "all(len(f.sha256) == 64 for f in data_snapshot.inputs + data_snapshot.prep_inputs)"
hashes() { # in the form of sha256sum
    inputs="data_snapshot.inputs + data_snapshot.prep_inputs"
    expect value $meta "'\n'.join(f'{f.sha256}  {f.path}' for f in $inputs)" >sums &&
        [ "$(wc -l <sums)" -ge 5 ] && sha256sum -c --quiet sums
}
check "and the hashes are those of the files" hashes
check "the inventory in the store says it, too" expect json folder/runs/r3/manifest.json \
    "run.options.seed == '3'" "len(run.data_snapshot.inputs) == 4"
commit() {
    (mkdir -p repo && cd repo && git init -q . && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m x &&
        mkdir -p a/b && cd a/b && env -u GITHUB_SHA "$TWOTOWER" train \
        --train ../../../ml/data/processed/two_tower/latest/interactions_train.parquet \
        --val ../../../ml/data/processed/two_tower/latest/interactions_val.parquet \
        --user-features ../../../ml/data/processed/two_tower/latest/user_features.parquet \
        --item-features ../../../ml/data/processed/two_tower/latest/item_features.parquet \
        --epochs 1 --teacher none --embedding-dim 8 --hidden-dim 8 --run-id g >/dev/null &&
        expect value ml/artifacts/runs/g/model_meta.json git_commit >said && git rev-parse HEAD | cmp - said)
}
command -v git >/dev/null && check "the commit is that of the repository around" commit
check "verify-run trains the same model again" "$TWOTOWER" verify-run r1
check "verify-run with other threads, as JSON" sh -c '"$0" verify-run r1 --threads 3 --json >vr.json' "$TWOTOWER"
check "verify-run says what it compared" expect json vr.json "same is True" "sha256 == sha256_again"
other() {
    cp $meta meta && sed -i 's/"seed": "1"/"seed": "9"/' $meta && ! cmp -s meta $meta || return
    "$TWOTOWER" verify-run r1
    code=$?
    cp meta $meta
    return $code
}
check "verify-run finds a run that is not what it says" refused 1 'another model' other
newer() {
    cp $meta meta && sed -i 's/"seed": "1"/"seed": "1", "warp": "9"/' $meta && ! cmp -s meta $meta || return
    "$TWOTOWER" verify-run r1
    code=$?
    cp meta $meta
    return $code
}
check "verify-run refuses an option that it does not have" refused 3 'trained with the option warp' newer
moved() {
    cp ml/data/processed/two_tower/latest/interactions_val.parquet \
        ml/data/processed/two_tower/latest/interactions_train.parquet; "$TWOTOWER" verify-run r2
}
check "verify-run names tables that are others now" refused 3 'is not the file that the run was trained from' moved
check "no temporary is left" tidy ml

# ---- The same on a Storage server ------------------------------------------------------------------
start_storage models
TWOTOWER_STORAGE_URL=supabase://models
release server
if [ -z "${TEST_STORAGE_URL:-}" ]; then
    check "server: no bucket" refused 6 'no such bucket' "$TWOTOWER" publish upload --run-id r3 \
        --storage-url supabase://none
    check "server: the anonymous key may not write" refused 6 'may not do this' env \
        SUPABASE_SECRET_KEY="$SUPABASE_ANON_KEY" "$TWOTOWER" publish list
    check "server: a key that is none" refused 6 'may not do this; check SUPABASE_SECRET_KEY$' env \
        SUPABASE_SECRET_KEY=garbage "$TWOTOWER" publish list
    check "server: the project's URL where no other is set" refused 6 'project-of-nobody.invalid|project-of-nobody' \
        env -u SUPABASE_URL -u TWOTOWER_STORAGE_URL SUPABASE_PROJECT_REF=project-of-nobody "$TWOTOWER" publish list
    listed() { # VARIABLE=VALUE...: the only keys
        env -u SUPABASE_SECRET_KEY -u SUPABASE_SERVICE_ROLE_KEY "$@" "$TWOTOWER" publish list
    }
    wrapped() { printf '{"web": "sb_secret_another", "default": "%s"}' "$1"; }
    check "server: no key" refused 2 'SUPABASE_SECRET_KEY' listed
    check "server: a key by its name" listed SUPABASE_SECRET_KEYS="$(wrapped "$SUPABASE_SECRET_KEY")"
    check "server: the first where none is called default" listed \
        SUPABASE_SECRET_KEYS="{\"web\": \"$SUPABASE_SECRET_KEY\", \"b\": \"sb_secret_another\"}"
    check "server: keys by name come first" refused 6 'check SUPABASE_SECRET_KEYS$' env \
        SUPABASE_SECRET_KEYS="$(wrapped sb_secret_dead)" "$TWOTOWER" publish list
    for text in "$SUPABASE_SECRET_KEY" '{}' '[]' '{"default": 7}' '{"default": ""}' \
        '{"default": "a", "default": "b"}'; do
        check "server: SUPABASE_SECRET_KEYS=$text" refused 2 'SUPABASE_SECRET_KEYS: a JSON object' listed \
            SUPABASE_SECRET_KEYS="$text"
        check "server: whose text is not shown" sh -c '! grep -F "$1" "$0"' "$work/.stderr" "$SUPABASE_SECRET_KEY"
    done
    check "server: the old name alone" listed SUPABASE_SERVICE_ROLE_KEY="$SUPABASE_SERVICE_ROLE_KEY"
    check "server: the older one" listed SUPABASE_SERVICE_KEY="$SUPABASE_SERVICE_ROLE_KEY"
    legacy_keys() { curl -sSf -d "{\"disabled\": $1}" "$SUPABASE_URL/__disable" >/dev/null; }
    legacy_keys true
    check "server: a legacy key that is disabled" refused 6 \
        'legacy keys .* disabled; set SUPABASE_SECRET_KEY to a secret key .* check SUPABASE_SERVICE_ROLE_KEY$' listed \
        SUPABASE_SERVICE_ROLE_KEY="$SUPABASE_SERVICE_ROLE_KEY"
    check "server: beside a secret key, which serves" "$TWOTOWER" publish list
    legacy_keys false
    check "server: the public URL" publish fetch --storage-url "$SUPABASE_URL/storage/v1/object/public/models" \
        --artifacts-root public
    check "server: the mirror by its public URL" mirrored \
        "$SUPABASE_URL/storage/v1/object/public/models/two_tower/current" public2
fi
finish
