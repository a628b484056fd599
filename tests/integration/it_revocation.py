#!/usr/bin/env python3
"""The table of revocations: read completely, applied once, and final."""

import contextlib
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from revocation_world import (Session, count, look, mark, pg, probe, read, revoke,  # noqa: E402
                              row, schema)
from tap import case, cases, is_, like, ok, run, wait_for      # noqa: E402

ROUNDS = 150


# -- Reading -------------------------------------------------------------------------------

@case("what is stored is known to who stored it at once, to others when they read")
def _():
    with probe() as here, probe() as there:
        is_(look(here, "session", "s1"), "not")
        is_(revoke(here, "session", "s1"), "stored")
        is_(look(here, "session", "s1"), "refuse")
        is_(look(there, "session", "s1"), "not")
        is_(there("age").words, [None])
        is_(there("news").kind, "ok")
        ok(int(there("age").words[0]) < 10000, "fresh")
        is_(look(there, "session", "s1"), "refuse")
        is_(look(there, "user", "s1"), "not", "another kind")
        is_(look(there, "session", "s1", provider="clerk"), "not", "another provider")


@cases("the effect {0} is the same on both hosts", [
    ("recheck", "ask", "ask"), ("older", "refuse", "not"), ("all", "refuse", "refuse")])
def _(effect, of_old, of_future):
    with probe() as here, probe() as there:
        revoke(here, "user", f"e-{effect}", effect)
        is_(there("news").kind, "ok")
        for p in (here, there):
            is_(look(p, "user", f"e-{effect}", 1), of_old)
            is_(look(p, "user", f"e-{effect}", int(time.time()) + 60), of_future)


@case("a transaction that commits after a later one was read is not missed")
def _():
    with probe() as p:
        first = Session(row("early"))
        second = Session(row("late"))
        second.end()
        for _ in range(3):
            is_(p("news").kind, "ok")
        is_(look(p, "session", "late"), "refuse")
        is_(look(p, "session", "early"), "not")
        first.end()
        is_(p("news").kind, "ok")
        is_(look(p, "session", "early"), "refuse")


@case("a transaction that is rolled back is not heard of, and holds nothing up")
def _():
    with probe() as p:
        held = Session(row("never"))
        before = int(p("news").words[0])
        revoke(p, "session", "meanwhile")
        held.end("ROLLBACK")
        ok(int(p("news").words[0]) > before, "the cursor moves on")
        is_(look(p, "session", "never"), "not")


@case("2,000 rows of one transaction, and 800 of their own, are read in one go")
def _():
    pg.psql("INSERT INTO revocation (provider, kind, id, effect, until) SELECT 'ory', 'session', "
            "'bulk' || i, 'all', now() + interval '1 day' FROM generate_series(1, 2000) i")
    pg.psql("\n".join(row(f"own{i}") + ";" for i in range(800)))
    with probe() as p:
        is_(p("news").kind, "ok")
        for id in ("bulk1", "bulk250", "bulk251", "bulk2000", "own0", "own799"):
            is_(look(p, "session", id), "refuse", id)


@case("what is over is not read, nor is what was read before")
def _():
    with probe() as p:
        pg.psql(row("over", until="now() - interval '1 second'"))
        is_(p("news").kind, "ok")
        is_(look(p, "session", "over"), "not")
        with all_are_nobody():
            read(p)
            is_(look(p, "session", "nobody"), "not", "rows of before the cursor")


@contextlib.contextmanager
def all_are_nobody():
    pg.psql("ALTER TABLE revocation RENAME id TO was; "
            "ALTER TABLE revocation ADD id text NOT NULL DEFAULT 'nobody'")
    try:
        yield
    finally:
        pg.psql("ALTER TABLE revocation DROP id; ALTER TABLE revocation RENAME was TO id")


@cases("the wall clock was set by {0}: {1}", [
    ("20 s", "nothing is read again", 20000, "not"),
    ("-20 s", "nothing is read again", -20000, "not"),
    ("31 s", "what was judged by it is read again", 31000, "refuse"),
    ("a month back", "what was judged by it is read again", -30 * 86400000, "refuse")])
def _(_by, _what, ms, then):
    with probe() as p:
        held = Session("SELECT pg_current_xact_id()")
        pg.psql(";".join([row(f"behind{ms}", "user", "recheck")] * 2))
        read(p)
        mark(p)
        p("drift", ms)
        read(p)
        is_(look(p, "user", f"behind{ms}"), "ask" if then == "refuse" else "not")
        with all_are_nobody():
            p("drift", ms)
            read(p)
            is_(look(p, "session", "nobody"), then)
        held.end()


@case("behind a transaction that stays open, what is read again is not applied again")
def _():
    with probe() as p:
        held = Session("SELECT pg_current_xact_id()")
        for _ in range(2):
            revoke(p, "user", "twice", "recheck")
        pg.psql(row("twice", "user", "recheck"))
        read(p)
        is_(look(p, "user", "twice"), "ask")
        mark(p)
        behind = [read(p) for _ in range(3)]
        is_(look(p, "user", "twice"), "not")
        is_(len(set(behind)), 1, "and the cursor waits")
        pg.psql(row("twice", "user", "recheck"))
        read(p)
        is_(look(p, "user", "twice"), "ask", "a new one is")
        mark(p)
        held.end()
        read(p), read(p)
        is_(look(p, "user", "twice"), "not")


@case("another database is read from its beginning, though its numbers are lower")
def _():
    pg.psql("CREATE DATABASE second OWNER gatehouse", db="postgres")
    schema("second")
    pg.psql(row("of-second"), db="second")
    with probe() as p:
        revoke(p, "session", "of-first")
        is_(p("news").kind, "ok")
        is_(p("open", pg.url_for("second"), 1, 2000, 2000, "deaf").kind, "ok")
        is_(p("news").kind, "ok")
        is_(look(p, "session", "of-second"), "refuse")
        is_(look(p, "session", "of-first"), "refuse", "what is known stays known")


@case("a row of another server is another, though number and user are the same")
def _():
    pg.psql(row("same", "user", "recheck", row="900001"))
    pg.psql(row("same", "user", "recheck", row="900001"), db="second")
    with probe() as p:
        read(p)
        mark(p)
        read(p)
        is_(look(p, "user", "same"), "not")
        is_(p("open", pg.url_for("second"), 1, 2000, 2000, "deaf").kind, "ok")
        read(p)
        is_(look(p, "user", "same"), "ask")


@case("a server that may be late, or is away, makes no news; then they go on")
def _():
    with probe() as p:
        is_(p("news").kind, "ok")
        pg.psql("ALTER ROLE gatehouse SET default_transaction_read_only = on", db="postgres")
        try:
            with probe() as standby:
                answer = standby("news")
                is_(answer.kind, "DOWN")
                like(answer.text, "25006")
                is_(standby("age").words, [None])
        finally:
            pg.psql("ALTER ROLE gatehouse RESET ALL", db="postgres")
        pg.stop()
        is_(p("news").kind, "DOWN")
        pg.start()
        pg.psql(row("after-restart"))
        wait_for(lambda: p("news").kind == "ok", 10, "news")
        is_(look(p, "session", "after-restart"), "refuse")


# -- Webhooks' ids -------------------------------------------------------------------------

@case("one webhook has its effect once, whoever brings it and how often")
def _():
    crowd = [probe() for _ in range(8)]
    try:
        for n in range(20):
            for p in crowd:
                p.send("revoke", "clerk", "session", f"h{n}", "all", "no", 0, f"msg{n}")
            is_(sorted(p.receive().words[0] for p in crowd), ["known"] * 7 + ["stored"])
        is_(count("revocation", "provider = 'clerk' AND id LIKE 'h%'"), 20)
        is_(count("webhook"), 20)
        is_(revoke(crowd[0], "session", "h1", hook="msg1", provider="ory"), "stored",
            "another provider's id")
        is_(revoke(crowd[0], "session", "h1"), "stored", "no id at all")
    finally:
        for p in crowd:
            p.close()


@case("an end that is near or far is kept within an hour and revocation.keep")
def _():
    now = int(time.time())
    with probe() as p:
        for id, until, seconds in (("near", now + 5, 3600), ("past", now - 99, 3600),
                                   ("far", now + 10 ** 8, 2592000), ("none", 0, 2592000),
                                   ("fits", now + 86400, 86400)):
            revoke(p, "session", "until-" + id, until=until)
            left = float(pg.psql("SELECT extract(epoch FROM until - now()) FROM revocation "
                                 f"WHERE id = 'until-{id}'"))
            ok(abs(left - seconds) < 30, id, left)


@case("that a session was ended by its provider is stored; a user's revocation has no such thing")
def _():
    with probe() as p:
        revoke(p, "session", "s-ended", gone="ended", provider="clerk")
        revoke(p, "session", "s-revoked", provider="clerk")
    is_(pg.psql("SELECT id, ended FROM revocation WHERE id LIKE 's-%' ORDER BY row"),
        "s-ended|t\ns-revoked|f")


# -- Deleted users -------------------------------------------------------------------------

@case("a deleted user's profile goes and none is made again; others are left alone")
def _():
    with probe() as p:
        for provider, user in (("clerk", "gone"), ("clerk", "stays"), ("ory", "gone")):
            is_(p("get_or_create", provider, user).brief, ["ok", "light", "true", None])
        is_(revoke(p, "user", "gone", gone="gone", provider="clerk"), "stored")
        is_(pg.psql("SELECT provider, user_id FROM user_profile ORDER BY 1"),
            "clerk|stays\nory|gone")
        for words in (("get",), ("get_or_create",)):
            is_(p(*words, "clerk", "gone").brief, ["ok", "gone"])
            is_(p(*words, "ory", "gone").brief, ["ok", "light", "true", None])
        is_(p("change", "clerk", "gone", "dark", None, None).brief, ["ok", "gone"])
        is_(p("change", "clerk", "stays", "dark", None, None).brief, ["ok"])
        is_(look(p, "user", "gone", provider="clerk"), "refuse")
        pg.psql("UPDATE revocation SET until = now() WHERE gone AND id = 'gone'")
        is_(p("get_or_create", "clerk", "gone").brief, ["ok", "light", "true", None],
            "when it is over")


@case("under another isolation nobody comes back: it is refused, and may be tried again")
def _():
    pg.psql("ALTER ROLE gatehouse SET default_transaction_isolation = 'repeatable read'",
            db="postgres")
    try:
        with probe(prepare=False) as p:
            for answer in (p("get_or_create", "clerk", "isolated"),
                           p("revoke", "clerk", "user", "isolated", "all", "gone", 0, None)):
                is_(answer.kind, "DOWN")
                like(answer.text, "40001 gatehouse: isolation must be read committed")
            is_(revoke(p, "session", "isolated"), "stored", "what makes no difference")
        with probe() as p:
            is_(p("get_or_create", "clerk", "isolated").brief, ["ok", "light", "true", None],
                "with start-up options of ours")
    finally:
        pg.psql("ALTER ROLE gatehouse RESET ALL", db="postgres")


@case(f"{ROUNDS} races of a deletion with first visits and writes: nobody comes back")
def _():
    crowd = [probe() for _ in range(8)]
    try:
        for n in range(ROUNDS):
            user = f"race{n}"
            if n % 3 == 0:
                crowd[0]("get_or_create", "clerk", user)
            for i, p in enumerate(crowd):
                if i == n % 8:
                    p.send("revoke", "clerk", "user", user, "all", "gone", 0, f"del{n}")
                elif i % 2 == 0:
                    p.send("get_or_create", "clerk", user)
                else:
                    p.send("change", "clerk", user, "dark", None, f"bio{i}")
            answers = [p.receive() for p in crowd]
            is_([a.kind for a in answers], ["ok"] * 8, [a.text for a in answers])
        is_(pg.psql("SELECT user_id FROM user_profile WHERE user_id LIKE 'race%'"), "")
    finally:
        for p in crowd:
            p.close()


@case("any number of profiles is made by one statement")
def _():
    pg.psql("INSERT INTO user_profile (provider, user_id) "
            "SELECT 'ory', 'many' || i FROM generate_series(1, 20000) i; "
            "DELETE FROM user_profile WHERE user_id LIKE 'many%'")


@cases("the table refuses {0}", [
    ("a deleted session", "'session', 'x', 'all', true, false"),
    ("a deletion of another effect", "'user', 'x', 'older', true, false"),
    ("a user who ended", "'user', 'x', 'all', false, true"),
    ("an end of another effect", "'session', 'x', 'recheck', false, true"),
    ("an unknown kind", "'device', 'x', 'all', false, false"),
    ("an unknown effect", "'user', 'x', 'some', false, false"),
    ("an empty id", "'user', '', 'all', false, false")])
def _(what, values):
    try:
        pg.psql("INSERT INTO revocation (provider, kind, id, effect, gone, ended, until) "
                f"VALUES ('ory', {values}, now())")
    except RuntimeError as refused:
        like(str(refused), "check constraint")
    else:
        ok(False, f"refused: {what}")


# -- Pruning -------------------------------------------------------------------------------

@case("pruned is what is over, some thousands at a time, and nothing else")
def _():
    pg.psql("DELETE FROM revocation WHERE until <= now()")
    there, ids = count("revocation"), count("webhook")
    pg.psql("INSERT INTO revocation (provider, kind, id, effect, until) SELECT 'ory', 'session', "
            "'old' || i, 'all', now() - interval '1 s' FROM generate_series(1, 4500) i; "
            "INSERT INTO webhook SELECT 'clerk', 'old' || i, now() - interval '31 d' "
            "FROM generate_series(1, 10) i")
    keep = 30 * 24 * 3600 * 1000
    with probe() as p:
        is_(p("prune", keep).words, ["4010", "more"])
        is_(p("prune", keep).words, ["500", "all"])
        is_(p("prune", keep).words, ["0", "all"])
    is_((count("revocation"), count("webhook")), (there, ids))


# -- Notices -------------------------------------------------------------------------------

@case("a notice comes with what is new, and not with what was known")
def _():
    with probe(listen=True) as p, probe() as other:
        is_(p("notice", 0).words, ["lost"], "nothing is connected before something is run")
        is_(p("news").kind, "ok")
        is_(p("notice", 1).words, ["none"])
        revoke(other, "session", "n1", hook="notice1")
        is_(p("notice", 10000).words, ["came"])
        is_(p("notice", 1).words, ["none"], "several are one, and it is told once")
        revoke(other, "session", "n1", hook="notice1")
        is_(p("notice", 100).words, ["none"])
        revoke(other, "session", "n2")
        is_(p("news").kind, "ok")
        is_(p("notice", 0).words, ["came"], "one that came while a statement ran")


@case("a waiter sees its connection end, and listens again on the next")
def _():
    with probe(listen=True) as p, probe() as other:
        is_(p("news").kind, "ok")
        p.send("notice", 20000)
        pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE '%pg_snapshot_xmin%' AND pid <> pg_backend_pid()")
        is_(p.receive().words, ["lost"])
        is_(p("news").kind, "ok")
        threading.Timer(0.1, lambda: pg.psql(row("n3"))).start()
        is_(p("notice", 20000).words, ["came"])


@case("notices that nobody asked for, as behind a pooler, do no harm")
def _():
    with probe() as p:
        is_(p("script", "LISTEN gatehouse_revocation").kind, "ok")
        for i in range(5):
            pg.psql(row(f"unasked{i}"))
            is_(p("get_or_create", "ory", "unasked").brief, ["ok", "light", "true", None])


if __name__ == "__main__":
    try:
        run()
    finally:
        pg.close()
