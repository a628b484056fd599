#!/usr/bin/env python3
"""The dashboard's look into the database and the program: it reads, and can do nothing else."""

import concurrent.futures
import os
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import child  # noqa: E402
import pg  # noqa: E402
import prog  # noqa: E402
import tap  # noqa: E402
from dashboard import SOURCE, Dashboard, request, user_hash  # noqa: E402
from tap import case, cases, contains, is_, like, ok, run, wait_for  # noqa: E402

SECRET, PASSWORD = "canary-webhook-secret-of-32-bytes-or-more", "canary-password"
ROLE_SQL = os.path.join(SOURCE, "contrib", "sql", "reader.sql")
ODD = "Zoë's \"quote\" \\ 100% _x_ ; DROP TABLE user_profile; -- \n\U0001f600"

# psql, with a note of each time that it was started.
COUNTED = """#!/bin/sh
echo started >>"$0.count"
exec {psql} "$@"
"""


class World:
    def __init__(self):
        self.cluster = pg.Cluster()
        self.scratch = child.Scratch()
        self.config = self.scratch.write("gatehouse.conf", prog.config_text({
            "providers": ["ory"], "bio_max": 1999,
            "ory": {"url": "http://127.0.0.1:1", "webhook_secret": [SECRET]},
            "database": {"url": self.cluster.url + f"&password={PASSWORD}"},
            "guard": {"rules": [{"path": "/a"}, {"path": "/b", "aal": "aal2"}]}}), 0o600)
        if self.scratch.account:
            os.chown(self.config, 0, 0)
        # Twice: it may be run again; and before there are tables, as the quickstart does.
        for _ in range(2):
            self.make_role()
        self.gatehouse("migrate", "up")
        psql = os.path.join(self.cluster.bindir, "psql")
        self.psql = self.scratch.write("psql", COUNTED.format(psql=psql), 0o755)
        self.board = Dashboard(
            "--program", prog.program(), "--config", self.config, "--psql", self.psql,
            "--database", self.cluster.url_for("gatehouse", "gatehouse_reader"),
            "--service", f"test={os.getpid()}", "--service", "gone=1999999999")

    def make_role(self):
        with open(ROLE_SQL, encoding="utf-8") as file:
            self.cluster.psql("\\set owner gatehouse\n" + file.read())

    def gatehouse(self, *words):
        done = subprocess.run([prog.program(), "-c", self.config, *words], check=False, timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        is_(done.returncode, 0, done.stderr)
        return done.stdout

    def started(self):
        with open(self.psql + ".count", encoding="ascii") as file:
            return len(file.readlines())

    def close(self):
        self.board.close()
        self.cluster.close()
        self.scratch.remove()


try:
    world = World()
except child.Missing as missing:
    tap.skip_all(str(missing))
board = world.board


def page(name="user_profile", **query):
    return board.json(f"/api/table/{name}?{urllib.parse.urlencode(query)}")


def add_users(count, provider="ory"):
    world.cluster.psql(f"""INSERT INTO user_profile (provider, user_id, bio, updated_at)
        SELECT '{provider}', 'user' || to_char(n, 'FM000'), 'bio of ' || n,
            now() - n * interval '1 minute' FROM generate_series(1, {count}) AS n""")


# ---- the role ----

@case("the role reads, and its sessions begin as such that do not write")
def _():
    is_(world.cluster.psql("SELECT count(*) FROM user_profile", user="gatehouse_reader"), "0")
    is_(world.cluster.psql("SHOW transaction_read_only", user="gatehouse_reader"), "on")


@cases("the role cannot: {0}", [(statement,) for statement in (
    "INSERT INTO user_profile (provider, user_id) VALUES ('a', 'b')",
    "UPDATE user_profile SET theme = 'dark'", "DELETE FROM revocation", "TRUNCATE webhook",
    "CREATE TABLE t (a int)", "CREATE TEMPORARY TABLE t (a int)", "CREATE SCHEMA s",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE user_profile DROP COLUMN bio", "DROP TABLE user_profile",
    "SET ROLE gatehouse",
    "SET SESSION AUTHORIZATION postgres", "CREATE ROLE r", "ALTER ROLE gatehouse_reader SUPERUSER",
    "COPY user_profile TO PROGRAM 'cat'", "COPY user_profile TO '/tmp/gatehouse-copy'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid", "BEGIN; LOCK TABLE user_profile IN EXCLUSIVE MODE",
    "SELECT * FROM user_profile FOR UPDATE", "SELECT lo_from_bytea(0, 'x')", "SELECT lo_create(0)",
    "COMMENT ON TABLE user_profile IS 'x'", "CREATE EXTENSION dblink")])
def _(statement):
    """Nor when it first takes back the setting that its sessions begin with."""
    for before in "", "SET default_transaction_read_only = off; ":
        done = tap.raises(RuntimeError, world.cluster.psql, before + statement,
                          user="gatehouse_reader")
        if before:
            like(done, "(?i)permission denied|must be|not permitted|no privilege")


@case("a statement of the role ends after two seconds")
def _():
    began = time.monotonic()
    like(tap.raises(RuntimeError, world.cluster.psql, "SELECT pg_sleep(30)",
                    user="gatehouse_reader"), "statement timeout")
    ok(time.monotonic() - began < 15, "it took that long")


@case("tables of later migrations can be read at once")
def _():
    world.cluster.psql("CREATE TABLE later (a int PRIMARY KEY, b bytea)", user="gatehouse")
    try:
        contains([table["name"] for table in board.json("/api/tables")["tables"]], "later")
    finally:
        world.cluster.psql("DROP TABLE later", user="gatehouse")


# ---- tables ----

@case("tables are listed with their columns, keys and numbers of rows")
def _():
    add_users(120)
    tables = wait_for(lambda: (found := {t["name"]: t for t in board.json("/api/tables")["tables"]})
                      ["user_profile"]["rows"] == 120 and found, 10, "120 rows")
    is_(sorted(tables), ["gatehouse_migrations", "revocation", "user_profile", "webhook"])
    like(tables["user_profile"]["comment"], "profiles and preferences")
    columns = tables["user_profile"]["columns"]
    is_([c["name"] for c in columns if c["key"]], ["provider", "user_id"])
    is_({c["name"]: c["type"] for c in columns}["updated_at"], "timestamp with time zone")


@case("rows come by pages, newest first, and in any order")
def _():
    first = page()
    is_((first["total"], len(first["rows"]), first["order"]), (120, 50, "-updated_at"))
    is_(first["rows"][0]["user_id"], "user001")
    last = page(offset=100, limit=50, order="user_id")
    is_([row["user_id"] for row in last["rows"]], [f"user{n}" for n in range(101, 121)])
    is_(page(order="-user_id", limit=1)["rows"][0]["user_id"], "user120")
    is_(page(offset=1000)["rows"], [])


@case("odd values arrive as they are")
def _():
    world.cluster.psql("INSERT INTO user_profile (provider, user_id, bio) VALUES ('x', 'odd', "
                       f"convert_from('\\x{ODD.encode().hex()}', 'UTF8'))")
    wait_for(lambda: page()["total"] == 121, 10, "one more")
    is_(page(find="odd")["rows"][0]["bio"], ODD)


@cases("a text is found as it is: {0!r}", [
    ("user077", 1), ("USER077", 1), ("bio of 12", 2), ("nobody", 0), ("%", 1), ("\\", 1),
    ("100% _x_", 1), ("_x_", 1), ("Zoë's \"quote\" \\ ", 1), ("OË'S", 0), ("\U0001f600", 1),
    ("\n", 1),
    (":'find'", 0), ("\\! touch /tmp/gatehouse-shell", 0), ("' OR 'a'='a", 0),
    ("'; DROP TABLE user_profile; --", 0), ("; DROP TABLE user_profile; --", 1)])
def _(text, count):
    found = page(find=text)
    is_(found["total"], count)
    is_(len(found["rows"]), count)
    is_(page()["total"], 121, "all of them")


@cases("SQL injection: {0} {1!r}", [
    ("name", "user_profile;DROP TABLE user_profile"), ("name", 'user_profile"'),
    ("name", "pg_authid"), ("name", "pg_catalog.pg_authid"), ("name", "(SELECT 1)"),
    ("name", "user_profile'"), ("name", "\\! id"), ("name", "USER_PROFILE"),
    ("order", "user_id; DROP TABLE user_profile"), ("order", "(SELECT pg_sleep(9))"),
    ("order", 'user_id"'), ("order", "--user_id"), ("order", "1"), ("order", "pg_sleep(9)"),
    ("order", "user_id DESC"), ("order", "\\! id"), ("limit", "1; DROP TABLE user_profile"),
    ("limit", "-1"), ("limit", "201"), ("limit", "ALL"), ("limit", ""), ("offset", "1 OR 1"),
    ("offset", "10000000"), ("offset", "-1"), ("find", "x" * 201), ("find", "a\0b")])
def _(what, value):
    name = urllib.parse.quote(value, safe="") if what == "name" else "user_profile"
    query = "" if what == "name" else "?" + urllib.parse.urlencode({what: value})
    answer = board.ask(f"/api/table/{name}{query}")
    ok(answer.status in (400, 404), "refused", answer)
    is_(page()["total"], 121, "the rows")


@case("however many pages look at the same moment, the database is asked once")
def _():
    before = world.started()
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        found = list(pool.map(lambda _: page(order="theme", limit=7)["total"], range(80)))
    is_(set(found), {121})
    ok(world.started() - before <= 4, "not once for each", world.started() - before)


# ---- users of traces ----

@case("a user of a trace gets a name when the database knows one, and keeps the hash else")
def _():
    known, stranger = user_hash("ory:user007"), user_hash("ory:nobody")
    board.trace(*request(user__hash=known))
    board.trace(*request(user__hash=stranger))
    rows = wait_for(lambda: (found := {row["user"]: row.get("user_name")
                                       for row in board.json("/api/traces")["traces"]})
                    .get(known) and found, 10, "a name")
    is_(rows, {known: "ory:user007", stranger: None})


# ---- the program ----

@case("migrations: their state, when they were applied, and their text")
def _():
    found = board.json("/api/migrations")
    is_([(m["number"], m["name"], m["state"]) for m in found["migrations"]][:2],
        [(1, "create_user_profile", "applied"), (2, "create_revocation", "applied")])
    like(found["migrations"][0]["applied_at"], r"^\d{4}-\d\d-\d\dT[\d:]+Z$")
    contains(found["migrations"][0]["sql"], "CREATE TABLE user_profile")
    is_(found["text"], "the schema is current")


@case("the configuration: what differs from the defaults, entries of lists one by one")
def _():
    found = {row["key"]: row for row in board.json("/api/config")["settings"]}
    is_(found["bio_max"], {"key": "bio_max", "value": "1999", "changed": True, "default": "2000"})
    is_([found[key]["changed"] for key in ("max_body", "oidc", "database.url")],
        [False, False, True])
    is_((found["guard.rules[1].aal"]["value"], found["guard.rules[1].aal"]["changed"]),
        ('"aal2"', True))
    is_((found["guard.rules[0].aal"]["changed"], found["guard.rules[0].path"]["value"]),
        (False, '"/a"'))
    printed = sum(line.endswith(";") and not line.strip().startswith("}")
                  for line in world.gatehouse("print-config").splitlines())
    ok(len(found) in (printed, printed - 1), "every key", len(found), printed)


@case("no secret, no password and no database address with one is shown anywhere")
def _():
    for path in ("config", "health", "info", "tables", "migrations", "logs", "traces",
                 "table/gatehouse_migrations"):
        body = board.ask(f"/api/{path}").body.decode()
        for text in SECRET, PASSWORD:
            ok(text not in body, f"{text} in {path}")
    contains(board.ask("/api/config").body.decode(), "(hidden)")


@case("health: processes that live, and such that do not")
def _():
    found = board.json("/api/health")
    services = {row["name"]: row for row in found["services"]}
    is_([(name, row["alive"]) for name, row in services.items()],
        [("test", True), ("gone", False), ("dashboard", True)])
    is_(services["dashboard"]["pid"], board.process.pid)
    ok(services["test"]["memory_bytes"] > 1 << 20 and services["test"]["since_ms"] >= 0, "numbers")
    is_(found["status"]["processes"], [], "none runs here")
    is_([row["name"] for row in found["parts"]], ["Traces", "Log"], "no site that it was not told")


@case("a database that is away is said to be away, soon, and is there again by itself")
def _():
    world.cluster.stop("immediate")
    began = time.monotonic()
    is_([wait_for(lambda path=path: (code := board.ask(f"/api/{path}").status) != 200 and code,
                  10, path) for path in ("tables", "table/user_profile", "migrations")], [503] * 3)
    ok(time.monotonic() - began < 15, "soon")
    is_(board.ask("/api/config").status, 200, "what needs no database")
    world.cluster.start()
    wait_for(lambda: board.ask("/api/tables").status == 200, 10, "there again")
    is_(page()["total"], 121)


@cases("a database that {0} is not simply away", [
    ("knows no such role", lambda: world.cluster.url_for("gatehouse", "nobody"),
     'the database does not let us in: role "nobody" does not exist'),
    ("has an odd address", lambda: f"postgresql://gatehouse:{PASSWORD}@[::1",
     "the database does not answer")])
def _(what, url, words):
    del what
    other = Dashboard("--psql", world.psql, "--database", url())
    try:
        answer = other.ask("/api/tables")
        is_((answer.status, answer.json()), (503, {"error": words}))
    finally:
        other.close()


@case("nothing of all this was a mistake of its own, and nobody was left behind")
def _():
    is_(board.scratch.tail("dashboard.log"), [f"dashboard: {board.url}"])
    wait_for(lambda: not child.children(board.process.pid), 10, "no child is left")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
