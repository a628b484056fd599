#!/usr/bin/env python3
"""The single process: how it starts, serves, and makes room for what replaced it."""

import os
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, alive, events, get, healthy      # noqa: E402
import fcgi                                                     # noqa: E402
import prog                                                     # noqa: E402
from load import UNANSWERED, Load, profile_of                       # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

world = World()
idp = world.idp
ada = idp.user()
NAME = "bin/gatehouse.fcgi"


def single(*changes, **how):
    """Without -w, with a name that means one process, its socket as descriptor 0."""
    p = world.program({"database": {"migrate": False}}, *changes, workers=None,
                      via="spawn-fcgi", name=NAME, start=False, **how)
    return p.start()


def migrate():
    p = world.program(workers=1)
    is_(p.stop(), 0)


def ended(p, seconds):
    wait_for(lambda: p.proc.poll() is not None, seconds, "it leaves")
    return p.proc.returncode


@case("the schema is made by others: a single process never migrates")
def _():
    p = single({"database": {"migrate": True}})
    is_(get(p, ada).status, 503)
    is_(p.workers(), [], "no child at all")
    is_(p.stop(), 0)
    migrate()


@case("one process serves one request at a time; SIGTERM lets it finish")
def _():
    p = single()
    is_(p.workers(), [])
    idp.reset_counters()
    idp.faults(latency_ms=500)
    with Load(p.address, profile_of(ada), threads=1) as flow:
        wait_for(lambda: idp.counters()["whoami"] == 1, 5, "in hand")
        flow.ending.set()
        is_(p.stop(), 0)
    idp.faults()
    is_([o.status for o in flow.outcomes], [200])


@cases("{0} does not end it", [("SIGHUP",), ("SIGUSR1",), ("SIGUSR2",), ("SIGPIPE",)])
def _(name):
    p = single()
    p.send(getattr(signal, name))
    healthy(p)
    is_(p.stop(), 0)


@case("SIGUSR1 reopens its log too")
def _():
    p = single()
    os.rename(p.scratch / "gatehouse.log", p.scratch / "old.log")
    p.send(signal.SIGUSR1)
    wait_for(lambda: os.path.exists(p.scratch / "gatehouse.log"), 5, "a new file")
    healthy(p)
    wait_for(lambda: len(events(p, "request")) == 1, 5, "its line")
    is_(p.stop(), 0)


@cases("a replaced {0}: it leaves between requests with status 0, none of them fails",
       [("executable",), ("configuration",)])
def _(what):
    p = single()
    with Load(p.address, profile_of(ada), threads=1) as flow:
        flow.wait_more(5)
        if what == "executable":
            p.scratch.copy(prog.program(fcgi_name=True), NAME)
        else:
            p.configure(world.conf({"bio_max": 7}))
        is_(ended(p, 5), 0)
        flow.ending.set()
    lost = [o for o in flow.outcomes if o.status != 200]
    is_({o.status for o in lost} - {None}, set(), "no error is sent")
    # One may have come to the socket's queue in the moment of leaving.
    ok([o.how for o in lost].count(UNANSWERED) <= 1, "the others came later", lost)
    known = {e["request_id"] for e in events(p, "request")}
    is_([o for o in lost if o.id in known], [], "nothing that was begun")


@case("it leaves although nobody asks: the first request after a change meets the new one")
def _():
    p = single()
    p.configure(world.conf({"bio_max": 7}))
    is_(ended(p, 5), 0)


@case("a broken configuration: it stays and says so once; when it is mended it leaves")
def _():
    p = single()
    p.scratch.write("gatehouse.conf", "max_bodi = 1;\n", 0o600)
    end = time.monotonic() + 3
    while time.monotonic() < end:
        healthy(p)
        time.sleep(0.05)
    said = [e["problem"] for e in events(p, "new configuration is not used")]
    is_(len(said), 1)
    like(said[0], r"gatehouse\.conf:1: max_bodi: there is no such key")
    p.configure(world.conf({"bio_max": 8}))
    with Load(p.address, threads=1):
        is_(ended(p, 5), 0)


@case("max_requests ends it cleanly")
def _():
    p = single({"workers": {"max_requests": 10}})
    with Load(p.address, threads=1) as flow:
        is_(ended(p, 5), 0)
        flow.ending.set()
    ok(5 <= flow.count()[200] <= 11, "that many", flow.count())


@case("kill -9: the next process takes the same socket over")
def _():
    p = single()
    p.kill()
    p.start()
    is_(get(p, ada).status, 200)
    is_(p.stop(), 0)


@case("-w 1 under that name is a supervisor with one worker")
def _():
    p = world.program(workers=1, via="spawn-fcgi", name=NAME)
    is_(len(p.workers()), 1)
    is_(p.stop(), 0)


@case("a silent peer is dropped by the hard alarm, then the next is served")
def _():
    p = single({"workers": {"request_timeout": "500ms"}})
    with fcgi.connect(p.address) as sock:
        sock.sendall(fcgi.begin())
        started = time.monotonic()
        healthy(p)
        ok(1.2 < time.monotonic() - started < 2.5, "in time", time.monotonic() - started)
    ok(alive(p.proc.pid), "the same process")
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
