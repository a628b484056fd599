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
    idp_admin=$(json_member "$run/idp.json" admin)
    local_provider=yes
}

# idp_webhooks NAME: the local provider tells Gatehouse what happens; sets webhook_secret_file.
# By its control interface: the secret must not be on a command line.
idp_webhooks() {
    webhook_secret_file=$run/${1}_webhook_secret
    python3 "$source/contrib/lib/webhooks.py" "$1" "$idp_admin" "$url" "$webhook_secret_file" \
        >>"$data/log/idp.log" 2>&1 ||
        service_give_up "identity provider" "the local provider takes no webhooks."
    webhooks_shown="$url/hooks/$1 (a sign-out or a change counts at once)"
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
