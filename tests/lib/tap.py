"""A little TAP: collect cases, run each on its own, say how it went.

    from tap import case, run, is_, ok, like, raises

    @case("a wrong password is refused")
    def _():
        is_(login("wrong").status, 400)

    if __name__ == "__main__":
        run()

A case fails when it raises; the checks raise with what was got and expected.
`run` leaves with status 0 when all passed, else 1.
"""

import os
import re
import sys
import time
import traceback

_cases = []


class Skip(Exception):
    """Raise to skip a case; the text says why."""


class Failed(AssertionError):
    pass


def case(name):
    """Decorator: register a case; cases run in the order they are written."""
    def register(function):
        _cases.append((name, function))
        return function
    return register


def cases(names, rows):
    """Decorator for a table: one case per row, named by formatting `names` with it.

        @cases("{0} is refused", [("x", 400), ("y", 404)])
        def _(what, status): ...
    """
    def register(function):
        for row in rows:
            row = row if isinstance(row, tuple) else (row,)
            _cases.append((names.format(*row), lambda row=row: function(*row)))
        return function
    return register


def diag(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def _short(value, limit=1500):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def ok(condition, what="condition", *context):
    if not condition:
        raise Failed("\n".join([f"not so: {what}", *map(_short, context)]))


def is_(got, expected, what=""):
    if got != expected or type(got) is bool and type(expected) is not bool:
        label = f"{what}: " if what else ""
        raise Failed(f"{label}got      {_short(repr(got))}\n"
                     f"{label}expected {_short(repr(expected))}")


def isnt(got, unwanted, what=""):
    if got == unwanted:
        raise Failed(f"{what}: must differ from {_short(repr(unwanted))}")


def like(got, pattern, what=""):
    text = got.decode("utf-8", "replace") if isinstance(got, bytes) else str(got)
    if not re.search(pattern, text, re.S):
        raise Failed(f"{what}: {_short(repr(text))}\n  does not match {pattern!r}")


def contains(container, member, what=""):
    if member not in container:
        raise Failed(f"{what}: {_short(repr(container))}\n  lacks {member!r}")


def raises(kind, function, *args, **kwargs):
    """The exception that `function` has to raise."""
    try:
        result = function(*args, **kwargs)
    except kind as caught:
        return caught
    raise Failed(f"nothing was raised, got {_short(repr(result))}")


def wait_for(condition, seconds=5.0, what="condition", every=0.02):
    """Poll until `condition()` is true and give its value; fail at the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(every)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}", flush=True)
    sys.exit(0)


def bail(reason):
    print(f"Bail out! {reason}", flush=True)
    sys.exit(1)


class Tap:
    """For tests that drive their cases themselves: plan, ok, ok, ..., done."""

    def __init__(self):
        self.planned = None
        self.count = self.failed = 0

    def plan(self, count):
        self.planned = count
        print(f"1..{count}", flush=True)

    def ok(self, passed, name, why="", skip=None):
        self.count += 1
        self.failed += not passed
        name = name.replace("#", "\\#").replace("\n", " ")
        print(f"{'ok' if passed else 'not ok'} {self.count} - {name}"
              + (f" # SKIP {skip}" if skip else ""), flush=True)
        if not passed:
            diag(why)
        return passed

    def done(self):
        """The exit status; prints the plan if there was none."""
        if self.planned is None:
            self.plan(self.count)
        elif self.planned != self.count:
            diag(f"planned {self.planned}, ran {self.count}")
            return 1
        return 1 if self.failed else 0


def _one(number, name, function):
    name = name.replace("#", "\\#").replace("\n", " ")
    try:
        function()
    except Skip as skip:
        print(f"ok {number} - {name} # SKIP {skip}", flush=True)
        return True
    except Failed as failed:
        print(f"not ok {number} - {name}", flush=True)
        frame = traceback.extract_tb(failed.__traceback__)
        here = [f for f in frame if os.path.basename(f.filename) != "tap.py"]
        diag(f"{here[-1].filename}:{here[-1].lineno}" if here else "")
        diag(failed)
    except Exception:
        print(f"not ok {number} - {name}", flush=True)
        diag(traceback.format_exc())
    else:
        print(f"ok {number} - {name}", flush=True)
        return True
    return False


def run(only=None):
    """Run all cases (or those whose name has the text given on the command line)."""
    only = only or (sys.argv[1] if len(sys.argv) > 1 else None)
    wanted = [(n, f) for n, f in _cases if not only or only in n]
    if not wanted:
        bail("no case to run")
    print(f"1..{len(wanted)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(wanted, 1):
        failed += not _one(number, name, function)
    if failed:
        diag(f"{failed} of {len(wanted)} failed")
    sys.exit(1 if failed else 0)
