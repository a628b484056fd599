"""Login: password first, then the second factor (TOTP) on the same session."""

import totp
from flows import (FormError, begin, common_shape, failed, label, local_return, message, missing,
                   node, protect, replace_expired, started, submitted, ui, wants_json)
from shapes import NULL_UUID, session_shape
from store import check_password, new_session
from whoami import aal_error, aal_satisfied, current, issue_cookie
from wire import ApiError, go_time, not_found, now_ns, redirect, reply_json

LEVELS = ("", "aal1", "aal2")


def already_logged_in():
    return ApiError(400, "A valid session was detected and thus login is not possible. Did you "
                    "forget to set `?refresh=true`?", "you are already logged in",
                    id="session_already_available")


def session_needed_first():
    return ApiError(401, "You can not requested a higher AAL (AAL2/AAL3) without an active "
                    "session.", "aal2 and aal3 can only be requested if a session exists already",
                    id="session_aal1_required")


def shape(app, flow):
    return {"id": flow.id, "organization_id": None, **common_shape(flow),
            "ui": ui(app, flow, nodes(app, flow)), "created_at": go_time(flow.created_at),
            "updated_at": go_time(flow.updated_at), "refresh": flow.refresh,
            "requested_aal": flow.aal, "state": flow.state}


def nodes(app, flow):
    if flow.aal == "aal2":
        return [node("totp", "totp_code", "text", "", True, "one-time-code",
                     label(1010006, "Authentication code")),
                node("totp", "method", "submit", "totp", label=label(1010009,
                                                                     "Use Authenticator"))]
    known = app.store.identities.get(flow.identity_id) if flow.refresh else None
    identifier = node("default", "identifier", "hidden", known.email) if known else node(
        "default", "identifier", "text", flow.values.get("identifier", ""), True, "",
        label(1070002, "E-Mail", {"name": "traits.email", "title": "E-Mail"}))
    return [identifier,
            node("password", "password", "password", None, True, "current-password",
                 label(1070001, "Password")),
            node("password", "method", "submit", "password",
                 label=label(1010022, "Sign in with password"))]


def init(app, request, type):
    aal = request.param("aal")
    if aal not in LEVELS:
        raise ApiError(400, "Unable to parse AuthenticationMethod Assurance Level (AAL): expected "
                            f'one of [aal1, aal2] but got "{aal}"')
    aal = aal or "aal1"
    refresh = request.param("refresh").lower() in ("true", "1", "t")
    session, _ = current(app, request)
    notes = []
    if session is None:
        refresh = False
        if aal == "aal2":
            raise session_needed_first()
    elif not refresh and aal <= session.aal:
        if type == "browser" and not wants_json(request):
            target = app.check_return_to(request.param("return_to"))
            return redirect(request, target or app.default_return_to())
        raise already_logged_in()
    if refresh:
        notes.append(message(1010003))
    if session is not None and aal > session.aal:
        notes.append(message(1010004))
    flow, cookie = begin(app, request, "login", type, aal=aal, refresh=refresh, messages=notes,
                         identity_id=session.identity_id if session else None)
    return started(app, request, flow, cookie, shape)


async def submit(app, request):
    flow = app.flows.find("login", request.param("flow"))
    given = submitted(request)
    session, owner = current(app, request)
    try:
        if session is not None and not flow.refresh and flow.aal <= session.aal:
            if flow.type == "browser" and not wants_json(request):
                return redirect(request, app.default_return_to())
            raise FormError(message(4000001, already_logged_in().reason,
                                    {"reason": already_logged_in().reason}))
        if session is None and flow.aal == "aal2":
            raise session_needed_first()
        if flow.expired():
            return replace_expired(app, request, flow)
        method = given.get("method")
        if (method, flow.aal) not in METHODS:
            raise FormError(message(4010002))
        identity = METHODS[method, flow.aal](app, request, flow, given, owner)
        if identity.state != "active":
            raise FormError(message(4010011), status=401)
        return await _finish(app, request, flow, method, identity, session)
    except FormError as error:
        return failed(app, request, flow, error, given, shape)


def _password(app, request, flow, given, owner):
    absent = {name: [missing(name)] for name in ("identifier", "password") if not given.get(name)}
    if absent:
        raise FormError(fields=absent)
    protect(app, request, flow, given)
    identity = app.store.find_by_email(str(given["identifier"]))
    if not (identity and identity.password
            and check_password(str(given["password"]), identity.password)):
        raise FormError(message(4000006))
    return identity


def _totp(app, request, flow, given, owner):
    if not given.get("totp_code"):
        raise FormError(fields={"totp_code": [missing("totp_code")]})
    protect(app, request, flow, given)
    if not owner.totp or not totp.verify(owner.totp, given["totp_code"]):
        raise FormError(fields={"totp_code": [message(4000008)]})
    return owner


METHODS = {("password", "aal1"): _password, ("totp", "aal2"): _totp}


async def _finish(app, request, flow, method, identity, session):
    flow.active = method
    fresh = session is None or session.identity_id != identity.id
    if fresh:
        session = new_session(identity, app.config.session_lifespan, request.peer,
                              request.get("user-agent"))
    # Hooks come before the session is stored: a new one has no id yet.
    await app.hooks.run("login", identity, NULL_UUID if fresh else session.id)
    if identity.id not in app.store.identities:        # deleted while the hooks ran
        raise not_found()
    session.complete(method, "aal2" if method == "totp" else "aal1")
    if fresh:
        app.store.put_session(session)
    else:
        lifespan = int(app.config.session_lifespan * 1e9)
        app.store.edit_session(session, active=True, expires_at=now_ns() + lifespan)
    flow.state = "passed_challenge"
    satisfied = aal_satisfied(app, session, identity)
    if flow.type == "api":
        return reply_json({"session_token": session.token, "session": session_shape(
            session, identity if satisfied else None, app.base), "continue_with": None})
    answer = _browser_answer(app, request, flow, session, identity, satisfied)
    answer.cookies.append(issue_cookie(app, session))
    return answer


def _browser_answer(app, request, flow, session, identity, satisfied):
    target = local_return(app, flow)
    if not satisfied:
        step_up = aal_error(app, flow.return_to).extra["redirect_browser_to"]
        if not wants_json(request):
            return redirect(request, step_up)
        return ApiError(422, f"In order to complete this flow please redirect the browser to: "
                             f"{step_up}", "browser location change required",
                        id="browser_location_change_required",
                        extra={"redirect_browser_to": step_up}).response(request)
    if wants_json(request):
        return reply_json({"session": session_shape(session, identity, app.base),
                           "continue_with": [{"action": "redirect_browser_to",
                                              "redirect_browser_to": target}]})
    return redirect(request, target)
