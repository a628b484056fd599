"""A real Prometheus that scrapes one target every second, and its promtool.

    server = Prometheus(target="127.0.0.1:8080", rules="…/alerts.yml")
    server.wait("up == 1"); server.query("sum(gatehouse_requests_total)")
"""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import child

CONF = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
  evaluation_interval: 1s
rule_files: [ "{rules}" ]
scrape_configs:
  - job_name: gatehouse
    static_configs:
      - targets: [ "{target}" ]
"""


def promtool(*words, **how):
    """What it said; AssertionError when it is not content.  how: of subprocess.run()."""
    done = subprocess.run([_program("promtool"), *words], text=True,
                          capture_output=True, timeout=60, **how)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def _program(name):
    found = shutil.which(name)
    if not found:
        raise child.Missing(f"{name} is not installed")
    return found


class Prometheus:
    def __init__(self, target, rules):
        self.scratch = child.Scratch()
        program = _program("prometheus")
        text = open(rules).read()
        self.scratch.write("alerts.yml", text)
        conf = self.scratch.write("prometheus.yml", CONF.format(
            target=target, rules=self.scratch / "alerts.yml"))
        argv = [program, f"--config.file={conf}", "--log.level=warn",
                f"--storage.tsdb.path={self.scratch.mkdir('data')}"]
        for _ in range(5):
            self.port = child.free_port()
            self.proc = child.spawn(
                [*argv, f"--web.listen-address=127.0.0.1:{self.port}"],
                self.scratch / "prometheus.log", self.scratch.account,
                env={**os.environ, "GOMAXPROCS": "1"}, cwd=self.scratch.path)
            if child.wait_for(self._is_settled, 60, "Prometheus") == "up":
                return
        raise AssertionError("\n".join(self.scratch.tail("prometheus.log")))

    def _get(self, path, **fields):
        url = f"http://127.0.0.1:{self.port}{path}?" + urllib.parse.urlencode(fields)
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()

    def _is_settled(self):
        """"up", or "gone" as when its port was taken; None: not yet."""
        if self.proc.poll() is not None:
            return "gone"
        try:
            self._get("/-/ready")
            return "up"
        except OSError:
            return None

    def query(self, text):
        """[(labels, value)]; AssertionError with its words for a bad query."""
        try:
            found = json.loads(self._get("/api/v1/query", query=text))
        except urllib.error.HTTPError as e:
            raise AssertionError(f"{text}: {e.read().decode()}") from None
        result = found["data"]["result"]
        if found["data"]["resultType"] == "scalar":
            return [({}, float(result[1]))]
        return [(r["metric"], float(r["value"][1])) for r in result]

    def value(self, text):
        """The one value; None: there is none."""
        found = self.query(text)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def wait(self, text, seconds=30):
        """Until the query gives something; what it gives."""
        return child.wait_for(lambda: self.query(text), seconds, text)

    def ask(self, what, **fields):
        """targets, rules, metadata, … of its API."""
        return json.loads(self._get("/api/v1/" + what, **fields))["data"]

    def close(self):
        child.stop(self.proc)
        self.scratch.remove()
