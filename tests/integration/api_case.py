"""What a case of the API table is, and what every answer must satisfy.

A Row is one request and its expected answer.  A case that needs more than one
request is a function with the decorator @case.  Both run unchanged behind every
mount; where a web server legitimately differs, the case says so in on={}, with
the reason, and never just "any status".
"""

import re

import tap

DEFAULT_CODE = {
    400: "invalid_argument", 401: "unauthenticated", 403: "permission_denied",
    404: "not_found", 405: "unimplemented", 413: "invalid_argument",
    415: "invalid_argument", 503: "unavailable"}

# What a mount is, for on={}: the first key found here decides.
TAGS = {
    "spawnfcgi": {"direct"},
    "lighttpd_spawn": {"lighttpd"},
    "lighttpd_socket": {"lighttpd"},
    "fcgid": {"apache", "fcgid"},
    "htaccess": {"apache", "fcgid", "htaccess"},
    "htaccess_wrapper": {"apache", "fcgid", "htaccess"},
    "proxy_fcgi": {"apache", "proxy"},
    "nginx": {"nginx"},
}

CASES = []          # (variant, name, function), in the order of definition


class Failed(tap.Failed):
    """An expectation that was not met; the text says which."""


def expect(condition, text):
    if not condition:
        raise Failed(text)


def equal(got, wanted, what):
    expect(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


class Own:
    """The web server answers by itself, before Gatehouse: status and why."""

    def __init__(self, status, why):
        self.status = status if isinstance(status, tuple) else (status,)
        self.why = why


class Absent:
    """The case can not be put to this server, and why: it is not planned."""

    def __init__(self, why):
        self.why = why


class Row:
    """One request, one expectation.

    who      a fresh user's credential: "bearer", "xst", "cookie" or None
    send     further headers; {token}, {cookie}, {id} are the fresh user's,
             {other.token} and so on another fresh user's
    status   of our answer; the error code follows from it unless given
    message, reason, fields   of an error
    head     header -> regular expression; None: must be absent
    json     the whole body, order of keys included
    on       tag -> Row fields that differ, Own(...) or Absent(...)
    how      for the client: chunked, host, version
    quiet    True: the provider must not have been asked
    """

    only = None
    FIELDS = {"who": None, "send": (), "body": None, "code": None,
              "message": None, "reason": None, "fields": None, "head": {},
              "json": None, "on": {}, "how": {}, "quiet": False,
              "variant": "main"}

    def __init__(self, name, method, target, status, **fields):
        unknown = set(fields) - set(self.FIELDS)
        assert not unknown, f"{name}: {unknown}"
        self.name, self.method, self.target = name, method, target
        self.status = status
        for field, default in self.FIELDS.items():
            setattr(self, field, fields.get(field, default))

    def for_tags(self, tags):
        """This row, or what on={} says for the mount."""
        for key, other in self.on.items():
            if key in tags:
                if isinstance(other, (Own, Absent)):
                    return other
                fields = {f: getattr(self, f) for f in self.FIELDS}
                merged = {**fields, **other}
                status = merged.pop("status", self.status)
                return Row(self.name, self.method, self.target, status, **merged)
        return self


def case(name, variant="main", on=None, only=None):
    """Register a function that gets the Api and raises when unhappy.

    only: a tag; elsewhere the case is not even planned.
    """
    def register(function):
        function.on, function.only = on or {}, only
        CASES.append((variant, name, function))
        return function
    return register


def rows(*several):
    for row in several:
        CASES.append((row.variant, row.name, row))


REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")


def check_headers(answer):
    """What product.md promises of every answer of ours."""
    ids = answer.all("X-Request-Id")
    equal(len(ids), 1, "number of X-Request-Id headers")
    expect(REQUEST_ID.fullmatch(ids[0]), f"X-Request-Id {ids[0]!r}")
    equal(answer.get("X-Content-Type-Options"), "nosniff",
          "X-Content-Type-Options")
    expect("no-store" in answer.get("Cache-Control", ""),
           f"Cache-Control: {answer.get('Cache-Control')}")
    for name in ("X-Accel-Redirect", "X-Sendfile", "Location", "X-Powered-By"):
        equal(answer.get(name), None, name)
    if answer.status == 401:
        values = answer.all("WWW-Authenticate")
        equal(len(values), 1, "number of WWW-Authenticate headers")
        expect(values[0].startswith("Bearer"), f"WWW-Authenticate {values}")
    if answer.status == 503:
        wait = answer.get("Retry-After", "")
        expect(wait.isdigit() and 1 <= int(wait) <= 60, f"Retry-After {wait!r}")
    if answer.status == 405:
        expect(answer.get("Allow"), "405 without Allow")


def check_error(answer, code=None):
    """The triple, in its order of keys; returns it."""
    equal(answer.get("Content-Type"), "application/json", "Content-Type")
    triple = answer.json()
    expect(isinstance(triple, dict), f"error body {answer.body[:200]!r}")
    equal(list(triple), ["code", "message", "details"], "keys of the error")
    equal(triple["code"], code or DEFAULT_CODE[answer.status], "code")
    expect(isinstance(triple["message"], str) and triple["message"],
           "message is a text")
    details = triple["details"]
    expect(details is None or isinstance(details, dict), "details")
    if isinstance(details, dict):
        expect(isinstance(details.get("reason"), str)
               or "parts" in details, f"details without reason: {details}")
    return triple


def check_identity_headers(answer):
    """Answers that depend on who asked must not be kept by anyone."""
    control = answer.get("Cache-Control", "")
    expect("private" in control and "no-store" in control,
           f"Cache-Control: {control!r}")
    vary = {v.strip().lower() for v in answer.get("Vary", "").split(",")}
    expect({"cookie", "authorization"} <= vary, f"Vary: {sorted(vary)}")
