#!/usr/bin/env python3
"""Connections that fail: each fault once, and what comes after it."""

import contextlib
import os
import signal
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                   # noqa: E402
from dbprobe import Probe                      # noqa: E402
from pg import Cluster                         # noqa: E402
from pooler import Pooler                      # noqa: E402
from relay import Relay                        # noqa: E402
from tap import (Skip, case, cases, is_, like, ok, run,  # noqa: E402
                 skip_all, wait_for)

SQL = os.path.join(os.environ.get("top_srcdir")
                   or os.path.join(HERE, "..", ".."), "sql")


def cluster(**settings):
    new = Cluster(synchronous_commit="on", **settings)
    for name in sorted(os.listdir(SQL)):
        if name.endswith(".up.sql"):
            with open(os.path.join(SQL, name)) as sql:
                new.psql("SET default_transaction_read_only = off;"
                         "SET ROLE gatehouse;" + sql.read())
    return new


try:
    pg = cluster()
except child.Missing as missing:
    skip_all(str(missing))
SOCKET = os.path.join(pg.sockets, ".s.PGSQL.5432")
NEW = ["ok", "light", "true", None]
PASSWORD = "s3cret"


def through(relay, more=""):
    return (f"host=127.0.0.1 port={relay.port} dbname=gatehouse "
            f"user=gatehouse {more}")


def back_to_work(p, seconds=10):
    """Until the probe's calls succeed again; how long that took."""
    started = time.monotonic()
    wait_for(lambda: p("get", "ory", "nobody").kind == "ok", seconds,
             "recovery")
    return time.monotonic() - started


def backend(p):
    p("define", "pid", "read", "SELECT pg_backend_pid()")
    return int(p("run", "pid").words[0])


def running(p_text):
    return pg.psql("SELECT count(*) FROM pg_stat_activity WHERE state = "
                   f"'active' AND query LIKE '%{p_text}%' AND pid <> "
                   "pg_backend_pid()") != "0"


@contextlib.contextmanager
def idle_probe(by):
    relay = Relay(SOCKET)
    with Probe(through(relay) if "peer" in by else pg.url) as p:
        yield p, relay
    relay.close()


@cases("an idle connection ended by {0} costs no answer", [
    "a restart", "an administrator", "the peer without a word"])
def _(by):
    with idle_probe(by) as (p, relay):
        is_(p("get_or_create", "ory", "idle").brief, NEW)
        is_(p("change", "ory", "idle", None, None, None).kind, "ok")
        if by == "a restart":
            pg.restart()
        elif by == "an administrator":
            pid = backend(p)
            pg.psql(f"SELECT pg_terminate_backend({pid}, 5000)")
        else:
            relay.mode = "swallow"
            pg.psql("SELECT pg_terminate_backend(pid, 5000) FROM "
                    "pg_stat_activity WHERE usename = 'gatehouse'")
        is_(p("change", "ory", "idle " + by, "dark", None, None).kind, "ok")
        is_(p("get", "ory", "idle " + by).words[0], "dark")


@cases("a connection lost in the middle of a {0}: {1}", [
    ("read", "ok"), ("write", "DOWN")])
def _(what, kind):
    with Probe(pg.url) as p:
        p("define", "mid", what, f"SELECT 'mid {what}', pg_sleep(0.4)")
        pid = backend(p)
        p.send("run", "mid")
        wait_for(lambda: running(f"mid {what}"), what="the statement")
        pg.psql(f"SELECT pg_terminate_backend({pid})")
        got = p.receive()
        is_(got.kind, kind)
        if what == "write":
            like(got.text, "57P01.*outcome unknown")
        is_(p("get", "ory", "nobody").brief, NEW)


@case("a read repeated once is not repeated for ever")
def _():
    with Probe(pg.url) as p:
        p("define", "suicide", "read",
          "SELECT pg_terminate_backend(pg_backend_pid())")
        is_(p("run", "suicide").kind, "DOWN")
        is_(p("get", "ory", "nobody").brief, NEW)


@case("an answer lost after the commit: outcome unknown, done once")
def _():
    pg.psql("CREATE TABLE counted (n int); INSERT INTO counted VALUES (0);"
            "GRANT ALL ON counted TO gatehouse")
    relay = Relay(SOCKET)
    with Probe(through(relay)) as p:
        p("define", "add", "write", "UPDATE counted SET n = n + 1")
        is_(p("run", "add").kind, "ok")
        relay.mode = "swallow"
        got = p("run", "add")
        is_(got.kind, "DOWN")
        like(got.text, "outcome unknown")
        is_(pg.psql("SELECT n FROM counted"), "2")
        is_(p("run", "add").kind, "ok")
        is_(pg.psql("SELECT n FROM counted"), "3")
    relay.close()


@case("a connection lost while preparing a write: it was not sent, it runs")
def _():
    relay = Relay(SOCKET)
    with Probe(through(relay)) as p:
        is_(p("get", "ory", "x").kind, "ok")
        relay.mode = "swallow"
        is_(p("change", "ory", "unsent", "dark", None, None).kind, "ok")
        is_(relay.connections, 2)
        is_(p("get", "ory", "unsent").words[0], "dark")
    relay.close()


@case("kill -9 of a backend in mid-statement: an outage, then recovery")
def _():
    with Probe(pg.url) as p:
        pid = backend(p)
        p("define", "nap", "write", "SELECT 'killed', pg_sleep(5)")
        p.send("run", "nap")
        wait_for(lambda: running("killed"), what="the statement")
        os.kill(pid, signal.SIGKILL)
        got = p.receive()
        is_(got.kind, "DOWN")
        like(got.text, "outcome unknown")
        ok(got.ms < 2000, "noticed at once", got)
        ok(back_to_work(p) < 10, "recovers")


@case("a refused connection: 503 at once, then fast, then recovery")
def _():
    pg.stop()
    try:
        with Probe(pg.url) as p:
            first = p("get", "ory", "x")
            is_(first.kind, "DOWN")
            ok(first.ms < 400, "at once", first)
            second = p("get", "ory", "x")
            is_(second.kind, "DOWN")
            like(second.text, "asked again in")
            ok(second.ms < 200, "without another attempt", second)
            end = time.monotonic() + 3
            calls = slow = 0
            while time.monotonic() < end:
                calls += 1
                slow += "asked again" not in p("get", "ory", "x").text
                time.sleep(0.005)
            ok(1 <= slow <= 12, "attempts in 3 s", slow, calls)
            pg.start()
            ok(back_to_work(p) < 4, "recovers soon")
    finally:
        if pg.proc.poll() is not None:
            pg.start()


@case("too many connections: an outage, over when one is free")
def _():
    pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT 1")
    wait_for(lambda: pg.psql("SELECT count(*) FROM pg_stat_activity WHERE "
                             "usename = 'gatehouse'") == "0")
    try:
        with Probe(pg.url) as first, Probe(pg.url) as second:
            is_(first("get", "ory", "x").kind, "ok")
            got = second("get", "ory", "x")
            is_(got.kind, "DOWN")
            like(got.text, "too many connections")
            first("idle", 0)
            ok(back_to_work(second) < 4, "recovers soon")
    finally:
        pg.psql("ALTER ROLE gatehouse CONNECTION LIMIT -1")


def freeze(sig):
    for pid in [pg.proc.pid] + child.children(pg.proc.pid):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            pass


@case("a frozen server: 503 by the deadline, also for new connections")
def _():
    with Probe(pg.url, connect_ms=600) as p, Probe(pg.url) as young:
        p("get", "ory", "x")
        p("budget", 500)
        freeze(signal.SIGSTOP)
        try:
            got = p("change", "ory", "frozen", "dark", None, None)
            is_(got.kind, "DOWN")
            like(got.text, "no answer in time; outcome unknown")
            ok(450 <= got.ms < 1500, "by the deadline", got)
            young("budget", 400)
            got = young("get", "ory", "x")
            is_(got.kind, "DOWN")
            ok(got.ms < 1200, "by the deadline", got)
            got = young("get", "ory", "x")
            ok(got.ms < 300, "then fast", got)
        finally:
            freeze(signal.SIGCONT)
        ok(back_to_work(p) < 4, "recovers soon")
        ok(back_to_work(young) < 4, "recovers soon")


@case("a change that was given up is not made later, over a newer one")
def _():
    with Probe(pg.url) as p, Probe(pg.url) as other:
        other("get", "ory", "late")
        p("change", "ory", "late", "light", None, "first")  # and it is prepared
        p("budget", 400)
        backend = int(pg.psql("SELECT pid FROM pg_stat_activity WHERE application_name = "
                              "'gatehouse' ORDER BY query_start DESC LIMIT 1"))
        os.kill(backend, signal.SIGSTOP)
        try:
            is_(p("change", "ory", "late", "dark", None, "given up").kind, "DOWN")
            is_(other("change", "ory", "late", None, None, "newer").kind, "ok")
        finally:
            os.kill(backend, signal.SIGCONT)
        wait_for(lambda: str(backend) not in pg.psql("SELECT pid FROM pg_stat_activity"),
                 what="the backend that was left alone ends")
        is_(pg.psql("SELECT theme, bio FROM user_profile WHERE user_id = 'late'"), "light|newer")


@case("a silent server ends a statement by statement_timeout and a little")
def _():
    relay = Relay(SOCKET)
    with Probe(through(relay), statement_ms=300) as p:
        p("get", "ory", "x")
        relay.mode = "silent"
        got = p("get", "ory", "x")
        is_(got.kind, "DOWN")
        ok(500 <= got.ms < 2000, "in time", got)
    relay.close()


@case("a silent first host costs its share once, then the good one is first")
def _():
    relay = Relay(SOCKET, "silent")
    url = (f"postgresql://gatehouse@/gatehouse?host=127.0.0.1,{pg.sockets}"
           f"&port={relay.port},5432")
    with Probe(url, connect_ms=1000) as p:
        got = p("get", "ory", "x")
        is_(got.brief, NEW)
        ok(450 <= got.ms < 950, "half of connect_timeout", got)
        pid = backend(p)
        pg.psql(f"SELECT pg_terminate_backend({pid}, 5000)")
        got = p("get", "ory", "x")
        is_(got.brief, NEW)
        ok(got.ms < 400, "the good host is asked first", got)
    is_(relay.connections, 1)
    relay.close()


@case("only silent hosts: 503 by connect_timeout, then fast")
def _():
    relay = Relay(SOCKET, "silent")
    url = f"host=127.0.0.1,127.0.0.1 port={relay.port} dbname=x user=x"
    with Probe(url, connect_ms=600) as p:
        got = p("get", "ory", "x")
        is_(got.kind, "DOWN")
        like(got.text, "no answer from 127.0.0.1")
        ok(550 <= got.ms < 2000, "in time", got)
        ok(p("get", "ory", "x").ms < 400, "then fast")
    is_(relay.connections, 2)
    relay.close()


@cases("a server that answers with {0} is an outage, at once", [
    "garbage", "close"])
def _(mode):
    relay = Relay(SOCKET, mode)
    with Probe(through(relay)) as p:
        got = p("get", "ory", "x")
        is_(got.kind, "DOWN")
        ok(got.ms < 1500, "at once", got)
        relay.mode = "pass"
        ok(back_to_work(p) < 4, "recovers soon")
    relay.close()


@case("a primary that becomes read-only: the next call finds the other host")
def _():
    other = cluster()
    url = (f"host={pg.sockets},{other.sockets} dbname=gatehouse "
           "user=gatehouse target_session_attrs=read-write")
    try:
        with Probe(url) as p:
            is_(p("change", "ory", "moved", "dark", None, None).kind, "ok")
            p("script", "SET default_transaction_read_only = on")
            pg.psql("ALTER SYSTEM SET default_transaction_read_only = on;")
            pg.psql("SELECT pg_reload_conf()")
            got = p("change", "ory", "moved", "light", None, None)
            is_(got.kind, "DOWN")
            like(got.text, "25006")
            is_(p("change", "ory", "moved", None, None, "b").kind, "ok")
            is_(other.psql("SELECT bio FROM user_profile"), "b")
            p("script", "SELECT pg_terminate_backend(pg_backend_pid())")
            is_(p("change", "ory", "moved", None, None, "c").kind, "ok")
            is_(other.psql("SELECT bio FROM user_profile"), "c")
    finally:
        pg.psql("ALTER SYSTEM RESET default_transaction_read_only")
        pg.psql("SELECT pg_reload_conf()")
        other.close()


@case("acknowledged writes survive a postmaster that is killed, five times")
def _():
    acknowledged, stop = [], threading.Event()

    def write(worker, p):
        n = 0
        while not stop.is_set():
            n += 1
            name = f"kill-{worker}-{n}"
            if p("get_or_create", "ory", name).kind == "ok":
                acknowledged.append(name)

    probes = [Probe(pg.url) for _ in range(3)]
    threads = [threading.Thread(target=write, args=pair)
               for pair in enumerate(probes)]
    for t in threads:
        t.start()
    for _ in range(5):
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before + 20, 10, "writes")
        pg.kill()
        pg.start()
    stop.set()
    for t in threads:
        t.join(20)
    for p in probes:
        p.close()
    there = set(pg.psql("SELECT user_id FROM user_profile").split())
    is_([n for n in acknowledged if n not in there], [])
    ok(len(acknowledged) > 100, "enough were written", len(acknowledged))


@cases("a url that is refused names no secret: {0}", [
    f"postgresql://u:{PASSWORD}%zz@h/d", f"postgresql://u:{PASSWORD}@x@h/d",
    f"postgresql://u:{PASSWORD}/x@h/d", f"postgresql://u:p@{PASSWORD}@h/d",
    f"host=h pass word={PASSWORD}", f"host=h passwort={PASSWORD}",
    "host=a,b,c port=1,2", "host=a,b hostaddr=127.0.0.1"])
def _(url):
    with Probe(url) as p:
        is_(p.opened.kind, "CONFIG")
        for got in p.opened, p("get", "ory", "x"):
            like(got.text, "database url: ")
            ok(PASSWORD not in got.text, "the words are clean", got.text)


@case("a refused password is an outage and is not shown")
def _():
    hba = os.path.join(pg.data, "pg_hba.conf")
    with open(hba) as f:
        before = f.read()
    with open(hba, "w") as f:
        f.write("local all gatehouse scram-sha-256\n" + before)
    pg.psql("SELECT pg_reload_conf()")
    try:
        def refused():
            with Probe(pg.url + "&password=" + PASSWORD) as p:
                got = p("get", "ory", "x")
                ok(PASSWORD not in got.text, "the words are clean", got.text)
                return got.kind == "DOWN" and "authentication" in got.text
        wait_for(refused, what="the reload")
    finally:
        with open(hba, "w") as f:
            f.write(before)
        pg.psql("SELECT pg_reload_conf()")


@case("behind PgBouncer in transaction mode with prepare = false")
def _():
    try:
        pooler = Pooler(pg)
    except child.Missing as missing:
        raise Skip(str(missing)) from None
    url = pooler.url
    crowd = [Probe(url, prepare=False) for _ in range(8)]
    try:
        wrong = []

        def work(worker, p):
            for n in range(40):
                user = f"pool-{n % 10}"
                got = [p("get_or_create", "ory", user),
                       p("change", "ory", user, None, None, f"b{worker}"),
                       p("get", "ory", user)]
                wrong.extend(g for g in got if g.kind != "ok")

        threads = [threading.Thread(target=work, args=pair)
                   for pair in enumerate(crowd)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        is_(wrong, [])
        is_(pg.psql("SELECT count(*) FROM user_profile WHERE user_id LIKE "
                    "'pool-%'"), "10")
        with Probe(url) as p:
            like(p("get", "ory", "x").text, "startup parameter")
        with Probe(url, prepare=False) as p:
            pg.restart()
            ok(back_to_work(p) < 10, "a restart behind the pooler")
    finally:
        for p in crowd:
            p.close()
        pooler.stop()


if __name__ == "__main__":
    run()
