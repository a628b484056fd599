# The quickstart with Ory: the local stand-in, a project of the Ory Network, or an own Kratos.
# Sourced, not run. See "The provider" in contrib/quickstart for what each function is for.
# shellcheck shell=bash

ory_check() {
    [[ -z $ory_slug || -z $ory_url ]] || die "--ory-slug and --ory-url exclude each other."
    [[ -z $ory_slug || $ory_slug =~ ^[a-z0-9-]+$ ]] ||
        die "\"$ory_slug\" is no project slug." \
            "A slug looks like happy-hopper-x1y2z3; see the Ory console."
    [[ -z $ory_url || $ory_url =~ ^https?://[^/?#]+ ]] ||
        die "--ory-url wants https://HOST, not \"$ory_url\"."
    [[ -z $ory_browser_url || -n $ory_slug$ory_url ]] ||
        die "--ory-browser-url belongs to --ory-slug or --ory-url."
}

ory_packages() { :; }
ory_prepare() { :; }

# Where Ory is, and whether it can appear under /.ory/ of this site.
ory_start() {
    ory_mount='' ory_origin=''
    if [[ -z $ory_slug$ory_url ]]; then
        idp_start --base-url "$url/.ory"
        idp_webhooks ory
        ory_url=$(json_member "$run/idp.json" public)
        ory_browser_url=$url/.ory
        ory_mount=${ory_url#http://}
    elif [[ $ory_url == http://* && -z $ory_browser_url ]]; then
        ory_browser_url=$url/.ory
        ory_mount=${ory_url#http://}
        [[ $ory_mount == *:* ]] || ory_mount+=:80
    else
        ory_origin=${ory_browser_url:-${ory_url:-https://$ory_slug.projects.oryapis.com}}
        ory_origin=$(cut -d/ -f 1-3 <<<"$ory_origin")
    fi
    provider_shown=${ory_mount:+$url/.ory/ (from $ory_url)}
}

ory_conf() {
    local ory
    if [[ -n $ory_slug ]]; then
        ory="project_slug = $(conf_string "$ory_slug");"
    else
        ory="url = $(conf_string "$ory_url");"
    fi
    [[ -z $ory_browser_url ]] || ory+=" browser_url = $(conf_string "$ory_browser_url");"
    ory+=" roles = \"metadata_public.roles\";"
    # Kept answers are for where webhooks arrive.
    [[ $local_provider == no ]] || ory+=" cache_ttl = \"30s\";\
 webhook_secret = $(conf_string "file:$webhook_secret_file");"
    echo "ory: { $ory };"
}

ory_csp() { :; }

ory_lighttpd() {
    [[ -n $ory_mount ]] || return 0
    sed -e "s|\"host\" => \"127.0.0.1\"|\"host\" => \"${ory_mount%:*}\"|" \
        -e "s|\"port\" => 4433|\"port\" => ${ory_mount##*:}|" \
        "$source/contrib/lighttpd/ory-proxy.conf"
}

ory_demo() {
    demo_user demo ory_token.py "$url/.ory" "$data/demo-user.json"
    demo_user admin ory_token.py "$url/.ory" "$data/admin-user.json" "$idp_admin"
}

ory_note() {
    local base=${ory_url:-https://$ory_slug.projects.oryapis.com}
    cat <<END

This uses your Ory at $base; no local identity provider runs.
Its webhooks do not reach localhost, so Ory is asked at each request (ory.cache_ttl is "0s").
At Ory, allow $url/ as a return address (Ory console: Branding, Browser redirects;
Kratos: selfservice.allowed_return_urls).
Who has "roles": ["admin"] in the public metadata of the identity gets to the page for admins.
END
    if [[ -n $ory_mount ]]; then
        echo "It appears under $url/.ory/ and has to know that: in Kratos's configuration"
        echo "serve.public.base_url: $url/.ory/"
    elif [[ $ory_origin != http://localhost:* ]]; then
        cat <<END

What works: the API with a session token, for example
  token=\$(python3 $source/contrib/lib/ory_token.py ask $base)
  curl -H "Authorization: Bearer \$token" $url/user/profile
What does not work like this: being signed in on the sample site. Its links lead to Ory's own
pages, but the cookie set there belongs to $ory_origin; browsers do
not show it to localhost, and lighttpd cannot bring Ory here, as it speaks no TLS to a backend.
Ory's own tool can: run "ory tunnel $url --port 4001 --project ..." in another
terminal and start again with --ory-browser-url http://localhost:4001
END
    fi
}
