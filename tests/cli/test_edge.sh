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
serve_functions elsewhere key.pub "TWOTOWER_OPEN_TO_ALL=true SUPABASE_URL=https://project.example"
cat >settings.json <<JSON
{"functions": "$good", "broken": "$bad", "elsewhere": "$served_at", "project": "$SUPABASE_URL",
 "secret": "$REST_SECRET", "database": "$url", "native": "native", "jwks": "$REST_JWKS", "version": "m1"}
JSON
adopt "the checks of the functions" deno_do run --quiet --allow-all --node-modules-dir=manual \
    "$root/tests/edge/check_functions.mjs" settings.json

# The commands of README, word for word but for port and user.
as_written() {
    serve_functions open key.pub SUPABASE_SECRET_KEY=$REST_SECRET_KEY
    user=$(sql "$url" "select user_id from native limit 1")
    sed -n '/^curl/,/^ *-d/p' "$root/ports/edge/README.md" |
        sed "s|http://localhost:54321|$served_at|; s|<UUID>|$user|; s|^curl|curl -sS --fail-with-body|" >curl.sh
    SUPABASE_SECRET_KEY=$REST_SECRET_KEY sh curl.sh >curl.json || { cat curl.json; return 1; }
    grep -q "\"$user\",\"status\":\"written\",\"model_version\":\"m1\"" curl.json &&
        [ "$(grep -o video_id curl.json | wc -l)" = 20 ]
}
check "the commands of README work as they are written" as_written

# The names of keys, old and new, and a legacy key that the project has disabled.
embed() { # HEADER SENTENCE: what the functions at $served_at answer, and say in their log
    curl -sS -H "$1" -d "{\"user_id\": \"$user\"}" "$served_at/functions/v1/embed-user" >answer.json
    grep -q "$2" answer.json || { cat answer.json; return 1; }
}
legacy=$(service_token)
serve_functions both key.pub "SUPABASE_SERVICE_ROLE_KEY=$legacy"
check "both names: a service by its secret key" embed "apikey: $REST_SECRET_KEY" '"status":"same"'
check "and by its legacy key" embed "Authorization: Bearer $legacy" '"status":"same"'
serve_functions dead key.pub "SUPABASE_SERVICE_ROLE_KEY=$legacy"
touch "$REST_DISABLED"
check "both, the legacy key is dead: the secret key serves" embed "apikey: $REST_SECRET_KEY" '"status":"same"'
check "the dead one is told what to send" embed "Authorization: Bearer $legacy" \
    'disabled: send a secret key (sb_secret_'
serve_functions old key.pub "SUPABASE_SERVICE_ROLE_KEY=$legacy SUPABASE_SECRET_KEYS="
check "a dead legacy key alone: the answer says so" embed "Authorization: Bearer $legacy" \
    'legacy key, and those are disabled'
check "and the log what to do" grep -q 'create a secret key' "$work/old.log"
rm "$REST_DISABLED"
check "enabled again, it serves" embed "Authorization: Bearer $legacy" '"status":"same"'
check "no key is in a log" sh -c '! grep -lF -e "$1" -e "$2" "$0"/*.log' "$work" "$REST_SECRET_KEY" "$legacy"

own_process() { # index.ts, as it is deployed
    serve_functions alone key.pub TWOTOWER_OPEN_TO_ALL=true supabase/functions/embed-user/index.ts
    curl -sS -d "{\"user_id\": \"$user\"}" "$served_at/" | grep -q '"status":"same"'
}
check "a function serves from its own index.ts" own_process

next_release() {
    train_run m2 --seed 9 &&
        release m2 && mirror m2 && sql "$url" "delete from user_embeddings where model_version = 'm2'" >/dev/null ||
            return 1
    curl -sS -H "apikey: $REST_SECRET_KEY" -d "{\"user_id\": \"$user\"}" \
        "$good/functions/v1/embed-user" >next.json
    cat next.json
    grep -q '"status":"written","model_version":"m2"' next.json
}
check "a new release is taken over by functions that run" next_release
check "and its vectors are those of the nightly job" test "$(sql "$url" "select e.embedding::text = \
    n.embedding::text from user_embeddings e join nightly n using (user_id, model_version) where e.user_id = '$user' \
    and e.model_version = 'm2'")" = t
finish
