"""Reads OTLP JSON: one line of a trace file is one ExportTraceServiceRequest."""

import json
import re

SERVER, CLIENT = 2, 3               # kinds of spans
ERROR = 2                           # a status
ATTRIBUTES_MAX = 64
TEXT_MAX = 2000

TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SPAN = re.compile(r"[0-9a-f]{16}")


class Span:
    """Times are nanoseconds since 1970; `parent` is "" at the top."""

    __slots__ = ("trace", "id", "parent", "name", "kind", "start", "end", "attributes", "error")

    @property
    def duration_us(self):
        return (self.end - self.start) // 1000

    @property
    def top(self):
        """Of a request, or of other work with a beginning of its own."""
        return self.kind == SERVER or not self.parent

    @property
    def of_database(self):
        return "db.system.name" in self.attributes


def _text(value):
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value[:TEXT_MAX]


def _id(pattern, value):
    if not pattern.fullmatch(value):
        raise ValueError("not an id")
    return value


def _value(value):
    """Of the kinds that Gatehouse writes; None for the others."""
    if "stringValue" in value:
        return _text(value["stringValue"])
    if "intValue" in value:
        return int(value["intValue"])
    if "doubleValue" in value:
        return float(value["doubleValue"])
    if "boolValue" in value:
        return bool(value["boolValue"])
    return None


def _span(given):
    span = Span()
    span.trace = _id(TRACE_ID, given["traceId"])
    span.id = _id(_SPAN, given["spanId"])
    span.parent = given.get("parentSpanId") or ""
    if span.parent:
        _id(_SPAN, span.parent)
    span.name = _text(given.get("name", ""))
    span.kind = int(given.get("kind", 1))
    span.start = int(given["startTimeUnixNano"])
    span.end = max(span.start, int(given["endTimeUnixNano"]))
    if not 0 <= span.start < 1 << 63 or span.end >= 1 << 63:
        raise ValueError("not a time")
    span.attributes = {_text(each["key"]): _value(each["value"])
                       for each in given.get("attributes", ())[:ATTRIBUTES_MAX]}
    span.error = given.get("status", {}).get("code") == ERROR
    return span


def spans(line):
    """The spans of a line (bytes), in its order; ValueError when it is not of this kind."""
    try:
        return [_span(given)
                for resource in json.loads(line.decode())["resourceSpans"]
                for scope in resource["scopeSpans"]
                for given in scope["spans"]]
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as wrong:
        raise ValueError("not OTLP") from wrong
