#!/usr/bin/env python3
"""Statements: what the store promises, and what a server's refusal becomes."""

import os
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                   # noqa: E402
from dbprobe import Probe                      # noqa: E402
from pg import Cluster                         # noqa: E402
from tap import (case, cases, is_, isnt, like, ok, run,  # noqa: E402
                 skip_all, wait_for)

SQL = os.path.join(os.environ.get("top_srcdir")
                   or os.path.join(HERE, "..", ".."), "sql")
try:
    pg = Cluster()
except child.Missing as missing:
    skip_all(str(missing))


def schema(db=None):
    for name in sorted(os.listdir(SQL)):
        if name.endswith(".up.sql"):
            with open(os.path.join(SQL, name)) as sql:
                pg.psql("SET ROLE gatehouse;" + sql.read(), db=db)


schema()
NEW = ["ok", "light", "true", None]


def probe(**options):
    return Probe(pg.url, **options)


def connections():
    return int(pg.psql("SELECT count(*) FROM pg_stat_activity "
                       "WHERE usename = 'gatehouse'"))


@case("nothing is connected before the first call")
def _():
    wait_for(lambda: connections() == 0, what="earlier connections' end")
    with probe() as p:
        is_(p.opened.kind, "ok")
        is_(connections(), 0)
        is_(p("get", "ory", "nobody").brief, NEW)
        is_(connections(), 1)


@case("a profile is made once, with defaults, and not by looking")
def _():
    with probe() as p:
        is_(p("get", "ory", "u1").brief, NEW)
        is_(pg.psql("SELECT count(*) FROM user_profile"), "0")
        is_(p("get_or_create", "ory", "u1").brief, NEW)
        is_(pg.psql("SELECT provider, user_id, theme, notifications, bio "
                    "FROM user_profile"), "ory|u1|light|t|")


@case("an existing profile is read without a write")
def _():
    with probe() as p:
        p("get_or_create", "ory", "reader")
        before = pg.psql("SELECT xmin, xmax, ctid FROM user_profile "
                         "WHERE user_id = 'reader'")
        for _ in range(3):
            is_(p("get_or_create", "ory", "reader").brief, NEW)
        is_(pg.psql("SELECT xmin, xmax, ctid FROM user_profile "
                    "WHERE user_id = 'reader'"), before)


@cases("preferences: {0}", [
    ("theme alone", ("dark", None, None), ["dark", "true", "old bio"]),
    ("notifications alone", (None, "false", None),
     ["light", "false", "old bio"]),
    ("bio alone", (None, None, "new"), ["light", "true", "new"]),
    ("an empty bio clears", (None, None, ""), ["light", "true", None]),
    ("nothing at all", (None, None, None), ["light", "true", "old bio"]),
    ("all", ("dark", "false", "ünï 🙂"), ["dark", "false", "ünï 🙂"]),
    ("quotes are text", (None, None, "'; DROP TABLE user_profile; --"),
     ["light", "true", "'; DROP TABLE user_profile; --"]),
])
def _(what, change, after):
    user = "pref " + what
    with probe() as p:
        is_(p("change", "ory", user, None, None, "old bio").kind, "ok")
        is_(p("change", "ory", user, *change).kind, "ok")
        is_(p("get", "ory", user).brief, ["ok"] + after)


@case("preferences of a user without a row make it of defaults")
def _():
    with probe() as p:
        is_(p("change", "ory", "fresh", None, "false", None).kind, "ok")
        is_(p("get", "ory", "fresh").brief, ["ok", "light", "false", None])
        is_(pg.psql("SELECT updated_at > created_at FROM user_profile "
                    "WHERE user_id = 'fresh'"), "t")


@case("equal ids of two providers never meet")
def _():
    with probe() as p:
        p("change", "ory", "same", "dark", None, None)
        is_(p("get_or_create", "clerk", "same").brief, NEW)
        is_(p("get", "ory", "same").words[0], "dark")


@case("1,600 racing first calls of 100 new users lose none")
def _():
    crowd = [probe() for _ in range(16)]
    answers = []

    def ask(p):
        for n in range(100):
            answers.append(p("get_or_create", "ory", f"race-{n}").brief)

    threads = [threading.Thread(target=ask, args=(p,)) for p in crowd]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    for p in crowd:
        p.close()
    is_(len(answers), 1600)
    is_([a for a in answers if a != NEW], [])
    is_(pg.psql("SELECT count(*) FROM user_profile "
                "WHERE user_id LIKE 'race-%'"), "100")


@cases("with prepare = {0} the server knows {1} prepared statements", [
    (True, 1), (False, 0)])
def _(prepare, known):
    with probe(prepare=prepare) as p:
        for _ in range(3):
            is_(p("get", "ory", "nobody").brief, NEW)
        p("define", "count", "read",
          "SELECT count(*) FROM pg_prepared_statements "
          "WHERE name LIKE 'profile%'")
        is_(p("run", "count").words, [str(known)])


@cases("{0} between two calls is not noticed by the caller", [
    "DISCARD ALL", "DEALLOCATE ALL"])
def _(spoiler):
    with probe() as p:
        is_(p("get_or_create", "ory", spoiler).brief, NEW)
        is_(p("script", spoiler).kind, "ok")
        is_(p("get_or_create", "ory", spoiler).brief, NEW)
        is_(p("change", "ory", spoiler, "dark", None, None).kind, "ok")
        is_(p("get", "ory", spoiler).words[0], "dark")


@case("a changed plan is not noticed by the caller")
def _():
    pg.psql("CREATE TABLE plan (a int); INSERT INTO plan VALUES (1);"
            "GRANT SELECT ON plan TO gatehouse")
    with probe() as p:
        p("define", "plan", "write", "SELECT * FROM plan")
        for _ in range(6):
            is_(p("run", "plan").words, ["1"])
        pg.psql("ALTER TABLE plan ADD b int DEFAULT 2")
        is_(p("run", "plan").words, ["1", "2"])
        is_(p("run", "plan").words, ["1", "2"])


@case("more statements than a connection keeps prepared still run")
def _():
    with probe() as p:
        for n in range(20):
            p("define", f"s{n}", "read", f"SELECT {n}")
        for n in list(range(20)) * 2:
            is_(p("run", f"s{n}").words, [str(n)])


@cases("a statement that fails {0} times with {1} runs {2} times: {3}", [
    (2, "40001", 3, "ok"), (2, "40P01", 3, "ok"),
    (9, "40001", 4, "DOWN"), (9, "23505", 1, "BUG")])
def _(times, state, runs, kind):
    pg.psql(f"""
        DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries;
        GRANT ALL ON SEQUENCE tries TO gatehouse;
        CREATE OR REPLACE FUNCTION flaky() RETURNS int LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('tries') <= {times} THEN
                RAISE EXCEPTION 'conflict' USING ERRCODE = '{state}';
            END IF;
            RETURN 7;
        END $$""")
    with probe() as p:
        p("define", "flaky", "write", "SELECT flaky()")
        got = p("run", "flaky")
        is_(got.kind, kind)
        if kind == "ok":
            is_(got.words, ["7"])
        else:
            like(got.text, f"database: flaky: {state} conflict")
        is_(pg.psql("SELECT last_value FROM tries"), str(runs))


@case("rows that a failing commit follows are no success")
def _():
    pg.psql("CREATE TABLE late (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
            "GRANT ALL ON late TO gatehouse; INSERT INTO late VALUES (1)")
    for prepare in True, False:
        with probe(prepare=prepare) as p:
            p("define", "late", "write",
              "INSERT INTO late VALUES (1) RETURNING a")
            got = p("run", "late")
            is_(got.kind, "BUG")
            like(got.text, "23505")
    is_(pg.psql("SELECT count(*) FROM late"), "1")


@cases("{0}: {1}, and no value in the words", [
    ("a value of the wrong type", "BUG", ("change", "ory", "v", None,
                                          "perhaps-secret", None), "22P02"),
    ("a value the table refuses", "BUG", ("change", "ory", "v", "secret",
                                          None, None), "23514"),
    ("bytes that are no UTF-8", "BUG", ("change", "ory", "v", None, None,
                                        "secret\udcff"), "22021"),
])
def _(what, kind, call, state):
    with probe() as p:
        p.proc.stdin.reconfigure(errors="surrogateescape")
        got = p(*call)
        is_(got.kind, kind)
        like(got.text, state)
        ok("secret" not in got.text, "the words are clean", got.text)
        is_(p("get", "ory", "v").brief, NEW)


@case("a missing schema is an outage, over when it is there")
def _():
    pg.psql('CREATE DATABASE empty OWNER gatehouse', db="postgres")
    with Probe(pg.url_for("empty")) as p:
        got = p("get", "ory", "x")
        is_(got.kind, "DOWN")
        like(got.text, "42P01")
        schema("empty")
        is_(p("get", "ory", "x").brief, NEW)


@case("missing rights are an outage")
def _():
    pg.psql("CREATE ROLE stranger LOGIN")
    with Probe(pg.url_for("gatehouse", user="stranger")) as p:
        got = p("get", "ory", "x")
        is_(got.kind, "DOWN")
        like(got.text, "42501")


@case("a read-only server: reading works, the rest is an outage")
def _():
    with probe() as p:
        p("get_or_create", "ory", "ro")
    pg.psql("ALTER DATABASE gatehouse SET default_transaction_read_only = on")
    try:
        with probe() as p:
            is_(p("get_or_create", "ory", "ro").brief, NEW)
            got = p("get_or_create", "ory", "ro-new")
            is_(got.kind, "DOWN")
            like(got.text, "25006")
            is_(p("change", "ory", "ro", "dark", None, None).kind, "DOWN")
            is_(p("get_or_create", "ory", "ro").brief, NEW)
    finally:
        pg.psql("SET default_transaction_read_only = off; ALTER DATABASE "
                "gatehouse RESET default_transaction_read_only")


@case("the server ends a slow statement itself, and the connection stays")
def _():
    with probe(statement_ms=300) as p:
        p("define", "pid", "read", "SELECT pg_backend_pid()")
        p("define", "slow", "read", "SELECT pg_sleep(20)")
        pid = p("run", "pid").words
        got = p("run", "slow")
        is_(got.kind, "DOWN")
        like(got.text, "57014")
        ok(280 <= got.ms < 1500, "in time", got)
        is_(p("run", "pid").words, pid)


@case("the server ends a wait for a lock itself")
def _():
    with probe(statement_ms=1000) as p, probe() as holder:
        p("get_or_create", "ory", "locked")
        holder.send("script",
                    "BEGIN; SELECT 1 FROM user_profile WHERE user_id = "
                    "'locked' FOR UPDATE; SELECT pg_sleep(1.2); COMMIT")
        wait_for(lambda: pg.psql(
            "SELECT count(*) FROM pg_locks WHERE mode = 'RowShareLock' AND "
            "granted AND relation = 'user_profile'::regclass") != "0",
            what="the lock")
        got = p("change", "ory", "locked", "dark", None, None)
        is_(got.kind, "DOWN")
        like(got.text, "55P03")
        ok(got.ms < 1150, "in time", got)
        is_(holder.receive().kind, "ok")


@cases("limits with prepare = {0}: {1}", [
    (True, ["1s", "501ms", "5s", "read committed", "UTF8", "gatehouse"]),
    (False, ["0", "0", "0", "serializable", "UTF8", "gatehouse"])])
def _(prepare, limits):
    names = ("statement_timeout", "lock_timeout",
             "idle_in_transaction_session_timeout",
             "default_transaction_isolation", "client_encoding",
             "application_name")
    pg.psql("ALTER ROLE gatehouse "
            "SET default_transaction_isolation = 'serializable'")
    with probe(prepare=prepare, statement_ms=1000) as p:
        p("define", "limits", "read",
          "SELECT " + ", ".join(f"current_setting('{n}')" for n in names))
        is_(p("run", "limits").words, limits)
    pg.psql("ALTER ROLE gatehouse RESET default_transaction_isolation")


@case("the url's own options win")
def _():
    with Probe(pg.url + "&options=-c%20statement_timeout%3D77&"
               "application_name=other") as p:
        p("define", "limits", "read",
          "SELECT current_setting('statement_timeout'), "
          "current_setting('application_name')")
        is_(p("run", "limits").words, ["77ms", "other"])


@case("a call without time left sends nothing")
def _():
    with probe() as p:
        p("budget", 0)
        got = p("change", "ory", "hurry", "dark", None, None)
        is_(got.kind, "DOWN")
        like(got.text, "no time left")
        p("budget", 4000)
        is_(p("get", "ory", "hurry").brief, NEW)


@case("a long text goes both ways")
def _():
    with probe() as p:
        long = "häßlich " * 8000
        is_(p("change", "ory", "long", None, None, long).kind, "ok")
        is_(p("get", "ory", "long").words[2][:40], long[:40])
        is_(pg.psql("SELECT char_length(bio) FROM user_profile "
                    "WHERE user_id = 'long'"), str(len(long)))


@case("more rows than a request may hold are our fault, not a crash")
def _():
    with probe() as p:
        p("define", "many", "read",
          "SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
        got = p("run", "many")
        is_(got.kind, "BUG")
        like(got.text, "more rows than")
        is_(p("get", "ory", "nobody").brief, NEW)


@cases("a script that {0} leaves no transaction open", [
    ("fails in the middle", "BEGIN; CREATE TABLE half (a int); SELECT 1/0; "
     "COMMIT", "BUG"),
    ("forgets its commit", "BEGIN; CREATE TABLE half (a int)", "ok"),
    ("copies", "COPY user_profile FROM STDIN", "DOWN")])
def _(what, sql, kind):
    with probe() as p:
        is_(p("script", sql).kind, kind)
        is_(p("get", "ory", "nobody").brief, NEW)
        wait_for(lambda: pg.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = "
            "'gatehouse' AND state LIKE 'idle in tr%'") == "0")
        is_(pg.psql("SELECT to_regclass('half')"), "")


@case("an unused connection is given back, a used one is not")
def _():
    wait_for(lambda: connections() == 0, what="earlier connections' end")
    with probe() as p:
        p("get", "ory", "x")
        p("idle", 60000)
        is_(connections(), 1)
        p("idle", 0)
        wait_for(lambda: connections() == 0, what="the end of an idle one")
        is_(p("get", "ory", "x").brief, NEW)


@case("time spent is counted, and taken once")
def _():
    with probe() as p:
        p("define", "nap", "read", "SELECT pg_sleep(0.05)")
        p("run", "nap")
        first = int(p("spent").words[0])
        ok(50000 <= first < 2000000, "about 50 ms", first)
        is_(p("spent").words, ["0"])
        isnt(first, 0)


if __name__ == "__main__":
    run()
