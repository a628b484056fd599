# The private PostgreSQL cluster of the quickstart. Sourced, not run.
#
# It listens on a unix socket only, in a directory that nobody else may enter; that is why the
# cluster needs no passwords. PostgreSQL refuses to run as root: then the cluster belongs to
# another user, and so does its part of the data directory.
# shellcheck shell=bash

postgres_choose_user() { # sets pg_user: empty for "the one who started this"
    pg_user=
    ((EUID == 0)) || return 0
    pg_user=postgres
    id -u postgres >/dev/null 2>&1 || pg_user=nobody
}

as_pg_user() {
    if [[ -z $pg_user ]]; then
        "$@"
    else
        setpriv --reuid="$pg_user" --regid="$(id -g "$pg_user")" --init-groups "$@"
    fi
}

# A cluster can only be run by the version that made it.
postgres_choose_version() { # sets pg_bin
    local made
    made=$(cat "$data/pg/PG_VERSION" 2>/dev/null)
    pg_bin=$(postgres_bin "$made") && return
    [[ -n $made ]] || die "PostgreSQL's programs were not found." "Install the package postgresql."
    die "the data was made with PostgreSQL $made, which is no longer installed." \
        "Install postgresql-$made, or start afresh: contrib/quickstart --reset"
}

postgres_directories() {
    mkdir -p "$run/pg"
    [[ -z $pg_user ]] || chown "$pg_user:" "$run/pg"
    chmod 700 "$run/pg"
    as_pg_user test -x "$run/pg" -a -w "$run/pg" || die \
        "the user $pg_user, who has to run PostgreSQL, cannot reach $data." \
        "Choose a directory it can reach: --data DIR"
}

# In a directory of its own until it is whole: an interrupted initdb leaves nothing to trip over.
postgres_init() {
    rm -rf "$data/pg.new"
    mkdir -m 700 "$data/pg.new"
    [[ -z $pg_user ]] || chown "$pg_user:" "$data/pg.new"
    as_pg_user "$pg_bin/initdb" -D "$data/pg.new" -U postgres -E UTF8 --locale=C \
        --auth-local=trust --auth-host=reject --no-instructions &&
        mv "$data/pg.new" "$data/pg"
}

postgres_start() {
    postgres_choose_user
    postgres_choose_version
    postgres_directories
    # The server and initdb insist on a working directory that their user may enter.
    cd / || exit 1
    [[ -d $data/pg ]] || step "Making a database cluster" "$data/log/initdb.log" \
        "Is the disk full?" postgres_init
    service_user=$pg_user service_start PostgreSQL INT "$data/log/postgresql.log" \
        "$pg_bin/postgres" -D "$data/pg" -c listen_addresses= \
        -c unix_socket_directories="$run/pg" -c unix_socket_permissions=0700
    service_wait PostgreSQL 30 "$pg_bin/pg_isready" -q -h "$run/pg"
    postgres_database
}

postgres_sql() {
    "$pg_bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$run/pg" -U postgres -d postgres "$@"
}

postgres_database() { # Gatehouse's role and database, unless they are there
    [[ -n $(postgres_sql -tAc "SELECT 1 FROM pg_database WHERE datname = 'gatehouse'") ]] && return
    postgres_sql -c "CREATE ROLE gatehouse LOGIN" -c "CREATE DATABASE gatehouse OWNER gatehouse" \
        >>"$data/log/postgresql.log" 2>&1 ||
        service_give_up PostgreSQL "the database could not be made."
}
