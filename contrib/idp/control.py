"""The control interface under /control/ on the admin listener, for tests.

Nothing here exists in real Kratos.
"""

import admin
import faults
import issuer_control
import totp
from provider import alive, ready
from routes import match
from shapes import session_shape
from store import Conflict, hash_password, new_session
from wire import ApiError, check_types, empty, loads, now_ns, parse_time, plain_error, reply_json

USER_FIELDS = ("email", "password", "name", "traits", "aal2", "verified", "external_id")
USER_TYPES = {"email": str, "password": str, "traits": dict, "external_id": str, "aal2": bool,
              "verified": bool}
SESSION_FIELDS = ("expires_at", "active", "extend", "aal")
SESSION_TYPES = {"expires_at": (str, int, float), "active": bool, "extend": bool, "aal": str}


class Wrong(Exception):
    """A control call that makes no sense; the text says why."""


def body_of(request, allowed=None):
    try:
        body = loads(request.body or b"{}")
    except ValueError as wrong:
        raise Wrong(f"not JSON: {wrong}") from None
    if not isinstance(body, dict):
        raise Wrong("the body must be a JSON object")
    unknown = sorted(set(body) - set(allowed)) if allowed else []
    if unknown:
        raise Wrong(f"unknown member {unknown[0]!r}; known: {', '.join(allowed)}")
    return body


# -- users and sessions ------------------------------------------------------------------

def _signed_in(app, request, identity):
    """A session with both a token and a cookie for it, as one row."""
    session = new_session(identity, app.config.session_lifespan, request.peer,
                          request.get("user-agent"))
    session.complete("password", "aal1")
    app.store.put_session(session)
    return _describe(app, session, identity)


def _describe(app, session, identity):
    value = app.sealer.seal(session.token, session.expires_at)
    row = {"identity_id": identity.id, "session_token": session.token, "session_id": session.id,
           "cookie": f"{app.cookie_name}={value}", "email": identity.email}
    return row | ({"totp_secret": identity.totp} if identity.totp else {})


def make_user(app, request):
    body = body_of(request, USER_FIELDS)
    check_types(body, USER_TYPES)
    traits = dict(body.get("traits") or {})
    for name in ("email", "name"):
        if name in body:
            traits[name] = body[name]
    fields = {"external_id": body.get("external_id") or ""}
    if body.get("password"):
        fields["password"] = hash_password(body["password"])
    if body.get("aal2"):
        fields["totp"] = totp.new_secret()
    try:
        identity = app.store.add_identity(traits, bool(body.get("verified")), **fields)
    except Conflict:
        return reply_json({"error": "this e-mail address is taken"}, 409)
    return reply_json(_signed_in(app, request, identity), 201)


def make_session(app, request, identity_id):
    return reply_json(_signed_in(app, request, admin.the_identity(app, identity_id)), 201)


def get_session(app, request, id):
    return reply_json(_describe(app, *admin.the_session(app, id)))


def edit_session(app, request, id):
    session, identity = admin.the_session(app, id)
    body = body_of(request, SESSION_FIELDS)
    check_types(body, SESSION_TYPES)
    fields = {}
    if "expires_at" in body:
        when = body["expires_at"]
        try:
            fields["expires_at"] = parse_time(when) if isinstance(when, str) else int(when * 1e9)
        except (ValueError, TypeError, OverflowError):
            raise Wrong("expires_at: an RFC 3339 time or seconds since 1970") from None
        if not 0 <= fields["expires_at"] < 253_402_300_800 * 10**9:
            raise Wrong("expires_at: only years 1970 to 9999")
    if "active" in body:
        fields["active"] = bool(body["active"])
    if "aal" in body:
        fields["methods"] = _methods(session, body["aal"])
    app.store.edit_session(session, **fields)
    if body.get("extend"):
        admin.extend(app, session)
    shape = session_shape(session, identity, app.base, active=session.is_active(identity))
    return reply_json({**_describe(app, session, identity), "session": shape})


def _methods(session, aal):
    if aal not in ("aal0", "aal1", "aal2"):
        raise Wrong("aal must be aal0, aal1 or aal2")
    row = {"completed_at": now_ns()}
    all = [{"method": "password", "aal": "aal1", **row}, {"method": "totp", "aal": "aal2", **row}]
    return all[:int(aal[-1])]


# -- faults, configuration, what was seen ---------------------------------------------------

def set_faults(app, request):
    app.faults.replace(body_of(request))
    return reply_json(app.faults.active)


def get_faults(app, request):
    return reply_json(app.faults.active)


def clear_faults(app, request):
    app.faults.replace({})
    return empty()


def set_config(app, request):
    app.config.update(body_of(request))
    return reply_json(app.config.values())


def get_config(app, request):
    return reply_json(app.config.values())


def reset_config(app, request):
    app.config.reset()
    return reply_json(app.config.values())


def get_counters(app, request):
    return reply_json(app.counters)


def clear_counters(app, request):
    app.counters.update(dict.fromkeys(app.counters, 0))
    app.calls.clear()
    return empty()


def get_calls(app, request):
    return reply_json(app.calls)


def get_requests(app, request):
    return reply_json([{"method": seen.method, "path": seen.target,
                        "headers": [list(pair) for pair in seen.headers], "listener": listener}
                       for seen, listener in app.requests])


def clear_requests(app, request):
    app.requests.clear()
    return empty()


def get_jwks(app, request):
    return reply_json(app.signer.jwks())


def reset(app, request):
    """Everything as after a start without a state file."""
    app.store.clear()
    app.store.changed()
    app.renew()
    app.config.reset()
    app.faults.replace({})
    app.flows.table.clear()
    app.errors.clear()
    app.requests.clear()
    clear_counters(app, request)
    for issuer in app.issuers.values():
        issuer.reset()
    return empty()


def of_issuer(app, request, segments):
    """A call to /control/clerk/... or /control/oidc/...; None when there is no such thing."""
    name, *rest = segments
    if name not in app.issuers:
        raise Wrong(f"start with --{name} HOST:PORT for this")
    methods, given = match(issuer_control.ROUTES[name], rest)
    act = methods and methods.get(request.method)
    return act and issuer_control.call(app.issuers[name], act, body_of(request), given)


ROUTES = {
    ("control", "users"): {"POST": make_user},
    ("control", "users", "*", "sessions"): {"POST": make_session},
    ("control", "sessions", "*"): {"GET": get_session, "POST": edit_session},
    ("control", "faults"): {"GET": get_faults, "PUT": set_faults, "DELETE": clear_faults},
    ("control", "config"): {"GET": get_config, "PUT": set_config, "DELETE": reset_config},
    ("control", "counters"): {"GET": get_counters, "DELETE": clear_counters},
    ("control", "calls"): {"GET": get_calls},
    ("control", "requests"): {"GET": get_requests, "DELETE": clear_requests},
    ("control", "jwks"): {"GET": get_jwks},
    ("control", "reset"): {"POST": reset},
}


# -- the admin listener: Kratos's admin API and the above -------------------------------------

HEALTH = {"/health/alive": alive, "/health/ready": ready,
          "/admin/health/alive": alive, "/admin/health/ready": ready}


def listener(app):
    """The admin listener's handler of requests."""
    def kratos(request, segments):
        methods, given = match(admin.ROUTES, segments)
        if methods is None:
            if segments and segments[0] == "self-service":
                return admin.to_public(app, request)
            return plain_error(404, "404 page not found")
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            return plain_error(405, "Method Not Allowed", {"Allow": ", ".join(sorted(methods))})
        return handler(app, request, *given)

    def control(request, segments):
        try:
            if segments[1:] and segments[1] in issuer_control.ROUTES:
                methods, answer = None, of_issuer(app, request, segments[1:])
            else:
                methods, given = match(ROUTES, segments)
                handler = methods and methods.get(request.method)
                answer = handler and handler(app, request, *given)
            return answer or reply_json({"error": f"no {request.method} {request.path} here"},
                                        405 if methods else 404)
        except (Wrong, ValueError) as wrong:
            return reply_json({"error": str(wrong)}, 400)
        except ApiError as error:
            return reply_json({"error": error.reason or error.message}, error.status)

    def answer(request, segments):
        try:
            reply = kratos(request, segments)
        except ApiError as error:
            reply = error.response(request)
        if request.method == "GET":
            reply.headers["Cache-Control"] = "private, no-cache, no-store, must-revalidate"
        return reply

    def handle(request):
        segments = request.path.split("/")[1:]
        if segments[0] == "control":
            return control(request, segments)
        if request.path in HEALTH:
            return HEALTH[request.path](app, request)
        app.requests.append((request, "admin"))
        app.count("admin")
        if segments[0] == "admin":
            del segments[0]
        wrong = app.faults.take("admin") if app.faults.active else None
        if wrong:
            return faults.apply(wrong, request, False, lambda _: answer(request, segments))
        return answer(request, segments)

    return handle
