"""What a browser needs of Clerk: pages to sign in, sign up and out, and fresh tokens.

With real Clerk the script clerk-js keeps __session and __client_uat; here the
server sets them itself, and a site's script only has to ask for GET
/client/token before the token in __session expires. The __client cookie, which
scripts cannot read, says which session a browser has.
"""

from urllib.parse import parse_qsl, urlsplit

from clerk_api import the_session
from clerk_shapes import ClerkError, reply, session_shape, user_shape
from cookies import read_cookies
from pages import esc, page
from provider import safe_target
from store import check_password, hash_password
from wire import empty, redirect

CLIENT = "__client"
YEAR = 365 * 86400
MIN_PASSWORD = 8


# -- cookies ------------------------------------------------------------------------------

def client_session(clerk, request):
    """The live session of this browser, or None."""
    values = [value for name, value in read_cookies(request) if name == CLIENT]
    session = next((s for s in clerk.sessions.values() if s.client in values), None)
    return session if session and clerk.is_live(session) else None


def set_cookie(clerk, name, value, path="/", http_only=False):
    """One Set-Cookie value; without a value the cookie is dropped."""
    parts = [f"{name}={value}", f"Path={path}", f"Max-Age={YEAR if value else 0}", "SameSite=Lax"]
    if http_only:
        parts.append("HttpOnly")
    if clerk.base.startswith("https:"):
        parts.append("Secure")
    return "; ".join(parts)


def signed_in(clerk, answer, session, jwt=None):
    """Put the cookies of a signed-in browser on an answer."""
    jwt = jwt or clerk.token(session)
    answer.cookies += [set_cookie(clerk, name, value)
                       for name, value in clerk.cookies(session, jwt).items()]
    answer.cookies.append(set_cookie(clerk, CLIENT, session.client, clerk.prefix or "/", True))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def signed_out(clerk, answer):
    for twin in ("", "_" + clerk.suffix):
        answer.cookies += [set_cookie(clerk, "__session" + twin, ""),
                           set_cookie(clerk, "__client_uat" + twin, "0")]
    answer.cookies.append(set_cookie(clerk, CLIENT, "", clerk.prefix or "/", True))
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- where browsers may come from and go to -------------------------------------------------

def target_of(clerk, text):
    """A checked redirect_url, "" for none."""
    if not text:
        return ""
    target = safe_target(text, clerk.origin, clerk.config.allow_return_to)
    if not target:
        raise ClerkError(422, "invalid_url", "is invalid", "redirect_url is not an address of "
                         "this application's; --allow-return-to makes it one")
    return target


def home(clerk):
    """Behind a prefix the site itself is at the root; alone there is only us."""
    return clerk.config.default_return_to or (
        clerk.origin + "/" if clerk.prefix else clerk.url("/user"))


def from_our_pages(clerk, request):
    """ClerkError for a request that another site made a browser send."""
    origin = request.get("origin")
    if origin and not safe_target(origin + "/", clerk.origin, clerk.config.allow_return_to):
        raise ClerkError(403, "origin_invalid", "Invalid HTTP Origin header",
                         "The origin is not one of this application's")


def posted(clerk, request):
    from_our_pages(clerk, request)
    try:
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    except ValueError:
        raise ClerkError(400, "request_body_invalid", "Request body invalid") from None


def wants_json(request):
    return "application/json" in request.get("accept")


# -- pages ----------------------------------------------------------------------------------

FIELDS = {
    "first_name": ("First name", "text", "given-name", False),
    "last_name": ("Last name", "text", "family-name", False),
    "email": ("E-mail", "email", "email", True),
    "password": ("Password", "password", "current-password", True),
}


def field(name, value, first, new):
    label, type, complete, required = FIELDS[name]
    complete = "new-password" if new and type == "password" else complete
    extra = (" required" if required else "") + (" autofocus" if first else "")
    shown = "" if type == "password" else f' value="{esc(value)}"'
    return (f'<label for="{name}">{label}</label>\n<input id="{name}" name="{name}" '
            f'type="{type}" autocomplete="{complete}"{shown}{extra}>\n')


def link(clerk, path, text, target):
    return f'<a href="{esc(clerk.url(path, **({"redirect_url": target} if target else {})))}">' \
           f"{esc(text)}</a>"


def form_page(clerk, heading, path, names, given, wrong="", below=""):
    note = f'<p class="note error" role="alert">{esc(wrong)}</p>' if wrong else ""
    fields = "".join(field(name, given.get(name, ""), at == 0, "first_name" in names)
                     for at, name in enumerate(names))
    target = given.get("redirect_url", "")
    return page(clerk.app, heading, note, f'<form method="post" action="{esc(clerk.url(path))}">\n'
                f'<input type="hidden" name="redirect_url" value="{esc(target)}">\n{fields}'
                f'<button type="submit">{esc(heading)}</button>\n</form>\n', below,
                status=422 if wrong else 200)


def sign_in_form(clerk, given, wrong=""):
    return form_page(clerk, "Sign in", "/sign-in", ("email", "password"), given, wrong,
                     '<p class="soft">No account yet? ' + link(
                         clerk, "/sign-up", "Sign up", given.get("redirect_url")) + "</p>")


def sign_up_form(clerk, given, wrong=""):
    return form_page(clerk, "Sign up", "/sign-up", tuple(FIELDS), given, wrong,
                     '<p class="soft">No e-mail is sent: the address counts as verified.</p>'
                     '<p class="soft">Have an account? ' + link(
                         clerk, "/sign-in", "Sign in", given.get("redirect_url")) + "</p>")


def show(form):
    """GET of a form; who is signed in goes on, with a fresh token."""
    def handler(clerk, request):
        target = target_of(clerk, request.param("redirect_url"))
        session = client_session(clerk, request)
        if session:
            return signed_in(clerk, redirect(request, target or home(clerk)), session)
        return form(clerk, {"redirect_url": target})
    return handler


def enter(clerk, request, user, target):
    parts = urlsplit(target or home(clerk))
    before = client_session(clerk, request)
    if before:
        clerk.end_session(before, "ended")
    session = clerk.add_session(user, f"{parts.scheme}://{parts.netloc}")
    return signed_in(clerk, redirect(request, target or home(clerk)), session)


def sign_in(clerk, request):
    given = posted(clerk, request)
    target = target_of(clerk, given.get("redirect_url"))
    user = clerk.find_by_email(given.get("email", ""))
    if not (user and user.password and check_password(given.get("password", ""), user.password)):
        return sign_in_form(clerk, given, "The e-mail address or the password is wrong.")
    if user.banned:
        return sign_in_form(clerk, given, "This account is banned.")
    return enter(clerk, request, user, target)


def sign_up(clerk, request):
    given = posted(clerk, request)
    target = target_of(clerk, given.get("redirect_url"))
    email, password = given.get("email", "").strip(), given.get("password", "")
    if not all(email.partition("@")) or any(c.isspace() for c in email):
        return sign_up_form(clerk, given, "Enter a valid e-mail address.")
    if len(password) < MIN_PASSWORD:
        return sign_up_form(clerk, given,
                            f"The password must have at least {MIN_PASSWORD} characters.")
    if clerk.find_by_email(email):
        return sign_up_form(clerk, given, "That e-mail address has an account already.")
    user = clerk.add_user(email=email, password=hash_password(password),
                          first_name=given.get("first_name", "").strip() or None,
                          last_name=given.get("last_name", "").strip() or None)
    return enter(clerk, request, user, target)


def user_page(clerk, request):
    session = client_session(clerk, request)
    target = target_of(clerk, request.param("redirect_url"))
    if session is None:
        return redirect(request, clerk.url("/sign-in", redirect_url=target or clerk.url("/user")))
    user = clerk.users[session.user_id]
    name = " ".join(filter(None, (user.first_name, user.last_name)))
    return page(clerk.app, "Your account", f"<p>{esc(name or user.email or user.id)}<br>"
                f'<span class="soft">{esc(user.email)}</span></p>'
                f'<form method="post" action="{esc(clerk.url("/client/sign-out"))}">'
                f'<input type="hidden" name="redirect_url" value="{esc(target)}">'
                '<button type="submit">Sign out</button></form>'
                f'<p><a href="{esc(target or home(clerk))}">Back</a></p>')


def root(clerk, request):
    return redirect(request, clerk.url("/user"))


# -- for scripts ------------------------------------------------------------------------------

def sign_out(clerk, request):
    target = target_of(clerk, posted(clerk, request).get("redirect_url"))
    session = client_session(clerk, request)
    if session:
        clerk.end_session(session, "ended")
    json = wants_json(request)
    return signed_out(clerk, empty() if json else redirect(request, target or home(clerk)))


def no_session():
    return ClerkError(401, "signed_out", "Signed out", "You are signed out")


def fresh_token(clerk, request):
    """A new token, in __session as well as in the answer."""
    from_our_pages(clerk, request)
    session = client_session(clerk, request)
    if session is None:
        return signed_out(clerk, no_session().response(request))
    jwt = clerk.token(session)
    return signed_in(clerk, reply({"jwt": jwt, "session_id": session.id,
                                   "expires_in": clerk.config.clerk_token_lifespan}),
                     session, jwt)


def client(clerk, request):
    """Clerk's own: who is signed in here."""
    session = client_session(clerk, request)
    rows = []
    if session:
        user = user_shape(clerk.users[session.user_id])
        del user["private_metadata"]
        rows.append({**session_shape(session), "user": user})
    return reply({"response": {
        "object": "client", "id": session.client_id if session else None, "sessions": rows,
        "last_active_session_id": session.id if session else None}, "client": None})


def client_token(clerk, request, id):
    """Clerk's own: a token as JSON; cookies are the script's business."""
    from_our_pages(clerk, request)
    session = client_session(clerk, request)
    if session is None:
        raise no_session()
    if session is not the_session(clerk, id):
        raise ClerkError(404, "resource_not_found", "not found", "No such session of this client")
    return reply({"object": "token",
                  "jwt": clerk.token(session, azp=request.get("origin") or None)})


ROUTES = {
    ("",): {"GET": root},
    ("sign-in",): {"GET": show(sign_in_form), "POST": sign_in},
    ("sign-up",): {"GET": show(sign_up_form), "POST": sign_up},
    ("user",): {"GET": user_page},
    ("client", "sign-out"): {"POST": sign_out},
    ("client", "token"): {"GET": fresh_token, "POST": fresh_token},
    ("v1", "client"): {"GET": client},
    ("v1", "client", "sessions", "*", "tokens"): {"POST": client_token},
}
