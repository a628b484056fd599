#!/usr/bin/env python3
"""The local identity provider's stand-in for Clerk: the Backend API, faults, counters."""

from idp_clerk_world import (JWKS, PUBLIC_JWKS, SECRET, about, ada, api, clerk, error_of, idp,
                             last_case)
from idp import IdpError, claims_of
from rawhttp import Broken
from tap import case, cases, contains, is_, isnt, like, ok, raises, run

CANARY = b"canary-private-metadata"


# -- the Backend API --------------------------------------------------------------------------

@cases("{0} {1} wants the secret key", [
    ("GET", JWKS), ("GET", "/v1/users/" + ada.id), ("DELETE", "/v1/users/" + ada.id),
    ("GET", "/v1/sessions"), ("GET", "/v1/sessions/" + ada.session_id),
    ("POST", f"/v1/sessions/{ada.session_id}/tokens"),
    ("POST", f"/v1/sessions/{ada.session_id}/revoke")])
def _(method, path):
    is_(error_of(api(path, method=method)), (401, "authentication_invalid"))
    for wrong in ("Bearer sk_test_x", "Bearer " + about["secret_key"] + "x"):
        answer = api(path, ("Authorization", wrong), method=method)
        is_(error_of(answer), (401, "clerk_key_invalid"))
        ok(about["secret_key"].encode() not in answer.body and CANARY not in answer.body, "leaks")
    is_(error_of(api(path, SECRET, ("Clerk-API-Version", "new"), method=method)),
        (400, "api_version_invalid"))


@case("the key set is at both addresses, the public one without the secret key")
def _():
    public, private = api(PUBLIC_JWKS), api(JWKS, SECRET, ("Clerk-API-Version", "2026-05-12"))
    is_((public.status, private.status, public.get("Content-Type")), (200, 200, "application/json"))
    is_(public.body, private.body)


@case("a user: the verified primary address is not the first one; a canary stays private")
def _():
    answer = api("/v1/users/" + ada.id, SECRET)
    user = answer.json()
    is_((user["id"], user["object"], user["first_name"], user["last_name"], user["banned"],
         user["locked"], user["deprovisioned"]),
        (ada.id, "user", "Ada", "Lovelace", False, False, False))
    addresses = {a["id"]: a for a in user["email_addresses"]}
    primary = addresses[user["primary_email_address_id"]]
    is_((primary["email_address"], primary["verification"]["status"]),
        ("ada@example.org", "verified"))
    isnt(user["email_addresses"][0]["id"], primary["id"], "entry 0")
    is_(user["email_addresses"][0]["verification"], None)
    contains(answer.body, CANARY)
    for name in ("external_id", "username", "has_image", "phone_numbers", "web3_wallets",
                 "passkeys", "external_accounts", "saml_accounts", "public_metadata",
                 "last_sign_in_at", "legal_accepted_at", "lockout_expires_in_seconds",
                 "verification_attempts_remaining", "created_at", "updated_at"):
        contains(user, name)


@cases("a user made with {0}", [
    ({"verified": False}, lambda u, e: e["verification"]["status"] == "unverified"),
    ({"verified": None}, lambda u, e: e["verification"] is None),
    ({"verified": "expired"}, lambda u, e: e["verification"]["status"] == "expired"),
    ({"banned": True}, lambda u, e: u["banned"] is True),
    ({"email": ""}, lambda u, e: e is None and u["primary_email_address_id"] is None),
    ({"user": {"deprovisioned": True, "id": "user_other"}},
     lambda u, e: u["deprovisioned"] and u["id"] == "user_other"),
    ({"user": {"email_addresses": None}}, lambda u, e: u["email_addresses"] is None)])
def _(fields, holds):
    user = api("/v1/users/" + clerk.user(**fields).id, SECRET).json()
    primary = [a for a in user["email_addresses"] or () if a["id"] ==
               user["primary_email_address_id"]]
    ok(holds(user, primary[0] if primary else None), "what the user says", user)


@case("a user is changed and deleted; unknown users are 404 with Clerk's code")
def _():
    who = clerk.user(first_name="Eve")
    clerk.edit(who, email="eve@example.org", first_name="Evelyn", banned=True)
    user = api("/v1/users/" + who.id, SECRET).json()
    is_((user["first_name"], user["banned"], user["email_addresses"][1]["email_address"]),
        ("Evelyn", True, "eve@example.org"))
    like(raises(IdpError, clerk.user, "eve@example.org"), "409")
    like(raises(IdpError, clerk.edit, who, nonsense=1), "400")
    like(raises(IdpError, clerk.edit, "user_none", banned=True), "404")
    answer = api("/v1/users/" + who.id, SECRET, method="DELETE")
    is_(answer.json(), {"object": "user", "id": who.id, "slug": None, "deleted": True})
    is_(api("/v1/sessions/" + who.session_id, SECRET).json()["status"], "removed")
    gone = api("/v1/users/" + who.id, SECRET)
    is_(error_of(gone), (404, "resource_not_found"))
    is_(sorted(gone.json()), ["clerk_trace_id", "errors"])
    is_(sorted(gone.json()["errors"][0]), ["code", "long_message", "message"])


@case("sessions: tokens of a chosen life and of templates, revoked ones give none")
def _():
    who = clerk.user()
    path = "/v1/sessions/" + who.session_id
    answer = api(path + "/tokens", SECRET, method="POST", body={"expires_in_seconds": 120}).json()
    is_(sorted(answer), ["jwt", "object"])
    claims = claims_of(answer["jwt"])
    is_((claims["exp"] - claims["iat"], claims["sid"], "azp" in claims),
        (120, who.session_id, False))
    templated = api(path + "/tokens/other", SECRET, method="POST").json()["jwt"]
    is_((claims_of(templated, 0)["cat"], "sid" in claims_of(templated)),
        ("cl_B7d4PD222AAA", False))
    for life in (29, 315360001, "60"):
        is_(api(path + "/tokens", SECRET, method="POST",
                body={"expires_in_seconds": life}).status, 422)
    listed = api(f"/v1/sessions?user_id={who.id}&status=active", SECRET).json()
    is_([s["id"] for s in listed], [who.session_id])
    revoked = api(path + "/revoke", SECRET, method="POST").json()
    is_((revoked["object"], revoked["status"], revoked["user_id"]),
        ("session", "revoked", who.id))
    is_(error_of(api(path + "/tokens", SECRET, method="POST")), (404, "resource_not_found"))
    is_(api(path, SECRET).json()["status"], "revoked")


# -- cookies --------------------------------------------------------------------------------------

@case("the cookies of a user: plain and with the suffix, uat not after iat")
def _():
    names = ["__session", "__client_uat"]
    is_(sorted(ada.cookies), sorted(names + [f"{n}_{about['suffix']}" for n in names]))
    is_((ada.cookies["__session"], ada.cookies["__session_" + about["suffix"]]), (ada.jwt,) * 2)
    uat = int(ada.cookies["__client_uat"])
    ok(uat <= claims_of(ada.jwt)["iat"] <= uat + 2, "uat", uat)
    is_(dict(pair.split("=", 1) for pair in ada.cookie.split("; ")), ada.cookies)


# -- faults, counters, memory ------------------------------------------------------------------

@cases("a fault of \"only\": {0} spoils {1} and leaves {2}", [
    ("jwks", JWKS, "/v1/users/" + ada.id), ("users", "/v1/users/" + ada.id, JWKS),
    ("clerk", "/v1/sessions", None), ("all", JWKS, None), (None, None, JWKS),
    ("discovery", None, JWKS), ("oidc", None, JWKS)])
def _(only, spoilt, left):
    scope = {"only": only} if only else {}
    with idp.fault(status=429, headers={"Retry-After": "7"}, body="{}", **scope):
        if spoilt:
            answer = api(spoilt, SECRET)
            is_((answer.status, answer.get("Retry-After")), (429, "7"))
        if left:
            is_(api(left, SECRET).status, 200)
    is_(api(JWKS, SECRET).status, 200)


@cases("fault {0} on the key set", [
    ({"reset": True}, ConnectionResetError), ({"close": True}, Broken),
    ({"half_body": True}, Broken), ({"hang": True}, TimeoutError), ({"drip": True}, TimeoutError)])
def _(fault, kind):
    with idp.fault(only="jwks", **fault):
        raises(kind, api, PUBLIC_JWKS, timeout=0.4)


@cases("fault {0} on a user", [
    ({"status": 502, "body": "<html>bad gateway</html>", "content_type": "text/html"},
     lambda a: a.status == 502 and a.json() is None),
    ({"redirect": "http://127.0.0.1:1/"}, lambda a: a.get("Location") == "http://127.0.0.1:1/"),
    ({"garbage": True}, lambda a: a.status == 200 and a.json() is None),
    ({"huge": 300000}, lambda a: len(a.body) > 300000 and a.json()["id"] == ada.id),
    ({"gzip": True}, lambda a: a.get("Content-Encoding") == "gzip"),
    ({"latency_ms": 50}, lambda a: a.json()["id"] == ada.id)])
def _(fault, holds):
    with idp.fault(only="users", **fault):
        answer = api("/v1/users/" + ada.id, SECRET)
    ok(holds(answer), "the answer", answer)


@case("requests are counted by what they ask for, and remembered with their listener")
def _():
    idp.clear()
    api(JWKS, SECRET, ("X-A", "1"), ("X-A", "2"))
    api(PUBLIC_JWKS)
    api("/v1/users/" + ada.id, SECRET)
    api("/v1/sessions", SECRET)
    api("/sign-in")
    counts = {k: v for k, v in idp.counters().items() if v}
    is_(counts, {"clerk_jwks": 2, "clerk_users": 1, "clerk_sessions": 1, "clerk_pages": 1,
                 "clerk_connections": 5})
    seen = idp.requests()
    is_({r.listener for r in seen}, {"clerk"})
    is_((seen[0].path, seen[0].all("x-a"), seen[0].get("authorization")),
        (JWKS, ["1", "2"], SECRET[1]))


last_case()

if __name__ == "__main__":
    run()
