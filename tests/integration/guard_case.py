"""What a guard case is: a request for a guarded application, and what comes of it.

Each Row is put to every kind of application behind every web server (see
lib/guarded.py), and to the bare socket in both forms of the question.  It says
what the client sees and what the application receives; where a web server is
different by nature, on={} says so, with the reason.
"""

import re

from api_case import Absent, Failed, Own, equal, expect

__all__ = ["Absent", "Failed", "Own", "Row", "case", "equal", "expect", "rows"]

# What a mount is, for on={}: the first key found here decides.
TAGS = {"nginx": {"nginx"}, "lighttpd": {"lighttpd"},
        "fcgid": {"apache", "fcgid"},
        "htaccess": {"apache", "fcgid", "htaccess"}, "authnz": {"apache", "authnz"},
        "direct": {"direct"}}

CASES = []          # (name, Row or function), in the order of definition

# Applications that take a body, and any method.
PROGRAMS = ("php", "cgi", "service")
NO_HTTP = Absent("there is no HTTP in front of the bare socket")


class Row:
    """One request, for each place.

    who      a name of the cast (guard_world), or None; {name} in send is the
             id of one
    sub      the path below the place; with {}, the whole target, and {} is the
             place; with "=" in front, the whole target as it is
    status   what the guard decides: 200, or the status of its refusal
    reason   of a refusal, in details
    send, method, body, how   of the request
    places   which applications can be asked this; default: all
    sees     whom the application is told: a name of the cast, default who;
             "" for nobody
    length   of the body that the application gets
    answer   header -> regular expression of what the client sees, or None
    harmless True: what is forged is under names that no recipe answers for
    content  False: what the client gets is not the content of the file as it is
    on       tag -> Row fields that differ, Own(...) or Absent(...)
    """

    FIELDS = {"reason": None, "send": (), "method": "GET", "body": None,
              "how": {}, "places": None, "sees": None, "length": 0,
              "answer": {}, "content": True, "harmless": False, "on": {}}

    def __init__(self, name, who, sub, status=200, **fields):
        unknown = set(fields) - set(self.FIELDS)
        assert not unknown, f"{name}: {unknown}"
        self.name, self.who, self.sub, self.status = name, who, sub, status
        for field, default in self.FIELDS.items():
            setattr(self, field, fields.get(field, default))
        if self.sees is None:
            self.sees = who or ""

    def target(self, url):
        if self.sub.startswith("="):
            return self.sub[1:]
        return self.sub.replace("{}", url) if "{}" in self.sub else url + self.sub

    def for_tags(self, tags):
        """This row, or what on={} says for the mount."""
        for key, other in self.on.items():
            if key in tags:
                if isinstance(other, (Own, Absent)):
                    return other
                fields = {f: getattr(self, f) for f in self.FIELDS}
                merged = {**fields, **other}
                return Row(self.name, merged.pop("who", self.who),
                           merged.pop("sub", self.sub),
                           merged.pop("status", self.status), **merged)
        return self


def rows(*several):
    CASES.extend((row.name, row) for row in several)


def case(name, on=None):
    """Register a function that gets the World and raises when unhappy."""
    def register(function):
        function.on = on or {}
        CASES.append((name, function))
        return function
    return register


def is_planned(what, tags):
    """Can the case be put to a server with these tags at all?"""
    return not any(key in tags and isinstance(other, Absent)
                   for key, other in what.on.items())


REASONLESS = (400, 401, 500)


def check_leaks(answer):
    """What never reaches a client, whatever was decided."""
    for name, value in answer.headers:
        expect(not name.lower().startswith(("variable-", "x-auth-")),
               f"the client sees {name}: {value}")
        expect(name.lower() != "set-cookie", f"the client sees {name}: {value}")


def check_kept(answer):
    """What was decided for one must not be kept for the next (K13)."""
    control = answer.all("Cache-Control")
    expect(control and all("private" in c and "no-store" in c for c in control),
           f"Cache-Control {control}")
    vary = {v.strip().lower() for v in answer.get("Vary", "").split(",")}
    expect({"cookie", "authorization"} <= vary, f"Vary: {sorted(vary)}")


def check_refusal(row, answer):
    """The triple, with its reason, where there is a body that is ours."""
    if row.method == "HEAD":
        equal(answer.body, b"", "body of a HEAD")
        return
    triple = answer.json()
    expect(isinstance(triple, dict), f"no JSON: {answer.body[:200]!r}")
    equal(list(triple), ["code", "message", "details"], "keys of the error")
    if row.reason:
        equal((triple["details"] or {}).get("reason"), row.reason, "reason")
    elif row.status in REASONLESS:
        equal(triple["details"], None, "details")


def check_answer(answer, patterns):
    for name, pattern in patterns.items():
        value = answer.get(name)
        if pattern is None:
            equal(value, None, name)
        else:
            expect(value is not None and re.search(pattern, value),
                   f"{name}: {value!r} does not match {pattern!r}")
