#!/usr/bin/env python3
"""A real Prometheus on a real service: what it reads, alerts and panels of contrib/."""

import json
import os
import re
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from hosts_world import ClerkPerson, HostsWorld, OryPerson, PROFILE     # noqa: E402
import child                                                    # noqa: E402
import mounts                                                   # noqa: E402
from prometheus import Prometheus, promtool                     # noqa: E402
from tap import case, cases, contains, is_, ok, run, skip_all, wait_for     # noqa: E402

EXAMPLES = os.path.join(mounts.CONTRIB, "prometheus")
PANELS = os.path.join(mounts.CONTRIB, "grafana", "gatehouse.json")
# Variables of Grafana, as it fills them in.
VARIABLES = {"$__rate_interval": "15s", "$job": "gatehouse", "$instance": ".*"}
# Of the kernel, which not every machine tells; of what no event here does.
MAYBE = re.compile(r"gatehouse_connections_waiting|changes\(")
READS = 20
PATIENCE = 60       # a passing test never waits for it

world = HostsWorld()
site = mounts.make("lighttpd_socket")
try:
    prometheus = None
    site.start(world.conf({"metrics": {"allow": ["127.0.0.1"]}}))
    prometheus = Prometheus(f"127.0.0.1:{site.port}", os.path.join(EXAMPLES, "alerts.yml"))
except child.Missing as missing:
    site.close()
    world.close()
    skip_all(str(missing))


def traffic():
    """Something of everything that is counted; READS good reads of a profile."""
    people = OryPerson(world), ClerkPerson(world)
    for n in range(READS):
        is_(site.request("GET", PROFILE, [people[n % 2].header]).status, 200)
    is_(site.request("GET", PROFILE).status, 401)
    is_(site.request("GET", "/user/nowhere").status, 404)
    is_(site.request("GET", "/readyz").status, 200)
    for made in (people[0].sign_out(), world.clerk.delivery("user.created", {})):
        is_(site.request("POST", made.path, made.headers, made.body).status, 204)


@case("it scrapes through a web server, in OpenMetrics, and has the numbers exactly")
def _():
    prometheus.wait("up == 1")
    traffic()
    for text, total in [
            ('sum(gatehouse_requests_total{route="profile",status="200"})', READS),
            ('sum(gatehouse_requests_total{status="404"})', 1),
            ('sum(gatehouse_request_seconds_count{verdict="allowed"})', READS),
            ('gatehouse_webhooks_total{provider="ory",outcome="applied"}', 1),
            ('gatehouse_webhooks_total{provider="clerk",outcome="unused"}', 1)]:
        wait_for(lambda t=text, n=total: prometheus.value(t) == n, PATIENCE, text)
    target, = prometheus.ask("targets")["activeTargets"]
    is_((target["health"], target["lastError"]), ("up", ""))
    meta = prometheus.ask("metadata")
    is_(meta["gatehouse_request_seconds"][0],       # units are OpenMetrics' alone
        {"type": "histogram", "unit": "seconds",
         "help": "Time from a request's first byte to its answer's last."})
    contains(meta, "gatehouse_workers")


@case("workers that die and a reload reset nothing, and it goes on")
def _():
    before = prometheus.value("gatehouse_worker_starts_total")
    os.kill(site.backend.workers()[0], signal.SIGKILL)
    wait_for(lambda: prometheus.value("gatehouse_worker_deaths_total") == 1, PATIENCE, "a death")
    site.backend.reload()
    wait_for(lambda: prometheus.value("gatehouse_config_generation") == 2, PATIENCE, "a reload")
    ok(prometheus.value("gatehouse_worker_starts_total") > before, "others have begun")
    for name in "requests", "worker_starts", "provider_calls", "verdicts":
        is_(prometheus.value(f"sum(resets(gatehouse_{name}_total[1m]))"), 0, name)
    # a loaded machine may miss one of its seconds
    ok(prometheus.value("avg_over_time(up[15s])") > 0.5, "it was there all the time")


@case("promtool is content with the example, the alerts, and each alert's own test")
def _():
    promtool("check", "config", "scrape.yml", cwd=EXAMPLES)
    promtool("check", "rules", "alerts.yml", cwd=EXAMPLES)
    promtool("test", "rules", "alerts.test.yml", cwd=EXAMPLES)


@case("no alert's expression fails, and none fires on a healthy service")
def _():
    rules = wait_for(lambda: [g["rules"] for g in prometheus.ask("rules")["groups"]
                              if all(r["health"] == "ok" for r in g["rules"])],
                     PATIENCE, "all were evaluated")[0]
    ok(len(rules) > 15, "rules", len(rules))
    is_([r["name"] for r in rules if r["state"] == "firing"], [])


def expressions():
    """(panel, query), the variables of Grafana filled in."""
    with open(PANELS) as f:
        board = json.load(f)
    found = [(p["title"], t["expr"]) for p in board["panels"] for t in p.get("targets", [])]
    found += [(a["name"], a["expr"]) for a in board["annotations"]["list"]]
    for title, text in found:
        for name, value in VARIABLES.items():
            text = text.replace(name, value)
        ok("$" not in text, "all are known", text)
        yield title, text


@case("every panel of the dashboard has data")
def _():
    queries = list(expressions())
    ok(len(queries) > 40, "queries", len(queries))
    empty = [(title, text) for title, text in queries
             if not prometheus.query(text) and not MAYBE.search(text)]
    is_(empty, [])


JOB = 'job="gatehouse",instance="a"'
GATES = [f'gatehouse_provider_gate{{{JOB},provider="ory",state="{s}"}}'
         for s in ("open", "paused", "backoff")]


@cases("panel {0!r}: {3}", [
    ("Asked, or left alone", dict(zip(GATES, ("1", "0", "0"))), 0, "0 is open"),
    ("Asked, or left alone", dict(zip(GATES, ("0", "1", "0"))), 1, "1 is paused"),
    ("Asked, or left alone", dict(zip(GATES, ("0", "0", "1"))), 2, "2 is backing off"),
    ("Workers busy", {f'gatehouse_workers{{{JOB},state="busy"}}': "6",
                      f'gatehouse_workers{{{JOB},state="idle"}}': "1",
                      f"gatehouse_workers_limit{{{JOB}}}": "8"}, 0.75, "of the limit"),
    ("Failed", {f'gatehouse_requests_total{{{JOB},route="profile",status="200"}}': "0+75",
                f'gatehouse_requests_total{{{JOB},route="profile",status="503"}}': "0+25",
                f'gatehouse_requests_total{{{JOB},route="ready",status="503"}}': "0+99"},
     0.25, "without those that machines ask"),
    ("Answered from memory", {
        f'gatehouse_cache_lookups_total{{{JOB},provider="ory",decision="hit"}}': "0+6",
        f'gatehouse_cache_lookups_total{{{JOB},provider="ory",decision="joined"}}': "0+2",
        f'gatehouse_cache_lookups_total{{{JOB},provider="ory",decision="miss"}}': "0+8"},
     0.5, "misses are not")])
def _(title, series, value, _why):
    text = next(text for name, text in expressions() if name == title)
    scratch = child.Scratch()
    # JSON is YAML
    rows = [{"series": name, "values": f"{step}x40"} for name, step in series.items()]
    path = scratch.write("panel.yml", json.dumps({"tests": [{
        "interval": "5s", "input_series": rows, "promql_expr_test": [
            {"expr": f"round(sum({text}), 0.001)", "eval_time": "2m",
             "exp_samples": [{"labels": "{}", "value": value}]}]}]}))
    promtool("test", "rules", path)


@case("a job that Grafana looks for is there, one row a host")
def _():
    is_(len(prometheus.query("gatehouse_build_info")), 1)
    labels, _ = prometheus.query(
        "gatehouse_build_info * on (job, instance) group_right (version) "
        "gatehouse_config_info")[0]
    contains(labels, "version")
    contains(labels, "name")


if __name__ == "__main__":
    try:
        run()
    finally:
        if prometheus:
            prometheus.close()
        site.close()
        world.close()
