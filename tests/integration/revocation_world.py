"""The table of revocations and hosts that read it, each a dbprobe with a memory of its own."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child                                           # noqa: E402
from dbprobe import Probe                              # noqa: E402
from pg import Cluster                                 # noqa: E402
from tap import is_, ok, skip_all                      # noqa: E402

FILES = ["0001_create_user_profile", "0002_create_revocation"]
try:
    pg = Cluster()
except child.Missing as missing:
    skip_all(str(missing))


def schema(db=None):
    for name in FILES:
        with open(os.path.join(TOP, "sql", name + ".up.sql")) as sql:
            pg.psql("SET ROLE gatehouse; BEGIN;" + sql.read() + "COMMIT;", db=db)


schema()


def probe(url=None, **options):
    p = Probe(url or pg.url, **options)
    is_(p("memory", None).kind, "ok")
    return p


def revoke(p, kind, id, effect="all", gone="no", until=0, hook=None, provider="ory"):
    answer = p("revoke", provider, kind, id, effect, gone, until, hook)
    is_(answer.kind, "ok", answer.text)
    return answer.words[0]


def look(p, kind, id, issued=1, provider="ory"):
    return p("look", provider, kind, id, issued).words[0]


def mark(p, when="now"):
    """What is looked at from now on was found out at this moment; or long ago."""
    is_(p("mark", when).kind, "ok")


def read(p):
    """The cursor."""
    answer = p("news")
    is_(answer.kind, "ok", answer.text)
    return int(answer.words[0])


def count(table, where="true"):
    return int(pg.psql(f"SELECT count(*) FROM {table} WHERE {where}"))


class Session:
    """psql with a transaction that stays open until it is told otherwise."""

    def __init__(self, sql):
        self.proc = subprocess.Popen(
            [os.path.join(pg.bindir, "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
             "-h", pg.sockets, "-U", "gatehouse", "-d", "gatehouse", "-f", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self(f"BEGIN; {sql}")

    def __call__(self, sql):
        """Until it is done."""
        self.proc.stdin.write(f"{sql};\n\\echo done\n")
        self.proc.stdin.flush()
        while (line := self.proc.stdout.readline().strip()) != "done":
            ok(line or self.proc.poll() is None, "psql goes on", sql)

    def end(self, sql="COMMIT"):
        self(sql)
        self.proc.stdin.close()
        is_(self.proc.wait(10), 0)
        self.proc.stdout.close()


def row(id, kind="session", effect="all", provider="ory", until="now() + interval '1 day'",
        table="revocation", **more):
    columns = "".join(f", {name}" for name in more)
    values = "".join(f", '{value}'" for value in more.values())
    return (f"INSERT INTO {table} (provider, kind, id, effect, until{columns}) "
            f"OVERRIDING SYSTEM VALUE VALUES "
            f"('{provider}', '{kind}', '{id}', '{effect}', {until}{values})")
