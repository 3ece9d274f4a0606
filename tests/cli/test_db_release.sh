#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# What the migrated database promises: versions that never mix, an active version that only moves
# forward, rows that go with what they belong to, rights, features, recommendations.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh

is() { # WANTED STATEMENT...
    want=$1
    shift
    got=$(sql "$url" "$@") || return
    [ "$got" = "$want" ] || { echo "got:    $got"; echo "wanted: $want"; return 1; }
}
# Statements that the server must refuse with that text.
denied() { # TEXT STATEMENT...
    text=$1
    shift
    if sql "$url" "$@" >"$work/.denied" 2>&1; then
        echo "it was allowed"
        return 1
    fi
    cat "$work/.denied"
    grep -Eq -- "$text" "$work/.denied" || { echo "wanted: $text"; return 1; }
}
# As a request of the API comes: as one of its roles, for a user (or '').
as() { # ROLE USER STATEMENT
    sql "$url" "begin" "set local role $1" "set local request.jwt.claims = '${2:+{\"sub\": \"$2\"\}}'" "$3" "commit"
}
as_is() { # WANTED ROLE USER STATEMENT
    got=$(as "$2" "$3" "$4") || return
    [ "$got" = "$1" ] || { echo "got:    $got"; echo "wanted: $1"; return 1; }
}
as_denied() { # TEXT ROLE USER STATEMENT
    denied "$1" "begin" "set local role $2" "set local request.jwt.claims = '${3:+{\"sub\": \"$3\"\}}'" "$4" "commit"
}
uuid() { printf '%08d-0000-4000-8000-000000000000' "$1"; }

# A schema for 8 dimensions with 300 videos, 6 users and two versions; video n of m1 and user n
# have vectors made of an MD5, those of m2 are of another one.
prepare() {
    fresh "$server" twotower_test_r
    for role in anon authenticated service_role; do
        sql "$url" "do \$\$ begin create role $role nologin; exception when duplicate_object \
            or unique_violation then null; end \$\$"
    done
    sql "$url" "alter default privileges in schema public grant all on tables to anon, authenticated, service_role" \
        "alter default privileges in schema public grant all on functions to anon, authenticated, service_role"
    "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 8 --quiet >"$work/.migrated" 2>&1 || cat "$work/.migrated"
    if [ $declared = no ]; then # halves 1 to 8 by their bits
        vector="decode('00080000' || (select \
            string_agg((array['3c00','4000','4200','4400','4500','4600','4700','4800'])[get_byte(decode(md5(seed), \
            'hex'), i) % 8 + 1], '') from generate_series(0, 7) i), 'hex')::halfvec"
    else
        vector="('[' || (select string_agg((get_byte(decode(md5(seed), 'hex'), i) - 127)::text, ',') \
            from generate_series(0, 7) i) || ']')::halfvec"
    fi
    sql "$url" "create function v(seed text) returns halfvec language sql as \$\$ select $vector \$\$" \
        "create function id(n bigint) returns uuid language sql as \$\$ \
            select (lpad(n::text, 8, '0') || '-0000-4000-8000-000000000000')::uuid \$\$" \
        "insert into videos (id, external_id, title, maker, label, series, source, price, duration_seconds, \
            product_released_at) select id(n), 'c' || n, 'title ' || n, 'maker ' || n % 7, 'label ' || n % 5, case \
            when n % 2 = 0 then 'series ' || n end, 'src', 100 * n, 60 * n, timestamptz '2025-01-01 00:00Z' + n * \
            interval '1 day' from generate_series(1, 300) n" \
        "insert into tags (name) values ('b'), ('a'), ('Z')" \
        "insert into video_tags select id(n), t.id from generate_series(1, 300) n, tags t where t.name <> 'Z' \
            or n = 1" \
        "insert into performers (id, name) values (id(900), 'one'), (id(901), 'two')" \
        "insert into video_performers values (id(1), id(901)), (id(1), id(900))" \
        "insert into profiles (user_id, created_at) select id(n), '2025-10-01' from generate_series(1, 6) n" \
        "select create_embedding_partition(kind, version, 8) from unnest(array['video', 'user']) kind, \
            unnest(array['m1', 'm2']) version" \
        "insert into video_embeddings (video_id, model_version, embedding) select id(n), version, v(version || n) \
            from generate_series(1, 300) n, unnest(array['m1', 'm2']) version" \
        "insert into user_embeddings (user_id, model_version, embedding) \
            select id(n), version, v(version || 'user' || n) from generate_series(1, 5) n, unnest(array['m1', 'm2']) \
            version" >/dev/null
}

partitions() {
    check "$kind: a partition that is there is given again" is 'video_embeddings_m1' \
        "select create_embedding_partition('video', 'm1', 8)"
    [ $declared = no ] || check "$kind: another dimension gets no partition" denied \
        'embeddings of 9 dimensions do not fit' \
        "select create_embedding_partition('video', 'm3', 9)"
    check "$kind: a kind that is none is refused" denied 'video or user' \
        "select create_embedding_partition('dog', 'm1', 8)"
    check "$kind: a version that nobody announced is refused" denied \
        'no partition of relation "video_embeddings" found' \
        "insert into video_embeddings (video_id, model_version, embedding) values (id(1), 'm0', v('x'))"
    check "$kind: rows of another version cannot enter a partition" denied 'violates partition constraint' \
        "insert into video_embeddings_m1 (video_id, model_version, embedding) values (id(1), 'm2', v('x'))"
    check "$kind: nor can a row change its version into a partition's table" denied 'violates partition constraint' \
        "update only video_embeddings_m1 set model_version = 'm2'"
    check "$kind: a program that knows no versions is refused" denied 'no unique or exclusion constraint matching' \
        "insert into video_embeddings (video_id, embedding) values (id(1), v('x')) on conflict (video_id) do update \
            set embedding = excluded.embedding"
    check "$kind: so is its plain INSERT" denied 'no partition of relation|null value in column "model_version"' \
        "insert into video_embeddings (video_id, embedding) values (id(1), v('x'))"
    long=$(printf 'v%.0s' $(seq 63))
    check "$kind: any version has a partition of its own" is '3' \
        "select count(distinct create_embedding_partition('video', version, 8)) \
            from unnest(array['$long', 'it''s a \\ \"version\"', '2025.10-31_X']) version"
    check "$kind: and is found, and dropped" is 'f' \
        "select bool_and(drop_embedding_partition('video', version)) and drop_embedding_partition('video', 'never') \
            from unnest(array['$long', 'it''s a \\ \"version\"', '2025.10-31_X']) version"
}

activation() {
    activate() { sql "$url" "select activate_release('$1', '$2', $3)"; }
    check "$kind: nothing is active at first" is '|0|0' \
        "select active_model_version(), (select count(*) from active_video_embeddings), (select count(*) \
            from active_user_embeddings)"
    check "$kind: a version without rows cannot be activated" denied 'no video embeddings of version m9' \
        "select activate_release('production', 'm9', 1)"
    check "$kind: an activation moves the row" [ "$(activate production m1 3)" = moved ]
    check "$kind: the same again is known" [ "$(activate production m1 3)" = already ]
    check "$kind: another of the same sequence is a conflict" [ "$(activate production m2 3)" = conflict ]
    hashed() { # ENVIRONMENT SEQUENCE DIGIT ANSWER: activates m1 with an SHA-256 of that digit
        is "$4" "select activate_release('$1', 'm1', $2, repeat('$3', 64))"
    }
    check "$kind: an SHA-256 that was not written down is not compared" hashed production 3 a already
    check "$kind: an activation with its SHA-256" hashed staging 1 a moved
    check "$kind: another inventory under the sequence is a conflict" hashed staging 1 b conflict
    check "$kind: the same is known" hashed staging 1 a already
    check "$kind: an earlier one is behind" [ "$(activate production m2 2)" = behind ]
    check "$kind: views show the active version alone" is 'm1|300|5' \
        "select (select string_agg(distinct model_version, ',') from active_video_embeddings), (select count(*) \
            from active_video_embeddings), (select count(*) from active_user_embeddings where model_version = 'm1')"
    check "$kind: environments do not touch each other" [ "$(activate staging m2 2)" = moved ]
    environment() { "$TWOTOWER" db environment --db-url "$url" "$@"; }
    check "$kind: a database serves production at first" sh -c "'$TWOTOWER' db environment --db-url '$url' |
        grep -q ' serves production$'"
    check "$kind: db environment names another" environment staging
    check "$kind: whose version is served then" is 'm2' "select active_model_version()"
    check "$kind: and check says so" sh -c "'$TWOTOWER' db check --db-url '$url' |
        grep -q '^ok *active *this database serves staging$'"
    check "$kind: a name that is none is refused" refused 2 "'Staging 2' is no environment" environment 'Staging 2'
    check "$kind: and production again" environment production
    check "$kind: the row does not go back" denied 'only moves forward' \
        "update active_release set sequence = 2, model_version = 'm2' where environment = 'production'"
    check "$kind: nor stand still under another version" denied 'only moves forward' \
        "update active_release set model_version = 'm2' where environment = 'production'"
    check "$kind: nor go away" denied 'a row of active_release stays' "delete from active_release"
    check "$kind: nor all of them" denied 'a row of active_release stays' "truncate active_release"
    check "$kind: a served version is not dropped" denied 'version m1 is being served' \
        "select drop_embedding_partition('video', 'm1')"
    check "$kind: the flip moves both views" is 'moved
m2|m2' "select activate_release('production', 'm2', 4)" \
    "select active_model_version(), (select min(model_version) from active_user_embeddings)"
    check "$kind: and back is a new sequence" [ "$(activate production m1 5)" = moved ]
    check "$kind: check finds it" sh \
        -c "'$TWOTOWER' db check --db-url '$url' | grep 'production serves version m1 (sequence 5)'"
}

# Eight activations at once of the same sequence: in each round one moves it.
rounds=3 flips=10
[ "${TWOTOWER_FULL:-}" != 1 ] || rounds=12 flips=42
race() {
    moved=0 behind=0
    for round in $(seq 101 $((100 + rounds))); do
        pids=""
        for n in 1 2 3 4 5 6 7 8; do
            sql "$url" "select activate_release('production', 'm$((n % 2 + 1))', $round)" >"$work/race.$n" 2>&1 &
            pids="$pids $!"
        done
        # shellcheck disable=SC2086
        wait $pids
        moved=$((moved + $(cat "$work"/race.* | grep -c '^moved$')))
        behind=$((behind + $(cat "$work"/race.* | grep -cE '^(conflict|already)$')))
    done
    echo "$moved moved, $behind did not"
    [ $moved = $rounds ] && [ $behind = $((7 * rounds)) ] && is $((100 + rounds)) \
        "select sequence from active_release where environment = 'production'" &&
        sql "$url" "select activate_release('production', 'm1', 113)" >/dev/null
}

# A reader in the middle of the flips sees vectors of one version in every statement.
one_version() {
    for round in $(seq 200 2 $((198 + flips))); do
        sql "$url" "select activate_release('production', 'm2', $round)" \
            "select activate_release('production', 'm1', $round + 1)" >/dev/null
    done &
    writer=$!
    looks=0 mixed=0
    while kill -0 $writer 2>/dev/null; do
        seen=$(sql "$url" "select count(distinct model_version) from (select model_version \
            from active_video_embeddings union all select model_version from active_user_embeddings) x")
        looks=$((looks + 1))
        [ "$seen" = 1 ] || mixed=$((mixed + 1))
    done
    wait $writer
    echo "$looks looks, $mixed mixed"
    [ $mixed = 0 ] && [ $looks -gt 0 ]
}

deletions() {
    sql "$url" "delete from videos where id = id(299)" "delete from profiles where user_id = id(5)"
    check "$kind: a deleted video and user leave no vector in any partition" is '0|0|299|299|4|4' \
        "select (select count(*) from video_embeddings where video_id = id(299)), (select count(*) \
            from user_embeddings where user_id = id(5)), (select count(*) from video_embeddings_m1), \
            (select count(*) from video_embeddings_m2), (select count(*) from user_embeddings_m1), (select count(*) \
            from user_embeddings_m2)"
    check "$kind: a vector of no video is refused" denied 'violates foreign key constraint' \
        "insert into video_embeddings (video_id, model_version, embedding) values (id(299), 'm1', v('x'))"
}

rights() {
    u1=$(uuid 1)
    check "$kind: anon reads videos and their embeddings" as_is '299|299' anon '' \
        "select (select count(*) from videos), (select count(*) from active_video_embeddings)"
    check "$kind: anon reads no user's" as_denied 'permission denied' anon '' "select * from user_embeddings"
    check "$kind: a user reads their own alone" as_is "$u1|1" authenticated "$u1" \
        "select min(user_id::text), count(*) from active_user_embeddings"
    check "$kind: and their own decisions" as_is 0 authenticated "$u1" \
        "select count(*) from user_decisions where user_id <> '$u1'"
    # What each of these roles may not do, one statement after the other, in one session.
    sql "$url" "create function allowed(statements text[]) returns text language plpgsql as \$\$
        declare one text; found text := '';
        begin
            foreach one in array statements loop
                begin
                    execute one;
                    found := found || one || '; ';
                exception when insufficient_privilege then null;
                end;
            end loop;
            return found;
        end \$\$"
    tried="array['delete from video_embeddings', 'delete from user_embeddings', 'delete from video_embeddings_m1', \
        'delete from user_embeddings_m2', 'truncate video_embeddings', 'delete from active_release', \
        'delete from videos', 'delete from tags', 'delete from video_tags', 'delete from job_lock', \
        'delete from ingest_state', 'delete from twotower_migrations', 'select from user_embeddings_m1', \
        'update video_embeddings set updated_at = now()', \
        'insert into video_embeddings (video_id, model_version, embedding)
            select video_id, model_version, embedding from active_video_embeddings limit 1',
        'select activate_release(''production'', ''m2'', 999)',
        'select create_embedding_partition(''video'', ''m7'', 8)', 'select drop_embedding_partition(''video'', ''m2'')',
        'select job_acquire(''production'', ''sync'', ''me'', 60)', 'select get_user_embedding_feature_batch(10, 0)',
        'select save_user_embedding(gen_random_uuid(), ''m1'', ''{1}'', null)',
        'select twotower_protect(''video_embeddings'')',
        'alter table video_embeddings disable row level security']"
    for role in anon authenticated; do
        check "$kind: $role may do none of 23 things" as_is '' $role "$u1" "select allowed($tried)"
    done
    check "$kind: service_role writes embeddings" as_is 1 service_role '' "with w as (update video_embeddings \
        set updated_at = now() where video_id = '$(uuid 3)' and model_version = 'm1' returning 1) select count(*) \
        from w"
    check "$kind: service_role makes and drops partitions" as_is 'video_embeddings_m7|t' service_role '' \
        "select create_embedding_partition('video', 'm7', 8), drop_embedding_partition('video', 'm7')"
    check "$kind: service_role moves the active row" as_is already service_role '' "select \
        activate_release(environment, model_version, sequence) from active_release where environment = 'production'"
}

# ---- Features -----------------------------------------------------------------------------------

features() {
    as_of="timestamptz '2025-11-01 12:00Z'"
    sql "$url" "insert into user_video_decisions (user_id, video_id, decision_type, created_at) values
        (id(1), id(1), 'LIKE', '2025-10-31 06:00Z'), (id(1), id(2), 'like', '2025-08-01 18:00Z'),
        (id(1), id(3), 'NOPE', '2025-10-30 00:00Z'), (id(1), id(4), 'SKIP', '2025-10-30 00:00Z'),
        (id(1), id(5), 'LIKE', '2025-11-02 00:00Z'), (id(2), id(9), 'DISLIKE', '2025-10-30 00:00Z')"
    sql "$url" "select get_item_embedding_features(id(1), $as_of)" "select get_user_embedding_features(id(1), $as_of)" \
        "select get_user_embedding_features(id(3), $as_of)" \
        "select get_item_embedding_feature_batch(2, 1, $as_of)" \
            "select get_user_embedding_feature_batch(10, 0, $as_of)" \
        "select get_item_embedding_feature_batch(5, 1000)" >"$work/features.jsonl"
    sql "$url" "select get_user_embedding_features(id(77), $as_of) is null and \
        get_item_embedding_features(id(777)) is null" >"$work/absent"
    expect that rows="$work/features.jsonl" absent="$work/absent" "absent == 't\\n'" "len(rows) == 6" \
        "item = rows[0]" "user = rows[1]" "new = rows[2]" "items = rows[3]" "users = rows[4]" \
        "uuid = lambda n: f'{n:08d}-0000-4000-8000-000000000000'" \
        "one = {'id': uuid(1), 'tags': ['Z', 'a', 'b'], 'performers': [uuid(900), uuid(901)], 'maker': 'maker 1', \
            'label': 'label 1', 'series': None, 'source': 'src', 'product_released_at': '2025-01-02'}" \
        "two = one | {'id': uuid(2), 'tags': ['a', 'b'], 'performers': [], 'maker': 'maker 2', 'label': 'label 2', \
            'series': 'series 2', 'product_released_at': '2025-01-03'}" \
        "item == one | {'title': 'title 1', 'as_of': '2025-11-01T12:00:00Z', \
            'numerics': {'price': 100, 'duration_seconds': 60, 'release_day': 20090}}" \
        "user.liked == [one, two] and user.neutral == []" \
        "[v.id for v in user.disliked] == [uuid(3)] and user.user_id == uuid(1)" \
        "want = {'like_ratio': 2 / 3, 'dislike_ratio': 1 / 3, 'mean_stars': None, 'review_count': 3, 'like_count': 2, \
            'dislike_count': 1, 'like_count_30d': 1, 'positive_ratio_30d': 0.5, 'signup_days': 31, \
            'account_age_days': 31, 'days_since_last_like': 1, 'hour_sin': 0, 'hour_cos': 0, 'price_mean': 150, \
            'price_median': 150}" \
        "set(user.numerics) == set(want)" \
        "far = lambda got, wanted: got != wanted and abs(got - wanted) >= 1e-12" \
        "{n: user.numerics[n] for n in want if far(user.numerics[n], want[n])} == {}" \
        "new.liked == [] and new.numerics.like_ratio is None and new.numerics.signup_days == 31" \
        "[i.id for i in items] == [uuid(2), uuid(3)] and items[0].numerics.price == 200" \
        "[u.user_id for u in users] == [uuid(1), uuid(2)] and users[0] == user" "rows[5] == []"
}

# ---- Recommendations -----------------------------------------------------------------------------------

popularity() {
    sql "$url" "insert into user_video_decisions select id(n), id(42), 'like', now() - interval '1 day' \
        from generate_series(3, 4) n" \
        "insert into user_video_decisions values (id(3), id(43), 'LIKE', now()), (id(3), id(44), 'like', now() - \
            interval '40 days')"
    check "$kind: without an embedding: what is popular, then the newest, marked" is "$(uuid 42)|2|popular|
$(uuid 43)|1|popular|
$(uuid 300)|0|newest|
$(uuid 298)|0|newest|" "select * from recommend_videos(id(6), 4)"
    sql "$url" "insert into user_video_decisions values (id(6), id(42), 'SKIP', now()), (id(6), id(300), 'nope', now())"
    check "$kind: without what the user has seen" is "$(uuid 43) $(uuid 298)" \
        "select string_agg(video_id::text, ' ') from (select * from recommend_videos(id(6), 2)) r"
    check "$kind: a user's own request gives the same" as_is "$(uuid 43)" authenticated "$(uuid 6)" \
        "select video_id from recommend_videos('$(uuid 6)', 1)"
    check "$kind: anon asks for nobody" as_denied 'permission denied' anon '' \
        "select * from recommend_videos('$(uuid 6)', 1)"
}

exact="select e.video_id from video_embeddings e where e.model_version = 'm1' and not exists (select \
    from user_decisions d where d.user_id = id(1) and d.video_id = e.video_id) order by e.embedding <=> \
    (select embedding from user_embeddings where user_id = id(1) and model_version = 'm1'), e.video_id limit 10"
nearest() {
    sql "$url" "select activate_release('production', 'm1', 500)" >/dev/null
    check "$kind: the ten nearest, exactly, without what was seen" is t \
        "select array(select video_id from recommend_videos(id(1), 10)) = array($exact)"
    check "$kind: scores are cosines, all of one version" is '10|10|m1' \
        "select count(*), count(*) filter (where abs(r.score - (1 - (e.embedding <=> u.embedding))) < 1e-6 \
            and r.source = 'embedding'), min(r.model_version) from recommend_videos(id(1), 10) r \
            join video_embeddings e on e.video_id = r.video_id and e.model_version = 'm1' join user_embeddings u \
            on u.user_id = id(1) and u.model_version = 'm1'"
    check "$kind: other versions give others" is 'moved
m2|f' "begin" "select activate_release('production', 'm2', 501)" \
        "select min(model_version), array_agg(video_id) = array($exact) from recommend_videos(id(1), 10)" "rollback"
    check "$kind: more than there are: all that were not seen" is 294 \
        "select count(distinct video_id) from recommend_videos(id(1), 1000)"
    check "$kind: a user's own request gives the same" as_is t authenticated "$(uuid 1)" \
        "select count(*) = 10 from recommend_videos('$(uuid 1)', 10)"
    check "$kind: nobody asks for another user's" as_is 0 authenticated "$(uuid 2)" \
        "select count(*) from recommend_videos('$(uuid 1)', 10) where source = 'embedding'"
}

index() {
    built() {
        "$TWOTOWER" db index --db-url "$url" --model-version m1 >"$work/.index" 2>&1; code=$?; cat "$work/.index"; [ \
            $code = 0 ] && grep -Eq "$1" "$work/.index"
    }
    check "$kind: a version of no partition has no index" refused 3 "no video embeddings of version 'm9'" \
        "$TWOTOWER" db index --db-url "$url" --model-version m9
    check "$kind: check asks for the index" sh -c "'$TWOTOWER' db check --db-url '$url' |
        grep '^warning *index .*m1 has no HNSW index.*db index --model-version m1'"
    check "$kind: db index builds it" built 'an HNSW index over 299 rows of version m1'
    check "$kind: once" built 'has its index already'
    check "$kind: check finds it" sh \
        -c "'$TWOTOWER' db check --db-url '$url' | grep '^ok *index .*m1 has an HNSW index'"
    plan() { # WANTED FROM
        sql "$url" "set enable_seqscan = off" "set enable_bitmapscan = off" "set enable_sort = off" \
            "explain select video_id from $2 order by embedding <=> (select embedding from user_embeddings \
            where user_id = id(1) and model_version = 'm1') limit 5" "reset all" >"$work/.plan"
        cat "$work/.plan"
        grep -q "$1" "$work/.plan" && ! grep -q embeddings_m2 "$work/.plan"
    }
    check "$kind: a search of the version uses it" plan 'Index Scan using video_embeddings_m1_embedding_idx' \
        "video_embeddings where model_version = 'm1'"
    check "$kind: a search of the view reads no other version" plan 'Subplans Removed' active_video_embeddings
    recall() {
        sql "$url" "analyze video_embeddings" \
            "select count(*), count(*) filter (where r.video_id in ($exact)) from recommend_videos(id(1), 10) r" \
            >"$work/.recall"
        expect that recall="$work/.recall" "counts = [int(n) for n in recall.split('|')]" "counts[0] == 10" \
            "counts[1] >= 9"
    }
    check "$kind: recommendations by the index have 9 of the 10 nearest at least" recall
    case $kind in supabase*) superuser=supabase_admin ;; *) superuser=postgres ;; esac
    sql "$(as_role "$url" $superuser)" \
        "update pg_index set indisvalid = false where indexrelid = 'video_embeddings_m1_embedding_idx'::regclass"
    check "$kind: an unfinished index is a misfit" sh \
        -c "'$TWOTOWER' db check --db-url '$url' 2>/dev/null | grep '^misfit *index .*not finished'"
    check "$kind: and is replaced" built 'an HNSW index over 299 rows'
    check "$kind: m2 is left as it was" is \
        0 "select count(*) from pg_indexes where tablename = 'video_embeddings_m2' and indexdef like '%hnsw%'"
}

jobs() {
    take() { sql "$url" "select coalesce(job_acquire('production', 'sync', '$1', $2)::text, 'taken')"; }
    check "$kind: a job is taken" [ "$(take a 600)" = 1 ]
    check "$kind: its holder prolongs it" [ "$(take a 600)" = 1 ]
    check "$kind: nobody else has it" [ "$(take b 600)" = taken ]
    check "$kind: its fence is good" is '' "select check_job('production', 'sync', 1)"
    check "$kind: a lease ends" [ "$(take a 0)" = 1 ]
    check "$kind: then another takes it, with a new fence" [ "$(take b 600)" = 2 ]
    check "$kind: the old fence is refused" denied 'has gone to another holder' \
        "select check_job('production', 'sync', 1)"
    check "$kind: only its holder gives it back" is 'f|t' \
        "select job_release('production', 'sync', 1), job_release('production', 'sync', 2)"
    check "$kind: then it is free" [ "$(take a 600)" = 3 ]
}

suite() { # KIND
    kind=$1
    case $kind in # has the type of vectors a text form, a dimension and distances?
    stock) declared=no ;;
    supabase*) if vectors; then declared=yes; else declared=no; fi ;;
    *) declared=yes ;;
    esac
    prepare
    partitions
    activation
    if [ $kind != pglite ]; then
        check "$kind: $rounds rounds of 8 activations at once: one of each moves the row" race
        check "$kind: $flips flips while others read: no statement sees two versions" one_version
    fi
    deletions
    check "$kind: the RPC functions give what the towers read" features
    rights
    popularity
    jobs
    if [ $declared = no ]; then
        check "$kind: without pgvector no index is made, and it is said" sh \
            -c "'$TWOTOWER' db index --db-url '$url' --model-version m1 | grep 'the server has no pgvector'"
    else
        nearest
        index
    fi
}
each_server
supabase_server
[ -z "${TEST_DATABASE_URL:-}" ] || sql "$TEST_DATABASE_URL" "drop database if exists twotower_test_r with (force)" \
    >/dev/null 2>&1
finish
