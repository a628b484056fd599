"""Attacks with Clerk session tokens, as rows: name, what is asked of the stand-in's token
control, and the reason that the log has to give (None: the token is good).

The rows follow the checks in their order. What no control interface would sign
stands in it_clerk_tokens.py.
"""

import json

FORM, B64 = "not the form of a credential", "not base64url"
HEADER_JSON, CLAIMS_JSON = "header: no JSON object", "claims: no JSON object"
CAT, TYP = "not a session token: cat", "header: typ is another"
NO_ALG, OTHER_ALG = "header: alg is none of ours", "alg is not RS256"
ISS, NO_KID = "its issuer is not configured", "no key id"
KID = "header: kid is not a text of 1 to 128 bytes"
FORGED = "the signature is not of that key"
SUB, SID = "sub is not a user's id", "sid is not a session's id"
STS = "the session is not active: sts"
AUD_MISSING, AUD_KIND = "aud is missing", "aud is no text"
AUD_MIXED, AUD_OTHER = "aud holds something but texts", "aud is another"
AZP_NONE, AZP_OTHER = "no azp", "azp is not an authorized party"
ACT = "act is malformed"


def in_header(**members):
    return {"header": members}


def claim(**members):
    return {"claims": members}


# Text in place of a JSON object; %s is what stands between the braces of a good one.
BROKEN_JSON = [
    ("a byte order mark first", "\ufeff{%s}"),
    ("bytes that are not UTF-8", '{"x":"\udcff\udcfe",%s}'),
    ("an overlong UTF-8 slash", '{"x":"\udcc0\udcaf",%s}'),
    ("a UTF-8 surrogate", '{"x":"\udced\udca0\udc80",%s}'),
    ("a member twice", '{"x":1,"x":2,%s}'),
    ("a member twice, once spelled with an escape", '{"x":1,"\\u0078":2,%s}'),
    ("a member twice, deep inside", '{"x":{"y":[{"z":1,"z":1}]},%s}'),
    ("U+0000 in a name", '{"x\\u0000":1,%s}'),
    ("a NUL byte in a name", '{"x\0":1,%s}'),
    ("a NUL byte behind", "{%s}\0"),
    ("single quotes", "{'x':1,%s}"),
    ("a name without quotes", "{x:1,%s}"),
    ("NaN", '{"x":NaN,%s}'),
    ("Infinity", '{"x":-Infinity,%s}'),
    ("a number that ends in a dot", '{"x":1.,%s}'),
    ("a number that begins with a dot", '{"x":.5,%s}'),
    ("a number with a leading zero", '{"x":01,%s}'),
    ("a number with a plus", '{"x":+1,%s}'),
    ("a hexadecimal number", '{"x":0x10,%s}'),
    ("a raw control character in a text", '{"x":"a\nb",%s}'),
    ("a comment", "{/* x */%s}"),
    ("a trailing comma", '{"x":[1,],%s}'),
    ("a second object behind", "{%s}{}"),
    ("a word behind", "{%s} true"),
    ("an unknown escape", '{"x":"\\q",%s}'),
    ("half a Unicode escape", '{"x":"\\u12",%s}'),
    ("True with a capital", '{"x":True,%s}'),
    ("129 levels of nesting", '{"x":' + "[" * 128 + "]" * 128 + ",%s}"),
]
NO_OBJECT = ["[]", "[{}]", '"text"', "1", "true", "null", "", " ", "{", '{"sub":"user_1"', "{}}"]
GOOD_JSON = [
    ("spaces and line ends around", " \t\r\n{ %s } \n"),
    ("128 levels of nesting", '{"x":' + "[" * 127 + "]" * 127 + ",%s}"),
    ("escapes, pairs of surrogates, all of Unicode", '{"x":"\\u00e9\\ud83d\\ude00 é 😀",%s}'),
    ("numbers of every shape", '{"x":[0,-0,1e5,1E-7,0.5,99999999999999999999999],%s}'),
    ("one name at two places", '{"x":{"x":{"x":1}},%s}'),
]

CRIT = [(f"{name} {value!r}", in_header(**{name: value}), f"header: {name}")
        for name, values in {
            "crit": (["exp"], [], ["b64"], "exp", None, {}, 0, False),
            "b64": (False, True, None, "false", [], 0)}.items()
        for value in values]

# A value of the wrong kind, for every place that wants a text.
NO_TEXTS = [None, 1, 1.5, True, False, [], {}]


def row(name, spec, why):
    """U+0000 ends it earlier than the check that is meant: no JSON of ours holds one."""
    if "\\u0000" in json.dumps(spec):
        why = HEADER_JSON if "header" in spec else CLAIMS_JSON
    return name[:90], spec, why


def each(name, values, spec, why):
    return [row(f"{name} {value!r}", spec(value), why) for value in values]


CAT_ROWS = [
    ("no cat", {"drop_header": ["cat"]}, None),
    ("cat of a session", in_header(cat="cl_B7d4PD111AAA"), None),
    ("cat of an untagged token", in_header(cat="cl_I7d4PD111III"), None),
    ("cat of a JWT template", in_header(cat="cl_B7d4PD222AAA"), CAT),
    ("cat of a machine", in_header(cat="cl_B7d4PD333AAA"), CAT),
    *each("cat", ["", "cl_b7d4pd111aaa", "cl_B7d4PD111AAA ", "cl_B7d4PD111AA", "session",
                  ["cl_B7d4PD111AAA"], *NO_TEXTS], lambda v: in_header(cat=v), CAT)]

TYP_ROWS = [
    ("no typ", {"drop_header": ["typ"]}, None),
    *each("typ", ["jwt", "Jwt", "JWT ", "", "JWS", "JOSE", "at+jwt", "application/at+jwt",
                  "AT+JWT", "application/jwt", "logout+jwt", ["JWT"], *NO_TEXTS],
          lambda v: in_header(typ=v), TYP)]

# J03 and J04; those that are signed with another algorithm are signed truly.
ALG_ROWS = [
    *[(f"J03 alg none, spelled {v!r}, with {s} signature",
       {"header": {"alg": v}, "signature": s}, why)
      for v in ("none", "None", "nOnE", "NONE", "")
      for s, why in (("empty", "an empty part"), ("flipped", NO_ALG))],
    ("J03 no alg", {"drop_header": ["alg"]}, NO_ALG),
    *each("J03 alg", ["RS256\0", "RS256 ", "rs256", "Rs256", "RS2560", "RSA256", "SHA256",
                      ["RS256"], {"RS256": 1}, *NO_TEXTS], lambda v: in_header(alg=v), NO_ALG),
    *[(f"J04 {alg} with our RSA key as the secret", {"alg": alg}, NO_ALG)
      for alg in ("HS256", "HS384", "HS512")],
    *[(f"{alg}, truly signed by the instance's key", {"alg": alg}, OTHER_ALG)
      for alg in ("RS384", "RS512", "PS256", "PS384", "PS512")],
    *[(f"alg {alg} over an RS256 signature", in_header(alg=alg), OTHER_ALG)
      for alg in ("RS384", "PS256", "ES256", "ES384", "ES512", "EdDSA")],
    *[(f"alg {alg} over an RS256 signature", in_header(alg=alg), NO_ALG)
      for alg in ("ES256K", "Ed25519", "RSA-OAEP", "dir", "HS256")],
    *[(f"alg RS256 over a true {alg} signature", {"alg": alg, "header": {"alg": "RS256"}}, FORGED)
      for alg in ("RS384", "RS512", "PS256", "HS256")]]


def iss_rows(issuer):
    host = issuer.removeprefix("http://")
    wrong = [issuer + "/", issuer.upper(), issuer.replace("http:", "HTTP:"), issuer[:-1],
             issuer + "0", issuer + ".evil.example", issuer + "/tenant", issuer + "?x",
             " " + issuer, issuer + " ", issuer + "\0", host, "https://" + host, "//" + host,
             issuer.replace("http://", "http://user@"), issuer.replace("1", "\u2081"),
             issuer.replace("127", "localhost"), "https://clerk.evil.example", "", [issuer],
             {"iss": issuer}, *NO_TEXTS]
    return [("J14 no iss", {"drop": ["iss"]}, ISS),
            *each("J14 iss", wrong, lambda v: claim(iss=v), ISS)]


KID_ROWS = [
    ("no kid", {"drop_header": ["kid"]}, NO_KID),
    *each("kid", ["", "k" * 129, *NO_TEXTS], lambda v: in_header(kid=v), KID)]

SIGNATURE_ROWS = [
    ("the last bit of the signature flipped", {"signature": "flipped"}, FORGED),
    ("a signature by a key that is not published, under the kid of one that is",
     {"signer": "foreign"}, FORGED),
    ("no signature at all", {"signature": "empty"}, "an empty part")]

IDS = ["", "{}", "{} ", " {}1", "{}a-b", "{}a_b", "{}a.b", "{}a b", "{}é", "{}" + "a" * 65,
       "{}a\n", "{}a\0", "{}a\0b", "{}a'--", "a{}a", "{}" + "a" * 4096]


def id_rows(name, prefix, why, others):
    """J17 and its like: sub and sid."""
    return [
        (f"no {name}", {"drop": [name]}, why),
        *[row(f"{name} {value[:30]!r} ({len(value)} characters)", claim(**{name: value}), why)
          for value in [*(t.format(prefix) for t in IDS), prefix.upper() + "1",
                        prefix[:-1] + "1", *others]],
        *each(name, [[prefix + "1"], *NO_TEXTS], lambda v: claim(**{name: v}), why),
        (f"{name} of 64 letters and digits", claim(**{name: prefix + "aB3" * 21 + "z"}), None),
        (f"{name} of one", claim(**{name: prefix + "1"}), None)]


SUB_ROWS = id_rows("sub", "user_", SUB, ["mch_2g7n", "client_2g7n", "sess_2g7n", "user"])
SID_ROWS = id_rows("sid", "sess_", SID, ["user_2g7n", "sess"])

STS_ROWS = [
    ("no sts", {"drop": ["sts"]}, None), ("sts active", claim(sts="active"), None),
    *each("sts", ["pending", "Active", "active ", "expired", "revoked", "", ["active"], *NO_TEXTS],
          lambda v: claim(sts=v), STS)]

# Where no audience is configured.
AUD_IGNORED = [(f"aud {value!r} is not looked at without audience", claim(aud=value), None)
               for value in ("elsewhere", ["elsewhere"], [1], None, 1, {}, "")]

# Where the audience is "api" or "api-2".  J15.
AUD_ROWS = [
    ("aud api", claim(aud="api"), None), ("aud api-2", claim(aud="api-2"), None),
    ("aud [api]", claim(aud=["api"]), None),
    ("aud [other, api]", claim(aud=["other", "api"]), None),
    ("J15 no aud", {"drop": ["aud"]}, AUD_MISSING),
    *each("J15 aud", ["", "ap", "api ", "API", "api-", "api,api-2", "api api-2", "other",
                      "api\0", ["other"], [], [""], ["ap", "i"]], lambda v: claim(aud=v),
          AUD_OTHER),
    *each("J15 aud", [["api", 1], ["api", None], [1, "api"], [["api"]], ["api", {}],
                      [True, "api"]], lambda v: claim(aud=v), AUD_MIXED),
    *each("J15 aud", [None, 1, True, {"api": 1}, {}], lambda v: claim(aud=v), AUD_KIND)]


def azp_wrong(party):
    return [party + "/", party.upper(), party + ".evil.example", party + ":443", party[:-1],
            party.replace("https", "http"), "https://*.gate.example", "https://gate.example",
            "https://evil.example", "null", "*", " " + party, party + "\0"]


def azp_rows(party):
    """Where there are authorized parties and tokens without one are not taken."""
    return [
        (f"azp {party}", claim(azp=party), None), ("no azp", {"drop": ["azp"]}, AZP_NONE),
        *each("azp", ["", [party], *NO_TEXTS], lambda v: claim(azp=v), AZP_NONE),
        *each("azp", azp_wrong(party), lambda v: claim(azp=v), AZP_OTHER)]


def azp_native_rows(party):
    """The same with native_apps: only its absence is another matter."""
    return [("no azp, in a header, of a native app", {"drop": ["azp"]}, None), *[
        row for row in azp_rows(party) if row[0] != "no azp"]]


AZP_OPEN = [(f"azp {value!r} is not looked at without authorized_parties", claim(azp=value), None)
            for value in ("https://evil.example", "", None, 1)] + [
    ("no azp, without authorized_parties", {"drop": ["azp"]}, None)]

NO_TIMES = [None, "2000000000", "", True, False, [], {}, [2000000000]]


def time_rows(skew):
    """claims(now) at the edges, to the second; what is cut is cut towards zero."""
    late, early, future = "expired", "not valid yet", "issued in the future"
    rows = [
        ("exp one second inside", lambda n: {"exp": n - skew + 1}, None),
        ("exp on the edge", lambda n: {"exp": n - skew}, late),
        ("exp one second out", lambda n: {"exp": n - skew - 1}, late),
        ("a fraction of exp does not help", lambda n: {"exp": n - skew + 0.999}, late),
        ("exp inside, with a fraction", lambda n: {"exp": n - skew + 1.5}, None),
        ("nbf on the edge", lambda n: {"nbf": n + skew}, None),
        ("J13 nbf one second out", lambda n: {"nbf": n + skew + 1}, early),
        ("a fraction of nbf does not hurt", lambda n: {"nbf": n + skew + 0.999}, None),
        ("iat on the edge", lambda n: {"iat": n + skew}, None),
        ("J13 iat one second out", lambda n: {"iat": n + skew + 1}, future),
        ("a fraction of iat does not hurt", lambda n: {"iat": n + skew + 0.999}, None),
        ("nbf behind exp, both within the skew",
         lambda n: {"exp": n + 1, "nbf": n + skew, "iat": n + skew}, None)]
    return [(f"{name}, the skew {skew} s", claims, why) for name, claims, why in rows]


# Numbers as they are written: exp, nbf or iat in raw JSON.
WRITTEN_TIMES = [
    ("exp", "4e9", None), ("exp", "4.0E+9", None), ("exp", "4000000000.75", None),
    ("exp", "8640000000000", None), ("exp", "8.64e12", None),
    ("exp", "8640000000001", "exp is no time"), ("exp", "8640000000000.5", "exp is no time"),
    ("exp", "1e13", "exp is no time"), ("exp", "1e308", "exp is no time"),
    ("exp", "1e400", "exp is no time"), ("exp", "9223372036854775807", "exp is no time"),
    ("exp", "9223372036854775808", "exp is no time"), ("exp", "1" + "0" * 400, "exp is no time"),
    ("exp", "-8640000000001", "exp is no time"), ("exp", "-1e400", "exp is no time"),
    ("exp", "0", "expired"), ("exp", "-1", "expired"), ("exp", "-8640000000000", "expired"),
    ("exp", "1e-400", "expired"), ("exp", "-0", "expired"),
    ("nbf", "0", None), ("nbf", "-1.5", None), ("nbf", "-8640000000000", None),
    ("nbf", "1e400", "nbf is no time"), ("nbf", "-1e400", "nbf is no time"),
    ("nbf", "9223372036854775808", "nbf is no time"), ("nbf", "8640000000000", "not valid yet"),
    ("iat", "0", None), ("iat", "-1e3", None), ("iat", "1e13", "iat is no time"),
    ("iat", "-9223372036854775809", "iat is no time"),
    ("iat", "8640000000000", "issued in the future")]

# Section 8, each with the tokens' own look.
MACHINES = [("mt_", "a machine's"), ("oat_", "an OAuth application's"), ("ak_", "an API key")]
