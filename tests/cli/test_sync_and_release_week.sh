#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# A week: nights that are missed, doubled and killed, a model that the gate rejects, one that is released and
# taken back; in the end every video has one vector of the model that is active, to the bit.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
. tests/servers/itemlist.sh
cd "$work" || exit 1
. "$root/tests/cli/sync.sh"

monday() {
    new_store week && sync 2025-01-06 --gte-release-date 2025-01-01 &&
        is "s['ingest']['added'] == 600 and d['embeddings'] == 800"
}
wednesday() { # Tuesday was missed; two come at once, and a third later
    "$TWOTOWER" sync videos --api-url "$api" --interval 0 --as-of 2025-01-08T03:00:00Z --quiet >one.out 2>one.err &
    one=$!
    sync 2025-01-08
    other=$?
    wait $one
    first=$?
    cat one.err
    case "$first $other" in '0 0' | '0 8' | '8 0') ;; *) return 1 ;; esac
    sync 2025-01-08 && is "d['rows_written'] == 0 and d['videos'] == 1000"
}
thursday() { # killed while it waits for an answer, and nobody runs it again
    hold
    "$TWOTOWER" sync videos --api-url "$api" --interval 0 --as-of 2025-01-09T03:00:00Z --quiet >/dev/null 2>&1 &
    process=$!
    held $process && kill -9 $process
    wait $process
    [ $? = 137 ] && release
}
retrain() { # RUN GATE...
    run=$1
    shift
    "$TWOTOWER" prep --input shop/reviews.csv --run-id "$run" --quiet >/dev/null &&
        make_run "$run" --seed 5 && "$TWOTOWER" eval --run-id "$run" --quiet "$@" >eval.out
}
rejected() {
    contents >before && cat releases/two_tower/latest/manifest.json >pointer
    refused 1 'the gate is not met' retrain r2 --min recall@20=0.999 || return 1
    refused 1 'did not meet the gate' "$TWOTOWER" upsert --artifacts-dir ml/artifacts/runs/r2 --quiet || return 1
    "$TWOTOWER" publish upload --run-id r2 --quiet || return 1 # anybody may look at it
    refused 1 'r2.* gate' "$TWOTOWER" publish activate --run-id r2 --db-url "$store" --quiet || return 1
    contents | diff before - && cmp pointer releases/two_tower/latest/manifest.json
}
friday() { sync 2025-01-10 && is "d['model_version'] == 'r1' and s['ingest']['added'] == 200 and d['videos'] == 1200"; }
released() {
    retrain r3 --min-over-popularity 0 && "$TWOTOWER" publish upload --run-id r3 --quiet || return 1
    refused 3 'have no embedding of run r3' "$TWOTOWER" publish activate --run-id r3 --db-url "$store" --quiet ||
        return 1
    "$TWOTOWER" embed videos --artifacts-dir ml/artifacts/runs/r3 --run-id r3 --quiet >/dev/null &&
        "$TWOTOWER" embed users --artifacts-dir ml/artifacts/runs/r3 --min-interactions 1 --quiet >/dev/null &&
        "$TWOTOWER" publish activate --run-id r3 --db-url "$store" --quiet
}
saturday() {
    sync 2025-01-11 && is "d['model_version'] == 'r3' and d['embeddings'] == s['ingest']['added'] == 100" &&
        all_fresh r3 1300
}
rolled_back() { # the older model has not seen Saturday's videos
    refused 3 '100 of 1300 videos have no embedding of run r1' "$TWOTOWER" publish rollback --db-url "$store" \
        --quiet || return 1
    "$TWOTOWER" embed videos --artifacts-dir ml/artifacts/runs/r1 --run-id back --quiet >/dev/null &&
        "$TWOTOWER" publish rollback --db-url "$store" --quiet
}
sunday() {
    sync 2025-01-12 && is "d['model_version'] == s['publish fetch']['run_id'] == 'r1' and \
        d['embeddings'] == s['ingest']['added'] == 100" &&
        "$TWOTOWER" sync users --min-interactions 1 --json >out.json &&
            is "d['model_version'] == 'r1' and d['embeddings'] > 0"
}
active_is_r1() {
    [ "$(readlink ml/artifacts/latest)" = runs/r1 ] && grep -q '"run_id": "r1"' \
        releases/two_tower/latest/manifest.json || return 1
    case $store in
    file:*) expect json week/active_release.json "production.model_version == 'r1'" "production.sequence == 3" ;;
    *) [ "$(sql "$store" "select model_version, sequence from active_release")" = "r1|3" ] ;;
    esac
}
one_vector_each() { # of the active version, and none of a video that is not there
    case $store in
    file:*)
        expect that rows=week/video_embeddings.parquet videos=week/videos.csv \
            "ids = [row.video_id for row in rows if row.model_version == 'r1']" "len(ids) == 1400" "unique(ids)" \
            "set(ids) == {video.id for video in videos}"
        ;;
    *)
        [ "$(sql "$store" "select count(*), count(distinct video_id), (select count(*) from videos) \
            from active_video_embeddings join videos on id = video_id")" = "1400|1400|1400" ]
        ;;
    esac
}
fresh_recomputation() { # into a file, by the run that was fetched; a database keeps halves
    rm -rf fresh && "$TWOTOWER" embed videos --include-existing --skip-upsert --output-dir fresh --run-id all \
        --quiet >/dev/null &&
        "$BUILD/tests/parquet_dump" fresh/video_embedding_syncs/all/video_embeddings.parquet | sort >computed &&
        [ "$(wc -l <computed)" = 1400 ] && all_fresh r1 1400 || return 1
    case $store in
    file:*) "$BUILD/tests/parquet_dump" week/video_embeddings.parquet | sed \
        's/,"updated_at":[^,}]*//' | grep '"model_version":"r1"' | sort | cmp computed - ;;
    esac
}
week() { # KIND
    kind=$1
    rm -rf ml/artifacts/live ml/artifacts/latest ml/artifacts/runs ml/artifacts/release.* releases
    cp -r fresh_runs ml/artifacts/runs && "$TWOTOWER" publish upload --run-id r1 --quiet &&
        "$TWOTOWER" publish activate --run-id r1 --storage-only --quiet
    check "$kind: Monday night" monday
    check "$kind: Tuesday was missed, Wednesday is doubled" wednesday
    check "$kind: Thursday is killed" thursday
    check "$kind: a model that the gate rejects changes nothing" rejected
    check "$kind: Friday night" friday
    check "$kind: another one is released" released
    check "$kind: Saturday night, by the new model" saturday
    check "$kind: and taken back" rolled_back
    check "$kind: Sunday night, by the older one" sunday
    check "$kind: store, storage and folder agree on which is active" active_is_r1
    check "$kind: every video has one vector of it" one_vector_each
    check "$kind: which a fresh computation gives, to the bit" fresh_recomputation
}
suite() { week "$1"; }

serve_api api --items 2000
check "a model is trained" make_release
cp -r ml/artifacts/runs fresh_runs
week file
each_server
check "no temporary is left" tidy .
finish
