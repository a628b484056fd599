"""tokenize_as: a session as a signed JWT (ES256, P-256 in plain integers).

Slow and not hardened: it signs tokens for tests with a key made at start.
GET /control/jwks has the public key, as real Kratos publishes none either.
"""

import base64
import hashlib
import secrets
import time
import uuid

from wire import ApiError, dumps, parse_duration

# The curve P-256 (FIPS 186-4).
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
G = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)


def _add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _multiply(k, point):
    total = None
    while k:
        if k & 1:
            total = _add(total, point)
        point = _add(point, point)
        k >>= 1
    return total


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    def __init__(self):
        self.key = None

    def _make(self):
        self.key = secrets.randbelow(N - 1) + 1
        self.public = _multiply(self.key, G)
        self.kid = str(uuid.uuid4())

    def jwks(self):
        if self.key is None:
            self._make()
        x, y = (b64(c.to_bytes(32, "big")) for c in self.public)
        return {"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
                          "kid": self.kid, "x": x, "y": y}]}

    def sign(self, claims):
        if self.key is None:
            self._make()
        head = {"alg": "ES256", "kid": self.kid, "typ": "JWT"}
        text = b64(dumps(head)) + "." + b64(dumps(claims))
        digest = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        r = s = 0
        while not (r and s):
            k = secrets.randbelow(N - 1) + 1
            r = _multiply(k, G)[0] % N
            s = pow(k, -1, N) * (digest + r * self.key) % N
        return text + "." + b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


FAILURES = {
    "jsonnet": lambda: ApiError(400, "Unable to execute tokenizer JsonNet."),
    "no_alg": lambda: ApiError(400, 'The JSON Web Key must include a valid "alg" '
                                    'parameter but "" was given.'),
    "key_fetch": lambda: ApiError(500, message="unable to fetch the JSON Web Key Set"),
}


def tokenize(signer, config, name, session, identity, issuer):
    template = config.tokenizer.get(name)
    if template is None:
        raise ApiError(400, f'Unable to find tokenizer template "{name}".')
    if template.get("fail"):
        raise FAILURES[template["fail"]]()
    subject = identity.id
    if template.get("subject_source") == "external_id":
        subject = identity.external_id
        if not subject:
            raise ApiError(400, "The session's identity does not have an external ID set, "
                                "but it is required for the subject claim.")
    now = int(time.time())
    claims = {"exp": now + int(parse_duration(template.get("ttl", "1m"))), "iat": now,
              "iss": issuer, "jti": str(uuid.uuid4()), "nbf": now, "sid": session.id}
    return signer.sign({**claims, **template.get("claims", {}), "sub": subject})
