"""Reads what /metrics answers, and refuses what is not one of its two formats.

    page = exposition.read(response)        # of rawhttp or fcgi
    page.value("gatehouse_requests_total", route="health")  # the sum of what matches
    page.families["gatehouse_requests"].kind

Prometheus' text format 0.0.4 and OpenMetrics 1.0.0, by the Content-Type.
"""

import re

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
# What Prometheus 2 sends.
ACCEPT = ("Accept", "application/openmetrics-text;version=1.0.0,"
          "application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")

NAME = r"[a-z_][a-z0-9_]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:[^\"}}]|\"(?:[^\"\\]|\\.)*\")*)\}})? "
                    r"(-?(?:\d+(?:\.\d+)?|\+Inf))")
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\[\\n"])*)"(?:,|$)')
SUFFIXES = {"counter": ["_total"], "gauge": [""], "info": ["_info"],
            "histogram": ["_bucket", "_count", "_sum"]}


class Family:
    def __init__(self, name, help):
        self.name, self.help = name, help
        self.kind = self.unit = None


class Page:
    """families by name; samples as (name, labels, value)."""

    def __init__(self, text, open_metrics):
        self.text, self.open = text, open_metrics
        self.families, self.samples = {}, []
        self.told = set()
        self.family = None
        lines = text.split("\n")
        assert lines.pop() == "", "the last line has an end"
        if open_metrics:
            assert lines.pop() == "# EOF", "OpenMetrics has an end"
        for line in lines:
            if line.startswith("# "):
                self._take_head(line[2:])
            else:
                self._take_sample(line)
        self._check_histograms()

    def _take_head(self, line):
        what, name, rest = (line + " ").split(" ", 2)
        rest = rest[:-1]
        if what == "HELP":
            assert name not in self.families, f"{name} is announced once"
            self.family = self.families[name] = Family(name, rest)
            return
        assert self.family.name == name, line
        if what == "TYPE":
            assert rest in SUFFIXES, line
            self.family.kind = rest
        elif what == "UNIT":
            assert self.open and name.endswith("_" + rest), line
            self.family.unit = rest
        else:
            raise AssertionError(line)

    def _take_sample(self, line):
        found = SAMPLE.fullmatch(line)
        assert found, f"no sample: {line!r}"
        name, inside, value = found.groups()
        kind = self.family.kind
        suffixes = SUFFIXES[kind]
        if not self.open and kind != "histogram":
            suffixes = [""]
        assert name in [self.family.name + s for s in suffixes], line
        labels = dict(LABEL.findall(inside or ""))
        assert not LABEL.sub("", inside or ""), f"labels: {line!r}"
        key = (name, tuple(sorted(labels.items())))
        assert key not in self.told, f"told twice: {line}"
        self.told.add(key)
        self.samples.append((name, labels, float(value)))

    def _check_histograms(self):
        """Buckets grow, the last is +Inf and equals the count."""
        rows = {}
        for name, labels, value in self.samples:
            if name.endswith("_bucket"):
                rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
                rows.setdefault((name[:-7], rest), []).append((labels["le"], value))
        for (name, labels), buckets in rows.items():
            bounds = [float(le.replace("+Inf", "inf")) for le, _ in buckets]
            assert bounds == sorted(bounds) and buckets[-1][0] == "+Inf", name
            counts = [n for _, n in buckets]
            assert counts == sorted(counts), (name, labels, counts)
            assert self.value(name + "_count", **dict(labels)) == counts[-1], name

    def find(self, name, **labels):
        """Values of that name whose labels are these, and maybe more."""
        return [value for n, la, value in self.samples
                if n == name and all(la.get(k) == v for k, v in labels.items())]

    def value(self, name, **labels):
        return sum(self.find(name, **labels))

    def labels(self, name):
        return [la for n, la, _ in self.samples if n == name]


def read(answer):
    assert answer.status == 200, answer.status
    kind = answer.get("Content-Type")
    assert kind in (TEXT, OPEN), kind
    return Page(answer.body.decode(), kind == OPEN)
