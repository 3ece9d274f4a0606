#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# db migrate and db check: on a fresh database, on one of an application that is there already, and
# on ones that do not fit.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh

all=$(ls "$root"/tools/catalogue/pg/sql/0*.sql | wc -l)
migrate() { "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 3 "$@"; }
# db check must end with a status and say these lines (extended regular expressions).
says() { # STATUS LINE...
    want=$1
    shift
    "$TWOTOWER" db check --db-url "$url" >"$work/.said" 2>"$work/.err"
    got=$?
    cat "$work/.said" "$work/.err"
    [ $got = "$want" ] || { echo "exit status $got, wanted $want"; return 1; }
    for line; do
        grep -Eq -- "$line" "$work/.said" || { echo "wanted: $line"; return 1; }
    done
}
is() { # WANTED STATEMENT...
    want=$1
    shift
    got=$(sql "$url" "$@") || return
    [ "$got" = "$want" ] || { echo "got:    $got"; echo "wanted: $want"; return 1; }
}
relations() { sql "$url" "select count(*) from pg_class where relnamespace = 'public'::regnamespace"; }
# As on Supabase: whatever is made in public is open to all roles of the API.
open_defaults() {
    for role in anon authenticated service_role; do
        sql "$url" "do \$\$ begin create role $role nologin; exception when duplicate_object \
            or unique_violation then null; end \$\$"
    done
    sql "$url" "alter default privileges in schema public grant all on tables to anon, authenticated, service_role" \
        "alter default privileges in schema public grant all on functions to anon, authenticated, service_role"
}

# ---- Fresh -----------------------------------------------------------------------------------

fresh_schema() {
    fresh "$server" twotower_test_a
    check "$kind: check on an empty database names what is missing" says 1 \
        "^misfit +migrations +$all of $all migrations are not applied" '^misfit +schema .*videos.*db migrate' \
            'misfits: [1-9]'
    before=$(relations)
    check "$kind: --dry-run lists the migrations" sh -c \
        "[ \$('$TWOTOWER' db migrate --db-url '$url' --dry-run | grep -c '^pending 0') = $all ]"
    check "$kind: and changes nothing" [ "$(relations)" = "$before" ]
    open_defaults
    check "$kind: migrate" migrate
    check "$kind: it is up to date" sh -c "'$TWOTOWER' db migrate --db-url '$url' | grep -q 'is up to date'"
    check "$kind: each migration is recorded, with its sum" is $all \
        "select count(*) from twotower_migrations where length(checksum) = 64"
    check "$kind: check on a fresh schema finds no misfit" says 0 "all $all migrations are applied" \
        'video_embeddings is partitioned' '^ok +rights +every function, table and view' 'misfits: 0'
    json() {
        "$TWOTOWER" db check --db-url "$url" --json >"$work/check.json" &&
            expect json "$work/check.json" "fits is True" "{f.verdict for f in findings} <= {'ok', 'warning'}" \
                "subjects = {'migrations', 'extension', 'schema', 'dimension', 'keys', 'rights', 'rows'}" \
                "subjects <= {f.subject for f in findings}"
    }
    check "$kind: check --json is one document" json
    if [ $declared = yes ]; then
        check "$kind: the column is halfvec(3)" is 'halfvec(3)' \
            "select replace(format_type(atttypid, atttypmod), 'public.', '') from pg_attribute \
                where attrelid = 'user_embeddings'::regclass and attname = 'embedding'"
        check "$kind: another dimension is refused" refused 3 'holds vectors of 3 dimensions, not 4' \
            "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 4
        wrong_dim() {
            "$TWOTOWER" db check --db-url "$url" --embedding-dim 4 >"$work/.said" 2>&1
            [ $? = 1 ] && grep -q '^misfit *dimension .* 3 dimensions, where 4 are expected' "$work/.said"
        }
        check "$kind: check --embedding-dim says when it does not fit" wrong_dim
    fi
    sql "$url" "create table twotower_saved as table twotower_migrations" \
        "update twotower_migrations set checksum = 'other' where number = 3"
    check "$kind: a migration of another text is refused" refused 5 '0003_embeddings is there in another form' migrate
    check "$kind: and check says so" says 1 '^misfit +migrations .*0003_embeddings is there in another form'
    sql "$url" "update twotower_migrations m set checksum = s.checksum from twotower_saved s \
        where s.number = m.number" \
        "insert into twotower_migrations values (99, '0099_later', 'x', '9.9.9')"
    check "$kind: a database of a newer program is refused" refused \
        5 'migration 99 is there, made by twotower 9.9.9' migrate
}

# Ten programs at once: each migration is applied by one of them, and all succeed.
concurrent() {
    fresh "$server" twotower_test_b
    for n in 0 1 2 3 4 5 6 7 8 9; do
        { migrate >"$work/out.$n" 2>&1; echo $? >"$work/code.$n"; } &
        pids="${pids:-} $!"
    done
    # shellcheck disable=SC2086
    wait $pids
    pids=""
    cat "$work"/out.* "$work"/code.*
    [ "$(cat "$work"/code.* | sort -u)" = 0 ] || return 1
    [ "$(cat "$work"/out.* | grep -c '^applied')" = "$all" ] || return 1
    is $all "select count(*) from twotower_migrations"
}

# A signal while another migration holds the lock: nothing is changed, and the next run is whole.
interrupted_migration() {
    fresh "$server" twotower_test_c
    psql -qAtX "$url" -c "begin; select pg_advisory_xact_lock(8390046207134036041); select pg_sleep(300)" >/dev/null \
        2>&1 &
    holder=$!
    until [ "$(sql "$url" "select count(*) from pg_locks where locktype = 'advisory' and granted and database = \
        (select oid from pg_database where datname = current_database())")" = 1 ]; do :; done
    "$TWOTOWER" db migrate --db-url "$url" >"$work/.out" 2>&1 &
    waiter=$!
    until [ "$(sql "$url" "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = \
        (select oid from pg_database where datname = current_database())")" = 1 ]; do
        kill -0 $waiter || break
    done
    kill -TERM $waiter
    wait $waiter
    code=$?
    sql "$url" "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(300)%' \
        and pid <> pg_backend_pid()" >/dev/null
    wait $holder
    cat "$work/.out"
    [ $code = 7 ] || { echo "exit status $code, wanted 7"; return 1; }
    is 0 "select count(*) from pg_class where relnamespace = 'public'::regnamespace \
        and relname = 'twotower_migrations'" &&
        migrate >/dev/null
}

# ---- A database of an application -----------------------------------------------------------------

# The tables as the application has them; vectors in `$1`, as the column is declared.
application() { # TYPE A B C (three literals)
    sql "$url" "create type decision as enum ('LIKE', 'NOPE', 'SKIP')" \
        "create table videos (id uuid primary key, product_url text, title text, maker text, price integer, \
            created_at timestamptz default now())" \
        "create table tags (id uuid primary key, name text)" \
        "create table video_tags (video_id uuid references videos, tag_id uuid references tags)" \
        "create table video_performers (video_id uuid, performer_id uuid)" \
        "create table profiles (id uuid primary key, created_at timestamptz)" \
        "create table user_video_decisions (id bigserial primary key, user_id uuid, video_id uuid, decision_type \
            decision, created_at timestamptz)" \
        "create table video_embeddings (video_id uuid primary key, embedding $1, model_version text, updated_at \
            timestamptz)" \
        "create table user_embeddings (user_id uuid primary key, embedding $1, updated_at timestamptz)" \
        "insert into videos (id, title) select md5(n::text)::uuid, 'video ' || n from generate_series(1, 40) n" \
        "insert into tags select md5('tag' || n)::uuid, 'tag ' || n from generate_series(1, 3) n" \
        "insert into video_tags select md5(n::text)::uuid, md5('tag' || (n % 3 + 1))::uuid \
            from generate_series(1, 40) n" \
        "insert into profiles select md5('u' || n)::uuid, now() from generate_series(1, 10) n" \
        "insert into user_video_decisions (user_id, video_id, decision_type, created_at) \
            select md5('u' || (n % 10 + 1))::uuid, md5(n::text)::uuid, 'LIKE', now() from generate_series(1, 40) n" \
        "insert into video_embeddings select md5(n::text)::uuid, $2, case when n % 4 = 0 then null when n % 2 = 0 \
            then '20251001T000000Z' else '2025-10-31 v2' end, '2025-10-31' from generate_series(1, 40) n" \
        "insert into video_embeddings values (md5('gone')::uuid, $3, 'x', now()), (md5('gone too')::uuid, null, 'x', \
            now())" \
        "insert into user_embeddings select md5('u' || n)::uuid, $4, now() from generate_series(1, 10) n" \
        "insert into user_embeddings values (md5('no profile')::uuid, $4, now())"
}

adopted() { # TYPE A B C
    fresh "$server" twotower_test_d
    [ $declared = no ] || sql "$url" "create extension if not exists vector"
    application "$@"
    sql "$url" "create table before as select video_id, embedding::text as bytes, coalesce(model_version, 'legacy') \
        as version, updated_at from video_embeddings"
    check "$kind: check on an old schema ($1) says what to do" says \
        1 '^misfit +embeddings +video_embeddings is one table for every model.*db migrate moves its rows' \
        "^misfit +migrations +$all of $all"
    if [ "$1" != halfvec ]; then
        check "$kind: another dimension is refused, and nothing is moved" refused \
            3 'holds vectors of 3 dimensions, not 8' \
            "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 8
        check "$kind: the table is as it was" is '42|r' "select count(*), (select relkind from pg_class \
            where oid = 'video_embeddings'::regclass) from video_embeddings"
    fi
    sql "$url" "create view fans as select video_id from video_embeddings"
    check "$kind: a view that reads it is named" refused 5 'view (public.)?fans depends on' migrate
    sql "$url" "drop view fans"
    check "$kind: migrate adopts it ($1)" migrate
    check "$kind: 40 rows are moved, 2 are beside them" is '40|2|42' \
        "select (select count(*) from video_embeddings), (select count(*) from video_embeddings_unmatched), \
            (select count(*) from before)"
    check "$kind: every version has its partition" is '2025-10-31 v2:20
20251001T000000Z:10
legacy:10' "select model_version || ':' || count(*) from video_embeddings group by model_version order by 1"
    check "$kind: not a byte, version or time is another" is 0 \
        "select count(*) from before b full join (select video_id, embedding::text as bytes, model_version, \
            updated_at from video_embeddings union all select video_id, embedding::text, model_version, updated_at \
            from video_embeddings_unmatched) e using (video_id) where b.bytes is distinct from e.bytes \
            or b.version is distinct from e.model_version or b.updated_at is distinct from e.updated_at"
    check "$kind: users are moved, also one without a profile" is '11|t' \
        "select count(*), to_regclass('user_embeddings_unmatched') is null from user_embeddings"
    check "$kind: other rows are untouched" is '40|40|40|10|40' \
        "select (select count(*) from videos), (select count(*) from video_tags), (select count(*) \
            from user_video_decisions), (select count(*) from profiles), (select count(*) from video_catalogue \
            where tags[1] like 'tag %')"
    check "$kind: check finds no misfit, and tells of the rows beside" says \
        0 '1 user embeddings belong to nothing; the next embedding of users deletes them' \
        'video_embeddings_unmatched keeps the rows' '40 videos, 40 decisions, 10 profiles' \
        'video_embeddings: 20 rows of version 2025-10-31 v2'
    check "$kind: the application's tables have no new policies" is \
        0 "select count(*) from pg_policies where tablename in ('videos', 'profiles', 'user_video_decisions')"
    check "$kind: again: it is up to date" sh -c "'$TWOTOWER' db migrate --db-url '$url' | grep -q 'is up to date'"
}

# ---- What does not fit -----------------------------------------------------------------------------

broken_schema() {
    fresh "$server" twotower_test_e
    open_defaults
    migrate >/dev/null
    sql "$url" "alter table video_embeddings disable row level security" "grant update on user_embeddings to anon" \
        "drop function recommend_videos" "drop view active_user_embeddings" \
            "alter table active_release alter column sequence type integer" \
        "alter table video_embeddings drop constraint video_embeddings_video_id_fkey" \
            "revoke insert on active_release from service_role" \
        "select create_embedding_partition('video', 'm1', 3)" "grant delete on video_embeddings_m1 to authenticated" \
            >/dev/null
    says 1 'misfit +rights +video_embeddings has row security switched off' \
        'misfit +rights +anon may UPDATE user_embeddings' \
        'misfit +rights +authenticated may DELETE video_embeddings_m1' 'functions are missing: recommend_videos' \
        'missing: active_user_embeddings' 'active_release.sequence is integer, where bigint is expected' \
        'misfit +keys +video_embeddings keeps rows of what is deleted' \
            'misfit +rights +service_role may not INSERT active_release' 'misfits: 8'
}

extension() { # a server has pgvector, or it has not
    fresh "$server" twotower_test_f
    sql "$url" "drop domain halfvec"
    if [ "$(sql "$url" "select count(*) from pg_available_extensions where name = 'vector'")" = 0 ]; then
        check "$kind: without pgvector nothing is made" refused 5 'pgvector is not installed on this server' migrate
        check "$kind: not even the record of migrations" is '' "select to_regclass('public.twotower_migrations')"
        check "$kind: and check says so" says 1 '^misfit +extension +pgvector is not installed'
    else
        check "$kind: the server's pgvector is taken" migrate
        check "$kind: with the record of migrations" is twotower_migrations \
            "select to_regclass('public.twotower_migrations')"
        check "$kind: and check says so" says 0 '^ok +extension +pgvector [0-9.]+ in schema'
    fi
}

no_rights() {
    fresh "$server" twotower_test_g
    sql "$url" "do \$\$ begin create role twotower_test_guest login; exception when duplicate_object then null; end \
        \$\$"
    owner=$url
    url=$(printf %s "$url" | sed "s|//[^@/]*@|//twotower_test_guest@|")
    check "$kind: a user who may make nothing is told so" refused \
        5 'permission denied for schema public.*grant it, or connect as the owner' migrate
    url=$owner
    migrate >/dev/null
    url=$(printf %s "$url" | sed "s|//[^@/]*@|//twotower_test_guest@|")
    check "$kind: check says what such a user may not" says 1 'misfit +migrations .*permission denied' \
        'misfit +rights +twotower_test_guest may not read and write video_embeddings;'
    url=$owner
}

suite() { # KIND
    kind=$1
    case $kind in # has the type of vectors a text form, a dimension and distances?
    stock) declared=no ;;
    supabase*) if vectors; then declared=yes; else declared=no; fi ;;
    *) declared=yes ;;
    esac
    fresh_schema
    if [ $declared = no ]; then
        adopted halfvec "decode('00030000' || '3c00' || lpad(to_hex(n), 4, '0') || '0000', 'hex')::halfvec" \
            "'\\x000300003c0000000000'::halfvec" "'\\x000300003c0000000000'::halfvec"
        [ $kind != stock ] || extension
        no_rights
    else
        adopted 'halfvec(3)' "format('[1,%s,0]', n)::halfvec" "'[1,0,0]'" "'[1,0,0]'"
        adopted 'vector(3)' "format('[1,%s,0]', n)::vector" "'[1,0,0]'" "'[1,0,0]'"
    fi
    if [ $kind != pglite ]; then
        check "$kind: ten migrations at once: each is applied once" concurrent
        check "$kind: a signal ends a migration that waits" interrupted_migration
    fi
    check "$kind: check names 8 things that are broken" broken_schema
}
each_server
supabase_server
for name in a b c d e f g; do
    [ -z "${TEST_DATABASE_URL:-}" ] || sql "$TEST_DATABASE_URL" \
        "drop database if exists twotower_test_$name with (force)" >/dev/null 2>&1
done
finish
