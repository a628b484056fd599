#!/usr/bin/env python3
"""A primary that dies and a standby that takes its place, by PostgreSQL's own replication.

The URL names both; nobody tells Gatehouse what happened.
"""

import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events, healthy                         # noqa: E402
from database_checker import Writers                            # noqa: E402
from hosts_world import (PATIENCE, ClerkPerson, HostsWorld, alone, attempt,  # noqa: E402
                         everybody, news, readiness, refused_by, shut_out,
                         tell)
from pg import Standby                                          # noqa: E402
from tap import case, contains, diag, is_, ok, run, wait_for    # noqa: E402

BOUND, RECOVERY = 2.0, 10
BUDGET = {"database": {"connect_timeout": "800ms", "statement_timeout": "800ms"},
          "workers": {"request_timeout": "2s"}}


class Pair:
    """A world whose database is a primary and a standby, and two hosts."""

    def __init__(self, synchronous):
        self.world = world = HostsWorld(synchronous_commit="on")
        self.primary, self.writers = world.pg, None
        self.standby = Standby(self.primary, synchronous_commit="on", max_connections="60")
        if synchronous:
            self.primary.psql("ALTER SYSTEM SET synchronous_standby_names = '*'")
            self.primary.psql("SELECT pg_reload_conf()")
            wait_for(lambda: self.primary.psql(
                "SELECT sync_state FROM pg_stat_replication") == "sync", 10, "synchronous")
        url = {"database": {"url": f"postgresql:///gatehouse?host={self.primary.sockets},"
                                   f"{self.standby.sockets}&user=gatehouse"}}
        self.hosts = [world.host(BUDGET, url) for _ in range(2)]
        for host in self.hosts:
            alone(host)

    def fail_over(self):
        """The primary is gone for good, as a fence leaves it; after a while there is another."""
        self.primary.kill()
        if self.writers:
            wait_for(lambda: 503 in self.writers.statuses(), 10, "the outage is felt")
        self.standby.promote()
        return time.monotonic()

    def well(self):
        for host in self.hosts:
            wait_for(lambda: readiness(host).status == 200 and news(host) == "ok", RECOVERY,
                     "well again, without help")

    def close(self):
        self.standby.close()
        self.world.close()


def all_flows(pair):
    """Sign-outs reach the host that was told, and the other one within the bound."""
    a, b = pair.hosts
    for told_host, other in (a, b), (b, a):
        for person in pair.world.people(a, b):
            told = tell(told_host, person.sign_out())
            everybody(told_host, person, 401)
            took = refused_by(other, person, told, BOUND + PATIENCE)
            diag(f"{person.provider}: the other host let the last in {took:.2f} s after")


class Signouts(threading.Thread):
    """One sign-out after the other while all this happens; who is acknowledged, and when."""

    def __init__(self, world, host):
        super().__init__(daemon=True)
        self.world, self.host, self.acked = world, host, []
        self.ending, self.wrong = threading.Event(), []
        self.start()

    def run(self):
        while not self.ending.is_set():
            person = ClerkPerson(self.world)
            delivery = person.sign_out()
            while not self.ending.is_set():
                status = attempt(self.host, delivery)
                if status == 204:
                    self.acked.append(person)
                    break
                if status != 503:
                    self.wrong.append(status)
                self.ending.wait(0.05)

    def stop(self):
        self.ending.set()
        self.join(20)


@case("synchronous replication, promoted under load: no acknowledged write or sign-out is lost")
def _():
    pair = Pair(synchronous=True)
    try:
        a, b = pair.hosts
        [gone] = pair.world.people(a, b, kinds=[ClerkPerson])
        tell(a, gone.sign_out())
        users = [pair.world.idp.user() for _ in range(8)]
        signouts = Signouts(pair.world, b)
        with Writers(a, users) as writers:
            pair.writers = writers
            writers.wait_more(200)
            wait_for(lambda: len(signouts.acked) >= 5, 10, "sign-outs")
            pair.primary.kill()
            killed = time.monotonic()
            wait_for(lambda: 503 in writers.statuses(), 10, "the outage is felt")
            everybody(a, gone, 401)
            pair.standby.promote()
            diag(f"promoted {time.monotonic() - killed:.2f} s after the kill")
            took = writers.recovered(RECOVERY)
            diag(f"every writer had an answer {took:.2f} s after the promotion")
            writers.wait_more(100)
            before = len(signouts.acked)
            wait_for(lambda: len(signouts.acked) > before + 3, RECOVERY, "sign-outs again")
        signouts.stop()
        is_(writers.problems, [])
        is_(signouts.wrong, [])
        is_(writers.statuses() - {200, 503}, set())
        for user, bio in writers.stored(pair.standby).items():
            contains(writers.possible(user), bio, "what is stored")
        pair.well()
        stored = set(pair.standby.psql("SELECT id FROM revocation").split())
        is_([p.session for p in signouts.acked if p.session not in stored], [],
            "acknowledged sign-outs that are lost")
        for person in signouts.acked[::5] + [gone]:
            everybody(a, person, 401)
        all_flows(pair)
        finish(pair)
    finally:
        pair.close()


def finish(pair):
    for host in pair.hosts:
        healthy(host)
        is_(host.stop(), 0)
        for event in "worker died", "worker killed", "bug":
            is_(events(host, event), [])
        is_(host.output(), [])


@case("a standby that had fallen behind is promoted: transactions are counted anew, yet "
      "sign-outs arrive")
def _():
    pair = Pair(synchronous=False)
    try:
        pair.standby.psql("ALTER SYSTEM SET primary_conninfo = ''")
        pair.standby.psql("SELECT pg_reload_conf()")
        wait_for(lambda: pair.primary.psql("SELECT count(*) FROM pg_stat_replication") == "0",
                 10, "the standby is cut off")
        a, b = pair.hosts
        # What the standby will never have: a thousand transactions, and sign-outs.
        pair.primary.psql("DO $$ BEGIN FOR i IN 1..1000 LOOP "
                          "PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
        lost = pair.world.people(a, b)
        for person in lost:
            refused_by(b, person, tell(a, person.sign_out()), BOUND + PATIENCE)
        pair.fail_over()
        pair.well()
        all_flows(pair)
        for person in lost:     # these hosts have heard of it
            for host in pair.hosts:
                shut_out(host, person)
        finish(pair)
    finally:
        pair.close()


if __name__ == "__main__":
    run()
