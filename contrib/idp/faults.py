"""What can be made to go wrong, set by PUT /control/faults.

A fault that replaces the answer ends the matter; the others let the real
answer be made and then spoil it. Unknown members are refused, so that a test
with a spelling mistake fails instead of testing nothing.
"""

import asyncio

import httpd
import wire

E1_REASON = "No valid session credentials found in the request."
E2_REASON = "Unable to determine AAL."
GARBAGE = b'{"id":this is not JSON, <b>nor HTML</b>\n'


def _int(value):
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number, 0 or more")
    return value


def _flag(value):
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value):
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def _drip(value):
    if value not in (True, False, "body"):
        raise ValueError('must be true or "body"')
    return value


def _headers(value):
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError("must be an object of strings")
    return value


SCOPES = ("whoami", "admin", "all", "clerk", "oidc", "jwks", "users", "discovery")


def _scope(value):
    if value not in SCOPES:
        raise ValueError("must be one of " + ", ".join(SCOPES))
    return value


MEMBERS = {
    "latency_ms": _int, "status": _int, "body": _text, "content_type": _text,
    "headers": _headers, "e1": _flag, "e1_ready": _flag, "e2": _flag, "garbage": _flag,
    "half_body": _flag, "reset": _flag, "close": _flag, "hang": _flag, "drip": _drip,
    "redirect": _text, "gzip": _flag, "inactive": _flag, "huge_traits": _int,
    "huge": _int, "idle_close_ms": _int, "only": _scope, "times": _int,
}


class Faults:
    def __init__(self):
        self.active = {}

    def replace(self, given):
        if not isinstance(given, dict):
            raise ValueError("the faults must be an object")
        for name, value in given.items():
            if name not in MEMBERS:
                raise ValueError(f"unknown fault {name!r}; known: {', '.join(MEMBERS)}")
            try:
                MEMBERS[name](value)
            except ValueError as wrong:
                raise ValueError(f"{name}: {wrong}") from None
        if given.get("times") == 0:
            given = {}
        self.active = dict(given)

    def database_down(self):
        return bool(self.active.get("e1"))

    def take(self, *scopes):
        """The faults for a request of these scopes, if it is one of those meant."""
        faults = self.active
        if not faults or faults.get("only", "whoami") not in (*scopes, "all"):
            return None
        if "times" in faults:
            left = faults["times"] - 1
            self.active = {**faults, "times": left} if left else {}
        return faults


def apply(faults, request, is_whoami, answer):
    """The answer with the faults in it. `answer(faults)` makes the real one."""
    if faults.get("latency_ms"):
        return _late(faults, request, is_whoami, answer)
    return _spoil(faults, request, is_whoami, answer)


async def _late(faults, request, is_whoami, answer):
    await asyncio.sleep(faults["latency_ms"] / 1000)
    result = _spoil(faults, request, is_whoami, answer)
    return result if isinstance(result, wire.Response) else await result


def _spoil(faults, request, is_whoami, answer):
    for name in ("reset", "close", "hang"):
        if faults.get(name):
            broken = wire.Response(200)
            broken.wire = (name,)
            return broken
    replaced = _replacement(faults, request, is_whoami)
    if replaced is not None:
        return _deliver(faults, replaced)
    result = answer(faults)
    if isinstance(result, wire.Response):
        return _deliver(faults, result)
    return _deliver_later(faults, result)


async def _deliver_later(faults, awaitable):
    return _deliver(faults, await awaitable)


def _replacement(faults, request, is_whoami):
    if faults.get("redirect"):
        return wire.redirect(request, faults["redirect"], 302)
    if faults.get("status"):
        return wire.Response(faults["status"], faults.get("body", "").encode(),
                             faults.get("content_type", "application/json"),
                             faults.get("headers", {}))
    if faults.get("garbage"):
        return wire.Response(200, GARBAGE, faults.get("content_type", wire.JSON))
    if is_whoami and (faults.get("e1") or faults.get("e1_ready")):
        return wire.ApiError(401, E1_REASON).response(request)
    if is_whoami and faults.get("e2"):
        return wire.ApiError(401, E2_REASON).response(request)
    return None


def _deliver(faults, response):
    """Headers and body as they should be, but sent in a wrong way."""
    if not faults.get("status"):
        response.headers.update(faults.get("headers", {}))
    if faults.get("huge") and response.body.startswith(b"{"):
        response.body = b'{"padding":"%b",' % (b"x" * faults["huge"]) + response.body[1:]
    if faults.get("gzip"):
        httpd.compress(response)
    if faults.get("half_body"):
        response.wire = ("half",)
    elif faults.get("drip"):
        response.wire = ("drip", faults["drip"])
    elif "idle_close_ms" in faults:
        response.wire = ("then_close", faults["idle_close_ms"] / 1000)
    return response
