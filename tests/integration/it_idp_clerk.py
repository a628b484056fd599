#!/usr/bin/env python3
"""The local identity provider's stand-in for Clerk: the instance, its tokens and its keys.

Signatures are checked by `openssl dgst -verify`, which shares nothing with the
program's own arithmetic. it_idp_clerk_sdk.py has Clerk's own SDK judge it.
"""

import base64
import hashlib
import json
import os
import re
import socket
import subprocess
import time

from idp_clerk_world import (JWKS, PUBLIC_JWKS, SECRET, about, ada, api, clerk, idp, kids,
                             last_case, openssl_says, unpadded)
from idp import TOP, Idp, IdpError, claims_of
from tap import case, cases, is_, isnt, like, ok, raises, run


# -- what the instance is ----------------------------------------------------------------

@case("addresses, keys and the cookie suffix follow from where it listens")
def _():
    is_(sorted(about), ["api_url", "azp", "issuer", "jwt_key", "kid", "publishable_key",
                        "secret_key", "suffix"])
    is_((about["issuer"], about["api_url"], about["azp"]), (clerk.url,) * 3)
    prefix, tail = about["publishable_key"][:8], about["publishable_key"][8:]
    is_((prefix, unpadded(tail)), ("pk_test_", f"127.0.0.1:{clerk.port}$".encode()))
    like(about["secret_key"], r"^sk_test_\w{40}$")
    like(about["kid"], r"^ins_\w{27}$")

    def suffix(key):
        return base64.urlsafe_b64encode(hashlib.sha1(key.encode()).digest()).decode()[:8]
    is_(suffix("pk_live_Y2xlcmsuY2xlcmsuZGV2JA"), "1Z8AzTQD", "the known pair")
    is_(about["suffix"], suffix(about["publishable_key"]))


@case("behind a prefix the issuer and the publishable key are the browser's, the API is ours")
def _():
    with Idp("--clerk-base-url", "http://localhost:4000/.clerk/", "--set",
             "clerk_secret_key=sk_test_mine", clerk=True) as other:
        seen = other.clerk.about()
        is_((seen["issuer"], seen["api_url"], seen["azp"], seen["secret_key"]),
            ("http://localhost:4000/.clerk", other.clerk.url, "http://localhost:4000",
             "sk_test_mine"))
        is_(unpadded(seen["publishable_key"][8:]), b"127.0.0.1:4000$")
        is_(claims_of(other.clerk.user().jwt)["iss"], "http://localhost:4000/.clerk")


@case("without --clerk nothing of it shows: files, counters, configuration, control")
def _():
    with Idp() as other:
        with open(os.path.join(other.dir, "ready")) as file:
            is_(sorted(json.load(file)), ["admin", "pid", "public"])
        shown = [*other.counters(), *other.call("GET", "/control/config")]
        is_([name for name in shown if "clerk" in name or "oidc" in name], [])
        other.stop()
        with open(os.path.join(other.dir, "state.json")) as file:
            is_(sorted(json.load(file)), ["identities", "secret", "sessions", "version"])
        other.start()
        for name in ("clerk", "oidc"):
            like(raises(IdpError, other.call, "GET", "/control/" + name), f"400.*--{name} HOST")


# -- tokens -------------------------------------------------------------------------------

@case("a session token as Clerk makes it today")
def _():
    now = time.time()
    token = clerk.new_session(ada).jwt
    is_(claims_of(token, 0), {"alg": "RS256", "cat": "cl_B7d4PD111AAA", "kid": about["kid"],
                              "typ": "JWT"})
    claims = claims_of(token)
    is_(sorted(claims), ["azp", "exp", "fva", "iat", "iss", "jti", "nbf", "sid", "sts", "sub",
                         "v"])
    ok(now - 1 <= claims["iat"] <= now + 2, "iat is now", claims)
    is_((claims["exp"] - claims["iat"], claims["nbf"] - claims["iat"]), (60, -10))
    is_((claims["azp"], claims["fva"], claims["iss"], claims["sts"], claims["sub"], claims["v"]),
        (clerk.url, [0, -1], clerk.url, "active", ada.id, 2))
    like(claims["sid"], r"^sess_[A-Za-z0-9]{27}$")
    like(ada.id, r"^user_[A-Za-z0-9]{27}$")
    is_(openssl_says(token, about["jwt_key"]), "Verified OK")
    isnt(openssl_says(token[:-4] + "AAAA", about["jwt_key"]), "Verified OK", "a wrong one")


@case("the older shape has neither v, sts nor fva")
def _():
    is_(sorted(claims_of(clerk.token(user_id=ada.id, version=1))),
        ["azp", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"])


@case("who has an organization has it, and the role there, in each token, but of no template")
def _():
    org = {"id": "org_2abc", "slug": "acme", "role": "admin"}
    who = clerk.user(organization=org)
    is_(claims_of(who.jwt)["o"], {"id": "org_2abc", "rol": "admin", "slg": "acme"})
    old = claims_of(clerk.token(user_id=who.id, version=1))
    is_((old["org_id"], old["org_role"], old["org_slug"]), ("org_2abc", "org:admin", "acme"))
    clerk.edit(who, organization={**org, "role": "member"})
    is_(claims_of(clerk.new_session(who).jwt)["o"]["rol"], "member", "after a change")
    template = api(f"/v1/sessions/{who.session_id}/tokens/x", SECRET, method="POST", body={})
    ok("o" not in claims_of(template.json()["jwt"]), "no organization in a template's", template)
    for wrong in {"id": "org_2abc"}, {**org, "role": None}, {**org, "slug": 7}, {**org, "x": ""}:
        like(raises(IdpError, clerk.user, organization=wrong), "400")


@cases("{0} signatures are what openssl expects", [
    ("RS256",), ("RS384",), ("RS512",), ("PS256",), ("PS384",), ("PS512",)])
def _(alg):
    token = clerk.token(alg=alg)
    is_(claims_of(token, 0)["alg"], alg)
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
    is_(openssl_says(token, about["jwt_key"], "sha" + alg[2:], *(pss if alg[0] == "P" else [])),
        "Verified OK")


@case("the public key is RSA of 2048 bits, and the published one is the same")
def _():
    done = subprocess.run(["openssl", "rsa", "-pubin", "-noout", "-modulus", "-text"], check=True,
                          input=about["jwt_key"], stdout=subprocess.PIPE, text=True)
    like(done.stdout, r"2048 bit.*Exponent: 65537")
    jwk = api(PUBLIC_JWKS).json()["keys"][0]
    is_(list(jwk), ["use", "kty", "kid", "alg", "n", "e"])
    is_((jwk["use"], jwk["kty"], jwk["kid"], jwk["alg"], jwk["e"]),
        ("sig", "RSA", about["kid"], "RS256", "AQAB"))
    is_(unpadded(jwk["n"]).hex().upper(), re.search("Modulus=(.*)", done.stdout).group(1))


@case("any shape of claims and header: set, left out, of any user and session")
def _():
    token = clerk.token(user_id="user_x", session_id="sess_y", expires_in_seconds=-3600,
                        claims={"azp": "https://a.example", "o": {"id": "org_1"}, "sts": "pending",
                                "act": {"sub": "user_z"}}, drop=["jti", "nbf", "never-there"],
                        header={"cat": None, "crit": ["b64"]}, drop_header=["kid"])
    claims = claims_of(token)
    is_((claims["sub"], claims["sid"], claims["azp"], claims["o"]["id"], claims["sts"]),
        ("user_x", "sess_y", "https://a.example", "org_1", "pending"))
    is_([name for name in ("jti", "nbf") if name in claims], [])
    ok(claims["exp"] == claims["iat"] - 3600, "expired an hour ago", claims)
    is_(claims_of(token, 0), {"alg": "RS256", "cat": None, "crit": ["b64"], "typ": "JWT"})
    is_(openssl_says(token, about["jwt_key"]), "Verified OK")


@case("text in place of JSON: duplicates, byte order marks, bytes that are no UTF-8")
def _():
    payload = '{"sub":"a","sub":"b"}'
    token = clerk.token(raw_payload=payload, raw_header="\ufeff{\udcff}")
    is_([unpadded(part) for part in token.split(".")[:2]],
        [b"\xef\xbb\xbf{\xff}", payload.encode()])
    is_(openssl_says(token, about["jwt_key"]), "Verified OK")


@case("signatures: empty, one bit flipped, of a foreign key, with the public key as secret")
def _():
    is_(clerk.token(signature="empty").split(".")[2], "")
    for spec in ({"signature": "flipped"}, {"signer": "foreign"}, {"alg": "HS256"}):
        token = clerk.token(**spec)
        is_(claims_of(token, 0)["kid"], about["kid"], repr(spec))
        isnt(openssl_says(token, about["jwt_key"]), "Verified OK", repr(spec))
    is_(claims_of(clerk.token(alg="none"), 0)["alg"], "none")
    is_(clerk.token(alg="none").split(".")[2], "")
    foreign = [clerk.token(signer="foreign") for _ in range(2)]
    is_(len({token.split(".")[2] for token in foreign}), 2)
    is_(kids(), [about["kid"]], "a foreign key is never published")


@cases("a token of {0} is refused, not made into something else", [
    ({"nonsense": 1},), ({"version": 3},), ({"alg": "ES256"},), ({"signer": "nobody"},),
    ({"signature": "bad"},), ({"claims": []},), ({"user_id": 7},), ({"drop": "exp"},),
    ({"expires_in_seconds": "60"},)])
def _(spec):
    like(raises(IdpError, clerk.token, **spec), "400.*" + next(iter(spec)).split("_")[0])


# -- keys ---------------------------------------------------------------------------------

@case("rotation with a new kid: both published, the old one still signs")
def _():
    clerk.reset_keys()
    after = clerk.rotate("new_kid")
    isnt(after["kid"], about["kid"], "kid")
    is_(kids(), [after["kid"], about["kid"]])
    is_(claims_of(clerk.token(), 0)["kid"], after["kid"])
    is_(openssl_says(clerk.token(), after["jwt_key"]), "Verified OK")
    for signer in ("previous", about["kid"]):
        old = clerk.token(signer=signer)
        is_(claims_of(old, 0)["kid"], about["kid"])
        is_(openssl_says(old, about["jwt_key"]), "Verified OK")
    clerk.keys(remove=about["kid"])
    is_(kids(), [after["kid"]])
    clerk.keys(publish=about["kid"])
    is_(kids(), [after["kid"], about["kid"]])
    clerk.reset_keys()
    is_((kids(), clerk.about()["kid"]), ([about["kid"]],) + (about["kid"],))


@case("rotation under the same kid: another key, alone; both can be told to sign")
def _():
    after = clerk.rotate("same_kid")
    is_((after["kid"], kids()), (about["kid"], [about["kid"]]))
    isnt(after["jwt_key"], about["jwt_key"], "the key")
    is_(openssl_says(clerk.token(), after["jwt_key"]), "Verified OK")
    is_(openssl_says(clerk.token(signer=about["kid"]), after["jwt_key"]), "Verified OK")
    is_(openssl_says(clerk.token(signer="previous"), about["jwt_key"]), "Verified OK")
    first = after["keys"][0]
    is_((first["signer"], first["published"], first["current"]),
        (about["kid"] + "~1", False, False))
    is_(openssl_says(clerk.token(signer=first["signer"]), about["jwt_key"]), "Verified OK")
    clerk.reset_keys()


@case("the key set as text, empty, with other members; and as it was")
def _():
    clerk.keys(empty=True)
    is_(api(PUBLIC_JWKS).body, b'{"keys":[]}')
    clerk.keys(text='{"keys":[{]')
    is_((api(PUBLIC_JWKS).body, api(JWKS, SECRET).body), (b'{"keys":[{]',) * 2)
    clerk.reset_keys()
    clerk.keys(jwk={"alg": None, "use": "enc", "x5c": ["AA=="]})
    jwk = api(PUBLIC_JWKS).json()["keys"][0]
    is_((list(jwk), jwk["use"]), (["use", "kty", "kid", "n", "e", "x5c"], "enc"))
    clerk.reset_keys()
    is_(list(api(PUBLIC_JWKS).json()["keys"][0]), ["use", "kty", "kid", "alg", "n", "e"])


@cases("a change of keys {0} is refused", [
    ({"rotate": "x"},), ({"remove": "nobody"},), ({"nonsense": 1},), ({"text": 1},),
    ({"jwk": 1},), ({"empty": True, "reset": True},)])
def _(change):
    like(raises(IdpError, clerk.keys, **change), "400")
    is_(kids(), [about["kid"]])


@case("while a key is made, others are answered")
def _():
    with socket.create_connection(("127.0.0.1", idp.admin_port), 10) as sock:
        body = b'{"rotate":"new_kid"}'
        sock.sendall(b"POST /control/clerk/keys HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                     b"Connection: close\r\n\r\n%b" % (len(body), body))
        slowest = 0
        sock.settimeout(0.001)
        while True:
            began = time.monotonic()
            is_(api(PUBLIC_JWKS).status, 200)
            slowest = max(slowest, time.monotonic() - began)
            try:
                like(sock.recv(65536), "^HTTP/1.1 200")
                break
            except TimeoutError:
                continue
    ok(slowest < 1.0, "within a client's patience", slowest)
    clerk.reset_keys()


@case("keys, users and sessions outlive a restart, and an Ory-only run in between")
def _():
    who, before = clerk.user(), clerk.rotate()
    idp.stop()
    idp.issuers.remove(clerk)
    idp.start()
    idp.stop()
    idp.issuers.append(clerk)
    idp.start()
    is_(clerk.about()["secret_key"], about["secret_key"])
    is_([k["signer"] for k in clerk.keys()["keys"]], [k["signer"] for k in before["keys"]])
    is_((clerk.about()["kid"], kids()), (before["kid"], [before["kid"], about["kid"]]))
    is_(openssl_says(clerk.token(user_id=who.id), before["jwt_key"]), "Verified OK")
    is_(api(f"/v1/users/{who.id}", SECRET).status, 200)
    is_(claims_of(clerk.token(user_id=who.id))["sid"], who.session_id)
    clerk.reset_keys()


@case("nonsense in its part of the state file: it says so and does not start")
def _():
    other = Idp(start=False, clerk=True)
    with open(os.path.join(other.dir, "state.json"), "w") as file:
        json.dump({"version": 1, "secret": "00", "identities": [], "sessions": [],
                   "clerk": {"ring": {}}}, file)
    like(raises(IdpError, other.start), "idp: .*state.json: clerk: not of this program")
    other.remove()


@case("the README names what the control interface knows")
def _():
    with open(os.path.join(TOP, "contrib", "idp", "README.md")) as file:
        text = file.read()
    known = []
    for act in (lambda: clerk.token(nonsense=1), lambda: clerk.user(nonsense=1),
                lambda: clerk.keys(nonsense=1), lambda: clerk.hook("", "", "", nonsense=1),
                lambda: idp.faults(only="nonsense")):
        known += re.search(r"(?:known:|one of:?) ([\w, ]+)", str(raises(IdpError, act))).group(
            1).split(", ")
    known += idp.call("GET", "/control/config")
    ok(len(known) > 40, "something to check", known)
    is_([name for name in known if f"`{name}`" not in text and f'"{name}"' not in text], [])


last_case()

if __name__ == "__main__":
    run()
