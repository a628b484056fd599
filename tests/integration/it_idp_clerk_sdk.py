#!/usr/bin/env python3
"""Clerk's own SDK, @clerk/backend, and jose against the local identity provider's stand-in.

What proves that it stands in for Clerk: Clerk's own code takes its tokens,
keys and users for real ones, and refuses those that a test made wrong.
"""

from idp_clerk_world import PUBLIC_JWKS, SITE, about, ada, api, clerk, idp, last_case, oidc
import npm
from idp import claims_of
from tap import case, cases, is_, isnt, like, ok, run

sdk = None                           # an npm.Node, while the cases run
DEV_BROWSER = f"__clerk_db_jwt_{about['suffix']}=dvb_1"


def ask(op, **given):
    return sdk.ask(op=op, **given)


def verified(token, **options):
    answer = ask("verifyToken", token=token, options=options)
    return answer["ok"]["sub"] if "ok" in answer else answer["error"]["reason"]


def who_asks(*headers, **options):
    """What authenticateRequest makes of a request with these headers."""
    return ask("authenticateRequest", url=SITE + "/page", headers=dict(headers),
               options={"authorizedParties": [about["azp"]], **options})["ok"]


@cases("verifyToken takes a session token of version {0}, by keys from {1}", [
    (version, keys) for version in (1, 2) for keys in ("the Backend API", "the PEM")])
def _(version, keys):
    options = {"jwtKey": about["jwt_key"]} if keys == "the PEM" else {}
    is_(verified(clerk.token(user_id=ada.id, version=version), **options), ada.id)


@cases("verifyToken refuses a token with {0}: {1}", [
    ({"expires_in_seconds": -60}, "token-expired"),
    ({"claims": {"nbf": 4102444800}}, "token-not-active-yet"),
    ({"claims": {"iat": 4102444800}}, "token-iat-in-the-future"),
    ({"signature": "flipped"}, "token-invalid-signature"),
    ({"signer": "foreign"}, "token-invalid-signature"),
    ({"header": {"kid": "ins_unknown"}}, "jwk-kid-mismatch"),
    ({"claims": {"azp": "https://evil.example"}}, "token-invalid-authorized-parties"),
    ({"header": {"typ": "X"}}, "token-invalid")])
def _(spec, reason):
    is_(verified(clerk.token(user_id=ada.id, **spec), authorizedParties=[about["azp"]]), reason)


@case("authenticateRequest by header and by cookies: signed in")
def _():
    cookies = ada.cookie + "; " + DEV_BROWSER
    for header in (("Authorization", "Bearer " + ada.jwt), ("Cookie", cookies)):
        seen = who_asks(header)
        is_((seen["status"], seen.get("userId"), seen.get("sessionId")),
            ("signed-in", ada.id, ada.session_id), str(seen))


@case("authenticateRequest with uat 0: signed out")
def _():
    cookies = {name: "0" if "uat" in name else value for name, value in ada.cookies.items()}
    text = "; ".join(f"{n}={v}" for n, v in cookies.items())
    is_(who_asks(("Cookie", text + "; " + DEV_BROWSER))["status"], "signed-out")


@case("users.getUser: the primary address by its id, verified; an unknown user is a 404")
def _():
    user = ask("getUser", id=ada.id)["ok"]
    primary = [a for a in user["emailAddresses"] if a["id"] == user["primaryEmailAddressId"]]
    is_((user["id"], user["firstName"], user["lastName"], primary[0]["emailAddress"],
         primary[0]["verification"]["status"]),
        (ada.id, "Ada", "Lovelace", "ada@example.org", "verified"))
    isnt(user["emailAddresses"][0]["id"], primary[0]["id"], "entry 0")
    error = ask("getUser", id="user_none")["error"]
    is_((error["status"], error["errors"][0]["code"]), (404, "resource_not_found"))


@case("a 429 from the Backend API is what the SDK knows as one")
def _():
    body = '{"errors":[{"message":"slow","long_message":"slow","code":"too_many_requests"}]}'
    with idp.fault(status=429, headers={"Retry-After": "7"}, body=body, only="users"):
        error = ask("getUser", id=ada.id)["error"]
    is_((error["status"], error["errors"][0]["code"]), (429, "too_many_requests"))


@case("sessions: looked at, tokens of a chosen life and of a template, revoked")
def _():
    who = clerk.user()
    is_(ask("getSession", id=who.session_id)["ok"]["status"], "active")
    token = ask("getToken", id=who.session_id, seconds=90)["ok"]["jwt"]
    is_(claims_of(token)["exp"] - claims_of(token)["iat"], 90)
    is_(verified(token), who.id)
    template = ask("getToken", id=who.session_id, template="other")["ok"]["jwt"]
    is_(claims_of(template, 0)["cat"], "cl_B7d4PD222AAA")
    is_(ask("revokeSession", id=who.session_id)["ok"]["status"], "revoked")
    is_(ask("getToken", id=who.session_id)["error"]["status"], 404)
    is_(ask("deleteUser", id=who.id)["ok"]["deleted"], True)
    is_(ask("getUser", id=who.id)["error"]["status"], 404)


@case("the SDK announced itself with the headers it is known for")
def _():
    seen = [r for r in idp.requests() if r.path.startswith("/v1/users/")][-1]
    like(seen.get("Clerk-API-Version"), r"^\d{4}-\d\d-\d\d$")
    is_(seen.get("Authorization"), "Bearer " + about["secret_key"])
    like(seen.get("User-Agent"), "@clerk/backend")


@cases("jose takes {0} of the plain issuer, by its key set", [
    ("RS256",), ("RS384",), ("RS512",), ("PS256",), ("PS384",), ("PS512",)])
def _(alg):
    oidc.keys(jwk={"alg": alg})
    token = oidc.token(alg=alg)
    answer = ask("jose", token=token, jwks=oidc_keys(), options={"issuer": oidc.url})
    ok("ok" in answer, "verified", answer)
    is_((answer["ok"]["payload"]["sub"], answer["ok"]["header"]["alg"]), ("subject-1", alg))
    wrong = ask("jose", token=oidc.token(alg=alg, signature="flipped"), jwks=oidc_keys())
    is_(wrong["error"]["code"], "ERR_JWS_SIGNATURE_VERIFICATION_FAILED")


def oidc_keys():
    return api("/jwks", port=oidc.port).json()


@case("jose takes a session token, fetching the keys itself")
def _():
    answer = ask("jose", token=clerk.token(user_id=ada.id), jwksUrl=clerk.url + PUBLIC_JWKS,
                 options={"issuer": clerk.url})
    is_(answer["ok"]["payload"]["sub"], ada.id)


last_case()

if __name__ == "__main__":
    with npm.Node(npm.folder(), "clerk.mjs", API_URL=about["api_url"],
                  SECRET_KEY=about["secret_key"], PUBLISHABLE_KEY=about["publishable_key"]) as sdk:
        run()
