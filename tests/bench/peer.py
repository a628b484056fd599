"""The peers: Fastify, Express, the providers' SDKs and pg, from npm by the lock
file beside server.mjs, installed once into the build folder; and PHP-FPM as the
system has it."""

import glob
import json
import os
import shutil
import subprocess

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer")
FILES = ("package.json", "package-lock.json", ".npmrc")
SERVER = ("server.mjs", "checker.mjs", "clerk.mjs", "ory.mjs")
EXTENSIONS = {"apcu", "curl", "pgsql"}
INSTALLED = "node_modules/.bench-installed"
INSTALL = 300   # seconds


class Missing(Exception):
    """A peer cannot run here; the text says why."""


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
    print("# npm ci for the peers", flush=True)
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


def node():
    found = shutil.which("node")
    if not found:
        raise Missing("node is not installed")
    return found


def packages(build):
    """The folder with node_modules.  Missing says why there is none."""
    node()
    if not shutil.which("npm"):
        raise Missing("npm is not installed")
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
    for name in SERVER:
        scratch.copy(os.path.join(HERE, name), "peer/" + name)
    return os.path.join(where, SERVER[0])


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


def php():
    """The PHP-FPM of this system.  Missing says what it lacks."""
    found = sorted(glob.glob("/usr/sbin/php-fpm*")
                   + glob.glob("/usr/local/sbin/php-fpm*"))
    if not found:
        raise Missing("PHP-FPM is not installed")
    done = subprocess.run([found[-1], "-m"], capture_output=True, text=True,
                          timeout=30, check=False)
    lacks = EXTENSIONS - set(done.stdout.split())
    if lacks:
        raise Missing(f"PHP-FPM has no {', '.join(sorted(lacks))}")
    return found[-1]


def php_pool(scratch, socket, workers, env):
    """The command of one pool; the script it runs is at scratch's www."""
    scratch.copy(os.path.join(HERE, "profile.php"), "www/profile.php", 0o644)
    lines = ["[global]", f"error_log = {scratch / 'php.log'}",
             "daemonize = no", "[peer]", f"listen = {socket}",
             "listen.backlog = 511", "pm = static",
             f"pm.max_children = {workers}"]
    lines += [f'env[{name}] = "{value}"' for name, value in env.items()]
    return ["--nodaemonize", "--fpm-config",
            scratch.write("php.conf", "\n".join(lines) + "\n")]
