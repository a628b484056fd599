"""Forms of a request that must change nothing: ranges, bodies, connections."""

import socket

import guarded
import rawhttp
from guard_case import NO_HTTP, PROGRAMS, Own, Row, case, equal, expect, rows

HERE = ("Origin", "https://www.gate.example")
BIG = b"0123456789" * 30000
HTTP = {"direct": NO_HTTP}


def form(text, who, sub, status=200, on=(), **how):
    return Row("http: " + text, who, sub, status, on={**HTTP, **dict(on)}, **how)


rows(
    form("a range of a file", "ann", "/any/page", send=[("Range", "bytes=0-3")],
         places=("files",), content=False, answer={"Content-Range": "^bytes 0-3/"}),
    form("a range for nobody", None, "/any/page", 401, send=[("Range", "bytes=0-3")],
         answer={"Content-Range": None}),
    form("a range for who may not", "bob", "/admin/page", 403,
         send=[("Range", "bytes=0-3,5-7")], answer={"Content-Range": None},
         reason="not_allowed"),
    form("a range that does not exist, for nobody", None, "/any/page", 401,
         send=[("Range", "bytes=9999-")], answer={"Content-Range": None}),
    form("nobody learns whether it has changed", None, "/any/page", 401,
         send=[("If-Modified-Since", "Fri, 31 Dec 2100 23:59:59 GMT")]),
    form("nobody learns whether it exists", None, "/any/page", 401,
         send=[("If-None-Match", "*")], answer={"ETag": None, "Last-Modified": None},
         on={"fcgid": {"answer": {}}}),
    form("a precondition for nobody", None, "/any/page", 401,
         send=[("If-Match", '"x"'), ("If-Unmodified-Since",
                                     "Thu, 01 Jan 1970 00:00:00 GMT")]),
    form("a large body reaches the program whole", "ann", "/any/page",
         method="POST", body=BIG, length=len(BIG), places=PROGRAMS, send=[HERE]),
    form("a large body of nobody reaches none", None, "/any/page", 401,
         method="POST", body=BIG, send=[HERE]),
    form("a large body of who may not reaches none", "bob", "/admin/page", 403,
         method="POST", body=BIG, send=[HERE], reason="not_allowed"),
    form("a body in chunks reaches the program whole", "ann", "/any/page",
         method="POST", body=[BIG[:70000], BIG[70000:200000]], length=200000,
         places=PROGRAMS, send=[HERE], how={"chunked": True}),
    form("a body in chunks of nobody", None, "/any/page", 401, method="POST",
         body=[BIG[:70000]], send=[HERE], how={"chunked": True}),
    form("Expect: 100-continue", "ann", "/any/page", method="PUT", body=b"12345",
         length=5, places=PROGRAMS, send=[HERE, ("Expect", "100-continue")]),
    form("Expect: 100-continue of nobody", None, "/any/page", 401, method="PUT",
         body=b"12345", send=[HERE, ("Expect", "100-continue")]),
    form("an empty POST", "ann", "/any/page", method="POST", body=b"",
         places=PROGRAMS, send=[HERE]),
    form("a POST of HTTP/1.0", "ann", "/any/page", method="POST", body=b"12345",
         length=5, places=PROGRAMS, send=[HERE], how={"version": "HTTP/1.0"}),
    form("a GET with a body", "ann", "/any/page", body=b"12345", length=5,
         places=PROGRAMS, on={"lighttpd": Own(400, "no body in a GET")}),
    form("a long query", "ann", "/any/page?" + "a=1&" * 1000),
    form("a question mark and nothing", "ann", "/any/page?"),
    form("twenty cookies around the session", "ann", "/any/page",
         send=[("Cookie", "; ".join(f"c{i}=v" for i in range(20)))],
         answer={}),
    form("CORS: a refusal tells an allowed origin what it is", None, "/any/page", 401,
         send=[("Origin", "https://app.gate.example")],
         answer={"Access-Control-Allow-Origin": "^https://app.gate.example$"},
         on={"nginx": {"answer": {"Access-Control-Allow-Origin": None}}}),
    form("CORS: a foreign origin learns nothing", None, "/any/page", 401,
         send=[("Origin", "https://evil.example")],
         answer={"Access-Control-Allow-Origin": None}),
    form("CORS: content of others carries nothing of ours", "ann", "/any/page",
         send=[("Origin", "https://app.gate.example")],
         answer={"Access-Control-Allow-Origin": None}),
)


@case("http: on one connection each request is asked about", on=HTTP)
def kept_connection(world):
    target = guarded.URLS["files"] + "/any/page"
    keep = [("Connection", "keep-alive")]
    seen = []
    with socket.create_connection(world.mount.address, 15) as sock:
        for headers in (world.cast.ann.headers, [], world.cast.dan.headers, []):
            sock.sendall(rawhttp.message("GET", target, headers + keep))
            seen.append(rawhttp.read_response(sock, "GET").status)
    equal(seen, [200, 401, 200, 401], "status of one after the other")


@case("http: requests sent at once on one connection keep their own answers",
      on=HTTP)
def pipelined(world):
    target = guarded.URLS["files"] + "/any/page"
    data = rawhttp.message("GET", target, world.cast.ann.headers + [
        ("Connection", "keep-alive")]) + rawhttp.message("GET", target)
    with socket.create_connection(world.mount.address, 15) as sock:
        sock.sendall(data)
        text = b""
        while piece := sock.recv(65536):
            text += piece
    equal(text.count(guarded.CONTENT.encode()), 1, "how often the file was sent")
    expect(b"HTTP/1.1 401" in text, f"no 401 in {text[:2000]!r}")


@case("http: nobody learns by the answer which files there are", on=HTTP)
def no_oracle(world):
    """Strangers and users without the right alike; X-Request-Id differs."""
    for place in world.places:
        url = guarded.URLS[place]
        for who in (None, world.cast.bob):
            seen = set()
            for sub in ("/admin/page", "/admin/none", "/admin/"):
                answer = world.mount.request("GET", url + sub,
                                             who.headers if who else [])
                seen.add((answer.status, answer.body))
            equal(len(seen), 1, f"different answers below {url}: {seen}")
        there = world.mount.request("GET", url + ".php/admin/page")
        expect(there.status in (401, 403), f"{url}.php: {there.status}")
