#!/usr/bin/env python3
"""The log: a line for each request, wherever lines go, and whatever befalls them."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World                                   # noqa: E402
import child                                                    # noqa: E402
import fcgi                                                     # noqa: E402
from tap import case, is_, like, ok, run, wait_for              # noqa: E402

world = World()
idp = world.idp
ada = idp.user(name="Ada")


def program(*changes, **how):
    return world.program({"ory": {"timeout": "1s"}}, *changes, start=False, **how)


def lines(p, event="request", **fields):
    return [line for line in p.log() if line.get("event") == event
            and all(line.get(k) == v for k, v in fields.items())]


def line_of(p, id):
    found = wait_for(lambda: lines(p, request_id=id), 5, f"the line of {id}")
    is_(len(found), 1, "lines of one request")
    return found[0]


def ask(p, id, path="/user/profile", headers=(), method="GET", **how):
    return p.client.http(method, path, [("X-Request-Id", id), *headers], **how)


@case("each request has its line, however it was refused")
def _():
    p = program({"rate": {"per_address": "1/s burst 4"},
                 "metrics": {"allow": ["10.0.0.1"]}})
    is_(p.run("migrate", "up").returncode, 0)
    p.start()
    bearer = [("Authorization", "Bearer " + ada.token)]
    rows = [("ok", {"headers": bearer}, 200, "allowed"),
            ("anonymous", {}, 401, "anonymous"),
            ("missing", {"path": "/no/such"}, 404, None),
            ("method", {"method": "DELETE"}, 405, None),
            ("ambiguous", {"path": "/a/%2e%2e/b"}, 400, None),
            ("watched", {"path": "/metrics"}, 403, None),
            ("refused", {"headers": [("X-Session-Token", "a")] * 2}, 401, None)]
    for id, how, status, verdict in rows:
        is_(ask(p, id, **how).status, status, id)
        got = line_of(p, id)
        is_((got["status"], got.get("verdict")), (status, got.get("verdict") if id == "refused"
                                                  else verdict), id)
    limited = [f"limited-{n}" for n in range(6)]
    ok(429 in [ask(p, id).status for id in limited])
    ok(429 in [line_of(p, id)["status"] for id in limited])
    p.stop()


@case("a client that went away and one that trickles have theirs, noise is told of")
def _():
    p = program({"workers": {"request_timeout": "1s", "stop_timeout": "3s"}}).start()
    params = [("REQUEST_METHOD", "POST"), ("REQUEST_URI", "/user/preferences"),
              ("CONTENT_LENGTH", "50"), ("CONTENT_TYPE", "application/json"),
              ("HTTP_AUTHORIZATION", "Bearer " + ada.token), ("HTTP_X_REQUEST_ID", "trickle")]
    with fcgi.connect(p.address) as sock:
        sock.sendall(fcgi.begin() + fcgi.stream(fcgi.PARAMS, fcgi.pairs(params)))
        line_of(p, "trickle")           # the alarm ended it
    with idp.fault(latency_ms=400):
        with fcgi.connect(p.address) as sock:
            params[-1] = ("HTTP_X_REQUEST_ID", "gone")
            params[:3] = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/user/profile")]
            sock.sendall(fcgi.message(params))
    line_of(p, "gone")
    for noise in b"GET / HTTP/1.0\r\n\r\n", b"", b"\1\1\0\1":
        with fcgi.connect(p.address) as sock:
            sock.sendall(noise)
    wait_for(lambda: lines(p, "connection without a FastCGI request"), 5, "noise told of")
    p.stop()


@case("a worker killed amid a request: the line names the route")
def _():
    p = program(workers=1).start()
    with idp.fault(latency_ms=900), fcgi.connect(p.address) as sock:
        sock.sendall(fcgi.message([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/user/profile"),
                                   ("HTTP_X_SESSION_TOKEN", idp.user().token)]))

        def busy():
            found = json.loads(p.run("status", "--json").stdout)["processes"][0]["workers"]
            return [w["pid"] for w in found if w["route"] == "profile"]
        os.kill(wait_for(busy, 5, "a busy worker")[0], signal.SIGKILL)
        wait_for(lambda: lines(p, "worker died", route="profile", signal="Killed"), 5, "its line")
    p.stop()


@case("a path, an origin, an id that look like secrets are not kept")
def _():
    p = program({"public_url": "https://w.example"}).start()
    ask(p, "p-1", "/reset/ory_st_" + "x" * 20 + "/ada@example.org/eyJhbGciOiJub25lIn0")
    is_(line_of(p, "p-1")["path"], "/reset/*/*/*")
    got = ask(p, ada.token)
    ok(got.get("X-Request-Id") != ada.token)
    ask(p, "o-1", "/user/preferences", [("Cookie", ada.cookie), ("Content-Type", "text/plain"),
                                        ("Origin", "data:" + ada.token)], "POST", body=b"{}")
    is_(line_of(p, "o-1")["origin"], "(malformed)")
    ok(ada.token not in json.dumps(p.log()))
    p.stop()


@case("SIGUSR1: every process writes to the new file, the old one has all before")
def _():
    p = program({"database": {"url": "postgresql:///x?host=/nonexistent"}}, workers=2).start()
    path = p.scratch / "gatehouse.log"

    def helpers():
        found = child.children(p.proc.pid)
        return len(found) >= 4 and p.subscriber() and found
    pids = wait_for(helpers, 10, "two workers, the migrator and the reader of revocations")
    os.rename(path, path + ".1")
    p.send(signal.SIGUSR1)

    def holds(pid, name):
        return any(os.path.realpath(f"/proc/{pid}/fd/{fd}") == os.path.realpath(name)
                   for fd in os.listdir(f"/proc/{pid}/fd"))
    for pid in [p.proc.pid, *pids]:
        wait_for(lambda pid=pid: holds(pid, path), 10, f"{pid} {child.name_of(pid)} reopened")
        ok(not holds(pid, path + ".1"), f"{child.name_of(pid)} let go")
    is_(os.stat(path).st_mode & 0o777, os.stat(path + ".1").st_mode & 0o777, "rights")
    p.stop()


@case("a disk that is full: answers go on, and the log says how many lines are missing")
def _():
    p = program(workers=1)
    small = p.scratch.mkdir("small")
    p.isolate(f"mount -t tmpfs -o size=16k,mode=0777 none {small}")
    p.configure({**p.conf, "log": {"target": f"file:{small}/log"}})
    p.start()
    inside = f"/proc/{p.proc.pid}/root{small}/log"
    for n in range(200):
        is_(ask(p, f"full-{n}", "/healthz").status, 200)
    with open(inside) as f:
        text = f.read()
    ok(16384 - 512 < len(text) <= 16384, "full", len(text))
    ok(text.endswith("\n") and [json.loads(line) for line in text.splitlines()], "whole lines")
    os.truncate(inside, 0)
    is_(ask(p, "after", "/healthz").status, 200)

    def told():
        with open(inside) as f:
            return [json.loads(t) for t in f if t.startswith("{")]
    wait_for(lambda: any(t.get("request_id") == "after" for t in told()), 5, "the line")
    lost, = [t["n"] for t in told() if t["event"] == "log lines were lost"]
    ok(100 < lost < 200, "most of them", lost)
    p.stop()


def mailbox(p, name):
    """A datagram socket as the system's log has, and its path."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(p.scratch / name)
    os.chmod(p.scratch / name, 0o666)
    sock.settimeout(10)
    return sock, p.scratch / name


def next_about(sock, word):
    for _ in range(50):
        got = sock.recv(65536).decode()
        if word in got:
            return got
    raise AssertionError(word)


@case("the journal and the system log get each line, with its priority")
def _():
    p = program({"log": {"target": "journal"}})
    sock, path = mailbox(p, "journal.sock")
    p.isolate("mount -t tmpfs none /run/systemd 2>/dev/null || mount -t tmpfs none /run",
              "mkdir -p /run/systemd/journal", "touch /run/systemd/journal/socket",
              f"mount --bind {path} /run/systemd/journal/socket")
    p.start()
    ask(p, "in-journal", "/healthz")
    got = next_about(sock, "in-journal")
    head, _, message = got.partition("MESSAGE=")
    is_(head, "PRIORITY=6\nSYSLOG_IDENTIFIER=gatehouse\n")
    is_(json.loads(message)["request_id"], "in-journal")
    p.stop()

    p = program({"log": {"target": "syslog", "format": "text"}})
    sock, path = mailbox(p, "log.sock")
    dev = p.scratch.mkdir("dev")
    p.isolate(f"mount -t tmpfs none {dev}", f"touch {dev}/null {dev}/urandom {dev}/log",
              f"for n in null urandom; do mount --bind /dev/$n {dev}/$n; done",
              f"mkdir {dev}/shm", f"mount --bind {path} {dev}/log", f"mount --rbind {dev} /dev")
    p.start()
    with idp.fault(status=500):
        ask(p, "in-syslog", headers=[("X-Session-Token", idp.user().token)])
    got = next_about(sock, "in-syslog")
    like(got, r"^<28>\w+ +\d+ [\d:]+ gatehouse\[\d+\]: .* warn  request GET /user/profile 503 ")
    p.stop()


def limit_files(p, pid, n):
    """Only its own user may, and root only with a capability that containers take away."""
    who = {"user": p.account.pw_uid, "group": p.account.pw_gid} if p.account else {}
    subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={n}:"], check=True, **who)


@case("connections that cannot be accepted for want of descriptors: told once")
def _():
    p = program(workers=1).start()
    pid = json.loads(p.run("status", "--json").stdout)["processes"][0]["workers"][0]["pid"]
    was = resource.prlimit(os.getpid(), resource.RLIMIT_NOFILE)[0]
    limit_files(p, pid, 3)
    try:
        with fcgi.connect(p.address) as sock:
            sock.sendall(fcgi.message([("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/healthz")]))
            wait_for(lambda: lines(p, "connections not accepted"), 5, "the line")
            limit_files(p, pid, was)
            is_(fcgi.read_answer(sock).response().status, 200)
    finally:
        limit_files(p, pid, was)
    found = lines(p, "connections not accepted")
    is_(len(found), 1)
    like(found[0]["error"], "Too many open files")
    p.stop()


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
