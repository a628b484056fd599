"""How Kratos writes things: JSON, times, errors, redirects.

Everything that must be the same byte for byte as the real server (which is a
Go program) is spelled here once, so that the handlers can speak in dicts.
"""

import html
import json
import re
import time
from datetime import datetime, timezone
from http import HTTPStatus
from urllib.parse import quote

JSON = "application/json; charset=utf-8"
JSON_ERROR = "application/json"          # error bodies carry no charset
HTML = "text/html; charset=utf-8"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Go escapes these inside strings; outside of strings they cannot occur.
_GO_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026",
                             "\u2028": "\\u2028", "\u2029": "\\u2029"})


def dumps(value):
    """JSON as Go's encoder writes it, without the final newline."""
    return _encode(value).translate(_GO_ESCAPES).encode("utf-8", "replace")


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def loads(data):
    return json.loads(data, parse_constant=_no_constant)


# -- time: integers of nanoseconds since 1970 everywhere inside ----------------

def now_ns():
    """The time as the database keeps it: whole microseconds."""
    return time.time_ns() // 1000 * 1000


def go_time(ns):
    """RFC 3339 with a Z and 0 to 9 fraction digits, no trailing zeros."""
    seconds, fraction = divmod(ns, 1_000_000_000)
    text = datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    if fraction:
        text += "." + f"{fraction:09d}".rstrip("0")
    return text + "Z"


_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$")


def parse_time(text):
    """RFC 3339 to nanoseconds; ValueError when it is none."""
    match = _RFC3339.match(text)
    if not match:
        raise ValueError(f"not an RFC 3339 time: {text!r}")
    whole, fraction, zone = match.groups()
    moment = datetime.fromisoformat(whole + ("+00:00" if zone == "Z" else zone))
    return int(moment.timestamp()) * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(value):
    """Seconds from a number or a Go duration such as "24h" or "1m30s"."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
        return float(value)
    if isinstance(value, str) and re.fullmatch(r"(\d+(\.\d+)?(ns|us|ms|s|m|h))+", value):
        return sum(float(number) * _UNITS[unit]
                   for number, _, unit in re.findall(r"(\d+(\.\d+)?)(ns|us|ms|s|m|h)", value))
    raise ValueError(f'not a duration such as 30, "30s" or "24h": {value!r}')


# -- responses -----------------------------------------------------------------

class Response:
    """A status, headers and a body; `wire` names a way to send it wrongly."""

    __slots__ = ("status", "headers", "body", "wire", "cookies")

    def __init__(self, status=200, body=b"", content_type=None, headers=()):
        self.status = status
        self.headers = dict(headers)
        if content_type:
            self.headers["Content-Type"] = content_type
        self.body = body
        self.wire = None
        self.cookies = []


def reply_json(value, status=200, headers=()):
    return Response(status, dumps(value) + b"\n", JSON, headers)


def empty(status=204):
    return Response(status)


def redirect(request, location, status=303):
    """As Go's http.Redirect: a small page for GET and HEAD only."""
    # What Go does to a Location: only bytes outside ASCII are escaped.
    safe = quote(location, safe="!#$%&'()*+,/:;=?@[]~-._|^`{}\"<>\\ ").replace(" ", "%20")
    answer = Response(status, headers={"Location": safe})
    if request.method in ("GET", "HEAD"):
        phrase = HTTPStatus(status).phrase
        answer.headers["Content-Type"] = HTML
        answer.body = f'<a href="{html.escape(safe)}">{phrase}</a>.\n\n'.encode()
    return answer


def plain_error(status, text, headers=()):
    """What Go's own router says, before Kratos sees the request."""
    answer = Response(status, text.encode() + b"\n", "text/plain; charset=utf-8", headers)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


DEFAULT_MESSAGES = {
    400: "The request was malformed or contained invalid parameters",
    401: "The request could not be authorized",
    403: "The requested action was forbidden",
    404: "The requested resource could not be found",
    409: "The resource could not be created due to a conflict",
    500: "An internal server error occurred, please contact the system administrator",
}


class ApiError(Exception):
    """An error as Ory's error writer shows it.

    `extra` are members beside "error"; such bodies do not echo the request id.
    """

    def __init__(self, status, reason="", message=None, id="", debug="", details=None,
                 extra=None):
        super().__init__(reason or message or str(status))
        self.status = status
        self.id = id
        self.reason = reason
        self.debug = debug
        self.details = details
        self.message = DEFAULT_MESSAGES.get(status, "") if message is None else message
        self.extra = extra

    def body(self, request_id=""):
        members = (("id", self.id), ("code", self.status),
                   ("status", HTTPStatus(self.status).phrase),
                   ("request", request_id if self.extra is None else ""),
                   ("reason", self.reason), ("debug", self.debug),
                   ("details", self.details), ("message", self.message))
        return {"error": {k: v for k, v in members if v}, **(self.extra or {})}

    def response(self, request):
        answer = Response(self.status, dumps(self.body(request.get("x-request-id"))) + b"\n",
                          JSON_ERROR)
        answer.headers["Ory-Error-Id"] = self.id
        return answer


def check_types(given, types):
    """ValueError unless every member has the type its table names (None is absence)."""
    for name, expected in types.items():
        value = given.get(name)
        if value is not None and not isinstance(value, expected):
            raise ValueError(f"{name}: {type(value).__name__} is the wrong type")


def not_found():
    """What Kratos says of a row that does not exist."""
    return ApiError(404, message="Unable to locate the resource")
