#!/bin/sh
# SPDX-License-Identifier: MIT
# What the program gives to, and takes from, servers that nobody should trust: proxies, listings
# without an end, error texts that hold a password; and what it says of URLs.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY SUPABASE_URL TWOTOWER_STORAGE_URL
cd "$work" || exit 1

hostile() { # KIND NAME [WORD]: into $port goes where it listens, into NAME.log what it sees
    python3 "$root/tests/servers/hostile.py" "$1" "$2.port" "$2.log" "${3:-}" &
    started "$2.port"
    port=$(cat "$2.port")
}

# ---- Proxies --------------------------------------------------------------------------------------
python3 "$root/tests/servers/storage.py" storage.env models 2>storage.log &
started storage.env
set -a
. ./storage.env
set +a
hostile proxy proxy
proxies="http_proxy=http://127.0.0.1:$port https_proxy=http://127.0.0.1:$port all_proxy=http://127.0.0.1:$port \
    HTTPS_PROXY=http://127.0.0.1:$port ALL_PROXY=http://127.0.0.1:$port"
own=${SUPABASE_URL##*:}
for host in 127.0.0.1 localhost; do
    check "no proxy for $host" env SUPABASE_URL="http://$host:$own" sh \
        -c 'env $1 "$0" publish list' "$TWOTOWER" "$proxies"
done
check "nor for https to this machine" refused 6 'publish list|SSL|TLS|wrong version|connect' env \
    SUPABASE_URL="https://localhost:$own" sh -c 'env $1 "$0" publish list' "$TWOTOWER" "$proxies"
check "nor for a webhook on this machine" env NOTIFY_WEBHOOK_URL="$SUPABASE_URL/hook" sh \
    -c 'env $1 "$0" notify --status success' "$TWOTOWER" "$proxies"
check "the proxy saw nothing" test ! -s proxy.log
elsewhere() {
    refused 6 'publish list|proxy|CONNECT' env SUPABASE_URL=https://project.example \
        sh -c 'env $1 "$0" publish list' "$TWOTOWER" "$proxies" &&
        grep -q '^CONNECT project.example:443 ' proxy.log && ! grep -q "$SUPABASE_SERVICE_ROLE_KEY" proxy.log
}
check "elsewhere the proxy counts, and sees no key" elsewhere

# ---- Listings ---------------------------------------------------------------------------------------
at() { SUPABASE_URL="http://127.0.0.1:$port" "$TWOTOWER" publish "$@"; }
check "who answers [] to everything is no empty store" refused 6 'no such bucket: it is no Supabase Storage' at list
check "not for prune either" refused 6 'it is no Supabase Storage' at prune
check "nor for reconcile" refused 6 'it is no Supabase Storage' at reconcile
check "a store that is empty is one" "$TWOTOWER" publish list
check "a bucket that is not there" refused 6 'no such bucket' env MODEL_ARTIFACTS_BUCKET=others "$TWOTOWER" publish list
hostile endless endless
check "a listing without an end" refused 6 'more than 100000 entries, and no end' at list
hostile same same
check "a listing that repeats itself" refused 6 'more than 100000 entries, and no end' at prune
check "each is asked a hundred times" test "$(wc -l <endless.log)" = 100

# ---- Passwords ----------------------------------------------------------------------------------------
word='hun/ter"2@of the database'
encoded=hun%2Fter%222%40of%20the%20database
said="$word, $encoded, hun\\/ter\\\"2@of the database and hun/ter\\u00222\\u0040of the database"
hostile postgres postgres "no: $said"
url=postgresql://me:$encoded@127.0.0.1:$port/shop
hidden() { # COMMAND...: it fails, and says nothing of the password
    "$@" >said 2>&1
    [ $? = 5 ] || { cat said; return 1; }
    grep -q 'no connection: .*no: \*\*\*, \*\*\*, \*\*\* and \*\*\*' said &&
        ! grep -Eq 'hun|ter.?2|of.*the.*database' said || { cat said; return 1; }
}
check "what a server repeats: of the URL" hidden env DATABASE_URL="$url" "$TWOTOWER" db check
check "of env:NAME" hidden env MINE="$url" "$TWOTOWER" db check --db-url env:MINE
check "of an environment file" sh -c 'echo "DATABASE_URL='\''$1'\''" >env' - "$url"
check "of its URL" hidden "$TWOTOWER" db check --env-file env
check "of PGPASSWORD" hidden env PGPASSWORD="$word" "$TWOTOWER" db check --db-url "postgresql://me@127.0.0.1:$port/shop"
for one in 'me:hunt@er2@db.example.org/x' 'me:hunt/er2@db.example.org/x' 'me:12/hunter2@db.example.org/x' \
    'me:hunt?er2@db.example.org/x' 'me:hunt#er2@db.example.org/x' 'me%3Ahunter2@db.example.org/x' \
    'me%3Ahunter2%40db.example.org/x' 'db.example.org/x?host=hunter2%40db'; do
    torn() { ! DATABASE_URL="postgresql://$one" "$TWOTOWER" db check >said 2>&1 && ! grep -q 'hunt\|er2' said &&
        grep -q 'DATABASE_URL: ' said; }
    check "a database at $one: nothing of it is shown" torn
    check "and on the command line" refused 2 '^twotower db check: --db-url: ' "$TWOTOWER" db check \
        --db-url "postgresql://$one"
    check "nor there" sh -c '! grep -q "hunt\|er2" "$1"' - "$work/.stderr"
done
check "a password in disguise" refused 2 'a password does not belong on the command line' "$TWOTOWER" db check \
    --db-url 'postgresql://me@db.example.org/x?pass%77ord=hunter2'
for one in 'me:hunt@er2@files.example' 'me:hunt/er2@files.example' 'me:12/hunter2@files.example'; do
    check "a store at $one: nothing of it is shown" env SUPABASE_URL="https://$one" sh -c '
        ! "$0" publish list >said 2>&1 && ! grep "hunt\|er2" said && grep "SUPABASE_URL: the host" said' "$TWOTOWER"
    check "nor of a mirror" env -u SUPABASE_URL -u SUPABASE_SERVICE_ROLE_KEY \
        MODEL_ARTIFACT_BASE_URL="https://$one" sh -c '
        ! "$0" publish fetch >said 2>&1 && ! grep "hunt\|er2" said && grep "URL: the host" said' "$TWOTOWER"
    check "nor of a webhook" env NOTIFY_WEBHOOK_URL="https://$one" sh -c '
        "$0" notify --status success >said 2>&1; ! grep "hunt\|er2" said' "$TWOTOWER"
done
finish
