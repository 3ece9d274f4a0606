#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, servers take most of its time; the unit tests of their clients run there
# New videos of an ItemList API come into the store once, whatever is missed, repeated, killed or broken.
. tests/cli/lib.sh
. tests/cli/expect.sh
. tests/servers/lib.sh
. tests/servers/itemlist.sh

ingest() { # DAY [OPTION...]: on that day, noon in Japan
    day=$1
    shift
    "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0 --as-of "${day}T03:00:00Z" --json "$@" \
        2>"$work/stderr" >"$work/summary.json"
    code=$?
    cat "$work/stderr" "$work/summary.json"
    return $code
}
counted() { # MEMBER VALUE...
    while [ $# -gt 0 ]; do
        expect json "$work/summary.json" "$1 == $2" || return
        shift 2
    done
}
rows() {
    case $store in
    file:*)
        (cd "${store#file:}" && cut -d, -f1- videos.csv | tail -n +2 | sort && tail -n +2 video_tags.csv | sort &&
            tail -n +2 video_performers.csv | cut -d, -f1,2 | sort)
        ;;
    *)
        sql "$store" "select id, external_id, product_url, title, maker, label, series, source, product_released_at,
            price, duration_seconds, image_urls from videos order by 1" \
            "select video_id, name from video_tags join tags on id = tag_id order by 1, 2" \
            "select * from video_performers order by 1, 2"
        ;;
    esac
}
one() { # EXTERNAL-ID: what is known of it
    case $store in
    file:*) grep "$1" "${store#file:}/videos.csv" ;;
    *) sql "$store" "select v.*, array(select name from video_tags join tags on id = tag_id where video_id = v.id) \
        from videos v where external_id = '$1'" ;;
    esac
}
touched() { # a mark that any write changes
    case $store in
    file:*) (cd "${store#file:}" && stat -c '%n %i' videos.csv video_tags.csv video_performers.csv) ;;
    *) sql "$store" "select sum(xmin::text::bigint), count(*) from videos" \
        "select sum(xmin::text::bigint), count(*) from video_tags" ;;
    esac
}
new_store() { # NAME
    case $kind in
    file) store=file:$work/$1 && rm -rf "${work:?}/$1" && mkdir -p "$work/$1" &&
        echo id,external_id >"$work/$1/videos.csv" ;;
    *) fresh "$server" "$1" && store=$url && "$TWOTOWER" db migrate --db-url "$store" --quiet ;;
    esac
}
undisturbed() { # what three nights would have left: $work/wanted
    new_store undisturbed && ingest 2025-01-03 --gte-release-date 2025-01-01 && ingest 2025-01-06 &&
        rows >"$work/wanted" && [ "$(wc -l <"$work/wanted")" -gt 600 ]
}
first_night() {
    new_store night && ingest 2025-01-03 --gte-release-date 2025-01-01 && counted read 300 added 300 changed 0 same 0
}
fields_are_right() {
    one test00100 >"$work/row" && cat "$work/row" && grep -q 'Title 100' "$work/row" &&
        grep -q 'Maker 15' "$work/row" && grep -q '2025-01-01.*19:00:40\|2025-01-02 04:00:40' "$work/row" &&
            grep -q 300 "$work/row" &&
        grep -q "$(python3 "$root/tests/make_data.py" item_list_id test00100)" "$work/row" &&
        grep -q 'af_id=link-001' "$work/row" && ! grep -q test-990 "$work/row" && grep -q '100pl.jpg' "$work/row"
}
second_run_writes_nothing() {
    touched >"$work/before" && ingest 2025-01-03 && counted added 0 changed 0 same 300 &&
        touched | diff "$work/before" -
}
dry_run_writes_nothing() {
    touched >"$work/before" && ingest 2025-01-05 --dry-run && counted added 200 && touched | diff "$work/before" -
}
missed_days() { ingest 2025-01-12 && counted added 900; } # lookback 3, but the watermark is the 3rd
edge_of_japan() { # 23:59:59 of the 12th in Japan is 14:59:59 UTC
    "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0 --json --as-of 2025-01-12T14:59:59Z \
        >"$work/summary.json" &&
        counted added 0 && "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0 --json \
        --as-of 2025-01-12T15:00:00Z >"$work/summary.json" && counted added 100
}
edits() {
    cat >"$work/api/edits" <<'JSON'
{"test01210": {"iteminfo": {"genre": [{"id": 1, "name": "new genre"}], "maker": [{"id": 3, "name": "Maker 3"}]}},
 "test01211": {"title": "Another title"}, "test01212": null, "test01213": {"iteminfo": null}}
JSON
    one test01212 >"$work/before" && ingest 2025-01-13 && rm "$work/api/edits" && counted added 0 changed 2 &&
        one test01212 | diff "$work/before" - && one test01211 | grep -q 'Another title' &&
        rows | grep -q 'new genre' && ingest 2025-01-13 && counted changed 2
}
broken_answers() {
    new_store broken && printf '429\n500\ncut\ngarbage\nempty\nslow\n429\n' >"$work/api/faults" &&
        ingest 2025-01-03 --gte-release-date 2025-01-01 && printf 'empty\n\ngarbage\n500\n' >"$work/api/faults" &&
        ingest 2025-01-06 && rows | diff "$work/wanted" -
}
gives_up() { # then nothing is lost: the next run does it
    new_store later && printf 'empty\nempty\nempty\nempty\n' >"$work/api/faults"
    ingest 2025-01-03 --gte-release-date 2025-01-01
    [ $? = 6 ] && : >"$work/api/faults" && ingest 2025-01-03 --gte-release-date 2025-01-01 && ingest 2025-01-06 &&
        rows | diff "$work/wanted" -
}
night() { # DAY "TEST ARGUMENT..." OPTION...: that night, by a test of at_call
    at_night=$1 test_of_night=$2
    shift 2
    # shellcheck disable=SC2086
    at_call $test_of_night "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0 --quiet \
        --as-of "${at_night}T03:00:00Z" "$@"
}
killed() { # at calls of each night, again and again, until it is left to end
    for night in 2025-01-03 2025-01-06; do # as many calls as undisturbed ones make
        [ $night = 2025-01-03 ] && set -- --gte-release-date 2025-01-01 || set --
        [ $night = 2025-01-03 ] && new_store counted
        night $night peaceful "$@" >"$work/calls.$night" && night $night peaceful "$@" >"$work/again.$night" || return 1
    done
    new_store killed
    for night in 2025-01-03 2025-01-06; do
        [ $night = 2025-01-03 ] && set -- --gte-release-date 2025-01-01 || set --
        night $night "again $kills $(($(cat "$work/calls.$night") / 2)) $(cat "$work/again.$night")" "$@" &&
            ingest $night "$@" || return 1
    done
    rows | diff "$work/wanted" -
}
kills=3
[ "${TWOTOWER_FULL:-}" != 1 ] || kills=10
reviews_join() { # the store has affiliate links, reviews the plain address or an older link
    python3 "$root/tests/make_data.py" item_list >"$work/reviews.csv"
    "$TWOTOWER" prep --db-url "$store" --input "$work/reviews.csv" --out-dir "$work/data" --run-id "$kind" \
        --json >"$work/prep.json" &&
        expect json "$work/prep.json" "counts.unknown_product_url == 1" "counts.rows_read == 179"
}
images() { # the first of each video, which report shows
    expect rows "$work/data/processed/two_tower/latest/item_features.parquet" \
        "ours = [row for row in rows if 'test' in row.product_url]" "len(ours) > 80" \
        "k = lambda row: int(row.product_url.split('test')[1][:5])" \
        "wanted = lambda row: f'https://pics.example/{k(row)}pl.jpg' if k(row) % 19 else None" \
        "[row for row in ours if row.image_url != wanted(row)] == []"
}
suite() { # KIND
    kind=$1
    check "$1: a first night" first_night
    check "$1: the fields of a video" fields_are_right
    check "$1: the same again writes nothing" second_run_writes_nothing
    check "$1: --dry-run writes nothing" dry_run_writes_nothing
    check "$1: missed days are caught up" missed_days
    check "$1: a day ends as it does in Japan" edge_of_japan
    check "$1: what changed is written, what is gone is left alone" edits
    check "$1: undisturbed nights" undisturbed
    check "$1: busy servers, cut, broken and empty answers" broken_answers
    check "$1: a server that stays broken loses nothing" gives_up
    check "$1: killed at any moment" killed
    check "$kind: reviews join affiliate links by the content id" reviews_join
    check "$kind: the tables have the first image of each video" images
}

serve_api api --items 2000
kind=file
suite file
each_server
store=file:$work/night
check "a refused key is said, and not shown" refused 3 "is invalid; see FANZA_API_ID" \
    env FANZA_API_ID=wrong-key-1 "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0
check "no output has a key" sh \
    -c "! grep -rq 'wrong-key-1\|test-key-7f3a' '$work/.stderr' '$work/.stdout' '$work/stderr' '$work/summary.json'"
check "a missing variable is named" refused 2 "FANZA_API_ID is not set" env -u FANZA_API_ID "$TWOTOWER" ingest \
    --db-url "$store"
check "a date that is none is refused" refused 2 "2025-01-31" "$TWOTOWER" ingest --db-url "$store" \
    --api-url "$api" --gte-release-date 2025-13-01
check "plain http goes to this machine only" refused 2 "" "$TWOTOWER" ingest --db-url "$store" \
    --api-url http://192.0.2.1
spaced() { # the third request is sent half a second after the first or later, however busy the machine is
    : >"$work/api/requests"
    start=$(date +%s%N)
    "$TWOTOWER" ingest --db-url "$store" --api-url "$api" --interval 0.25 --as-of 2025-01-13T03:00:00Z --quiet \
        >/dev/null
    code=$? took=$((($(date +%s%N) - start) / 1000000)) requests=$(wc -l <"$work/api/requests")
    return $code
}
check "requests keep their distance" spaced
check "by the clock: $requests in $took ms" test "$requests" -ge 3 -a $took -ge $(((requests - 1) * 250))
if [ "${TWOTOWER_FULL:-}" = 1 ]; then
    serve_api large --items 60000 --per-day 60000
    kind=file
    large_window() { new_store large && ingest 2025-01-01 --lookback-days 1 && counted read 60000 added 60000; }
    check "a day of more releases than the API shows is read in parts" large_window
else
    skip "a day of more releases than the API shows" "TWOTOWER_FULL=1 reads it"
fi
finish
