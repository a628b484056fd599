#!/usr/bin/env python3
"""Search what the tests left behind for tokens, cookies, secrets and addresses.

    canaries.py tests/evidence      -> TAP; status 1 when anything is found

Two searches: for whatever looks like a secret, and for the very credentials
and secrets that a test used, as evidence.py noted them.  What is found is named
by file, line and kind, and never printed.
"""

import json
import os
import re
import sys

# What looks like a secret, whoever made it: a part that every one of its kind has, which is
# looked for first as that is quick, and its form, in which nothing is of any length.
PATTERNS = {
    "a JSON web token": (rb"eyJ", rb"eyJ[A-Za-z0-9_-]{10}"),
    "a token of Ory": (rb"ory_", rb"ory_(st|at|rt|ac|lo|pat|wat)_[A-Za-z0-9]{4}"),
    "a session cookie": (rb"session", rb"(ory_kratos_session|ory_session_[a-z0-9]{1,64}|"
                         rb"__session\w{0,64})=[^;\s\"]{6}"),
    "a secret key of Clerk": (rb"sk_", rb"sk_(test|live)_[A-Za-z0-9]{4}"),
    "a webhook secret": (rb"whsec_", rb"whsec_[A-Za-z0-9+/]{4}"),
    "a password in a URL": (rb"://", rb"[a-z]{3,12}://[^\s/:@\"]{0,256}:[^\s/@\"]{1,256}@"),
    "a private key": (rb"PRIVATE KEY", rb"-----BEGIN [A-Z ]{0,32}PRIVATE KEY"),
    "an e-mail address": (rb"(?:@|%40)", rb"[A-Za-z0-9._%+-](@|%40)"
                          rb"([A-Za-z0-9-]{1,64}\.){1,8}[A-Za-z]{2}"),
}
PATTERNS = {kind: (re.compile(part), re.compile(form)) for kind, (part, form) in PATTERNS.items()}

# What is right where it is: (test, file, kind, text of the line), each a pattern.
RIGHT = [
    # The page that says who is signed in, to that very person.
    (".", "^answers$", "an e-mail address", rb"You are signed in as "),
]
RIGHT = [(re.compile(t), re.compile(f), re.compile(k), re.compile(x)) for t, f, k, x in RIGHT]

# A part of a credential that is long enough to be no word of ours.
WORD = re.compile(rb"[A-Za-z0-9_+~-]{16,}")
NOT_SECRET = re.compile(rb"^[a-z_-]+$|^[A-Z_-]+$|^[0-9]+$|^(.)\1+$")


def words_of(values):
    """The long words in credentials: NAME=VALUE and Bearer VALUE count by VALUE."""
    found = set()
    for value in values:
        for part in re.split(r"[;,\s]+", value):
            name, eq, rest = part.partition("=")
            part = rest if eq and re.fullmatch(r"[\w.-]{1,64}", name) and len(rest) > 2 else part
            found.update(w for w in WORD.findall(part.encode("utf-8", "replace"))
                         if not NOT_SECRET.match(w))
    return found


def is_right(test, file, kind, line):
    return any(t.search(test) and f.search(file) and k.search(kind) and x.search(line)
               for t, f, k, x in RIGHT)


def search_line(line, words, bios):
    """The kinds of what should not be there."""
    for kind, (part, form) in PATTERNS.items():
        if part.search(line) and form.search(line):
            yield kind
    if any(w in words for w in WORD.findall(line)):
        yield "a credential of this test"
    if any(bio in line for bio in bios):
        yield "what somebody wrote about himself"


def search(folder):
    """(file, line number, kind) of each finding; how many lines there were."""
    told = {"credentials": [], "bios": []}      # of a test that was killed
    if os.path.exists(os.path.join(folder, "secrets.json")):
        with open(os.path.join(folder, "secrets.json")) as f:
            told = json.load(f)
    words = words_of(told["credentials"])
    bios = [b.encode() for b in told["bios"] if len(b) >= 12]
    found, lines, test = [], 0, os.path.basename(folder)
    for name in sorted(os.listdir(folder)):
        if name == "secrets.json":
            continue
        with open(os.path.join(folder, name), "rb") as f:
            for number, line in enumerate(f, 1):
                lines += 1
                found += [(name, number, kind) for kind in search_line(line, words, bios)
                          if not is_right(test, name, kind, line)]
    return found, lines


def main(where):
    folders = [os.path.join(where, name) for name in sorted(os.listdir(where))] \
        if os.path.isdir(where) else []
    if not folders:
        print(f"Bail out! nothing to search in {where}")
        return 1
    print(f"1..{len(folders)}")
    bad = 0
    for number, folder in enumerate(folders, 1):
        found, lines = search(folder)
        bad += bool(found)
        print(f"{'not ok' if found else 'ok'} {number} - {os.path.basename(folder)}: "
              f"nothing that should not be there in {lines} lines")
        for name, line, kind in found[:20]:
            print(f"# {os.path.join(folder, name)}:{line}: {kind}")
        if len(found) > 20:
            print(f"# and {len(found) - 20} more")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
