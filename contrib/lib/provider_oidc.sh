# The quickstart with a real OpenID provider: oidc-provider from npm, run by contrib/oidc.
# Sourced, not run. See "The provider" in contrib/quickstart for what each function is for.
# shellcheck shell=bash

oidc_check() { :; }

oidc_packages() {
    echo "nodejs                 fn:oidc_node"
    npm_present "$source/contrib/oidc" "$(oidc_folder)" ||
        echo "npm                    cmd:npm"
}

oidc_node() { # whether there is a Node.js that is new enough
    [[ $(node --version 2>/dev/null) =~ ^v([0-9]+)\. ]] && ((BASH_REMATCH[1] >= 18))
}

oidc_folder() { # where its packages are
    if [[ -n ${GATEHOUSE_OIDC:-} ]]; then
        realpath -m -- "$GATEHOUSE_OIDC"
    else
        build_default_dir "$source" oidc
    fi
}

oidc_prepare() {
    local from=$source/contrib/oidc to
    to=$(oidc_folder)
    if npm_present "$from" "$to"; then
        ui_done "Packages from npm" "nothing to install"
        return
    fi
    [[ $install == yes ]] || die "the packages of contrib/oidc are missing." \
        "Leave out --no-install, or name a folder that has them: GATEHOUSE_OIDC=DIR"
    step "Packages from npm" "$data/log/npm.log" "Is the network there?" npm_install "$from" "$to"
}

# Its files are copied: Node looks for packages beside them, and the checkout stays clean.
oidc_start() {
    mkdir -p "$run/oidc"
    cp -- "$source"/contrib/oidc/*.mjs "$run/oidc/"
    ln -sfn "$(oidc_folder)/node_modules" "$run/oidc/node_modules"
    service_start "identity provider" TERM "$data/log/idp.log" \
        node "$run/oidc/provider.mjs" --issuer "$url/.oidc" --client-id sample-site \
        --redirect-uri "$url/" --redirect-uri "$frontend_url/" --audience "$url" --admin admin@example.com \
        --state "$data/oidc.json" \
        --ready-file "$run/idp.json" --title "Gatehouse sample site" \
        ${token_life:+--token-life "$token_life"}
    service_wait "identity provider" 20 test -s "$run/idp.json"
    local_provider=yes
    oidc_mount=$(json_member "$run/idp.json" public)
    oidc_mount=${oidc_mount#http://}
    provider_shown="$url/.oidc (oidc-provider)"
}

oidc_conf() {
    cat <<END
providers = [ "demo" ];
oidc: ( {
    name = "demo";
    issuer = $(conf_string "$url/.oidc");
    audience = [ $(conf_string "$url") ];
    client_id = "sample-site";
    roles_claim = "roles";
    login_url = $(conf_string "$url/?sign-in");
    registration_url = $(conf_string "$url/?sign-up");
    logout_url = $(conf_string "$url/?sign-out");
} );
END
}

oidc_csp() { :; }

# The provider knows that it lives below /.oidc: nothing is rewritten.
oidc_lighttpd() {
    cat <<END
server.modules += ( "mod_proxy" )
\$HTTP["url"] =~ "^/\.oidc(/|$)" {
	proxy.server = ( "" => (( "host" => "${oidc_mount%:*}", "port" => ${oidc_mount##*:} )) )
}
END
}

oidc_demo() {
    demo_user demo oidc_token.py "$url" "$data/demo-oidc.json"
    demo_user admin oidc_token.py "$url" "$data/admin-oidc.json"
    token_script oidc_token.py "$url" oidc
}

oidc_note() { :; }
