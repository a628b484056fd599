#!/usr/bin/env python3
"""The local identity provider's plain OpenID Connect issuer: discovery, keys, tokens, faults."""

import time

from idp_clerk_world import api, idp, kids, last_case, oidc, openssl_says
from idp import IdpError, claims_of
from tap import case, cases, is_, isnt, like, ok, raises, run

DISCOVERY = "/.well-known/openid-configuration"
about = oidc.about()


def get(target, **how):
    return api(target, port=oidc.port, **how)


@case("discovery names the issuer as configured and where its keys are")
def _():
    is_((about["issuer"], about["jwks_url"], about["discovery_url"]),
        (oidc.url, oidc.url + "/jwks", oidc.url + DISCOVERY))
    answer = get(DISCOVERY)
    is_((answer.status, answer.json()["issuer"], answer.json()["jwks_uri"]),
        (200, oidc.url, oidc.url + "/jwks"))
    like(answer.get("Content-Type"), "^application/json")
    is_(kids("/jwks", port=oidc.port), [about["kid"]])
    is_((get("/").status, get("/jwks", method="POST").status, get(DISCOVERY, method="PUT").status),
        (404, 405, 404))


@case("below a path there is another issuer, with the same keys")
def _():
    document = get("/tenant/a" + DISCOVERY).json()
    is_((document["issuer"], document["jwks_uri"]), (oidc.url + "/tenant/a", about["jwks_url"]))


@case("discovery with other members, as text, and as it was")
def _():
    oidc.discovery(issuer="https://elsewhere.example", jwks_uri=None)
    document = get(DISCOVERY).json()
    is_((document["issuer"], "jwks_uri" in document), ("https://elsewhere.example", False))
    oidc.discovery(text="[]")
    is_(get(DISCOVERY).body, b"[]")
    oidc.discovery()
    is_(get(DISCOVERY).json()["issuer"], oidc.url)
    like(raises(IdpError, oidc.discovery, text=1), "400")


@case("a token's claims, and a signature that openssl believes")
def _():
    token = oidc.token()
    claims = claims_of(token)
    is_(sorted(claims), ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "sub"])
    is_((claims["iss"], claims["aud"], claims["exp"] - claims["iat"], claims["email_verified"]),
        (oidc.url, about["audience"], 300, True))
    ok(abs(claims["iat"] - time.time()) < 5, "iat is now", claims)
    is_(claims_of(token, 0), {"alg": "RS256", "kid": about["kid"], "typ": "JWT"})
    is_(openssl_says(token, about["jwt_key"]), "Verified OK")


@case("tokens of another subject, audience, type, algorithm; without a kid")
def _():
    token = oidc.token(user_id="bob", claims={"aud": ["a", "b"], "realm_access.roles": ["x"]},
                       alg="PS384", header={"typ": "at+jwt"}, drop_header=["kid"])
    claims = claims_of(token)
    is_((claims["sub"], claims["email"], claims["aud"], claims["realm_access.roles"]),
        ("bob", "bob@example.org", ["a", "b"], ["x"]))
    is_(claims_of(token, 0), {"alg": "PS384", "typ": "at+jwt"})
    is_(openssl_says(token, about["jwt_key"], "sha384", "-sigopt", "rsa_padding_mode:pss",
                     "-sigopt", "rsa_pss_saltlen:digest"), "Verified OK")
    for wrong in ({"version": 1}, {"session_id": "x"}, {"nonsense": 1}):
        like(raises(IdpError, oidc.token, **wrong), "400.*unknown member")


@case("its keys rotate and fail like Clerk's, and are others than Clerk's")
def _():
    after = oidc.rotate()
    is_(kids("/jwks", port=oidc.port), [after["kid"], about["kid"]])
    isnt(after["jwt_key"], about["jwt_key"], "the key")
    oidc.keys(remove="previous")
    is_(kids("/jwks", port=oidc.port), [after["kid"]])
    isnt(kids(), kids("/jwks", port=oidc.port), "Clerk's")
    oidc.keys(jwk={"alg": "PS256"})
    is_(get("/jwks").json()["keys"][0]["alg"], "PS256")
    oidc.reset_keys()
    is_(kids("/jwks", port=oidc.port), [about["kid"]])


@cases("a fault of \"only\": {0} spoils discovery: {1}, keys: {2}, Clerk's keys: {3}", [
    ("discovery", True, False, False), ("jwks", False, True, True), ("oidc", True, True, False),
    ("clerk", False, False, True), ("all", True, True, True), ("users", False, False, False)])
def _(only, discovery, keys, clerks):
    with idp.fault(status=503, only=only):
        seen = [answer.status == 503 for answer in (
            get(DISCOVERY), get("/jwks"), api("/.well-known/jwks.json"))]
    is_(seen, [discovery, keys, clerks])


@case("a fault for the next request only: the second attempt succeeds")
def _():
    idp.faults(status=500, only="discovery", times=1)
    is_([get(path).status for path in ("/jwks", DISCOVERY, DISCOVERY)], [200, 500, 200])


@case("requests are counted by what they ask for, and remembered with their listener")
def _():
    idp.clear()
    for path in (DISCOVERY, "/x" + DISCOVERY, "/jwks", "/else"):
        get(path)
    is_({k: v for k, v in idp.counters().items() if v},
        {"oidc_discovery": 2, "oidc_jwks": 1, "oidc_other": 1, "oidc_connections": 4})
    is_([(r.listener, r.path) for r in idp.requests("/jwks")], [("oidc", "/jwks")])


@case("keys outlive a restart")
def _():
    idp.restart()
    is_((oidc.about(), kids("/jwks", port=oidc.port)), (about, [about["kid"]]))


last_case()

if __name__ == "__main__":
    run()
