#!/usr/bin/env python3
"""gatehouse reconcile: profiles of users that the provider no longer has.

Against a real PostgreSQL and the stand-ins for Ory and Clerk; an admin API that
answers from a table, where it has to say what no provider should.
"""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
import uuid

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from idp import Idp                                             # noqa: E402
from pg import Cluster                                          # noqa: E402
from prog import Program                                        # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

PEOPLE, SECRET = 320, "an-admin-token-that-is-long-enough"
NOT_FOUND = {"error": {"code": 404, "status": "Not Found",
                       "message": "Unable to locate the resource"}}

pg = Cluster()
idp = Idp(clerk=True, keep=False)
clerk_secret = idp.clerk.about()["secret_key"]


class Admin:
    """An admin API that has `people`, and answers as `say(path, n)` wants it."""

    def __init__(self):
        self.people, self.say, self.paths = set(), None, []
        admin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                admin.paths.append(self.path)
                said = admin.say and admin.say(self.path, len(admin.paths))
                status, body, headers = said or admin.truth(self.path)
                text = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def truth(self, path):
        url = urllib.parse.urlsplit(path)
        if url.query:
            ids = urllib.parse.parse_qs(url.query)["ids"]
            return 200, [{"id": i, "state": "active"} for i in ids if i in self.people], {}
        id = url.path.rpartition("/")[2]
        return (200, {"id": id}, {}) if id in self.people else (404, NOT_FOUND, {})

    def fresh(self, people, say=None):
        self.people, self.say, self.paths = set(people), say, []


admin = Admin()
program = Program({"providers": ["ory"], "database": {"url": pg.url},
                   "ory": {"url": idp.public, "admin_url": idp.admin, "admin_token": SECRET}})


def configure(**change):
    program.configure({"providers": ["ory"], "database": {"url": pg.url}, **change})


def at_fake():
    configure(ory={"url": idp.public, "admin_url": admin.url, "admin_token": SECRET})


def at_idp():
    configure(ory={"url": idp.public, "admin_url": idp.admin + "/", "admin_token": SECRET})


def reconcile(*words, status, out="", err=""):
    done = program.run("reconcile", *words, timeout=60)
    is_(done.returncode, status, f"{done.stdout}{done.stderr}")
    like(done.stdout, out, "standard output")
    like(done.stderr, err, "standard error")
    ok(SECRET not in done.stdout + done.stderr and clerk_secret not in done.stdout + done.stderr,
       "no secret is shown")
    return done


def profiles(provider="ory"):
    return set(pg.psql("SELECT user_id FROM user_profile "
                       f"WHERE provider = '{provider}'").split())


def fill(ids, provider="ory"):
    rows = ",".join(f"('{provider}','{i}')" for i in ids)
    pg.psql("TRUNCATE revocation, webhook, user_profile")
    if rows:
        pg.psql(f"INSERT INTO user_profile (provider, user_id) VALUES {rows}")


def tombstones():
    return set(pg.psql("SELECT id FROM revocation WHERE gone AND kind = 'user' "
                       "AND effect = 'all' AND provider IN ('ory', 'clerk')").split())


def make_people(n):
    made = []
    for i in range(n):
        row = idp.call("POST", "/admin/identities",
                       {"schema_id": "default", "traits": {"email": f"p{i}@example.org"}})
        made.append(row["id"])
    return made


def some_ids(n):
    return [str(uuid.uuid4()) for _ in range(n)]


is_(program.run("migrate", "up").returncode, 0)
people = make_people(PEOPLE)


# -- Ory's stand-in ------------------------------------------------------------------------

@case("nobody is missing: several pages, status 0, and Ory was asked for whole lists")
def _():
    at_idp()
    fill(people)
    idp.reset_requests()
    reconcile(status=0, out=f"ory: {PEOPLE} users, none is missing")
    reconcile("--apply", status=0)
    asked = idp.requests("/admin/identities")
    is_(len(asked), 2 * 3)
    for request in asked:
        ok("page_size=500" in request.path, request.path)
        ok(len(request.path) < 8000, "short enough for a proxy")
        is_(request.get("authorization"), "Bearer " + SECRET)
    is_(profiles(), set(people))


@case("deleted users: shown with status 3, removed by --apply with tombstones, then nothing")
def _():
    at_idp()
    fill(people)
    gone, idle = people[5:8], people[9]
    for id in gone:
        idp.delete_identity(id)
    idp.disable(idle)
    done = reconcile(status=3, out=f"ory: 3 profiles of {PEOPLE} would be removed")
    is_(set(re.findall(r"would go +ory (\S+):", done.stdout)), set(gone))
    is_(profiles(), set(people), "a look changes nothing")
    is_(tombstones(), set())
    done = reconcile("--apply", status=0, out=f"ory: 3 profiles of {PEOPLE} removed")
    is_(set(re.findall(r"removed +ory (\S+):", done.stdout)), set(gone))
    is_(profiles(), set(people) - set(gone), "the disabled one stays")
    is_(tombstones(), set(gone))
    pg.psql(f"INSERT INTO user_profile (provider, user_id) VALUES ('ory', '{gone[0]}')")
    is_(profiles(), set(people) - set(gone), "a tombstone keeps him away")
    reconcile("--apply", status=0, out="none is missing")
    for id in gone:
        people.remove(id)


@cases("admin API: {0} removes nothing, status 1, and says why", [
    ("a server error", {"status": 500}, "status 500"),
    ("a proxy's page", {"status": 200, "body": "<html>Hello</html>", "content_type": "text/html"},
     "no JSON"),
    ("a page in place of Ory's 404", {"status": 404, "body": "<h1>Not Found</h1>"}, "status 404"),
    ("garbage", {"garbage": True}, "no JSON"),
    ("half an answer", {"half_body": True}, "admin|transfer"),
    ("a redirect", {"redirect": "http://127.0.0.1:1/"}, "status 302"),
    ("a refused token", {"status": 401, "body": "{}"}, "status 401"),
    ("an empty answer", {"status": 200, "body": ""}, "no JSON"),
    ("an answer that ends in a reset", {"reset": True}, ".")])
def _(_what, fault, says):
    at_idp()
    fill(people[:20] + some_ids(1))
    before = profiles()
    with idp.fault(only="admin", **fault):
        reconcile("--apply", status=1, err=says)
    is_(profiles(), before)
    is_(tombstones(), set())


@case("an empty Ory, or the wrong one, cannot wipe the table")
def _():
    at_fake()
    for n in 1, 9, 200:
        fill(some_ids(n))
        admin.fresh([])
        before = profiles()
        reconcile("--apply", status=1, err="not one user was found")
        is_(profiles(), before)


# -- an admin API of our own ---------------------------------------------------------------

@case("more than a fifth missing: refused, unless the operator says how many")
def _():
    at_fake()
    ids = some_ids(100)
    fill(ids)
    admin.fresh(ids[30:])
    reconcile("--apply", status=1, err=r"more users are missing than is plausible \(30 of 100\)")
    reconcile("--apply", "--limit", "29", status=1, err="than --limit allows")
    is_(profiles(), set(ids))
    reconcile("--limit", "30", status=3, out="30 profiles of 100 would be removed")


@case("a list that leaves out users who are there: nothing is removed")
def _():
    at_fake()
    ids = some_ids(100)
    fill(ids)

    def capped(path, _n):
        status, body, headers = admin.truth(path)
        return (status, body[:-5], headers) if "?" in path else (status, body, headers)
    admin.fresh(ids, capped)
    reconcile("--apply", status=1, err="contradict each other")
    is_(profiles(), set(ids))


@case("a list that goes on on another page: nothing is removed")
def _():
    at_fake()
    ids = some_ids(100)
    fill(ids)

    def paged(path, _n):
        status, body, headers = admin.truth(path)
        link = {"Link": '</admin/identities?page_token=x>; rel="next"'}
        return (status, body[:90], link) if "?" in path else (status, body, headers)
    admin.fresh(ids, paged)
    reconcile("--apply", status=1, err="another page")
    is_(profiles(), set(ids))


@case("a user who is back at the second confirmation: nobody is removed")
def _():
    at_fake()
    ids = some_ids(20)
    fill(ids)
    late = iter([False, True])

    def back(path, _n):
        if path.endswith(ids[0]) and "?" not in path and next(late):
            return 200, {"id": ids[0]}, {}
        return None
    admin.fresh(ids[2:], back)
    reconcile("--apply", status=1, err="contradict each other")
    is_(profiles(), set(ids))


@case("told to wait, it waits and goes on")
def _():
    at_fake()
    ids = some_ids(20)
    fill(ids)
    admin.fresh(ids[1:], lambda path, n: (429, "", {"Retry-After": "1"}) if n in (1, 3) else None)
    reconcile(status=3, out="1 profiles of 20")
    is_(len(admin.paths), 4)


@case("killed before it removes: nothing is lost, and the next run does it")
def _():
    at_fake()
    ids = some_ids(20)
    fill(ids)
    admin.fresh(ids[2:])
    running = subprocess.Popen([program.path, "reconcile", "--apply", "-c", program.conf_path],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               user=program.account and program.account.pw_uid)
    wait_for(lambda: len(admin.paths) == 3, 20, "the first confirmation")
    running.send_signal(signal.SIGKILL)
    running.wait()
    is_(profiles(), set(ids))
    reconcile("--apply", status=0, out="2 profiles of 20 removed")
    is_(profiles(), set(ids[2:]))


@case("rows that no such provider made are told and left alone")
def _():
    at_fake()
    ids = some_ids(20)
    fill([*ids, "lovelace", "user_2g7n"])
    admin.fresh(ids[1:])
    done = reconcile(status=3, out="left alone +ory lovelace: not an id")
    like(done.stdout, "left alone +ory user_2g7n")
    # A name that no random UUID can hold.
    ok("lovelace" not in "".join(admin.paths), "nor asked about")


# -- other providers, other troubles -------------------------------------------------------

@case("Clerk: a deleted user goes, a banned one stays")
def _():
    configure(providers=["clerk"], clerk={
        "api_url": idp.clerk.url, "issuer": idp.clerk.url, "secret_key": clerk_secret,
        "authorized_parties": ["http://localhost:4000"]})
    users = [idp.clerk.user().id for _ in range(3)]
    idp.clerk.edit(users[1], banned=True)
    fill(users, "clerk")
    reconcile(status=0, out="clerk: 3 users, none is missing")
    request = urllib.request.Request(f"{idp.clerk.url}/v1/users/{users[0]}", method="DELETE",
                                     headers={"Authorization": "Bearer " + clerk_secret})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    reconcile(status=3, out=f"would go +clerk {users[0]}")
    with idp.fault(only="users", status=404, body="<h1>Not Found</h1>"):
        reconcile("--apply", status=1, err="status 404")
    reconcile("--apply", status=0, out="removed")
    is_(profiles("clerk"), set(users[1:]))
    is_(tombstones(), {users[0]})


@case("an issuer has no list of its users: told, and no trouble unless it was named")
def _():
    configure(providers=["corp"], oidc=[{"name": "corp", "issuer": "https://id.example.com",
                                         "audience": ["api"]}])
    fill(["ada"], "corp")
    reconcile("--apply", status=0, err="corp: an OpenID Connect issuer cannot be asked")
    reconcile("--provider", "corp", status=1)
    is_(profiles("corp"), {"ada"})


@case("without the admin API's address, or a database, it is status 1 and says so")
def _():
    configure(ory={"url": idp.public})
    reconcile(status=1, err="needs ory.admin_url")
    configure(ory={"url": idp.public, "admin_url": idp.admin},
              database={"url": "postgresql:///gatehouse?host=/nonexistent"})
    reconcile("--apply", status=1, err="database")


@cases("wrong words: {0}", [(w,) for w in (
    "--aply", "now", "--limit", "--limit 0", "--limit -1", "--limit 1x", "--limit 1000000",
    "--provider", "--provider nobody")])
def _(words):
    at_idp()
    reconcile(*words.split(), status=2, err="usage: ")


if __name__ == "__main__":
    try:
        run()
    finally:
        idp.remove()
        pg.close()
