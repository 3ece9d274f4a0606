#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# How a database is found and spoken to (variables, TLS, secrets), and what is copied from it.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
cd "$work" || exit 1
unset SUPABASE_DB_URL REMOTE_DATABASE_URL PROD_DATABASE_URL DATABASE_URL TWOTOWER_DB_URL PGPASSWORD PGSSLMODE \
    PGSSLROOTCERT

serve start stock
stock=$url
port=$(cat "$work/stock/port")
"$TWOTOWER" synth --out shop --users 120 --videos 300 --seed 7 >/dev/null
fresh "$stock" shop
db=$url
"$TWOTOWER" db migrate --db-url "$db" --embedding-dim 32 >/dev/null
"$root/tests/servers/load.sh" "$db" shop
prep() { "$TWOTOWER" prep --input shop/reviews.csv --run-id p "$@"; }

# ---- Where the URL stands -------------------------------------------------------------------
check "nothing named: a usage error that says what is possible" refused 2 \
    'is needed: postgresql://.*env:NAME.*file:DIR' prep
for name in SUPABASE_DB_URL REMOTE_DATABASE_URL PROD_DATABASE_URL DATABASE_URL; do
    echo "$name=\"$db\"" >one.env
    check "$name of --env-file" prep --env-file one.env
done
both() { REMOTE_DATABASE_URL=postgresql://postgres@127.0.0.1:1/x SUPABASE_DB_URL=$db prep; }
check "SUPABASE_DB_URL before REMOTE_DATABASE_URL" both
named() { SHOP=$db prep --remote-db-url env:SHOP; }
check "--remote-db-url env:NAME" named
check "a password on the command line is a usage error" refused 2 'a password does not belong on the command line' \
    prep --db-url "postgresql://someone:hunter2secret@db.example.org/shop"
direct() { SUPABASE_DB_PASSWORD=hunter2secret SUPABASE_POOLER_HOST=127.0.0.1 SUPABASE_POOLER_PORT=$port prep \
    --project-ref abcdef; }
check "a project goes by the pooler that is named" refused 5 \
    'role "postgres.abcdef" does not exist|127.0.0.1:[0-9]+/postgres' direct
sql "$stock" 'create role "postgres.abcdef" login superuser'
pooled() { SUPABASE_PROJECT_ID=abcdef SUPABASE_POOLER_HOST=127.0.0.1 SUPABASE_POOLER_PORT=$port refused 5 \
    'no table public.videos' prep; }
check "as user postgres.REF of database postgres" pooled
six() { refused 5 'IPv6 address only.*SUPABASE_REGION or SUPABASE_POOLER_HOST' "$TWOTOWER" prep --db-url \
    'postgresql://postgres@[fd00::1]/x?connect_timeout=1' --input shop/reviews.csv; }
check "a host without IPv4: the pooler is named" six

# ---- TLS ----------------------------------------------------------------------------------------
tls=$("$root/tests/servers/pg.sh" tls "$work/stock")
far="postgresql://postgres@db.twotower.test:$port/shop?hostaddr=127.0.0.1&connect_timeout=5"
export FAR="$far"
check "a far host without its CA is refused" refused 5 'certificate' prep --db-url "$far"
prep_far() { prep --db-url "$far" && prep --db-url env:FAR; }
file() { PGSSLROOTCERT="$tls/ca.crt" prep_far; }
check "PGSSLROOTCERT" file
encoded=$(base64 -w 0 <"$tls/ca.crt")
prep_far() { prep --db-url "$far" "$@"; }
in_base64() { SUPABASE_CA_CERT=$encoded prep_far &&
    [ -z "$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'twotower-ca.*' 2>/dev/null)" ]; }
check "SUPABASE_CA_CERT in Base64, whose file is gone afterwards" in_base64
pem() { SUPABASE_CA_CERT=$(cat "$tls/ca.crt") prep_far; }
check "SUPABASE_CA_CERT as it is" pem
wrong() { SUPABASE_CA_CERT=bm90IGEgY2VydGlmaWNhdGU= refused 3 'SUPABASE_CA_CERT: the Base64 of a certificate' \
    prep_far; }
check "a SUPABASE_CA_CERT that is none" wrong
other() { PGSSLROOTCERT="$tls/other.crt" refused 5 'certificate verify failed' prep_far; }
check "another CA is refused" other
name() { PGSSLROOTCERT="$tls/ca.crt" refused 5 'does not match host name' "$TWOTOWER" prep --input shop/reviews.csv \
    --db-url "$(echo "$far" | sed s/db.twotower/other/)"; }
check "another name is refused" name
weaker() { # the environment does not weaken it; the command line may
    FAR="$far&sslmode=require" PGSSLMODE=require PGSSLROOTCERT="$tls/other.crt" refused 5 'certificate verify failed' \
        "$TWOTOWER" prep --input shop/reviews.csv --db-url env:FAR &&
        prep --db-url "$far&sslmode=require"
}
check "sslmode=require counts on the command line only" weaker

# ---- Secrets ---------------------------------------------------------------------------------------
sql "$db" "alter role postgres password 'hunter2secret'"
sed -i 's/trust$/scram-sha-256/' "$work/stock/data/pg_hba.conf"
PGPASSWORD=hunter2secret psql -qAtX "$stock" -c "select pg_reload_conf()" >/dev/null
bad=$(echo "$db" | sed 's|postgres@|postgres:wrong-hunter2secret@|') good=$(echo "$db" | sed \
    's|postgres@|postgres:hunter2secret@|')
secrets() {
    : >said
    for one in "BAD=$bad prep --db-url env:BAD" "GOOD=$good prep --db-url env:GOOD" \
        "GOOD=$good prep --db-url env:GOOD --json" \
        "PGPASSWORD=hunter2secret prep --db-url $db" "PGPASSWORD=wrong-hunter2secret prep --db-url $db" \
        "DATABASE_URL=$bad?bogus=1 prep" "DATABASE_URL=postgresql://x:hunter2secret@%zz/ prep" \
            "GOOD=$good db check --db-url env:GOOD" \
        "GOOD=$good verify-row --db-url env:GOOD" "GOOD=$good embed videos --db-url env:GOOD" \
            "GOOD=$good pull --remote-db-url env:GOOD --db-url $db"; do
        variable=${one%% *} rest=${one#* }
        input=""
        case $rest in prep*) input="--input shop/reviews.csv" ;; esac
        # shellcheck disable=SC2086
        env "$variable" "$TWOTOWER" $rest $input >>said 2>&1 || :
    done
    [ "$(wc -l <said)" -ge 10 ] && ! grep -r hunter2secret said ml &&
        [ "$(grep -c 'password authentication failed' said)" -ge 2 ]
}
check "no password is printed or written, whatever goes wrong" secrets
PGPASSWORD=hunter2secret
export PGPASSWORD

# ---- What is read, copied and hashed -----------------------------------------------------------------
fresh "$stock" copy
copy=$url
"$TWOTOWER" db migrate --db-url "$copy" --embedding-dim 32 >/dev/null
tables="videos tags performers video_tags video_performers profiles user_video_decisions"
digests() { for table in $tables; do sql "$1" "select '$table', count(*), md5(string_agg(t::text, ',' order by \
    t::text)) from $table t" || return; done; }
pull() { "$TWOTOWER" pull --remote-db-url "$db" --db-url "$copy" --json "$@" >pull.json; }
dry() { pull --dry-run && [ "$(sql "$copy" 'select count(*) from videos')" = 0 ]; }
check "pull --dry-run writes nothing" dry
equal() { pull && digests "$db" >a && digests "$copy" >b && cmp a b; }
check "pull copies the tables" equal
idle() {
    pull && expect json pull.json "len(tables) == 7" "tables.videos.rows == 300" \
        "all(one.written == one.removed == 0 for one in tables.values())"
}
check "pull again changes nothing" idle
changed() {
    sql "$db" "delete from videos where id = (select min(id::text)::uuid from videos)" \
        "update videos set title = 'new' where id = (select max(id::text)::uuid from videos)" &&
        equal && expect json pull.json "tables.videos.written == tables.videos.removed == 1"
}
check "pull brings what changed, and only that" changed
check "pull writes a database on this machine only" refused 2 'is not on this machine' \
    env PGSSLROOTCERT="$tls/ca.crt" "$TWOTOWER" pull --remote-db-url "$db" --db-url "$(echo "$far" | sed s/shop/copy/)"
check "pull into itself is refused" refused 2 'are one database' "$TWOTOWER" pull --remote-db-url "$db" --db-url "$db"
hashed() {
    prep --db-url "$db" --out-dir plain >/dev/null &&
        TWOTOWER_USER_KEY=0123456789abcdef0123 prep --db-url "$db" --hash-user-ids --out-dir hashed >/dev/null &&
        for kind in plain hashed; do "$root/${BUILD:-build}/tests/parquet_dump" \
            $kind/processed/two_tower/latest/user_features.parquet >$kind.jsonl || return; done &&
        expect that plain=plain.jsonl hashed=hashed.jsonl "plain != []" \
            "[hmac_sha256('0123456789abcdef0123', row.user_id) for row in plain] == [row.user_id for row in hashed]"
}
case ${BUILD:-build} in /*) ;; *) check "--hash-user-ids is HMAC-SHA256 of the ids" hashed ;; esac
check "--hash-user-ids needs a key" refused 2 'TWOTOWER_USER_KEY must hold a secret' prep --db-url "$db" --hash-user-ids
inserted() {
    for one in "$db" file:shop; do
        prep --db-url "$one" --insert-unknown-videos --out-dir "inserted" >said 2>&1 && cat said &&
            expect json inserted/processed/two_tower/latest/summary.json \
                "counts.unknown_product_url == 0" "counts.join_rate == 1" &&
            prep --db-url "$one" --insert-unknown-videos >again &&
            ! grep 'only the input names' again && grep -q 'only the input names' said || return
    done
    sql "$db" "select id from videos where product_url like '%/gone%' order by 1" >a
    grep /gone shop/videos.csv | cut -d, -f1 | sort >b && [ -s a ] && cmp a b
}
check "--insert-unknown-videos: the same ids in a database and in a folder" inserted
finish
