"""A running identity provider with two users, and how the it_idp tests talk to it."""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

from idp import Idp                                                       # noqa: E402
from rawhttp import request                                               # noqa: E402
from tap import case, ok                                                  # noqa: E402

idp = Idp()
ada = idp.user("ada@example.org", name="Ada & <Lovelace>")
bob = idp.user("bob@example.org", traits={"name": {"first": "Bob", "last": "B"}}, verified=True)
WHO = "/sessions/whoami"
PASSWORD = "correct horse"
count = iter(range(10**6))

E1 = (b'{"error":{"code":401,"status":"Unauthorized","reason":"No valid session credentials found '
      b'in the request.","message":"The request could not be authorized"}}\n')
E2 = E1.replace(b"No valid session credentials found in the request.", b"Unable to determine AAL.")


def public():
    return "127.0.0.1", idp.public_port


def get(target=WHO, *headers, method="GET", **how):
    return request(public(), method, target, headers, **how)


def token(user):
    return "X-Session-Token", user.token


def bearer(user):
    return "Authorization", "Bearer " + user.token


def cookie(*users):
    return "Cookie", "; ".join(["theme=dark"] + [getattr(u, "cookie", u) for u in users])


def admin(method, target, body=None, *headers):
    data = None if body is None else json.dumps(body).encode()
    return request(("127.0.0.1", idp.admin_port), method, target, headers, data)


def fresh_email():
    return f"person-{next(count)}@example.org"


def post_json(url, body, *headers):
    target = url.removeprefix(idp.public)
    return request(public(), "POST", target, [("Content-Type", "application/json"), *headers],
                   json.dumps(body).encode())


def native(kind, body, *headers, init=(), query=""):
    flow = get(f"/self-service/{kind}/api{query}", *init).json()
    return post_json(flow["ui"]["action"], body, *headers)


def login(email, password=PASSWORD, *headers, **how):
    return native("login", {"method": "password", "identifier": email, "password": password},
                  *headers, **how)


def registration(email, *headers, **traits):
    return native("registration", {"method": "password", "password": PASSWORD,
                                   "traits": {"email": email, **traits}}, *headers)


def last_case():
    """Registered last by each program: no request may have hit a mistake of the provider's."""
    @case("nothing went wrong inside the provider in all of this")
    def _():
        ok("Traceback" not in idp.logged() and "mistake" not in idp.logged(), "log", idp.logged())
