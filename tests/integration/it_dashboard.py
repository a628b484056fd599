#!/usr/bin/env python3
"""The dashboard's server: what it makes of trace and log files, and how it follows them."""

import asyncio
import json
import os
import re
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import child  # noqa: E402
from dashboard import SERVE, Dashboard, line, new_id, request, span  # noqa: E402
from tap import case, cases, contains, is_, ok, raises, run, wait_for  # noqa: E402

sys.path.insert(0, os.path.dirname(SERVE))
import health  # noqa: E402
import kept as keeping  # noqa: E402
import logs  # noqa: E402
import process  # noqa: E402
import traces  # noqa: E402

TRACES_MAX, LOGS_MAX, LISTENERS_MAX = 10_000, 20_000, 32
board = Dashboard("--site", "http://localhost:1")


def only(trace_id):
    """The one request of a trace in the list."""
    rows = wait_for(lambda: [row for row in board.json("/api/traces")["traces"]
                             if row["id"] == trace_id], 10, "the trace")
    is_(len(rows), 1, "requests of the trace")
    return rows[0]


def detail(trace_id):
    return board.json(f"/api/trace/{trace_id}")


# ---- traces ----

@case("a request is listed with what its spans add up to")
def _():
    spans = request(status=503, user__hash="00112233aabbccdd", error__type="provider_unavailable",
                    gatehouse__request_id="r-1")
    board.trace(*spans)
    row = only(spans[0]["traceId"])
    is_({key: row[key] for key in ("method", "route", "status", "verdict", "provider", "user",
                                   "request_id", "error", "duration_us", "spans", "auth_us",
                                   "provider_us", "database_us")},
        {"method": "GET", "route": "/user/profile", "status": 503, "verdict": "allowed",
         "provider": "ory", "user": "00112233aabbccdd", "request_id": "r-1",
         "error": "provider_unavailable", "duration_us": 2000, "spans": 4, "auth_us": 900,
         "provider_us": 700, "database_us": 400})


@case("its spans come in the order of their beginning, a statement with its text")
def _():
    spans = request()
    board.trace(*spans[::-1])
    only(spans[0]["traceId"])
    found = detail(spans[0]["traceId"])["spans"]
    is_([(s["name"], s["start_us"], s["duration_us"]) for s in found],
        [("GET /user/profile", 0, 2000), ("authenticate", 100, 900), ("ory whoami", 200, 700),
         ("profile_get", 1100, 400)])
    is_([s["parent"] for s in found], [None] + [spans[i]["spanId"] for i in (0, 1, 0)], "parents")
    contains(found[3]["sql"], "FROM user_profile", "the text of the statement")
    is_(found[3]["attributes"]["db.system.name"], "postgresql")


@case("a statement's name is no path")
def _():
    trace = new_id(32)
    own = span(trace, "GET /x", 0, 10, kind=2)
    board.trace(own, span(trace, "evil", 0, 10, own, 3, db__system__name="postgresql",
                          db__query__summary="../0001_create_user_profile.up"))
    only(trace)
    is_([s.get("sql") for s in detail(trace)["spans"]], [None, None])


@case("spans that come before their request, in other lines, count for it")
def _():
    spans = request()
    for each in spans[::-1]:
        board.trace(each)
    trace = spans[0]["traceId"]
    wait_for(lambda: only(trace)["spans"] == 4, 10, "all four spans")
    is_([only(trace)[key] for key in ("auth_us", "provider_us", "database_us")], [900, 700, 400])


@case("spans that come late bring their request to the end of the list")
def _():
    spans = request()
    board.trace(*spans[:2])
    before = only(spans[0]["traceId"])
    board.trace(*spans[2:])
    row = wait_for(lambda: board.json(f"/api/traces?after={before['seq']}")["traces"], 10, "news")
    is_((row[0]["id"], row[0]["spans"]), (before["id"], 4))


@case("one trace of two requests has two rows, each with its own sums")
def _():
    trace, front = new_id(32), new_id(16)
    one, two = request(trace=trace), request("POST /user/preferences", trace, 5000)
    one[0]["parentSpanId"] = two[0]["parentSpanId"] = front
    board.trace(*one)
    board.trace(*two[:3])
    rows = wait_for(lambda: (rows := [row for row in board.json("/api/traces")["traces"]
                                      if row["id"] == trace])[1:] and rows, 10, "two rows")
    is_([(row["name"], row["spans"], row["database_us"], row["parent"]) for row in rows],
        [("GET /user/profile", 4, 400, front), ("POST /user/preferences", 3, 0, front)])
    is_(len(detail(trace)["spans"]), 7, "spans of the trace")


@case("what the dashboard asks of the site itself is not shown")
def _():
    with socket.socket() as site:
        site.bind(("127.0.0.1", 0))
        site.listen(1)
        other = Dashboard("--site", f"http://127.0.0.1:{site.getsockname()[1]}")
        try:
            with socket.create_connection(("127.0.0.1", other.port), 10) as asking:
                asking.sendall(f"GET /api/health HTTP/1.1\r\nHost: localhost:{other.port}\r\n\r\n"
                               .encode())
                peer, _ = site.accept()
                with peer:
                    asked = peer.recv(4096).decode()
            trace = re.search(r"traceparent: 00-([0-9a-f]{32})-[0-9a-f]{16}-01\r\n", asked)[1]
            shown = request()
            other.log(event="request", trace_id=trace)
            other.log(event="request", trace_id=shown[0]["traceId"])
            other.trace(*request("GET /readyz", trace), *shown)
            is_([row["id"] for row in other.traces(1)], [shown[0]["traceId"]])
            is_([row["trace_id"] for row in other.logs(1)], [shown[0]["traceId"]])
        finally:
            other.close()


@case("parents that lead in a circle do no harm")
def _():
    trace = new_id(32)
    own = span(trace, "GET /x", 0, 1000, kind=2)
    one = span(trace, "one", 1, 10, own)
    two = span(trace, "two", 2, 10, one)
    one["parentSpanId"] = two["spanId"]
    board.trace(own, one, two)
    is_(only(trace)["spans"], 3)
    is_(len(detail(trace)["spans"]), 3)


def wrong(**changes):
    return line({**request()[0], **changes})


@cases("a line that is {0} is counted and left out", [
    ("no JSON", b"{]\n"),
    ("another JSON", b'{"resourceSpans":7}\n'),
    ("nested without an end", b"[" * 100_000 + b"\n"),
    ("too long", line(*request(x="x" * (3 << 20)))),
    ("of a wrong trace id", wrong(traceId="Z" * 32)),
    ("of a wrong span id", wrong(spanId="../../etc/passwd")),
    ("of a time before time", wrong(startTimeUnixNano="-1")),
    ("of a time beyond time", wrong(endTimeUnixNano="9" * 40)),
    ("of a name that is no text", wrong(name={"a": 1})),
    ("of attributes that are none", wrong(attributes=[7])),
    ("of another encoding", '{"resourceSpans":[]}\n'.encode("utf-16-le") + b"\n")])
def _(what, data):
    del what
    before = board.json("/api/traces")
    spans = request()
    board.append(board.trace_file, data + line(*spans))
    only(spans[0]["traceId"])
    after = board.json("/api/traces")
    ok(after["unreadable"] > before["unreadable"], "it is counted", after["unreadable"])
    is_(len(after["traces"]), len(before["traces"]) + 1, "traces")


# ---- following files ----

@case("a line is taken when its end is written, not before")
def _():
    spans = request()
    data = line(*spans)
    board.append(board.trace_file, data[:-40])
    other = request()
    board.log(event="mark", trace_id=other[0]["traceId"])
    wait_for(lambda: board.json(f"/api/logs?trace={other[0]['traceId']}")["logs"], 10, "the mark")
    is_(board.ask(f"/api/trace/{spans[0]['traceId']}").status, 404, "half a line")
    board.append(board.trace_file, data[-40:])
    is_(only(spans[0]["traceId"])["spans"], 4)


@case("after a rotation both files are read: writers notice it later")
def _():
    old = board.trace_file + ".1"
    os.rename(board.trace_file, old)
    first, second, third = request(), request(), request()
    board.append(old, line(*first))
    board.trace(*second)
    only(second[0]["traceId"])
    board.append(old, line(*third))
    for spans in first, second, third:
        is_(only(spans[0]["traceId"])["spans"], 4)


@case("a file that was emptied is read from its beginning")
def _():
    spans = request()
    board.trace(*spans, *request())
    only(spans[0]["traceId"])
    os.truncate(board.trace_file, 0)
    spans = request()
    board.trace(*spans)
    is_(only(spans[0]["traceId"])["spans"], 4)


# ---- logs ----

@case("a trace brings its log lines along, and a line its fields as they are")
def _():
    spans = request()
    trace = spans[0]["traceId"]
    board.trace(*spans)
    board.log(time="2026-01-02T03:04:05.678Z", level="info", event="request", trace_id=trace,
              path="/user/\u00e9", status=200, slow=True, took_us=12)
    board.log(level="info", event="request", trace_id=new_id(32))
    board.logs(1, f"&trace={trace}")
    only(trace)
    found = detail(trace)["logs"]
    is_([{**row, "seq": 0} for row in found], [{
        "seq": 0, "time": "2026-01-02T03:04:05.678Z", "level": "info", "event": "request",
        "trace_id": trace, "path": "/user/\u00e9", "status": 200, "slow": True, "took_us": 12}])


@case("lines of a level and above, and only what is new")
def _():
    after = board.json("/api/logs")["next"]
    for level in ("debug", "info", "warn", "error"):
        board.log(level=level, event="level")
    wait_for(lambda: board.json("/api/logs")["next"] == after + 4, 10, "four lines")
    for level, count in (("debug", 4), ("info", 3), ("warn", 2), ("error", 1)):
        is_(len(board.json(f"/api/logs?after={after}&level={level}")["logs"]), count, level)
    is_(board.json(f"/api/logs?after={after + 4}")["logs"], [])
    is_(board.ask("/api/logs?level=loud").status, 400)


@cases("a log line that is {0} is shown as text", [
    ("no JSON", b"Segmentation fault\n", "Segmentation fault"),
    ("a number", b"17\n", "17"),
    ("an empty object", b"{}\n", "{}"),
    ("not quite JSON", b'{"level":NaN}\n', '{"level":NaN}'),
    ("no UTF-8", b'{"path":"\xed\xa0\x80"}\n', None),
    ("full of controls", b"a\x00\x1b[31mb\n", "a  [31mb")])
def _(what, data, text):
    del what
    after = board.json("/api/logs")["next"]
    board.append(board.log_file, data)
    row = wait_for(lambda: board.json(f"/api/logs?after={after}")["logs"], 10, "the line")[0]
    is_((row["event"], row["time"]), ("text", None))
    ok(text is None or row["text"] == text, "the text", row)


# ---- news ----

def listen():
    sock = socket.create_connection(("127.0.0.1", board.port), 10)
    sock.sendall(f"GET /api/events HTTP/1.1\r\nHost: localhost:{board.port}\r\n\r\n".encode())
    return sock.makefile("rwb"), sock


def told(file):
    """The next event's data."""
    while not (text := file.readline()).startswith(b"data: "):
        ok(text, "the stream goes on")
    return json.loads(text[6:])


@case("who listens is told that something is new, at once and not for nothing")
def _():
    file, sock = listen()
    with file, sock:
        status = file.readline()
        contains(status, b" 200 ")
        first = told(file)
        time.sleep(0.6)                 # by now it waits, and does not look by itself
        board.trace(*request())
        second = told(file)
        is_(second["traces"], first["traces"] + 1)
        is_((second["run"], second["logs"]), (first["run"], first["logs"]))


@case("listeners are limited, and who leaves makes room")
def _():
    some = [listen() for _ in range(LISTENERS_MAX)]
    for file, _ in some:
        told(file)
    is_(board.ask("/api/events").status, 503, "one too many")
    is_(board.ask("/api/info").status, 200, "others")
    for file, sock in some:
        file.close()
        sock.close()

    def answered():
        file, sock = listen()
        with file, sock:
            return b" 200 " in file.readline()
    wait_for(answered, 10, "room again")


# ---- the page and the rest ----

@case("a file of the page is fetched again only when it has changed")
def _():
    folder = board.scratch.mkdir("page/sub")
    page = os.path.dirname(folder)
    other = Dashboard("--page", page)
    try:
        for name, text in (("page/index.html", "<p>"), ("page/sub/a.js", "1"), ("page/.b", "")):
            board.scratch.write(name, text)
        os.symlink("/etc/passwd", page + "/c.txt")
        first = other.ask("/")
        is_((first.status, first.body, first.get("Content-Type")),
            (200, b"<p>", "text/html; charset=utf-8"))
        again = ("If-None-Match", first.get("ETag"))
        is_((other.ask("/", again).status, other.ask("/", again).body), (304, b""))
        board.scratch.write("page/index.html", "<b>")
        is_((other.ask("/", again).status, other.ask("/", again).body), (200, b"<b>"))
        is_([other.ask(path).status for path in ("/sub/a.js", "/.b", "/c.txt", "/sub", "/sub/")],
            [200, 404, 404, 404, 404])
        head = other.ask("/sub/a.js", method="HEAD")
        is_((head.status, head.body, head.get("Content-Length")), (200, b"", "1"))
    finally:
        other.close()


@case("what it was not pointed at is said to be away, and is not an error of its own")
def _():
    for path in ("tables", "table/user_profile", "config", "migrations", "openapi"):
        answer = board.ask(f"/api/{path}")
        is_((answer.status, list(answer.json())), (503, ["error"]), path)
    parts = board.json("/api/health")["parts"]
    is_(parts[0], {"name": "Site", "state": "down", "detail": "no useful answer from /readyz"})
    is_(board.json("/api/info")["site"], "http://localhost:1")


@case("a site of https is asked by TLS")
def _():
    async def first_byte():
        said = asyncio.Queue()

        async def accepted(reader, writer):
            said.put_nowait(await reader.read(1))
            writer.close()
        async with await asyncio.start_server(accepted, "127.0.0.1", 0) as site:
            port = site.sockets[0].getsockname()[1]
            answer = await health.fetch(f"https://127.0.0.1:{port}", "/readyz", new_id(32))
            return answer, await said.get()
    is_(asyncio.run(first_byte()), (None, b"\x16"), "the answer, and how a handshake begins")


@case("what failed is kept for a moment, and not for as long as a find")
def _():
    async def attempts():
        kept, count = keeping.Kept(), 0

        async def make():
            nonlocal count
            count += 1
            if count == 1:
                raise ValueError("away")
            return count
        for _ in range(3):
            try:
                await kept.get("key", 3600, make)
            except ValueError:
                pass
        first = count
        await asyncio.sleep(keeping.FAILED_SECONDS + 0.1)
        return first, [await kept.get("key", 3600, make) for _ in range(2)]
    is_(asyncio.run(attempts()), (1, [2, 2]))


@cases("a program that {0} is ended", [
    ("does not end", ["sleep", "60"], 0.3, "longer than"),
    ("says too much", ["yes"], 20, "said too much"),
    ("is not there", ["/nonexistent/gatehouse"], 20, "No such file")])
def _(what, argv, seconds, words):
    del what
    contains(str(raises(process.Failed, asyncio.run, process.run(argv, "", seconds))), words)
    is_([pid for pid in child.children(os.getpid()) if child.name_of(pid) == argv[0]], [], "left")


@case("of more than it keeps, the oldest are forgotten, traces and log lines")
def _():
    few = 200
    with open(board.trace_file, "ab") as file:
        for number in range(TRACES_MAX + few):
            file.write(line(*request(start_us=number)))
    began = time.monotonic()
    wait_for(lambda: board.json("/api/traces?limit=1")["dropped"] >= few, 30, "a few dropped")
    print(f"# {TRACES_MAX + few} traces within {time.monotonic() - began:.2f} s")
    with open(board.log_file, "ab") as file:
        for number in range(LOGS_MAX + few):
            file.write(b'{"level":"info","trace_id":"%s"}\n' % new_id(32).encode())
    wait_for(lambda: board.json("/api/logs?limit=1")["dropped"] >= few, 30, "lines dropped")
    answer = wait_for(lambda: (a := board.json("/api/traces"))["dropped"] and a, 10, "all")
    is_(len(answer["traces"]), TRACES_MAX)
    is_(len(board.json("/api/logs?limit=20000")["logs"]), LOGS_MAX)
    is_([row["seq"] for row in answer["traces"]],
        sorted(row["seq"] for row in answer["traces"]), "order")
    is_(board.ask(f"/api/trace/{answer['traces'][0]['id']}").status, 200, "the oldest")
    is_(board.json("/api/traces?limit=3")["traces"], answer["traces"][-3:], "the newest three")


@case("what is kept has a size, of long lines and of one endless trace as well")
def _():
    most = traces.BYTES_MAX, logs.BYTES_MAX
    traces.BYTES_MAX = logs.BYTES_MAX = 1 << 20
    try:
        kept, lines = traces.Traces(lambda: None, ()), logs.Logs(())
        for _ in range(40):
            kept.take([line(*request(x="x" * 100_000))])
            lines.take([b'{"trace_id":"a","x":"%s"}' % (b"x" * 100_000)])
        is_((kept.next, len(kept.requests), len(kept.by_id)), (40, 10, 10))
        is_((lines.next, len(lines.entries), len(lines.of_trace("a"))), (40, 10, 10))
        same = new_id(32)
        for number in range(traces.LINES_MAX + 10):
            kept.take([line(*request(trace=same, start_us=number))])
        is_(len(kept.by_id[same].lines), traces.LINES_MAX)
        is_(kept.bytes, sum(len(each) for trace in kept.by_id.values() for each in trace.lines))
        for _ in range(40):             # without their request
            kept.take([line(span(new_id(32), "lost", 0, 1, "ab" * 8, x="x" * 100_000))])
        ok(0 < kept.bytes <= 1 << 20, "no request, and yet an end", kept.bytes)
    finally:
        traces.BYTES_MAX, logs.BYTES_MAX = most


@case("it ends at once, whoever listens, and leaves no ready file")
def _():
    file, sock = listen()
    with file, sock:
        told(file)
        began = time.monotonic()
        is_(board.stop(), 0, "exit status")
        ok(time.monotonic() - began < 5, "at once")
    ok(not os.path.exists(board.ready_file), "the ready file is gone")
    is_(board.scratch.tail("dashboard.log"), [f"dashboard: {board.url}"], "what it said")


@case("a port that is taken is said in words")
def _():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        other = child.spawn([sys.executable, SERVE, "--port", str(taken.getsockname()[1])],
                            board.scratch / "taken.log")
        is_(other.wait(20), 1, "exit status")
        contains("\n".join(board.scratch.tail("taken.log")), "address already in use")


if __name__ == "__main__":
    try:
        run()
    finally:
        board.close()
