"""What goes wrong in the mixed run: lanes of faults that overlap, in rounds with a rest."""

import contextlib
import os
import random
import signal
import threading
import time

import child

FREEZE = 0.4        # seconds a worker is stopped: less than any time limit


class Lane(threading.Thread):
    """One fault after the other while `on` is set; `idle` when none is under way."""

    pause = (0.1, 0.5)
    latest = None       # the fault that is under way or was, and when it began

    def __init__(self, run, number=0):
        super().__init__(daemon=True)
        self.run_ = run
        self.chance = random.Random(f"{run.seed}-{type(self).__name__}-{number}")
        self.on, self.idle = threading.Event(), threading.Event()
        self.idle.set()

    def run(self):
        while not self.run_.over.is_set():
            if not self.on.wait(0.05):
                continue
            self.idle.clear()
            if self.on.is_set():
                name = self.chance.choice(self.faults)
                self.latest = name, time.monotonic()
                try:
                    getattr(self, name)()
                except (RuntimeError, OSError, TimeoutError) as error:
                    self.run_.problems.add("a fault that failed", name, repr(error))
                self.run_.problems.count(f"fault: {name}")
            self.idle.set()
            self.run_.over.wait(self.chance.uniform(*self.pause))
        # A PostgreSQL that this thread started ends with it.
        self.run_.closed.wait()

    def last(self, shortest, longest):
        """The fault lasts so long, but not beyond the round."""
        end = time.monotonic() + self.chance.uniform(shortest, longest)
        while time.monotonic() < end and self.on.is_set():
            self.run_.over.wait(0.02)


class Killer(Lane):
    """Workers are killed wherever they are; never all of a host's at once."""

    pause = (0.05, 0.2)
    faults = ["kill"]

    def kill(self):
        host = self.chance.choice(self.run_.hosts)
        pids = host.workers()
        if len(pids) > 1:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.chance.choice(pids), signal.SIGKILL)
            self.run_.kills += 1


class Hosts(Lane):
    """Everything else that happens to our processes."""

    pause = (0.5, 1.5)
    faults = ["reload", "freeze", "no_reader", "frozen_reader", "frozen_reader"]

    def reload(self):
        self.chance.choice(self.run_.hosts).reload()

    def freeze(self):
        pids = self.chance.choice(self.run_.hosts).workers()
        if pids:
            self.stop(self.chance.choice(pids), FREEZE, FREEZE)

    def no_reader(self):
        pid = self.chance.choice(self.run_.hosts).subscriber()
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def frozen_reader(self):
        """Its host can learn nothing meanwhile, as without the database."""
        pid = self.chance.choice(self.run_.hosts).subscriber()
        if pid:
            with self.run_.unread():
                self.stop(pid, self.run_.bound, 3 * self.run_.bound)

    def stop(self, pid, shortest, longest):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            self.last(shortest, longest)
            os.kill(pid, signal.SIGCONT)


class ProviderLane(Lane):
    pause = (0.2, 1.5)
    faults = ["slow", "slower", "broken", "limited", "cut", "silent", "nonsense", "in_trouble"]

    def slow(self):
        self.fault(latency_ms=80)

    def slower(self):
        self.fault(latency_ms=700)

    def broken(self):
        self.fault(status=self.chance.choice([500, 502, 503, 504]))

    def limited(self):
        self.fault(status=429, headers={"Retry-After": "1"})

    def cut(self):
        self.fault(reset=True)

    def silent(self):
        self.fault(hang=True)

    def nonsense(self):
        self.fault(garbage=True)

    def in_trouble(self):
        """Kratos without its database: 401 for good sessions, not ready."""
        self.fault(e1=True)

    def fault(self, **what):
        with self.run_.world.idp.fault(**what):
            self.last(0.2, 1.5)


class DatabaseLane(Lane):
    """Whoever reads revocations may be late for these."""

    pause = (0.5, 3.0)
    faults = ["cut", "cut", "cut_one", "restart", "crash", "freeze", "lock"]

    def run(self):
        self.pg = self.run_.world.pg
        super().run()

    def cut(self):
        with self.run_.unread():
            self.pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                         "WHERE usename = 'gatehouse'")

    def cut_one(self):
        with self.run_.unread():
            self.pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                         "WHERE usename = 'gatehouse' ORDER BY random() LIMIT 1")

    def restart(self):
        with self.run_.unread():
            self.pg.restart("fast")

    def crash(self):
        with self.run_.unread():
            self.pg.restart("immediate")

    def freeze(self):
        with self.run_.unread():
            self.signal(signal.SIGSTOP)
            try:
                self.last(0.5, 2.5)
            finally:
                self.signal(signal.SIGCONT)

    def signal(self, sig):
        for pid in [self.pg.proc.pid] + child.children(self.pg.proc.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, sig)

    def lock(self):
        """Somebody holds the tables: statements end by their time limits."""
        with self.run_.unread():
            self.pg.psql("BEGIN; LOCK TABLE user_profile, revocation, webhook; "
                         f"SELECT pg_sleep({self.chance.uniform(0.2, 1.5):.2f}); COMMIT")
