"""Who asks in the mixed run, each a thread that does one thing after the other."""

import itertools
import json
import os
import random
import secrets
import threading
import time

import fcgi
from hosts_world import PREFERENCES, PROFILE, ClerkPerson, OryPerson
from load import params
from mixed_checker import Register, Revoked

TIMEOUT = 15
_ids = itertools.count(1)


class Actor(threading.Thread):
    """step() until the run ends; what it raises is a problem, too."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_, self.problems = run, run.problems
        self.chance = random.Random(f"{run.seed}-{type(self).__name__}-{number}")
        self.set_up()

    def set_up(self):
        pass

    def run(self):
        while not self.run_.ending.is_set():
            try:
                self.step()
            except Exception as error:      # a mistake of the test, or an odd answer
                self.problems.add("raised", type(self).__name__, repr(error))
                self.run_.ending.wait(0.2)

    def host(self):
        return self.chance.choice(self.run_.hosts)

    def ask(self, host, given, body=b""):
        """(status, answer, began); status None: the connection ended without an answer."""
        id = f"mixed-{os.getpid()}-{next(_ids)}"
        began = time.monotonic()
        try:
            with fcgi.connect(host.address, TIMEOUT) as sock:
                sock.sendall(fcgi.message([*given, ("HTTP_X_REQUEST_ID", id)], body))
                answer = fcgi.read_answer(sock).response()
        except TimeoutError:
            self.problems.add("no answer in time", type(self).__name__)
            return None, None, began
        except (OSError, fcgi.Broken):
            self.run_.unanswered.append(began)
            return None, None, began
        if answer.get("X-Request-Id") != id:
            self.problems.add("somebody else's answer", id, answer.get("X-Request-Id"))
        self.problems.count(f"status {answer.status}")
        return answer.status, answer, began

    def profile(self, host, person):
        """(status, profile or None, began); only ever of the person who asks."""
        status, answer, began = self.ask(host, person.params())
        if status != 200:
            return status, None, began
        profile = answer.json()
        if (profile["userId"], profile["email"]) != (person.id, person.email):
            self.problems.add("another user's profile", person.id, profile)
        self.problems.count("profiles compared with who asked")
        return status, profile, began

    def good(self, status, what):
        """Good credentials are never 401, however anything fails."""
        if status not in (200, 503, None):
            self.problems.add("a good credential", what, status, self.run_.lately())
        if status != 200:
            self.run_.ending.wait(0.02)


class Writer(Actor):
    """One user; rising tags to any host, and reads between them."""

    def set_up(self):
        kind = self.chance.choice([OryPerson, ClerkPerson])
        [self.person] = self.run_.world.people(*self.run_.hosts, kinds=[kind])
        self.register = Register(self.problems, self.person.id)
        self.run_.registers.append(self.register)
        self.last_good = 0.0

    def step(self):
        if self.chance.random() < 0.4:
            status, profile, began = self.profile(self.host(), self.person)
            if status == 200:
                self.register.read(self.tag_of(profile), began)
        else:
            status, began = self.write()
        if status == 200:
            self.last_good = began
        self.good(status, self.person.header[0])

    def write(self):
        tag = self.register.next()
        body = json.dumps({"bio": f"{self.person.id}:{tag}"}).encode()
        given = self.person.params("POST", PREFERENCES, str(len(body)))
        status, _, began = self.ask(self.host(), given, body)
        self.register.wrote(tag, status)
        return status, began

    def tag_of(self, profile):
        """Whose text it is stands in the text."""
        owner, _, tag = profile.get("bio", f"{self.person.id}:0").rpartition(":")
        if owner != self.person.id:
            self.problems.add("another user's text", self.person.id, profile)
        return int(tag)


class Reader(Actor):
    """A small crowd of users in no order, so that answers stand beside each other."""

    def set_up(self):
        self.people = self.run_.world.people(*self.run_.hosts,
                                             kinds=[OryPerson] * 6 + [ClerkPerson] * 2)

    def step(self):
        person = self.chance.choice(self.people)
        status, profile, _ = self.profile(self.host(), person)
        if profile and profile.get("bio"):
            self.problems.add("a text that nobody wrote", profile)
        self.good(status, person.header[0])


class Stranger(Actor):
    """Without a credential, or with one that nobody has: never let in."""

    def step(self):
        token = "ory_st_" + secrets.token_hex(16)
        uri, header, wanted = self.chance.choice([
            ("/healthz", [], {200}), ("/auth/login-info", [], {200}), (PROFILE, [], {401}),
            *[(PROFILE, [("X-Session-Token", token)], {401, 503})] * 4])
        status, answer, _ = self.ask(self.host(), params("GET", uri, header))
        if status is not None and status not in wanted:
            self.problems.add("a stranger", uri, status, answer.body[:200])


class Leaver(Actor):
    """Users come, are known everywhere, and are signed out or deleted by a webhook."""

    def step(self):
        person = self.chance.choice([OryPerson, ClerkPerson])(self.run_.world)
        if not all(self.known(host, person) for host in self.run_.hosts):
            return
        host, delivery = self.host(), self.leave(person)
        told = self.tell(host, delivery)
        if told is None:
            return
        revoked = Revoked(person, host, delivery, told)
        self.run_.refusals.list.append(revoked)
        self.problems.count("sign-outs acknowledged")
        status, _, began = self.ask(host, person.params())
        self.run_.refusals.judge(revoked, host, began, status)
        self.run_.ending.wait(self.run_.pace)

    def known(self, host, person):
        """A first sight may fail for the faults of this moment."""
        for _ in range(20):
            if self.profile(host, person)[0] == 200:
                return True
            self.run_.ending.wait(0.05)
        return False

    def leave(self, person):
        if person.provider == "clerk" and self.chance.random() < 0.5:
            self.run_.deleted.append(person.id)
            return person.delete()
        return person.sign_out()

    def tell(self, host, delivery):
        """Until it is acknowledged, as its sender does."""
        given = params("POST", delivery.path, delivery.headers, str(len(delivery.body)))
        while not self.run_.over.is_set():
            status, _, _ = self.ask(host, given, delivery.body)
            if status == 204:
                self.run_.acked.append(delivery)
                return time.monotonic()
            if status not in (503, None):
                self.problems.add("a hook's answer", status)
            self.run_.over.wait(0.05)
        return None


class Auditor(Actor):
    """Comes back as those who have left, and sends their webhooks a second time."""

    def step(self):
        known = self.run_.refusals.list
        if not known:
            self.run_.ending.wait(0.05)
            return
        revoked = self.chance.choice(known[-8:] if self.chance.random() < 0.7 else known)
        host = self.host()
        status, _, began = self.ask(host, revoked.person.params())
        self.run_.refusals.judge(revoked, host, began, status)
        if self.run_.refusals.strict(revoked, began):
            self.problems.count("refusals that had to be")
        if self.chance.random() < 0.1:
            again = revoked.delivery
            given = params("POST", again.path, again.headers, str(len(again.body)))
            status, _, _ = self.ask(host, given, again.body)
            if status not in (204, 503, None):
                self.problems.add("a hook sent twice", status)
