"""What a test leaves behind to be searched for secrets: logs, traces, answers.

Kept in tests/evidence/<test>/ of the build directory, new at each run, within
bounds; beside it what must not be found there: the credentials that this test
sent and the secrets it configured.  tests/lib/canaries.py searches it when all
tests have run.
"""

import atexit
import json
import os
import re
import shutil
import sys

FILE_MAX, ALL_MAX, FILES_MAX = 4 << 20, 48 << 20, 400
VALUES_MAX, ANSWERS_MAX, BODY_MAX = 4000, 2000, 16 << 10

# Files of a scratch folder that are logs.  Not ours to answer for: the database's (it
# tells the row that it refuses), and what a test's own stand-ins write of their visitors.
LOGS = re.compile(r"\.(log|out|jsonl)(\.[0-9]+)?$|^(log|traces?)(\.json)?(\.[0-9]+)?$")
ELSEWHERE = ("home", "www", "bin", "lib")
NOT_OURS = ("postgres.log", "cgi.log")

# Of a configuration: what others must not see.
SECRET_KEYS = ("secret_key", "webhook_secret", "admin_token")
CREDENTIALS = ("authorization", "x-session-token", "cookie")
WATCHED = ("/metrics", "/status", "/openapi.json", "/readyz")


def _folder():
    top, name = os.environ.get("top_builddir"), os.path.basename(sys.argv[0])
    if not top or not name.startswith("it_") or os.environ.get("GATEHOUSE_SOAK"):
        return None
    return os.path.join(os.path.abspath(top), "tests", "evidence",
                        name.removesuffix(".py"))


FOLDER = _folder()
# Answers of the stand-in of a provider, in the tests of it: forms that show what was typed.
OWN_ANSWERS = not os.path.basename(sys.argv[0]).startswith("it_idp_")
_state = {"made": False, "files": 0, "bytes": 0}
_secrets, _bodies, _answers = set(), set(), set()


def _make():
    if not _state["made"]:
        shutil.rmtree(FOLDER, ignore_errors=True)
        os.makedirs(FOLDER)
        _state["made"] = True


def _copy(source, name):
    """The head and the end of a file: what is long is alike in between."""
    size = os.path.getsize(source)
    if size == 0 or _state["files"] >= FILES_MAX or _state["bytes"] >= ALL_MAX:
        return
    _make()
    _state["files"] += 1
    _state["bytes"] += min(size, FILE_MAX)
    to = os.path.join(FOLDER, f"{_state['files']:03d}-{name}")
    with open(source, "rb") as f, open(to, "wb") as out:
        if size <= FILE_MAX:
            shutil.copyfileobj(f, out)
            return
        out.write(f.read(FILE_MAX // 2) + b"\n")
        f.seek(-FILE_MAX // 2, os.SEEK_END)
        out.write(f.read())


def keep(path):
    """The logs in a scratch folder that is about to go."""
    if not FOLDER:
        return
    for folder, below, names in os.walk(path):
        if "PG_VERSION" in names:
            below.clear()
        below[:] = [b for b in below if b not in ELSEWHERE]
        for name in sorted(set(filter(LOGS.search, names)) - set(NOT_OURS)):
            where = os.path.join(folder, name)
            try:
                if os.path.isfile(where) and not os.path.islink(where):
                    _copy(where, name)
            except OSError:
                pass        # a program may still be ending


def secret(*values):
    """These must be nowhere."""
    if FOLDER and len(_secrets) < VALUES_MAX:
        _secrets.update(str(v) for v in values if v)


def configured(conf):
    """The secrets of a configuration, as a nested dict."""
    for key, value in conf.items():
        if isinstance(value, dict):
            configured(value)
        elif isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
            for one in value:
                configured(one)
        elif key in SECRET_KEYS:
            secret(*(value if isinstance(value, (list, tuple)) else [value]))


def asked(headers, body=None):
    """A request that a test sends: its credentials, and what it wants kept of people."""
    if not FOLDER or len(_secrets) > VALUES_MAX:
        return
    for name, value in headers:
        if name.lower().replace("_", "-").removeprefix("http-") in CREDENTIALS:
            _secrets.add(value if isinstance(value, str) else value.decode("latin-1"))
    if isinstance(body, bytes) and b'"bio"' in body and len(_bodies) < VALUES_MAX:
        _bodies.add(body[:BODY_MAX])


def answered(target, status, body):
    """An answer: errors, and what administrators see, are kept."""
    if FOLDER and OWN_ANSWERS and body and len(_answers) < ANSWERS_MAX and (
            status >= 400 or target.partition("?")[0].endswith(WATCHED)):
        _answers.add((status, bytes(body[:BODY_MAX])))


def _bios():
    for body in _bodies:
        try:
            bio = json.loads(body).get("bio")
        except (ValueError, AttributeError):
            continue
        if isinstance(bio, str):
            yield bio


@atexit.register
def _write():
    if not FOLDER:
        return
    _make()
    with open(os.path.join(FOLDER, "answers"), "wb") as f:
        for status, body in sorted(_answers):
            f.write(b"%d\n%s\n" % (status, body))
    with open(os.path.join(FOLDER, "secrets.json"), "w") as f:
        json.dump({"credentials": sorted(_secrets), "bios": sorted(set(_bios()))}, f)
