#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# Who may do what, on a cluster laid out as Supabase does it: what migrations give, what check names of
# a database that was changed or restored, what migrate --rights closes.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
serve supabase supabase
server=$url

is() { # WANTED STATEMENT...
    want=$1
    shift
    got=$(sql "$url" "$@") || return
    [ "$got" = "$want" ] || { echo "got:    $got"; echo "wanted: $want"; return 1; }
}
# A request as PostgREST makes it: its role logs in and takes the role of the caller.
request() { # ROLE STATEMENT
    sql "$(as_role "$url" authenticator)" "begin" "set local role $1" "$2" "commit"
}
request_is() { # WANTED ROLE STATEMENT
    got=$(request "$2" "$3") || return
    [ "$got" = "$1" ] || { echo "got:    $got"; echo "wanted: $1"; return 1; }
}
request_denied() { # TEXT ROLE STATEMENT
    if request "$2" "$3" >"$work/.denied" 2>&1; then
        echo "it was allowed"
        return 1
    fi
    cat "$work/.denied"
    grep -q -- "$1" "$work/.denied"
}
migrate() { "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 8 "$@"; }
# db check ends with a status, and of its lines on rights these are all that are not ok.
rights_are() { # STATUS LINE...
    want=$1
    shift
    "$TWOTOWER" db check --db-url "$url" >"$work/.said" 2>"$work/.err"
    got=$?
    : >"$work/.wanted"
    for line; do
        printf '%s\n' "$line" >>"$work/.wanted"
    done
    grep -E '^(misfit|warning) +rights' "$work/.said" | sed 's/  */ /g; s/; twotower db migrate --rights$//' |
        diff "$work/.wanted" - && [ $got = "$want" ]
}

# ---- What migrations give ------------------------------------------------------------------------

callable() { # ROLE: the functions that it may call
    sql "$url" "select string_agg(proname, ' ' order by proname collate \"C\") from pg_proc p \
        where pronamespace = 'public'::regnamespace and has_function_privilege('$1', p.oid, 'execute')"
}
given_functions() {
    open="active_model_version get_item_embedding_features popular_videos"
    inner="twotower_instant twotower_request_user twotower_video_json"
    expect_words() { # ROLE WORD...
        role=$1
        shift
        want=$(printf '%s\n' "$@" | LC_ALL=C sort | tr '\n' ' ' | sed 's/ $//')
        got=$(callable "$role")
        [ "$got" = "$want" ] || { echo "$role got:    $got"; echo "$role wanted: $want"; return 1; }
    }
    # shellcheck disable=SC2086
    expect_words anon $open $inner &&
        expect_words authenticated $open $inner get_user_embedding_features recommend_videos &&
        expect_words service_role $open $inner get_user_embedding_features recommend_videos activate_release \
            check_job create_embedding_partition drop_embedding_partition embedding_partition \
            get_item_embedding_feature_batch get_user_embedding_feature_batch job_release prunable_embeddings \
            forget_unknown_users forget_user \
            index_embedding_partition \
            job_holder list_videos save_user_embedding job_acquire twotower_embedding_table &&
        expect_words job_runner $(callable service_role)
}
fresh "$server" twotower_test_s
check "migrate, as a user that is no superuser" migrate --quiet
check "check finds every right as it is meant" rights_are 0
check "each role may call these functions, and no others" given_functions
check "every function with its owner's rights has its own search_path" is '14|14' \
    "select count(*), count(*) filter (where proconfig = '{\"search_path=pg_catalog, pg_temp\"}') from pg_proc \
        where pronamespace = 'public'::regnamespace and prosecdef"
check "no role of the API may create anything" is 0 "select count(*) from unnest(array['anon', 'authenticated', \
    'service_role']) r where has_schema_privilege(r, 'public', 'create')"

sql "$url" "insert into videos (id, title, product_released_at) \
    select md5(n::text)::uuid, 'video ' || n, timestamptz '2025-01-01 00:00Z' + n * interval '1 day' \
    from generate_series(1, 1200) n" \
    "insert into profiles (user_id) select md5('u' || n)::uuid from generate_series(1, 3) n" \
    "insert into user_video_decisions select md5('u' || n)::uuid, md5('7')::uuid, 'like', now() \
    from generate_series(1, 3) n"
check "a job with service_role's rights alone makes a partition" [ \
    "$(sql "$(as_role "$url" job_runner)" "select create_embedding_partition('video', 'm1', 8)")" = \
    video_embeddings_m1 ]
check "which has the rights of all partitions" rights_are 0
check "nobody reads it but by its table" request_denied 'permission denied' anon "select from video_embeddings_m1"

# ---- popular_videos --------------------------------------------------------------------------------

check "a user is told the likes of what is popular" request_is "$(printf 7 | md5sum | cut -c1-8)|3" authenticated \
    "select left(video_id::text, 8), likes from popular_videos(1)"
check "anon is told the same order, and no counts" request_is "$(printf 7 | md5sum | cut -c1-8)|" anon \
    "select left(video_id::text, 8), likes from popular_videos(1)"
check "anon gets 1,000 at most, others what they ask for" sh -c \
    "[ '$(request anon "select count(*), count(likes) from popular_videos(2147483647)")' = '1000|0' ] &&
     [ '$(request authenticated "select count(*) from popular_videos(1100)")' = 1100 ]"
check "no limit is 20, and less than none is none" request_is '20|0' anon \
    "select (select count(*) from popular_videos(null)), (select count(*) from popular_videos(-1))"

# ---- What was changed ------------------------------------------------------------------------------

# Default privileges, or somebody, gave the right to call: the functions refuse all the same.
refuse_by_themselves() {
    sql "$url" "grant execute on all functions in schema public to public" || return
    while read -r call; do
        for role in anon authenticated; do
            request_denied "$role is neither the owner of this function nor service_role" $role "select $call" ||
                { echo "$role: $call"; return 1; }
        done
    done <<'SQL'
activate_release('production', 'm1', 99)
create_embedding_partition('video', 'm2', 8)
drop_embedding_partition('video', 'm1')
job_acquire('production', 'sync', 'me', 60)
check_job('production', 'sync', 1)
job_release('production', 'sync', 1)
job_holder('production', 'sync')
index_embedding_partition('m1')
list_videos('x', '[]', now(), null)
save_user_embedding(md5('u1')::uuid, 'm1', '{1}', null)
forget_user(md5('u1')::uuid)
forget_unknown_users()
SQL
}
check "twelve functions refuse whoever is not meant, with the right to call them" refuse_by_themselves
check "service_role is not refused" request_is f service_role "select job_release('production', 'sync', 1)"
check "nor is a login with its rights" [ \
    "$(sql "$(as_role "$url" job_runner)" "select job_release('production', 'sync', 1)")" = f ]
check "migrate takes the right away, also where all is migrated" sh -c "'$TWOTOWER' db migrate --db-url '$url' |
    grep -c '^applied revoke EXECUTE on function' | grep -qx 38"
check "check finds every right as it is meant again" rights_are 0

sql "$url" "alter table user_embeddings disable row level security" \
    "grant update (updated_at) on video_embeddings to authenticated" "alter function popular_videos reset all" \
    "drop policy twotower_read on profiles" "grant select, truncate on video_embeddings_m1 to public" \
    "alter policy twotower_write on job_lock to public" "revoke select on video_catalogue from anon" \
    "alter view user_decisions reset (security_invoker)" "create policy mine on user_embeddings using (true)" \
    "alter function recommend_videos security definer" "grant insert on videos to anon" \
    "revoke usage on schema extensions from authenticated" \
    "grant insert on user_video_decisions to authenticated" \
    "create policy own on user_video_decisions for insert to authenticated \
        with check (user_id = twotower_request_user())"
changed() {
    rights_are 1 "misfit rights authenticated may not use the schema extensions" \
        "misfit rights job_lock lacks the policy twotower_write, or has another of that name" \
        "misfit rights popular_videos(integer) has no search_path of its own" \
        "misfit rights profiles lacks the policy twotower_read, or has another of that name" \
        "misfit rights recommend_videos(uuid,integer) runs with the rights of its owner, not of its caller" \
        "misfit rights user_decisions shows what its owner may read, not its reader" \
        "misfit rights user_embeddings has row security switched off" \
        "misfit rights anon may not SELECT video_catalogue" \
        "misfit rights authenticated may UPDATE video_embeddings" \
        "misfit rights PUBLIC may SELECT, TRUNCATE video_embeddings_m1" \
        "misfit rights anon may INSERT videos" \
        "warning rights the policy mine of user_embeddings is none of the migrations"
}
check "check names each of 11 differences and a policy that is not ours" changed
check "--dry-run tells 11 statements" sh -c \
    "[ \$('$TWOTOWER' db migrate --db-url '$url' --dry-run | grep -c '^pending [a-z]') = 11 ]"
check "and runs none" changed
check "migrate --rights runs them" sh -c \
    "[ \$('$TWOTOWER' db migrate --rights --db-url '$url' | grep -c '^applied [a-z]') = 11 ]"
check "check names the policy alone" rights_are 0 \
    "warning rights the policy mine of user_embeddings is none of the migrations"
check "what the application gave with a policy of its own stays" is t \
    "select has_table_privilege('authenticated', 'user_video_decisions', 'insert')"
sql "$url" "drop policy mine on user_embeddings" "drop function job_holder"
check "check names a function that is not there" rights_are 1 \
    "misfit rights these functions are missing: job_holder"
sql "$(as_role "$url" supabase_admin)" "alter function job_release owner to supabase_admin"
check "a function of another owner is named, and what may be done" refused 5 'must be owner of function job_release' \
    migrate --rights

# ---- A dump that is restored elsewhere --------------------------------------------------------------

restored() {
    fresh "$server" twotower_test_t
    migrate --quiet >"$work/.migrated"
    sql "$url" "insert into videos (id) values (md5('1')::uuid)" "select create_embedding_partition('video', 'm1', 8)"
    pg_dump --no-privileges --no-owner -n public -d "$url" >"$work/dump.sql"
    fresh "$server" twotower_test_u
    psql -qX "$url" <"$work/dump.sql" >"$work/.restored" 2>&1
    is 1 "select count(*) from videos"
}
named() {
    "$TWOTOWER" db check --db-url "$url" >"$work/.said" 2>&1 && return 1
    cat "$work/.said"
    for line in 'anon may EXECUTE activate_release' 'PUBLIC may EXECUTE drop_embedding_partition' \
        'anon may DELETE, INSERT, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE user_embeddings;' \
        'authenticated may DELETE.* video_embeddings_m1;' 'anon may .* user_profiles;' \
        'anon may DELETE, INSERT, REFERENCES, TRIGGER, TRUNCATE, UPDATE videos;'; do
        grep -Eq "^misfit +rights +$line" "$work/.said" || { echo "wanted: $line"; return 1; }
    done
}
check "a database is dumped without its rights and restored" restored
check "check names what is open" named
check "anon activates nothing all the same" request_denied 'neither the owner' anon \
    "select activate_release('production', 'm1', 99)"
check "and drops nothing" request_denied 'neither the owner' anon "select drop_embedding_partition('video', 'm1')"
check "migrate --rights closes it" migrate --rights
check "check finds every right as it is meant" rights_are 0
check "each role may call these functions, and no others, there too" given_functions
check "then nothing is left to do" sh -c "'$TWOTOWER' db migrate --rights --db-url '$url' | grep -q 'is up to date'"
fresh "$server" twotower_test_v
check "a database that was never migrated has no rights to give" refused 5 'nothing is migrated' migrate --rights
finish
