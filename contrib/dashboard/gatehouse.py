"""What the dashboard asks of the Gatehouse that it belongs to: by its commands, and over HTTP."""

import json
import os
import re
import secrets

import health
import settings
from process import Failed, run
from web import Refused

SECONDS = 5                         # for a command
STATUS_MAX_AGE = 1                  # of what is kept, however many pages ask
SETTINGS_MAX_AGE = 5
DEFAULTS_MAX_AGE = 3600

_MIGRATION = re.compile(r"(\d+)_(\w+)\s+(\S.*)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z$")
_NAME = re.compile(r"[a-z0-9_]{1,64}")


class Site:
    def __init__(self, options, kept):
        self.options, self.kept = options, kept
        self.own_trace = secrets.token_hex(16)  # of our own requests: nobody wants to see them
        self.services = [*options.service, ("dashboard", os.getpid())]

    async def command(self, *words, config=None, text="", fails=False):
        """What `gatehouse WORDS` prints; with `fails`, also when it ends with a complaint."""
        options = self.options
        if not options.program or not (config or options.config):
            raise Refused(503, "the dashboard was started without a program and its configuration")
        try:
            code, said, complaint = await run(
                [options.program, "-c", config or options.config, *words], text, SECONDS)
        except Failed as failed:
            raise Refused(503, str(failed)) from None
        if code != 0 and not (fails and said):
            lines = complaint.strip().splitlines() or [f"exit status {code}"]
            raise Refused(503, f"gatehouse {words[0]}: {lines[-1][:300]}")
        return said

    async def version(self):
        async def make():
            return (await self.command("--version")).split()[-1]
        try:
            return await self.kept.get("version", DEFAULTS_MAX_AGE, make)
        except (Refused, IndexError):
            return None

    async def openapi(self):
        async def make():
            text = await self.command("openapi")
            try:
                json.loads(text)
            except ValueError:
                raise Refused(503, "gatehouse openapi prints no JSON") from None
            return text.encode()
        return await self.kept.get("openapi", SETTINGS_MAX_AGE, make)

    # ---- configuration ----

    async def _defaults(self):
        return await self.command("print-config", config="/dev/stdin", text=settings.DEFAULTS)

    async def config(self):
        async def make():
            text = await self.command("print-config")
            try:
                defaults = await self.kept.get("defaults", DEFAULTS_MAX_AGE, self._defaults)
            except Refused:
                defaults = ""
            return {"settings": settings.compared(text, defaults), "text": text,
                    "file": self.options.config}
        return await self.kept.get("config", SETTINGS_MAX_AGE, make)

    # ---- migrations and statements ----

    def sql(self, path):
        """A file of the folder of SQL, or None."""
        try:
            with open(os.path.join(self.options.sql, path), encoding="utf-8") as file:
                return file.read()
        except (OSError, TypeError):
            return None

    def statement(self, name):
        """The text of a statement that a span names, or None."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return None
        return self.sql(f"queries/{name}.sql")

    async def migrations(self):
        async def make():
            said = await self.command("migrate", "status", fails=True)
            return {"migrations": list(filter(None, map(self._migration, said.splitlines()))),
                    "text": said.strip().splitlines()[-1]}
        return await self.kept.get("migrations", STATUS_MAX_AGE, make)

    def _migration(self, line):
        match = _MIGRATION.fullmatch(line)
        if not match:
            return None
        number, name, words = match.groups()
        state = ("pending" if words.startswith("pending") else
                 "changed" if words.startswith("CHANGED") else
                 "unknown" if words.startswith("of a newer") else "applied")
        row = {"number": int(number), "name": name, "state": state}
        when, sql = _TIME.search(words), self.sql(f"{number}_{name}.up.sql")
        return row | ({"applied_at": when[0]} if when else {}) | ({"sql": sql} if sql else {})

    # ---- health ----

    async def _status(self):
        try:
            return json.loads(await self.command("status", "--json", fails=True))
        except (Refused, ValueError):
            return None

    async def _ready(self):
        """As health.parts_of() has it; nothing of a site that we were not pointed at."""
        if not self.options.site:
            return None, []
        return health.parts_of(await health.fetch(self.options.site, "/readyz", self.own_trace))

    async def health(self):
        async def make():
            options = self.options
            ready, parts = await self._ready()
            for name, path in (("Traces", options.trace_file), ("Log", options.log_file)):
                if path:
                    parts.append(health.file_part(name, path))
            return {"parts": parts, "services": [health.process(*each) for each in self.services],
                    "ready": ready, "status": await self._status()}
        return await self.kept.get("health", STATUS_MAX_AGE, make)
