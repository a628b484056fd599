#!/usr/bin/env python3
"""`make bench`: one verification next to libcrypto's, then all targets side by
side behind one lighttpd, then those whose provider is far away, then guarded
files, then what traces and metrics cost, then memory and the cold start.

Options by the environment: BENCH_SECONDS (of one run, default 5), BENCH_ROUNDS
(3), BENCH_CONC (connections, 64), BENCH_ONLY (names of parts and targets, all),
BENCH_TRIES (of a run that others disturb, 1), BENCH_OTHER (another build's
gatehouse, to be compared, none), BENCH_JSON (a file for the samples, none).
"""

import json
import os
import signal
import subprocess
import sys

import world  # before the rest: it finds what the tests share
import figures
import guardworld
import measure
import observeworld
import report
import targets

VERIFY_ROUNDS = 60  # of `verify`, short ones, in each of ours
WORLDS = {"near": world.World, "far": world.World, "guard": guardworld.World,
          "observe": observeworld.World}


def number(name, preset, least=1):
    text = os.environ.get(name, str(preset))
    if not text.isdigit() or int(text) < least:
        sys.exit(f"{name}: a whole number from {least} up, not {text!r}")
    return int(text)


def verify(rounds):
    """One verification next to libcrypto's; it prints its own table."""
    print("# verify", flush=True)
    subprocess.run([os.path.join(world.BUILD, "tests/bench/verify"),
                    str(VERIFY_ROUNDS * rounds)], check=True)
    print(flush=True)


def side_by_side(part, only, how, data):
    """All targets of a part, their table; data gets the samples."""
    w = WORLDS[part](part, only)
    for target in w.targets:
        print(f"# {target.name}: {target.what}", flush=True)
    for why in w.left_out:
        print(f"# left out: {why}", flush=True)
    found = measure.run(w, **{**how, "rounds": w.times * how["rounds"]})
    w.close()
    data.update(found)
    print("\n" + report.table(found))
    print("\n" + report.ratios(found) + "\n", flush=True)


def invalid(data):
    """Why the run is worth nothing, "" when it is."""
    bad = sum(s["failed"] + s["refused"] for d in data.values() for s in d)
    empty = [name for name, d in data.items()
             if any(s["requests"] == 0 for s in d)]
    return ((f"{bad} requests failed or were refused " if bad else "")
            + (f"no answers from {', '.join(empty)}" if empty else ""))


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    how = {"seconds": number("BENCH_SECONDS", 5),
           "rounds": number("BENCH_ROUNDS", 3),
           "conc": number("BENCH_CONC", 64),
           "tries": number("BENCH_TRIES", 1)}
    keep = os.environ.get("BENCH_JSON")
    only = os.environ.get("BENCH_ONLY", "").replace(",", " ").split()
    data = {}
    if not only or "verify" in only:
        verify(how["rounds"])
    for part, names in targets.NAMES.items():
        if not only or part in only:
            side_by_side(part, (), how, data)
        elif any(name in only for name in names):
            side_by_side(part, only, how, data)
    if data:
        print(report.notes(cpus=os.cpu_count(), times=observeworld.World.times,
                           **how) + "\n", flush=True)
    if not only or "figures" in only:
        figures.tell(report.goal)
    if keep:
        with open(keep, "w") as f:
            json.dump(data, f, indent=1)
    if invalid(data):
        sys.exit("not a valid run: " + invalid(data))


if __name__ == "__main__":
    main()
