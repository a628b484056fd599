"""The peer: Fastify, @clerk/backend and pg, from npm by the lock file beside
its server.mjs, installed once into the build folder."""

import json
import os
import shutil
import subprocess

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer")
FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALLED = "node_modules/.bench-installed"
INSTALL = 300   # seconds


class Missing(Exception):
    """The peer cannot run here; the text says why."""


def _is_installed(folder):
    """With just the packages of our lock file."""
    try:
        with open(os.path.join(folder, INSTALLED)) as done, \
                open(os.path.join(HERE, "package-lock.json")) as lock:
            return done.read() == lock.read()
    except OSError:
        return False


def _install(folder):
    os.makedirs(folder, exist_ok=True)
    if not os.path.samefile(folder, HERE):
        for name in FILES:
            shutil.copyfile(os.path.join(HERE, name),
                            os.path.join(folder, name))
    print("# npm ci for the peer", flush=True)
    try:
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder, timeout=INSTALL, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Missing(f"npm ci took longer than {INSTALL} s") from None
    if done.returncode != 0:
        raise Missing("npm ci failed: "
                      + " ".join(done.stdout.split())[:300])
    shutil.copyfile(os.path.join(HERE, "package-lock.json"),
                    os.path.join(folder, INSTALLED))


def packages(build):
    """The folder with node_modules.  Missing says why there is none."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")
    folder = os.path.join(os.path.abspath(build), "tests/bench/peer")
    if not _is_installed(folder):
        _install(folder)
    return folder


def copy(folder, scratch):
    """The server and its packages where an unprivileged user can read them;
    the path of the program."""
    where = scratch.mkdir("peer")
    shutil.copytree(os.path.join(folder, "node_modules"),
                    os.path.join(where, "node_modules"), symlinks=True)
    return scratch.copy(os.path.join(HERE, "server.mjs"), "peer/server.mjs")


def port(lines):
    """The port that the server printed, None while it has not."""
    for line in lines:
        if line.startswith('{"port":'):
            return json.loads(line)["port"]
    return None


def versions():
    """What the peer is made of, as one text."""
    with open(os.path.join(HERE, "package.json")) as f:
        wanted = json.load(f)["dependencies"]
    return ", ".join(f"{name} {version}" for name, version in wanted.items())
