"""RSA in plain integers: keys of 2048 bits, signatures, and the forms keys are published in.

Quick enough for tests (about half a second for a key, some milliseconds for a
signature) and not hardened against anybody who can measure time: the keys made
here sign tokens of a development provider and nothing else.
"""

import base64
import hashlib
import math
import secrets

BITS, E = 2048, 65537
SIEVE_TO = 20000                     # candidates with a factor below need no power
ROUNDS = 8                           # for random 1024-bit numbers: error below 2^-100

# Algorithm: hash, PSS or PKCS#1 v1.5.
ALGORITHMS = {"RS256": ("sha256", False), "RS384": ("sha384", False), "RS512": ("sha512", False),
              "PS256": ("sha256", True), "PS384": ("sha384", True), "PS512": ("sha512", True)}

# RFC 8017 9.2, note 1: what stands before the digest.
DIGEST_INFO = {"sha256": "3031300d060960864801650304020105000420",
               "sha384": "3041300d060960864801650304020205000430",
               "sha512": "3051300d060960864801650304020305000440"}
RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    """As a JWK writes integers: big-endian without leading zeros."""
    return b64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


# -- primes -----------------------------------------------------------------------------

def _small_primes(limit):
    marks = bytearray([1]) * limit
    for n in range(2, math.isqrt(limit) + 1):
        if marks[n]:
            marks[n * n::n] = bytes(len(range(n * n, limit, n)))
    return [n for n in range(3, limit) if marks[n] and n % 2]


def _is_prime(n):
    """Miller-Rabin, after a cheap test to base 2 that nearly every other number fails."""
    if pow(2, n - 1, n) != 1:
        return False
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_witness_passes(n, odd, twos) for _ in range(ROUNDS))


def _witness_passes(n, odd, twos):
    x = pow(secrets.randbelow(n - 3) + 2, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def _prime(bits, primes):
    """A random prime with its two highest bits set, so that a product has all its bits."""
    while True:
        start = secrets.randbits(bits) | 3 << bits - 2 | 1
        span = bytearray(4096)                       # start, start + 2, start + 4 ...
        for p in primes:
            first = -start * pow(2, -1, p) % p       # start + 2*first is divisible by p
            span[first::p] = b"\1" * len(range(first, len(span), p))
        for i, struck in enumerate(span):
            candidate = start + 2 * i
            if not struck and (candidate - 1) % E and _is_prime(candidate):
                return candidate


# -- DER --------------------------------------------------------------------------------

def _der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def _der_integer(value):
    return _der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


# -- keys -------------------------------------------------------------------------------

class Key:
    def __init__(self, p, q):
        self.p, self.q, self.n = p, q, p * q
        self.d_p, self.d_q = pow(E, -1, p - 1), pow(E, -1, q - 1)
        self.q_inverse = pow(q, -1, p)

    @classmethod
    def generate(cls):
        primes = _small_primes(SIEVE_TO)
        while True:
            p, q = _prime(BITS // 2, primes), _prime(BITS // 2, primes)
            if p != q and (p * q).bit_length() == BITS:
                return cls(p, q)

    @property
    def size(self):
        return (self.n.bit_length() + 7) // 8

    def jwk(self, kid, alg="RS256"):
        """The public key, members in the order Clerk writes them."""
        return {"use": "sig", "kty": "RSA", "kid": kid, "alg": alg, "n": number(self.n),
                "e": number(E)}

    def pem(self):
        """SubjectPublicKeyInfo, as dashboards show it."""
        inner = _der(0x30, _der_integer(self.n) + _der_integer(E))
        info = _der(0x30, RSA_ENCRYPTION + _der(3, b"\0" + inner))
        text = base64.b64encode(info).decode()
        lines = [text[i:i + 64] for i in range(0, len(text), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])

    def sign(self, alg, message):
        name, pss = ALGORITHMS[alg]
        encoded = _pss(name, message, self.n.bit_length() - 1) if pss \
            else _pkcs1(name, message, self.size)
        return self._private(int.from_bytes(encoded, "big")).to_bytes(self.size, "big")

    def _private(self, value):
        at_p, at_q = pow(value, self.d_p, self.p), pow(value, self.d_q, self.q)
        return at_q + (at_p - at_q) * self.q_inverse % self.p * self.q


def _pkcs1(name, message, size):
    """RFC 8017 9.2: EMSA-PKCS1-v1_5."""
    info = bytes.fromhex(DIGEST_INFO[name]) + hashlib.new(name, message).digest()
    return b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info


def _pss(name, message, bits):
    """RFC 8017 9.1.1: EMSA-PSS, the salt as long as the hash, MGF1 with the same hash."""
    digest = hashlib.new(name, message).digest()
    salt = secrets.token_bytes(len(digest))
    size = (bits + 7) // 8
    seal = hashlib.new(name, bytes(8) + digest + salt).digest()
    data = bytes(size - len(salt) - len(seal) - 2) + b"\1" + salt
    mask = b"".join(hashlib.new(name, seal + i.to_bytes(4, "big")).digest()
                    for i in range(-(-len(data) // len(seal))))[:len(data)]
    masked = bytearray(a ^ b for a, b in zip(data, mask))
    masked[0] &= 0xff >> 8 * size - bits
    return bytes(masked) + seal + b"\xbc"
