"""A FastCGI client: requests as a web server sends them, and as none would.

    Client("unix:/run/x.sock").request({"REQUEST_METHOD": "GET", ...})

Parameters are a dict, or a list of pairs where one name may stand twice.
"""

import socket
import struct

import evidence
from rawhttp import Response

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR = 1, 2, 3, 4, 5, 6, 7
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = 9, 10, 11
RESPONDER, AUTHORIZER, FILTER = 1, 2, 3
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = 0, 1, 2, 3
KEEP_CONN = 1


class Broken(Exception):
    """The connection ended before FCGI_END_REQUEST."""


class Answer:
    """What came back for one request id, before CGI headers are read."""

    def __init__(self):
        self.stdout = b""
        self.stderr = b""
        self.ended = False
        self.app_status = None
        self.protocol_status = None

    def response(self):
        head, found, body = self.stdout.partition(b"\r\n\r\n")
        if not found:
            raise Broken(f"no header block: {self.stdout[:200]!r}")
        headers, status, reason = [], 200, ""
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            value = value.strip()
            if name.lower() == "status":
                code, _, reason = value.partition(" ")
                status = int(code)
            else:
                headers.append((name, value))
        return Response(status, headers, body, reason)


def record(kind, content=b"", request_id=1, padding=0):
    return struct.pack("!BBHHBx", 1, kind, request_id, len(content),
                       padding) + content + b"\0" * padding


def stream(kind, data, request_id=1, chunk=65535):
    """data as records of one stream, with the empty record that ends it."""
    out = b"".join(record(kind, data[i:i + chunk], request_id)
                   for i in range(0, len(data), chunk))
    return out + record(kind, b"", request_id)


def begin(role=RESPONDER, flags=0, request_id=1):
    return record(BEGIN, struct.pack("!HB5x", role, flags), request_id)


def _length(n):
    return struct.pack("!B", n) if n < 128 else struct.pack("!I", n | 1 << 31)


def pairs(params):
    items = params.items() if hasattr(params, "items") else params
    out = b""
    for name, value in items:
        name = name.encode("utf-8", "surrogateescape")
        if isinstance(value, str):
            value = value.encode("utf-8", "surrogateescape")
        out += _length(len(name)) + _length(len(value)) + name + value
    return out


def message(params, body=b"", role=RESPONDER, flags=0, request_id=1):
    """All records of one request; an authorizer gets no STDIN at all."""
    out = begin(role, flags, request_id)
    out += stream(PARAMS, pairs(params), request_id)
    if role != AUTHORIZER:
        out += stream(STDIN, body or b"", request_id)
    return out


def connect(address, timeout=15):
    """A socket for "unix:/path" or "tcp:host:port"."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(rest)
        return sock
    host, _, port = rest.rpartition(":")
    return socket.create_connection((host, int(port)), timeout)


def _exactly(sock, n):
    data = b""
    while len(data) < n:
        piece = sock.recv(n - len(data))
        if not piece:
            raise Broken(f"closed after {len(data)} bytes of {n}")
        data += piece
    return data


def read_record(sock):
    """(type, request id, content), or None at a clean end."""
    first = sock.recv(1)
    if not first:
        return None
    _, kind, request_id, length, padding = struct.unpack(
        "!BBHHBx", first + _exactly(sock, 7))
    content = _exactly(sock, length)
    _exactly(sock, padding)
    return kind, request_id, content


def read_answer(sock, request_id=1):
    """Collect records up to END_REQUEST; Broken if it never comes."""
    answer = Answer()
    while not answer.ended:
        got = read_record(sock)
        if got is None:
            raise Broken(f"no END_REQUEST after {answer.stdout[:200]!r}")
        kind, which, content = got
        if which != request_id:
            continue
        if kind == STDOUT:
            answer.stdout += content
        elif kind == STDERR:
            answer.stderr += content
        elif kind == END:
            answer.app_status, answer.protocol_status = struct.unpack(
                "!IB3x", content)
            answer.ended = True
    return answer


class Client:
    def __init__(self, address, timeout=15):
        self.address = address
        self.timeout = timeout

    def exchange(self, data, request_id=1):
        """Send raw bytes, read one answer."""
        with connect(self.address, self.timeout) as sock:
            try:
                sock.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                pass  # answered before all was read
            return read_answer(sock, request_id)

    def request(self, params, body=b"", role=RESPONDER, flags=0):
        params = list(params.items() if hasattr(params, "items") else params)
        evidence.asked(params, body)
        answer = self.exchange(message(params, body, role, flags)).response()
        evidence.answered(dict(params).get("REQUEST_URI", ""), answer.status, answer.body)
        return answer

    def get(self, path, headers=()):
        return self.http("GET", path, headers)

    def http(self, method, target, headers=(), body=None, chunked=False,
             host="localhost", version="HTTP/1.1", extra=()):
        """An HTTP request in the terms of a web server.

        The parameters are those of contrib/nginx/gatehouse_params, and like
        nginx we send a repeated header twice.  extra: further parameters.
        """
        if chunked and isinstance(body, (list, tuple)):
            body = b"".join(body)
        names = {k.lower(): v for k, v in headers}
        length = "" if body is None or chunked else str(len(body))
        params = [
            ("REQUEST_METHOD", method), ("REQUEST_URI", target),
            ("QUERY_STRING", target.partition("?")[2]),
            ("CONTENT_TYPE", names.get("content-type", "")),
            ("CONTENT_LENGTH", names.get("content-length", length)),
            ("SERVER_PROTOCOL", version), ("REMOTE_ADDR", "127.0.0.1")]
        if host is not None:
            params.append(("HTTP_HOST", host))
        if chunked:
            params.append(("HTTP_TRANSFER_ENCODING", "chunked"))
        for name, value in headers:
            if name.lower() not in ("content-type", "content-length", "host"):
                name = "HTTP_" + name.upper().replace("-", "_")
                params.append((name, value))
        return self.request(params + list(extra), body or b"")
