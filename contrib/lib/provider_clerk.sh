# The quickstart with Clerk: the local stand-in, or a real instance.
# Sourced, not run. See "The provider" in contrib/quickstart for what each function is for.
# shellcheck shell=bash

clerk_check() {
    [[ -n $clerk_secret_key_file || -z $clerk_publishable_key ]] || die \
        "--clerk-publishable-key needs --clerk-secret-key-file: two keys of one instance."
    [[ -n $clerk_secret_key_file ]] || return 0
    [[ -n $clerk_publishable_key ]] || die \
        "--clerk-secret-key-file needs --clerk-publishable-key: two keys of one instance." \
        "The sample site signs in with it; see \"API keys\" in Clerk's dashboard."
    [[ -z $token_life ]] || die "--token-life is for the local provider: Clerk's last a minute."
    [[ -r $clerk_secret_key_file ]] || die "$clerk_secret_key_file cannot be read."
    clerk_secret_key_file=$(realpath -- "$clerk_secret_key_file")
    grep -qE '^sk_(test|live)_[A-Za-z0-9]+$' "$clerk_secret_key_file" ||
        die "$clerk_secret_key_file holds no secret key." \
            "It is one line, sk_test_... or sk_live_..."
    clerk_frontend=$(clerk_frontend_host "$clerk_publishable_key") || die \
        "\"$clerk_publishable_key\" is no publishable key." \
        "It looks like pk_test_... or pk_live_..."
}

# The host inside a publishable key: base64 of the host and "$".
clerk_frontend_host() { # KEY
    [[ $1 =~ ^pk_(test|live)_([A-Za-z0-9+/]+)=*$ ]] || return 1
    local code=${BASH_REMATCH[2]} host
    while ((${#code} % 4 != 0)); do code+='='; done
    host=$(base64 -d <<<"$code" 2>/dev/null | tr -d '\0') || return 1
    [[ $host =~ ^[a-z0-9-]+(\.[a-z0-9-]+)+\$$ ]] || return 1
    echo "${host%\$}"
}

clerk_packages() { :; }
clerk_prepare() { :; }

clerk_start() {
    clerk_mount=''
    if [[ -n $clerk_secret_key_file ]]; then
        provider_shown="your Clerk instance, $clerk_frontend"
        return
    fi
    idp_start --clerk 127.0.0.1:0 --clerk-base-url "$url/.clerk" \
        ${token_life:+--set "clerk_token_lifespan=${token_life}s"}
    idp_webhooks clerk
    curl -fsS -m 5 "$idp_admin/control/clerk" >"$run/clerk.json" ||
        service_give_up "identity provider" "the stand-in for Clerk does not tell its keys."
    clerk_mount=$(json_member "$run/idp.json" clerk)
    clerk_mount=${clerk_mount#http://}
    clerk_publishable_key=$(json_member "$run/clerk.json" publishable_key)
    clerk_secret_key_file=$run/clerk_secret_key
    json_member "$run/clerk.json" secret_key >"$clerk_secret_key_file"
    provider_shown="$url/.clerk/ (a stand-in for Clerk)"
}

clerk_conf() {
    echo 'providers = [ "clerk" ];'
    echo "clerk: {"
    echo "    secret_key = $(conf_string "file:$clerk_secret_key_file");"
    echo "    publishable_key = $(conf_string "$clerk_publishable_key");"
    echo "    authorized_parties = [ $(conf_string "$url"), $(conf_string "$frontend_url") ];"
    if [[ $local_provider == yes ]]; then
        echo "    issuer = $(conf_string "$(json_member "$run/clerk.json" issuer)");"
        echo "    api_url = $(conf_string "$(json_member "$run/clerk.json" api_url)");"
        echo "    webhook_secret = $(conf_string "file:$webhook_secret_file");"
        echo "    sign_in_url = $(conf_string "$url/.clerk/sign-in");"
        echo "    sign_out_url = $(conf_string "$url/.clerk/user");"
    fi
    echo "};"
}

# clerk-js comes from the instance itself, and calls it.
clerk_csp() {
    [[ $local_provider == no ]] || return 0
    local from="'self' https://$clerk_frontend"
    echo "; script-src $from; connect-src $from; img-src 'self' https://img.clerk.com;" \
        "worker-src 'self' blob:"
}

# Clerk's cookies belong to the whole site: folder by folder, none of them "/", so that lighttpd
# leaves the cookies' Path as it is. The part of clerk-js that the site uses is a file of ours.
clerk_lighttpd() {
    [[ -n $clerk_mount ]] || return 0
    local files
    files=$(conf_string "$source/contrib/lib/clerk-js/")
    cat <<END
server.modules += ( "mod_proxy" )
\$HTTP["url"] =~ "^/\.clerk/(sign-in|sign-up|user|client|v1/client|\.well-known)(/|$)" {
	proxy.server = ( "" => (( "host" => "${clerk_mount%:*}", "port" => ${clerk_mount##*:} )) )
	proxy.header = (
		"map-urlpath" => (
			"/.clerk/sign-in"      => "/sign-in",
			"/.clerk/sign-up"      => "/sign-up",
			"/.clerk/user"         => "/user",
			"/.clerk/client/"      => "/client/",
			"/.clerk/v1/client"    => "/v1/client",
			"/.clerk/.well-known/" => "/.well-known/",
		)
	)
}
alias.url = ( "/.clerk/npm/@clerk/clerk-js@6/dist/" => $files )
END
}

clerk_demo() {
    demo_user demo clerk_token.py "$idp_admin" "$data/demo-clerk.json"
    demo_user admin clerk_token.py "$idp_admin" "$data/admin-clerk.json"
    token_script clerk_token.py "$idp_admin" clerk
}

clerk_note() {
    cat <<END

This uses your Clerk instance; no local identity provider runs, and the sample site loads
clerk-js from https://$clerk_frontend. A token for curl, which lasts a minute,
comes from the browser: sign in on the sample site and type into the console
  await Clerk.session.getToken()
Clerk's webhooks do not reach localhost: after a sign-out a token works until it expires.
Who is an admin of the organization that is active gets to the page for admins.
END
    [[ $clerk_publishable_key != pk_live_* ]] || cat <<END
A production instance (pk_live_) only works on its own domain, not on localhost: the sample site
needs the keys of a development instance (pk_test_).
END
}
