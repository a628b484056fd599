"""One run of wrk after the other, or all at once and in turns: what came of it,
and who used how much."""

import json
import os
import random
import signal
import time

import cpu
import world
from world import child

NOISE = 0.2         # processors that others may keep busy
WARM_TRIES = 8      # runs for a cache to fill
WARM_MOST = 8       # seconds of one
FOREVER = 3600      # seconds of a run that we end
SLICE = 0.5         # seconds of a turn
REST = 0.15         # and for what was gathered in it to be written
PERCENTILES = ("p50", "p90", "p99")


class Wrk:
    """A run of it against a target; `held`: not before go()."""

    def __init__(self, w, target, conc, seconds, held=False):
        self.out, self.w, self.seconds = target.name + ".wrk", w, seconds
        w.scratch.write(self.out, "")
        argv = [world.tool("wrk"), "-t1", f"-c{conc}", f"-d{seconds}s",
                "--timeout", "10s", "-s",
                os.path.join(world.HERE, "rotate.lua"),
                f"http://127.0.0.1:{target.port}{target.page}", "--",
                target.people.tokens, target.people.field, target.people.scheme]
        if held:
            argv = ["sh", "-c", 'kill -STOP $$; exec "$@"', "wrk", *argv]
        # Even one that stands still must not outlive us.
        self.proc = w.spawn(argv, self.out, death=signal.SIGKILL)
        if held:
            child.wait_for(self.stands, world.START, "a shell")

    def stands(self):
        with open(f"/proc/{self.proc.pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] == "T"

    # Not by Popen, which would wait for one that has ended, and lose its usage.
    def go(self):
        os.kill(self.proc.pid, signal.SIGCONT)

    def hold(self):
        os.kill(self.proc.pid, signal.SIGSTOP)

    def spent(self):
        return cpu.seconds(self.proc.pid) or 0

    def end(self, early=False):
        """Its figures, and the CPU seconds it took itself."""
        usage = None

        def has_ended():
            nonlocal usage
            if early:   # again: only its main thread's sleep is cut short by it
                os.kill(self.proc.pid, signal.SIGINT)
            pid, status, usage = os.wait4(self.proc.pid, os.WNOHANG)
            if pid != 0:
                self.proc.returncode = os.waitstatus_to_exitcode(status)
            return pid != 0

        if early:
            self.go()
        child.wait_for(has_ended, world.START if early else self.seconds + 30,
                       "wrk's end")
        child.stop(self.proc)
        said = self.w.scratch.tail(self.out)
        for line in said:
            if line.startswith("JSON "):
                return {**json.loads(line[5:]),
                        "wrk_cpu": usage.ru_utime + usage.ru_stime}
        raise RuntimeError("wrk: " + "\n".join(said))


class Account:
    """What was spent between begin() and end(), of any number of times."""

    def __init__(self, groups, wrk=None):
        self.groups, self.wrk = groups, wrk
        self.used = {name: 0.0 for name in groups}
        self.other = 0.0

    def _all(self):
        me = sum(os.times()[:2]) + (self.wrk.spent() if self.wrk else 0)
        return cpu.spent(self.groups), cpu.busy() - me

    def begin(self):
        self.before, self.busy = self._all()

    def end(self):
        after, busy = self._all()
        used = cpu.between(self.before, after)
        self.other += busy - self.busy - sum(used.values())
        for name, seconds in used.items():
            self.used[name] += seconds


def sample_of(got, account, seconds, asked):
    """A row's figures.  got: wrk's; seconds: that it asked."""
    n = max(1, got["requests"])
    sample = {name: s * 1e6 / n for name, s in account.used.items()}
    sample["chain"] = sum(sample.values())
    sample["wrk"] = got["wrk_cpu"] * 1e6 / n
    sample["rps"] = got["requests"] / seconds
    sample["asked"] = asked / n
    sample["other"] = max(0.0, account.other / seconds)
    for key in (*PERCENTILES, "failed", "refused", "requests"):
        sample[key] = got[key]
    return sample


def measure(w, target, conc, seconds):
    w.empty_log()
    account, asked = Account(w.groups(target)), w.asked(target)
    w.begin(target)
    account.begin()
    got = Wrk(w, target, conc, seconds).end()
    account.end()
    account.other -= got["wrk_cpu"]
    return sample_of(got, account, got["us"] / 1e6, w.asked(target) - asked)


class Turns:
    """A target's part of a round in turns."""

    def __init__(self, w, target, conc):
        self.w, self.target, self.seconds = w, target, 0.0
        self.asked = w.asked(target)
        self.wrk = Wrk(w, target, conc, FOREVER, held=True)
        self.account = Account(w.groups(target), self.wrk)

    def take(self):
        self.w.begin(self.target)
        self.account.begin()
        began = time.monotonic()
        self.wrk.go()
        time.sleep(SLICE)
        self.wrk.hold()
        self.seconds += time.monotonic() - began
        time.sleep(REST)
        self.account.end()

    def sample(self):
        got = self.wrk.end(early=True)
        # How long requests took that were held between two turns says nothing.
        return {**sample_of(got, self.account, self.seconds,
                            self.w.asked(self.target) - self.asked),
                **dict.fromkeys(PERCENTILES)}


def in_turns(w, n, conc, seconds):
    """(name, sample) of the n-th round.  What slows the machine down for longer
    than a turn slows all of them down."""
    for target in w.targets:
        get_to_know_all(w, target, conc)
    w.empty_log()
    all_turns = {t.name: Turns(w, t, conc) for t in w.targets}
    # Whoever always had the same neighbours, or stood at an end, would be seen
    # to be a few percent faster or slower for that alone.
    chance = random.Random(n)
    for _ in range(max(1, round(seconds / SLICE))):
        for turns in chance.sample(list(all_turns.values()), len(all_turns)):
            turns.take()
    for name, turns in all_turns.items():
        yield name, turns.sample()


def get_to_know_all(w, target, conc):
    """Until nobody is unknown: what is measured is the warm cache."""
    seconds = 1
    for _ in range(WARM_TRIES):
        asked = w.asked(target)
        got = Wrk(w, target, conc, seconds).end()
        # Each run begins with the first user and must come to the last.
        if got["requests"] < len(target.people.list):
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


def one_by_one(w, n, conc, seconds, tries):
    """(name, sample) of the n-th round."""
    # Another one begins each round: a disturbance hits all alike.
    turn = n % len(w.targets)
    for target in w.targets[turn:] + w.targets[:turn]:
        yield target.name, measure_in_peace(w, target, target.conc or conc,
                                            seconds, tries)


def run(w, rounds, conc, seconds, tries):
    data = {t.name: [] for t in w.targets}
    for target in w.targets:
        Wrk(w, target, target.conc or conc, target.warm_up).end()
    for n in range(rounds):
        found = (in_turns(w, n, conc, seconds) if w.in_turns else
                 one_by_one(w, n, conc, seconds, tries))
        for name, sample in found:
            data[name].append(sample)
            print(f"# round {n + 1}, {name}: {sample['rps']:.0f} req/s, "
                  f"workers {sample['workers']:.1f} us/req, "
                  f"other {sample['other']:.2f}", flush=True)
            if w.ended():
                raise RuntimeError("ended: " + ", ".join(w.ended()))
    return data
