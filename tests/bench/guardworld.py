"""What it costs to guard a static file: the part `guard`.

Each target is a web server of its own with the file at PAGE: open to all,
guarded by Gatehouse as the files in contrib/ do it, or by what others put in
the same place.
"""

import os
import socket
import urllib.parse

import guardweb
import peer
import targets
import world
from people import USERS
from world import child, mounts, prog, rawhttp

PAGE = "/members/page.html"
TEXT = "<!doctype html>\n" + "<p>What only members may read.</p>\n" * 120
SESSIONS = 64       # of those whose sessions have to be begun one by one
# As many rules as a small site has; the last one is that of the page.
RULES = [{"path": "/members/admin/", "roles_any": ["admin"]},
         {"path": "/members/open/", "access": "anyone"},
         {"path": "/members/"}]


class Members:
    """Who asks by a cookie.  `tokens` is the file for wrk."""

    field, scheme = "Cookie", ""
    nobody = "session=nobody; mod_auth_openidc_session=nobody"

    def __init__(self, scratch, name, cookies):
        self.list = cookies
        self.tokens = scratch.write(name, "\n".join(cookies) + "\n")

    def token(self, i):
        return self.list[i % len(self.list)]


def cookie_of(answer, name):
    """All cookies whose names begin so, as a header's value."""
    return "; ".join(pair for pair in (
        value.partition(";")[0] for value in answer.all("Set-Cookie"))
        if pair.startswith(name))


def signed_in(port):
    """The cookies of the checker's own sessions."""
    return [cookie_of(rawhttp.request(("127.0.0.1", port), "GET",
                                      f"/login?user={i}"), "session")
            for i in range(SESSIONS)]


def openidc_session(issuer, address, i):
    """User i signs in with mod_auth_openidc: we are the browser, and the page
    of the provider that posts what it has to say."""
    site = [("Host", "%s:%d" % address)]
    asked = rawhttp.request(address, "GET", PAGE,
                            [*site, ("Accept", "text/html")])
    query = dict(urllib.parse.parse_qsl(
        urllib.parse.urlsplit(asked.get("Location", "")).query))
    token = issuer.oidc.token(expires_in_seconds=86400, claims={
        "aud": "bench", "sub": f"user{i}", "nonce": query["nonce"]})
    form = urllib.parse.urlencode({"id_token": token, "state": query["state"]})
    answer = rawhttp.request(
        address, "POST", "/members/callback",
        [*site, ("Cookie", cookie_of(asked, "mod_auth_openidc")),
         ("Content-Type", "application/x-www-form-urlencoded")], form.encode())
    found = cookie_of(answer, "mod_auth_openidc_session")
    if not found:
        raise RuntimeError(f"mod_auth_openidc: {answer}")
    return found


class Guarded(targets.Target):
    """A page behind `server`; `guard` is what stands before it: None, "hello",
    "gatehouse", "checker", "session" or "oauth"."""

    page = PAGE
    how = "guarded"
    warm_up = 2
    guard = web = proc_port = None

    @property
    def checks_tokens(self):
        return self.guard not in (None, "hello")


class World(world.World):
    """A web server for each target, and no database that a request needs."""

    issuer = None

    def make_targets(self, part, only):
        for name in ("tmp", "www/members"):
            self.scratch.mkdir(name)
        self.scratch.write("www" + PAGE, TEXT)
        return _Maker(self).make(only)

    def load_users(self):
        self.migrate()

    def start(self, target):
        if target.argv:
            super().start(target)

    def is_there(self, target):
        if target.guard == "checker":
            target.proc_port = peer.port(
                self.scratch.tail(f"{target.name}.out"))
            return target.proc_port is not None
        if target.proc_port is None:
            return os.path.exists(target.socket)
        try:
            socket.create_connection(("127.0.0.1", target.proc_port)).close()
            return True
        except OSError:
            return False

    def start_web(self):
        for target in self.targets:
            guardweb.start(self, target)
            if target.guard == "session":
                address = ("127.0.0.1", target.port)
                target.people = Members(self.scratch, "sessions", [
                    openidc_session(self.issuer, address, i)
                    for i in range(SESSIONS)])
            elif target.guard == "checker":
                target.people = Members(self.scratch, "cookies",
                                        signed_in(target.proc_port))

    def check(self, target):
        for i in (0, 1, USERS - 1):
            answer = target.get(target.people.token(i))
            if answer.status != 200 or answer.body.decode() != TEXT:
                raise RuntimeError(f"{target.name}, user {i}: {answer}")
        if target.checks_tokens:
            status = target.get(target.people.nobody).status
            if status not in (302, 401):
                raise RuntimeError(f"{target.name} lets anybody in: {status}")

    def web_of(self, target):
        return target.web

    def close(self):
        super().close()
        if self.issuer:
            self.issuer.remove()

    def example(self, target, path):
        """A file of contrib/ with this target's places in it."""
        with open(os.path.join(mounts.CONTRIB, path)) as f:
            text = f.read()
        for old, new in {
                "/run/gatehouse/gatehouse.sock": str(target.socket),
                "127.0.0.1:9100": f"127.0.0.1:{target.proc_port}",
                "/usr/share/gatehouse": self.scratch / "www",
                "/etc/apache2": self.scratch.path}.items():
            text = text.replace(old, new)
        return text

    def install_example(self, target, path, to):
        return self.scratch.write(to, self.example(target, path))


class _Maker:
    """w: the world the targets run in."""

    def __init__(self, w):
        self.w = w
        near = targets.groups(w.idp_url)
        near["claims"]["clerk"]["jwt_key"] = "file:" + w.scratch / "clerk.pem"
        self.conf = {name: {**near[name], "guard": {"rules": RULES}}
                     for name in ("cache", "claims")}
        self.gatehouse = w.install(prog.program())
        self.ory, self.claims = w.people["ory"], w.people["claims"]

    def make(self, only):
        """(targets, why others are left out)"""
        found, left_out = [], []
        for name, make in self.all().items():
            if only and name not in only:
                continue
            try:
                found.append(make(name))
            except (peer.Missing, RuntimeError) as missing:
                left_out.append(f"{name}: {missing}")
        return found, left_out

    def all(self):
        found = {}
        for server in ("nginx", "lighttpd", "apache"):
            def add(kind, make, server=server):
                found[f"{server}-{kind}"] = lambda name: make(name, server)
            add("open", self.open)
            if server != "apache":
                add("hello", self.hello)
            add("ory", lambda n, s: self.ours(
                n, s, "an Ory session that is kept", "cache", self.ory))
            add("clerk", lambda n, s: self.ours(
                n, s, "Clerk's token verified", "claims", self.claims))
        found["nginx-express"] = self.express
        found["apache-session"] = lambda name: self.openidc(
            name, "session", "its own session, by a cookie", None)
        found["apache-oauth"] = lambda name: self.openidc(
            name, "oauth", "the clerk rows' token verified", self.claims)
        return found

    def page(self, name, server, what, argv, people, **other):
        world.tool({"apache": "apache2"}.get(server, server))
        return Guarded(name, what, argv, people, server=server, **other)

    def open(self, name, server):
        return self.page(name, server, f"the file behind {server}, for all", [],
                         self.ory)

    def hello(self, name, server):
        return self.page(name, server, "guarded by libfcgi and a fixed yes",
                         [self.w.built("hello")], self.ory, listen="",
                         guard="hello")

    def ours(self, name, server, what, conf, people):
        argv = self.w.configured(self.gatehouse, name, self.conf[conf])
        other = {"guard": "gatehouse", "keeps": conf == "cache"}
        if server == "apache":      # mod_authnz_fcgi knows no unix sockets
            port = child.free_port()
            other.update(as_is=True, proc_port=port)
            argv += ["-w", str(targets.WORKERS), "-l", f"tcp:127.0.0.1:{port}"]
        return self.page(name, server, f"guarded by Gatehouse, {what}", argv,
                         people, **other)

    def express(self, name):
        folder = os.path.dirname(self.w.packages())
        return self.page(name, "nginx", "guarded by Express and a signed cookie;"
                         " one process, connections kept",
                         [peer.node(), os.path.join(folder, "checker.mjs")],
                         None, guard="checker", as_is=True,
                         env={"NODE_ENV": "production"})

    def openidc(self, name, guard, what, people):
        if not os.path.exists(guardweb.OIDC):
            raise peer.Missing("mod_auth_openidc is not installed")
        return self.page(name, "apache", f"guarded by mod_auth_openidc, {what}",
                         [], people, guard=guard)
