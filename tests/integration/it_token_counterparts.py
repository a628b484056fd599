#!/usr/bin/env python3
"""Clerk's own SDK and Gatehouse judge the same tokens and cookies, and jose mints what both take.

They agree on every genuine token. Where they differ, the SDK takes what
Gatehouse refuses, never the reverse, and the row says for which rule.
"""

import json

import clerk_token_rows as rows
from issuers_world import Mint
from token_world import (SITE, Forge, World, in_one_second, is_, last_cases, ok, own_jwk,
                         respelled)
from idp import claims_of
import npm
from tap import case, cases, run

world = World()
clerk, about = world.clerk, world.about
ada, bob = clerk.user("ada@example.org"), clerk.user("bob@example.org")
TWIN = "_" + about["suffix"]

# The instance publishes its own key, one of jose's, one of ours, and one of ours without alg.
mint = Mint()
forge, bare = Forge("ins_forge"), Forge("ins_bare")
jwks = {"keys": [mint.key("jose", "RS256", kid="ins_jose", alg="RS256", use="sig"), forge.jwk(),
                 {k: v for k, v in bare.jwk().items() if k != "alg"}, own_jwk(world)]}
clerk.keys(text=json.dumps(jwks))
gate = world.gate()
audience = world.gate({"clerk": {"audience": ["api"]}})
PARTIES = [SITE, about["azp"]]
OPTIONS = {"parties": (gate, {"authorizedParties": PARTIES}),
           "audience": (audience, {"authorizedParties": PARTIES, "audience": ["api"]})}
sdk = npm.Node(npm.folder(), "clerk.mjs", API_URL=about["api_url"], SECRET_KEY=about["secret_key"],
               PUBLISHABLE_KEY=about["publishable_key"])


def claims(**changes):
    """Those of a good token of Ada's, with changes; None leaves one out."""
    made = {**claims_of(clerk.token(user_id=ada.id)), **changes}
    return {k: v for k, v in made.items() if v is not None}


def spec(**given):
    return lambda: clerk.token(user_id=ada.id, **given)


def with_claims(**given):
    return spec(claims=given)


def with_header(**given):
    return spec(header=given)


def raw(text):
    """Claims as text; %s is what stands between the braces of good ones."""
    return lambda: forge.token(text.replace("%s", json.dumps(claims())[1:-1]).encode(
        "utf-8", "surrogateescape"))


def spelled(part, respell):
    def make():
        for pad in ("", "x", "xx"):
            text = forge.token(claims(pad=pad), forge.header(pad=pad))
            token = forge.token(claims(pad=pad), forge.header(pad=pad), lambda t, n: (
                respell(t) or t) if n == part else t)
            if token.split(".")[part] != text.split(".")[part]:
                return token
    return make


# Name, token, our reason (None: both take it); the rule that the SDK has not, where it takes what
# we refuse; and the gate, if another one.
TOKENS = [
    ("a session token of version 2", spec(), None),
    ("a session token of version 1", spec(version=1), None),
    ("jose's", lambda: mint.sign("jose", {"alg": "RS256", "kid": "ins_jose", "typ": "JWT",
                                          "cat": "cl_B7d4PD111AAA"}, claims()), None),
    ("no cat", spec(drop_header=["cat"]), None),
    ("cat of an untagged token", with_header(cat="cl_I7d4PD111III"), None),
    ("no typ", spec(drop_header=["typ"]), None),
    ("oiat and others in the header", with_header(oiat=1, x={}), None),
    ("jku, x5u, jwk in the header", with_header(jku="http://127.0.0.1:9/", x5u="x", jwk={}), None),
    ("an organization", with_claims(o={"id": "org_1", "rol": "admin"}), None),
    ("an actor", with_claims(act={"iss": "x", "sid": "sess_1", "sub": "user_staff"}), None),
    ("claims of the site's own", with_claims(theme="dark", nested={"a": [1, 2]}), None),
    ("an audience nobody asked for", with_claims(aud="elsewhere"), None),
    ("no sts", spec(drop=["sts"]), None),
    ("neither nbf nor iat", spec(drop=["nbf", "iat"]), None),
    ("a life of ten years", spec(expires_in_seconds=315360000), None),
    ("a number with an exponent", raw('{"z":1e0,%s}'), None),
    ("Unicode in a claim", with_claims(nick="é😀"), None),
    ("the audience, as text", with_claims(aud="api"), None, None, "audience"),
    ("the audience, in a list", with_claims(aud=["x", "api"]), None, None, "audience"),

    ("nonsense", lambda: "nonsense", rows.FORM),
    ("nonsense in three parts", lambda: "a.b.c", rows.B64),
    ("four parts", lambda: spec()() + ".x", rows.FORM),
    ("two parts", lambda: spec()().rpartition(".")[0], rows.FORM),
    ("claims that are no JSON", spec(raw_payload="{"), rows.CLAIMS_JSON),
    ("a header that is no JSON", spec(raw_header="{"), rows.HEADER_JSON),
    ("other unused bits, truly signed", spelled(1, respelled), rows.B64),
    ("a flipped bit", spec(signature="flipped"), rows.FORGED),
    ("no signature", spec(signature="empty"), "an empty part"),
    ("a foreign key", spec(signer="foreign"), rows.FORGED),
    ("alg none", spec(header={"alg": "none"}), rows.NO_ALG),
    ("alg none, no signature", spec(alg="none"), "an empty part"),
    ("HS256 with the public key", spec(alg="HS256"), rows.NO_ALG),
    ("RS512, where the JWK says RS256", spec(alg="RS512"), rows.OTHER_ALG),
    ("typ at+jwt", with_header(typ="at+jwt"), rows.TYP),
    ("typ jwt in small letters", with_header(typ="jwt"), rows.TYP),
    ("no kid", spec(drop_header=["kid"]), rows.NO_KID),
    ("no sub", spec(drop=["sub"]), rows.SUB),
    ("sub a number", with_claims(sub=1), rows.SUB),
    ("a machine's sub and cat", spec(claims={"sub": "mch_1"}, header={"cat": "cl_B7d4PD333AAA"}),
     rows.CAT),
    ("no exp", spec(drop=["exp"]), "exp is missing"),
    ("exp as text", with_claims(exp="4000000000"), "exp is no time"),
    ("exp null", with_claims(exp=None), "exp is no time"),
    ("nbf as text", with_claims(nbf="1"), "nbf is no time"),
    ("iat as text", with_claims(iat="1"), "iat is no time"),
    ("an hour over", spec(expires_in_seconds=-3600), "expired"),
    ("nbf in an hour", with_claims(nbf=4e9), "not valid yet"),
    ("iat in an hour", with_claims(iat=4e9), "issued in the future"),
    ("another party", with_claims(azp="https://evil.example"), rows.AZP_OTHER),
    ("a party with a slash behind", with_claims(azp=SITE + "/"), rows.AZP_OTHER),
    ("no party", spec(drop=["azp"]), rows.AZP_NONE),
    ("another audience", with_claims(aud="x"), rows.AUD_OTHER, None, "audience"),
    ("other audiences", with_claims(aud=["x", "y"]), rows.AUD_OTHER, None, "audience"),

    ("= behind the signature", lambda: spec()() + "==", rows.B64, "base64url: allows trailing ="),
    ("= behind the claims", spelled(1, lambda t: t + "=" * (-len(t) % 4)), rows.B64,
     "base64url: allows trailing ="),
    ("a member twice", raw('{"x":1,"x":2,%s}'), rows.CLAIMS_JSON, "JSON: last duplicate wins"),
    ("bad UTF-8", raw('{"x":"\udcff",%s}'), rows.CLAIMS_JSON, "JSON: bad UTF-8"),
    ("a byte order mark", raw("\ufeff{%s}"), rows.CLAIMS_JSON, "JSON: BOM"),
    ("129 levels", raw('{"x":' + "[" * 128 + "]" * 128 + ",%s}"), rows.CLAIMS_JSON, "JSON: depth"),
    ("U+0000 in a name", raw('{"x\\u0000":1,%s}'), rows.CLAIMS_JSON, "JSON: U+0000 in a name"),
    ("crit", with_header(crit=["exp"]), "header: crit", "header: ignores all"),
    ("b64", with_header(b64=False), "header: b64", "header: ignores all"),
    ("a template's cat", with_header(cat="cl_B7d4PD222AAA"), rows.CAT, "cat: refuses only M2M"),
    ("cat null", with_header(cat=None), rows.CAT, "cat: refuses only M2M"),
    ("RS384, where the JWK says no alg", lambda: bare.token(
        claims(), bare.header(alg="RS384"), sign=lambda m: bare.key.sign("RS384", m)),
     rows.OTHER_ALG, "alg: RS384/512 too if the JWK names no alg"),
    ("another issuer", with_claims(iss="https://clerk.evil.example"), rows.ISS,
     "iss: off by default"),
    ("no issuer", spec(drop=["iss"]), rows.ISS, "iss: off by default"),
    ("sub of another form", with_claims(sub="admin"), rows.SUB, "sub: any string"),
    ("no sid", spec(drop=["sid"]), rows.SID, "sid: unchecked"),
    ("sub empty", with_claims(sub=""), rows.SUB, "sub: any string"),
    ("sid of another form", with_claims(sid="x"), rows.SID, "sid: unchecked"),
    ("pending", with_claims(sts="pending"), rows.STS, "sts: passes"),
    ("no audience", spec(), rows.AUD_MISSING, "aud: missing, empty, other type pass", "audience"),
    ("an empty audience", with_claims(aud=[]), rows.AUD_OTHER,
     "aud: missing, empty, other type pass", "audience"),
    ("an audience of another type", with_claims(aud={"api": 1}), rows.AUD_KIND,
     "aud: missing, empty, other type pass", "audience"),
    ("exp beyond all calendars", with_claims(exp=8640000000001), "exp is no time", "times: huge"),
    ("exp beyond all numbers", lambda: forge.token(json.dumps(claims(exp=None))[:-1].encode()
                                                   + b',"exp":1e400}'), "exp is no time",
     "times: non-finite"),
    ("9000 bytes", with_claims(pad="p" * 6500), "not the form of a token", "shape: no limit"),
    ("a malformed actor", with_claims(act="user_staff"), rows.ACT, "actor: not read"),
]


def sdk_takes(token, options):
    answer = sdk.ask(op="verifyToken", token=token, options=options)
    return "ok" in answer, answer.get("error", {}).get("reason")


def whole(row):
    return (*row, None, "parties") if len(row) == 3 else (*row, "parties")[:5]


@cases("{0}", map(whole, TOKENS))
def _(_name, make, why, differs, which):
    through, options = OPTIONS[which]
    token = make()
    through.write(token).is_what(why)
    took, reason = sdk_takes(token, options)
    is_(took, why is None or differs is not None, f"the SDK said {reason}; {differs}")


@cases("the same second: {0}", [row for row in rows.time_rows(5)])
def _(_name, changes, why):
    def judged(token):
        took, _ = sdk_takes(token, {"authorizedParties": PARTIES})
        return gate.write(token), took
    seen, took = in_one_second(lambda now: clerk.token(user_id=ada.id, claims=changes(now)), judged)
    seen.is_what(why)
    is_(took, why is None)


@case("the table says where both agree and where not: forty tokens and more")
def _():
    differ = [row for row in TOKENS if len(row) > 3 and row[3]]
    ok(len(TOKENS) - len(differ) >= 40 and len(differ) >= 20, "rows", len(TOKENS), len(differ))
    ok(all(row[2] for row in differ), "it is the SDK that takes more", differ)


# -- cookies ----------------------------------------------------------------------------------

NOW = claims_of(ada.jwt)["iat"]
ONE, DEV = str(NOW - 100), f"__clerk_db_jwt{TWIN}=dvb_1; __clerk_db_jwt=dvb_1"


def at(user, iat, **changes):
    return clerk.token(user_id=user.id, claims={"iat": NOW + iat, "exp": NOW + 3600, **changes})


PLAINS = {"none": None, "good": at(ada, -50), "later": at(ada, -10), "expired": at(
    ada, -90, exp=NOW - 60), "another's": at(ada, -10, iss="https://clerk.other.example"),
    "nonsense": "nonsense"}
OWNS = {"none": None, "good": at(bob, -50), "expired": at(bob, -90, exp=NOW - 60)}
UATS = (None, "0", ONE)


def taken(*cookies):
    """Whom Gatehouse and the SDK see in these: Ada (plain), Bob (suffixed), nobody."""
    text = "; ".join(f"{n}={v}" for n, v in cookies if v is not None)
    answer = sdk.ask(op="authenticateRequest", url=SITE + "/page", headers={
        "Cookie": f"{text}; {DEV}", "Sec-Fetch-Dest": "empty"}, options={
        "authorizedParties": PARTIES})["ok"]
    seen = gate.cookie(text or "x=y")
    return ((seen.json()["userId"] if seen.status == 200 else None),
            (answer.get("userId") if answer["status"] == "signed-in" else None), seen, answer)


@cases("cookies, plain {0} with uat {1}: Gatehouse and the SDK see the same user, whatever has the "
       "suffix", [(p, u) for p in PLAINS for u in UATS])
def _(plain, plain_uat):
    for own in OWNS:
        for own_uat in UATS:
            ours, theirs, seen, answer = taken(
                ("__session", PLAINS[plain]), ("__client_uat", plain_uat),
                ("__session" + TWIN, OWNS[own]), ("__client_uat" + TWIN, own_uat))
            is_(ours, theirs, f"suffixed {own}, uat {own_uat}: {seen.line} {answer['reason']}")


@case("cookies, issued before the client's latest change: neither takes it")
def _():
    for uat, who in ((NOW - 50, ada.id), (NOW - 49, None)):
        is_(taken(("__session", PLAINS["good"]), ("__client_uat", str(uat)))[:2], (who, who))


last_cases(world)

if __name__ == "__main__":
    run()
