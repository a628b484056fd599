#!/usr/bin/env python3
"""trace.endpoint: a collector that takes traces, and those that are dead, slow or
lie.  Whatever it does, clients get what they would get without it."""

import os
import signal
import ssl
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import cpu_seconds, events, healthy, members   # noqa: E402
import child                                                    # noqa: E402
from collector import Collector                                 # noqa: E402
from load import Load                                           # noqa: E402
import otlp                                                     # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402
from trace_world import KEPT, TraceWorld, counted, ids, spans   # noqa: E402

AWAY, BACK = "trace collector does not take traces", "trace collector is back"
SLOW = 15       # seconds within which a batch is tried again
world = TraceWorld(database=False)


def program(collector, *changes, **how):
    endpoint = {"trace": {"endpoint": collector if isinstance(collector, str)
                          else collector.url}}
    return world.program(endpoint, *changes, **how)


def fill(p, n=40, threads=2):
    """Load that must succeed; its outcomes' ids."""
    with Load(p.address, threads=threads) as flow:
        flow.wait_more(n)
    is_(flow.failed(), [], "requests that failed")
    return {o.id for o in flow.outcomes}


def has(p, outcome, n=1, seconds=KEPT):
    return wait_for(lambda: (c := counted(p))[outcome] >= n and c, seconds, outcome)


# -- one that takes them -------------------------------------------------------------------

@case("all traces arrive, by POST over one kept connection, in batches")
def _():
    with Collector() as c:
        p = program(c)
        wanted = fill(p, 200)
        wait_for(lambda: wanted <= ids(c.spans()), KEPT, "all of them")
        otlp.whole(c.spans())
        for got in c.got:
            is_((got.path, got.headers["Content-Type"]), ("/v1/traces", "application/json"))
            is_({k for k in got.headers if k.lower() in ("cookie", "authorization", "traceparent",
                                                         "expect")}, set())
        is_(len({got.peer for got in c.got}), 1, "connections")
        ok(len(c.got) < 20, "batches, not one request each", len(c.got))
        wait_for(lambda: wanted <= ids(spans(p)), KEPT, "and in the file")
        found = counted(p)
        is_((found["dropped"], found["refused"]), (0, 0))
        is_(events(p, AWAY), [])
        writer = p.exporter()
        spent = cpu_seconds(writer)
        time.sleep(0.2)
        is_(cpu_seconds(writer), spent, "idle it spends nothing")
        is_(p.stop(), 0)


@case("a trace is there within a second of its request, and the last one at the end")
def _():
    with Collector() as c:
        p = program(c)
        healthy(p)
        wait_for(c.spans, 3, "soon")
        wanted = fill(p)
        is_(p.stop(), 0)
        is_(wanted - ids(c.spans()), set(), "at the end")


@case("without a file, and by a name instead of an address")
def _():
    with Collector(path="/otlp/v1/traces") as c:
        p = program(c.url.replace("127.0.0.1", "localhost"), file=False)
        healthy(p)
        wait_for(c.spans, KEPT, "a trace")
        is_(c.got[0].path, "/otlp/v1/traces")
        is_(p.stop(), 0)


# -- one that does not ---------------------------------------------------------------------

@case("nobody there, for a while: told once, and what waited arrives when it is back")
def _():
    c = Collector()
    c.close()
    p = program(c)
    first = fill(p, 30)
    wait_for(lambda: events(p, AWAY), KEPT, "told")
    later = fill(p, 30)
    c.listen()
    wait_for(lambda: first | later <= ids(c.spans()), SLOW, "all of them")
    wait_for(lambda: events(p, BACK), KEPT, "told again")
    is_(len(events(p, AWAY)), 1)
    is_(events(p, BACK)[0]["lost"], 0)
    is_(counted(p)["dropped"], 0)
    is_(p.stop(), 0)
    c.close()


@case("nobody there under load: its memory has a ceiling, the oldest are dropped and counted")
def _():
    with Collector() as c:
        dead = c.url
    p = program(dead, workers=3)
    writer = wait_for(p.exporter, KEPT, "the exporter")
    with Load(p.address, threads=4) as flow:
        wait_for(lambda: counted(p)["dropped"] > 300, 60, "dropped", every=0.2)
    is_(flow.failed(), [])
    wait_for(lambda: {o.id for o in flow.outcomes} <= ids(spans(p)), KEPT, "all in the file")
    with open(f"/proc/{writer}/status") as f:
        rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
    if not os.environ.get("GATEHOUSE_WRAP"):
        ok(rss < 40 << 10, "KiB of memory", rss)
    is_(p.exporter(), writer)
    is_(p.stop(), 0)
    is_(members(p.proc.pid), [])


@case("it takes requests and never answers: the file goes on meanwhile, the end is not held up")
def _():
    with Collector() as c:
        c.hang()
        p = program(c)
        wanted = fill(p, 100)
        wait_for(lambda: c.got, KEPT, "it was asked")
        spent = cpu_seconds(p.exporter())
        time.sleep(0.3)
        ok(cpu_seconds(p.exporter()) - spent <= 0.02, "it waits without work",
           cpu_seconds(p.exporter()) - spent)
        more = fill(p, 100)
        wait_for(lambda: wanted | more <= ids(spans(p)), 1, "in the file while it is silent")
        wait_for(lambda: events(p, AWAY), KEPT, "told")
        began = time.monotonic()
        is_(p.stop(), 0)
        ok(time.monotonic() - began < 6, "the end", time.monotonic() - began)


LIES = {
    "200 with garbage": (200, b"<html>hello</html>", {}, "sent"),
    "200 with an empty body": (200, b"", {}, "sent"),
    "204": (204, b"", {}, "sent"),
    "a partial success that is none": (200, b'{"partialSuccess":{"rejectedSpans":"-1"}}', {},
                                       "sent"),
    "400": (400, b'{"code":3,"message":"no"}', {}, "refused"),
    "404": (404, b"", {}, "refused"),
    "500": (500, b"", {}, "refused"),
    "a redirect to itself": (307, b"", {"Location": "/v1/traces"}, "refused"),
    "a redirect to another host": (302, b"", {"Location": "http://localhost:1/"}, "refused"),
}
liar = Collector()
lied_to = program(liar)


@cases("a collector that answers {0}: clients notice nothing", [(name,) for name in LIES])
def _(name):
    status, body, headers, outcome = LIES[name]
    liar.answer(status, headers, body)
    before = counted(lied_to)
    wanted = fill(lied_to)
    after = has(lied_to, outcome, before[outcome] + len(wanted))
    is_((after["dropped"], after["rejected"]), (0, 0))
    wait_for(lambda: wanted <= ids(spans(lied_to)), KEPT, "in the file")
    is_(liar.gets, 0, "a redirect is not followed")
    ok(len(events(lied_to, AWAY)) <= 1, "told once a minute at most")


@cases("a collector that {0} is tried again later, and clients notice nothing", [
    ("closes without an answer", Collector.shut), ("answers without an end", Collector.endless),
    ("answers 503 at great length", lambda c: c.answer(503, body=b"x" * 70000))])
def _(_what, how):
    with Collector() as c:
        how(c)
        p = program(c)
        wanted = fill(p)
        wait_for(lambda: events(p, AWAY), KEPT, "told")
        c.by_the_book()
        wait_for(lambda: wanted <= ids(c.spans()), SLOW, "the same batch again")
        wait_for(lambda: events(p, BACK), KEPT, "told again")
        is_(counted(p)["dropped"], 0)
        is_(p.stop(), 0)


@case("429 with Retry-After: not before that, and then the same batch")
def _():
    with Collector() as c:
        c.answer(429, {"Retry-After": "1"})
        p = program(c)
        wanted = fill(p)
        wait_for(lambda: c.got, KEPT, "it was asked")
        asked = c.got[0].at
        c.by_the_book()
        wait_for(lambda: wanted <= ids(c.spans()), SLOW, "sent again")
        ok(c.got[1].at - asked >= 1, "after that time", c.got[1].at - asked)
        is_(c.got[1].body, c.got[0].body)
        is_(p.stop(), 0)


@case("spans that it rejects of a batch are counted, and the batch is not sent again")
def _():
    with Collector() as c:
        c.answer(200, body=b'{"partialSuccess":{"rejectedSpans":"5","errorMessage":"no"}}')
        p = program(c)
        healthy(p)
        found = has(p, "rejected", 5)
        is_((found["rejected"], found["sent"] > 0), (5 * len(c.got), True))
        is_(p.stop(), 0)


def unproved():
    """What a server needs for TLS, signed by nobody else."""
    folder = child.Scratch()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key", "-out", "pem",
                    "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                   cwd=folder.path, check=True, capture_output=True, timeout=30)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pem", folder / "key")
    return context


@case("over https only to whom a certificate proves")
def _():
    with Collector(tls=unproved()) as c:
        p = program(c.url.replace("http://", "https://"))
        healthy(p)
        told, = wait_for(lambda: events(p, AWAY), KEPT, "told")
        like(told["error"], "certificate")
        is_((c.got, p.stop()), ([], 0))


# -- the exporter itself -------------------------------------------------------------------

@case("the exporter killed under load: the next one brings what comes from then on")
def _():
    with Collector() as c:
        p = program(c)
        with Load(p.address, threads=2) as flow:
            was = wait_for(p.exporter, KEPT, "an exporter")
            flow.wait_more(20)
            os.kill(was, signal.SIGKILL)
            wait_for(lambda: p.exporter() not in (None, was), KEPT, "the next")
            flow.wait_more(20)
        is_(flow.failed(), [])
        last = fill(p, 10)
        wait_for(lambda: last <= ids(c.spans()), KEPT, "the last ones")
        is_(p.stop(), 0)


@case("it died again and again, and traces are switched off: the supervisor rests")
def _():
    with Collector() as c:
        p = program(c)
        was = None
        for _ in range(3):
            was = wait_for(lambda: p.exporter() not in (None, was) and p.exporter(), SLOW,
                           "the next")
            os.kill(was, signal.SIGKILL)
        wait_for(lambda: p.exporter() is None, KEPT, "its end")
        world.reconfigure(p, {"trace": {"file": "", "endpoint": ""}})
        p.reload()
        wait_for(lambda: events(p, "configuration reloaded"), KEPT, "reloaded")
        before = cpu_seconds(p.proc.pid)
        time.sleep(1)
        ok(cpu_seconds(p.proc.pid) - before < 0.2, "a second's work",
           cpu_seconds(p.proc.pid) - before)
        is_(p.exporter(), None)
        is_(p.stop(), 0)


@case("at a reload what the old one has read is sent, to where it belongs")
def _():
    with Collector() as old, Collector() as new:
        p = program(old)
        first = fill(p, 30)
        wait_for(lambda: first <= ids(spans(p)), KEPT, "read")
        world.reconfigure(p, {"trace": {"endpoint": new.url}})
        p.reload()
        wait_for(lambda: events(p, "configuration reloaded"), KEPT, "reloaded")
        wait_for(lambda: first <= ids(old.spans()) | ids(new.spans()), KEPT, "sent")
        second = fill(p, 30)
        wait_for(lambda: second <= ids(new.spans()), KEPT, "to the new one")
        is_(counted(p)["dropped"], 0)
        is_(p.stop(), 0)


@case("gatehouse check tells whether the collector takes traces, and the file can be written")
def _():
    with Collector() as c:
        p = program(c)
        said = p.run("check").stdout
        ok(f"\nok   trace.file: {p.scratch / 'trace.json'}" in said, "the file", said)
        ok("\nok   trace.endpoint: ready" in said, "the collector", said)
        is_(otlp.read_request(c.got[-1].body.decode()), [], "an empty request")
        c.answer(404)
        ok("\nFAIL trace.endpoint: status 404" in p.run("check").stdout, "404")
        is_(p.stop(), 0)
    world.reconfigure(p, {"trace": {"endpoint": c.url, "file": "/nonexistent/t"}}, file=False)
    checked = p.run("check")
    ok("\nFAIL trace.file: " in checked.stdout and "\nFAIL trace.endpoint: " in checked.stdout,
       "neither", checked.stdout)
    ok(checked.returncode != 0, "exit status")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
