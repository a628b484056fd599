"""Requests that claim to be somebody, or to be for something else.

"{forged}" stands for a name that no application may ever see.
"""

from guard_case import NO_HTTP, PROGRAMS, Own, Row, rows

FIELDS = ("Provider", "User", "Session", "Email", "Name", "Org", "Roles", "Aal")
HERE = ("Origin", "https://www.gate.example")
EMITTED = [("X-Auth-" + f, "{forged}") for f in FIELDS] + [
    ("Remote-User", "{forged}"), ("X-Remote-User", "{forged}"),
    ("X-Forwarded-User", "{forged}")]


def respelled(to):
    """The same headers with other characters for their dashes, in turn."""
    def spell(name):
        marks = iter(to * len(name))
        return "".join(next(marks) if c == "-" else c for c in name)
    return [(spell(k), v) for k, v in EMITTED]


def steered(path):
    """What some server, somewhere, takes for the real address."""
    return [(name, path) for name in (
        "X-Original-URI", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri",
        "X-Forwarded-Path", "X-Request-URI", "Request-URI", "X-Accel-Redirect",
        "Gatehouse-Original-URI", "GATEHOUSE_ORIGINAL_URI")]


# No names here that the recipes take away: they reach the application.
ANYWAY = {"harmless": True}

rows(
    Row("forged: every field that we pass on, for a user", "ann", "/any/page",
        send=EMITTED),
    Row("forged: the same for nobody is nobody", None, "/any/page", 401,
        send=EMITTED),
    Row("forged: the same where anyone may come names nobody", None, "/open/page",
        send=EMITTED),
    Row("forged: a role for who has none", "bob", "/admin/page", 403,
        send=[("X-Auth-Roles", "admin"), ("X-Auth-User", "{ann}")],
        reason="not_allowed"),
    Row("forged: with underscores", "ann", "/any/page", send=respelled("_")),
    Row("forged: with one underscore, the second", "ann", "/any/page",
        send=respelled("-_")),
    Row("forged: with one underscore, the first", "ann", "/any/page",
        send=respelled("_-")),
    Row("forged: in small letters", "ann", "/any/page",
        send=[(k.lower(), v) for k, v in EMITTED]),
    Row("forged: in capitals with underscores", "ann", "/any/page",
        send=[(k.upper(), v) for k, v in respelled("_")]),
    Row("forged: twice", "ann", "/any/page", send=EMITTED + EMITTED),
    Row("forged: fields that are empty for this user", "dan", "/any/page",
        send=EMITTED),
    Row("forged: with dots, which Apache leaves to a service as they are",
        "ann", "/any/page", send=respelled("."), on={"apache": ANYWAY}),
    Row("forged: with characters that lighttpd writes as underscores", "ann",
        "/any/page", send=respelled("!~"), on={"apache": ANYWAY}),
    Row("forged: the answer of an authorizer", "ann", "/any/page", **ANYWAY,
        send=[("Variable-AUTH_USER", "{forged}"), ("Variable-REMOTE_USER", "{forged}"),
              ("Variable-AUTH-USER", "{forged}")]),
    Row("forged: the names of the variables", "ann", "/any/page", **ANYWAY,
        send=[("Auth-User", "{forged}"), ("AUTH_USER", "{forged}"),
              ("Auth-Roles", "{forged}")]),
    Row("forged: the names of the variables, for nobody", None, "/any/page", 401,
        send=[("Auth-User", "{ann}"), ("AUTH_USER", "{ann}"),
              ("REMOTE_USER", "{ann}"), ("REDIRECT_REMOTE_USER", "{ann}")]),
    Row("forged: Proxy", "ann", "/any/page", send=[("Proxy", "http://{forged}:1")]),
    Row("forged: Forwarded with a remote_user", "ann", "/any/page",
        **ANYWAY, send=[("Forwarded", "for=1.2.3.4;remote_user={forged}")]),
    Row("forged: a Basic login beside a session names nobody else", "ann",
        "/any/page", send=[("Authorization", "Basic bWFsbG9yeS01ZjJjOng=")]),
    Row("forged: the role of a FastCGI peer", None, "/any/page", 401,
        send=[("FCGI-Role", "RESPONDER"), ("Gatehouse-Role", "AUTHORIZER"),
              ("GATEHOUSE_ROLE", "RESPONDER")]),
    Row("forged: an internal redirect", None, "/any/page", 401,
        send=[("Redirect-Status", "200"), ("REDIRECT_STATUS", "200"),
              ("X-Sendfile", "/etc/hostname")]),
    Row("forged: an address that may come", None, "/any/page", 401,
        send=[("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"),
              ("Forwarded", "for=127.0.0.1")]),
    Row("forged: another scheme, host and port", None, "/any/page", 401,
        send=[("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
              ("X-Forwarded-Port", "443"), ("X-Forwarded-Prefix", "/open")]),
    Row("forged: a foreign Host decides nothing", "bob", "/admin/page", 403,
        how={"host": "evil.example"}, reason="not_allowed"),
    Row("forged: a public address in headers, for nobody", None, "/any/page", 401,
        send=steered("/members/files/open/page")),
    Row("forged: an allowed address in headers", "bob", "/admin/page", 403,
        send=steered("/members/files/any/page"), reason="not_allowed"),
    Row("forged: the health check of some cloud", None, "/any/page", 401,
        send=[("User-Agent", "GoogleHC/1.0")]),

    # Credentials that do not agree.
    Row("two credentials: the header counts, as a whole", "ann", "/any/page",
        send=[("Authorization", "Bearer {dan.token}")], sees="dan"),
    Row("two credentials: and its rights", "ann", "/both/page", 403,
        send=[("Authorization", "Bearer {dan.token}")], reason="not_allowed"),
    Row("two credentials: two bearer tokens are none", "dan", "/any/page", 401,
        send=[("Authorization", "Bearer {new.token}")],
        on={"nginx": Own(400, "two Authorization fields")}),
    Row("two credentials: two tokens in one header are none", None, "/any/page",
        401, send=[("Authorization", "Bearer {dan.token}, Bearer {new.token}")]),
    Row("two credentials: two session tokens are none", None, "/any/page", 401,
        send=[("X-Session-Token", "{ann.token}"), ("X-Session-Token", "{cid.token}")]),
    Row("two credentials: an underscore makes no header a credential", None,
        "/any/page", 401, send=[("X_Session_Token", "{ann.token}")],
        on={"lighttpd": {"status": 200, "sees": "ann"}, "direct": NO_HTTP}),

    # Writes of foreign pages with a cookie (product.md: X01), and methods.
    Row("write: from the site", "ann", "/any/page", method="POST", body=b"x=1",
        length=3, places=PROGRAMS, send=[HERE]),
    Row("write: from an allowed origin", "ann", "/any/page", method="POST",
        body=b"x=1", length=3, places=PROGRAMS,
        send=[("Origin", "https://app.gate.example")]),
    Row("write: from a foreign page", "ann", "/any/page", 403, method="POST",
        body=b"x=1", send=[("Origin", "https://evil.example")], reason="cross_site"),
    Row("write: from a page without an origin", "ann", "/any/page", 403,
        method="POST", body=b"x=1", send=[("Origin", "null")], reason="cross_site"),
    Row("write: a browser says it is from elsewhere", "ann", "/any/page", 403,
        method="POST", body=b"x=1", send=[("Sec-Fetch-Site", "cross-site")],
        reason="cross_site"),
    Row("write: nothing says from where", "ann", "/any/page", 403, method="POST",
        body=b"x=1", reason="cross_site"),
    Row("write: a foreign page that deletes", "ann", "/any/page", 403,
        method="DELETE", send=[("Origin", "https://evil.example")],
        reason="cross_site"),
    Row("write: a token is sent by no browser on its own", "dan", "/any/page",
        method="POST", body=b"x=1", length=3, places=PROGRAMS,
        send=[("Origin", "https://evil.example")]),
    Row("write: where a rule allows foreign pages", "ann", "/embed/page",
        method="POST", body=b"x=1", length=3, places=PROGRAMS,
        send=[("Origin", "https://evil.example")]),
    Row("write: a foreign page may read nothing, but GET is let through", "ann",
        "/any/page", send=[("Origin", "https://evil.example"),
                           ("Sec-Fetch-Site", "cross-site")]),
    Row("method: an override in a header is not the method", "bob", "/form/page",
        403, method="POST", body=b"x=1", reason="not_allowed",
        send=[HERE, ("X-HTTP-Method-Override", "GET"), ("X-HTTP-Method", "GET"),
              ("X-Method-Override", "GET")]),
    Row("method: an override makes no write of a read", "bob", "/form/page",
        send=[("X-HTTP-Method-Override", "PUT")]),
    Row("method: a preflight with a forged identity reaches nobody", None,
        "/any/page", 401, method="OPTIONS",
        send=[("Origin", "https://app.gate.example"),
              ("Access-Control-Request-Method", "POST"), *EMITTED]),
    Row("method: OPTIONS of nobody, without an origin", None, "/any/page", 401,
        method="OPTIONS", send=EMITTED),
    Row("method: OPTIONS of a user reaches the application", "ann", "/any/page",
        method="OPTIONS", send=EMITTED, places=PROGRAMS),
    Row("method: PROPFIND of nobody", None, "/any/page", 401, method="PROPFIND"),
    Row("method: TRACE", None, "/any/page", 401, method="TRACE", on={
        "nginx": Own(405, "it has no TRACE"),
        "apache": Own((401, 405), "TraceEnable Off comes first or last")}),
    Row("method: get is not GET", "bob", "/any/page", 400, method="get", on={
        "nginx": Own(400, "methods are capitals"),
        "lighttpd": Own(501, "methods are capitals")}),
    Row("method: one that nobody knows", "bob", "/form/page", 403, method="BREW",
        reason="not_allowed", send=[HERE], on={
            "lighttpd": Own(501, "no such method")}),
)
