"""Drives tests/integration/dbprobe: the program's database part, alone."""

import os
import queue
import subprocess
import threading

TOP = os.environ.get("top_builddir") or os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROGRAM = os.environ.get("DBPROBE") or os.path.join(
    TOP, "tests", "integration", "dbprobe")


class Answer:
    """One call's outcome: kind ("ok", "DOWN", "BUG" ...), ms and its words."""

    def __init__(self, line):
        self.kind, ms, *words = line.rstrip("\n").split("\t")
        self.ms = int(ms)
        self.words = [None if w == "-" else w for w in words]
        self.text = words[-1] if words and self.kind != "ok" else ""

    @property
    def brief(self):
        """What most cases compare: kind and words, or kind and nothing."""
        return [self.kind] + (self.words if self.kind == "ok" else [])

    def __repr__(self):
        return f"{self.kind} in {self.ms} ms: {self.words}"


class Probe:
    """One process with one connection, as a worker has."""

    def __init__(self, url, prepare=True, connect_ms=2000, statement_ms=2000,
                 listen=False):
        self.proc = subprocess.Popen(
            [PROGRAM], text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.opened = self("open", url, int(prepare), connect_ms, statement_ms,
                           "listen" if listen else "deaf")

    def _read(self):
        for line in self.proc.stdout:
            self.lines.put(line)
        self.lines.put("")

    def send(self, *words):
        line = "\t".join("-" if w is None else str(w) for w in words)
        self.proc.stdin.write(line.replace("\n", "\\n") + "\n")
        self.proc.stdin.flush()

    def receive(self, timeout=30):
        line = self.lines.get(timeout=timeout)
        if not line:
            raise RuntimeError(f"dbprobe ended: {self.proc.wait(5)}")
        return Answer(line)

    def __call__(self, *words):
        self.send(*words)
        return self.receive()

    def kill(self):
        self.proc.kill()
        self.close()

    def close(self):
        """Its end; under a sanitizer or valgrind the status is a verdict."""
        self.proc.stdin.close()
        try:
            self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        self.reader.join(5)
        self.proc.stdout.close()
        if self.proc.returncode > 0:
            raise RuntimeError(f"dbprobe left with {self.proc.returncode}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
