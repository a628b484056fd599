"""Cookies and foreign pages (CSRF), and pages we let read answers (CORS)."""

from api_case import Row, case, equal, expect, rows

PUBLIC, ALLOWED = "https://www.gate.example", "https://app.gate.example"
JSON = ("Content-Type", "application/json")


def write(name, status, *send, body='{"theme":"dark"}', **fields):
    """A cookie-authenticated write."""
    return Row(f"cookie write: {name}", "POST", "/user/preferences", status,
               who="cookie", body=body, send=list(send), **fields)


def refused(name, *send, **fields):
    return write(name, 403, *send, reason="cross_site", quiet=True, **fields)


rows(
    write("from our own pages", 200, ("Origin", PUBLIC), JSON),
    write("from an allowed origin", 200, ("Origin", ALLOWED), JSON),
    write("JSON with a charset", 200, ("Origin", PUBLIC),
          ("Content-Type", "application/json; charset=utf-8")),
    write("the type in capitals", 200, ("Origin", PUBLIC),
          ("Content-Type", "Application/JSON")),
    refused("from a foreign page", ("Origin", "https://evil.example"), JSON),
    refused("Origin: null", ("Origin", "null"), JSON),
    refused("no Origin at all", JSON),
    refused("no Origin, although same-origin is claimed",
            ("Sec-Fetch-Site", "same-origin"), JSON),
    refused("only a Referer", ("Referer", PUBLIC + "/settings"), JSON),
    refused("only a foreign Referer", ("Referer", "https://evil.example/"), JSON),
    refused("our name over plain http", ("Origin", "http://www.gate.example"),
            JSON),
    refused("our name on another port", ("Origin", PUBLIC + ":8443"), JSON),
    refused("our name as a prefix", ("Origin", PUBLIC + ".evil.example"), JSON),
    refused("our name as a suffix", ("Origin", "https://evilwww.gate.example"),
            JSON),
    refused("our parent domain", ("Origin", "https://gate.example"), JSON),
    refused("our name with a path", ("Origin", PUBLIC + "/"), JSON),
    refused("two origins in one header", ("Origin", f"{PUBLIC} {ALLOWED}"), JSON),
    refused("an empty Origin", ("Origin", ""), JSON),
    refused("foreign, and a form", ("Origin", "https://evil.example"),
            ("Content-Type", "application/x-www-form-urlencoded")),
    refused("foreign, and broken JSON", ("Origin", "https://evil.example"), JSON,
            body="{"),
    refused("our Host header is no origin", ("Host", "www.gate.example"), JSON),
    Row("cookie write: an unknown cookie from a foreign page", "POST",
        "/user/preferences", 403, body="{}", reason="cross_site", quiet=True,
        send=[("Cookie", "ory_kratos_session=" + "A" * 300), JSON,
              ("Origin", "https://evil.example")]),
    write("no Content-Type", 415, ("Origin", PUBLIC)),
    write("a form's Content-Type", 415, ("Origin", PUBLIC),
          ("Content-Type", "application/x-www-form-urlencoded")),
    write("text/plain", 415, ("Origin", PUBLIC), ("Content-Type", "text/plain")),
    write("a longer type", 415, ("Origin", PUBLIC),
          ("Content-Type", "application/jsonp")),
    write("JSON as a parameter of another type", 415, ("Origin", PUBLIC),
          ("Content-Type", "text/plain; application/json")),

    Row("a Bearer write from a foreign page works: no cookie is involved",
        "POST", "/user/preferences", 200, who="bearer", body="{}",
        send=[("Origin", "https://evil.example")]),
    Row("an X-Session-Token write needs no Origin and no type", "POST",
        "/user/preferences", 200, who="xst", body="{}"),
    Row("a Bearer write with a cookie beside it is a Bearer write", "POST",
        "/user/preferences", 200, who="bearer", body="{}",
        send=[("Cookie", "{other.cookie}"), ("Origin", "https://evil.example")]),
    Row("a Basic login beside the cookie does not lift the rule", "POST",
        "/user/preferences", 403, who="cookie", body="{}", reason="cross_site",
        send=[("Authorization", "Basic YWRtaW46eA=="), JSON], quiet=True),
    Row("reading with a cookie needs no Origin", "GET", "/user/profile", 200,
        who="cookie"),
    Row("reading with a cookie from a foreign page: answered, but not for it",
        "GET", "/user/profile", 200, who="cookie",
        send=[("Origin", "https://evil.example")],
        head={"Access-Control-Allow-Origin": None}),

    # Without public_url only the browser's own word counts.
    write("public_url unset, same-origin", 200,
          ("Sec-Fetch-Site", "same-origin"), JSON, variant="bare"),
    refused("public_url unset, same-site", ("Sec-Fetch-Site", "same-site"), JSON,
            variant="bare"),
    refused("public_url unset, cross-site", ("Sec-Fetch-Site", "cross-site"),
            JSON, variant="bare"),
    refused("public_url unset, none", ("Sec-Fetch-Site", "none"), JSON,
            variant="bare"),
    refused("public_url unset, nothing said", JSON, variant="bare"),
    refused("public_url unset, Origin equal to Host",
            ("Origin", "http://localhost"), JSON, variant="bare"),
    refused("public_url unset, Origin: null", ("Origin", "null"), JSON,
            variant="bare"),

    # CORS.
    Row("CORS: an allowed page may read", "GET", "/user/profile", 200,
        who="bearer", send=[("Origin", ALLOWED)],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$",
              "Access-Control-Expose-Headers": "(?i)x-request-id",
              "Vary": "(?i)origin"}),
    Row("CORS: an allowed page may read why it was refused", "GET",
        "/user/profile", 401, send=[("Origin", ALLOWED)],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$",
              "Access-Control-Expose-Headers": "(?i)www-authenticate"}),
    Row("CORS: a foreign page may not", "GET", "/user/profile", 200,
        who="bearer", send=[("Origin", "https://evil.example")],
        head={"Access-Control-Allow-Origin": None,
              "Access-Control-Allow-Credentials": None, "Vary": "(?i)origin"}),
    Row("CORS: null may not", "GET", "/healthz", 200, send=[("Origin", "null")],
        head={"Access-Control-Allow-Origin": None}),
    Row("CORS: a longer name may not", "GET", "/healthz", 200,
        send=[("Origin", ALLOWED + ".evil.example")],
        head={"Access-Control-Allow-Origin": None}),
    Row("CORS: a preflight from a foreign page", "OPTIONS", "/user/preferences",
        204, send=[("Origin", "https://evil.example"),
                   ("Access-Control-Request-Method", "POST")],
        head={"Access-Control-Allow-Origin": None, "Allow": "POST",
              "Access-Control-Allow-Methods": None}),
    Row("CORS: a preflight for an unknown address", "OPTIONS", "/user/nothing",
        404, send=[("Origin", ALLOWED),
                   ("Access-Control-Request-Method", "GET")],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$",
              "Access-Control-Allow-Methods": None}),
    Row("CORS: a preflight for a method that there is not", "OPTIONS",
        "/user/profile", 204,
        send=[("Origin", ALLOWED), ("Access-Control-Request-Method", "DELETE")],
        head={"Access-Control-Allow-Methods": "^GET, HEAD, OPTIONS$"}),
    Row("CORS: nobody is let into a private network", "OPTIONS",
        "/user/profile", 204,
        send=[("Origin", ALLOWED), ("Access-Control-Request-Method", "GET"),
              ("Access-Control-Request-Private-Network", "true")],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$",
              "Access-Control-Allow-Private-Network": None}),
    Row("CORS: HEAD is as GET", "HEAD", "/user/profile", 200, who="bearer",
        send=[("Origin", ALLOWED)],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$"}),
    Row("CORS: an allowed page may write with a token", "POST",
        "/user/preferences", 200, who="bearer", body="{}",
        send=[("Origin", ALLOWED)],
        head={"Access-Control-Allow-Origin": f"^{ALLOWED}$",
              "Access-Control-Allow-Credentials": "^true$"}),
    Row("CORS: what a foreign page wrote with a token it may not read", "POST",
        "/user/preferences", 200, who="bearer", body="{}",
        send=[("Origin", "https://evil.example")],
        head={"Access-Control-Allow-Origin": None}),
    *(Row(f"CORS: {origin} is not {ALLOWED}", "GET", "/user/profile", 200,
          who="bearer", send=[("Origin", origin)],
          head={"Access-Control-Allow-Origin": None, "Vary": "(?i)origin"})
      for origin in (ALLOWED + "/", ALLOWED.upper(), ALLOWED + ":443",
                     ALLOWED.replace("https", "http"), ALLOWED + ".",
                     f"{ALLOWED}, {ALLOWED}", f"{ALLOWED} {ALLOWED}")),
    Row("CORS: without an allow-list nobody may", "GET", "/healthz", 200,
        send=[("Origin", ALLOWED)], variant="bare",
        head={"Access-Control-Allow-Origin": None}),
)


def trouble(name, status, method="POST", target="/user/preferences", **fields):
    """An error that a page has to tell from an outage."""
    send = [("Origin", ALLOWED), *fields.pop("send", ())]
    return Row(f"CORS: an allowed page may read that {name}", method, target,
               status, send=send, **fields, head={
                   "Access-Control-Allow-Origin": f"^{ALLOWED}$",
                   "Access-Control-Allow-Credentials": "^true$",
                   "Access-Control-Expose-Headers": "(?i)retry-after"})


rows(
    trouble("there is no such route", 404, "GET", "/user/nothing"),
    trouble("the method is wrong", 405, "PUT"),
    trouble("it is not signed in", 401, body="{}"),
    trouble("its token is nobody's", 401, body="{}",
            send=[("Authorization", "Bearer nobody")]),
    trouble("its two tokens are refused", 401, body="{}",
            send=[("X-Session-Token", "{token}"),
                  ("X-Session-Token", "{other.token}")]),
    trouble("its body is too long", 413, who="bearer", body="x" * 65537),
    trouble("its body is no JSON", 415, who="cookie", body="theme=dark",
            send=[("Content-Type", "application/x-www-form-urlencoded")]),
    trouble("its JSON is broken", 400, who="bearer", body="{"),
    trouble("its path is ambiguous", 400, "GET", "/user/%2e%2e/user/profile"),
)


@case("CORS: an allowed page may read that a second factor is missing, or that "
      "nobody could be asked")
def readable(api):
    page = [("Origin", ALLOWED)]
    answer = api.get(api.user(aal2=True), headers=page)
    equal((answer.status, answer.get("Access-Control-Allow-Origin")),
          (403, ALLOWED), "second factor")
    user = api.user()
    with api.idp.fault(status=500):
        answer = api.get(user, headers=page)
    equal((answer.status, answer.get("Access-Control-Allow-Origin")),
          (503, ALLOWED), "outage")
    api.recovered()


@case("CORS: of two Origin headers neither may read")
def two_origins(api):
    user = api.user()
    for pair in ((ALLOWED, "https://evil.example"),
                 ("https://evil.example", ALLOWED), (ALLOWED, ALLOWED)):
        answer = api.get(user, headers=[("Origin", one) for one in pair])
        # Servers join them, which is no origin, or pass both on: 400.
        expect(answer.status in (200, 400), f"status {answer.status}")
        equal(answer.get("Access-Control-Allow-Origin"), None, str(pair))


@case("CORS: the preflight of a browser")
def preflight(api):
    answer = api.call("OPTIONS", "/user/preferences", [
        ("Origin", ALLOWED), ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization,content-type")])
    equal(answer.status, 204, "status")
    equal(answer.all("Access-Control-Allow-Origin"), [ALLOWED], "Allow-Origin")
    names = {h.strip().lower() for h in
             answer.get("Access-Control-Allow-Headers", "").split(",")}
    equal(names, {"authorization", "content-type", "x-session-token",
                  "x-request-id", "traceparent"}, "Allow-Headers")
    methods = answer.get("Access-Control-Allow-Methods", "")
    expect("POST" in methods, f"Allow-Methods: {methods}")
    equal(answer.get("Access-Control-Max-Age"), "600", "Max-Age")
    expect("origin" in answer.get("Vary", "").lower(), "Vary")


@case("CORS: never * together with credentials")
def no_star(api):
    for origin in (ALLOWED, "https://evil.example", "*"):
        answer = api.call("GET", "/healthz", [("Origin", origin)])
        expect(answer.get("Access-Control-Allow-Origin") != "*", origin)


@case("CORS: what an allowed page may see")
def exposed(api):
    answer = api.call("GET", "/healthz", [("Origin", ALLOWED)])
    names = {h.strip().lower() for h in
             answer.get("Access-Control-Expose-Headers", "").split(",")}
    equal(names, {"x-request-id", "retry-after", "www-authenticate", "allow"},
          "Expose-Headers")
    equal(answer.get("Access-Control-Allow-Credentials"), "true", "Credentials")


@case("a refused cross-site write writes nothing")
def nothing_written(api):
    user = api.user()
    answer = api.call("POST", "/user/preferences", [
        ("Cookie", user.cookie), JSON, ("Origin", "https://evil.example")],
        b'{"theme":"dark"}')
    equal((answer.status, api.rows_of(user)), (403, 0), "answer and rows")
