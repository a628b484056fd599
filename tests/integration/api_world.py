"""Users and faults for the API table: the provider's control interface."""

import contextlib
import itertools
import json
import urllib.request


class User:
    def __init__(self, row):
        self.id = row["identity_id"]
        self.token = row["session_token"]
        self.session_id = row["session_id"]
        self.cookie = row["cookie"]
        self.email = row.get("email") or ""


class Seen:
    """A request as the provider received it."""

    def __init__(self, row):
        self.method, self.path = row["method"], row["path"]
        self.headers = row["headers"]

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]


class World:
    """The provider behind admin, in the words of the cases."""

    def __init__(self, public, admin):
        self.public, self.admin = public, admin
        self.numbers = itertools.count(1)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.admin + path, data, {"Content-Type": "application/json"},
            method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def new_email(self):
        return f"user{next(self.numbers)}@example.org"

    def user(self, **wish):
        if "traits" not in wish:
            wish.setdefault("email", self.new_email())
        return User(self.call("POST", "/control/users", wish))

    def edit_session(self, user, **change):
        self.call("POST", f"/control/sessions/{user.session_id}", change)

    def disable(self, user):
        self.call("PATCH", f"/admin/identities/{user.id}",
                  [{"op": "replace", "path": "/state", "value": "inactive"}])

    @contextlib.contextmanager
    def fault(self, **faults):
        self.call("PUT", "/control/faults", faults)
        try:
            yield
        finally:
            self.call("PUT", "/control/faults", {})

    def counters(self):
        return self.call("GET", "/control/counters")

    def reset_counters(self):
        self.call("DELETE", "/control/counters")

    def reset_requests(self):
        self.call("DELETE", "/control/requests")

    def whoami_requests(self):
        return [Seen(r) for r in self.call("GET", "/control/requests")
                if r["path"].startswith("/sessions/whoami")]
