"""A small HTTP/1.1 server on asyncio with the habits of Go's net/http.

Keep-alive, Content-Length below 2048 bytes and chunks above, sorted headers.
It exists because the tests need what a ready-made server never does: reset a
connection, send half a body, drip bytes, or never answer at all.
One request at a time per connection; further bytes wait in the buffer.
asyncio switches TCP_NODELAY on for every connection by itself.
"""

import asyncio
import gzip
import inspect
import socket
import struct
import sys
import time
import traceback
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qs, unquote

from wire import plain_error

MAX_HEAD = 64 * 1024
MAX_BODY = 4 * 1024 * 1024
CHUNK_FROM = 2048                    # Go buffers up to here before it must chunk
HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS = 5, 15, 120
NO_BODY = (204, 304)

REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequest(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Request:
    __slots__ = ("method", "target", "path", "query", "version", "headers", "body",
                 "peer", "_first", "_params")

    def __init__(self, method, target, version, headers, peer):
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.peer = peer
        self.body = b""
        self._params = None
        if not target.startswith("/") and "://" in target:       # absolute form
            rest = target.split("://", 1)[1]
            target = "/" + rest.split("/", 1)[1] if "/" in rest else "/"
        path, _, self.query = target.partition("?")
        self.path = unquote(path) if "%" in path else path
        first = {}
        for name, value in headers:
            first.setdefault(name.lower(), value)
        self._first = first

    def get(self, name):
        """First value of a header (name in lower case), "" when absent."""
        return self._first.get(name, "")

    def has(self, name):
        return name in self._first

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def params(self):
        if self._params is None:
            self._params = parse_qs(self.query, keep_blank_values=True)
        return self._params

    def param(self, name, default=""):
        return self.params.get(name, [default])[0]


def parse_head(head, peer):
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(400, "malformed request line")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(400, "malformed header")
        headers.append((name, value.strip(" \t")))
    return Request(parts[0], parts[1], parts[2], headers, peer)


def take_chunked(buffer, start):
    """Decode a chunked body at `start`: (body, end), or None if incomplete."""
    body, at = bytearray(), start
    while True:
        eol = buffer.find(b"\r\n", at)
        if eol < 0:
            return None
        try:
            size = int(bytes(buffer[at:eol]).split(b";")[0], 16)
        except ValueError:
            raise BadRequest(400, "malformed chunk") from None
        if size < 0 or len(body) + size > MAX_BODY:
            raise BadRequest(413, "body too large")
        at = eol + 2
        if size == 0:
            end = buffer.find(b"\r\n", at)
            while end > at:                                # trailers are dropped
                at, end = end + 2, buffer.find(b"\r\n", end + 2)
            return None if end < 0 else (bytes(body), end + 2)
        if len(buffer) < at + size + 2:
            return None
        body += buffer[at:at + size]
        at += size + 2


_date = (0, "")


def http_date():
    global _date
    second = int(time.time())
    if _date[0] != second:
        _date = (second, formatdate(second, usegmt=True))
    return _date[1]


def encode(response, request, keep):
    """The bytes of an answer: (head, framed body)."""
    lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Status')}"]
    for name, value in sorted(response.headers.items()):
        lines.append(f"{name}: {value}")
    for cookie in response.cookies:
        lines.append("Set-Cookie: " + cookie)
    lines.append("Date: " + http_date())
    body = response.body
    head_only = request is not None and request.method == "HEAD"
    if response.status in NO_BODY:
        body = b""
    elif len(body) < CHUNK_FROM or (request is not None and request.version == "HTTP/1.0"):
        lines.append(f"Content-Length: {len(body)}")
    elif not head_only:
        lines.append("Transfer-Encoding: chunked")
        body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    if not keep:
        lines.append("Connection: close")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head, b"" if head_only else body


def compress(response):
    response.body = gzip.compress(response.body, 1)
    response.headers["Content-Encoding"] = "gzip"


class Connection(asyncio.Protocol):
    def __init__(self, server):
        self.server = server
        self.buffer = bytearray()
        self.busy = False            # a request is being answered
        self.continued = False       # 100 Continue was sent for this request
        self.closing = False
        self.half_closed = self.hung = False
        self.transport = None
        self.peer = ""
        self.deadline = None
        self.tasks = set()

    # -- asyncio calls these --

    def connection_made(self, transport):
        self.transport = transport
        name = transport.get_extra_info("peername")
        self.peer = f"{name[0]}:{name[1]}" if name else ""
        self.server.connections.add(self)
        self.server.on_connect()
        self._expect(IDLE_SECONDS)

    def connection_lost(self, exc):
        self.closing = True
        self.server.connections.discard(self)
        for task in self.tasks:
            task.cancel()

    def data_received(self, data):
        if not self.buffer and not self.busy:
            self._expect(HEAD_SECONDS)
        self.buffer += data
        if not self.busy:
            self._pump()
        elif len(self.buffer) > MAX_HEAD + MAX_BODY:
            self.transport.abort()

    def eof_received(self):
        # A peer that closed its half may still read the answer it waits for.
        self.half_closed = True
        return self.busy and not self.hung

    # -- our side --

    def _expect(self, seconds):
        self.deadline = time.monotonic() + seconds if seconds else None

    def _pump(self):
        """Serve every complete request in the buffer."""
        while not self.busy and not self.closing and self.buffer:
            try:
                request = self._take()
            except BadRequest as bad:
                self._refuse(bad)
                return
            if request is None:
                return
            self._serve(request)

    def _take(self):
        buffer = self.buffer
        if buffer.startswith(b"\r\n"):       # a stray line end between requests
            del buffer[:2]
        end = buffer.find(b"\r\n\r\n")
        if end < 0 or end > MAX_HEAD:
            if len(buffer) > MAX_HEAD:
                raise BadRequest(431, "header too large")
            return None
        request = parse_head(bytes(buffer[:end]), self.peer)
        start, length = end + 4, request.get("content-length")
        if "chunked" in request.get("transfer-encoding").lower():
            taken = take_chunked(buffer, start)
            if taken is None:
                if len(buffer) > MAX_HEAD + 2 * MAX_BODY:
                    raise BadRequest(413, "body too large")
                return self._await_body(request)
            request.body, used = taken
        elif length:
            if not (length.isascii() and length.isdigit()):
                raise BadRequest(400, "malformed Content-Length")
            if int(length) > MAX_BODY:
                raise BadRequest(413, "body too large")
            used = start + int(length)
            if len(buffer) < used:
                return self._await_body(request)
            request.body = bytes(buffer[start:used])
        else:
            used = start
        del buffer[:used]
        self.continued = False
        return request

    def _await_body(self, request):
        self._expect(BODY_SECONDS)
        if not self.continued and request.get("expect").lower() == "100-continue":
            self.continued = True
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, bad):
        head, body = encode(plain_error(bad.status, f"{bad.status} {bad}"), None, False)
        self.transport.write(head + body)
        self.closing = True
        self.transport.close()

    def _serve(self, request):
        self.busy = True
        self._expect(None)
        try:
            answer = self.server.app(request)
        except Exception:
            answer = self._broken(request)
        if inspect.isawaitable(answer):
            self._spawn(self._finish(request, answer))
        else:
            self._send(request, answer)

    async def _finish(self, request, awaitable):
        try:
            answer = await awaitable
        except Exception:
            answer = self._broken(request)
        if not self.closing:
            self._send(request, answer)
            self._pump()

    def _broken(self, request):
        print(f"idp: a mistake of ours in {request.method} {request.path}:\n"
              + traceback.format_exc(), file=sys.stderr, flush=True)
        return plain_error(500, "internal error of the local identity provider")

    def _spawn(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _send(self, request, response):
        connection = request.get("connection").lower()
        keep = "close" not in connection if request.version == "HTTP/1.1" \
            else "keep-alive" in connection
        keep = keep and not self.half_closed
        if response.wire:
            WIRE_FAULTS[response.wire[0]](self, request, response, *response.wire[1:])
            return
        head, body = encode(response, request, keep)
        self.transport.write(head + body)
        self.busy = False
        if keep:
            self._expect(IDLE_SECONDS if not self.buffer else HEAD_SECONDS)
        else:
            self.closing = True
            self.transport.close()

    def check_deadline(self, now):
        if self.deadline is not None and now > self.deadline:
            self.closing = True
            self.transport.abort()

    # -- sending wrongly, on purpose --

    def _close(self, *_):
        self.closing = True
        self.transport.close()

    def _reset(self, *_):
        self.closing = True
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _hang(self, *_):
        self.hung = True              # busy for ever: the peer has to give up

    def _half(self, request, response):
        length = max(len(response.body), 2)
        response.headers["Content-Length"] = str(length)
        lines = [f"HTTP/1.1 {response.status} {REASONS.get(response.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in sorted(response.headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.transport.write(head + response.body[:length // 2])
        self._close()

    def _drip(self, request, response, what):
        head, body = encode(response, request, False)
        if what == "body":
            self.transport.write(head)
            head = b""
        self._spawn(self._drip_bytes(head + body))

    async def _drip_bytes(self, data):
        for i in range(len(data)):
            if self.closing:
                return
            self.transport.write(data[i:i + 1])
            await asyncio.sleep(1)
        self._close()

    def _then_close(self, request, response, seconds):
        """Answer as if the connection stayed open, then close it unannounced."""
        head, body = encode(response, request, True)
        self.transport.write(head + body)
        self.busy = False
        if seconds <= 0:
            self._close()
        else:
            asyncio.get_running_loop().call_later(
                seconds, lambda: None if self.closing or self.busy else self._close())


WIRE_FAULTS = {"close": Connection._close, "reset": Connection._reset,
               "hang": Connection._hang, "half": Connection._half,
               "drip": Connection._drip, "then_close": Connection._then_close}


class Server:
    """One listener: `app(request)` gives a Response or an awaitable of one."""

    def __init__(self, app, on_connect=lambda: None):
        self.app = app
        self.on_connect = on_connect
        self.connections = set()
        self.listener = None
        self.sweeper = None

    async def start(self, host, port):
        loop = asyncio.get_running_loop()
        self.listener = await loop.create_server(lambda: Connection(self), host, port,
                                                 backlog=1024)
        self.sweeper = loop.create_task(self._sweep())
        return self.listener.sockets[0].getsockname()[1]

    async def _sweep(self):
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for connection in list(self.connections):
                connection.check_deadline(now)

    def stop(self):
        self.sweeper.cancel()
        self.listener.close()
        for connection in list(self.connections):
            connection.closing = True
            connection.transport.abort()
