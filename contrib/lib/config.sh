# The configuration files of the quickstart. Sourced, not run.
#
# lighttpd's come from the examples in contrib/lighttpd, with this run's paths and ports put in:
# what the quickstart serves is what the examples say.
# shellcheck shell=bash

uri_escape() { # for a path inside a database URL
    local LC_ALL=C text=$1 out= i c
    for ((i = 0; i < ${#text}; i++)); do
        c=${text:i:1}
        case $c in
        [A-Za-z0-9._~-]) out+=$c ;;
        *) printf -v c '%%%02X' "'$c" && out+=$c ;;
        esac
    done
    echo "$out"
}

conf_string() { # libconfig and lighttpd agree on the quotes that matter here
    local text=${1//\\/\\\\}
    echo "\"${text//\"/\\\"}\""
}

# Where a front end's development server (Vite) would be: its pages may call Gatehouse as well.
frontend_url=http://localhost:5173

# Who may open what below /members; the first rule that matches decides. With "contact" the pages
# are told the address and the name, though Gatehouse has to ask Clerk for them.
guard_rules() {
    local role=admin
    # The role "admin" in an organization.
    [[ $provider != clerk ]] || role=org:admin
    cat <<END
guard: { rules = (
    { path = "/members/admin"; roles_any = [ "$role" ]; contact = true; },
    { path = "/members/vault"; aal = "aal2"; },
    { path = "/members"; contact = true; }
); };
END
}

database_url() { # ROLE
    echo "postgresql:///gatehouse?host=$(uri_escape "$run/pg")&user=$1"
}

# Reads: url run data provider dashboard_url trace_file
write_gatehouse_conf() { # FILE
    {
        cat <<END
// Written by contrib/quickstart at each start: changes made here are lost.
public_url = $(conf_string "$url");
listen = $(conf_string "unix:$run/gatehouse.sock");
listen_mode = "0600";
END
        "${provider}_conf"
        guard_rules
        cat <<END
cors: { allow_origins = [ $(conf_string "$frontend_url"), $(conf_string "$dashboard_url") ]; };
database: { url = $(conf_string "$(database_url gatehouse)"); };
workers: { min = 2; max = 4; };
log: { target = $(conf_string "file:$data/log/gatehouse.log"); };
trace: { file = $(conf_string "$trace_file"); };
metrics: { allow = [ "127.0.0.1", "::1" ]; };
END
    } >"$1"
}

# Reads: source data run port ipv6 provider
write_lighttpd_conf() { # FILE
    local site_csp="default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    site_csp+=$("${provider}_csp")
    {
        cat <<END
# Written by contrib/quickstart at each start: changes made here are lost.
server.document-root = $(conf_string "$source/contrib/site")
server.port = $port
server.bind = "127.0.0.1"
server.errorlog = $(conf_string "$data/log/lighttpd.log")
server.upload-dirs = ( $(conf_string "$run") )
server.modules = ( "mod_setenv", "mod_accesslog" )
accesslog.filename = $(conf_string "$data/log/access.log")
# Without queries: Ory's address for signing out has a token there.
accesslog.format = "%h %t \"%m %U %H\" %s %b"
index-file.names = ( "index.html" )
mimetype.assign = (
	".html" => "text/html; charset=utf-8",
	".css"  => "text/css; charset=utf-8",
	".js"   => "text/javascript; charset=utf-8",
	".svg"  => "image/svg+xml"
)
# The files of the site; Gatehouse and the identity provider set their own headers.
\$HTTP["url"] =~ "^/([a-z-]+\.(html|css|js|svg))?$" {
	setenv.set-response-header = (
		"Content-Security-Policy" => $(conf_string "$site_csp"),
		"X-Content-Type-Options"  => "nosniff",
		"Referrer-Policy"         => "same-origin",
		"Cache-Control"           => "no-cache"
	)
}
END
        [[ $ipv6 != yes ]] || echo "\$SERVER[\"socket\"] == \"[::1]:$port\" { }"
        echo
        with_our_places "$source/contrib/lighttpd/gatehouse-socket.conf"
        echo
        "${provider}_lighttpd"
        echo
        write_members
        # Without its last part, for services behind a proxy: there is none here.
        with_our_places "$source/contrib/lighttpd/guard.conf" | sed '/^# --- /,$d'
    } >"$1"
}

with_our_places() { # FILE
    sed -e "s|\"/run/gatehouse/gatehouse.sock\"|$(conf_string "$run/gatehouse.sock")|" \
        -e "s|include \"|&$source/contrib/lighttpd/|" "$1"
}

# What is guarded: files of the site, and a program among them.
write_members() {
    local sample=$source/contrib/guard/samples/python/members.py
    cat <<END
server.modules += ( "mod_alias", "mod_cgi" )
\$HTTP["url"] =~ "^/members(/|$)" {
	setenv.add-response-header = ( "X-Frame-Options" => "DENY" )
}
\$HTTP["url"] == "/members/you" {
	alias.url = ( "/members/you" => $(conf_string "$sample") )
	cgi.assign = ( ".py" => $(conf_string "$(command -v python3)") )
}

END
}
