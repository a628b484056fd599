"""Server-sent events: that there is something new, not what it is; the page then asks."""

import asyncio
import json

from web import Answer, Refused

LISTENERS_MAX = 32
BEAT_SECONDS = 15                   # something is said at least this often
PAUSE_SECONDS = 0.25                # and at most this often


class Events:
    """`state()` is what the page is told, as a dict; `announce()` says that it may be new."""

    def __init__(self, state):
        self.state = state
        self.listeners = 0
        self.news = asyncio.Event()

    def announce(self):
        self.news.set()
        self.news = asyncio.Event()

    def answer(self):
        if self.listeners >= LISTENERS_MAX:
            raise Refused(503, "too many pages are open", {"Retry-After": "5"})
        return Answer(200, kind="text/event-stream", stream=self._stream)

    async def _stream(self, connection):
        if self.listeners >= LISTENERS_MAX:
            return                      # many asked in the same moment
        self.listeners += 1
        left = asyncio.create_task(connection.reader.read(1))
        try:
            await self._tell(connection, left)
        finally:
            self.listeners -= 1
            left.cancel()

    async def _tell(self, connection, left):
        told = None
        while not left.done():
            news, state = self.news, self.state()
            if state != told:
                await connection.send(b"data: %b\n\n" % json.dumps(state).encode())
                told = state
                await asyncio.wait({left}, timeout=PAUSE_SECONDS)
                continue
            waiting = asyncio.create_task(news.wait())
            done, _ = await asyncio.wait({left, waiting}, timeout=BEAT_SECONDS,
                                         return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if not done:
                await connection.send(b": still here\n\n")
