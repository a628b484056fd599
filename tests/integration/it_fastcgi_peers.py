#!/usr/bin/env python3
"""Peers on the socket that are silent, slow, gone, many, or out to do harm.

The two records that make libfcgi itself abort stand at the end: there a new
worker takes the place of the dead one.
"""

import contextlib
import os
import random
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fastcgi_world import (ALARM, BODY, GOOD, HEALTH, WORKERS, WRITE, as_before,   # noqa: E402
                           ending, fcase, last_case, p, parts, pids, world)
from child import free_port                                     # noqa: E402
from fault_world import descriptors, events, healthy            # noqa: E402
import fcgi                                                     # noqa: E402
from fcgi import GET_VALUES, PARAMS, STDIN, begin, message, pairs, record    # noqa: E402
from load import Load, percentile                               # noqa: E402
from tap import case, cases, is_, ok, run, wait_for                 # noqa: E402


def over_tcp(stack):
    """A second program, on a port."""
    tcp = world.program({"log": {"level": "debug"}}, workers=2, start=False)
    tcp.address = f"tcp:127.0.0.1:{free_port()}"
    tcp.client = fcgi.Client(tcp.address)
    tcp.start()
    world.migrated(tcp)
    stack.callback(tcp.stop)
    return tcp


# -- peers that stop -----------------------------------------------------------------------

@fcase("silence after {0}: the peer is dropped or answered in time, good traffic goes on",
       [(name,) for name in parts()])
def _(stage):
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(fcgi.connect(p.address)) for _ in range(WORKERS - 1)]
        for sock in socks:
            sock.sendall(parts()[stage])
        started = time.monotonic()
        with Load(p.address, lambda *_: (HEALTH, b""), threads=1) as flow:
            for sock in socks:
                with contextlib.suppress(ConnectionError):
                    while sock.recv(4096):
                        pass
        took = time.monotonic() - started
    ok(took < ALARM + 0.8, "in time", took)
    is_(flow.failed(), [])
    ok(len(flow) > 100, "meanwhile", len(flow))


@fcase("half a close after {0}: never a grant", [(name,) for name in parts()])
def _(stage):
    whole = stage == "STDIN without its end"        # all announced bytes are there
    answer, took = ending(parts()[stage], half_close=True)
    ok(answer is None or answer.status == 400 or whole, "refused", answer)
    ok(took < 1, "at once", took)


@fcase("a byte every 0.1 s cannot hold a worker longer than the hard alarm")
def _():
    started = time.monotonic()
    with fcgi.connect(p.address) as sock, contextlib.suppress(ConnectionError):
        for byte in message(GOOD):
            sock.sendall(bytes([byte]))
            time.sleep(0.1)
    took = time.monotonic() - started
    ok(took < ALARM + 0.8, "dropped", took)


@fcase("a timer that runs for a request gone by does not cut the next one short")
def _():
    whole = message(GOOD)
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(fcgi.connect(p.address)) for _ in range(WORKERS)]
        for part in (whole[:9], whole[9:]):     # every worker has one of them
            for sock in socks:
                sock.sendall(part)
        for sock in socks:
            is_(fcgi.read_answer(sock).response().status, 200)
    time.sleep(ALARM / 2)       # which is part of the question
    with contextlib.ExitStack() as stack:
        started = time.monotonic()
        socks = [stack.enter_context(fcgi.connect(p.address)) for _ in range(WORKERS)]
        for sock in socks:
            is_(sock.recv(1), b"")
            took = time.monotonic() - started
            ok(ALARM - 0.1 < took < ALARM + 0.8, "neither early nor late", took)


@fcase("a peer that never reads its answer does not hold the worker")
def _():
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            sock = stack.enter_context(fcgi.connect(p.address))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
            sock.sendall(message(GOOD))
        started = time.monotonic()
        healthy(p)
        took = time.monotonic() - started
    ok(took < 4, "20 of them, 3 workers, 200 ms each", took)


@fcase("a peer that has sent all and does not close holds no worker, not even for a moment")
def _():
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        for n in range(60):
            sock = stack.enter_context(fcgi.connect(p.address))
            sock.sendall(message(WRITE, BODY) if n % 2 else message(GOOD))
            is_(fcgi.read_answer(sock).response().status, 200)
    took = time.monotonic() - started
    ok(took < 3, "60 of them, 3 workers; 200 ms each would make 4 s", took)


@fcase("a peer whose body nobody wanted gets its answer and no reset, {0}", [("unix",), ("TCP",)])
def _(how):
    unread = b"".join(record(STDIN, bytes(20000)) for _ in range(4)) + record(STDIN)
    with contextlib.ExitStack() as stack:
        address = p.address if how == "unix" else over_tcp(stack).address
        for _ in range(5):
            with fcgi.connect(address) as sock:
                sock.sendall(begin() + record(PARAMS, pairs(HEALTH)) + record(PARAMS) + unread)
                is_(fcgi.read_answer(sock).response().status, 200)
                is_(sock.recv(1), b"", "closed, not reset")


@fcase("a peer that vanishes at every stage, and while it is being answered")
def _():
    for stage, data in [*parts().items(), ("all", message(GOOD)), ("all", message(WRITE, BODY))]:
        for _ in range(5):
            with fcgi.connect(p.address) as sock:
                sock.sendall(data)


@fcase("RST in mid-answer, over TCP")
def _():
    with contextlib.ExitStack() as stack:
        tcp = over_tcp(stack)
        pids = tcp.workers()
        for n in range(60):
            with fcgi.connect(tcp.address) as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.sendall(message(GOOD)[:60 if n % 3 == 0 else None])
                if n % 3 == 1:
                    sock.recv(1)
        is_({tcp.client.request(GOOD).status for _ in range(4)}, {200})
        is_(tcp.workers(), pids)


@fcase("2000 quick connections, whole, cut and empty: no descriptor is left behind")
def _():
    before = [descriptors(pid) for pid in pids]
    supervisor = descriptors(p.proc.pid)
    data = [message(HEALTH), b"", begin(), message(GOOD)[:200], message(HEALTH)]
    for n in range(2000):
        with fcgi.connect(p.address) as sock:
            sock.sendall(data[n % 5])
            if n % 5 == 0:
                is_(fcgi.read_answer(sock).response().status, 200)
    as_before()
    # A connection of the case before may have been on its way out.
    wait_for(lambda: all(descriptors(pid) <= n for pid, n in zip(pids, before)), 3,
             "as many descriptors as before")
    is_(descriptors(p.proc.pid), supervisor)


def spoilt(rng, data):
    """A stream with changed, missing or doubled bytes: never a management record, see below."""
    data = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data))
        how = rng.randrange(3)
        if how == 0:
            data[at] = rng.randrange(256)
        elif how == 1:
            del data[at:at + rng.randrange(1, 9)]
        else:
            data[at:at] = data[at:at + rng.randrange(1, 9)]
    return bytes(data)


FATAL = {
    # libfcgi's own weaknesses (2.4.2), which only a peer on the socket can use.
    "GET_VALUES with one name 20 times": record(
        GET_VALUES, pairs([("FCGI_MPXS_CONNS", "")] * 20), 0),
    "two lengths whose sum overflows": begin() + record(
        PARAMS, b"\xff\xff\xff\xfe\xff\xff\xff\xfeA") + record(PARAMS) + record(STDIN),
}


# A length that is more than a worker's memory is the end of that worker.
@case("1000 malformed streams while good traffic goes on: it does not notice")
def _():
    rng = random.Random(20)
    whole = message(WRITE, BODY)
    with Load(p.address, lambda *_: (GOOD, b""), threads=2) as flow:
        flow.wait_more(50)
        for n in range(1000):
            with fcgi.connect(p.address) as sock, contextlib.suppress(ConnectionError):
                sock.sendall(spoilt(rng, whole))
        flow.wait_more(20)
    is_(flow.failed(), [])
    ok(percentile(flow.outcomes, 0.99) < 1, "p99", percentile(flow.outcomes, 0.99))
    settled()


def settled():
    """All workers are there, and stay: from now on these must outlive every case."""
    def steady():
        before = p.workers()
        good = all(p.client.request(HEALTH).status == 200 for _ in range(WORKERS))
        return good and len(before) == WORKERS and p.workers() == before
    wait_for(steady, 5, "all workers")
    pids[:] = p.workers()
    as_before()


MEMORY = 256 << 20      # of a worker, beyond which libfcgi gives up with the process


def resident(pid):
    """0 when it is gone."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
            open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


@case("endless PARAMS may cost a worker, never the machine its memory")
def _():
    pair = record(PARAMS, pairs([("X", "y" * 60000)]))
    sent, most = 0, 0
    with fcgi.connect(p.address) as sock, contextlib.suppress(ConnectionError, TimeoutError):
        sock.sendall(begin())
        while sent < 2 << 30:
            sock.sendall(pair)
            sent += len(pair)
            if sent % (len(pair) * 100) == 0:
                most = max(most, *map(resident, pids))
    ok(sent < 2 << 30, "dropped", sent)
    ok(most < MEMORY + (64 << 20), "resident bytes", most)
    settled()


@cases("{0} may cost libfcgi a worker: others are served, another takes its place",
       [(name,) for name in FATAL])
def _(name):
    with Load(p.address, lambda *_: (HEALTH, b""), threads=1) as flow:
        flow.wait_more(20)
        for _ in range(5):
            ending(FATAL[name], half_close=True)
            wait_for(lambda: len(p.workers()) == WORKERS, 5, "all workers")
            flow.wait_more(20)
    is_(flow.failed(), [])
    died = [e.get("signal") for e in events(p, "worker died")]
    ok(set(died) <= {"Aborted", "Segmentation fault"}, "how", died)
    settled()


last_case()

if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
