#!/usr/bin/env python3
"""trace.file: rotated, deleted, cut short, full; its writer killed and stopped;
reloads, ends, and single processes.  Clients never notice."""

import os
import resource
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import alive, descriptors, events, healthy, members    # noqa: E402
import fcgi                                                     # noqa: E402
from load import Load, params                                   # noqa: E402
from prog import Program                                        # noqa: E402
import otlp                                                     # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402
from trace_world import (KEPT, TraceWorld, counted, files, ids, path_of,    # noqa: E402
                         spans)

world = TraceWorld(database=False)


def everywhere(p):
    """Request ids in all the files there are, each line of them whole."""
    return set().union(*(ids(spans(p, name)) for name in files(p)))


def all_there(p, *flows):
    """Every request of these has its trace, in one of the files."""
    wanted = {o.id for flow in flows for o in flow.outcomes}
    wait_for(lambda: wanted <= everywhere(p), KEPT, "every request's trace")


def grows(p, name="trace.json", over=0):
    path = path_of(p, name)
    wait_for(lambda: os.path.exists(path) and os.path.getsize(path) > over, KEPT, name)


def line_whole(line):
    try:
        return bool(otlp.read_request(line))
    except otlp.Wrong:
        return False


# -- the file ------------------------------------------------------------------------------

@cases("renamed under load, {0}: a new one is made, and no trace is lost", [
    ("without a signal", None), ("with SIGUSR1", signal.SIGUSR1)])
def _(_what, sig):
    p = world.program(workers=2)
    with Load(p.address, threads=2) as flow:
        for n in range(2):
            flow.wait_more(20)
            grows(p)
            os.rename(path_of(p), path_of(p, f"trace.json.{n}"))
            if sig:
                p.send(sig)
            grows(p)
        flow.wait_more(20)
    is_(flow.failed(), [])
    all_there(p, flow)
    is_(os.stat(path_of(p)).st_mode & 0o777, 0o640, "as a log file is")
    is_(counted(p)["dropped"], 0)
    is_(p.stop(), 0)


@case("copied and truncated under load: what is written behind that is whole")
def _():
    p = world.program(workers=2)
    with Load(p.address, threads=2) as flow:
        for n in range(3):
            flow.wait_more(30)
            grows(p)
            shutil.copyfile(path_of(p), path_of(p, f"trace.json.{n}"))
            os.truncate(path_of(p), 0)
        flow.wait_more(30)
        grows(p)
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    ok(spans(p), "spans in the last one")


@case("deleted, and even its folder: it comes again when it can, the rest is counted")
def _():
    p = world.program(file=False, start=False, workers=2)
    folder = p.scratch.mkdir("traces")
    world.reconfigure(p, {"trace": {"file": folder + "/trace.json"}}, file=False)
    p.start()
    with Load(p.address, threads=1) as flow:
        grows(p, "traces/trace.json")
        os.unlink(folder + "/trace.json")
        grows(p, "traces/trace.json")
        shutil.rmtree(folder)
        wait_for(lambda: counted(p)["dropped"] > 0, KEPT, "dropped")
        p.scratch.mkdir("traces")
        grows(p, "traces/trace.json")
    is_(flow.failed(), [])
    is_(len(events(p, "trace file not written")), 1, "told once")
    is_(p.stop(), 0)


@case("a full disk: clients notice nothing, lines are whole, and it goes on when there is room")
def _():
    most = 64 << 20     # no file may be longer, which looks the same from inside
    p = world.program(start=False, workers=2)
    p.scratch.write("trace.json", "\n")
    os.truncate(path_of(p), most - 20000)
    with open(path_of(p), "ab") as f:
        f.write(b"\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        p.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with Load(p.address, threads=2) as flow:
        wait_for(lambda: counted(p)["dropped"] > 20, KEPT, "dropped")
        with open(path_of(p), "rb") as f:
            f.seek(most - 20000 + 1)
            tail = f.read().decode()
        os.truncate(path_of(p), 0)
        before = counted(p)["written"]
        wait_for(lambda: counted(p)["written"] > before + 10, KEPT, "written again")
    is_(flow.failed(), [])
    is_(events(p, "exporter of traces died"), [])
    is_(p.stop(), 0)
    ok(tail.endswith("\n") and all(map(line_whole, tail.splitlines())), "whole lines", tail[-200:])
    ok(spans(p), "and then")


@case("a pipe that is not read for a while: what goes through it then is whole lines")
def _():
    p = world.program(start=False, workers=2)
    os.mkfifo(path_of(p))
    os.chmod(path_of(p), 0o666)
    p.start()
    reader = os.open(path_of(p), os.O_RDONLY | os.O_NONBLOCK)
    with Load(p.address, threads=2) as flow:
        wait_for(lambda: counted(p)["dropped"] > 20, KEPT, "it is full")
        got, n = [], counted(p)["written"]
        wait_for(lambda: got.append(drained(reader)) or counted(p)["written"] >= n + 20, KEPT,
                 "it goes on")
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    lines = b"".join([*got, drained(reader)]).decode().splitlines()
    cut = [line for line in lines if not line_whole(line)]
    ok(all("resourceSpans" not in line[1:].partition('"resourceSpans"')[2] for line in cut),
       "two lines in one", cut)
    ok(len(lines) - len(cut) > 2, "whole ones", len(lines), len(cut))
    os.close(reader)


def drained(fd):
    try:
        return os.read(fd, 1 << 20)
    except BlockingIOError:
        return b""


@case("a device that is always full is no reason not to serve")
def _():
    p = world.program({"trace": {"file": "/dev/full"}}, file=False)
    healthy(p)
    wait_for(lambda: counted(p)["dropped"] > 0, KEPT, "dropped")
    is_([e["error"] for e in events(p, "trace file not written")], ["No space left on device"])
    is_(p.stop(), 0)


# -- its writer ----------------------------------------------------------------------------

@case("the exporter killed again and again under load: clients notice nothing, it comes again")
def _():
    p = world.program(workers=2)
    workers = p.workers()
    with Load(p.address, threads=3) as flow:
        for _ in range(3):
            was = wait_for(p.exporter, KEPT, "an exporter")
            flow.wait_more(20)
            os.kill(was, signal.SIGKILL)
            wait_for(lambda: p.exporter() not in (None, was), KEPT, "the next")
        flow.wait_more(50)
    is_(flow.failed(), [])
    is_(p.workers(), workers)
    is_(len(events(p, "exporter of traces died")), 3)
    healthy(p, what="the last one")
    is_(p.stop(), 0)
    with open(path_of(p)) as f:
        lines = f.read().splitlines()
    torn = [line for line in lines if not line_whole(line)]
    ok(len(torn) <= 3, "lines that a kill may have cut", len(torn), len(lines))
    found = {s["gatehouse.request_id"] for line in lines if line_whole(line)
             for s in otlp.requests(otlp.read_request(line))}
    lost = {o.id for o in flow.outcomes} - found
    ok(len(lost) < len(flow) / 2, "most are there", len(lost), len(flow))


@case("the exporter stopped under load: what finds no room is dropped and counted, no more")
def _():
    p = world.program(workers=2)
    writer = wait_for(p.exporter, KEPT, "an exporter")
    os.kill(writer, signal.SIGSTOP)
    with Load(p.address, threads=4) as flow:
        wait_for(lambda: counted(p)["dropped"] > 0, 60, "a full ring", every=0.2)
        os.kill(writer, signal.SIGCONT)
        flow.wait_more(20)
    is_(flow.failed(), [])
    healthy(p, what="afterwards")
    is_(p.stop(), 0)
    kept, requests = ids(spans(p)), {o.id for o in flow.outcomes}
    ok(200 < len(kept & requests) < len(requests), "what fitted", len(kept), len(requests))


@case("a stopped exporter does not hold up the end for longer than its time")
def _():
    p = world.program(workers=1)
    os.kill(wait_for(p.exporter, KEPT, "an exporter"), signal.SIGSTOP)
    healthy(p)
    is_(p.stop(timeout=15), 0)
    is_(members(p.proc.pid), [])


@case("it is quiet: without requests it is not even woken")
def _():
    p = world.program(workers=1)
    healthy(p)
    writer = wait_for(p.exporter, KEPT, "an exporter")
    grows(p)

    def switches():
        with open(f"/proc/{writer}/status") as f:
            return [line for line in f if line.startswith("voluntary_ctxt_switches")]

    before = wait_for(lambda: (s := switches()) and not wait_differs(switches, s) and s, KEPT,
                      "it sleeps")
    ok(not wait_differs(switches, before, 1.2), "nobody woke it")
    is_(p.stop(), 0)


def wait_differs(get, was, seconds=0.2):
    """Does it change within that time?"""
    try:
        return wait_for(lambda: get() != was, seconds)
    except AssertionError:
        return False


# -- reloads and ends ----------------------------------------------------------------------

@case("SIGHUPs under load: each request's trace is there once, by one exporter or the next")
def _():
    p = world.program(workers=2)
    held = descriptors(p.proc.pid)
    with Load(p.address, threads=3) as flow:
        for _ in range(5):
            was = wait_for(p.exporter, KEPT, "an exporter")
            flow.wait_more(10)
            p.reload()
            wait_for(lambda: p.exporter() not in (None, was), KEPT, "the next")
        flow.wait_more(10)
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    found = otlp.requests(spans(p))
    is_({o.id for o in flow.outcomes} - ids(found), set(), "lost")
    is_(len(ids(found)), len(found), "none twice")
    is_(events(p, "exporter of traces died"), [])
    ok(held <= 20, "descriptors", held)


@case("SIGHUP switches traces on, to another file, and off")
def _():
    p = world.program(file=False)
    held = descriptors(p.proc.pid)
    is_(p.exporter(), None)
    of_worker = wait_for(lambda: len(n := {descriptors(pid) for pid in p.workers()}) == 1 and n,
                         KEPT, "workers that have begun")
    for name in ("trace.json", "other.json"):
        world.reconfigure(p, {"trace": {"file": path_of(p, name)}}, file=False)
        p.reload()
        wait_for(lambda: healthy(p) or os.path.exists(path_of(p, name)), KEPT, name)
        wait_for(lambda: {descriptors(pid) - 1 for pid in p.workers()} == of_worker, KEPT,
                 "a worker has the pipe's writing end, and not the other")
    world.reconfigure(p, file=False)
    p.reload()
    wait_for(lambda: p.exporter() is None, KEPT, "none any more")
    wait_for(lambda: len(events(p, "configuration reloaded")) == 3, KEPT, "reloaded")
    before = len(spans(p, "other.json"))
    for _ in range(5):
        healthy(p)
    is_(len(spans(p, "other.json")), before)
    is_(descriptors(p.proc.pid), held)
    world.reconfigure(p, {"trace": {"file": path_of(p, "last.json")}}, file=False)
    p.reload()
    wait_for(lambda: healthy(p) or os.path.exists(path_of(p, "last.json")), KEPT, "on again")
    is_(p.stop(), 0)
    is_(ids(spans(p, "other.json")) & ids(spans(p, "last.json")), set())
    for name in ("trace.json", "other.json", "last.json"):
        requests = otlp.requests(spans(p, name))
        is_(len(requests), len(ids(requests)), f"{name}: none twice")


@cases("at {0} the last requests' traces are there", [
    ("SIGTERM", "TERM"), ("SIGINT to all of them", "all"), ("SIGTERM to all of them", "all15"),
    ("SIGKILL of the supervisor", "KILL"), ("SIGUSR2", "USR2")])
def _(_what, how):
    p = world.program(workers=2)
    wait_for(p.exporter, KEPT, "an exporter")
    with Load(p.address, threads=3) as flow:
        flow.wait_more(100)
    family = members(p.proc.pid)
    if how == "USR2":
        was = p.exporter()
        p.send(signal.SIGUSR2)
        wait_for(lambda: not alive(was), KEPT, "the old exporter leaves")
    elif how.startswith("all"):
        os.killpg(p.proc.pid, signal.SIGINT if how == "all" else signal.SIGTERM)
        p.proc.wait(15)
    elif how == "KILL":
        p.kill()
    if how in ("TERM", "USR2"):
        began = time.monotonic()
        is_(p.stop(), 0)
        ok(time.monotonic() - began < 2.4 or os.environ.get("GATEHOUSE_WRAP"),
           "it leaves by itself, before it would be killed")
    wait_for(lambda: not any(map(alive, family)), KEPT, "all of them are gone")
    is_(flow.failed(), [])
    is_(events(p, "exporter of traces died"), [], "it was meant to leave")
    is_({o.id for o in flow.outcomes} - ids(spans(p)), set(), "lost")


# -- single processes ----------------------------------------------------------------------

@case("a single process writes the file itself, many of them one file, and has no child")
def _():
    how = {"workers": None, "via": "spawn-fcgi", "name": "bin/gatehouse.fcgi"}
    p = world.program(start=False, **how).start()
    q = Program(p.conf, scratch=p.scratch, **how)
    q.socket = q.scratch / "run/second.sock"
    q.address = "unix:" + q.socket
    q.client = fcgi.Client(q.address)
    world.programs.append(q)
    q.start()
    is_((p.workers(), p.exporter()), ([], None))
    with Load(p.address, threads=2) as flow, Load(q.address, threads=2) as other:
        flow.wait_more(30)
        other.wait_more(30)
        os.rename(path_of(p), path_of(p, "trace.json.1"))
        p.send(signal.SIGUSR1)
        flow.wait_more(30)
        other.wait_more(30)
    is_(flow.failed() + other.failed(), [])
    all_there(p, flow, other)
    is_(len(files(p)), 2)
    is_((p.stop(), q.stop()), (0, 0))


@case("a single process sends nothing to an endpoint, and says so")
def _():
    p = world.program({"trace": {"endpoint": "http://127.0.0.1:9/v1/traces"}}, start=False,
                      workers=None, via="spawn-fcgi", name="bin/gatehouse.fcgi").start()
    healthy(p)
    grows(p)
    ok([e for e in events(p, "configuration") if e["key"] == "trace.endpoint"], "advice")
    is_(p.stop(), 0)


@case("in a single process a file that cannot be written changes nothing for clients")
def _():
    p = world.program({"trace": {"file": "/dev/full"}}, file=False, start=False, workers=None,
                      via="spawn-fcgi", name="bin/gatehouse.fcgi").start()
    for _ in range(5):
        healthy(p)
    ok(counted(p)["dropped"] >= 5, "counted")
    is_(len(events(p, "trace file not written")), 1, "told once")
    is_(p.client.request(params("GET", "/healthz")).status, 200)
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
