#!/usr/bin/env python3
"""The sample site in headless Chromium; tests/browser/flow.mjs holds the tests themselves."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser_run import play  # noqa: E402

if __name__ == "__main__":
    sys.exit(play("flow.mjs"))
