#!/usr/bin/env python3
"""Clerk's four cookies: which pair counts, when the client has signed out, and what never helps.

Each row of the pair choice has two good tokens, Ada's in the plain cookie and
Bob's in the suffixed one, so that the profile tells which was taken.
"""

import base64
import hashlib
import time
from urllib.parse import quote, urlencode

from token_world import JSON, SITE, Forge, World, is_, last_cases, ok
from idp import Idp
from rawhttp import request
from tap import case, cases, run

ALLOWED = "https://app.gate.example"
EVIL = "https://evil.example"
SIGNED_OUT, OLD = "signed out: __client_uat", "older than the client's latest change"
TWICE, ESCAPE = "one cookie twice, with different values", "a cookie with a broken escape"
NO_FORM, ISS = "not three parts", "its issuer is not configured"

world = World()
clerk, about = world.clerk, world.about
TWIN = "_" + about["suffix"]
LIVE_KEY = about["publishable_key"].replace("pk_test_", "pk_live_")
LIVE = "_" + base64.urlsafe_b64encode(hashlib.sha1(LIVE_KEY.encode()).digest()).decode()[:8]

test = world.gate({"cors": {"allow_origins": [ALLOWED]}}, workers=3)
live = world.gate({"clerk": {"publishable_key": LIVE_KEY}})
keyless = world.gate({"clerk": {"publishable_key": ""}})
off = world.gate({"clerk": {"cookies": False}})
native = world.gate({"clerk": {"native_apps": True}})

ada, bob = clerk.user("ada@example.org"), clerk.user("bob@example.org")
PEOPLE = {ada.id: "plain", bob.id: "suffixed"}
NOW = int(time.time())
PAST = NOW - 100                     # when both signed in


def token(user, iat=NOW - 50, exp=None, **spec):
    claims = {"iat": iat, "exp": exp or NOW + 3600, **spec.pop("claims", {})}
    return clerk.token(user_id=user.id, claims=claims, **spec)


def jar(suffix=TWIN, **cookies):
    """plain, plain_uat, own and own_uat as a Cookie header."""
    names = {"plain": "__session", "plain_uat": "__client_uat", "own": "__session" + suffix,
             "own_uat": "__client_uat" + suffix}
    return "; ".join(f"{names[k]}={v}" for k, v in cookies.items() if v is not None)


def chosen(seen):
    """plain, suffixed, anonymous, or the reason of a refusal."""
    if seen.status == 200:
        return PEOPLE[seen.json()["userId"]]
    seen.is_anonymous() if seen.verdict == "anonymous" else seen.is_refused(seen.why)
    return "anonymous" if seen.verdict == "anonymous" else seen.why


# -- which pair -------------------------------------------------------------------------------

P, O = token(ada), token(bob)
P_NEW, P_OLD, P_OUT = token(ada, NOW - 10), token(ada, NOW - 90), token(ada, exp=NOW - 60)
O_OUT, O_NONE = token(bob, exp=NOW - 60), token(bob, NOW - 10, drop=["iat"])
P_ELSEWHERE = token(ada, NOW - 10, claims={"iss": "https://clerk.other.example"})
P_NO_ISS = token(ada, drop=["iss"])
P_NO_IAT = token(ada, drop=["iat"])
ONE = str(PAST)

CHOICES = [
    ("1: a plain session that is no token: plain", "nonsense", ONE, O, ONE, NO_FORM),
    ("1: a plain session of three parts of nonsense: plain", "a.b.c", ONE, O, ONE, "not base64url"),
    ("1: a plain session without iss: plain", P_NO_ISS, ONE, O, ONE, ISS),
    ("2: another instance's plain session: suffixed", P_ELSEWHERE, ONE, O, ONE, "suffixed"),
    ("2: the same, and later", P_ELSEWHERE, str(NOW), O, ONE, "suffixed"),
    ("2: the same, and we are signed out", P_ELSEWHERE, ONE, O, "0", SIGNED_OUT),
    ("2: the same, and there is no suffixed session", P_ELSEWHERE, ONE, None, ONE, "anonymous"),
    ("2: the same, and nothing of ours at all", P_ELSEWHERE, ONE, None, None, "anonymous"),
    ("2: the same, and no uat of ours", P_ELSEWHERE, ONE, O, None, SIGNED_OUT),
    ("3: no suffixed cookie: plain", P, ONE, None, None, "plain"),
    ("4: both signed in, plain issued later: plain", P_NEW, ONE, O, ONE, "plain"),
    ("4: both signed in, plain issued later, without its uat: plain, and so nobody",
     P_NEW, None, O, ONE, SIGNED_OUT),
    ("4: both signed in, and no iat in the suffixed one: plain", P, ONE, O_NONE, ONE, "plain"),
    ("4: both issued at once: suffixed", P, ONE, O, ONE, "suffixed"),
    ("4: both signed in, plain issued before: suffixed", P_OLD, ONE, O, ONE, "suffixed"),
    ("4: no iat in the plain one: suffixed", P_NO_IAT, ONE, O, ONE, "suffixed"),
    ("4: plain issued later, but signed out: suffixed", P_NEW, "0", O, ONE, "suffixed"),
    ("4: only a suffixed uat, no session to it: plain is later than none", P, ONE, None, ONE,
     "plain"),
    ("5: signed out with the suffix, not without: plain", P, ONE, O, "0", "plain"),
    ("5: signed out with the suffix, plain issued before: plain", P_OLD, ONE, O, "0", "plain"),
    ("5: signed out with the suffix, no plain session: nobody", None, ONE, O, "0", "anonymous"),
    ("5: signed out in both: suffixed, and so nobody", P, "0", O, "0", SIGNED_OUT),
    ("6: plain signed out, the suffixed token good: suffixed", P, "0", O, ONE, "suffixed"),
    ("7: a suffixed session without its uat: plain", P_OLD, ONE, O, None, "plain"),
    ("7: the same, and no plain session: nobody", None, ONE, O, None, "anonymous"),
    ("7: the same, and nothing plain", None, None, O, None, "anonymous"),
    ("else: only suffixed cookies", None, None, O, ONE, "suffixed"),
    ("else: a plain uat beside suffixed cookies", None, ONE, O, ONE, "suffixed"),
    ("no session at all, but both uats", None, ONE, None, ONE, "anonymous"),
    ("no session at all, a uat of 0", None, "0", None, None, "anonymous"),
    ("an expired token in the suffixed cookie does not make the plain one good",
     P_OLD, ONE, O_OUT, ONE, "expired"),
]


@cases("the choice, {0}", CHOICES)
def _(_name, plain, plain_uat, own, own_uat, expected):
    for gate, suffix in ((test, TWIN), (live, LIVE)):
        text = jar(suffix, plain=plain, plain_uat=plain_uat, own=own, own_uat=own_uat)
        is_(chosen(gate.cookie(text)), expected, text[:20] + suffix)
        backwards = "; ".join(text.split("; ")[::-1])
        is_(chosen(gate.cookie(backwards)), expected, "in another order")


@case("the choice, 6: plain signed out, the suffixed token expired: plain with a test key alone")
def _():
    cookies = {"plain": P, "plain_uat": "0", "own": O_OUT, "own_uat": ONE}
    is_(chosen(test.cookie(jar(**cookies))), SIGNED_OUT)
    is_(chosen(live.cookie(jar(LIVE, **cookies))), "expired")


@case("the choice, without a publishable key: plain ones alone")
def _():
    is_(chosen(keyless.cookie(jar(plain=P, plain_uat=ONE, own=O, own_uat=ONE))), "plain")
    is_(chosen(keyless.cookie(jar(own=O, own_uat=ONE))), "anonymous")


@case("cookies with the suffix of another key, or of none, are nobody's")
def _():
    for suffix in (LIVE, "_", "_" + about["suffix"].swapcase(), TWIN + "x", TWIN[:-1]):
        is_(chosen(test.cookie(jar(suffix, own=O, own_uat=ONE))), "anonymous", suffix)


@case("another instance's cookies beside ours, on one domain: ours count")
def _():
    with Idp(clerk=True) as other:
        eve = other.clerk.user("eve@example.org")
        ours = {n: v for n, v in bob.cookies.items() if n.endswith(TWIN)}
        text = "; ".join(f"{n}={v}" for n, v in {**ours, **eve.cookies}.items())
        is_(chosen(test.cookie(text)), "suffixed")
        is_(chosen(test.cookie(eve.cookie)), "anonymous")
        test.write(eve.jwt).is_refused(ISS)


# -- __client_uat -----------------------------------------------------------------------------

@cases("__client_uat {0!r}: signed out", [
    (v,) for v in ("0", "00", "000", "", "abc", "-1", "+1", "1.5", "1e9", "0x1", "1 2",
                   "1700000000s", "9" * 13, "9" * 30, "%30", "\u0661", None)])
def _(uat):
    for cookies in ({"plain": P, "plain_uat": uat}, {"own": O, "own_uat": uat, "plain_uat": "0"}):
        seen = test.cookie(jar(**cookies))
        if uat in (None, "") and "own" in cookies:
            is_(chosen(seen), "anonymous")       # rule 7: then the plain one, which is not there
        else:
            seen.is_refused("odd byte in cookie" if uat in ("1 2", "\u0661") else SIGNED_OUT)


@cases("issued at {0} and the client changed at {1}: {2}", [
    (0, 0, None), (0, -1, None), (0, 1, OLD), (0.5, 0, None), (0.5, 1, OLD), (-0.5, 0, OLD),
    (0, 3600, OLD)])
def _(iat, uat, why):
    text = jar(plain=token(ada, NOW - 50 + iat), plain_uat=NOW - 50 + uat)
    test.cookie(text).is_what(why)


@case("a cookie's token needs iat; one in a header does not, and cares for no uat")
def _():
    test.cookie(jar(plain=P_NO_IAT, plain_uat=ONE)).is_refused("no iat")
    test.bearer(P_NO_IAT).is_allowed()
    for uat in ("0", str(NOW + 1000)):
        test.bearer(P, ("Cookie", jar(plain_uat=uat, own_uat=uat))).is_allowed()


# -- one name twice, escapes, quotes ----------------------------------------------------------

@cases("one name twice: {0}", [
    ("the same session", f"__session={P}; __session={P}; __client_uat={ONE}", "plain"),
    ("the same uat", f"__session={P}; __client_uat={ONE}; __client_uat={ONE}", "plain"),
    ("the same, once with escapes", f"__session={P}; __session={P.replace('.', '%2E')}; "
     f"__client_uat={ONE}", "plain"),
    ("two sessions", f"__session={P}; __session={O}; __client_uat={ONE}", TWICE),
    ("two sessions, the good one last", f"__session=x; __session={P}; __client_uat={ONE}", TWICE),
    ("two uats", f"__session={P}; __client_uat={ONE}; __client_uat=0", TWICE),
    ("two uats of one number", f"__session={P}; __client_uat={ONE}; __client_uat=0{ONE}", TWICE),
    ("two suffixed sessions", f"__session{TWIN}={P}; __session{TWIN}={O}; __client_uat{TWIN}={ONE}",
     TWICE),
    ("two suffixed uats, though the plain pair would count",
     f"__session={P_NEW}; __client_uat={ONE}; __client_uat{TWIN}={ONE}; __client_uat{TWIN}=1",
     TWICE),
    ("plain and suffixed are two names", f"__session={P}; __session{TWIN}={O}; "
     f"__client_uat={ONE}; __client_uat{TWIN}={ONE}", "suffixed"),
    ("in two headers' values", f"__session={P}; __client_uat={ONE}; a=b; __session={O}", TWICE),
    ("and an empty one, which is none", f"__session=; __session={P}; __client_uat={ONE}", "plain"),
    ("another capital is another name", f"__Session={O}; __session={P}; __client_uat={ONE}",
     "plain")])
def _(_name, text, expected):
    is_(chosen(test.cookie(text)), expected)


@cases("a value {0}", [
    ("with its dots escaped", lambda p: p.replace(".", "%2E"), "plain"),
    ("escaped as a whole", lambda p: "".join(f"%{ord(c):02x}" for c in p), "plain"),
    ("with an escaped ; in it, which parts nothing", lambda p: p + "%3B__session=x",
     "not base64url"),
    ("with an escaped = in it", lambda p: p + "%3D", "not base64url"),
    ("with an escaped line end", lambda p: p + "%0D%0A", ESCAPE),
    ("escaped twice", lambda p: p.replace(".", "%252E"), NO_FORM),
    ("with a plus", lambda p: p.replace(".", "+.", 1), "not base64url"),
    ("with half an escape", lambda p: p + "%4", ESCAPE),
    ("with a bare %", lambda p: p + "%", ESCAPE),
    ("with an escape of no digits", lambda p: p + "%zz", ESCAPE),
    ("with an escaped NUL", lambda p: p + "%00", ESCAPE),
    ("with an escaped NUL and more", lambda p: p + "%00x", ESCAPE),
    ("in quotes", lambda p: f'"{p}"', "odd byte in cookie"),
    ("in escaped quotes", lambda p: f"%22{p}%22", "not base64url"),
    ("with a bare scheme", lambda p: "Bearer%20" + p, "not base64url"),
    ("with spaces around", lambda p: f" {p} ", "not base64url")])
def _(_name, spell, expected):
    seen = test.cookie(f"__session={spell(P)}; __client_uat={ONE}")
    if spell(P) == f" {P} ":
        ok(seen.status in (200, 401), "as the server likes it", seen)
        return
    is_(chosen(seen), expected)


@case("a cookie may stand anywhere among others, with or without spaces")
def _():
    for text in (f"a=b;__session={P};__client_uat={ONE};c=d",
                 f"  __client_uat={ONE} ;  __session={P} ",
                 f"x__session={O}; __session={P}; __client_uat={ONE}; __sessions={O}",
                 f"__session; __session={P}; __client_uat={ONE}; =x; ;;"):
        is_(chosen(test.cookie(text)), "plain", text[:30])


@case("a token of 3800 bytes in both cookies, near what browsers keep, is good")
def _():
    pad = "p" * 2000
    big = token(bob, claims={"pad": pad})
    ok(3300 < len(big) < 3900, "size", len(big))
    is_(chosen(test.cookie(jar(plain=big, plain_uat=ONE, own=big, own_uat=ONE))), "suffixed")


# -- a header's token and a cookie ------------------------------------------------------------

GOOD = jar(plain=P, plain_uat=ONE, own=O, own_uat=ONE)


@case("a token in a header wins over the cookie")
def _():
    is_(chosen(test.bearer(P, ("Cookie", jar(own=O, own_uat=ONE)))), "plain")


@cases("a header's token that fails never falls back to the cookie: {0}", [
    ("nonsense", "nonsense", "not the form of a credential"),
    ("expired", P_OUT, "expired"), ("of another instance", P_ELSEWHERE, ISS),
    ("a forgery", Forge("ins_evil").token({"iss": about["issuer"]}, {"alg": "RS256", "typ": "JWT",
                                                                     "kid": about["kid"]}),
     "the signature is not of that key"),
    ("characters that no token has", "{}", "not the form of a token")])
def _(_name, text, why):
    test.bearer(text, ("Cookie", GOOD)).is_refused(why)


@cases("the scheme {0!r} is Bearer", [("bearer",), ("BEARER",), ("bEaReR",)])
def _(scheme):
    test.ask(("Authorization", f"{scheme} {P}")).is_allowed()


@cases("{0!r} is another scheme: ignored, and the cookie counts", [
    ("Basic YWRhOng=",), ("Digest username=x",), ("Token abc",), ("Bearers abc",), ("DPoP abc",)])
def _(value):
    test.ask(("Authorization", value)).is_anonymous()
    is_(chosen(test.cookie(GOOD, ("Authorization", value))), "suffixed")


@case("a token without a scheme is refused, and does not fall back")
def _():
    for headers in ((), (("Cookie", GOOD),)):
        test.ask(("Authorization", P), *headers).is_refused("Authorization without a scheme")


@case("a session token of another kind of provider is refused, and does not fall back")
def _():
    for headers in ((), (("Cookie", GOOD),)):
        test.ask(("X-Session-Token", P), *headers).is_refused("not the form of a credential")


@case("two different tokens in two headers are refused")
def _():
    seen = test.ask(("Authorization", "Bearer " + P), ("Authorization", "Bearer " + O))
    is_((seen.status, seen.verdict), (401, "denied"))


@case("cookies = false: cookies are nobody's, headers work")
def _():
    is_(chosen(off.cookie(GOOD)), "anonymous")
    is_(chosen(off.cookie(jar(plain="nonsense", plain_uat="0"))), "anonymous")
    is_(chosen(off.bearer(P, ("Cookie", jar(own=O, own_uat=ONE)))), "plain")


@cases("a cookie's token is judged like any other: {0}", [
    ("alg none", {"header": {"alg": "none"}}, "header: alg is none of ours"),
    ("HS256 with our key", {"alg": "HS256"}, "header: alg is none of ours"),
    ("a template", {"header": {"cat": "cl_B7d4PD222AAA"}}, "not a session token: cat"),
    ("pending", {"claims": {"sts": "pending"}}, "the session is not active: sts"),
    ("no sid", {"drop": ["sid"]}, "sid is not a session's id"),
    ("another party", {"claims": {"azp": EVIL}}, "azp is not an authorized party"),
    ("no azp", {"drop": ["azp"]}, "no azp"),
    ("a forgery", {"signer": "foreign"}, "the signature is not of that key"),
    ("expired", {"claims": {"exp": NOW - 10}}, "expired")])
def _(_name, spec, why):
    spec = {**spec, "claims": {"iat": NOW - 50, **spec.get("claims", {})}}
    test.cookie(jar(plain=clerk.token(user_id=ada.id, **spec), plain_uat=ONE)).is_refused(why)


@case("native_apps: a token without azp is good in a header, never in a cookie; another's never")
def _():
    bare, other = token(ada, drop=["azp"]), token(ada, claims={"azp": EVIL})
    native.bearer(bare).is_allowed()
    native.cookie(jar(plain=bare, plain_uat=ONE)).is_refused("no azp")
    native.cookie(jar(own=bare, own_uat=ONE)).is_refused("no azp")
    native.bearer(other).is_refused("azp is not an authorized party")
    native.cookie(jar(plain=other, plain_uat=ONE)).is_refused("azp is not an authorized party")


# -- writes -----------------------------------------------------------------------------------

def write(*headers, cookie=GOOD, **how):
    return test.cookie(cookie, *headers, method="POST", target="/user/preferences", body=b"{}",
                       **how)


@cases("X01 a write with a cookie, {0}: {2}", [
    ("from our own pages", [("Origin", SITE), JSON], 200),
    ("from an allowed origin", [("Origin", ALLOWED), JSON], 200),
    ("from elsewhere", [("Origin", EVIL), JSON], 403),
    ("from a sandbox", [("Origin", "null"), JSON], 403),
    ("without Origin", [JSON], 403),
    ("without Origin, from our own pages it says", [("Referer", SITE + "/x"), JSON], 403),
    ("from elsewhere, though the browser calls it same-origin",
     [("Origin", EVIL), ("Sec-Fetch-Site", "same-origin"), JSON], 403),
    ("from an origin that begins like ours", [("Origin", SITE + ".evil.example"), JSON], 403),
    ("that is a form", [("Origin", SITE), ("Content-Type", "text/plain")], 415),
    ("without a type", [("Origin", SITE)], 415)])
def _(_name, headers, status):
    before = world.calls()
    seen = write(*headers)
    is_(seen.status, status)
    if status == 403:
        is_((seen.json()["details"]["reason"], world.calls()), ("cross_site", before))


@case("X03 a write with a token in a header needs no origin: no browser adds it by itself")
def _():
    for headers in ((), (("Origin", EVIL),), (("Cookie", GOOD), ("Origin", EVIL))):
        test.write(P, *headers).is_allowed()


@case("azp does not replace the same-origin check: an authorized party's token in a foreign write")
def _():
    is_(write(("Origin", about["azp"]), JSON).status, 403)


# -- signing out ------------------------------------------------------------------------------

class Browser:
    """Keeps the cookies of the stand-in's pages."""

    def __init__(self):
        self.jar = {}

    def post(self, path, **form):
        headers = [("Content-Type", "application/x-www-form-urlencoded")]
        if self.jar:
            headers.append(("Cookie", self.cookies()))
        answer = request(("127.0.0.1", clerk.port), "POST", path, headers,
                         urlencode(form, quote_via=quote).encode())
        for line in answer.all("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self.jar.pop(name, None)
            if "Max-Age=0" not in line:
                self.jar[name] = value
        return answer.status

    def cookies(self, **changes):
        return "; ".join(f"{n}={v}" for n, v in {**self.jar, **changes}.items())


@case("signing up, out and in again on the pages: 200, then nobody, and no old token helps")
def _():
    browser, form = Browser(), {"email": world.idp.new_email(), "password": "correct horse"}
    is_(browser.post("/sign-up", **form), 303)
    seen = test.cookie(browser.cookies())
    seen.is_allowed()
    is_(seen.json()["email"], form["email"])
    old = dict(browser.jar)
    is_(browser.post("/client/sign-out"), 303)
    is_(browser.jar["__client_uat" + TWIN], "0")
    test.cookie(browser.cookies()).is_anonymous()
    kept = {n: v for n, v in old.items() if n.startswith("__session")}
    test.cookie(browser.cookies(**kept)).is_refused(SIGNED_OUT)
    is_(browser.post("/sign-in", **form), 303)
    test.cookie(browser.cookies()).is_allowed()
    later = {n: str(int(v) + 1) for n, v in browser.jar.items() if "uat" in n}
    test.cookie(browser.cookies(**{**kept, **later})).is_refused(OLD)


last_cases(world)

if __name__ == "__main__":
    run()
