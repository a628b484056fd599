"""A private PostgreSQL cluster on a unix socket, gone when the test ends."""

import glob
import os
import re
import shutil
import signal
import subprocess

import child

STOP = {"smart": signal.SIGTERM, "fast": signal.SIGINT,
        "immediate": signal.SIGQUIT}


def _newest_bindir():
    """Where initdb and postgres are: on PATH, or Debian's newest."""
    found = shutil.which("initdb")
    if found:
        return os.path.dirname(os.path.realpath(found))
    dirs = [os.path.dirname(p)
            for p in glob.glob("/usr/lib/postgresql/*/bin/initdb")
            + glob.glob("/usr/pgsql-*/bin/initdb")]
    if not dirs:
        raise child.Missing("PostgreSQL's initdb is not installed")
    return max(dirs, key=lambda d: [int(n) for n in re.findall(r"\d+", d)])


class Cluster:
    """initdb once, then start, stop and restart at will.

    The database "gatehouse" belongs to the role "gatehouse", which is no
    superuser: what works here works with the rights a real site gives.
    """

    SETTINGS = {
        "listen_addresses": "", "fsync": "off", "full_page_writes": "off",
        "synchronous_commit": "off", "max_connections": "100",
        "shared_buffers": "16MB", "log_min_messages": "warning",
        "timezone": "UTC",
    }

    def __init__(self, database="gatehouse", **settings):
        self._lay_out(database, settings)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust",
                  "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
        self.start()
        self.psql("CREATE ROLE gatehouse LOGIN", db="postgres")
        self.psql(f'CREATE DATABASE "{database}" OWNER gatehouse', db="postgres")

    def _lay_out(self, database, settings):
        self.bindir = _newest_bindir()
        self.scratch = child.Scratch("postgres")
        self.account = self.scratch.account
        self.data = self.scratch / "data"
        self.sockets = self.scratch.mkdir("s", 0o755)
        self.settings = {**self.SETTINGS, **settings}
        self.database = database
        self.proc = None

    @property
    def url(self):
        return self.url_for(self.database)

    def url_for(self, database, user="gatehouse"):
        return f"postgresql:///{database}?host={self.sockets}&user={user}"

    def _run(self, program, *args, data=None, check=True):
        who = {}
        if self.account:
            who = {"user": self.account.pw_uid, "group": self.account.pw_gid,
                   "extra_groups": []}
        done = subprocess.run(
            [os.path.join(self.bindir, program), *args], text=True, input=data,
            capture_output=True, timeout=60, cwd=self.scratch.path,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C",
                 "TZ": "UTC"}, **who)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.strip()}")
        return done

    def start(self, timeout=30):
        options = []
        for name, value in self.settings.items():
            options += ["-c", f"{name}={value}"]
        self.proc = child.spawn(
            [os.path.join(self.bindir, "postgres"), "-D", self.data,
             "-k", self.sockets, *options],
            self.scratch / "postgres.log", self.account, death=signal.SIGQUIT,
            cwd=self.scratch.path)
        child.wait_for(self.answers, timeout, "PostgreSQL's start")

    def answers(self):
        if self.proc.poll() is not None:
            raise RuntimeError("postgres ended: " + "\n".join(self.log()))
        return self._run("pg_isready", "-q", "-h", self.sockets,
                         check=False).returncode == 0

    def stop(self, mode="fast"):
        """fast, smart or immediate; then it is down, not merely stopping."""
        child.stop(self.proc, STOP[mode], 20)

    def kill(self):
        """The postmaster gets SIGKILL; waits until the socket is free again."""
        backends = child.children(self.proc.pid)
        child.stop(self.proc, signal.SIGKILL)
        child.wait_for(lambda: not any(os.path.exists(f"/proc/{p}")
                                       for p in backends), 10, "backends' end")

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def psql(self, sql, db=None, user="postgres"):
        """Run SQL; unaligned rows as text, columns parted by |."""
        done = self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                         "-h", self.sockets, "-U", user, "-d",
                         db or self.database, "-f", "-", data=sql)
        return done.stdout.strip()

    def log(self):
        return self.scratch.tail("postgres.log")

    def close(self):
        self.stop("immediate")
        self.scratch.remove()


class Standby(Cluster):
    """Follows a running primary by streaming replication until promote()."""

    def __init__(self, primary, **settings):
        self._lay_out(primary.database, settings)
        self._run("pg_basebackup", "-h", primary.sockets, "-U", "postgres",
                  "-D", self.data, "-R", "-X", "stream", "-c", "fast",
                  "--no-sync")
        self.start()
        child.wait_for(lambda: primary.psql(
            "SELECT count(*) FROM pg_stat_replication "
            "WHERE state = 'streaming'") != "0", 20, "replication")

    def promote(self):
        """Makes it a primary; it can be written when this returns."""
        if self.psql("SELECT pg_promote(true, 30)") != "t":
            raise RuntimeError("the standby was not promoted")
