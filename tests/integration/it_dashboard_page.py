#!/usr/bin/env python3
"""The dashboard's page in headless Chromium, on canned data; tests/browser/dashboard.mjs holds the
tests themselves."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import apidoc  # noqa: E402
import child  # noqa: E402
import prog  # noqa: E402
from browser_run import missing, run_flow  # noqa: E402
from dashboard_world import DashboardWorld  # noqa: E402

TRACES = 1500


def document():
    """The API's description, of a configuration that has all of it."""
    scratch = child.Scratch()
    try:
        path = scratch / "gatehouse.conf"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write(prog.config_text(apidoc.FULL))
        program = os.environ.get("GATEHOUSE", "./gatehouse")
        return json.loads(subprocess.run([program, "openapi", "-c", path], timeout=30, check=True,
                                         stdout=subprocess.PIPE).stdout)
    finally:
        scratch.remove()


def main():
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    world = DashboardWorld(document(), TRACES)
    try:
        return run_flow("dashboard.mjs", SITE_URL=world.url, STUB_URL=world.site.url)
    finally:
        world.close()


if __name__ == "__main__":
    sys.exit(main())
