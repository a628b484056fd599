#!/usr/bin/env python3
"""From a click on the sample site to its trace, its log line and its row, in headless Chromium;
tests/browser/dashboard_journey.mjs holds the tests. Pictures stay in the build directory."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser_run import play  # noqa: E402

if __name__ == "__main__":
    build = os.environ.get("top_builddir")
    if build:
        os.environ.setdefault("GATEHOUSE_ARTIFACTS",
                              os.path.join(os.path.abspath(build), "tests", "pictures"))
    sys.exit(play("dashboard_journey.mjs"))
