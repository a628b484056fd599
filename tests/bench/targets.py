"""What is compared: the programs, and who asks them for what."""

import os

import peer
import prog
import rawhttp

PAGE = "/user/profile"  # but for the part `guard`
ISSUER = "https://clerk.bench.example"  # as in token.h
PARTY = "https://app.bench.example"
WORKERS = 16
MANY = 256          # workers, so that as many can wait for a provider
LATE_MS = 50        # how far away that provider is
BUILD = os.environ.get("top_builddir", ".")


class Target:
    """A program under test: behind a port of the web server, or, without a
    socket, at one of its own."""

    page = PAGE
    checks_tokens = True
    warm_up = 1         # seconds before the first round
    workers = WORKERS
    listen = "unix:"    # what -l wants in front of a path
    keeps = False       # verdicts: before each run it gets time to know all
    late = False        # its provider is LATE_MS away
    as_is = False       # the command is complete
    conc = None         # connections; None: as many as the rest
    # None: FastCGI; "direct": no web server before it; "proxy": the web
    # server is a reverse proxy before what `same_as` names
    how = None
    same_as = None

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
        """As wrk asks, for whose token or cookie `who` is."""
        return rawhttp.request(("127.0.0.1", self.port), "GET", self.page,
                               [(self.people.field, self.people.scheme + who)],
                               host=f"127.0.0.1:{self.port}")

    def address(self):
        """How the web server reaches it."""
        if self.how == "proxy":
            return ("proxy", f'"host" => "127.0.0.1", '
                             f'"port" => {self.same_as.port}')
        return "fastcgi", f'"socket" => "{self.socket}"'


def groups(idp_url):
    """Gatehouse's configurations, group by group."""
    clerk = {"issuer": ISSUER, "authorized_parties": [PARTY]}
    ory = {"url": idp_url}
    return {
        "ory": {"ory": {**ory, "cache_ttl": "0s"}},
        "cache": {"ory": {**ory, "cache_ttl": "30s"}},
        "claims": {"providers": ["clerk"],
                   "clerk": {**clerk, "email_claim": "email"}},
        "users": {"providers": ["clerk"],
                  "clerk": {**clerk, "secret_key": "sk_test_bench",
                            "api_url": idp_url, "user_ttl": "1h"}},
    }


class _Maker:
    """w: the world the targets run in."""

    def __init__(self, w):
        self.w = w
        self.gatehouse = w.install(prog.program())
        self.near, self.late = groups(w.idp_url), groups(w.late_url)
        self.near["claims"]["clerk"]["jwt_key"] = (
            "file:" + w.scratch / "clerk.pem")
        self.ory, self.claims, self.users = w.people.values()

    def ours(self, name, what, conf, people, program=None, **other):
        argv = self.w.configured(program or self.gatehouse, name, conf)
        return Target(name, what, argv, people, **other)

    def floors(self):
        w = self.w
        return [
            Target("hello", "libfcgi, a fixed answer", [w.built("hello")],
                   self.ory, listen="", checks_tokens=False),
            Target("minimal", "libfcgi and libpq, one prepared SELECT",
                   [w.built("minimal")], self.ory, listen="",
                   env={"BENCH_DATABASE": w.cluster.url}),
        ]

    def gatehouses(self):
        near = self.near
        return [
            self.ours("fixed", "Gatehouse, identity read off the token",
                      near["ory"], self.ory, self.w.built("gatehouse-fixed")),
            self.ours("ory", "Gatehouse, the provider asked each time",
                      near["ory"], self.ory),
            self.ours("ory-cache", "Gatehouse, cache_ttl 30s", near["cache"],
                      self.ory, keeps=True),
            self.ours("clerk", "Gatehouse, Clerk's token verified by jwt_key",
                      near["claims"], self.claims),
            self.ours("clerk-users", "the same with a fetched key set and users"
                      " looked up once", near["users"], self.users, warm_up=4),
        ]

    def others(self):
        """Of another build of ours."""
        path = os.environ.get("BENCH_OTHER")
        if not path:
            return []
        program = self.w.scratch.copy(path, "bin/other")
        return [self.ours("clerk-other", f"as clerk, by {path}",
                          self.near["claims"], self.claims, program),
                self.ours("ory-cache-other", f"as ory-cache, by {path}",
                          self.near["cache"], self.ory, program, keeps=True)]

    def node(self, name, who, people, **other):
        program = self.w.packages()
        env = {"NODE_ENV": "production", "PEER_WHO": who, "PEER_PARTY": PARTY,
               "PEER_KEY": self.w.scratch / "clerk.pem",
               "PEER_ORY": self.w.late_url if other.get("late")
               else self.w.idp_url,
               "PEER_DATABASE": self.w.cluster.url}
        return Target(name, f"Fastify, {who}; one process, no web server before"
                      " it", [peer.node(), program], people, how="direct",
                      as_is=True, warm_up=4, env=env, **other)

    def nodes(self):
        direct = self.node("node-cache", "ory-cache", self.ory, keeps=True)
        return [self.node("node-clerk", "clerk", self.claims), direct,
                Target("node-web", "node-cache behind the web server", [],
                       self.ory, how="proxy", same_as=direct, keeps=True)]

    def phps(self):
        w = self.w
        socket = w.scratch / "php-cache.sock"
        env = {"PEER_ORY": w.idp_url, "PEER_DATABASE": w.cluster.url}
        argv = [peer.php()] + peer.php_pool(w.scratch, socket, WORKERS, env)
        return [Target("php-cache", "PHP-FPM, curl, APCu, pg_pconnect", argv,
                       self.ory, as_is=True, keeps=True, socket=socket)]

    def far(self):
        """A provider 50 ms away, 256 connections."""
        near, late = self.near, self.late
        wide = {"conc": MANY, "workers": 48, "keeps": True}
        return [
            self.ours("near-cache", "Gatehouse, 48 workers, cache_ttl 30s, the"
                      " provider is near", near["cache"], self.ory, **wide),
            self.ours("far-cache", f"the same, the provider {LATE_MS} ms away",
                      late["cache"], self.ory, late=True, **wide),
            self.ours("far", f"Gatehouse, {MANY} workers, the provider"
                      f" {LATE_MS} ms away, asked each time", late["ory"],
                      self.ory, late=True, conc=MANY, workers=MANY),
        ]

    def far_nodes(self):
        return [self.node("far-node", "ory", self.ory, late=True, conc=MANY)]


PARTS = {
    "near": ("floors", "gatehouses", "others", "nodes", "phps"),
    "far": ("far", "far_nodes"),
}
NAMES = {
    "near": ("hello", "minimal", "fixed", "ory", "ory-cache", "clerk",
             "clerk-users", "clerk-other", "ory-cache-other", "node-clerk",
             "node-cache", "node-web", "php-cache"),
    "far": ("near-cache", "far-cache", "far", "far-node"),
    "guard": ("nginx-open", "nginx-hello", "nginx-ory", "nginx-clerk",
              "nginx-express", "lighttpd-open", "lighttpd-hello",
              "lighttpd-ory", "lighttpd-clerk", "apache-open", "apache-ory",
              "apache-clerk", "apache-session", "apache-oauth"),
    "observe": ("unseen", "trace-file", "trace-endpoint", "metrics",
                "unseen-again"),
}


def make(w, part, only):
    """(targets, why others are left out)"""
    maker, found, left_out = _Maker(w), [], []
    wanted = [n for n in NAMES[part] if not only or n in only]
    for kind in PARTS[part]:
        if kind in ("nodes", "phps", "far_nodes") and not any(
                n.startswith(("node", "php", "far-node")) for n in wanted):
            continue
        try:
            found += getattr(maker, kind)()
        except peer.Missing as missing:
            left_out.append(f"{kind}: {missing}")
    needed = {t.same_as.name for t in found
              if t.name in wanted and t.same_as is not None}
    return ([t for t in found if t.name in wanted or t.name in needed],
            left_out)
