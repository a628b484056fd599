"""Everything the bench needs, started: one PostgreSQL, one provider's stub,
one lighttpd, and behind it every target on a unix socket of its own.

Whatever is started ends with this process.
"""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child  # noqa: E402
import cpu  # noqa: E402
import pg  # noqa: E402
import prog  # noqa: E402
import rawhttp  # noqa: E402

USERS = 1000    # as in users.h
WORKERS = 8
PAGE = "/user/profile"
START = 20      # seconds anything may take to start
BUILD = os.environ.get("top_builddir", ".")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
NOBODY = "ory_st_" + "f" * 32


def tool(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found


def subject(i):
    return f"{i:08x}-0000-4000-8000-{i:012x}"


def token(i):
    return f"ory_st_{i:08x}BenchBenchBenchBenchBenc"


def bio(i):
    return f"Reads, rides a bicycle, and answers to user{i}."


def profile(i):
    """What every target but the first must answer user i."""
    return {"userId": subject(i), "email": f"user{i}@example.com",
            "name": f"User Number{i}", "theme": "dark" if i % 2 == 0 else "light",
            "notifications": i % 3 == 0, "bio": bio(i)}


class Target:
    """A program under test behind a port of the web server."""

    def __init__(self, name, what, program, arguments=(), env=None,
                 listen="", checks_tokens=True):
        self.name = name
        self.what = what
        self.program = program
        self.arguments = list(arguments)
        self.env = env or {}
        self.listen = listen    # what -l wants in front of a path
        self.checks_tokens = checks_tokens
        self.socket = self.proc = self.port = None

    def get(self, who):
        return rawhttp.request(("127.0.0.1", self.port), "GET", PAGE,
                               [("Authorization", "Bearer " + who)])


class World:
    def __init__(self):
        self.scratch = child.Scratch()
        self.scratch.mkdir("bin")
        self.scratch.mkdir("www")
        self.cluster = pg.Cluster()
        self.log = self.scratch / "gatehouse.log"
        self.tokens = self.scratch.write(
            "tokens", "".join(token(i) + "\n" for i in range(USERS)))
        self.idp = self.start_idp()
        self.targets = self.make_targets()
        self.load_users()
        for target in self.targets:
            self.start(target)
        self.web = self.start_lighttpd()
        for target in self.targets:
            self.check(target)

    def install(self, path):
        """A copy that an unprivileged user can run, wherever the build is."""
        return self.scratch.copy(path, "bin/" + os.path.basename(path))

    def built(self, name):
        return self.install(os.path.join(BUILD, "tests/bench", name))

    def spawn(self, argv, log, env=None):
        return child.spawn(argv, self.scratch / log, self.scratch.account,
                           env={**os.environ, **(env or {})},
                           cwd=self.scratch.path)

    def start_idp(self):
        ready = self.scratch / "idp.url"
        proc = self.spawn([self.built("idpstub"), ready], "idp.log")
        child.wait_for(lambda: os.path.exists(ready), START, "idpstub")
        with open(ready) as f:
            self.idp_url = f.read().strip()
        return proc

    def configuration(self):
        return self.scratch.write("gatehouse.conf", prog.config_text({
            "ory": {"url": self.idp_url},
            "database": {"url": self.cluster.url},
            "log": {"target": "file:" + self.log},
        }), 0o600)

    def make_targets(self):
        ours = {"arguments": ["-c", self.configuration()], "listen": "unix:"}
        return [
            Target("hello", "libfcgi, a fixed answer", self.built("hello"),
                   checks_tokens=False),
            Target("minimal", "libfcgi and libpq, one prepared SELECT",
                   self.built("minimal"),
                   env={"BENCH_DATABASE": self.cluster.url}),
            Target("gatehouse-fixed", "Gatehouse, identity read off the token",
                   self.built("gatehouse-fixed"), **ours),
            Target("gatehouse", "Gatehouse, identity from the provider",
                   self.install(prog.program()), **ours),
        ]

    def load_users(self):
        """The schema from Gatehouse's own migrations, then a row a user."""
        gatehouse = self.targets[-1]
        done = self.spawn([gatehouse.program, *gatehouse.arguments,
                           "migrate", "up"], "migrate.log")
        if done.wait(START) != 0:
            raise RuntimeError("migrate: "
                               + "\n".join(self.scratch.tail("migrate.log")))
        rows = ",".join(f"('ory', '{p['userId']}', '{p['theme']}', "
                        f"{p['notifications']}, '{p['bio']}')"
                        for p in map(profile, range(USERS)))
        self.cluster.psql(
            "INSERT INTO user_profile (provider, user_id, theme,"
            f" notifications, bio) VALUES {rows};")
        self.cluster.psql("VACUUM ANALYZE user_profile")

    def start(self, target):
        target.socket = self.scratch / f"{target.name}.sock"
        target.proc = self.spawn(
            [target.program, *target.arguments, "-w", str(WORKERS),
             "-l", target.listen + target.socket],
            f"{target.name}.out", target.env)
        child.wait_for(lambda: os.path.exists(target.socket), START,
                       target.name)

    def start_lighttpd(self):
        """One server, a port a target; again if a port was taken meanwhile."""
        for _ in range(5):
            for target in self.targets:
                target.port = child.free_port()
            proc = self.spawn([tool("lighttpd"), "-D", "-f",
                               self.lighttpd_conf()], "lighttpd.out")
            child.wait_for(lambda: proc.poll() is not None or self.is_up(),
                           START, "lighttpd's start")
            if proc.poll() is None:
                return proc
        raise RuntimeError("lighttpd: "
                           + "\n".join(self.scratch.tail("lighttpd.log")))

    def is_up(self):
        try:
            return all(t.get(token(0)).status == 200 for t in self.targets)
        except (OSError, rawhttp.Broken):
            return False

    def lighttpd_conf(self):
        with open(os.path.join(HERE, "lighttpd.conf")) as f:
            text = f.read().replace("@DIR@", self.scratch.path)
        text = text.replace("@PORT@", str(self.targets[0].port))
        for t in self.targets:
            text += (f'$SERVER["socket"] == "127.0.0.1:{t.port}" {{\n'
                     f'\tfastcgi.server = ( "/" => (( "socket" => "{t.socket}",'
                     f' "check-local" => "disable" )) )\n}}\n')
        return self.scratch.write("lighttpd.conf", text)

    def check(self, target):
        """The right answers first: a fast wrong one is no result."""
        for i in (0, 1, USERS - 1):
            if not target.checks_tokens and i > 0:
                continue
            answer = target.get(token(i))
            if answer.status != 200 or answer.json() != profile(i):
                raise RuntimeError(f"{target.name}, user {i}: {answer}")
        if target.checks_tokens and target.get(NOBODY).status != 401:
            raise RuntimeError(f"{target.name} accepts an unknown token")

    def groups(self, target):
        """The processes that serve this target, by what they are."""
        roots = {"web": self.web.pid, "workers": target.proc.pid,
                 "pg": self.cluster.proc.pid, "idp": self.idp.pid}
        found = cpu.trees(set(roots.values()))
        return {name: found[pid] for name, pid in roots.items()}

    def asked(self):
        """How often the provider's stub was asked whoami."""
        host, _, port = self.idp_url.rpartition("/")[2].partition(":")
        return rawhttp.request((host, int(port)), "GET",
                               "/asked").json()["whoami"]

    def empty_log(self):
        os.truncate(self.log, 0)

    def ended(self):
        """Names of what should run and does not."""
        procs = {"web server": self.web, "provider": self.idp,
                 "PostgreSQL": self.cluster.proc,
                 **{t.name: t.proc for t in self.targets}}
        return [name for name, p in procs.items() if p.poll() is not None]
