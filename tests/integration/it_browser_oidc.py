#!/usr/bin/env python3
"""The sample site with OpenID Connect in headless Chromium; flow_oidc.mjs has the tests."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser_run import play  # noqa: E402
from quickstart_run import oidc_missing  # noqa: E402

# A token lasts this long, and five seconds of skew more.
LIFE = "2"


def main():
    why = oidc_missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    return play("flow_oidc.mjs", "--provider", "oidc", "--token-life", LIFE)


if __name__ == "__main__":
    sys.exit(main())
