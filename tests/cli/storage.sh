# SPDX-License-Identifier: MIT
# A Storage server for a command test: start_storage [BUCKET ...] sets SUPABASE_URL and the keys
# for the commands that follow, and the server ends with the test.
start_storage() {
    if [ -n "${TEST_STORAGE_URL:-}" ]; then # a real one, behind its gateway: a prefix of our own
        unset SUPABASE_SECRET_KEYS SUPABASE_SECRET_KEY
        export SUPABASE_URL="$TEST_STORAGE_URL" SUPABASE_SERVICE_ROLE_KEY="$TEST_STORAGE_KEY"
        export MODEL_ARTIFACTS_PREFIX="test-$$"
        for bucket; do
            curl -s -H "Authorization: Bearer $TEST_STORAGE_KEY" -H 'Content-Type: application/json' \
                -d "{\"id\":\"$bucket\",\"name\":\"$bucket\",\"public\":true}" "$SUPABASE_URL/storage/v1/bucket" \
                    >/dev/null
        done
        return
    fi
    python3 "$root/tests/servers/storage.py" "$work/storage.env" "$@" 2>"$work/storage.log" &
    storage_pid=$!
    trap 'kill $storage_pid 2>/dev/null; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
    while [ ! -f "$work/storage.env" ]; do
        kill -0 $storage_pid 2>/dev/null || { cat "$work/storage.log"; exit 1; }
        sleep 0.05
    done
    while IFS='=' read -r name value; do export "$name=$value"; done <"$work/storage.env"
}
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
