"""One Gatehouse and raw connections to it, for the it_fastcgi programs.

After every case: the next good request is 200, by the same workers.
"""

import os
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World                                   # noqa: E402
import fcgi                                                     # noqa: E402
from load import params                                         # noqa: E402
from tap import case, cases, is_, ok                            # noqa: E402

WORKERS = 3
ALARM = 1.8             # request_timeout and a second: then a peer is dropped
world = World()
ada = world.idp.user()
p = world.program({"workers": {"request_timeout": "800ms"}}, workers=WORKERS)
GOOD = params("GET", "/user/profile", [("X-Session-Token", ada.token)])
HEALTH = params("GET", "/healthz")
BODY = b'{"theme":"dark"}'
WRITE = params("POST", "/user/preferences", [("X-Session-Token", ada.token)], str(len(BODY)))
pids = p.workers()      # those that must outlive every case


def as_before(what=""):
    """The next good requests are 200 and nobody died: as many as there are workers."""
    for _ in range(WORKERS):
        is_(p.client.request(GOOD).status, 200, what)
    is_(p.workers(), pids, "the workers")


def unharmed(function):
    def checked(*args):
        function(*args)
        as_before("afterwards")
    return checked


def fcase(name, rows=None):
    """A case, or one for each row, with the promise checked at its end."""
    register = case(name) if rows is None else cases(name, rows)
    return lambda function: register(unharmed(function))


def ending(data, timeout=ALARM + 3, half_close=False):
    """(answer or None, seconds) of these bytes; every connection must come to its end."""
    started = time.monotonic()
    with fcgi.connect(p.address, timeout) as sock:
        try:
            sock.sendall(data)
            if half_close:
                sock.shutdown(socket.SHUT_WR)
            answer = fcgi.read_answer(sock).response()
            is_(sock.recv(1), b"", "the connection is closed behind the answer")
        except (fcgi.Broken, ConnectionError):
            answer = None
    return answer, time.monotonic() - started


def refused(data, statuses=(400,), **how):
    answer, took = ending(data, **how)
    ok(answer is None or answer.status in statuses, "an error or no answer", answer)
    ok(took < ALARM + 0.6, "in time", took)
    return answer


def parts():
    """Where a peer may stop: name -> what it has sent by then."""
    head = fcgi.begin() + fcgi.record(fcgi.PARAMS, fcgi.pairs(WRITE))
    done = head + fcgi.record(fcgi.PARAMS)
    return {
        "connecting": b"", "half a header": head[:4], "BEGIN": fcgi.begin(),
        "half a record of PARAMS": head[:-40], "PARAMS without their end": head,
        "PARAMS": done, "half of STDIN": done + fcgi.record(fcgi.STDIN, BODY[:5]),
        "STDIN without its end": done + fcgi.record(fcgi.STDIN, BODY),
    }


# libfcgi's words when it aborts on a record that only a peer on the socket can send.
LIBFCGI = ("*** buffer overflow", "*** stack smashing", "Malloc: Assertion")


def last_case():
    """Registered last by each program."""
    @case("in all of this nothing was written but log lines, and the program stops cleanly")
    def _():
        is_(p.stop(), 0)
        is_([line for line in p.output() if line and not any(w in line for w in LIBFCGI)], [])
        ok(all("event" in line for line in p.log()), "every line is JSON")
