#!/usr/bin/env python3
"""gatehouse revoke, and the process that reads what others revoked."""

import datetime
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, alive, descriptors, events, get, members  # noqa: E402
import child                                                                # noqa: E402
from skew import Skew                                           # noqa: E402
from tap import case, cases, contains, is_, isnt, like, ok, run, wait_for     # noqa: E402

world = World()
pg, idp = world.pg, world.idp
KEPT = {"ory": {"cache_ttl": "60s"}, "revocation": {"bound": "2s"}}
BOUND, PATIENCE = 2.0, 5.0


def host(*changes, **how):
    p = world.program(KEPT, *changes, **how)
    known(p)
    return p


def known(p, state="ok"):
    return wait_for(lambda: (r := ready(p))["parts"]["revocations"] == state and r, 15, state)


def ready(p):
    body = p.client.get("/readyz").json()
    return body.get("details") or body


def revoke(p, *words):
    done = p.run("revoke", *words)
    is_((done.returncode, done.stderr), (0, ""))
    return done.stdout


def let_in(p, user, rounds=6):
    for _ in range(rounds):
        is_(get(p, user).status, 200)


def refused(p, user, what="refused"):
    """On every worker, soon."""
    wait_for(lambda: get(p, user).status == 401, BOUND + PATIENCE, what)
    for _ in range(6):
        answer = get(p, user)
        is_((answer.status, answer.json()["message"]), (401, "invalid session token"), what)


def first_answer(p, user):
    """Asked as early as one can."""
    def answer():
        try:
            return get(p, user)
        except OSError:
            return None
    return wait_for(answer, 15, "an answer", every=0.0005)


a, b = host(), host()


@case("a session that is revoked is refused on every host; another of the same user is not")
def _():
    ada = idp.user()
    other = idp.new_session(ada.id)
    for p in a, b:
        let_in(p, ada)
        let_in(p, other)
    said = revoke(a, "--session", ada.session_id)
    like(said, f"session {ada.session_id} of ory is refused\nevery host knows within 2s\n"
               r"until \d{4}-\d\d-\d\dT\d\d:\d\dZ: what lives longer is let in again then\nnote: ")
    until = datetime.datetime.fromisoformat(said.split("until ")[1][:16] + "+00:00").timestamp()
    ok(abs(until - time.time() - 30 * 86400) < 90, "as revocation.keep says", said)
    for p in a, b:
        refused(p, ada)
        let_in(p, other)
    contains([line.get("why") for line in b.log()], "revoked")


@case("of a user what was issued before is refused, and who signs in anew is let in")
def _():
    ada, bob = idp.user(), idp.user()
    for p in a, b:
        let_in(p, ada)
    like(revoke(b, f"--user={ada.id}", "--provider", "ory"), "issued before now")
    for p in a, b:
        refused(p, ada)
        let_in(p, bob)
    # in the next second: the provider's times have no parts of it
    anew = wait_for(lambda: (s := idp.new_session(ada.id)) and get(a, s).status == 200 and s,
                    5, "a new session is let in", every=0.3)
    let_in(b, anew)
    refused(b, ada)


@cases("{0}: wrong usage, and nothing is stored", [
    ("both", ("--session", "s", "--user", "u"), "usage: gatehouse revoke"),
    ("a provider that is none of ours", ("--user", "a", "--provider", "clerk"), "no provider"),
    ("a session token", ("--session", "ory_st_secret"), "this is a token"),
    ("a short option", ("-u", "a"), "usage: gatehouse "),
])
def _(_what, words, complaint):
    before = pg.psql("SELECT count(*) FROM revocation")
    done = a.run("revoke", *words)
    is_((done.returncode, done.stdout), (2, ""))
    like(done.stderr, complaint)
    is_(pg.psql("SELECT count(*) FROM revocation"), before)


@case("several providers: one must be named; each kind has its note")
def _():
    p = world.program({"providers": ["ory", "corp"], "oidc": [{
        "name": "corp", "issuer": "https://id.example.org", "audience": ["api"]}]}, start=False)
    done = p.run("revoke", "--user", "u")
    is_(done.returncode, 2)
    like(done.stderr, "name one by --provider")
    like(revoke(p, "--provider=corp", "--user", "u"), "refresh a token")
    like(revoke(p, "--provider=corp", "--session", "s"), r"\(sid\)")
    is_(pg.psql("SELECT kind, effect, gone FROM revocation WHERE provider = 'corp' ORDER BY row"),
        "user|older|f\nsession|all|f")


@case("the database is away: not stored, as the exit status and a line tell")
def _():
    p = world.program({"database": {"url": "postgresql:///x?host=/nonexistent"}}, start=False)
    done = p.run("revoke", "--user", "u")
    is_((done.returncode, done.stdout), (1, ""))
    like(done.stderr, "gatehouse: database: ")


# -- The reader ----------------------------------------------------------------------------

@case("the reader is killed: another reads on, the workers stay")
def _():
    ada = idp.user()
    let_in(b, ada)
    workers, was = b.workers(), b.subscriber()
    died = len(events(b, "reader of revocations died"))
    os.kill(was, signal.SIGKILL)
    revoke(a, "--session", ada.session_id)
    refused(b, ada)
    isnt(wait_for(b.subscriber, 5, "another"), was)
    is_(b.workers(), workers)
    is_(len(events(b, "reader of revocations died")), died + 1)
    is_(ready(b)["status"], "ok")


@case("the reader is killed again and again: it comes back, slower, and that is all")
def _():
    workers, held = b.workers(), descriptors(b.proc.pid)
    for _ in range(5):
        wait_for(lambda: child.kill(b.subscriber()), 5, "the next")
    wait_for(b.subscriber, 10, "the last")
    known(b)
    is_((b.workers(), descriptors(b.proc.pid)), (workers, held))


def stopped(pid):
    def state():
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]
    os.kill(pid, signal.SIGSTOP)
    wait_for(lambda: state() == "T", 5, "stopped")
    return pid


@case("stopped as it is, a reload replaces it and SIGTERM ends all")
def _():
    p = host()
    was = stopped(p.subscriber())
    p.reload()
    now = wait_for(lambda: (s := p.subscriber()) not in (None, was) and s, 5, "another")
    known(p)
    stopped(now)
    told = time.monotonic()
    is_(p.stop(), 0)
    ok(time.monotonic() - told < 5, "at once", time.monotonic() - told)
    is_(members(p.proc.pid), [])
    is_(events(p, "reader of revocations died"), [])


@case("a migrator that is stopped holds up neither a reload nor the end")
def _():
    p = world.program({"database": {"url": "postgresql:///x?host=/nonexistent",
                                    "migrate": True}}, workers=2, start=False)
    p.start()
    was = stopped(wait_for(p.migrator, 5, "the migrator"))
    p.reload()
    wait_for(lambda: not alive(was), 5, "its end")
    stopped(wait_for(lambda: len(p.workers()) == 2 and p.migrator(), 5, "the next"))
    is_(p.stop(), 0)
    is_(members(p.proc.pid), [])


@case("one that is stuck for longer than a reading may take is replaced; a living one is not")
def _():
    ada, clock = idp.user(), Skew()
    p = host(env=clock.env)
    let_in(p, ada)
    was = p.subscriber()
    clock.forward(60)
    known(p)
    is_(p.subscriber(), was)
    stopped(was)
    revoke(a, "--session", ada.session_id)
    clock.forward(60)
    wait_for(lambda: p.subscriber() not in (None, was), 15, "another")
    refused(p, ada)
    killed = events(p, "reader of revocations killed")
    is_([(line["pid"], line["why"]) for line in killed], [(was, "stuck")])
    is_(p.stop(), 0)


@case("9,000 rows that are over are deleted soon, in between readings")
def _():
    clock = Skew()
    pg.psql("INSERT INTO revocation (provider, kind, id, effect, until) SELECT 'ory', 'session', "
            "'old' || i, 'all', now() - interval '1 s' FROM generate_series(1, 9000) i")
    p = host(env=clock.env)
    clock.forward(600)
    gone = wait_for(lambda: events(p, "old revocations deleted"), 15, "deleted")
    is_([line["rows"] for line in gone], [9000])
    is_(pg.psql("SELECT count(*) FROM revocation WHERE until <= now()"), "0")
    is_(p.stop(), 0)


@case("a reload gives it the new configuration; it has nothing open that it does not need")
def _():
    was = wait_for(b.subscriber, 5, "the reader")
    b.configure(world.conf(KEPT, {"revocation": {"bound": "9s"}}))
    b.reload()
    now = wait_for(lambda: (s := b.subscriber()) not in (None, was) and s, 10, "another")
    like(revoke(b, "--session", "nobody"), "within 9s")
    known(b)
    links = [os.readlink(f"/proc/{now}/fd/{fd}") for fd in os.listdir(f"/proc/{now}/fd")
             if int(fd) < 512]      # above are valgrind's
    is_([link for link in links if link.startswith("pipe:")], [])
    is_(len([link for link in links if link.startswith("socket:")]), 1, links)
    ada = idp.user()
    let_in(b, ada)
    revoke(a, "--session", ada.session_id)
    refused(b, ada)
    is_(events(b, "worker died"), [])


@case("unreadable for longer than the bound: said once, degraded; and once when it is over")
def _():
    pg.psql("ALTER TABLE revocation RENAME TO elsewhere")
    try:
        state = known(a, "late")
        is_((state["status"], a.client.get("/readyz").status), ("degraded", 200))
        wait_for(lambda: events(a, "revocations cannot be read"), 5, "the line")
    finally:
        pg.psql("ALTER TABLE elsewhere RENAME TO revocation")
    is_(known(a)["status"], "ok")
    is_(len(events(a, "revocations cannot be read")), 1)
    is_(len(events(a, "revocations are read again")), 1)


@case("at the start no request is answered without what was revoked before")
def _():
    ada = idp.user()
    revoke(a, "--session", ada.session_id)
    for _ in range(5):
        p = world.program(KEPT, start=False)
        p.start(ready=False)
        wait_for(lambda: os.path.exists(p.socket), 15, "the socket", every=0.0005)
        is_(first_answer(p, ada).status, 401)
        is_(p.stop(), 0)


@case("log files are reopened by the reader too")
def _():
    p = host()
    os.rename(p.scratch / "gatehouse.log", p.scratch / "gatehouse.log.1")
    p.send(signal.SIGUSR1)
    p.client.get("/healthz")
    pid = p.subscriber()

    def held():
        return [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    wait_for(lambda: not any(link.endswith(".log.1") for link in held()), 10, "reopened")
    is_(p.subscriber(), pid)
    is_(p.stop(), 0)


@cases("it does not outlive its supervisor: {0}", [
    ("SIGTERM", signal.SIGTERM), ("SIGKILL", signal.SIGKILL)])
def _(_what, sig):
    p = host()
    pid = p.subscriber()
    p.stop(sig)
    wait_for(lambda: not alive(pid), 5, "its end")


@case("in all of this nobody died but who was killed")
def _():
    for p in a, b:
        is_(p.stop(), 0)
        is_(events(p, "worker died"), [])
        is_([line for line in p.log() if line.get("level") == "error"], [])


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
