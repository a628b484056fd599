#!/usr/bin/env python3
"""What a peer on the socket may say, well-formed or not: records, roles, parameters."""

import contextlib
import os
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fastcgi_world import (ALARM, BODY, GOOD, HEALTH, WRITE, ada, ending, fcase,   # noqa: E402
                           last_case, p, parts, refused, world)
import fcgi                                                     # noqa: E402
from fcgi import (ABORT, BEGIN, FILTER, GET_VALUES, PARAMS, STDIN,  # noqa: E402
                  Broken, begin, message, pairs, record, stream)
from tap import contains, is_, ok, run                          # noqa: E402


# -- records in odd pieces -----------------------------------------------------------------

@fcase("one byte per write gives the same answer")
def _():
    with fcgi.connect(p.address) as sock:
        for n, byte in enumerate(message(WRITE, BODY)):
            sock.sendall(bytes([byte]))
        is_(fcgi.read_answer(sock).response().status, 200)


@fcase("a request cut in two writes at every byte gives the same answer")
def _():
    data = message(HEALTH)
    for cut in range(1, len(data)):
        with fcgi.connect(p.address) as sock:
            sock.sendall(data[:cut])
            sock.sendall(data[cut:])
            is_(fcgi.read_answer(sock).response().status, 200, f"cut at {cut}")


@fcase("every stream split into records of {0} bytes gives the same answer",
       [(1,), (2,), (7,), (8,), (127,), (128,)])
def _(n):
    data = begin() + stream(PARAMS, pairs(WRITE), chunk=n) + stream(STDIN, BODY, chunk=n)
    answer, _ = ending(data)
    is_((answer.status, answer.json()), (200, {"success": True}))


@fcase("padding of every length is skipped")
def _():
    for padding in (1, 7, 8, 255):
        data = begin() + record(PARAMS, pairs(HEALTH), padding=padding) \
            + record(PARAMS, padding=padding) + record(STDIN, padding=padding)
        is_(ending(data)[0].status, 200, padding)


# -- records that should not be ------------------------------------------------------------

@fcase("ABORT_REQUEST after {0}: the request ends, the change is not made or made whole",
       [(name,) for name in parts() if name not in ("connecting", "half a header",
                                                    "half a record of PARAMS")])
def _(stage):
    answer, took = ending(parts()[stage] + record(ABORT), half_close=True)
    ok(answer is None or answer.status in (200, 400, 500), "an end", answer)
    ok(took < ALARM + 0.6, "in time", took)


@fcase("{0} is never answered with a grant", [
    ("request id 0", begin(request_id=0) + stream(PARAMS, pairs(HEALTH), 0)
     + record(STDIN, b"", 0)),
    ("PARAMS before BEGIN", stream(PARAMS, pairs(HEALTH)) + record(STDIN)),
    ("STDIN before PARAMS", begin() + record(STDIN) + record(PARAMS, pairs(HEALTH))),
    ("a wrong version", b"\2" + begin()[1:] + stream(PARAMS, pairs(HEALTH)) + record(STDIN)),
    ("text", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("zeroes", b"\0" * 4096),
    ("a BEGIN too short", struct.pack("!BBHHBx", 1, BEGIN, 1, 2, 0) + b"\0\1"
     + stream(PARAMS, pairs(HEALTH))),
    ("PARAMS of another request", begin() + stream(PARAMS, pairs(HEALTH), 2)
     + record(STDIN, b"", 2)),
    ("a name length beyond the stream", begin() + record(PARAMS, b"\x7f\x01AB") + record(PARAMS)
     + record(STDIN)),
    ("a value length beyond the stream", begin() + record(PARAMS, b"\x01\xff\xff\xff\xffA")
     + record(PARAMS) + record(STDIN)),
])
def _(_what, data):
    refused(data, half_close=True)


@fcase("a second BEGIN in one connection does not mix parameters")
def _():
    evil = pairs([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/user/profile")])
    token = pairs([("HTTP_X_SESSION_TOKEN", ada.token)])
    data = begin() + record(PARAMS, evil) + begin(request_id=2) \
        + record(PARAMS, token, 2) + record(PARAMS, b"", 2) + record(PARAMS) + record(STDIN)
    with fcgi.connect(p.address) as sock:
        sock.sendall(data)
        kinds, text = [], b""
        with contextlib.suppress(ConnectionError, Broken):
            while (got := fcgi.read_record(sock)) is not None:
                kinds.append(got[:2])
                text += got[2]
    ok(ada.id.encode() not in text, "no profile", text)


@fcase("role {0} is answered with {1}, never with nothing and never with 200", [
    ("FILTER", "an error", FILTER, (400, 500)),
    ("9", "an end", 9, None), ("0", "an end", 0, None)])
def _(_name, _what, role, statuses):
    sent = begin(role) + stream(PARAMS, pairs(GOOD)) + record(STDIN)
    answer, took = ending(sent, half_close=statuses is None)
    ok(took < 1, "at once", took)
    if statuses is None:
        ok(answer is None, "no application answered", answer)
        return
    ok(answer is not None, "an answer")
    contains(statuses, answer.status)
    is_(answer.get("Variable-REMOTE_USER"), None)


SENSITIVE = {
    "REQUEST_METHOD": "GET", "REQUEST_URI": "/healthz", "CONTENT_LENGTH": "0",
    "CONTENT_TYPE": "text/plain", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_USER": "root", "HTTPS": "on", "AUTH_USER": "root", "AUTH_TYPE": "Basic",
    "GATEHOUSE_ROLE": "RESPONDER", "GATEHOUSE_X": "1", "HTTP_ORIGIN": "https://a.example",
    "HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_X_REQUEST_ID": "1",
    "HTTP_TRANSFER_ENCODING": "chunked", "HTTP_AUTHORIZATION": None,
    "HTTP_X_SESSION_TOKEN": None, "REDIRECT_HTTP_AUTHORIZATION": None,
}


@fcase("{0} twice is {1}, apart or together, equal or not",
       [(name, 401 if value is None else 400) for name, value in SENSITIVE.items()])
def _(name, status):
    value = SENSITIVE[name] or ("Bearer " if "AUTH" in name else "") + ada.token
    rest = [pair for pair in GOOD if pair[0] not in (name, "HTTP_X_SESSION_TOKEN")]
    if status == 400:
        rest.append(("HTTP_X_SESSION_TOKEN", ada.token))
    for other in value, value + "x", "":
        for given in ([(name, value), *rest, (name, other)],
                      [(name, value), (name, other), *rest],
                      [(name, other), (name, value), *rest]):
            answer = p.client.request(given)
            ok(answer.status == status, f"{name}={value} and {other!r}", answer)


@fcase("FCGI_ROLE as a parameter may say the same, and nothing else")
def _():
    for value, status in ("RESPONDER", 200), ("AUTHORIZER", 400), ("FILTER", 400), ("", 400):
        is_(p.client.request([*GOOD, ("FCGI_ROLE", value)]).status, status, value)


@fcase("Cookie twice is one, joined; parameters that decide nothing may repeat")
def _():
    rest = [pair for pair in GOOD if pair[0] != "HTTP_X_SESSION_TOKEN"]
    cookies = [("HTTP_COOKIE", "a=1"), ("HTTP_COOKIE", ada.cookie), ("HTTP_COOKIE", "b=2")]
    is_(p.client.request([*rest, *cookies]).status, 200)
    is_(p.client.request([*GOOD, ("HTTP_ACCEPT", "a"), ("HTTP_ACCEPT", "b")]).status, 200)


# -- limits --------------------------------------------------------------------------------

@fcase("{0} is refused with 400", [
    ("513 parameters", [(f"X{n}", "v") for n in range(513)]),
    ("20000 parameters", [(f"X{n}", "v") for n in range(20000)]),
    ("70 KB of parameters", [("HTTP_X_LONG", "x" * 70000)]),
    ("70 KB in many parameters", [(f"HTTP_X_{n}", "x" * 700) for n in range(100)]),
    ("a parameter name of 70 KB", [("X" * 70000, "1")]),
    ("8 MB of parameters", [("HTTP_X_LONG", "x" * (8 << 20))]),
])
def _(_what, extra):
    is_(p.client.request([*HEALTH, *extra]).status, 400)


@fcase("400 parameters of 60 KB in all are served")
def _():
    extra = [(f"HTTP_X_{n}", "x" * 140) for n in range(400)]
    is_(p.client.request([*HEALTH, *extra]).status, 200)


@fcase("odd parameters are served: no value, no name, no '=', bytes of every kind")
def _():
    for pair in (("", "x"), ("", ""), ("X=Y", "z"), ("X", ""), ("X", "\udcff\udc80\x01\n"),
                 ("HTTP_X", "é")):
        is_(p.client.request([*HEALTH, pair]).status, 200, repr(pair))


# -- management records, descriptors, storms -----------------------------------------------

@fcase("management records are answered or end the connection, no more")
def _():
    for data in (record(GET_VALUES, pairs([("FCGI_MAX_CONNS", ""), ("FCGI_MAX_REQS", ""),
                                           ("FCGI_MPXS_CONNS", "")]), 0),
                 record(GET_VALUES, pairs([("X", "")]), 0), record(GET_VALUES, b"", 0),
                 record(77, b"abc", 0)):
        with fcgi.connect(p.address) as sock, contextlib.suppress(ConnectionError):
            sock.sendall(data + message(HEALTH))
            got = fcgi.read_record(sock)
            contains((None, fcgi.GET_VALUES_RESULT, fcgi.UNKNOWN_TYPE), got and got[0])


@fcase("FCGI_KEEP_CONN is not honoured: the connection is closed behind the answer")
def _():
    for _ in range(20):
        with fcgi.connect(p.address) as sock:
            sock.sendall(message(HEALTH, flags=fcgi.KEEP_CONN) * 2)
            is_(fcgi.read_answer(sock).response().status, 200)
            with contextlib.suppress(ConnectionError):
                is_(sock.recv(1), b"", "closed")


last_case()

if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
