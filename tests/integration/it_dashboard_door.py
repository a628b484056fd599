#!/usr/bin/env python3
"""The dashboard's server under attack: by pages of strangers in the same browser, and by hand."""

import asyncio
import os
import socket
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
from dashboard import SERVE, Dashboard  # noqa: E402
from rawhttp import Broken, request  # noqa: E402
from tap import case, cases, diag, is_, isnt, like, ok, run, wait_for  # noqa: E402

sys.path.insert(0, os.path.dirname(SERVE))
import web  # noqa: E402

board = Dashboard("--site", "http://localhost:4000")
PORT = board.port
OWN = f"Host: localhost:{PORT}\r\n"
NOBODY = 65534
NAVIGATION = ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")


def sent(text):
    """The status of an answer to these bytes; 0 when the connection is closed instead."""
    try:
        return board.send(text.encode("latin-1")).status
    except (Broken, OSError):
        return 0


# ---- by pages of strangers ----

@cases("DNS rebinding: Host {0!r} is refused", [
    ("evil.example",), (f"evil.example:{PORT}",), (f"localhost.evil.example:{PORT}",),
    ("localhost",), ("localhost:1",), (f"127.0.0.1.nip.example:{PORT}",), (f"0.0.0.0:{PORT}",),
    (f"[::]:{PORT}",), (f"localhost:{PORT}, evil.example",), (f"evil@localhost:{PORT}",),
    (f"localhost:{PORT}@evil.example",), (f"localhost:0{PORT}",), (f"localhost.:{PORT}",), (" ",)])
def _(host):
    for path in "/", "/api/logs":
        is_(board.ask(path, host=host).status, 421, path)


@case("no Host, or two, is refused")
def _():
    is_(sent("GET /api/logs HTTP/1.1\r\n\r\n"), 421)
    is_(sent(f"GET /api/logs HTTP/1.1\r\n{OWN}Host: evil.example\r\n\r\n"), 421)
    is_(sent(f"GET /api/logs HTTP/1.1\r\n{OWN}{OWN}\r\n"), 421)


@cases("a page of another site gets nothing: {0}, {1}", [
    ("cross-site", "/api/traces"), ("cross-site", "/api/table/user_profile"),
    ("same-site", "/api/logs"), ("same-site", "/api/events"), ("cross-site", "/app.js"),
    ("same-site", "/"), ("nonsense", "/api/config")])
def _(site, path):
    answer = board.ask(path, ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "no-cors"))
    is_(answer.status, 403)


@case("a link of another site opens the page, but nothing of the API, and no frame")
def _():
    for site in "cross-site", "same-site":
        is_(board.ask("/none", ("Sec-Fetch-Site", site), *NAVIGATION).status, 404)
        is_(board.ask("/api/logs", ("Sec-Fetch-Site", site), *NAVIGATION).status, 403)
        is_(board.ask("/none", ("Sec-Fetch-Site", site), NAVIGATION[0],
                      ("Sec-Fetch-Dest", "iframe")).status, 403)


@case("the page itself, a person and a program come in")
def _():
    for headers in ([], [("Sec-Fetch-Site", "same-origin"), ("Origin", board.url)],
                    [("Sec-Fetch-Site", "none"), *NAVIGATION]):
        is_(board.ask("/api/info", *headers).status, 200, headers)


@cases("Origin {0!r} is refused, and told nothing by CORS", [
    ("null",), ("http://evil.example",), ("http://localhost:4000",), (f"http://127.0.0.1:{PORT}",),
    (f"https://localhost:{PORT}",), (f"http://localhost:{PORT}.evil.example",)])
def _(origin):
    answer = board.ask("/api/info", ("Origin", origin))
    is_(answer.status, 403)
    ok(not any(name.lower().startswith("access-control-") for name, _ in answer.headers), "CORS")


@case("other names of this machine lead to the one origin, whatever the path says")
def _():
    for host in "127.0.0.1", "[::1]", "LOCALHOST":
        for path in "/", "//evil.example/", "/a?b=//c":
            answer = board.ask(path, host=f"{host}:{PORT}")
            if host == "LOCALHOST":
                isnt(answer.status, 308)
                continue
            is_((answer.status, answer.get("Location")), (308, board.url + path), host)
        is_(board.ask("/api/info", host=f"{host}:{PORT}").status, 200, host)


@cases("every answer is closed to others: {0} {1}", [
    ("GET", "/api/info"), ("GET", "/none"), ("GET", "/api/none"), ("POST", "/api/info"),
    ("HEAD", "/api/traces"), ("GET", "/api/events?x")])
def _(method, path):
    answer = board.ask(path, method=method) if "?" not in path else board.ask(path)
    csp = answer.get("Content-Security-Policy")
    like(csp, r"^default-src 'none'; script-src 'self'; style-src 'self'; ")
    like(csp, r"connect-src 'self' http://localhost:4000;.*frame-ancestors 'none'$")
    for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                        ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"),
                        ("Cross-Origin-Resource-Policy", "same-origin"),
                        ("Cross-Origin-Opener-Policy", "same-origin")):
        is_(answer.get(name), value, name)
    ok(not any(name.lower() in ("server", "set-cookie") or
               name.lower().startswith("access-control-") for name, _ in answer.headers),
       "nothing else", answer.headers)


# ---- by hand ----

@cases("{0} changes nothing", [(word,) for word in (
    "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "BREW")])
def _(method):
    answer = board.ask("/api/info", method=method)
    is_((answer.status, answer.get("Allow")), (405, "GET, HEAD"))


@cases("path trick: {0}", [(path,) for path in (
    "/../serve.py", "/%2e%2e/serve.py", "/..%2fserve.py", "/%2e%2e%2fserve.py", "/.%00./serve.py",
    "/index.html%00.js", "/..\\serve.py", "/%5c..%5cserve.py", "//etc/passwd", "/etc/passwd",
    "/./serve.py", "/serve.py", "/%c0%ae%c0%ae/serve.py", "/%ff", "/api/../serve.py",
    "/api/trace/../../serve.py", "/api/table/..%2f..%2fetc%2fpasswd", "/api/trace/" + "0" * 33,
    "/%", "/a%0d%0aSet-Cookie:x", "/index.html/", "/api", "/api/", "/api/info/", "/api//info")])
def _(path):
    status = sent(f"GET {path} HTTP/1.1\r\n{OWN}Connection: close\r\n\r\n")
    ok(status in (400, 404, 503), "nothing is given", status)


@cases("a query that makes no sense: {0}", [(query,) for query in (
    "after=-1", "after=1e3", "after=9999999999", "after=%F0", "limit=10001", "limit=x",
    "after=1&after=2", "a", "&&", "&".join(f"a{i}=1" for i in range(17)), "after=%00",
    "after=\u0661".encode().decode("latin-1"))])
def _(query):
    is_(sent(f"GET /api/traces?{query} HTTP/1.1\r\n{OWN}Connection: close\r\n\r\n"), 400)


@cases("request smuggling: {0}", [
    ("a body", "GET /api/info HTTP/1.1\r\n{own}Content-Length: 5\r\n\r\nGET /"),
    ("a chunked body", "GET / HTTP/1.1\r\n{own}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("an odd length", "GET /api/info HTTP/1.1\r\n{own}Content-Length: +0\r\n\r\n"),
    ("two lengths", "GET / HTTP/1.1\r\n{own}Content-Length: 0\r\nContent-Length: 9\r\n\r\n"),
    ("a folded header", "GET /api/info HTTP/1.1\r\n{own}X: a\r\n b\r\n\r\n"),
    ("a space before the colon", "GET /api/info HTTP/1.1\r\n{own}Origin : x\r\n\r\n"),
    ("a header without a name", "GET /api/info HTTP/1.1\r\n{own}: x\r\n\r\n"),
    ("a bare line feed", "GET /api/info HTTP/1.1\r\n{own}X: a\nHost: evil\r\n\r\n"),
    ("a bare return", "GET /api/info HTTP/1.1\r\n{own}X: a\rb\r\n\r\n"),
    ("a NUL", "GET /api/info HTTP/1.1\r\n{own}X: a\0b\r\n\r\n"),
    ("a whole address", "GET http://localhost/api/info HTTP/1.1\r\n{own}\r\n"),
    ("spaces", "GET  /api/info HTTP/1.1\r\n{own}\r\n"),
    ("a tab", "GET /api/info\tHTTP/1.1\r\n{own}\r\n"),
    ("HTTP/2.0", "GET /api/info HTTP/2.0\r\n{own}\r\n"),
    ("HTTP/0.9", "GET /api/info\r\n\r\n"),
    ("an asterisk", "GET * HTTP/1.1\r\n{own}\r\n")])
def _(what, text):
    del what
    is_(sent(text.replace("{own}", OWN)), 400)


@case("oversize: the address, a header, all headers, many headers")
def _():
    is_(sent(f"GET /{'a' * 5000} HTTP/1.1\r\n{OWN}\r\n"), 414)
    is_(sent(f"GET / HTTP/1.1\r\n{OWN}{'X: a' * 1}\r\n" + "X: a\r\n" * 64 + "\r\n"), 431)
    ok(sent(f"GET / HTTP/1.1\r\n{OWN}X: {'a' * 20000}\r\n\r\n") in (431, 0), "a long header")
    ok(sent("GET / HTTP/1.1\r\n" + "a" * 40000) in (431, 0), "no end at all")


def ended(sock):
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


@case("a connection that only waits makes room for others")
def _():
    idle = [socket.create_connection(("127.0.0.1", PORT), 10) for _ in range(200)]
    is_(board.ask("/api/info").status, 200)
    for sock in idle:
        sock.setblocking(False)
    wait_for(lambda: sum(map(ended, idle)) >= 200 - web.CONNECTIONS_MAX, 5, "the first are closed")
    ok(not ended(idle[-1]), "the last is not")
    for sock in idle:
        sock.close()
    is_(board.ask("/api/info").status, 200)


@case("two requests of one connection are two requests")
def _():
    with socket.create_connection(("127.0.0.1", PORT), 10) as sock:
        file = sock.makefile("rwb")
        file.write((f"GET /api/none HTTP/1.1\r\n{OWN}\r\n" * 2).encode())
        file.flush()
        for _ in range(2):
            like(file.readline(), b" 404 ".decode())
            length = 0
            while (head := file.readline()) != b"\r\n":
                if head.lower().startswith(b"content-length:"):
                    length = int(head.split(b":")[1])
            is_(len(file.read(length)), length)


async def drip(port):
    """Whether a head that comes byte by byte is cut off."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for byte in "GET / HTTP/1.1\r\nX: " + "y" * 500:
            writer.write(byte.encode())
            await writer.drain()
            await asyncio.sleep(0.01)
    except ConnectionError:
        return True
    return False


async def laze(server, port):
    """How much somebody gets who reads nothing until he is given up."""
    async def until_served(served):
        async with asyncio.timeout(20):
            while bool(server.connections) != served:
                await asyncio.sleep(0.01)

    await until_served(False)
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        await until_served(True)
        await until_served(False)

        def read():
            size = 0
            try:
                while data := sock.recv(1 << 20):
                    size += len(data)
            except ConnectionError:
                pass
            return size
        # not here: the server may still have to close its end
        return await asyncio.to_thread(read)


@case("a head that comes byte by byte has a deadline, and so has who does not read")
def _():
    size = 64 << 20

    async def app(_):
        return web.Answer(200, b"x" * size)

    async def attack():
        server = web.Server(app, lambda answer: None, lambda writer: True)
        port = await server.listen("127.0.0.1", 0)
        found = await drip(port), await laze(server, port)
        server.stop()
        return found

    before = web.HEAD_SECONDS, web.SEND_SECONDS
    web.HEAD_SECONDS = web.SEND_SECONDS = 0.3
    try:
        cut, got = asyncio.run(attack())
    finally:
        web.HEAD_SECONDS, web.SEND_SECONDS = before
    ok(cut, "the slow head is cut off")
    ok(got < size, "the lazy reader is cut off", got)


@case("nobody else on the network can reach it")
def _():
    listening = set()
    for name, family in (("tcp", 4), ("tcp6", 6)):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as file:
                rows = [row.split() for row in file][1:]
        except OSError:
            continue
        listening |= {(family, row[1].split(":")[0]) for row in rows
                      if row[3] == "0A" and int(row[1].split(":")[1], 16) == PORT}
    ok((4, "0100007F") in listening, "127.0.0.1", listening)
    ok(listening <= {(4, "0100007F"), (6, "0" * 24 + "01000000")}, "loopback only", listening)


def has(address):
    """Whether this machine has it: then the dashboard listens there too."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
    return True


def status_for(user, address, port):
    """What another user of the machine is answered: a socket belongs to who opens it."""
    os.seteuid(user)
    try:
        return request((address, port), "GET", "/api/info", (), host=f"localhost:{port}").status
    finally:
        os.seteuid(0)


@cases("another user of the machine gets nothing, by {0}", [("127.0.0.1",), ("::1",)])
def _(address):
    if not has(address):
        diag(f"left out: this machine has no {address}")
        return
    for users, status in (([os.getuid()], 200), ([os.getuid() + 1, os.getuid()], 200),
                          ([os.getuid() + 1], 403)):
        other = Dashboard(*[f"--user={user}" for user in users])
        try:
            for path in "/api/info", "/api/logs", "/":
                answer = request((address, other.port), "GET", path, (),
                                 host=f"localhost:{other.port}")
                ok((answer.status == 403) == (status == 403), path, answer)
            if os.getuid() == 0:
                is_(status_for(NOBODY, address, other.port), 403, "user nobody")
        finally:
            other.close()


@case("nothing of all this was a mistake of its own")
def _():
    wait_for(lambda: board.ask("/api/info").status == 200, 5, "it still answers")
    is_(board.scratch.tail("dashboard.log"), [f"dashboard: {board.url}"])


if __name__ == "__main__":
    try:
        run()
    finally:
        board.close()
