#!/bin/sh
# SPDX-License-Identifier: MIT
# Databases for the tests, on loopback and free ports, each in a folder of its own.
#
#   pg.sh start DIR              stock Postgres; prints its URL
#   pg.sh supabase DIR           the same, laid out as Supabase does it (supabase.sql): `postgres` is no
#                                superuser, `supabase_admin` is
#   pg.sh restart DIR [MODE]     fast, or immediate: a crash and its recovery
#   pg.sh tls DIR                turns TLS on; prints the folder of ca.crt and other.crt
#   pg.sh pooler DIR SERVER-DIR  PgBouncer in transaction mode before a server; prints its URL
#   pg.sh pglite DIR             PGlite with pgvector (npm); prints its URL
#   pg.sh stop DIR               stops what runs there
#
# Stock Postgres has no pgvector.  Every database made there has a type halfvec all the same:
# a domain over bytea that takes pgvector's binary form of any dimension.  So binary rows,
# COPY, keys, locks and partitions are the real thing; text form, a declared dimension,
# distances and HNSW are PGlite's, or those of the server in TEST_DATABASE_URL.  The cluster laid out
# as Supabase has the domain in schema extensions, or pgvector where this machine has it.
#
# Server programs refuse to run as root, so root becomes user postgres: the parents of DIR
# must let others pass.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
fault() {
    echo "pg.sh: $*" >&2
    exit 1
}
[ $# -ge 2 ] || fault "start|supabase|restart|tls|pooler|pglite|stop and a folder are expected"
what=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)

# As the user who may run servers, with nothing of the caller's environment.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups \
            env -i PATH="$bin:/usr/sbin:/usr/bin:/bin" LC_ALL=C.UTF-8 HOME=/tmp "$@"
    else
        env -i PATH="$bin:/usr/sbin:/usr/bin:/bin" LC_ALL=C.UTF-8 HOME=/tmp "$@"
    fi
}

own() {
    [ "$(id -u)" != 0 ] || chown -R postgres:postgres "$1"
}

free_port() { python3 "$here/free_port.py"; }

sql() { # DATABASE, statements on stdin
    "$bin/psql" -qX -v ON_ERROR_STOP=1 "postgresql://$(cat "$dir/admin")@127.0.0.1:$(cat "$dir/port")/$1" >/dev/null
}

# The domain: the bytes that pgvector sends and takes in binary, which are int16 dimension,
# int16 0, and as many halves, all big-endian.
halfvec() { # DATABASE SCHEMA
    sql "$1" <<SQL
create domain $2.halfvec as bytea check (
    octet_length(value) >= 6
    and substring(value from 3 for 2) = '\\x0000'::bytea
    and octet_length(value) = 4 + 2 * (get_byte(value, 0) * 256 + get_byte(value, 1)));
comment on domain $2.halfvec is 'the binary form of pgvector''s halfvec, for tests';
SQL
}

launch() {
    # Between choosing a port and taking it another program may take it: then the next.
    for try in 1 2 3 4 5; do
        port=$(free_port)
        if as_server pg_ctl -D "$dir/data" -l "$dir/log" -w -t 60 -o "-p $port" start >/dev/null 2>&1; then
            echo "$port" >"$dir/port"
            return 0
        fi
    done
    tail -20 "$dir/log" >&2
    fault "Postgres does not start in $dir (try $try)"
}

cluster() { # SUPERUSER
    [ -n "$bin" ] || fault "there is no Postgres here; .ci/setup test installs it"
    own "$dir"
    cd /
    as_server initdb -D "$dir/data" -U "$1" -A trust -E UTF8 --locale=C.UTF-8 -N >"$dir/initdb.log" 2>&1 ||
        fault "initdb failed: $(cat "$dir/initdb.log")"
    cat >>"$dir/data/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 64MB
CONF
    launch
    echo "$1" >"$dir/admin"
}

start() {
    cluster postgres
    halfvec postgres public
    halfvec template1 public
    echo "postgresql://postgres@127.0.0.1:$(cat "$dir/port")/postgres"
}

supabase() {
    cluster supabase_admin
    sql template1 <"$here/supabase.sql"
    if "$bin/psql" -qAtX "postgresql://supabase_admin@127.0.0.1:$(cat "$dir/port")/template1" \
        -c "select name from pg_available_extensions" | grep -qx vector; then
        echo "create extension vector with schema extensions" | sql template1
    else
        halfvec template1 extensions
    fi
    echo "drop database postgres" | sql template1
    echo "create database postgres owner postgres" | sql template1
    echo "postgresql://postgres@127.0.0.1:$(cat "$dir/port")/postgres"
}

restart() {
    cd /
    as_server pg_ctl -D "$dir/data" -l "$dir/log" -w -t 60 -m "${1:-fast}" -o "-p $(cat "$dir/port")" restart \
        >/dev/null || fault "Postgres does not restart in $dir: $(tail -5 "$dir/log")"
}

# ca.crt signed the server's certificate, for db.twotower.test alone; other.crt signed nothing.
tls() {
    keys=$dir/tls
    mkdir -p "$keys"
    for ca in ca other; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=twotower test $ca" \
            -keyout "$keys/$ca.key" -out "$keys/$ca.crt" 2>/dev/null
    done
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=db.twotower.test \
        -keyout "$keys/server.key" -out "$keys/server.csr" 2>/dev/null
    echo "subjectAltName=DNS:db.twotower.test" >"$keys/san"
    openssl x509 -req -in "$keys/server.csr" -CA "$keys/ca.crt" -CAkey "$keys/ca.key" -CAcreateserial -days 2 \
        -extfile "$keys/san" -out "$keys/server.crt" 2>/dev/null
    own "$keys"
    chmod 600 "$keys"/*.key
    sql postgres <<SQL
alter system set ssl_cert_file = '$keys/server.crt';
alter system set ssl_key_file = '$keys/server.key';
alter system set ssl = on;
SQL
    restart
    chmod 755 "$keys" && chmod 644 "$keys"/*.crt
    echo "$keys"
}

pooler() { # SERVER-DIR
    server=$(cat "$1/port")
    own "$dir"
    printf '"%s" ""\n' postgres job_runner >"$dir/users"
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        cat >"$dir/pgbouncer.ini" <<CONF
[databases]
* = host=127.0.0.1 port=$server
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = trust
auth_file = $dir/users
pool_mode = transaction
default_pool_size = 2
max_client_conn = 100
logfile = $dir/log
pidfile = $dir/pid
CONF
        own "$dir"
        as_server pgbouncer -q -d "$dir/pgbouncer.ini" || continue
        for _ in $(seq 600); do
            "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" && break
            sleep 0.1
        done
        echo "$port" >"$dir/port"
        echo "postgresql://postgres@127.0.0.1:$port/postgres"
        return 0
    done
    fault "PgBouncer does not start: $(tail -5 "$dir/log")"
}

pglite() {
    [ -d "$here/node_modules/@electric-sql/pglite" ] ||
        (cd "$here" && npm ci --no-audit --no-fund >"$dir/npm.log" 2>&1) ||
        fault "npm ci failed: $(tail -5 "$dir/npm.log")"
    rm -f "$dir/port"
    # A pipe of its own keeps the caller's $(...) from waiting for the server's end.
    node "$here/pglite.mjs" "$dir/port" >"$dir/log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    for _ in $(seq 600); do
        [ -s "$dir/port" ] && break
        kill -0 "$(cat "$dir/pid")" 2>/dev/null || fault "PGlite does not start: $(tail -5 "$dir/log")"
        sleep 0.1
    done
    [ -s "$dir/port" ] || fault "PGlite does not answer: $(tail -5 "$dir/log")"
    echo "postgresql://postgres@127.0.0.1:$(cat "$dir/port")/postgres?sslmode=disable&application_name=pglite"
}

stop() {
    cd /
    if [ -f "$dir/data/postmaster.pid" ]; then
        as_server pg_ctl -D "$dir/data" -m immediate -w -t 60 stop >/dev/null 2>&1 || :
    fi
    if [ -s "$dir/pid" ]; then
        pid=$(cat "$dir/pid")
        kill "$pid" 2>/dev/null || :
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || :
        rm -f "$dir/pid"
    fi
}

case $what in
start) start ;;
supabase) supabase ;;
restart) restart "${3:-fast}" ;;
tls) tls ;;
pooler) pooler "$(cd "$3" && pwd)" ;;
pglite) pglite ;;
stop) stop ;;
*) fault "there is no '$what'" ;;
esac
