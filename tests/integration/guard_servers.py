"""What people see, and what is peculiar to each web server and its recipe."""

import re

import fcgi_app
import guarded
import rawhttp
from guard_case import NO_HTTP, Absent, Own, Row, case, check_kept, check_leaks, \
    equal, expect, rows

HTTP = {"direct": NO_HTTP}
PERSON = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
PUBLIC = "https://www.gate.example"

CLAIMS = [("X-Auth-User", "bob"), ("Remote-User", "bob")]

rows(
    # P05: addresses that the server rewrites; see site in lib/guarded.py.
    Row("rewritten: the address of the browser is judged, and allowed", "bob",
        "=/short/any/page", places=("files",), on=HTTP),
    Row("rewritten: the address of the browser is judged, and no rule is for it",
        "ann", "=/short/admin/page", 403, places=("files",), reason="not_allowed",
        on=HTTP),
    Row("rewritten: nobody is nobody", None, "=/short/any/page", 401,
        places=("files",), on=HTTP),
    Row("rewritten: tricks in the address of the browser", "bob",
        "=/short/any/../admin/page", 400, places=("files",), on=HTTP),

    # The edge of the guarded folder.
    Row("edge: the folder without its slash", "ann", "=/members", 403,
        reason="not_allowed", places=("files",),
        on={"nginx": Own(301, "it adds the slash")}),
    Row("edge: the folder itself", "ann", "=/members/", 403, reason="not_allowed",
        places=("files",)),
    Row("edge: a neighbour that begins alike is not in it", None,
        "=/membership.txt", 200, places=("files",), on={
            "direct": Absent("the bare socket judges what it is asked"),
            **{server: Own(200, "not guarded") for server in (
                "nginx", "lighttpd", "apache")}}),
    Row("edge: the site's own pages stay open", None, "=/index.html", 200,
        places=("files",), on={
            "direct": Absent("the bare socket judges what it is asked"),
            **{server: Own(200, "not guarded") for server in (
                "nginx", "lighttpd", "apache")}}),
    Row("edge: the address that nginx asks cannot be called", "ann",
        "=/gatehouse-check", places=("files",), on={
            **HTTP, "nginx": Own(404, "internal"), "lighttpd": Own(404, "nothing"),
            "apache": Own(404, "nothing")}),
    Row("edge: what is no file is 404 for who may look", "ann", "/any/none", 404,
        places=("files",), on={
            **HTTP, "nginx": Own(404, "no such file"),
            "lighttpd": Own(404, "no such file"),
            "apache": Own(404, "no such file")}),
)


def ask(world, who, sub, method="GET", body=None, place="files"):
    headers = (world.cast[who].headers if who else []) + [
        PERSON, ("Origin", PUBLIC)] if method == "POST" else (
            world.cast[who].headers if who else []) + [PERSON]
    target = guarded.URLS[place] + sub
    world.mount.taken()
    answer = world.mount.request(method, target, headers, body)
    world.last = method, target, headers, answer
    equal(world.mount.taken(), [], "what reached an application")
    check_leaks(answer)
    check_kept(answer)
    return answer


def is_page(world, answer, status):
    """A page for people; what mod_fcgid shows is always 401."""
    equal(answer.status, 401 if "fcgid" in world.tags else status, "status")
    expect(answer.get("Content-Type", "").startswith("text/html"),
           f"Content-Type {answer.get('Content-Type')}")
    expect(b"<title>" in answer.body and b"<h1" in answer.body, "a page")
    policy = answer.get("Content-Security-Policy", "")
    expect("default-src 'none'" in policy, f"its policy: {policy}")


@case("people: who is not signed in is sent to sign in, and back", on=HTTP)
def to_sign_in(world):
    for place in world.places:
        answer = ask(world, None, "/any/page?q=%C3%A9", place=place)
        if "fcgid" in world.tags:
            is_page(world, answer, 401)
            expect(b"/auth/login" in answer.body, "the way in")
            continue
        equal(answer.status, 303, "status")
        back = f"{PUBLIC}{guarded.URLS[place]}/any/page?q=%C3%A9"
        wanted = f"{PUBLIC}/auth/login?return_to=" + re.sub(
            r"[^A-Za-z0-9._~-]", lambda c: "%%%02X" % ord(c[0]), back)
        equal(answer.get("Location"), wanted, "where to")


@case("people: who may not see a page gets one that says so", on=HTTP)
def not_open(world):
    for place in world.places:
        is_page(world, ask(world, "bob", "/admin/page", place=place), 403)


@case("people: a missing second factor is asked for", on=HTTP)
def step_up(world):
    answer = ask(world, "ann", "/vault/page")
    if "fcgid" in world.tags:
        is_page(world, answer, 403)
        return
    equal(answer.status, 303, "status")
    expect("aal=aal2" in answer.get("Location"), f"to {answer.get('Location')}")
    expect("return_to=" in answer.get("Location"), "and back")


@case("people: an ambiguous address is a page too, not a redirect", on=HTTP)
def ambiguous(world):
    is_page(world, ask(world, None, "/any/../admin/page"), 400)


@case("people: a cookie that is refused is shown a page, not sent in circles",
      on=HTTP)
def refused_cookie(world):
    who = world.cast.stranger()
    with world.idp.fault(inactive=True):
        for place in world.places:
            answer = world.mount.request(
                "GET", guarded.URLS[place] + "/any/page", who.headers + [PERSON])
            world.last = "GET", place, [], answer
            is_page(world, answer, 401)
    world.recovered()


@case("people: a form that was sent is not turned into a redirect", on=HTTP)
def form(world):
    answer = ask(world, None, "/any/page", "POST", b"x=1", "php")
    is_page(world, answer, 401)


@case("people: a way back that leads elsewhere is not taken along", on=HTTP)
def way_back(world):
    answer = ask(world, None, "/any/page?return_to=https://evil.example/")
    where = answer.get("Location") or ""
    expect(not where.startswith("https://evil"), f"to {where}")
    expect("fcgid" in world.tags or where.startswith(PUBLIC + "/auth/login?"),
           f"to {where}")


@case("recipe: a cookie and a field of ours never come along with content",
      on=HTTP)
def nothing_else(world):
    wanted = {"date", "server", "content-type", "content-length", "connection",
              "cache-control", "vary", "accept-ranges", "etag", "last-modified",
              "transfer-encoding"}
    for place in world.places:
        answer = world.mount.request("GET", guarded.URLS[place] + "/any/page",
                                     world.cast.ann.headers)
        equal(answer.status, 200, "status")
        more = {k.lower() for k, _ in answer.headers} - wanted
        equal(more, set(), f"further fields at {place}")


@case("recipe: a session cookie that Ory renews gets to the browser", on={
    **HTTP, "lighttpd": Absent("it drops all fields of a yes"),
    "authnz": Absent("it drops all fields of a yes")})
def renewed(world):
    who = world.cast.stranger()
    fresh = "ory_kratos_session=renewed; Path=/; HttpOnly"
    with world.idp.fault(headers={"Set-Cookie": fresh}):
        answer = world.mount.request("GET", guarded.URLS["files"] + "/any/page",
                                     who.headers)
    world.last = "GET", "", [], answer
    equal((answer.status, answer.all("Set-Cookie")), (200, [fresh]), "answer")


@case("recipe: without Lua a service behind lighttpd can read Forwarded", on={
    server: Absent("of lighttpd's") for server in ("nginx", "apache", "direct")})
def forwarded(world):
    world.mount.taken()
    world.mount.request("GET", guarded.URLS["service"] + "/any/page",
                        world.cast.ann.headers + [
                            ("Forwarded", 'for=1.2.3.4;remote_user="bob"')])
    equal(world.mount.taken()[0].all("Forwarded"),
          [f'for=127.0.0.1;remote_user="ory:{world.cast.ann.id}"'], "Forwarded")


@case("recipe: a program that says it may be kept is not believed", on=HTTP)
def not_cached(world):
    world.mount.app.answer = lambda call: (
        b"Status: 200 OK\r\nCache-Control: public, max-age=600\r\n"
        b"Expires: Fri, 31 Dec 2100 23:59:59 GMT\r\nContent-Length: 2\r\n\r\nok")
    try:
        answer = world.mount.request("GET", guarded.URLS["php"] + "/any/page",
                                     world.cast.ann.headers)
    finally:
        world.mount.app.answer = fcgi_app.Call.shown
    equal((answer.status, answer.body), (200, b"ok"), "the program's answer")
    check_kept(answer)
    equal(answer.get("Expires"), None, "Expires")


@case("recipe: a program's own 401, 403 and 500 are its own", on=HTTP)
def own_errors(world):
    try:
        for status in (401, 403, 500):
            world.mount.app.answer = lambda call, s=status: (
                b"Status: %d x\r\nContent-Length: 4\r\n\r\nmine" % s)
            answer = world.mount.request("GET", guarded.URLS["php"] + "/any/page",
                                         world.cast.ann.headers + [PERSON])
            equal((answer.status, answer.body), (status, b"mine"), "answer")
    finally:
        world.mount.app.answer = fcgi_app.Call.shown


@case("recipe: the variables that name a user stay on this side, in errors too",
      on={**HTTP, "fcgid": Absent("Apache's own error pages show them: the "
                                  "recipe says so")})
def own_not_found(world):
    answer = world.mount.request("GET", guarded.URLS["files"] + "/any/none",
                                 world.cast.ann.headers)
    equal(answer.status, 404, "status")
    check_leaks(answer)


@case("recipe: a folder's index that is a program is guarded, and told who it is",
      on=HTTP)
def index_program(world):
    world.mount.taken()
    answer = world.mount.request("GET", "/members/folder/any/")
    equal((answer.status, world.mount.taken()), (401, []), "nobody")
    answer = world.mount.request("GET", "/members/folder/any/", CLAIMS
                                 + world.cast.ann.headers)
    world.last = "GET", "/members/folder/any/", [], answer
    equal(answer.status, 200, "status")
    taken = world.mount.taken()
    equal([t.who() for t in taken], [world.cast.ann.told], "what it is told")


@case("recipe: the page for sign-in is open, and keeps nothing", on={
    **HTTP, "lighttpd": Absent("it shows Gatehouse's own"),
    "authnz": Absent("it shows Gatehouse's own")})
def sign_in_page(world):
    answer = world.mount.request("GET", "/gatehouse-signin.html")
    equal(answer.status, 200, "status")
    expect(b"/auth/check" in answer.body, "the page")


@case("recipe: what HTTP/1.1 calls one path is one for the rules too", on=HTTP)
def same_everywhere(world):
    """Fifty spellings of /admin/page: none is served to who may only see /any."""
    for n, c in enumerate("admin/page"):
        for spelled in ("%%%02x" % ord(c), "%%%02X" % ord(c), c + "/.", c + "%00",
                        "%%25%02x" % ord(c)):
            path = "admin/page"[:n] + spelled + "admin/page"[n + 1:]
            target = guarded.URLS["files"] + "/" + path
            try:
                answer = world.mount.request("GET", target, world.cast.bob.headers)
            except rawhttp.Broken:
                continue
            world.last = "GET", target, [], answer
            expect(answer.status >= 400, f"{path}: {answer.status}")
