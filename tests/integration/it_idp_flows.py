#!/usr/bin/env python3
"""The local identity provider: registration, login, settings and logout.

Native flows as an app uses them, browser flows with pages, cookies and CSRF as
a browser does.
"""

import html
import json
import re
from urllib.parse import urlencode, urlsplit

from idp_world import (PASSWORD, WHO, ada, fresh_email, get, idp, last_case, login, native,
                       post_json, public, registration)
from idp import totp
from rawhttp import request
from tap import case, cases, contains, is_, isnt, like, ok, run, wait_for

JSON = ("Accept", "application/json")
INVALID = ("The provided credentials are invalid, check for spelling mistakes in your password or "
           "username, email address, or phone number.")


def messages(answer):
    body = answer.json()
    found = body["ui"].get("messages", [])
    for node in body["ui"]["nodes"]:
        found = found + node["messages"]
    return [(m["id"], m["text"]) for m in found]


class Browser:
    """Cookies, redirects, and forms; scripts have no part in these pages."""

    def __init__(self):
        self.cookies, self.path, self.page = {}, "", None

    def go(self, url, form=None, follow=True, accept="text/html"):
        for _ in range(10):
            headers = [("Accept", accept)]
            if self.cookies:
                headers.append(("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items())))
            body = None
            if form is not None:
                headers.append(("Content-Type", "application/x-www-form-urlencoded"))
                body = urlencode(form).encode()
            self.path = url.removeprefix(idp.public)
            answer = request(public(), "POST" if form is not None else "GET", self.path, headers,
                             body)
            for line in answer.all("Set-Cookie"):
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
                if "Max-Age=0" in line:
                    del self.cookies[name]
            self.page = answer
            url, form = answer.get("Location"), None
            if answer.status not in (302, 303) or not follow or not url.startswith(idp.public):
                return answer
        raise AssertionError("too many redirects")

    def submit(self, button, follow=True, **typed):
        """Fill the form that has this button (its value) and press it."""
        text = self.page.body.decode()
        for action, inside in re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>',
                                         text, re.S):
            pressed = re.search(rf'<button type="submit" name="(\w+)" value="{button}"', inside)
            if pressed:
                form = {}
                for field in re.findall(r"<input [^>]+>", inside):
                    at = dict(re.findall(r'(\w+)="([^"]*)"', field))
                    form[at["name"]] = html.unescape(at.get("value", ""))
                form[pressed.group(1)] = button
                form |= {name.replace("__", "."): value for name, value in typed.items()}
                return self.go(html.unescape(action), form, follow)
        raise AssertionError(f"no form with a button {button}: {text}")

    def whoami(self):
        return get(WHO, ("Cookie", "; ".join(f"{k}={v}" for k, v in self.cookies.items())))


def signed_up(email, target="/self-service/registration/browser"):
    browser = Browser()
    browser.go(target)
    browser.submit("password", follow=False, traits__email=email, traits__name="Ann",
                   password=PASSWORD)
    return browser


# -- native ----------------------------------------------------------------------------

@case("native registration: a flow, then a token and a session that whoami knows")
def _():
    email = fresh_email()
    flow = get("/self-service/registration/api").json()
    is_((flow["type"], flow["ui"]["method"], flow["state"]), ("api", "POST", "choose_method"))
    is_(flow["ui"]["action"], f"{idp.public}/self-service/registration?flow={flow['id']}")
    is_([n["attributes"]["name"] for n in flow["ui"]["nodes"]],
        ["csrf_token", "traits.email", "traits.name", "password", "method"])
    answer = registration(email, name={"first": "A", "last": "B"})
    body = answer.json()
    is_(answer.status, 200)
    is_(list(body), ["session_token", "session", "identity", "continue_with"])
    like(body["session_token"], r"^ory_st_[A-Za-z0-9]{32}$")
    is_(body["continue_with"][0]["ory_session_token"], body["session_token"])
    seen = get(WHO, ("X-Session-Token", body["session_token"])).json()
    is_(seen["identity"]["traits"], {"email": email, "name": {"first": "A", "last": "B"}})


@case("native login: a flow, then session_token and session; another session each time")
def _():
    email = fresh_email()
    first = registration(email).json()
    flow = get("/self-service/login/api").json()
    is_(list(flow), ["id", "organization_id", "type", "expires_at", "issued_at", "request_url",
                     "ui", "created_at", "updated_at", "refresh", "requested_aal", "state"])
    is_(get("/self-service/login/flows?id=" + flow["id"]).json(), flow)
    answer = login(email.upper())
    is_(answer.status, 200)
    is_(list(answer.json()), ["session_token", "session", "continue_with"])
    isnt(answer.json()["session"]["id"], first["session"]["id"])
    is_(answer.json()["session"]["identity"]["id"], first["identity"]["id"])


@cases("native login, {0}: 400 with the flow and message 4000006",
       [("a wrong password", "wrong horse"), ("the empty user", PASSWORD)])
def _(what, password):
    email = fresh_email()
    if "password" in what:
        registration(email)
    answer = login(email, password)
    is_(answer.status, 400)
    is_(answer.get("Content-Type"), "application/json; charset=utf-8")
    is_(messages(answer), [(4000006, INVALID)])
    ok(password not in answer.body.decode(), "the password is not echoed")


@cases("registration, {0}: message {1}", [
    ("no e-mail", 4000002, {"traits": {}, "password": PASSWORD}),
    ("no e-mail in it", 4000040, {"traits": {"email": "x"}, "password": PASSWORD}),
    ("a number as e-mail", 4000040, {"traits": {"email": 7}, "password": PASSWORD}),
    ("a short password", 4000032, {"traits": {"email": "n@x.example"}, "password": "short"}),
    ("no password", 4000002, {"traits": {"email": "n@x.example"}}),
    ("the address as password", 4000031,
     {"traits": {"email": "name@x.example"}, "password": "Name@x.example"}),
    ("a taken address", 4000007, {"traits": {"email": "ADA@example.org"}, "password": PASSWORD}),
    ("no method", 4010003, {"method": "", "traits": {}}),
])
def _(what, id, body):
    answer = native("registration", {"method": "password", **body})
    is_(answer.status, 400)
    is_([m[0] for m in messages(answer)], [id])


@cases("native login with {0}: 400 unless strict_native is off", [
    ("Origin", ("Origin", "http://localhost:4000"), 400),
    ("a cookie", ("Cookie", "a=b"), 400), ("a Cloudflare cookie", ("Cookie", "__cf_bm=x"), 200)])
def _(what, header, status):
    email = fresh_email()
    registration(email)
    answer = login(email, PASSWORD, header)
    is_(answer.status, status)
    if status == 400:
        is_(messages(answer)[0][0], 4000001)
        contains(messages(answer)[0][1], f'included the "{header[0]}" key')
        idp.config(strict_native=False)
        is_(login(email, PASSWORD, header).status, 200)
        idp.config(strict_native=True)


@case("an expired flow: 410 with a fresh one to go on with")
def _():
    email = fresh_email()
    registration(email)
    idp.config(flow_lifespan="1ms")
    flow = get("/self-service/login/api").json()
    idp.config(flow_lifespan="1h")
    wait_for(lambda: get("/self-service/login/flows?id=" + flow["id"]).status == 410, 2, "410")
    answer = post_json(flow["ui"]["action"], {"method": "password", "identifier": email,
                                              "password": PASSWORD})
    body = answer.json()
    is_((answer.status, body["error"]["id"]), (410, "self_service_flow_expired"))
    is_(list(body), ["error", "expired_at", "since", "use_flow_id"])
    fresh = get("/self-service/login/flows?id=" + body["use_flow_id"])
    is_(messages(fresh)[0][0], 4010001)


@cases("{0}: {2}", [
    ("an unknown flow", "/self-service/login?flow=x", 404, {"method": "password"}),
    ("no flow", "/self-service/login", 404, {"method": "password"}),
    ("a flow of another kind", "registration", 404, {"method": "password"}),
    ("a body that is no object", "login", 400, [1])])
def _(what, target, status, body):
    if not target.startswith("/"):
        flow = get(f"/self-service/{target}/api").json()["id"]
        target = "/self-service/login?flow=" + flow
    is_(post_json(target, body).status, status)


@case("a session already there: 400 session_already_available; refresh asks again, same session")
def _():
    email = fresh_email()
    body = registration(email).json()
    header = ("X-Session-Token", body["session_token"])
    answer = get("/self-service/login/api", header)
    is_((answer.status, answer.json()["error"]["id"]), (400, "session_already_available"))
    again = login(email, PASSWORD, header, init=[header], query="?refresh=true")
    is_(again.status, 200)
    is_((again.json()["session"]["id"], again.json()["session_token"]),
        (body["session"]["id"], body["session_token"]))
    ok(again.json()["session"]["authenticated_at"] > body["session"]["authenticated_at"], "later")


@case("a disabled identity cannot sign in: 401, message 4010011")
def _():
    email = fresh_email()
    idp.disable(registration(email).json()["identity"]["id"])
    answer = login(email)
    is_((answer.status, [m[0] for m in messages(answer)]), (401, [4010011]))


@case("the second factor, natively: the identity is withheld until the code was given")
def _():
    who = idp.user(password=PASSWORD, aal2=True)
    is_(get("/self-service/login/api?aal=aal2").json()["error"]["id"], "session_aal1_required")
    body = login(who.email).json()
    is_((body["session"]["authenticator_assurance_level"], body["session"]["identity"]),
        ("aal1", None))
    header = ("X-Session-Token", body["session_token"])
    wrong = native("login", {"method": "totp", "totp_code": "000000x"}, header, init=[header],
                   query="?aal=aal2")
    is_((wrong.status, [m[0] for m in messages(wrong)][-1]), (400, 4000008))
    right = native("login", {"method": "totp", "totp_code": totp(who.totp_secret)}, header,
                   init=[header], query="?aal=aal2")
    is_((right.status, right.json()["session"]["id"]), (200, body["session"]["id"]))
    is_(get(WHO, header).json()["authenticator_assurance_level"], "aal2")


@case("native logout: 204, then 401; an unknown token 403")
def _():
    who = idp.user()
    for token, status in ((who.token, 204), ("ory_st_unknown", 403)):
        answer = request(public(), "DELETE", "/self-service/logout/api",
                         [("Content-Type", "application/json")],
                         json.dumps({"session_token": token}).encode())
        is_(answer.status, status)
    is_(get(WHO, ("X-Session-Token", who.token)).status, 401)


@case("one's own sessions: list the others, revoke one, revoke all others")
def _():
    who = idp.user()
    others = [idp.new_session(who.id) for _ in range(3)]
    header = ("X-Session-Token", who.token)
    is_({s["id"] for s in get("/sessions", header).json()}, {o.session_id for o in others})
    is_(get("/sessions/" + others[0].session_id, header, method="DELETE").status, 204)
    is_(get("/sessions/" + who.session_id, header, method="DELETE").status, 400)
    is_(get("/sessions/" + ada.session_id, header, method="DELETE").status, 404)
    is_(get("/sessions", header, method="DELETE").body, b'{"count":2}\n')
    is_([get(WHO, ("X-Session-Token", o.token)).status for o in others], [401] * 3)
    is_(get("/sessions").status, 401)


# -- browser ---------------------------------------------------------------------------

@case("in a browser: sign up, be sent back, sign out, sign in")
def _():
    email, browser = fresh_email(), Browser()
    browser.go("/self-service/registration/browser?return_to=" + idp.public + "/ui/")
    like(browser.path, "^/ui/registration\\?flow=")
    like(browser.page.body, 'lang="en".*<label for="password-traits.email">E-Mail</label>.*'
                            "local identity provider for development")
    is_(browser.page.get("Content-Type"), "text/html; charset=utf-8")
    like(browser.page.get("Content-Security-Policy"), "default-src 'none'")
    browser.submit("password", traits__email=email, traits__name="<b>Ann", password=PASSWORD)
    is_((browser.path, browser.page.status), ("/ui/", 200))
    contains(browser.page.body.decode(), email)
    is_(browser.whoami().json()["identity"]["traits"], {"email": email, "name": "<b>Ann"})
    url = browser.go("/self-service/logout/browser", accept="application/json").json()
    is_(url["logout_url"], f"{idp.public}/self-service/logout?token={url['logout_token']}")
    old = browser.cookies["ory_kratos_session"]
    browser.go(url["logout_url"])
    ok("ory_kratos_session" not in browser.cookies, "the cookie is taken back")
    is_(get(WHO, ("Cookie", "ory_kratos_session=" + old)).status, 401)
    browser.go("/self-service/login/browser")
    browser.submit("password", identifier=email, password="wrong horse")
    like(browser.page.body, 'role="alert">The provided credentials are invalid')
    contains(browser.page.body.decode(), f'value="{email}"')
    browser.submit("password", identifier=email, password=PASSWORD)
    is_(browser.whoami().status, 200)


@cases("logout with {0}: {1}, and nobody is signed out", [
    ("no token", 400, ""), ("a wrong token", 403, "?token=ory_lo_x"), ("no session", 401, None)])
def _(what, status, query):
    who, other = idp.user(), idp.user()
    headers = [JSON] if query is None else [JSON, ("Cookie", who.cookie)]
    if query is None:
        url = get("/self-service/logout/browser", JSON, ("Cookie", other.cookie)).json()
        query = "?token=" + url["logout_token"]
    is_(get("/self-service/logout" + query, *headers).status, status)
    is_([get(WHO, ("Cookie", u.cookie)).status for u in (who, other)], [200, 200])


@case("field errors stand beside their field; hostile text is escaped")
def _():
    browser = Browser()
    browser.go("/self-service/registration/browser")
    browser.submit("password", traits__email='"><script>x</script>', password="short")
    text = browser.page.body.decode()
    like(text, 'aria-invalid="true" aria-describedby="password-traits.email-wrong"')
    like(text, 'id="password-traits.email-wrong" role="alert">Enter a valid email address')
    ok("<script" not in text, "no script got in")


@cases("CSRF: a form {0} is refused", ["without the cookie", "with another one's cookie",
                                       "without the token", "with another one's token"])
def _(what):
    email, browser, other = fresh_email(), Browser(), Browser()
    registration(email)
    flow = browser.go("/self-service/login/browser", accept="application/json").json()
    theirs = other.go("/self-service/login/browser", accept="application/json").json()
    form = {"method": "password", "identifier": email, "password": PASSWORD,
            "csrf_token": flow["ui"]["nodes"][0]["attributes"]["value"]}
    if "cookie" in what:
        browser.cookies = other.cookies if "another" in what else {}
    else:
        form["csrf_token"] = theirs["ui"]["nodes"][0]["attributes"]["value"] \
            if "another" in what else ""
    answer = browser.go(flow["ui"]["action"], form, accept="application/json", follow=False)
    is_((answer.status, answer.json()["error"]["id"]), (403, "security_csrf_violation"))
    ok("ory_kratos_session" not in browser.cookies, "no session")
    page = browser.go(flow["ui"]["action"], form)
    like(browser.path, "^/ui/error\\?id=")
    like(page.body, "Cross-Site-Request-Forgery")


@case("a page of somebody else's flow starts a new one instead")
def _():
    browser, other = Browser(), Browser()
    browser.go("/self-service/login/browser")
    mine = browser.path
    other.go("/self-service/login/browser")
    other.go(mine)
    like(other.path, "^/ui/login\\?flow=")
    isnt(other.path, mine)


@case("single-page apps: JSON instead of redirects, the session in a cookie, no token")
def _():
    email, browser = fresh_email(), signed_up(fresh_email())
    registration(email)
    browser = Browser()
    flow = browser.go("/self-service/login/browser", accept="application/json").json()
    is_(flow["type"], "browser")
    answer = browser.go(flow["ui"]["action"], {
        "method": "password", "identifier": email, "password": PASSWORD,
        "csrf_token": flow["ui"]["nodes"][0]["attributes"]["value"]}, accept="application/json")
    is_(list(answer.json()), ["session", "continue_with"])
    is_(answer.json()["continue_with"][0]["action"], "redirect_browser_to")
    is_(browser.whoami().json()["id"], answer.json()["session"]["id"])
    again = browser.go("/self-service/login/browser", accept="application/json")
    is_((again.status, again.json()["error"]["id"]), (400, "session_already_available"))
    token = browser.go("/self-service/logout/browser", accept="application/json").json()
    answer = browser.go("/self-service/logout?token=" + token["logout_token"],
                        accept="application/json")
    is_((answer.status, browser.whoami().status), (204, 401))
    is_(browser.go("/self-service/logout/browser", accept="application/json").status, 401)


@cases("return_to {0} is {1}", [
    ("{public}/ui/?x=1", "allowed"), ("/ui/", "allowed"), ("https://app.example/in/x", "allowed"),
    ("https://app.example/", "refused"), ("http://app.example/in/", "refused"),
    ("https://app.example.evil/in/", "refused"), ("//evil.example/", "refused"),
    ("/\\evil.example/", "refused"), ("\\\\evil.example", "refused"), ("javascript:x", "refused"),
    ("https://app.example@evil.example/in/", "refused"), ("{public}@evil.example/", "refused"),
    ("https:evil.example/in/", "refused"), ("/\t/evil.example", "refused")])
def _(target, verdict):
    idp.config(allow_return_to=["https://app.example/in/"])
    target = target.replace("{public}", idp.public)
    answer = get("/self-service/login/browser?" + urlencode({"return_to": target}), JSON)
    idp.config(allow_return_to=[])
    if verdict == "allowed":
        like(answer.json()["return_to"], re.escape(target) + "$")
    else:
        is_((answer.status, answer.json()["error"]["id"]),
            (400, "self_service_flow_return_to_forbidden"))


@case("a signed-in browser is sent straight back; aal2 is asked for with the code on the page")
def _():
    browser = signed_up(fresh_email())
    answer = browser.go("/self-service/login/browser?return_to=/ui/", follow=False)
    is_((answer.status, answer.get("Location")), (303, idp.public + "/ui/"))
    browser.go("/self-service/settings/browser")
    like(browser.page.body, "Second factor")
    code = re.search(r"here is the code: <code>(\d{6})</code>", browser.page.body.decode()).group(1)
    browser.submit("totp", totp_code=code)
    contains(browser.page.body.decode(), "Your changes have been saved!")
    is_(browser.whoami().json()["authenticator_assurance_level"], "aal2")
    email = browser.whoami().json()["identity"]["traits"]["email"]
    browser = Browser()
    browser.go("/self-service/login/browser?return_to=/ui/")
    browser.submit("password", identifier=email, password=PASSWORD)
    like(browser.page.body, "<h1>Second step</h1>")
    is_(browser.whoami().status, 403)
    code = re.search(r"<code>(\d{6})</code>", browser.page.body.decode()).group(1)
    browser.submit("totp", totp_code=code)
    is_((browser.path, browser.whoami().status), ("/ui/", 200))


@case("who is asked for a second factor and has none can set one up, and goes on")
def _():
    browser = signed_up(fresh_email())
    browser.go("/self-service/login/browser?aal=aal2&return_to=/ui/")
    text = browser.page.body.decode()
    contains(text, "Your account has no second factor yet.")
    browser.go(html.unescape(re.search(r'<a href="([^"]*)">Set one up</a>', text).group(1)))
    code = re.search(r"<code>(\d{6})</code>", browser.page.body.decode()).group(1)
    browser.submit("totp", totp_code=code)
    is_(browser.path, "/ui/")
    is_(browser.whoami().json()["authenticator_assurance_level"], "aal2")


@case("settings: another name, another password, and both hold")
def _():
    email = fresh_email()
    browser = signed_up(email)
    browser.go("/self-service/settings/browser")
    browser.submit("profile", traits__email=email, traits__name="Nova")
    is_(browser.whoami().json()["identity"]["traits"]["name"], "Nova")
    browser.submit("password", password="short")
    like(browser.page.body, "must be at least 8 characters long, but got 5")
    browser.submit("password", password="another horse")
    is_((login(email).status, login(email, "another horse").status), (400, 200))
    stranger = Browser()
    stranger.go("/self-service/settings/browser")
    like(stranger.path, "^/ui/login")


@case("every page says what this is; sign-out asks first; no recovery is claimed")
def _():
    browser = signed_up(fresh_email())
    for path in ("/", "/ui/", "/ui/logout", "/ui/recovery", "/ui/error?id=x",
                 "/self-service/recovery/browser", "/self-service/settings/browser"):
        answer = browser.go(path)
        is_(answer.status, 200, path)
        contains(answer.body.decode(), "local identity provider for development")
    is_(browser.whoami().status, 200)


@case("behind a prefix every address has it, and cookies stay at /")
def _():
    from idp import Idp
    with Idp("--base-url", "http://localhost:4000/.ory", "--title", "Shop", keep=False) as other:
        here = ("127.0.0.1", other.public_port)
        answer = request(here, "GET", "/self-service/login/browser")
        like(answer.get("Location"), r"^http://localhost:4000/\.ory/ui/login\?flow=")
        like(answer.get("Set-Cookie"), r"^csrf_token_[0-9a-f]{64}=[^;]+; Path=/; ")
        page = request(here, "GET", answer.get("Location").removeprefix(
            "http://localhost:4000/.ory"), [("Cookie", answer.get("Set-Cookie").split(";")[0])])
        urls = re.findall(r'(?:href|action)="([^"]+)"', page.body.decode())
        ok(len(urls) >= 2 and all(u.startswith("http://localhost:4000/.ory/") for u in urls),
           "all addresses", urls)
        contains(page.body.decode(), "<title>Sign in · Shop · local identity provider")
        answer = request(here, "GET", "/self-service/logout/browser"
                         "?return_to=http://localhost:4000/", [("Cookie", other.user().cookie)])
        like(answer.json()["logout_url"],
             r"^http://localhost:4000/\.ory/self-service/logout\?token=")
        home = request(here, "GET", urlsplit(answer.json()["logout_url"]).path.removeprefix("/.ory")
                       + "?token=x", [JSON])
        is_(home.status, 401)


last_case()

if __name__ == "__main__":
    run()
