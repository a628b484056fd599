"""A stand-in for one Clerk instance: its users, their sessions, and the tokens it signs.

clerk_api.py is the Backend API, clerk_pages.py what browsers see, and
clerk_shapes.py has the objects as JSON.
"""

import base64
import hashlib
import secrets
import time
from dataclasses import asdict, dataclass, field

import clerk_api
import clerk_pages
import svix
from clerk_shapes import session_shape, user_shape
from cookies import random_alpha
from issuer import Issuer
from keyring import ALPHANUMERIC
from routes import dispatch
from wire import plain_error

SESSION_CAT, TEMPLATE_CAT = "cl_B7d4PD111AAA", "cl_B7d4PD222AAA"
WEEK_MS = 7 * 86400 * 1000
BACKDATED = 10                       # seconds that nbf lies before iat
TOLD = ("ended", "removed", "revoked")       # ends of sessions that webhooks tell of


def now_ms():
    return time.time_ns() // 1_000_000


def new_id(kind):
    return f"{kind}_{random_alpha(27, ALPHANUMERIC)}"


@dataclass
class User:
    id: str
    email: str = ""
    verified: object = True              # true, false, null, or the status of the verification
    first_name: object = None
    last_name: object = None
    banned: bool = False
    password: str = ""                   # a hash, or "" for none
    overrides: dict = field(default_factory=dict)     # members of the User object
    organization: object = None          # the one that is active, see org_claims()
    email_id: str = ""
    created_at: int = 0
    updated_at: int = 0
    last_sign_in_at: object = None


@dataclass
class Session:
    id: str
    user_id: str
    client_id: str
    client: str                          # the value of the __client cookie
    azp: str                             # the origin it is used from, "" for none
    status: str
    created_at: int
    updated_at: int
    expire_at: int


class EmailTaken(Exception):
    pass


def org_claims(organization, version):
    """Of {"id", "slug", "role"}; version 1 names a role with "org:" in front, version 2 without."""
    id, slug, role = (organization[name] for name in ("id", "slug", "role"))
    if version == 1:
        return {"org_id": id, "org_slug": slug, "org_role": f"org:{role}"}
    return {"o": {"id": id, "rol": role, "slg": slug}}


class Clerk(Issuer):
    name, kid_prefix = "clerk", "ins_"
    counts = ("jwks", "users", "sessions", "pages")

    def __init__(self, app, state=None):
        super().__init__(app, state)
        self.webhooks = svix.Webhooks(self)
        self.clear()
        self.own_secret_key = "sk_test_" + random_alpha(40, ALPHANUMERIC)
        if state:
            self.own_secret_key = state["secret_key"]
            self.users = {row["id"]: User(**row) for row in state["users"]}
            self.sessions = {row["id"]: Session(**row) for row in state["sessions"]}

    def clear(self):
        self.users, self.sessions = {}, {}

    def reset(self):
        super().reset()
        self.clear()

    def dump(self):
        return {**super().dump(), "secret_key": self.own_secret_key,
                "users": [asdict(user) for user in self.users.values()],
                "sessions": [asdict(session) for session in self.sessions.values()]}

    # -- what the instance is called --

    @property
    def secret_key(self):
        return self.config.clerk_secret_key or self.own_secret_key

    @property
    def publishable_key(self):
        # A key's host must have a dot, which localhost has not.
        host = self.host.replace("localhost", "127.0.0.1")
        return "pk_test_" + base64.b64encode(f"{host}$".encode()).decode().rstrip("=")

    @property
    def suffix(self):
        """Of this instance's cookies."""
        digest = hashlib.sha1(self.publishable_key.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode()[:8]

    @property
    def azp(self):
        return self.origin if self.config.clerk_azp is None else self.config.clerk_azp

    # -- users --

    def find_by_email(self, email):
        email = email.strip().lower()
        return next((u for u in self.users.values() if u.email and u.email == email), None)

    def add_user(self, **fields):
        now = now_ms()
        user = User(id=new_id("user"), email_id=new_id("idn"), created_at=now)
        self._set(user, fields)
        self.users[user.id] = user
        return user

    def edit_user(self, user, **fields):
        banned = user.banned
        self._set(user, fields)
        if user.banned and not banned:
            for session in self.sessions_of(user.id):
                if session.status == "active":
                    self.end_session(session, "revoked")
        self.webhooks.tell("user.updated", user_shape(user))

    def _set(self, user, fields):
        if "email" in fields:
            fields["email"] = fields["email"].strip().lower()
            if self.find_by_email(fields["email"]) not in (None, user):
                raise EmailTaken
        for name, value in fields.items():
            setattr(user, name, value)
        user.updated_at = now_ms()
        self.store.changed()

    def delete_user(self, user):
        del self.users[user.id]
        for session in self.sessions_of(user.id):
            self.end_session(session, "removed")
        self.webhooks.tell("user.deleted", {"object": "user", "id": user.id, "deleted": True})
        self.store.changed()

    # -- sessions --

    def sessions_of(self, user_id):
        return [s for s in self.sessions.values() if s.user_id == user_id]

    def add_session(self, user, azp=None):
        now = now_ms()
        session = Session(id=new_id("sess"), user_id=user.id, client_id=new_id("client"),
                          client=secrets.token_urlsafe(32),
                          azp=self.azp if azp is None else azp, status="active",
                          created_at=now, updated_at=now, expire_at=now + WEEK_MS)
        self.sessions[session.id] = session
        user.last_sign_in_at = now
        self.store.changed()
        return session

    def end_session(self, session, status):
        """"ended" by its user, "revoked" by us, "removed" with its user."""
        before, session.status, session.updated_at = session.status, status, now_ms()
        self.store.changed()
        if before == "active" and status in TOLD:
            self.webhooks.tell(f"session.{status}", session_shape(session))

    def is_live(self, session):
        user = self.users.get(session.user_id)
        return (session.status == "active" and session.expire_at > now_ms()
                and user is not None and not user.banned)

    # -- tokens --

    def token(self, session=None, spec=None, azp=None, template=False):
        """A session token; `spec` is what the control interface was told about its shape."""
        spec = spec or {}
        version = spec.get("version", self.config.clerk_token_version)
        if version not in (1, 2):
            raise ValueError("version: must be 1 or 2")
        life = spec.get("expires_in_seconds", self.config.clerk_token_lifespan)
        now = int(time.time())
        claims = {"exp": now + (int(life) if life == life // 1 else life), "iat": now,
                  "iss": self.base, "jti": secrets.token_hex(10), "nbf": now - BACKDATED,
                  "sub": spec.get("user_id") or session.user_id}
        azp = azp if azp is not None or session is None else session.azp
        if azp:
            claims["azp"] = azp
        if not template:
            claims["sid"] = spec.get("session_id") or session.id
        if version == 2 and not template:
            since = session.created_at if session else now_ms()
            claims |= {"fva": [(now_ms() - since) // 60000, -1], "sts": "active", "v": 2}
        user = self.users.get(claims["sub"])
        if user and user.organization and not template:
            claims |= org_claims(user.organization, version)
        return self.ring.mint(claims, {"cat": TEMPLATE_CAT if template else SESSION_CAT}, spec)

    def cookies(self, session, jwt):
        """What clerk-js keeps in a browser's cookies, twice: plain and for this instance."""
        values = {"__session": jwt, "__client_uat": str(session.created_at // 1000)}
        return {name + twin: value for twin in ("", "_" + self.suffix)
                for name, value in values.items()}

    # -- the listener --

    def kind(self, request):
        if request.path in ("/v1/jwks", "/.well-known/jwks.json"):
            return "jwks"
        parts = request.path.split("/")
        if parts[1] == "v1":
            return parts[2] if len(parts) > 2 and parts[2] in self.counts else "other"
        return "pages"

    def answer(self, request):
        segments = request.path.split("/")[1:]
        for routes in (clerk_api.ROUTES, clerk_pages.ROUTES):
            reply = dispatch(routes, segments, request, self)
            if reply is not None:
                return reply
        return plain_error(404, "404 page not found")
