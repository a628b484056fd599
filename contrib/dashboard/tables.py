"""A read-only look into the database, through psql and a role that can do nothing else.

No value is ever part of a statement's text: what a statement needs is set as a variable of psql,
and only letters, digits and "_" can be set. Names are those of the catalog; texts travel as
hexadecimal digits.
"""

import json
import re

from process import Failed, run
from web import Refused

SECONDS = 5                         # the role has a statement_timeout of its own below that
LIMIT, LIMIT_MAX = 50, 200
OFFSET_MAX = 1_000_000
FIND_MAX = 200
NEWEST_FIRST = ("updated_at", "received_at", "applied_at", "at", "created_at")

_WORD = re.compile(r"[A-Za-z0-9_]*")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

# reltuples would say -1 of a table that nobody has analysed yet.
LIST = """
SELECT coalesce(json_agg(t ORDER BY t.name), '[]') FROM (
    SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment,
        pg_total_relation_size(c.oid) AS size_bytes,
        (xpath('/row/n/text()', query_to_xml(
            format('SELECT count(*) AS n FROM %I.%I', n.nspname, c.relname),
            false, true, '')))[1]::text::bigint AS rows,
        (SELECT json_agg(json_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
            'key', coalesce(a.attnum = ANY(i.indkey), false), 'nullable', NOT a.attnotnull,
            'comment', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
         FROM pg_attribute a
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm')
        AND has_table_privilege(c.oid, 'SELECT')
) t;
"""

WANTED = """
FROM :"table" AS t
WHERE :'find' = '' OR EXISTS (SELECT FROM json_each_text(row_to_json(t)) AS has
    WHERE position(lower(convert_from(decode(:'find', 'hex'), 'UTF8')) IN lower(has.value)) > 0)
"""

ROWS = f"""
SELECT json_build_object(
    'total', (SELECT count(*) {WANTED}),
    'rows', (SELECT coalesce(json_agg(row_to_json(r)), '[]')
        FROM (SELECT t.* {WANTED} ORDER BY t.:"order" :direction NULLS LAST
            LIMIT :limit OFFSET :offset) AS r));
"""

# As Gatehouse's traces name users.
PEOPLE = """
SELECT coalesce(json_object_agg(
    left(encode(sha256(convert_to(u.provider || ':' || u.user_id, 'UTF8')), 'hex'), 16),
    u.provider || ':' || u.user_id), '{}')
FROM (SELECT provider, user_id FROM user_profile ORDER BY updated_at DESC LIMIT 20000) AS u;
"""


def number(text, default, most, what):
    """A whole number of a query, from 0 to `most`."""
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
        raise Refused(400, f"{what} is a number up to {most}")
    return int(text)


class Tables:
    """`database`: a connection URI or string of the role that only reads; None: no tables."""

    def __init__(self, database, psql, kept):
        self.database, self.psql, self.kept = database, psql, kept

    async def query(self, statement, **values):
        """The one JSON value that a statement of this file gives."""
        if not self.database:
            raise Refused(503, "the dashboard was started without a database")
        if not all(_WORD.fullmatch(str(value)) for value in values.values()):
            raise Refused(400, "there is no such name")
        sets = "".join(f"\\set {name} '{value}'\n" for name, value in values.items())
        argv = [self.psql, "-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-",
                "-d", self.database]
        try:
            code, said, complaint = await run(
                argv, sets + statement, SECONDS,
                {"PGAPPNAME": "gatehouse-dashboard", "PGCLIENTENCODING": "UTF8",
                 "PGCONNECT_TIMEOUT": "3", "LC_ALL": "C"})
        except Failed as failed:
            raise Refused(503, f"the database: {failed}") from None
        if code != 0:
            raise Refused(503, trouble(code, complaint))
        return json.loads(said)

    async def list(self):
        return await self.kept.get("tables", 1, lambda: self.query(LIST))

    async def find(self, name):
        for table in await self.list():
            if table["name"] == name and _NAME.fullmatch(name):
                return table
        raise Refused(404, "no such table")

    async def page(self, name, query):
        """Rows of a table: `query` holds offset, limit, order (-column: downwards) and find."""
        table = await self.find(name)
        columns = [column["name"] for column in table["columns"]]
        order = query.get("order") or default_order(columns)
        find = query.get("find", "")
        if order.removeprefix("-") not in columns or len(find) > FIND_MAX or "\0" in find:
            raise Refused(400, "no such column" if len(find) <= FIND_MAX else "that is too long")
        values = {
            "table": name, "order": order.removeprefix("-"),
            "direction": "DESC" if order.startswith("-") else "ASC",
            "find": find.encode().hex(),
            "offset": number(query.get("offset"), 0, OFFSET_MAX, "offset"),
            "limit": number(query.get("limit"), LIMIT, LIMIT_MAX, "limit"),
        }
        found = await self.kept.get(("rows", *values.values()), 1,
                                    lambda: self.query(ROWS, **values))
        return {"name": name, "columns": table["columns"], "order": order, **found,
                "offset": values["offset"], "limit": values["limit"]}

    async def people(self):
        """How traces name a user, to "provider:subject"."""
        return await self.query(PEOPLE)


def default_order(columns):
    for name in NEWEST_FIRST:
        if name in columns:
            return f"-{name}"
    return columns[0]


def trouble(code, complaint):
    """What psql complains of, in words for the page."""
    if code != 2:
        return f"the database refused that: {said_after('ERROR:', complaint) or 'unknown'}"
    # Only what the server says: psql itself would repeat an address that it cannot read.
    why = said_after("FATAL:", complaint)
    return f"the database does not let us in: {why}" if why else "the database does not answer"


def said_after(word, text):
    """The rest of the first line that has this word, or None: not the place in our own text."""
    lines = [line for line in text.splitlines() if word in line]
    return lines[0].split(word)[-1].strip()[:200] if lines else None
