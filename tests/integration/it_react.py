#!/usr/bin/env python3
"""contrib/react: it compiles strictly and builds; the build behind lighttpd, and the development
server in front of it, with Ory and then with Clerk, each a stand-in. tests/browser/react.mjs is
what a person does there."""

import glob
import os
import shutil
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import sign_world                                   # noqa: E402
from browser_run import missing, npm_dir, run_flow  # noqa: E402
from frontend_world import Frontend                 # noqa: E402
from pages_world import Server, child, prog         # noqa: E402
import tap                                          # noqa: E402

SITE = """\
mimetype.assign := ( ".html" => "text/html; charset=utf-8", ".js" => "text/javascript",
	".css" => "text/css" )
server.modules += ( "mod_setenv" )
$HTTP["url"] =~ "^/(assets/.*)?$" {
	setenv.set-response-header = ( "Content-Security-Policy" =>
	    "default-src 'self'; base-uri 'none'; frame-ancestors 'none'" )
}
"""


class Lighttpd(sign_world.LighttpdSite):
    def write_examples(self):
        return [*super().write_examples(), self.scratch.write("etc/react.conf", SITE)]


class Site(sign_world.Site):
    """The build is what the web server serves; the development server has another port."""

    def __init__(self):
        self.dev_port = child.free_port()
        self.dev = f"http://127.0.0.1:{self.dev_port}"
        super().__init__(Lighttpd)

    def conf(self):
        return prog.merge(super().conf(), {
            "cors": {"allow_origins": [self.dev]},
            "ory": {"cache_ttl": "0s"}})

    def be_clerks(self):
        """From now on Clerk signs people in, in all workers."""
        backend, old = self.mount.backend, set(self.mount.backend.workers())
        backend.configure(prog.merge(self.mount.conf, self.conf(), {"providers": ["clerk"]}))
        backend.reload()
        child.wait_for(lambda: old.isdisjoint(backend.workers()) and backend.workers(),
                       prog.READY, "new workers")
        return b"{}"

    def start_dev(self, front):
        """Vite with the files as they are, but for the two ports in them."""
        path = front / "vite/vite.config.js"
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("port: 5173", f"port: {self.dev_port}")
                       .replace("127.0.0.1:4000", f"127.0.0.1:{self.mount.port}"))
        vite = os.path.join(npm_dir(), "node_modules/vite/bin/vite.js")
        child.spawn(["node", vite, "--host", "127.0.0.1"], front / "vite.log", cwd=front / "react")

    def play(self):
        control = Server(lambda path: self.be_clerks(), "application/json")
        try:
            return run_flow("react.mjs", SITE_URL=self.url, DEV_URL=self.dev,
                            IDP_ADMIN=self.idp.admin,
                            CONTROL=f"http://127.0.0.1:{control.port}")
        finally:
            control.shutdown()


def main():
    why = missing()
    if why:
        tap.skip_all(why)
    front = Frontend(npm_dir())
    front.run("client", "tsc", "--noCheck")
    front.run("react", "tsc")
    front.run("react", "vite", "build", "--ssr", "test/account.ts", "--outDir", "test/built")
    front.run("react", "node", "--test", *glob.glob(front / "react/test/*.test.mjs"))
    front.run("react", "vite", "build")
    site = Site()
    try:
        shutil.copytree(front / "react/dist", site.mount.www, dirs_exist_ok=True)
        site.start_dev(front)
        done = site.play()
        status = site.mount.stop()
        if done or status or site.mount.complaints():
            with open(front / "vite.log", encoding="utf-8", errors="replace") as log:
                tap.diag("\n".join(["vite.log:", *log.read().splitlines()[-40:]]))
            tap.diag("\n".join(site.mount.diagnostics()))
        return done or status or len(site.mount.complaints())
    finally:
        site.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except tap.Failed as failed:
        tap.bail(str(failed).replace("\n", "\n# "))
