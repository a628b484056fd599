#!/usr/bin/env python3
"""The samples of a guarded endpoint (contrib/guard/samples), each as its web server runs it: what
they show to whom, and that nobody gets in without the guard."""

import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import child  # noqa: E402
import samples  # noqa: E402
import tap  # noqa: E402
from tap import is_, ok  # noqa: E402

JSON = {"HTTP_ACCEPT": "application/json"}


def identity(prefix, **words):
    return {prefix + name.upper(): value for name, value in words.items()}


# What Gatehouse tells, and what the application makes of it.
ADA = ({"user": "u-1", "provider": "ory", "name": "Ada%20%3CL%3E%20%C3%B6%2C%25",
        "email": "ada@example.org", "org": "org_1", "roles": "viewer,a%2Cb,admin"},
       {"user": "u-1", "provider": "ory", "name": "Ada <L> \u00f6,%", "email": "ada@example.org",
        "org": "org_1", "roles": ["viewer", "a,b", "admin"], "said": ""})
BOB = ({"user": "u+2%22", "roles": "administrator,%20admin,Admin"},
       {"user": 'u+2"', "provider": "", "name": "", "email": "", "org": "",
        "roles": ["administrator", " admin", "Admin"], "said": ""})
EVE = ({"user": "<img%20src=x>"},
       {"user": "<img src=x>", "provider": "", "name": "", "email": "", "org": "", "roles": [],
        "said": ""})


def told(runner, who):
    return identity(runner.prefix, **who[0])


def private(answer):
    is_(answer.get("Cache-Control"), "private, no-store", "Cache-Control")


def reads_the_identity(runner):
    for who in ADA, BOB, EVE:
        answer = runner.ask("GET", {**told(runner, who), **JSON})
        is_((answer.status, json.loads(answer.body)), (200, who[1]), "what it read")
        private(answer)


def shows_text_as_text(runner):
    page = runner.ask("GET", told(runner, ADA))
    ok(page.get("Content-Type").lower() == "text/html; charset=utf-8", "HTML", page)
    private(page)
    text = page.body.decode()
    ok("<h1>Hello, Ada &lt;L&gt; \u00f6,%</h1>" in text, "the name as a text", text)
    ok("<dd>viewer, a,b, admin</dd>" in text, "the roles", text)
    text = runner.ask("GET", told(runner, EVE)).body.decode()
    ok("Hello, &lt;img src=x&gt;" in text and "<img" not in text, "the id as a text", text)


def action_is_for_the_role(runner):
    ok(b"<button" in runner.ask("GET", told(runner, ADA)).body, "a button for the admin")
    answer = runner.ask("POST", told(runner, ADA))
    is_(answer.status, 200, "the admin's action")
    ok(b"Announced." in answer.body, "it says so", answer)
    for who in BOB, EVE:
        ok(b"<button" not in runner.ask("GET", told(runner, who)).body, "no button for others")
        answer = runner.ask("POST", told(runner, who))
        is_(answer.status, 403, "the others' action")
        ok(b"Announced" not in answer.body, "nothing is announced", answer)
        private(answer)


def is_closed_without_the_guard(runner):
    others = {"AUTH_", "HTTP_AUTH_", "HTTP_X_AUTH_", "REDIRECT_AUTH_"} - {runner.prefix}
    forged = [{}, {"REMOTE_USER": "root"}, identity(runner.prefix, user="")]
    forged += [identity(prefix, **ADA[0]) for prefix in others]
    for given in forged:
        for method in "GET", "POST":
            answer = runner.ask(method, {**given, **JSON})
            is_(answer.status, 500, f"the status with {given}")
            ok(b"guard is not configured" in answer.body, "the hint", answer)
            private(answer)


def headers_sent_twice_are_nobody(runner):
    for name in "user", "roles":
        given = {**told(runner, BOB), **identity(runner.prefix, **{name: "admin, viewer"})}
        is_(runner.ask("POST", {**given, **JSON}).status, 500, name)


def nonsense_ends_nothing(runner):
    for user in "%", "%zz", "%FF%FE", "%00", "\u00ff":
        answer = runner.ask("GET", {**identity(runner.prefix, user=user), **JSON})
        ok(answer.status in (200, 500), f"an answer for {user!r}", answer)
    is_(runner.ask("GET", {**told(runner, ADA), **JSON}).status, 200, "afterwards")


CHECKS = (
    ("reads the identity: decoded, roles one by one", reads_the_identity),
    ("shows names as text, whatever they hold", shows_text_as_text),
    ("lets the role act, and nobody with a similar one", action_is_for_the_role),
    ("is closed without the guard, whatever a client sends", is_closed_without_the_guard),
    ("survives what no guard sends", nonsense_ends_nothing),
)


def register(name, runner, more=()):
    for what, check in CHECKS + tuple(more):
        tap.case(f"{name} {what}")(lambda check=check: check(runner()))


def once(make):
    """The runner, started when the first test asks for it."""
    made = []

    def get():
        if not made:
            made.append(make())
        return made[0]
    return get


def starter(scratch, kind, *programs):
    def make():
        if samples.program(*programs) is None:
            raise tap.Skip(f"no {programs[0]}")
        return kind(scratch)
    return once(make)


def main():
    scratch = child.Scratch()
    register("Python", samples.Cgi)
    register("Python behind a proxy", lambda: samples.Cgi("HTTP_X_AUTH_"))
    register("PHP", starter(scratch, samples.Fpm, *samples.FPM_NAMES))
    register("Node", starter(scratch, samples.Node, "node"),
             [("takes a header that came twice for nobody", headers_sent_twice_are_nobody)])
    tap.run()


if __name__ == "__main__":
    main()
