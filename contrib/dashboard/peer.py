"""Which user of this machine a connection comes from: loopback is open to all of them, and logs
and tables are not for everybody. The kernel's list of sockets tells.
"""

import socket
import struct

TIME_WAIT = "06"                    # closed: the list names nobody


def _written(address):
    """An address as the list has it: words in the machine's order, in hexadecimal."""
    host, port = address[:2]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    packed = socket.inet_pton(family, host)
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


def user(ours, theirs):
    """The user id of who has the other end of a connection between these addresses; None when
    it is nobody any more."""
    name = "tcp6" if ":" in theirs[0] else "tcp"
    wanted = [_written(theirs), _written(ours)]
    with open(f"/proc/net/{name}", encoding="ascii") as rows:
        for row in rows:
            fields = row.split()
            if fields[1:3] == wanted and fields[3] != TIME_WAIT:
                return int(fields[7])
    return None


def welcome(users):
    """What tells of a connection (a StreamWriter) whether it comes from one of these users; of
    none: from anybody."""
    def known(writer):
        if not users:
            return True
        try:
            return user(*map(writer.get_extra_info, ("sockname", "peername"))) in users
        except (OSError, TypeError):
            return False            # it has left already
    return known
