# What the providers of the quickstart share. Sourced, not run.
# shellcheck shell=bash

json_member() { # FILE NAME
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"
}

idp_start() { # OPTION...: the local identity provider of contrib/idp
    service_start "identity provider" TERM "$data/log/idp.log" \
        python3 "$source/contrib/idp/idp" --state "$data/idp.json" \
        --ready-file "$run/idp.json" --title "Gatehouse sample site" "$@"
    service_wait "identity provider" 15 test -s "$run/idp.json"
    local_provider=yes
}

# demo_user SCRIPT ARGUMENT...: a script of this folder that signs the demo user up, or in again,
# and prints the address, the password and a token.
demo_user() {
    local script=$1 line
    shift
    if line=$(python3 "$source/contrib/lib/$script" "$@" 2>"$data/log/demo-user.log"); then
        read -r demo_email demo_password token <<<"$line"
        return
    fi
    warn "the demo user could not be signed in. $(cat "$data/log/demo-user.log")"
}

# token_script SCRIPT ARGUMENT...: for tokens that do not last: a command that prints a fresh one.
token_script() {
    [[ -n $token ]] || return 0
    token_command=$data/token
    {
        echo "#!/bin/sh"
        echo "# Written by contrib/quickstart at each start: prints a fresh token of the demo user."
        printf 'exec python3 -B'
        printf ' %q' "$source/contrib/lib/$1" "${@:2}"
        echo
    } >"$token_command"
    chmod 700 "$token_command"
}
