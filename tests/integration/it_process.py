#!/usr/bin/env python3
"""Processes that are killed, stopped or stuck, while others are being served."""

import os
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import (RESPAWN, World, alive, cpu_seconds, events, get, healthy,  # noqa: E402
                         members)
import load                                                     # noqa: E402
from load import Load, profile_of                               # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

world = World()
idp = world.idp
users = [idp.user() for _ in range(8)]


def refilled(p, n, killed):
    """Seconds until n workers, none of them one of the killed."""
    started = time.monotonic()
    wait_for(lambda: len(p.workers()) == n and not set(p.workers()) & set(killed), 10,
             "the pool is refilled", every=0.005)
    return time.monotonic() - started


def in_hand(n):
    """Until the provider has got n requests since the last reset of the counters."""
    wait_for(lambda: idp.counters()["whoami"] >= n, 5, f"{n} requests in hand")


@case("kill -9 of a worker under load costs at most the request it held, one by one and all")
def _():
    p = world.program(workers=4)
    with Load(p.address, profile_of(*users), threads=8) as flow:
        flow.wait_more(40)
        for n in range(6):
            victim = p.workers()[n % 4]
            os.kill(victim, signal.SIGKILL)
            took = refilled(p, 4, [victim])
            ok(took < RESPAWN, "refilled in time", took)
            flow.wait_more(40)
        is_(flow.failed((200, None)), [], "nobody got an error")
        ok(len(flow.failed()) <= 6, "one request a victim at most", flow.failed())
        before = len(flow.failed())
        victims = p.workers()
        for pid in victims:
            os.kill(pid, signal.SIGKILL)
        took = refilled(p, 4, victims)
        ok(took < RESPAWN, "all refilled in time", took)
        flow.wait_more(40)
    ok(len(flow.failed()) - before <= 4, "four requests at most", flow.failed())
    is_(flow.failed((200, None)), [], "nobody got an error")
    is_(set(o.how for o in flow.failed()) - {load.UNANSWERED}, set())
    is_(len(events(p, "worker died")), 10, "each is told")
    is_(p.stop(), 0)


@case("kill -9 in mid-request: that client gets nothing, never a grant; the next is served")
def _():
    p = world.program(workers=1)
    idp.faults(latency_ms=700)
    idp.reset_counters()
    try:
        with Load(p.address, profile_of(users[0]), threads=1) as flow:
            in_hand(1)
            os.kill(p.workers()[0], signal.SIGKILL)
            flow.wait_more(2)
    finally:
        idp.faults()
    is_([o.how for o in flow.outcomes][:2], [load.UNANSWERED, load.ANSWERED])
    is_(p.stop(), 0)


@cases("{0} under load: what was accepted is finished, exit status 0, in time",
       [("SIGTERM",), ("SIGINT",), ("SIGQUIT",)])
def _(name):
    p = world.program(workers=4)
    with Load(p.address, profile_of(*users), threads=8) as flow:
        flow.wait_more(60)
        idp.reset_counters()
        idp.faults(latency_ms=600)
        in_hand(4)      # all workers wait for the provider now
        idp.reset_requests()
        told = time.monotonic()
        status = p.stop(getattr(signal, name))
        took = time.monotonic() - told
        idp.faults()
    is_(status, 0, "exit status")
    ok(took < 7, "within stop_timeout", took)
    held = [o for o in flow.outcomes if o.started < told and o.ended > told]
    is_(sorted(o.status or 0 for o in held)[-4:], [200] * 4, "the four in hand")
    is_([o for o in flow.outcomes if o.ended < told and o.status != 200], [], "before")
    asked = {r.get("X-Request-ID") for r in idp.whoami_requests()}
    lost = [o for o in flow.outcomes if o.status != 200]
    is_([o for o in lost if o.id in asked], [], "nothing that was begun is lost")
    is_({o.status for o in lost}, {None}, "and no error was sent")
    is_(members(p.proc.pid), [], "nobody stays")
    ok(not os.path.exists(p.socket), "the socket file is gone")


@case("saturated workers leave on SIGTERM, without waiting for a quiet moment")
def _():
    p = world.program(workers=2)
    with Load(p.address, threads=16) as flow:
        flow.wait_more(300)
        told = time.monotonic()
        is_(p.stop(), 0)
        took = time.monotonic() - told
    ok(took < 1, "left at once", took)
    is_([o for o in flow.outcomes if o.ended < told and o.status != 200], [])


@case("SIGTERM to one worker by hand under load: nothing fails, another takes its place")
def _():
    p = world.program(workers=3)
    with Load(p.address, profile_of(*users), threads=6) as flow:
        for _ in range(4):
            flow.wait_more(30)
            victim = p.workers()[0]
            os.kill(victim, signal.SIGTERM)
            ok(refilled(p, 3, [victim]) < RESPAWN, "refilled in time")
    is_(flow.failed(), [])
    is_(events(p, "worker died"), [], "a clean end is no death")
    is_(p.stop(), 0)


@case("kill -9 of the supervisor: workers finish what they hold and are gone within a second")
def _():
    p = world.program(workers=4)
    idp.reset_counters()
    idp.faults(latency_ms=500)
    with Load(p.address, profile_of(*users), threads=4) as flow:
        in_hand(4)
        flow.ending.set()
        p.kill()
        killed = time.monotonic()
        flow.stop()
        idp.faults()
        wait_for(lambda: not members(p.proc.pid), 5, "orphans leave", every=0.01)
        took = time.monotonic() - killed
    ok(took < 0.5 + 1, "requests in hand, and a second", took)
    is_(flow.failed(), [], "those in hand are answered")


@case("after that the socket file is stale, and a new start takes it over")
def _():
    p = world.program(workers=2)
    with Load(p.address, threads=4) as flow:
        flow.wait_more(100)
        p.kill()
        wait_for(lambda: not members(p.proc.pid), 1, "workers leave", every=0.01)
    ok(os.path.exists(p.socket), "the socket file stays")
    p.start()
    healthy(p)
    is_(p.stop(), 0)


@case("a second program on the same socket is refused, the first one goes on")
def _():
    p = world.program(workers=2)
    before = p.workers()
    done = subprocess.run([p.path, "-c", p.conf_path, "-l", p.address],
                          capture_output=True, text=True, timeout=20)
    is_(done.returncode, 1)
    like(done.stderr, "another process is serving there")
    healthy(p, before)
    is_(p.stop(), 0)


SHORT = {"workers": {"request_timeout": "500ms", "stop_timeout": "2s"}}


@case("a worker that hangs in a request (SIGSTOP) is killed and replaced")
def _():
    p = world.program(SHORT, workers=2)
    idp.faults(latency_ms=400, times=1)
    idp.reset_counters()
    with Load(p.address, profile_of(users[0]), threads=1) as flow:
        in_hand(1)
        pids = p.workers()
        busy = [pid for pid in pids if holds_connection(p, pid)]
        is_(len(busy), 1, "one holds the request")
        os.kill(busy[0], signal.SIGSTOP)
        flow.ending.set()
        wait_for(lambda: not alive(busy[0]), 8, "killed")
        ok(refilled(p, 2, busy) < RESPAWN, "replaced")
    is_([o.how for o in flow.outcomes], [load.UNANSWERED])
    is_([(e["pid"], e["why"]) for e in events(p, "worker killed")][:1], [(busy[0], "stuck")])
    healthy(p)
    is_(p.stop(), 0)


def holds_connection(p, pid):
    """Has it a connection on the listening socket's path?"""
    with open("/proc/net/unix") as f:
        ours = {line.split()[6] for line in f if line.rstrip().endswith(" " + p.socket)
                and line.split()[5] == "03"}
    found = []
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            found.append(os.readlink(f"/proc/{pid}/fd/{fd}"))
        except OSError:
            continue
    return any(f"socket:[{inode}]" in found for inode in ours)


@case("an idle worker that does not listen (SIGSTOP) cannot hold up a stop")
def _():
    p = world.program(SHORT, workers=2)
    os.kill(p.workers()[0], signal.SIGSTOP)
    told = time.monotonic()
    is_(p.stop(), 0)
    took = time.monotonic() - told
    ok(1.9 < took < 4, "after stop_timeout", took)
    is_([e["why"] for e in events(p, "worker killed")], ["did not leave in time"])


@case("workers that die at once: delays grow, processor time is bounded, then it heals")
def _():
    p = world.program(workers=2)
    seen, over = set(), threading.Event()

    def murder():
        while not over.is_set():
            for pid in p.workers():
                seen.add(pid)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.002)

    used = cpu_seconds(p.proc.pid)
    killer = threading.Thread(target=murder)
    killer.start()
    time.sleep(4)           # this long the loop goes on: what is measured
    over.set()
    killer.join()
    ok(4 <= len(seen) <= 24, "forks in 4 s", len(seen))
    ok(cpu_seconds(p.proc.pid) - used < 0.5, "processor time", cpu_seconds(p.proc.pid) - used)
    started = time.monotonic()
    healthy(p)
    ok(time.monotonic() - started < 2.5, "heals", time.monotonic() - started)
    wait_for(lambda: len(p.workers()) == 2, 3, "two again")
    is_(get(p, users[0]).status, 200)
    is_(p.stop(), 0)


@case("a configuration that is wrong: no start, at once, with file and line")
def _():
    p = world.program({"workers": {"min": 5, "max": 2}}, start=False)
    started = time.monotonic()
    done = subprocess.run([p.path, "-c", p.conf_path, "-l", p.address],
                          capture_output=True, text=True, timeout=20)
    is_(done.returncode, 1)
    ok(time.monotonic() - started < 1, "at once")
    like(done.stderr, p.conf_path + r":\d+: workers\.min: must not be above")
    ok(not os.path.exists(p.socket), "no socket was made")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
