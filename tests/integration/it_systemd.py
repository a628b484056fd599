#!/usr/bin/env python3
"""Started by systemd: its socket, its notice of life, its credentials, its units.

systemd itself does not run here; its socket activation is imitated (descriptor 3,
LISTEN_FDS, LISTEN_PID), and the unit files are verified by systemd-analyze.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, events, get, members    # noqa: E402
import child                                                    # noqa: E402
import fcgi                                                     # noqa: E402
import prog                                                     # noqa: E402
from load import Load                                           # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for       # noqa: E402

world = World()
ada = world.idp.user()
ETC = os.path.join(os.environ.get("top_srcdir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."), "etc")

# The listening socket arrives as descriptor 0; what systemd would make of it, and the
# process that is executed in the end is the one that LISTEN_PID names.
ACTIVATIONS = {
    "ours": 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 </dev/null',
    "another's": 'LISTEN_FDS=1 LISTEN_PID=1 exec "$@" 3<&0 </dev/null',
    "stdin": 'exec "$@" >&0',
}


def activated(how="ours", name="bin/gatehouse", workers=2):
    """A program whose socket comes from "systemd"; its configuration names it, too."""
    p = world.program(start=False, workers=workers, name=name)
    p.configure(world.conf({"listen": p.address}))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(p.socket)
        os.chmod(p.socket, 0o666)
        listener.listen(511)
        p.proc = child.spawn(["sh", "-c", ACTIVATIONS[how], "sh", *p.arguments()],
                             p.scratch / "stderr.log", p.account, cwd="/", stdin=listener)
    return p


def serving(p):
    wait_for(p.answers, prog.READY, "an answer")
    world.migrated(p)
    return p


@case("socket activation: descriptor 3, LISTEN_FDS, LISTEN_PID")
def _():
    p = serving(activated())
    is_(get(p, ada).status, 200)
    is_(len(p.workers()), 2)
    is_(p.stop(), 0)
    ok(os.path.exists(p.socket), "the socket is systemd's: it stays")
    is_(members(p.proc.pid), [])


@case("StandardInput=socket: descriptor 0, and nothing is written to descriptor 1")
def _():
    p = serving(activated("stdin"))
    is_(get(p, ada).status, 200)
    for pid in [p.proc.pid, *p.workers()]:
        is_(os.readlink(f"/proc/{pid}/fd/1"), "/dev/null")
    is_(p.stop(), 0)
    ok(os.path.exists(p.socket), "it stays")


@case("LISTEN_PID of another process: the socket is not for us, and not taken")
def _():
    p = activated("another's")
    p.proc.wait(10)
    is_(p.proc.returncode, 1, "it cannot listen there: another one does")
    p = world.program(start=False)
    p.proc = child.spawn(["sh", "-c", ACTIVATIONS["another's"], "sh", *p.arguments()],
                         p.scratch / "stderr.log", p.account)
    is_(p.proc.wait(10), 2)
    like("\n".join(p.output()), "no socket to serve on")


@case("a single process is activated as well")
def _():
    p = world.program(workers=1)
    is_(p.stop(), 0)
    p = serving(activated(name="bin/gatehouse.fcgi", workers=None))
    is_((p.workers(), get(p, ada).status), ([], 200))
    is_(p.stop(), 0)


@case("reload by SIGHUP, upgrade by SIGUSR2 and a stop, all on the activated socket, under load")
def _():
    p = serving(activated())
    with Load(p.address, threads=4) as flow:
        flow.wait_more(50)
        p.reload()
        wait_for(lambda: events(p, "configuration reloaded"), 5, "reloaded")
        flow.wait_more(50)
        file = os.stat(p.scratch.copy(prog.program(), "bin/gatehouse"))
        p.send(signal.SIGUSR2)
        wait_for(lambda: os.stat(f"/proc/{p.proc.pid}/exe").st_ino == file.st_ino, 5, "new")
        flow.wait_more(50)
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    ok(os.path.exists(p.socket), "the socket is systemd's: it stays")


@case("connections that came before the start are served")
def _():
    where = child.Scratch() / "early.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(where)
        os.chmod(where, 0o666)
        listener.listen(511)
        early = [fcgi.connect("unix:" + where) for _ in range(10)]
        for sock in early:
            sock.sendall(fcgi.message({"REQUEST_METHOD": "GET", "REQUEST_URI": "/healthz"}))
        p = world.program(start=False)
        p.proc = child.spawn(p.arguments(), p.scratch / "stderr.log", p.account, stdin=listener)
    is_({fcgi.read_answer(sock).response().status for sock in early}, {200})
    for sock in early:
        sock.close()
    is_(p.stop(), 0)


# -- the units -----------------------------------------------------------------------------

def unit(name):
    with open(os.path.join(ETC, name)) as f:
        return f.read()


@cases("etc/{0} is there", [("gatehouse.service",), ("gatehouse.socket",)])
def _(name):
    ok(os.path.isfile(os.path.join(ETC, name)), "the file")


@case("systemd-analyze verify has nothing to say about them")
def _():
    ok(shutil.which("systemd-analyze"), "systemd-analyze is installed")
    place = child.Scratch()
    for name in "gatehouse.service", "gatehouse.socket":
        # The program stands where this build put it.
        text = re.sub(r"(?m)^(Exec\w+=[-+!@:]*)\S*/(gatehouse\S*)",
                      rf"\1{prog.program()}", unit(name))
        place.write(name, text)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", place / "gatehouse.service",
                           place / "gatehouse.socket"], capture_output=True, text=True, timeout=60)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "gatehouse" in line]
    is_((done.returncode, ours), (0, []))


@case("the units say what the program needs: reload by SIGHUP, time to stop, a private socket")
def _():
    service, sock = unit("gatehouse.service"), unit("gatehouse.socket")
    like(service, r"(?m)^ExecReload=\S*kill -HUP \$MAINPID|^Type=notify-reload")
    like(service, r"(?m)^KillMode=mixed")
    limit = re.search(r"(?m)^TimeoutStopSec=(\d+)", service)
    ok(limit and int(limit[1]) > 7, "longer than workers.stop_timeout")
    mode = re.search(r"(?m)^SocketMode=(\d+)", sock)
    ok(mode and int(mode[1], 8) & 0o007 == 0, "not for everybody")
    backlog = re.search(r"(?m)^Backlog=(\d+)", sock)
    ok(backlog is None or int(backlog[1]) >= 511, "a backlog for bursts")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
