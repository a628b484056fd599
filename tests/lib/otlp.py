"""OpenTelemetry's export requests in JSON: read strictly, by the rules of OTLP 1.

    spans = otlp.read_line(line)        # Span objects; raises Wrong
    for trace in otlp.traces(spans): ...

JSON here is proto3's mapping with three exceptions (OTLP, "JSON Protobuf
Encoding"): ids are hexadecimal, enums are numbers, names are lowerCamelCase.
64-bit integers are strings of decimal digits.
"""

import json
import re


class Wrong(AssertionError):
    pass


INTERNAL, SERVER, CLIENT = 1, 2, 3
ERROR = 2

# member: (may be left out, what it must be)
_SPAN = {"traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano",
         "endTimeUnixNano", "attributes", "status"}
_OPTIONAL = {"parentSpanId", "status"}


def _need(condition, what, *context):
    if not condition:
        raise Wrong(f"{what}: {context!r}"[:1000])


def _members(pairs):
    names = [name for name, _ in pairs]
    _need(len(set(names)) == len(names), "a member twice", names)
    return dict(pairs)


def _only(value, names, optional=()):
    _need(isinstance(value, dict), "an object", value)
    _need(set(value) <= set(names), "unknown members", set(value) - set(names))
    _need(set(names) - set(optional) <= set(value), "missing members", set(names) - set(value))


def _id(text, digits):
    _need(isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{digits}}}", text)
          and int(text, 16) != 0, f"an id of {digits} digits", text)


def _int64(text):
    _need(isinstance(text, str) and re.fullmatch("0|-?[1-9][0-9]*", text)
          and -2**63 <= int(text) < 2**64, "a 64-bit integer as a string", text)
    return int(text)


def _attributes(rows):
    _need(isinstance(rows, list), "a list of attributes", rows)
    found = {}
    for row in rows:
        _only(row, {"key", "value"})
        _need(isinstance(row["key"], str) and row["key"], "a key", row)
        _need(row["key"] not in found, "a key twice", row)
        _need(len(row["value"]) == 1, "one value", row)
        (kind, value), = row["value"].items()
        _need(kind in ("stringValue", "intValue"), "a value's kind", row)
        if kind == "intValue":
            value = _int64(value)
        _need(isinstance(value, (str, int)), "a value", row)
        found[row["key"]] = value
    return found


class Span:
    def __init__(self, row):
        _only(row, _SPAN, _OPTIONAL)
        self.trace, self.id = row["traceId"], row["spanId"]
        self.parent = row.get("parentSpanId")
        _id(self.trace, 32)
        _id(self.id, 16)
        if self.parent is not None:
            _id(self.parent, 16)
        self.name, self.kind = row["name"], row["kind"]
        _need(isinstance(self.name, str) and self.name, "a name", row)
        _need(self.kind in (INTERNAL, SERVER, CLIENT) and type(self.kind) is int, "a kind", row)
        self.start, self.end = map(_int64, (row["startTimeUnixNano"], row["endTimeUnixNano"]))
        _need(0 < self.start <= self.end, "times", row)
        self.attributes = _attributes(row["attributes"])
        self.failed = "status" in row
        if self.failed:
            _only(row["status"], {"code"})
            _need(row["status"]["code"] == ERROR, "a status", row)
            _need("error.type" in self.attributes, "an error's type", row)

    def __getitem__(self, key):
        return self.attributes.get(key)

    def __repr__(self):
        return f"<{self.name} {self.trace[:6]}/{self.id[-4:]} {self.attributes}>"


def read_request(text):
    """The spans of one ExportTraceServiceRequest."""
    try:
        document = json.loads(text, object_pairs_hook=_members)
    except ValueError as e:
        raise Wrong(f"no JSON: {e}: {text[:200]!r} … {text[-100:]!r}") from e
    _only(document, {"resourceSpans"})
    found = []
    for resource in document["resourceSpans"]:
        _only(resource, {"resource", "scopeSpans"})
        _only(resource["resource"], {"attributes"})
        about = _attributes(resource["resource"]["attributes"])
        _need(about.get("service.name") == "gatehouse" and about.get("service.version"),
              "the service", about)
        for scope in resource["scopeSpans"]:
            _only(scope, {"scope", "spans"})
            _only(scope["scope"], {"name", "version"})
            _need(scope["spans"], "spans", scope)
            found += [Span(row) for row in scope["spans"]]
    return found


def read_file(path):
    """The spans of a file; every line must be whole, the last one too."""
    try:
        with open(path, encoding="utf-8") as f:
            text = f.read()
    except FileNotFoundError:
        return []
    _need(not text or text.endswith("\n"), "the last line's end", text[-100:])
    return [span for line in text.splitlines() for span in read_request(line)]


def requests(spans):
    """The spans that stand for a request: one each."""
    return [span for span in spans if span.kind == SERVER]


def below(spans, parent):
    """The spans right below one, by their start."""
    return sorted((s for s in spans if s.parent == parent.id and s.trace == parent.trace),
                  key=lambda s: s.start)


def whole(spans):
    """Each request's spans make one tree, and lie within their parent's time."""
    by_id = {(s.trace, s.id): s for s in spans}
    _need(len(by_id) == len(spans), "an id twice", len(spans) - len(by_id))
    for span in spans:
        if span.kind == SERVER:
            continue
        above = by_id.get((span.trace, span.parent))
        _need(above is not None, "a parent that is there", span)
        _need(above.start <= span.start and span.end <= above.end, "times within the parent's",
              span, above)
