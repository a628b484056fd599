"""The web servers of the part `guard`: one for each target, with one worker
as far as it has the choice, nothing logged, connections kept."""

import world
from world import child, idp, rawhttp

MODULES = "/usr/lib/apache2/modules"
OIDC = MODULES + "/mod_auth_openidc.so"
KID = "ins_2benchBenchBenchBenchBench"     # as in token.h

NGINX = """\
daemon off;
worker_processes 1;
pid {dir}/{name}.pid;
error_log {dir}/{name}.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    types {{ text/html html; }}
    sendfile on;
    keepalive_requests 100000000;
    client_body_temp_path {dir}/tmp/body;
    proxy_temp_path {dir}/tmp/proxy;
    fastcgi_temp_path {dir}/tmp/fastcgi;
    uwsgi_temp_path {dir}/tmp/uwsgi;
    scgi_temp_path {dir}/tmp/scgi;
    {outside}
    server {{
        listen 127.0.0.1:{port} backlog=511;
        root {dir}/www;
        {site}
    }}
}}
"""
NGINX_GUARDED = """
        include {dir}/{name}-guard.conf;
        location ^~ /members/ {{ include guard_on; }}
"""
# As nginx's manual has it, but with connections that are kept.
NGINX_CHECKED = """
        location = /check {
            internal;
            proxy_pass http://checker;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
        location ^~ /members/ {
            auth_request /check;
            auth_request_set $auth_user $upstream_http_x_auth_user;
        }
"""
LIGHTTPD = """\
server.document-root = "{dir}/www"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{dir}/{name}.log"
server.modules = ( "mod_staticfile" )
mimetype.assign = ( ".html" => "text/html" )
server.max-keep-alive-requests = 100000000
server.max-keep-alive-idle = 60
server.max-connections = 1024
server.max-fds = 4096
{site}
"""
APACHE = """\
ServerRoot "{dir}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{dir}/{name}.pid"
DefaultRuntimeDir "{dir}/tmp"
ErrorLog "{dir}/{name}.log"
{modules}
TypesConfig /dev/null
AddType text/html .html
StartServers 2
ServerLimit 2
ThreadsPerChild 64
ThreadLimit 64
MaxRequestWorkers 128
MaxSpareThreads 128
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
{outside}
DocumentRoot "{dir}/www"
<Directory "{dir}/www">
    AllowOverride None
    Require all granted
</Directory>
{site}
"""
APACHE_MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "mime",
                  "headers", "setenvif")
OPENIDC = """\
OIDCCryptoPassphrase bench
OIDCProviderMetadataURL {url}/.well-known/openid-configuration
OIDCClientID bench
OIDCResponseType id_token
OIDCResponseMode form_post
OIDCRedirectURI http://127.0.0.1:{port}/members/callback
OIDCSessionInactivityTimeout 3600
<Location "/members">
    AuthType openid-connect
    Require valid-user
</Location>
"""
OAUTH = """\
OIDCCryptoPassphrase bench
OIDCOAuthVerifyCertFiles {kid}#{dir}/clerk.pem
OIDCOAuthRemoteUserClaim sub
<Location "/members">
    AuthType oauth20
    Require valid-user
</Location>
"""


def _nginx(w, target, how):
    outside = site = ""
    if target.guard == "checker":
        site = NGINX_CHECKED
        outside = ("upstream checker { server "
                   f"127.0.0.1:{target.proc_port}; keepalive 64; }}")
    elif target.guard:
        for name in ("guard_on", "guard_check_params", "guard_refusal"):
            w.install_example(target, f"nginx/{name}", name)
        w.install_example(target, "nginx/guard.conf",
                          f"{target.name}-guard.conf")
        site = NGINX_GUARDED.format(**how)
    conf = w.scratch.write(f"{target.name}.conf.web", NGINX.format(
        outside=outside, site=site, **how))
    return [world.tool("nginx"), "-c", conf, "-p", w.scratch.path,
            "-e", w.scratch / f"{target.name}.log"]


def _lighttpd(w, target, how):
    site = ""
    if target.guard:
        w.install_example(target, "lighttpd/guard-lookalikes.conf",
                          "guard-lookalikes.conf")
        # Without what only services behind a proxy need: there is none here.
        site = w.example(target, "lighttpd/guard.conf").partition(
            "\n# --- ")[0]
    conf = w.scratch.write(f"{target.name}.conf.web",
                           LIGHTTPD.format(site=site, **how))
    return [world.tool("lighttpd"), "-D", "-f", conf]


def _apache(w, target, how):
    modules, outside, site = list(APACHE_MODULES), "", ""
    if target.guard == "session":
        w.issuer = idp.Idp(oidc=True)
        site = OPENIDC.format(url=w.issuer.oidc.url, **how)
    elif target.guard == "oauth":
        site = OAUTH.format(kid=KID, **how)
    elif target.guard:
        modules.append("authnz_fcgi")
        w.install_example(target, "apache/guard-identity.conf",
                          "guard-identity.conf")
        outside = w.example(target, "apache/guard-authnz.conf")
    if target.guard in ("session", "oauth"):
        modules.append("auth_openidc")
    conf = w.scratch.write(f"{target.name}.conf.web", APACHE.format(
        outside=outside, site=site, modules="".join(
            f'LoadModule {name}_module "{MODULES}/mod_{name}.so"\n'
            for name in modules), **how))
    return [world.tool("apache2"), "-f", conf, "-DFOREGROUND"]


KINDS = {"nginx": _nginx, "lighttpd": _lighttpd, "apache": _apache}


def start(w, target):
    """target.web and target.port, of a server that answers."""
    target.port = child.free_port()
    how = {"dir": w.scratch.path, "name": target.name, "port": target.port}
    target.web = w.spawn(KINDS[target.server](w, target, how),
                         f"{target.name}.web")

    def is_up():
        if target.web.poll() is not None:
            raise RuntimeError(f"{target.name} ended: " + "\n".join(
                w.scratch.tail(f"{target.name}.web")
                + w.scratch.tail(f"{target.name}.log")))
        try:
            rawhttp.request(("127.0.0.1", target.port), "GET", "/")
            return True
        except (OSError, rawhttp.Broken):
            return False

    child.wait_for(is_up, world.START, target.name)
