#!/usr/bin/env python3
"""contrib/sql/adopt-encore.sql on the tutorials' own tables."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("top_srcdir") or os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                   # noqa: E402
from dbprobe import Probe                      # noqa: E402
from pg import Cluster                         # noqa: E402
from tap import case, cases, is_, isnt, like, ok, run, skip_all  # noqa: E402

SCRIPT = os.path.join(TOP, "contrib", "sql", "adopt-encore.sql")
SCHEMA = os.path.join(TOP, "sql", "0001_create_user_profile.up.sql")
OURS = ("SELECT user_id, theme, notifications, bio, created_at, updated_at "
        "FROM user_profile WHERE provider = '{}' ORDER BY user_id")

# As the two tutorials' 1_create_tables.up.sql make it, and what their
# applications can leave in it.
TUTORIAL = """
CREATE TABLE user_profile (
    {0} TEXT PRIMARY KEY,
    theme TEXT DEFAULT 'light',
    notifications BOOLEAN DEFAULT true,
    bio TEXT,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY,
    dirty boolean NOT NULL);
INSERT INTO schema_migrations VALUES (1, false);
INSERT INTO user_profile VALUES
    ('a', 'dark', false, 'hi', '2024-01-02 03:04:05', '2024-02-03 04:05:06'),
    ('b', NULL, NULL, '', '2024-01-02 03:04:05', '2024-01-02 03:04:05'),
    ('c', 'purple', true, NULL, '2024-01-02 03:04:05', '2024-03-01 00:00:00'),
    ('d', 'dark', true, repeat('x', 3000), '2024-01-01', '2024-01-01'),
    ('e', 'light', true, E'tab\\tline\\nend ü', '2024-01-01', '2024-01-02');
"""
EXPECTED = [
    "a|dark|f|hi|2024-01-02 03:04:05+00|2024-02-03 04:05:06+00",
    "b|light|t||2024-01-02 03:04:05+00|2024-01-02 03:04:05+00",
    "c|light|t||2024-01-02 03:04:05+00|2024-03-01 00:00:00+00",
    "d|dark|t|" + "x" * 3000 + "|2024-01-01 00:00:00+00"
    "|2024-01-01 00:00:00+00",
    "e|light|t|tab\tline", "end ü|2024-01-01 00:00:00+00"
    "|2024-01-02 00:00:00+00"]
BOTH = [("ory", "ory_user_id"), ("clerk", "clerk_user_id")]

try:
    pg = Cluster()
except child.Missing as missing:
    skip_all(str(missing))
count = 0


def database(*statements):
    """A new database with these statements run in it by its owner."""
    global count
    count += 1
    name = f"adopt{count}"
    pg.psql(f"CREATE DATABASE {name} OWNER gatehouse", db="postgres")
    for sql in statements:
        pg.psql("SET ROLE gatehouse;" + sql, db=name)
    return name


def psql(db, *args, data=None):
    return subprocess.run(
        [os.path.join(pg.bindir, "psql"), "-X", "-d", pg.url_for(db), *args],
        input=data, capture_output=True, text=data is None
        or isinstance(data, str), timeout=60, check=False)


def adopt(db, *variables, status=0, data=None):
    args = [word for v in variables for word in ("-v", v)]
    done = psql(db, *args, "-f", SCRIPT, data=data)
    is_(done.returncode, status, done.stderr)
    return done.stdout if status == 0 else done.stderr


def migrate(db, kind="ok"):
    with Probe(pg.url_for(db)) as p:
        p("files", os.path.abspath(SCHEMA))
        got = p("up", 0)
        is_(got.kind, kind)
        return got.text


def ours(db, provider):
    return pg.psql(OURS.format(provider), db=db).split("\n")


@case("migrate is not fooled by the tutorial's table of the same name")
def _():
    db = database(TUTORIAL.format("ory_user_id"))
    like(migrate(db, "BUG"), "42P07.*adopt-encore|adopt-encore.*42P07")
    is_(pg.psql("SELECT to_regclass('gatehouse_migrations')", db=db), "")
    is_(pg.psql("SELECT count(*) FROM user_profile", db=db), "5")


@cases("{0}'s table in the same database: move, migrate, copy", BOTH)
def _(provider, column):
    db = database(TUTORIAL.format(column))
    like(adopt(db, f"provider={provider}"), "moved aside.*gatehouse migrate")
    like(adopt(db, f"provider={provider}"), "gatehouse migrate")
    migrate(db)
    said = adopt(db, f"provider={provider}")
    like(said, "5 rows read; 5 made, 0 replaced")
    like(said, "1 had no theme")
    like(said, "1 had another theme")
    like(said, "1 have a bio longer than 2000")
    is_(ours(db, provider), EXPECTED)
    is_(pg.psql("SELECT version, dirty FROM schema_migrations", db=db), "1|f")
    is_(pg.psql("SELECT count(*) FROM encore_user_profile", db=db), "5")


@cases("{0}'s table adopted twice: the second run changes nothing", BOTH)
def _(provider, column):
    db = database(TUTORIAL.format(column))
    adopt(db, f"provider={provider}")
    migrate(db)
    adopt(db, f"provider={provider}")
    before = pg.psql("SELECT xmin, ctid FROM user_profile", db=db)
    like(adopt(db, f"provider={provider}"), "5 rows read; 0 made, 0 replaced")
    is_(pg.psql("SELECT xmin, ctid FROM user_profile", db=db), before)


@cases("{0}'s table in another database comes through a pipe", BOTH)
def _(provider, column):
    old, new = database(TUTORIAL.format(column)), database()
    migrate(new)
    rows = psql(old, "-c", f"COPY (SELECT {column}, theme, notifications, "
                "bio, created_at, updated_at FROM user_profile) TO STDOUT")
    for made in 5, 0:
        like(adopt(new, f"provider={provider}", "from=stdin",
                   data=rows.stdout), f"5 rows read; {made} made, 0 replaced")
        is_(ours(new, provider), EXPECTED)
    is_(pg.psql("SELECT count(*) FROM user_profile", db=old), "5")


@case("a table in another schema is read where it is")
def _():
    db = database("CREATE SCHEMA tutorial; SET search_path = tutorial;"
                  + TUTORIAL.format("ory_user_id"))
    migrate(db)
    adopt(db, "provider=ory", "old=tutorial.user_profile")
    is_(ours(db, "ory"), EXPECTED)
    is_(pg.psql("SELECT count(*) FROM tutorial.user_profile", db=db), "5")


@case("what a user chose in Gatehouse later stays; untouched rows give way")
def _():
    db = database(TUTORIAL.format("ory_user_id"))
    adopt(db, "provider=ory")
    migrate(db)
    with Probe(pg.url_for(db)) as p:
        p("change", "ory", "a", "light", None, "mine")
        p("change", "ory", "d", "light", None, None)
        p("get_or_create", "ory", "c")
        p("get_or_create", "clerk", "a")
        like(adopt(db, "provider=ory"), "5 rows read; 2 made, 1 replaced")
        is_(p("get", "ory", "a").words, ["light", "true", "mine"])
        is_(p("get", "ory", "d").words, ["light", "true", None])
        is_(p("get", "clerk", "a").words, ["light", "true", None])
        p("change", "ory", "e", "dark", None, None)
        like(adopt(db, "provider=ory"), "0 made, 0 replaced")
        is_(p("get", "ory", "e").words[0], "dark")
    is_(ours(db, "ory")[2], EXPECTED[2])


@case("the tutorial's server in another time zone")
def _():
    db = database(TUTORIAL.format("ory_user_id"))
    adopt(db, "provider=ory")
    migrate(db)
    adopt(db, "provider=ory", "zone=Europe/Vienna")
    like(ours(db, "ory")[0], r"2024-01-02 02:04:05\+00")


@cases("refused, with nothing changed: {0}", [
    ("no provider", [], "say -v provider"),
    ("no tutorial's table", ["provider=ory"], "no tutorial's table is here"),
    ("a wrong name", ["provider=ory", "old=nope"], "called nope"),
    ("a pipe before the migration", ["provider=ory", "from=stdin"],
     "migrate up"),
])
def _(what, variables, words):
    db = database()
    like(adopt(db, *variables, status=3, data=""), words)
    is_(pg.psql("SELECT count(*) FROM pg_class WHERE relnamespace = "
                "'public'::regnamespace", db=db), "0")


@case("a broken row in the pipe leaves nothing half done")
def _():
    db = database()
    migrate(db)
    adopt(db, "provider=ory", "from=stdin", status=3,
          data="ok\tdark\tt\t\\N\t2024-01-01\t2024-01-01\nbroken\n")
    is_(pg.psql("SELECT count(*) FROM user_profile", db=db), "0")


@case("what cannot be a user id is left out and counted")
def _():
    db = database()
    migrate(db)
    said = adopt(db, "provider=ory", "from=stdin", data="".join(
        f"{u}\tdark\tt\t\\N\t2024-01-01\t2024-01-01\n"
        for u in ("", "x" * 256, "fine")))
    like(said, "3 rows read; 1 made")
    like(said, "2 had no user id")
    isnt(ours(db, "ory"), [""])
    ok(ours(db, "ory")[0].startswith("fine|dark"), "the good one is there")


if __name__ == "__main__":
    run()
