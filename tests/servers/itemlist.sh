# SPDX-License-Identifier: MIT
# An ItemList server for a command test; comes after tests/cli/lib.sh and tests/servers/lib.sh.
# serve_api NAME OPTION...: its address goes to $api, its folder is $work/NAME.
export FANZA_API_ID=test-key-7f3a FANZA_API_AFFILIATE_ID=test-990 FANZA_LINK_AFFILIATE_ID=link-001
serve_api() {
    folder=$work/$1
    shift
    mkdir -p "$folder"
    mkfifo "$folder/address" "$folder/go"
    python3 "$root/tests/servers/itemlist.py" "$folder" "$@" >"$folder/address" &
    processes="$! $processes"
    read -r api <"$folder/address"
}

# The next request to the server `api` is held, until release; held waits for it to come from a process.
hold() {
    rm -f "$work/api/requests"
    echo hold >"$work/api/faults"
}
held() { # PROCESS
    until grep -qs hold "$work/api/requests"; do kill -0 "$1" || return 1; sleep 0.05; done
}
release() { : >"$work/api/go"; }
