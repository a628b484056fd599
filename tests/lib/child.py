"""Child processes and scratch folders for the integration tests.

Web servers and PostgreSQL behave differently for root, and PostgreSQL refuses
root altogether.  So when the tests run as root, everything they start runs as
an unprivileged user, in a scratch folder that this user owns.  Every child dies
with the test (PR_SET_PDEATHSIG), also when the test itself is killed.
"""

import atexit
import ctypes
import glob
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import evidence

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)
_live = []


class Missing(Exception):
    """A program or module that the test needs is not on this machine.

    Only this lets a test skip: whatever else goes wrong is a failure.
    """


def user(*names):
    """The first of these accounts that exists, if we are root; else None."""
    if os.geteuid() != 0:
        return None
    for name in names + ("www-data", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing("no unprivileged account to run servers as")


class Scratch:
    """A folder of our own, readable and writable by the unprivileged user."""

    def __init__(self, *names):
        self.account = user(*names)
        self.path = tempfile.mkdtemp(prefix="gatehouse-test-")
        os.chmod(self.path, 0o755)
        self._own(self.path)
        atexit.register(self.remove)

    def _own(self, path):
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def mkdir(self, name, mode=0o755):
        path = self / name
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        while path != self.path:
            self._own(path)
            path = os.path.dirname(path)
        return self / name

    def holds(self, name, text):
        """A file of this name says exactly that."""
        try:
            with open(self / name) as f:
                return f.read() == text
        except OSError:
            return False

    def write(self, name, text, mode=0o644):
        path = self / name
        data = text if isinstance(text, bytes) else text.encode()
        # Replaced in one step: a running program may read it at any moment.
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.chmod(path + ".new", mode)
        self._own(path + ".new")
        os.rename(path + ".new", path)
        return path

    def copy(self, source, name, mode=0o755):
        path = self / name
        shutil.copyfile(source, path + ".new")
        os.chmod(path + ".new", mode)
        self._own(path + ".new")
        os.rename(path + ".new", path)
        return path

    def tail(self, name, lines=40):
        try:
            with open(self / name, errors="replace") as f:
                return f.read().splitlines()[-lines:]
        except OSError:
            return []

    def shared_files(self):
        """What single processes of configurations in here share, in memory."""
        sites = [hashlib.sha256(os.fsencode(os.path.realpath(os.path.join(folder, name))))
                 for folder, _, names in os.walk(self.path)
                 for name in names if name.endswith(".conf")]
        return [file for site in sites for file in glob.glob(
            f"/dev/shm/gatehouse-*/gatehouse.*.{site.hexdigest()[:16]}*")]

    def remove(self):
        evidence.keep(self.path)
        for file in self.shared_files():
            os.unlink(file)
        if os.environ.get("GATEHOUSE_KEEP"):
            return
        shutil.rmtree(self.path, ignore_errors=True)


def spawn(argv, log, account=None, env=None, cwd=None, stdin=None,
          death=signal.SIGTERM):
    """Start argv in its own session with both outputs appended to log."""
    def die_with_parent():
        _libc.prctl(PR_SET_PDEATHSIG, death)

    extra = {}
    if account:
        extra = {"user": account.pw_uid, "group": account.pw_gid,
                 "extra_groups": []}
    with open(log, "ab") as out:
        proc = subprocess.Popen(
            argv, stdin=stdin or subprocess.DEVNULL, stdout=out, stderr=out,
            env=env, cwd=cwd, start_new_session=True, close_fds=True,
            preexec_fn=die_with_parent, **extra)
    _live.append(proc)
    return proc


def stop(proc, sig=signal.SIGTERM, timeout=15):
    """Signal and wait; the exit status, or None if it had to be killed."""
    if proc.poll() is None:
        proc.send_signal(sig)
    try:
        status = proc.wait(timeout)
    except subprocess.TimeoutExpired:
        proc.kill()
        proc.wait()
        status = None
    if proc in _live:
        _live.remove(proc)
    return status


def wait_for(condition, timeout, what):
    """Poll until condition() is true; its value.  Never longer than timeout."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.02)


def free_port():
    """A port the kernel just gave out.  May be taken again: callers retry."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    """The process ids whose parent is pid."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                stat = f.read()
        except OSError:
            continue
        # The name may hold spaces and brackets; what follows the last one is
        # "state ppid ...".
        if int(stat.rpartition(")")[2].split()[1]) == pid:
            found.append(int(entry))
    return sorted(found)


def name_of(pid):
    """What the process calls itself, at most 15 bytes; "" when it is gone."""
    try:
        with open(f"/proc/{pid}/comm") as f:
            return f.read().rstrip("\n")
    except OSError:
        return ""


def kill(pid):
    """Kills it and returns its id; None when there is no such process (any more), or none."""
    try:
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid
    except ProcessLookupError:
        return None


@atexit.register
def _end_all():
    for proc in list(_live):
        stop(proc, timeout=3)
