#!/usr/bin/env python3
"""contrib/quickstart --provider oidc: a real OpenID provider, and where its packages come from."""

import base64
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quickstart_run import (SOURCE, Place, Quickstart, bearer, curl, environment,  # noqa: E402
                            guarded, nothing_left, oidc_missing, post, said)
import tap  # noqa: E402
from tap import is_ as equal, ok as expect  # noqa: E402

PARTS = {"quickstart", "PostgreSQL", "identity provider", "gatehouse", "lighttpd",
         "dashboard"}


def part_of(jwt, at):
    text = jwt.split(".")[at]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Tests:
    """One place, several runs after another; each test leaves the next a defined state."""

    def __init__(self):
        self.place = Place()
        self.run = None

    def start(self, *options):
        self.run = Quickstart(self.place, "--provider", "oidc", *options).wait_ready()

    def profile(self, token):
        return curl(*bearer(token), f"{self.run.url}/user/profile")

    def stopped_clean(self):
        equal(self.run.stop(), 0, f"exit status of\n{self.run.output}")
        nothing_left(self.run)

    def starts(self):
        self.start()
        equal(set(self.run.ready["pids"]), PARTS, "the parts")
        url = self.run.url
        _, info = curl(f"{url}/auth/login-info")
        equal(info, {"provider": "oidc", "name": "demo", "issuer": f"{url}/.oidc",
                     "clientId": "sample-site", "audience": [url], "loginUrl": f"{url}/?sign-in",
                     "registrationUrl": f"{url}/?sign-up", "logoutUrl": f"{url}/?sign-out"},
              "login-info")
        _, found = curl(f"{url}/.oidc/.well-known/openid-configuration")
        equal(found["issuer"], f"{url}/.oidc", "the issuer by its own word")
        equal(curl(f"{url}/user/profile")[0], 401, "the profile without a token")

    def printed_curl_line_works(self):
        line = re.search(r"^ *(curl -H .*)$", self.run.output, re.M)
        expect(line, f"no curl line in\n{self.run.output}")
        done = subprocess.run(["sh", "-c", line[1] + " -sS"], capture_output=True, text=True,
                              timeout=30, check=True)
        profile = json.loads(done.stdout)
        equal((profile["email"], profile["name"]), ("demo@example.com", "Demo User"), "who")

    def access_tokens_are_for_the_site(self):
        token = self.run.ready["token"]
        equal(part_of(token, 0)["alg"], "RS256", "alg")
        claims = part_of(token, 1)
        equal(claims["aud"], self.run.url, "aud")
        equal(claims["exp"] - claims["iat"], 3600, "life")
        head, _, signature = token.rpartition(".")
        forged = head + "." + ("A" if signature[0] != "A" else "B") + signature[1:]
        equal(self.profile(forged)[0], 401, "with another signature")

    def provider_is_strict(self):
        """What makes a public client safe: PKCE, its own address, its own API."""
        given = {"client_id": "sample-site", "response_type": "code", "scope": "openid",
                 "redirect_uri": f"{self.run.url}/", "code_challenge": "x" * 43,
                 "code_challenge_method": "S256"}
        for change, error in (({"redirect_uri": "https://evil.example/"}, "invalid_redirect_uri"),
                              ({"client_id": "another"}, "invalid_client")):
            status, answer = self.authorize({**given, **change})
            expect(status == 400 and error in answer, f"{change}: {status} {answer}")
        for change, error in (({"code_challenge": None}, "invalid_request"),
                              ({"code_challenge_method": "plain"}, "invalid_request"),
                              ({"resource": "https://other.example/"}, "invalid_target"),
                              ({"response_type": "token"}, "unsupported_response_type")):
            status, answer = self.authorize({**given, **change})
            expect(status in (302, 303) and f"error={error}" in answer, f"{change}: {answer}")

    def authorize(self, query):
        """(status, the page or the address it redirects to)"""
        options = ["-G", "-w", "%{http_code} %{redirect_url}"]
        for name, value in query.items():
            if value is not None:
                options += ["--data-urlencode", f"{name}={value}"]
        body = self.place / "body"
        done = subprocess.run(["curl", "-sS", "-m", "20", "-o", body, *options,
                               f"{self.run.url}/.oidc/auth"], capture_output=True, text=True,
                              timeout=30, check=True)
        status, _, target = done.stdout.partition(" ")
        if target:
            return int(status), target
        with open(body, encoding="utf-8") as file:
            return int(status), file.read()

    def interrupt_leaves_nothing(self):
        status, _ = curl(*bearer(self.run.ready["token"]), *post({"theme": "dark"}),
                         f"{self.run.url}/user/preferences")
        equal(status, 200, "saving")
        self.stopped_clean()

    def data_survives(self):
        before = self.run.ready
        port = before["url"].rsplit(":", 1)[1]
        began = time.monotonic()
        self.run = Quickstart(self.place, "--provider", "oidc", port=port).wait_ready()
        print(f"# second start: {time.monotonic() - began:.1f} s")
        equal(self.run.ready["password"], before["password"], "the demo user's password")
        equal(self.profile(self.run.ready["token"])[1]["theme"], "dark", "theme")
        equal(self.profile(before["token"])[0], 200, "the profile with the earlier token")
        self.stopped_clean()

    # ---- where its packages come from ----

    def missing_packages_are_named(self):
        code, output = said("--no-install", "--provider", "oidc", "--port", "0", "--data",
                            self.place / "other", GATEHOUSE_OIDC=self.place / "nothing")
        equal(code, 1, "exit status")
        expect("the packages of contrib/oidc are missing" in output, output)

    def npm_runs_once_for_a_lock_file(self):
        """With an npm of ours that counts, and fails when it is told to."""
        start, tools, to = self.place / "from", self.place / "tools", self.place / "to"
        for folder in (start, tools):
            os.mkdir(folder)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(SOURCE, "contrib", "oidc", name), start)
        with open(os.path.join(tools, "npm"), "w", encoding="ascii") as file:
            file.write('#!/bin/sh\necho ran >>"$COUNT"\nmkdir -p node_modules\nexit "$STATUS"\n')
        os.chmod(os.path.join(tools, "npm"), 0o755)
        count = self.place / "count"

        def install(status):
            done = subprocess.run(
                ["bash", "-c", '. "$0" && npm_install "$1" "$2"',
                 os.path.join(SOURCE, "contrib", "lib", "npm.sh"), start, to], timeout=30,
                check=False, env={**environment(), "COUNT": count, "STATUS": str(status),
                                  "PATH": f"{tools}:{os.environ['PATH']}"})
            with open(count, encoding="ascii") as file:
                return done.returncode, len(file.readlines())
        equal(install(1), (1, 1), "a run that fails")
        equal(install(0), (0, 2), "the next one")
        equal(install(1), (0, 2), "once it is there, npm is not asked")
        with open(os.path.join(start, "package-lock.json"), "a", encoding="ascii") as file:
            file.write("\n")
        equal(install(0), (0, 3), "for another lock file")


ORDER = (
    ("it starts, and login-info is that of an OpenID provider", Tests.starts),
    ("the curl line it prints works as printed", Tests.printed_curl_line_works),
    ("its guarded pages are open to whom the rules say",
     lambda tests: guarded(tests.run, "admin")),
    ("access tokens are JWTs for this site", Tests.access_tokens_are_for_the_site),
    ("no PKCE, another address or another API is refused", Tests.provider_is_strict),
    ("Ctrl-C leaves nothing", Tests.interrupt_leaves_nothing),
    ("a second start finds users, profiles and keys", Tests.data_survives),
    ("missing packages are named", Tests.missing_packages_are_named),
    ("npm is run once for a lock file", Tests.npm_runs_once_for_a_lock_file),
)


def main():
    why = oidc_missing()
    if why:
        print(f"1..0 # SKIP {why}")
        return
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
