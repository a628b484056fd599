"""Everything the bench needs, started: one PostgreSQL, one providers' stub,
one lighttpd, and behind it every target on a unix socket of its own; the peer
on a port of its own, as it is deployed.

Whatever is started ends with this process.
"""

import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))

import child  # noqa: E402
import cpu  # noqa: E402
import peer  # noqa: E402
import pg  # noqa: E402
import prog  # noqa: E402
import rawhttp  # noqa: E402
from people import (USERS, ClerkClaims, ClerkUsers, People,  # noqa: E402
                    ory_token)

WORKERS = 8
PAGE = "/user/profile"
START = 20      # seconds anything may take to start
BUILD = os.environ.get("top_builddir", ".")
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
ISSUER = "https://clerk.bench.example"  # as in token.h
PARTY = "https://app.bench.example"


def tool(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise RuntimeError(f"{name} is not installed")
    return found


class Target:
    """A program under test: behind a port of the web server, or, without a
    socket, at one of its own."""

    checks_tokens = True
    warm_up = 1     # seconds before the first round
    listen = "unix:"    # what -l wants in front of a path
    behind_web = True

    def __init__(self, name, what, argv, people, env=None, **other):
        self.name = name
        self.what = what
        self.argv = argv
        self.people = people
        self.env = env or {}
        self.socket = self.proc = self.port = None
        for key, value in other.items():
            setattr(self, key, value)

    def get(self, who):
        return rawhttp.request(("127.0.0.1", self.port), "GET", PAGE,
                               [("Authorization", "Bearer " + who)])


class World:
    """only: names of the targets wanted, none for all of them."""

    def __init__(self, only=()):
        self.scratch = child.Scratch()
        for name in ("bin", "shm", "www"):
            self.scratch.mkdir(name)
        self.cluster = pg.Cluster(autovacuum="off")
        self.log = self.scratch / "gatehouse.log"
        self.left_out = []      # why a target is not there
        self.make_people()
        self.idp = self.start_idp()
        self.targets = self.make_targets(only)
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

    def start_idp(self):
        ready = self.scratch / "idp.url"
        proc = self.spawn([self.built("idpstub"), ready,
                           self.scratch / "jwks.json"], "idp.log")
        child.wait_for(lambda: os.path.exists(ready), START, "idpstub")
        with open(ready) as f:
            self.idp_url = f.read().strip()
        return proc

    def configured(self, program, name, groups):
        """The command that runs it with a configuration of its own."""
        path = self.scratch.write(f"{name}.conf", prog.config_text({
            **groups,
            "database": {"url": self.cluster.url},
            "log": {"target": "file:" + self.log},
            # room for all users
            "cache": {"path": self.scratch / "shm", "size": "128MiB"},
        }), 0o600)
        return [program, "-c", path]

    def ours(self):
        """Gatehouse in its three configurations: group by group."""
        clerk = {"issuer": ISSUER, "authorized_parties": [PARTY]}
        return {
            "ory": {"ory": {"url": self.idp_url}},
            "claims": {"providers": ["clerk"],
                       "clerk": {**clerk, "email_claim": "email", "jwt_key":
                                 "file:" + self.scratch / "clerk.pem"}},
            "users": {"providers": ["clerk"],
                      "clerk": {**clerk, "secret_key": "sk_test_bench",
                                "api_url": self.idp_url, "user_ttl": "1h"}},
        }

    def make_targets(self, only):
        gatehouse = self.install(prog.program())
        fixed = self.built("gatehouse-fixed")
        argv = {name: self.configured(gatehouse, name, groups)
                for name, groups in self.ours().items()}
        argv["fixed"] = self.configured(fixed, "fixed", self.ours()["ory"])
        self.gatehouse = argv["ory"]
        ory, claims, users = self.people.values()
        targets = [
            Target("hello", "libfcgi, a fixed answer", [self.built("hello")],
                   ory, listen="", checks_tokens=False),
            Target("minimal", "libfcgi and libpq, one prepared SELECT",
                   [self.built("minimal")], ory, listen="",
                   env={"BENCH_DATABASE": self.cluster.url}),
            Target("fixed", "Gatehouse, identity read off the token",
                   argv["fixed"], ory),
            Target("ory", "Gatehouse, identity from the provider",
                   argv["ory"], ory),
            Target("clerk", "Gatehouse, Clerk's token verified by jwt_key",
                   argv["claims"], claims),
            Target("clerk-users", "the same with a fetched key set and users"
                   " looked up once", argv["users"], users, warm_up=4),
        ]
        other = os.environ.get("BENCH_OTHER")
        if other:
            copy = self.scratch.copy(other, "bin/other")
            targets.append(Target(
                "clerk-other", f"as clerk, by {other}",
                self.configured(copy, "other", self.ours()["claims"]), claims))
        if not only or "peer" in only:
            targets += self.make_peer(claims)
        return [t for t in targets if not only or t.name in only]

    def make_peer(self, people):
        try:
            program = peer.copy(peer.packages(BUILD), self.scratch)
        except peer.Missing as missing:
            self.left_out.append(f"peer: {missing}")
            return []
        return [Target("peer", peer.versions() + "; one process, no web server"
                       " before it", [tool("node"), program], people,
                       behind_web=False, warm_up=4,
                       env={"NODE_ENV": "production", "PEER_PARTY": PARTY,
                            "PEER_KEY": self.scratch / "clerk.pem",
                            "PEER_DATABASE": self.cluster.url})]

    def load_users(self):
        """The schema from Gatehouse's own migrations, then a row a user."""
        self.run(*self.gatehouse, "migrate", "up")
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
        if target.behind_web:
            target.socket = self.scratch / f"{target.name}.sock"
            argv += ["-w", str(WORKERS), "-l", target.listen + target.socket]
        target.proc = self.spawn(argv, log, target.env)

        def is_there():
            if target.proc.poll() is not None:
                raise RuntimeError(f"{target.name} ended: "
                                   + "\n".join(self.scratch.tail(log)))
            if target.behind_web:
                return os.path.exists(target.socket)
            target.port = peer.port(self.scratch.tail(log))
            return target.port is not None

        child.wait_for(is_there, START, target.name)

    def behind_web(self):
        return [t for t in self.targets if t.behind_web]

    def start_lighttpd(self):
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
            text += (f'$SERVER["socket"] == "127.0.0.1:{t.port}" {{\n'
                     f'\tfastcgi.server = ( "/" => (( "socket" => "{t.socket}",'
                     f' "check-local" => "disable" )) )\n}}\n')
        return self.scratch.write("lighttpd.conf", text)

    def check(self, target):
        """The right answers first: a fast wrong one is no result."""
        people = target.people
        for i in (0, 1, USERS - 1):
            if not target.checks_tokens and i > 0:
                continue
            answer = target.get(people.token(i))
            if answer.status != 200 or answer.json() != people.profile(i):
                raise RuntimeError(f"{target.name}, user {i}: {answer}")
        if target.checks_tokens and target.get(people.nobody).status != 401:
            raise RuntimeError(f"{target.name} accepts an unknown token")

    def groups(self, target):
        """The processes that serve this target, by what they are."""
        procs = {"workers": target.proc, "pg": self.cluster.proc,
                 "idp": self.idp}
        if target.behind_web:
            procs["web"] = self.web
        found = cpu.trees({p.pid for p in procs.values()})
        return {"web": [], **{name: found[p.pid] for name, p in procs.items()}}

    def asked(self):
        """How often the providers' stub was asked about a user."""
        host, _, port = self.idp_url.rpartition("/")[2].partition(":")
        return rawhttp.request((host, int(port)), "GET",
                               "/asked").json()["users"]

    def empty_log(self):
        if os.path.exists(self.log):
            os.truncate(self.log, 0)

    def ended(self):
        """Names of what should run and does not."""
        procs = {"web server": self.web, "provider": self.idp,
                 "PostgreSQL": self.cluster.proc,
                 **{t.name: t.proc for t in self.targets}}
        return [name for name, p in procs.items()
                if p is not None and p.poll() is not None]
