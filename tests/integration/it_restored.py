#!/usr/bin/env python3
"""Rows out of a backup: their transactions' numbers are another server's."""

import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from revocation_world import count, look, pg, probe, read, revoke, row      # noqa: E402
from tap import case, is_, ok, run, wait_for                   # noqa: E402


def restored(*statements, table="revocation"):
    """As pg_restore fills a table: no trigger is there yet."""
    pg.psql(f"BEGIN; ALTER TABLE {table} DISABLE TRIGGER ALL;" + ";".join(statements)
            + f"; ALTER TABLE {table} ENABLE TRIGGER ALL; COMMIT")


MANY = ("INSERT INTO revocation (xid, provider, kind, id, effect, until) SELECT '5000000000', "
        "'ory', 'session', '{0}' || i, 'all', now() + interval '1 day' "
        "FROM generate_series(1, 2500) i")


@case("numbers of transactions to come: the rows are read, and then never again")
def _():
    with probe() as p:
        read(p)
        restored(MANY.format("f"), row("next", xid=10 ** 12))
        began = time.monotonic()
        read(p)
        age = int(p("age").words[0])
        ok(age > (time.monotonic() - began) * 1000, "no news yet: others may be at it", age)
        for id in "f1", "f250", "f251", "f2500", "next":
            is_(look(p, "session", id), "refuse", id)
        is_(count("revocation", f"xid >= '{read(p)}'"), 0, "all are behind the cursor")
        revoke(p, "session", "later")
        with probe() as other:
            read(other)
            is_(look(other, "session", "later"), "refuse")
            is_(look(other, "session", "next"), "refuse")


@case("a role that may not give such rows another number reads them all the same")
def _():
    with probe() as p:
        restored(MANY.format("g"))
        pg.psql("REVOKE UPDATE ON revocation FROM gatehouse")
        try:
            read(p)
            is_(look(p, "session", "g1"), "refuse")
            is_(look(p, "session", "g2500"), "refuse")
        finally:
            pg.psql("GRANT UPDATE ON revocation TO gatehouse")
        read(p)
        is_(count("revocation", f"xid >= '{read(p)}'"), 0)


@case("two hosts that meet such rows at once both read them")
def _():
    with probe() as a, probe() as b:
        read(a), read(b)
        restored(MANY.format("h"))
        a.send("news"), b.send("news")
        for p in a, b:
            is_(p.receive().kind, "ok")
        for p in a, b:
            read(p)
            is_(look(p, "session", "h1"), "refuse")
            is_(look(p, "session", "h2500"), "refuse")


@case("data restored into our table get numbers of ours, whatever they bring along")
def _():
    with probe() as p:
        read(p)
        pg.psql(row("brought", xid="3"))
        read(p)
        is_(look(p, "session", "brought"), "refuse")


@case("another table, as a restored one is, is read from its beginning")
def _():
    with probe() as p:
        read(p)
        pg.psql("SET ROLE gatehouse; CREATE TABLE restored (LIKE revocation INCLUDING ALL);"
                + row("of-dump", xid="3", table="restored")
                + "; ALTER TABLE revocation RENAME TO former; "
                  "ALTER TABLE restored RENAME TO revocation")
        try:
            read(p)
            is_(look(p, "session", "of-dump"), "refuse")
        finally:
            pg.psql("DROP TABLE revocation; ALTER TABLE former RENAME TO revocation")


@case("a cursor ahead of the server's numbers, as after a restored backup, begins anew")
def _():
    folder = pg.scratch.mkdir("memory", 0o700)
    with probe() as p:
        is_(p("memory", folder).kind, "ok")
        before = int(p("news").words[0])
        pg.stop()
        backup = os.path.join(pg.scratch.path, "backup")
        subprocess.run(["cp", "-a", pg.data, backup], check=True)
        pg.start()
        pg.psql("\n".join("SELECT pg_current_xact_id();" for _ in range(500)))
        wait_for(lambda: p("news").kind == "ok", 10, "news")
        ok(int(p("news").words[0]) >= before + 500, "the cursor is ahead")
        pg.stop()
        subprocess.run(["rm", "-rf", pg.data], check=True)
        os.rename(backup, pg.data)
        pg.start()
        pg.psql(row("after-restore"))
        wait_for(lambda: p("news").kind == "ok", 10, "news")
        is_(look(p, "session", "after-restore"), "refuse")


if __name__ == "__main__":
    try:
        run()
    finally:
        pg.close()
