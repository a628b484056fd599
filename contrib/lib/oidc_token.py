#!/usr/bin/env python3
"""Get an access token from the quickstart's OpenID provider, as a browser with the sample site
would: authorization code with PKCE, and the provider's forms filled in.

usage: oidc_token.py demo SITE FILE   signs a demo user up, or in again; prints the address, the
                                      password and an access token. The password is made up once
                                      and kept in FILE (JSON, mode 0600).
       oidc_token.py admin SITE FILE  the same for another user
       oidc_token.py token SITE FILE  the same for the user of FILE, prints the token alone

SITE is the sample site, whose /auth/login-info names the provider and the client.
"""

import base64
import hashlib
import html
import json
import re
import secrets
import sys
import urllib.error
import urllib.parse
import urllib.request

from demo_user import Refused, sign_in_or_up

TIMEOUT = 10
FORM = re.compile(r'<form method="post" action="([^"]*)"')


class Browser(urllib.request.HTTPRedirectHandler):
    """Keeps cookies, and stops at the address that the client is sent back to."""

    def __init__(self, back):
        self.back, self.arrived = back, None
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(), self)

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        if newurl.startswith(self.back + "?"):
            self.arrived = urllib.parse.parse_qs(newurl.partition("?")[2])
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)

    def open(self, url, form=None, accept="text/html"):
        """The body of the page where it ends; "" when that is the client's address."""
        data = None if form is None else urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data, {"Accept": accept})
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if self.arrived is not None:
                return ""
            if error.code >= 500:
                raise
            raise Refused(f"the provider answered {error.code}") from error

    def json(self, url, form=None):
        return json.loads(self.open(url, form, "application/json"))


def flow(site, prompt, answer):
    """Sign in (or up, with prompt "create") by the provider's form; gives the access token."""
    back = f"{site}/"
    browser = Browser(back)
    info = browser.json(f"{site}/auth/login-info")
    found = browser.json(f"{info['issuer'].rstrip('/')}/.well-known/openid-configuration")
    verifier = secrets.token_urlsafe(32)
    challenge = hashlib.sha256(verifier.encode()).digest()
    client = {"client_id": info["clientId"], "redirect_uri": back, "resource": info["audience"][0]}
    page = browser.open(found["authorization_endpoint"] + "?" + urllib.parse.urlencode({
        **client, "response_type": "code", "scope": "openid profile email", "prompt": prompt,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256"}))
    form = FORM.search(page)
    if form is None:
        raise ValueError("the provider's page has no form")
    action = urllib.parse.urljoin(found["authorization_endpoint"], html.unescape(form[1]))
    browser.open(action, answer)
    if not browser.arrived or "code" not in browser.arrived:
        raise Refused(f"it ended without a code: {browser.arrived}")
    return browser.json(found["token_endpoint"], {
        **client, "grant_type": "authorization_code", "code": browser.arrived["code"][0],
        "code_verifier": verifier})["access_token"]


def known(site, path, who):
    def sign_in(user):
        return flow(site, "login", {"email": user["email"], "password": user["password"]})

    def sign_up(user):
        return flow(site, "create", {"email": user["email"], "name": user["name"],
                                     "password": user["password"]})
    return sign_in_or_up(path, who, sign_in, sign_up)


def demo(site, path, who="demo"):
    user, token = known(site, path, who)
    print(user["email"], user["password"], token)


def admin(site, path):
    demo(site, path, "admin")


def token_alone(site, path):
    print(known(site, path, "demo")[1])


def main(arguments):
    commands = {("demo", 3): demo, ("admin", 3): admin, ("token", 3): token_alone}
    command = commands.get((arguments[0] if arguments else "", len(arguments)))
    if command is None:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    site, path = arguments[1:]
    try:
        command(site.rstrip("/"), path)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"No token: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
