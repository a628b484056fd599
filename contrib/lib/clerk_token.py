#!/usr/bin/env python3
"""Get a session token of a demo user from the local stand-in for Clerk.

usage: clerk_token.py demo CONTROL FILE   makes the user, or finds it again; prints the address,
                                          the password and a session token. The password is made
                                          up once and kept in FILE (JSON, mode 0600).
       clerk_token.py admin CONTROL FILE  the same for another user, an admin of an organization
       clerk_token.py token CONTROL FILE  prints a fresh token; they last a minute

CONTROL is the address of the local provider's admin listener.
"""

import json
import sys
import urllib.error
import urllib.request

from demo_user import Refused, load, save

TIMEOUT = 10
ORGANIZATION = {"id": "org_demo", "slug": "demo", "role": "admin"}


def call(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(),
                                     {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            raise
        raise Refused(f"the stand-in answered {error.code}") from error


def session_of(control, user, more):
    """A session of the user, who is made if the stand-in does not know them (any more)."""
    users = f"{control}/control/clerk/users"
    if "id" in user:
        try:
            return call(f"{users}/{user['id']}/sessions", {})
        except Refused:
            pass
    first_name, _, last_name = user["name"].partition(" ")
    return call(users, {"email": user["email"], "password": user["password"],
                        "first_name": first_name, "last_name": last_name, **more})


def demo(control, path, who="demo", **more):
    user = load(path, who)
    session = session_of(control, user, more)
    save(path, {**user, "id": session["id"], "session_id": session["session_id"]})
    print(user["email"], user["password"], session["jwt"])


def admin(control, path):
    demo(control, path, "admin", organization=ORGANIZATION)


def token(control, path):
    with open(path, encoding="utf-8") as file:
        session = json.load(file)["session_id"]
    print(call(f"{control}/control/clerk/tokens", {"session_id": session})["jwt"])


def main(arguments):
    commands = {("demo", 3): demo, ("admin", 3): admin, ("token", 3): token}
    command = commands.get((arguments[0] if arguments else "", len(arguments)))
    if command is None:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    control, path = arguments[1:]
    try:
        command(control.rstrip("/"), path)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"No token: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
