# The local dashboard of the quickstart. Sourced, not run.
# shellcheck shell=bash

# Its port is chosen before anything starts: Gatehouse has to let its page in (cors.allow_origins).
dashboard_choose_port() {
    choose_free_port dashboard_port --dashboard-port
    [[ $dashboard_port != "$port" ]] ||
        die "the site and the dashboard cannot share port $port." \
            "Choose another one: --dashboard-port N (0: any free one)"
    dashboard_url=http://localhost:$dashboard_port
    trace_file=$data/log/traces.jsonl
}

# The tables are read as a role that can do nothing else.
dashboard_role() {
    postgres_sql -d gatehouse -v owner=gatehouse -f "$source/contrib/sql/reader.sql" \
        >>"$data/log/postgresql.log" 2>&1 ||
        service_give_up PostgreSQL "the dashboard's role could not be made."
}

# Loopback is open to all users of the machine, logs and tables are for the one who started this;
# also when he became root for it. Root is let in by all, and lets in all where nobody has signed
# in: in a container.
dashboard_users() {
    local login
    login=$(cat /proc/self/loginuid 2>/dev/null)
    [[ $login != 4294967295 ]] || login=
    ((EUID != 0)) || [[ -n ${SUDO_UID:-$login} ]] || return 0
    printf -- '--user %d\n' 0 "$EUID" ${SUDO_UID:+"$SUDO_UID"} ${login:+"$login"}
}

dashboard_start() {
    local name services=()
    dashboard_role
    for name in "${service_order[@]}"; do
        services=(--service "$name=${service_pid[$name]}" "${services[@]}")
    done
    # shellcheck disable=SC2046
    service_start dashboard TERM "$data/log/dashboard.log" \
        python3 "$source/contrib/dashboard/serve.py" --port "$dashboard_port" --site "$url" \
        --trace-file "$trace_file" --log-file "$data/log/gatehouse.log" \
        --program "$program" --config "$data/gatehouse.conf" \
        --database "$(database_url gatehouse_reader)" --psql "$pg_bin/psql" \
        --sql "$source/sql" --provider "$provider" --data "$data" "${services[@]}" \
        --ready-file "$run/dashboard.json" $(dashboard_users)
    service_wait dashboard 15 test -s "$run/dashboard.json"
}
