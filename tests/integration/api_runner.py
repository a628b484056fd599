"""Runs the API table behind one mount, with its own provider and database.

Everything is private to the program: identity provider, PostgreSQL, web server
and Gatehouse.  So the seven programs run side by side, and faults injected for
one are not seen by another.
"""

import json
import os
import re
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import apidoc               # noqa: E402
import idp as idp_lib       # noqa: E402
import mounts               # noqa: E402
import pg                   # noqa: E402
import prog                 # noqa: E402
import tap                  # noqa: E402
from api_case import (CASES, TAGS, Failed, Own, Row, Absent, check_error,  # noqa: E402
                      check_headers, check_identity_headers, equal, expect)
from api_world import World  # noqa: E402
import api_routes           # noqa: E402,F401  (each module adds its cases)
import api_headers          # noqa: E402,F401
import api_paths            # noqa: E402,F401
import api_credentials      # noqa: E402,F401
import api_json             # noqa: E402,F401
import api_bodies           # noqa: E402,F401
import api_cross_site       # noqa: E402,F401
import api_profile          # noqa: E402,F401
import api_verdicts         # noqa: E402,F401  (faults: last)
import api_direct           # noqa: E402,F401

PUBLIC = "https://www.gate.example"
ALLOWED = "https://app.gate.example"

# Configurations the cases ask for by name.  "based" changes addresses, which
# the examples of the web servers do not mount: only over the bare socket.
VARIANTS = {
    "main": {"public_url": PUBLIC, "cors": {"allow_origins": [ALLOWED]},
             "ory": {"browser_url": PUBLIC + "/.ory"}},
    "bare": {},
    "based": {"base_path": "/gate", "max_body": "1KiB", "bio_max": 10,
              "ory": {"cookies": False}},
}


class Api:
    """What a case gets: the mounted program, and the world around it."""

    public, allowed = PUBLIC, ALLOWED

    def __init__(self, mount, cluster, provider):
        self.mount = mount
        self.pg = cluster
        self.idp = provider
        self.tags = TAGS[mount.name]
        self.secrets = set()
        self.last = None        # the latest answer, for diagnostics
        self.described = None   # the API's own description

    def describe(self, base_path):
        """From now on every answer of ours has to be a described one."""
        document = json.loads(self.call("GET", base_path + "/openapi.json").body)
        self.described = apidoc.Document(document, base_path)

    def user(self, **wish):
        """A new identity with one session: token, cookie, id, session_id."""
        user = self.idp.user(**wish)
        self.secrets |= {user.token, user.cookie.partition("=")[2]}
        return user

    def call(self, method, target, headers=(), body=None, ours=True, **how):
        """One request; ours: check what holds for every answer of ours."""
        answer = self.mount.request(method, target, list(headers), body, **how)
        self.last = (method, target, list(headers), answer)
        if ours:
            check_headers(answer)
            if answer.status >= 400 and method != "HEAD":
                check_error(answer)
            if method == "HEAD" or answer.status == 204:
                equal(answer.body, b"", "body")
            self.check_described(method, target, answer)
        return answer

    def check_described(self, method, target, answer):
        if self.described:
            self.described.check(method, target, answer)

    def get(self, user, target="/user/profile", headers=(), **how):
        return self.call("GET", target,
                         [("Authorization", f"Bearer {user.token}"), *headers],
                         **how)

    def post(self, user, body, headers=(), target="/user/preferences", **how):
        data = body if isinstance(body, bytes) else body.encode()
        return self.call("POST", target,
                         [("Authorization", f"Bearer {user.token}"),
                          ("Content-Type", "application/json"), *headers],
                         data, **how)

    def profile(self, user):
        answer = self.get(user)
        equal(answer.status, 200, "status of the profile")
        return answer.json()

    def rows_of(self, user):
        return int(self.pg.psql("SELECT count(*) FROM user_profile "
                                f"WHERE user_id = '{user.id}'"))

    def recovered(self, limit=10):
        """Wait until fresh users are served again: a back-off may linger.

        Each worker has its own connections, so one good answer is not enough.
        """
        end = time.monotonic() + limit
        user, streak = self.user(), 0
        while streak < 8:
            if self.get(user, ours=False).status == 200:
                streak += 1
                continue
            streak = 0
            if time.monotonic() > end:
                raise Failed(f"no 200 within {limit} s after the fault ended")
            time.sleep(0.05)


def run_row(api, row):
    actual = row.for_tags(api.tags)
    need = repr(row.who) + repr(row.send)
    users = {"": api.user()} if row.who or "{" in need else {}
    if "{other." in need:
        users["other."] = api.user()
    headers = []
    if row.who:
        user = users[""]
        headers.append({"bearer": ("Authorization", "Bearer " + user.token),
                        "xst": ("X-Session-Token", user.token),
                        "cookie": ("Cookie", user.cookie)}[row.who])
    for name, value in row.send:
        for prefix, user in users.items():
            for field in ("token", "cookie", "id", "email"):
                value = value.replace("{%s%s}" % (prefix, field),
                                      getattr(user, field))
        headers.append((name, value))
    if row.quiet:
        api.idp.reset_counters()
    body = row.body.encode() if isinstance(row.body, str) else row.body
    own = isinstance(actual, Own)
    answer = api.call(row.method, row.target, headers, body, ours=not own,
                      **row.how)
    if own:
        expect(answer.status in actual.status, f"status {answer.status}, wanted "
               f"the server's own {actual.status}: {actual.why}")
        return None
    check_row(api, actual, answer)
    return None


def check_row(api, row, answer):
    equal(answer.status, row.status, "status")
    if answer.status >= 400 and row.method != "HEAD":
        triple = check_error(answer, row.code)
        if row.message:
            equal(triple["message"], row.message, "message")
        details = triple["details"] or {}
        if row.reason:
            equal(details.get("reason"), row.reason, "details.reason")
        if row.fields is not None:
            equal([f["field"] for f in details.get("fields", [])], row.fields,
                  "fields")
    if answer.status in (200, 401, 403) and row.target.startswith("/user/"):
        check_identity_headers(answer)
    for name, pattern in row.head.items():
        value = answer.get(name)
        if pattern is None:
            equal(value, None, name)
        else:
            expect(value is not None and re.search(pattern, value),
                   f"{name}: {value!r} does not match {pattern!r}")
    if row.json is not None:
        equal(answer.json(), row.json, "body")
        if isinstance(row.json, dict):
            equal(list(answer.json()), list(row.json), "order of keys")
    if row.quiet:
        equal(api.idp.counters().get("whoami", 0), 0, "calls to the provider")


def run_case(api, what):
    """Raises when it failed."""
    if isinstance(what, Row):
        run_row(api, what)
    else:
        what(api)


def is_planned(what, tags):
    """Can the case be put to a server with these tags at all?"""
    if what.only not in {None, *tags}:
        return False
    return not any(key in tags and isinstance(other, Absent)
                   for key, other in what.on.items())


def exchange_text(api):
    """The latest request and its answer, for the diagnostics."""
    if not api.last:
        return ""
    method, target, headers, answer = api.last
    return "\n".join([f"{method} {target[:300]}",
                      *(f"    {k}: {v[:300]}" for k, v in headers), repr(answer)])


class Run:
    """All cases of one mount; the next variant starts when its first case runs."""

    def __init__(self, mount_name):
        self.mount_name = mount_name
        self.cluster = pg.Cluster()
        self.provider = idp_lib.Idp()
        self.world = World(self.provider.public, self.provider.admin)
        self.base = {"ory": {"url": self.provider.public},
                     "database": {"url": self.cluster.url},
                     "log": {"level": "debug"}}
        self.variant = self.mount = self.api = None
        self.failed = False

    def enter(self, variant):
        if variant == self.variant:
            return
        self.leave()
        self.variant, self.api = variant, None
        conf = prog.merge(self.base, VARIANTS[variant])
        self.mount = mounts.make(self.mount_name)
        try:
            self.mount.start(conf, ready=conf.get("base_path", "") + "/readyz")
        except Exception as error:
            tap.diag(traceback.format_exc())
            tap.diag("\n".join(self.mount.diagnostics()))
            tap.bail(f"{self.mount_name} did not start: {error}".splitlines()[0])
        self.api = Api(self.mount, self.cluster, self.world)
        self.api.describe(conf.get("base_path", ""))

    def leave(self):
        """Stop what the variant started; what was wrong with its end, if any."""
        if self.mount is None:
            return None
        status = self.mount.stop()
        complaints = self.mount.complaints()
        wrong = None
        if status != 0:
            wrong = f"gatehouse's exit status: {status}"
        elif complaints:
            wrong = "complaints outside the log:\n" + "\n".join(complaints)
        if self.failed or wrong:
            tap.diag("\n".join(self.mount.diagnostics()))
        self.mount.close()
        self.mount = None
        return wrong

    def end(self, variant):
        """The last case of a variant."""
        self.enter(variant)
        wrong = self.leave()
        if wrong:
            raise Failed(wrong)

    def one(self, variant, what):
        try:
            self.enter(variant)
            self.api.last = None
            run_case(self.api, what)
        except Exception as error:
            self.failed = True
            shown = "" if isinstance(error, tap.Failed) else "\n".join(
                traceback.format_exc().splitlines()[-6:])
            raise Failed("\n".join(filter(None, [
                str(error), shown, exchange_text(self.api) if self.api else ""]))
            ) from None

    def close(self):
        self.leave()
        self.provider.remove()
        self.cluster.close()


def main(mount_name):
    run = Run(mount_name)
    # Only a peer of the bare socket can move the routes below a base path.
    variants = [v for v in VARIANTS
                if v != "based" or mount_name == "spawnfcgi"]
    for variant in variants:
        for of, name, what in CASES:
            if of == variant and is_planned(what, TAGS[mount_name]):
                tap.case(name)(lambda v=variant, w=what: run.one(v, w))
        tap.case(f"{variant}: it stops cleanly, and no sanitizer or valgrind "
                 "complained")(lambda v=variant: run.end(v))
    try:
        tap.run()
    finally:
        run.close()
