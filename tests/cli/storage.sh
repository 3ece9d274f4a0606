# SPDX-License-Identifier: MIT
# A Storage server for a command test: start_storage [BUCKET ...] sets SUPABASE_URL and the keys
# for the commands that follow, and the server ends with the test.
start_storage() {
    [ -n "${TEST_STORAGE_URL:-}" ] && { # a real one: its buckets must be there
        export SUPABASE_URL="$TEST_STORAGE_URL" SUPABASE_SERVICE_ROLE_KEY="$TEST_STORAGE_KEY"
        return
    }
    python3 "$root/tests/servers/storage.py" "$work/storage.env" "$@" 2>"$work/storage.log" &
    storage_pid=$!
    trap 'kill $storage_pid 2>/dev/null; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
    while [ ! -f "$work/storage.env" ]; do
        kill -0 $storage_pid 2>/dev/null || { cat "$work/storage.log"; exit 1; }
        sleep 0.05
    done
    while IFS='=' read -r name value; do export "$name=$value"; done <"$work/storage.env"
}
faults() { curl -sf -d "$1" "$SUPABASE_URL/__faults" >/dev/null; } # JSON LIST
unset TWOTOWER_PUBLIC_KEYS TWOTOWER_SIGNING_KEY http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
