"""Follows a file that others append to: whole lines, across rotation and truncation."""

import asyncio
import os
import time

CHUNK = 256 * 1024                  # read at once; between chunks others get their turn
LINE_MAX = 1024 * 1024              # longer ones are left out
START_MAX = 64 * 1024 * 1024        # of a file that is there already, its end
POLL_SECONDS = 0.1
GRACE_SECONDS = 5                   # writers notice a rotation later than we do


class _File:
    """One file, whatever its name is by now."""

    def __init__(self, path, from_start):
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self.fd)
        self.id = status.st_dev, status.st_ino
        self.rest, self.skipping = b"", False
        self.until = None               # when another one took its name: the end
        self.at = 0
        if not from_start and status.st_size > START_MAX:
            self.at, self.skipping = status.st_size - START_MAX, True

    def lines(self):
        """(Whole lines of the next chunk, how many were too long, whether there was a chunk)."""
        if os.fstat(self.fd).st_size < self.at:
            self.at, self.rest, self.skipping = 0, b"", False
        chunk = os.pread(self.fd, CHUNK, self.at)
        self.at += len(chunk)
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        if lines and self.skipping:
            del lines[0]
            self.skipping = False
        too_long = 0
        if len(self.rest) > LINE_MAX or self.skipping:
            too_long, self.rest = int(not self.skipping), b""
            self.skipping = True
        return lines, too_long, bool(chunk)

    def close(self):
        os.close(self.fd)


class Tail:
    """`take(lines)` gets lists of lines, as bytes without their ends, and `lose(count)` how many
    were left out as too long."""

    def __init__(self, path, take, lose):
        self.path, self.take, self.lose = path, take, lose
        self.files = []                 # those that may still grow; the current one last
        self.began = False

    def _look(self):
        """Opens what has the name now, and forgets what has lost it long ago."""
        now = time.monotonic()
        while self.files and (self.files[0].until or now) < now:
            self.files.pop(0).close()
        try:
            status = os.stat(self.path)
            if self.files and self.files[-1].id == (status.st_dev, status.st_ino):
                return
            new = _File(self.path, self.began)
        except OSError:
            return
        if self.files:
            self.files[-1].until = now + GRACE_SECONDS
        self.files.append(new)

    def step(self):
        """Takes one chunk of each file; whether there was any."""
        self._look()
        self.began = True
        more = False
        for file in self.files:
            lines, too_long, read = file.lines()
            more = more or read
            if too_long:
                self.lose(too_long)
            if lines:
                self.take(lines)
        return more

    async def run(self):
        while True:
            await asyncio.sleep(0 if self.step() else POLL_SECONDS)
