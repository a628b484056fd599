"""Registration with e-mail, an optional name and a password."""

import re

from flows import (FormError, begin, common_shape, failed, label, local_return, message,
                   missing, node, protect, replace_expired, started, submitted, trait_nodes, ui,
                   wants_json)
from login import already_logged_in
from shapes import identity_shape, session_shape
from store import Conflict, hash_password, new_session
from whoami import current, issue_cookie
from wire import not_found, redirect, reply_json

EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
MIN_PASSWORD = 8


def shape(app, flow):
    fields = trait_nodes("password", app.config, flow.values) + [
        node("password", "password", "password", None, True, "new-password",
             label(1070001, "Password")),
        node("password", "method", "submit", "password", label=label(1040001, "Sign up"))]
    return {"id": flow.id, **common_shape(flow), "ui": ui(app, flow, fields),
            "organization_id": None, "state": flow.state}


def init(app, request, type):
    session, _ = current(app, request)
    if session is not None:
        if type == "browser" and not wants_json(request):
            return redirect(request, app.check_return_to(request.param("return_to"))
                            or app.default_return_to())
        raise already_logged_in()
    flow, cookie = begin(app, request, "registration", type)
    return started(app, request, flow, cookie, shape)


def check_traits(traits):
    """The traits to keep, or a FormError by field."""
    email = traits.get("email")
    if email is None or email == "":
        raise FormError(fields={"traits.email": [missing("email")]})
    if not isinstance(email, str) or not EMAIL.fullmatch(email.strip()):
        raise FormError(fields={"traits.email": [message(4000040, context={"value": email})]})
    kept = {**traits, "email": email.strip()}
    name = kept.get("name")
    if name == "" or isinstance(name, dict) and not any(name.values()):
        del kept["name"]
    return kept


def check_new_password(password, email):
    if not isinstance(password, str) or not password:
        raise FormError(fields={"password": [missing("password")]})
    if len(password) < MIN_PASSWORD:
        raise FormError(fields={"password": [message(
            4000032, f"The password must be at least {MIN_PASSWORD} characters long, but got "
            f"{len(password)}.", {"actual_length": len(password), "min_length": MIN_PASSWORD})]})
    if password.lower() == email.lower():
        raise FormError(fields={"password": [message(4000031)]})


async def submit(app, request):
    flow = app.flows.find("registration", request.param("flow"))
    given = submitted(request)
    try:
        if current(app, request)[0] is not None:
            if flow.type == "browser" and not wants_json(request):
                return redirect(request, app.default_return_to())
            raise already_logged_in()
        if flow.expired():
            return replace_expired(app, request, flow)
        if given.get("method") != "password":
            raise FormError(message(4010003))
        protect(app, request, flow, given)
        traits = given.get("traits")
        traits = check_traits(traits if isinstance(traits, dict) else {})
        check_new_password(given.get("password"), traits["email"])
        try:
            identity = app.store.add_identity(traits, password=hash_password(given["password"]))
        except Conflict:
            raise FormError(message(4000007)) from None
    except FormError as error:
        return failed(app, request, flow, error, given, shape)
    return await _finish(app, request, flow, identity)


async def _finish(app, request, flow, identity):
    flow.active, flow.state = "password", "passed_challenge"
    session = new_session(identity, app.config.session_lifespan, request.peer,
                          request.get("user-agent"))
    session.complete("password", "aal1")
    app.store.put_session(session)
    await app.hooks.run("registration", identity, session.id)
    if identity.id not in app.store.identities:        # deleted while the hooks ran
        raise not_found()
    signed_in = app.config.registration_session
    target = local_return(app, flow)
    body = {"session": session_shape(session, identity, app.base)} if signed_in else {}
    body["identity"] = identity_shape(identity, app.base)
    if flow.type == "api":
        token = {"session_token": session.token} if signed_in else {}
        follow = [{"action": "set_ory_session_token", "ory_session_token": session.token}]
        return reply_json({**token, **body, "continue_with": follow if signed_in else None})
    if wants_json(request):
        answer = reply_json({**body, "continue_with": [
            {"action": "redirect_browser_to", "redirect_browser_to": target}]})
    else:
        answer = redirect(request, target)
    if signed_in:
        answer.cookies.append(issue_cookie(app, session))
    return answer
