#!/usr/bin/env python3
"""A new configuration, a new log file, a new executable: taken over while serving."""

import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, alive, descriptors, events, get, healthy, members   # noqa: E402
import prog                                                     # noqa: E402
from load import Load, params, profile_of                       # noqa: E402
from tap import case, cases, is_, like, ok, run, wait_for   # noqa: E402

world = World()
idp = world.idp
users = [idp.user() for _ in range(4)]


def version(n):
    """A change of the configuration that a client can see."""
    return {"ory": {"browser_url": f"https://v{n}.example.org"}}


def shown(p):
    answer = p.client.request(params("GET", "/auth/login-info"))
    return answer.json()["oryUrl"]


def in_force(p, n, seconds=5):
    """Until ten answers in a row are by version n."""
    wanted = f"https://v{n}.example.org"
    wait_for(lambda: all(shown(p) == wanted for _ in range(10)), seconds, wanted)


def reconfigure(p, *changes):
    p.configure(world.conf(*changes))


def told(p, event, n=1):
    return wait_for(lambda: len(events(p, event)) >= n and events(p, event), 5, event)


# -- SIGHUP --------------------------------------------------------------------------------

@case("50 SIGHUPs under load, one upon the other: no request fails, the last one counts")
def _():
    p = world.program(version(0), workers=4)
    held = descriptors(p.proc.pid)
    with Load(p.address, profile_of(*users), threads=6) as flow:
        for n in range(1, 51):
            reconfigure(p, version(n))
            p.reload()
            flow.wait_more(4)
        in_force(p, 50)
        flow.wait_more(50)
    is_(flow.failed(), [])
    wait_for(lambda: len(p.workers()) == 4, 5, "no more and no fewer workers")
    is_(descriptors(p.proc.pid), held, "the supervisor's descriptors")
    ok(len(events(p, "configuration reloaded")) > 5, "reloaded",
       len(events(p, "configuration reloaded")))
    is_(events(p, "worker died") + events(p, "worker killed"), [])
    is_(p.stop(), 0)


@case("a request in hand at a SIGHUP is finished under the old configuration")
def _():
    p = world.program(workers=1)
    idp.reset_counters()
    idp.faults(latency_ms=600)
    with Load(p.address, profile_of(users[0]), threads=1) as flow:
        wait_for(lambda: idp.counters()["whoami"] == 1, 5, "in hand")
        flow.ending.set()
        was = p.workers()
        p.reload()
        told(p, "configuration reloaded")
        ok(alive(was[0]), "the old worker is at work")
        idp.faults()
        healthy(p, what="while the old one works a new one serves")
    is_(flow.failed(), [])
    is_(p.stop(), 0)


BROKEN = {
    "a syntax error": (lambda text: text + "\nthis is no setting\n",
                       r"gatehouse\.conf:\d+: syntax error"),
    "an unknown key": (lambda text: text + "max_bodi = 1;\n",
                       r"gatehouse\.conf:\d+: max_bodi: there is no such key"),
    "a wrong type": (lambda text: text.replace('"debug"', "3"),
                     r"gatehouse\.conf:\d+: log\.level: must be a string"),
    "a file cut in half": (lambda text: text[:len(text) * 2 // 3], r"gatehouse\.conf:\d+: "),
    "an empty file": (lambda text: "", r"gatehouse\.conf: ory\.project_slug: set exactly one"),
    "no file": (None, r"gatehouse\.conf: cannot be read"),
    "a log file that cannot be opened": (
        lambda text: text.replace("gatehouse.log", "no/such/folder/log"), "no/such/folder/log"),
}


@cases("SIGHUP with {0}: the old configuration and its workers stay, the log says why",
       [(name,) for name in BROKEN])
def _(name):
    spoil, words = BROKEN[name]
    p = world.program(version(1), workers=2)
    pids = p.workers()
    good = prog.config_text(p.conf)
    if spoil:
        p.scratch.write("gatehouse.conf", spoil(good), 0o600)
    else:
        os.unlink(p.conf_path)
    with Load(p.address, threads=2) as flow:
        p.reload()
        lines = told(p, "reload failed, nothing changed")
        flow.wait_more(50)
    is_(flow.failed(), [])
    is_(p.workers(), pids)
    said = " ".join([e["problem"] for e in events(p, "configuration refused")]
                    + [str(e.get("error")) for e in lines])
    like(said, words)
    reconfigure(p, version(2))
    p.reload()
    in_force(p, 2)
    is_(p.stop(), 0)


@case("keys that need a restart: it is told, and nothing changes, the end included")
def _():
    p = world.program(version(1), start=False, via="config")
    old, other = p.scratch / "run/old.pid", p.scratch.write("run/other.pid", "1\n")
    reconfigure(p, version(1), {"pid_file": old, "listen": p.address})
    p.start()
    with open(old) as f:
        is_(f.read(), f"{p.proc.pid}\n")
    reconfigure(p, version(2), {"pid_file": other, "listen": "unix:/nowhere",
                                "listen_mode": "0600"})
    p.reload()
    in_force(p, 2)
    keys = {e["key"] for e in events(p, "a key takes effect at a restart only")}
    is_(p.stop(), 0)
    ok(not os.path.exists(p.socket), "the socket it made is taken away")
    ok(not os.path.exists(old), "and the pid file it wrote")
    ok(os.path.exists(other), "but no file of somebody else")
    ok(keys and keys <= {"listen", "listen_mode", "pid_file"}, "told by name", keys)


@case("SIGHUP takes over workers.min, the log's level, and a secret's new contents")
def _():
    p = world.program(workers=None, start=False)
    secret = p.scratch.write("dsn", "postgresql:///nowhere?host=/nonexistent", 0o600)
    conf = {"database": {"url": "file:" + secret, "migrate": False},
            "workers": {"min": 1, "max": 1}}
    reconfigure(p, conf)
    p.start()
    is_((len(p.workers()), get(p, users[0]).status), (1, 503))
    p.scratch.write("dsn", world.pg.url + "\n", 0o600)
    reconfigure(p, conf, {"workers": {"min": 3, "max": 3}, "log": {"level": "warn"}})
    p.reload()
    wait_for(lambda: get(p, users[0]).status == 200, 5, "the new database")
    wait_for(lambda: len(p.workers()) == 3, 5, "three workers")
    lines = len(p.log())
    healthy(p)
    is_(len(p.log()), lines, "info lines are left out")
    is_(p.stop(), 0)


@case("SIGHUP puts other rules of the guard in force, for what is in the cache as well")
def _():
    cached = {"ory": {"cache_ttl": "60s"}}
    p = world.program(cached)

    def check(path):
        return p.client.request(
            params("GET", "/auth/check", [("X-Session-Token", users[1].token)])
            + [("GATEHOUSE_ORIGINAL_URI", path),
               ("GATEHOUSE_ORIGINAL_METHOD", "GET")]).status

    is_((check("/a"), check("/b")), (204, 204), "no rules: whoever is signed in")
    asked = idp.calls()
    reconfigure(p, cached, {"guard": {"rules": [{"path": "/a"}]}})
    p.reload()
    wait_for(lambda: all(check("/b") == 403 for _ in range(10)), 5, "default deny")
    is_((check("/a"), check("/b")), (204, 403))
    reconfigure(p, cached, {"guard": {"rules": [{"path": "/a", "access": "all"}]}})
    p.reload()
    told(p, "configuration refused")
    is_((check("/a"), check("/b")), (204, 403), "the rules from before")
    is_(idp.calls(), asked, "out of the cache")
    is_(p.stop(), 0)


# -- SIGUSR1 -------------------------------------------------------------------------------

@case("SIGUSR1 under load after a rename: new lines in a new file, not one is lost")
def _():
    p = world.program(workers=3)
    with Load(p.address, threads=4) as flow:
        for n in range(5):
            flow.wait_more(50)
            os.rename(p.scratch / "gatehouse.log", p.scratch / f"old-{n}.log")
            p.send(signal.SIGUSR1)
            wait_for(lambda: os.path.exists(p.scratch / "gatehouse.log"), 5, "a new file")
        flow.wait_more(50)
    is_(flow.failed(), [])
    sizes = [os.path.getsize(p.scratch / f"old-{n}.log") for n in range(5)]
    healthy(p)
    is_([os.path.getsize(p.scratch / f"old-{n}.log") for n in range(5)], sizes,
        "nobody writes to the old ones")
    is_(p.stop(), 0)
    names = ["gatehouse.log", *(f"old-{n}.log" for n in range(5))]
    text = "\n".join("\n".join(p.scratch.tail(n, 1 << 30)) for n in names)
    is_([o.id for o in flow.outcomes if f'"{o.id}"' not in text], [], "requests without a line")


# -- SIGUSR2 -------------------------------------------------------------------------------

def replace_program(p, source=None):
    """As an installation does: a new file is renamed over the old one."""
    return os.stat(p.scratch.copy(source or prog.program(), "bin/gatehouse"))


def runs(p, file):
    real = os.stat(f"/proc/{p.proc.pid}/exe")
    return (real.st_dev, real.st_ino) == (file.st_dev, file.st_ino)


@cases("SIGUSR2 under load re-executes on the same socket, which came from {0}: 0 failed",
       [("config",), ("listen",), ("spawn-fcgi",)])
def _(via):
    p = world.program(workers=3, via=via)
    with Load(p.address, profile_of(*users), threads=6) as flow:
        for _ in range(3):
            flow.wait_more(30)
            was, file = p.workers(), replace_program(p)
            p.send(signal.SIGUSR2)
            wait_for(lambda: p.proc.poll() is not None or runs(p, file), 5, "the new program")
            is_(p.proc.poll(), None, "the same process goes on")
            wait_for(lambda: len(p.workers()) == 3 and not set(was) & set(p.workers()), 5,
                     "workers of the new program only")
        flow.wait_more(30)
    is_(flow.failed(), [])
    is_(p.stop(), 0)
    is_(members(p.proc.pid), [])
    if via == "listen" or via == "config":
        ok(not os.path.exists(p.socket), "the socket file is gone")


@case("signals that come while the program is executed anew are heard, and end nothing")
def _():
    p = world.program(workers=2)
    with Load(p.address, threads=2) as flow:
        for sig in (signal.SIGUSR1, signal.SIGHUP) * 3:
            file = replace_program(p)
            p.send(signal.SIGUSR2)
            for _ in range(20):
                p.send(sig)
            wait_for(lambda: p.proc.poll() is not None or runs(p, file), 20, "the new program")
            is_(p.proc.poll(), None, f"it goes on after {sig.name}")
            flow.wait_more(10)
    is_(flow.failed(), [])
    is_(p.stop(), 0)


@case("a worker of the old program that does not leave is killed by the new one")
def _():
    p = world.program({"workers": {"request_timeout": "100ms", "stop_timeout": "1200ms"}},
                      workers=2)
    stuck, file = p.workers()[-1], replace_program(p)
    os.kill(stuck, signal.SIGSTOP)
    p.send(signal.SIGUSR2)
    wait_for(lambda: runs(p, file), 5, "the new program")
    ok(stuck in p.workers(), "it is its child now")
    wait_for(lambda: stuck not in p.workers(), 5, "the end of the stuck one")
    is_([e["pid"] for e in events(p, "worker killed")], [stuck])
    is_(p.stop(), 0)


HANGS = "#!/bin/sh\nexec sleep 30\n"


@cases("SIGUSR2 with {0} is refused, the old program and its workers go on", [
    ("/bin/false", "/bin/false"), ("/bin/true", "/bin/true"), ("a text", "words\n"),
    ("half an executable", None), ("a program that hangs", HANGS)])
def _(what, content):
    p = world.program(workers=2)
    pids = p.workers()
    if content is None:
        with open(prog.program(), "rb") as f:
            content = f.read()[:20000]
    if isinstance(content, str) and content.startswith("/"):
        replace_program(p, content)
    else:
        p.scratch.write("bin/gatehouse", content, 0o755)
    with Load(p.address, threads=2) as flow:
        p.send(signal.SIGUSR2)
        wait_for(lambda: p.proc.poll() is not None
                 or events(p, "new program refused, nothing changed"), 20, "refused")
        is_(p.proc.poll(), None, "it goes on")
        flow.wait_more(20)
    is_(flow.failed(), [])
    healthy(p, pids)
    is_(p.stop(), 0)


@case("SIGUSR2 while the configuration is broken is refused")
def _():
    p = world.program(version(1), workers=2)
    pids = p.workers()
    replace_program(p)
    p.scratch.write("gatehouse.conf", "nonsense", 0o600)
    p.send(signal.SIGUSR2)
    told(p, "new program refused, nothing changed")
    healthy(p, pids)
    is_(shown(p), "https://v1.example.org")
    is_(p.stop(), 0)


@case("SIGUSR2 on and on under load leaves no descriptor and no process behind")
def _():
    p = world.program(workers=2, via="config")
    held = descriptors(p.proc.pid)
    with Load(p.address, threads=4) as flow:
        for _ in range(8):
            file = replace_program(p)
            p.send(signal.SIGUSR2)
            wait_for(lambda: runs(p, file), 5, "the new program")
            flow.wait_more(20)
    is_(flow.failed(), [])
    wait_for(lambda: len(members(p.proc.pid)) == 4, 5,
             "a supervisor, two workers and the reader of revocations")
    is_(descriptors(p.proc.pid), held)
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
