"""What only a FastCGI peer can say, and addresses below a base path.

Web servers never send such parameters; these cases run over the bare socket.
"""

import fcgi
from api_case import case, check_error, check_headers, equal, expect

def direct(name, variant="main"):
    """Like @case, but planned only where there is no web server between."""
    return case("FastCGI: " + name, variant, only="direct")


def params(method="GET", uri="/user/profile", extra=()):
    return [("REQUEST_METHOD", method), ("REQUEST_URI", uri),
            ("QUERY_STRING", ""), ("CONTENT_TYPE", ""), ("CONTENT_LENGTH", ""),
            ("SERVER_PROTOCOL", "HTTP/1.1"), ("REMOTE_ADDR", "127.0.0.1"),
            *extra]


def ask(api, given, body=b""):
    answer = api.mount.backend.client.request(given, body)
    api.last = ("FastCGI", "", [p for p in given if p[1]], answer)
    check_headers(answer)
    if answer.status >= 400:
        check_error(answer)
    told = dict(given)
    api.check_described(told.get("REQUEST_METHOD", ""), told.get("REQUEST_URI", "/"),
                        answer)
    return answer


@direct("REDIRECT_HTTP_AUTHORIZATION counts as Authorization")
def redirected_authorization(api):
    user = api.user()
    answer = ask(api, params(extra=[
        ("REDIRECT_HTTP_AUTHORIZATION", "Bearer " + user.token)]))
    equal(answer.status, 200, "status")
    equal(answer.json()["userId"], user.id, "userId")


@direct("Authorization in both spellings and equal is one")
def both_spellings(api):
    value = "Bearer " + api.user().token
    answer = ask(api, params(extra=[("HTTP_AUTHORIZATION", value),
                                    ("REDIRECT_HTTP_AUTHORIZATION", value)]))
    equal(answer.status, 200, "status")


@direct("REMOTE_USER and AUTH_USER are nobody's word for an identity")
def remote_user(api):
    user = api.user()
    for name in ("REMOTE_USER", "AUTH_USER", "HTTP_REMOTE_USER", "AUTH_TYPE"):
        equal(ask(api, params(extra=[(name, user.id)])).status, 401, name)


def twice(name, value):
    @direct(f"{name} twice is refused")
    def refused(api):
        given = [p for p in params() if p[0] != name]
        answer = ask(api, [*given, (name, value), (name, value)])
        equal(answer.status, 400, "status")


twice("REQUEST_METHOD", "GET")
twice("REQUEST_URI", "/healthz")
twice("CONTENT_LENGTH", "0")
twice("CONTENT_TYPE", "application/json")
twice("HTTP_ORIGIN", "https://www.gate.example")


@direct("no REQUEST_URI at all is refused")
def no_uri(api):
    given = [p for p in params() if p[0] != "REQUEST_URI"]
    equal(ask(api, given).status, 400, "status")


@direct("SCRIPT_NAME and PATH_INFO decide nothing")
def script_name(api):
    answer = ask(api, params(extra=[("SCRIPT_NAME", "/healthz"),
                                    ("PATH_INFO", "/healthz"),
                                    ("DOCUMENT_URI", "/healthz")]))
    equal(answer.status, 401, "status")


def length_case(what, length, sent, status):
    @direct(f"CONTENT_LENGTH {what}")
    def judged(api):
        user = api.user()
        given = [p for p in params("POST", "/user/preferences")
                 if p[0] != "CONTENT_LENGTH"]
        answer = ask(api, [*given, ("CONTENT_LENGTH", length),
                           ("HTTP_AUTHORIZATION", "Bearer " + user.token)], sent)
        wanted = status if isinstance(status, tuple) else (status,)
        expect(answer.status in wanted, f"status {answer.status}")
        equal(api.rows_of(user), int(status == 200), "rows")


length_case("absent: the stream ends it", "", b"{}", 200)
length_case("larger than what came", "10", b"{}", 400)
length_case("smaller than what came", "1", b"{}", 400)
length_case("no number", "abc", b"{}", 400)
length_case("negative", "-2", b"{}", 400)
length_case("with a plus", "+2", b"{}", 400)
length_case("beyond 64 bits", "99999999999999999999", b"{}", (400, 413))
length_case("huge and a lie", "4294967296", b"{}", 413)


@direct("parameters one byte a record give the same answer")
def byte_by_byte(api):
    user = api.user()
    data = fcgi.pairs(params(extra=[
        ("HTTP_AUTHORIZATION", "Bearer " + user.token)]))
    message = fcgi.begin() + fcgi.stream(fcgi.PARAMS, data, chunk=1) \
        + fcgi.record(fcgi.STDIN)
    answer = api.mount.backend.client.exchange(message).response()
    equal((answer.status, answer.json()["userId"]), (200, user.id), "answer")


@direct("padding in every record gives the same answer")
def padded(api):
    data = fcgi.pairs(params(uri="/healthz"))
    message = fcgi.begin() + fcgi.record(fcgi.PARAMS, data, padding=255) \
        + fcgi.record(fcgi.PARAMS, padding=7) + fcgi.record(fcgi.STDIN, padding=9)
    answer = api.mount.backend.client.exchange(message).response()
    equal(answer.status, 200, "status")


@direct("FCGI_KEEP_CONN is not honoured: the connection is closed")
def keep_conn(api):
    with fcgi.connect(api.mount.backend.address) as sock:
        sock.sendall(fcgi.message(params(uri="/healthz"), flags=fcgi.KEEP_CONN))
        answer = fcgi.read_answer(sock).response()
        equal(answer.status, 200, "status")
        equal(sock.recv(1), b"", "what follows")


@direct("a role nobody has is answered, never with an empty 200")
def unknown_role(api):
    with fcgi.connect(api.mount.backend.address, 8) as sock:
        sock.sendall(fcgi.message(params(uri="/healthz"), role=fcgi.FILTER))
        try:
            answer = fcgi.read_answer(sock)
        except (fcgi.Broken, OSError):
            return      # closed: no grant either
        if answer.protocol_status == fcgi.REQUEST_COMPLETE:
            expect(answer.response().status >= 400, "a grant")


@direct("a peer that leaves in the middle of its parameters harms nobody")
def cut_parameters(api):
    data = fcgi.pairs(params(uri="/healthz"))
    for cut in (1, len(data) // 2, len(data) - 1):
        with fcgi.connect(api.mount.backend.address) as sock:
            sock.sendall(fcgi.begin() + fcgi.record(fcgi.PARAMS, data[:cut]))
    equal(ask(api, params(uri="/healthz")).status, 200, "the next one")


@direct("5000 parameters are refused or ignored, and the next is served")
def many_parameters(api):
    given = params(uri="/healthz", extra=[(f"X{n}", "v") for n in range(5000)])
    try:
        answer = api.mount.backend.client.request(given)
        expect(answer.status in (200, 400, 431), f"status {answer.status}")
    except fcgi.Broken:
        pass
    equal(ask(api, params(uri="/healthz")).status, 200, "the next one")


@direct("base_path stands in front of every route", "based")
def base_path(api):
    for path in ("/gate/healthz", "/gate/readyz", "/gate/auth/login-info"):
        equal(api.call("GET", path).status, 200, path)
    user = api.user()
    equal(api.get(user, "/gate/user/profile").json()["userId"], user.id, "userId")


@direct("without its base_path a route does not exist", "based")
def no_base_path(api):
    for path in ("/healthz", "/user/profile", "/gatehouse/healthz",
                 "/gate", "/gate/", "/GATE/healthz", "/gate/gate/healthz"):
        equal(api.call("GET", path).status, 404, path)


@direct("cookies = false: a cookie is no credential", "based")
def no_cookies(api):
    user = api.user()
    answer = api.call("GET", "/gate/user/profile", [("Cookie", user.cookie)])
    equal((answer.status, answer.json()["message"]),
          (401, "missing session token"), "answer")


@direct("bio_max and max_body come from the configuration", "based")
def own_limits(api):
    user = api.user()
    path = "/gate/user/preferences"
    equal(api.post(user, '{"bio":"0123456789"}', target=path).status, 200, "10")
    equal(api.post(user, '{"bio":"0123456789x"}', target=path).status, 400, "11")
    pad = '{"x":"%s"}'
    equal(api.post(user, pad % ("x" * (1024 - 8)), target=path).status, 200,
          "1024 bytes")
    equal(api.post(user, pad % ("x" * (1025 - 8)), target=path).status, 413,
          "1025 bytes")
