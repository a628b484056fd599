"""Everything the bench needs, started: one PostgreSQL, two providers' stubs
(one of them answers late), one lighttpd, and behind it every target on a unix
socket of its own; Node on a port of its own, as it is deployed.

Whatever is started ends with this process.
"""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child  # noqa: E402
import cpu  # noqa: E402
import idp  # noqa: E402, F401
import mounts  # noqa: E402, F401
import peer  # noqa: E402
import pg  # noqa: E402
import prog  # noqa: E402
import rawhttp  # noqa: E402
import targets  # noqa: E402
from people import (USERS, ClerkClaims, ClerkUsers, People,  # noqa: E402
                    ory_token)
from targets import BUILD  # noqa: E402, F401

START = 20      # seconds anything may take to start
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def tool(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found


class World:
    """part: of targets.PARTS; only: names of the targets wanted, none for all
    of them."""

    times = 1           # as many rounds as were asked for
    in_turns = False    # or one after the other

    def __init__(self, part, only=()):
        self.scratch = child.Scratch()
        for name in ("bin", "www"):
            self.scratch.mkdir(name)
        self.cluster = pg.Cluster(autovacuum="off", max_connections="600")
        self.log = self.scratch / "gatehouse.log"
        self.procs = []
        self.make_people()
        self.idp, self.idp_url = self.start_idp("idp", 0)
        self.late_idp, self.late_url = self.start_idp("late",
                                                      targets.LATE_MS)
        self.targets, self.left_out = self.make_targets(part, only)
        self.load_users()
        for target in self.targets:
            self.start(target)
        self.web = self.start_web()
        for target in self.targets:
            self.check(target)

    def make_targets(self, part, only):
        return targets.make(self, part, only)

    def close(self):
        """Ends all of it, so that another one finds a quiet machine."""
        for proc in reversed(self.procs):
            child.stop(proc)
        self.cluster.close()
        self.scratch.remove()

    def install(self, path):
        """A copy that an unprivileged user can run, wherever the build is."""
        return self.scratch.copy(path, "bin/" + os.path.basename(path))

    def built(self, name):
        return self.install(os.path.join(BUILD, "tests/bench", name))

    def spawn(self, argv, log, env=None, **how):
        proc = child.spawn(argv, self.scratch / log, self.scratch.account,
                           env={**os.environ, **(env or {})},
                           cwd=self.scratch.path, **how)
        self.procs.append(proc)
        return proc

    def run(self, *argv):
        """Something that ends by itself, and well."""
        if self.spawn(argv, "run.log").wait(60) != 0:
            raise RuntimeError(f"{argv[0]}: "
                               + "\n".join(self.scratch.tail("run.log")))

    def make_people(self):
        self.run(self.built("mint"), self.scratch.path)
        opaque = self.scratch.write(
            "tokens", "".join(ory_token(i) + "\n" for i in range(USERS)))
        self.people = {"ory": People(opaque)}
        for name, kind in (("claims", ClerkClaims), ("users", ClerkUsers)):
            self.people[name] = kind(self.scratch / "clerk-tokens")

    def start_idp(self, name, late_ms):
        ready = self.scratch / f"{name}.url"
        proc = self.spawn([self.built("idpstub"), "-l", str(late_ms), ready,
                           self.scratch / "jwks.json"], f"{name}.log")
        child.wait_for(lambda: os.path.exists(ready), START, "idpstub")
        with open(ready) as f:
            return proc, f.read().strip()

    def packages(self):
        """The peers' program, in here."""
        if not os.path.exists(self.scratch / "peer"):
            return peer.copy(peer.packages(BUILD), self.scratch)
        return self.scratch / "peer/server.mjs"

    def configured(self, program, name, groups):
        """The command that runs it with a configuration of its own."""
        path = self.scratch.write(f"{name}.conf", prog.config_text({
            **groups,
            "database": {"url": self.cluster.url},
            "log": {"target": "file:" + self.log},
            "cache": {"size": "64MiB"},     # room for all users
        }), 0o600)
        return [program, "-c", path]

    def migrate(self):
        self.run(*self.configured(self.install(prog.program()), "schema",
                                  targets.groups(self.idp_url)["ory"]),
                 "migrate", "up")

    def load_users(self):
        """The schema from Gatehouse's own migrations, then a row a user."""
        self.migrate()
        for people in (self.people["ory"], self.people["users"]):
            rows = ",".join(
                f"('{people.provider}', '{p['userId']}', '{p['theme']}', "
                f"{p['notifications']}, '{p['bio']}')"
                for p in map(people.profile, range(USERS)))
            self.cluster.psql(
                "INSERT INTO user_profile (provider, user_id, theme,"
                f" notifications, bio) VALUES {rows};")
        self.cluster.psql("VACUUM ANALYZE user_profile")

    def start(self, target):
        argv, log = list(target.argv), f"{target.name}.out"
        if target.how == "proxy":
            target.proc = target.same_as.proc
            return
        if not target.as_is:
            target.socket = self.scratch / f"{target.name}.sock"
            argv += ["-w", str(target.workers), "-l",
                     target.listen + target.socket]
        target.proc = self.spawn(argv, log, target.env)

        def is_there():
            if target.proc.poll() is not None:
                raise RuntimeError(f"{target.name} ended: "
                                   + "\n".join(self.scratch.tail(log)))
            return self.is_there(target)

        child.wait_for(is_there, START, target.name)

    def is_there(self, target):
        """Does what was started listen?"""
        if target.how != "direct":
            return os.path.exists(target.socket)
        target.port = peer.port(self.scratch.tail(f"{target.name}.out"))
        return target.port is not None

    def behind_web(self):
        return [t for t in self.targets if t.how != "direct"]

    def start_web(self):
        """One server, a port a target; again if a port was taken meanwhile."""
        if not self.behind_web():
            return None
        for _ in range(5):
            for target in self.behind_web():
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
            return all(t.get(t.people.token(0)).status == 200
                       for t in self.behind_web())
        except (OSError, rawhttp.Broken):
            return False

    def lighttpd_conf(self):
        with open(os.path.join(HERE, "lighttpd.conf")) as f:
            text = f.read().replace("@DIR@", self.scratch.path)
        text = text.replace("@PORT@", str(self.behind_web()[0].port))
        for t in self.behind_web():
            how, where = t.address()
            rewrite = ""
            if t.argv and "fpm" in t.argv[0]:
                rewrite = '\turl.rewrite-once = ( "" => "/profile.php" )\n'
            text += (f'$SERVER["socket"] == "127.0.0.1:{t.port}" {{\n{rewrite}'
                     f'\t{how}.server = ( "/" => (( {where},'
                     f' "check-local" => "disable" )) )\n}}\n')
        return self.scratch.write("lighttpd.conf", text)

    def check(self, target):
        """The right answers first: a fast wrong one is no result."""
        people = target.people
        for i in (0, 1, len(people.list) - 1):
            if not target.checks_tokens and i > 0:
                continue
            answer = target.get(people.token(i))
            if answer.status != 200 or answer.json() != people.profile(i):
                raise RuntimeError(f"{target.name}, user {i}: {answer}")
        if target.checks_tokens and target.get(people.nobody).status != 401:
            raise RuntimeError(f"{target.name} accepts an unknown token")

    def web_of(self, target):
        return None if target.how == "direct" else self.web

    def groups(self, target):
        """The processes that serve this target, by what they are."""
        procs = {"web": self.web_of(target), "workers": target.proc,
                 "pg": self.cluster.proc,
                 "idp": self.late_idp if target.late else self.idp}
        found = cpu.trees({p.pid for p in procs.values() if p})
        return {name: found[p.pid] if p else [] for name, p in procs.items()}

    def begin(self, target):
        """A run of this target begins, or goes on."""

    def asked(self, target):
        """How often its providers' stub was asked about a user."""
        url = self.late_url if target.late else self.idp_url
        host, _, port = url.rpartition("/")[2].partition(":")
        return rawhttp.request((host, int(port)), "GET",
                               "/asked").json()["users"]

    def empty_log(self):
        if os.path.exists(self.log):
            os.truncate(self.log, 0)

    def ended(self):
        """Names of what should run and does not."""
        procs = {"web server": self.web, "provider": self.idp,
                 "late provider": self.late_idp,
                 "PostgreSQL": self.cluster.proc,
                 **{t.name: t.proc for t in self.targets},
                 **{f"{t.name}'s server": self.web_of(t) for t in self.targets}}
        return [name for name, p in procs.items()
                if p is not None and p.poll() is not None]
