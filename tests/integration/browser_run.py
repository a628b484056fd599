"""Runs a flow of tests/browser in headless Chromium, on the sample site of a quickstart."""

import os
import shutil
import subprocess

from quickstart_run import SOURCE, Place, Quickstart
import npm

FLOW_LIMIT = 240


def npm_dir():
    """The folder whose node_modules holds what the tests need, or None."""
    build = os.path.abspath(os.environ.get("top_builddir") or ".")
    for folder in (os.environ.get("GATEHOUSE_NPM"), os.path.join(build, "tests", "npm"),
                   os.path.join(SOURCE, "tests", "npm")):
        if folder and npm.has_packages(folder):
            return folder
    return None


def missing():
    """Why the tests cannot run here, or None."""
    for program in ("chromium", "node"):
        if not shutil.which(program):
            return f"no {program}"
    return None if npm_dir() else "no packages: run npm ci in tests/npm"


def run_flow(flow, **environment):
    """Runs tests/browser/FLOW with this environment beside ours; the exit status.  Its pictures
    are in $GATEHOUSE_ARTIFACTS, if anywhere."""
    artifacts = os.environ.get("GATEHOUSE_ARTIFACTS", "")
    if artifacts:
        os.makedirs(artifacts, exist_ok=True)
    return subprocess.run(
        ["node", os.path.join(SOURCE, "tests", "browser", flow)],
        stdin=subprocess.DEVNULL, timeout=FLOW_LIMIT, check=False,
        env={**os.environ, "CHROMIUM": shutil.which("chromium"), "NPM_DIR": npm_dir(),
             "ARTIFACTS": artifacts, **environment}).returncode


def play(flow, *options):
    """Start a quickstart with those options and run tests/browser/FLOW; the exit status."""
    why = missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return 0
    place = Place()
    run = Quickstart(place, *options)
    try:
        run.wait_ready()
        return run_flow(flow, SITE_URL=run.url, DASHBOARD_URL=run.ready["dashboard"],
                        IDP_ADMIN=run.ready["idp"].get("admin", ""),
                        ADMIN_EMAIL=run.ready["admin"]["email"],
                        ADMIN_PASSWORD=run.ready["admin"]["password"],
                        IDP_PID=str(run.ready["pids"]["identity provider"]))
    except (AssertionError, subprocess.TimeoutExpired) as error:
        print("Bail out! " + str(error).replace("\n", "\n# "))
        return 1
    finally:
        run.end()
        place.remove()
