"""Settings: traits, password, and the second factor. Needs a session.

Left out of the real thing: asking for the password again before it changes
(Kratos's privileged sessions).
"""

import hmac

import totp
from flows import (FormError, begin, common_shape, csrf_error, csrf_of, failed, label, local_return,
                   message, missing, node, protect, replace_expired, started, submitted,
                   trait_nodes, ui, wants_json)
from registration import check_new_password, check_traits
from shapes import identity_shape
from store import Conflict, hash_password
from whoami import aal_error, aal_satisfied, issue_cookie, required
from wire import ApiError, redirect, reply_json


def shape(app, flow):
    identity = app.store.identities[flow.identity_id]
    return {"id": flow.id, **common_shape(flow), "ui": ui(app, flow, nodes(app, flow, identity)),
            "identity": identity_shape(identity, app.base), "state": flow.state,
            "organization_id": None}


def _flat_traits(identity):
    name = identity.traits.get("name")
    values = {"traits.email": identity.traits.get("email", "")}
    if isinstance(name, dict):
        first, last = name.get("first", ""), name.get("last", "")
        values |= {"traits.name.first": first, "traits.name.last": last,
                   "traits.name": f"{first} {last}".strip()}
    elif isinstance(name, str):
        first, _, last = name.partition(" ")
        values |= {"traits.name": name, "traits.name.first": first, "traits.name.last": last}
    return values


def nodes(app, flow, identity):
    save = label(1070003, "Save")
    fields = trait_nodes("profile", app.config, _flat_traits(identity) | flow.values)
    fields += [node("profile", "method", "submit", "profile", label=save),
               node("password", "password", "password", None, True, "new-password",
                    label(1070001, "Password")),
               node("password", "method", "submit", "password", label=save)]
    if identity.totp:
        return fields + [node("totp", "totp_unlink", "submit", "true",
                              label=label(1050005, "Unlink TOTP Authenticator App"))]
    flow.totp = flow.totp or totp.new_secret()
    secret = {"type": "text", "group": "totp",
              "attributes": {"text": {"id": 1050017, "text": flow.totp, "type": "info",
                                      "context": {"secret": flow.totp}},
                             "id": "totp_secret_key", "node_type": "text"},
              "messages": [], "meta": {"label": label(
                  1050006, "This is your authenticator app secret. Use it if you can not scan "
                  "the QR code.")}}
    return fields + [secret,
                     node("totp", "totp_code", "text", "", True, "one-time-code",
                          label(1070006, "Verify code")),
                     node("totp", "method", "submit", "totp", label=save)]


def _allowed(app, request):
    session, identity = required(app, request)
    if not aal_satisfied(app, session, identity):
        raise aal_error(app, app.base + request.target)
    return session, identity


def init(app, request, type):
    try:
        _, identity = _allowed(app, request)
    except ApiError as error:
        if type == "browser" and not wants_json(request):
            login = app.url("/self-service/login/browser", return_to=app.base + request.target)
            return redirect(request, (error.extra or {}).get("redirect_browser_to") or login)
        raise
    flow, cookie = begin(app, request, "settings", type, identity_id=identity.id)
    return started(app, request, flow, cookie, shape)


def show(app, request):
    flow = app.flows.find("settings", request.param("id"))
    _, identity = _allowed(app, request)
    if flow.identity_id != identity.id or flow.type == "browser" and not hmac.compare_digest(
            csrf_of(app, request), flow.csrf):
        raise csrf_error(request)
    return reply_json(shape(app, flow))


async def submit(app, request):
    flow = app.flows.find("settings", request.param("flow"))
    given = submitted(request)
    session, identity = _allowed(app, request)
    if flow.identity_id != identity.id:
        raise ApiError(403, "The request was made for another identity and has been blocked for "
                            "security reasons.", id="security_identity_mismatch")
    try:
        if flow.expired():
            return replace_expired(app, request, flow)
        protect(app, request, flow, given)
        method = "totp" if given.get("totp_unlink") else given.get("method")
        if method not in METHODS:
            raise FormError(message(4010004))
        METHODS[method](app, flow, given, session, identity)
    except FormError as error:
        return failed(app, request, flow, error, given, shape)
    await app.hooks.run("settings", identity, session.id)
    return _done(app, request, flow, session)


def _done(app, request, flow, session):
    flow.state, flow.messages = "success", [message(1050001)]
    flow.values, flow.field_messages = {}, {}
    if flow.type == "api":
        return reply_json(shape(app, flow))
    if wants_json(request):
        follow = {"action": "redirect_browser_to", "redirect_browser_to": local_return(app, flow)}
        answer = reply_json({**shape(app, flow), "continue_with": [follow]})
    else:
        answer = redirect(request, flow.return_to or app.url("/ui/settings", flow=flow.id))
    answer.cookies.append(issue_cookie(app, session))
    return answer


def _profile(app, flow, given, session, identity):
    traits = given.get("traits")
    merged = {**identity.traits, **(traits if isinstance(traits, dict) else {})}
    try:
        app.store.update_identity(identity, traits=check_traits(merged))
    except Conflict:
        raise FormError(message(4000007)) from None


def _password(app, flow, given, session, identity):
    check_new_password(given.get("password"), identity.email)
    app.store.update_identity(identity, password=hash_password(given["password"]))


def _totp(app, flow, given, session, identity):
    if given.get("totp_unlink"):
        app.store.update_identity(identity, totp="")
        return
    if not given.get("totp_code"):
        raise FormError(fields={"totp_code": [missing("totp_code")]})
    if not flow.totp or not totp.verify(flow.totp, given["totp_code"]):
        raise FormError(fields={"totp_code": [message(4000008)]})
    app.store.update_identity(identity, totp=flow.totp)
    session.complete("totp", "aal2")
    app.store.edit_session(session)


METHODS = {"profile": _profile, "password": _password, "totp": _totp}
