#!/usr/bin/env python3
"""The sample site in headless Chromium; tests/browser/flow.mjs holds the tests themselves."""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quickstart_run import SOURCE, Place, Quickstart  # noqa: E402

FLOW_LIMIT = 240


def npm_dir():
    """The folder whose node_modules holds playwright-core, or None."""
    build = os.path.abspath(os.environ.get("top_builddir") or ".")
    for folder in (os.environ.get("GATEHOUSE_NPM"), os.path.join(build, "tests", "npm"),
                   os.path.join(SOURCE, "tests", "npm")):
        if folder and os.path.isdir(os.path.join(folder, "node_modules", "playwright-core")):
            return folder
    return None


def missing():
    """Why the tests cannot run here, or None."""
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"no {program}"
    return None if npm_dir() else "no playwright-core: run npm ci in tests/npm"


def main():
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    place = Place()
    artifacts = os.environ.get("GATEHOUSE_ARTIFACTS") or place / "artifacts"
    os.makedirs(artifacts, exist_ok=True)
    run = Quickstart(place)
    try:
        run.wait_ready()
        return subprocess.run(
            ["node", os.path.join(SOURCE, "tests", "browser", "flow.mjs")],
            stdin=subprocess.DEVNULL, timeout=FLOW_LIMIT, check=False,
            env={**os.environ, "SITE_URL": run.url, "IDP_ADMIN": run.ready["idp"]["admin"],
                 "CHROMIUM": shutil.which("chromium"), "NPM_DIR": npm_dir(),
                 "ARTIFACTS": artifacts}).returncode
    except (AssertionError, subprocess.TimeoutExpired) as error:
        print("Bail out! " + str(error).replace("\n", "\n# "))
        return 1
    finally:
        run.end()
        place.remove()


if __name__ == "__main__":
    sys.exit(main())
