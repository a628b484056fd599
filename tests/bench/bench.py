#!/usr/bin/env python3
"""`make bench`: one verification next to libcrypto's, then all targets side by
side behind one lighttpd.

Options by the environment: BENCH_SECONDS (of one run, default 5), BENCH_ROUNDS
(3), BENCH_CONC (connections, 64), BENCH_ONLY (names of targets, all),
BENCH_TRIES (of a run that others disturb, 1), BENCH_OTHER (another build's
gatehouse, to be compared, none), BENCH_JSON (a file for the samples, none).
"""

import json
import os
import signal
import subprocess
import sys

import cpu
import report
import world
from world import child

NOISE = 0.2         # processors that others may keep busy
VERIFY_ROUNDS = 60  # of `verify`, short ones, in each of ours


def number(name, preset, least=1):
    text = os.environ.get(name, str(preset))
    if not text.isdigit() or int(text) < least:
        sys.exit(f"{name}: a whole number from {least} up, not {text!r}")
    return int(text)


def run_wrk(w, target, conc, seconds):
    """One run: wrk's figures and the CPU seconds it took itself."""
    out = "wrk.out"
    w.scratch.write(out, "")
    proc = w.spawn(
        [world.tool("wrk"), "-t1", f"-c{conc}", f"-d{seconds}s", "--timeout",
         "10s", "-s", os.path.join(world.HERE, "rotate.lua"),
         f"http://127.0.0.1:{target.port}{world.PAGE}", "--",
         target.people.tokens], out)
    end = {}

    def has_ended():
        pid, status, usage = os.wait4(proc.pid, os.WNOHANG)
        if pid != 0:
            proc.returncode = os.waitstatus_to_exitcode(status)
            end["cpu"] = usage.ru_utime + usage.ru_stime
        return pid != 0

    child.wait_for(has_ended, seconds + 30, "wrk's end")
    child.stop(proc)
    said = w.scratch.tail(out)
    for line in said:
        if line.startswith("JSON "):
            return {**json.loads(line[5:]), "wrk_cpu": end["cpu"]}
    raise RuntimeError("wrk: " + "\n".join(said))


def measure(w, target, conc, seconds):
    w.empty_log()
    groups = w.groups(target)
    me, asked = sum(os.times()[:2]), w.asked()
    busy, before = cpu.busy(), cpu.spent(groups)
    got = run_wrk(w, target, conc, seconds)
    after, busy = cpu.spent(groups), cpu.busy() - busy
    me, asked = sum(os.times()[:2]) - me, w.asked() - asked

    n = max(1, got["requests"])
    took = got["us"] / 1e6
    used = cpu.between(before, after)
    sample = {name: s * 1e6 / n for name, s in used.items()}
    sample["chain"] = sum(sample.values())
    sample["wrk"] = got["wrk_cpu"] * 1e6 / n
    sample["rps"] = got["requests"] / took
    sample["asked"] = asked / n
    sample["other"] = max(
        0.0, (busy - sum(used.values()) - got["wrk_cpu"] - me) / took)
    for key in ("p50", "p90", "p99", "failed", "refused", "requests"):
        sample[key] = got[key]
    return sample


def measure_in_peace(w, target, conc, seconds, tries):
    """The first run that nobody disturbed, else the least disturbed."""
    best = None
    for _ in range(tries):
        sample = measure(w, target, conc, seconds)
        if best is None or sample["other"] < best["other"]:
            best = sample
        if best["other"] <= NOISE:
            break
    return best


def run(w, rounds, conc, seconds, tries):
    data = {t.name: [] for t in w.targets}
    for target in w.targets:
        run_wrk(w, target, conc, target.warm_up)
    for n in range(rounds):
        # Another one begins each round: a disturbance hits all alike.
        turn = n % len(w.targets)
        for target in w.targets[turn:] + w.targets[:turn]:
            sample = measure_in_peace(w, target, conc, seconds, tries)
            data[target.name].append(sample)
            print(f"# round {n + 1}, {target.name}: {sample['rps']:.0f} req/s, "
                  f"workers {sample['workers']:.1f} us/req, "
                  f"other {sample['other']:.2f}", flush=True)
            if w.ended():
                raise RuntimeError("ended: " + ", ".join(w.ended()))
    return data


def verify(rounds):
    """One verification next to libcrypto's; it prints its own table."""
    print("# verify", flush=True)
    subprocess.run([os.path.join(world.BUILD, "tests/bench/verify"),
                    str(VERIFY_ROUNDS * rounds)], check=True)
    print(flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    how = {"seconds": number("BENCH_SECONDS", 5),
           "rounds": number("BENCH_ROUNDS", 3),
           "conc": number("BENCH_CONC", 64),
           "tries": number("BENCH_TRIES", 1)}
    keep = os.environ.get("BENCH_JSON")
    only = os.environ.get("BENCH_ONLY", "").replace(",", " ").split()
    if not only or "verify" in only:
        verify(how["rounds"])
    if only == ["verify"]:
        return
    w = world.World(only)
    for target in w.targets:
        print(f"# {target.name}: {target.what}", flush=True)
    for why in w.left_out:
        print(f"# left out: {why}", flush=True)
    data = run(w, **how)
    print()
    print(report.table(data))
    print()
    print(report.ratios(data) + "\n")
    print(report.notes(cpus=os.cpu_count(), **how))
    if keep:
        with open(keep, "w") as f:
            json.dump(data, f, indent=1)
    bad = sum(s["failed"] + s["refused"] for d in data.values() for s in d)
    empty = [name for name, d in data.items()
             if any(s["requests"] == 0 for s in d)]
    if bad or empty:
        sys.exit(f"not a valid run: {bad} requests failed or were refused"
                 + (f", no answers from {', '.join(empty)}" if empty else ""))


if __name__ == "__main__":
    main()
