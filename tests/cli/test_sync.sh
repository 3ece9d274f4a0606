#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# The nightly job: fetch, ingest, embed and upsert, once each, whatever is missed, repeated or killed.
. tests/cli/lib.sh
. tests/servers/lib.sh
. tests/servers/itemlist.sh
cd "$work" || exit 1
. "$root/tests/cli/sync.sh"
syncs=ml/artifacts/live/video_embedding_syncs

requests() { wc -l <"$work/api/requests"; }
first_night() {
    new_store night && sync 2025-01-03 --gte-release-date 2025-01-01 --run-id n1 &&
        is "s['ingest']['added'] == 300 and d['embeddings'] == d['videos'] == 500 and d['rows_written'] == 800" &&
        is "list(s) == ['publish fetch', 'ingest', 'embed videos'] and \
            d['model_version'] == s['publish fetch']['run_id'] == 'r1'" &&
        is "all(one['status'] == 0 and one['seconds'] > 0 for one in d['steps']) and d['environment'] == 'production'" \
            &&
        all_fresh r1 500
}
folder_is_whole() {
    [ "$(cd $syncs/n1 && echo *)" = "model_meta.json summary.json video_embeddings.parquet" ] &&
        cmp $syncs/n1/model_meta.json ml/artifacts/latest/model_meta.json && cp $syncs/n1/summary.json out.json &&
        is "d['run_id'] == 'n1' and len(d['steps']) == 3 and d['rows_written'] == 800" &&
        [ "$("$BUILD/tests/parquet_dump" $syncs/n1/video_embeddings.parquet | wc -l)" = 500 ]
}
drift_is_told() {
    is "0 < d['drift']['unseen_token_rate'] < 1 and d['drift']['rows'] == 500 and d['drift']['replaced'] == 0 and \
        d['drift']['mean_cosine_shift'] is None" &&
        is "all(abs(n['mean'] - n['model_mean'] - n['shift'] * n['model_deviation']) < 1e-3 \
            for n in d['drift']['numerics'] if 'mean' in n) and \
            d['drift']['numerics']"
}
again_writes_nothing() {
    contents >before && sync 2025-01-03 && is \
        "d['rows_written'] == 0 and d['embeddings'] == 0 and s['ingest']['read'] > 0" &&
        contents | diff before -
}
same_row_untouched() { # not even the time of its last change
    case $store in
    file:*) cmp stamped "${store#file:}/video_embeddings.parquet" ;;
    *) [ "$(sql "$store" "select md5(string_agg(xmin::text, ',' order by video_id)) from video_embeddings")" = "$(cat \
        stamped)" ] ;;
    esac
}
dry_run() {
    contents >before && ls $syncs >folders && rm -rf saved && cp -r ml saved && sync 2025-01-05 --dry-run &&
        is "d['rows_written'] == 0 and s['ingest']['added'] == 200 and 'publish fetch' not in s" && contents |
            diff before - &&
        ls $syncs | diff folders - && diff -r saved ml
}
skipping() {
    before=$(requests)
    sync 2025-01-05 --skip-ingest && is "list(s) == ['publish fetch', 'embed videos'] and d['rows_written'] == 0" &&
        [ "$(requests)" = "$before" ] && TWOTOWER_STORAGE_URL=file:nowhere sync 2025-01-03 --skip-fetch &&
        is "list(s) == ['ingest', 'embed videos']" && before=$(requests) &&
        TWOTOWER_STORAGE_URL=file:nowhere sync 2025-01-05 --mode embeddings && is "list(s) == ['embed videos']" &&
        [ "$(requests)" = "$before" ]
}
windows() {
    sync 2025-01-03 --lookback-days 1 && is "s['ingest']['from'] == '2025-01-02T15:00:00Z'" &&
        SYNC_VIDEO_LOOKBACK_DAYS=2 sync 2025-01-03 && is "s['ingest']['from'] == '2025-01-01T15:00:00Z'" &&
        GTE_RELEASE_DATE=2025-01-01 LTE_RELEASE_DATE=2025-01-02 sync 2025-01-03 &&
        is "s['ingest']['from'] == '2024-12-31T15:00:00Z' and s['ingest']['until'] == '2025-01-02T14:59:59Z'"
}
env_file() {
    cat >prd.env <<ENV
FANZA_API_ID=$FANZA_API_ID
FANZA_API_AFFILIATE_ID=$FANZA_API_AFFILIATE_ID
FANZA_LINK_AFFILIATE_ID=link-001
TWOTOWER_DB_URL="$store"
SYNC_VIDEO_LOOKBACK_DAYS=1
ENV
    (unset FANZA_API_ID FANZA_API_AFFILIATE_ID TWOTOWER_DB_URL FANZA_LINK_AFFILIATE_ID
        SYNC_VIDEO_ENV_FILE=prd.env sync 2025-01-03) && is "s['ingest']['from'] == '2025-01-02T15:00:00Z'"
}
passing_on() {
    sync 2025-01-04 --skip-upsert --site=FANZA && is \
        "d['embeddings'] == 100 and not d['upserted'] and d['rows_written'] == 100" &&
        sync 2025-01-04 && is "d['embeddings'] == 100 and d['upserted']" &&
            sync 2025-01-04 --include-existing --artifacts-dir ml/artifacts/runs/r1 &&
        is "d['embeddings'] == 600 and d['drift']['replaced'] == 600 and d['drift']['mean_cosine_shift'] < 1e-6"
}
changed_videos() { # what an edit changes is embedded again, and nothing else; a tag that likes tell of moves the vector
    cat >"$work/api/edits" <<'JSON'
{"test00310": {"iteminfo": {"genre": [{"id": 1, "name": "crime"}], "maker": [{"id": 3, "name": "Maker 3"}]}},
 "test00311": {"title": "Another title"}, "test00312": null}
JSON
    sync 2025-01-04 && rm "$work/api/edits" && is "s['ingest']['changed'] == 2 and s['ingest']['added'] == 0" &&
        is "d['embeddings'] == d['drift']['replaced'] == d['drift']['compared'] == 1 and \
            1e-6 < d['drift']['mean_cosine_shift'] < 2" &&
        all_fresh r1 600
}
missed_days() { sync 2025-01-09 && is "s['ingest']['added'] == 500 and d['embeddings'] == 501" && all_fresh r1 1100; }
changed_by_hand() { # not by an ingest
    case $store in
    file:*) sed -i '2s/.*/bad-row/; 2d' "${store#file:}/video_tags.csv" ;;
    *) sql "$store" "delete from video_tags where video_id = (select video_id from video_tags join videos on id = \
        video_id where external_id = 'test00320' limit 1)" ;;
    esac
    sync 2025-01-09 --skip-ingest && is "0 < d['embeddings'] <= 1" && all_fresh r1 1100
}
users() {
    "$TWOTOWER" sync users --min-interactions 5 --json >out.json &&
        is "list(s) == ['publish fetch', 'embed users'] and 0 < d['embeddings'] == d['rows_written']" &&
        "$TWOTOWER" sync users --recent-hours 1 --skip-fetch --json --limit-users 3 >out.json &&
            is "list(s) == ['embed users'] and d['embeddings'] == 0" &&
        "$TWOTOWER" sync users --recent-hours 24 --min-interactions 1 --json --as-of 2025-06-01 --limit-users 3 \
            >out.json && is "d['embeddings'] <= 3"
}

# ---- Two at once -----------------------------------------------------------------------------
holder() { # starts one and holds its first request, so that it has the lock
    hold
    "$TWOTOWER" sync videos --api-url "$api" --interval 0 --as-of "${1}T03:00:00Z" --quiet >holder.out 2>holder.err &
    holder=$!
    held $holder || { cat holder.err; return 1; }
}
two_at_once() {
    holder 2025-01-12 || return 1
    contents >before
    refused 8 "the job sync of production is in the hands of process $holder on .* since 20[0-9-]*T" \
        "$TWOTOWER" sync videos --api-url "$api" --interval 0 --quiet || return 1
    refused 8 'the job sync of production is in the hands of process' "$TWOTOWER" sync users --quiet || return 1
    sync 2025-01-12 --dry-run && "$TWOTOWER" sync users --environment staging --quiet --skip-fetch || return 1
    release
    wait $holder && sync 2025-01-12 && is "d['rows_written'] == 0" && all_fresh r1 1400
}
killed_holder() {
    holder 2025-01-13 && kill -9 $holder
    wait $holder
    [ $? = 137 ] && release && sync 2025-01-13 && is "d['embeddings'] == 100"
}
interrupted_holder() {
    holder 2025-01-14 && kill -TERM $holder
    wait $holder
    [ $? = 7 ] && release && sync 2025-01-14 && is "d['embeddings'] == 100" && [ -z "$(ls -A $syncs | grep tmp)" ]
}
job_row() { sql "$store" "update job_lock set $1 where environment = 'production' and job = 'sync'"; }
foreign_lease() { # of a machine that cannot be asked
    job_row "holder = 'process 1 on elsewhere (a b 5)', lease_until = now() + interval '1 hour', \
        since = '2025-01-01 00:00Z'" &&
        refused 8 'is in the hands of process 1 on elsewhere since 2025-01-01T00:00:00Z.*its lease is over' \
            "$TWOTOWER" sync videos --api-url "$api" --interval 0 --quiet &&
        job_row "lease_until = now() - interval '1 second'" && sync 2025-01-14
}
overtaken() { # who lost the lease writes nothing any more
    holder 2025-01-15 || return 1
    contents >before && job_row "holder = 'another', fence = fence + 1" && release && wait $holder
    [ $? = 8 ] && cat holder.err && grep -q 'has gone to another holder' holder.err && contents | diff before - &&
        job_row "lease_until = '-infinity'" && sync 2025-01-15 && all_fresh r1 1700
}

# ---- Killed ----------------------------------------------------------------------------------
night() { # DAY TEST...: that night, by a test of at_call
    day=2025-01-$1
    shift
    at_call "$@" "$TWOTOWER" sync videos --api-url "$api" --interval 0 --as-of "${day}T03:00:00Z" --lookback-days 2 \
        --quiet
}
undisturbed() { # notes how many calls each night makes, and the last one again
    new_store plain && : >calls
    for number in 03 04 05 06 07; do night $number peaceful >>calls || { cat calls; return 1; }; done
    contents >wanted && night 07 peaceful >again
}
kills_a_night=3
[ "${TWOTOWER_FULL:-}" != 1 ] || kills_a_night=10
killed() { # a sixth, two, three ... of the way through a night; then again, earlier
    new_store killed && at=0
    for number in 03 04 05 06 07; do
        at=$((at + 1))
        night $number again $kills_a_night $(($(sed -n ${at}p calls) * at / 6)) "$(cat again)" &&
            sync 2025-01-$number --lookback-days 2 || return 1
    done
    contents >got
    diff wanted got >difference || { head -5 difference; return 1; }
    all_fresh r1 800 && [ -z "$(ls -A $syncs | grep tmp)" ]
}
whole_folders() {
    for folder in $syncs/*; do
        [ "$(cd "$folder" && echo *)" = "model_meta.json summary.json video_embeddings.parquet" ] &&
            grep -q '"steps"' "$folder/summary.json" || { ls "$folder"; return 1; }
    done
}
suite() { # KIND
    kind=$1
    rm -rf $syncs
    check "$kind: a first night" first_night
    check "$kind: its folder is whole" folder_is_whole
    check "$kind: the summary tells of drift" eval "cp $syncs/n1/summary.json out.json && drift_is_told"
    case $kind in
    file) cp night/video_embeddings.parquet stamped ;;
    *) sql "$store" "select md5(string_agg(xmin::text, ',' order by video_id)) from video_embeddings" >stamped ;;
    esac
    check "$kind: the same again writes nothing" again_writes_nothing
    [ "$kind" = file ] || check "$kind: no row was touched" same_row_untouched
    check "$kind: --dry-run changes nothing" dry_run
    check "$kind: --skip-ingest, --skip-fetch, --mode embeddings" skipping
    check "$kind: --lookback-days and days" windows
    check "$kind: SYNC_VIDEO_ENV_FILE" env_file
    check "$kind: options behind -- go on" passing_on
    check "$kind: what changed is embedded again" changed_videos
    check "$kind: five missed days lose no video" missed_days
    check "$kind: a change by hand is seen too" changed_by_hand
    check "$kind: users" users
    check "$kind: of two at once one gives way" two_at_once
    check "$kind: a killed one holds nobody up" killed_holder
    check "$kind: nor does an interrupted one" interrupted_holder
    if [ "$kind" != file ]; then
        check "$kind: a lease of another machine holds until it is over" foreign_lease
        check "$kind: who was overtaken writes nothing" overtaken
    fi
    check "$kind: undisturbed nights" undisturbed
    check "$kind: killed $((5 * kills_a_night)) times" killed
    check "$kind: every folder is whole" whole_folders
}

serve_api api --items 2000
check "a model is released" make_release
rm -rf ml/artifacts
kind=file
suite file
refuse() { refused "$1" "$2" "$TWOTOWER" sync videos --api-url "$api" --quiet "$3" "$4" "$5" "$6"; }
check "an option of no step" refuse 2 "there is no option --epochs" --epochs 3 --site=F
check "one that the job decides" refuse 2 "there is no option --output-dir" --output-dir x --site=F
tampered() {
    cp "$work/releases/two_tower/r1/two_tower_r1.onnx" whole && rm -rf ml/artifacts/latest ml/artifacts/runs &&
        printf x >>"$work/releases/two_tower/r1/two_tower_r1.onnx" && before=$(requests) &&
        refused 3 'two_tower_r1.onnx' "$TWOTOWER" sync videos --api-url "$api" --quiet &&
            [ "$(requests)" = "$before" ] &&
        cp whole "$work/releases/two_tower/r1/two_tower_r1.onnx"
}
check "a model that is not what was released stops it before anything is read" tampered
each_server
check "no temporary is left" tidy .
finish
