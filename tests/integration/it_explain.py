#!/usr/bin/env python3
"""gatehouse explain: what it says is what the guard does, for every kind of visitor."""

import os
import pty
import re
import select
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World                                   # noqa: E402
from fcgi import AUTHORIZER                                     # noqa: E402
from tap import case, cases, is_, like, ok, run                 # noqa: E402

world = World(database=False)
idp = world.idp
ada = idp.user(verified=True)
bob = idp.user(email="bob@elsewhere.example", verified=True)
eve = idp.user(verified=False)
two = idp.user(aal2=True)           # a second factor is set up, and was not shown
idp.edit_session(ada, aal="aal2")
RULES = [
    {"path": "/open/", "access": "anyone"}, {"path": "/shut/", "access": "nobody"},
    {"path": "/mine/", "subjects": [ada.id]}, {"path": "/strong/", "aal": "aal2"},
    {"path": "/lately/", "aal": "aal2", "max_age": "1h"},
    {"path": "/mail/", "email_domains": ["example.org"]},
    {"path": "/read/", "methods": ["GET"]}, {"path": "/in/*/x"},
    {"path": "/ory/", "providers": ["ory"]}, {"path": "/forms/", "cross_site": True}, {"path": "/nonsense/", "roles_any": ["admin"]},
]
p = world.program({"guard": {"rules": RULES}, "ory": {"timeout": "1s"}}, workers=1)
VISITORS = {"nobody": "", "ada": ada.token, "ada's cookie": ada.cookie, "bob": bob.token,
            "eve": eve.token, "two": two.token, "junk": "ory_st_" + "x" * 32, "no token": "x y"}


def explain(path, method="GET", line="", **how):
    return p.run("explain", "--path", path, "--method", method, data=line, **how)


def asked(path, method, line):
    """The status of the same question, from a worker."""
    params = [("REQUEST_METHOD", method), ("REQUEST_URI", path), ("REMOTE_ADDR", "127.0.0.1")]
    if "=" in line:
        params.append(("HTTP_COOKIE", line))
    elif line:
        params.append(("HTTP_AUTHORIZATION", "Bearer " + line))
    return p.client.request(params, role=AUTHORIZER).status


def answer_of(done):
    """The status in explain's answer; 200 for a yes."""
    found = re.search(r"^answer +(?:(\d{3})|may pass)", done.stdout, re.M)
    ok(found, "an answer", done.stdout + done.stderr)
    return int(found.group(1) or 200)


EXIT = {200: 0, 400: 1, 401: 1, 403: 1, 503: 3}


def same(path, method, line, what=""):
    done = explain(path, method, line)
    is_(answer_of(done), asked(path, method, line), f"{method} {path} {what}\n{done.stdout}")
    is_(done.returncode, EXIT[answer_of(done)], done.stdout)
    is_(done.stderr, "")
    return done


@cases("{0}: explain and the guard say the same of every place", [(who,) for who in VISITORS])
def _(who):
    statuses = set()
    for rule in RULES:
        path = rule["path"].replace("*", "a") + "page?x=1"
        statuses.add(answer_of(same(path, "GET", VISITORS[who], who)))
    ok(len(statuses) > 1, "it depends on the place", statuses)


@case("odd paths and methods: explain and the guard say the same, and why")
def _():
    for path, method in (
            ("/", "GET"), ("/nowhere", "GET"), ("/in/x", "GET"), ("/in/a/b/x", "GET"),
            ("/In/a/x", "GET"), ("/in/a/x;y", "GET"), ("/open/..;/in/a/x", "GET"),
            ("/open/%2e%2e/in/a/x", "GET"), ("/open//x", "GET"), ("/open%2fx", "GET"),
            ("/open/%ff", "GET"), ("/open/%zz", "GET"), ("/open/x%3f/../shut/", "GET"),
            ("https://evil.example/open/x", "GET"), ("/read/x", "HEAD"), ("/read/x", "POST"),
            ("/open/x", "get"), ("/open/x", "PROPFIND"), ("open/x", "GET"), ("/ory", "OPTIONS"),
            ("/open/" + "x" * 5000, "GET"), ("/shut/é", "GET")):
        done = same(path, method, ada.token)
        if answer_of(done) == 400:
            like(done.stdout, "refused: ", path)


@case("each need is judged in words, and who it is stands there as requests see it")
def _():
    done = explain("/mine/", line=bob.token)
    like(done.stdout, r"rule +guard\.rules\.\[2\] path = \"/mine/\"")
    like(done.stdout, rf"subject +{bob.id}")
    like(done.stdout, rf"need +subjects = \[ \"{ada.id}\" \]: NOT MET \(none of subjects\)")
    like(explain("/mine/", line=ada.token).stdout, r"\]: met\nanswer +may pass")
    like(explain("/strong/", line=bob.token).stdout,
         r'need +aal = "aal2": NOT MET .*\nanswer +403 .*second_factor_required')
    like(explain("/mail/", line=eve.token).stdout, "NOT MET .*not verified")
    for line in ada.token, ada.cookie:
        done = explain("/in/a/x", line=line)
        ok(line not in done.stdout + done.stderr, "the credential is not shown")


@case("could not be found out: 503, status 3, never a no")
def _():
    for fault in {"status": 500}, {"garbage": True}, {"close": True}, {"hang": True}:
        with idp.fault(**fault):
            done = explain("/ory/", line=ada.token)
            is_((answer_of(done), done.returncode), (503, 3), fault)
            is_(explain("/open/", line=ada.token).returncode, 0, "nobody is asked there")


@case("options in either form; all else is the usage, status 2, or status 3 for a broken file")
def _():
    is_(p.run("explain", "--path=/open/x", "--method=GET").returncode, 0)
    for words in (), ("--path",), ("--method", "GET"), ("--path", "/x", "--path", "/y"), \
            ("--path", "/x", "now"), ("--paths", "/x"), ("-p", "/x"):
        done = p.run("explain", *words)
        is_((done.returncode, done.stdout), (2, ""), words)
        like(done.stderr, "usage: gatehouse")
    broken = p.scratch.write("broken.conf", "bio_max = 0;", 0o600)
    is_(subprocess.run([p.path, "explain", "--path", "/x", "-c", broken],
                       capture_output=True).returncode, 3)


@case("at a terminal it says what it waits for, and an empty line is nobody")
def _():
    ours, its = pty.openpty()
    proc = subprocess.Popen([p.path, "explain", "--path", "/ory/", "-c", p.conf_path], stdin=its,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            preexec_fn=os.setsid)
    try:
        ok(select.select([proc.stderr], [], [], 20)[0], "it says something")
        like(proc.stderr.readline(), "a token, or a cookie")
        os.write(ours, b"\n")
        out, _ = proc.communicate(timeout=20)
        is_(proc.returncode, 1)
        like(out, r"credential +none\n(.*\n)*answer +401")
    finally:
        proc.kill()
        os.close(ours)
        os.close(its)


@case("without rules whoever is signed in may pass")
def _():
    p.configure(world.conf())
    for line, status in (ada.token, 0), ("", 1):
        done = explain("/any/where", "POST", line)
        is_(done.returncode, status, done.stdout)
        like(done.stdout, "rule +none are configured")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
