#!/usr/bin/env python3
"""Migrations: once each, whole or not at all, whoever else tries."""

import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.environ.get("top_srcdir")
                      or os.path.join(HERE, "..", ".."))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                   # noqa: E402
from dbprobe import Probe                      # noqa: E402
from pg import Cluster                         # noqa: E402
from relay import Relay                        # noqa: E402
from tap import case, cases, is_, like, ok, run, skip_all, wait_for  # noqa: E402

SHIPPED = sorted(os.path.join(TOP, "sql", name)
                 for name in os.listdir(os.path.join(TOP, "sql"))
                 if name.endswith(".up.sql"))
FILES = {
    "0001_create_one.up.sql": "CREATE TABLE one (a int);\n",
    "0002_create_two.up.sql": "CREATE TABLE two (a int);\n"
                              "INSERT INTO two VALUES (1);\n",
    "0003_add_b.up.sql": "ALTER TABLE one ADD b text DEFAULT '\\\"';\n",
}
try:
    pg = Cluster()
except child.Missing as missing:
    skip_all(str(missing))
count = 0


def database():
    global count
    count += 1
    pg.psql(f"CREATE DATABASE m{count} OWNER gatehouse", db="postgres")
    return f"m{count}"


def written(more=None, **changes):
    """The files in a new folder; their paths in order."""
    place = pg.scratch.mkdir(f"files{len(os.listdir(pg.scratch.path))}")
    paths = []
    for name, text in {**FILES, **(more or {})}.items():
        text = changes.get(name[:4], text)
        paths.append(os.path.join(place, name))
        with open(paths[-1], "w") as f:
            f.write(text)
    return sorted(paths)


def probe(db, paths, **options):
    p = Probe(pg.url_for(db), **options)
    p("files", *paths)
    return p


def tables(db):
    return pg.psql("SELECT relname FROM pg_class WHERE relnamespace = "
                   "'public'::regnamespace AND relkind = 'r' ORDER BY 1",
                   db=db).split()


DUE = ["pending", "pending", "pending", "pending"]
DONE = ["current", "applied", "applied", "applied"]


@case("an empty database: all pending, then all applied, then nothing to do")
def _():
    db = database()
    with probe(db, written()) as p:
        is_(p("list").words, DUE)
        is_(p("up", 0).words, ["begins", "done"] * 3)
        is_(p("list").words, DONE)
        is_(p("up", 0).words, [])
        is_(tables(db), ["gatehouse_migrations", "one", "two"])
        is_(pg.psql("SELECT b FROM one UNION SELECT 'x'", db=db), "x")


@case("the record holds the file's name and its sha256")
def _():
    db, paths = database(), written()
    with probe(db, paths) as p:
        p("up", 0)
    for path in paths:
        with open(path, "rb") as f:
            summed = hashlib.sha256(f.read()).hexdigest()
        name = os.path.basename(path)[:-len(".up.sql")]
        is_(pg.psql("SELECT sha256 FROM gatehouse_migrations "
                    f"WHERE name = '{name}'", db=db), summed)


@case("only up to a number, then the rest")
def _():
    with probe(database(), written()) as p:
        is_(p("up", 2).words, ["begins", "done"] * 2)
        is_(p("list").words, ["pending", "applied", "applied", "pending"])
        is_(p("up", 1).words, [])
        is_(p("up", 9).kind, "INPUT")
        is_(p("up", 0).words, ["begins", "done"])
        is_(p("list").words, DONE)


@case("20 processes at once apply each file once, and none of them fails")
def _():
    db, paths = database(), written(**{
        "0001": "CREATE TABLE one (a int); SELECT pg_sleep(0.2);\n"})
    crowd = [probe(db, paths) for _ in range(20)]
    for p in crowd:
        p.send("up", 0)
    answers = [p.receive() for p in crowd]
    for p in crowd:
        is_(p("list").words, DONE)
        p.close()
    is_([a.kind for a in answers], ["ok"] * 20, answers)
    done = sum(a.words.count("done") for a in answers)
    is_(done, 3)
    ok(sum(a.words.count("elsewhere") for a in answers) > 0, "they did race")
    is_(pg.psql("SELECT count(*) FROM two", db=db), "1")


@case("an applied file that was changed is refused by name, nothing is done")
def _():
    db = database()
    with probe(db, written()) as p:
        p("up", 2)
        p("files", *written(**{"0002": FILES["0002_create_two.up.sql"] + "\n"}))
        is_(p("list").words, ["changed", "applied", "changed", "pending"])
        got = p("up", 0)
        is_(got.kind, "CONFIG")
        like(got.text, "0002_create_two was applied with other contents")
        is_(p("list").words, ["changed", "applied", "changed", "pending"])


@case("a newer program's schema is accepted and called newer")
def _():
    with probe(database(), written()) as p:
        p("up", 0)
        p("files", *written()[:1])
        is_(p("list").words, ["newer", "applied", "unknown", "unknown"])
        is_(p("up", 0).brief, ["ok"])


@case("a pending file before an applied one is refused")
def _():
    db = database()
    with probe(db, written()) as p:
        p("up", 0)
        pg.psql("DELETE FROM gatehouse_migrations WHERE version = 2", db=db)
        got = p("up", 0)
        is_(got.kind, "CONFIG")
        like(got.text, "0003_add_b is applied, but 0002_create_two")


@case("a file that fails leaves nothing, and what was before it stays")
def _():
    db = database()
    with probe(db, written(**{"0002": "CREATE TABLE two (a int);\n"
                                      "SELECT nonsense;\n"})) as p:
        got = p("up", 0)
        like(got.text, "migration 0002_create_two: .*nonsense")
        is_(tables(db), ["gatehouse_migrations", "one"])
        is_(p("list").words, ["pending", "applied", "pending", "pending"])
        p("files", *written())
        is_(p("up", 0).words, ["begins", "done"] * 2)


SLOW = {"0002": "CREATE TABLE two (a int); SELECT pg_sleep(1);\n"
                "INSERT INTO two VALUES (1);\n"}


def in_the_middle(db):
    wait_for(lambda: pg.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
        f"AND datname = '{db}'") == "1", what="the slow migration")


@case("the lock is held while a file is applied, by its documented number")
def _():
    db = database()
    with probe(db, written(**SLOW)) as p:
        p.send("up", 0)
        in_the_middle(db)
        is_(pg.psql("SELECT (classid::bigint << 32) + objid::bigint FROM "
                    "pg_locks WHERE locktype = 'advisory' AND granted",
                    db=db), str(int.from_bytes(b"gatehous", "big")))
        is_(p.receive().kind, "ok")


@case("a process killed in mid-migration: whole or not at all, then the rest")
def _():
    db, paths = database(), written(**SLOW)
    p = probe(db, paths)
    p.send("up", 0)
    in_the_middle(db)
    p.kill()
    with probe(db, paths) as p:
        is_(p("up", 0).kind, "ok")
        is_(p("list").words, DONE)
        is_(pg.psql("SELECT count(*) FROM two", db=db), "1")


@case("a server that ends in mid-migration: an outage, then all of it")
def _():
    db, paths = database(), written(**SLOW)
    with probe(db, paths) as p:
        p.send("up", 0)
        in_the_middle(db)
        pg.restart()
        got = p.receive()
        is_(got.kind, "DOWN")
        wait_for(lambda: p("list").kind == "ok", what="recovery")
        is_(p("list").words, ["pending", "applied", "pending", "pending"])
        is_(p("up", 0).kind, "ok")
        is_(pg.psql("SELECT count(*) FROM two", db=db), "1")


@case("an answer lost after the commit is found out, not taken for a failure")
def _():
    db = database()
    relay = Relay(os.path.join(pg.sockets, ".s.PGSQL.5432"))
    url = f"host=127.0.0.1 port={relay.port} dbname={db} user=gatehouse"
    with Probe(url) as p:
        p("files", *written(**SLOW))
        is_(p("up", 1).kind, "ok")
        p.send("up", 0)
        in_the_middle(db)
        relay.mode = "swallow"
        is_(p.receive().words, ["begins", "elsewhere", "begins", "done"])
    relay.close()


@case("a migration may take longer than a statement, and nothing leaks")
def _():
    with probe(database(), written(**SLOW), statement_ms=300) as p:
        is_(p("up", 0).kind, "ok")
        p("define", "limits", "read",
          "SELECT current_setting('statement_timeout'), "
          "current_setting('lock_timeout'), (SELECT count(*) FROM pg_locks "
          "WHERE locktype = 'advisory')")
        is_(p("run", "limits").words, ["300ms", "151ms", "0"])


@case("the tutorial's schema_migrations is never touched")
def _():
    db = database()
    pg.psql("CREATE TABLE schema_migrations (version bigint, dirty boolean);"
            "INSERT INTO schema_migrations VALUES (7, true)", db=db)
    with probe(db, written()) as p:
        is_(p("up", 0).kind, "ok")
    is_(pg.psql("SELECT * FROM schema_migrations", db=db), "7|t")


@case("without the right to create: an outage with words, nothing done")
def _():
    db = database()
    pg.psql("CREATE ROLE reader LOGIN")
    with Probe(pg.url_for(db, user="reader")) as p:
        p("files", *written())
        got = p("up", 0)
        is_(got.kind, "DOWN")
        like(got.text, "42501")


@case("an unreachable database is not a pending migration")
def _():
    with Probe(f"host={pg.sockets}/nowhere dbname=x") as p:
        p("files", *written())
        for call in ("list",), ("check",), ("up", 0):
            is_(p(*call).kind, "DOWN")


@case("the command: status, to, up, and wrong words")
def _():
    with Probe(pg.url_for(database())) as p:
        last = os.path.basename(SHIPPED[-1])[:-len(".up.sql")]
        got = p("cli").words
        is_(got[0], "1")
        like(got[1], "0001_create_user_profile +pending")
        like(got[-2], "gatehouse migrate up")
        for words in ("sideways",), ("to",), ("to", "x"), ("up", "now"), \
                ("to", "0"), ("status", "1"):
            got = p("cli", *words).words
            is_(got[0], "2")
            like(got[1], "usage: gatehouse migrate")
        is_(p("cli", "to", "1").words[0], "0")
        got = p("cli", "up").words
        is_(got[0], "0")
        got = p("cli", "status").words
        is_(got[0], "0")
        like(got[len(SHIPPED)], last + " +applied 20..-..-..T..:..:..Z")
        is_(p("check").words, ["current"])


def dump(db):
    done = subprocess.run(
        [os.path.join(pg.bindir, "pg_dump"), "-s", "-T",
         "gatehouse_migrations", pg.url_for(db)], capture_output=True,
        text=True, timeout=60, check=True)
    return [line for line in done.stdout.split("\n")
            if not line.startswith(("--", "\\"))]


def feed(db, text):
    done = subprocess.run(
        [os.path.join(pg.bindir, "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1",
         "-d", pg.url_for(db)], input=text, capture_output=True, text=True,
        timeout=60, check=False)
    is_(done.returncode, 0, done.stderr)
    return done.stdout


@case("psql -f makes the same tables as the program")
def _():
    by_program, by_hand, by_apply = database(), database(), database()
    with Probe(pg.url_for(by_program)) as p:
        is_(p("cli", "up").words[0], "0")
    for path in SHIPPED:
        with open(path) as f:
            feed(by_hand, f.read())
    is_(dump(by_hand), dump(by_program))
    batch = subprocess.run(
        [os.path.join(TOP, "contrib", "sql", "apply"), *SHIPPED],
        capture_output=True, text=True, check=True).stdout
    for _ in range(2):
        is_(feed(by_apply, batch).split(),
            [os.path.basename(s)[:-len(".up.sql")] for s in SHIPPED])
    is_(dump(by_apply), dump(by_program))
    with Probe(pg.url_for(by_apply)) as p:
        is_(p("check").words, ["current"])


def embed(*args):
    done = subprocess.run([os.path.join(TOP, "sql", "embed"), *args],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@cases("sql/embed refuses {0}", [
    ("a gap", ["0001_a.up.sql", "0003_c.up.sql"], "number 2 is missing"),
    ("a number used twice", ["0001_a.up.sql", "0001_b.up.sql"], "number 2"),
    ("another name", ["1_a.up.sql"], "not NNNN_verb_noun"),
    ("a name with a quote", ["0001_a'b.up.sql"], "not NNNN_verb_noun"),
    ("a file without a last line end", ["0001_cut.up.sql"], "does not end"),
    ("its own transaction", ["0001_commit.up.sql"], "transaction"),
    ("a missing file", ["0001_missing.up.sql"], "missing or empty"),
])
def _(what, names, words):
    place = pg.scratch.mkdir("embed")
    for name in names:
        if "missing" not in name:
            pg.scratch.write(f"embed/{name}",
                             "SELECT 1;" if "cut" in name else
                             "COMMIT;\n" if "commit" in name else
                             "SELECT 1;\n")
    status, out, complaint = embed(
        "migrations", *[os.path.join(place, n) for n in names])
    is_(status, 1)
    like(complaint, words)


if __name__ == "__main__":
    run()
