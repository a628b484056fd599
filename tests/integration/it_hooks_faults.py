#!/usr/bin/env python3
"""Webhooks while the database is away: nothing is acknowledged and lost, nothing let in."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import events, unavailable                     # noqa: E402
from hosts_world import (ClerkPerson, HostsWorld, OryPerson, PROFILE, alone,    # noqa: E402
                         everybody)
from load import params                                         # noqa: E402
from tap import case, is_, ok, run, wait_for                    # noqa: E402

world = HostsWorld()
pg = world.pg
p = world.host()
alone(p)


def rows(id):
    return pg.psql(f"SELECT effect FROM revocation WHERE id = '{id}' ORDER BY row").split("\n")


def tell(delivery):
    return delivery.to(p.client)


def settled(delivery):
    """Sent until the database is found again; then it is acknowledged."""
    wait_for(lambda: tell(delivery).status == 204, 15, "the webhook is taken")


@case("database stopped: 503, refused on this host at once; sent again: stored once")
def _():
    gone, updated, bystander = ClerkPerson(world), OryPerson(world), ClerkPerson(world)
    for person in gone, updated, bystander:
        everybody(p, person, 200)
    ended = world.clerk.session_ended(gone.session, gone.id)
    evicted = updated.sign_out()
    calls = updated.calls()
    pg.stop()
    for delivery in ended, evicted:
        for _ in range(2):
            unavailable(tell(delivery), "database_unavailable")
    everybody(p, gone, 401)
    everybody(p, updated, 401)
    ok(updated.calls() > calls, "Ory was asked again")
    everybody(p, bystander, 503)
    pg.start()
    for delivery, id in ((ended, gone.session), (evicted, updated.id)):
        settled(delivery)
        settled(delivery)   # anew: another worker may find the database a moment later
        is_(len(rows(id)), 1)
    everybody(p, gone, 401)
    wait_for(lambda: bystander.get(p).status == 200, 15, "the others are served")

    def outcomes():
        return [e["hook_outcome"] for e in events(p, "request")
                if e.get("hook_id") == ended.id]
    wait_for(lambda: "applied" in outcomes(), 5, "stored in the end")
    is_(outcomes()[:2], ["failed", "failed"])


@case("who is deleted while the database is away: no profile comes back with it")
def _():
    person = ClerkPerson(world)
    everybody(p, person, 200)
    deleted = person.delete()
    pg.stop()
    unavailable(tell(deleted), "database_unavailable")
    everybody(p, person, 401)
    pg.start()
    # nothing but this host's memory knows yet
    wait_for(lambda: p.client.get("/readyz").status == 200, 15, "the database is back")
    everybody(p, person, 401)
    settled(deleted)
    is_(pg.psql(f"SELECT count(*) FROM user_profile WHERE user_id = '{person.id}'"), "0")
    token = world.idp.clerk.token(user_id=person.id, session_id=ClerkPerson(world).session,
                                  expires_in_seconds=3600)
    is_(p.client.request(params("GET", PROFILE, [("Authorization", "Bearer " + token)])).status,
        401)


@case("a forged delivery is refused without the database, and costs it nothing")
def _():
    delivery = world.clerk.user_deleted("user_x")
    delivery.headers = [(k, "v1,x" if k == "svix-signature" else v)
                        for k, v in delivery.headers]
    pg.stop()
    is_(tell(delivery).status, 401)
    is_(tell(world.clerk.delivery("user.created", {})).status, 204, "and so is what is unused")
    pg.start()


@case("nobody died of it")
def _():
    is_(events(p, "worker died") + events(p, "worker killed") + events(p, "bug"), [])
    is_(p.stop(), 0)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
