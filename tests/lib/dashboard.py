"""The local dashboard on files that a test writes, as Gatehouse would.

    board = Dashboard("--site", "http://localhost:1")
    board.trace(request("GET /user/profile", status=200))
    board.json("/api/traces")
"""

import hashlib
import itertools
import json
import os
import signal
import sys
import time

import child
import rawhttp
import tap

SOURCE = os.path.abspath(os.environ.get("top_srcdir") or
                         os.path.join(os.path.dirname(__file__), "..", ".."))
SERVE = os.path.join(SOURCE, "contrib", "dashboard", "serve.py")
SECONDS = 20
_ids = itertools.count(1)


def new_id(digits):
    """An id that no other call of this process gives."""
    return hashlib.sha256(f"{os.getpid()}/{next(_ids)}".encode()).hexdigest()[:digits]


def user_hash(name):
    """As traces name the user "provider:subject"."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def span(trace, name, start_us, duration_us, parent=None, kind=1, error=False, **attributes):
    """A span as OTLP JSON has it; dots in names of attributes are written as "__" here."""
    begin = BEGAN_NS + start_us * 1000
    row = {"traceId": trace, "spanId": new_id(16), "name": name, "kind": kind,
           "startTimeUnixNano": str(begin), "endTimeUnixNano": str(begin + duration_us * 1000),
           "attributes": [{"key": key.replace("__", "."), "value":
                           {"intValue": str(value)} if isinstance(value, int)
                           else {"stringValue": value}} for key, value in attributes.items()]}
    return {**row, **({"parentSpanId": parent["spanId"] if isinstance(parent, dict) else parent}
                      if parent else {}), **({"status": {"code": 2}} if error else {})}


BEGAN_NS = time.time_ns() // 1000 * 1000


def request(name="GET /user/profile", trace=None, start_us=0, status=200, **attributes):
    """The spans of a request of 2 ms: its own, its authentication with a call, a statement."""
    trace = trace or new_id(32)
    method, route = name.split(" ")
    own = span(trace, name, start_us, 2000, kind=2, http__request__method=method,
               http__route=route, http__response__status_code=status,
               gatehouse__route="profile", gatehouse__verdict="allowed",
               gatehouse__provider="ory", **attributes)
    auth = span(trace, "authenticate", start_us + 100, 900, own, gatehouse__credential="cookie")
    return [own, auth,
            span(trace, "ory whoami", start_us + 200, 700, auth, 3, http__request__method="GET",
                 server__address="127.0.0.1", http__response__status_code=200),
            span(trace, "profile_get", start_us + 1100, 400, own, 3,
                 db__system__name="postgresql", db__query__summary="profile_get")]


def line(*spans):
    return json.dumps({"resourceSpans": [{"resource": {"attributes": []}, "scopeSpans": [
        {"scope": {"name": "gatehouse"}, "spans": spans}]}]}).encode() + b"\n"


class Dashboard:
    """One on a port of the kernel, with a scratch folder."""

    def __init__(self, *options):
        self.scratch = child.Scratch()
        self.trace_file, self.log_file = self.scratch / "traces.jsonl", self.scratch / "log"
        self.ready_file = self.scratch / "ready"
        self.process = child.spawn(
            [sys.executable, SERVE, "--port", "0", "--trace-file", self.trace_file,
             "--log-file", self.log_file, "--ready-file", self.ready_file, *options],
            self.scratch / "dashboard.log", death=signal.SIGKILL)
        child.wait_for(lambda: os.path.exists(self.ready_file) or self.process.poll() is not None,
                       SECONDS, "the dashboard's start")
        if self.process.poll() is not None:
            raise RuntimeError("\n".join(self.scratch.tail("dashboard.log")))
        with open(self.ready_file, encoding="utf-8") as file:
            self.url = json.load(file)["url"]
        self.port = int(self.url.rpartition(":")[2])

    def append(self, path, data):
        with open(path, "ab") as file:
            file.write(data)

    def trace(self, *spans):
        """Append one line with these spans."""
        self.append(self.trace_file, line(*spans))

    def log(self, **fields):
        self.append(self.log_file, json.dumps(fields).encode() + b"\n")

    def ask(self, target, *headers, method="GET", host=None, **how):
        return rawhttp.request(("127.0.0.1", self.port), method, target, headers,
                               host=host or f"localhost:{self.port}", **how)

    def send(self, data):
        return rawhttp.exchange(("127.0.0.1", self.port), data)

    def json(self, target):
        answer = self.ask(target)
        tap.is_(answer.status, 200, f"{target}: {answer.body[:300]}")
        return json.loads(answer.body)

    def traces(self, count, after=0):
        """The list of traces, once it has so many."""
        def enough():
            rows = self.json(f"/api/traces?after={after}")["traces"]
            return rows if len(rows) >= count else None
        return tap.wait_for(enough, SECONDS, f"{count} traces")

    def logs(self, count, query=""):
        def enough():
            rows = self.json(f"/api/logs?after=0{query}")["logs"]
            return rows if len(rows) >= count else None
        return tap.wait_for(enough, SECONDS, f"{count} log lines")

    def stop(self, number=signal.SIGTERM):
        """The exit status."""
        return child.stop(self.process, number)

    def close(self):
        self.stop()
        self.scratch.remove()
