"""Runs all guard cases behind one web server, with everything of its own."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import guard_world          # noqa: E402  (says where the library is)
import child                # noqa: E402
import tap                  # noqa: E402
from guard_case import CASES, TAGS, is_planned  # noqa: E402
import guard_needs          # noqa: E402,F401  (each module adds its cases)
import guard_paths          # noqa: E402,F401
import guard_forged         # noqa: E402,F401
import guard_http           # noqa: E402,F401
import guard_servers        # noqa: E402,F401
import guard_faults         # noqa: E402,F401  (faults: last)


def main(name):
    try:
        world = guard_world.World(name)
        world.start()
    except child.Missing as missing:
        tap.skip_all(str(missing))
    for title, what in CASES:
        if is_planned(what, TAGS[name]):
            tap.case(title)(lambda what=what: world.one(what))
    tap.case("it stops cleanly, and no sanitizer or valgrind complained")(
        world.stop)
    try:
        tap.run()
    finally:
        world.close()
