#!/usr/bin/env python3
"""What is kept of a session, for how long, and how often the provider hears of it."""

import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from fault_world import World, events, get, post, unavailable   # noqa: E402
from hosts_world import alone                                   # noqa: E402
from keys_world import at_once, later, linked, statuses         # noqa: E402
from load import params                                         # noqa: E402
from prog import merge                                          # noqa: E402
from skew import Skew                                           # noqa: E402
from tap import case, cases, is_, ok, run, wait_for             # noqa: E402

WORKERS = 16
world = World(max_connections="80")
idp, clock = world.idp, Skew()


def program(workers=4, **ory):
    # What is kept may be used while revocations are known: a jump of the clock is no reason
    # to doubt that.
    p = world.program({"ory": {"timeout": "2s", **ory}, "revocation": {"bound": "60s"}},
                      workers=workers, env=clock.env)
    alone(p)
    return p


p = program(WORKERS, cache_ttl="30s")


def profile(user, cookie=False):
    how = ("Cookie", user.cookie) if cookie else ("X-Session-Token", user.token)
    return params("GET", "/user/profile", [how]), b""


def calls(user):
    return idp.calls().get(user.token, 0)


def forward(seconds):
    """The time passes; who reads revocations is woken, as if it had read all along."""
    while seconds > 0:
        clock.forward(min(seconds, 25))
        world.pg.psql("NOTIFY gatehouse_revocation")
        seconds -= 25


def fresh(n=1):
    """No faults, no counts, users of whom nobody has heard."""
    idp.clear()
    forward(6)          # no back-off is left
    users = [idp.user() for _ in range(n)]
    return users[0] if n == 1 else users


def each_sees_itself(asked, answers):
    for user, answer in zip(asked, answers):
        if answer is not None and answer.status == 200:
            is_((answer.json()["userId"], answer.json()["email"]), (user.id, user.email))


# -- one call for all who ask at once --------------------------------------------------

@cases("500 concurrent requests with one cold token, a provider that takes {0} ms: one call",
       [(0,), (100,)])
def _(latency):
    ada = fresh()
    idp.faults(latency_ms=latency)
    answers = at_once([p], [profile(ada)] * 500, 30)
    is_(calls(ada), 1)
    is_(statuses(answers), {200: 500})
    each_sees_itself([ada] * 500, answers)


@case("a provider that takes 800 ms: one call; who does not wait for it is told to come again")
def _():
    ada = fresh()
    idp.faults(latency_ms=800)
    answers = at_once([p], [profile(ada)] * 500, 30)
    is_(calls(ada), 1)
    is_(set(statuses(answers)) - {200, 503}, set())
    ok(statuses(answers).get(200, 0) >= 1, "answers", statuses(answers))
    for answer in answers:
        if answer.status == 503:
            unavailable(answer, "provider_unavailable")
    each_sees_itself([ada] * 500, answers)


@case("K05 250 requests of each of two users at the same moment: each sees itself, two calls")
def _():
    users = fresh(2)
    asked = users * 250
    is_(get(p, idp.user()).status, 200)     # it is not known as a slow one any more
    idp.faults(latency_ms=100)
    answers = at_once([p], [profile(u) for u in asked], 30)
    is_(statuses(answers), {200: 500})
    each_sees_itself(asked, answers)
    is_([calls(u) for u in users], [1, 1])


@case("the leader dies while it asks: one more call, and the others have their answer")
def _():
    ada = fresh()
    q = program(12, cache_ttl="30s")
    before = linked(q.workers(), idp.public_port)   # who has asked for its readiness
    idp.faults(latency_ms=1500)
    waiting = later(at_once, [q], [profile(ada)] * 8)
    wait_for(lambda: calls(ada) == 1, 5, "a call under way")
    now = linked(q.workers(), idp.public_port)
    leaders = [pid for pid in now if pid not in before] or before
    is_(len(leaders), 1, "it is one worker that asks")
    os.kill(leaders[0], signal.SIGKILL)
    answers = waiting.result()
    got = statuses(answers)
    ok(got.get(None, 0) <= 1, "its own client alone is lost", got)
    is_(got.get(200, 0) + got.get(None, 0), 8, str(got))
    each_sees_itself([ada] * 8, answers)
    is_(calls(ada), 2)
    wait_for(lambda: len(q.workers()) == 12, 5, "the next worker")
    is_(q.stop(), 0)


# -- how long ------------------------------------------------------------------------------

def asked_again(user, place, **how):
    """Calls that one more read makes; it must be good."""
    before = calls(user)
    is_(get(place, user, **how).status, 200)
    return calls(user) - before


@cases("cache_ttl {0}, {1}: kept {2} s", [
    ("30s", "no hint", 30, 0), ("30s", "a hint of 10 s", 10, 10),
    ("10s", "a hint of 30 s", 10, 30), ("provider", "a hint of 20 s", 20, 20),
    ("60s", "no hint", 60, 0)])
def _(ttl, _what, life, hint):
    q = program(2, cache_ttl=ttl)
    ada = fresh()
    if hint:
        idp.config(cacheable_sessions=True, cacheable_sessions_max_age=hint)
    is_(asked_again(ada, q), 1)
    is_([asked_again(ada, q) for _ in range(4)], [0] * 4)
    forward(life - 3)
    is_(asked_again(ada, q), 0, "shortly before")
    forward(4)
    is_(asked_again(ada, q), 1, "shortly after")
    is_(q.stop(), 0)


@cases("cache_ttl {0}, {1}: nothing is kept, who is signed out is refused at once", [
    ("0s", "whatever the hint", 30), ("provider", "no hint", 0)])
def _(ttl, _what, hint):
    q = program(2, cache_ttl=ttl)
    ada = fresh()
    if hint:
        idp.config(cacheable_sessions=True, cacheable_sessions_max_age=hint)
    is_([asked_again(ada, q) for _ in range(4)], [1] * 4)
    idp.delete_session(ada.session_id)
    is_(get(q, ada).status, 401)
    is_(q.stop(), 0)


@case("without a hook a sign-out is noticed when cache_ttl is over, and not later")
def _():
    ada = fresh()
    is_(get(p, ada).status, 200)
    idp.delete_session(ada.session_id)
    is_(get(p, ada).status, 200)
    forward(31)
    is_(get(p, ada).status, 401)


@case("K08 a session ends while it is kept: 401, though cache_ttl is not over")
def _():
    ada = fresh()
    idp.edit_session(ada, expires_at=clock.now() + 12)
    is_(asked_again(ada, p), 1)
    is_(asked_again(ada, p), 0)
    forward(13)
    is_(get(p, ada).status, 401)


@case("write_ttl 0s: reads are served from memory, each write asks")
def _():
    q = program(2, cache_ttl="30s", write_ttl="0s")
    ada = fresh()
    is_([asked_again(ada, q) for _ in range(3)], [1, 0, 0])
    for n in range(2, 5):
        is_(post(q, ada, '{"theme":"dark"}').status, 200)
        is_(calls(ada), n)
    is_(asked_again(ada, q), 0)
    idp.delete_session(ada.session_id)
    is_(get(q, ada).status, 200)
    is_(post(q, ada, '{"theme":"light"}').status, 401)
    is_(get(q, ada).status, 401, "what the write learnt holds for reads")
    is_(q.stop(), 0)


@case("a refusal is kept for two seconds at most, and one credential's is not another's")
def _():
    ada, bob = fresh(2)
    idp.edit_session(ada, active=False)
    is_([get(p, ada).status for _ in range(4)], [401] * 4)
    is_(get(p, bob).status, 200)
    idp.edit_session(ada, active=True)
    forward(2)
    is_(get(p, ada).status, 200)


@case("trouble is never kept: as soon as the provider is well, so are we")
def _():
    ada = fresh()
    idp.faults(status=500)
    unavailable(get(p, ada), "provider_unavailable")
    idp.faults()
    is_(get(p, ada).status, 200)


@case("what is kept is served while the provider is away, until its time is over")
def _():
    ada, bob = fresh(2)
    is_(get(p, ada).status, 200)
    idp.faults(reset=True)
    unavailable(get(p, bob), "provider_unavailable")
    is_([get(p, ada).status for _ in range(20)], [200] * 20)
    forward(31)
    unavailable(get(p, ada), "provider_unavailable")
    idp.faults()
    forward(6)
    is_(get(p, ada).status, 200)


@case("stale_if_error: reads go on for so long, writes do not, a sign-out is not forgotten")
def _():
    q = program(2, cache_ttl="10s", stale_if_error="60s")
    ada, bob = fresh(2)
    is_([get(q, ada).status, get(q, bob).status], [200, 200])
    forward(11)
    idp.delete_session(bob.session_id)
    is_(get(q, bob).status, 401)
    idp.faults(status=500)
    is_(get(q, ada).status, 200)
    unavailable(post(q, ada, '{"theme":"dark"}'), "provider_unavailable")
    ok(get(q, bob).status in (401, 503), "who was refused stays so")
    forward(61)
    unavailable(get(q, ada), "provider_unavailable")
    idp.faults()
    is_(q.stop(), 0)


@case("token and cookie of one session are two credentials; each is asked about once")
def _():
    ada = fresh()
    for _ in range(3):
        for cookie in False, True:
            is_(p.client.request(*profile(ada, cookie)).json()["userId"], ada.id)
    is_(sorted(idp.calls().values()), [1, 1])


@case("K16 a reload that changes what identities mean: what was kept is not used")
def _():
    q = program(2, cache_ttl="30s")
    ada = fresh()
    is_(asked_again(ada, q), 1)
    q.configure(merge(q.conf, {"ory": {"email": "traits.name"}}))
    q.reload()
    wait_for(lambda: get(q, ada).json()["email"] != ada.email, 10, "the new meaning")
    ok(calls(ada) >= 2, "asked again", calls(ada))
    is_(q.stop(), 0)


@case("in all of this no worker died but the one that was killed")
def _():
    is_(p.stop(), 0)
    for program in world.programs:
        is_(events(program, "bug"), [])
        is_([line for line in program.output() if line], [])
    died = [e for program in world.programs for e in events(program, "worker died")]
    is_(len(died), 1)


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
