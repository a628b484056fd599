"""A guarded site with Ory and Clerk, each a stand-in on the site's own origin.

tests/browser/flow_sign.mjs is what a person does there.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import child                                        # noqa: E402
import guarded                                      # noqa: E402
import pg                                           # noqa: E402
import prog                                         # noqa: E402
from browser_run import missing, run_flow           # noqa: E402
from idp import Idp                                 # noqa: E402

SCRIPTS = os.path.join(guarded.mounts.CONTRIB, "lib", "clerk-js") + "/"
FOLDERS = ("sign-in", "sign-up", "user", "client/", "v1/client", ".well-known/")

NGINX = """\
location ^~ /.clerk/ {{
    proxy_pass http://{clerk}/;
    proxy_set_header Host $http_host;
}}
location ^~ /.clerk/npm/@clerk/clerk-js@6/dist/ {{ alias {scripts}; }}
"""
LIGHTTPD = """\
mimetype.assign = ( "" => "text/plain" )
server.modules += ( "mod_proxy", "mod_alias" )
$HTTP["url"] =~ "^/\\.clerk/(sign-in|sign-up|user|client|v1|\\.well-known)" {{
	proxy.server = ( "" => (( "host" => "{host}", "port" => {port} )) )
	proxy.header = ( "map-urlpath" => ( {folders} ) )
}}
alias.url = ( "/.clerk/npm/@clerk/clerk-js@6/dist/" => "{scripts}" )
"""


class NginxSite(guarded.Nginx):
    def write_examples(self):
        text = NGINX.format(clerk=self.clerk, scripts=SCRIPTS)
        return [self.scratch.write("etc/clerk.conf", text), *super().write_examples()]


class LighttpdSite(guarded.Lighttpd):
    def write_examples(self):
        host, _, port = self.clerk.rpartition(":")
        folders = ", ".join(f'"/.clerk/{f}" => "/{f}"' for f in FOLDERS)
        text = LIGHTTPD.format(host=host, port=port, folders=folders, scripts=SCRIPTS)
        return [self.scratch.write("etc/clerk.conf", text), *super().write_examples()]


class Site:
    """The web server first: its port is part of everybody's address."""

    def __init__(self, kind):
        self.pg = pg.Cluster()
        self.idp = Idp(clerk=True)
        self.mount = kind(proxy_to=self.idp.public.removeprefix("http://"))
        self.mount.clerk = self.idp.clerk.url.removeprefix("http://")
        self.mount.files("/any/page", "/any/Käse brot", "/admin/page")
        self.mount.serve()
        self.url = self.mount.base_url
        self.idp.stop()
        self.idp.args += ["--base-url", self.url + "/.ory",
                          "--clerk-base-url", self.url + "/.clerk"]
        self.idp.start()
        self.mount.configure(self.conf())
        self.mount.start_backend()
        child.wait_for(lambda: self.mount._is_ok("/readyz"), prog.READY, "ready")

    def conf(self):
        clerk = self.idp.clerk.about()
        return {
            "providers": ["ory", "clerk"], "public_url": self.url,
            "ory": {"url": self.idp.public, "browser_url": self.url + "/.ory",
                    "cache_ttl": "60s", "timeout": "1s"},
            "clerk": {"secret_key": clerk["secret_key"], "issuer": clerk["issuer"],
                      "publishable_key": clerk["publishable_key"],
                      "api_url": self.idp.clerk.url, "timeout": "1s",
                      "authorized_parties": [self.url],
                      "sign_in_url": self.url + "/.clerk/sign-in",
                      "sign_out_url": self.url + "/.clerk/user"},
            "guard": {"rules": [
                {"path": "/members/files/admin", "roles_any": ["admin"]},
                {"path": "/members/files"}]},
            "database": {"url": self.pg.url}, "log": {"level": "debug"}}

    def close(self):
        self.mount.close()
        self.idp.remove()
        self.pg.close()


def revoker(site):
    """A program that revokes a session here, and not at the provider."""
    conf, path = site.mount.backend.conf_path, site.mount.backend.path
    return site.mount.scratch.write(
        "revoke", f'#!/bin/sh\nexec "{path}" revoke -c "{conf}" --provider "$1" '
        '--session "$2"\n', 0o755)


def play(server):
    """Run the flow at this server; the exit status."""
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    site = Site({"nginx": NginxSite, "lighttpd": LighttpdSite}[server])
    try:
        done = run_flow("flow_sign.mjs", SITE_URL=site.url, IDP_ADMIN=site.idp.admin,
                        SERVER=server, REVOKE=revoker(site))
        status = site.mount.stop()
        if done or status or site.mount.complaints():
            print("\n".join("# " + line for line in site.mount.diagnostics()))
        return done or status or len(site.mount.complaints())
    finally:
        site.close()
