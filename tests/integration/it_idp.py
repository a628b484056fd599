#!/usr/bin/env python3
"""The local identity provider: whoami byte for byte.

What is expected here is what real Kratos does; the provider is only worth
testing against if it differs in nothing that a client can see.
"""

import json
import re
import socket
import time

from idp_world import E1, WHO, ada, admin, bearer, bob, cookie, get, idp, last_case, public, token
from rawhttp import exchange, message, read_response
from tap import case, cases, contains, is_, isnt, like, ok, run, wait_for


TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,8}[1-9])?Z"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
E4 = (b'{"error":{"code":500,"status":"Internal Server Error","message":"securecookie: the value '
      b'is not valid"}}\n')
NO_STORE = "private, no-cache, no-store, must-revalidate"
JUNK = "ory_kratos_session=MTc5NTM1Nzg3OXxq"


# -- whoami: bodies --------------------------------------------------------------------

@case("whoami's body, byte for byte, in Kratos's key order")
def _():
    answer = get(WHO, token(ada), ("User-Agent", "probe/1"))
    expected = (
        '{"id":"SESSION","active":true,"expires_at":"TIME","authenticated_at":"TIME",'
        '"authenticator_assurance_level":"aal1","authentication_methods":[{"method":"password",'
        '"aal":"aal1","completed_at":"TIME"}],"issued_at":"TIME","identity":{"id":"IDENTITY",'
        '"schema_id":"default","schema_url":"BASE/schemas/ZGVmYXVsdA","state":"active",'
        '"state_changed_at":"TIME","traits":{"email":"ada@example.org","name":"Ada \\u0026 '
        '\\u003cLovelace\\u003e"},"verifiable_addresses":[{"id":"UUID","value":"ada@example.org",'
        '"verified":false,"via":"email","status":"pending","created_at":"TIME","updated_at":'
        '"TIME"}],"recovery_addresses":[{"id":"UUID","value":"ada@example.org","via":"email",'
        '"created_at":"TIME","updated_at":"TIME"}],"metadata_public":null,"created_at":"TIME",'
        '"updated_at":"TIME","organization_id":null},"devices":[{"id":"UUID","ip_address":"PEER",'
        '"user_agent":"AGENT","location":""}]}\n')
    pattern = re.escape(expected)
    for word, what in (("SESSION", ada.session_id), ("IDENTITY", ada.id), ("BASE", idp.public),
                       ("TIME", TIME), ("UUID", UUID), ("PEER", r"127\.0\.0\.1:\d+"),
                       ("AGENT", r"Python-urllib/[\d.]+")):
        pattern = pattern.replace(word, what)
    is_(answer.status, 200)
    ok(re.fullmatch(pattern, answer.body.decode()), "the body", answer.body.decode(), pattern)


@cases("times as Go writes them: {0} as {1}", [
    ("2099-01-02T03:04:05Z", "2099-01-02T03:04:05Z"),
    ("2099-01-02T03:04:05.100Z", "2099-01-02T03:04:05.1Z"),
    ("2099-01-02T03:04:05.000000Z", "2099-01-02T03:04:05Z"),
    ("2099-01-02T03:04:05.012345678Z", "2099-01-02T03:04:05.012345678Z"),
    ("2099-01-02T05:04:05.000100+02:00", "2099-01-02T03:04:05.0001Z")])
def _(given, shown):
    who = idp.user()
    idp.session(who.session_id, expires_at=given)
    is_(get(WHO, token(who)).json()["expires_at"], shown)


@case("a verified address says when; an object for a name stays an object")
def _():
    identity = get(WHO, token(bob)).json()["identity"]
    address = identity["verifiable_addresses"][0]
    is_(list(address), ["id", "value", "verified", "via", "status", "verified_at", "created_at",
                        "updated_at"])
    is_((address["verified"], address["status"]), (True, "completed"))
    is_(identity["traits"]["name"], {"first": "Bob", "last": "B"})


@case("an identity without e-mail has no addresses; external_id follows id")
def _():
    who = idp.user(traits={"handle": "x"}, external_id="ext-7")
    identity = get(WHO, token(who)).json()["identity"]
    is_(list(identity)[:3], ["id", "external_id", "schema_id"])
    ok("verifiable_addresses" not in identity and "recovery_addresses" not in identity, "none")


@cases("{0}: 401 is E1, byte for byte", [
    ("no credential", []), ("unknown token", [("X-Session-Token", "ory_st_" + "x" * 32)]),
    ("Bearer of junk", [("Authorization", "Bearer junk")]),
    ("undecodable cookie alone", [("Cookie", JUNK)]),
    ("empty cookie", [("Cookie", "ory_kratos_session=")]),
    ("Basic", [("Authorization", "Basic YTpi")]),
    ("Bearer with two spaces", [("Authorization", "Bearer  " + ada.token)]),
    ("a cookie of another name", [("Cookie", ada.cookie.replace("ory_kratos_session", "s"))]),
])
def _(what, headers):
    answer = get(WHO, *headers)
    is_(answer.status, 401)
    is_(answer.body, E1)
    is_(answer.get("Content-Type"), "application/json")
    is_(answer.get("Ory-Error-Id"), "")
    is_(answer.get("X-Kratos-Authenticated-Identity-Id"), None)


@case("X-Request-ID is echoed in an error between status and reason")
def _():
    answer = get(WHO, ("X-Request-ID", "req-1"))
    is_(answer.body, E1.replace(b'"reason"', b'"request":"req-1","reason"'))


# -- whoami: which credential ----------------------------------------------------------

@cases("credentials: {0}", [
    ("a token in X-Session-Token", [token(ada)], "ada"),
    ("Bearer", [bearer(ada)], "ada"),
    ("bearer in any case", [("Authorization", "bEaReR " + ada.token)], "ada"),
    ("a cookie", [cookie(ada)], "ada"),
    ("X-Session-Token before cookie and Bearer", [token(ada), cookie(bob), bearer(bob)], "ada"),
    ("cookie before Bearer (unlike Gatehouse)", [cookie(ada), bearer(bob)], "ada"),
    ("no fallback from a bad X-Session-Token", [("X-Session-Token", "x"), cookie(ada)], 401),
    ("an empty X-Session-Token is none", [("X-Session-Token", ""), bearer(ada)], "ada"),
    ("the first cookie that decodes", [cookie(JUNK, ada, bob)], "ada"),
    ("cookies in two headers", [("Cookie", "a=b"), ("Cookie", ada.cookie)], "ada"),
    ("an undecodable cookie beside a good Bearer: 500", [("Cookie", JUNK), bearer(ada)], 500),
    ("an undecodable cookie beside a good token: 500", [("Cookie", JUNK), token(ada)], 500),
    ("an undecodable cookie beside a bad token: 401",
     [("Cookie", JUNK), ("X-Session-Token", "x")], 401),
])
def _(what, headers, expected):
    answer = get(WHO, *headers)
    if expected == "ada":
        is_((answer.status, answer.json().get("identity", {}).get("id")), (200, ada.id))
    else:
        is_(answer.status, expected)
        is_(answer.body, {401: E1, 500: E4}[expected])


@case("a dead session's cookie first: 401 even if a living one follows")
def _():
    dead = idp.user()
    idp.delete_session(dead.session_id)
    is_(get(WHO, cookie(dead, ada)).status, 401)


@case("the cookie is opaque, 300 to 450 bytes of base64url, another one each time")
def _():
    value = ada.cookie.partition("=")[2]
    ok(re.fullmatch(r"[A-Za-z0-9_-]{300,450}={0,2}", value), "its form", value)
    ok(ada.token not in value, "no token in it")
    again = idp.call("GET", f"/control/sessions/{ada.session_id}")["cookie"]
    isnt(again, ada.cookie)
    is_(get(WHO, ("Cookie", again)).json()["id"], ada.session_id)


@case("every flipped character of a cookie makes it undecodable")
def _():
    name, _, value = ada.cookie.partition("=")
    for at in range(0, len(value) - 4, 37):
        wrong = value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1:]
        is_(get(WHO, ("Cookie", f"{name}={wrong}")).status, 401, f"position {at}")


# -- whoami: headers and framing -------------------------------------------------------

@case("headers of a 200: no-store for GET, Vary, the identity; no Set-Cookie, no hint")
def _():
    answer = get(WHO, token(ada), ("Accept-Encoding", "gzip, br"), ("Accept", "text/html"))
    names = {name: value for name, value in answer.headers if name != "Date"}
    is_(names, {"Cache-Control": NO_STORE, "Content-Type": "application/json; charset=utf-8",
                "Vary": "Cookie", "X-Kratos-Authenticated-Identity-Id": ada.id,
                "Content-Length": str(len(answer.body)), "Connection": "close"})


@cases("{0} works on whoami, without Cache-Control", ["HEAD", "POST", "PUT", "PATCH", "OPTIONS",
                                                      "TRACE", "DELETE", "PROPFIND"])
def _(method):
    answer = get(WHO, token(ada), method=method)
    is_(answer.status, 200)
    is_(answer.get("Cache-Control"), None)
    is_(answer.get("Vary"), "Cookie")
    is_(answer.body == b"", method == "HEAD")


@case("2048 bytes and more come in chunks, less with Content-Length")
def _():
    for size in (0, 600, 5000):
        who = idp.user(traits={"pad": "x" * size})
        answer = get(WHO, token(who))
        chunked = answer.get("Transfer-Encoding") == "chunked"
        is_(chunked, len(answer.body) >= 2048, f"{len(answer.body)} bytes")
        is_(answer.get("Content-Length") is None, chunked)
        is_(answer.json()["identity"]["traits"]["pad"], "x" * size)


@cases("{0}: {1}", [(WHO + "/", 404), ("/nothing", 404), ("//sessions/whoami", 307),
                    ("/admin/identities", 307), ("/health/alive", 200), ("/health/ready", 200)])
def _(target, status):
    answer = get(target, token(ada))
    is_(answer.status, status)
    if target.startswith("/health"):
        is_(answer.body, b'{"status":"ok"}\n')


@case("the admin listener sends whoami to the public one")
def _():
    for target in (WHO, "/admin" + WHO):
        answer = admin("GET", target)
        is_((answer.status, answer.get("Location")), (307, idp.public + WHO))


@case("one connection serves many requests, also when they arrive in one piece or byte by byte")
def _():
    one = message("GET", WHO, [token(ada), ("Connection", "keep-alive")])
    with socket.create_connection(public(), 5) as sock:
        for _ in range(3):
            sock.sendall(one)
            is_(read_response(sock, "GET").status, 200)
        for byte in one:
            sock.sendall(bytes([byte]))
        is_(read_response(sock, "GET").status, 200)
        last = message("GET", WHO, [token(bob)])
        sock.sendall(one + last)
        data = b""
        while piece := sock.recv(65536):
            data += piece
        is_(data.count(b"HTTP/1.1 200 OK"), 2)
        contains(data, bob.id.encode())


@cases("malformed: {0}", [("no version", b"GET /\r\n\r\n", 400),
                          ("a header without colon", b"GET / HTTP/1.1\r\nbad\r\n\r\n", 400),
                          ("negative length", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
                          ("endless header", b"GET / HTTP/1.1\r\nA: " + b"x" * 70000, 431)])
def _(what, data, status):
    is_(exchange(public(), data).status, status)


# -- sessions that end, change, need more ----------------------------------------------

@cases("{0}: 401", [
    ("expired", lambda u: idp.session(u.session_id, expires_at=time.time() - 1)),
    ("revoked", lambda u: idp.delete_session(u.session_id)),
    ("made inactive", lambda u: idp.session(u.session_id, active=False)),
    ("identity disabled", lambda u: idp.disable(u.id)),
    ("identity deleted", lambda u: idp.delete_identity(u.id)),
    ("all its sessions deleted",
     lambda u: idp.call("DELETE", f"/admin/identities/{u.id}/sessions")),
])
def _(what, end):
    who = idp.user()
    is_(get(WHO, token(who)).status, 200)
    end(who)
    for header in (token(who), bearer(who), cookie(who)):
        is_(get(WHO, header).body, E1)


@case("a disabled identity that is active again is let in again")
def _():
    who = idp.user()
    idp.disable(who.id)
    idp.disable(who.id, "active")
    is_(get(WHO, token(who)).status, 200)


@case("aal1 of a user with a second factor: E3, byte for byte; 200 with required_aal=aal1")
def _():
    who = idp.user(aal2=True)
    answer = get(WHO, token(who), ("X-Request-ID", "req-1"))
    url = idp.public + "/self-service/login/browser?aal=aal2"
    is_(answer.body, (
        '{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","reason":"An '
        "active session was found but it does not fulfill the requested Authenticator Assurance "
        'Level. Please verify yourself with a second factor to resolve this issue.","details":'
        f'{{"redirect_browser_to":"{url}"}},"message":"Session does not fulfill the requested '
        f'Authenticator Assurance Level"}},"redirect_browser_to":"{url}"}}\n').encode())
    is_((answer.status, answer.get("Ory-Error-Id")), (403, "session_aal2_required"))
    idp.config(required_aal="aal1")
    body = get(WHO, token(who)).json()
    idp.config(required_aal="highest_available")
    is_(body["authenticator_assurance_level"], "aal1")
    idp.session(who.session_id, aal="aal2")
    body = get(WHO, token(who)).json()
    is_((body["authenticator_assurance_level"], len(body["authentication_methods"])), ("aal2", 2))


@case("after an extend the cookie is issued anew, once it is used, not before and not twice")
def _():
    who = idp.user()
    is_(get(WHO, cookie(who)).all("Set-Cookie"), [])
    before = get(WHO, token(who)).json()["expires_at"]
    idp.config(session_lifespan="48h")
    answer = admin("PATCH", f"/admin/sessions/{who.session_id}/extend")
    is_(answer.status, 200)
    ok(answer.json()["expires_at"] > before, "a later expiry")
    is_(get(WHO, token(who)).all("Set-Cookie"), [], "to a token")
    issued = get(WHO, cookie(who)).all("Set-Cookie")
    is_(len(issued), 1)
    like(issued[0], r"^ory_kratos_session=[\w-]{300,}=*; Path=/; Expires=\w{3}, .* GMT; "
                    r"Max-Age=1727\d\d; HttpOnly; SameSite=Lax$")
    fresh = issued[0].partition(";")[0]
    isnt(fresh, who.cookie)
    answer = get(WHO, ("Cookie", fresh))
    is_((answer.status, answer.all("Set-Cookie")), (200, []))
    idp.config(session_lifespan="24h")


@case("a cookie older than the session lifespan stops decoding")
def _():
    who = idp.user()
    idp.config(session_lifespan="1s")
    answer = wait_for(lambda: (a := get(WHO, cookie(who))).status == 401 and a, 4, "401")
    is_(answer.body, E1)
    both = get(WHO, cookie(who), token(who))
    idp.config(session_lifespan="24h")
    is_(both.json()["error"]["message"], "securecookie: expired timestamp")


@case("Ory-Session-Cache-For only with cacheable_sessions: life, cap, and 60 for no credential")
def _():
    idp.config(cacheable_sessions=True)
    hint = int(get(WHO, token(ada)).get("Ory-Session-Cache-For"))
    ok(86000 < hint <= 86400, "the remaining life", str(hint))
    idp.config(cacheable_sessions_max_age="30s")
    is_(get(WHO, token(ada)).get("Ory-Session-Cache-For"), "30")
    is_(get(WHO).get("Ory-Session-Cache-For"), "60")
    is_(get(WHO, ("X-Session-Token", "x")).get("Ory-Session-Cache-For"), None)
    is_(get(WHO, token(idp.user(aal2=True))).get("Ory-Session-Cache-For"), None)
    idp.clear()
    is_(get(WHO).get("Ory-Session-Cache-For"), None)


# -- tokenize_as -----------------------------------------------------------------------

@cases("tokenize_as {0}: {1} {2}", [
    ("none", 400, 'Unable to find tokenizer template "none".'),
    ("jsonnet", 400, "Unable to execute tokenizer JsonNet."),
    ("noalg", 400, "The JSON Web Key must include"), ("ext", 400, "external ID"),
    ("fetch", 500, ""),
])
def _(template, status, reason):
    idp.config(tokenizer={"jsonnet": {"fail": "jsonnet"}, "noalg": {"fail": "no_alg"},
                          "fetch": {"fail": "key_fetch"}, "ext": {"subject_source": "external_id"}})
    answer = get(WHO + "?tokenize_as=" + template, token(ada))
    is_(answer.status, status)
    contains(answer.json()["error"].get("reason", ""), reason)


@case("tokenize_as: an ES256 JWT as the last member, refused by whoami itself")
def _():
    from base64 import urlsafe_b64decode
    idp.config(tokenizer={"my tpl/1": {"ttl": "90s", "claims": {"role": "x"}}},
               cacheable_sessions=True)
    answer = get(WHO + "?tokenize_as=my+tpl%2F1", token(ada))
    body = answer.json()
    is_(list(body)[-1], "tokenized")
    is_(answer.get("Ory-Session-Cache-For"), None)
    head, claims = (json.loads(urlsafe_b64decode(part + "=="))
                    for part in body["tokenized"].split(".")[:2])
    is_((head["alg"], head["typ"]), ("ES256", "JWT"))
    is_(head["kid"], idp.call("GET", "/control/jwks")["keys"][0]["kid"])
    is_((claims["sub"], claims["sid"], claims["iss"], claims["role"], claims["exp"] -
         claims["iat"]), (ada.id, ada.session_id, idp.public, "x", 90))
    is_(get(WHO, ("X-Session-Token", body["tokenized"])).status, 401)
    idp.clear()


last_case()

if __name__ == "__main__":
    run()
