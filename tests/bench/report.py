"""From samples to the table and the ratios."""

import statistics

COMPONENTS = ("web", "workers", "pg", "idp", "wrk")
BASE = "minimal"
GOALS = {("gatehouse-fixed", "workers"): 1.3}

NOTES = """\
req/s (least-most), p50, p90, p99: whole machine, closed loop; all of the
processes share its {cpus} processors, so both are about the machine as much as
about the program.  us/req: CPU time, user and system, that each kind of process
spent on one request; steadier, and the figure to look at.  other: processors
kept busy by anybody else meanwhile; above 0.2 the first columns say little.
Medians over {rounds} rounds of {seconds} s with {conc} connections."""


def _median(samples, key):
    return statistics.median(s[key] for s in samples)


def _row(name, samples):
    least = min(s["rps"] for s in samples)
    most = max(s["rps"] for s in samples)
    cells = [name, f"{_median(samples, 'rps'):.0f}", f"{least:.0f}-{most:.0f}"]
    cells += [f"{_median(samples, p) / 1000:.2f}" for p in ("p50", "p90", "p99")]
    cells += [f"{_median(samples, c):.1f}" for c in COMPONENTS]
    cells += [f"{_median(samples, 'asked'):.2f}",
              f"{_median(samples, 'other'):.2f}",
              str(sum(s["failed"] + s["refused"] for s in samples))]
    return cells


def table(data):
    """data: {target: [sample, ...]}, in the order they are printed."""
    rows = [["target", "req/s", "(range)", "p50 ms", "p90", "p99",
             *(f"{c} us/req" if c == "web" else c for c in COMPONENTS),
             "whoami/req", "other", "errors"]]
    rows += [_row(name, samples) for name, samples in data.items()]
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                       for i, (c, w) in enumerate(zip(r, widths)))
             for r in rows]
    return "\n".join(lines)


def _ratios(data, name, key):
    """A ratio a round, of two runs that were next to each other."""
    pairs = zip(data[name], data[BASE])
    return [a[key] / b[key] for a, b in pairs if b[key] > 0]


def ratios(data):
    lines = [f"Ratios to {BASE}, median of the rounds (least-most):"]
    for name in data:
        if name == BASE:
            continue
        parts = []
        for key, what in (("workers", "CPU of the workers"),
                          ("chain", "CPU of all but wrk"), ("rps", "req/s")):
            r = _ratios(data, name, key)
            parts.append(f"{what} {statistics.median(r):.2f} "
                         f"({min(r):.2f}-{max(r):.2f})")
        lines.append(f"  {name}: " + ", ".join(parts))
    for (name, key), most in GOALS.items():
        got = statistics.median(_ratios(data, name, key))
        word = "met" if got <= most else "missed"
        lines.append(f"Goal: CPU of {name}'s {key} at most {most} times "
                     f"{BASE}'s: {got:.2f}, {word}")
    return "\n".join(lines)


def notes(**how):
    return NOTES.format(**how)
