#!/usr/bin/env python3
"""PostgreSQL that is away, restarted, frozen, full or wrong, seen by clients.

The names of the rows (DB1 ...) are those of the fault list in the design.
"""

import contextlib
import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import (World, events, get, healthy, post, recovery, timed,   # noqa: E402
                         unavailable, wait_for)
import apidoc                                                   # noqa: E402
import child                                                    # noqa: E402
from database_checker import Writers                            # noqa: E402
from load import Load, params, profile_of                       # noqa: E402
from pooler import Pooler                                       # noqa: E402
from tap import Skip, case, cases, contains, is_, like, ok, run     # noqa: E402

world = World(synchronous_commit="on", max_connections="30")
pg, idp = world.pg, world.idp
ada = idp.user()
BUDGET = {"database": {"connect_timeout": "800ms", "statement_timeout": "800ms"},
          "workers": {"request_timeout": "2s"}}
p = apidoc.watch(world.program(BUDGET, workers=3))
pids = p.workers()
PATIENCE = 1.0          # above a deadline: the machine's own slowness


def ask():
    return get(p, ada)


def readiness():
    return p.client.request(params("GET", "/readyz"))


def away(what="", deadline=0.8):
    """The database is away: what must fail fails well, what need not care works."""
    for name, call in ("profile", lambda: get(p, ada)), \
            ("preferences", lambda: post(p, ada, '{"theme":"dark"}')), \
            ("a new user", lambda: get(p, idp.user())):
        answer, took = timed(call)
        unavailable(answer, "database_unavailable", f"{what} {name}")
        ok(took < deadline + PATIENCE, "in time", took)
    for uri in "/healthz", "/auth/login-info":
        answer, took = timed(p.client.request, params("GET", uri))
        is_((uri, answer.status), (uri, 200))
        ok(took < 0.3, "quickly", took)
    is_(p.client.request(params("GET", "/user/profile")).status, 401, "without a credential")


def not_ready():
    answer = wait_for(lambda: (a := readiness()).status == 503 and a, 5, "/readyz says so")
    triple = answer.json()
    is_((triple["code"], triple["details"]["parts"]["database"]), ("unavailable", "down"))


def well_again(seconds=10):
    took = recovery(ask, seconds)
    wait_for(lambda: readiness().status == 200, 5, "/readyz is well again")
    healthy(p, pids)
    return took


@case("200 parallel first requests of one new user: one row, no error, all alike")
def _():
    user = idp.user()
    with Load(p.address, profile_of(user), threads=40) as flow:
        flow.wait_more(200, 20)
    is_(flow.failed(), [])
    is_(len({o.answer.body for o in flow.outcomes}), 1)
    is_(pg.psql(f"SELECT count(*) FROM user_profile WHERE user_id = '{user.id}'"), "1")


@cases("DB1 stopped ({0}) and started again: 503, quickly, then 200 without a restart", [
    ("fast",), ("immediate",)])
def _(mode):
    is_(ask().status, 200)
    pg.stop(mode)
    try:
        away()
        not_ready()
        with Load(p.address, profile_of(ada), threads=3) as flow:
            flow.wait_more(100)
        is_(set(flow.count()), {503})
        took = sorted(o.took for o in flow.outcomes)
        ok(took[len(took) // 2] < 0.1, "the usual one is fast", took[len(took) // 2])
    finally:
        pg.start()
    well_again()


@case("DB1 away at our start: we start, /readyz says so, migrations run when it comes")
def _():
    pg.psql("CREATE DATABASE late OWNER gatehouse", db="postgres")
    pg.stop()
    try:
        q = world.program(BUDGET, {"database": {"url": pg.url_for("late")}}, workers=2,
                          start=False).start()
        unavailable(get(q, ada), "database_unavailable")
    finally:
        pg.start()
    recovery(lambda: get(q, ada), 10)
    wait_for(lambda: pg.psql("SELECT count(*) FROM gatehouse_migrations", db="late") == "2",
             10, "both migrations")
    is_(q.stop(), 0)
    well_again()


def freeze(sig):
    for pid in [pg.proc.pid] + child.children(pg.proc.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sig)


@case("DB2 frozen (SIGSTOP): 503 by the deadline, /healthz and /auth/login-info do not care")
def _():
    is_(ask().status, 200)
    freeze(signal.SIGSTOP)
    try:
        # A worker may have to give its old connection up, then to fail at a new one.
        away(deadline=2.0)
        not_ready()
        away(deadline=2.0)
    finally:
        freeze(signal.SIGCONT)
    well_again()


@case("DB3 a lock that is held: the statement ends by its timeout, at the server too")
def _():
    is_(ask().status, 200)
    with lock():
        answer, took = timed(post, p, ada, '{"theme":"dark"}')
        unavailable(answer, "database_unavailable")
        ok(0.3 < took < 0.8 + PATIENCE, "by lock_timeout or statement_timeout", took)
        wait_for(lambda: active() == "0", 2, "nothing of ours goes on at the server")
    well_again()


@contextlib.contextmanager
def lock():
    """Somebody else holds the table."""
    script = pg.scratch.write("lock.sql", "BEGIN;\nLOCK TABLE user_profile;\n"
                              "SELECT pg_sleep(20);\n")
    proc = child.spawn([os.path.join(pg.bindir, "psql"), "-X", "-q", "-h", pg.sockets, "-U",
                        "postgres", "-d", "gatehouse", "-f", script],
                       pg.scratch / "lock.log", pg.account)
    try:
        wait_for(lambda: pg.psql("SELECT count(*) FROM pg_locks WHERE mode = "
                                 "'AccessExclusiveLock' AND granted AND relation = "
                                 "'user_profile'::regclass") == "1", 5, "the lock")
        yield
    finally:
        pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()")
        child.stop(proc)


def active():
    return pg.psql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'gatehouse' "
                   "AND state = 'active'")


@cases("DB4, DB5 {0} under 8 writers: no acknowledged write is lost or goes back", [
    ("restarted fast",), ("restarted at once (immediate)",), ("the postmaster killed",),
    ("backends killed (SIGKILL)",), ("backends ended by an administrator",), ("frozen",)])
def _(what):
    with Writers(p, [idp.user() for _ in range(8)]) as writers:
        for _ in range(2):
            writers.wait_more(40)
            if what == "restarted fast":
                pg.restart("fast")
            elif what.startswith("restarted at once"):
                pg.restart("immediate")
            elif what == "the postmaster killed":
                pg.kill()
                pg.start()
            elif what.startswith("backends killed"):
                for pid in ours()[:1]:
                    os.kill(pid, signal.SIGKILL)
            elif what.startswith("backends ended"):
                pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE usename = 'gatehouse'")
            else:
                freeze(signal.SIGSTOP)
                frozen = time.monotonic()
                wait_for(lambda: time.monotonic() > frozen + 1.5, 5)
                freeze(signal.SIGCONT)
            ok(writers.recovered(10) < 10, "recovery")
    wait_for(lambda: answers(), 10, "the server is up")
    is_(writers.problems, [])
    is_(writers.statuses() - {200, 503}, set())
    for user, bio in writers.stored(pg).items():
        contains(writers.possible(user), bio, "what is stored")
    well_again()


def answers():
    with contextlib.suppress(RuntimeError):
        return pg.psql("SELECT 1") == "1"


def ours():
    return [int(n) for n in pg.psql("SELECT pid FROM pg_stat_activity WHERE usename = "
                                    "'gatehouse'").split()]


@contextlib.contextmanager
def role(setting):
    """Changes the role gatehouse; its present connections are ended."""
    name = setting.split()[0]
    pg.psql(f"ALTER ROLE gatehouse SET {setting}")
    cut()
    try:
        yield
    finally:
        pg.psql(f"ALTER ROLE gatehouse RESET {name}")
        cut()


def cut():
    pg.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE usename = 'gatehouse'")


@case("DB7 read-only: profiles are read, writes and new users are 503")
def _():
    is_(post(p, ada, '{"bio":"before"}').status, 200)
    with role("default_transaction_read_only = on"):
        wait_for(lambda: ask().status == 200, 5, "reading")
        is_(ask().json()["bio"], "before")
        unavailable(post(p, ada, '{"bio":"after"}'), "database_unavailable")
        unavailable(get(p, idp.user()), "database_unavailable")
        is_(get(p, ada).json()["bio"], "before")
    well_again()
    is_(post(p, ada, '{"bio":"after"}').status, 200)


@case("DB8 too many connections: 503, no storm, 200 when there is room")
def _():
    pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT 0")
    cut()
    try:
        away()
        not_ready()
    finally:
        pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT -1")
    well_again()


@case("DB8 fewer connections than workers: those that have one serve, the others say 503")
def _():
    pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT 1")
    cut()
    try:
        with Load(p.address, profile_of(ada), threads=4) as flow:
            flow.wait_more(300)
            # the one connection may be free only after the first pause
            wait_for(lambda: set(flow.count()) == {200, 503}, 10, "both answers")
        is_(set(flow.count()), {200, 503})
    finally:
        pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT -1")
    well_again()


HBA = os.path.join(pg.data, "pg_hba.conf")


@cases("DB11 {0}: 503, no tight loop of attempts, the log says why but not with what", [
    ("a wrong password", "local all gatehouse scram-sha-256\n", "password authentication"),
    ("a pg_hba.conf that rejects", "local all gatehouse reject\n", "pg_hba.conf"),
])
def _(_what, line, why):
    q = world.program(BUDGET, {"database": {"url": pg.url + "&password=s3cret-canary"}},
                      workers=2)
    is_(get(q, ada).status, 200)
    with open(HBA) as f:
        good = f.read()
    pg.scratch.write("data/pg_hba.conf", line + good, 0o600)
    pg.psql("ALTER ROLE gatehouse PASSWORD 'another'")
    pg.psql("SELECT pg_reload_conf()")
    try:
        wait_for(lambda: cut() or get(q, ada).status == 503, 5, "refused")
        lines = len(pg.scratch.tail("postgres.log", 1 << 30))
        with Load(q.address, profile_of(ada), threads=2) as flow:
            end = time.monotonic() + 2
            wait_for(lambda: time.monotonic() > end, 5)
        attempts = len(pg.scratch.tail("postgres.log", 1 << 30)) - lines
        is_(set(flow.count()), {503})
        ok(attempts <= 60, "lines of the server about attempts in 2 s", attempts, len(flow))
    finally:
        pg.scratch.write("data/pg_hba.conf", good, 0o600)
        pg.psql("SELECT pg_reload_conf()")
    recovery(lambda: get(q, ada), 10)
    text = str(q.log())
    like(text, why)
    ok("s3cret-canary" not in text, "no password in the log")
    is_(q.stop(), 0)
    well_again()


@case("DB12 no schema, migrate = false: 503, /readyz names the migrations; 200 once it is there")
def _():
    pg.psql("CREATE DATABASE bare OWNER gatehouse", db="postgres")
    q = world.program(BUDGET, {"database": {"url": pg.url_for("bare"), "migrate": False}},
                      workers=2)
    unavailable(get(q, ada), "database_unavailable")
    unavailable(post(q, ada, "{}"), "database_unavailable")
    answer = q.client.request(params("GET", "/readyz"))
    is_((answer.status, answer.json()["details"]["parts"]["migrations"]), (503, "pending"))
    done = q.run("migrate", "up")
    is_(done.returncode, 0, done.stderr)
    recovery(lambda: get(q, ada), 10)
    wait_for(lambda: q.client.request(params("GET", "/readyz")).status == 200, 5, "ready")
    is_(q.stop(), 0)


@cases("DB12 a schema {0}: {1}", [("of a later program", "works, /readyz is 200"),
                                 ("with a changed file", "works, /readyz is degraded")])
def _(what, _expected):
    pg.psql("INSERT INTO gatehouse_migrations (version, name, sha256) VALUES (900, 'x', 'y')"
            if "later" in what else "UPDATE gatehouse_migrations SET sha256 = 'x' || sha256")
    try:
        wanted = ("newer", "ok") if "later" in what else ("changed", "degraded")
        answer = wait_for(lambda: (a := readiness()).json()["parts"]["migrations"] == wanted[0]
                          and a, 6, "seen")
        is_((answer.status, answer.json()["status"]), (200, wanted[1]))
        is_((ask().status, post(p, ada, "{}").status), (200, 200))
    finally:
        pg.psql("DELETE FROM gatehouse_migrations WHERE version = 900; "
                "UPDATE gatehouse_migrations SET sha256 = ltrim(sha256, 'x')")
    well_again()


CHANGES = {
    "a new type of a column": "ALTER TABLE user_profile ALTER COLUMN theme TYPE {}",
    "columns made anew": "BEGIN; ALTER TABLE user_profile RENAME COLUMN bio TO was;"
                         "ALTER TABLE user_profile ADD COLUMN bio {};"
                         "ALTER TABLE user_profile DROP COLUMN was; COMMIT",
    "another column and new statistics": "ALTER TABLE user_profile ADD COLUMN IF NOT EXISTS "
                                         "more {}; ANALYZE user_profile",
}


@cases("DB13 {0} under load, statements being prepared: no request fails",
       [(name,) for name in CHANGES])
def _(what):
    # more workers than requests at once: never "too many wait for the provider"
    q = world.program(BUDGET, workers=6)
    with Load(q.address, profile_of(*[idp.user() for _ in range(4)]), threads=4) as flow:
        for type in "varchar(20)", "text", "varchar(2000)", "text":
            flow.wait_more(40)
            pg.psql(CHANGES[what].format(type))
        flow.wait_more(40)
    is_(flow.failed(), [])
    is_(q.stop(), 0)
    well_again()


@case("DB13 behind PgBouncer in transaction mode with prepare = false: all is well")
def _():
    try:
        pooler = Pooler(pg)
    except child.Missing as missing:
        raise Skip(str(missing)) from None
    with pooler:
        q = world.program(BUDGET, {"database": {"url": pooler.url, "prepare": False}},
                          workers=6)
        with Writers(q, [idp.user() for _ in range(8)]) as writers:
            writers.wait_more(200)
            before = len(writers.failed())
            is_(before, 0)
            pg.restart()
            ok(writers.recovered(10) < 10, "recovery")
        is_(writers.problems, [])
        for user, bio in writers.stored(pg).items():
            contains(writers.possible(user), bio, "what is stored")
        is_(q.stop(), 0)
    well_again()


@case("in all of this no worker died and nothing was a mistake of the program's")
def _():
    is_(p.stop(), 0)
    for program in world.programs:
        for event in "worker died", "worker killed", "bug":
            is_(events(program, event), [])
        is_(program.output(), [])


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
