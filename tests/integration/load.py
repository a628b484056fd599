"""Closed-loop load over a FastCGI socket: N threads, each one request after the
other, and a record of what became of every single one.

    with Load(address, healthz, threads=4) as load:
        ...                             # whatever is to happen meanwhile
    load.failed()                       # outcomes that are not a 200

`make(thread, n)` gives (params, body) of a thread's n-th request.
"""

import collections
import itertools
import os
import threading
import time

import fcgi

ANSWERED = "answered"       # a whole answer came
REFUSED = "refused"         # there was nobody to connect to
UNANSWERED = "unanswered"   # the connection ended, no answer was complete
LATE = "late"               # neither an answer nor an end within the timeout


class Outcome:
    __slots__ = ("id", "thread", "started", "ended", "how", "status", "answer")

    def __init__(self, id, thread):
        self.id, self.thread = id, thread
        self.started = time.monotonic()
        self.ended = self.how = self.status = self.answer = None

    @property
    def took(self):
        return self.ended - self.started

    def __repr__(self):
        return f"<{self.id} {self.how} {self.status} {self.took:.3f} s>"


def params(method, uri, headers=(), length=""):
    """What every web server sends, and these request headers."""
    return [("REQUEST_METHOD", method), ("REQUEST_URI", uri), ("QUERY_STRING", ""),
            ("CONTENT_TYPE", "application/json" if length else ""),
            ("CONTENT_LENGTH", length), ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("REMOTE_ADDR", "127.0.0.1"),
            *(("HTTP_" + k.upper().replace("-", "_"), v) for k, v in headers)]


def healthz(_thread, _n):
    return params("GET", "/healthz"), b""


def profile_of(*users):
    """Each thread reads the profile of one of the users."""
    def make(thread, _n):
        user = users[thread % len(users)]
        return params("GET", "/user/profile", [("X-Session-Token", user.token)]), b""
    return make


def percentile(outcomes, share):
    took = sorted(o.took for o in outcomes)
    return took[min(len(took) - 1, int(share * len(took)))] if took else 0.0


class Load:
    """on_outcome(outcome) is called in the thread, after each request; what it
    returns, if it is a number, is a pause in seconds."""

    names = itertools.count(1)

    def __init__(self, address, make=healthz, threads=4, timeout=15, on_outcome=None):
        self.address, self.make, self.timeout = address, make, timeout
        self.on_outcome = on_outcome
        self.name = f"load{os.getpid()}-{next(self.names)}"
        self.outcomes = collections.deque()     # appended by many threads
        self.ending = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(n,), daemon=True)
                        for n in range(threads)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        """No new requests; those under way are waited for."""
        self.ending.set()
        for thread in self.threads:
            thread.join(self.timeout + 5)
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _work(self, thread):
        n = 0
        while not self.ending.is_set():
            n += 1
            outcome = self._one(thread, n)
            self.outcomes.append(outcome)
            pause = self.on_outcome(outcome) if self.on_outcome else None
            if outcome.how == REFUSED and pause is None:
                pause = 0.005       # a web server would not spin either
            if pause:
                self.ending.wait(pause)

    def _one(self, thread, n):
        outcome = Outcome(f"{self.name}-{thread}-{n}", thread)
        given, body = self.make(thread, n)
        given = [*given, ("HTTP_X_REQUEST_ID", outcome.id)]
        try:
            sock = fcgi.connect(self.address, self.timeout)
        except OSError:
            outcome.how = REFUSED
        else:
            with sock:
                self._exchange(sock, fcgi.message(given, body), outcome)
        outcome.ended = time.monotonic()
        return outcome

    @staticmethod
    def _exchange(sock, data, outcome):
        try:
            sock.sendall(data)
            outcome.answer = fcgi.read_answer(sock).response()
        except TimeoutError:
            outcome.how = LATE
        except (OSError, fcgi.Broken):
            outcome.how = UNANSWERED
        else:
            outcome.how, outcome.status = ANSWERED, outcome.answer.status

    # -- what came of it --

    def __len__(self):
        return len(self.outcomes)

    def since(self, moment):
        """Outcomes of requests that began at or after this time.monotonic()."""
        return [o for o in list(self.outcomes) if o.started >= moment]

    def failed(self, wanted=(200,)):
        return [o for o in list(self.outcomes) if o.status not in wanted]

    def count(self):
        """How many of each: statuses, and the ways to have none."""
        return collections.Counter(o.status or o.how for o in list(self.outcomes))

    def wait_more(self, n, seconds=10):
        """Until n more outcomes are there than now: "under load" is a fact."""
        end, target = time.monotonic() + seconds, len(self) + n
        while len(self) < target:
            if time.monotonic() > end:
                raise TimeoutError(f"{len(self)} of {target} requests after {seconds} s")
            time.sleep(0.005)
