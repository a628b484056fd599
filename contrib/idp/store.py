"""Identities and sessions, their indexes, and the state file.

All of it lives in memory; with a state file every change is written within
half a second, as a whole, to a new file that then takes the old one's name.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
import string
import uuid
from dataclasses import asdict, dataclass, field

from cookies import random_alpha
from wire import loads, now_ns

ALPHANUMERIC = string.ascii_letters + string.digits
SAVE_AFTER = 0.2                        # seconds from the first unsaved change
OTHERS = ("clerk", "oidc")              # issuer.py's members of the state file
SCRYPT = {"n": 1024, "r": 8, "p": 1}    # quick on purpose: a development provider


class StateError(Exception):
    """The state file cannot be used; the text is for the person who starts us."""


class Conflict(Exception):
    """Another identity has that e-mail address already."""


def hash_password(password):
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **SCRYPT)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def check_password(password, stored):
    _, salt, digest = stored.split("$")
    again = hashlib.scrypt(password.encode(), salt=base64.b64decode(salt), **SCRYPT)
    return hmac.compare_digest(again, base64.b64decode(digest))


@dataclass
class Identity:
    id: str
    traits: dict
    schema_id: str = "default"
    state: str = "active"
    external_id: str = ""
    password: str = ""                  # a hash, or "" for none
    totp: str = ""                      # base32 secret, or "" for none
    verifiable: list = field(default_factory=list)
    recovery: list = field(default_factory=list)
    metadata_public: object = None
    metadata_admin: object = None
    state_changed_at: int = 0
    created_at: int = 0
    updated_at: int = 0
    rev: int = 0                        # rises with every change, for caches

    @property
    def email(self):
        email = self.traits.get("email") if isinstance(self.traits, dict) else None
        return email.strip().lower() if isinstance(email, str) else ""

    @property
    def available_aal(self):
        return "aal2" if self.totp else "aal1"


@dataclass
class Session:
    id: str
    identity_id: str
    token: str
    logout_token: str
    active: bool
    expires_at: int
    authenticated_at: int
    issued_at: int
    methods: list                       # [{"method","aal","completed_at": ns}]
    devices: list
    rev: int = 0
    rendered: object = None             # whoami's cached body, see shapes.py

    @property
    def aal(self):
        levels = {method["aal"] for method in self.methods}
        if not levels:
            return "aal0"
        return "aal2" if {"aal1", "aal2"} <= levels else "aal1"

    def complete(self, method, aal):
        self.methods.append({"method": method, "aal": aal, "completed_at": now_ns()})
        self.authenticated_at = now_ns()
        self.rev += 1

    def is_active(self, identity):
        return self.active and self.expires_at > now_ns() and identity.state == "active"


def new_session(identity, lifespan, peer, user_agent):
    """A session that is not in the store yet (hooks run before it is)."""
    now = now_ns()
    device = {"id": str(uuid.uuid4()), "ip_address": peer, "user_agent": user_agent,
              "location": ""}
    return Session(id=str(uuid.uuid4()), identity_id=identity.id,
                   token="ory_st_" + random_alpha(32, ALPHANUMERIC),
                   logout_token="ory_lo_" + random_alpha(32, ALPHANUMERIC),
                   active=True, expires_at=now + int(lifespan * 1e9),
                   authenticated_at=now, issued_at=now, methods=[], devices=[device])


def _address(value, now, verified=None):
    address = {"id": str(uuid.uuid4()), "value": value, "via": "email"}
    if verified is not None:
        address |= {"verified": verified, "status": "completed" if verified else "pending",
                    "verified_at": now if verified else 0}
    return address | {"created_at": now, "updated_at": now}


class Store:
    def __init__(self, path=None):
        self.path = path
        self.timer = None
        self.others = {}                # name: state of others who keep theirs in our file
        self.dumps = {}                 # name: who gives the current one
        self.clear()
        if path and os.path.exists(path):
            self._load()

    def clear(self):
        self.secret = secrets.token_bytes(32)
        self.identities, self.by_email = {}, {}
        self.sessions, self.by_token = {}, {}
        self.sessions_of = {}           # identity id -> {session id: Session}

    # -- identities --

    def add_identity(self, traits, verified=False, **fields):
        now = now_ns()
        identity = Identity(id=str(uuid.uuid4()), traits=traits, state_changed_at=now,
                            created_at=now, updated_at=now, **fields)
        if identity.email in self.by_email:
            raise Conflict
        self._readdress(identity, verified)
        self._index(identity)
        self.changed()
        return identity

    def _index(self, identity):
        self.identities[identity.id] = identity
        self.sessions_of.setdefault(identity.id, {})
        if identity.email:
            self.by_email[identity.email] = identity.id

    def _readdress(self, identity, verified=False):
        """Addresses follow the e-mail trait; a new address is unverified."""
        value, now = identity.email, now_ns()
        if [a["value"] for a in identity.verifiable] != ([value] if value else []):
            identity.verifiable = [_address(value, now, verified)] if value else []
            identity.recovery = [_address(value, now)] if value else []

    def update_identity(self, identity, **fields):
        traits = fields.pop("traits", identity.traits)
        before, kept = identity.email, identity.traits
        identity.traits = traits
        if identity.email != before:
            if identity.email in self.by_email:
                identity.traits = kept
                raise Conflict
            self.by_email.pop(before, None)
            if identity.email:
                self.by_email[identity.email] = identity.id
            self._readdress(identity)
        if fields.get("state", identity.state) != identity.state:
            identity.state_changed_at = now_ns()
        for name, value in fields.items():
            setattr(identity, name, value)
        identity.updated_at = now_ns()
        identity.rev += 1
        self.changed()

    def delete_identity(self, identity):
        self.delete_sessions(identity.id)
        del self.identities[identity.id], self.sessions_of[identity.id]
        self.by_email.pop(identity.email, None)
        self.changed()

    def find_by_email(self, email):
        return self.identities.get(self.by_email.get(email.strip().lower()))

    # -- sessions --

    def put_session(self, session):
        self.sessions[session.id] = session
        self.by_token[session.token] = session
        self.sessions_of[session.identity_id][session.id] = session
        self.changed()

    def edit_session(self, session, **fields):
        for name, value in fields.items():
            setattr(session, name, value)
        session.rev += 1
        self.changed()

    def delete_sessions(self, identity_id):
        gone = self.sessions_of[identity_id]
        for session in gone.values():
            del self.sessions[session.id], self.by_token[session.token]
        self.sessions_of[identity_id] = {}
        self.changed()
        return len(gone)

    # -- the state file --

    def changed(self):
        if self.path and self.timer is None:
            try:
                self.timer = asyncio.get_running_loop().call_later(SAVE_AFTER, self._save)
            except RuntimeError:         # not serving yet: whoever starts us flushes
                self.timer = False

    def flush(self):
        if self.timer is not None:
            if self.timer:
                self.timer.cancel()
            self._save()

    def _save(self):
        self.timer = None
        sessions = []
        for session in self.sessions.values():
            row = {k: v for k, v in vars(session).items() if k != "rendered"}
            sessions.append(row)
        state = {"version": 1, "secret": self.secret.hex(),
                 "identities": [asdict(i) for i in self.identities.values()],
                 "sessions": sessions,
                 **self.others, **{name: dump() for name, dump in self.dumps.items()}}
        temporary = f"{self.path}.{os.getpid()}.new"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "w") as file:
            json.dump(state, file, separators=(",", ":"))
        os.replace(temporary, self.path)

    def _load(self):
        try:
            with open(self.path, "rb") as file:
                state = loads(file.read())
            if state["version"] != 1:
                raise StateError(f"{self.path}: written by another version "
                                 f"({state['version']}); remove it to start afresh")
            self.secret = bytes.fromhex(state["secret"])
            self.others = {name: state[name] for name in OTHERS if name in state}
            for row in state["identities"]:
                self._index(Identity(**row))
            for row in state["sessions"]:
                session = Session(**row)
                self.sessions[session.id] = self.by_token[session.token] = session
                self.sessions_of[session.identity_id][session.id] = session
        except (ValueError, KeyError, TypeError) as wrong:
            raise StateError(f"{self.path}: not a state file of this program "
                             f"({wrong}); remove it to start afresh") from None
