"""Start the local identity provider (contrib/idp) and talk to its control side.

    with Idp() as idp:
        ada = idp.user("ada@example.org", name="Ada")
        idp.faults(status=429, headers={"Retry-After": "3"})

    with Idp(clerk=True, oidc=True) as idp:
        bob = idp.clerk.user("bob@example.org", first_name="Bob")
        old = idp.clerk.token(user_id=bob.id, expires_in_seconds=-60)
        api = idp.oidc.token(claims={"aud": ["api", "other"]})

The object outlives the process: `stop()` and `start()` give an outage on the
same ports and, with state, the same identities.
"""

import atexit
import base64
import contextlib
import hmac
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid

import child
import evidence

TOP = os.environ.get("top_srcdir") or os.path.join(os.path.dirname(__file__), "..", "..")
PROGRAM = os.path.join(TOP, "contrib", "idp", "idp")
STARTS_WITHIN, STOPS_WITHIN = 30, 10

# Tests talk to this machine only, whatever proxy the environment names.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class IdpError(Exception):
    pass


class User:
    """A user made by the control interface, signed in with one session."""

    def __init__(self, row):
        self.id = self.identity_id = row["identity_id"]
        self.token = self.session_token = row["session_token"]
        self.session_id = row["session_id"]
        self.cookie = row["cookie"]                 # NAME=VALUE
        self.email = row["email"]
        self.totp_secret = row.get("totp_secret")
        evidence.secret(self.token, self.cookie, self.totp_secret)

    def __repr__(self):
        return f"<User {self.email} {self.id}>"


class ClerkUser:
    """A user of the Clerk stand-in, signed in with one session."""

    def __init__(self, row):
        self.id, self.session_id, self.email = row["id"], row["session_id"], row["email"]
        self.jwt = self.token = row["jwt"]
        self.cookies = row["cookies"]               # __session, __client_uat, both twice
        self.cookie = row["cookie"]                 # the same as a Cookie header
        evidence.secret(self.jwt, self.cookie)

    def __repr__(self):
        return f"<ClerkUser {self.email} {self.id}>"


class Issuer:
    """What the Clerk stand-in and the plain issuer have in common: tokens and keys."""

    def __init__(self, idp, name):
        self.idp, self.name = idp, name
        self.url = None                             # of its listener

    def call(self, method, path="", body=None, **how):
        return self.idp.call(method, f"/control/{self.name}{path}", body, **how)

    def about(self):
        """issuer, jwt_key, kid and so on, as a dict."""
        return self.call("GET")

    def token(self, **spec):
        """A token of any shape; see contrib/idp/README.md for the members of `spec`."""
        return self.call("POST", "/tokens", spec)["jwt"]

    def keys(self, **change):
        """One change: rotate=, remove=, publish=, empty=, text=, jwk=, reset=True; or a look."""
        return self.call("POST" if change else "GET", "/keys", change or None)

    def rotate(self, how="new_kid"):
        return self.keys(rotate=how)

    def reset_keys(self):
        return self.keys(reset=True)

    @property
    def port(self):
        return int(self.url.rpartition(":")[2])


class Clerk(Issuer):
    def user(self, email=None, **fields):
        """A new ClerkUser; without an e-mail address one is made up, with "" it has none.

        Fields: verified, first_name, last_name, banned, password, azp, user (members of the
        User object as they are).
        """
        fields["email"] = Idp.new_email() if email is None else email
        return ClerkUser(self.call("POST", "/users", fields))

    def edit(self, user, **fields):
        return self.call("POST", f"/users/{getattr(user, 'id', user)}", fields)

    def new_session(self, user, **fields):
        """Another session of the same user, as a ClerkUser."""
        return ClerkUser(self.call("POST", f"/users/{getattr(user, 'id', user)}/sessions", fields))

    def end_session(self, user, status="revoked"):
        """Of a ClerkUser, or by its id."""
        id = getattr(user, "session_id", user)
        return self.call("POST", f"/sessions/{id}", {"status": status})


    def hook(self, url, type, secret, **fields):
        """Send a webhook; gives {"id","statuses","headers","body"}. Fields: see the README."""
        return self.call("POST", "/hook", {"url": url, "type": type, "secret": secret, **fields})


class Oidc(Issuer):
    def discovery(self, **members):
        """Members in place of the document's (None drops one), or text=; nothing: as it was."""
        return self.call("PUT", "/discovery", members)


def claims_of(token, part=1):
    """The claims of a JWT, unchecked; part=0 gives the header."""
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Seen:
    """A request that the provider got."""

    def __init__(self, row):
        self.method, self.path, self.listener = row["method"], row["path"], row["listener"]
        self.headers = [tuple(pair) for pair in row["headers"]]

    def all(self, name):
        return [v for k, v in self.headers if k.lower() == name.lower()]

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def __repr__(self):
        return f"{self.method} {self.path} {self.headers}"


class Idp:
    def __init__(self, *args, keep=True, start=True, clerk=False, oidc=False):
        """`args` go to the program as they are; keep=False runs it without a state file.

        `clerk` and `oidc` open those listeners too, and have the attribute of that name.
        """
        self.args, self.keep = list(args), keep
        self.clerk = Clerk(self, "clerk") if clerk else None
        self.oidc = Oidc(self, "oidc") if oidc else None
        self.issuers = [issuer for issuer in (self.clerk, self.oidc) if issuer]
        self.dir = tempfile.mkdtemp(prefix="idp-")
        self.public = self.admin = None
        self.process = None
        self.log = os.path.join(self.dir, "log")
        atexit.register(self.remove)
        if start:
            self.start()

    # -- the process --

    def start(self, public=None, admin=None):
        """Start, on the ports of the last time if there was one."""
        ready = os.path.join(self.dir, "ready")
        if os.path.exists(ready):
            os.unlink(ready)
        command = [sys.executable, PROGRAM, "--ready-file", ready,
                   "--public", _host_port(public or self.public),
                   "--admin", _host_port(admin or self.admin), *self.args]
        for issuer in self.issuers:
            command += ["--" + issuer.name, _host_port(issuer.url)]
        if self.keep:
            command += ["--state", os.path.join(self.dir, "state.json")]
        self.process = child.spawn(command, self.log)
        deadline = time.monotonic() + STARTS_WITHIN
        while not os.path.exists(ready):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise IdpError("the identity provider did not start:\n" + self.logged())
            time.sleep(0.01)
        with open(ready) as file:
            where = json.load(file)
        self.public, self.admin = where["public"], where["admin"]
        for issuer in self.issuers:
            issuer.url = where[issuer.name]
        return self

    def stop(self):
        """SIGTERM; gives the exit status. Fails when it takes too long."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        status = child.stop(process, timeout=STOPS_WITHIN)
        if status is None:
            raise IdpError("the identity provider did not stop on SIGTERM")
        return status

    def kill(self):
        if self.process is not None:
            child.stop(self.process, signal.SIGKILL)
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def remove(self):
        self.kill()
        shutil.rmtree(self.dir, ignore_errors=True)

    def logged(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    # -- control --

    def call(self, method, path, body=None, ok=(200, 201, 204)):
        """A call to the admin listener; gives the JSON, IdpError unless the status is `ok`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.admin + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with _opener.open(request, timeout=10) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        if status not in ok:
            raise IdpError(f"{method} {path}: {status} {text.decode(errors='replace')}")
        return json.loads(text) if text else None

    def user(self, email=None, **fields):
        """A new User; without an e-mail address one is made up.

        Fields: password, name, traits, aal2, verified, external_id.
        """
        if email is None and "traits" not in fields:
            email = self.new_email()
        if email is not None:
            fields["email"] = email
        return User(self.call("POST", "/control/users", fields))

    @staticmethod
    def new_email():
        return f"user-{uuid.uuid4().hex[:12]}@example.org"

    def new_session(self, identity_id):
        """Another session of the same identity, as a User."""
        return User(self.call("POST", f"/control/users/{identity_id}/sessions", {}))

    def faults(self, **faults):
        """Replace the active faults, e.g. faults(latency_ms=500, times=1)."""
        return self.call("PUT", "/control/faults", faults)

    @contextlib.contextmanager
    def fault(self, **faults):
        """The faults inside of a `with`, none after it."""
        self.faults(**faults)
        try:
            yield self
        finally:
            self.faults()

    def clear(self):
        """No faults, no counts, no remembered requests, the configuration it started with.

        Issuers go back to their first key and the real documents; users stay.
        """
        for what in ("faults", "counters", "requests", "config"):
            self.call("DELETE", "/control/" + what)
        for issuer in self.issuers:
            issuer.reset_keys()
        if self.oidc:
            self.oidc.discovery()

    def config(self, **keys):
        return self.call("PUT", "/control/config", keys)

    def counters(self):
        return self.call("GET", "/control/counters")

    def calls(self):
        """How often whoami was called with each credential, as it was sent."""
        return self.call("GET", "/control/calls")

    def reset_counters(self):
        self.call("DELETE", "/control/counters")

    def requests(self, path=None):
        """The last requests, oldest first, as Seen; `path` keeps those to one path."""
        seen = map(Seen, self.call("GET", "/control/requests"))
        return [r for r in seen if path is None or r.path.partition("?")[0] == path]

    def whoami_requests(self):
        return self.requests("/sessions/whoami")

    def reset_requests(self):
        self.call("DELETE", "/control/requests")

    def session(self, id, **edit):
        """Edit a session: expires_at=, active=, extend=True, aal=."""
        return self.call("POST", f"/control/sessions/{id}", edit)

    def edit_session(self, user, **edit):
        """The same, for a User's session."""
        return self.session(user.session_id, **edit)

    def delete_session(self, id):
        self.call("DELETE", f"/admin/sessions/{id}")

    def disable(self, identity, state="inactive"):
        """Disable an identity (an id or a User); state="active" undoes it."""
        id = getattr(identity, "id", identity)
        return self.call("PATCH", f"/admin/identities/{id}",
                         [{"op": "replace", "path": "/state", "value": state}])

    def delete_identity(self, id):
        self.call("DELETE", f"/admin/identities/{id}")

    @property
    def public_port(self):
        return int(self.public.rpartition(":")[2])

    @property
    def admin_port(self):
        return int(self.admin.rpartition(":")[2])


def _host_port(url):
    return url.removeprefix("http://") if url else "127.0.0.1:0"


def totp(secret, at=None):
    """The code an authenticator app shows for a base32 secret."""
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7fffffff) % 10**6:06d}"

