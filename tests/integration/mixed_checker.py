"""What must hold whatever goes wrong, judged while it happens: the mixed run's checker.

A single client per user writes rising tags, so what a read may show is a small set.
"""

import collections
import threading
import time

PENDING = 6.0       # seconds after which a write that was never answered can not land any more


class Problems:
    """Whatever broke a promise; and how often each was put to the test."""

    def __init__(self):
        self.list, self.tested = [], collections.Counter()
        self._lock = threading.Lock()

    def add(self, kind, *what):
        with self._lock:
            self.list.append((kind, *what))

    def count(self, what, n=1):
        with self._lock:
            self.tested[what] += n


class Register:
    """The bio of one user, who has one writer.

    Acknowledged: it is this one.  Answered 503: it is this one or what it was, but decided.
    Not answered at all (its worker was killed): it may also come about a while later.
    """

    def __init__(self, problems, who):
        self.problems, self.who = problems, who
        self.tag, self.maybe, self.pending = 0, {0}, {}

    def next(self):
        self.tag += 1
        return self.tag

    def wrote(self, tag, status):
        if status == 200:
            self.maybe = {tag}
            self.problems.count("writes acknowledged")
            return
        self.maybe.add(tag)
        if status is None:
            self.pending[tag] = time.monotonic() + PENDING

    def read(self, tag, began):
        if tag not in self.possible(began):
            self.problems.add("write lost or back again", self.who, f"read {tag}",
                              f"possible {sorted(self.maybe)}", f"pending {self.pending}")
        self.maybe = {tag}
        self.pending.pop(tag, None)
        self.problems.count("own reads")

    def possible(self, now):
        return self.maybe | {tag for tag, until in self.pending.items() if until > now}


class Times:
    """Spans of time in which something was broken."""

    def __init__(self):
        self.spans, self._lock = [], threading.Lock()

    def begin(self):
        """A span without an end yet; hand it to end()."""
        span = [time.monotonic(), None]
        with self._lock:
            self.spans.append(span)
        return span

    @staticmethod
    def end(span):
        span[1] = time.monotonic()

    def touch(self, first, last, after=0.0):
        """Did a span, prolonged by `after`, overlap these moments?"""
        with self._lock:
            spans = list(self.spans)
        return any(begin <= last and (end is None or end + after >= first)
                   for begin, end in spans)


class Revoked:
    """Somebody whose sign-out was acknowledged by one host at `told`."""

    def __init__(self, person, host, delivery, told):
        self.person, self.host, self.delivery, self.told = person, host, delivery, told
        self.refused = {}           # host -> when it had first said no


class Refusals:
    """No revoked credential passes after revocation and the bound.

    Where the database could not be read meanwhile, a JWT stands until it can; a verdict of
    Ory does not.
    """

    AFTER = 5.0     # the database is back for that long: it has been read

    def __init__(self, problems, bound, database):
        self.problems, self.bound, self.database = problems, bound, database
        self.list = []

    def judge(self, revoked, host, began, status):
        if status == 401:
            revoked.refused.setdefault(host, time.monotonic())
        if status != 200:
            return
        why = self._why_not(revoked, host, began)
        if why:
            self.problems.add("revoked, yet let in", revoked.person.provider, why,
                              f"{began - revoked.told:.2f} s after")

    def _why_not(self, revoked, host, began):
        if host is revoked.host:
            return "by the host that was told"
        if revoked.refused.get(host, began) < began:
            return "by a host that had refused it"
        if began - revoked.told < self.bound:
            return None
        if revoked.person.provider == "ory":
            return "after the bound"
        if self.database.touch(revoked.told, began, self.AFTER):
            return None
        return "after the bound, with a database that is well"

    def strict(self, revoked, began):
        """Would letting it in, by any host, be a mistake?"""
        return began - revoked.told > self.bound and (
            revoked.person.provider == "ory"
            or not self.database.touch(revoked.told, began, self.AFTER))
