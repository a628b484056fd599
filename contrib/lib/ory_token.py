#!/usr/bin/env python3
"""Get a session token from Ory (or the local identity provider), as a mobile app would.

usage: ory_token.py ask BASE_URL         asks for an address and a password, prints the token
       ory_token.py demo BASE_URL FILE   signs a demo user up, or in again; prints the address,
                                         the password and the token. The password is made up
                                         once and kept in FILE (JSON, mode 0600).
       ory_token.py admin BASE_URL FILE ADMIN_URL
                                         the same for another user, who has the role "admin"
"""

import getpass
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

from demo_user import Refused, sign_in_or_up

TIMEOUT = 10


def call(url, body=None, method=None):
    headers = {"Accept": "application/json"}
    data = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise
        raise Refused(f"the provider answered {error.code}") from error


def flow(base, kind, answer):
    """Run one native flow and return the session token it ends with."""
    started = call(f"{base}/self-service/{kind}/api")
    return call(started["ui"]["action"], {"method": "password", **answer})["session_token"]


def sign_up(base, user):
    traits = {"email": user["email"], "name": user["name"]}
    return flow(base, "registration", {"password": user["password"], "traits": traits})


def sign_in(base, user):
    return flow(base, "login", {"identifier": user["email"], "password": user["password"]})


def demo(base, path, who="demo"):
    user, token = sign_in_or_up(path, who, lambda user: sign_in(base, user),
                                lambda user: sign_up(base, user))
    print(user["email"], user["password"], token)
    return user


def admin(base, path, control):
    """Roles are in metadata_public, which is the administrator's to write, unlike traits."""
    user = demo(base, path, "admin")
    rows = f"{control}/admin/identities"
    [found] = call(f"{rows}?credentials_identifier={urllib.parse.quote(user['email'])}")
    change = {"op": "add", "path": "/metadata_public", "value": {"roles": ["admin"]}}
    call(f"{rows}/{found['id']}", [change], "PATCH")


def ask(base):
    print("Address: ", end="", file=sys.stderr, flush=True)
    email = sys.stdin.readline().strip()
    password = getpass.getpass("Password: ")
    print(sign_in(base, {"email": email, "password": password}))


def main(arguments):
    commands = {("ask", 2): ask, ("demo", 3): demo, ("admin", 4): admin}
    command = commands.get((arguments[0] if arguments else "", len(arguments)))
    if command is None:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    base, *rest = arguments[1:]
    try:
        command(base.rstrip("/"), *rest)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"No token: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
