#!/usr/bin/env python3
"""The local identity provider: its admin API, its faults, its state file."""

import gzip
import json
import os
import re
import socket
import time

from idp_world import E1, E2, WHO, ada, admin, cookie, get, idp, last_case, public, token
from idp import TOP, Idp, IdpError
from rawhttp import Broken, message, read_response
from tap import case, cases, is_, like, ok, raises, run, wait_for, contains



# -- admin -----------------------------------------------------------------------------

@case("admin sessions: get unexpanded and expanded, delete 204, unknown 404, no uuid 400")
def _():
    who = idp.user()
    path = "/admin/sessions/" + who.session_id
    plain = admin("GET", path).json()
    is_((plain["identity"], plain["devices"], plain["active"]), (None, None, True))
    full = admin("GET", path + "?expand=identity&expand=devices").json()
    is_((full["identity"]["id"], len(full["devices"])), (who.id, 1))
    answer = admin("DELETE", path)
    is_((answer.status, answer.body, answer.get("Content-Type")), (204, b"", None))
    is_(admin("GET", path).json()["active"], False)
    is_(admin("GET", "/admin/sessions/" + ada.id).body,
        b'{"error":{"code":404,"status":"Not Found","message":"Unable to locate the resource"}}\n')
    is_(admin("DELETE", "/admin/sessions/x").status, 400)
    listed = admin("GET", "/admin/sessions?active=false&page_size=500").json()
    contains([s["id"] for s in listed], who.session_id)


@case("admin identities: ids skip the unknown, page_size is 250 by default and 500 at most")
def _():
    ids = [idp.user().id for _ in range(3)]
    unknown = "00000000-0000-4000-8000-000000000000"
    query = "&".join("ids=" + i for i in ids + [unknown])
    answer = admin("GET", "/admin/identities?" + query)
    is_(sorted(i["id"] for i in answer.json()), sorted(ids))
    ok('rel="next"' not in answer.get("Link", ""), "no next page")
    answer = admin("GET", f"/admin/identities?{query}&page_size=2")
    is_(len(answer.json()), 2)
    following = re.search(r'<([^>]*)>; rel="next"', answer.get("Link")).group(1)
    rest = admin("GET", following)
    is_(sorted(i["id"] for i in answer.json() + rest.json()), sorted(ids))
    ok('rel="next"' not in rest.get("Link"), "the last page")
    is_(admin("GET", "/admin/identities?ids=x").status, 400)
    many = "&".join(f"ids=00000000-0000-4000-8000-{n:012d}" for n in range(501))
    is_(admin("GET", "/admin/identities?" + many).status, 400)
    is_(admin("GET", "/admin/identities?" + many.rpartition("&")[0]).json(), [])


@case("admin identities: create, sign in with it, patch, replace, conflict, delete")
def _():
    body = {"schema_id": "default", "traits": {"email": "Eve@Example.org"},
            "metadata_admin": {"a": 1}, "metadata_public": {"b": 2},
            "credentials": {"password": {"config": {"password": "long enough"}}}}
    answer = admin("POST", "/admin/identities", body)
    eve = answer.json()
    is_(answer.status, 201)
    like(answer.get("Location"), eve["id"] + "$")
    is_((eve["metadata_admin"], list(eve["credentials"])), ({"a": 1}, ["password"]))
    is_(admin("POST", "/admin/identities", body).status, 409)
    is_(admin("POST", "/admin/identities", {"surprise": 1, **body}).status, 400)
    path = "/admin/identities/" + eve["id"]
    who = idp.new_session(eve["id"])
    seen = get(WHO, token(who)).json()["identity"]
    is_((seen["metadata_public"], "metadata_admin" in seen, "credentials" in seen),
        ({"b": 2}, False, False))
    patched = admin("PATCH", path, [{"op": "replace", "path": "/traits/name", "value": "Eve"},
                                    {"op": "remove", "path": "/metadata_public"}])
    is_((patched.json()["traits"]["name"], patched.json()["metadata_public"]), ("Eve", None))
    is_(get(WHO, token(who)).json()["identity"]["traits"]["name"], "Eve")
    for wrong in ([{"op": "replace", "path": "/id", "value": "x"}], [{"op": "move", "path": "/a"}],
                  [{"op": "replace", "path": "/state", "value": "asleep"}], {"op": "add"}):
        is_(admin("PATCH", path, wrong).status, 400, repr(wrong))
    is_(admin("PUT", path, {"schema_id": "default", "traits": {"email": "eve2@example.org"},
                            "state": "inactive"}).json()["state"], "inactive")
    is_(admin("GET", "/admin/identities?credentials_identifier=eve2@example.org").json()[0]["id"],
        eve["id"])
    is_(admin("DELETE", path).status, 204)
    is_((admin("DELETE", path).status, admin("GET", path).status), (404, 404))


# -- faults ----------------------------------------------------------------------------

def faulty(*headers, method="GET", timeout=3, **faults):
    idp.faults(**faults)
    try:
        return get(WHO, *(headers or (token(ada),)), method=method, timeout=timeout)
    finally:
        idp.faults()


@case("e1: good credentials get E1 and readiness is 503; e1_ready: readiness stays 200")
def _():
    for name, status in (("e1", 503), ("e1_ready", 200)):
        idp.faults(**{name: True})
        is_(get(WHO, token(ada)).body, E1)
        is_((get("/health/ready").status, get("/health/alive").status), (status, 200))
    idp.faults()
    is_((get("/health/ready").status, get(WHO, token(ada)).status), (200, 200))


@case("e2: 401 with another reason")
def _():
    is_(faulty(e2=True).body, E2)


@case("status, body, content type and headers as told: a 429 and an HTML 502")
def _():
    answer = faulty(status=429, body="slow down", content_type="text/plain",
                    headers={"Retry-After": "7", "x-ratelimit-reset": "3"})
    is_((answer.status, answer.body, answer.get("Retry-After"), answer.get("x-ratelimit-reset")),
        (429, b"slow down", "7", "3"))
    answer = faulty(status=502, body="<html>", content_type="text/html")
    is_((answer.status, answer.get("Content-Type")), (502, "text/html"))


@case("garbage is a 200 that is no JSON; redirect, gzip, inactive and huge_traits")
def _():
    answer = faulty(garbage=True)
    is_((answer.status, answer.json()), (200, None))
    answer = faulty(redirect="https://elsewhere.example/x")
    is_((answer.status, answer.get("Location")), (302, "https://elsewhere.example/x"))
    answer = faulty(gzip=True)
    is_(answer.get("Content-Encoding"), "gzip")
    is_(json.loads(gzip.decompress(answer.body))["id"], ada.session_id)
    answer = faulty(inactive=True)
    is_((answer.status, answer.json()["active"]), (200, False))
    answer = faulty(huge_traits=300000)
    is_(len(answer.json()["identity"]["traits"]["padding"]), 300000)
    is_(get(WHO, token(ada)).json()["active"], True, "nothing stays behind")


@case("half_body promises more than it sends; close sends nothing")
def _():
    like(raises(Broken, faulty, half_body=True), r"\d+ bytes of \d+")
    like(raises(Broken, faulty, close=True), "closed before")


@case("reset is a real RST")
def _():
    raises(ConnectionResetError, faulty, reset=True)


@case("hang never answers; drip gives a byte a second")
def _():
    raises(TimeoutError, faulty, hang=True, timeout=0.4)
    idp.faults(drip=True)
    with socket.create_connection(public(), 5) as sock:
        sock.sendall(message("GET", WHO, [token(ada)]))
        is_(sock.recv(100), b"H")
        is_(sock.recv(100), b"T")
    idp.faults()


@case("latency_ms delays, also before another fault, and does not hold up other requests")
def _():
    idp.faults(latency_ms=700, status=503)
    started = time.monotonic()
    with socket.create_connection(public(), 5) as slow:
        slow.sendall(message("GET", WHO, [token(ada)]))
        is_(get("/health/ready").status, 200)
        ok(time.monotonic() - started < 0.6, "the other one was quick")
        is_(read_response(slow, "GET").status, 503)
    ok(time.monotonic() - started >= 0.69, "the faulty one was slow")
    idp.faults()


@case("times: only the next N requests; only: whoami alone, or all of it but never control")
def _():
    idp.faults(status=500, times=2)
    is_([get(WHO, token(ada)).status for _ in range(3)], [500, 500, 200])
    idp.faults(status=500)
    is_(get("/self-service/login/api").status, 200)
    idp.faults(status=500, only="all")
    is_([get("/self-service/login/api").status, get("/health/ready").status,
         admin("GET", "/admin/identities").status], [500, 500, 500])
    is_(idp.faults(), {})


@case("idle_close_ms: a kept connection dies without having said so")
def _():
    idp.faults(idle_close_ms=0)
    with socket.create_connection(public(), 5) as sock:
        sock.sendall(message("GET", WHO, [token(ada), ("Connection", "keep-alive")]))
        answer = read_response(sock, "GET")
        is_((answer.status, answer.get("Connection")), (200, None))
        is_(sock.recv(1), b"", "closed")
    idp.faults()


@cases("control refuses {0}", [("/control/faults", {"lateny_ms": 5}),
                               ("/control/faults", {"latency_ms": "5"}),
                               ("/control/config", {"strict": True}),
                               ("/control/config", {"required_aal": "aal9"}),
                               ("/control/config", {"session_lifespan": "1 day"})])
def _(path, body):
    like(raises(IdpError, idp.call, "PUT", path, body), r"400.*(known|must|not a)")


# -- what tests rely on ----------------------------------------------------------------

@case("counters and requests tell what came, headers in order and with doubles")
def _():
    idp.clear()
    get(WHO, ("X-A", "1"), ("Cookie", "a=1"), ("X-A", "2"))
    get("/health/ready")
    counters = idp.counters()
    is_((counters["whoami"], counters["ready"], counters["connections"]), (1, 1, 2))
    seen = idp.whoami_requests()
    is_([(r.method, r.path) for r in seen], [("GET", WHO)])
    is_(seen[0].headers[1:4], [("X-A", "1"), ("Cookie", "a=1"), ("X-A", "2")])
    for _ in range(120):
        get("/health/alive")
    is_(len(idp.requests()), 100)
    for token in "one", "two", "one":
        get(WHO, ("X-Session-Token", token))
    is_(idp.calls(), {"a=1": 1, "one": 2, "two": 1})
    idp.clear()
    is_(idp.calls(), {})
    is_((sum(idp.counters().values()), idp.requests()), (0, []))


@case("the README names every fault, every configuration key and every control call")
def _():
    with open(os.path.join(TOP, "contrib", "idp", "README.md")) as file:
        text = file.read()
    refused = str(raises(IdpError, idp.faults, nonsense=1))
    known = re.search(r"known: ([\w, ]+)", refused).group(1).split(", ")
    known += idp.call("GET", "/control/config")
    ok(len(known) > 30, "something to check", known)
    is_([name for name in known if f"`{name}`" not in text], [])


@case("state: private file; sessions and cookies outlive a restart on the same ports")
def _():
    who = idp.user(password="correct horse")
    place, ports = os.path.join(idp.dir, "state.json"), (idp.public, idp.admin)
    wait_for(lambda: who.id in open(place).read(), 1.0, "written within half a second")
    is_(os.stat(place).st_mode & 0o777, 0o600)
    ok("correct horse" not in open(place).read(), "no password in it")
    started = time.monotonic()
    is_(idp.stop(), 0)
    ok(time.monotonic() - started < 2, "stopped quickly")
    ok(not os.path.exists(os.path.join(idp.dir, "ready")), "ready file taken away")
    raises(ConnectionRefusedError, get)
    idp.start()
    is_((idp.public, idp.admin), ports)
    is_([get(WHO, h).status for h in (token(who), cookie(who), token(ada))], [200, 200, 200])


@case("a change a moment before SIGTERM is not lost")
def _():
    who = idp.user()
    idp.restart()
    is_(get(WHO, token(who)).status, 200)


@case("a broken state file: it says so and does not start")
def _():
    other = Idp(start=False)
    with open(os.path.join(other.dir, "state.json"), "w") as file:
        file.write('{"version":1,')
    like(raises(IdpError, other.start), "idp: .*state.json: not a state file of this program")
    other.remove()


@case("a port in use: it says so and does not start")
def _():
    other = Idp(start=False)
    like(raises(IdpError, other.start, idp.public), "idp: .*in use")
    other.remove()


last_case()

if __name__ == "__main__":
    run()
