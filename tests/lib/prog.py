"""Start the real program with a configuration of our own, and stop it.

    p = Program({"database": {"url": cluster.url}, "ory": {"url": idp.public}})
    p.start(); p.client.get("/healthz"); p.stop()

Environment: GATEHOUSE and GATEHOUSE_FCGI name the program (default: ./gatehouse
and ./gatehouse.fcgi); GATEHOUSE_WRAP, for example
"valgrind -q --error-exitcode=99", is put in front of it everywhere.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess

import child
import evidence
import fcgi
import tap

# What the children that are no workers call themselves.
SUBSCRIBER, EXPORTER, MIGRATOR = "gatehouse-news", "gatehouse-trace", "gatehouse-sql"

# Generous: a loaded machine running valgrind is slow, and a passing test never
# waits for it.
READY = 60 if os.environ.get("GATEHOUSE_WRAP") else 20


def config_text(tree, indent=""):
    """A nested dict in libconfig's syntax."""
    out = ""
    for key, value in tree.items():
        if isinstance(value, dict):
            inner = config_text(value, indent + "  ")
            out += f"{indent}{key}: {{\n{inner}{indent}}};\n"
        else:
            out += f"{indent}{key} = {_value(value, indent)};\n"
    return out


def _value(value, indent):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, (list, tuple)):
        if value and isinstance(value[0], dict):
            groups = ", ".join("{ " + config_text(v).replace("\n", " ") + "}"
                               for v in value)
            return f"( {groups} )"
        return "[ " + ", ".join(_value(v, indent) for v in value) + " ]"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def merge(base, *changes):
    """base with changes laid over it, groups merged member by member."""
    out = dict(base)
    for change in changes:
        for key, value in change.items():
            if isinstance(value, dict) and isinstance(out.get(key), dict):
                value = merge(out[key], value)
            out[key] = value
    return out


def program(fcgi_name=False):
    """The absolute path of the built program."""
    if fcgi_name:
        return os.path.abspath(os.environ.get("GATEHOUSE_FCGI",
                                              "./gatehouse.fcgi"))
    return os.path.abspath(os.environ.get("GATEHOUSE", "./gatehouse"))


def install(scratch, name):
    """Copy the program into the scratch folder, where everybody can run it.

    With GATEHOUSE_WRAP the name is a script around the program, which lies
    beside it under a name that also ends in the same way.
    """
    source = program(fcgi_name=name.endswith(".fcgi"))
    wrap = os.environ.get("GATEHOUSE_WRAP")
    if not wrap:
        return scratch.copy(source, name)
    folder, base = os.path.split(name)
    real = scratch.copy(source, os.path.join(folder, "real-" + base))
    words = " ".join(shlex.quote(w) for w in shlex.split(wrap))
    return scratch.write(
        name, f'#!/bin/sh\nexec {words} {shlex.quote(real)} "$@"\n', 0o755)


class Program:
    """One gatehouse on a unix socket, preforked or single.

    via "listen": the program opens the socket itself (-l).
    via "spawn-fcgi": spawn-fcgi opens it and passes it as descriptor 0.
    via "config": the program is told nothing; `listen` in conf names the socket.
    workers: -w N; 1 means a single process; None leaves it to the
    configuration (and to the program's name).
    """

    def __init__(self, conf, via="listen", workers=2, scratch=None,
                 name="bin/gatehouse"):
        self.scratch = scratch or child.Scratch()
        self.account = self.scratch.account
        self.via = via
        self.workers_wanted = workers
        self.scratch.mkdir("run")
        self.scratch.mkdir(os.path.dirname(name))
        self.path = install(self.scratch, name)
        self.socket = self.scratch / "run/gatehouse.sock"
        self.address = "unix:" + self.socket
        self.client = fcgi.Client(self.address)
        self.conf = {}
        self.conf_path = None
        self.proc = None
        self.configure(conf)

    def configure(self, conf):
        """Write gatehouse.conf; takes effect at start() or reload()."""
        self.conf = merge({"log": {"target": f"file:{self.scratch / 'gatehouse.log'}"}},
                          conf)
        evidence.configured(self.conf)
        text = config_text(self.conf)
        if self.conf_path is None and self.scratch.holds("gatehouse.conf", text):
            # of another program of this site, which leaves when it is replaced
            self.conf_path = self.scratch / "gatehouse.conf"
        else:
            self.conf_path = self.scratch.write("gatehouse.conf", text, 0o600)

    def arguments(self):
        argv = [self.path, "-c", self.conf_path]
        if self.workers_wanted is not None:
            argv += ["-w", str(self.workers_wanted)]
        return argv

    def start(self, ready=True, env=None):
        env = {**os.environ, **(env or {})}
        argv = self.arguments()
        if self.via == "spawn-fcgi":
            if os.path.exists(self.socket):
                os.unlink(self.socket)  # spawn-fcgi leaves it behind
            argv = [self._spawn_fcgi(), "-n", "-s", self.socket, "-b", "511",
                    "--", *argv]
        elif self.via == "listen":
            argv += ["-l", self.address]
        self.proc = child.spawn(argv, self.scratch / "stderr.log", self.account,
                                env=env, cwd=self.scratch.path)
        if ready:
            child.wait_for(self.answers, READY, "gatehouse's first answer")
        return self

    @staticmethod
    def _spawn_fcgi():
        found = shutil.which("spawn-fcgi") or "/usr/bin/spawn-fcgi"
        if not os.path.exists(found):
            raise child.Missing("spawn-fcgi is not installed")
        return found

    def answers(self):
        """Is /healthz answered?  Raises if the program has ended."""
        if self.proc.poll() is not None:
            raise RuntimeError(f"gatehouse ended with {self.proc.returncode}: "
                               + "\n".join(self.output()))
        try:
            base = self.conf.get("base_path", "")
            return self.client.get(base + "/healthz").status == 200
        except (OSError, fcgi.Broken):
            return False

    def isolate(self, *commands):
        """Will run in a mount namespace of its own, after these commands there (no ' in them)."""
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"]).returncode != 0:
            raise tap.Skip("needs root and a mount namespace")
        who = f"setpriv --reuid={self.account.pw_uid} --regid={self.account.pw_gid} --clear-groups"
        steps = "\n".join([*commands, f'exec {who} "$0" "$@"'])
        self.path = self.scratch.write(
            "bin/isolated-" + os.path.basename(self.path),
            f"#!/bin/sh\nexec unshare -m sh -ec '{steps}' {self.path} \"$@\"\n", 0o755)
        self.account = None

    def send(self, sig):
        self.proc.send_signal(sig)

    def reload(self):
        self.send(signal.SIGHUP)

    def stop(self, sig=signal.SIGTERM, timeout=20):
        """The exit status; None when it did not leave in time."""
        return child.stop(self.proc, sig, timeout)

    def kill(self):
        return self.stop(signal.SIGKILL)

    def workers(self):
        """Process ids of the workers (of a preforked program); who has just gone is none."""
        return [pid for pid in child.children(self.proc.pid)
                if child.name_of(pid) not in (SUBSCRIBER, EXPORTER, MIGRATOR, "")]

    def subscriber(self):
        """The child that reads revocations; None while there is none."""
        return self._helper(SUBSCRIBER)

    def exporter(self):
        """The child that takes the traces away; None while there is none."""
        return self._helper(EXPORTER)

    def migrator(self):
        """The child that applies migrations; None while there is none."""
        return self._helper(MIGRATOR)

    def _helper(self, name):
        return next((pid for pid in child.children(self.proc.pid)
                     if child.name_of(pid) == name), None)

    def output(self):
        """What it wrote outside its log: complaints, sanitizer reports."""
        return self.scratch.tail("stderr.log")

    def log(self):
        """The log so far, a dict for each line that is JSON."""
        found = []
        for line in self.scratch.tail("gatehouse.log", 1 << 30):
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({"raw": line})
        return found

    def run(self, *words, data=None, timeout=30):
        """A subcommand (check, migrate, ...) with the same configuration."""
        who = {}
        if self.account:
            who = {"user": self.account.pw_uid, "group": self.account.pw_gid,
                   "extra_groups": []}
        return subprocess.run(
            [self.path, *words, "-c", self.conf_path], input=data, text=True,
            capture_output=True, timeout=timeout, cwd=self.scratch.path, **who)
