# What the providers of the quickstart share. Sourced, not run.
# shellcheck shell=bash

json_member() { # FILE NAME
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$@"
}

idp_start() { # OPTION...: the local identity provider of contrib/idp
    service_start "identity provider" TERM "$data/log/idp.log" \
        python3 "$source/contrib/idp/idp" --state "$data/idp.json" \
        --ready-file "$run/idp.json" --title "Gatehouse sample site" \
        --allow-return-to "$frontend_url/" "$@"
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

# demo_user WHO SCRIPT ARGUMENT...: a script of this folder that signs WHO (demo or admin) up, or
# in again, and prints the address, the password and a token.
demo_user() {
    local who=$1 script=$2 line
    shift 2
    if line=$(python3 "$source/contrib/lib/$script" "$who" "$@" 2>"$data/log/$who-user.log"); then
        read -r "email[$who]" "password[$who]" "token[$who]" <<<"$line"
        return
    fi
    warn "the $who user could not be signed in. $(cat "$data/log/$who-user.log")"
}

# token_script SCRIPT PLACE KIND: for tokens that do not last: a command that prints a fresh one.
token_script() {
    [[ -n ${token[demo]-} ]] || return 0
    token_command=$data/token
    cat >"$token_command" <<END
#!/bin/sh
# Written by contrib/quickstart at each start: prints a fresh token of the demo user, or of the
# other one, with the argument "admin".
exec python3 -B $(printf %q "$source/contrib/lib/$1") token $(printf %q "$2") \\
    $(printf %q "$data")/"\${1:-demo}"-$3.json
END
    chmod 700 "$token_command"
}
