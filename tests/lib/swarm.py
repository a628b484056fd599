"""Many users at a web server at the same time, over kept connections.

    Swarm(address, head, mine).ask(list_of_indexes)

Lean on purpose: ten thousand users have to be asked in seconds.  Every answer
is compared with the one user who asked.
"""

import collections
import itertools
import os
import pickle
import socket
import threading
import time

TRIES, RETRY_S = 3, 1   # what Retry-After tells at least


class Swarm:
    """head(i): the bytes of user i's request; mine(i, body): is that i's?"""

    def __init__(self, address, head, mine, links=16, processes=2, timeout=20):
        self.address, self.head, self.mine = address, head, mine
        self.links, self.processes, self.timeout = links, processes, timeout

    def ask(self, who):
        """Counter of what came: statuses, "foreign", "broken"; who fell in.

        Who is told 503 asks again, as a client does; "again" is how often that was."""
        parts = [who[n::self.processes] for n in range(self.processes)]
        total = collections.Counter()
        for pid, end in [self._apart(part) for part in parts]:
            with os.fdopen(end, "rb") as f:
                data = f.read()
            os.waitpid(pid, 0)
            total += pickle.loads(data)
        return total

    def _apart(self, part):
        """A process of its own, as one Python cannot ask fast enough."""
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid:
            os.close(theirs)
            return pid, ours
        try:
            os.close(ours)
            with os.fdopen(theirs, "wb") as f:
                f.write(pickle.dumps(self._crowd(part)))
        finally:
            os._exit(0)

    def _crowd(self, part):
        turns, seen = itertools.count(), collections.Counter()
        lock = threading.Lock()

        def work():
            mine = collections.Counter()
            link = None
            while (n := next(turns)) < len(part):
                link, what = self._one(link, part[n])
                for _ in range(TRIES - 1):
                    if what != 503:
                        break
                    mine["again"] += 1
                    time.sleep(RETRY_S)
                    link, what = self._one(link, part[n])
                mine[what] += 1
            with lock:
                seen.update(mine)

        threads = [threading.Thread(target=work) for _ in range(self.links)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return seen

    def _one(self, link, i):
        """A server may end a kept connection between two requests: once more."""
        for attempt in range(2):
            try:
                link = link or socket.create_connection(self.address, self.timeout)
                link.sendall(self.head(i))
                status, body, kept = _read(link)
            except (OSError, ValueError, EOFError):
                if link:
                    link.close()
                link = None
                continue
            if not kept:
                link.close()
                link = None
            if status == 200 and not self.mine(i, body):
                return link, "foreign"
            return link, status
        return None, "broken"


def _read(sock):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    fields = dict(line.split(b": ", 1) for line in lines[1:] if b": " in line)
    if b"content-length" in fields:
        while len(body) < int(fields[b"content-length"]):
            body += _more(sock)
    elif fields.get(b"transfer-encoding") == b"chunked":
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(sock)
    else:
        raise ValueError("an answer of unknown length")
    return int(lines[0].split()[1]), body, fields.get(b"connection") != b"close"


def _more(sock):
    piece = sock.recv(65536)
    if not piece:
        raise EOFError
    return piece
