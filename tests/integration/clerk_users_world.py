"""A running Gatehouse that looks up Clerk users, and users to look up."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import KeysWorld, ask, line_of                  # noqa: E402
from tap import is_                                             # noqa: E402

world = KeysWorld()
idp, clerk, clock = world.idp, world.clerk, world.clock
TTL, TIMEOUT, PATIENCE = 300, 0.6, 1.0
CANARY = "canary-private-metadata"
SECRET = clerk.about()["secret_key"]
LOOKED_UP = {"clerk": {"email_claim": ""}}
p = world.program(LOOKED_UP, workers=3)
pids = p.workers()


class Who:
    """A new user of the stand-in, and a token for them."""

    def __init__(self, address=None, **fields):
        self.user = clerk.user(address, **fields)
        self.id, self.email = self.user.id, self.user.email
        self.token = world.token(user_id=self.id)

    def edit(self, **fields):
        clerk.edit(self.user, **fields)


def fresh(**fields):
    """No faults, no counts, and a user whom nobody has asked for."""
    idp.clear()
    clock.forward(31)
    return Who(**fields)


def known(**fields):
    """A user who was looked up a moment ago; what counts begins now."""
    who = fresh(**fields)
    is_(ask(p, who.token).json()["email"], who.email)
    idp.reset_counters()
    return who


def calls():
    return world.count("clerk_users")


def shown(who, place=p):
    answer = ask(place, who.token)
    is_(answer.status, 200, str(line_of(place, answer)))
    body = answer.json()
    is_(body["userId"], who.id)
    return body.get("email"), body.get("name")
