"""Cookies: the sealed session cookie and what a Cookie header holds.

The session cookie has the outer form of gorilla/securecookie, which Kratos
uses: base64url("<unix time>|<base64url(iv + ciphertext)>|<mac>"). The cipher
inside is not the real one (Python's library has none); nobody but this
program may look inside, which is the point of the exercise.
"""

import base64
import hashlib
import hmac
import json
import secrets
import string
import time
from email.utils import formatdate

from wire import go_time, parse_time

ALPHA = string.ascii_letters


class Undecodable(Exception):
    """The text is what Kratos answers with."""


NOT_VALID = "securecookie: the value is not valid"
TOO_OLD = "securecookie: expired timestamp"


def random_alpha(length, alphabet=ALPHA):
    return "".join(secrets.choice(alphabet) for _ in range(length))


class Sealer:
    def __init__(self, secret, name):
        self.name = name.encode()
        self.mac_key = hashlib.sha256(b"mac" + secret).digest()
        self.cipher_key = hashlib.sha256(b"cipher" + secret).digest()

    def _mac(self, date, value):
        return hmac.digest(self.mac_key, b"|".join((self.name, date, value)), "sha256")

    def _crypt(self, iv, data):
        stream = hashlib.shake_256(self.cipher_key + iv).digest(len(data))
        mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
        return mixed.to_bytes(len(data), "big")

    def seal(self, session_token, expires_at):
        """A new value for a session; two values for one session differ."""
        inside = json.dumps({"session_token": session_token, "expires_at": go_time(expires_at),
                             "nonce": random_alpha(8)}, separators=(",", ":"))
        iv = secrets.token_bytes(16)
        cipher = self._crypt(iv, inside.encode().ljust(192))
        value = base64.urlsafe_b64encode(iv + cipher)
        date = str(int(time.time())).encode()
        whole = b"|".join((date, value, self._mac(date, value)))
        return base64.urlsafe_b64encode(whole).decode()

    def open(self, text, max_age):
        """(session token, expiry in ns), or Undecodable. max_age in seconds."""
        try:
            if len(text) > 4096:
                raise ValueError
            date, value, mac = base64.b64decode(text.encode("ascii"), b"-_",
                                                validate=True).split(b"|", 2)
            if not hmac.compare_digest(mac, self._mac(date, value)):
                raise ValueError
            if max_age and int(date) < int(time.time()) - int(max_age):
                raise Undecodable(TOO_OLD)
            raw = base64.urlsafe_b64decode(value)
            inside = json.loads(self._crypt(raw[:16], raw[16:]))
            return inside["session_token"], parse_time(inside["expires_at"])
        except (ValueError, KeyError):
            raise Undecodable(NOT_VALID) from None


def read_cookies(request):
    """All (name, value) pairs in the order sent, quotes taken off as Go does."""
    pairs = []
    for header in request.all("cookie"):
        for part in header.split(";"):
            name, equals, value = part.strip().partition("=")
            if equals and name:
                if len(value) > 1 and value[0] == '"' and value[-1] == '"':
                    value = value[1:-1]
                pairs.append((name, value))
    return pairs


def set_cookie(name, value, max_age, secure, same_site="Lax"):
    """A Set-Cookie value with its attributes in Go's order."""
    parts = [f"{name}={value}", "Path=/"]
    if max_age > 0:
        parts += ["Expires=" + formatdate(time.time() + max_age, usegmt=True),
                  f"Max-Age={int(max_age)}"]
    elif max_age < 0:
        parts += ["Expires=Thu, 01 Jan 1970 00:00:01 GMT", "Max-Age=0"]
    parts.append("HttpOnly")
    if secure:
        parts.append("Secure")
    return "; ".join(parts + ["SameSite=" + same_site])
