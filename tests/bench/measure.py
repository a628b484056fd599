"""One run of wrk after the other: what came of it, and who used how much."""

import json
import os

import cpu
import people
import world
from world import child

NOISE = 0.2         # processors that others may keep busy
WARM_TRIES = 8      # runs for a cache to fill
WARM_MOST = 8       # seconds of one


def run_wrk(w, target, conc, seconds):
    """One run: wrk's figures and the CPU seconds it took itself."""
    out = "wrk.out"
    w.scratch.write(out, "")
    proc = w.spawn(
        [world.tool("wrk"), "-t1", f"-c{conc}", f"-d{seconds}s", "--timeout",
         "10s", "-s", os.path.join(world.HERE, "rotate.lua"),
         f"http://127.0.0.1:{target.port}{target.page}", "--",
         target.people.tokens, target.people.field, target.people.scheme], out)
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
    me, asked = sum(os.times()[:2]), w.asked(target)
    busy, before = cpu.busy(), cpu.spent(groups)
    got = run_wrk(w, target, conc, seconds)
    after, busy = cpu.spent(groups), cpu.busy() - busy
    me, asked = sum(os.times()[:2]) - me, w.asked(target) - asked

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


def get_to_know_all(w, target, conc):
    """Until nobody is unknown: what is measured is the warm cache."""
    seconds = 1
    for _ in range(WARM_TRIES):
        asked = w.asked(target)
        got = run_wrk(w, target, conc, seconds)
        # Each run begins with the first user and must come to the last.
        if got["requests"] < people.USERS:
            seconds = min(2 * seconds, WARM_MOST)
        elif (w.asked(target) - asked) * 1000 < got["requests"]:
            return


def measure_in_peace(w, target, conc, seconds, tries):
    """The first run that nobody disturbed, else the least disturbed."""
    best = None
    for _ in range(tries):
        if target.keeps:
            get_to_know_all(w, target, conc)
        sample = measure(w, target, conc, seconds)
        if best is None or sample["other"] < best["other"]:
            best = sample
        if best["other"] <= NOISE:
            break
    return best


def run(w, rounds, conc, seconds, tries):
    data = {t.name: [] for t in w.targets}
    for target in w.targets:
        run_wrk(w, target, target.conc or conc, target.warm_up)
    for n in range(rounds):
        # Another one begins each round: a disturbance hits all alike.
        turn = n % len(w.targets)
        for target in w.targets[turn:] + w.targets[:turn]:
            sample = measure_in_peace(w, target, target.conc or conc,
                                      seconds, tries)
            data[target.name].append(sample)
            print(f"# round {n + 1}, {target.name}: {sample['rps']:.0f} req/s, "
                  f"workers {sample['workers']:.1f} us/req, "
                  f"other {sample['other']:.2f}", flush=True)
            if w.ended():
                raise RuntimeError("ended: " + ", ".join(w.ended()))
    return data
