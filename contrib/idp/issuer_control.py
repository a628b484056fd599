"""The control interface of the issuers of tokens: /control/clerk/... and /control/oidc/..."""

import inspect

import svix
from clerk import EmailTaken
from clerk_api import the_session, the_user
from clerk_shapes import session_shape
from keyring import raw_bytes
from store import hash_password
from wire import ApiError, check_types, empty, reply_json

NUMBER = (int, float)
USER_TYPES = {"email": str, "verified": (bool, str, type(None)), "first_name": str,
              "last_name": str, "banned": bool, "password": str, "user": dict, "azp": str,
              "organization": dict}
ORGANIZATION = {"id": str, "slug": str, "role": str}
TOKEN_MEMBERS = ("user_id", "session_id", "version", "expires_in_seconds", "claims", "drop",
                 "header", "drop_header", "raw_payload", "raw_header", "alg", "signer",
                 "signature")
TOKEN_TYPES = {"user_id": str, "session_id": str, "version": int, "expires_in_seconds": NUMBER}
STANDING = "token@example.org"           # the user of tokens minted for nobody in particular


def known(body, names):
    unknown = sorted(set(body) - set(names))
    if unknown:
        raise ValueError(f"unknown member {unknown[0]!r}; known: {', '.join(names)}")
    return body


# -- keys, the same for both --------------------------------------------------------------

def get_keys(issuer, body):
    return reply_json(issuer.ring.describe())


async def change_keys(issuer, body):
    await issuer.ring.change(body)
    issuer.store.changed()
    return reply_json(issuer.ring.describe())


# -- Clerk ----------------------------------------------------------------------------------

def get_clerk(clerk, body):
    return reply_json({"issuer": clerk.base, "api_url": clerk.listen_url,
                       "publishable_key": clerk.publishable_key, "secret_key": clerk.secret_key,
                       "jwt_key": clerk.ring.key.pem(), "kid": clerk.ring.kid,
                       "suffix": clerk.suffix, "azp": clerk.azp})


def signed_in(clerk, user, azp=None, status=201):
    session = clerk.add_session(user, azp)
    jwt = clerk.token(session)
    cookies = clerk.cookies(session, jwt)
    return reply_json({"id": user.id, "session_id": session.id, "jwt": jwt, "email": user.email,
                       "cookies": cookies,
                       "cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())}, status)


def user_fields(body):
    known(body, USER_TYPES)
    check_types(body, USER_TYPES)
    fields = {name: value for name, value in body.items()
              if name not in ("azp", "user", "password")
              and (value is not None or name == "verified")}
    if "organization" in fields:
        check_types(known(fields["organization"], ORGANIZATION), ORGANIZATION)
        if None in map(fields["organization"].get, ORGANIZATION):
            raise ValueError(f"organization: needs {', '.join(ORGANIZATION)}")
    if body.get("user") is not None:
        fields["overrides"] = body["user"]
    if body.get("password"):
        fields["password"] = hash_password(body["password"])
    return fields


def make_user(clerk, body):
    return signed_in(clerk, clerk.add_user(**user_fields(body)), body.get("azp"))


def edit_user(clerk, body, id):
    user = the_user(clerk, id)
    clerk.edit_user(user, **user_fields(body))
    return reply_json({"id": user.id, "email": user.email, "banned": user.banned})


def make_session(clerk, body, id):
    check_types(known(body, ("azp",)), {"azp": str})
    return signed_in(clerk, the_user(clerk, id), body.get("azp"))


def end_session(clerk, body, id):
    session = the_session(clerk, id)
    status = known(body, ("status",)).get("status", "revoked")
    check_types({"status": status}, {"status": str})
    clerk.end_session(session, status)
    return reply_json(session_shape(session))


async def clerk_token(clerk, body):
    spec = token_spec(body)
    await clerk.ring.prepare(spec)
    session = clerk.sessions.get(spec.get("session_id"))
    user_id = spec.get("user_id") or (session and session.user_id)
    if session is None and user_id:
        mine = [s for s in clerk.sessions_of(user_id) if clerk.is_live(s)]
        session = mine[-1] if mine else None
    if user_id is None:
        user = clerk.find_by_email(STANDING) or clerk.add_user(email=STANDING)
        session = (clerk.sessions_of(user.id) or [clerk.add_session(user)])[0]
        user_id = user.id
    session_id = spec.get("session_id") or (session.id if session else "sess_unknown")
    jwt = clerk.token(session, {**spec, "user_id": user_id, "session_id": session_id},
                      session.azp if session else clerk.azp)
    return reply_json({"jwt": jwt, "user_id": user_id, "session_id": session_id})


def token_spec(body):
    check_types(known(body, TOKEN_MEMBERS), TOKEN_TYPES)
    # null is absence, as everywhere in this interface.
    return {name: value for name, value in body.items() if value is not None}


async def send_hook(clerk, body):
    return reply_json(await svix.deliver(clerk, known(body, svix.TYPES)))


# -- the plain issuer -------------------------------------------------------------------------

def get_oidc(oidc, body):
    return reply_json({"issuer": oidc.base, "jwks_url": oidc.jwks_url,
                       "discovery_url": oidc.base + "/.well-known/openid-configuration",
                       "audience": oidc.audience, "jwt_key": oidc.ring.key.pem(),
                       "kid": oidc.ring.kid})


async def oidc_token(oidc, body):
    spec = known(token_spec(body), [name for name in TOKEN_MEMBERS
                                    if name not in ("version", "session_id")])
    await oidc.ring.prepare(spec)
    return reply_json({"jwt": oidc.token(spec)})


def set_discovery(oidc, body):
    oidc.overrides, oidc.text = {}, None
    if set(body) == {"text"}:
        check_types(body, {"text": str})
        oidc.text = None if body["text"] is None else raw_bytes(body["text"])
    else:
        oidc.overrides = body
    return empty()


def reset_discovery(oidc, body):
    return set_discovery(oidc, {})


KEYS = {("keys",): {"GET": get_keys, "POST": change_keys}}

ROUTES = {
    "clerk": {
        **KEYS,
        (): {"GET": get_clerk},
        ("users",): {"POST": make_user},
        ("users", "*"): {"POST": edit_user},
        ("users", "*", "sessions"): {"POST": make_session},
        ("sessions", "*"): {"POST": end_session},
        ("tokens",): {"POST": clerk_token},
        ("hook",): {"POST": send_hook},
    },
    "oidc": {
        **KEYS,
        (): {"GET": get_oidc},
        ("tokens",): {"POST": oidc_token},
        ("discovery",): {"PUT": set_discovery, "DELETE": reset_discovery},
    },
}


async def call(issuer, act, body, given):
    """Call one of ROUTES's functions; what it refuses becomes an answer."""
    try:
        reply = act(issuer, body, *given)
        return await reply if inspect.isawaitable(reply) else reply
    except EmailTaken:
        return reply_json({"error": "this e-mail address is taken"}, 409)
    except ApiError as error:
        return reply_json({"error": error.message}, error.status)
    except ValueError as wrong:
        return reply_json({"error": str(wrong)}, 400)
