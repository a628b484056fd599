"""Gatehouse behind nginx, and pages of other origins that call it, in Chromium.

What happens in the browser is a program of tests/browser; this starts what it
talks to, and tells it about the database and the log by a port of its own.
"""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import child                # noqa: E402
import idp as idp_lib       # noqa: E402
import mounts               # noqa: E402
import npm                  # noqa: E402
import pg                   # noqa: E402
import prog                 # noqa: E402
import tap                  # noqa: E402
from browser_run import run_flow    # noqa: E402

PAGE = b"<!doctype html><html lang=en><meta charset=utf-8><title>page</title>"


class Server(http.server.ThreadingHTTPServer):
    """answer(path) gives the body of each GET; on a port of its own."""

    daemon_threads = True

    def __init__(self, answer, kind="text/html"):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = answer(self.path)
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Site:
    """The site browsers know as http://localhost:PORT."""

    def __init__(self):
        if not shutil.which("chromium"):
            npm.unavailable("no chromium")
        self.packages = npm.folder()
        self.cluster = pg.Cluster()
        self.idp = idp_lib.Idp()
        self.mount = mounts.make("nginx")
        self.mount.serve()      # the origin is known from here on
        self.url = f"http://localhost:{self.mount.port}"
        # What the flow can ask for: the profiles; the lines of all requests.
        self.told = {"/rows": self._rows, "/log": self._log}
        self.control = Server(lambda path: self.told[path]().encode(),
                              "application/json")

    def _conf(self, conf):
        return prog.merge({
            "public_url": self.url, "ory": {"url": self.idp.public},
            "database": {"url": self.cluster.url}}, conf)

    def start(self, conf):
        """Gatehouse; conf is laid over what every such site has."""
        self.mount.configure(self._conf(conf))
        self.mount.start_backend()
        child.wait_for(
            lambda: self.mount.request("GET", "/readyz").status == 200,
            prog.READY, "readyz")

    def reload(self, conf):
        """From now on all workers have this configuration."""
        backend, old = self.mount.backend, set(self.mount.backend.workers())
        backend.configure(prog.merge(self.mount.conf, self._conf(conf)))
        backend.reload()
        child.wait_for(lambda: old.isdisjoint(backend.workers())
                       and backend.workers(), prog.READY, "new workers")

    def _rows(self):
        return self.cluster.psql(
            "SELECT coalesce(json_agg(p), '[]') FROM user_profile p")

    def _log(self):
        return json.dumps([line for line in self.mount.backend.log()
                           if "status" in line])

    def play(self, flow, **environment):
        """Run tests/browser/FLOW; the exit status of the test."""
        status = run_flow(
            flow, **{"SITE_URL": self.url, "NPM_DIR": self.packages,
                     "ARTIFACTS": self.mount.dir, "IDP_ADMIN": self.idp.admin,
                     "CONTROL": f"http://127.0.0.1:{self.control.port}",
                     **environment})
        if status:
            tap.diag("\n".join(self.mount.diagnostics()))
        return status

    def close(self):
        """Ends all of it; what Gatehouse complained of."""
        self.control.shutdown()
        complaints = self.mount.complaints()
        self.mount.close()
        self.idp.remove()
        self.cluster.close()
        return complaints


def run(play):
    """play(site) gives the exit status of the test program."""
    site = Site()
    status = 1
    try:
        status = play(site)
    except (OSError, RuntimeError, TimeoutError,
            subprocess.TimeoutExpired) as error:
        tap.diag(error)
        print("Bail out! the world of the test fell apart", flush=True)
    finally:
        complaints = site.close()
        if complaints:
            tap.diag("\n".join(complaints))
            status = 1
    return status
