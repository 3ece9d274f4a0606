#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# publish with --db-url on Postgres: the active release follows the log, and a kill between the two is
# what reconcile repairs.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY SUPABASE_URL
cd "$work" || exit 1
export TWOTOWER_STORAGE_URL=file:store

"$TWOTOWER" synth --out shop --users 120 --videos 200 --seed 7 >/dev/null
serve_shared
fresh "$url" release
db=$url
export STORE_URL="$db"
check "db migrate" "$TWOTOWER" db migrate --db-url env:STORE_URL --embedding-dim 16
check "the catalogue is loaded" "$root/tests/servers/load.sh" "$db" shop
"$TWOTOWER" prep --db-url env:STORE_URL --input shop/reviews.csv --run-id p >/dev/null 2>&1
for n in 1 2 3; do
    "$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id r$n --seed $n >/dev/null
    "$TWOTOWER" eval --run-id r$n --min-over-popularity 0 --quiet >/dev/null
    "$TWOTOWER" publish upload --run-id r$n >/dev/null
done
publish() { "$TWOTOWER" publish "$@" --db-url env:STORE_URL; }
embed() {
    "$TWOTOWER" embed videos --db-url env:STORE_URL --artifacts-dir ml/artifacts/runs/$1 --run-id s$1 &&
        "$TWOTOWER" embed users --db-url env:STORE_URL --artifacts-dir ml/artifacts/runs/$1 --min-interactions 1
}
active() {
    [ "$(sql "$db" "select model_version, sequence, manifest_sha256 from active_release where environment = \
        'production'")" = "$1|$2|$(sha256sum "store/two_tower/$1/manifest.json" | cut -d' ' -f1)" ]
}
check "a run without embeddings is not activated" refused 3 'have no embedding of run r1' publish activate --run-id r1
check "and nothing was released" test ! -e store/two_tower/latest
for n in 1 2; do
    check "embeddings of r$n" embed r$n
    check "activate r$n" publish activate --run-id r$n
    check "the database serves r$n, as the log says" active r$n $n
    check "its views follow" test "$(sql "$db" 'select count(*) from active_video_embeddings')" = 200
done
sql "$db" "delete from video_embeddings where model_version = 'r1' and video_id in (select id from videos limit 5)"
check "rollback to a run that is not whole in the database" refused 3 '5 of 200 videos have no embedding of run r1' \
    publish rollback
check "nothing was released" active r2 2
check "the missing ones are embedded" embed r1
check "rollback" publish rollback
check "the database goes back forward" active r1 3
check "embeddings of r3" embed r3
check "an activation that stopped before the database" "$TWOTOWER" publish activate --run-id r3
check "the database serves the old one, whole" active r1 3
check "reconcile" publish reconcile
check "the database serves r3" active r3 4
check "reconcile again" publish reconcile
check "changes nothing" active r3 4
check "the same activation again changes nothing" publish activate --run-id r3
check "nothing at all" active r3 4
check "the state of the database alone cannot go back" sh \
    -c '! psql -qAtX -c "update active_release set sequence = 1" "$STORE_URL" 2>err && grep -q "only moves forward" err'
# What the log and the database have under one number is compared: run and SHA-256.
verify() { "$TWOTOWER" publish verify --db-url env:STORE_URL; }
db_check() { "$TWOTOWER" db check --db-url env:STORE_URL --storage-url file:store; }
checked() { # VERDICT TEXT: what db check says of the log
    db_check >checked.out 2>&1
    grep -E "^$1 +log +production: $2" checked.out || { cat checked.out; return 1; }
}
spoil() { # SET: the row of production as nothing of ours would write it
    sql "$db" "alter table active_release disable trigger user" \
        "update active_release set $1 where environment = 'production'" \
        "alter table active_release enable trigger user"
}
hash_of() { sha256sum "store/two_tower/$1/manifest.json" | cut -d' ' -f1; }
check "verify compares both sides" verify
check "db check does, too" checked ok 'release 4 is version r3, as the log has it'
spoil "model_version = 'r2'"
check "another run under the number: reconcile says so" refused 8 'release 4 is version r2 .* run r3 .*activate again' \
    publish reconcile
check "verify says so" refused 1 'release 4 is version r2 .* run r3 ' verify
check "db check says so" checked misfit 'release 4 is version r2 .* run r3 '
check "and is a negative answer" refused 1 'does not fit' db_check
spoil "model_version = 'r3', manifest_sha256 = repeat('0', 64)"
check "another inventory under the number: reconcile says so" refused 8 'with the inventory 000000000000 here' \
    publish reconcile
check "db check says so" checked misfit 'release 4 is version r3 with the inventory 000000000000 here'
check "activating again puts both right" publish activate --run-id r3
check "by a new release" active r3 5
check "verify finds both alike" verify
spoil "sequence = 3, model_version = 'r1', manifest_sha256 = '$(hash_of r1)'"
behind='release 3 is version r1, as the log has it; publish reconcile'
check "an older release is behind: verify says so" refused 1 "$behind" verify
check "db check warns" checked warning "$behind"
spoil "sequence = 3, model_version = 'r2'"
check "an older one that the log has not is not moved forward" refused 8 'release 3 is version r2 .* run r1 ' \
    publish reconcile
spoil "sequence = 5, model_version = 'r3', manifest_sha256 = '$(hash_of r3)'"
log=store/two_tower/manifests/production
mv $log/0000000005.json ahead.json
check "a release that the log does not have: reconcile says so" refused 8 'release 5 .* which ends at 4, does not' \
    publish reconcile
check "db check says so" checked misfit 'release 5 .* which ends at 4, does not have it'
check "nothing is activated over it" refused 8 'does not have it.*nothing was changed' publish activate --run-id r1
check "and nothing was" test ! -e $log/0000000005.json
mv ahead.json $log/0000000005.json
check "both sides are alike again" verify
# 8 at once: both sides end where the log ends.
crowd() {
    for n in 1 2 3 1 2 3 1 2; do
        "$TWOTOWER" publish activate --run-id r$n --db-url env:STORE_URL >>crowd.out 2>&1 &
    done
    wait
    publish reconcile >/dev/null || return
    last=$(ls store/two_tower/manifests/production | tail -1)
    cmp "store/two_tower/manifests/production/$last" store/two_tower/latest/manifest.json &&
        active "$(expect value store/two_tower/latest/manifest.json current.run_id)" "$(expr "${last%.json}" + 0)"
}
check "after them both sides are where the log ends" crowd
check "and again" crowd
# ---- Users of whom the application keeps no profile --------------------------------------------
guest=00000000-0000-4000-8000-00000000f001
sql "$db" "alter table user_video_decisions drop constraint user_video_decisions_user_id_fkey" \
    "insert into user_video_decisions (user_id, video_id, decision_type)
        select '$guest', id, 'LIKE' from videos limit 3"
vectors() { sql "$db" "select count(*) from user_embeddings where user_id = '$1'"; }
check "a user without a profile is embedded" embed r3
check "under the decision's user" test "$(vectors $guest)" = 1
check "db check counts such users" sh -c "'$TWOTOWER' db check --db-url env:STORE_URL |
    grep -q '^ok *rows *1 users decided and have no profile'"
of_file() { # what a file brings of somebody unknown is not written
    sql "$db" "delete from user_video_decisions where user_id = '$guest'" &&
        "$TWOTOWER" embed users --db-url env:STORE_URL --artifacts-dir ml/artifacts/runs/r3 --min-interactions 1 \
            2>said &&
        grep -q '1 embeddings of users without profile and decisions were deleted' said
}
check "without decisions either, the next embedding of users takes the vector away" of_file
check "and nothing is left of it" test "$(vectors $guest)" = 0
user=$(sql "$db" "select min(user_id::text) from user_embeddings")
sql "$db" "delete from profiles where user_id = '$user'"
check "a deleted profile takes its vectors along at once" test "$(vectors "$user")" = 0
user=$(sql "$db" "select min(e.user_id::text) from user_embeddings e where e.model_version = 'r3'")
check "forget_user removes all of one, and counts it" sh -c "[ \"\$0\" = 't|t|1' ]" "$(sql "$db" "select
    (f->>'embeddings')::int >= 1, (f->>'decisions')::int >= 1, f->>'profiles' from forget_user('$user') f")"
check "so that nothing is left" test "$(sql "$db" "select (select count(*) from user_embeddings where user_id = '$user')
    + (select count(*) from user_video_decisions where user_id = '$user')
    + (select count(*) from profiles where user_id = '$user')")" = 0

# ---- Old versions ------------------------------------------------------------------------------
# Of versions that were written in that order, those are dropped that nobody serves or would go back to.
copies="from video_embeddings join (values ('older', '2020-01-01'), ('old', '2020-01-02'), ('failed', '2020-01-03'),
    ('newer', '2100-01-01'), ('newest', '2100-01-02')) x (version, stamp) on model_version = 'r1'"
sql "$db" "select create_embedding_partition(kind, version, 16) from unnest(array['video', 'user']) kind,
        unnest(array['older', 'old', 'failed', 'newer', 'newest', 'empty']) version" \
    "insert into video_embeddings (video_id, model_version, embedding, updated_at)
        select video_id, version, embedding, stamp::timestamptz $copies" \
    "select activate_release('staging', 'old', 1), activate_release('staging', 'r2', 2)" >/dev/null
prune() { "$TWOTOWER" db prune --db-url env:STORE_URL --json "$@" >pruned.json; }
dropped() { expect json pruned.json "[one.model_version for one in d.dropped] == $1" \
    "all(one.bytes > 0 for one in d.dropped)"; }
versions() { # KIND
    sql "$db" "select string_agg(version, ',' order by version collate \"C\") from unnest(array['older', 'old',
        'failed', 'newer', 'newest', 'empty', 'r1', 'r2', 'r3']) version
        where embedding_partition('$1', version) is not null"
}
check "what a rollback goes back to" test "$(sql "$db" "select array_to_string(previous, ',') from active_release
    where environment = 'staging'")" = old
check "prune --dry-run names what would go" prune --dry-run
check "neither served, nor to go back to, nor of the newest, nor empty" dropped "['older', 'failed']"
check "and it is still there" test "$(versions user)" = empty,failed,newer,newest,old,older,r1,r2,r3
check "prune drops it" prune
check "and says so" dropped "['older', 'failed']"
for kind in video user; do
    check "of ${kind}s" test "$(versions $kind)" = empty,newer,newest,old,r1,r2,r3
done
check "again there is nothing to drop" prune
check "which is said too" dropped "[]"
check "fewer than 3 are refused" refused 2 'a rollback needs the versions before' prune --keep 2
sql "$db" "select activate_release('staging', 'r1', 3), activate_release('staging', 'r3', 4)" \
    "delete from active_release" >/dev/null 2>&1
pruned() { publish prune --json >pruned.json; }
check "publish prune takes old versions from the database too" pruned
check "that which no release names" dropped "['old']"
check "and no run of the store" expect json pruned.json "d.removed == []"
finish
