"""The demo users of the quickstart, each kept in a file between its starts."""

import json
import os
import secrets

USERS = {"demo": {"email": "demo@example.com", "name": "Demo User"},
         "admin": {"email": "admin@example.com", "name": "Admin User"}}


class Refused(Exception):
    """The provider answered, and the answer was no."""


def load(path, who):
    """One of USERS as saved, or new with a password made up; "token" is there once signed up."""
    try:
        with open(path, encoding="utf-8") as file:
            return {**USERS[who], **json.load(file)}
    except FileNotFoundError:
        return {**USERS[who], "password": secrets.token_urlsafe(12)}


def save(path, user):
    part = f"{path}.part"
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "w", encoding="utf-8") as file:
        json.dump(user, file, indent=1)
        file.write("\n")
    os.replace(part, path)


def sign_in_or_up(path, who, sign_in, sign_up):
    """(user, what the successful one gave): in for a known user, up for a new one, then the other.
    """
    user = load(path, who)
    known = "token" in user
    # Before the first call: a password that was used and then forgotten would lock us out.
    save(path, user)
    first, second = (sign_in, sign_up) if known else (sign_up, sign_in)
    try:
        token = first(user)
    except Refused:
        token = second(user)
    save(path, {**user, "token": token})
    return user, token
