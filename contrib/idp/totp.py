"""Time-based one-time passwords (RFC 6238), the stand-in's second factor."""

import base64
import hashlib
import hmac
import secrets
import time


def new_secret():
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code(secret, at=None):
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start:start + 4], "big") & 0x7fffffff
    return f"{number % 1_000_000:06d}"


def verify(secret, given):
    """The step before and after count too, for slow fingers."""
    now = time.time()
    return any(hmac.compare_digest(code(secret, now + d).encode(), str(given).strip().encode())
               for d in (-30, 0, 30))
