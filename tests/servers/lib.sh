# SPDX-License-Identifier: MIT
# Databases and other servers of a test; comes after tests/cli/lib.sh.  They stop when the test ends.
chmod 711 "$work"
served=""    # folders of databases
processes="" # other servers
stop_servers() {
    for one in $processes; do
        kill "$one" 2>/dev/null || :
    done
    for one in $served; do
        "$root/tests/servers/pg.sh" stop "$one" || :
    done
}
trap 'stop_servers; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# serve start NAME | serve supabase NAME | serve pglite NAME | serve pooler NAME SERVER: into $url goes its URL, and
# its folder is $work/NAME.
serve() { # KIND NAME [SERVER]
    served="$work/$2 $served"
    url=$("$root/tests/servers/pg.sh" "$1" "$work/$2" ${3:+"$work/$3"}) || {
        echo "Bail out! no server: $1"
        exit 1
    }
}

# The server that the tests of one worker of tests/run share, each with databases of its own names; a
# test that runs alone starts its own.  Its URL goes into $url.
serve_shared() {
    if [ -z "${TWOTOWER_SERVERS:-}" ]; then
        serve start pg
    else
        [ -s "$TWOTOWER_SERVERS/url" ] ||
            "$root/tests/servers/pg.sh" start "$TWOTOWER_SERVERS/pg" >"$TWOTOWER_SERVERS/url" || {
            echo "Bail out! no server"
            exit 1
        }
        url=$(cat "$TWOTOWER_SERVERS/url")
    fi
}

# The process begun last ends with the test; waits until it has written to FILE.
started() { # FILE
    processes="$! $processes"
    for _ in $(seq 1200); do
        [ -s "$1" ] && return
        sleep 0.05
    done
    echo "Bail out! a server does not start: $1 is empty"
    exit 1
}

# A Storage server, its variables in $work/storage.env, and an ItemList server, its address in
# $work/api.address and its folder $work/api.
serve_outside() { # ITEMS
    python3 "$root/tests/servers/storage.py" "$work/storage.env" models 2>"$work/storage.log" &
    started "$work/storage.env"
    mkdir "$work/api"
    python3 "$root/tests/servers/itemlist.py" "$work/api" --items "$1" --per-day 20 >"$work/api.address" &
    started "$work/api.address"
}

# Bare values of statements, fields separated by '|', one row a line; one session for all.  Where
# $names says so, the statements of the test find names elsewhere than the program's do.
names=""
sql() { # URL STATEMENT...
    at=$1
    shift
    for statement; do
        set -- "$@" -c "$statement"
        shift
    done
    psql -qAtX -v ON_ERROR_STOP=1 "$at" -c "set client_min_messages = warning" \
        ${names:+-c "set search_path = $names"} "$@"
}

# The URL of another role at the same database.
as_role() { # URL ROLE
    printf '%s' "$1" | sed "s|//[^@/]*@|//$2@|"
}

# Has the server $server the extension vector, or a stand-in for its types?
vectors() { [ "$(sql "$server" "select count(*) from pg_extension where extname = 'vector'")" = 1 ]; }

# Runs `suite KIND` against a cluster laid out as Supabase does it, with `search_path = public`:
#   supabase         as its `postgres`, who is no superuser
#   supabase_admin   as the superuser (TWOTOWER_FULL=1)
supabase_server() {
    serve supabase supabase
    layout=$url
    names="public, extensions"
    server=$layout
    suite supabase
    if [ "${TWOTOWER_FULL:-}" = 1 ]; then
        server=$(as_role "$layout" supabase_admin)
        suite supabase_admin
    else
        skip "supabase_admin: the suite" "it runs with TWOTOWER_FULL=1"
    fi
    names=""
}

# The URL of another database of the same server.
other_database() { # URL NAME
    printf '%s' "$1" | sed "s|^\(postgresql://[^/]*/\)[^?]*|\1$2|"
}

# An empty database of that name: its URL goes to $url.  PGlite has one database, emptied.
fresh() { # SERVER-URL NAME
    case $1 in
    *application_name=pglite)
        url=$1
        sql "$1" "drop extension if exists vector cascade" "drop schema public cascade" "create schema public" \
            "grant usage on schema public to public" 2>"$work/.fresh" ||
            { cat "$work/.fresh"; exit 1; }
        ;;
    *)
        sql "$1" "drop database if exists $2 with (force)" "create database $2" || exit 1
        url=$(other_database "$1" "$2")
        ;;
    esac
}

# Runs `suite KIND` against every server there is: its URL is in $server.
#   stock    Postgres of the system, a stand-in for halfvec (always)
#   pglite   PGlite with pgvector (TWOTOWER_FULL=1)
#   real     the server of TEST_DATABASE_URL, with pgvector; databases whose names begin with
#            twotower_test are made and dropped there
each_server() {
    serve_shared
    server=$url
    suite stock
    if [ "${TWOTOWER_FULL:-}" = 1 ]; then
        serve pglite lite
        server=$url
        suite pglite
    else
        skip "pglite: the suite" "PGlite is installed with TWOTOWER_FULL=1"
    fi
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        server=$TEST_DATABASE_URL
        suite real
    fi
}
