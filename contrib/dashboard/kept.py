"""Keeps what is costly to find out for a moment, however many pages ask for it."""

import asyncio
import time
from collections import OrderedDict

ENTRIES_MAX = 64
FAILED_SECONDS = 1


class Kept:
    """Failures are kept as well, if only for a moment: a database that is away is not asked more
    often for it, and one that is back is not away for as long as a find would be kept."""

    def __init__(self):
        self.entries = OrderedDict()    # key to (until when, the task that finds it)

    async def get(self, key, seconds, make):
        """What `make()`, which is awaited, gives or raises; not older than `seconds`, and a
        failure never older than FAILED_SECONDS."""
        until, task = self.entries.get(key, (0, None))
        if task is None or (task.done() and until < time.monotonic()):
            task = asyncio.create_task(self._make(key, seconds, make))
            task.add_done_callback(lambda task: task.cancelled() or task.exception())
            self.entries[key] = (0, task)
        self.entries.move_to_end(key)
        if len(self.entries) > ENTRIES_MAX:
            self.entries.popitem(last=False)
        return await asyncio.shield(task)

    async def _make(self, key, seconds, make):
        try:
            return await make()
        except BaseException:
            seconds = min(seconds, FAILED_SECONDS)
            raise
        finally:
            if key in self.entries:
                self.entries[key] = (time.monotonic() + seconds, self.entries[key][1])
