"""The newest traces: a summary of each request, and the lines that its spans are in.

Spans are read from the lines again when somebody opens a trace: that keeps ten thousand of them
small, whatever they hold. Spans of one trace may come in several lines and in any order, and one
trace may be of several requests, when a front end sends its own trace id along.
"""

from collections import OrderedDict, deque

import otlp

TRACES_MAX = 10_000                 # requests, and traces
LINES_MAX = 200                     # of one trace; then its oldest are forgotten
BYTES_MAX = 256 * 1024 * 1024       # of all lines


class Trace:
    __slots__ = ("lines", "requests", "waiting")

    def __init__(self):
        self.lines = deque()
        self.requests = set()           # those that the list shows
        self.waiting = False            # has spans whose request has not been seen


def owners(spans):
    """Each span's id to the id of the request that it belongs to; None: not seen (yet)."""
    by_id = {span.id: span for span in spans}
    tops = [span.id for span in spans if span.top]
    only = tops[0] if len(tops) == 1 else None
    found = {}
    for span in spans:
        way = []
        while span is not None and span.id not in found and not span.top:
            found[span.id] = only       # also where the ways of parents lead in a circle
            way.append(span.id)
            span = by_id.get(span.parent)
        if span is not None:
            owner = span.id if span.top else found[span.id]
            found.update(dict.fromkeys(way, owner))
            found[span.id] = owner
    return found


def _sum(spans, which):
    return sum(span.duration_us for span in spans if which(span))


def summary(top, spans):
    """What the list shows of a request; `spans` are its own, with itself."""
    has = top.attributes
    status = has.get("http.response.status_code")
    return {
        "id": top.trace, "span": top.id, "parent": top.parent or None,
        "start_ms": round(top.start / 1e6, 3), "duration_us": top.duration_us,
        "name": top.name, "method": has.get("http.request.method"),
        "route": has.get("http.route"), "log_route": has.get("gatehouse.route"),
        "status": status if isinstance(status, int) else None,
        "verdict": has.get("gatehouse.verdict"), "provider": has.get("gatehouse.provider"),
        "user": has.get("user.hash"), "request_id": has.get("gatehouse.request_id"),
        "rule": has.get("gatehouse.rule"),
        "error": has.get("error.type") or ("error" if top.error else None),
        "spans": len(spans),
        "auth_us": _sum(spans, lambda span: span.name == "authenticate"),
        "provider_us": _sum(spans, lambda span: span.kind == otlp.CLIENT and not span.of_database),
        "database_us": _sum(spans, lambda span: span.kind == otlp.CLIENT and span.of_database),
    }


class Traces:
    """`on_user()` is called for each request of a user without a name yet; traces with the ids in
    `skipped` are left out."""

    def __init__(self, on_user, skipped, limit=TRACES_MAX):
        self.on_user, self.skipped, self.limit = on_user, skipped, limit
        self.by_id = OrderedDict()
        self.requests = OrderedDict()   # (trace, span) to summary, in the order of "seq"
        self.names = {}
        self.next = self.bytes = 0
        self.dropped = self.unreadable = 0

    def take(self, lines):
        for line in lines:
            if not line:
                continue
            try:
                spans = otlp.spans(line)
            except ValueError:
                self.unreadable += 1
                continue
            parted = {}
            for span in spans:
                parted.setdefault(span.trace, []).append(span)
            for trace_id, some in parted.items():
                if trace_id not in self.skipped:
                    self._add(trace_id, some, line)
        self._forget()

    def lose(self, count):
        self.unreadable += count

    def _add(self, trace_id, spans, line):
        trace = self.by_id.setdefault(trace_id, Trace())
        if len(trace.lines) == LINES_MAX:
            self.bytes -= len(trace.lines.popleft())
        trace.lines.append(line)
        self.bytes += len(line)
        owner = owners(spans)
        lost = None in owner.values()
        if lost or trace.waiting:
            spans = self._spans(trace_id)
            owner = owners(spans)
            trace.waiting = None in owner.values()
        parted = {}
        for span in spans:
            parted.setdefault(owner[span.id], []).append(span)
        for span in spans:
            if span.top:
                self._put(summary(span, parted[span.id]))

    def _put(self, row):
        key = row["id"], row["span"]
        before = self.requests.get(key)
        if before and row.items() <= before.items():
            return                      # told already, and nothing is new about it
        self.requests.pop(key, None)
        self.by_id[row["id"]].requests.add(row["span"])
        self.next += 1
        row["seq"] = self.next
        if row["user"] in self.names:
            row["user_name"] = self.names[row["user"]]
        elif row["user"]:
            self.on_user()
        self.requests[key] = row

    def _forget(self):
        while len(self.requests) > self.limit or (self.requests and self.bytes > BYTES_MAX):
            (trace_id, span_id), _ = self.requests.popitem(last=False)
            self.dropped += 1
            trace = self.by_id.get(trace_id)
            if trace:
                trace.requests.discard(span_id)
                if not trace.requests:
                    self._forget_trace(trace_id)
        # Of spans whose request never came.
        while len(self.by_id) > self.limit or (self.by_id and self.bytes > BYTES_MAX):
            self._forget_trace(next(iter(self.by_id)))

    def _forget_trace(self, trace_id):
        self.bytes -= sum(map(len, self.by_id.pop(trace_id).lines))

    def name_users(self, names):
        """`names`: user hash to name; what has been told without is told again."""
        self.names.update(names)
        for row in [row for row in self.requests.values()
                    if row["user"] in names and row.get("user_name") != names[row["user"]]]:
            self.requests.move_to_end((row["id"], row["span"]))
            self.next += 1
            row["seq"], row["user_name"] = self.next, names[row["user"]]

    def unnamed(self):
        return {row["user"] for row in self.requests.values()
                if row["user"] and "user_name" not in row}

    def after(self, seq, limit):
        """Summaries that are new since `seq`, the oldest first; the newest `limit` of them."""
        found = []
        for row in reversed(self.requests.values()):
            if row["seq"] <= seq or len(found) == limit:
                break
            found.append(row)
        return found[::-1]

    def _spans(self, trace_id):
        found = {}
        for line in self.by_id[trace_id].lines:
            found.update((span.id, span) for span in otlp.spans(line) if span.trace == trace_id)
        return sorted(found.values(), key=lambda span: (span.start, -span.end, span.id))

    def detail(self, trace_id, sql_of):
        """All spans of a trace in the order of their beginning, or None; `sql_of(name)` is the
        text of a statement, or None."""
        if trace_id not in self.by_id:
            return None
        spans = self._spans(trace_id)
        start = spans[0].start if spans else 0
        rows = []
        for span in spans:
            row = {"id": span.id, "parent": span.parent or None, "name": span.name,
                   "kind": span.kind, "start_us": (span.start - start) / 1000,
                   "duration_us": (span.end - span.start) / 1000,
                   "attributes": span.attributes, "error": span.error}
            sql = sql_of(span.attributes.get("db.query.summary")) if span.of_database else None
            rows.append({**row, "sql": sql} if sql else row)
        return {"id": trace_id, "start_ms": round(start / 1e6, 3), "spans": rows}
