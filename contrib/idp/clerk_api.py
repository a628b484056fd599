"""Clerk's Backend API, as far as a server that checks tokens and looks up users needs it."""

import hmac
import re

from clerk_shapes import JSON, ClerkError, not_found, reply, session_shape, user_shape
from wire import Response, loads

MAX_TOKEN_LIFE = 315360000


def with_secret_key(handler):
    """The handler, for who brings the instance's secret key."""
    def check(clerk, request, *given):
        scheme, _, key = request.get("authorization").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise ClerkError(401, "authentication_invalid", "Invalid authentication",
                             "Unable to authenticate the request: no secret key was given")
        if not hmac.compare_digest(key.strip().encode(), clerk.secret_key.encode()):
            raise ClerkError(401, "clerk_key_invalid", "The provided Clerk Secret Key is invalid.",
                             "The provided Clerk Secret Key is not this instance's.")
        version = request.get("clerk-api-version")
        if version and not re.fullmatch(r"\d{4}-\d\d-\d\d", version):
            raise ClerkError(400, "api_version_invalid", "invalid API version")
        return handler(clerk, request, *given)
    return check


def body_of(request):
    try:
        body = loads(request.body or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ClerkError(400, "request_body_invalid", "Request body invalid")
    return body


def jwks(clerk, request):
    return Response(200, clerk.ring.document(), JSON)


# -- users ------------------------------------------------------------------------------

def the_user(clerk, id):
    if id not in clerk.users:
        raise not_found("user", id)
    return clerk.users[id]


def get_user(clerk, request, id):
    return reply(user_shape(the_user(clerk, id)))


def delete_user(clerk, request, id):
    clerk.delete_user(the_user(clerk, id))
    return reply({"object": "user", "id": id, "slug": None, "deleted": True})


# -- sessions ---------------------------------------------------------------------------

def the_session(clerk, id):
    if id not in clerk.sessions:
        raise not_found("session", id)
    return clerk.sessions[id]


def get_session(clerk, request, id):
    return reply(session_shape(the_session(clerk, id)))


def list_sessions(clerk, request):
    rows = [s for s in clerk.sessions.values()
            if request.param("user_id", s.user_id) == s.user_id
            and request.param("status", s.status) == s.status]
    return reply([session_shape(s) for s in reversed(rows)])


def create_session(clerk, request):
    user = the_user(clerk, str(body_of(request).get("user_id")))
    return reply(session_shape(clerk.add_session(user, "")))


def revoke_session(clerk, request, id):
    session = the_session(clerk, id)
    clerk.end_session(session, "revoked")
    return reply(session_shape(session))


def make_token(clerk, request, id, template=None):
    session, body = the_session(clerk, id), body_of(request)
    if not clerk.is_live(session):
        raise ClerkError(404, "resource_not_found", "not found",
                         f"The session {id} is {session.status}")
    life = body.get("expires_in_seconds")
    if life is not None and (type(life) is not int or not 30 <= life <= MAX_TOKEN_LIFE):
        raise ClerkError(422, "form_param_value_invalid", "is invalid",
                         f"expires_in_seconds must be from 30 to {MAX_TOKEN_LIFE}")
    spec = {} if life is None else {"expires_in_seconds": life}
    jwt = clerk.token(session, spec, request.get("origin"), template is not None)
    return reply({"object": "token", "jwt": jwt})


ROUTES = {
    (".well-known", "jwks.json"): {"GET": jwks},
    ("v1", "jwks"): {"GET": with_secret_key(jwks)},
    ("v1", "users", "*"): {"GET": with_secret_key(get_user),
                           "DELETE": with_secret_key(delete_user)},
    ("v1", "sessions"): {"GET": with_secret_key(list_sessions),
                         "POST": with_secret_key(create_session)},
    ("v1", "sessions", "*"): {"GET": with_secret_key(get_session)},
    ("v1", "sessions", "*", "revoke"): {"POST": with_secret_key(revoke_session)},
    ("v1", "sessions", "*", "tokens"): {"POST": with_secret_key(make_token)},
    ("v1", "sessions", "*", "tokens", "*"): {"POST": with_secret_key(make_token)},
}
