#!/usr/bin/env python3
"""A sign-out that one host hears of, on the others: at once, or within revocation.bound."""

import contextlib
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events                                  # noqa: E402
from hosts_world import (PATIENCE, ClerkPerson, HostsWorld, OryPerson, alone,  # noqa: E402
                         everybody, news, readiness, refused_by, tell,
                         until_told)
import child                                                    # noqa: E402
from keys_world import at_once, statuses                        # noqa: E402
from pooler import Pooler                                       # noqa: E402
from tap import Skip, case, cases, diag, is_, ok, run, wait_for     # noqa: E402

BOUND = 2.0             # as in hosts_world
LATE = {"revocation": {"bound": "40s"}}     # who polls may take two seconds
world = HostsWorld(synchronous_commit="on")
pg, idp = world.pg, world.idp
a, b = world.host(), world.host()
alone(a), alone(b)


def in_time(host, person, told, bound=BOUND):
    took = refused_by(host, person, told, bound + PATIENCE)
    diag(f"{person.provider}: the last was let in {took:.2f} s after")
    return took


@cases("{0}: refused by all workers of the host that was told, from its 2xx on", [
    ("session of Ory", OryPerson, "sign_out"), ("session of Clerk", ClerkPerson, "sign_out"),
    ("deleted user of Clerk", ClerkPerson, "delete")])
def _(_what, kind, how):
    for _ in range(3):
        [person] = world.people(a, b, kinds=[kind])
        tell(a, getattr(person, how)())
        everybody(a, person, 401)


@cases("{0}: refused within the bound by a second host", [
    ("session of Ory", OryPerson, "sign_out"), ("session of Clerk", ClerkPerson, "sign_out"),
    ("deleted user of Clerk", ClerkPerson, "delete")])
def _(_what, kind, how):
    [person] = world.people(a, b, kinds=[kind])
    in_time(b, person, tell(a, getattr(person, how)()))


@case("with LISTEN a second host knows much sooner than it polls")
def _():
    c = world.host(LATE)
    alone(c)
    for _ in range(5):
        for person in world.people(a, c):
            in_time(c, person, tell(a, person.sign_out()), 0)
    is_(c.stop(), 0)


@case("another user of the same provider, and another session of the same user, stay signed in")
def _():
    gone, stays = world.people(a, b, kinds=[ClerkPerson] * 2)
    second = ClerkPerson(world)
    second.user = idp.clerk.new_session(gone.id)
    second.id, second.session = gone.id, second.user.session_id
    second.header = ("Authorization", "Bearer " + idp.clerk.token(
        user_id=gone.id, session_id=second.session, expires_in_seconds=3600))
    told = tell(a, gone.sign_out())
    in_time(b, gone, told)
    for host in a, b:
        everybody(host, stays, 200)
        everybody(host, second, 200)


@case("a single process: refused within the bound, also when it was idle meanwhile")
def _():
    c = world.single()
    for idle in False, True:
        for person in world.people(a, kinds=[OryPerson, ClerkPerson]):
            is_(person.get(c).status, 200)
            told = tell(a, person.sign_out())
            if idle:
                wait_for(lambda: time.monotonic() > told + BOUND, 10, "the bound")
                is_(person.get(c).status, 401, f"{person.provider}, the first request")
            while person.get(c).status == 200:
                ok(time.monotonic() - told < BOUND + PATIENCE, "in time")
                time.sleep(0.02)
            is_([person.get(c).status for _ in range(4)], [401] * 4)
    is_(c.stop(), 0)


@case("behind PgBouncer in transaction mode: refused within the bound, again and again")
def _():
    try:
        pooler = Pooler(pg)
    except child.Missing as missing:
        raise Skip(str(missing)) from None
    with pooler:
        c = world.host({"database": {"url": pooler.url, "prepare": False}})
        alone(c)
        for _ in range(2):
            for person in world.people(a, c):
                in_time(c, person, tell(a, person.sign_out()))
        for person in world.people(a, c):       # and told itself
            told = tell(c, person.sign_out())
            everybody(c, person, 401)
            in_time(a, person, told)
        people = world.people(a, c)
        pooler.stop()
        pooler.start()
        wait_for(lambda: readiness(c).status == 200, 15, "well again")
        for person in people:
            in_time(c, person, tell(a, person.sign_out()))
        is_(c.stop(), 0)


def cut():
    pg.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE usename = 'gatehouse'")


@cases("{0}: what is revoked after it reaches the second host as before", [
    ("every connection was lost", cut), ("the database was restarted", pg.restart)])
def _(_what, trouble):
    people = world.people(a, b)
    trouble()
    # Each worker that held a connection of before has to notice that first.
    for host in a, b:
        wait_for(lambda: news(host) == "ok" and readiness(host).status == 200, 15, "well")
    for person in people:
        in_time(b, person, until_told(a, person.sign_out()))


@case("a connection is lost while a revocation is told: it arrives within the bound")
def _():
    for person in world.people(a, b):
        pid = b.subscriber()
        ok(pid, "a process that listens")
        delivery = person.sign_out()
        pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query ILIKE '%revocation%' AND usename = 'gatehouse' "
                "AND pid <> pg_backend_pid()")
        in_time(b, person, until_told(a, delivery))


@contextlib.contextmanager
def unreadable():
    """The table is there under another name: the database itself is well."""
    pg.psql("ALTER TABLE revocation RENAME TO elsewhere")
    try:
        yield
    finally:
        pg.psql("ALTER TABLE elsewhere RENAME TO revocation")


@case("not to be learnt for longer than the bound: Ory is asked again, tokens stand, degraded")
def _():
    known = world.people(a, b)
    for person in known:
        in_time(b, person, tell(a, person.sign_out()))
    ada, bob = world.people(a, b)
    is_(readiness(b).json()["status"], "ok")
    before = ada.calls()
    is_(ada.get(b).status, 200)
    is_(ada.calls(), before, "kept")
    with unreadable():
        answer = wait_for(lambda: (r := readiness(b)).json().get("status") == "degraded"
                          and r, 10, "degraded")
        is_((answer.status, answer.json()["parts"]["revocations"]), (200, "late"))
        before = ada.calls()
        is_([ada.get(b).status for _ in range(3)], [200] * 3)
        is_(ada.calls() - before, 3, "asked each time")
        everybody(b, bob, 200)
        for person in known:
            everybody(b, person, 401)
        idp.delete_session(ada.session)
        everybody(b, ada, 401)
        tell(a, bob.sign_out(), 503)
        everybody(a, bob, 401)      # though the host itself knows
        everybody(b, bob, 200)
    wait_for(lambda: news(b) == "ok", 10, "it is read again")
    ada, eve = world.people(b)
    before = ada.calls()
    is_(ada.get(b).status, 200)
    is_(ada.calls(), before, "kept again")
    is_(eve.get(b).status, 200)


@case("the process that reads is frozen: cached verdicts of Ory do not outlive the bound")
def _():
    [ada] = world.people(a, b, kinds=[OryPerson])
    pid = b.subscriber()
    os.kill(pid, signal.SIGSTOP)
    try:
        in_time(b, ada, tell(a, ada.sign_out()))
    finally:
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: news(b) == "ok", 10, "it reads on")


@case("the database is away: who is known to be revoked is 401, others are 503")
def _():
    gone, stays = world.people(a, b, kinds=[ClerkPerson] * 2)
    tell(a, gone.sign_out())
    pg.stop()
    try:
        everybody(a, gone, 401)
        everybody(a, stays, 503)
    finally:
        pg.start()
    for host in a, b:
        wait_for(lambda host=host: news(host) == "ok" and statuses(at_once(
            [host], [(stays.params(), b"")] * 9)) == {200: 9}, 15, "well again")


@case("a host that starts later knows what was revoked before")
def _():
    gone, = world.people(a, kinds=[ClerkPerson])
    tell(a, gone.sign_out())
    c = world.host()
    alone(c)
    everybody(c, gone, 401)
    is_(c.stop(), 0)


@case("in all of this nobody died and nothing was a mistake of the program's")
def _():
    is_([a.stop(), b.stop()], [0, 0])
    for program in world.programs:
        for event in "worker died", "worker killed", "bug":
            is_(events(program, event), [])
        is_(program.output(), [])


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
