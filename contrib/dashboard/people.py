"""Gives the users of traces a name: traces hold a hash, and the database who that is.

Asked seldom: when somebody unknown came by, and at most every few seconds.
"""

import asyncio

from web import Refused

PAUSE_SECONDS = 2                   # between two questions
STRANGER_SECONDS = 30               # who has no row still has none


class People:
    def __init__(self, tables):
        self.tables = tables
        self.unknown = asyncio.Event()

    def seen(self):
        self.unknown.set()

    async def run(self, traces, announce):
        while True:
            await self.unknown.wait()
            self.unknown.clear()
            try:
                traces.name_users(await self.tables.people())
                announce()
            except Refused:
                pass                    # the tables say why, when somebody looks
            await asyncio.sleep(PAUSE_SECONDS)
            if not self.unknown.is_set() and traces.unnamed():
                asyncio.get_running_loop().call_later(STRANGER_SECONDS, self.unknown.set)
