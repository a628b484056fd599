#!/usr/bin/env python3
"""How many workers there are: asked for, under load, in want of descriptors."""

import contextlib
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, cpu_seconds, descriptors, events, get, healthy, timed  # noqa: E402
import fcgi                                                     # noqa: E402
from load import Load, healthz, params, percentile, profile_of  # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

world = World()
idp = world.idp
users = [idp.user() for _ in range(12)]
ELASTIC = {"workers": {"min": 2, "max": 6}}


@contextlib.contextmanager
def silent_peers(p, n):
    """n connections that begin a request and say no more: each holds a worker."""
    socks = [fcgi.connect(p.address) for _ in range(n)]
    for sock in socks:
        sock.sendall(fcgi.begin())
    try:
        yield socks
    finally:
        for sock in socks:
            sock.close()


def peak(p, seconds):
    """Most workers seen in this time."""
    most, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        most = max(most, len(p.workers()))
        time.sleep(0.01)
    return most


@cases("-w {0} means exactly {0}, whatever workers.min and max say, under load too",
       [(1,), (3,)])
def _(n):
    p = world.program({"workers": {"min": 2, "max": 8}}, workers=n)
    idp.faults(latency_ms=100)
    with Load(p.address, profile_of(*users), threads=8) as flow:
        flow.wait_more(5)
        is_(peak(p, 0.5), n)
    idp.faults()
    is_(set(flow.count()) - {200, 503}, set())
    is_(len(p.workers()), n)
    is_(p.stop(), 0)


@case("max_requests: workers leave after that many and a few more, nobody notices")
def _():
    p = world.program({"workers": {"max_requests": 20}}, workers=2)
    for _ in range(5):
        before = set(p.workers())
        with Load(p.address, threads=4) as flow:
            flow.wait_more(100)
        is_(flow.failed(), [])
        wait_for(lambda: len(p.workers()) == 2, 2, "there are two again")
        # No two lives answer 100 requests: at most one of the two slept through it.
        ok(len(before & set(p.workers())) <= 1, "a worker was replaced", before)
    is_(events(p, "worker died"), [])
    is_(p.stop(), 0)


@case("silent peers take workers: the pool grows to max and others are served at once")
def _():
    p = world.program(ELASTIC, workers=None)
    is_(len(p.workers()), 2)
    with silent_peers(p, 5):
        wait_for(lambda: len(p.workers()) == 6, 2, "the pool grows")
        for _ in range(10):
            answer, took = timed(p.client.request, params("GET", "/healthz"))
            is_(answer.status, 200)
            ok(took < 0.5, "served by the free one", took)
    is_(peak(p, 0.3), 6)
    is_(p.stop(), 0)


@case("more silent peers than workers: dropped by the hard alarm, then all are free again")
def _():
    p = world.program({"workers": {"min": 2, "max": 3, "request_timeout": "1s"}},
                      workers=None)
    before = sum(map(descriptors, p.workers()))
    with silent_peers(p, 6) as socks:
        # Two rounds of three, each ended a second after request_timeout.
        answer, took = timed(p.client.request, params("GET", "/healthz"))
        is_(answer.status, 200)
        ok(3.5 < took < 5, "two alarms", took)
        is_({sock.recv(1) for sock in socks[:3]}, {b""}, "they were dropped")
    wait_for(lambda: sum(map(descriptors, p.workers())) <= before * 3 / 2, 3,
             "no descriptor is left over")
    is_(p.stop(), 0)


def limit(p, n):
    """Sets the soft limit of descriptors of running workers, by a program of their user."""
    who = {"user": p.account.pw_uid, "group": p.account.pw_gid} if p.account else {}
    for pid in p.workers():
        subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={n}:"], check=True, **who)


@case("without a free descriptor workers wait, do not spin, and go on when there is one")
def _():
    p = world.program(workers=2)
    is_(get(p, users[0]).status, 200)
    pids = p.workers()
    limit(p, 3)
    with Load(p.address, threads=4, timeout=20) as flow:
        used = {pid: cpu_seconds(pid) for pid in pids}
        lines = len(p.log())
        time.sleep(2)       # what they use in this time is measured
        used = {pid: cpu_seconds(pid) - before for pid, before in used.items()}
        ok(max(used.values()) <= 0.1, "processor time in 2 s", used)
        ok(len(p.log()) - lines < 5, "the log is not flooded", len(p.log()) - lines)
        is_(len(flow), 0)
        limit(p, 256)
        flow.wait_more(50)
    is_(flow.failed(), [])
    is_(p.workers(), pids)
    is_(p.stop(), 0)


@case("ulimit -n 32 is enough for everything")
def _():
    p = world.program(workers=2, start=False)
    p.path = p.scratch.write("bin/limited",
                             f'#!/bin/sh\nulimit -n 32\nexec {p.path} "$@"\n', 0o755)
    p.start()
    world.migrated(p)
    for sent in healthz, profile_of(*users):
        with Load(p.address, sent, threads=8) as flow:
            flow.wait_more(100)
        is_(flow.failed(), [])
    is_(p.stop(), 0)


@case("a burst of 300 connections waits in the backlog, none is refused")
def _():
    p = world.program(workers=2)
    pids = p.workers()
    socks = [fcgi.connect(p.address, 20) for _ in range(300)]
    for sock in socks:
        sock.sendall(fcgi.message(params("GET", "/healthz")))
    for sock in socks:
        with sock:      # a peer that keeps it open holds its worker for 200 ms more
            is_(fcgi.read_answer(sock).response().status, 200)
    healthy(p, pids)
    is_(p.stop(), 0)


@case("a slow provider makes the pool grow; /healthz stays quick; quiet shrinks it again")
def _():
    p = world.program(ELASTIC, workers=None)
    idp.faults(latency_ms=800)
    with Load(p.address, profile_of(*users), threads=12,
              on_outcome=lambda o: 0.05) as flow:
        wait_for(lambda: len(p.workers()) >= 5, 5, "grows")
        wait_for(lambda: flow.count()[200] >= 2, 5, "it is known to be slow")
        with Load(p.address, threads=1, on_outcome=lambda o: 0.02) as health:
            health.wait_more(60)
    idp.faults()
    is_(health.failed(), [])
    ok(percentile(health.outcomes, 0.95) < 0.25, "quick", percentile(health.outcomes, 0.95))
    is_(set(flow.count()) - {200, 503}, set())
    wait_for(lambda: len(p.workers()) == 2, 30, "shrinks to min", every=0.2)
    is_(peak(p, 1.5), 2, "and stays there")
    healthy(p)
    is_(events(p, "worker died"), [])
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
