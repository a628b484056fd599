"""Which credential counts, that it is one, and that nothing else is."""

from api_case import Own, Row, Absent, case, equal, expect, rows

MISSING = "missing session token"
INVALID = "invalid session token"
UNKNOWN = "ory_st_" + "Q" * 32


NGINX_ONE = {"nginx": Own(400, "nginx refuses a second Authorization header")}


def bearer(value):
    return [("Authorization", "Bearer " + value)]


rows(
    Row("no credential", "GET", "/user/profile", 401, message=MISSING,
        head={"WWW-Authenticate": "^Bearer"}, quiet=True),
    Row("no credential, writing", "POST", "/user/preferences", 401, body="{}",
        message=MISSING, quiet=True),
    Row("Bearer", "GET", "/user/profile", 200, who="bearer"),
    Row("X-Session-Token", "GET", "/user/profile", 200, who="xst"),
    Row("the session cookie", "GET", "/user/profile", 200, who="cookie"),
    Row("bearer in small letters", "GET", "/user/profile", 200,
        send=[("Authorization", "bearer {token}")]),
    Row("BEARER in capitals", "GET", "/user/profile", 200,
        send=[("Authorization", "BEARER {token}")]),
    Row("bEaReR", "GET", "/user/profile", 200,
        send=[("Authorization", "bEaReR {token}")]),
    Row("a bare token without a scheme is refused", "GET", "/user/profile", 401,
        send=[("Authorization", "{token}")], quiet=True),
    Row("another scheme is refused", "GET", "/user/profile", 401,
        send=[("Authorization", "Token {token}")], quiet=True),
    Row("Bearer without a token", "GET", "/user/profile", 401,
        send=[("Authorization", "Bearer")], quiet=True),
    Row("an empty Authorization is none", "GET", "/user/profile", 401,
        send=[("Authorization", "")], message=MISSING, quiet=True),
    Row("an empty X-Session-Token is none", "GET", "/user/profile", 401,
        send=[("X-Session-Token", "")], message=MISSING, quiet=True),
    Row("an empty X-Session-Token beside a good Bearer", "GET", "/user/profile",
        200, who="bearer", send=[("X-Session-Token", "")]),
    Row("an unknown token", "GET", "/user/profile", 401, message=INVALID,
        send=bearer(UNKNOWN)),
    Row("an unknown X-Session-Token", "GET", "/user/profile", 401,
        message=INVALID, send=[("X-Session-Token", UNKNOWN)]),
    Row("an unknown cookie", "GET", "/user/profile", 401, message=INVALID,
        send=[("Cookie", "ory_kratos_session=" + "A" * 300)]),
    Row("Basic is none of ours: alone it is missing", "GET", "/user/profile",
        401, send=[("Authorization", "Basic YWRtaW46eA==")], message=MISSING,
        quiet=True),
    Row("Basic beside a good cookie: the cookie counts", "GET", "/user/profile",
        200, who="cookie", send=[("Authorization", "Basic YWRtaW46eA==")]),

    # What can not be an Ory token is refused without asking.
    Row("a token with a dot (a JWT) never reaches the provider", "GET",
        "/user/profile", 401, send=bearer("eyJhbGciOiJSUzI1NiJ9.e30.c2ln"),
        message=INVALID, quiet=True),
    Row("a token of 19 bytes", "GET", "/user/profile", 401,
        send=bearer("a" * 19), message=INVALID, quiet=True),
    Row("a token of 257 bytes", "GET", "/user/profile", 401,
        send=bearer("a" * 257), message=INVALID, quiet=True),
    Row("a token of 256 bytes is asked for", "GET", "/user/profile", 401,
        send=bearer("a" * 256), message=INVALID),
    Row("a token with a quote", "GET", "/user/profile", 401,
        send=bearer('ory_st_"' + "a" * 31), quiet=True),
    Row("a token with a comma", "GET", "/user/profile", 401,
        send=bearer("ory_st_," + "a" * 31), quiet=True),
    Row("a token with a space inside", "GET", "/user/profile", 401,
        send=bearer("{token} {token}"), quiet=True),
    Row("a token with a percent sign", "GET", "/user/profile", 401,
        send=bearer("ory_st_%0a" + "a" * 31), quiet=True),
    Row("a token outside ASCII", "GET", "/user/profile", 401,
        send=bearer("ory_st_\u00e9" + "a" * 31), quiet=True),
    Row("an X-Session-Token with a semicolon", "GET", "/user/profile", 401,
        send=[("X-Session-Token", "ory_st_;" + "a" * 31)], quiet=True),

    # A refused header never falls back to something better.
    Row("a bad Bearer beside a good cookie", "GET", "/user/profile", 401,
        who="cookie", send=bearer(UNKNOWN), message=INVALID),
    Row("an impossible Bearer beside a good cookie", "GET", "/user/profile", 401,
        who="cookie", send=bearer("short"), message=INVALID, quiet=True),
    Row("a bad X-Session-Token beside a good Bearer", "GET", "/user/profile",
        401, who="bearer", send=[("X-Session-Token", UNKNOWN)], message=INVALID),

    # Two of one kind are refused, equal or not.
    Row("two different Authorization headers", "GET", "/user/profile", 401,
        who="bearer", send=bearer("{other.token}"), quiet=True, on=NGINX_ONE),
    Row("the same Authorization twice", "GET", "/user/profile", 401,
        who="bearer", send=bearer("{token}"), quiet=True, on=NGINX_ONE),
    Row("two different X-Session-Token headers", "GET", "/user/profile", 401,
        who="xst", send=[("X-Session-Token", "{other.token}")], quiet=True),
    Row("two tokens in one header", "GET", "/user/profile", 401,
        send=bearer("{token}, Bearer {other.token}"), quiet=True),
    Row("Basic and Bearer together", "GET", "/user/profile", 401,
        who="bearer", send=[("Authorization", "Basic YWRtaW46eA==")], quiet=True,
        on=NGINX_ONE),

    # Cookies by other names.
    Row("a cookie with a longer name", "GET", "/user/profile", 401,
        send=[("Cookie", "x{cookie}")], message=MISSING, quiet=True),
    Row("a cookie name in capitals", "GET", "/user/profile", 401,
        send=[("Cookie", "ORY_KRATOS_SESSION=" + "A" * 300)], message=MISSING,
        quiet=True),
    Row("an empty session cookie is none", "GET", "/user/profile", 401,
        send=[("Cookie", "ory_kratos_session=")], message=MISSING, quiet=True),
    Row("nonsense for a Cookie header", "GET", "/user/profile", 401,
        send=[("Cookie", "; =; ;;, a=b=c; \"")], message=MISSING, quiet=True),
    Row("the cookie among others", "GET", "/user/profile", 200,
        send=[("Cookie", "a=1; {cookie}; z=2")]),
    Row("the cookie without spaces", "GET", "/user/profile", 200,
        send=[("Cookie", "a=1;{cookie};z=2")]),
    Row("two Cookie headers, the session in the second", "GET", "/user/profile",
        200, send=[("Cookie", "a=1"), ("Cookie", "{cookie}")]),
    Row("two Cookie headers, the session in the first", "GET", "/user/profile",
        200, send=[("Cookie", "{cookie}"), ("Cookie", "z=2")]),

    # Exemptions that were holes elsewhere.
    Row("a health checker's User-Agent opens nothing", "GET", "/user/profile",
        401, send=[("User-Agent", "kube-probe/1.30")], message=MISSING),
    Row("X-Original-URI naming a public route opens nothing", "GET",
        "/user/profile", 401, send=[("X-Original-URI", "/healthz"),
                                    ("X-Original-Method", "OPTIONS")]),
    Row("X-Forwarded-Uri naming a public route opens nothing", "GET",
        "/user/profile", 401, send=[("X-Forwarded-Uri", "/healthz"),
                                    ("X-Forwarded-Method", "OPTIONS"),
                                    ("X-Forwarded-Prefix", "/healthz"),
                                    ("X-Forwarded-Host", "localhost"),
                                    ("X-Forwarded-For", "127.0.0.1")]),
    Row("every identity header we emit, and no credential", "GET",
        "/user/profile", 401, message=MISSING, quiet=True,
        send=[("X-Auth-User", "{id}"), ("X-Auth-Provider", "ory"),
              ("X-Auth-Email", "{email}"), ("X-Auth-Session", "{id}"),
              ("X-Auth-Aal", "aal2"), ("Remote-User", "{id}"),
              ("X-Auth-Roles", "admin"), ("Variable-AUTH-USER", "{id}")]),
    Row("GATEHOUSE_ names can not come from a client", "GET", "/user/profile",
        401, send=[("GATEHOUSE-ROLE", "AUTHORIZER"),
                   ("GATEHOUSE-ORIGINAL-URI", "/healthz")]),
    Row("a Proxy header does not redirect our own calls", "GET",
        "/user/profile", 200, who="bearer",
        send=[("Proxy", "http://127.0.0.1:9/")]),
    Row("a foreign Host decides nothing", "GET", "/user/profile", 200,
        who="bearer", how={"host": "evil.example"}),
    Row("HTTP/1.0 without a Host", "GET", "/user/profile", 200, who="bearer",
        how={"host": None, "version": "HTTP/1.0"}),
)


@case("identity headers that name somebody else change nothing")
def identity_headers(api):
    me, you = api.user(), api.user()
    for names in (("X-Auth-User", "X-Forwarded-User"),
                  ("Remote-User", "X-User-Id"), ("X_Auth_User", "X-Remote-User")):
        answer = api.get(me, headers=[(n, you.id) for n in names])
        equal(answer.json()["userId"], me.id, f"userId with {names}")
    equal(api.rows_of(you), 0, "rows of the other")


@case("X-Session-Token before Bearer before cookie")
def precedence(api):
    a, b, c = api.user(), api.user(), api.user()
    answer = api.call("GET", "/user/profile", [
        ("Cookie", c.cookie), ("Authorization", "Bearer " + b.token),
        ("X-Session-Token", a.token)])
    equal(answer.json()["userId"], a.id, "of three")
    answer = api.call("GET", "/user/profile", [
        ("Cookie", c.cookie), ("Authorization", "Bearer " + b.token)])
    equal(answer.json()["userId"], b.id, "of Bearer and cookie")


def upstream(api, headers, method="GET", target="/user/profile"):
    api.idp.reset_requests()
    answer = api.call(method, target, headers)
    seen = api.idp.whoami_requests()
    equal(len(seen), 1, "whoami calls")
    return answer, seen[0]


@case("upstream: a Bearer goes as X-Session-Token and nothing else")
def forwards_bearer(api):
    user = api.user()
    _, seen = upstream(api, [("Authorization", "Bearer " + user.token),
                             ("Cookie", "a=1; " + user.cookie),
                             ("X-Forwarded-For", "6.6.6.6")])
    equal(seen.all("X-Session-Token"), [user.token], "X-Session-Token")
    for name in ("Authorization", "Cookie", "X-Forwarded-For", "Accept-Encoding"):
        equal(seen.all(name), [], name)
    equal((seen.method, seen.path), ("GET", "/sessions/whoami"), "request")
    equal(seen.all("Accept"), ["application/json"], "Accept")


@case("upstream: the session cookie alone, its bytes untouched")
def forwards_cookie(api):
    user = api.user()
    _, seen = upstream(api, [("Cookie", f"a=1; {user.cookie}; csrf=secret")])
    equal(seen.all("Cookie"), [user.cookie], "Cookie")
    for name in ("Authorization", "X-Session-Token"):
        equal(seen.all(name), [], name)


@case("upstream: two session cookies both go, in their order")
def forwards_two_cookies(api):
    one, two = api.user(), api.user()
    answer, seen = upstream(api, [("Cookie", f"{one.cookie}; {two.cookie}")])
    equal(seen.all("Cookie"), [f"{one.cookie}; {two.cookie}"], "Cookie")
    equal(answer.json()["userId"], one.id, "the first that decodes")


@case("upstream: a HEAD asks with GET")
def head_asks_with_get(api):
    user = api.user()
    _, seen = upstream(api, [("Authorization", "Bearer " + user.token)], "HEAD")
    equal(seen.method, "GET", "method")


@case("upstream: the User-Agent is ours, not the client's")
def own_user_agent(api):
    user = api.user()
    _, seen = upstream(api, [("Authorization", "Bearer " + user.token),
                             ("User-Agent", "evil/1.0")])
    equal(len(seen.all("User-Agent")), 1, "User-Agent headers")
    expect("evil" not in seen.all("User-Agent")[0], "the client's User-Agent")


@case("two users at the same time each see themselves")
def no_mix_up(api):
    users = [api.user() for _ in range(4)]
    for _ in range(3):
        for user in users:
            equal(api.profile(user)["userId"], user.id, "userId")


@case("an underscore spelling of X-Session-Token is not the header",
      on={"lighttpd": Absent("lighttpd before 1.4.83 makes one name of both"),
          "direct": Absent("there is no spelling in FastCGI")})
def underscore_spelling(api):
    user = api.user()
    answer = api.call("GET", "/user/profile", [("X_Session_Token", user.token)])
    equal(answer.status, 401, "status")
