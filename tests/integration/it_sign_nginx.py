#!/usr/bin/env python3
"""Signing in and out of a guarded site behind nginx, in headless Chromium."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sign_world import play  # noqa: E402

if __name__ == "__main__":
    sys.exit(play("nginx"))
