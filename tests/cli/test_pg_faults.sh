#!/bin/sh
# SPDX-License-Identifier: MIT
# long
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# What goes wrong between a command and Postgres: every fault leaves all rows or none, and a
# sentence that says what to do.  On stock Postgres; each test prints its counts.
. tests/cli/lib.sh
. tests/servers/lib.sh
cd "$work" || exit 1
[ "${TWOTOWER_FULL:-}" = 1 ] && : "${CUTS:=12}"
export CUTS="${CUTS:-2}"

serve start stock
stock=$url
"$TWOTOWER" synth --out shop --users 120 --videos 300 --seed 7 >/dev/null
fresh "$stock" shop
db=$url
"$TWOTOWER" db migrate --db-url "$db" --embedding-dim 32 >/dev/null
"$root/tests/servers/load.sh" "$db" shop
"$TWOTOWER" prep --db-url "$db" --input shop/reviews.csv --run-id p >/dev/null 2>&1
"$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 32 --hidden-dim 32 --run-id m1 >/dev/null
embed() { "$TWOTOWER" embed videos --db-url "$db" --run-id s "$@"; }
count() { sql "$db" "select count(*) from ${1:-video_embeddings}"; }

cut() { python3 "$root/tests/cli/pg_cut.py" "$db" m1 "$@" && echo "# $(tail -1 "$work/.out")" >&3; }
exec 3>&1
command_line="embed videos --db-url {url} --run-id s --quiet"
# shellcheck disable=SC2086
{
    check "cut before and after every message" cut EVERY "$TWOTOWER" $command_line
    check "cut at random bytes" cut BYTES "$TWOTOWER" $command_line
    if [ "${TWOTOWER_FULL:-}" = 1 ]; then
        check "cut everywhere, with arrays" cut EVERY "$TWOTOWER" $command_line --db-batch unnest
    else
        check "cut at random bytes, with arrays" cut BYTES "$TWOTOWER" $command_line --db-batch unnest
    fi
    RESTART="$root/tests/servers/pg.sh restart $work/stock immediate" \
        check "the server crashes inside COPY, at COMMIT and before" cut RESTART "$TWOTOWER" $command_line
    check "a video that is deleted meanwhile gets no row" cut DELETED "$TWOTOWER" ${command_line% --quiet}
}

videos=$(count videos)

# ---- Waiting has an end ------------------------------------------------------------------
locked() { # SQL-LOCK COMMAND...: with the lock held by somebody else
    lock=$1
    shift
    rm -f held go
    mkfifo go
    (echo "begin; $lock; \\! touch held"; cat go; echo "rollback;") | psql -qX "$db" >/dev/null &
    while [ ! -e held ]; do sleep 0.05; done
    "$@"
    code=$?
    echo >go
    wait
    return $code
}
nobody_waits() {
    for _ in $(seq 600); do # until the server has seen the client go
        [ "$(sql "$db" "select count(*) from pg_stat_activity where application_name = 'twotower'")" = 0 ] && return
        sleep 0.1
    done
    return 1
}
mute() { TWOTOWER_DB_TIMEOUT=1 refused 5 'said nothing for 1 s' embed --include-existing; }
check "a server that says nothing is left, status 5" locked "lock table videos in access exclusive mode" mute
check "and its statement is cancelled" nobody_waits
check "SIGINT ends a wait for the server" locked "lock table videos in access exclusive mode" \
    python3 "$root/tests/cli/pg_interrupt.py" "$db" "$TWOTOWER" embed videos --db-url "$db" --run-id s
check "and its statement is cancelled too" nobody_waits
sql "$db" "create role hasty login" "grant service_role to hasty" "alter role hasty set statement_timeout = '300ms'" \
    "grant select on all tables in schema public to hasty"
hasty=$(printf %s "$db" | sed 's|//postgres@|//hasty@|')
check "the server's statement_timeout is told" locked "lock table videos in access exclusive mode" \
    refused 5 'SQLSTATE 57014' "$TWOTOWER" embed videos --db-url "$hasty" --run-id s
sql "$db" "alter role hasty reset statement_timeout" # which a busy machine reaches without a lock
many() { # every connection of the server is taken for a moment
    python3 "$root/tests/cli/pg_crowd.py" "$db" "$TWOTOWER" embed videos --db-url "$hasty" --run-id s
}
check "too many clients: tried again, then told" many

# ---- Tables that are not as expected: refused before the first row ---------------------------
"$TWOTOWER" embed videos --db-url "$db" --run-id s >/dev/null
before=$(sql "$db" "select md5(string_agg(e::text, ',' order by video_id)) from video_embeddings e")
mkdir small && (cd small && "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 16 --hidden-dim 16 \
    --run-id m1 \
    --train ../ml/data/processed/two_tower/latest/interactions_train.parquet --val \
        ../ml/data/processed/two_tower/latest/interactions_val.parquet \
    --user-features ../ml/data/processed/two_tower/latest/user_features.parquet --item-features \
        ../ml/data/processed/two_tower/latest/item_features.parquet >/dev/null)
check "another dimension under the same version" refused 5 'have 32 numbers, the new ones 16; nothing was written' \
    "$TWOTOWER" embed videos --db-url "$db" --artifacts-dir small/ml/artifacts/latest --run-id s --include-existing
variant() { # NAME SQL...: a copy of the database, changed
    sql "$stock" "drop database if exists $1" "create database $1 template shop" >/dev/null 2>&1
    there=$(other_database "$stock" "$1")
    shift
    sql "$there" "$@"
}
shape() { # NAME SENTENCE SQL: status 5 and the sentence, and no row
    variant "$1" "$3" && refused 5 "$2" "$TWOTOWER" embed videos --db-url "$there" --run-id s --include-existing &&
        [ "$(sql "$there" "select coalesce((select sum(n_tup_ins) from pg_stat_xact_user_tables), 0)")" = 0 ]
}
old="drop table video_embeddings cascade; create table video_embeddings (video_id uuid primary key references videos, \
    embedding"
check "vector for halfvec" shape vectors \
    'embedding of public.video_embeddings is vector, halfvec.32. is expected; nothing was written.*0003_embeddings' \
    "drop table video_embeddings cascade; create domain vector as bytea; create table video_embeddings (video_id uuid, \
        model_version text, embedding vector, input_digest text, updated_at timestamptz) partition by list \
        (model_version)"
check "a table without partitions" shape plain 'not partitioned by model_version.*0003_embeddings' \
    "$old halfvec, model_version text)"
check "no table" shape none 'no table public.video_embeddings; .*0003_embeddings' "drop table video_embeddings cascade"
check "no extension" shape bare 'type halfvec: the extension vector is not there .*Extensions.*0001_foundation' \
    "drop table video_embeddings cascade; drop table user_embeddings cascade; drop domain halfvec cascade"
sql "$db" "create role reader login" "grant select on all tables in schema public to reader" \
    "grant usage on schema public to reader"
reader=$(printf %s "$db" | sed 's|//postgres@|//reader@|')
check "a missing grant" refused 5 'may not read and write public.video_embeddings; GRANT' \
    "$TWOTOWER" embed videos --db-url "$reader" --run-id s --include-existing
check "none of these wrote a row" test "$before" = "$(sql "$db" \
    "select md5(string_agg(e::text, ',' order by video_id)) from video_embeddings e")"
fresh "$stock" nothing
check "an empty database" refused 5 'there is no table public.videos|no table public.video_embeddings' "$TWOTOWER" \
    embed videos --db-url "$url" --run-id s

# ---- Poisoned rows: all or none ---------------------------------------------------------------
poison() { # a row that the server refuses, the last of them
    sql "$db" "delete from video_embeddings" "create function poison() returns trigger language plpgsql as \$\$ begin \
        raise exception 'poisoned'; end \$\$" \
        "create trigger poison before insert on video_embeddings for each row when (new.video_id = '$(sql "$db" \
            "select max(id::text) from videos")') execute function poison()" &&
        refused 5 'cannot write the embeddings: poisoned .SQLSTATE P0001' embed && [ "$(count)" = 0 ] &&
        refused 5 poisoned embed --db-batch unnest && [ "$(count)" = 0 ] &&
        sql "$db" "drop function poison cascade" && embed && [ "$(count)" = "$videos" ]
}
check "a row that the server refuses: no row is written" poison
negative() {
    sql "$db" "update videos set price = -1 where id = (select max(id::text)::uuid from videos)" &&
        refused 3 'price of .*: a number from 0 is expected' embed --include-existing &&
            sql "$db" "update videos set price = 1 where price = -1"
}
check "a video with a price below 0 is named" negative
decision() {
    sql "$db" "alter table user_video_decisions drop constraint user_video_decisions_decision_type_check" \
        "update user_video_decisions set decision_type = 'LOVE' where ctid = (select max(ctid) from \
            user_video_decisions)" &&
        refused 3 "LIKE, DISLIKE, NOPE or SKIP is expected, got 'LOVE'" "$TWOTOWER" embed users --db-url "$db" &&
        sql "$db" "update user_video_decisions set decision_type = 'skip' where decision_type = 'LOVE'"
}
check "a decision that is none is named" decision

# ---- Versions never mix -----------------------------------------------------------------------
"$TWOTOWER" embed users --db-url "$db" --min-interactions 1 >/dev/null
sql "$db" "select activate_release('production', 'm1', 1)" >/dev/null
cp -r ml/artifacts/runs/m1 old && "$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 32 \
    --hidden-dim 32 --seed 9 --run-id m2 >/dev/null
served="select md5(string_agg(e::text, ',' order by video_id)) from active_video_embeddings e"
before=$(sql "$db" "$served")
other() { embed && [ "$(count)" = $((2 * videos)) ] && [ "$(sql "$db" "$served")" = "$before" ]; }
check "a new model's rows stand beside those being served" other
sql "$db" "select activate_release('production', 'm2', 2)" >/dev/null
before=$(sql "$db" "$served")
late() {
    "$TWOTOWER" embed videos --db-url "$db" --artifacts-dir old --run-id s --include-existing &&
        [ "$(sql "$db" "$served")" = "$before" ]
}
check "an old binary that writes after activation changes nothing that is served" late
refusals=0
for statement in "insert into video_embeddings (video_id, embedding) select video_id, embedding from video_embeddings \
    limit 1" \
    "insert into video_embeddings (video_id, model_version, embedding) select video_id, 'nobody-announced-it', \
        embedding from video_embeddings limit 1" \
    "insert into video_embeddings (video_id, model_version, embedding) select video_id, model_version, embedding from \
        video_embeddings limit 1 on conflict (video_id) do update set embedding = excluded.embedding" \
    "insert into \"video_embeddings_m2\" (video_id, model_version, embedding) select video_id, 'm1', embedding from \
        video_embeddings limit 1"; do
    sql "$db" "$statement" >/dev/null 2>&1 || refusals=$((refusals + 1))
done
check "writers that know no versions are refused: 4 of 4" test $refusals = 4
gone() {
    video=$(sql "$db" "select min(id::text) from videos") user=$(sql "$db" \
        "select min(user_id::text) from user_embeddings")
    [ "$(sql "$db" "select count(*) from video_embeddings where video_id = '$video'")" = 2 ] &&
        sql "$db" "delete from videos where id = '$video'" "delete from profiles where user_id = '$user'" &&
        [ "$(sql "$db" "select count(*) from video_embeddings where video_id = '$video'")" = 0 ] &&
        [ "$(sql "$db" "select count(*) from user_embeddings where user_id = '$user'")" = 0 ]
}
check "a deleted video and user are gone in every partition" gone

# ---- Memory ------------------------------------------------------------------------------------
rows=40000
[ "${TWOTOWER_FULL:-}" = 1 ] && rows=1000000
within_memory() { # the kernel refuses more than 32 MB of anonymous and private memory
    (ulimit -d 32768 && ulimit -s 1024 && exec "$TWOTOWER" embed videos --db-url "$url" --run-id large)
}
million() {
    fresh "$stock" large && "$TWOTOWER" db migrate --db-url "$url" --embedding-dim 32 &&
        sql "$url" "insert into videos (id, title, maker, price) select md5(i::text)::uuid, 'video ' || i, 'maker ' || \
            i % 500, i % 9 from generate_series(1, $rows) i" &&
        within_memory && [ "$(sql "$url" "select count(*) from video_embeddings")" = "$rows" ] && within_memory
}
check "$rows ids in 32 MB of memory" million
tidy .
finish
