"""Runs contrib/quickstart for the tests: start, read what it says, stop, look for remains."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import evidence  # noqa: E402
import tap  # noqa: E402
from tap import is_ as equal, wait_for as until  # noqa: E402

SOURCE = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(HERE, "..", ".."))
PROGRAM = os.path.abspath(os.environ.get("GATEHOUSE", "./gatehouse"))
START_LIMIT = 90
STOP_LIMIT = 60


def alive(pid):
    """A zombie has ended: only its parent has not looked yet."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def processes_naming(text):
    """(pid, command line) of each process, but this one, whose command line holds the text."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command and int(pid) != os.getpid() and alive(pid):
            found.append((int(pid), command))
    return found


def environment():
    """Ours, without what a surrounding make would pass on, and with the program to use."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    return {**kept, "GATEHOUSE": PROGRAM, "LC_ALL": "C.UTF-8"}


class Place:
    """A scratch folder that the user of PostgreSQL can pass through; short, for the sockets."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gh-qs-", dir="/tmp")
        os.chmod(self.path, 0o711)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def remove(self):
        evidence.keep(self.path)
        shutil.rmtree(self.path, ignore_errors=True)


class Quickstart:
    """One run on the data below a place, on a free port."""

    def __init__(self, place, *options, port="0", source=SOURCE, before=(), env=None):
        self.data = place / "data"
        self.ready_file = place / "ready.json"
        self.output_file = place / "output"
        with open(self.output_file, "wb") as output:
            self.process = subprocess.Popen(
                # Should this test be killed, the quickstart is told to stop.
                ["setpriv", *before, "--pdeathsig", "TERM",
                 os.path.join(source, "contrib", "quickstart"), "--no-install", "--port", port,
                 "--dashboard-port", "0", "--data", self.data, "--ready-file", self.ready_file,
                 *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=env or environment(), start_new_session=True)

    @property
    def output(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the quickstart ended:\n{self.output}")
            return os.path.exists(self.ready_file)
        try:
            tap.wait_for(ready, START_LIMIT, "ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.output}") from error
        with open(self.ready_file, encoding="utf-8") as file:
            self.ready = json.load(file)
        self.url = self.ready["url"]
        return self

    def wait_end(self):
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end:\n{self.output}") from None

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.wait_end()

    def remains(self):
        """What is left of a run that has ended: nothing is right."""
        left = [f"process {name} ({pid})" for name, pid in self.ready["pids"].items() if alive(pid)]
        left += [f"process {pid}: {command}" for pid, command in processes_naming(self.data)]
        for folder, _, names in os.walk(self.data):
            left += [os.path.join(folder, name) for name in names
                     if not os.path.isfile(os.path.join(folder, name))]
        if os.path.exists(self.ready_file):
            left.append(self.ready_file)
        return left

    def places_with(self, text):
        """Where a text shows that must not: configuration, logs, output, command lines."""
        paths = [os.path.join(self.data, name) for name in ("gatehouse.conf", "lighttpd.conf")]
        for folder, _, names in os.walk(os.path.join(self.data, "log")):
            paths += [os.path.join(folder, name) for name in names]
        paths += [self.output_file, self.ready_file]
        found = []
        for path in paths:
            with open(path, encoding="utf-8", errors="replace") as file:
                if text in file.read():
                    found.append(path)
        return found + [command for _, command in processes_naming(text)]

    def end(self):
        """Whatever state it is in."""
        if self.process.poll() is None:
            try:
                self.stop(signal.SIGTERM)
            except AssertionError:
                self.process.kill()


def curl(*arguments):
    """(status, parsed body) as a person at a terminal would get them."""
    done = subprocess.run(["curl", "-sS", "-m", "20", "-w", "\n%{http_code}", *arguments],
                          capture_output=True, text=True, timeout=30, check=True)
    body, status = done.stdout.rsplit("\n", 1)
    return int(status), json.loads(body) if body else None


def guarded(run, role):
    """The pages behind the guard: as the lines that are printed say, and for who is nobody."""
    url, wants_html = run.url, ("-H", "Accept: text/html,*/*")
    lines = re.findall(r"^ *(curl -i -H .*)$", run.output, re.M)
    heads = [subprocess.run(["sh", "-c", line + " -sS"], capture_output=True, text=True, timeout=30,
                            check=True).stdout for line in lines]
    equal([head.split(" ", 2)[1] for head in heads], ["403", "200"], "the demo user and the admin")
    equal("<h1>Administration</h1>" in heads[1], True, "the page for admins")
    line = re.search(r"^ *(\S.* explain --path .*)$", run.output, re.M)[1]
    why = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30,
                         check=False).stdout
    equal("answer       403" in why and "NOT MET" in why, True, f"what is explained: {why}")
    equal(curl(f"{url}/members/")[1]["code"], "unauthenticated", "for a program that is nobody")
    done = subprocess.run(["curl", "-sS", "-o", os.devnull, "-w", "%{http_code} %{redirect_url}",
                           *wants_html, f"{url}/members/?a=1"], capture_output=True, text=True,
                          timeout=30, check=True)
    to = urllib.parse.quote(f"{url}/members/?a=1", safe="")
    # With a token alone no page can be opened: signing in would lead in circles.
    equal(done.stdout, "401 " if run.ready["provider"] == "oidc"
          else f"303 {url}/auth/login?return_to={to}", "for a browser of nobody")
    tokens = [re.search(r'Bearer ([^"]*)"', line)[1] for line in lines]
    if "$" in tokens[0]:
        script = os.path.join(run.data, "token")
        tokens = [subprocess.run([script, *who], capture_output=True, text=True, timeout=30,
                                 check=True).stdout.strip() for who in ((), ("admin",))]
    for token, roles, status in zip(tokens, ([], [role]), (403, 200)):
        asked = [*bearer(token), "-H", "Accept: application/json"]
        for forged in "Auth-Roles", "X-Auth-Roles", "X_AUTH_ROLES":
            asked += ["-H", f"{forged}: admin"]
        answer = curl(*asked, f"{url}/members/you")
        equal((answer[0], answer[1]["roles"]), (200, roles), "what a program there is told")
        equal(curl(*asked, "-X", "POST", "-d", "", "-o", os.devnull, f"{url}/members/you")[0],
              status, "the action for the role")
        status, answer = curl(*asked, f"{url}/members/vault/")
        equal((status, answer["details"]["reason"]), (403, "second_factor_required"), "the vault")


def bearer(token):
    return "-H", f"Authorization: Bearer {token}"


def post(body):
    return "-H", "Content-Type: application/json", "--data-binary", json.dumps(body)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def said(*options, **env):
    """Exit status and output of a run that is expected to end by itself."""
    done = subprocess.run([os.path.join(SOURCE, "contrib", "quickstart"), *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                          env={**environment(), **env})
    return done.returncode, done.stdout


def nothing_left(run):
    try:
        until(lambda: not run.remains(), 10)
    except tap.Failed:
        equal(run.remains(), [], "what is left")


def oidc_missing():
    """Why --provider oidc cannot run here without installing anything, or None."""
    if not shutil.which("node"):
        return "no node"
    folder = os.environ.get("GATEHOUSE_OIDC", "")
    if not os.path.isdir(os.path.join(folder, "node_modules", "oidc-provider")):
        return "no oidc-provider: run npm ci for contrib/oidc and name the folder, GATEHOUSE_OIDC"
    return None
