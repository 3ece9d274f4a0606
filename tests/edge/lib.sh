# SPDX-License-Identifier: MIT
# What the tests and the bench of the edge functions share; comes after tests/servers/lib.sh and tests/ports/lib.sh.
REST_SECRET=a-secret-of-these-tests-of-at-least-32-bytes
REST_SECRET_KEY=sb_secret_of-these-tests
REST_JWKS=$work/jwks.json
REST_DISABLED=$work/legacy-keys-are-disabled
export REST_SECRET REST_SECRET_KEY REST_JWKS REST_DISABLED

service_token() {
    node -e '
        const { createHmac } = require("node:crypto");
        const part = (x) => Buffer.from(JSON.stringify(x)).toString("base64url");
        const text = part({ alg: "HS256", typ: "JWT" }) + "." + part({ role: "service_role", exp: 4e9 });
        console.log(text + "." + createHmac("sha256", process.env.REST_SECRET).update(text).digest("base64url"));'
}

# Runs in the background until the test ends: wait_for FILE tells when it has begun.
wait_for() { # FILE PID
    for _ in $(seq 200); do
        [ -s "$1" ] && return 0
        kill -0 "$2" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# Everything of a release but its activation.
release() { # RUN-ID
    "$TWOTOWER" eval --run-id "$1" --min-over-popularity 0 --quiet >/dev/null &&
        "$TWOTOWER" embed videos --db-url env:STORE_URL --artifacts-dir "ml/artifacts/runs/$1" --quiet &&
        "$TWOTOWER" embed users --db-url env:STORE_URL --artifacts-dir "ml/artifacts/runs/$1" \
            --min-interactions 5 --quiet &&
        sql "$STORE_URL" "drop table if exists nightly" "create table nightly as table user_embeddings" >/dev/null &&
        TWOTOWER_SIGNING_KEY=key "$TWOTOWER" publish upload --run-id "$1" --quiet
}
mirror() { # RUN-ID
    (cd "$work" && TWOTOWER_SIGNING_KEY=key "$TWOTOWER" publish activate --run-id "$1" \
        --mirror --db-url env:STORE_URL --quiet)
}

# A catalogue in $work/shop: that of $TWOTOWER_DATA with the default sizes of a model, else a synthetic one.
make_shop() { # USERS VIDEOS DIM, of the synthetic one
    if [ -n "${TWOTOWER_DATA:-}" ]; then
        sizes="--teacher none" dim=128
        "$python" "$root/tests/edge/make_shop.py" "$TWOTOWER_DATA" shop 200
    else
        sizes="--embedding-dim $3 --hidden-dim $3" dim=$3
        "$TWOTOWER" synth --out shop --users "$1" --videos "$2" --seed 7 --quiet >/dev/null
    fi
}

train_run() { # RUN-ID [OPTION...]
    run=$1
    shift
    # shellcheck disable=SC2086
    "$TWOTOWER" train --epochs 2 $sizes --run-id "$run" --quiet "$@" >/dev/null
}

# PGlite with RPC, a catalogue in it, run m1 as a release, and a web server over the store.
edge_world() { # USERS VIDEOS DIM [OPTION-OF-TRAIN...]
    serve pglite lite
    export STORE_URL="$url" TWOTOWER_STORAGE_URL="file:$work/store" \
        SUPABASE_URL="http://127.0.0.1:$(cat "$work/lite/port.rest")"
    export SUPABASE_SECRET_KEYS="{\"default\":\"$REST_SECRET_KEY\"}"
    mkdir -p "$work/store"
    serve_web
    cd "$work" || return 1
    make_shop "$1" "$2" "$3" && shift 3 &&
        "$TWOTOWER" db migrate --db-url env:STORE_URL --embedding-dim "$dim" --quiet >/dev/null &&
        "$root/tests/servers/load.sh" "$url" shop &&
        "$TWOTOWER" prep --db-url env:STORE_URL --input shop/reviews.csv --quiet >/dev/null &&
        train_run m1 "$@" &&
        "$TWOTOWER" keygen --out key --quiet >/dev/null && release m1
    done=$?
    cd "$root" || return 1
    return $done
}

serve_web() {
    python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$work/store" >"$work/web.port" 2>/dev/null &
    processes="$! $processes"
    wait_for "$work/web.port" $! || return 1
    MODEL_ARTIFACT_BASE_URL="http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\).*/\1/p' \
        "$work/web.port")/two_tower/current"
    export MODEL_ARTIFACT_BASE_URL
}

# Starts deno; into $served_at goes where it listens.
serve_functions() { # NAME KEY-FILE ["VARIABLE=VALUE..."] [SCRIPT]
    port=$(python3 "$root/tests/servers/free_port.py")
    (
        # shellcheck disable=SC2086
        [ -z "${3:-}" ] || export $3
        export PORT="$port" JWT_SECRET="$REST_SECRET" MODEL_REVALIDATE_SECONDS=0
        TWOTOWER_PUBLIC_KEYS=$(cat "$work/$2")
        DENO_SERVE_ADDRESS="tcp:127.0.0.1:$port"
        export TWOTOWER_PUBLIC_KEYS
        [ -z "${4:-}" ] || export DENO_SERVE_ADDRESS
        exec env DENO_NO_UPDATE_CHECK=1 DENO_DIR="$work/deno" NO_COLOR=1 "$deno" run \
            --no-config --allow-env --allow-net \
            "$BUILD/edge/${4:-serve.ts}" >"$work/$1.log" 2>&1
    ) &
    processes="$! $processes"
    wait_for "$work/$1.log" $! || cat "$work/$1.log"
    served_at="http://127.0.0.1:$port"
}

# The first embedding in processes of their own, a user each; the database has served another user before.
# The medians are printed, and go to $work/firsts; to $work/least the least of the function's own part.
first_embeddings() { # TURNS
    TWOTOWER_PUBLIC_KEYS=$(cat "$work/key.pub")
    export TWOTOWER_PUBLIC_KEYS JWT_SECRET="$REST_SECRET"
    sql "$STORE_URL" "select user_id from nightly order by 1 limit $(($1 + 1))" >"$work/firsts.users"
    : >"$work/firsts.jsonl"
    while read -r user; do
        for how in started cold; do
            NO_COLOR=1 deno_run --allow-all "$root/tests/edge/first.mjs" "$BUILD/edge" "$user" $how \
                >>"$work/firsts.jsonl" || return 1
        done
    done <"$work/firsts.users"
    sed 1,2d "$work/firsts.jsonl" | "$python" "$root/tests/edge/firsts.py" least >"$work/least"
    size=$(wc -c <"$work/ml/artifacts/runs/m1/user_tower.onnx")
    sed 1,2d "$work/firsts.jsonl" | "$python" "$root/tests/edge/firsts.py" table "$size" | tee "$work/firsts"
}
