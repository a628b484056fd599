"""The provider as a whole: its parts, its addresses, and the public routes."""

import collections
import inspect
import secrets
from urllib.parse import urlencode, urlsplit

import faults
import login
import logout
import pages
import registration
import settings
import whoami
from cookies import Sealer
from flows import Flows, same_origin, show_flow, wants_json
from hooks import Hooks
from shapes import SCHEMA
from store import StateError
from tokenizer import Signer
from wire import ApiError, plain_error, redirect, reply_json

REMEMBERED = 100                        # requests kept for GET /control/requests
MAX_ERRORS = 200
MAX_COUNTED = 20000                     # credentials whose calls are counted
COUNTERS = ("whoami", "ready", "alive", "login", "registration", "settings", "logout", "pages",
            "admin", "other", "connections", "hook_attempts")


def return_to_allowed(target, allowed):
    """Kratos's rule: same scheme and host, and the path starts with the allowed one."""
    parts, rule = urlsplit(target), urlsplit(allowed)
    return (same_origin(target, allowed)
            and (parts.path or "/").startswith(rule.path or "/"))


def safe_target(target, origin, allowed):
    """The target as an absolute URL if it lies below the origin or an allowed URL, else ""."""
    absolute = origin + target if target.startswith("/") and target[1:2] not in (
        "/", "\\") else target
    # What browsers quietly rewrite may not decide where they go.
    clean = not any(c <= " " or c in "\\\x7f" for c in absolute) and "@" not in urlsplit(
        absolute).netloc
    if clean and any(return_to_allowed(absolute, rule) for rule in (origin, *allowed)):
        return absolute
    return ""


class Provider:
    def __init__(self, store, config, cookie_name, title):
        self.store = store
        self.config = config
        self.cookie_name = cookie_name
        self.title = title
        self.faults = faults.Faults()
        self.flows = Flows()
        self.hooks = Hooks(self)
        self.signer = Signer()
        self.errors = {}
        self.issuers = {}                          # "clerk", "oidc": those that are switched on
        self.requests = collections.deque(maxlen=REMEMBERED)
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.calls = {}                            # of whoami, by credential
        self.admin_base = ""
        self.renew()

    def renew(self):
        """After the store's secret changed."""
        self.sealer = Sealer(self.store.secret, self.cookie_name)

    def add_issuer(self, kind):
        """StateError when the state file has nonsense for it."""
        state = self.store.others.get(kind.name)
        try:
            issuer = self.issuers[kind.name] = kind(self, state)
        except (ValueError, KeyError, TypeError) as wrong:
            raise StateError(f"{self.store.path}: {kind.name}: not of this program "
                             f"({wrong}); remove it to start afresh") from None
        self.store.dumps[kind.name] = issuer.dump

    def set_base(self, url):
        self.issuer = url                          # as configured, slash and all
        self.base = url.rstrip("/")
        parts = urlsplit(self.base)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.behind_prefix = bool(parts.path)

    def url(self, path, **query):
        return self.base + path + (f"?{urlencode(query)}" if query else "")

    def secure_cookies(self):
        secure = self.config.secure_cookies
        return self.base.startswith("https:") if secure is None else secure

    def default_return_to(self):
        """Behind a prefix the site itself is at the root; alone there is only us."""
        return self.config.default_return_to or (
            self.origin + "/" if self.behind_prefix else self.url("/ui/"))

    def check_return_to(self, target):
        """An absolute URL on the allow-list, "" for none; ApiError 400 otherwise."""
        if not target:
            return ""
        absolute = safe_target(target, self.origin, self.config.allow_return_to)
        if absolute:
            return absolute
        raise ApiError(400, f'Requested return_to URL "{target}" is not allowed.',
                       id="self_service_flow_return_to_forbidden")

    def count(self, name):
        self.counters[name] += 1

    def count_call(self, request):
        """By what the caller sent; a credential sent in two ways is two."""
        credential = (request.get("x-session-token") or request.get("cookie")
                      or request.get("authorization"))
        if credential in self.calls or len(self.calls) < MAX_COUNTED:
            self.calls[credential] = self.calls.get(credential, 0) + 1

    # -- the public listener --

    def public(self, request):
        self.requests.append((request, "public"))
        path = request.path
        is_whoami = path == "/sessions/whoami"
        self.counters["whoami" if is_whoami else counter_of(path)] += 1
        if is_whoami:
            self.count_call(request)
        if self.faults.active:
            wrong = self.faults.take("whoami" if is_whoami else "other")
            if wrong:
                return faults.apply(wrong, request, is_whoami,
                                    lambda f: self._answer(request, f))
        return self._answer(request, None)

    def _answer(self, request, wrong):
        if request.path == "/sessions/whoami":         # the path that must be fast
            try:
                answer = whoami.whoami(self, request, wrong)
            except ApiError as error:
                answer = error.response(request)
            return common(request, answer)
        try:
            answer = self.route(request)
        except ApiError as error:
            answer = self.show_error(request, error)
        return self._later(request, answer) if inspect.isawaitable(answer) \
            else common(request, answer)

    async def _later(self, request, awaitable):
        try:
            return common(request, await awaitable)
        except ApiError as error:
            return common(request, self.show_error(request, error))

    def route(self, request):
        path = request.path
        if "//" in path:                               # Go's router cleans the path first
            clean = "/" + "/".join(part for part in path.split("/") if part)
            query = f"?{request.query}" if request.query else ""
            return redirect(request, clean + query, 307)
        if path.startswith("/sessions/") and path.count("/") == 2:
            if request.method != "DELETE":
                return plain_error(405, "Method Not Allowed", {"Allow": "DELETE"})
            return whoami.delete_one_of_mine(self, request, path[len("/sessions/"):])
        if path.startswith("/schemas/"):
            return reply_json(SCHEMA)
        if path.startswith(("/admin/", "/identities")):
            return redirect(request, self.admin_base + request.target, 307)
        methods = PUBLIC.get(path)
        if methods is None:
            return plain_error(404, "404 page not found")
        handler = methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            return plain_error(405, "Method Not Allowed", {"Allow": ", ".join(sorted(methods))})
        return handler(self, request)

    def show_error(self, request, error):
        """JSON, except for browsers, who are sent to a page with the error on it."""
        if wants_json(request) or "/browser" not in request.path and not BROWSER_PATHS.get(
                request.path) or request.param("flow") and self._is_native(request):
            return error.response(request)
        while len(self.errors) >= MAX_ERRORS:
            del self.errors[next(iter(self.errors))]
        id = secrets.token_hex(16)
        self.errors[id] = error
        return redirect(request, self.url("/ui/error", id=id))

    def _is_native(self, request):
        flow = self.flows.table.get(request.param("flow"))
        return flow is not None and flow.type == "api"


def common(request, answer):
    """Headers every answer has. Go's no-cache rule is for GET alone."""
    headers = answer.headers
    headers["Vary"] = "Cookie"
    if request.method == "GET":
        headers["Cache-Control"] = "private, no-cache, no-store, must-revalidate"
    return answer


COUNTED = {"/health/ready": "ready", "/health/alive": "alive"}


def counter_of(path):
    if path in COUNTED:
        return COUNTED[path]
    if path.startswith("/self-service/"):
        name = path.split("/")[2]
        return name if name in COUNTERS else "other"
    return "pages" if path in pages.PAGES else "other"


def alive(app, request):
    return reply_json({"status": "ok"})


def ready(app, request):
    if app.faults.database_down():
        return reply_json({"errors": {"database": "unable to ping the database"}}, 503)
    return reply_json({"status": "ok"})


def error_container(app, request):
    error = app.errors.get(request.param("id"))
    if error is None:
        raise ApiError(404, message="Unable to locate the resource")
    return reply_json({"id": request.param("id"), "error": error.body()["error"]})


def unavailable(app, request):
    if wants_json(request) or request.path.endswith("/api"):
        raise ApiError(404, "This flow is not part of the local identity provider.")
    return redirect(request, app.url("/ui/recovery"))


def _init(module, type):
    return lambda app, request: module.init(app, request, type)


def _show(kind, module):
    return lambda app, request: show_flow(app, request, kind, module.shape)


PUBLIC = {
    "/health/alive": {"GET": alive},
    "/health/ready": {"GET": ready},
    "/sessions": {"GET": whoami.list_mine, "DELETE": whoami.delete_mine},
    "/self-service/login/browser": {"GET": _init(login, "browser")},
    "/self-service/login/api": {"GET": _init(login, "api")},
    "/self-service/login/flows": {"GET": _show("login", login)},
    "/self-service/login": {"POST": login.submit},
    "/self-service/registration/browser": {"GET": _init(registration, "browser")},
    "/self-service/registration/api": {"GET": _init(registration, "api")},
    "/self-service/registration/flows": {"GET": _show("registration", registration)},
    "/self-service/registration": {"POST": registration.submit},
    "/self-service/settings/browser": {"GET": _init(settings, "browser")},
    "/self-service/settings/api": {"GET": _init(settings, "api")},
    "/self-service/settings/flows": {"GET": settings.show},
    "/self-service/settings": {"POST": settings.submit},
    "/self-service/logout/browser": {"GET": logout.browser_url},
    "/self-service/logout/api": {"DELETE": logout.native},
    "/self-service/logout": {"GET": logout.browser},
    "/self-service/recovery/browser": {"GET": unavailable},
    "/self-service/recovery/api": {"GET": unavailable},
    "/self-service/verification/browser": {"GET": unavailable},
    "/self-service/verification/api": {"GET": unavailable},
    "/self-service/errors": {"GET": error_container},
    **{path: {"GET": page} for path, page in pages.PAGES.items()},
}

# Paths without "/browser" in them that people reach with a browser.
BROWSER_PATHS = dict.fromkeys(("/self-service/login", "/self-service/registration",
                               "/self-service/settings", "/self-service/logout", "/ui/logout"),
                              True)
