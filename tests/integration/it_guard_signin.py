#!/usr/bin/env python3
"""The page for people of contrib/guard, behind Apache with mod_fcgid and behind nginx, in headless
Chromium."""

import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import child                                        # noqa: E402
import guarded                                      # noqa: E402
import pg                                           # noqa: E402
import prog                                         # noqa: E402
import tap                                          # noqa: E402
from browser_run import missing, npm_dir            # noqa: E402
from idp import Idp                                 # noqa: E402

FLOW = os.path.join(HERE, "..", "browser", "flow_signin.mjs")
FLOW_LIMIT = 180


class Site:
    """The web server first: its port is part of everybody's address."""

    def __init__(self, server):
        self.server, self.pg, self.idp = server, pg.Cluster(), Idp()
        self.mount = guarded.make(
            server, proxy_to=self.idp.public.removeprefix("http://"))
        self.mount.files("/any/page", "/admin/page", "/vault/page")
        if server == "fcgid":   # Apache wants to see the access checker
            prog.install(self.mount.scratch, self.mount.program)
        self.mount.serve()
        url = self.mount.base_url
        self.idp.stop()
        self.idp.args += ["--base-url", url + "/.ory"]
        self.idp.start()
        self.mount.configure({
            "public_url": url, "database": {"url": self.pg.url},
            "ory": {"url": self.idp.public, "browser_url": url + "/.ory",
                    "timeout": "1s"},
            "guard": {"rules": [{"path": "/members/*/any"},
                                {"path": "/members/*/admin", "roles_any": ["admin"]},
                                {"path": "/members/*/vault", "aal": "aal2"}]}})
        self.mount.start_backend()
        child.wait_for(lambda: self.mount._is_ok("/readyz"), prog.READY, "ready")

    def play(self):
        artifacts = os.environ.get("GATEHOUSE_ARTIFACTS", "")
        return subprocess.run(
            ["node", FLOW], stdin=subprocess.DEVNULL, timeout=FLOW_LIMIT, check=False,
            capture_output=True, text=True, env={
                **os.environ, "SITE_URL": self.mount.base_url, "SERVER": self.server,
                "CHROMIUM": shutil.which("chromium"), "IDP_ADMIN": self.idp.admin,
                "NPM_DIR": npm_dir(), "ARTIFACTS": artifacts})

    def close(self):
        self.mount.close()
        self.idp.remove()
        self.pg.close()


@tap.cases("{0}: the page for people", [("fcgid",), ("nginx",)])
def flow(server):
    site = Site(server)
    try:
        done = site.play()
        for line in (done.stdout + done.stderr).splitlines():
            tap.diag(line)
        if done.returncode:
            tap.diag("\n".join(site.mount.diagnostics()))
        tap.is_(done.returncode, 0, "exit status of the flow")
        tap.is_(site.mount.stop(), 0, "exit status of gatehouse")
        tap.is_(site.mount.complaints(), [], "complaints outside the log")
    finally:
        site.close()


if __name__ == "__main__":
    why = missing()
    if why:
        tap.skip_all(why)
    tap.run()
