"""CPU time by process tree, from /proc.

What a process spent that ended while it was measured is lost; nothing that
matters here does.
"""

import os

TICK = os.sysconf("SC_CLK_TCK")


def _parents():
    """pid -> parent's pid, of everything that runs."""
    parents = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as f:
                stat = f.read()
        except OSError:
            continue
        # The name may hold spaces and brackets.
        parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def trees(roots):
    """For each pid in roots, the list of it and all its descendants."""
    parents = _parents()
    found = {root: [root] for root in roots}
    for pid in parents:
        up = pid
        while up in parents and up not in found:
            up = parents[up]
        if up in found and pid != up:
            found[up].append(pid)
    return found


def seconds(pid):
    """User and system time of one process, all threads; None: it has ended."""
    total = 0
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            # Nanoseconds on a processor; the kernel's tick counts are coarser
            # and are sampled.
            with open(f"/proc/{pid}/task/{thread}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1e9
    except FileNotFoundError:
        pass
    try:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except OSError:
        return None


def spent(groups):
    """{"web": [pid...], ...} -> {"web": {pid: seconds so far}, ...}."""
    return {name: {pid: seconds(pid) for pid in pids}
            for name, pids in groups.items()}


def between(before, after):
    """{"web": seconds, ...} of two spent() of the same groups."""
    return {name: sum(after[name][pid] - start for pid, start in pids.items()
                      if None not in (start, after[name][pid]))
            for name, pids in before.items()}


def busy():
    """Seconds all processors together have worked, for anybody."""
    with open("/proc/stat") as f:
        # user nice system idle iowait irq softirq steal
        fields = [int(n) for n in f.readline().split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK
