#!/bin/sh
# SPDX-License-Identifier: MIT
# after: ports
# sanitizers: no, it does not run a program of that build
# The edge functions under deno, with PGlite behind the RPC of tests/servers/rest.mjs, and models from a
# web server: the vectors of the nightly job, who may ask for what, releases that come and that are
# refused.  With TWOTOWER_DATA the catalogue and the model are those of real reviews.  TWOTOWER_FULL=1 only:
# it needs clang, lld and npm.
. tests/cli/lib.sh
. tests/servers/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "the edge functions" "TWOTOWER_FULL=1 builds them"
    finish
    exit
fi
. tests/edge/lib.sh

check "the functions build" "$MAKE" -s edge BUILD="$BUILD"
check "npm ci" npm_ci tests/edge
check "deno" deno_is_here
types() { (cd "$BUILD/edge" && NO_COLOR=1 deno_do check --no-config --quiet serve.ts supabase/functions/*/index.ts); }
check "their types hold" types
check "a database, a catalogue and a signed release" edge_world 240 700 32 --use-price-feature \
    --item-numerics duration_seconds,release_day \
    --user-numerics "like_ratio,mean_stars,like_count,dislike_count,positive_ratio_30d,\
hour_sin,hour_cos,price_mean,price_median"
check "the release is mirrored" mirror m1
check "started processes embed at once (make bench has the times)" first_embeddings 3
sed 's/^/# /' "$work/firsts"
cd "$work" || exit 1
echo '{"keys": []}' >"$REST_JWKS"
"$TWOTOWER" keygen --out other --quiet >/dev/null
sql "$url" "create table native as table user_embeddings" "delete from user_embeddings" >/dev/null
serve_functions functions key.pub
good=$served_at
serve_functions broken other.pub
bad=$served_at
serve_functions elsewhere key.pub "VERIFY_JWT=false SUPABASE_URL=https://project.example"
cat >settings.json <<JSON
{"functions": "$good", "broken": "$bad", "elsewhere": "$served_at", "secret": "$REST_SECRET", "database": "$url",
 "native": "native", "jwks": "$REST_JWKS", "version": "m1"}
JSON
adopt "the checks of the functions" deno_do run --quiet --allow-all --node-modules-dir=manual \
    "$root/tests/edge/check_functions.mjs" settings.json

# The commands of README, word for word but for port and user.
as_written() {
    serve_functions open key.pub VERIFY_JWT=false
    user=$(sql "$url" "select user_id from native limit 1")
    sed -n '/^curl/,/^ *-d/p' "$root/ports/edge/README.md" |
        sed "s|http://localhost:54321|$served_at|; s|<UUID>|$user|; s|^curl|curl -sS --fail-with-body|" >curl.sh
    sh curl.sh >curl.json || { cat curl.json; return 1; }
    grep -q "\"$user\",\"status\":\"written\",\"model_version\":\"m1\"" curl.json &&
        [ "$(grep -o video_id curl.json | wc -l)" = 20 ]
}
check "the commands of README work as they are written" as_written

own_process() { # index.ts, as it is deployed
    serve_functions alone key.pub VERIFY_JWT=false supabase/functions/embed-user/index.ts
    curl -sS -d "{\"user_id\": \"$user\"}" "$served_at/" | grep -q '"status":"same"'
}
check "a function serves from its own index.ts" own_process

next_release() {
    train_run m2 --seed 9 &&
        release m2 && mirror m2 && sql "$url" "delete from user_embeddings where model_version = 'm2'" >/dev/null ||
            return 1
    curl -sS -H "Authorization: Bearer $SUPABASE_SERVICE_ROLE_KEY" -d "{\"user_id\": \"$user\"}" \
        "$good/functions/v1/embed-user" >next.json
    cat next.json
    grep -q '"status":"written","model_version":"m2"' next.json
}
check "a new release is taken over by functions that run" next_release
check "and its vectors are those of the nightly job" test "$(sql "$url" "select e.embedding::text = \
    n.embedding::text from user_embeddings e join nightly n using (user_id, model_version) where e.user_id = '$user' \
    and e.model_version = 'm2'")" = t
finish
