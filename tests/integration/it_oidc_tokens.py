#!/usr/bin/env python3
"""Bearer tokens of OpenID Connect issuers: algorithms, keys, claims, second factors, and many
issuers at once.

npm's jose makes the tokens, so that what it takes to be a token is one here.
The plain issuer's control interface makes those that differ in claims.
"""

import re

import clerk_token_rows as rows
from issuers_world import ALGORITHMS, PS, RAW, Mint, Publisher
from token_world import World, in_one_second, is_, last_cases, ok
from tap import case, cases, run

mint, publisher = Mint(), Publisher()
world = World()
clerk, oidc, idp = world.clerk, world.oidc, world.idp

UNFIT = "the key of that kid is not for this alg"
NOT_OURS = "alg is not one of the configured algorithms"
NO_KID = "no kid, and not exactly one key fits"
EVENTS, SUB = "a logout token: events", "sub is not 1 to 255 printable characters"
NO_FACTOR = "neither acr nor amr tells of a second factor"
LOGIN = "https://id.gate.example/login"
AUDIENCE = ["gatehouse", "api", "api-2"]


def keys_of(place):
    """One key per algorithm, under its name as kid; RSA keys are costly: one for six."""
    rsa = mint.key(f"{place} RSA", "RS256")
    made = [mint.key(f"{place} {alg}", alg, kid=alg, alg=alg, use="sig")
            for alg in ALGORITHMS if alg[:2] in ("ES", "Ed")]
    return [*({**rsa, "kid": alg, "alg": alg, "use": "sig"} for alg in ALGORITHMS
              if alg[1] == "S" and alg[0] in "RP"), *made]


def signer(place, alg):
    return f"{place} RSA" if alg[0] in "RP" else f"{place} {alg}"


A_KEYS, B_KEYS = keys_of("a"), keys_of("b")
EC = {curve: mint.key(curve, alg, kid=curve) for curve, alg in
      (("P-256", "ES256"), ("P-384", "ES384"), ("P-521", "ES512"))}
BARE_RSA, BARE_ED = mint.key("bare RSA", "RS256"), mint.key("bare Ed", "EdDSA")
TWIN_1, TWIN_2 = mint.key("twin 1", "ES256", kid="1"), mint.key("twin 2", "ES256", kid="2")
SHORT = mint.other_key("short", "rsa", {"modulusLength": 1024}, kid="short")
ED448 = mint.other_key("Ed448", "ed448", {}, kid="Ed448")
K1 = mint.other_key("k1", "ec", {"namedCurve": "secp256k1"}, kid="k1")
HIDDEN = mint.key("hidden", "RS256", kid="hidden", use="enc")

PROVIDERS = [
    publisher.provider("a", *A_KEYS),
    publisher.provider("b", *B_KEYS),
    publisher.provider("curves", *EC.values(), SHORT, ED448, K1, HIDDEN,
                       {**BARE_RSA, "kid": "rsa"}),
    publisher.provider("bare", BARE_RSA, BARE_ED),
    publisher.provider("twins", TWIN_1, TWIN_2, {**BARE_RSA, "kid": "rsa", "alg": "RS256"}),
    publisher.provider("strict", *A_KEYS, require_aal2=True, aal2_acr=["mfa", "urn:x:gold"],
                       aal2_amr=["otp", "hwk"], login_url=LOGIN, roles_claim="realm_access.roles"),
    publisher.provider("paths", *A_KEYS, email_claim="contact.email", aal2_amr=["otp"],
                       name_claim="https://gate.example/name",
                       roles_claim="https://gate.example/r"),
    {"name": "corp", "issuer": oidc.about()["issuer"], "audience": AUDIENCE},
]
gate = world.gate({"providers": [p["name"] for p in PROVIDERS], "oidc": PROVIDERS}, workers=3)
all_three = world.gate({"providers": ["ory", "clerk", "corp", "a"], "ory": {"url": idp.public},
                        "oidc": [PROVIDERS[-1], PROVIDERS[0]]})


def token(issuer, alg, header=None, key=None, **claims):
    """Signed by jose."""
    header = {"alg": alg, "kid": alg, "typ": "JWT", **(header or {})}
    header = {k: v for k, v in header.items() if v is not None}
    return mint.sign(key or signer(issuer, alg), header, publisher.claims(issuer, **claims))


def is_never_good(seen):
    """Of a key that is none for us: 401, or 503 while no newer set may be asked for."""
    ok((seen.status, seen.verdict) in ((401, "denied"), (503, "unsure")), "never good", seen)


# -- algorithms -------------------------------------------------------------------------------

@cases("{0}, by jose: good", [(a,) for a in ALGORITHMS])
def _(alg):
    for issuer in ("a", "b"):
        seen = gate.write(token(issuer, alg))
        seen.is_allowed()
        is_(seen.provider, issuer)


@cases("{0}: one bit of the claims changed, and the token of another: refused", [
    (a,) for a in ALGORITHMS])
def _(alg):
    h, p, s = token("a", alg).split(".")
    for other in (token("a", alg, sub="subject-2"), token("a", alg, sub="subject-1 ")):
        h2, p2, s2 = other.split(".")
        gate.write(f"{h}.{p2}.{s}").is_refused(rows.FORGED)
        if alg[0] != "P":
            gate.write(f"{h2}.{p}.{s2}").is_refused(rows.FORGED)


@cases("{0} of issuer a, signed by issuer b's key of that kid: refused", [(a,) for a in ALGORITHMS])
def _(alg):
    gate.write(token("a", alg, key=signer("b", alg))).is_refused(rows.FORGED)
    gate.write(token("b", alg, key=signer("a", alg))).is_refused(rows.FORGED)


@cases("alg {0} under the kid of the {1} key: refused, for the key is for {1} alone", [
    (alg, kid) for kid in ALGORITHMS for alg in ALGORITHMS
    if alg != kid and alg[0] in "RP" and kid[0] in "RP"][::5] + [
    ("ES256", "ES384"), ("ES384", "ES512"), ("RS256", "ES256"), ("ES256", "RS256"),
    ("EdDSA", "RS256"), ("RS256", "EdDSA"), ("EdDSA", "ES256")])
def _(alg, kid):
    gate.write(token("a", alg, {"kid": kid})).is_refused(UNFIT)


@cases("{0} in the header over a key of {1}, truly signed by it: refused", [
    (alg, curve) for alg, own in (("ES256", "P-256"), ("ES384", "P-384"), ("ES512", "P-521"))
    for curve in EC if curve != own])
def _(alg, curve):
    claims = publisher.claims("curves")
    hash = "sha" + alg[2:]
    gate.write(mint.forge(curve, {"alg": alg, "kid": curve}, claims, hash=hash, options=RAW)
               ).is_refused(UNFIT)
    gate.write(token("curves", alg, {"kid": curve}, key={
        "ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[alg])).is_refused(UNFIT)


@cases("a key without alg serves every algorithm it fits: {0}", [
    ("ES256", "P-256"), ("ES384", "P-384"), ("ES512", "P-521"),
    *((alg, "rsa") for alg in ALGORITHMS if alg[0] in "RP")])
def _(alg, kid):
    gate.write(token("curves", alg, {"kid": kid}, key="bare RSA" if kid == "rsa" else kid)
               ).is_allowed()


@cases("alg {0} is none of the configured ones", [(a,) for a in ALGORITHMS if a[0] in "RP"][1:])
def _(alg):
    gate.write(oidc.token(alg=alg)).is_refused(NOT_OURS)


@cases("{0}: refused", [(name, spec, why) for name, spec, why in rows.ALG_ROWS
                        if why in (rows.NO_ALG, rows.FORGED) or why == "an empty part"])
def _(_name, spec, why):
    gate.write(oidc.token(**spec)).is_refused(why)


@cases("alg {0} with the public key, the client or nothing as the secret: refused", [
    ("HS256",), ("HS384",), ("HS512",)])
def _(alg):
    for secret in (oidc.about()["jwt_key"], A_KEYS[0]["n"], "", "gatehouse"):
        gate.write(mint.forge(None, {"alg": alg, "kid": "RS256"}, publisher.claims("a"),
                              hash="sha" + alg[2:], secret=secret)).is_refused(rows.NO_ALG)


@cases("{0} with a signature {1}: refused", [
    (alg, how) for alg in ("ES256", "ES384", "ES512")
    for how in ("in DER", "of zeros", "one byte short", "one byte long", "of r alone")])
def _(alg, how):
    half = {"ES256": 32, "ES384": 48, "ES512": 66}[alg]
    good = token("a", alg)
    text = good.rpartition(".")[0]
    signature = {"of zeros": "A" * -(-half * 8 // 3), "of r alone": good.rpartition(".")[2][:half],
                 "one byte short": good.rpartition(".")[2][:(2 * half - 1) // 3 * 4],
                 "one byte long": good.rpartition(".")[2] + "AAAA"}
    if how == "in DER":
        gate.write(mint.forge(signer("a", alg), {"alg": alg, "kid": alg}, publisher.claims("a"),
                              hash="sha" + alg[2:])).is_refused(rows.FORGED)
    else:
        seen = gate.write(f"{text}.{signature[how]}")
        seen.is_refused(seen.why)
        ok(seen.why in (rows.FORGED, rows.B64), "the reason", seen)


@cases("{0} with a salt of {1} bytes: {2}", [
    (alg, salt, "good" if salt == int(alg[2:]) // 8 else "refused")
    for alg in ("PS256", "PS384", "PS512") for salt in (0, 20, 32, 48, 64)])
def _(alg, salt, what):
    seen = gate.write(mint.forge("a RSA", {"alg": alg, "kid": alg}, publisher.claims("a"),
                                 hash="sha" + alg[2:], options={**PS, "saltLength": salt}))
    seen.is_allowed() if what == "good" else seen.is_refused(rows.FORGED)


@cases("a key of the set that is none for us: {0}", [
    ("1024 bits", "short", {"hash": "sha256"}, "RS256"), ("Ed448", "Ed448", {}, "EdDSA"),
    ("secp256k1", "k1", {"hash": "sha256", "options": RAW}, "ES256"),
    ("for encryption", "hidden", {"hash": "sha256"}, "RS256")])
def _(_name, key, how, alg):
    is_never_good(gate.write(mint.forge(key, {"alg": alg, "kid": key}, publisher.claims("curves"),
                                        **how)))
    gate.write(token("curves", "ES256", {"kid": "P-256"}, key="P-256")).is_allowed()


@cases("no kid: {0}", [
    ("the one RSA key of two fits", "bare", "RS256", "bare RSA", None),
    ("and PS512, for it names no alg", "bare", "PS512", "bare RSA", None),
    ("the one Ed25519 key fits", "bare", "EdDSA", "bare Ed", None),
    ("no key fits", "bare", "ES256", "twin 1", NO_KID),
    ("two fit, and one signed it", "twins", "ES256", "twin 1", NO_KID),
    ("one RSA key beside two others", "twins", "RS256", "bare RSA", None),
    ("that key, for another alg than it says", "twins", "PS256", "bare RSA", NO_KID),
    ("a forgery by a key that would fit", "bare", "RS256", "a RSA", rows.FORGED)])
def _(_name, issuer, alg, key, why):
    gate.write(token(issuer, alg, {"kid": None}, key=key)).is_what(why)


@case("a kid beside keys that have none: not theirs")
def _():
    is_never_good(gate.write(token("bare", "RS256", {"kid": "x"}, key="bare RSA")))
    gate.write(token("twins", "ES256", {"kid": "2"}, key="twin 1")).is_refused(rows.FORGED)


# -- claims -----------------------------------------------------------------------------------

def table(title, named):
    @cases(title + "{0}", named)
    def _(_name, spec, why):
        gate.write(oidc.token(**spec)).is_what(why)


ISSUER = oidc.about()["issuer"]
table("the header holds ", rows.CRIT)
table("", rows.each("typ", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt",
                            "Application/At+Jwt"], lambda v: rows.in_header(typ=v), None))
table("", rows.each("typ", ["", "JWS", "logout+jwt", "application/jwt", "at+jwt ", "dpop+jwt",
                            "secevent+jwt", ["JWT"], *rows.NO_TEXTS],
                    lambda v: rows.in_header(typ=v), rows.TYP))
table("", [("no typ", {"drop_header": ["typ"]}, None),
           ("a cat, which is Clerk's alone", rows.in_header(cat="cl_B7d4PD222AAA"), None)])
table("", rows.AUD_ROWS)
table("", rows.each("aud of a token for us and others", [["other", "gatehouse"]],
                    lambda v: rows.claim(aud=v), None))
table("", [row for row in rows.iss_rows(ISSUER) if not str(row[1]).endswith("/tenant'}}")])
table("", rows.each("J17 sub", ["", "a" * 256, "é", "a\nb", "a\x7fb", "a\0b", "a" * 4096, ["a"],
                                *rows.NO_TEXTS], lambda v: rows.claim(sub=v), SUB))
table("", rows.each("sub", ["a", "a" * 255, "a b", "auth0|5f7c8ec7c33c6c004bbafe82", "~!@#%^&*()",
                            "1234567890"], lambda v: rows.claim(sub=v), None))
table("", [("J17 no sub", {"drop": ["sub"]}, SUB)])
table("", rows.each("events", [{}, None, [], {
    "http://schemas.openid.net/event/backchannel-logout": {}}, "x"],
    lambda v: rows.claim(events=v), EVENTS))
table("", [(f"{name}, which is Clerk's alone, is not looked at", rows.claim(**{name: value}), None)
           for name, value in (("sts", "pending"), ("sid", 1), ("azp", "https://evil.example"),
                               ("azp", None))])


@cases("times: {0}", rows.time_rows(5))
def _(_name, claims, why):
    in_one_second(lambda now: oidc.token(claims=claims(now)), gate.write).is_what(why)


@cases("times: {0} {1!r} is no time", [
    (name, value) for name in ("exp", "nbf", "iat") for value in rows.NO_TIMES])
def _(name, value):
    gate.write(oidc.token(claims={name: value})).is_refused(f"{name} is no time")


@case("times: no exp is refused; no iat is not")
def _():
    gate.write(oidc.token(drop=["exp"])).is_refused("exp is missing")
    gate.write(oidc.token(drop=["iat"])).is_allowed()


def contact(seen):
    seen.is_allowed()
    return seen.json()["email"], seen.json().get("name")


MAIL, NAME = "ada@example.org", "Ada"


@cases("claim paths: {0}", [
    ("down by dots", {"contact": {"email": MAIL}}, (MAIL, None)),
    ("the whole name first, dots and all", {"contact.email": MAIL, "contact": {"email": "x@y.z"}},
     (MAIL, None)),
    ("the whole name first, also when it is no text", {"contact.email": 1,
                                                        "contact": {"email": MAIL}}, ("", None)),
    ("a text on the way", {"contact": MAIL}, ("", None)),
    ("a list on the way", {"contact": [{"email": MAIL}]}, ("", None)),
    ("an object at the end", {"contact": {"email": {"email": MAIL}}}, ("", None)),
    ("null at the end", {"contact": {"email": None}}, ("", None)),
    ("the usual name is another", {"email": MAIL, "name": NAME}, ("", None)),
    ("a name that is a URL", {"https://gate.example/name": NAME}, ("", NAME)),
    ("a name of spaces and umlauts", {"https://gate.example/name": "Zoë  Ω"}, ("", "Zoë  Ω")),
    ("a name that is none", {"https://gate.example/name": ["Ada"]}, ("", None)),
    ("email_verified false", {"contact": {"email": MAIL}, "email_verified": False}, ("", None)),
    ("email_verified false as text", {"contact": {"email": MAIL}, "email_verified": "false"},
     ("", None)),
    ("email_verified true", {"contact": {"email": MAIL}, "email_verified": True}, (MAIL, None)),
    ("email_verified nonsense", {"contact": {"email": MAIL}, "email_verified": 7}, (MAIL, None))])
def _(_name, claims, expected):
    is_(contact(gate.bearer(token("paths", "ES256", key="a ES256", **claims))), expected)


@cases("the plain issuer's {0}", [
    ("email and name", {}, ("subject-1@example.org", "Ada Lovelace")),
    ("email, not verified", {"claims": {"email_verified": False}}, ("", "Ada Lovelace")),
    ("absence of both", {"drop": ["email", "name"]}, ("", None))])
def _(_name, spec, expected):
    is_(contact(gate.bearer(oidc.token(**spec))), expected)


@cases("roles {0!r} are {1!r}", [
    (["admin", "user"], ["admin", "user"]), ("admin", ["admin"]), ([], None), ("", None),
    (["admin "], ["admin "]), (["Admin"], ["Admin"]), (["a b", "c,d"], ["a b", "c,d"]),
    ([["admin"]], None), ({"admin": True}, None), (["ok", 1, None, "also"], ["ok", "also"]),
    (["a\r\nX-Evil: 1"], None), (None, None), (1, None)])
def _(value, expected):
    for issuer, claims in (("paths", {"https://gate.example/r": value}),
                           ("strict", {"realm_access": {"roles": value}, "acr": "mfa"})):
        found = gate.whoami(token(issuer, "ES256", key="a ES256", **claims))
        is_((found["status"], found.get("role")), (0, expected), issuer)


# -- second factors ---------------------------------------------------------------------------

@cases("a second factor is required, {0}: {2}", [
    ("acr of the list", {"acr": "mfa"}, 200), ("the other of the list", {"acr": "urn:x:gold"}, 200),
    ("amr of the list", {"amr": ["pwd", "otp"]}, 200), ("amr hwk alone", {"amr": ["hwk"]}, 200),
    ("acr of nobody, amr of the list", {"acr": "0", "amr": ["otp"]}, 200),
    ("neither", {}, 403), ("amr pwd", {"amr": ["pwd"]}, 403), ("amr empty", {"amr": []}, 403),
    ("acr in capitals", {"acr": "MFA"}, 403), ("acr with a space", {"acr": "mfa "}, 403),
    ("acr as a list", {"acr": ["mfa"]}, 403), ("amr as text", {"amr": "otp"}, 403),
    ("amr as one text of two", {"amr": ["pwd otp"]}, 403), ("amr nested", {"amr": [["otp"]]}, 403),
    ("amr as an object", {"amr": {"otp": True}}, 403), ("acr 1", {"acr": 1}, 403),
    ("acr of an amr's name", {"acr": "otp"}, 403), ("amr of an acr's name", {"amr": ["mfa"]}, 403)])
def _(_name, claims, status):
    text = token("strict", "ES256", key="a ES256", **claims)
    seen = gate.write(text)
    is_(seen.status, status)
    if status == 403:
        is_((seen.verdict, seen.why), ("step_up", NO_FACTOR))
        is_(seen.body.decode(),
            '{"code":"permission_denied","message":"a second factor is required",'
            '"details":{"reason":"second_factor_required","stepUpUrl":"%s"}}' % LOGIN)
        is_(seen.answer.get("WWW-Authenticate"), None)
        found = gate.whoami(text)
        is_((found["status"], found["verdict"], found["step up at"]), (1, ["step_up"], [LOGIN]))


@case("a second factor is not required, but known: assurance tells")
def _():
    for claims, aal in (({"amr": ["otp"]}, "aal2"), ({"amr": ["pwd"]}, "aal1"), ({}, "aal1")):
        is_(gate.whoami(token("paths", "ES256", key="a ES256", **claims))["assurance"], [aal])
    ok("assurance" not in gate.whoami(token("a", "ES256", amr=["otp"])), "nobody said what counts")


@case("a bad token is refused before anybody asks for a second factor")
def _():
    gate.write(token("strict", "ES256", key="b ES256")).is_refused(rows.FORGED)
    gate.write(token("strict", "ES256", key="a ES256", exp=1)).is_refused("expired")


# -- several providers ------------------------------------------------------------------------

def theme_of(g, text, theme=None):
    if theme:
        body = b'{"theme":"%s"}' % theme.encode()
        is_(g.ask(("Authorization", "Bearer " + text), ("Content-Type", "application/json"),
                  method="POST", target="/user/preferences", body=body).status, 200)
    return g.bearer(text).json()["theme"]


@case("equal subjects of two issuers never meet: two profiles, two rows")
def _():
    one, two = token("a", "RS256", sub="twin"), token("b", "RS256", sub="twin")
    is_((theme_of(gate, one, "dark"), theme_of(gate, two), theme_of(gate, one)),
        ("dark", "light", "dark"))
    is_(world.pg.psql("SELECT provider, theme FROM user_profile WHERE user_id = 'twin' ORDER BY 1"),
        "a|dark\nb|light")


@case("J17 a Clerk user's id as the subject of another issuer is another user")
def _():
    user = clerk.user()
    is_(theme_of(all_three, user.jwt, "dark"), "dark")
    is_(theme_of(all_three, oidc.token(claims={"sub": user.id})), "light")
    ory = idp.user()
    is_(theme_of(all_three, ory.token, "dark"), "dark")
    is_(theme_of(all_three, oidc.token(claims={"sub": ory.id})), "light")


@case("Ory, Clerk and two issuers at once: an opaque token is Ory's, a JWT is its issuer's")
def _():
    user, somebody = idp.user(), clerk.user()
    idp.reset_counters()
    for text, provider in ((somebody.jwt, "clerk"), (oidc.token(), "corp"),
                           (token("a", "ES256"), "a")):
        seen = all_three.bearer(text)
        seen.is_allowed()
        is_((seen.provider, idp.counters()["whoami"]), (provider, 0))
    for count, ask in enumerate((lambda: all_three.bearer(user.token),
                                 lambda: all_three.ask(("X-Session-Token", user.token)),
                                 lambda: all_three.cookie(user.cookie)), 1):
        seen = ask()
        seen.is_allowed()
        is_((seen.provider, idp.counters()["whoami"]), ("ory", count))


@cases("{0} is nobody's: refused, and nobody is asked", [
    ("a JWT of another issuer", lambda: oidc.token(claims={"iss": "https://evil.example"}),
     rows.ISS),
    ("a JWT of an issuer that is not in this configuration", lambda: token("b", "RS256"), rows.ISS),
    ("a JWT without an issuer", lambda: oidc.token(drop=["iss"]), rows.ISS),
    ("a JWT with alg none", lambda: oidc.token(header={"alg": "none"}), rows.NO_ALG),
    ("a machine token of Clerk's", lambda: "mt_2g7np7Hrk0SN6kj5EDMLDaKNL0S", rows.FORM),
    ("an API key of Clerk's", lambda: "ak_2g7np7Hrk0SN6kj5EDMLDaKNL0S", rows.FORM),
    ("a JWE of five parts", lambda: "a.b.c.d.e", rows.FORM),
    ("nonsense", lambda: "nonsense", rows.FORM)])
def _(_name, make, why):
    text = make()
    before, asked = idp.counters(), list(publisher.seen)
    seen = all_three.bearer(text)
    seen.is_refused(why)
    is_((seen.provider, idp.counters(), publisher.seen), (None, before, asked))


@case("a JWT in X-Session-Token is not Ory's, and an opaque token that Ory knows nothing of is")
def _():
    before = idp.counters()
    all_three.ask(("X-Session-Token", oidc.token())).is_refused(rows.FORM)
    is_(idp.counters(), before)
    is_(all_three.bearer("ory_st_" + "x" * 32).status, 401)
    is_(idp.counters()["whoami"], before["whoami"] + 1)


@case("one issuer's keys never sign for another: Clerk's key in the issuer's name, and the reverse")
def _():
    is_never_good(all_three.write(clerk.token(claims={"iss": ISSUER, "aud": "gatehouse"})))
    is_never_good(all_three.write(oidc.token(claims={
        "iss": world.about["issuer"], "sid": "sess_1", "sub": "user_1", "azp": world.site})))
    all_three.write(token("a", "RS256", key="b RSA")).is_refused(rows.FORGED)


@case("Clerk's cookie and Ory's: each is asked about its own; the first provider's comes first")
def _():
    user, somebody = idp.user(), clerk.user()
    for text, provider in ((somebody.cookie, "clerk"), (user.cookie, "ory"),
                           (somebody.cookie + "; " + user.cookie, "ory")):
        seen = all_three.cookie(text)
        seen.is_allowed()
        is_(seen.provider, provider)


@case("login-info tells of all: the first one's members at the top, the rest in a list")
def _():
    told = all_three.ask(target="/auth/login-info").json()
    is_([p["provider"] for p in told["providers"]], ["ory", "clerk", "oidc", "oidc"])
    is_({k: v for k, v in told.items() if k != "providers"}, told["providers"][0])
    is_(told["providers"][2], {"provider": "oidc", "name": "corp", "issuer": ISSUER, "clientId": "",
                               "audience": AUDIENCE, "loginUrl": "", "registrationUrl": "",
                               "logoutUrl": ""})


@case("each issuer was asked for its own documents alone; no token's iss was fetched")
def _():
    names = [path.split("/")[1] for path in publisher.seen]
    ok(set(names) <= {p["name"] for p in PROVIDERS}, "paths", publisher.seen)
    ok(all(re.fullmatch(r"/\w+/(jwks|\.well-known/openid-configuration)", p)
           for p in publisher.seen), "paths", publisher.seen)


last_cases(world)

if __name__ == "__main__":
    run()
