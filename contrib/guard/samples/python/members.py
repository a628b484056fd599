#!/usr/bin/env python3
"""A guarded endpoint: who is signed in, and one action for a role.

A WSGI application, and a CGI program when it is executed; ../README.md says how to mount it.
"""

import json
import os
import wsgiref.handlers
from html import escape
from urllib.parse import unquote

ADMINS = {"admin", "org:admin"}         # a role of Ory's or an issuer's, and one of Clerk's
# What the web server's recipe sets: AUTH_USER and so on, or, where it passes requests on by
# HTTP, the header X-Auth-User. Never both: one of the two is the client's own.
PREFIX = os.environ.get("GUARD_PREFIX", "AUTH_")

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Your membership</title>
<link rel="stylesheet" href="/style.css">
<script src="/theme.js"></script>
<main class="column"><div class="card">
<h1>Hello, {hello}</h1>
<dl class="facts">
{facts}
</dl>
{form}
<p role="status">{said}</p>
<p><a href="/">Home</a> · <a href="/auth/logout?return_to=%2F">Sign out</a></p>
</div></main>
"""
FORM = ('<form method="post"><p class="actions"><button class="button primary">Announce</button>'
        '</p></form>')


def get_auth_data(environ):
    """Who is signed in, as Gatehouse told the web server; None: nobody asked Gatehouse."""
    if not environ.get(PREFIX + "USER"):
        return None
    who = {name: unquote(environ.get(PREFIX + name.upper(), ""))
           for name in ("user", "provider", "name", "email", "org")}
    roles = environ.get(PREFIX + "ROLES", "")
    who["roles"] = [unquote(role) for role in roles.split(",")] if roles else []
    return who


def page(who, is_admin, said):
    rows = {"roles": ", ".join(who["roles"]), **{n: v for n, v in who.items() if n != "roles"}}
    facts = "\n".join(f"<div><dt>{name}</dt><dd>{escape(value or 'none')}</dd></div>"
                      for name, value in rows.items())
    return PAGE.format(hello=escape(who["name"] or who["email"] or who["user"]), facts=facts,
                       form=FORM if is_admin else "", said=said)


def respond(environ):
    """(status, type, body)"""
    who = get_auth_data(environ)
    if who is None:
        return ("500 Internal Server Error", "text/plain",
                f"The guard is not configured: nobody told this program {PREFIX}USER.\n")
    is_admin, said = not ADMINS.isdisjoint(who["roles"]), ""
    if environ["REQUEST_METHOD"] == "POST":
        # Forms of other sites do not get here: Gatehouse refuses them.
        if not is_admin:
            return "403 Forbidden", "text/plain", "This is for the role admin.\n"
        said = "Announced. (As this is a sample: to nobody.)"
    if "application/json" in environ.get("HTTP_ACCEPT", ""):
        return "200 OK", "application/json", json.dumps({**who, "said": said})
    return "200 OK", "text/html", page(who, is_admin, said)


def application(environ, start_response):
    status, kind, text = respond(environ)
    start_response(status, [("Content-Type", f"{kind}; charset=utf-8"),
                            ("Cache-Control", "private, no-store")])
    return [text.encode()]


if __name__ == "__main__":
    wsgiref.handlers.CGIHandler().run(application)
