"""A small HTTP/1.1 server on asyncio that only reads: GET and HEAD, no bodies.

It serves one developer's browser on loopback, and everything that browser is made to ask by pages
of strangers: so requests are parsed strictly, and every wait and every buffer has a ceiling.
"""

import asyncio
import json
import re
import sys
import traceback
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote_to_bytes

HEAD_MAX = 16 * 1024                # bytes of a request line and its headers
HEADERS_MAX = 64
TARGET_MAX = 4096
PARAMETERS_MAX = 16
CONNECTIONS_MAX = 128
HEAD_SECONDS = 30                   # from the last answer until the next head is whole
ANSWER_SECONDS = 20                 # to find an answer
SEND_SECONDS = 30                   # until the peer has taken it

READS = ("GET", "HEAD")
_LINE = re.compile(r"([A-Z]{1,16}) (\S+) HTTP/1\.([01])")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Refused(Exception):
    """Raised by whoever answers: a status, and words that the page shows."""

    def __init__(self, status, text, headers=()):
        super().__init__(text)
        self.status, self.text, self.headers = status, text, dict(headers)


class Request:
    """`path` is decoded, `query` maps each parameter to its one value."""

    __slots__ = ("method", "target", "path", "query", "headers", "keep")

    def get(self, name):
        """A header (name in lower case), "" when absent; repeated ones are joined."""
        return ", ".join(self.headers.get(name, ()))


class Answer:
    """`stream`, instead of a body: called with the connection, writes until it returns."""

    __slots__ = ("status", "headers", "body", "stream")

    def __init__(self, status=200, body=b"", kind=None, headers=(), stream=None):
        self.status, self.body, self.stream = status, body, stream
        self.headers = dict(headers)
        if kind:
            self.headers["Content-Type"] = kind


def as_json(value, status=200, headers=()):
    """`value` may be bytes that are JSON already."""
    if not isinstance(value, bytes):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        value = value.encode("utf-8", "replace")
    return Answer(status, value, "application/json; charset=utf-8", headers)


def as_problem(refused):
    return as_json({"error": refused.text}, refused.status, refused.headers)


def _parse_headers(lines):
    headers = {}
    if len(lines) > HEADERS_MAX:
        raise Refused(431, "too many headers")
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name) or _CONTROLS.search(value.replace("\t", " ")):
            raise Refused(400, "malformed header")
        headers.setdefault(name.lower(), []).append(value.strip(" \t"))
    return headers


def _parse_target(request):
    path, _, query = request.target.partition("?")
    try:
        request.path = unquote_to_bytes(path).decode()
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query),
                          errors="strict", max_num_fields=PARAMETERS_MAX)
    except ValueError:
        raise Refused(400, "malformed address") from None
    request.query = dict(pairs)
    if _CONTROLS.search(request.path) or len(request.query) != len(pairs):
        raise Refused(400, "malformed address")


def parse(head):
    """A Request from the bytes before the empty line; Refused when it is none of ours."""
    lines = head.decode("latin-1").split("\r\n")
    match = _LINE.fullmatch(lines[0])
    if not match:
        raise Refused(400, "malformed request")
    request = Request()
    request.method, request.target = match[1], match[2]
    request.headers = _parse_headers(lines[1:])
    if request.method not in READS:
        raise Refused(405, "this only reads", {"Allow": ", ".join(READS)})
    if request.get("content-length") not in ("", "0") or "transfer-encoding" in request.headers:
        raise Refused(400, "no bodies here")
    if not request.target.startswith("/"):
        raise Refused(400, "malformed address")
    if len(request.target) > TARGET_MAX:
        raise Refused(414, "address too long")
    _parse_target(request)
    connection = request.get("connection").lower()
    request.keep = "close" not in connection if match[3] == "1" else "keep-alive" in connection
    return request


def encode(answer, keep):
    """The head of an answer, as bytes."""
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
             f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if not answer.stream and answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body)}")
    if not keep:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class Connection:
    def __init__(self, server, reader, writer):
        self.server, self.reader, self.writer = server, reader, writer
        self.welcome = server.welcome(writer)

    async def send(self, data):
        async with asyncio.timeout(SEND_SECONDS):
            self.writer.write(data)
            await self.writer.drain()

    async def serve(self):
        closed = False
        try:
            while await self._serve_one():
                pass
            async with asyncio.timeout(SEND_SECONDS):
                self.writer.close()
                await self.writer.wait_closed()
            closed = True
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass                    # the peer left, or is too slow
        finally:
            if not closed:
                self.writer.transport.abort()

    async def _serve_one(self):
        """Whether another request may follow."""
        request = None
        try:
            request = parse(await self._take_head())
            answer = await self._find_answer(request)
        except asyncio.LimitOverrunError:
            answer = as_problem(Refused(431, "the head is too large"))
        except Refused as refused:
            answer = as_problem(refused)
        self.server.finish(answer)
        keep = request is not None and request.keep and not answer.stream
        head = encode(answer, keep)
        if request is not None and request.method == "HEAD":
            await self.send(head)
        elif answer.stream:
            await self.send(head)
            await answer.stream(self)
        else:
            await self.send(head + answer.body)
        return keep

    async def _take_head(self):
        """While it waits here, nobody misses it."""
        idle, task = self.server.idle, asyncio.current_task()
        idle[task] = True
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                return (await self.reader.readuntil(b"\r\n\r\n"))[:-4]
        finally:
            idle.pop(task, None)

    async def _find_answer(self, request):
        try:
            if not self.welcome:
                raise Refused(403, "this dashboard belongs to another user of this machine")
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self.server.app(request)
        except TimeoutError:
            return as_problem(Refused(503, "that took too long"))
        except Refused as refused:
            return as_problem(refused)
        except Exception:
            print(f"dashboard: a mistake of ours in {request.path!a}:\n{traceback.format_exc()}",
                  file=sys.stderr, flush=True)
            return as_problem(Refused(500, "a mistake of the dashboard; its log tells more"))


class Server:
    """Listeners on loopback. `app(request)` gives an Answer; `finish(answer)` sees each that
    leaves, errors too, to add what all of them carry; `welcome(writer)` tells of a connection
    whether it gets anything but a refusal."""

    def __init__(self, app, finish, welcome):
        self.app, self.finish, self.welcome = app, finish, welcome
        self.connections = set()
        self.idle = {}                  # those that wait for a request, the longest first
        self.listeners = []

    async def listen(self, host, port):
        """The port that it is."""
        listener = await asyncio.start_server(self._accepted, host, port, limit=HEAD_MAX,
                                              backlog=128)
        self.listeners.append(listener)
        return listener.sockets[0].getsockname()[1]

    async def _accepted(self, reader, writer):
        task = asyncio.current_task()
        if len(self.connections) >= CONNECTIONS_MAX:
            if not self.idle:
                writer.transport.abort()
                return
            longest = next(iter(self.idle))
            del self.idle[longest]
            longest.cancel()
        self.connections.add(task)
        try:
            await Connection(self, reader, writer).serve()
        except asyncio.CancelledError:
            pass                        # to make room, or at the end
        finally:
            self.connections.discard(task)

    def stop(self):
        for listener in self.listeners:
            listener.close()
        for task in list(self.connections):
            task.cancel()
