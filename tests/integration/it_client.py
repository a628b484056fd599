#!/usr/bin/env python3
"""contrib/client: its types are those of the API's own description, it compiles strictly, and its
calls do what they promise: against a server that misbehaves on command (contrib/client/test), and
against Gatehouse behind nginx."""

import glob
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import child                                        # noqa: E402
import mounts                                       # noqa: E402
import npm                                          # noqa: E402
import pg                                           # noqa: E402
import prog                                         # noqa: E402
from frontend_world import CONTRIB, Frontend        # noqa: E402
from idp import Idp                                 # noqa: E402
from tap import case, diag, is_, ok, run     # noqa: E402

SITE = "https://www.example.com"
TRACE = "0af7651916cd43dd8448eb211c80319c"

packages = npm.folder()
front = Frontend(packages)
try:
    cluster = pg.Cluster()
    mount = mounts.make("nginx")
    mount.serve()
except child.Missing as missing:
    npm.unavailable(str(missing))
idp = Idp(clerk=True)


def conf():
    clerk = idp.clerk.about()
    return {
        "providers": ["ory", "clerk"], "public_url": SITE,
        "ory": {"url": idp.public, "browser_url": SITE + "/.ory", "cache_ttl": "0s"},
        "clerk": {"secret_key": clerk["secret_key"], "issuer": clerk["issuer"],
                  "publishable_key": clerk["publishable_key"], "api_url": idp.clerk.url,
                  "authorized_parties": [clerk["azp"]]},
        "rate": {"per_subject": "1/h burst 20"},
        "database": {"url": cluster.url}}


def start():
    mount.configure(conf())
    mount.start_backend()
    child.wait_for(lambda: mount.request("GET", "/readyz").status == 200, prog.READY, "readyz")
    return npm.Node(packages, "client.mjs", CLIENT=front / "client",
                    URL=f"http://127.0.0.1:{mount.port}")


def lines(least=0):
    """(status, path) of each request with a route for users, in order; waits for so many, as
    a line is written behind its answer."""
    def found():
        return [(line["status"], line["path"]) for line in mount.backend.log()
                if line.get("event") == "request" and line["path"].startswith("/user/")]
    child.wait_for(lambda: len(found()) >= least, 10, f"{least} lines")
    return found()


# ---- what it is made of ------------------------------------------------------------------------

@case("its types are those that the document gives")
def _():
    committed = front / "client/src/schema.ts"
    with open(committed, encoding="utf-8") as file:
        before = file.read()
    front.run("client", "./schema", prog.program())
    with open(committed, encoding="utf-8") as file:
        after = file.read()
    if after != before:
        diag(front.attempt(".", "diff", os.path.join(CONTRIB, "client/src/schema.ts"),
                           committed)[1])
    ok(after == before, "contrib/client: npm run schema -- PROGRAM, and commit what it makes")


@case("it compiles under all strict rules, and no wrong use of it does")
def _():
    front.run("client", "tsc", "-p", "test")        # the sources as well
    front.run("client", "tsc", "--noCheck")


@case("a server that misbehaves: the client's own tests")
def _():
    tests = sorted(glob.glob(front / "client/test/*.test.mjs"))
    output = front.run("client", "node", "--test", "--test-reporter=tap", *tests)
    ok("\n# fail 0\n" in output and "\n# pass 0\n" not in output, output)


@case("the packages of contrib/ are those of the tests")
def _():
    with open(os.path.join(npm.NPM, "package.json"), encoding="utf-8") as file:
        tested = json.load(file)
    for folder in ("client", "react"):
        with open(os.path.join(CONTRIB, folder, "package.json"), encoding="utf-8") as file:
            given = json.load(file)
        wanted = {**given.get("dependencies", {}), **given["devDependencies"]}
        for name, version in wanted.items():
            if not version.startswith("file:"):
                is_(version, tested["devDependencies"].get(name), f"{folder}: {name}")
        is_(given.get("overrides", tested["overrides"]), tested["overrides"], folder)


def locked(folder):
    """The packages of a lock file: (name, version)."""
    with open(os.path.join(folder, "package-lock.json"), encoding="utf-8") as file:
        rows = json.load(file)["packages"]
    return {(place.rpartition("node_modules/")[2], row.get("version"))
            for place, row in rows.items() if "node_modules/" in place and not row.get("link")}


@case("the lock files of contrib/ hold what the tests' holds")
def _():
    for folder in ("client", "react"):
        held = locked(os.path.join(CONTRIB, folder))
        ok(len(held) > 5, f"{folder}: {held}")
        is_(held - locked(npm.NPM), set(), folder)


# ---- against Gatehouse ---------------------------------------------------------------------------

client = None


def call(what, *given, tokens=None, **options):
    """What came of it, without the members that are null."""
    row = {"call": what, "with": list(given), "options": options}
    answer = client.ask(**row, **({"tokens": tokens} if tokens else {}))
    if "error" in answer:
        answer["error"] = {k: v for k, v in answer["error"].items() if v is not None}
    return answer


def failed(answer, **members):
    """The error, which has these members."""
    ok("error" in answer, answer)
    is_({name: answer["error"].get(name) for name in members}, members)
    return answer["error"]


@case("the profile of a token, before and after it is changed")
def _():
    global client
    client = start()
    ada = idp.user("ada@example.org", name="Ada")
    first = call("profile", tokens=[ada.token])
    is_(first["value"], {"userId": ada.id, "email": "ada@example.org", "name": "Ada",
                         "theme": "light", "notifications": True})
    is_(first["fresh"], [False])
    is_(call("savePreferences", {"theme": "dark", "bio": "Hi"}, tokens=[ada.token])["value"],
        {"success": True})
    is_(call("profile", tokens=[ada.token])["value"],
        {**first["value"], "theme": "dark", "bio": "Hi"})


@case("nobody's token is signed out, and the log has the request by its id")
def _():
    error = failed(call("profile", tokens=["nobody", None]), kind="signed-out", status=401,
                   code="unauthenticated", message="invalid session token")
    is_(error["is"], "SignedOut")
    ok(any(line.get("request_id") == error["requestId"] for line in mount.backend.log()),
       error["requestId"])
    failed(call("profile"), kind="signed-out", message="missing session token")


@case("a token that has expired is renewed once")
def _():
    eve = idp.clerk.user("eve@example.org")
    old = idp.clerk.token(user_id=eve.id, session_id=eve.session_id, expires_in_seconds=-60)
    before = len(lines())
    answer = call("profile", tokens=[old, eve.jwt])
    is_((answer["value"]["email"], answer["fresh"]), ("eve@example.org", [False, True]))
    is_([status for status, _ in lines(before + 2)[before:]], [401, 200])
    failed(call("profile", tokens=[old, old]), kind="signed-out")
    is_([status for status, _ in lines(before + 4)[before:]], [401, 200, 401, 401])


@case("a provider that is away is not a sign-out: the client waits, then has its answer")
def _():
    bob = idp.user()
    with idp.fault(status=503, body="down"):
        error = failed(call("profile", tokens=[bob.token, bob.token], tries=1),
                       kind="unavailable", status=503, reason="provider_unavailable")
        ok(error["retryAfterMs"] >= 1000, error)
    child.wait_for(lambda: mount.request("GET", "/readyz").json()["status"] == "ok", 20, "ready")
    idp.faults(status=503, body="down", times=1)
    answer = call("profile", tokens=[bob.token, bob.token], firstDelayMs=50)
    is_((answer["value"]["userId"], answer["fresh"]), (bob.id, [False, False]))


@case("a second factor that is missing says where it is shown")
def _():
    carol = idp.user(aal2=True)
    error = failed(call("profile", tokens=[carol.token]), kind="step-up",
                   reason="second_factor_required")
    ok(error["stepUpUrl"].startswith(SITE + "/.ory/self-service/login"), error)


@case("wrong fields are named, all of them, and nothing is asked twice")
def _():
    dan, before = idp.user(), len(lines())
    error = failed(call("savePreferences", {"theme": "blue", "bio": 1}, tokens=[dan.token]),
                   kind="refused", status=400, reason="invalid_fields")
    is_([field["field"] for field in error["fields"]], ["theme", "bio"])
    is_(len(lines(before + 1)), before + 1)


@case("who asks too often is told how long to wait")
def _():
    fay, kinds = idp.user(), set()
    for _ in range(25):
        answer = call("profile", tokens=[fay.token], tries=1)
        kinds.add(answer.get("error", {}).get("kind", "answer"))
    is_(kinds, {"answer", "unavailable"})
    error = failed(answer, status=429, reason="rate_limited", kind="unavailable")
    ok(1000 <= error["retryAfterMs"] <= 60_000, error)


@case("traceparent leads to the call in the log")
def _():
    gus = idp.user()
    call("profile", {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}, tokens=[gus.token])
    # it is written behind the answer
    child.wait_for(lambda: any(line.get("trace_id") == TRACE for line in mount.backend.log()), 10,
                   "its line")


@case("other routes: who signs in here, whether somebody is signed in")
def _():
    info = call("loginInfo", {"returnTo": SITE + "/a?b"})["value"]
    is_((info["provider"], [each["provider"] for each in info["providers"]]),
        ("ory", ["ory", "clerk"]))
    hal = idp.user()
    is_(call("get", "/auth/check", tokens=[hal.token]), {"fresh": [False]})
    is_(call("get", "/healthz")["value"], {"status": "ok"})


@case("nobody there: that is not a sign-out either")
def _():
    mount.stop()
    failed(call("profile", tokens=["x"], firstDelayMs=5), kind="unavailable", status=0, code="")


if __name__ == "__main__":
    try:
        run()
    finally:
        if client:
            client.close()
        mount.close()
        idp.remove()
        cluster.close()
