#!/usr/bin/env python3
"""Which memory a process shares, with whom, and what becomes of it when things go wrong."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, alive, events, get, healthy, unavailable     # noqa: E402
import child                                                                # noqa: E402
import fcgi                                                                 # noqa: E402
from load import UNANSWERED, Load, profile_of                               # noqa: E402
from prog import Program                                                    # noqa: E402
from tap import case, cases, contains, is_, ok, run, wait_for               # noqa: E402

world = World()
idp = world.idp
PRIVATE = "shared memory is private to this process"


def folder(p, name="cache"):
    return p.scratch.mkdir(name, 0o700)


def files(path):
    return sorted(os.listdir(path))


def single(scratch=None, number=0, path="", env=None, start=True):
    """A process without a supervisor; several in one scratch folder are of one site."""
    p = Program(world.conf({"database": {"migrate": False}, "cache": {"path": path}}),
                via="spawn-fcgi", workers=None, name="bin/gatehouse.fcgi", scratch=scratch)
    p.socket = p.scratch / f"run/{number}.sock"
    p.address = "unix:" + p.socket
    p.client = fcgi.Client(p.address)
    world.programs.append(p)
    return p.start(env=env) if start else p


def maps(pid):
    with open(f"/proc/{pid}/maps") as f:
        return f.read()


world.program(workers=1).stop()         # the tables are there


@case("single processes meet in memory, by the search, and know each other's good users")
def _():
    a = single()
    b = single(a.scratch, 1)
    mine = a.scratch.shared_files()
    is_(len(mine), 1, "one file for both")
    is_(os.stat(mine[0]).st_mode & 0o7777, 0o600)
    for p in a, b:
        contains(maps(p.proc.pid), mine[0])
        is_(events(p, PRIVATE), [])
    ada = idp.user()
    is_(get(a, ada).status, 200)
    idp.faults(e1=True)         # trouble that looks like a refusal
    unavailable(get(b, ada), "provider_unavailable", "b knows that a saw her")
    is_(get(b, idp.user()).status, 503, "the probe has shown the trouble")
    idp.faults()
    is_([a.stop(), b.stop()], [0, 0])


@case("$RUNTIME_DIRECTORY comes first")
def _():
    p = single(start=False)
    there = folder(p, "runtime")
    p.start(env={"RUNTIME_DIRECTORY": there})
    is_(len(files(there)), 1)
    is_(p.scratch.shared_files(), [])
    is_(p.stop(), 0)


@case("a supervisor and its workers have no file, unless a folder is named")
def _():
    p = world.program(workers=2)
    is_(p.scratch.shared_files(), [])
    for pid in p.workers():
        contains(maps(pid), "/memfd:gatehouse")
    is_(p.stop(), 0)
    there = folder(p)
    p.configure(world.conf({"cache": {"path": there}}))
    p.start()
    world.migrated(p)
    is_(len(files(there)), 1)
    for pid in p.workers():
        contains(maps(pid), there)
    is_(p.stop(), 0)
    is_(len(files(there)), 1, "it stays: it is the site's")


@cases("{0} keeps a process from starting, and says so",
       [("no such folder", "No such file or directory"),
        ("a link in its place", "it is a symbolic link"),
        ("others may open it", "others may open it")])
def _(what, why):
    p = single(start=False)
    there = folder(p)
    p.configure(world.conf({"cache": {"path": there}}))
    p.start()
    is_(p.stop(), 0)
    file = os.path.join(there, files(there)[0])
    if what == "no such folder":
        p.configure(world.conf({"cache": {"path": there + "x"}}))
    elif what == "others may open it":
        os.chmod(file, 0o644)
    else:
        os.rename(file, file + ".real")
        os.symlink(file + ".real", file)
    said = p.run("check")
    contains(said.stdout, "FAIL cache: ")
    contains(said.stdout, why)
    p.start(ready=False)
    wait_for(lambda: p.proc.poll() is not None, 10, "it gives up")
    ok(p.proc.returncode != 0, "its exit status", p.proc.returncode)
    contains("\n".join(p.output()), f"cache.path: {there}")
    contains("\n".join(p.output()), why)


@case("check makes no file, and names the one that would be used")
def _():
    p = single(start=False)
    there = folder(p)
    p.configure(world.conf({"cache": {"path": there}}))
    contains(p.run("check").stdout, f"ok   cache: {there}/gatehouse.")
    is_(files(there), [])
    p.configure(world.conf())
    contains(p.run("check").stdout, "ok   cache: a supervisor's workers: private; ")
    is_(p.scratch.shared_files(), [])


@case("the file is removed under load: nobody notices; the next process makes another")
def _():
    a = single(start=False)
    there = folder(a)
    a.configure(world.conf({"database": {"migrate": False}, "cache": {"path": there}}))
    a.start()
    ada = idp.user()
    with Load(a.address, profile_of(ada), threads=1) as flow:
        wait_for(lambda: flow.outcomes, 5, "work")
        os.unlink(os.path.join(there, files(there)[0]))
        b = single(a.scratch, 1, path=there)
        is_(len(files(there)), 1, "a new one")
        is_(get(b, ada).status, 200)
        healthy(a)
    is_({o.status for o in flow.outcomes}, {200})
    is_([a.stop(), b.stop()], [0, 0])


@case("the file is cut short: workers die of it once, and serve again")
def _():
    p = world.program(workers=2, start=False)
    there = folder(p)
    p.configure(world.conf({"cache": {"path": there}}))
    p.start()
    ada = idp.user()
    is_(get(p, ada).status, 200)
    os.truncate(os.path.join(there, files(there)[0]), 4096)

    def good():
        try:
            return get(p, ada).status == 200
        except (OSError, fcgi.Broken):
            return False

    wait_for(good, 10, "an answer")
    # The answer may be there before the line is written.
    mended = wait_for(lambda: events(p, "shared file was cut short and is mended"), 5, "the line")
    is_(len(mended), 1)
    before = len(events(p, "worker died"))
    is_([get(p, ada).status for _ in range(10)], [200] * 10)
    is_(len(events(p, "worker died")), before, "and nobody dies of it again")
    is_(p.stop(), 0)


@case("workers are killed under load: no request fails but theirs, nothing stays locked")
def _():
    p = world.program(workers=3, start=False)
    there = folder(p)
    p.configure(world.conf({"cache": {"path": there}}))
    p.start()
    world.migrated(p)
    ada = idp.user()
    with Load(p.address, profile_of(ada), threads=4) as flow:
        for _ in range(12):
            done = len(flow.outcomes)
            victim = wait_for(lambda: child.kill(p.workers()[0]), 5, "a worker")
            wait_for(lambda: not alive(victim), 5, "its death")
            wait_for(lambda: len(flow.outcomes) > done + 4, 10, "others at work")
    lost = [o for o in flow.outcomes if o.status != 200]
    ok(all(o.how == UNANSWERED for o in lost) and len(lost) <= 12, "only theirs", lost)
    healthy(p)
    is_(p.stop(), 0)


@case("a reload keeps it, a changed folder waits for a restart")
def _():
    p = world.program(workers=1, start=False)
    there, other = folder(p), folder(p, "other")
    p.configure(world.conf({"cache": {"path": there}}))
    p.start()
    before = os.stat(os.path.join(there, files(there)[0])).st_ino
    p.configure(world.conf({"cache": {"path": other}}))
    p.reload()
    wait_for(lambda: events(p, "configuration reloaded"), 5, "the reload")
    is_([e["key"] for e in events(p, "a key takes effect at a restart only")],
        ["cache.path"])
    is_(files(other), [])
    is_(os.stat(os.path.join(there, files(there)[0])).st_ino, before)
    healthy(p)
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
