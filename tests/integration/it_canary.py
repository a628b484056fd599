#!/usr/bin/env python3
"""Canaries: no secret that goes in comes out of a log, a trace, a metric or an answer."""

import json
import os
import re
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from canary_world import AUDIENCE, BROWSER, JSON, Loud, json_body       # noqa: E402
import canaries                                                 # noqa: E402
import child                                                    # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

world = Loud().start()
marks = world.marks
ada = world.idp.user(marks.email("whose profile: email"), name=marks.new("whose profile: name"))
bob = world.idp.user()
ADA, BOB = (("Authorization", "Bearer " + u.token) for u in (ada, bob))
world.ada = ADA[1], ada.cookie
ROUTES = ["/user/profile", "/auth/check", "/auth/login", "/auth/login-info", "/auth/logout",
          "/healthz", "/openapi.json", "/readyz", "/no/such/route"]

# What a client may put into a request, by place; {} becomes a canary.
HEADERS = [("Authorization", "Bearer {jwt}"), ("Authorization", "Bearer {token}"),
           ("Authorization", "Basic {}"), ("Authorization", "{}"), ("X-Session-Token", "{token}"),
           ("Cookie", "ory_kratos_session={}"), ("Cookie", "__session={jwt}"),
           ("Cookie", "other={}; and={}"), ("Cookie", "{}"), ("Referer", "https://a.example/{}"),
           ("User-Agent", "{}"), ("X-Request-Id", "{token}"), ("X-Request-Id", "{jwt}"),
           ("X-Request-Id", "{}/{}"), ("traceparent", "00-{}-{}-01"), ("tracestate", "a={}"),
           ("Origin", "https://u:{}@a.example"), ("Origin", "{}"), ("Accept", "text/{}"),
           ("Content-Type", "text/{}"), ("X-Forwarded-For", "{}"), ("Host", "{}"),
           ("Proxy-Authorization", "Basic {}"), ("Sec-Fetch-Site", "{}")]


def fill(text, place):
    return text.replace("{jwt}", marks.jwt(place)).replace(
        "{token}", marks.token(place)).replace("{}", marks.new(place))


@cases("{0}: {1}", HEADERS)
def _(name, form):
    place = f"header {name}: {form}"
    for target in ROUTES:
        world.ask(place, "GET", target, [(name, fill(form, place))])
    world.ask(place, "GET", "/user/profile", [(name, fill(form, place)), *BROWSER])
    world.ask(place, "POST", "/user/preferences", [
        (name, fill(form, place)), ("Cookie", ada.cookie), JSON], b"{}")
    world.ask(place, "GET", "/auth/check", [(name, fill(form, place)), *BROWSER], extra=[
        ("GATEHOUSE_ORIGINAL_URI", "/app"), ("GATEHOUSE_ORIGINAL_METHOD", "GET")])


@case("in place of a method")
def _():
    for form in "{token}", "{jwt}", "{}":
        place = "method " + form
        for target in ROUTES:
            world.ask(place, fill(form, place), target, [ADA])
            world.ask(place, "GET", "/auth/check", BROWSER, extra=[
                ("GATEHOUSE_ORIGINAL_URI", "/app"),
                ("GATEHOUSE_ORIGINAL_METHOD", fill(form, place))])


@case("in the address: query, path, what is guarded, where to return to")
def _():
    for target in ROUTES:
        place = "query"
        world.ask(place, "GET", f"{target}?token={marks.token(place)}&a={marks.jwt(place)}", [ADA])
        for form in "/{token}", "/{jwt}/x", "/x/%7B{token}", "/a@{}.example", "/..%2f{token}":
            place = "path " + form
            world.ask(place, "GET", target + fill(form.replace("%7B", ""), place), BROWSER)
    for way in "login", "logout":
        for url in "https://u:{}@a.example/", "https://a.example/{}", "{}", "javascript:{}":
            place = f"return_to {url}"
            world.ask(place, "GET", f"/auth/{way}?return_to=" + fill(url, place))
    place = "guarded address"
    for head in [], [ADA], BROWSER, [ADA, *BROWSER]:
        world.ask(place, "GET", "/auth/check", head, extra=[
            ("GATEHOUSE_ORIGINAL_URI", f"/r/{marks.token(place)}?k={marks.jwt(place)}"),
            ("GATEHOUSE_ORIGINAL_METHOD", "GET")])


@case("in bodies: what people write of themselves, what is malformed")
def _():
    bio = marks.new("whose profile: bio")
    is_(world.ask("whose profile", "POST", "/user/preferences", [ADA, JSON],
                  json_body(bio=bio)).status, 200)
    is_(world.ask("whose profile", "GET", "/user/profile", [ADA]).json()["bio"], bio)
    for n, form in enumerate(['{"theme":"%s"}', '{"bio":"%s\\u0000"}', '{"%s":', '"%s"', "%s",
                              '{"notifications":"%s","theme":["%s"]}', '{"bio":"%s","bio":"%s"}']):
        place = f"body {n}"
        text = form.replace("%s", marks.new(place)).encode()
        world.ask(place, "POST", "/user/preferences", [ADA, JSON], text)
        world.ask(place, "POST", "/user/preferences", [JSON], text)
        for hook in "clerk", "ory":
            world.ask(place, "POST", "/hooks/" + hook, [JSON], text)


@case("in webhooks: forged, malformed, and good ones about people")
def _():
    for sender in world.hooks():
        place = f"a hook of {sender.path}"
        mark = marks.new(place)
        if sender.path == "/hooks/clerk":
            good = sender.delivery("user.updated", {
                "id": "user_1", "first_name": mark, "email_addresses": [
                    {"email_address": mark + "@example.org"}], "private_metadata": {"k": mark}})
            odd = sender.delivery("user.deleted", {"id": {"x": mark}})
        else:
            good = sender.delivery("settings", identity_id="c4d24c01-feba-4213-858b-262c8d427f8c")
            good.body = good.body[:-1] + b', "traits": "' + mark.encode() + b'"}'
            odd = sender.delivery(mark * 20)
        for d in good, odd:
            world.ask(place, "POST", d.path, d.headers, d.body)
            forged = [(k, mark if k.lower() in ("svix-signature", "authorization", "svix-id")
                       else v) for k, v in d.headers]
            world.ask(place, "POST", d.path, forged, d.body)
        world.ask(place, "POST", good.path, good.headers, mark.encode())


@cases("a provider that answers {0}", [
    ("500 with the token", {"status": 500, "body": "{}"}),
    ("403 with the token", {"status": 403, "body": '{"error":{"reason":"{}","id":"{}"}}'}),
    ("what is no JSON", {"status": 200, "body": "<p>{}"}),
    ("the wrong JSON", {"status": 200, "body": '{"id":"{}","active":"{}","identity":{"id":7}}'}),
    ("a redirect", {"redirect": "http://127.0.0.1:1/{}"}),
    ("429 with a secret", {"status": 429, "headers": {"Retry-After": "{}"}}),
    ("not in time", {"latency_ms": 1500}), ("not at all", {"reset": True})])
def _(name, fault):
    place = "provider: " + name
    text = json.dumps(fault).replace("{}", marks.new(place))
    for only in [None] if "latency_ms" in fault else [None, "jwks", "users", "discovery"]:
        world.idp.faults(**json.loads(text), **({"only": only} if only else {}), times=3)
        world.ask(place, "GET", "/user/profile", [ADA])
        world.ask(place, "GET", "/user/profile", [("Cookie", ada.cookie), *BROWSER])
        for token in world.idp.clerk.token(user_id="u"), world.idp.oidc.token(
                claims={"aud": [AUDIENCE], "email": marks.email("a token's email"),
                        "kid": marks.new(place)}):
            world.ask("whose profile", "GET", "/user/profile",
                      [("Authorization", "Bearer " + token)])
    world.idp.clear()


@case("a database that refuses, with the values of the row in its words")
def _():
    place = "whose profile: refused"
    mark = marks.new(place)
    world.pg.psql(f"ALTER TABLE user_profile ADD CHECK (bio NOT LIKE '{mark}%')")
    got = world.ask(place, "POST", "/user/preferences", [ADA, JSON], json_body(bio=mark + " x"))
    ok(got.status >= 500, got)
    ok(mark not in str(got))
    world.pg.stop("immediate")
    is_(world.ask(place, "POST", "/user/preferences", [ADA, JSON],
                  json_body(bio=mark)).status, 503)
    world.ask(place, "GET", "/readyz")
    world.pg.start()
    wait_for(lambda: world.p.client.get("/user/profile", [ADA]).status == 200, 10, "the database")


def is_way_back(mark, answer):
    """It stands in addresses of return_to alone."""
    return all(b"return_to=" in re.split(rb'["\n]', answer[:found.start()])[-1]
               for found in re.finditer(mark, answer))


@case("nothing of it is in a log, a trace, a metric, a command's words or another's answer")
def _():
    for target in "/metrics", "/status", "/openapi.json", "/readyz", "/status?json":
        for how in [], BROWSER:
            status = world.ask("an administrator", "GET", target, how).status
            ok(status == 200 or target == "/readyz", target, status)
    last = world.ask("somebody else", "GET", "/user/profile", [BOB])
    is_(last.status, 200, "somebody else")
    leaks = []
    for who, as_ada, status, answer in world.answers:
        for place in marks.found(answer):
            # Her own profile is hers, and who asked for a page is sent back there.
            if not (as_ada and place.startswith("whose profile") and status < 400
                    or place == who and is_way_back(marks.new(place).encode(), answer)
                    or who == "whose profile" and place == "a token's email" and status == 200):
                leaks.append(f"answer {status} to {who}: {place}")
    wait_for(lambda: last.get("X-Request-Id").encode() in dict(world.files())["trace.jsonl"], 5,
             "the last trace")
    for name, data in [*world.files(), *world.told()]:
        leaks += [f"{name}: {f}" for f in marks.found(data)]
        for secret in ada.token, ada.cookie.partition("=")[2], ada.id, ada.session_id, ada.email:
            if secret.encode() in data:
                leaks.append(f"{name}: of ada {secret[:4]}")
    log = dict(world.files())["gatehouse.log"]
    is_(len([json.loads(t) for t in log.splitlines()]) > 400, True, "lines of the log")
    is_(sorted(set(leaks)), [])


@case("the search through what tests leave behind finds what is planted")
def _():
    scratch = child.Scratch()
    search = [sys.executable, canaries.__file__, scratch.path]
    token = "opaque" + "Zk3x9QpLm2Rt7VbN"
    folder = scratch.mkdir("it_x")
    scratch.write("it_x/secrets.json", json.dumps(
        {"credentials": ["Bearer " + token, "Bearer of-plain-words"], "bios": ["I am a teapot"]}))
    scratch.write("it_x/001-a.log", "a line of-plain-words\n\nand another\n")
    done = subprocess.run(search, capture_output=True, text=True)
    is_((done.returncode, done.stdout.splitlines()[1][:8]), (0, "ok 1 - i"), done.stdout)
    for text in f"x {token} y", f"?token={token}&a", f"/reset/{token}/x", f"secret={token}":
        scratch.write("it_x/001-a.log", f"fine\n{text}\n")
        done = subprocess.run(search, capture_output=True, text=True)
        is_(done.returncode, 1, text.replace(token, "*"))
    plants = {"a credential of this test": f"x {token[:40]} y",
              "what somebody wrote about himself": "why: I am a teapot.",
              "a JSON web token": "a=eyJhbGciOiJSUzI1NiJ9", "a token of Ory": "ory_st_abcd",
              "a webhook secret": "whsec_MDEy", "a secret key of Clerk": "sk_test_abcd",
              "a password in a URL": "postgresql://u:pw@h/d", "an e-mail address": "a.b@c.example",
              "a session cookie": "Cookie: ory_kratos_session=MTYxNzA"}
    for kind, text in plants.items():
        scratch.write("it_x/001-a.log", f"fine\n{text}\n")
        done = subprocess.run(search, capture_output=True, text=True)
        is_(done.returncode, 1, kind)
        like(done.stdout, rf"001-a\.log:2: {kind}\n")
        ok(text not in done.stdout, "does not say it again")
    shutil.rmtree(folder)
    is_(subprocess.run(search, capture_output=True).returncode, 1, "an empty search fails")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
