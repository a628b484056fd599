"""The HTML pages people see: plain, no script, light and dark.

Every address in them is built from the base URL, so the pages work behind a
web server's prefix too. Text from outside goes through `esc`, always.
"""

import hmac
from html import escape

import login
import registration
import settings
import totp
from flows import csrf_of
from whoami import aal_satisfied, current
from wire import ApiError, HTML, Response, redirect

HONEST = "local identity provider for development"

CSS = """
:root{color-scheme:light dark;--bg:#f4f5f7;--card:#fff;--ink:#1b1f24;--soft:#57606a;
--line:#8b949e;--accent:#0b57d0;--on:#fff;--bad:#b3261e;--badbg:#fdecea;--good:#1a6b34;
--goodbg:#e6f4ea;--info:#24476e;--infobg:#e7f0fb}
@media (prefers-color-scheme:dark){:root{--bg:#0f1216;--card:#191d23;--ink:#e6e9ed;
--soft:#a2abb6;--line:#6b7683;--accent:#8ab4f8;--on:#0b1b33;--bad:#ffb4ab;--badbg:#3c1512;
--good:#9ad8ac;--goodbg:#12301c;--info:#b7d0f2;--infobg:#152538}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;
justify-content:center;padding:2rem 1rem;background:var(--bg);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:26rem;background:var(--card);border-radius:.75rem;padding:2rem;
box-shadow:0 1px 2px #0003,0 8px 24px #0001}
h1{margin:0 0 .25rem;font-size:1.5rem;line-height:1.25}h2{margin:2rem 0 .25rem;font-size:1.1rem}
p{margin:.5rem 0}.soft{color:var(--soft)}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{width:100%;padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;
border:1px solid var(--line);border-radius:.4rem}
input[aria-invalid=true]{border-color:var(--bad)}
button,.button{display:block;width:100%;margin-top:1.5rem;padding:.65rem;font:inherit;
font-weight:600;text-align:center;text-decoration:none;color:var(--on);background:var(--accent);
border:1px solid transparent;border-radius:.4rem;cursor:pointer}
button:hover,.button:hover{filter:brightness(1.08)}
form+p{margin-top:1rem}a{color:var(--accent)}a.button{color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.note{margin:1rem 0;padding:.6rem .8rem;border-radius:.4rem;background:var(--infobg);
color:var(--info)}
.note.error{background:var(--badbg);color:var(--bad)}
.note.success{background:var(--goodbg);color:var(--good)}
.wrong{margin:.25rem 0 0;color:var(--bad);font-size:.9rem}
code{font-size:1.05em;letter-spacing:.03em;overflow-wrap:anywhere}
footer{margin-top:1.5rem;color:var(--soft);font-size:.85rem;text-align:center}
"""

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                               "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
}


def esc(text):
    return escape(str(text), quote=True)


def page(app, heading, *parts, status=200):
    title = heading if app.title == HONEST else f"{heading} · {app.title}"
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{esc(title)} · {HONEST}</title>
<style>{CSS}</style>
</head>
<body>
<main>
<h1>{esc(heading)}</h1>
{"".join(parts)}
</main>
<footer>{esc(app.title) + "<br>" if app.title != HONEST else ""}This is a {HONEST}.
Not for real accounts.</footer>
</body>
</html>
"""
    return Response(status, text.encode(), HTML, SECURITY)


def link(app, path, text, **query):
    query = {name: value for name, value in query.items() if value}
    return f'<a href="{esc(app.url(path, **query))}">{esc(text)}</a>'


def notes(messages):
    return "".join(f'<p class="note {esc(m["type"])}" role="'
                   f'{"alert" if m["type"] == "error" else "status"}">{esc(m["text"])}</p>\n'
                   for m in messages)


# -- forms from nodes ---------------------------------------------------------------

def field(item, focus):
    at = item["attributes"]
    if item["type"] == "text":
        return (f'<p class="soft">Secret for an authenticator app:<br>'
                f'<code>{esc(at["text"]["text"])}</code></p>\n')
    name, value = esc(at["name"]), esc(at.get("value", ""))
    if at["type"] == "hidden":
        return f'<input type="hidden" name="{name}" value="{value}">\n'
    label = esc(item["meta"].get("label", {}).get("text", at["name"]))
    if at["type"] == "submit":
        return f'<button type="submit" name="{name}" value="{value}">{label}</button>\n'
    id = f'{item["group"]}-{name}'
    extra = ' required' if at.get("required") else ""
    extra += f' autocomplete="{esc(at["autocomplete"])}"' if at.get("autocomplete") else ""
    extra += ' inputmode="numeric"' if at["name"] == "totp_code" else ""
    extra += ' autofocus' if focus else ""
    below = ""
    if item["messages"]:
        extra += f' aria-invalid="true" aria-describedby="{id}-wrong"'
        texts = " ".join(esc(m["text"]) for m in item["messages"])
        below = f'<p class="wrong" id="{id}-wrong" role="alert">{texts}</p>\n'
    shown = "" if at["type"] == "password" else f' value="{value}"'
    return (f'<label for="{id}">{label}</label>\n<input id="{id}" name="{name}" '
            f'type="{esc(at["type"])}"{shown}{extra}>\n{below}')


def form(ui, groups, focus=True):
    """One form of the nodes of some groups; csrf_token is always among them."""
    wanted = [n for n in ui["nodes"] if n["group"] in groups or n["group"] == "default"]
    visible = [n for n in wanted if n["attributes"].get("type") in ("text", "email", "password")]
    first = next((n for n in visible if n["messages"]), visible[0] if visible else None)
    inside = "".join(field(n, focus and n is first) for n in wanted)
    return f'<form method="post" action="{esc(ui["action"])}">\n{inside}</form>\n'


def code_hint(secret):
    return (f'<p class="note" role="status">As this is a development provider, here is the code: '
            f'<code>{totp.code(secret)}</code> (good for about half a minute)</p>\n')


# -- the pages -----------------------------------------------------------------------

def _flow(app, request, kind):
    """The flow of the page, or where to go for a new one."""
    query = {k: request.param(k) for k in ("return_to", "aal", "refresh") if request.param(k)}
    flow = app.flows.table.get(request.param("flow"))
    if flow is not None and flow.kind == kind and flow.type == "browser":
        if not flow.expired() and hmac.compare_digest(csrf_of(app, request), flow.csrf):
            return flow, None
        if flow.return_to:
            query.setdefault("return_to", flow.return_to)
    return None, redirect(request, app.url(f"/self-service/{kind}/browser", **query))


def login_page(app, request):
    flow, elsewhere = _flow(app, request, "login")
    if elsewhere:
        return elsewhere
    ui = login.shape(app, flow)["ui"]
    if flow.aal == "aal2":
        _, identity = current(app, request)
        later = "<p>" + link(app, "/ui/", "Not now: your account") + "</p>"
        if identity and not identity.totp:
            set_up = link(app, "/self-service/settings/browser", "Set one up",
                          return_to=flow.return_to)
            return page(app, "Second step", "<p>Your account has no second factor yet.</p><p>",
                        set_up, "</p>", later)
        hint = code_hint(identity.totp) if identity else ""
        return page(app, "Second step", notes(flow.messages), hint, form(ui, ("totp",)), later)
    return page(app, "Sign in", notes(flow.messages), form(ui, ("password",)),
                '<p class="soft">No account yet? ',
                link(app, "/self-service/registration/browser", "Sign up",
                     return_to=flow.return_to), "</p>")


def registration_page(app, request):
    flow, elsewhere = _flow(app, request, "registration")
    if elsewhere:
        return elsewhere
    ui = registration.shape(app, flow)["ui"]
    return page(app, "Sign up", '<p class="soft">At least 8 characters for the password.</p>',
                notes(flow.messages), form(ui, ("password",)),
                '<p class="soft">Have an account? ',
                link(app, "/self-service/login/browser", "Sign in", return_to=flow.return_to),
                "</p>")


def settings_page(app, request):
    flow, elsewhere = _flow(app, request, "settings")
    if elsewhere:
        return elsewhere
    session, identity = current(app, request)
    if session is None or identity.id != flow.identity_id \
            or not aal_satisfied(app, session, identity):
        return redirect(request, app.url("/self-service/settings/browser"))
    ui = settings.shape(app, flow)["ui"]
    second = ('<p class="soft">An authenticator code is asked for after the password.</p>'
              if identity.totp else code_hint(flow.totp))
    back = f'<p><a href="{esc(flow.return_to or app.default_return_to())}">Back</a> · '
    return page(app, "Your account", notes(flow.messages),
                "<h2>Profile</h2>", form(ui, ("profile",), False),
                "<h2>New password</h2>", form(ui, ("password",), False),
                "<h2>Second factor</h2>", second, form(ui, ("totp",), False),
                back, _sign_out_link(app, session), "</p>")


def _sign_out_link(app, session):
    return link(app, "/self-service/logout", "Sign out", token=session.logout_token)


def welcome_page(app, request):
    session, identity = current(app, request)
    if session is None:
        return page(app, "Not signed in",
                    f'<p><a class="button" href="{esc(app.url("/self-service/login/browser"))}">'
                    "Sign in</a></p><p>",
                    link(app, "/self-service/registration/browser", "Sign up"), "</p>")
    return page(app, "Signed in", f"<p>as {esc(identity.email or identity.id)} "
                f'<span class="soft">({esc(session.aal)})</span></p><p>',
                link(app, "/self-service/settings/browser", "Settings"), " · ",
                _sign_out_link(app, session), "</p>")


def logout_page(app, request):
    session, _ = current(app, request)
    target = app.check_return_to(request.param("return_to")) or app.default_return_to()
    if session is None:
        return redirect(request, target)
    url = app.url("/self-service/logout", token=session.logout_token, return_to=target)
    return page(app, "Sign out?", f'<p><a class="button" href="{esc(url)}">Sign out</a></p>',
                f'<p><a href="{esc(target)}">Stay signed in</a></p>')


def unavailable_page(app, request):
    return page(app, "Not available here", '<p>E-mails are not sent by this provider, so there is '
                "no recovery and no verification. Make a new account instead, or set the password "
                "through the admin API.</p><p>",
                link(app, "/self-service/login/browser", "Sign in"), "</p>")


def error_page(app, request):
    error = app.errors.get(request.param("id"))
    if error is None:
        error = ApiError(404, "There is no such error, or it is too old.")
    # HTTP 200: the page itself was found; the error belongs to another request.
    return page(app, "That did not work",
                f'<p class="note error" role="alert">{esc(error.reason or error.message)}</p>'
                f'<p class="soft">{esc(error.status)} {esc(error.id)}</p><p>',
                link(app, "/self-service/login/browser", "Sign in"), " · ",
                f'<a href="{esc(app.default_return_to())}">Back</a></p>')


PAGES = {"/": welcome_page, "/ui": welcome_page, "/ui/": welcome_page, "/ui/login": login_page,
         "/ui/registration": registration_page, "/ui/settings": settings_page,
         "/ui/logout": logout_page, "/ui/recovery": unavailable_page,
         "/ui/verification": unavailable_page, "/ui/error": error_page}
