#!/usr/bin/env python3
"""Clerk session tokens: every check has its attack, its reason in the log, and one public answer.

The tables are in clerk_token_rows.py. The gates differ in what is configured:
parties (the usual), open (no parties), native, audience, exact (no skew), pem
(a key in the configuration, and nothing to ask).
"""

import base64
import hashlib
import hmac
import json
import socket

import clerk_token_rows as rows
from token_world import SITE, Forge, World, in_one_second, is_, last_cases, ok, publish, respelled
from idp import claims_of
from tap import case, cases, run

world = World()
clerk, about = world.clerk, world.about
forge = Forge("ins_forge")
bound = Forge("ins_bound", "PS256")          # its JWK is for another algorithm than ours
publish(world, forge, bound)

DEAD = "http://127.0.0.1:9"                  # nobody listens there, and nobody is to ask
gate = world.gate(workers=3)
opened = world.gate({"clerk": {"authorized_parties": []}})
native = world.gate({"clerk": {"native_apps": True}})
audience = world.gate({"clerk": {"audience": ["api", "api-2"]}})
exact = world.gate({"clerk": {"clock_skew": "0s"}})
pem = world.gate({"clerk": {"jwt_key": forge.key.pem(), "secret_key": "", "api_url": DEAD,
                            "email_claim": "contact.email"}})
many = world.gate({"clerk": {"issuer": [about["issuer"], "https://clerk.gate.example"]}})
GATES = {"parties": gate, "open": opened, "native": native, "audience": audience, "exact": exact}

ada = clerk.user("ada@example.org", first_name="Ada")
good = claims_of(clerk.token(user_id=ada.id))
good = {**good, "exp": good["exp"] + 3600}
tail = json.dumps(good)[1:-1]


def forged(claims=None, header=None, **how):
    """A good token of the key of ours that the instance publishes, changed."""
    return forge.token({**good, **(claims or {})} if claims is None or isinstance(claims, dict)
                       else claims, header, **how)


def table(title, named, which="parties"):
    """One case per row of clerk_token_rows."""
    @cases(title + ": {0}", named)
    def _(_name, spec, why):
        GATES[which].write(clerk.token(**spec)).is_what(why)


# -- an unknown key id first: it may ask for a newer set, once a minute -----------------------

@case("an unknown kid: refused when a newer set does not know it either, and asked for once")
def _():
    gate.write(clerk.token()).is_allowed()
    before = world.calls()
    token = clerk.token(header={"kid": "ins_unknown"})
    for _ in range(3):
        gate.write(token).is_refused("no key of that kid")
    is_(world.calls()["clerk_jwks"], before["clerk_jwks"] + 1)


@cases("J06 the kid {0!r} is looked up, not followed: 503 while no newer set may be asked for", [
    ("http://127.0.0.1/keys.json",), ("../../v1/jwks",), ("x' OR '1'='1",),
    ("INS_FORGE",), ("ins_forge ",), ("%s%s%n",), ("ins_bound",)])
def _(kid):
    before = world.calls()
    gate.write(clerk.token(header={"kid": kid})).is_unsure(
        "unknown key id, and no newer set to be had")
    is_(world.calls(), before)


# -- shape ------------------------------------------------------------------------------------

def b64(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


# A header and a signature there must be; of claims, JSON says that they are missing.
EMPTY = ("an empty part", rows.CLAIMS_JSON)
JWE = '{"alg":"dir","enc":"A128GCM"}'
NESTED = '{"alg":"RS256","cty":"JWT"}'
SHAPES = {
    "one segment": lambda h, p, s: (h, rows.FORM),
    "two segments": lambda h, p, s: (f"{h}.{p}", rows.FORM),
    "four segments": lambda h, p, s: (f"{h}.{p}.{s}.{s}", rows.FORM),
    "J09 a five-part JWE": lambda h, p, s: (
        f"{b64(JWE)}..{p[:16]}.{p}.{s[:22]}", rows.FORM),
    "J09 a good token and another one behind": lambda h, p, s: (f"{h}.{p}.{s}.{h}.{p}.{s}",
                                                               rows.FORM),
    "J09 the flattened JSON serialisation": lambda h, p, s: (
        json.dumps({"payload": p, "protected": h, "signature": s}), "not the form of a token"),
    "J09 the JSON serialisation with two signatures": lambda h, p, s: (
        json.dumps({"payload": p, "signatures": [{"protected": h, "signature": x}
                                                 for x in (s, s[::-1])]}),
        "not the form of a token"),
    "J09 two tokens, parted by a comma": lambda h, p, s: (f"{h}.{p}.{s},{h}.{p}.{s}",
                                                          "not the form of a token"),
    "J09 two tokens, parted by a space": lambda h, p, s: (f"{h}.{p}.{s} {h}.{p}.{s}",
                                                          "not the form of a token"),
    "J09 a nested token": lambda h, p, s: (
        f"{b64(NESTED)}.{b64('.'.join((h, p, s)))}.{s}",
        rows.CLAIMS_JSON),
    "an empty header": lambda h, p, s: (f".{p}.{s}", "an empty part"),
    "an empty payload": lambda h, p, s: (f"{h}..{s}", EMPTY[1]),
    "an empty signature": lambda h, p, s: (f"{h}.{p}.", "an empty part"),
    "nothing but dots": lambda h, p, s: ("..", "an empty part"),
    "= behind the signature": lambda h, p, s: (f"{h}.{p}.{s}==", rows.B64),
    "a newline behind": lambda h, p, s: (f"{h}.{p}.{s}\n", "not the form of a token"),
    "a ? inside": lambda h, p, s: (f"{h}.{p}?.{s}", "not the form of a token"),
    "/ of the other alphabet": lambda h, p, s: (f"{h}.{p}.{s[:9]}/{s[10:]}", rows.B64),
    "+ of the other alphabet": lambda h, p, s: (f"{h}.{p}.{s[:9]}+{s[10:]}", rows.B64),
    "a ~, which a token may hold and base64url not": lambda h, p, s: (
        f"{h}.{p}.{s[:9]}~{s[10:]}", rows.B64),
    "a signature of a length that no bytes have": lambda h, p, s: (f"{h}.{p}.{s}AAA", rows.B64),
    "a signature with other unused bits": lambda h, p, s: (f"{h}.{p}.{respelled(s)}", rows.B64),
    "a signature of one byte more": lambda h, p, s: (f"{h}.{p}.AA{s[:-1]}A"[:len(h + p + s) + 4],
                                                     rows.FORGED),
    "a signature of one byte less": lambda h, p, s: (f"{h}.{p}.{s[:340]}", rows.FORGED),
    "a signature of one byte": lambda h, p, s: (f"{h}.{p}.AA", rows.FORGED),
    "a signature of zeros": lambda h, p, s: (f"{h}.{p}.{'A' * 342}", rows.FORGED),
    "a signature above the modulus": lambda h, p, s: (f"{h}.{p}.{'_' * 341}w", rows.FORGED),
}


@cases("the shape: {0}", [(n,) for n in SHAPES])
def _(name):
    token, why = SHAPES[name](*forged().split("."))
    gate.write(token).is_refused(why)


@case("the shape: 8192 bytes are a token, 8193 are none")
def _():
    for n in range(3):
        size = (8192 - len(forged({"pad": ""}, forge.header(x="y" * n)))) * 3 // 4
        for pad in range(size - 4, size + 4):
            token = forged({"pad": "p" * pad}, forge.header(x="y" * n))
            if len(token) == 8192:
                gate.write(token).is_allowed()
            if len(token) == 8193:
                gate.write(token).is_refused("not the form of a token")


def spelled(part, respell):
    """Tokens whose header or claims are spelled otherwise, and truly signed so."""
    for pad in ("", "x", "xx"):
        def spell(text, n):
            return (respell(text) or text) if n == part else text
        plain = forged({"pad": pad}, forge.header(pad=pad))
        token = forged({"pad": pad}, forge.header(pad=pad), spell=spell)
        if token.split(".")[part] != plain.split(".")[part]:
            yield token


@cases("base64url, truly signed: {0}", [
    ("= behind the header", 0, lambda t: t + "=" * (-len(t) % 4)),
    ("= behind the claims", 1, lambda t: t + "=" * (-len(t) % 4)),
    ("other unused bits in the header", 0, respelled),
    ("other unused bits in the claims", 1, respelled),
    ("a header of a length that no bytes have", 0, lambda t: t + "A" * ((1 - len(t)) % 4)),
    ("claims of a length that no bytes have", 1, lambda t: t + "A" * ((1 - len(t)) % 4))])
def _(_name, part, respell):
    tokens = list(spelled(part, respell))
    ok(len(tokens) >= 2, "spellings", tokens)
    for token in tokens:
        gate.write(token).is_refused(rows.B64)


# -- JSON -------------------------------------------------------------------------------------

HEAD = json.dumps(forge.header())[1:-1]
PARTS = {"header": (lambda text: forged(header=text), HEAD, rows.HEADER_JSON),
         "claims": (lambda text: forged(text), tail, rows.CLAIMS_JSON)}


def filled(text, rest):
    return text.replace("%s", rest).encode("utf-8", "surrogateescape")


@cases("JSON of the {0}, truly signed: {1}", [
    (part, name, text) for part in PARTS for name, text in rows.BROKEN_JSON])
def _(part, _name, text):
    make, rest, why = PARTS[part]
    gate.write(make(filled(text, rest))).is_refused(why)


@cases("JSON of the {0} that is no object, truly signed: {1!r}", [
    (part, text) for part in PARTS for text in rows.NO_OBJECT])
def _(part, text):
    make, _rest, why = PARTS[part]
    gate.write(make(text.encode())).is_refused(why if text else EMPTY[part == "claims"])


@cases("JSON of the {0} may have {1}", [
    (part, name, text) for part in PARTS for name, text in rows.GOOD_JSON])
def _(part, _name, text):
    make, rest, _why = PARTS[part]
    gate.write(make(filled(text, rest))).is_allowed()


@cases("J03 an alg with a NUL, in the bytes of the header: {0!r}", [
    ('"alg":"RS256\\u0000"',), ('"alg":"RS256\0"',)])
def _(member):
    text = HEAD.replace('"alg": "RS256"', member)
    ok(text != HEAD, "the header is another")
    seen = gate.write(forged(header=("{" + text + "}").encode()))
    ok(seen.why in (rows.NO_ALG, rows.HEADER_JSON), "the reason", seen)
    seen.is_refused(seen.why)


# -- the header -------------------------------------------------------------------------------

table("the header holds", rows.CRIT)
table("the header", rows.CAT_ROWS)
table("the header", rows.TYP_ROWS)
table("the header", rows.ALG_ROWS)
table("the header", rows.KID_ROWS)


@cases("J04 the public key as the secret of {0}: {1}", [
    (alg, form) for alg in ("HS256", "HS384", "HS512")
    for form in ("PEM", "PEM without the last newline", "DER", "the text of the JWK", "n")])
def _(alg, form):
    text = forge.key.pem()
    secret = {"PEM": text.encode(), "PEM without the last newline": text.rstrip().encode(),
              "DER": base64.b64decode("".join(text.split("\n")[1:-2])),
              "the text of the JWK": json.dumps(forge.jwk()).encode(),
              "n": forge.jwk()["n"].encode()}[form]
    gate.write(forged(header=forge.header(alg=alg),
                      sign=lambda m: hmac.digest(secret, m, "sha" + alg[2:]))).is_refused(
        rows.NO_ALG)


class Trap:
    """An address that nobody may come to."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0)
        self.url = "http://127.0.0.1:%d/keys.json" % self.socket.getsockname()[1]

    def is_untouched(self):
        try:
            self.socket.accept()
        except BlockingIOError:
            return
        ok(False, "somebody came")


EVIL = Forge("ins_evil")
trap = Trap()
HOSTILE = {
    "jwk": EVIL.jwk(), "jku": trap.url, "x5u": trap.url, "x5c": ["MIIB"], "x5t": "abc",
    "jwk of another kind": 1,
}


@cases("J06 a hostile {0} in the header of a forgery: refused, and nobody is asked", [
    (n,) for n in HOSTILE])
def _(name):
    before = world.calls()
    for kid in (EVIL.kid, forge.kid):
        header = EVIL.header(kid=kid, **{name.split()[0]: HOSTILE[name]})
        seen = gate.write(EVIL.token(good, header))
        if kid == forge.kid:
            seen.is_refused(rows.FORGED)
        else:
            seen.is_unsure("unknown key id, and no newer set to be had")
    is_(world.calls(), before)
    trap.is_untouched()


@cases("J06 {0} in the header of a genuine token is not looked at", [
    *((n,) for n in HOSTILE), ("oiat",), ("x",)])
def _(name):
    gate.write(forged(header=forge.header(**{name.split()[0]: HOSTILE.get(name, 1)}))).is_allowed()
    trap.is_untouched()


# -- issuer, signature ------------------------------------------------------------------------

@cases("{0}: refused before any key is looked for", rows.iss_rows(about["issuer"]))
def _(_name, spec, why):
    before = world.calls()
    spec = {**spec, "header": {"kid": "ins_never_seen"}}
    seen = gate.write(clerk.token(**spec))
    seen.is_refused(why)
    is_((seen.provider, world.calls()), (None, before))


@case("J14 an issuer that is a URL of the attacker is not asked")
def _():
    gate.write(forged({"iss": trap.url.removesuffix("/keys.json")})).is_refused(rows.ISS)
    trap.is_untouched()


@cases("of several issuers {0} is one", [(about["issuer"], None), (
    "https://clerk.gate.example", None), ("https://clerk.gate.exampl", rows.ISS)])
def _(issuer, why):
    many.write(clerk.token(claims={"iss": issuer})).is_what(why)


table("the signature", rows.SIGNATURE_ROWS)


@cases("the signature is of {0}", [("other claims",), ("another header",), ("another token",)])
def _(what):
    (h, p, s), (h2, p2, s2) = (t.split(".") for t in (forged(), forged(
        {"x": 1}, forge.header(x=1))))
    gate.write({"other claims": f"{h}.{p2}.{s}", "another header": f"{h2}.{p}.{s}",
                "another token": f"{h}.{p}.{s2}"}[what]).is_refused(rows.FORGED)


def block(digest_info, message, behind=b"", fill=b"\xff", kind=b"\0\1"):
    """EMSA-PKCS1-v1_5, and what is no such thing."""
    info = digest_info + hashlib.sha256(message).digest()
    size = forge.key.size - len(info) - len(kind) - 1 - len(behind)
    return kind + fill * size + b"\0" + info + behind


INFO = bytes.fromhex("3031300d060960864801650304020105000420")
BLOCKS = {
    "no parameters in the DigestInfo": lambda m: block(
        bytes.fromhex("302f300b0609608648016503040201" "0420"), m),
    "the DigestInfo of SHA-384": lambda m: block(
        bytes.fromhex("3031300d060960864801650304020205000420"), m),
    "no DigestInfo": lambda m: block(b"", m),
    "bytes behind the digest": lambda m: block(INFO, m, b"\0" * 8),
    "padding of zeros": lambda m: block(INFO, m, fill=b"\0"),
    "padding of block type 2": lambda m: block(INFO, m, kind=b"\0\2"),
    "a long length in BER": lambda m: block(
        bytes.fromhex("308131300d06096086480165030402010500" "0420"), m),
}


@cases("a signature of our key over {0}", [(n,) for n in BLOCKS])
def _(name):
    gate.write(forged(sign=lambda m: forge.raw_signature(BLOCKS[name](m)))).is_refused(rows.FORGED)


@case("a signature made by the same hand over a right block is good: the rows above mean it")
def _():
    gate.write(forged(sign=lambda m: forge.raw_signature(block(INFO, m)))).is_allowed()


@case("a token under the kid of a key that the set has for another algorithm only: never good")
def _():
    for alg in ("RS256", "PS256"):
        seen = gate.write(bound.token(good, bound.header(alg=alg), sign=lambda m, a=alg:
                                      bound.key.sign(a, m)))
        ok(seen.status in (401, 503), "not good", seen)


# -- claims -----------------------------------------------------------------------------------

table("claims", rows.SUB_ROWS)
table("claims", rows.SID_ROWS)
table("claims", rows.STS_ROWS)
table("claims", rows.AUD_IGNORED)
table("claims, audience [api, api-2]", rows.AUD_ROWS, "audience")
table("claims, parties", rows.azp_rows(SITE))
table("claims, native_apps", rows.azp_native_rows(SITE), "native")
table("claims", rows.AZP_OPEN, "open")


@cases("times: {0}", [(*row, which) for which, skew in (("parties", 5), ("exact", 0))
                      for row in rows.time_rows(skew)])
def _(_name, claims, why, which):
    in_one_second(lambda now: clerk.token(claims=claims(now)), GATES[which].write).is_what(why)


@case("times: no exp is refused; neither nbf nor iat has to be there")
def _():
    gate.write(clerk.token(drop=["exp"])).is_refused("exp is missing")
    gate.write(clerk.token(drop=["nbf", "iat"])).is_allowed()


@cases("times: {0} {1!r} is no time", [
    (name, value) for name in ("exp", "nbf", "iat") for value in rows.NO_TIMES])
def _(name, value):
    gate.write(clerk.token(claims={name: value})).is_refused(f"{name} is no time")


@cases("times: {0} written as {1:.40}", rows.WRITTEN_TIMES)
def _(name, text, why):
    others = {k: v for k, v in good.items() if k != name}
    raw = json.dumps(others)[:-1] + f', "{name}": {text}}}'
    gate.write(forged(raw.encode())).is_what(why)


@case("times: a life of ten years is as good as one of a minute")
def _():
    gate.write(clerk.token(expires_in_seconds=315360000)).is_allowed()
    gate.write(clerk.token(expires_in_seconds=-60)).is_refused("expired")


# -- a key in the configuration ---------------------------------------------------------------

@cases("with jwt_key: {0}", [
    ("a good token", {}, None), ("no kid", {"kid": None}, None), ("any kid", {"kid": "x"}, None),
    ("a token of the instance's other key", "theirs", rows.FORGED),
    ("alg none", {"alg": "none"}, rows.NO_ALG), ("PS256", {"alg": "PS256"}, rows.OTHER_ALG)])
def _(_name, header, why):
    if header == "theirs":
        token = clerk.token()
    else:
        header = {k: v for k, v in forge.header(**header).items() if v is not None}
        token = forged(header=header)
    before = world.calls()
    pem.write(token).is_what(why)
    is_(world.calls(), before)


# -- section 8: machines ----------------------------------------------------------------------

@cases("{1} token ({0}...) is refused, and nobody is asked", rows.MACHINES)
def _(prefix, _what):
    before = world.calls()
    gate.write(prefix + "2g7np7Hrk0SN6kj5EDMLDaKNL0S").is_refused(rows.FORM)
    is_(world.calls(), before)


@cases("a machine's JWT: {0}", [
    ("M2M", {"claims": {"sub": "mch_2g7n"}, "drop": ["sid", "azp"],
             "header": {"cat": "cl_B7d4PD333AAA"}}, rows.CAT),
    ("M2M without its category", {"claims": {"sub": "mch_2g7n"}, "drop_header": ["cat"]}, rows.SUB),
    ("OAuth", {"header": {"typ": "at+jwt"}, "drop_header": ["cat"], "drop": ["sid"]}, rows.TYP),
    ("OAuth, spelled out", {"header": {"typ": "application/at+jwt"}, "drop_header": ["cat"]},
     rows.TYP),
    ("a template", {"header": {"cat": "cl_B7d4PD222AAA"}, "drop": ["sid"]}, rows.CAT),
    ("a template without its category", {"drop_header": ["cat"], "drop": ["sid"]}, rows.SID)])
def _(_name, spec, why):
    before = world.calls()
    gate.write(clerk.token(**spec)).is_refused(why)
    is_(world.calls(), before)


# -- one public answer ------------------------------------------------------------------------

@case("L02 a refused claim comes back nowhere: neither in the answer nor in the log")
def _():
    canary = "canary-5f1d"
    for spec in ({"claims": {"sub": canary}}, {"claims": {"azp": canary}},
                 {"header": {"typ": canary}}, {"header": {"alg": canary}},
                 {"claims": {"sts": canary}}, {"raw_payload": '{"%s":}' % canary},
                 {"claims": {"iss": "https://" + canary}}):
        seen = gate.write(clerk.token(**spec))
        is_(seen.status, 401)
        head = str(seen.answer.headers)
        ok(canary not in seen.body.decode() + head + json.dumps(seen.line), "the claim", seen)


last_cases(world)

if __name__ == "__main__":
    run()
