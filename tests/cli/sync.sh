# SPDX-License-Identifier: MIT
# What the tests of the nightly jobs share; comes after tests/servers/itemlist.sh, in the folder $work.
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY SUPABASE_URL TWOTOWER_ENVIRONMENT
export TWOTOWER_STORAGE_URL=file:$work/releases
case ${BUILD:=build} in /*) ;; *) BUILD=$root/$BUILD ;; esac

make_run() { # ID OPTION...: trained and judged on what prep made last
    id=$1
    shift
    "$TWOTOWER" train --epochs 2 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id "$id" --quiet "$@" \
        >train.out &&
        "$TWOTOWER" eval --run-id "$id" --min-over-popularity 0 --quiet >eval.out
}
# A catalogue of 200 videos and a released run r1, which has seen listings of two days as well.
make_release() {
    "$TWOTOWER" synth --out shop --users 120 --videos 200 --seed 7 --quiet >/dev/null && cp -r shop seen &&
        "$TWOTOWER" ingest --db-url file:seen --api-url "$api" --interval 0 --as-of 2025-01-02T03:00:00Z --quiet \
            >/dev/null &&
        "$TWOTOWER" run --db-url file:seen --input shop/reviews.csv --epochs 2 --teacher none \
            --embedding-dim 16 --hidden-dim 16 --run-id r1 \
            --min-over-popularity 0 --min-interactions 1 --skip-upsert --quiet --json >out.json &&
        is "list(s) == ['prep', 'train', 'eval', 'embed videos', 'embed users', 'publish upload'] and \
            s['eval']['threshold_passed']" &&
        "$TWOTOWER" publish activate --run-id r1
}
# The catalogue as a store of its own: $TWOTOWER_DB_URL.
new_store() { # NAME
    case $kind in
    file)
        rm -rf "$work/$1"
        cp -r shop "$work/$1"
        store=file:$work/$1
        ;;
    *)
        fresh "$server" "$1"
        store=$url
        "$TWOTOWER" db migrate --db-url "$store" --embedding-dim 16 --quiet >/dev/null &&
            "$root/tests/servers/load.sh" "$store" shop >/dev/null || return 1
        ;;
    esac
    export TWOTOWER_DB_URL="$store"
}
sync() { # DAY [OPTION...]: that night in Japan
    day=$1
    shift
    "$TWOTOWER" sync videos --api-url "$api" --interval 0 --as-of "${day}T03:00:00Z" --json "$@" >out.json 2>err.txt
    code=$?
    cat err.txt
    return $code
}
. "$root/tests/cli/expect.sh"
is() { # CHECK over the last result `d` and its steps `s`
    expect json out.json "s = {one['step']: one['result'] for one in d.get('steps', [])}" "$1"
}
# All that a store holds, without updated_at.
contents() {
    case $store in
    file:*)
        (cd "${store#file:}" && sort videos.csv && sort video_tags.csv && sort video_performers.csv &&
            cat ingest_state.json)
        for table in video user; do
            [ ! -f "${store#file:}/${table}_embeddings.parquet" ] ||
                "$BUILD/tests/parquet_dump" "${store#file:}/${table}_embeddings.parquet" |
                    sed 's/,"updated_at":[^,}]*//' | sort
        done
        ;;
    *)
        sql "$store" "select id, external_id, product_url, title, maker, label, series, source, product_released_at,
                price, duration_seconds, image_urls from videos order by 1" \
            "select video_id, name from video_tags join tags on id = tag_id order by 1, 2" \
            "select * from video_performers order by 1, 2" "select source, watermark, cursor from ingest_state" \
            "select video_id, model_version, embedding, input_digest from video_embeddings order by 1, 2" \
            "select user_id, model_version, embedding, input_digest from user_embeddings order by 1, 2"
        ;;
    esac
}
# Every video has one vector of the run, which a fresh computation gives to the bit.
all_fresh() { # RUN VIDEOS
    "$TWOTOWER" verify-row --artifacts-dir "ml/artifacts/runs/$1" --sample 0 --json >out.json || return 1
    is "d['equal'] == d['compared'] == d['stored'] == $2"
}
