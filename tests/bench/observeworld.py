"""What it costs to be seen: the part `observe`.

The same program with nothing switched on, with traces of all requests to a
file, to a collector that only takes them, and with /metrics read each second.
"""

import http.server
import os
import threading

import targets
import world
from people import People
from world import child, prog, rawhttp

EVERY = 1.0         # seconds of its runs between two readings of /metrics
LOOK = 0.1          # seconds until the reader sees whose run it is
USERS = 1000        # few enough to be all known at the start of a round
NAMES = {
    "unseen": "nothing switched on",
    "trace-file": "all requests' traces to a file",
    "trace-endpoint": "all requests' traces to a collector",
    "metrics": "/metrics read each second",
    "unseen-again": "nothing switched on, once more",
}


class Sink(http.server.BaseHTTPRequestHandler):
    """Takes what is posted and looks at none of it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left > 0:
            got = len(self.rfile.read1(left))
            if got == 0:
                return
            left -= got
            self.server.taken += got
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class World(world.World):
    """The near one, and who looks at its targets."""

    measured = None     # the target whose run it is
    times = 5           # the differences are small
    in_turns = True

    def make_targets(self, part, only):
        self.traces = self.scratch / "trace.json"
        self.sink = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
        self.sink.taken = 0
        threading.Thread(target=self.sink.serve_forever, daemon=True).start()
        self.closing = threading.Event()
        self.reader = threading.Thread(target=self.read_metrics, daemon=True)
        self.reader.start()
        port = self.sink.server_address[1]
        more = {
            "unseen": {},
            "trace-file": {"trace": {"file": self.traces}},
            "trace-endpoint": {"trace": {
                "endpoint": f"http://127.0.0.1:{port}/v1/traces"}},
            "metrics": {"metrics": {"allow": ["127.0.0.1"]}},
            "unseen-again": {},
        }
        program = self.install(prog.program())
        conf = {"ory": {"url": self.idp_url, "cache_ttl": "60s"}}
        people = People(self.scratch.write("few", "".join(
            token + "\n" for token in self.people["ory"].list[:USERS])))
        return [targets.Target(
            name, what, self.configured(program, name, {**conf, **more[name]}),
            people, keeps=True)
            for name, what in NAMES.items() if not only or name in only], []

    def begin(self, target):
        self.measured = target

    def read_metrics(self):
        due = EVERY
        while not self.closing.wait(LOOK):
            target = self.measured
            if target is not None and target.name == "metrics":
                due -= LOOK
            if due <= 0:
                due += EVERY
                rawhttp.request(("127.0.0.1", target.port), "GET", "/metrics")

    def empty_log(self):
        super().empty_log()
        if os.path.exists(self.traces):
            os.truncate(self.traces, 0)

    def check(self, target):
        """Seen in the way it says, too."""
        super().check(target)
        if target.name == "trace-file":
            child.wait_for(lambda: os.path.exists(self.traces), world.START,
                           "a trace in the file")
        elif target.name == "trace-endpoint":
            child.wait_for(lambda: self.sink.taken > 0, world.START,
                           "a trace at the collector")
        elif target.name == "metrics" and rawhttp.request(
                ("127.0.0.1", target.port), "GET", "/metrics").status != 200:
            raise RuntimeError("no /metrics")

    def ended(self):
        alone = [] if self.reader.is_alive() else ["the reader of /metrics"]
        return super().ended() + alone

    def close(self):
        self.closing.set()
        self.sink.shutdown()
        super().close()
