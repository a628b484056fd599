#!/usr/bin/env python3
"""Every response that the API's description has is given, and every one given is described."""

import itertools
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import apidoc                                                   # noqa: E402
import pg                                                       # noqa: E402
import prog                                                     # noqa: E402
import webhook                                                  # noqa: E402
from idp import Idp                                             # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

SITE, AZP = "https://www.example.com", "http://localhost:4000"
OBSERVER = "127.0.0.1"
BURST = 3
FOREIGN = ("Sec-Fetch-Site", "cross-site")
HTML = ("Accept", "text/html")
JSON = ("Content-Type", "application/json")
OURS = ("Origin", SITE)

# Who reads the description wants to know of 500, and every route may give it: without memory
# for its answer.  Here it is made where something else brings it about, too.
WITHOUT_MEMORY = [(id, 500, apidoc.NO_REASON) for id in (
    "getHealth", "getLoginInfo", "getMetrics", "getOpenApi", "getReadiness", "getStatus",
    "refreshSession", "signIn", "signOut", "takeClerkEvent", "takeOryEvent")]

cluster = pg.Cluster()
idp = Idp("--set", "clerk_azp=" + AZP, clerk=True, oidc=True)
about, corp = idp.clerk.about(), idp.oidc.about()
conf = prog.merge(apidoc.FULL, {
    "ory": {"url": idp.public, "webhook_secret": [webhook.ORY_SECRET]},
    "clerk": {"secret_key": about["secret_key"], "publishable_key": about["publishable_key"],
              "issuer": about["issuer"], "api_url": about["api_url"],
              "authorized_parties": [AZP], "webhook_secret": [webhook.SECRET]},
    "oidc": [{"name": "corp", "issuer": corp["issuer"], "audience": ["api"]}],
    "database": {"url": cluster.url}, "metrics": {"allow": [OBSERVER]},
    "rate": {"per_address": f"1/h burst {BURST}"},
    "guard": {"rules": [{"path": "/admin/", "roles_any": ["admin"]}]},
    "log": {"level": "debug"}})
gate = prog.Program(conf, workers=1).start()
alone = prog.Program({"providers": ["corp"], "oidc": conf["oidc"],
                      "database": conf["database"]}, workers=1).start()
document = json.loads(gate.client.get("/openapi.json").body)
api = apidoc.Document(document)
wait_for(lambda: gate.client.get("/readyz").status == 200, prog.READY, "migrations")
fresh = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))


def ask(method, target, headers=(), body=None, address=None, extra=(), program=gate):
    """One request from an address of its own, whose answer has to be a described one."""
    told = {k.lower(): v for k, v in headers}
    params = [("REQUEST_METHOD", method), ("REQUEST_URI", target),
              ("CONTENT_TYPE", told.get("content-type", "")),
              ("CONTENT_LENGTH", "" if body is None else str(len(body))),
              ("SERVER_PROTOCOL", "HTTP/1.1"), ("REMOTE_ADDR", address or next(fresh)),
              *(("HTTP_" + k.upper().replace("-", "_"), v) for k, v in headers
                if k.lower() != "content-type"), *extra]
    answer = program.client.request(params, body or b"")
    api.check(method, target, answer)
    return answer


def is_answer(answer, status, reason=None):
    ok(answer.status == status, f"status {status}", answer)
    if reason:
        is_(answer.json()["details"]["reason"], reason)


def bearer(user):
    return "Authorization", "Bearer " + user.token


def cookie(user):
    return "Cookie", user.cookie


def guarded(uri, method=None):
    named = [("GATEHOUSE_ORIGINAL_URI", uri)]
    return named + ([("GATEHOUSE_ORIGINAL_METHOD", method)] if method else [])


def operations():
    return [(method, path) for method, path, _ in api.operations()]


PUBLIC = [("/auth/login-info", 200), ("/auth/login", 303), ("/auth/login?provider=corp", 404),
          ("/auth/login?provider=nobody", 400), ("/auth/logout", 303),
          ("/auth/logout?provider=nobody", 400), ("/auth/refresh", 200), ("/healthz", 200),
          ("/openapi.json", 200), ("/readyz", 200), ("/metrics", 403), ("/status", 403)]


@cases("anyone, {0}: {1}", PUBLIC)
def _(target, status):
    is_answer(ask("GET", target), status)
    is_(ask("HEAD", target).status, status)


@cases("a person's browser, {0}: {1}", [
    ("/auth/login?provider=corp", 404), ("/auth/login?provider=nobody", 400),
    ("/auth/logout?provider=nobody", 400)])
def _(target, status):
    is_answer(ask("GET", target, [HTML]), status)


@case("signing out from a foreign page: refused, or a person is asked")
def _():
    is_answer(ask("GET", "/auth/logout", [FOREIGN]), 403, "cross_site")
    is_answer(ask("GET", "/auth/logout", [FOREIGN, HTML]), 200)


@case("signing out where no provider has a page")
def _():
    for headers in ([], [HTML]):
        is_answer(ask("GET", "/auth/logout", headers, program=alone), 404)


@case("an observer sees metrics in both forms, and the status in both")
def _():
    openmetrics = ("Accept", "application/openmetrics-text; version=1.0.0")
    for target, headers in [("/metrics", []), ("/metrics", [openmetrics]), ("/status", []),
                            ("/status", [HTML])]:
        is_answer(ask("GET", target, headers, address=OBSERVER), 200)


@cases("{0} {1}: what can be read in two ways is 400", operations())
def _(method, path):
    is_answer(ask(method, path, [("Origin", SITE), ("Origin", AZP)]), 400)


@cases("{0} {1}: another method is 405, OPTIONS is answered", operations())
def _(method, path):
    is_answer(ask("PUT", path), 405)
    is_answer(ask("OPTIONS", path), 204)


@case("what is not there is 404")
def _():
    is_answer(ask("GET", "/nothing"), 404)


@cases("{0}: too many requests of an address", [
    (path,) for _, path, o in api.operations() if "429" in o["responses"]])
def _(path):
    address = next(fresh)
    method = next(m for m, p in operations() if p == path)
    answers = [ask(method, path, address=address) for _ in range(BURST + 1)]
    is_answer(answers[-1], 429, "rate_limited")


ASKED = [("GET", "/auth/check"), ("GET", "/user/profile"), ("POST", "/user/preferences")]


@cases("{0} {1}: good, missing and refused credentials, a missing second factor", ASKED)
def _(method, path):
    body = None if method == "GET" else b'{"theme": "dark"}'
    user, half = idp.user(name="Ada"), idp.user(aal2=True)
    for credential in (bearer(user), ("X-Session-Token", user.token), cookie(user)):
        answer = ask(method, path, [credential, OURS, JSON], body)
        is_answer(answer, 204 if path == "/auth/check" else 200)
    is_answer(ask(method, path, [], body), 401)
    is_answer(ask(method, path, [("Authorization", "Bearer x")], body), 401)
    is_answer(ask(method, path, [bearer(half)], body), 403, "second_factor_required")


@case("a profile is described whatever is known of somebody")
def _():
    is_(ask("GET", "/user/profile", [bearer(idp.user(traits={}))]).json()["email"], "")
    clerk = idp.clerk.user()
    is_answer(ask("GET", "/user/profile", [bearer(clerk)]), 200)
    full = idp.user(name="Ada")
    is_answer(ask("POST", "/user/preferences", [bearer(full)], '{"bio": "ö"}'.encode()), 200)
    is_(ask("GET", "/user/profile", [bearer(full)]).json()["bio"], "ö")


PREFERENCES = {
    "no JSON": (400, None, [], b"{"),
    "wrong fields": (400, "invalid_fields", [], b'{"theme": 1, "bio": 2}'),
    "too large": (413, None, [], b"x" * 70000),
    "a form, with a cookie": (415, None, [OURS, ("Content-Type", "text/plain")], b"{}"),
    "from a foreign page, with a cookie": (403, "cross_site", [("Origin", AZP), JSON], b"{}"),
}


@cases("preferences, {0}", PREFERENCES)
def _(what):
    status, reason, headers, body = PREFERENCES[what]
    user = idp.user()
    who = cookie(user) if "cookie" in what else bearer(user)
    is_answer(ask("POST", "/user/preferences", [who, *headers], body), status, reason)


@case("a web server asks about another request")
def _():
    path, user = "/auth/check", idp.user()
    answer = ask("GET", path, [bearer(user)], extra=guarded("/admin/", "GET"))
    is_answer(answer, 403, "not_allowed")
    is_(answer.get("X-Auth-Reason"), "not_allowed")
    answer = ask("GET", path, [cookie(user)], extra=guarded("/admin/", "POST"))
    is_answer(answer, 403, "cross_site")
    answer = ask("GET", path, [HTML], extra=guarded("/admin/", "GET"))
    is_answer(answer, 401)
    ok(answer.get("X-Auth-Redirect"), "where to go")
    is_answer(ask("GET", path, [bearer(user)], extra=guarded("/admin/")), 500)


ory, clerk = webhook.Ory(), webhook.Clerk()


def deliver(what, body=None):
    return ask("POST", what.path, what.headers, what.body if body is None else body)


@cases("webhooks of {0}: taken, unproved, too large, malformed", [("ory",), ("clerk",)])
def _(name):
    good = (ory.delivery("logout", "user-1", "session-1") if name == "ory" else
            clerk.session_ended("sess_1", "user_1"))
    is_answer(deliver(good), 204)
    is_answer(ask("POST", good.path, [JSON], good.body), 401)
    is_answer(deliver(good, b"x" * (300 << 10)), 413)
    broken = ory.delivery() if name == "ory" else clerk.delivery("session.ended", {})
    if name == "ory":
        broken.body = b"{"
    is_answer(deliver(broken), 400)


@case("the provider is away")
def _():
    with idp.fault(status=500):
        for method, path in ASKED:
            body = None if method == "GET" else b"{}"
            answer = ask(method, path, [("Authorization", "Bearer " + "ory_st_" + "y" * 32)], body)
            is_answer(answer, 503, "provider_unavailable")
    user = ("Cookie", "ory_kratos_session=" + "x" * 40)
    with idp.fault(status=500, only="all"):
        is_answer(ask("GET", "/auth/logout", [user]), 503, "provider_unavailable")
        is_answer(ask("GET", "/auth/logout", [user, HTML]), 503)


def served(user):
    """The back-off after an outage is over."""
    return ask("GET", "/auth/check", [bearer(user)]).status == 204


@case("the database refuses what it never should: our fault")
def _():
    user = idp.user()
    wait_for(lambda: served(user), 10, "the provider's return")
    cluster.psql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                 "$$BEGIN RAISE EXCEPTION 'never'; END$$;" + "".join(
                     f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} "
                     "FOR EACH ROW EXECUTE FUNCTION refuse();"
                     for table in ("user_profile", "revocation")))
    is_answer(ask("GET", "/user/profile", [bearer(user)]), 500)
    is_answer(ask("POST", "/user/preferences", [bearer(user)], b"{}"), 500)
    for delivery in (ory.delivery("logout", "user-2", "session-2"),
                     clerk.session_ended("sess_2", "user_2")):
        answer = deliver(delivery)
        is_answer(answer, 503)
        is_(answer.json()["details"], None)


@case("the database is away")
def _():
    user = idp.user()
    cluster.stop("immediate")
    for method, path in ASKED[1:]:
        body = None if method == "GET" else b"{}"
        is_answer(ask(method, path, [bearer(user)], body), 503, "database_unavailable")
    for delivery in (ory.delivery("logout", "user-3", "session-3"),
                     clerk.session_ended("sess_3", "user_3")):
        is_answer(deliver(delivery), 503, "database_unavailable")
    wait_for(lambda: ask("GET", "/readyz").status == 503, 10, "/readyz to notice")


@case("nothing is described that was not given")
def _():
    is_(api.missing(but=WITHOUT_MEMORY), [])
    is_([id for id in WITHOUT_MEMORY if id in api.seen], [], "excepted for nothing")


@case("both programs leave in peace")
def _():
    for program in (gate, alone):
        is_((program.stop(), program.output()), (0, []))


try:
    run()
finally:
    idp.remove()
    cluster.close()
