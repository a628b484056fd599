"""GET /sessions/whoami and the caller's own sessions.

The order in which credentials are looked at is Kratos's: X-Session-Token, then
a session cookie that decodes, then Authorization: Bearer. No fallback after
the first one found.
"""

from cookies import Undecodable, read_cookies, set_cookie
from faults import E1_REASON
from shapes import session_body, session_shape
from tokenizer import tokenize
from wire import ApiError, JSON, Response, dumps, empty, not_found, now_ns, reply_json

NO_COOKIE = "No valid session cookie found."


def bearer(request):
    parts = request.get("authorization").split(" ")
    return parts[1] if len(parts) == 2 and parts[0].lower() == "bearer" else ""


class Credential:
    """What a request brought: the token used, and the cookie beside it.

    cookie is None (none sent), an Undecodable, or (token, embedded expiry).
    """

    __slots__ = ("token", "cookie")

    def __init__(self, app, request):
        self.cookie = None
        if request.has("cookie"):
            self.cookie = self._first_that_decodes(app, request)
        self.token = request.get("x-session-token")
        if not self.token and isinstance(self.cookie, tuple):
            self.token = self.cookie[0]
        elif not self.token:
            self.token = bearer(request)

    @staticmethod
    def _first_that_decodes(app, request):
        failure = None
        for name, value in read_cookies(request):
            if name == app.cookie_name and value:
                try:
                    return app.sealer.open(value, app.config.session_lifespan)
                except Undecodable as undecodable:
                    failure = failure or undecodable
        return failure


def no_active_session():
    """Raised outside of whoami; unlike E1 it has an id."""
    return ApiError(401, "No active session was found in this request.",
                    "request does not have a valid authentication session",
                    id="session_inactive", extra={})


def find(app, token):
    """(session, identity) of a live session, or (None, None)."""
    session = app.store.by_token.get(token)
    if session is None:
        return None, None
    identity = app.store.identities[session.identity_id]
    return (session, identity) if session.is_active(identity) else (None, None)


def current(app, request):
    """(session, identity) of the request, or (None, None)."""
    return find(app, Credential(app, request).token)


def required(app, request, error=no_active_session):
    session, identity = current(app, request)
    if session is None:
        raise error()
    return session, identity


def aal_error(app, return_to=""):
    """E3. whoami's lacks return_to; flows add it."""
    query = {"aal": "aal2", "return_to": return_to} if return_to else {"aal": "aal2"}
    target = app.url("/self-service/login/browser", **query)
    return ApiError(
        403, "An active session was found but it does not fulfill the requested Authenticator "
        "Assurance Level. Please verify yourself with a second factor to resolve this issue.",
        "Session does not fulfill the requested Authenticator Assurance Level",
        id="session_aal2_required", details={"redirect_browser_to": target},
        extra={"redirect_browser_to": target})


def aal_satisfied(app, session, identity):
    return (app.config.required_aal == "aal1" or session.aal == "aal2"
            or identity.available_aal != "aal2")


def issue_cookie(app, session):
    """The Set-Cookie value that carries the session."""
    value = app.sealer.seal(session.token, session.expires_at)
    max_age = (session.expires_at - now_ns()) // 1_000_000_000
    return set_cookie(app.cookie_name, value, max(max_age, 1), app.secure_cookies())


def whoami(app, request, faults=None):
    credential = Credential(app, request)
    session, identity = find(app, credential.token)
    if session is None:
        answer = ApiError(401, E1_REASON).response(request)
        if app.config.cacheable_sessions and not credential.token:
            answer.headers["Ory-Session-Cache-For"] = "60"
        return answer
    if not aal_satisfied(app, session, identity):
        return aal_error(app).response(request)
    template = request.param("tokenize_as") if request.query else ""
    tokenized = tokenize(app.signer, app.config, template, session, identity,
                         app.issuer) if template else ""
    if isinstance(credential.cookie, Undecodable):
        return ApiError(500, message=str(credential.cookie)).response(request)
    answer = Response(200, _body(app, session, identity, tokenized, faults), JSON)
    answer.headers["X-Kratos-Authenticated-Identity-Id"] = identity.id
    if app.config.cacheable_sessions and not template:
        answer.headers["Ory-Session-Cache-For"] = cache_for(app, session)
    if credential.cookie and credential.cookie[1] < session.expires_at:
        answer.cookies.append(issue_cookie(app, session))
    return answer


def cache_for(app, session):
    life, cap = (session.expires_at - now_ns()) / 1e9, app.config.cacheable_sessions_max_age
    return f"{min(life, cap) if cap > 0 else life:.0f}"


def _body(app, session, identity, tokenized, faults):
    spoiled = faults and (faults.get("inactive") or faults.get("huge_traits"))
    if not tokenized and not spoiled:
        return session_body(session, identity, app.base)
    shape = session_shape(session, identity, app.base,
                          active=not (faults and faults.get("inactive")))
    if faults and faults.get("huge_traits"):
        padding = {"padding": "x" * faults["huge_traits"]}
        shape["identity"]["traits"] = {**identity.traits, **padding}
    if tokenized:
        shape["tokenized"] = tokenized
    return dumps(shape) + b"\n"


# -- the caller's other sessions ---------------------------------------------------

def _unauthorized():
    return ApiError(401, NO_COOKIE)


def list_mine(app, request):
    session, identity = required(app, request, _unauthorized)
    if not aal_satisfied(app, session, identity):
        raise aal_error(app)
    others = [s for s in app.store.sessions_of[identity.id].values()
              if s.id != session.id and s.is_active(identity)]
    return reply_json([session_shape(s, identity, app.base) for s in others])


def delete_mine(app, request):
    session, identity = required(app, request, _unauthorized)
    count = 0
    for other in app.store.sessions_of[identity.id].values():
        if other.id != session.id and other.active:
            app.store.edit_session(other, active=False)
            count += 1
    return reply_json({"count": count})


def delete_one_of_mine(app, request, session_id):
    session, identity = required(app, request, _unauthorized)
    if session_id == session.id:
        raise ApiError(400, message="cannot revoke current session",
                       debug="use the logout flow instead")
    other = app.store.sessions_of[identity.id].get(session_id)
    if other is None:
        raise not_found()
    app.store.edit_session(other, active=False)
    return empty()
