#!/usr/bin/env python3
"""The local identity provider's stand-in for Clerk: what browsers do there."""

import time
from urllib.parse import quote, urlencode

from idp_clerk_world import SITE, about, api, clerk, error_of, idp, last_case, openssl_says
from idp import Idp, claims_of
from tap import case, cases, contains, is_, isnt, like, ok, run

TWIN = "_" + about["suffix"]
COOKIES = ["__session", "__client_uat", "__session" + TWIN, "__client_uat" + TWIN, "__client"]
PASSWORD = "correct horse"
FORM = "Content-Type", "application/x-www-form-urlencoded"
BACK = SITE + "/app?a=1&b=2"


class Browser:
    """Keeps cookies as a browser does; the paths of all but one are "/"."""

    def __init__(self, **where):
        self.jar, self.where, self.attributes = {}, where, {}

    def ask(self, target, *headers, method="GET", **form):
        if self.jar:
            headers += (("Cookie", "; ".join(f"{n}={v}" for n, v in self.jar.items())),)
        body = urlencode(form).encode() if form else None
        answer = api(target, *headers, *([FORM] if form else []), method=method, body=body,
                     **self.where)
        for line in answer.all("set-cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            self.attributes[name] = attributes
            if "Max-Age=0" in attributes:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
        return answer

    def sign_up(self, email, **form):
        return self.ask("/sign-up", method="POST", email=email, password=PASSWORD, **form)

    def sign_in(self, email, password=PASSWORD, **form):
        return self.ask("/sign-in", method="POST", email=email, password=password, **form)


def signed_up(**form):
    browser = Browser()
    email = idp.new_email()
    is_(browser.sign_up(email, **form).status, 303)
    return browser, email


@case("the forms: labelled, same-origin, with the way back and a link to each other")
def _():
    for path, other in (("/sign-in", "/sign-up"), ("/sign-up", "/sign-in")):
        answer = api(f"{path}?redirect_url={quote(BACK, '')}")
        is_((answer.status, answer.get("Content-Type")), (200, "text/html; charset=utf-8"))
        contains(answer.body, b'action="%b%b"' % (clerk.url.encode(), path.encode()))
        contains(answer.body.decode(),
                 f'name="redirect_url" value="{BACK.replace("&", "&amp;")}"')
        contains(answer.body, b'href="%b%b?redirect_url=' % (clerk.url.encode(), other.encode()))
        for name in ("email", "password"):
            contains(answer.body, b'<label for="%b">' % name.encode())
        like(answer.get("Content-Security-Policy"), "default-src 'none'")
        is_(answer.all("set-cookie"), [])


@case("signing up: five cookies, back to the site, an account with a verified address")
def _():
    browser, email = Browser(), idp.new_email()
    answer = browser.sign_up(email, first_name=" Ada ", last_name="", redirect_url=BACK)
    is_((answer.status, answer.get("Location"), answer.get("Cache-Control")),
        (303, BACK, "no-store"))
    is_(sorted(browser.jar), sorted(COOKIES))
    for name in ("__session", "__client_uat"):
        is_(browser.jar[name], browser.jar[name + TWIN])
        is_(browser.attributes[name], ["Path=/", "Max-Age=31536000", "SameSite=Lax"])
    is_(browser.attributes["__client"][-1], "HttpOnly")
    token = browser.jar["__session"]
    claims = claims_of(token)
    is_((claims["azp"], claims["exp"] - claims["iat"]), (SITE, 60))
    ok(int(browser.jar["__client_uat"]) <= claims["iat"], "uat", claims)
    is_(openssl_says(token, about["jwt_key"]), "Verified OK")
    user = api("/v1/users/" + claims["sub"], ("Authorization", "Bearer " + about["secret_key"]))
    is_((user.json()["first_name"], user.json()["last_name"], user.json()["password_enabled"],
         user.json()["email_addresses"][1]["email_address"]), ("Ada", None, True, email))


@cases("signing up with {0} shows the form again", [
    ({"email": "nonsense"}, b"valid e-mail"), ({"email": "a@b c"}, b"valid e-mail"),
    ({"password": "short"}, b"at least 8"), ({"email": "taken@example.org"}, b"already")])
def _(wrong, text):
    if wrong.get("email") == "taken@example.org":
        clerk.user("taken@example.org")
    browser = Browser()
    answer = browser.ask("/sign-up", method="POST", **{
        "email": idp.new_email(), "password": PASSWORD, "first_name": '"><b>', **wrong})
    is_((answer.status, browser.jar), (422, {}))
    contains(answer.body, text)
    contains(answer.body, b'value="&quot;&gt;&lt;b&gt;"')
    ok(PASSWORD.encode() not in answer.body, "a password is never shown")


@case("signing in, with the right password only, and not when banned")
def _():
    who = clerk.user(password=PASSWORD)
    for email, password in ((who.email, "wrong horse"), (idp.new_email(), PASSWORD), ("", "")):
        browser = Browser()
        answer = browser.sign_in(email, password)
        is_((answer.status, browser.jar), (422, {}))
        contains(answer.body, b"or the password is wrong")
    browser = Browser()
    answer = browser.sign_in(who.email.upper(), redirect_url=BACK)
    is_((answer.status, answer.get("Location")), (303, BACK))
    is_(claims_of(browser.jar["__session"])["sub"], who.id)
    isnt(claims_of(browser.jar["__session"])["sid"], who.session_id, "a session of its own")
    clerk.edit(who, banned=True)
    contains(Browser().sign_in(who.email).body, b"banned")
    is_(browser.ask("/client/token").status, 401, "and the banned one gets no more tokens")


@case("who is signed in goes straight back, with a fresh token")
def _():
    browser, _ = signed_up()
    before = browser.jar["__session"]
    answer = browser.ask("/sign-in?redirect_url=" + quote(BACK, ""))
    is_((answer.status, answer.get("Location")), (303, BACK))
    isnt(browser.jar["__session"], before, "the token")
    is_(claims_of(browser.jar["__session"])["sid"], claims_of(before)["sid"])


@case("GET /client/token: a fresh token in the answer and in both cookies")
def _():
    browser, _ = signed_up(redirect_url=BACK)
    before = claims_of(browser.jar["__session"])
    answer = browser.ask("/client/token")
    is_((answer.status, answer.get("Cache-Control"), sorted(answer.json())),
        (200, "no-store", ["expires_in", "jwt", "session_id"]))
    after = claims_of(answer.json()["jwt"])
    is_((browser.jar["__session"], browser.jar["__session" + TWIN]), (answer.json()["jwt"],) * 2)
    is_((after["sid"], after["azp"], answer.json()["expires_in"]), (before["sid"], SITE, 60))
    isnt(after["jti"], before["jti"], "jti")
    is_(int(browser.jar["__client_uat"]) <= before["iat"], True)


@case("tokens can be made to live shorter")
def _():
    browser, _ = signed_up()
    idp.config(clerk_token_lifespan=2)
    try:
        answer = browser.ask("/client/token").json()
        claims = claims_of(answer["jwt"])
        is_((claims["exp"] - claims["iat"], answer["expires_in"]), (2, 2))
    finally:
        idp.clear()


@case("signing out: uat 0, the rest dropped, and no token any more")
def _():
    for headers, status, location in (((), 303, BACK),
                                      ((("Accept", "application/json"),), 204, None)):
        browser, _ = signed_up()
        stolen = dict(browser.jar)
        answer = browser.ask("/client/sign-out", *headers, method="POST", redirect_url=BACK)
        is_((answer.status, answer.get("Location")), (status, location))
        is_(browser.jar, {"__client_uat": "0", "__client_uat" + TWIN: "0"})
        browser.jar = stolen
        answer = browser.ask("/client/token")
        is_(error_of(answer), (401, "signed_out"))
        is_(browser.jar, {"__client_uat": "0", "__client_uat" + TWIN: "0"})
    is_(Browser().ask("/client/sign-out", method="POST", redirect_url="").status, 303)


@case("the account page: who it is, a button to sign out, to sign-in without a session")
def _():
    browser, email = signed_up(first_name="Eve<", last_name="Online")
    answer = browser.ask("/user?redirect_url=" + quote(BACK, ""))
    is_(answer.status, 200)
    for text in (email, "Eve&lt; Online", f'action="{clerk.url}/client/sign-out"',
                 f'value="{BACK.replace("&", "&amp;")}"'):
        contains(answer.body.decode(), text)
    answer = api("/user")
    is_((answer.status, answer.get("Location")),
        (303, clerk.url + "/sign-in?redirect_url=" + quote(clerk.url + "/user", "")))
    is_(api("/").get("Location"), clerk.url + "/user")


@cases("no way to {0} through redirect_url", [
    ("https://evil.example/",), ("//evil.example/",), ("/\\evil.example",),
    ("http://localhost:4000@evil.example/",), ("http://localhost:4001/",), ("javascript:alert(1)",),
    ("http://localhost:4000.evil.example/",), ("\thttps://evil.example",)])
def _(target):
    path = "/sign-in?redirect_url=" + quote(target, "")
    is_(error_of(api(path)), (422, "invalid_url"))
    browser, _ = signed_up()
    is_(browser.ask(path).status, 422)
    who = clerk.user(password=PASSWORD)
    browser = Browser()
    is_((browser.sign_in(who.email, redirect_url=target).status, browser.jar), (422, {}))
    is_(browser.ask("/client/sign-out", method="POST", redirect_url=target).status, 422)


@cases("another site cannot make a browser POST {0}", [
    ("/sign-in",), ("/sign-up",), ("/client/sign-out",), ("/client/token",)])
def _(path):
    browser, email = signed_up()
    for origin in ("https://evil.example", "null"):
        answer = browser.ask(path, ("Origin", origin), method="POST", email=email,
                             password=PASSWORD)
        is_(error_of(answer), (403, "origin_invalid"))
    answer = browser.ask("/client/token", ("Origin", SITE))
    is_(answer.status, 200, "the session is as it was")


@case("clerk-js's own calls: the client without private metadata, a token as JSON")
def _():
    browser, email = signed_up()
    seen = browser.ask("/v1/client").json()["response"]
    session = seen["sessions"][0]
    is_((seen["object"], seen["last_active_session_id"], session["user"]["email_addresses"][1][
        "email_address"]), ("client", session["id"], email))
    ok("private_metadata" not in session["user"], "private")
    path = f"/v1/client/sessions/{session['id']}/tokens"
    answer = browser.ask(path, ("Origin", SITE), method="POST")
    is_((answer.status, answer.all("set-cookie"), answer.json()["object"]), (200, [], "token"))
    is_(claims_of(answer.json()["jwt"])["azp"], SITE)
    other, _ = signed_up()
    is_(error_of(other.ask(path, method="POST")), (404, "resource_not_found"))
    is_(error_of(Browser().ask(path, method="POST")), (401, "signed_out"))
    is_(Browser().ask("/v1/client").json()["response"]["sessions"], [])


@case("behind a prefix: forms and cookies as the browser sees them")
def _():
    with Idp("--clerk-base-url", "http://localhost:4000/.clerk", clerk=True) as other:
        browser = Browser(port=other.clerk.port)
        contains(browser.ask("/sign-in").body, b'action="http://localhost:4000/.clerk/sign-in"')
        answer = browser.ask("/sign-up", ("Origin", SITE), method="POST", email="a@b.example",
                             password=PASSWORD)
        is_((answer.status, answer.get("Location")), (303, SITE + "/"))
        is_(browser.attributes["__client"][0], "Path=/.clerk")
        is_(browser.attributes["__session"][0], "Path=/")
        is_(claims_of(browser.jar["__session"])["azp"], SITE)
        began = time.monotonic()
        other.restart()
        is_(browser.ask("/client/token").status, 200, "sessions outlive a restart")
        ok(time.monotonic() - began < 10, "soon")


last_case()

if __name__ == "__main__":
    run()
