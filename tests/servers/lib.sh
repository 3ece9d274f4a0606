# SPDX-License-Identifier: MIT
# Databases of a test; comes after tests/cli/lib.sh.  They stop when the test ends.
chmod 711 "$work"
served=""
stop_servers() {
    for one in $served; do
        "$root/tests/servers/pg.sh" stop "$one" || :
    done
}
trap 'stop_servers; chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# serve start NAME | serve pglite NAME | serve pooler NAME SERVER: into $url goes its URL, and
# its folder is $work/NAME.
serve() { # KIND NAME [SERVER]
    served="$work/$2 $served"
    url=$("$root/tests/servers/pg.sh" "$1" "$work/$2" ${3:+"$work/$3"}) || {
        echo "Bail out! no server: $1"
        exit 1
    }
}

# Bare values of statements, fields separated by '|', one row a line.
sql() { # URL STATEMENT...
    at=$1
    shift
    for statement; do
        psql -qAtX -v ON_ERROR_STOP=1 "$at" -c "$statement" || return
    done
}

# The URL of another database of the same server.
other_database() { # URL NAME
    printf '%s' "$1" | sed "s|^\(postgresql://[^/]*/\)[^?]*|\1$2|"
}

# An empty database of that name on a server that is not PGlite: its URL goes to $url.
fresh() { # SERVER-URL NAME
    sql "$1" "drop database if exists $2 with (force)" "create database $2" 2>/dev/null || exit 1
    url=$(other_database "$1" "$2")
}
