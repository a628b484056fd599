#!/usr/bin/env python3
"""What must not be served: program and configuration inside the web folder.

The API itself behind .htaccess is it_api_htaccess.py and
it_api_htaccess_wrapper.py; here only files are asked for.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

import guarded                                      # noqa: E402
import mounts                                       # noqa: E402
import pg                                           # noqa: E402
import tap                                          # noqa: E402
from tap import case, is_, ok                       # noqa: E402

SECRET = "gatehouse_secret_word"
CLUSTER = pg.Cluster()
CONF = {"ory": {"url": "http://127.0.0.1:9"},
        "database": {"url": CLUSTER.url + "&application_name=" + SECRET}}
MOUNTS = {}


def mount(name):
    if name not in MOUNTS:
        MOUNTS[name] = mounts.make(name)
        MOUNTS[name].start(CONF)
    return MOUNTS[name]


# What is asked for; never 200 with a byte of it.
HIDDEN = (
    "/app/.gatehouse.conf", "/app/%2egatehouse.conf", "/app/.gatehouse%2econf",
    "/app//.gatehouse.conf", "/app/./.gatehouse.conf", "/app/.gatehouse.conf/",
    "/app/.gatehouse.conf?x", "/app/.gatehouse.conf~", "/app/.htaccess",
    "/app/gatehouse.conf", "/gatehouse.conf", "/../gatehouse.conf",
    "/app/gatehouse.fcgi/../.gatehouse.conf", "/.htaccess")


@tap.cases("{0}: never served: {1}", [(m, p) for m in
           ("htaccess", "htaccess_wrapper") for p in HIDDEN])
def hidden(name, path):
    answer = mount(name).request("GET", path)
    ok(answer.status in (400, 403, 404), f"status {answer.status}")
    ok(SECRET.encode() not in answer.body, "the configuration", answer.body)


@tap.cases("{0}: the folder is not listed", [("htaccess",),
                                             ("htaccess_wrapper",)])
def listing(name):
    ok(mount(name).request("GET", "/app/").status in (403, 404), "status")


@tap.cases("{0}: asked for by name, {1} runs and is not sent",
           [("htaccess", "/app/gatehouse.fcgi"),
            ("htaccess", "/app/gatehouse.fcgi/healthz"),
            ("htaccess_wrapper", "/app/dispatch.fcgi"),
            ("htaccess_wrapper", "/app/dispatch.fcgi/user/profile")])
def program(name, path):
    answer = mount(name).request("GET", path)
    is_(answer.status, 404, "status")
    is_(answer.json()["code"], "not_found", "code")


@case("the SetEnvIf line instead of CGIPassAuth lets the token through too")
def set_env_if():
    for line in ("CGIPassAuth On", "#SetEnvIf"):
        with open(os.path.join(mounts.CONTRIB, "apache/shared-hosting/no-wrapper",
                               "public_html/.htaccess")) as f:
            ok(line in f.read(), f"{line} in the example")
    m = mounts.make("htaccess")
    MOUNTS["setenvif"] = m
    m.edits = {"CGIPassAuth On": "", "#SetEnvIf": "SetEnvIf"}
    m.start(CONF)
    answer = m.request("GET", "/user/profile", [("Authorization", "Bearer x.y")])
    is_(answer.json()["message"], "invalid session token", "message")


@case("every example in contrib is one that a test starts")
def every_example():
    every = [*mounts.MOUNTS.values(), *guarded.MOUNTS.values()]
    started = {e for m in every for e in (
        *m.examples, *m.beside, *getattr(m, "outside", ()))
        if e.endswith(".conf")}
    started |= {f"{s}/ory-proxy.conf" for s in ("apache", "lighttpd", "nginx")}
    there = {f"{s}/{name}" for s in ("apache", "lighttpd", "nginx")
             for name in os.listdir(os.path.join(mounts.CONTRIB, s))
             if name.endswith(".conf")}
    is_(there, started, "examples")


if __name__ == "__main__":
    try:
        tap.run()
    finally:
        for one in MOUNTS.values():
            one.close()
        CLUSTER.close()
