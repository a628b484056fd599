"""Body sizes and framing, and the order in which a request is judged."""

import socket
import time

import rawhttp
from api_case import Own, Row, Absent, case, equal, rows

LIMIT = 64 * 1024       # max_body's default


def sized(n):
    """A valid body of exactly n bytes."""
    start, end = b'{"theme":"dark","pad":"', b'"}'
    return start + b"x" * (n - len(start) - len(end)) + end


@case("a body of exactly max_body is taken")
def at_limit(api):
    equal(api.post(api.user(), sized(LIMIT)).status, 200, "status")


@case("a body one byte over max_body: 413")
def over_limit(api):
    user = api.user()
    equal(api.post(user, sized(LIMIT + 1)).status, 413, "status")
    equal(api.rows_of(user), 0, "rows")


@case("a chunked body is read")
def chunked(api):
    user = api.user()
    answer = api.post(user, b"", chunked=True)
    equal(answer.status, 400, "status of an empty one")
    answer = api.call("POST", "/user/preferences", [
        ("Authorization", "Bearer " + user.token),
        ("Content-Type", "application/json")],
        [b'{"theme":', b'"dark"}'], chunked=True)
    equal(answer.status, 200, "status")
    equal(api.profile(user)["theme"], "dark", "theme")


@case("a chunked body of exactly max_body is taken")
def chunked_at_limit(api):
    answer = api.post(api.user(), sized(LIMIT), chunked=True)
    equal(answer.status, 200, "status")


@case("a chunked body one byte over max_body: 413")
def chunked_over_limit(api):
    answer = api.post(api.user(), sized(LIMIT + 1), chunked=True)
    equal(answer.status, 413, "status")


@case("a body of 200 KB: 413",
      on={"htaccess": Absent("above 128 KiB mod_fcgid answers 500, and .htaccess "
                           "can not change that")})
def far_over_limit(api):
    equal(api.post(api.user(), sized(200_000)).status, 413, "status")


@case("a chunked body of 200 KB: 413",
      on={"htaccess": Absent("above 128 KiB mod_fcgid answers 500, and .htaccess "
                           "can not change that")})
def chunked_far_over_limit(api):
    answer = api.post(api.user(), sized(200_000), chunked=True)
    equal(answer.status, 413, "status")


@case("a body of 2 MB never reaches us, or is 413")
def two_megabytes(api):
    answer = api.post(api.user(), sized(2_000_000), ours=False)
    if "fcgid" in api.tags:     # mod_fcgid's answer above FcgidMaxRequestLen
        equal(answer.status, 500, "status")
    else:
        equal(answer.status, 413, "status")


rows(
    Row("a GET with a body: it is not looked at", "GET", "/user/profile", 200,
        who="bearer", body="not json",
        on={"lighttpd": Own(400, "lighttpd refuses GET with a body")}),
    Row("a POST without a body and without a length", "POST",
        "/user/preferences", 400, who="bearer",
        send=[("Content-Type", "application/json")],
        on={"lighttpd": Own(411, "lighttpd wants a length")}),
    Row("a POST of length 0", "POST", "/user/preferences", 400, who="bearer",
        body=""),
    Row("a length that is no number", "POST", "/user/preferences", 400,
        who="bearer", send=[("Content-Length", "abc")], body="{}",
        on={"apache": Own(400, "Apache refuses it"),
            "nginx": Own(400, "nginx refuses it"),
            "lighttpd": Own(400, "lighttpd refuses it")}),
    Row("a negative length", "POST", "/user/preferences", 400,
        who="bearer", send=[("Content-Length", "-1")], body="{}",
        on={"apache": Own(400, "Apache refuses it"),
            "nginx": Own(400, "nginx refuses it"),
            "lighttpd": Own(400, "lighttpd refuses it")}),

    # The order: 404, 405, 401/403/503, 413, 415, 400.
    Row("order: 404 before everything", "POST", "/user/nothing", 404,
        body=sized(LIMIT + 1), quiet=True),
    Row("order: 405 before 401", "PUT", "/user/preferences", 405,
        body=sized(LIMIT + 1), quiet=True),
    Row("order: 401 before 413", "POST", "/user/preferences", 401,
        body=sized(LIMIT + 1), quiet=True),
    Row("order: 401 before 400", "POST", "/user/preferences", 401,
        body="nonsense", send=[("Authorization", "Bearer " + "a" * 40)]),
    Row("order: 403 before 413", "POST", "/user/preferences", 403,
        who="cookie", send=[("Origin", "https://evil.example")],
        body=sized(LIMIT + 1), quiet=True),
    Row("order: 401 before 415", "POST", "/user/preferences", 401,
        send=[("Cookie", "ory_kratos_session=" + "A" * 300),
              ("Origin", "https://www.gate.example"),
              ("Content-Type", "text/plain")], body="{}"),
    Row("order: 413 before 415", "POST", "/user/preferences", 413,
        who="cookie", body=sized(LIMIT + 1),
        send=[("Origin", "https://www.gate.example"),
              ("Content-Type", "text/plain")]),
    Row("order: 415 before 400", "POST", "/user/preferences", 415,
        who="cookie", body="nonsense",
        send=[("Origin", "https://www.gate.example"),
              ("Content-Type", "text/plain")]),
)


def pieces(api, user, *parts, whole=True):
    """A chunked upload sent piece by piece; the answer if it was whole."""
    with socket.create_connection(api.mount.address, 15) as sock:
        sock.sendall(b"POST /user/preferences HTTP/1.1\r\nHost: localhost\r\n"
                     b"Connection: close\r\nContent-Type: application/json\r\n"
                     b"Transfer-Encoding: chunked\r\nAuthorization: Bearer "
                     + user.token.encode() + b"\r\n\r\n")
        for part in parts:
            time.sleep(0.2)     # not for luck: the slowness is the case
            sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        if not whole:
            return None
        sock.sendall(b"0\r\n\r\n")
        return rawhttp.read_response(sock, "POST")


@case("a chunked body that comes slowly is read to its end",
      on={"direct": Absent("chunks are the web server's matter")})
def slow_chunks(api):
    user = api.user()
    answer = pieces(api, user, b'{"the', b'me":', b'"da', b'rk"}')
    equal((answer.status, api.profile(user)["theme"]), (200, "dark"), "answer")


@case("an upload given up half-way writes nothing",
      on={"direct": Absent("chunks are the web server's matter")})
def aborted_upload(api):
    user = api.user()
    pieces(api, user, b'{"theme":"dark"}', whole=False)
    equal(api.profile(user)["theme"], "light", "theme")


@case("many small requests on one connection keep their answers apart",
      on={"direct": Absent("one request a connection in FastCGI")})
def keep_alive(api):
    user = api.user()
    with socket.create_connection(api.mount.address, 15) as sock:
        for n in range(5):
            sock.sendall(rawhttp.message("GET", "/user/profile", [
                ("Authorization", "Bearer " + user.token),
                ("X-Request-Id", f"keep-{n}"), ("Connection", "keep-alive")]))
            answer = rawhttp.read_response(sock, "GET")
            equal((answer.status, answer.get("X-Request-Id")),
                  (200, f"keep-{n}"), "answer")
            sock.sendall(rawhttp.message("GET", "/user/profile", [
                ("X-Request-Id", f"anon-{n}"), ("Connection", "keep-alive")]))
            answer = rawhttp.read_response(sock, "GET")
            equal((answer.status, answer.get("X-Request-Id")),
                  (401, f"anon-{n}"), "answer after a 401")
