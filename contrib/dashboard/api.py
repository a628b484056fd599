"""The addresses below /api/, all of them JSON; doc/dashboard.md tells what each holds."""

import json

import logs as log_lines
from otlp import TRACE_ID
from tables import number
from traces import TRACES_MAX
from web import Refused, as_json

SEQ_MAX = 999_999_999
LOGS_LIMIT = 5000


def _merged(fields, name, text):
    """A JSON object of some fields, and one more whose value is JSON already (bytes)."""
    head = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return head[:-1] + b',"%b":%b}' % (name.encode(), text)


class Api:
    def __init__(self, options, run, stores, site, tables, events):
        self.options, self.run = options, run
        self.traces, self.logs = stores
        self.site, self.tables, self.events = site, tables, events
        self.fixed = {"config": self._config, "events": self._events, "health": self._health,
                      "info": self._info, "logs": self._logs, "migrations": self._migrations,
                      "openapi": self._openapi, "tables": self._tables, "traces": self._traces}
        self.named = {"table": self._table, "trace": self._trace}

    async def answer(self, request):
        kind, slash, name = request.path.removeprefix("/api/").partition("/")
        if kind in self.fixed and not slash:
            return await self.fixed[kind](request.query)
        if kind in self.named and name:
            return await self.named[kind](name, request.query)
        raise Refused(404, "there is no such address")

    def state(self):
        return {"run": self.run, "traces": self.traces.next, "logs": self.logs.next}

    async def _info(self, _):
        options = self.options
        return as_json({"site": options.site, "provider": options.provider,
                        "version": await self.site.version(), "run": self.run,
                        "data": options.data, "config_file": options.config,
                        "trace_file": options.trace_file, "log_file": options.log_file})

    async def _events(self, _):
        return self.events.answer()

    async def _traces(self, query):
        after = number(query.get("after"), 0, SEQ_MAX, "after")
        limit = number(query.get("limit"), TRACES_MAX, TRACES_MAX, "limit")
        return as_json({"run": self.run, "next": self.traces.next, "dropped": self.traces.dropped,
                        "unreadable": self.traces.unreadable,
                        "traces": self.traces.after(after, limit)})

    async def _trace(self, name, _):
        if not TRACE_ID.fullmatch(name):
            raise Refused(400, "that is no trace id")
        detail = self.traces.detail(name, self.site.statement)
        if detail is None:
            raise Refused(404, "no such trace, or it is forgotten by now")
        lines = log_lines.encoded(self.logs.of_trace(name))
        return as_json(_merged(detail, "logs", lines))

    async def _logs(self, query):
        after = number(query.get("after"), 0, SEQ_MAX, "after")
        limit = number(query.get("limit"), LOGS_LIMIT, log_lines.LINES_MAX, "limit")
        level, trace = query.get("level", "debug"), query.get("trace") or None
        if level not in log_lines.LEVELS:
            raise Refused(400, f"level is one of {', '.join(log_lines.LEVELS)}")
        found = self.logs.after(after, limit, log_lines.LEVELS.index(level), trace)
        fields = {"run": self.run, "next": self.logs.next,
                  "dropped": max(0, self.logs.first_seq() - 1 - after),
                  "unreadable": self.logs.unreadable}
        return as_json(_merged(fields, "logs", log_lines.encoded(found)))

    async def _tables(self, _):
        return as_json({"tables": await self.tables.list()})

    async def _table(self, name, query):
        return as_json(await self.tables.page(name, query))

    async def _migrations(self, _):
        return as_json(await self.site.migrations())

    async def _config(self, _):
        return as_json(await self.site.config())

    async def _health(self, _):
        return as_json(await self.site.health())

    async def _openapi(self, _):
        return as_json(await self.site.openapi())
