#!/usr/bin/env python3
"""gatehouse status: what runs, with memory of its own, a file, single processes."""

import json
import os
import re
import signal
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import READY, World                            # noqa: E402
import child                                                    # noqa: E402
import fcgi                                                     # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

CONF = {"ory": {"cache_ttl": "30s", "timeout": "3s"}}
world = World()
idp = world.idp
ada = idp.user(name="Ada")


def program(*changes, folder=False, **how):
    p = world.program(CONF, *changes, start=False, **how)
    if folder:
        p.configure({**p.conf, "cache": {"path": p.scratch.mkdir("cache", 0o700)}})
    return p


def ask(client, token=ada.token):
    return client.get("/user/profile", [("Authorization", "Bearer " + token)]).status


def status(p, *words, code=0):
    done = p.run("status", *words)
    is_(done.returncode, code, done.stdout + done.stderr)
    for secret in ada.token, ada.id, ada.session_id, ada.email:
        ok(secret not in done.stdout + done.stderr, "tells nothing of users")
    return done.stdout


def facts(p):
    return json.loads(status(p, "--json"))


@case("nothing runs: status 3, and it says so")
def _():
    p = program()
    like(status(p, code=3), "no process of .*gatehouse.conf runs here")
    is_(json.loads(status(p, "--json", code=3))["processes"], [])


@case("a supervisor with memory of its own: workers, cache, provider, database")
def _():
    p = program(workers=3)
    is_(p.run("migrate", "up").returncode, 0)
    p.start()
    wait_for(lambda: facts(p)["processes"][0]["memory"]["revocations_fresh"], 10, "news")
    for _ in range(5):
        is_(ask(p.client), 200)
    text = status(p)
    like(text, rf"service +supervisor {p.proc.pid} for \d+ (ms|s), "
               r"configuration 1 loaded \d+ (ms|s) ago\n"
               r"workers +3, at most 3: 0 busy, 3 idle, 0 starting, .*0 died\n"
               r"requests +\d+ begun, 0 slow\nqueue +0 connections wait,")
    for pid in p.workers():
        like(text, rf"\n +{pid}  idle ")
    like(text, r"\ncache +private, 16 MiB: 1 entries")
    like(text, r"\nrevocations +0 known, read \d+ (ms|s) ago\n")
    like(text, r"\nprovider +ory: open, answered well .* ago in \d+ ms\n +hits 4, misses 1,")
    like(text, r"calls good 1, .*allowed 5, denied 0")
    like(text, r"\ndatabase +PostgreSQL \d+.*\nmigrations +all applied\n")
    one, = facts(p)["processes"]
    is_({w["pid"] for w in one["workers"]}, set(p.workers()))
    ok(one["served"] == sum(w["served"] for w in one["workers"]) >= 5)
    ok(any(w["took_us"] for w in one["workers"]))
    is_({w["route"] for w in one["workers"]}, {None})
    is_((one["generation"], one["deaths"], one["queue"]["limit"]), (1, 0, 1024))
    ok(one["memory"]["revocations_fresh"])
    is_(one["memory"]["file"], None)
    is_(p.stop(), 0)
    status(p, code=3)


@case("a worker that waits for the provider: which, since when, for which route")
def _():
    p = program(workers=2).start()
    with idp.fault(latency_ms=2500):
        asking = threading.Thread(target=ask, args=(p.client,))
        asking.start()

        def waiting():
            workers = facts(p)["processes"][0]["workers"]
            return [w for w in workers if w["waits_for"] == "ory" and w["state"] == "busy"
                    and w["waits_ms"] >= 100
                    and (w["method"], w["route"]) == ("GET", "profile")]
        wait_for(waiting, 10, "a worker that waits")
        like(status(p), r"busy .*  GET profile, ory \d+ (ms|s)\n")
        asking.join()
    is_(waiting(), [])
    p.stop()


@case("a provider that asked for a pause")
def _():
    p = program(workers=2).start()
    with idp.fault(status=429, headers={"Retry-After": "25"}):
        is_(ask(p.client), 503)
    like(status(p), r"provider +ory: paused for 2\d s")
    ory = facts(p)["processes"][0]["memory"]["providers"][0]
    is_((ory["gate"], ory["calls_limited"], ory["unsure"]), ("paused", 1, 1))
    p.stop()


@case("a supervisor that has the folder: the file, and what another one left in it")
def _():
    p = program(folder=True).start()
    is_(ask(p.client), 200)
    text = status(p)
    like(text, rf"\ncache +{re.escape(p.scratch.path)}/cache/gatehouse\.\S+, 16 MiB: 1 entries")
    p.kill()
    wait_for(lambda: p.run("status").returncode == 3, 10, "its workers' end")
    p.start()
    like(status(p), "hits 0, misses 1,")
    p.stop()


@case("several single processes: each of them, and the file they share")
def _():
    p = program(folder=True, name="bin/gatehouse.fcgi", workers=None, via="spawn-fcgi").start()
    socket = p.scratch / "run/second.sock"
    second = child.spawn([p._spawn_fcgi(), "-n", "-s", socket, "--", p.path, "-c", p.conf_path],
                         p.scratch / "second.log", p.account, env=dict(os.environ),
                         cwd=p.scratch.path)
    try:
        client = fcgi.Client("unix:" + socket)

        def up():
            try:
                return client.get("/healthz").status == 200
            except (OSError, fcgi.Broken):
                return False
        wait_for(up, READY, "the second process")
        is_((ask(p.client), ask(client)), (200, 200))
        text = status(p)
        ok("supervisor" not in text, text)
        like(text, r"service +2 single processes\nrequests +\d+ begun")
        for pid in p.proc.pid, second.pid:
            like(text, rf"\n +{pid}  idle ")
        is_(len(re.findall("\ncache ", text)), 1)
        like(text, "hits 1, misses 1,")
        found = facts(p)
        is_({(o["pid"], o["kind"]) for o in found["processes"]},
            {(p.proc.pid, "single"), (second.pid, "single")})
        ok(found["memory"]["file"].startswith(p.scratch / "cache"))
    finally:
        child.stop(second)
    is_([o["pid"] for o in facts(p)["processes"]], [p.proc.pid])
    p.stop()


@case("a worker that died, a reload, all workers busy: counted, requests stay counted")
def _():
    p = program({"log": {"slow": "1ms"}}, workers=2).start()
    is_(ask(p.client), 200)
    before = facts(p)["processes"][0]
    ok(before["slow"] >= 1 and before["served"] >= 2)
    os.kill(before["workers"][0]["pid"], signal.SIGKILL)
    wait_for(lambda: facts(p)["processes"][0]["deaths"] == 1, 10, "its burial")
    p.reload()
    wait_for(lambda: facts(p)["processes"][0]["generation"] == 2, 10, "the reload")
    after = wait_for(lambda: [o for o in facts(p)["processes"]
                              if {w["generation"] for w in o["workers"]} == {2}], 10, "old ones")
    ok(after[0]["served"] >= before["served"], before, after)
    ok(after[0]["loaded_ms"] < after[0]["started_ms"])
    with idp.fault(latency_ms=1500):
        asking = [threading.Thread(target=ask, args=(p.client, idp.user().token))
                  for _ in range(2)]
        [t.start() for t in asking]
        wait_for(lambda: facts(p)["processes"][0]["full"] >= 1, 10, "both busy")
        [t.join() for t in asking]
    p.stop()


@case("connections that nobody accepts are seen waiting, and the most that were")
def _():
    p = program(workers=1, name="bin/gatehouse").start()
    pid = facts(p)["processes"][0]["workers"][0]["pid"]
    os.kill(pid, signal.SIGSTOP)
    socks = []
    try:
        socks = [fcgi.connect(p.address) for _ in range(5)]
        wait_for(lambda: facts(p)["processes"][0]["queue"]["waiting"] == 5, 10, "five waiting")
    finally:
        [s.close() for s in socks]
        os.kill(pid, signal.SIGCONT)
    wait_for(lambda: facts(p)["processes"][0]["queue"]["waiting"] == 0, 10, "none waiting")
    is_(facts(p)["processes"][0]["queue"]["most"], 5)
    p.stop()


@case("the page: JSON for programs, HTML for browsers, nothing for others")
def _():
    p = program({"metrics": {"allow": ["127.0.0.0/8"]}}, workers=2).start()
    is_(ask(p.client), 200)
    got = p.client.get("/status")
    is_((got.status, got.get("Content-Type")), (200, "application/json"))
    one, = got.json()["processes"]
    is_((one["pid"], len(one["workers"]), got.json()["memory"]), (p.proc.pid, 2, None))
    is_([(w["method"], w["route"]) for w in one["workers"] if w["state"] == "busy"],
        [("GET", "status")])
    is_(one["memory"]["providers"][0]["name"], "ory")
    browser = [("Accept", "text/html,*/*;q=0.8"), ("Sec-Fetch-Mode", "navigate")]
    page = p.client.get("/status", browser)
    like(page.get("Content-Type"), "^text/html")
    is_((page.status, page.get("Refresh")), (200, "5"))
    like(page.body, rf"<caption>Workers</caption>.*{p.workers()[0]}.*<td>GET status</td>")
    is_(p.client.get("/status?still", browser).get("Refresh"), None)
    is_(p.client.get("/status?json", browser).get("Content-Type"), "application/json")
    is_(p.client.http("HEAD", "/status").body, b"")
    for secret in ada.token, ada.id, ada.session_id, ada.email, p.scratch.path:
        ok(secret not in got.body.decode() + page.body.decode(), "tells nothing of users")
    for allow, want in ([], 404), (["10.0.0.0/8"], 403):
        p.stop()
        p.configure(world.conf(CONF, {"metrics": {"allow": allow}}))
        p.start()
        got = p.client.get("/status", [("X-Forwarded-For", "10.1.1.1")])
        is_((got.status, b"workers" in got.body), (want, False))
    p.stop()


@case("another site's processes are not this one's")
def _():
    one, other = program().start(), program()
    status(other, code=3)
    is_(len(facts(one)["processes"]), 1)
    one.stop()


@case("a stopped supervisor, a database that is away: it tells all the same")
def _():
    p = program({"database": {"url": "postgresql:///x?host=/nonexistent"}}).start()
    wait_for(lambda: len(facts(p)["processes"][0]["workers"]) == 2, 10, "both workers")
    p.send(signal.SIGSTOP)
    try:
        text = status(p)
    finally:
        p.send(signal.SIGCONT)
    like(text, r"\nworkers +2, at most 2")
    like(text, r"\nrevocations +0 known, never read\n")
    like(text, r"\ndatabase +database: ")
    is_(facts(p)["database"]["good"], False)
    p.stop()


@cases("wrong words: {0}", [("--jason",), ("now",), ("--json --json",)])
def _(words):
    p = world.programs[0]
    done = p.run("status", *words.split())
    is_((done.returncode, done.stdout), (2, ""))
    like(done.stderr, "usage: gatehouse status")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
