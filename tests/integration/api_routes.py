"""Which addresses and methods exist: 404, 405, Allow, OPTIONS, HEAD."""

from api_case import Own, Row, case, equal, expect, rows

TRACE = {"apache": Own(405, "TraceEnable Off: Apache answers TRACE itself"),
         "nginx": Own(405, "nginx never passes TRACE on")}
CASE = {"nginx": Own(400, "nginx refuses a method in small letters"),
        "lighttpd": Own(501, "lighttpd knows the methods it passes on")}
UNKNOWN = {"lighttpd": Own(501, "lighttpd knows the methods it passes on")}

# route, its methods
ROUTES = (
    ("/healthz", ("GET", "HEAD", "OPTIONS")),
    ("/readyz", ("GET", "HEAD", "OPTIONS")),
    ("/auth/login-info", ("GET", "HEAD", "OPTIONS")),
    ("/user/profile", ("GET", "HEAD", "OPTIONS")),
    ("/user/preferences", ("OPTIONS", "POST")),
)


def allowed(answer):
    return sorted(m.strip() for m in answer.get("Allow", "").split(","))


def refuses(route, methods, method, body):
    @case(f"{method} {route}: 405 that names the allowed methods")
    def wrong_method(api):
        answer = api.call(method, route, body=body)
        equal(answer.status, 405, "status, without a credential")
        equal(allowed(answer), sorted(methods), "Allow")


def offers(route, methods):
    @case(f"OPTIONS {route}: 204 with Allow and no CORS")
    def options(api):
        answer = api.call("OPTIONS", route)
        equal(answer.status, 204, "status")
        equal(allowed(answer), sorted(methods), "Allow")
        expect(not [k for k, _ in answer.headers
                    if k.lower().startswith("access-control-")], "CORS headers")


for _route, _methods in ROUTES:
    for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        if _method not in _methods:
            _body = b"" if _method in ("POST", "PUT", "PATCH") else None
            refuses(_route, _methods, _method, _body)
    offers(_route, _methods)

rows(
    Row("GET /healthz", "GET", "/healthz", 200, quiet=True),
    Row("GET /healthz/: one trailing slash is accepted", "GET", "/healthz/", 200),
    Row("GET /readyz/", "GET", "/readyz/", 200),
    Row("GET /auth/login-info/", "GET", "/auth/login-info/", 200),
    Row("GET /user/profile/ is the same route", "GET", "/user/profile/", 200,
        who="bearer"),
    Row("POST /user/preferences/ is the same route", "POST",
        "/user/preferences/", 200, who="bearer", body="{}"),
    Row("a health check's query is ignored", "GET", "/healthz?verbose=1", 200),
    Row("an empty query is no query", "GET", "/healthz?", 200),
    Row("HEAD /healthz has no body", "HEAD", "/healthz", 200),
    Row("HEAD /readyz has no body", "HEAD", "/readyz", 200),
    Row("HEAD /auth/login-info has no body", "HEAD", "/auth/login-info", 200),
    Row("HEAD /user/profile has no body", "HEAD", "/user/profile", 200,
        who="bearer", head={"Content-Type": "^application/json$"}),
    Row("HEAD /user/profile without a credential", "HEAD", "/user/profile", 401),
    Row("PROPFIND is refused", "PROPFIND", "/user/profile", 405),
    Row("MKCOL is refused", "MKCOL", "/user/preferences", 405),
    Row("TRACE is refused", "TRACE", "/user/profile", 405, on=TRACE),
    Row("get in small letters is no GET", "get", "/user/profile", 405, on=CASE),
    Row("BREW is refused", "BREW", "/user/profile", 405, on=UNKNOWN),
    Row("X-HTTP-Method-Override does not turn GET into POST", "GET",
        "/user/preferences", 405, who="bearer",
        send=[("X-HTTP-Method-Override", "POST")]),
    Row("X-HTTP-Method-Override does not turn POST into GET", "POST",
        "/user/profile", 405, who="bearer", body="",
        send=[("X-HTTP-Method-Override", "GET")]),

    Row("an unknown address: 404 before any question who asks", "GET",
        "/user/nothing", 404, message="endpoint not found", quiet=True),
    Row("a known user at an unknown address", "GET", "/user/nothing", 404,
        who="bearer", quiet=True),
    Row("/user alone", "GET", "/user", 404),
    Row("/user/ alone", "GET", "/user/", 404),
    Row("/auth/ alone", "GET", "/auth/", 404),
    Row("an address below a route", "GET", "/user/profile/picture", 404),
    Row("a longer name", "GET", "/user/profiles", 404),
    Row("a shorter name", "GET", "/user/profil", 404),
    Row("names are case-sensitive", "GET", "/user/Profile", 404),
    Row("two trailing slashes are ambiguous", "GET", "/user/profile//", 400),
    Row("POST to an unknown address", "POST", "/user/nothing", 404, body="{}"),
    Row("HEAD of an unknown address has no body", "HEAD", "/user/nothing", 404),
    Row("OPTIONS of an unknown address", "OPTIONS", "/user/nothing", 404),
    Row("a hook nobody configured", "POST", "/hooks/nobody", 404, body="{}"),
    Row("metrics are off unless asked for", "GET", "/metrics", 404),
)


@case("login-info names every address of the provider, without asking it")
def login_info(api):
    api.idp.reset_counters()
    info = api.call("GET", "/auth/login-info").json()
    base = api.public + "/.ory"
    flow = base + "/self-service/"
    for key, wanted in {
            "provider": "ory", "oryUrl": base,
            "loginUrl": flow + "login/browser",
            "registrationUrl": flow + "registration/browser",
            "logoutUrl": flow + "logout/browser",
            "stepUpUrl": flow + "login/browser?aal=aal2",
            "recoveryUrl": flow + "recovery/browser",
            "settingsUrl": flow + "settings/browser"}.items():
        equal(info.get(key), wanted, key)
    equal(list(info)[:2], ["provider", "oryUrl"], "first keys")
    equal(info["native"]["loginUrl"], flow + "login/api", "native.loginUrl")
    equal(info["accepts"]["headers"], ["Authorization", "X-Session-Token"],
          "accepts.headers")
    expect("ory_kratos_session" in info["accepts"]["cookies"], "accepts.cookies")
    equal(sum(api.idp.counters().values()), 0, "calls to the provider")


@case("login-info tells nothing of the inside: no upstream address, no DSN")
def login_info_is_public(api):
    text = api.call("GET", "/auth/login-info").body.decode()
    for secret in (api.idp.public, api.pg.url, "postgresql:"):
        expect(secret not in text, f"found {secret}")


@case("login-info ignores a credential, also a bad one")
def login_info_with_credential(api):
    answer = api.call("GET", "/auth/login-info",
                      [("Authorization", "Bearer nonsense")])
    equal(answer.status, 200, "status")


@case("readyz says what is fine")
def readyz(api):
    answer = api.call("GET", "/readyz")
    equal(answer.status, 200, "status")
    body = answer.json()
    equal(list(body), ["status", "parts"], "keys")
    equal(body["status"], "ok", "status")
    expect({"database", "migrations", "providers"} <= set(body["parts"]), "parts")
    equal(list(body["parts"]["providers"]), ["ory"], "providers")


@case("HEAD of a new user's profile writes nothing")
def head_writes_nothing(api):
    user = api.user()
    answer = api.call("HEAD", "/user/profile",
                      [("Authorization", "Bearer " + user.token)])
    equal(answer.status, 200, "status")
    equal(api.rows_of(user), 0, "rows")


@case("OPTIONS asks nobody who is there")
def options_asks_nobody(api):
    user = api.user()
    api.idp.reset_counters()
    answer = api.call("OPTIONS", "/user/profile",
                      [("Authorization", "Bearer " + user.token)])
    equal(answer.status, 204, "status")
    equal(api.idp.counters().get("whoami", 0), 0, "calls to the provider")


@case("static files stay with the web server")
def static_files(api):
    answer = api.call("GET", "/word.txt", ours=False)
    if "direct" in api.tags:
        equal(answer.status, 404, "status without a web server")
    else:
        equal(answer.body.decode(), api.mount.word, "the file")
