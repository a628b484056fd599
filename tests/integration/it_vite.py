#!/usr/bin/env python3
"""The front end of contrib/vite on Vite's development server, in headless
Chromium: behind its proxy, and calling Gatehouse across origins.
tests/browser/vite.mjs holds the tests themselves."""

import json
import os
import sys
import urllib.error
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pages_world          # noqa: E402
from pages_world import child, mounts  # noqa: E402

FILES = ("api.js", "index.html", "main.js", "vite.config.js")


def answers(server, url):
    if server.poll() is not None:
        raise ChildProcessError
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False


class DevServer:
    """Vite with the files as they are, but for the two ports in them."""

    def __init__(self, site, name, environment):
        self.site, self.name, self.environment = site, name, environment
        self.folder = site.mount.scratch.mkdir(name)
        for _ in range(5):
            self.port = child.free_port()
            self.url = f"http://localhost:{self.port}"
            try:
                self.start()
                return
            except ChildProcessError:
                pass        # somebody took the port
        raise RuntimeError("\n".join(site.mount.scratch.tail(name + ".log")))

    def start(self):
        scratch = self.site.mount.scratch
        for file in FILES:
            with open(os.path.join(mounts.CONTRIB, "vite", file)) as f:
                text = f.read()
            scratch.write(f"{self.name}/{file}", text
                          .replace("port: 5173", f"port: {self.port}")
                          .replace("127.0.0.1:4000",
                                   f"127.0.0.1:{self.site.mount.port}"))
        # Not as the servers' user: the packages may be where only we can read.
        vite = os.path.join(self.site.packages, "node_modules/vite/bin/vite.js")
        server = child.spawn(["node", vite], scratch / (self.name + ".log"),
                             env={**os.environ, **self.environment},
                             cwd=self.folder)
        child.wait_for(lambda: answers(server, self.url + "/"), 60,
                       "Vite's first answer")


def play(site):
    # Ory is where browsers reach it by the site's name, as /.ory/ would be.
    site.idp.stop()
    ory = f"http://localhost:{site.idp.public_port}"
    proxied = DevServer(site, "proxied", {})
    crossed = DevServer(site, "crossed", {"VITE_API_URL": site.url})
    site.idp.args += ["--base-url", ory]
    for server in (proxied, crossed):
        site.idp.args += ["--allow-return-to", server.url + "/"]
    site.idp.start()
    base = {"ory": {"browser_url": ory}}
    listed = {"cors": {"allow_origins": [proxied.url, crossed.url]}, **base}
    empty = {"cors": {"allow_origins": []}, **base}
    site.told["/public"] = lambda: json.dumps(
        site.reload({"public_url": proxied.url, **empty}))
    site.told["/plain"] = lambda: json.dumps(site.reload(empty))
    site.start(listed)
    return site.play("vite.mjs", PROXIED=proxied.url, CROSSED=crossed.url)


if __name__ == "__main__":
    sys.exit(pages_world.run(play))
