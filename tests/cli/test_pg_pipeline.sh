#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# The pipeline on a database: what `make demo` does, then syncs, upsert and verify-row.  On stock
# Postgres (halfvec is a domain of bytea there); as a role that has only service_role's rights, through
# PgBouncer in transaction mode, on a cluster laid out as Supabase does it, with `search_path = public`
# and the type of vectors in a third schema; with TWOTOWER_FULL=1 on PGlite with pgvector; and on the
# server of TEST_DATABASE_URL, in a database of its own.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
dump=${BUILD:-build}/tests/parquet_dump
case $dump in /*) ;; *) dump=$PWD/$dump ;; esac
cd "$work" || exit 1

"$TWOTOWER" synth --out shop --users 240 --videos 700 --seed 7 >/dev/null

# An existing database of the same contents, whose performers are words: its features, and so
# its model's bytes, are those of the folder.
words() { # URL
    sql "$1" "alter table video_performers add performer text" \
        "update video_performers p set performer = n.name from performers n where n.id = p.performer_id" \
        "alter table video_performers drop constraint video_performers_pkey, alter performer_id drop not null" \
        "alter table video_performers drop column performer_id cascade" \
        "alter table videos alter image_urls type text using 'https://images.example/1.png'"
}

worker="" # the role that does all but migrate, if it is another
pipeline() { # NAME URL OPTIONS: every command that works on a folder works here
    db=$2
    mkdir "on-$1" && cd "on-$1" || exit 1
    say="$1:"
    if [ -n "$3" ]; then set -- "$1" "$2" $3; else set -- "$1" "$2"; fi
    shift 2
    export STORE_URL="$db"
    check "$say db migrate" "$TWOTOWER" db migrate --db-url env:STORE_URL --embedding-dim 32
    [ -z "$worker" ] || db=$(as_role "$db" "$worker")
    export STORE_URL="$db"
    check "$say the catalogue is loaded" "$root/tests/servers/load.sh" "$db" ../shop
    check "$say prep" "$TWOTOWER" prep --db-url env:STORE_URL --input ../shop/reviews.csv --run-id p1
    check "$say prep joins as on the folder" expect json ml/data/processed/two_tower/latest/summary.json \
        "counts.unknown_product_url > 0" "0.9 < counts.join_rate < 1"
    train() {
        "$TWOTOWER" train --epochs 12 --teacher none --embedding-dim 32 --hidden-dim 64 --run-id m1 \
            >/dev/null && "$TWOTOWER" eval
    }
    check "$say train and eval pass the gate" train
    videos() { "$TWOTOWER" embed videos --db-url env:STORE_URL --run-id s1 --json "$@" >videos.json; }
    check "$say embed videos --dry-run" videos --dry-run "$@"
    check "$say a dry run writes nothing" test "$(sql "$db" 'select count(*) from video_embeddings')" = 0
    check "$say embed videos" videos "$@"
    check "$say every video got an embedding" expect json videos.json \
        "embeddings == videos == 700" "already_embedded == 0"
    check "$say embed videos again" videos "$@"
    check "$say nothing is embedded twice" expect json videos.json "embeddings == 0" "already_embedded == 700"
    sql "$db" "delete from video_embeddings where video_id in (select id from videos order by id limit 30)"
    check "$say embed videos after some are gone" videos "$@"
    check "$say only those are embedded" expect json videos.json "embeddings == 30" "already_embedded == 670"
    stamp="select max(updated_at), min(xmin::text::bigint) from video_embeddings"
    before=$(sql "$db" "$stamp")
    check "$say --include-existing embeds all" videos --include-existing "$@"
    check "$say and leaves the same rows untouched" test "$(sql "$db" "$stamp")" = "$before"
    verify() { "$TWOTOWER" verify-row --db-url env:STORE_URL --sample 0 --json >verify.json; }
    check "$say verify-row: stored bits are computed bits" verify
    check "$say verify-row compared all" expect json verify.json "equal == compared == stored == 700"
    sql "$db" "update videos set maker = null, title = 'x', series = null, label = null where id in (select id \
        from videos where maker <> '' order by id limit 2)"
    check "$say verify-row finds rows that changed" refused 1 '2 are of rows that changed' "$TWOTOWER" verify-row \
        --db-url env:STORE_URL --sample 0
    users() { "$TWOTOWER" embed users --db-url env:STORE_URL --min-interactions 5 --json "$@" >users.json; }
    check "$say embed users" users "$@"
    check "$say verify-row --users: stored bits are computed bits" "$TWOTOWER" verify-row \
        --users --db-url env:STORE_URL --sample 0
    check "$say users with enough likes got one" expect json users.json \
        "0 < embeddings == users_with_enough_likes <= users"
    sql "$db" "delete from user_video_decisions where user_id in (select user_id from user_embeddings \
        order by user_id limit 3)"
    check "$say verify-row --users finds those whose decisions are gone" refused \
        1 'of [0-9]* embeddings 0 differ.*3 have no row' "$TWOTOWER" verify-row --users --db-url env:STORE_URL \
        --sample 0
    few() { users --limit-users 5 "$@" && expect json users.json "embeddings == 5"; }
    check "$say embed users --limit-users" few "$@"
    middle=$(cut -d, -f4 ../shop/user_video_decisions.csv | sort | sed -n 1500p)
    of_users="select md5(string_agg(user_id::text || input_digest || updated_at, ',' order by user_id)) \
        from user_embeddings"
    before=$(sql "$db" "$of_users")
    check "$say embed users --as-of an earlier day" users --as-of "$middle" "$@"
    check "$say embeds them" expect json users.json "embeddings > 5"
    check "$say and overwrites none of today" test "$(sql "$db" "$of_users")" = "$before"
    # An account that a decision cannot tell of; a time of the day and a price that no float holds exactly.
    sql "$db" "update profiles set created_at = '2017-03-04 05:06:07.8Z' where user_id = \
        (select min(user_id::text)::uuid from user_video_decisions)" \
        "update videos set price = 19.99 where id in (select id from videos order by id limit 200)"
    numbers() {
        "$TWOTOWER" prep --mode explicit --db-url env:STORE_URL --val-ratio 0 --as-of 2024-02-03T04:05:06Z \
            --out-dir decided --quiet >/dev/null &&
            "$dump" decided/processed/two_tower/latest/user_features.parquet >native.jsonl &&
            sql "$db" "select get_user_embedding_feature_batch(100000, 0, '2024-02-03 04:05:06Z')" >rpc.json &&
            python3 "$root/tests/servers/same_numbers.py" native.jsonl rpc.json
    }
    check "$say the database gives the numbers of user_features.parquet" numbers
    recommend() { "$TWOTOWER" recommend --db-url env:STORE_URL --json --users 20 --limit 15 >rec.json; }
    check "$say recommend" recommend
    check "$say recommendations are whole" expect json rec.json \
        "len(users) == 20" "all(len(u.recommended) == 15 for u in users)"
    sql "$db" "delete from video_embeddings" "delete from user_embeddings"
    upsert() { "$TWOTOWER" upsert --db-url env:STORE_URL --include-users --json "$@" >upsert.json; }
    check "$say upsert --dry-run" upsert --dry-run --min-user-interactions 5 "$@"
    check "$say it wrote nothing" test "$(sql "$db" 'select count(*) from video_embeddings')" = 0
    check "$say upsert" upsert --min-user-interactions 5 "$@"
    check "$say upsert counts" expect json upsert.json \
        "videos == 700" "0 < users < 240" "users + users_with_few_likes == 240" "model_version == 'm1'"
    check "$say and so does the table" expect json upsert.json \
        "users == $(sql "$db" 'select count(*) from user_embeddings')"
    check "$say db index, or what is not there for it" "$TWOTOWER" db index --db-url env:STORE_URL --model-version m1
    check "$say a run that eval did not pass stays out" failed_gate "$@"
    cd ..
}
failed_gate() {
    refused 1 'gate is not met' "$TWOTOWER" eval --min recall@20=0.99 >/dev/null &&
        refused 1 'did not meet the gate' "$TWOTOWER" upsert --db-url env:STORE_URL "$@"
}

serve start stock
stock=$url
fresh "$stock" pipeline
pipeline stock "$url" ""

# The same features by another way, so the same model and vectors.
same_as_folder() {
    "$TWOTOWER" db migrate --db-url "$1" --embedding-dim 32 && "$root/tests/servers/load.sh" "$1" shop && words "$1" &&
        for one in "file:shop" "$1"; do
            "$TWOTOWER" prep --db-url "$one" --input shop/reviews.csv --run-id p1 --out-dir "data${#one}" &&
                python3 "$root/tests/cli/pg_same.py" "data${#one}/processed/two_tower/latest/item_features.parquet" \
                    "${BUILD:-build}" >"items${#one}" || return
        done && cmp items*
}
fresh "$stock" words
(cd "$root" && test -x "${BUILD:-build}/tests/parquet_dump") && {
    check "features of the database are those of the folder" same_as_folder "$url"
}
fresh "$stock" demo
demo() (
    "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 128 && "$root/tests/servers/load.sh" "$url" shop &&
        mkdir demo && cd demo &&
        TWOTOWER_DB_URL=$url "$TWOTOWER" run --input ../shop/reviews.csv --min-interactions 5 --epochs 8 \
            --teacher none &&
        TWOTOWER_DB_URL=$url "$TWOTOWER" verify-row --db-url "$url" --sample 50
)
check "run: the whole pipeline in one command" demo


serve supabase supabase
server=$url
fresh "$server" pooled
third_schema() {
    vector="domain extensions.halfvec"
    ! vectors || vector="extension vector"
    sql "$(as_role "$url" supabase_admin)" "create schema vectors" "grant usage on schema vectors to public" \
        "alter $vector set schema vectors"
}
check "the type of vectors is in a schema of its own" third_schema
serve pooler pool supabase
worker=job_runner
pipeline pooled "$(other_database "$url" pooled)" "--db-batch unnest"
worker=""

if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    serve pglite lite
    pipeline pglite "$url" ""
else
    skip "the pipeline on PGlite" "TWOTOWER_FULL=1 runs it"
fi
if [ -n "${TEST_DATABASE_URL:-}" ]; then
    fresh "$TEST_DATABASE_URL" twotower_test_pipeline
    pipeline real "$url" ""
    sql "$TEST_DATABASE_URL" "drop database if exists twotower_test_pipeline with (force)"
else
    skip "the pipeline on a real server with pgvector" "TEST_DATABASE_URL names none"
fi
finish
