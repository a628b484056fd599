"""From samples to the table and the ratios."""

import statistics

COMPONENTS = ("web", "workers", "pg", "idp", "wrk")
BASE = "minimal"
RATIOS = (("workers", "CPU of the workers"), ("chain", "CPU of all but wrk"),
          ("rps", "req/s"))
# To this one, of each pair that was measured, everything is compared:
COMPARED = (("node-clerk", ("clerk", "clerk-users")),
            ("node-cache", ("ory-cache",)), ("node-web", ("ory-cache",)),
            ("php-cache", ("ory-cache",)), ("clerk", ("clerk-other",)),
            ("ory-cache", ("ory-cache-other",)),
            ("near-cache", ("far-cache",)), ("far-node", ("far",)),
            ("nginx-open", ("nginx-hello", "nginx-ory", "nginx-clerk",
                            "nginx-express")),
            ("nginx-express", ("nginx-ory", "nginx-clerk")),
            ("lighttpd-open", ("lighttpd-hello", "lighttpd-ory",
                               "lighttpd-clerk")),
            ("apache-open", ("apache-ory", "apache-clerk", "apache-session",
                             "apache-oauth")),
            ("apache-session", ("apache-ory",)),
            ("apache-oauth", ("apache-clerk",)),
            ("unseen", ("trace-file", "trace-endpoint", "metrics",
                        "unseen-again")))
# What a guard adds to its server's open file, measured by what another adds:
ADDED = (("nginx-hello", ("nginx-ory", "nginx-clerk", "nginx-express")),
         ("lighttpd-hello", ("lighttpd-ory", "lighttpd-clerk")),
         ("apache-session", ("nginx-ory", "lighttpd-ory", "apache-ory")),
         ("apache-oauth", ("nginx-clerk", "lighttpd-clerk", "apache-clerk")))
# target, figure, of which other; at most or at least so many times
GOALS = (("fixed", "workers", "minimal", "at most", 1.3),
         ("clerk", "rps", "node-clerk", "at least", 3.0),
         ("ory-cache", "rps", "minimal", "at least", 0.9),
         ("ory-cache", "rps", "node-cache", "at least", 1.3),
         ("ory-cache", "rps", "node-web", "at least", 2.0),
         ("ory-cache", "rps", "php-cache", "at least", 2.5),
         ("far-cache", "rps", "near-cache", "at least", 0.95),
         ("far", "rps", "far-node", "at least", 1.8),
         ("nginx-ory", "workers", "nginx-hello", "at most", 1.3),
         ("lighttpd-ory", "workers", "lighttpd-hello", "at most", 1.3),
         ("nginx-ory", "rps", "nginx-express", "at least", 2.0),
         ("nginx-clerk", "rps", "nginx-express", "at least", 2.0),
         ("trace-file", "rps", "unseen", "at least", 0.95),
         ("trace-endpoint", "rps", "unseen", "at least", 0.95),
         ("metrics", "rps", "unseen", "at least", 0.98))

NOTES = """\
req/s (least-most), p50, p90, p99: whole machine, closed loop; all of the
processes share its {cpus} processors, so both are about the machine as much as
about the program.  us/req: CPU time, user and system, that each kind of process
spent on one request; steadier, and the figure to look at.  other: processors
kept busy by anybody else meanwhile; above 0.2 the first columns say little.
Medians over {rounds} rounds of {seconds} s ({times} times as many of `observe`,
whose targets take turns) with {conc} connections; a run that others disturbed
was tried {tries} times at most."""


def _median(samples, key):
    return statistics.median(s[key] for s in samples)


def _row(name, samples):
    least = min(s["rps"] for s in samples)
    most = max(s["rps"] for s in samples)
    cells = [name, f"{_median(samples, 'rps'):.0f}", f"{least:.0f}-{most:.0f}"]
    cells += ["-" if samples[0][p] is None
              else f"{_median(samples, p) / 1000:.2f}"
              for p in ("p50", "p90", "p99")]
    cells += [f"{_median(samples, c):.1f}" for c in COMPONENTS]
    cells += [f"{_median(samples, 'asked'):.2f}",
              f"{_median(samples, 'other'):.2f}",
              str(sum(s["failed"] + s["refused"] for s in samples))]
    return cells


def table(data):
    """data: {target: [sample, ...]}, in the order they are printed."""
    rows = [["target", "req/s", "(range)", "p50 ms", "p90", "p99",
             *(f"{c} us/req" if c == "web" else c for c in COMPONENTS),
             "asked/req", "other", "errors"]]
    rows += [_row(name, samples) for name, samples in data.items()]
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                       for i, (c, w) in enumerate(zip(r, widths)))
             for r in rows]
    return "\n".join(lines)


def _ratios(data, name, base, key):
    """A ratio a round, of two runs of the same round."""
    pairs = zip(data[name], data[base])
    return [a[key] / b[key] for a, b in pairs if b[key] > 0]


def _said(ratios):
    return (f"{statistics.median(ratios):.2f} "
            f"({min(ratios):.2f}-{max(ratios):.2f})")


def _compared(data, base, names):
    lines = [f"Ratios to {base}, median of the rounds (least-most):"]
    for name in names:
        found = [(what, _ratios(data, name, base, key)) for key, what in RATIOS]
        parts = [f"{what} {_said(ratios)}" for what, ratios in found if ratios]
        lines.append(f"  {name}: " + ", ".join(parts))
    return lines


def _extra(data, name):
    """CPU of all but wrk beyond that of the open file, a figure a round."""
    opened = data.get(name.partition("-")[0] + "-open", ())
    return [a["chain"] - b["chain"] for a, b in zip(data.get(name, ()), opened)]


def _added(data, base, names):
    lines = []
    for name in names:
        found = [a / b for a, b in zip(_extra(data, name), _extra(data, base))
                 if b > 0]
        if found:
            lines.append(f"  {name}: {_said(found)}")
    if lines:
        lines.insert(0, f"CPU that the guard adds, next to {base}'s:")
    return lines


def ratios(data):
    lines = []
    if BASE in data and len(data) > 1:
        lines += _compared(data, BASE, [name for name in data if name != BASE])
    for base, names in COMPARED:
        measured = [name for name in names if name in data and base in data]
        if measured:
            lines += _compared(data, base, measured)
    for base, names in ADDED:
        lines += _added(data, base, names)
    for name, key, base, word, limit in GOALS:
        if name not in data or base not in data:
            continue
        got = statistics.median(_ratios(data, name, base, key))
        lines.append(goal(f"{dict(RATIOS)[key]} of {name}", word,
                          f"{limit} times {base}'s", got, limit))
    return "\n".join(lines)


def goal(what, word, limit_text, got, limit):
    met = got <= limit if word == "at most" else got >= limit
    return (f"Goal: {what} {word} {limit_text}: {got:.2f}, "
            f"{'met' if met else 'missed'}")


def notes(**how):
    return NOTES.format(**how)
