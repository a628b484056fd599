"""When it cannot be found out, nobody passes, and nobody is told to sign in.

Each fault is met by somebody whom the cache does not know.  The last cases
take away the database, the workers and Gatehouse itself.
"""

import os
import signal
import threading

import child
import guarded
from guard_case import Row, case, equal, expect

UNSURE = "provider_unavailable"


def unsure(world, who, places=None):
    """503 at every place (401 of mod_fcgid), and nothing is reached."""
    row = Row("", None, "/any/page", 503, reason=UNSURE)
    for place in places or world.places:
        world.put(row, place, who)


def fault(text, where=None, **faults):
    @case(f"unsure: the provider {text}")
    def spoiled(world):
        who = world.cast.stranger()
        for known in ("ann", "bob"):
            world.put(Row("", known, "/any/page"), "files")
        with world.idp.fault(**faults):
            unsure(world, who, where)
            world.put(Row("", "ann", "/admin/page"), "files")   # is kept
            world.put(Row("", "bob", "/admin/page", 403, reason="not_allowed"),
                      "files")
            world.put(Row("", "dan", "/admin/page"), "files")   # asks nobody
            world.put(Row("", None, "/any/page", 401), "files")
        world.recovered()


fault("answers 500", status=500)
fault("answers 503 with a time", status=503, headers={"Retry-After": "1"})
fault("says: too many requests", status=429, headers={"Retry-After": "1"})
fault("is too slow", where=["files"], latency_ms=5000)
fault("answers no JSON", garbage=True)
fault("answers half of a session", half_body=True)
fault("closes without an answer", close=True)
fault("resets the connection", reset=True)
fault("refuses our own address", status=403, body="<html>blocked</html>",
      content_type="text/html")
fault("sends us elsewhere", redirect="http://127.0.0.1:1/")
fault("gives a huge answer", huge=8 << 20)


@case("unsure: what could not be found out is no refusal later")
def not_remembered(world):
    who = world.cast.stranger()
    with world.idp.fault(status=500):
        unsure(world, who)
    world.recovered()
    world.put(Row("", None, "/any/page"), "files", who)


@case("denied: a session that has ended")
def ended(world):
    who = world.cast.stranger()
    with world.idp.fault(inactive=True):
        for place in world.places:
            world.put(Row("", None, "/any/page", 401), place, who)
    world.recovered()


@case("step up: a provider that wants a second factor for anything")
def wants_more(world):
    who = world.cast.stranger()
    with world.idp.fault(status=403, body=(
            '{"error":{"id":"session_aal2_required","code":403}}')):
        for place in world.places:
            world.put(Row("", None, "/any/page", 403,
                          reason="second_factor_required"), place, who)
    world.recovered()


@case("unsure: the provider is gone; who is known, and tokens, still pass")
def gone(world):
    who = world.cast.stranger()
    world.put(Row("", "ann", "/admin/page"), "files")
    world.idp.stop()
    try:
        unsure(world, who)
        for place in world.places:
            world.put(Row("", "ann", "/admin/page"), place)
            world.put(Row("", "dan", "/admin/page"), place)
            world.put(Row("", "eve", "/bills/page"), place)
    finally:
        world.idp.start()
    world.recovered()


def checkers(world):
    """The processes that answer, wherever they hang."""
    def below(pid):
        for one in child.children(pid):
            yield one
            yield from below(one)
    if "fcgid" in world.tags:
        return [pid for pid in below(world.mount.proc.pid)
                if "gatehouse" in child.name_of(pid)]
    backend = getattr(world.mount, "second", None) or world.mount.backend
    return backend.workers()


@case("killed: workers that die while they are asked let nobody in")
def killed(world):
    """The session has ended: who is asked again, or waits, is refused as well."""
    who, seen = world.cast.stranger(), []
    url = guarded.URLS["files"] + "/any/page"

    def ask():
        try:
            seen.append(world.status_of(who, url))
        except Exception as broken:     # the bare socket just ends
            seen.append(type(broken).__name__)
    rounds = 1 if "fcgid" in world.tags else 3      # it waits whole seconds
    for _ in range(rounds):
        world.idp.reset_counters()
        with world.idp.fault(latency_ms=500, inactive=True):
            asking = [threading.Thread(target=ask) for _ in range(3)]
            for thread in asking:
                thread.start()
            child.wait_for(lambda: world.idp.counters()["whoami"], 10,
                           "a question at the provider")
            for pid in checkers(world):
                os.kill(pid, signal.SIGKILL)
            for thread in asking:
                thread.join()
        who = world.cast.stranger()
    equal(len(seen), 3 * rounds, "answers")
    granted = [s for s in seen if isinstance(s, int) and 200 <= s < 400]
    equal(granted, [], f"who got in, of {seen}")
    world.recovered()


@case("no database: the guard answers as before")
def no_database(world):
    world.pg.stop("immediate")
    try:
        for place in world.places:
            world.put(Row("", "ann", "/admin/page"), place)     # is kept
            world.put(Row("", "dan", "/admin/page"), place)     # a token
            world.put(Row("", "fay", "/books/page"), place)
            world.put(Row("", None, "/any/page", 401), place)
            world.put(Row("", "bob", "/admin/page", 403, reason="not_allowed"),
                      place)
            world.put(Row("", None, "/any/page"), place, world.cast.stranger())
        world.idp.stop()
        try:
            for place in world.places:
                world.put(Row("", "dan", "/admin/page"), place)
            unsure(world, Unknown())
        finally:
            world.idp.start()
    finally:
        world.pg.start()


class Unknown:
    """A session cookie that was never shown before; the provider is away."""

    headers = [("Cookie", "ory_kratos_session=" + "M" * 80)]
    told = {}


@case("stopped: without Gatehouse everything guarded is closed")
def stopped(world):
    if world.name == "direct":
        return
    world.recovered()
    if "fcgid" in world.tags:
        os.unlink(world.mount.scratch / world.mount.program)
        for pid in checkers(world):
            os.kill(pid, signal.SIGKILL)
    elif getattr(world.mount, "second", None):
        world.mount.second.stop()
        world.mount.second = None
    else:
        world.mount.backend.stop()
        world.mount.backend = None
    # mod_fcgid waits for a program for seconds.
    for place in ("php",) if "fcgid" in world.tags else world.places:
        for who in ("ann",) if "fcgid" in world.tags else ("ann", "dan"):
            world.mount.taken()
            answer = world.mount.request(
                "GET", guarded.URLS[place] + "/any/page",
                world.cast[who].headers)
            world.last = "GET", place, [], answer
            expect(answer.status in (500, 503), f"{place}: {answer.status}")
            equal(world.mount.taken(), [], "what reached an application")
            expect(guarded.CONTENT.encode() not in answer.body, "the content")
