#!/usr/bin/env python3
"""The Authorizer role over a raw socket: what a web server, or none, may say in it.

There is no database here at all: the guard needs none.
"""

import contextlib
import os
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import READY, World, descriptors               # noqa: E402
import fcgi                                                     # noqa: E402
from fcgi import (ABORT, AUTHORIZER, FILTER, KEEP_CONN, PARAMS, RESPONDER,  # noqa: E402
                  STDIN, begin, message, pairs, record, stream)
from tap import case, cases, contains, is_, ok, run, wait_for    # noqa: E402

WORKERS = 2
SOON = 2.0              # "at once" on a loaded machine; a linger is 0.2 s each, of many
RULES = [{"path": "/open/", "access": "anyone"}, {"path": "/shut/", "access": "nobody"},
         {"path": "/in/"}]
world = World(database=False)
ada = world.idp.user()
p = world.program({"guard": {"rules": RULES}, "workers": {"request_timeout": "800ms"}},
                  workers=WORKERS)
pids = wait_for(lambda: len(found := p.workers()) == WORKERS and found, READY,
                "workers and nobody else")
TOKEN = ("HTTP_X_SESSION_TOKEN", ada.token)


def target(uri="/in/a", method="GET", *more):
    return [("REQUEST_METHOD", method), ("REQUEST_URI", uri), ("REMOTE_ADDR", "127.0.0.1"), *more]


ASKED = target("/in/a", "GET", TOKEN)


def ask(params, role=AUTHORIZER, tail=b""):
    """The answer to these parameters, with what a peer sends behind them."""
    return p.client.exchange(begin(role) + stream(PARAMS, pairs(params)) + tail).response()


def ended(data, half_close=False):
    """(answer or None, how the connection ended: b"" when it was a clean end)."""
    with fcgi.connect(p.address, 10) as sock:
        answer = None
        try:
            with contextlib.suppress(BrokenPipeError):
                sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            answer = fcgi.read_answer(sock).response()
            return answer, sock.recv(1)
        except (fcgi.Broken, ConnectionError) as how:
            return answer, how


def is_yes(answer, what=""):
    is_(answer.status, 200, what)
    is_(answer.get("Variable-REMOTE_USER"), ada.id, what)
    is_([k for k, _ in answer.headers if not k.startswith("Variable-")], [], what)
    is_(answer.body, b"", what)


def rcase(name, rows=None):
    """A case with the promise checked at its end: the same workers say yes to the next one."""
    def wrap(function):
        def checked(*args):
            function(*args)
            for _ in range(WORKERS):
                is_yes(ask(ASKED), "afterwards")
            is_(p.workers(), pids, "the workers")
        return (case(name) if rows is None else cases(name, rows))(checked)
    return wrap


# -- no body is waited for ------------------------------------------------------------------

@rcase("{0} behind the parameters: answered and closed at once, while the peer stays", [
    ("nothing", b""), ("an empty STDIN", record(STDIN)),
    ("STDIN without its end", record(STDIN, b"abc")),
    ("a whole body", stream(STDIN, b"abc")), ("ABORT_REQUEST", record(ABORT))])
def _(_what, tail):
    started = time.monotonic()
    with contextlib.ExitStack() as staying:
        for _ in range(20 * WORKERS):
            sock = staying.enter_context(fcgi.connect(p.address))
            sock.sendall(begin(AUTHORIZER) + stream(PARAMS, pairs(ASKED)) + tail)
            is_yes(fcgi.read_answer(sock).response())
            is_(sock.recv(1), b"", "closed by Gatehouse, not reset")
    ok(time.monotonic() - started < SOON, "at once", time.monotonic() - started)


@rcase("a body of 300 KB that nobody asked for does not cost the answer")
def _():
    more = [("CONTENT_LENGTH", str(300 << 10))]
    data = begin(AUTHORIZER) + stream(PARAMS, pairs(ASKED + more)) \
        + stream(STDIN, b"x" * (300 << 10))
    for half_close in True, False:
        answer, _ = ended(data, half_close)
        is_yes(answer)


@rcase("one byte per write, records of every size: the same answer")
def _():
    data = message(ASKED, role=AUTHORIZER)
    with fcgi.connect(p.address) as sock:
        for byte in data:
            sock.sendall(bytes([byte]))
        is_yes(fcgi.read_answer(sock).response())
    for n in 1, 7, 8, 127, 128:
        answer, _ = ended(begin(AUTHORIZER) + stream(PARAMS, pairs(ASKED), chunk=n))
        is_yes(answer, n)


@rcase("FCGI_KEEP_CONN is not honoured in the role either")
def _():
    with fcgi.connect(p.address) as sock:
        sock.sendall(message(ASKED, role=AUTHORIZER, flags=KEEP_CONN))
        is_yes(fcgi.read_answer(sock).response())
        is_(sock.recv(1), b"", "closed")


# -- never a yes by accident ----------------------------------------------------------------

@rcase("a request cut at any byte is never taken for a whole one")
def _():
    data = message(ASKED, role=AUTHORIZER)
    for n in range(len(data)):
        answer, _ = ended(data[:n], half_close=True)
        ok(answer is None or answer.status == 400, f"cut at {n}", answer)


@rcase("ABORT_REQUEST at any point of the parameters: an end, and no yes")
def _():
    head = begin(AUTHORIZER) + record(PARAMS, pairs(ASKED))
    for data in begin(AUTHORIZER), head, begin(AUTHORIZER) + record(PARAMS, pairs(ASKED)[:40]):
        answer, _ = ended(data + record(ABORT), half_close=True)
        ok(answer is None or answer.status in (400, 500), "no yes", answer)


@rcase("{0}: {1}", [
    ("nobody", 401, target()), ("a bad token", 401, target("/in/a", "GET", (
        "HTTP_AUTHORIZATION", "Bearer ory_st_" + "x" * 32))),
    ("two tokens", 401, [*ASKED, TOKEN]),
    ("a place for nobody", 403, target("/shut/a", "GET", TOKEN)),
    ("a place of no rule", 403, target("/x", "GET", TOKEN)),
    ("another case", 400, target("/In/a", "GET", TOKEN)),
    ("dot segments", 400, target("/open/../in/a")),
    ("an encoded slash", 400, target("/open%2f../in")),
    ("no URI", 500, [("REQUEST_METHOD", "GET"), TOKEN]), ("nothing at all", 500, []),
    ("a foreign page's POST", 403, target("/in/a", "POST", ("HTTP_COOKIE", ada.cookie), (
        "HTTP_ORIGIN", "https://evil.example"))),
    ("a preflight with a forged identity", 401, target("/in/a", "OPTIONS", (
        "HTTP_ORIGIN", "https://evil.example"), ("HTTP_X_AUTH_USER", "root"), (
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "GET"), ("REMOTE_USER", "root"))),
    ("an override of the method", 401, target("/in/a", "POST", (
        "HTTP_X_HTTP_METHOD_OVERRIDE", "GET")))])
def _(_what, status, params):
    answer = ask(params)
    is_(answer.status, status)
    is_([k for k, _ in answer.headers if k.startswith("Variable-")], [])
    for field in "X-Request-Id", "Cache-Control", "Content-Type":
        ok(answer.get(field), field)
    is_(sorted(answer.json()), ["code", "details", "message"])


@rcase("what a client sends under our names changes nothing, and never who it is")
def _():
    forged = [("REMOTE_USER", "root"), ("AUTH_USER", "root"), ("HTTP_X_AUTH_USER", "root"),
              ("HTTP_AUTH_USER", "root"), ("HTTP_REMOTE_USER", "root"),
              ("HTTP_GATEHOUSE_ROLE", "AUTHORIZER"), ("HTTP_X_ORIGINAL_URI", "/open/a"),
              ("HTTP_GATEHOUSE_ORIGINAL_URI", "/open/a"), ("HTTP_X_ORIGINAL_METHOD", "GET")]
    is_yes(ask(ASKED + forged))
    is_(ask(target() + forged).status, 401)
    answer = ask(target("/in/a", "GET", *forged), RESPONDER, record(STDIN))
    is_(answer.status, 404, "as a responder it is no route")


# -- which role -----------------------------------------------------------------------------

SUB = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/_authz"), ("GATEHOUSE_ROLE", "AUTHORIZER"),
       ("GATEHOUSE_ORIGINAL_URI", "/in/a"), ("GATEHOUSE_ORIGINAL_METHOD", "GET"), TOKEN]


def without(params, name, *more):
    return [pair for pair in params if pair[0] != name] + list(more)


@rcase("GATEHOUSE_ROLE makes it the same question in the Responder role")
def _():
    is_yes(ask(SUB, RESPONDER, record(STDIN)))
    is_(ask(without(SUB, TOKEN[0]), RESPONDER, record(STDIN)).status, 401)
    shut = without(SUB, "GATEHOUSE_ORIGINAL_URI", ("GATEHOUSE_ORIGINAL_URI", "/shut/"))
    answer = ask(shut, RESPONDER, record(STDIN))
    is_((answer.status, answer.get("X-Auth-Reason")), (403, "not_allowed"))


@rcase("half a question is no question: without {0}", [
    ("GATEHOUSE_ORIGINAL_URI",), ("GATEHOUSE_ORIGINAL_METHOD",)])
def _(name):
    for params in without(SUB, name), without(SUB, name, (name, "")):
        for role in RESPONDER, AUTHORIZER:
            is_(ask(params, role, record(STDIN)).status, 500, role)
            is_(ask(without(params, "GATEHOUSE_ROLE"), role, record(STDIN)).status,
                404 if role == RESPONDER else 500 if name.endswith("METHOD") else 403, role)


@rcase("GATEHOUSE_ROLE={0!r}: refused", [("authorizer",), ("RESPONDER",), (" AUTHORIZER",), ("1",)])
def _(value):
    for role in RESPONDER, AUTHORIZER:
        params = without(SUB, "GATEHOUSE_ROLE", ("GATEHOUSE_ROLE", value))
        is_(ask(params, role, record(STDIN)).status, 400, role)


@rcase("twice {0}: refused, equal or not, and whichever came first", [
    (name,) for name in ("GATEHOUSE_ROLE", "GATEHOUSE_ORIGINAL_URI", "GATEHOUSE_ORIGINAL_METHOD",
                         "GATEHOUSE_ANY", "AUTH_USER", "REMOTE_USER", "REQUEST_URI",
                         "REQUEST_METHOD")])
def _(name):
    value = dict(SUB).get(name, "x")
    for first, second in (value, value), (value, "/open/a"), ("/open/a", value), ("", value):
        params = [(name, first), *without(SUB, name), (name, second)]
        for role in RESPONDER, AUTHORIZER:
            is_(ask(params, role, record(STDIN)).status, 400, (role, first, second))


@rcase("/auth/check: a subrequest's own method, whatever it is, decides nothing")
def _():
    known = without(SUB, "GATEHOUSE_ROLE")
    for method in "GET", "HEAD", "POST", "OPTIONS", "TRACE", "get", "":
        for params, status in (known, 204), (without(known, TOKEN[0]), 401):
            params = [pair for pair in params if pair[0] not in ("REQUEST_METHOD", "REQUEST_URI")]
            params += [("REQUEST_METHOD", method), ("REQUEST_URI", "/auth/check"),
                       ("HTTP_ORIGIN", "https://a.example"),
                       ("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "GET")]
            answer = ask(params, RESPONDER, record(STDIN))
            is_((answer.status, answer.get("X-Auth-User")),
                (status, ada.id if status == 204 else None), method)


@rcase("mod_authnz_fcgi's way, the role as a parameter too, is understood; another role refused")
def _():
    is_yes(ask([*ASKED, ("FCGI_ROLE", "AUTHORIZER")]))
    for role, value in (AUTHORIZER, "RESPONDER"), (RESPONDER, "AUTHORIZER"):
        is_(ask([*ASKED, ("FCGI_ROLE", value)], role, record(STDIN)).status, 400)
    contains((400, 500), ask(ASKED, FILTER, record(STDIN)).status)


@rcase("a second BEGIN, in the role or into it, never mixes parameters into a yes")
def _():
    for first, second in (RESPONDER, AUTHORIZER), (AUTHORIZER, RESPONDER), (AUTHORIZER,) * 2:
        data = begin(first) + record(PARAMS, pairs(target())) + begin(second, request_id=2) \
            + record(PARAMS, pairs([TOKEN]), 2) + record(PARAMS, b"", 2) + record(PARAMS) \
            + record(STDIN)
        answer, _ = ended(data, half_close=True)
        ok(answer is None or answer.status != 200, "no yes", answer)
    answer, _ = ended(begin(RESPONDER) + begin(AUTHORIZER) + stream(PARAMS, pairs(ASKED)),
                      half_close=True)
    ok(answer is None or answer.status in (200, 404), "one of the two", answer)


# -- trouble --------------------------------------------------------------------------------

@rcase("a provider that {0} is 503, in time, and never a no", [
    ("fails", {"status": 500}), ("hangs", {"hang": True}), ("talks nonsense", {"garbage": True})])
def _(_what, fault):
    world.idp.faults(**fault)
    try:
        for params, role in (ASKED, AUTHORIZER), (SUB, RESPONDER):
            answer = ask(params, role, record(STDIN))
            is_((answer.status, answer.json()["details"]["reason"]),
                (503, "provider_unavailable"))
            ok(1 <= int(answer.get("Retry-After")) <= 60)
        is_(ask(target("/open/a")).status, 200, "a place for anyone asks nobody")
        is_(ask(target()).status, 401, "nobody is nobody")
    finally:
        world.idp.faults()
    wait_for(lambda: ask(ASKED).status == 200, 30, "its end")


@rcase("many checks leave no descriptor behind")
def _():
    before = [descriptors(pid) for pid in pids]
    for n in range(200):
        with fcgi.connect(p.address) as sock:
            sock.sendall(message(ASKED, role=AUTHORIZER))
            if n % 4:
                fcgi.read_answer(sock)
    wait_for(lambda: [descriptors(pid) for pid in pids] == before, 10, "descriptors as before")


@case("its lines tell route, rule and verdict, and no token; the program stops cleanly")
def _():
    lines = [line for line in p.log() if line.get("route") == "check"]
    ok(any((line.get("rule"), line["status"], line.get("verdict")) == ("/in/", 200, "allowed")
           for line in lines))
    ok(any((line.get("rule"), line["status"]) == ("/shut/", 403) for line in lines))
    is_(p.stop(), 0)
    is_([line for line in p.output() if line], [])
    ok(ada.token not in str(p.log()), "no token")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
