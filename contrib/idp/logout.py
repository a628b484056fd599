"""Logout for browsers (a link with a token) and for native apps (the token)."""

import secrets

from cookies import set_cookie
from flows import csrf_set_cookie, submitted, wants_json
from whoami import required
from wire import ApiError, empty, redirect, reply_json


def browser_url(app, request):
    """GET /self-service/logout/browser: where the browser goes to sign out."""
    session, _ = required(app, request)
    query = {"token": session.logout_token}
    return_to = app.check_return_to(request.param("return_to"))
    if return_to:
        query["return_to"] = return_to
    return reply_json({"logout_url": app.url("/self-service/logout", **query),
                       "logout_token": session.logout_token})


def browser(app, request):
    """GET /self-service/logout?token="""
    if not request.param("token"):
        raise ApiError(400, "Please include a token in the URL query.")
    session, _ = required(app, request)
    if not secrets.compare_digest(session.logout_token.encode(),
                                  request.param("token").encode()):
        raise ApiError(403, "Unable to log out because the logout token in the URL query does "
                            "not match the session cookie.")
    target = app.check_return_to(request.param("return_to")) or app.default_return_to()
    _end(app, session)
    answer = empty() if wants_json(request) else redirect(request, target)
    answer.cookies.append(set_cookie(app.cookie_name, "", -1, app.secure_cookies()))
    answer.cookies.append(csrf_set_cookie(app, secrets.token_bytes(32)))
    return answer


def _end(app, session):
    app.store.edit_session(session, active=False)
    app.hooks.announce("SessionRevoked", session.identity_id, session.id)


def native(app, request):
    """DELETE /self-service/logout/api {"session_token": ...}"""
    session = app.store.by_token.get(str(submitted(request).get("session_token")))
    if session is None:
        raise ApiError(403, "The provided Ory Session Token could not be found, is invalid, or "
                            "otherwise malformed.")
    _end(app, session)
    return empty()
