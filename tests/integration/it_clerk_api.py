#!/usr/bin/env python3
"""The Clerk tutorial's client, unchanged, behind real web servers: profile, preferences and
login-info.

The client sends what Clerk gave it, as a Bearer token or as cookies, and knows
nothing of us.
"""

import base64
import json
from urllib.parse import quote

from token_world import INVALID, JSON, MISSING, SITE, Gate, World, is_, ok
import child
import mounts
from api_case import check_error, check_headers, check_identity_headers
from tap import Skip, case, cases, contains, run

SERVERS = ("lighttpd_spawn", "fcgid", "nginx")
world = World()
clerk, about = world.clerk, world.about
TWIN = "_" + about["suffix"]
ORIGIN = ("Origin", SITE)
running = {}


def server(name):
    """Gatehouse behind that server, started when it is first wanted."""
    if name not in running:
        try:
            mount = mounts.make(name)
            mount.start(world.conf())
        except child.Missing as missing:
            raise Skip(str(missing)) from None
        running[name] = mount
    return running[name]


def credential(how, user):
    if how == "header":
        return ("Authorization", "Bearer " + user.jwt)
    if how == "cookies":
        return ("Cookie", "theme=x; " + user.cookie)
    plain = {n: v for n, v in user.cookies.items() if not n.endswith(TWIN)}
    return ("Cookie", "; ".join(f"{n}={v}" for n, v in plain.items()))


def call(mount, method, target, *headers, body=None):
    answer = mount.request(method, target, list(headers), body)
    check_headers(answer)
    if answer.status >= 400:
        check_error(answer)
    return answer


def each(name):
    return cases(name, [(s, how) for s in SERVERS
                        for how in ("header", "cookies", "plain cookies")])


@each("{0}, {1}: the first profile has the primary verified address, the name, and the defaults")
def _(where, how):
    mount = server(where)
    user = clerk.user(first_name="Ada", last_name="Lovelace")
    answer = call(mount, "GET", "/user/profile", credential(how, user))
    is_(answer.status, 200, answer.body.decode())
    is_(answer.body.decode(), json.dumps(
        {"userId": user.id, "email": user.email, "name": "Ada Lovelace", "theme": "light",
         "notifications": True}, separators=(",", ":")))
    is_(answer.get("Content-Type"), "application/json")
    check_identity_headers(answer)
    is_(call(mount, "HEAD", "/user/profile", credential(how, user)).body, b"")
    is_(world.pg.psql(f"SELECT provider FROM user_profile WHERE user_id = '{user.id}'"), "clerk")


@each("{0}, {1}: preferences are kept, and come back")
def _(where, how):
    mount, user = server(where), clerk.user()
    for body, seen in ((b'{"theme":"dark","bio":"\xc3\xa9t\xc3\xa9"}', ("dark", True, "été")),
                       (b'{"notifications":false}', ("dark", False, "été")),
                       (b'{"bio":null}', ("dark", False, None))):
        answer = call(mount, "POST", "/user/preferences", credential(how, user), ORIGIN, JSON,
                      body=body)
        is_((answer.status, answer.body), (200, b'{"success":true}'))
        profile = call(mount, "GET", "/user/profile", credential(how, user)).json()
        is_((profile["theme"], profile["notifications"], profile.get("bio")), seen)


@each("{0}, {1}: a token that is over is 401, and nothing of it comes back")
def _(where, how):
    mount, user = server(where), clerk.user()
    old = clerk.token(user_id=user.id, expires_in_seconds=-60, claims={"note": "canary-5f1d"})
    user.jwt = old
    user.cookies.update({n: old for n in user.cookies if n.startswith("__session")})
    user.cookie = "; ".join(f"{n}={v}" for n, v in user.cookies.items())
    for method, target, more, body in (("GET", "/user/profile", (), None),
                                       ("POST", "/user/preferences", (ORIGIN, JSON), b"{}")):
        answer = call(mount, method, target, credential(how, user), *more, body=body)
        is_((answer.status, answer.body), (401, INVALID))
        ok("canary" not in str(answer.headers), "headers", answer)


@cases("{0}: without a credential, and with cookies of others", [(s,) for s in SERVERS])
def _(where):
    mount = server(where)
    for headers in ([], [("Cookie", "a=b; __client_uat=0; __sessionx=y")],
                    [("Authorization", "Basic YWRhOng=")]):
        answer = call(mount, "GET", "/user/profile", *headers)
        is_((answer.status, answer.body), (401, MISSING))


@cases("{0}: a form on another site can change nothing with the visitor's cookies",
       [(s,) for s in SERVERS])
def _(where):
    mount, user = server(where), clerk.user()
    cookie = credential("cookies", user)
    for headers, status in (([("Origin", "https://evil.example"), JSON], 403), ([JSON], 403),
                            ([ORIGIN, ("Content-Type", "text/plain")], 415)):
        is_(call(mount, "POST", "/user/preferences", cookie, *headers, body=b"{}").status, status)


@cases("{0}: login-info of the stand-in, byte by byte", [(s,) for s in SERVERS])
def _(where):
    answer = call(server(where), "GET", "/auth/login-info")
    host = clerk.url.removeprefix("http://")
    is_(answer.body.decode(),
        '{"provider":"clerk","publishableKey":"%s","frontendApi":"%s","loginUrl":"",'
        '"registrationUrl":"","logoutUrl":""}' % (about["publishable_key"], host))
    is_(answer.get("Content-Type"), "application/json")


@cases("{0}: it stops cleanly; no token stands in a log; nothing complained", [
    (s,) for s in SERVERS])
def _(where):
    mount = running.get(where)
    if mount is None:
        raise Skip("it did not run")
    text = "\n".join(mount.scratch.tail("gatehouse.log", 1 << 30))
    status, complaints = mount.stop(), mount.complaints()
    ok("eyJ" not in text and about["secret_key"] not in text, "log", text[-300:])
    contains(text, "/user/profile")
    is_((status, complaints), (0, []))
    mount.close()


# -- who the profile is of --------------------------------------------------------------------

gate = None


def profile(user):
    seen = gate.bearer(clerk.token(user_id=user.id))
    is_(seen.status, 200, repr(seen))
    return seen.json()


@case("the address is the primary one when it is verified, never the first or an unverified one")
def _():
    global gate
    gate = world.gate()
    for verified, email in ((True, True), (False, False), (None, False), ("failed", False),
                            ("expired", False), ("transferable", False), ("verified", True),
                            ("Verified", False)):
        user = clerk.user(verified=verified)
        is_(profile(user)["email"], user.email if email else "", f"verified {verified!r}")
    is_(profile(clerk.user(""))["email"], "", "no address")
    is_(profile(clerk.user(user={"primary_email_address_id": None}))["email"], "")
    is_(profile(clerk.user(user={"primary_email_address_id": "idn_gone"}))["email"], "")


@cases("the name of {0!r} and {1!r} is {2!r}", [
    ("Ada", "Lovelace", "Ada Lovelace"), ("Ada", None, "Ada"), (None, "Lovelace", "Lovelace"),
    (" Ada ", "  ", "Ada"), ("", "", None), (None, None, None), ("Zoë", "Ωmega", "Zoë Ωmega"),
    ("José María", "de la Cruz", "José María de la Cruz")])
def _(first, last, name):
    fields = {k: v for k, v in (("first_name", first), ("last_name", last)) if v is not None}
    is_(profile(clerk.user(**fields)).get("name"), name)


@case("nothing else of the user comes out: not the other address, no metadata")
def _():
    user = clerk.user(first_name="Ada")
    seen = gate.bearer(clerk.token(user_id=user.id))
    for secret in ("old." + user.email, "canary", "metadata"):
        ok(secret not in seen.body.decode() + json.dumps(gate.log()), secret, seen)


@case("one look-up serves the profiles of a user; preferences and refusals need none")
def _():
    user = clerk.user()
    before = world.calls().get("clerk_users", 0)
    for _ in range(3):
        gate.write(clerk.token(user_id=user.id)).is_allowed()
        gate.write(clerk.token(user_id=user.id, claims={"sts": "pending"}))
    is_(world.calls().get("clerk_users", 0), before)
    for _ in range(5):
        profile(user)
    is_(world.calls()["clerk_users"], before + 1)


# -- login-info ---------------------------------------------------------------------------------

REAL = "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk"
PORTAL = "https://foo-bar-13.accounts.dev"


def pk(kind, host):
    return f"pk_{kind}_" + base64.b64encode(f"{host}$".encode()).decode()


def info(key, login, registration, logout, host):
    return ('{"provider":"clerk","publishableKey":"%s","frontendApi":"%s","loginUrl":"%s",'
            '"registrationUrl":"%s","logoutUrl":"%s"}' % (key, host, login, registration, logout))


BACK = SITE + "/app?a=1&b=2#x"
AT = "?redirect_url=" + quote(BACK, "")
LIVE = pk("live", "clerk.gate.example")
PLAIN = pk("live", "login.gate.example")
HOST = "foo-bar-13.clerk.accounts.dev"
INFOS = [
    ("a development key", {"publishable_key": REAL}, "",
     info(REAL, PORTAL + "/sign-in", PORTAL + "/sign-up", PORTAL + "/user", HOST)),
    ("a production key", {"publishable_key": LIVE}, "",
     info(LIVE, "https://accounts.gate.example/sign-in", "https://accounts.gate.example/sign-up",
          "https://accounts.gate.example/user", "clerk.gate.example")),
    ("the same without padding", {"publishable_key": LIVE.rstrip("=")}, "",
     info(LIVE.rstrip("="), "https://accounts.gate.example/sign-in",
          "https://accounts.gate.example/sign-up", "https://accounts.gate.example/user",
          "clerk.gate.example")),
    ("a host without clerk. in it: no pages", {"publishable_key": PLAIN}, "",
     info(PLAIN, "", "", "", "login.gate.example")),
    ("pages of one's own", {"publishable_key": PLAIN, "sign_in_url": SITE + "/login",
                            "sign_out_url": SITE + "/bye"}, "",
     info(PLAIN, SITE + "/login", SITE + "/login", SITE + "/bye", "login.gate.example")),
    ("the way back", {"publishable_key": REAL}, "?return_to=" + quote(BACK, ""),
     info(REAL, PORTAL + "/sign-in" + AT, PORTAL + "/sign-up" + AT, PORTAL + "/user" + AT,
          HOST)),
    ("the way back, behind a query of one's own page",
     {"publishable_key": REAL, "sign_in_url": SITE + "/login?lang=de"},
     "?return_to=" + quote(BACK, ""),
     info(REAL, SITE + "/login?lang=de&" + AT[1:], PORTAL + "/sign-up" + AT,
          PORTAL + "/user" + AT, HOST)),
    ("no way back to elsewhere", {"publishable_key": REAL},
     "?return_to=" + quote("https://evil.example/", ""),
     info(REAL, PORTAL + "/sign-in", PORTAL + "/sign-up", PORTAL + "/user", HOST)),
    ("no way back to what begins like us", {"publishable_key": REAL},
     "?return_to=" + quote(SITE + ".evil.example/", ""),
     info(REAL, PORTAL + "/sign-in", PORTAL + "/sign-up", PORTAL + "/user", HOST)),
    ("no way back to a path alone", {"publishable_key": REAL}, "?return_to=//evil.example/",
     info(REAL, PORTAL + "/sign-in", PORTAL + "/sign-up", PORTAL + "/user", HOST)),
]
one = None


@cases("login-info: {0}", INFOS)
def _(_name, members, query, expected):
    """One program, whose configuration is changed under it."""
    global one
    conf = world.conf()
    conf["clerk"] = {"jwt_key": about["jwt_key"], "email_claim": "email", "issuer": [],
                     "authorized_parties": [SITE], **members}
    if one is None:
        one = Gate(conf, workers=1)
        world.gates.append(one)
        one.start()
    elif one.conf["clerk"] != conf["clerk"]:
        one.stop()
        one.configure(conf)
        one.start()
    is_(one.ask(target="/auth/login-info" + query).body.decode(), expected)


@case("the issuer follows from the publishable key: https, and its host")
def _():
    is_(one.conf["clerk"]["publishable_key"], REAL)
    wrong = "its issuer is not configured"
    for issuer, why in (("https://" + HOST, None), ("http://" + HOST, wrong),
                        ("https://" + HOST + "/", wrong)):
        one.write(clerk.token(claims={"iss": issuer, "azp": SITE})).is_what(why)


if __name__ == "__main__":
    run()
