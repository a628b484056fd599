"""Several hosts: each a Gatehouse with memory of its own, and one database for all.

A session is ended at the provider, a webhook tells one host, and the others have to learn
of it.  What counts is the beginning of the last request that was still let in.
"""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World                                   # noqa: E402
import child                                                    # noqa: E402
import fcgi                                                     # noqa: E402
from idp import Idp                                             # noqa: E402
from keys_world import at_once, statuses                        # noqa: E402
from load import params                                         # noqa: E402
from pg import Cluster                                          # noqa: E402
from prog import Program, merge                                 # noqa: E402
from tap import is_, ok, skip_all, wait_for                     # noqa: E402
import webhook                                                  # noqa: E402

AZP = "http://localhost:4000"
PROFILE, PREFERENCES = "/user/profile", "/user/preferences"
HOUR = 3600
PATIENCE = 1.0      # above a bound: the machine's own slowness


class Person:
    """Somebody with one credential: the header, and what ends it."""

    def __init__(self, world):
        self.world = world

    def params(self, method="GET", uri=PROFILE, length=""):
        return params(method, uri, [self.header], length)

    def get(self, place):
        return place.client.request(self.params())


class OryPerson(Person):
    provider = "ory"

    def __init__(self, world):
        super().__init__(world)
        self.user = world.idp.user()
        self.id, self.session = self.user.id, self.user.session_id
        self.email = self.user.email
        self.header = ("X-Session-Token", self.user.token)

    def sign_out(self):
        """At the provider; what it tells us then."""
        self.world.idp.delete_session(self.session)
        return self.world.ory.delivery("logout", self.id, self.session)

    def calls(self):
        return self.world.idp.calls().get(self.user.token, 0)


class ClerkPerson(Person):
    """The token is good for an hour: nothing but a revocation can end it."""

    provider = "clerk"

    def __init__(self, world):
        super().__init__(world)
        self.user = world.idp.clerk.user()
        self.id, self.session = self.user.id, self.user.session_id
        self.email = self.user.email
        self.header = ("Authorization", "Bearer " + world.idp.clerk.token(
            user_id=self.id, session_id=self.session, expires_in_seconds=HOUR,
            claims={"email": self.email}))

    def sign_out(self, type="session.revoked"):
        self.world.idp.clerk.end_session(self.session, type.partition(".")[2])
        return self.world.clerk.session_ended(self.session, self.id, type)

    def delete(self):
        return self.world.clerk.user_deleted(self.id)


class HostsWorld(World):
    def __init__(self, **settings):
        self.idp = Idp("--set", "clerk_azp=" + AZP, clerk=True)
        self.programs, self.pg = [], None
        self.ory, self.clerk = webhook.Ory(), webhook.Clerk()
        self.about = self.idp.clerk.about()
        try:
            self.pg = Cluster(**{"max_connections": "60", **settings})
        except child.Missing as missing:
            skip_all(str(missing))

    def conf(self, *changes):
        about = self.about
        return merge({
            "providers": ["ory", "clerk"],
            "ory": {"url": self.idp.public, "cache_ttl": "60s",
                    "webhook_secret": [webhook.ORY_SECRET]},
            "clerk": {"secret_key": about["secret_key"], "issuer": about["issuer"],
                      "api_url": about["api_url"], "authorized_parties": [AZP],
                      "email_claim": "email", "webhook_secret": [webhook.SECRET]},
            "database": {"url": self.pg.url, "migrate": True},
            "revocation": {"bound": "2s"},
            "log": {"level": "debug"},
        }, *changes)

    def host(self, *changes, workers=3):
        """A supervisor whose workers' memory is theirs alone."""
        return self.program(*changes, workers=workers)

    def single(self, *changes):
        """One process with a shared file in a folder of its own."""
        p = Program({}, via="spawn-fcgi", workers=None, name="bin/gatehouse.fcgi")
        there = p.scratch.mkdir("cache", 0o700)
        p.configure(self.conf(*changes, {"cache": {"path": there},
                                         "database": {"migrate": False}}))
        self.programs.append(p)
        return p.start()

    def people(self, *hosts, kinds=(OryPerson, ClerkPerson)):
        """One of each kind, known on all of these hosts and to all of their workers."""
        found = [kind(self) for kind in kinds]
        for person in found:
            for host in hosts:
                everybody(host, person, 200)
        return found


def tell(host, delivery, status=204):
    """The webhook; gives the moment at which it was acknowledged."""
    answer = delivery.to(host.client)
    is_(answer.status, status, f"{delivery.path}: {answer.body!r}")
    return time.monotonic()


def until_told(host, delivery, seconds=15):
    """Sent until it is acknowledged, as its sender would; the moment of that."""
    end = time.monotonic() + seconds
    while (status := attempt(host, delivery)) != 204:
        ok(status in (503, None), "a hook's answer", status)
        ok(time.monotonic() < end, f"acknowledged within {seconds} s")
        time.sleep(0.02)
    return time.monotonic()


def attempt(host, delivery):
    """The status; None when the connection ended without an answer."""
    try:
        return delivery.to(host.client).status
    except (OSError, fcgi.Broken):
        return None


def everybody(host, person, status, n=9):
    """Many requests at the same moment, and so all workers, answer this."""
    is_(statuses(at_once([host], [(person.params(), b"")] * n)), {status: n},
        person.provider)


def shut_out(host, person, n=9):
    """Nobody lets them in; 401, once it is known that this is no outage (doubt.h)."""
    got = statuses(at_once([host], [(person.params(), b"")] * n))
    is_(set(got) - {401, 503}, set(), f"{person.provider}: {got}")
    wait_for(lambda: person.get(host).status == 401, 5, "a plain refusal")
    everybody(host, person, 401)


def refused_by(host, person, told, bound, pause=0.01):
    """Seconds after `told` at which the last request began that was not refused.

    Fails when one began later than `bound`, or when a refusal is taken back.
    """
    last = told
    while True:
        began = time.monotonic()
        answer = person.get(host)
        if answer.status != 200:
            break
        ok(began - told < bound, f"{person.provider}: let in {began - told:.2f} s after")
        last = began
        time.sleep(pause)
    everybody(host, person, 401)
    return last - told


def alone(host, seconds=15):
    """Until the host has read the table: the news it judges by are its own."""
    wait_for(lambda: news(host) == "ok", seconds, "revocations are read")


def readiness(host):
    return host.client.request(params("GET", "/readyz"))


def news(host):
    """What /readyz says of revocations."""
    answer = readiness(host).json()
    parts = answer.get("parts") or answer["details"]["parts"]
    return parts.get("revocations")


__all__ = ["AZP", "ClerkPerson", "HostsWorld", "OryPerson", "PATIENCE", "PREFERENCES",
           "PROFILE", "alone", "attempt", "everybody", "news", "readiness", "refused_by",
           "shut_out", "tell", "until_told"]
