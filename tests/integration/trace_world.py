"""A Gatehouse that keeps traces, and what became of them."""

import os

from fault_world import World, wait_for
import exposition
import fcgi
from load import params
import otlp

ALLOW = {"metrics": {"allow": ["127.0.0.1"]}}
KEPT = 10       # seconds within which a trace is where it belongs


class TraceWorld(World):
    def program(self, *changes, file=True, **how):
        """With a file "trace.json" in its folder, unless told otherwise."""
        start = how.pop("start", True)
        p = super().program(ALLOW, *changes, start=False, **how)
        if file:
            self.reconfigure(p, *changes)
        if start:
            p.start()
            if self.pg and p.conf["database"]["migrate"]:
                self.migrated(p)
        return p

    def reconfigure(self, p, *changes, file=True):
        trace = {"trace": {"file": path_of(p)}} if file else {}
        p.configure(self.conf(ALLOW, trace, *changes))


def path_of(p, name="trace.json"):
    return p.scratch / name


def spans(p, name="trace.json"):
    """All of the file, strictly read."""
    return otlp.read_file(path_of(p, name))


def files(p):
    """trace.json and what became of it under other names."""
    return sorted(n for n in os.listdir(p.scratch.path) if n.startswith("trace.json"))


def request_of(found, answer):
    """The span of the request that was answered so; None: it is not there."""
    id = answer.get("X-Request-Id")
    return next((s for s in otlp.requests(found) if s["gatehouse.request_id"] == id), None)


def trace_of(p, answer):
    """(its request's span, all spans of its trace), when they are in the file."""
    root = wait_for(lambda: request_of(spans(p), answer), KEPT, "the request's span")
    return root, [s for s in spans(p) if s.trace == root.trace]


def ids(found):
    """The request ids that have a span."""
    return {s["gatehouse.request_id"] for s in otlp.requests(found)}


def counted(p):
    """gatehouse_traces_total by outcome, and "rejected" spans."""
    page = exposition.read(fcgi.Client(p.address).request(params("GET", "/metrics")))
    found = {labels["outcome"]: value for name, labels, value in page.samples
             if name == "gatehouse_traces_total"}
    found["rejected"], = page.find("gatehouse_trace_spans_rejected_total")
    return found
