#!/usr/bin/env python3
"""/auth/login and /auth/logout against the local Ory: there, back, and at an end."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from urllib.parse import parse_qs, quote, urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import apidoc                                                   # noqa: E402
import pg                                                       # noqa: E402
import prog                                                     # noqa: E402
import rawhttp                                                  # noqa: E402
from idp import Idp                                             # noqa: E402
from tap import Skip, case, cases, is_, like, ok, run, wait_for  # noqa: E402

SITE, APP = "https://www.example.com", "https://app.example.com"
ORY = SITE + "/.ory"
HTML = ("Accept", "text/html,*/*;q=0.8")
WORKERS = 2

cluster = pg.Cluster()
idp = Idp("--base-url", ORY, "--allow-return-to", APP + "/")
gate = apidoc.watch(prog.Program({
    "public_url": SITE, "cors": {"allow_origins": [APP]},
    "ory": {"url": idp.public, "browser_url": ORY, "cache_ttl": "60s", "timeout": "1s"},
    "database": {"url": cluster.url}, "log": {"level": "debug"}}, workers=WORKERS).start())


def ask(path, *headers):
    return gate.client.http("GET", path, headers)


def cookie(user):
    return "Cookie", user.cookie + "; theme=dark; csrf_token=not-for-ory"


def check(user):
    """Who is signed in, as every worker sees it."""
    return {ask("/auth/check", cookie(user)).status for _ in range(6 * WORKERS)}


def logout(user, query="?return_to=/bye", *headers):
    return ask("/auth/logout" + query, cookie(user), *headers)


def follow(user, url):
    """What the browser does with the address: it goes there, through the site's /.ory."""
    like(url, "^" + ORY + "/self-service/logout\\?")
    answer = idp_get(url.removeprefix(ORY), user)
    ok(answer.status in (302, 303), f"Ory's answer {answer!r}")
    return answer.get("Location")


def idp_get(target, user):
    return rawhttp.request(("127.0.0.1", idp.public_port), "GET", target,
                           [("Cookie", user.cookie), HTML])


wait_for(lambda: ask("/readyz").status == 200, prog.READY, "ready")


@case("signing in begins at Ory, with the way back")
def _():
    answer = ask("/auth/login?return_to=" + quote("/notes?page=2#x", ""))
    is_((answer.status, answer.body), (303, b""))
    where = urlsplit(answer.get("Location"))
    is_(where._replace(query="").geturl(), ORY + "/self-service/login/browser")
    is_(parse_qs(where.query), {"return_to": [SITE + "/notes?page=2#x"]})
    is_(answer.get("Cache-Control"), "private, no-store")
    is_(ask("/auth/login?registration=true").get("Location").split("?")[0],
        ORY + "/self-service/registration/browser")
    is_(ask("/auth/login?provider=nobody").status, 400)
    is_(gate.client.http("POST", "/auth/login").status, 405)


@case("the cookie alone goes to Ory, and the browser where Ory says")
def _():
    ada = idp.user()
    idp.reset_requests()
    answer = logout(ada)
    is_((answer.status, answer.body), (303, b""))
    seen = idp.requests("/self-service/logout/browser")
    is_([r.get("Cookie") for r in seen], [ada.cookie])
    is_(seen[0].path.partition("?")[2], "return_to=" + quote(SITE + "/bye", ""))
    is_(follow(ada, answer.get("Location")), SITE + "/bye")
    is_(check(ada), {401})
    for line in gate.log() + gate.output():
        ok("ory_lo_" not in str(line) and ada.cookie.split("=")[1] not in str(line), "a secret")


@case("the end is noticed at once, though what is kept would last for a minute")
def _():
    bob, eve = idp.user(), idp.user()
    is_((check(bob), check(eve)), ({204}, {204}))
    answer = logout(bob)
    is_(check(bob), {204}, "not over yet: another page is open")
    follow(bob, answer.get("Location"))
    is_(check(bob), {401}, "signed out")
    # Without us the same is not noticed: so this is what the route does.
    follow(eve, json.loads(idp_get("/self-service/logout/browser", eve).body)["logout_url"])
    is_(check(eve), {204}, "kept")


@case("without a session there is nothing to end: back at once")
def _():
    ada = idp.user()
    is_(ask("/auth/logout?return_to=/bye").get("Location"), SITE + "/bye")
    is_(ask("/auth/logout").get("Location"), SITE + "/")
    idp.delete_session(ada.session_id)
    is_(logout(ada).get("Location"), SITE + "/bye")


@case("a way back that Ory does not allow keeps nobody signed in")
def _():
    ada = idp.user()
    gate.configure({**gate.conf, "cors": {"allow_origins": [APP, "https://new.example.com"]}})
    gate.reload()

    def taken():        # by each worker
        return all("new.example.com" in ask(
            "/auth/login?return_to=https://new.example.com/").get("Location")
                   for _ in range(6 * WORKERS))
    wait_for(taken, 15, "the new configuration")
    answer = logout(ada, "?return_to=https://new.example.com/")
    ok("return_to" not in answer.get("Location"), answer.get("Location"))
    follow(ada, answer.get("Location"))
    is_(check(ada), {401})


@case("an Ory that names itself as we reach it: the browser gets its own address")
def _():
    ada = idp.user()
    idp.stop()
    args, idp.args = idp.args, idp.args[2:]
    idp.start()
    try:
        wait_for(lambda: logout(ada).status == 303, 15, "asked again")
        like(logout(ada).get("Location"), "^" + ORY + "/self-service/logout\\?token=")
    finally:
        idp.stop()
        idp.args = args
        idp.start()
    wait_for(lambda: logout(ada).status == 303, 15, "asked again")


@cases("{0}: nobody is told to be signed out", [
    ("Ory fails", {"status": 503, "body": "{}"}),
    ("Ory hangs", {"hang": True}),
    ("Ory answers nonsense", {"status": 200, "body": "<html>"}),
    ("Ory names another site",
     {"status": 200, "body": '{"logout_url":"https://evil.example/"}'})])
def _(_what, fault):
    ada = idp.user()
    with idp.fault(**fault, only="all"):
        program = logout(ada)
        is_((program.status, program.json()["details"]["reason"]), (503, "provider_unavailable"))
        ok(1 <= int(program.get("Retry-After")) <= 60, program.get("Retry-After"))
        page = logout(ada, "?return_to=/bye", HTML)
        is_((page.status, page.get("Content-Type")), (503, "text/html; charset=utf-8"))
        ok(b"still signed in" in page.body and b"evil" not in page.body, page.body)
    wait_for(lambda: logout(ada).status == 303, 15, "asked again")


@case("a page of another site cannot sign anybody out, it can only make us ask")
def _():
    ada = idp.user()
    page = logout(ada, "?return_to=/bye", ("Sec-Fetch-Site", "cross-site"), HTML)
    is_((page.status, page.get("Location")), (200, None))
    ok(b"Sign out?" in page.body, page.body)
    image = logout(ada, "", ("Sec-Fetch-Site", "cross-site"), ("Accept", "image/*"))
    is_((image.status, image.json()["details"]), (403, {"reason": "cross_site"}))
    is_(logout(ada, "", ("Sec-Fetch-Site", "same-origin"), HTML).status, 303)


# What a parser of URLs as browsers have it says of all that we let through.

HEADS = ("", "/", "//", "/\\", "\\", SITE, SITE + "/", APP, APP + "/", SITE + "@", SITE + ":",
         SITE + ".", SITE[:-1], "https:", "https:/", "HTTPS://www.example.com/", "http:", "/x?u=")
TAILS = ("", "/", "//evil.example", "/evil.example", "\\evil.example", "/\\evil.example",
         "\t/evil.example", "/\r\nLocation: //evil.example", "@evil.example", ":443",
         ":@evil.example", ".evil.example", "evil.example", "https://evil.example",
         "javascript:alert(1)", " ", "%2f%2fevil.example", "%5cevil.example",
         "%09/evil.example", "%00", "/../..//evil.example", "/..;/evil.example",
         "?//evil.example", "#//evil.example", "/a b", "/Käse?q=ü#ß", "/%e4",
         "\u2028/evil.example", "\u3002evil.example", "\uff0fevil.example",
         "\ufeff//evil.example", "[::1]", "/[x]", "/<>\"'`{|}^")
JUDGE = """
const read = require("fs").readFileSync(0, "utf8");
console.log(JSON.stringify(JSON.parse(read).map((row) => row.map((url) => {
  try { return new URL(url, %s).href; } catch { return null; }
}))));
"""


@case("all that is returned to is ours, as a browser's own parser reads it")
def _():
    if not shutil.which("node"):
        raise Skip("no node")
    rows = []
    for wanted in map("".join, itertools.product(HEADS, TAILS)):
        answer = ask("/auth/login?return_to=" + quote(wanted, ""))
        is_(answer.status, 303, wanted)
        back = parse_qs(urlsplit(answer.get("Location")).query)["return_to"]
        is_(len(back), 1, wanted)
        rows.append([wanted, back[0], answer.get("Location")])
    done = subprocess.run(["node", "-e", JUDGE % json.dumps(SITE)], input=json.dumps(rows),
                          capture_output=True, text=True, timeout=60, check=True)
    kept = 0
    for (wanted, back, _), (as_wanted, as_back, where) in zip(rows, json.loads(done.stdout)):
        ok(origin(where) == SITE, f"{wanted!r} leads to {where}")
        ok(origin(as_back) in (SITE, APP), f"{wanted!r} returns to {as_back}")
        ok(back.isascii(), f"{wanted!r} is not ASCII: {back}")
        if back != SITE + "/":      # taken as it was meant, not as something else
            kept += 1
            is_(as_back, as_wanted, repr(wanted))
    ok(kept > 60, f"only {kept} of {len(rows)} were taken at all")


def origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@case("it stops cleanly, and nobody died")
def _():
    is_([line for line in gate.log() if line.get("event") in ("worker died", "worker killed")], [])
    is_(gate.stop(), 0)
    ok("Traceback" not in idp.logged(), idp.logged()[-2000:])


if __name__ == "__main__":
    try:
        run()
    finally:
        gate.kill()
        idp.remove()
        cluster.close()
