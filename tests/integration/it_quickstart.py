#!/usr/bin/env python3
"""contrib/quickstart: the tutorial's flow by curl, and that it leaves nothing behind."""

import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quickstart_run import (PROGRAM, SOURCE, Place, Quickstart, alive, bearer,  # noqa: E402
                            curl, environment, free_port, guarded, nothing_left, post, said)
import idp  # noqa: E402
import tap  # noqa: E402
from tap import is_ as equal, ok as expect, wait_for as until  # noqa: E402

TOLD = 5                            # seconds for a webhook to arrive; it takes milliseconds
PARTS = {"quickstart", "PostgreSQL", "identity provider", "gatehouse", "lighttpd",
         "dashboard"}


def native(url, kind, answer):
    """A native flow of the identity provider, over the site's own /.ory/."""
    status, flow = curl(f"{url}/.ory/self-service/{kind}/api")
    equal(status, 200, f"starting the {kind} flow")
    expect(flow["ui"]["action"].startswith(f"{url}/.ory/"), f"action is {flow['ui']['action']}")
    return curl(*post({"method": "password", **answer}), flow["ui"]["action"])


class Tests:
    """One place, several runs after another; each test leaves the next a defined state."""

    def __init__(self):
        self.place = Place()
        self.run = None

    def start(self, *options, **named):
        self.run = Quickstart(self.place, *options, **named).wait_ready()

    def profile(self, token):
        return curl(*bearer(token), f"{self.run.url}/user/profile")

    def stopped_clean(self, status):
        code = self.run.wait_end()
        equal(code, status, f"exit status of\n{self.run.output}")
        nothing_left(self.run)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(self.run.url.rsplit(":", 1)[1])))
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(self.run.ready["dashboard"].rsplit(":", 1)[1])))

    # ---- the first run ----

    def starts(self):
        self.start()
        equal(set(self.run.ready["pids"]), PARTS, "the parts")
        expect(self.run.url in self.run.output, "the address is not printed")

    def printed_curl_line_works(self):
        line = re.search(r"^ *(curl -H .*)$", self.run.output, re.M)
        expect(line, f"no curl line in\n{self.run.output}")
        done = subprocess.run(["sh", "-c", line[1] + " -sS"], capture_output=True, text=True,
                              timeout=30, check=True)
        equal(json.loads(done.stdout)["email"], "demo@example.com", "email")

    def tutorial_flow(self):
        url = self.run.url
        status, info = curl(f"{url}/auth/login-info")
        equal((status, info["oryUrl"]), (200, f"{url}/.ory"), "login-info")
        status, answer = curl(f"{url}/user/profile")
        equal((status, answer["code"]), (401, "unauthenticated"), "no token")
        password = "correct-horse-battery"
        status, answer = native(url, "registration", {
            "password": password, "traits": {"email": "ada@example.org", "name": "Ada"}})
        equal(status, 200, f"registration, {answer}")
        token = answer["session_token"]
        status, profile = self.profile(token)
        user_id = profile.pop("userId")
        equal(user_id, answer["session"]["identity"]["id"], "user id")
        equal((status, profile), (200, {"email": "ada@example.org", "name": "Ada",
                                        "theme": "light", "notifications": True}), "defaults")
        status, answer = curl(*bearer(token), *post({"theme": "dark", "bio": "Analyst"}),
                              f"{url}/user/preferences")
        equal((status, answer), (200, {"success": True}), "saving")
        status, profile = self.profile(token)
        equal((profile["theme"], profile["bio"], profile["notifications"]),
              ("dark", "Analyst", True), "what was saved")
        curl("-X", "DELETE", *post({"session_token": token}), f"{url}/.ory/self-service/logout/api")
        until(lambda: self.profile(token)[0] == 401, TOLD, "the profile is refused")
        _, answer = native(url, "login", {"identifier": "ada@example.org", "password": password})
        equal(self.profile(answer["session_token"])[1]["theme"], "dark", "theme after signing in")

    def change_counts_at_once(self):
        """By the webhook: what Ory answered would be kept for longer than this test waits."""
        with open(os.path.join(self.run.data, "gatehouse.conf"), encoding="utf-8") as file:
            expect('cache_ttl = "30s"' in file.read(), "answers are not kept for 30 s")
        url, session = self.run.url, ("-H", f"X-Session-Token: {self.run.ready['token']}")
        for email in ("changed@example.com", "demo@example.com"):
            before = self.profile(self.run.ready["token"])[1]["email"]
            expect(before != email, f"it is {before} already")
            _, flow = curl(*session, f"{url}/.ory/self-service/settings/api")
            status, answer = curl(*session, *post({"method": "profile", "traits": {
                "email": email, "name": "Demo User"}}), flow["ui"]["action"])
            equal((status, answer["state"]), (200, "success"), "the settings flow")
            until(lambda: self.profile(self.run.ready["token"])[1]["email"] == email, TOLD,
                  f"the profile has {email}")

    def webhook_secret_stays_secret(self):
        path = os.path.join(self.run.data, "run", "ory_webhook_secret")
        with open(path, encoding="ascii") as file:
            secret = file.read().strip()
            equal(os.fstat(file.fileno()).st_mode & 0o077, 0, "rights of others to its file")
        expect(len(secret) >= 32, "this is no secret")
        equal(self.run.places_with(secret), [], "places that show the secret")
        hook = f"{self.run.url}/hooks/ory"
        equal(curl(*bearer("x" * 32), *post({}), hook)[0], 401, "somebody else's webhook")

    def site_is_served(self):
        done = subprocess.run(["curl", "-sSi", "-m", "20", f"{self.run.url}/"], text=True,
                              capture_output=True, timeout=30, check=True)
        head, _, body = done.stdout.partition("\n\n")
        expect("Content-Security-Policy: default-src 'self'" in head, f"no policy in\n{head}")
        expect("<title>Gatehouse sample site</title>" in body, "this is another page")

    def dashboard_shows_the_request(self):
        """From its trace to its log line, its statement and the row of its user."""
        api = f"{self.run.ready['dashboard']}/api"
        expect(re.search(f"^  Dashboard +{self.run.ready['dashboard']}/$", self.run.output, re.M),
               "its address is not printed")
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        parent = "-H", f"traceparent: 00-{trace}-00f067aa0ba902b7-01"
        status, profile = curl(*bearer(self.run.ready["token"]), *parent,
                               f"{self.run.url}/user/profile")
        equal(status, 200, "profile")

        def shown():
            rows = [row for row in curl(f"{api}/traces")[1]["traces"] if row["id"] == trace]
            return rows and rows[0].get("user_name") and rows[0]
        row = until(shown, 10, "the trace, with its user")
        equal((row["route"], row["status"], row["user_name"]),
              ("/user/profile", 200, f"ory:{profile['userId']}"), "the row of the list")
        spans = {span["name"]: span for span in curl(f"{api}/trace/{trace}")[1]["spans"]}
        expect("authenticate" in spans and "FROM user_profile" in spans["profile_get"]["sql"],
               f"spans: {list(spans)}")
        logs = until(lambda: curl(f"{api}/trace/{trace}")[1]["logs"], 10, "its log line")
        equal((logs[0]["path"], logs[0]["status"]), ("/user/profile", 200), "the log line")
        rows = curl(f"{api}/table/user_profile?find={profile['userId']}")[1]["rows"]
        equal([each["user_id"] for each in rows], [profile["userId"]], "the user's row")

    def dashboard_knows_the_parts(self):
        api = f"{self.run.ready['dashboard']}/api"
        found = curl(f"{api}/health")[1]
        equal({part["name"]: part["state"] for part in found["parts"]},
              dict.fromkeys(("Site", "Database", "Migrations", "Revocations", "Provider ory",
                             "Traces", "Log"), "ok"), "the parts")
        equal({each["name"] for each in found["services"] if each["alive"]}, PARTS - {"quickstart"},
              "the services")
        equal(len(found["status"]["processes"]), 1, "processes with a status")
        equal(curl(f"{api}/openapi")[1]["openapi"][:3], "3.1", "the document")
        equal({each["state"] for each in curl(f"{api}/migrations")[1]["migrations"]}, {"applied"},
              "migrations")
        settings = {each["key"]: each for each in curl(f"{api}/config")[1]["settings"]}
        equal((settings["ory.cache_ttl"]["value"], settings["ory.cache_ttl"]["changed"]),
              ('"30s"', True), "a setting")
        for route in "metrics", "status":
            done = subprocess.run(["curl", "-sS", "-o", os.devnull, "-w", "%{http_code}",
                                   f"{self.run.url}/{route}"], capture_output=True, text=True,
                                  timeout=30, check=True)
            equal(done.stdout, "200", route)

    def second_on_same_data_is_refused(self):
        code, output = said("--no-install", "--port", "0", "--data", self.run.data)
        equal(code, 1, "exit status")
        expect(f"already running on this data (process {self.run.process.pid})" in output, output)
        equal(self.profile(self.run.ready["token"])[0], 200, "the first one's profile")

    def taken_port_is_named(self):
        port = self.run.url.rsplit(":", 1)[1]
        code, output = said("--no-install", "--port", port, "--data", self.place / "other")
        equal(code, 1, "exit status")
        pid = self.run.ready["pids"]["lighttpd"]
        expect(f"lighttpd (process {pid})" in output and "--port" in output, output)
        port = self.run.ready["dashboard"].rsplit(":", 1)[1]
        code, output = said("--no-install", "--port", "0", "--dashboard-port", port,
                            "--data", self.place / "other")
        equal(code, 1, "exit status")
        pid = self.run.ready["pids"]["dashboard"]
        expect(f"(process {pid})" in output and "--dashboard-port" in output, output)

    def interrupt_leaves_nothing(self):
        status, _ = curl(*bearer(self.run.ready["token"]), *post({"theme": "dark"}),
                         f"{self.run.url}/user/preferences")
        equal(status, 200, "saving")
        self.run.process.send_signal(signal.SIGINT)
        self.stopped_clean(0)

    # ---- later runs ----

    def data_survives(self):
        before = self.run.ready
        began = time.monotonic()
        self.start()
        print(f"# second start: {time.monotonic() - began:.1f} s")
        equal(self.run.ready["password"], before["password"], "the demo user's password")
        equal(self.profile(self.run.ready["token"])[1]["theme"], "dark", "theme")
        equal(self.profile(before["token"])[0], 200, "the profile with the earlier token")

    def dead_part_is_named(self):
        os.kill(self.run.ready["pids"]["identity provider"], signal.SIGKILL)
        self.stopped_clean(1)
        expect("identity provider ended by itself" in self.run.output, self.run.output)

    def terminate_leaves_nothing(self):
        self.start()
        self.run.process.send_signal(signal.SIGTERM)
        self.stopped_clean(0)

    def hangup_leaves_nothing(self):
        self.start()
        self.run.process.send_signal(signal.SIGHUP)
        self.stopped_clean(0)

    def interrupt_while_starting(self):
        self.run = Quickstart(self.place)
        folder = os.path.join(self.run.data, "run", "pg")
        until(lambda: os.path.isdir(folder), 30, "PostgreSQL is being started")
        self.run.ready = {"pids": {}}
        self.run.process.send_signal(signal.SIGINT)
        code = self.run.wait_end()
        expect(code in (130, 0), f"exit status {code}")
        nothing_left(self.run)

    def killed_takes_its_parts_along(self):
        self.start()
        os.unlink(self.run.ready_file)
        self.run.process.kill()
        self.run.process.wait()
        pids = self.run.ready["pids"].values()
        until(lambda: not any(map(alive, pids)), 30, "all parts have ended")
        self.start()
        equal(self.profile(self.run.ready["token"])[0], 200, "the profile in the next run")

    def reset_stops_and_clears(self):
        code, output = said("--reset", "--data", self.run.data)
        equal(code, 0, f"exit status of\n{output}")
        self.stopped_clean(0)
        expect(not os.path.exists(self.run.data), f"left: {os.listdir(self.place.path)}")
        password = self.run.ready["password"]
        self.start()
        expect(self.run.ready["password"] != password, "the demo user survived")
        equal(self.profile(self.run.ready["token"])[1]["theme"], "light", "theme")
        self.run.stop()

    # ---- other ways to run it ----

    def works_for_an_ordinary_user(self):
        """As somebody without rights, from files that they may only read."""
        if os.geteuid() != 0:
            print("# not root: that is what all the other tests have shown")
            return
        place = Place()
        try:
            shutil.copytree(os.path.join(SOURCE, "contrib"), place / "source/contrib")
            program = shutil.copy(PROGRAM, place / "gatehouse")
            subprocess.run(["chmod", "-R", "a+rX,u+w", place / "source", program], check=True)
            os.chmod(place.path, 0o777)
            run = Quickstart(place, source=place / "source",
                             before=("--reuid=65534", "--regid=65534", "--clear-groups"),
                             env={**environment(), "GATEHOUSE": program, "HOME": place / "home"})
            try:
                run.wait_ready()
                status, _ = curl(*bearer(run.ready["token"]), f"{run.url}/user/profile")
                equal(status, 200, "profile")
                equal(run.stop(), 0, "exit status")
                nothing_left(run)
            finally:
                run.end()
        finally:
            place.remove()

    def foreign_directory_is_left_alone(self):
        folder = self.place / "foreign"
        os.mkdir(folder)
        with open(os.path.join(folder, "letter"), "w", encoding="ascii") as file:
            file.write("dear")
        for options in ((), ("--reset",)):
            code, output = said("--no-install", "--data", folder, *options)
            equal(code, 1, "exit status")
            expect("holds other files" in output, output)
        equal(os.listdir(folder), ["letter"], "the directory")

    def wrong_options_are_explained(self):
        for options, words in ((("--prot", "1"), "unknown option: --prot"),
                               (("--port",), "--port needs a value"),
                               (("--port", "x"), "--port wants a number"),
                               (("--dashboard-port", "99999"), "--dashboard-port wants a number"),
                               (("--ory-slug", "a", "--ory-url", "https://b"), "exclude each other"),
                               (("--ory-url", "b.example"), "--ory-url wants https://HOST"),
                               (("--data", "/tmp/" + "x" * 100), "too long for unix sockets")):
            code, output = said(*options)
            equal(code, 1, f"exit status of {options}")
            expect(words in output, output)
        code, output = said("--help")
        equal(code, 0, "exit status of --help")
        expect("--reset" in output, output)

    def missing_packages_are_listed(self):
        code, output = said("--no-install", "--port", "0", "--data", self.place / "other",
                            GATEHOUSE="", PKG_CONFIG_LIBDIR="/nonexistent", PKG_CONFIG_PATH="")
        equal(code, 1, "exit status")
        expect("packages are missing: libcurl4-openssl-dev libjson-c-dev" in output, output)

    def own_kratos_is_mounted(self):
        """A self-hosted Ory that speaks http, here played by the local provider."""
        port = str(free_port())
        with idp.Idp("--base-url", f"http://localhost:{port}/.ory") as kratos:
            self.start("--ory-url", kratos.public, port=port)
            expect("identity provider" not in self.run.ready["pids"], "a local provider runs")
            _, info = curl(f"{self.run.url}/auth/login-info")
            equal(info["oryUrl"], f"{self.run.url}/.ory", "oryUrl")
            user = kratos.user("grace@example.org")
            for way in bearer(user.session_token), ("-b", user.cookie):
                status, profile = curl(*way, f"{self.run.url}/user/profile")
                equal((status, profile["userId"]), (200, user.identity_id), way[0])
            wrong = {"identifier": "x@example.org", "password": "wrong-one"}
            equal(native(self.run.url, "login", wrong)[0], 400, "a wrong password, by /.ory/")
            equal(self.run.stop(), 0, "exit status")

    def real_project_without_local_provider(self):
        """Everything but the project itself, which these tests cannot reach."""
        self.start("--ory-slug", "no-such-project")
        expect("identity provider" not in self.run.ready["pids"], "a local provider runs")
        base = "https://no-such-project.projects.oryapis.com"
        equal(curl(f"{self.run.url}/auth/login-info")[1]["oryUrl"], base, "oryUrl")
        equal(curl(f"{self.run.url}/.ory/health/alive", "-o", "/dev/null")[0], 404, "/.ory/")
        expect("What does not work" in self.run.output, self.run.output)
        expect("webhooks do not reach localhost" in self.run.output, self.run.output)
        with open(os.path.join(self.run.data, "gatehouse.conf"), encoding="utf-8") as file:
            conf = file.read()
        expect("cache_ttl" not in conf and "webhook_secret" not in conf, conf)
        equal(self.run.stop(), 0, "exit status")


ORDER = (
    ("it starts, and says where and with what", Tests.starts),
    ("the curl line it prints works as printed", Tests.printed_curl_line_works),
    ("its guarded pages are open to whom the rules say",
     lambda tests: guarded(tests.run, "admin")),
    ("the tutorial's flow works by curl", Tests.tutorial_flow),
    ("a changed address shows at once, though answers are kept", Tests.change_counts_at_once),
    ("the webhooks' secret is in no log, no output, no command line and no configuration",
     Tests.webhook_secret_stays_secret),
    ("the sample site is served with its content policy", Tests.site_is_served),
    ("the dashboard shows a request: its trace, statement, log line and the row of its user",
     Tests.dashboard_shows_the_request),
    ("the dashboard shows how each part is", Tests.dashboard_knows_the_parts),
    ("a second one on the same data is refused by name", Tests.second_on_same_data_is_refused),
    ("a taken port is reported with its owner and the option", Tests.taken_port_is_named),
    ("Ctrl-C stops everything and leaves nothing", Tests.interrupt_leaves_nothing),
    ("a second start finds users, profiles and sessions", Tests.data_survives),
    ("a part that dies is named and the rest stopped", Tests.dead_part_is_named),
    ("SIGTERM leaves nothing", Tests.terminate_leaves_nothing),
    ("a terminal that hangs up leaves nothing", Tests.hangup_leaves_nothing),
    ("Ctrl-C while starting leaves nothing", Tests.interrupt_while_starting),
    ("kill -9 takes its parts along, and the next start works", Tests.killed_takes_its_parts_along),
    ("--reset stops what runs and clears the data", Tests.reset_stops_and_clears),
    ("it works for an ordinary user", Tests.works_for_an_ordinary_user),
    ("a directory with other files is left alone", Tests.foreign_directory_is_left_alone),
    ("wrong options are explained", Tests.wrong_options_are_explained),
    ("missing packages are listed", Tests.missing_packages_are_listed),
    ("an own Kratos is mounted at /.ory/", Tests.own_kratos_is_mounted),
    ("a real Ory project takes the place of the local provider",
     Tests.real_project_without_local_provider),
)


def main():
    tests = Tests()
    for name, body in ORDER:
        tap.case(name)(functools.partial(body, tests))
    try:
        tap.run()
    finally:
        if tests.run:
            tests.run.end()
        tests.place.remove()


if __name__ == "__main__":
    main()
