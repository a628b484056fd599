#!/usr/bin/env python3
"""Serves the local dashboard. contrib/quickstart starts it; doc/dashboard.md tells more."""

import sys

sys.dont_write_bytecode = True      # it may run from a read-only source tree

if sys.version_info < (3, 11):
    sys.exit("dashboard: this needs Python 3.11 or newer")

import argparse
import asyncio
import json
import os
import signal
import time

import peer
from api import Api
from door import Door
from events import Events
from files import Files
from kept import Kept
from logs import Logs
from people import People
from gatehouse import Site
from tables import Tables
from tail import Tail
from traces import Traces
from web import Server

DESCRIPTION = """Shows what a Gatehouse on this machine does: traces, logs, tables, configuration,
health and the documentation of its API. It listens on loopback only, changes nothing, and needs
nothing but what it is pointed at: whatever is left out is shown as not there."""

HERE = os.path.dirname(os.path.abspath(__file__))


def service(text):
    name, equals, pid = text.rpartition("=")
    if not equals or not name or not pid.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PID")
    return name, int(pid)


def origin(text):
    parts = text.split("/")
    if len(parts) != 3 or parts[0] not in ("http:", "https:") or not parts[2].isprintable() \
            or any(c in parts[2] for c in " ;,'\"*"):
        raise argparse.ArgumentTypeError(f"{text!r} is not http://HOST:PORT")
    return text


def port(text):
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def options():
    parser = argparse.ArgumentParser(prog="serve.py", description=DESCRIPTION)
    add = parser.add_argument
    add("--port", metavar="N", type=port, default=9400,
        help="on 127.0.0.1 and ::1 (default %(default)s; 0: any free one)")
    add("--site", metavar="ORIGIN", type=origin,
        help="the site whose API is tried out, such as http://localhost:4000")
    add("--trace-file", metavar="FILE", help="what trace.file names")
    add("--log-file", metavar="FILE", help="what log.target names, in JSON")
    add("--program", metavar="FILE", help="the gatehouse program, for its commands")
    add("--config", metavar="FILE", help="its configuration")
    add("--database", metavar="URL", help="the database, by a role that can only read")
    add("--psql", metavar="FILE", default="psql", help="the client to use (default %(default)s)")
    add("--sql", metavar="DIR", default=os.path.join(HERE, "..", "..", "sql"),
        help="where migrations are, and queries/ with the statements (default: of this checkout)")
    add("--page", metavar="DIR", default=os.path.join(HERE, "page"), help="the page's files")
    add("--service", metavar="NAME=PID", type=service, action="append", default=[],
        help="a process to watch, repeatable")
    add("--user", metavar="UID", type=int, action="append", default=[],
        help="only for this user of the machine, repeatable (default: for all of them)")
    add("--provider", metavar="NAME", help="shown")
    add("--data", metavar="DIR", help="shown")
    add("--ready-file", metavar="FILE",
        help='written when it can be reached, as {"url":URL,"pid":N}; removed at exit')
    return parser


class Dashboard:
    def __init__(self, given):
        kept = Kept()
        run = f"{time.time_ns():x}"     # tells the page that we started anew
        self.given = given
        self.tables = Tables(given.database, given.psql, kept)
        self.people = People(self.tables)
        site = Site(given, kept)
        self.traces = Traces(self.people.seen, {site.own_trace})
        self.logs = Logs({site.own_trace})
        self.events = Events(lambda: self.api.state())
        self.api = Api(given, run, (self.traces, self.logs), site, self.tables, self.events)
        self.files = Files(given.page)
        self.door = Door(given.site or "")
        self.server = Server(self.answer, self.door.finish, peer.welcome(given.user))

    async def answer(self, request):
        answer = self.door.check(request)
        if answer is not None:
            return answer
        if request.path.startswith("/api/"):
            return await self.api.answer(request)
        return self.files.answer(request)

    async def follow(self, path, store):
        def take(lines):
            store.take(lines)
            self.events.announce()
        await Tail(path, take, store.lose).run()

    async def listen(self):
        """On both addresses of "localhost", or on the one that this machine has."""
        self.door.port = await self.server.listen("127.0.0.1", self.given.port)
        if os.path.exists("/proc/net/if_inet6") and "0" * 31 + "1 " in open(
                "/proc/net/if_inet6", encoding="ascii").read():
            await self.server.listen("::1", self.door.port)

    def jobs(self):
        given = self.given
        jobs = [self.people.run(self.traces, self.events.announce)] if given.database else []
        for path, store in ((given.trace_file, self.traces), (given.log_file, self.logs)):
            if path:
                jobs.append(self.follow(path, store))
        return jobs


def write_atomically(path, text):
    with open(f"{path}.{os.getpid()}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(file.name, path)


async def serve(given):
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    dashboard = Dashboard(given)
    await dashboard.listen()
    print(f"dashboard: {dashboard.door.url}", flush=True)
    if given.ready_file:
        write_atomically(given.ready_file,
                         json.dumps({"url": dashboard.door.url, "pid": os.getpid()}) + "\n")
    jobs = [asyncio.create_task(job) for job in dashboard.jobs()]
    ended = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({ended, *jobs}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()               # a job only ends by a mistake
    finally:
        dashboard.server.stop()
        if given.ready_file and os.path.exists(given.ready_file):
            os.unlink(given.ready_file)


def main():
    given = options().parse_args()
    try:
        asyncio.run(serve(given))
    except OSError as wrong:
        sys.exit(f"dashboard: {wrong.strerror or wrong}")


if __name__ == "__main__":
    main()
