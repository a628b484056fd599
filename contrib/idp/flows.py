"""Self-service flows: the object every form belongs to, and what all kinds share.

A flow is made (init), shown (get), and submitted. Type "api" is for native
apps and answers JSON; type "browser" lives from redirects, with a CSRF cookie
and a token in the form, and answers JSON too when JSON was asked for.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
import uuid
from urllib.parse import parse_qsl, urlsplit

from cookies import read_cookies, set_cookie
from wire import ApiError, check_types, go_time, loads, not_found, now_ns, redirect, reply_json

MAX_FLOWS = 5000
KEEP_EXPIRED = 3600 * 10**9             # an expired flow can say so for this long

# What people are told, by Kratos's message ids.
TEXTS = {
    1010003: "Please confirm this action by verifying that it is you.",
    1010004: "Please complete the second authentication challenge.",
    1050001: "Your changes have been saved!",
    4000006: "The provided credentials are invalid, check for spelling mistakes in your "
             "password or username, email address, or phone number.",
    4000007: "An account with the same identifier (email, phone, username, ...) exists already.",
    4000008: "The provided authentication code is invalid, please try again.",
    4000031: "The password can not be used because it is too similar to the identifier.",
    4000040: "Enter a valid email address",
    4010002: "Could not find a strategy to log you in with. Did you fill out the form correctly?",
    4010003: "Could not find a strategy to sign you up with. Did you fill out the form correctly?",
    4010004: "Could not find a strategy to update your settings. Did you fill out the form "
             "correctly?",
    4010011: "This account has been disabled. Please contact support for assistance.",
}


def message(id, text=None, context=None):
    kind = "error" if id >= 4000000 else "success" if id == 1050001 else "info"
    shape = {"id": id, "text": text or TEXTS[id], "type": kind}
    if context:
        shape["context"] = context
    return shape


def missing(name):
    return message(4000002, f"Property {name} is missing.", {"property": name})


def generic(reason):
    return message(4000001, reason, {"reason": reason})


class FormError(Exception):
    """Shown in the form: messages on top, or beside a field by its name."""

    def __init__(self, *messages, fields=None, status=400):
        super().__init__("form error")
        self.messages = list(messages)
        self.fields = fields or {}
        self.status = status


class Flow:
    def __init__(self, kind, type, request_url, lifespan, **fields):
        now = now_ns()
        self.id = str(uuid.uuid4())
        self.kind, self.type, self.request_url = kind, type, request_url
        self.issued_at = self.created_at = self.updated_at = now
        self.expires_at = now + int(lifespan * 1e9)
        self.return_to = fields.get("return_to", "")
        self.refresh = fields.get("refresh", False)
        self.aal = fields.get("aal", "aal1")
        self.identity_id = fields.get("identity_id")
        self.csrf = fields.get("csrf")        # the real token (bytes), browser flows only
        self.active = ""
        self.state = "show_form" if kind == "settings" else "choose_method"
        self.messages = list(fields.get("messages", ()))
        self.values = {}                      # what was typed, by field name
        self.field_messages = {}
        self.totp = None                      # the secret offered for enrolment

    def expired(self):
        return self.expires_at < now_ns()

    def show(self, error, values):
        """Keep an error and what was typed for the next look at the form."""
        self.messages, self.field_messages = list(error.messages), dict(error.fields)
        self.values = {k: v for k, v in values.items()
                       if "password" not in k and k != "csrf_token" and isinstance(v, str)}
        self.updated_at = now_ns()


# -- form fields as Kratos's "nodes" -----------------------------------------------

def node(group, name, type, value=None, required=False, autocomplete="", label=None):
    attributes = {"name": name, "type": type}
    if value is not None:
        attributes["value"] = value
    if required:
        attributes["required"] = True
    if autocomplete:
        attributes["autocomplete"] = autocomplete
    attributes |= {"disabled": False, "node_type": "input"}
    return {"type": "input", "group": group, "attributes": attributes, "messages": [],
            "meta": {"label": label} if label else {}}


def label(id, text, context=None):
    return message(id, text, context)


def trait_nodes(group, config, values):
    names = {"string": [("traits.name", "Name", "name")],
             "object": [("traits.name.first", "First Name", "given-name"),
                        ("traits.name.last", "Last Name", "family-name")]}[config.name_trait]
    wanted = [("traits.email", "E-Mail", "email")] + names
    return [node(group, name, "email" if name == "traits.email" else "text",
                 values.get(name, ""), name == "traits.email", complete,
                 label(1070002, title, {"name": name, "title": title}))
            for name, title, complete in wanted]


def ui(app, flow, nodes):
    token = mask(flow.csrf) if flow.csrf else ""
    nodes = [node("default", "csrf_token", "hidden", token, True)] + nodes
    for item in nodes:
        item["messages"] = flow.field_messages.get(item["attributes"].get("name"), [])
    shape = {"action": app.url(f"/self-service/{flow.kind}", flow=flow.id), "method": "POST",
             "nodes": nodes}
    if flow.messages:
        shape["messages"] = flow.messages
    return shape


def common_shape(flow):
    shape = {"type": flow.type, "expires_at": go_time(flow.expires_at),
             "issued_at": go_time(flow.issued_at), "request_url": flow.request_url}
    if flow.return_to:
        shape["return_to"] = flow.return_to
    if flow.active:
        shape["active"] = flow.active
    return shape


# -- CSRF: a cookie with the token, a masked copy of it in every form ---------------

def mask(token):
    pad = secrets.token_bytes(len(token))
    return base64.b64encode(pad + bytes(a ^ b for a, b in zip(pad, token))).decode()


def unmask(text):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        return b""
    half = len(raw) // 2
    return bytes(a ^ b for a, b in zip(raw[:half], raw[half:])) if half == 32 else b""


def csrf_cookie_name(app):
    return "csrf_token_" + hashlib.sha256(app.base.encode()).hexdigest()


def csrf_of(app, request):
    """The token in the request's cookie, or b""."""
    wanted = csrf_cookie_name(app)
    for name, value in read_cookies(request):
        if name == wanted:
            try:
                token = base64.b64decode(value, validate=True)
                return token if len(token) == 32 else b""
            except (binascii.Error, ValueError):
                return b""
    return b""


def csrf_set_cookie(app, token):
    return set_cookie(csrf_cookie_name(app), base64.b64encode(token).decode(), 31536000,
                      app.secure_cookies())


def csrf_error(request, hint="We detected a regular browser or server-side call. To debug "
               "browser calls check your Browser's Network Tab to see what cookies are included "
               "or excluded. If you are calling from a server ensure that the appropriate "
               "cookies are being forwarded and that the SDK method is called correctly."):
    reason = ("The HTTP Cookie Header is empty or not set." if not request.get("cookie") else
              "The HTTP Cookie Header was set and a CSRF token was sent but they do not match. "
              "We recommend deleting all cookies for this domain and retrying the flow.")
    return ApiError(
        403, "Please retry the flow and optionally clear your cookies. The request was rejected "
        "to protect you from Cross-Site-Request-Forgery (CSRF) which could cause account "
        "takeover, leaking personal information, and other serious security issues.",
        "the request was rejected to protect you from Cross-Site-Request-Forgery",
        id="security_csrf_violation",
        details={"docs": "https://www.ory.com/docs/troubleshooting/csrf", "hint": hint,
                 "reject_reason": reason})


NEEDS_BROWSER = ('The HTTP Request Header included the "{}" key, indicating that this request '
                 "was made {}. The flow however was initiated as an API request. To prevent "
                 "potential misuse and mitigate several attack vectors including CSRF, the "
                 "request has been blocked. Please consult the documentation.")


def protect(app, request, flow, given):
    """Kratos's EnsureCSRF: a token for browsers, no browser for native flows."""
    if flow.type == "browser":
        token = csrf_of(app, request)
        if not token or not hmac.compare_digest(token, unmask(given.get("csrf_token", ""))):
            raise csrf_error(request)
        return
    if not app.config.strict_native:
        return
    if request.get("origin"):
        raise FormError(generic(NEEDS_BROWSER.format(
            "Origin", "as part of an AJAX request in a Browser")))
    if any(not name.startswith(("__cf", "_cf", "cf_")) for name, _ in read_cookies(request)):
        raise FormError(generic(NEEDS_BROWSER.format("Cookie", "by a Browser")))


# -- requests ------------------------------------------------------------------------

def wants_json(request):
    """What Kratos takes for a single-page app: JSON accepted by name, or sent."""
    if request.get("content-type") == "application/json":
        return True
    best, best_q, best_wild = "text/html", -1.0, 3
    ranges = []
    for part in request.get("accept").split(","):
        value, _, rest = part.strip().partition(";")
        quality = rest.strip().removeprefix("q=")
        try:
            ranges.append((value.strip(), float(quality) if rest else 1.0))
        except ValueError:
            ranges.append((value.strip(), 1.0))
    for offer in ("text/html", "application/json"):
        for value, q in ranges:
            wild = (2 if value == "*/*" else 0 if value == offer else
                    1 if value.endswith("/*") and offer.startswith(value[:-1]) else None)
            if wild is None or q == 0 or q < best_q:
                continue
            if q > best_q or wild < best_wild:
                best, best_q, best_wild = offer, q, wild
    return best == "application/json"


FIELD_TYPES = dict.fromkeys(("method", "password", "identifier", "totp_code", "csrf_token",
                             "session_token"), str)


def submitted(request):
    """The body as flat names: {"traits.email": ...}; JSON keeps other types."""
    kind = request.get("content-type").split(";")[0].strip().lower()
    if kind == "application/json":
        try:
            body = loads(request.body)
        except ValueError as wrong:
            raise ApiError(400, "Unable to decode JSON payload", debug=str(wrong)) from None
        if not isinstance(body, dict):
            raise ApiError(400, "Unable to decode JSON payload: not an object")
        try:
            check_types(body, FIELD_TYPES)
        except ValueError as wrong:
            raise ApiError(400, "Unable to decode JSON payload", debug=str(wrong)) from None
        return body
    given = {}
    for name, value in parse_qsl(request.body.decode("utf-8", "replace"), True):
        at, *path = name.split(".")
        target, key = given, at
        for part in path:
            inner = target.setdefault(key, {})
            target, key = (inner, part) if isinstance(inner, dict) else ({}, part)
        target[key] = value
    return given


def flat(given, prefix=""):
    found = {}
    for name, value in given.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[prefix + name] = value
    return found


# -- the table of flows ----------------------------------------------------------------

class Flows:
    def __init__(self):
        self.table = {}

    def add(self, flow):
        if len(self.table) >= MAX_FLOWS:
            horizon = time.time_ns() - KEEP_EXPIRED
            self.table = {k: f for k, f in self.table.items() if f.expires_at > horizon}
            for key in list(self.table)[:len(self.table) - MAX_FLOWS + 1]:
                del self.table[key]
        self.table[flow.id] = flow
        return flow

    def find(self, kind, id):
        flow = self.table.get(id)
        if flow is None or flow.kind != kind:
            raise not_found()
        return flow


def checked_return_to(app, request):
    """return_to as given, after the allow-list has had its say (else 400)."""
    return app.check_return_to(request.param("return_to"))


def begin(app, request, kind, type, **fields):
    """Make a flow; for a browser also see that it has a CSRF cookie."""
    cookie = None
    if type == "browser":
        token = csrf_of(app, request)
        if not token:
            token = secrets.token_bytes(32)
            cookie = csrf_set_cookie(app, token)
        fields["csrf"] = token
    flow = Flow(kind, type, app.base + request.target, app.config.flow_lifespan,
                return_to=checked_return_to(app, request), **fields)
    return app.flows.add(flow), cookie


def started(app, request, flow, cookie, shape):
    """The answer to an init request."""
    if flow.type == "api" or wants_json(request):
        answer = reply_json(shape(app, flow))
    else:
        answer = redirect(request, app.url(f"/ui/{flow.kind}", flow=flow.id))
    if cookie:
        answer.cookies.append(cookie)
    return answer


def show_flow(app, request, kind, shape):
    """GET /self-service/KIND/flows?id="""
    flow = app.flows.find(kind, request.param("id"))
    if flow.type == "browser" and not hmac.compare_digest(csrf_of(app, request), flow.csrf):
        raise csrf_error(request)
    if flow.expired():
        ways = {"redirect_to": app.url(f"/self-service/{kind}/browser"),
                "return_to": flow.return_to} if flow.type == "browser" \
            else {"api": app.url(f"/self-service/{kind}/api")}
        raise ApiError(410, f"The {kind} flow has expired. Initialize a new {kind} flow.",
                       "The requested resource is no longer available because it has expired or "
                       "is otherwise invalid.", id="self_service_flow_expired", details=ways)
    return reply_json(shape(app, flow))


EXPIRED_IDS = {"login": 4010001, "registration": 4040001, "settings": 4050001}


def replace_expired(app, request, flow):
    """Kratos answers an expired flow with 410 and a fresh one in its place."""
    minutes = (now_ns() - flow.expires_at) / 60e9
    text = f"The {flow.kind} flow expired {minutes:.2f} minutes ago, please try again."
    fresh = Flow(flow.kind, flow.type, flow.request_url, app.config.flow_lifespan,
                 return_to=flow.return_to, refresh=flow.refresh, aal=flow.aal, csrf=flow.csrf,
                 identity_id=flow.identity_id, messages=[message(
                     EXPIRED_IDS[flow.kind], text, {"expired_at": go_time(flow.expires_at)})])
    app.flows.add(fresh)
    if flow.type == "browser" and not wants_json(request):
        return redirect(request, app.url(f"/ui/{flow.kind}", flow=fresh.id))
    raise ApiError(410, f"The self-service flow expired {minutes:.2f} minutes ago, "
                        "initialize a new one.", "self-service flow expired",
                   id="self_service_flow_expired",
                   extra={"expired_at": go_time(flow.expires_at),
                          "since": now_ns() - flow.expires_at, "use_flow_id": fresh.id})


def failed(app, request, flow, error, given, shape):
    """The form again, with the error in it."""
    flow.show(error, flat(given))
    if flow.type == "browser" and not wants_json(request):
        return redirect(request, app.url(f"/ui/{flow.kind}", flow=flow.id))
    return reply_json(shape(app, flow), error.status)


def local_return(app, flow):
    return flow.return_to or app.default_return_to()


def same_origin(one, other):
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme.lower(), a.netloc.lower()) == (b.scheme.lower(), b.netloc.lower())
