#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# What .github/OPERATION.md and tools/release/README.md tell people to type does what they say: the first set-up,
# a release by hand, and one after it that is rolled back.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

# Stock Postgres; PGlite or a real server have pgvector.
if [ -n "${TEST_DATABASE_URL:-}" ]; then
    url=$TEST_DATABASE_URL
    fresh "$url" twotower_test_guide
elif [ "${TWOTOWER_FULL:-}" = 1 ]; then
    serve pglite database
    fresh "$url" guide
else
    serve_shared
    fresh "$url" guide
fi
db=$url
serve_outside 40
cd "$work" || exit 1
"$TWOTOWER" synth --out shop --users 240 --videos 300 --seed 7 >/dev/null
"$TWOTOWER" db migrate --db-url "$db" >/dev/null && "$root/tests/servers/load.sh" "$db" shop
# Whoever comes with one like, and whoever comes with a dislike alone.
liked=00000000-0000-4000-8000-00000000f001 disliked=00000000-0000-4000-8000-00000000f002
for one in "$liked like" "$disliked nope"; do
    sql "$db" "insert into profiles (user_id) values ('${one% *}')" "insert into user_video_decisions
        (user_id, video_id, decision_type, created_at) select '${one% *}', id, '${one#* }', now()
        from videos order by id limit 1"
done
mkdir bin && ln -s "$TWOTOWER" bin/twotower
mkdir -p docker/env
{
    cat storage.env
    echo "REMOTE_DATABASE_URL='$db'"
    echo "FANZA_API_ID=test-key-7f3a"
    echo "FANZA_API_AFFILIATE_ID=test-990"
    echo "FANZA_LINK_AFFILIATE_ID=link-001"
    echo "FANZA_API_URL=$(cat api.address)"
} >docker/env/prd.env

rows() { # NUMBER STATEMENT
    got=$(sql "$db" "$2")
    [ "$got" = "$1" ] || { echo "$got, wanted $1"; return 1; }
}
active="select model_version from active_release where environment = 'production'"
guide() { PATH="$work/bin:$PATH" bash -euxo pipefail "$1"; } # SCRIPT

# ---- The set-up: the indented lines below "First-time set-up", but what comes from the network ------
awk '/^First-time set-up/ { on = 1 } on && /^    / { sub("^    ", ""); print; seen = 1; next }
    seen && on && NF { exit }' \
    "$root/.github/OPERATION.md" | grep -v '^curl ' >setup.sh
check "the set-up has ten lines with the certificate's" test "$(wc -l <setup.sh)" = 9
check "the set-up" guide setup.sh
first=$(basename "$(readlink ml/artifacts/latest)")
check "its model is active" rows "$first" "$active"
check "and embeds every video" rows t \
    "select count(*) = (select count(*) from videos) and count(*) >= 300 from active_video_embeddings"
check "new videos came" rows t "select count(*) >= 1 from videos where external_id like 'test000%'"

likers="select distinct user_id from user_video_decisions where lower(decision_type) = 'like'"
check "every user with a like has an embedding" rows t \
    "select count(*) = (select count(*) from ($likers) l) and count(*) > 100 from user_embeddings
        where model_version = '$first' and user_id in ($likers)"
check "and nobody else" rows t "select count(*) = (select count(*) from ($likers) l) from user_embeddings"
recommended() { # to every user with a like by embedding, to the one without what is popular
    sql "$db" "select '--user ' || user_id from ($likers) l" | PATH="$work/bin:$PATH" xargs twotower recommend \
        --db-url "$db" --limit 5 --user $disliked --json >recommended.json &&
        expect json recommended.json "len(users) > 100" "all(len(u.recommended) == 5 for u in users)" \
            "[u.user_id for u in users if 'fallback' in u] == ['$disliked']" "'$liked' in [u.user_id for u in users]"
}
check "recommend goes by embedding for every user with a like, and by what is popular for others" recommended
if [ "$(sql "$db" "select count(*) > 0 from pg_operator where oprname = '<=>'")" = t ]; then
    served="select count(*) from ($likers) l where (select count(*) filter (where r.source = 'embedding') from
        recommend_videos(l.user_id, 5) r) = 5"
    check "recommend_videos does so, too" rows "$(sql "$db" "select count(*) from ($likers) l")" "$served"
    check "and falls back alike" rows 5 \
        "select count(*) from recommend_videos('$disliked', 5) where source in ('popular', 'newest')"
else
    skip "recommend_videos does so, too" "TWOTOWER_FULL=1 or TEST_DATABASE_URL have pgvector"
fi

# ---- A release by hand ------------------------------------------------------------------------------
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on' "$root/tools/release/README.md" >release.sh
mkdir one two
cp shop/reviews.csv one/reviews.csv
cp shop/reviews.csv two/reviews.csv
set -a
. docker/env/prd.env
set +a
by_hand() { (cd "$1" && guide "$work/release.sh"); }
check "a release by hand" by_hand one
second=$(basename "$(readlink one/ml/artifacts/latest)")
check "is active" rows "$second" "$active"
check "with its notes" sh -c '"$0" publish fetch --artifacts-root fetched &&
    grep -q "price is left out" fetched/latest/summary.md fetched/release.production.json' "$TWOTOWER"
check "its draft named it before" grep -q "\"changed\": false" one/draft.json
check "staging has it too" sh -c '"$0" publish list | grep -q "production current.*staging current"' "$TWOTOWER"
while [ "$(date -u +%Y%m%dT%H%M%SZ)" = "$second" ]; do sleep 0.05; done # run ids are seconds
check "the next release" by_hand two
third=$(basename "$(readlink two/ml/artifacts/latest)")
check "is active then" rows "$third" "$active"
check "rollback, as the runbook says" "$TWOTOWER" publish rollback --mirror
check "the run before is active again" rows "$second" "$active"
check "the mirror is its" sh -c '
    MODEL_ARTIFACT_BASE_URL=$SUPABASE_URL/storage/v1/object/public/models/two_tower/current &&
    export MODEL_ARTIFACT_BASE_URL && unset SUPABASE_URL &&
        "$0" publish fetch --artifacts-root mirrored &&
        test "$(readlink mirrored/latest)" = "runs/$1"' "$TWOTOWER" "$second"
check "reconcile, as the runbook says" "$TWOTOWER" publish reconcile
check "prune, as the runbook says" "$TWOTOWER" publish prune --keep 3
check "takes nothing that a release names" sh -c '[ "$("$0" publish list | grep -c " yes ")" = 3 ]' "$TWOTOWER"

# ---- A new key: old and new are known, then the new one signs, then the old one goes ----------------
"$TWOTOWER" keygen --out old.key >/dev/null && "$TWOTOWER" keygen --out new.key >/dev/null
signed() { # RUN KEY: another run, of the same tables, signed
    "$TWOTOWER" train --run-id "$1" --epochs 2 --teacher none --out-dir keys >/dev/null &&
        "$TWOTOWER" eval --run-id "$1" --artifacts-root keys --min-over-popularity 0 >/dev/null &&
        TWOTOWER_SIGNING_KEY=$2 "$TWOTOWER" publish upload --run-id "$1" --artifacts-root keys \
            --storage-url file:signed &&
        TWOTOWER_SIGNING_KEY=$2 "$TWOTOWER" publish activate --run-id "$1" --storage-url file:signed --storage-only
}
fetches() { TWOTOWER_PUBLIC_KEYS=$1 "$TWOTOWER" publish fetch --storage-url file:signed --artifacts-root "$2"; }
check "signed by the old key" signed k1 old.key
both=$(cat old.key.pub new.key.pub)
check "readers that know both take it" fetches "$both" keyed
check "signed by the new key" signed k2 new.key
check "readers that know both take that" fetches "$both" keyed
check "readers that know the new one alone do" fetches "$(cat new.key.pub)" keyed-new
check "those that know the old one alone refuse it" refused 1 'sign' env TWOTOWER_PUBLIC_KEYS="$(cat old.key.pub)" \
    "$TWOTOWER" publish fetch --storage-url file:signed --artifacts-root keyed-old
[ -z "${TEST_DATABASE_URL:-}" ] || sql "$TEST_DATABASE_URL" "drop database if exists twotower_test_guide with (force)"
finish
