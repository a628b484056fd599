"""The samples of a guarded endpoint, contrib/guard/samples, each as it is run."""

import os
import shutil
import socket
import subprocess
import sys

import child
import fcgi
import rawhttp

ROOT = os.environ.get("top_srcdir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")
FOLDER = os.path.join(os.path.abspath(ROOT), "contrib", "guard", "samples")
PHP, PYTHON, NODE = (os.path.join(FOLDER, name) for name in (
    "php/members.php", "python/members.py", "node/members.mjs"))
# Debian's name has the version in it.
FPM_NAMES = ("php-fpm", *(f"php-fpm8.{minor}" for minor in range(9, -1, -1)))

FPM_CONF = """\
[global]
error_log = {dir}/fpm.log
[www]
listen = {dir}/run/fpm.sock
pm = static
pm.max_children = 1
{rights}
"""


def program(*names):
    """Where the first of these is, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    return next(filter(None, (shutil.which(name, path=path) for name in names)), None)


class Cgi:
    """Python, by CGI: the environment is all that it gets."""

    def __init__(self, prefix="AUTH_"):
        self.prefix = prefix

    def ask(self, method, given):
        env = {"PATH": os.environ["PATH"], "REQUEST_METHOD": method, "SERVER_NAME": "x",
               "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", **given}
        if self.prefix != "AUTH_":
            env["GUARD_PREFIX"] = self.prefix
        done = subprocess.run([sys.executable, PYTHON], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=30, check=True)
        answer = fcgi.Answer()
        answer.stdout = done.stdout
        return answer.response()


class Fpm:
    """PHP, by FastCGI, from php-fpm."""
    prefix = "AUTH_"

    def __init__(self, scratch):
        account, self.path = scratch.account, scratch.mkdir("run") + "/fpm.sock"
        rights = "" if account is None else (
            f"user = {account.pw_name}\nlisten.owner = {account.pw_name}\n")
        conf = scratch.write("fpm.conf", FPM_CONF.format(dir=scratch.path, rights=rights))
        self.script = scratch.copy(PHP, "members.php")
        self.client = fcgi.Client("unix:" + self.path)
        child.spawn([program(*FPM_NAMES), "-F", "-n", "-R", "-y", conf], scratch / "fpm.out")
        child.wait_for(lambda: os.path.exists(self.path), 20, "php-fpm listens")

    def ask(self, method, given):
        return self.client.request({
            "REQUEST_METHOD": method, "SCRIPT_FILENAME": self.script, "SCRIPT_NAME": "/members.php",
            "REQUEST_URI": "/members.php", "SERVER_PROTOCOL": "HTTP/1.1", **given})


class Node:
    """Node, by HTTP on a socket."""
    prefix = "HTTP_X_AUTH_"

    def __init__(self, scratch):
        self.path = scratch / "node.sock"
        child.spawn([program("node"), NODE, self.path], scratch / "node.out")
        child.wait_for(lambda: os.path.exists(self.path), 20, "Node listens")

    def ask(self, method, given):
        headers = [(name.removeprefix("HTTP_").replace("_", "-").title(), value)
                   for name, value in given.items() if name.startswith("HTTP_")]
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(15)
            sock.connect(self.path)
            sock.sendall(rawhttp.message(method, "/", headers))
            return rawhttp.read_response(sock, method)


class NodeOnPort:
    """The same on a port, for recipes that pass requests on to one."""

    def __init__(self, scratch):
        for _ in range(5):
            self.port = child.free_port()
            node = child.spawn([program("node"), NODE, str(self.port)], scratch / "node.out")
            if child.wait_for(lambda node=node: node.poll() or self._answers(), 20,
                              "Node listens") is True:
                return
        raise RuntimeError("no free port in five attempts")

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def _answers(self):
        try:
            answer = rawhttp.request(("127.0.0.1", self.port), "GET", "/")
            return b"The guard is not configured" in answer.body
        except (OSError, rawhttp.Broken):
            return False
