#!/usr/bin/env python3
"""contrib/quickstart --provider clerk: with the local stand-in, and what shows of a real one."""

import base64
import functools
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from quickstart_run import (Place, Quickstart, bearer, curl, guarded,  # noqa: E402
                            nothing_left, post, said)
import tap  # noqa: E402
from tap import is_ as equal, ok as expect, wait_for as until  # noqa: E402

TOLD = 5                            # seconds for a webhook to arrive; it takes milliseconds

PARTS = {"quickstart", "PostgreSQL", "identity provider", "gatehouse", "lighttpd",
         "dashboard"}
FRONTEND = "foo-bar-13.clerk.accounts.dev"
PUBLISHABLE = "pk_test_" + base64.b64encode(f"{FRONTEND}$".encode()).decode()
SECRET = "sk_test_" + "nobody0knows0this0key"


def claims_of(jwt):
    body = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def text_of(*arguments):
    return subprocess.run(["curl", "-sSi", "-m", "20", *arguments], capture_output=True, text=True,
                          timeout=30, check=True).stdout


BIOS = "SELECT bio FROM user_profile WHERE bio IS NOT NULL"


class Tests:
    """One place, several runs after another; each test leaves the next a defined state."""

    def __init__(self):
        self.place = Place()
        self.run = None

    def start(self, *options):
        self.run = Quickstart(self.place, "--provider", "clerk", *options).wait_ready()

    def fresh_token(self):
        return subprocess.run([os.path.join(self.run.data, "token")], capture_output=True,
                              text=True, timeout=30, check=True).stdout.strip()

    def stopped_clean(self):
        equal(self.run.stop(), 0, f"exit status of\n{self.run.output}")
        nothing_left(self.run)

    def starts(self):
        self.start()
        equal(set(self.run.ready["pids"]), PARTS, "the parts")
        _, info = curl(f"{self.run.url}/auth/login-info")
        equal(info["provider"], "clerk", "provider")
        equal(info["loginUrl"], f"{self.run.url}/.clerk/sign-in", "loginUrl")
        expect(info["publishableKey"].startswith("pk_test_"), "no publishable key")
        equal(curl(f"{self.run.url}/user/profile")[0], 401, "the profile without a token")

    def printed_curl_line_works(self):
        line = re.search(r"^ *(curl -H .*)$", self.run.output, re.M)
        expect(line, f"no curl line in\n{self.run.output}")
        done = subprocess.run(["sh", "-c", line[1] + " -sS"], capture_output=True, text=True,
                              timeout=30, check=True)
        profile = json.loads(done.stdout)
        equal((profile["email"], profile["name"]), ("demo@example.com", "Demo User"), "who")

    def tokens_are_as_clerks(self):
        token = self.fresh_token()
        claims = claims_of(token)
        equal(claims["exp"] - claims["iat"], 60, "life")
        equal(claims["azp"], self.run.url, "azp")
        expect(claims["sub"].startswith("user_") and claims["sid"].startswith("sess_"), claims)

    def signing_in_sets_cookies_for_the_site(self):
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                              urllib.request.HTTPCookieProcessor(jar))
        form = {"email": self.run.ready["email"], "password": self.run.ready["password"],
                "redirect_url": f"{self.run.url}/"}
        with browser.open(f"{self.run.url}/.clerk/sign-in",
                          urllib.parse.urlencode(form).encode(), timeout=20) as answer:
            equal(answer.url, f"{self.run.url}/", "where it leads")
        with browser.open(f"{self.run.url}/user/profile", timeout=20) as answer:
            equal(json.load(answer)["email"], "demo@example.com", "email, by cookie")

    def only_the_front_is_mounted(self):
        keys = f"{self.run.url}/.clerk/.well-known/jwks.json"
        equal(len(curl(keys)[1]["keys"]), 1, "public keys")
        for path in ("/.clerk/v1/jwks", "/.clerk/v1/users/user_x", "/.clerk/control/clerk",
                     "/.clerk/npm/../../ory_token.py"):
            head = text_of("--path-as-is", self.run.url + path).split("\r\n", 1)[0]
            expect(" 404" in head or " 403" in head, f"{path}: {head}")

    def secret_stays_secret(self):
        for name, prefix in (("clerk_secret_key", "sk_test_"), ("clerk_webhook_secret", "whsec_")):
            with open(os.path.join(self.run.data, "run", name), encoding="ascii") as file:
                secret = file.read().strip()
                equal(os.fstat(file.fileno()).st_mode & 0o077, 0, f"rights of others to {name}")
            expect(secret.startswith(prefix), f"{name} has something else")
            equal(self.run.places_with(secret), [], f"places that show {name}")

    # ---- what the stand-in's webhooks bring about ----

    def control(self, method, path, body=None):
        at = f"{self.run.ready['idp']['admin']}/control/clerk{path}"
        return curl("-X", method, *(post(body) if body is not None else ()), at)[1]

    def signed_up(self, name):
        who = self.control("POST", "/users", {"email": f"{name}@example.org", "first_name": name})
        equal(self.profile(who["jwt"])[0], 200, "the profile, signed in")
        return who

    def profile(self, token):
        return curl(*bearer(token), f"{self.run.url}/user/profile")

    def refused(self, token):
        began = time.monotonic()
        until(lambda: self.profile(token)[0] == 401, TOLD, "the token is refused")
        left = claims_of(token)["exp"] - time.time()
        print(f"# after {time.monotonic() - began:.2f} s; by itself it ends in {left:.0f} s")

    def session_ended_counts_at_once(self):
        key = ("-H", f"Authorization: Bearer {self.control('GET', '')['secret_key']}")
        api = self.run.ready["idp"]["clerk"]
        who = self.signed_up("Ada")
        curl("-X", "POST", *key, f"{api}/v1/sessions/{who['session_id']}/revoke")
        self.refused(who["jwt"])
        again = self.control("POST", f"/users/{who['id']}/sessions", {})
        equal(self.profile(again["jwt"])[0], 200, "the profile with a new session")

    def sign_out_of_a_browser_counts_at_once(self):
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                              urllib.request.HTTPCookieProcessor(jar))
        form = {"email": self.run.ready["email"], "password": self.run.ready["password"]}
        with browser.open(f"{self.run.url}/.clerk/sign-in",
                          urllib.parse.urlencode(form).encode(), timeout=20):
            token = next(cookie.value for cookie in jar if cookie.name == "__session")
        equal(self.profile(token)[0], 200, "the profile with the browser's token")
        with browser.open(f"{self.run.url}/.clerk/client/sign-out", b"", timeout=20):
            self.refused(token)
        equal(self.profile(self.fresh_token())[0], 200, "the same user's other session")

    def deleted_user_is_gone(self):
        key = ("-H", f"Authorization: Bearer {self.control('GET', '')['secret_key']}")
        api = self.run.ready["idp"]["clerk"]
        who = self.signed_up("Grace")
        curl(*bearer(who["jwt"]), *post({"bio": "Rear admiral"}),
             f"{self.run.url}/user/preferences")
        equal(self.bios(), ["Rear admiral"], "what is stored")
        curl("-X", "DELETE", *key, f"{api}/v1/users/{who['id']}")
        self.refused(who["jwt"])
        until(lambda: self.bios() == [], TOLD, "the profile is deleted")

    def bios(self):
        done = subprocess.run(
            ["psql", "-X", "-h", os.path.join(self.run.data, "run", "pg"), "-U", "gatehouse",
             "-d", "gatehouse", "-tAc", BIOS],
            capture_output=True, text=True, timeout=30, check=True)
        return done.stdout.split("\n")[:-1]

    def interrupt_leaves_nothing(self):
        status, _ = curl(*bearer(self.fresh_token()), *post({"theme": "dark"}),
                         f"{self.run.url}/user/preferences")
        equal(status, 200, "saving")
        self.stopped_clean()

    def data_survives(self):
        before = self.run.ready
        began = time.monotonic()
        self.start("--token-life", "45")
        print(f"# second start: {time.monotonic() - began:.1f} s")
        equal(self.run.ready["password"], before["password"], "the demo user's password")
        token = self.fresh_token()
        equal(claims_of(token)["exp"] - claims_of(token)["iat"], 45, "--token-life")
        _, profile = curl(*bearer(token), f"{self.run.url}/user/profile")
        equal(profile["theme"], "dark", "theme")
        self.stopped_clean()

    def other_provider_on_the_same_data(self):
        """Both are demo@example.com, and are not the same user."""
        self.run = Quickstart(self.place).wait_ready()
        _, profile = curl(*bearer(self.run.ready["token"]), f"{self.run.url}/user/profile")
        equal((profile["email"], profile["theme"]), ("demo@example.com", "light"), "Ory's user")
        self.stopped_clean()

    # ---- a real instance, which these tests cannot reach ----

    def real_instance_without_local_provider(self):
        path = self.place / "secret"
        with open(path, "w", encoding="ascii") as file:
            file.write(SECRET + "\n")
        os.chmod(path, 0o600)
        self.start("--clerk-secret-key-file", path, "--clerk-publishable-key", PUBLISHABLE)
        equal(set(self.run.ready["pids"]), PARTS - {"identity provider"}, "the parts")
        _, info = curl(f"{self.run.url}/auth/login-info")
        equal(info["frontendApi"], FRONTEND, "frontendApi")
        equal(info["loginUrl"], "https://foo-bar-13.accounts.dev/sign-in", "loginUrl")
        equal(curl(f"{self.run.url}/healthz")[0], 200, "healthz")
        with open(os.path.join(self.run.data, "gatehouse.conf"), encoding="utf-8") as file:
            conf = file.read()
        expect(f'"file:{path}"' in conf and SECRET not in conf, conf)
        expect("api_url" not in conf and "issuer" not in conf, conf)
        expect("webhook_secret" not in conf, conf)

    def real_instance_is_the_only_host_of_the_site(self):
        head = text_of(f"{self.run.url}/").partition("\r\n\r\n")[0]
        policy = re.search(r"(?i)^content-security-policy: (.*)$", head, re.M)[1]
        for directive in ("script-src", "connect-src"):
            expect(f"{directive} 'self' https://{FRONTEND};" in policy, policy)
        hosts = set(re.findall(r"https?://[^ ;]+", policy))
        equal(hosts, {f"https://{FRONTEND}", "https://img.clerk.com"}, "hosts in the policy")
        expect("Clerk.session.getToken()" in self.run.output, self.run.output)
        expect(SECRET not in self.run.output, "the secret key is shown")
        self.stopped_clean()

    def wrong_options_are_explained(self):
        path, empty = self.place / "secret", self.place / "empty"
        with open(empty, "w", encoding="ascii"):
            pass
        key, public = ("--clerk-secret-key-file", path), ("--clerk-publishable-key", PUBLISHABLE)
        for options, words in (
                (("--provider", "auth0"), '"auth0" is no provider'),
                (("--provider", "oidc", *key, *public), "do not go with --provider oidc"),
                (key, "needs --clerk-publishable-key"),
                (public, "needs --clerk-secret-key-file"),
                ((*key, "--clerk-publishable-key", "pk_test_x"), "is no publishable key"),
                ((*key, "--clerk-publishable-key", SECRET), "is no publishable key"),
                (("--clerk-secret-key-file", empty, *public), "holds no secret key"),
                (("--clerk-secret-key-file", "/nonexistent", *public), "cannot be read"),
                ((*key, *public, "--token-life", "9"), "--token-life is for the local provider"),
                (("--token-life", "9"), "--token-life is for --provider clerk and oidc"),
                (("--provider", "clerk", "--token-life", "1m"), "--token-life wants seconds")):
            code, output = said(*options)
            equal(code, 1, f"exit status of {options}")
            expect(words in output, output)


ORDER = (
    ("it starts, and login-info is Clerk's", Tests.starts),
    ("the curl line it prints works as printed", Tests.printed_curl_line_works),
    ("its guarded pages are open to whom the rules say",
     lambda tests: guarded(tests.run, "org:admin")),
    ("its tokens last a minute and name the site", Tests.tokens_are_as_clerks),
    ("signing in by form sets cookies that the whole site sees",
     Tests.signing_in_sets_cookies_for_the_site),
    ("neither its Backend API nor its control is on the site", Tests.only_the_front_is_mounted),
    ("the secret key is in no log, no output and no configuration", Tests.secret_stays_secret),
    ("a session revoked at the stand-in is refused at once", Tests.session_ended_counts_at_once),
    ("so is that of a browser that signed out", Tests.sign_out_of_a_browser_counts_at_once),
    ("a deleted user's token is refused at once, and the profile is gone",
     Tests.deleted_user_is_gone),
    ("Ctrl-C leaves nothing", Tests.interrupt_leaves_nothing),
    ("a second start finds users and profiles", Tests.data_survives),
    ("Ory on the same data knows nothing of Clerk's users", Tests.other_provider_on_the_same_data),
    ("a real instance takes the place of the stand-in",
     Tests.real_instance_without_local_provider),
    ("the site may load clerk-js from the real instance, and nothing else from elsewhere",
     Tests.real_instance_is_the_only_host_of_the_site),
    ("wrong options are explained", Tests.wrong_options_are_explained),
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
