#!/usr/bin/env python3
"""Is a TCP port of this machine free, and if not, who has it?

usage: port.py check PORT    exit 0: free; 1: taken (prints by whom); 2: not allowed
       port.py free          prints a port that is free
"""

import errno
import os
import random
import re
import socket
import sys

LISTEN = "0A"
UNASSIGNED = 10000, 32768


def bind_error(family, address, port):
    """None if the port can be bound there, else the OSError."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As lighttpd does: connections in TIME_WAIT do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            return error
    return None


def listening_inodes(port):
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table, encoding="ascii") as lines:
                next(lines)
                for line in lines:
                    fields = line.split()
                    if fields[3] == LISTEN and int(fields[1].rsplit(":", 1)[1], 16) == port:
                        inodes.add(fields[9])
        except OSError:
            continue
    return inodes


def owner(port):
    """"nginx (process 123)", or None: other users' processes cannot be looked into."""
    wanted = {f"socket:[{inode}]" for inode in listening_inodes(port)}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            if not wanted.isdisjoint(links):
                with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as comm:
                    name = re.sub(r"[^\x20-\x7e]", "?", comm.read().strip())
                return f"{name} (process {pid})"
        except OSError:
            continue
    return None


def check(port):
    places = [(socket.AF_INET, "127.0.0.1")]
    if bind_error(socket.AF_INET6, "::1", 0) is None:
        places.append((socket.AF_INET6, "::1"))
    for family, address in places:
        error = bind_error(family, address, port)
        if error is None:
            continue
        if error.errno in (errno.EACCES, errno.EPERM):
            print("ports below 1024 are for root only")
            return 2
        who = owner(port)
        print(f"taken by {who}" if who else "taken by a process of another user")
        return 1
    return 0


def is_free(port):
    return all(bind_error(family, address, port) is None
               for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
               if bind_error(family, address, 0) is None)


def free():
    """Below those that the kernel gives to connections: nobody gets it by chance meanwhile."""
    for _ in range(1000):
        port = random.randrange(*UNASSIGNED)
        if is_free(port):
            print(port)
            return 0
    return 1


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "check":
        return check(int(arguments[1]))
    if arguments == ["free"]:
        return free()
    print(__doc__.strip(), file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
