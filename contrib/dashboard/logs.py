"""The newest log lines, and which of them belong to a trace.

A line is kept as it was written: it is JSON, and goes out as such.
"""

import json
from collections import deque

LINES_MAX = 20_000
BYTES_MAX = 64 * 1024 * 1024        # of all of them
TEXT_MAX = 2000                     # of a line that is not JSON: what a library or a crash said
LEVELS = ("debug", "info", "warn", "error")


class Entry:
    __slots__ = ("seq", "level", "trace", "text")

    def encoded(self):
        return b'{"seq":%d,%b' % (self.seq, self.text[1:])


def _constant(name):
    raise ValueError(f"{name} is not JSON")


def _read(line):
    """(fields, the line as JSON) of a line in bytes, whatever it is."""
    try:
        fields = json.loads(line.decode(), parse_constant=_constant)
        if isinstance(fields, dict) and fields:
            return fields, line.strip()
    except (ValueError, RecursionError):
        pass
    text = "".join(c if c.isprintable() else " " for c in line.decode(errors="replace"))
    fields = {"time": None, "level": "info", "event": "text", "text": text[:TEXT_MAX]}
    return fields, json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")


class Logs:
    """Lines of the traces whose ids are in `skipped` are left out."""

    def __init__(self, skipped, limit=LINES_MAX):
        self.skipped = skipped
        self.entries = deque()
        self.by_trace = {}
        self.limit = limit
        self.next = self.bytes = 0
        self.unreadable = 0

    def take(self, lines):
        for line in lines:
            if line.strip():
                self._add(line)
        while len(self.entries) > self.limit or self.bytes > BYTES_MAX:
            self._forget(self.entries.popleft())

    def lose(self, count):
        self.unreadable += count

    def _add(self, line):
        entry = Entry()
        fields, entry.text = _read(line)
        trace = fields.get("trace_id")
        if isinstance(trace, str) and trace in self.skipped:
            return
        self.unreadable += fields.get("event") == "text"
        self.next += 1
        entry.seq = self.next
        level = fields.get("level")
        entry.level = LEVELS.index(level) if level in LEVELS else len(LEVELS)
        entry.trace = trace if isinstance(trace, str) else None
        self.entries.append(entry)
        self.bytes += len(entry.text)
        if entry.trace:
            self.by_trace.setdefault(entry.trace, []).append(entry)

    def _forget(self, entry):
        self.bytes -= len(entry.text)
        same = self.by_trace.get(entry.trace)
        if same:
            same.remove(entry)
            if not same:
                del self.by_trace[entry.trace]

    def of_trace(self, trace_id):
        return self.by_trace.get(trace_id, [])

    def after(self, seq, limit, level=0, trace=None):
        """Entries that are new since `seq` and at least of that level, the oldest first; the
        newest `limit` of them."""
        found = []
        for entry in reversed(self.entries if trace is None else self.of_trace(trace)):
            if entry.seq <= seq or len(found) == limit:
                break
            if entry.level >= level:
                found.append(entry)
        return found[::-1]

    def first_seq(self):
        return self.entries[0].seq if self.entries else self.next + 1


def encoded(entries):
    """A JSON array, as bytes."""
    return b"[" + b",".join(entry.encoded() for entry in entries) + b"]"
