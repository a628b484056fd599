"""Programs of tests/npm, run with the packages of its lock file.

    folder = npm.folder()                         # or leaves: skipped, in CI failed
    with npm.Node(folder, "clerk.mjs", API_URL=url) as sdk:
        sdk.ask(op="getUser", id="user_1")
"""

import json
import os
import shutil
import subprocess
import tempfile

import tap

NPM = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "npm"))
IN_CI = os.environ.get("CI") == "true"


def listed():
    with open(os.path.join(NPM, "package.json"), encoding="utf-8") as file:
        given = json.load(file)
    return (*given.get("dependencies", ()), *given.get("devDependencies", ()))


PACKAGES = listed()


def has_packages(where):
    return all(os.path.isfile(os.path.join(where, "node_modules", name, "package.json"))
               for name in PACKAGES)


def wanted():
    """A folder with node_modules: a ready one, else where to install."""
    given = os.environ.get("GATEHOUSE_NPM", "").rstrip("/").removesuffix("/node_modules")
    build = os.environ.get("top_builddir")
    built = os.path.join(os.path.abspath(build), "tests", "npm") if build else NPM
    folders = [given] if given else [built, NPM]
    return next((f for f in folders if has_packages(f)), folders[0])


def install(where):
    """npm ci, from our lock file, wherever the folder is."""
    os.makedirs(where, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if not os.path.samefile(where, NPM):
            shutil.copyfile(os.path.join(NPM, name), os.path.join(where, name))
    tap.diag(f"npm ci in {where}")
    done = subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=where, timeout=300,
                          stdin=subprocess.DEVNULL, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise RuntimeError("npm ci failed:\n" + done.stdout)


def unavailable(why):
    tap.bail(why) if IN_CI else tap.skip_all(why)


def folder():
    """The folder with the packages, installed if need be. Without it the test program ends."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            unavailable(f"no {program}")
    where = wanted()
    if not has_packages(where):
        try:
            install(where)
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            unavailable(str(error).replace("\n", " "))
    return where


class Node:
    """A program that answers one line of JSON with one line of JSON."""

    def __init__(self, where, program, **environment):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["node", os.path.join(NPM, program)], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.errors,
            env={**os.environ, **environment, "NPM_DIR": where})

    def ask(self, **row):
        try:
            self.process.stdin.write(json.dumps(row) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError("node ended: " + self.stderr())
        return json.loads(line)

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
