"""An HTTP/1.1 client that sends what it is told, also what is wrong.

The standard library's client repairs, refuses or adds things; a test about
duplicated headers or encoded slashes needs the bytes as written.  (The file is
not called http.py because that would hide the standard library's package.)
"""

import json
import socket

import evidence


class Response:
    """A status, headers in order of arrival, and a body."""

    def __init__(self, status, headers, body, reason=""):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default

    def json(self):
        """The body as JSON with the order of keys kept; None if it is not."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __repr__(self):
        head = "".join(f"\n    {k}: {v}" for k, v in self.headers)
        return f"{self.status}{head}\n    {self.body[:600]!r}"


class Broken(Exception):
    """The answer was cut off or is no HTTP."""


class _Reader:
    def __init__(self, sock):
        self.sock = sock
        self.data = b""

    def more(self):
        piece = self.sock.recv(65536)
        self.data += piece
        return bool(piece)

    def until(self, mark):
        while mark not in self.data:
            if not self.more():
                raise Broken(f"closed before {mark!r}: {self.data[:200]!r}")
        head, _, self.data = self.data.partition(mark)
        return head

    def exactly(self, n):
        while len(self.data) < n:
            if not self.more():
                raise Broken(f"{len(self.data)} bytes of {n}")
        head, self.data = self.data[:n], self.data[n:]
        return head

    def rest(self):
        while self.more():
            pass
        return self.data


def _chunks(reader):
    body = b""
    while True:
        size = int(reader.until(b"\r\n").split(b";")[0], 16)
        if size == 0:
            while reader.until(b"\r\n"):
                pass
            return body
        body += reader.exactly(size)
        reader.exactly(2)


def read_response(sock, method):
    reader = _Reader(sock)
    while True:
        lines = reader.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        parts = lines[0].split(" ", 2)
        if len(parts) < 2 or not parts[0].startswith("HTTP/"):
            raise Broken(f"not HTTP: {lines[0]!r}")
        status = int(parts[1])
        headers = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        if status >= 200:
            break
    answer = Response(status, headers, b"", parts[2] if len(parts) > 2 else "")
    length = answer.get("Content-Length")
    if method == "HEAD" or status in (204, 304):
        answer.body = reader.rest()     # nothing, unless the server is wrong
        return answer
    if "chunked" in answer.get("Transfer-Encoding", "").lower():
        answer.body = _chunks(reader)
    elif length is not None:
        answer.body = reader.exactly(int(length))
    else:
        answer.body = reader.rest()
    return answer


def message(method, target, headers=(), body=None, chunked=False, host="localhost",
            version="HTTP/1.1"):
    """The bytes of a request.  Nothing is checked, escaped or repaired."""
    lines = [f"{method} {target} {version}"]
    names = [k.lower() for k, _ in headers]
    if host is not None and "host" not in names:
        lines.append(f"Host: {host}")
    lines += [f"{k}: {v}" for k, v in headers]
    if "connection" not in names:
        lines.append("Connection: close")
    data = b""
    if chunked:
        lines.append("Transfer-Encoding: chunked")
        pieces = body if isinstance(body, (list, tuple)) else [body or b""]
        for piece in pieces:
            if piece:
                data += b"%x\r\n%s\r\n" % (len(piece), piece)
        data += b"0\r\n\r\n"
    elif body is not None:
        if "content-length" not in names:
            lines.append(f"Content-Length: {len(body)}")
        data = body
    # Header values may hold raw UTF-8: "surrogateescape" keeps odd bytes.
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + data


def exchange(address, data, method="GET", timeout=15, half_close=False):
    """Send bytes to (host, port), read one answer."""
    with socket.create_connection(address, timeout) as sock:
        try:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            # A server may answer 413 and close before it has read everything.
            pass
        return read_response(sock, method)


def request(address, method, target, headers=(), body=None, timeout=15, **how):
    data = message(method, target, headers, body, **how)
    evidence.asked(headers, body)
    answer = exchange(address, data, method, timeout)
    evidence.answered(target, answer.status, answer.body)
    return answer
