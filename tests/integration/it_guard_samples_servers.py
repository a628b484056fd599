#!/usr/bin/env python3
"""The samples of a guarded endpoint behind real web servers, by the recipes of contrib: each is
told who it is, and nobody else gets to it."""

import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import guarded  # noqa: E402
import idp as idp_lib  # noqa: E402
import pg  # noqa: E402
import samples  # noqa: E402
import tap  # noqa: E402
from tap import is_, ok  # noqa: E402

SITE = "https://www.gate.example"
JSON = ("Accept", "application/json")
# As a client would like to be called.
FORGED = [(name, "admin") for name in (
    "X-Auth-User", "X-Auth-Roles", "X_Auth_Roles", "Auth-Roles", "Remote-User", "X-Remote-User")]
WHERE = {"PHP": "/members/members.php", "Python": "/members/members.cgi",
         "Node": "/members/service/"}
PROGRAMS = {"nginx": ("nginx",), "lighttpd": ("lighttpd",), "fcgid": ("apache2", "httpd")}


class Users:
    """With Ory: one without a role, one with it."""

    def __init__(self):
        self.idp = idp_lib.Idp()
        self.ada = self.idp.user("ada@example.org", name="Ada, Ä", verified=True)
        self.bob = self.idp.user("bob@example.org")
        self.idp.call("PATCH", f"/admin/identities/{self.ada.id}", [
            {"op": "add", "path": "/metadata_public", "value": {"roles": ["a,b", "admin"]}}])


def with_samples(name):
    """A web server with the guard, and the samples where its recipe has room for programs."""
    mount = guarded.make(name)
    mount.app.path = samples.Fpm(mount.scratch).path
    mount.service.close()
    mount.service = samples.NodeOnPort(mount.scratch)
    mount.scratch.copy(samples.PHP, "www/members/members.php", 0o644)
    mount.scratch.copy(samples.PYTHON, "www/members/members.cgi")
    return mount


class World:
    def __init__(self, name, users, database):
        self.users = users
        self.mount = with_samples(name)
        self.mount.start({
            "public_url": SITE, "database": {"url": database},
            "ory": {"url": users.idp.public, "roles": "metadata_public.roles"},
            "guard": {"rules": [{"path": "/members"}]}})

    def ask(self, target, *headers, method="GET"):
        body = b"" if method == "POST" else None
        return self.mount.request(method, target, [JSON, *headers, *FORGED], body)


def cookie(user):
    return "Cookie", user.cookie


def bearer(user):
    return "Authorization", f"Bearer {user.token}"


def told(world, target):
    """Who is who, by cookie and by token, whatever else the client claims."""
    for user, name, email, roles in ((world.users.ada, "Ada, Ä", "ada@example.org",
                                      ["a,b", "admin"]), (world.users.bob, "", "", [])):
        for credential in cookie(user), bearer(user):
            answer = world.ask(target, credential)
            is_(answer.status, 200, "the status")
            is_(json.loads(answer.body), {"user": user.id, "provider": "ory", "name": name,
                                          "email": email, "org": "", "roles": roles, "said": ""})
            is_(answer.get("Cache-Control"), "private, no-store", "Cache-Control")


def acts(world, target):
    answer = world.ask(target, bearer(world.users.ada), method="POST")
    ok(answer.status == 200 and b"Announced" in answer.body, "the role may act", answer)
    answer = world.ask(target, bearer(world.users.bob), method="POST")
    is_(answer.status, 403, "others may not")


def closed(world, target):
    """To nobody, and to forms that another site has sent."""
    for method in "GET", "POST":
        for credential in (), [("Cookie", "ory_kratos_session=x")], [("X-Session-Token", "x")]:
            answer = world.ask(target, *credential, method=method)
            # A cookie on a POST has to come with an Origin first of all.
            ok(answer.status in (401, 403), f"{method} by nobody is refused", answer)
            ok(b'"user"' not in answer.body and b"Announced" not in answer.body,
               "the program was not asked", answer)
    answer = world.ask(target, cookie(world.users.ada), ("Origin", "https://evil.example"),
                       method="POST")
    ok(answer.status in (401, 403) and b"Announced" not in answer.body, "a foreign form", answer)


CHECKS = (("is told who it is", told), ("has an action for a role", acts),
          ("is reached by nobody else", closed))


def register(server, world):
    for language, target in WHERE.items():
        if (server, language) == ("nginx", "Python"):
            continue                    # it runs no CGI programs
        for what, check in CHECKS:
            tap.case(f"{server}: the sample in {language} {what}")(
                lambda check=check, target=target: check(world(), target))


def once(make):
    """Made when the first test asks for it."""
    made = []

    def get():
        if not made:
            made.append(make())
        return made[0]
    return get


def missing():
    for names in (*PROGRAMS.values(), samples.FPM_NAMES, ("node",)):
        if samples.program(*names) is None:
            return f"no {names[0]}"
    return None


def main():
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return
    users, cluster = Users(), pg.Cluster()
    for server in PROGRAMS:
        register(server, once(lambda server=server: World(server, users, cluster.url)))
    tap.run()


if __name__ == "__main__":
    main()
