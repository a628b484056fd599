"""The dashboard's page on canned data: its API without anything behind it, and a stub of the site.

    world = DashboardWorld(openapi, traces=300)
    world.url, world.site.url
    world.request("GET", "/user/profile", 200)      # one more request is made
    world.away(True)                                # nobody answers any more

The site has both for a test in the browser: PUT /control/request, PUT /control/away; and
GET /control/asked tells what it was asked.
"""

import http.server
import json
import os
import random
import socketserver
import sys
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
DASHBOARD = os.path.join(SOURCE, "contrib", "dashboard")
PAGE = os.path.join(DASHBOARD, "page")
# Last: it has modules that are called as some of the tests' own.
sys.path.append(DASHBOARD)
import files  # noqa: E402
from door import Door  # noqa: E402

SQL = ("SELECT theme, notifications, bio\nFROM user_profile\n"
       "WHERE provider = $1 AND user_id = $2\n")
USERS = [(f"{n:016x}", f"ory:c4d24c01-feba-4213-858b-{n:012x}") for n in range(1, 41)]
# What was asked for, how it went, and how likely that is.
KINDS = [("GET", "/user/profile", "profile", 200, "allowed", 60),
         ("POST", "/user/preferences", "preferences", 200, "allowed", 14),
         ("GET", "/auth/check", "check", 204, "allowed", 12),
         ("GET", "/user/profile", "profile", 401, "anonymous", 6),
         ("GET", "/user/profile", "profile", 401, "denied", 3),
         ("GET", "/user/profile", "profile", 503, "unsure", 2),
         ("GET", "/readyz", "readyz", 200, "", 3)]


class Spans:
    """The spans of one request, one after the other; microseconds."""

    def __init__(self, rng):
        self.rng, self.list, self.at = rng, [], 0

    def add(self, name, parent, start, duration, kind=1, error=False, sql=None, **attributes):
        span = {"id": f"{self.rng.getrandbits(64):016x}", "parent": parent, "name": name,
                "kind": kind, "start_us": start, "duration_us": duration, "error": error,
                "attributes": {key.replace("__", "."): value
                               for key, value in attributes.items()}}
        if sql:
            span["sql"] = sql
        self.list.append(span)
        return span


def made(rng, method, route, name, status, verdict):
    """(spans, provider_us, database_us, auth_us, total) of a request that went so."""
    spans, took = Spans(rng), lambda low, high: int(rng.triangular(low, high, low))
    root = spans.add(f"{method} {route}", None, 0, 0, kind=2, error=status >= 500,
                     http__request__method=method, http__route=route,
                     http__response__status_code=status, gatehouse__route=name)
    provider = database = auth = 0
    at = took(40, 160)
    if verdict:
        root["attributes"]["gatehouse.verdict"] = verdict
        begin = at
        who = spans.add("authenticate", root["id"], at, 0, gatehouse__credential="cookie")
        at += took(10, 60)
        hit = rng.random() < .5
        if verdict != "anonymous":
            spans.add("cache", who["id"], at, 30, gatehouse__cache="hit" if hit else "miss")
            at += 40
            if not hit or status != 200:
                provider = took(900, 40000)
                spans.add("ory whoami", who["id"], at, provider, kind=3, error=status == 503,
                          http__request__method="GET", server__address="127.0.0.1",
                          http__response__status_code=status if status != 204 else 200)
                at += provider + took(10, 50)
        auth = who["duration_us"] = at - begin
    if route.startswith("/user/") and status == 200:
        at += took(10, 80)
        database = took(200, 3000)
        spans.add("profile_get", root["id"], at, database, kind=3, sql=SQL,
                  db__system__name="postgresql", db__query__summary="profile_get")
        at += database
    root["duration_us"] = at + took(30, 200)
    return spans.list, provider, database, auth, root["duration_us"]


class Data:
    """Requests, newest last, and what the other parts say."""

    def __init__(self, count, seed=6):
        self.rng = random.Random(seed)
        self.run, self.seq, self.logs_seq = "run-1", 0, 0
        self.traces, self.logs, self.spans = [], [], {}
        now = time.time() * 1000
        weights = [kind[5] for kind in KINDS]
        for n in range(count):
            kind = self.rng.choices(KINDS, weights)[0]
            age = (count - n) * 400 + self.rng.randrange(300)
            self.add(*kind[:5], start=now - age)

    def add(self, method, route, name, status, verdict, start=None, trace=None):
        rng = self.rng
        user = rng.choice(USERS) if verdict == "allowed" else (None, None)
        spans, provider, database, auth, total = made(rng, method, route, name, status, verdict)
        trace = trace or f"{rng.getrandbits(128):032x}"
        request_id = f"{rng.getrandbits(64):016x}"
        start = start or time.time() * 1000
        root = spans[0]["attributes"]
        root["gatehouse.request_id"] = request_id
        if user[0]:
            root["user.hash"], root["gatehouse.provider"] = user[0], "ory"
        self.seq += 1
        self.traces.append({
            "seq": self.seq, "id": trace, "start_ms": round(start, 3), "duration_us": total,
            "method": method, "route": route, "name": f"{method} {route}", "status": status,
            "verdict": verdict or None, "provider": user[0] and "ory", "user": user[0],
            "user_name": user[1], "request_id": request_id, "error": status >= 500,
            "spans": len(spans), "provider_us": provider, "database_us": database,
            "auth_us": auth})
        self.spans.setdefault(trace, []).append((start, spans))
        line = {"level": "warn" if status >= 500 else "info", "event": "request",
                "request_id": request_id, "trace_id": trace, "method": method, "path": route,
                "route": name, "status": status, "verdict": verdict or None, "took_us": total,
                "provider_us": provider or None, "database_us": database or None,
                "address": "127.0.0.1"}
        if status == 503:
            line["trouble"] = "ory: whoami: no answer within 1500 ms"
        self.log(start + total / 1000, **line)
        return trace

    def log(self, at, **fields):
        self.logs_seq += 1
        when = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at / 1000)) + f".{int(at % 1000):03}Z"
        self.logs.append({"seq": self.logs_seq, "time": when,
                          **{key: value for key, value in fields.items() if value is not None}})

    def trace(self, wanted):
        if wanted not in self.spans:
            return None
        first = min(start for start, _ in self.spans[wanted])
        spans = [{**span, "start_us": span["start_us"] + int((start - first) * 1000)}
                 for start, list_ in self.spans[wanted] for span in list_]
        return {"id": wanted, "start_ms": first, "spans": spans,
                "logs": [line for line in self.logs if line.get("trace_id") == wanted]}


COLUMNS = [{"name": "provider", "type": "text", "key": True},
           {"name": "user_id", "type": "text", "key": True},
           {"name": "theme", "type": "text", "key": False},
           {"name": "notifications", "type": "boolean", "key": False},
           {"name": "bio", "type": "text", "key": False},
           {"name": "created_at", "type": "timestamp with time zone", "key": False},
           {"name": "updated_at", "type": "timestamp with time zone", "key": False}]
COMMENT = "profiles and preferences, by identity provider and its user id"


def profiles():
    """Rows for each user and some more, for a second page."""
    rows = []
    for n in range(1, 131):
        rows.append({"provider": "ory", "user_id": f"c4d24c01-feba-4213-858b-{n:012x}",
                     "theme": "dark" if n % 3 == 0 else "light", "notifications": n % 5 != 0,
                     "bio": f"Person number {n} <b>&" if n % 4 == 0 else None,
                     "created_at": f"2026-11-{n % 28 + 1:02}T09:{n % 60:02}:00.123456+00:00",
                     "updated_at": f"2026-11-{n % 28 + 1:02}T10:{n % 60:02}:00.5+00:00"})
    return rows


def table(name, query):
    rows = profiles() if name == "user_profile" else []
    find = query.get("find", [""])[0].lower()
    rows = [row for row in rows if any(find in str(value).lower() for value in row.values())]
    order = query.get("order", ["user_id"])[0]
    rows.sort(key=lambda row: str(row[order.lstrip("-")]), reverse=order.startswith("-"))
    offset, limit = (int(query.get(key, [default])[0])
                     for key, default in (("offset", 0), ("limit", 50)))
    return {"name": name, "total": len(rows), "offset": offset, "limit": limit,
            "columns": COLUMNS, "rows": rows[offset:offset + limit]}


TABLES = {"tables": [
    {"name": "user_profile", "rows": 130, "size_bytes": 65536, "comment": COMMENT,
     "columns": COLUMNS},
    {"name": "webhook", "rows": 0, "size_bytes": 8192, "comment": "messages of providers",
     "columns": COLUMNS[:2]}]}
MIGRATIONS = {"migrations": [
    {"number": 1, "name": "create_user_profile", "state": "applied",
     "applied_at": "2026-11-20T09:00:00Z", "sql": "CREATE TABLE user_profile (\n\t…\n);\n"},
    {"number": 2, "name": "create_revocation", "state": "pending", "applied_at": None,
     "sql": "CREATE TABLE revocation (\n\t…\n);\n"}]}
CONFIG = {"text": "", "settings": [
    {"key": "providers", "value": '[ "ory" ]', "changed": False},
    {"key": "public_url", "value": '"http://localhost:4000"', "changed": True, "default": '""'},
    {"key": "ory.webhook_secret", "value": '"********"', "changed": True, "default": '""'},
    {"key": "ory.timeout", "value": '"1500ms"', "changed": False},
    {"key": "log.slow", "value": '"1s"', "changed": False},
    {"key": "log.format", "value": '"json"', "changed": False},
    {"key": "workers.max", "value": "4", "changed": True, "default": "8"}]}


def health(data):
    workers = [{"pid": 4200 + n, "state": state, "since_ms": 1200 * n + 40, "served": 311 * n,
                "generation": 1, "waits_for": waits, "waits_ms": 12 if waits else None,
                "route": route, "method": "GET" if route else None}
               for n, (state, waits, route) in enumerate(
                   (("idle", None, None), ("busy", "ory", "/user/profile"),
                    ("idle", None, None), ("idle", None, None)))]
    board = {"pid": 4199, "kind": "supervisor", "limit": 4, "workers": workers, "deaths": 0,
             "queue": {"waiting": 0, "most": 3, "limit": 128},
             "memory": {"size": 16777216, "entries": len(data.traces), "units_used": 900,
                        "units": 65536, "revoked": 0, "revocations_fresh": True,
                        "providers": [{"name": "ory", "gate": "open", "failures": 0}]}}
    return {"parts": [{"name": "web server", "state": "ok", "detail": "answers in 1 ms"},
                      {"name": "gatehouse", "state": "ok", "detail": "4 workers"},
                      {"name": "database", "state": "ok", "detail": "PostgreSQL 15"},
                      {"name": "migrations", "state": "degraded", "detail": "1 is pending"},
                      {"name": "ory", "state": "ok", "detail": "answers"}],
            "services": [{"name": "PostgreSQL", "pid": 4100, "alive": True},
                         {"name": "gatehouse", "pid": 4199, "alive": True},
                         {"name": "lighttpd", "pid": 4300, "alive": True}],
            "ready": {"status": "ok", "parts": {"database": "ok", "migrations": "pending"}},
            "status": {"processes": [board], "database": {"good": True}}}


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    address_family = http.server.HTTPServer.address_family

    def __init__(self, handler, world):
        super().__init__(("127.0.0.1", 0), handler)
        self.world = world
        self.url = f"http://localhost:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True, kwargs={
            "poll_interval": .05}).start()

    def handle_error(self, *_):
        """A page that is left in the middle of an answer is no news."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def send(self, status, kind, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def json(self, value, status=200, **headers):
        self.send(status, "application/json", json.dumps(value).encode(), **headers)


class Page(Handler):
    """The dashboard: its files, and /api/."""

    def do_GET(self):  # noqa: N802
        world = self.server.world
        path, _, query = self.path.partition("?")
        if world.is_away:
            self.close_connection = True
            return
        if path.startswith("/api/"):
            self.api(world, path[5:].split("/"), urllib.parse.parse_qs(query))
            return
        name = os.path.basename(path) or "index.html"
        try:
            with open(os.path.join(PAGE, name), "rb") as file:
                body = file.read()
        except OSError:
            self.json({"error": "there is no such file"}, 404)
            return
        self.send(200, files.KINDS[os.path.splitext(name)[1]], body, Cache_Control="no-cache",
                  **Door(world.site.url).headers)

    def api(self, world, path, query):
        data, after = world.data, int(query.get("after", ["0"])[0])
        simple = {"tables": TABLES, "migrations": MIGRATIONS, "config": CONFIG,
                  "openapi": world.openapi, "info": {
                      "site": world.site.url, "provider": "ory", "version": "0.6",
                      "run": data.run}}
        if path[0] == "events":
            self.events(world)
        elif path[0] == "health":
            self.json(health(data))
        elif path[0] in ("traces", "logs"):
            items, seq = ((data.traces, data.seq) if path[0] == "traces"
                          else (data.logs, data.logs_seq))
            self.json({"run": data.run, "next": seq, "dropped": 0,
                       path[0]: [item for item in items if item["seq"] > after]})
        elif path[0] == "trace":
            trace = data.trace(path[1])
            self.json(trace or {"error": "not among the newest traces"}, 200 if trace else 404)
        elif path[0] == "table":
            self.json(table(path[1], query))
        else:
            self.json(simple[path[0]])

    def events(self, world):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        told = None
        while not world.is_away and not world.closed:
            now = {"run": world.data.run, "traces": world.data.seq, "logs": world.data.logs_seq}
            if now != told:
                told = now
                self.wfile.write(f"data: {json.dumps(now)}\n\n".encode())
            with world.changed:
                world.changed.wait(1)


class Site(Handler):
    """Answers a page of the dashboard as Gatehouse would, and tells of it in a trace."""

    def cors(self):
        return {"Access_Control_Allow_Origin": self.headers.get("Origin", "null"),
                "Access_Control_Allow_Credentials": "true",
                "Access_Control_Expose_Headers": "X-Request-Id, Retry-After",
                "X_Request_Id": "0123456789abcdef"}

    def do_OPTIONS(self):  # noqa: N802
        self.send(204, "text/plain", b"", Access_Control_Allow_Methods="GET, POST",
                  Access_Control_Allow_Headers="authorization, content-type, traceparent, "
                  "x-session-token, x-request-id", **self.cors())

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        world = self.server.world
        world.asked.append({"method": self.command, "path": self.path, "body": body,
                            "headers": {k.lower(): v for k, v in self.headers.items()}})
        trace = self.headers.get("traceparent", "").split("-")
        signed_in = "authorization" in self.headers or "session=" in self.headers.get("Cookie", "")
        status, verdict = (200, "allowed") if signed_in else (401, "anonymous")
        world.request(self.command, self.path, status, verdict,
                      trace=trace[1] if len(trace) == 4 else None)
        good = {"userId": "1", "email": "ada@example.org", "theme": "dark", "notifications": True}
        bad = {"code": "unauthenticated", "message": "missing session token", "details": None}
        self.json(good if signed_in else bad, status, **self.cors())

    def do_GET(self):  # noqa: N802
        if self.path == "/control/asked":
            self.json(self.server.world.asked)
        else:
            self.answer()

    def do_PUT(self):  # noqa: N802
        """How the test that plays in the browser changes the world."""
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length))
        if self.path == "/control/away":
            self.server.world.away(body["away"])
            self.json(True)
        else:
            self.json(self.server.world.request(**body))

    do_POST = answer


class DashboardWorld:
    def __init__(self, openapi, traces=300):
        self.openapi, self.data, self.asked = openapi, Data(traces), []
        self.changed, self.is_away, self.closed = threading.Condition(), False, False
        self.site, self.page = Server(Site, self), Server(Page, self)
        self.url = self.page.url

    def request(self, method, route, status, verdict="allowed", trace=None):
        route = route.partition("?")[0]
        name = route.strip("/").rsplit("/", 1)[-1]
        trace = self.data.add(method, route, name, status, verdict, trace=trace)
        self.wake()
        return trace

    def away(self, away):
        self.is_away = away
        self.wake()

    def wake(self):
        with self.changed:
            self.changed.notify_all()

    def close(self):
        self.closed = True
        self.wake()
        for server in self.site, self.page:
            server.shutdown()
            server.server_close()
