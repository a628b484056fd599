"""What 16 workers occupy in memory, with a provider over HTTP and over TLS,
and how long the first answer takes after a start."""

import os
import re
import socket
import ssl
import statistics
import subprocess
import threading
import time

import cpu
import measure
import targets
import world
from world import child

STARTS = 15
# The kernel's names of memory that the workers share on purpose.
SEGMENT = re.compile(r"/dev/zero|/memfd:|/gatehouse\.|/SYSV")
GOALS = {"http": 10.0, "https": 18.0, "first answer": 20.0}


class TlsFront:
    """Puts TLS in front of a plain stub.  Slow; nothing is measured of it."""

    def __init__(self, scratch, url):
        host, _, port = url.rpartition("/")[2].partition(":")
        self.behind = (host, int(port))
        self.ca_file = scratch / "authority.pem"
        key = scratch / "authority.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", key, "-out", self.ca_file],
            check=True, capture_output=True, timeout=30)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.ca_file, key)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            plain, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(plain,),
                             daemon=True).start()

    def _serve(self, plain):
        """A request in, its answer out, again and again."""
        try:
            with self.context.wrap_socket(plain, server_side=True) as near, \
                    socket.create_connection(self.behind) as far:
                while data := near.recv(65536):
                    far.sendall(data)
                    near.sendall(far.recv(65536))
        except OSError:
            pass


def _proportional(pid):
    """KiB of a process, and how many of them are the shared segment."""
    total = segment = 0
    shared = False
    with open(f"/proc/{pid}/smaps") as f:
        for line in f:
            if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
                shared = SEGMENT.search(line) is not None
            elif line.startswith("Pss:"):
                kib = int(line.split()[1])
                total += kib
                segment += kib if shared else 0
    return total, segment


def _memory(w, conf):
    """(MiB of all processes without the segment, MiB of it, processes)"""
    gatehouse = w.configured(w.install(world.prog.program()), "memory", conf)
    target = targets.Target("memory", "", gatehouse, w.people["ory"])
    w.start(target)
    w.targets = [target]
    web = w.start_web()
    measure.run_wrk(w, target, 64, 2)
    pids = cpu.trees([target.proc.pid])[target.proc.pid]
    found = [_proportional(pid) for pid in pids]
    child.stop(web)
    child.stop(target.proc)
    total, segment = (sum(kib) / 1024 for kib in zip(*found))
    return total - segment, segment, len(pids)


def _listens(path):
    """Asked of the kernel: a connection would be one of the worker's."""
    listening = "00010000"      # __SO_ACCEPTCON
    with open("/proc/net/unix") as f:
        return any(line.endswith(" " + path + "\n")
                   and line.split()[3] == listening for line in f)


def _start_once(w, target):
    """Milliseconds from its start to its first answer."""
    if os.path.exists(target.socket):
        os.unlink(target.socket)
    argv = target.argv + ["-w", str(target.workers), "-l",
                          target.listen + target.socket]
    proc = w.spawn(argv, "start.out", target.env)
    begun = time.monotonic()    # it has just been exec'd
    # A refused connection would make the web server rest for a second.
    while not _listens(target.socket):
        if time.monotonic() > begun + world.START:
            raise TimeoutError(f"{target.name}: no socket")
    while target.get(target.people.token(0)).status != 200:
        if time.monotonic() > begun + world.START:
            raise TimeoutError(f"{target.name}: no answer")
    took = time.monotonic() - begun
    child.stop(proc)
    return took * 1000


def _starts(w):
    """{target: milliseconds of every start}, in turn."""
    web = w.start_web()
    found = {t.name: [] for t in w.targets}
    for target in w.targets:
        child.stop(target.proc)
    for _ in range(STARTS):
        for target in w.targets:
            found[target.name].append(_start_once(w, target))
    child.stop(web)
    return found


def tell(goal):
    """Prints them; goal: report.goal()."""
    w = world.World("near", ("hello", "minimal", "ory"))
    for name, took in _starts(w).items():
        print(f"first answer of {name}, {targets.WORKERS} workers, after a cold"
              f" start: {statistics.median(took):.1f} ms"
              f" ({min(took):.1f}-{max(took):.1f})", flush=True)
    print(goal("first answer of ory", "at most", "20 ms",
               statistics.median(took), GOALS["first answer"]))
    front = TlsFront(w.scratch, w.idp_url)
    for name, ory in (("http", {"url": w.idp_url}),
                      ("https", {"url": front.url, "ca_file": front.ca_file})):
        rest, segment, n = _memory(w, {"ory": ory})
        print(f"memory of {targets.WORKERS} workers, provider over {name}:"
              f" {rest:.1f} MiB in {n} processes, and {segment:.1f} MiB of the"
              " shared segment")
        print(goal(f"memory, provider over {name},", "at most",
                   f"{GOALS[name]:.0f} MiB", rest, GOALS[name]), flush=True)
    w.close()
