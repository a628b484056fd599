#!/usr/bin/env python3
"""The sample site with Clerk in headless Chromium; tests/browser/flow_clerk.mjs has the tests."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser_run import play  # noqa: E402

# A token lasts this long, and five seconds of skew more.
LIFE = "2"

if __name__ == "__main__":
    sys.exit(play("flow_clerk.mjs", "--provider", "clerk", "--token-life", LIFE))
