#!/usr/bin/env python3
"""/metrics of real workers: exact totals for a host, both formats, who may see it."""

import collections
import json
import os
import signal
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import READY, World, alive, get               # noqa: E402
import child                                                    # noqa: E402
import exposition                                               # noqa: E402
from load import Load, params, profile_of                       # noqa: E402
import mounts                                                   # noqa: E402
from prog import Program                                        # noqa: E402
from prometheus import promtool                                 # noqa: E402
import rawhttp                                                  # noqa: E402
from tap import Skip, case, cases, is_, isnt, like, ok, run, wait_for   # noqa: E402

ALLOW = {"metrics": {"allow": ["127.0.0.1"]}}
REQUESTS = "gatehouse_requests_total"
world = World()
idp = world.idp
ada = idp.user()


def program(*changes, **how):
    return world.program(ALLOW, {"ory": {"cache_ttl": "30s"}}, *changes, **how)


def scrape(p, *headers):
    return exposition.read(ask(p, *headers))


def ask(p, *headers, method="GET"):
    return p.client.request(params(method, "/metrics", headers))


def served(p):
    """Requests that each worker has taken, by its pid."""
    one, = json.loads(p.run("status", "--json").stdout)["processes"]
    return {w["pid"]: w["served"] for w in one["workers"]}


def send(p, n, uri, status, headers=(), method="GET"):
    for _ in range(n):
        is_(p.client.request(params(method, uri, headers)).status, status, uri)


def settled(p, name, total, **labels):
    """A request is counted behind its answer: the total comes, and is not passed."""
    wait_for(lambda: scrape(p).value(name, **labels) >= total, READY, f"{name} {labels}")
    page = scrape(p)
    is_(page.value(name, **labels), total, f"{name} {labels}")
    return page


@case("totals are exact, over all workers, whoever of them is scraped")
def _():
    p = program(workers=3)
    token = [("X-Session-Token", ada.token)]
    send(p, 7, "/nowhere", 404)
    send(p, 5, "/user/profile", 401)
    send(p, 4, "/user/profile", 401, [("X-Session-Token", "ory_st_" + "x" * 32)])
    send(p, 9, "/user/profile", 200, token)
    send(p, 3, "/auth/login-info", 405, method="DELETE")

    with Load(p.address, profile_of(ada), threads=6) as flow:
        flow.wait_more(60)
    is_(flow.failed(), [])
    reads = 9 + len(flow.outcomes)
    page = settled(p, REQUESTS, reads, route="profile", status="200", verdict="allowed")
    is_(page.value(REQUESTS, route="none", status="404", verdict="none"), 7)
    is_(page.value(REQUESTS, route="profile", status="401", verdict="anonymous"), 5)
    is_(page.value(REQUESTS, route="profile", status="401", verdict="denied"), 4)
    is_(page.value(REQUESTS, status="405"), 3)
    is_(page.value("gatehouse_request_seconds_count", route="profile", verdict="allowed"),
        reads)
    is_(page.value("gatehouse_verdicts_total", provider="ory", verdict="allowed"), reads)
    looks = page.value("gatehouse_cache_lookups_total", provider="ory")
    is_(looks, reads + 4)
    is_(page.value("gatehouse_provider_calls_total", outcome="good"),
        page.value("gatehouse_cache_lookups_total", decision="miss"))
    is_(page.value("gatehouse_workers"), 3)
    is_(page.value("gatehouse_worker_starts_total"), 3)
    ok(page.value("gatehouse_database_wait_seconds_count") >= reads, "waits for SQL")

    # the same from each of them
    before = served(p)
    with Load(p.address, lambda *_: (params("GET", "/metrics"), b""), threads=3) as flow:
        wait_for(lambda: all(served(p)[w] > before[w] for w in before), READY, "all are asked")
    is_({(page.value(REQUESTS, route="profile"), page.value(REQUESTS, status="404"))
         for page in (exposition.read(o.answer) for o in list(flow.outcomes)[:90:10])},
        {(reads + 9, 7)})
    is_(p.stop(), 0)


@case("what killed and replaced workers had counted is still there")
def _():
    p = program(workers=3)
    # Program.start() asks, too: by the log, not by what is tested
    first = wait_for(lambda: sum(e.get("route") == "health" for e in p.log()), READY, "a line")
    killed, sent = 0, 0
    for _ in range(3):
        send(p, 20, "/healthz", 200)
        sent += 20
        settled(p, REQUESTS, first + sent, route="health")
        victim = p.workers()[0]
        os.kill(victim, signal.SIGKILL)
        killed += 1
        wait_for(lambda: not alive(victim) and len(p.workers()) == 3, READY, "replaced")
    page = settled(p, "gatehouse_worker_deaths_total", killed)
    is_(page.value(REQUESTS, route="health"), first + sent)
    is_(page.value("gatehouse_worker_starts_total"), 3 + killed)
    before = page.value(REQUESTS)
    p.reload()
    wait_for(lambda: scrape(p).value("gatehouse_config_generation") == 2, READY, "reloaded")
    ok(scrape(p).value(REQUESTS) > before, "a reload forgets nothing")
    is_(p.stop(), 0)


@case("HEAD, plain text for people and OpenMetrics for Prometheus say the same")
def _():
    p = program()
    get(p, ada)
    text, both = scrape(p), scrape(p, exposition.ACCEPT)
    ok(both.open and not text.open, "two formats")
    is_(text.families["gatehouse_requests_total"].kind, "counter")
    is_(both.families["gatehouse_requests"].kind, "counter")
    is_(both.families["gatehouse_request_seconds"].unit, "seconds")
    is_(both.families["gatehouse_build"].kind, "info")
    is_(len(text.families), len(both.families))
    is_({(n, *sorted(la.items())) for n, la, _ in text.samples}
        - {(n, *sorted(la.items())) for n, la, _ in both.samples}, set())
    head = ask(p, method="HEAD")
    is_((head.status, head.body), (200, b""))
    like(head.get("Content-Type"), "^text/plain; version=0.0.4")
    isnt(head.get("Content-Length"), "0")
    is_(ask(p, method="POST").status, 405)
    for secret in ada.token, ada.id, ada.email, ada.session_id:
        ok(secret not in text.text, "nothing of users")
    is_(p.stop(), 0)


@case("promtool finds nothing to say about it")
def _():
    p = program()
    get(p, ada)
    try:
        is_(promtool("check", "metrics", input=scrape(p).text), "")
    except child.Missing as missing:
        raise Skip(str(missing)) from None
    is_(p.stop(), 0)


@case("the configuration has a name: the same on another host, another one at a reload")
def _():
    p, other = program(), world.program(start=False)

    def name(q):
        return scrape(q).labels("gatehouse_config_info")[0]["name"]
    first = name(p)
    like(first, "^[0-9a-f]{16}$")
    other.configure(p.conf)
    other.start()
    is_(name(other), first)
    p.configure(world.conf(ALLOW, {"log": {"slow": "2s"}}))
    p.reload()
    wait_for(lambda: name(p) != first, READY, "another name")
    for q in p, other:
        is_(q.stop(), 0)


@case("two sites that keep their memory in one folder are told apart")
def _():
    folder = world.program(start=False).scratch.mkdir("cache", 0o700)
    p, other = (program({"cache": {"path": folder}}) for _ in range(2))
    send(p, 5, "/nowhere", 404)
    settled(p, REQUESTS, 5, status="404")
    is_(scrape(p).value("gatehouse_shared_memory_common"), 1)
    is_(scrape(other).find(REQUESTS, status="404"), [])
    for q in p, other:
        is_(q.stop(), 0)


@case("lines that the log does not take are counted")
def _():
    p = program({"log": {"target": "file:/dev/full"}})
    send(p, 5, "/healthz", 200)
    wait_for(lambda: scrape(p).value("gatehouse_log_lines_lost_total") >= 5, READY, "lost")
    is_(p.stop(), 0)


@case("outages are told apart: which part was not to be had")
def _():
    p = world.program(ALLOW, {"ory": {"cache_ttl": "0s"}})
    get(p, ada)
    idp.faults(status=500)
    send(p, 1, "/user/profile", 503, [("X-Session-Token", ada.token)])
    idp.faults()
    page = settled(p, "gatehouse_unavailable_total", 1, reason="provider_unavailable")
    is_(page.value("gatehouse_unavailable_total"), 1)
    is_(page.value("gatehouse_provider_calls_total", outcome="failed"), 1)
    is_(p.stop(), 0)


@case("single processes that share a file are one host, their workers too")
def _():
    folder = None
    ps = []
    for _ in range(2):
        p = Program({}, via="spawn-fcgi", workers=None, name="bin/gatehouse.fcgi")
        folder = folder or p
        ps.append(p)
        world.programs.append(p)
    there = folder.scratch.mkdir("cache", 0o700)
    folder.configure(world.conf(ALLOW, {"cache": {"path": there},
                                        "database": {"migrate": False}}))
    for p in ps:        # one configuration: one site
        p.conf_path = folder.conf_path
        p.start()
    for p in ps:
        send(p, 6, "/nowhere", 404)
    for p in ps:
        page = settled(p, REQUESTS, 12, status="404")
        is_(page.value("gatehouse_workers"), 2)
        is_(page.value("gatehouse_shared_memory_common"), 1)
        is_(page.find("gatehouse_workers_limit"), [])
    for p in ps:
        is_(p.stop(), 0)


def of_kind(answer):
    return answer.status, answer.json()["code"] if answer.status != 200 else None


SPOOFED = [("X-Forwarded-For", "127.0.0.1"), ("X-Real-IP", "127.0.0.1"),
           ("Forwarded", "for=127.0.0.1"), ("Remote-Addr", "127.0.0.1"),
           ("REMOTE_ADDR", "127.0.0.1"), ("Client-IP", "127.0.0.1")]


@cases("{0}: an allowed address sees it, another does not, whatever it claims to be",
       [("lighttpd_socket",), ("nginx",)])
def _(name):
    m = mounts.make(name)

    def ask_from(source, headers=()):
        with socket.create_connection(m.address, 15, (source, 0)) as sock:
            sock.sendall(rawhttp.message("GET", "/metrics", headers))
            return rawhttp.read_response(sock, "GET")
    try:
        m.start(world.conf({"metrics": {"allow": ["127.0.0.2", "127.0.1.0/24"]}}))
        found = collections.Counter()
        for source in "127.0.0.2", "127.0.1.7", "127.0.0.1", "127.0.2.0":
            for headers in (), SPOOFED[:4], [("X-Forwarded-For", "127.0.0.2")]:
                found[(source, *of_kind(ask_from(source, headers)))] += 1
        is_(dict(found), {("127.0.0.2", 200, None): 3, ("127.0.1.7", 200, None): 3,
                          ("127.0.0.1", 403, "permission_denied"): 3,
                          ("127.0.2.0", 403, "permission_denied"): 3})
    except child.Missing as missing:
        raise Skip(str(missing)) from None
    finally:
        m.close()


@case("switched off there is none, for anybody")
def _():
    p = world.program()
    is_((ask(p).status, ask(p).json()["code"]), (404, "not_found"))
    is_(p.stop(), 0)


@cases("metrics.allow = {0!r} is refused, by place and name", [
    (["10.0.0.1/8"],), (["localhost"],), (["127.0.0.1", "10.0.0.0/33"],), (["*"],)])
def _(allow):
    p = world.program({"metrics": {"allow": allow}}, start=False)
    said = p.run("check")
    isnt(said.returncode, 0)
    like(said.stdout + said.stderr, r"gatehouse\.conf:\d+: metrics\.allow: each must be an "
         r"address, or a network")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
