"""Headers of every answer: request ids, caching, types, nothing else."""

from api_case import case, equal, expect

HOSTILE_IDS = (
    ("a space", "one two"),
    ("quotes", 'a"b\'c'),
    ("a tag", "<script>alert(1)</script>"),
    ("300 characters", "x" * 300),
    ("braces and a backslash", '{"a":"\\n"}'),
    ("non-ASCII", "r\u00e9f"),
)


@case("X-Request-Id of the client comes back")
def request_id_echo(api):
    answer = api.call("GET", "/healthz", [("X-Request-Id", "Abc-123_4.5")])
    equal(answer.get("X-Request-Id"), "Abc-123_4.5", "X-Request-Id")


@case("without X-Request-Id each answer gets one of its own")
def request_id_made(api):
    ids = {api.call("GET", "/healthz").get("X-Request-Id") for _ in range(5)}
    equal(len(ids), 5, "different ids")


def hostile(what, value):
    @case(f"a hostile X-Request-Id is replaced: {what}")
    def replaced(api):
        got = api.call("GET", "/healthz",
                       [("X-Request-Id", value)]).get("X-Request-Id")
        expect(got != value, f"echoed {value!r}")


for _what, _value in HOSTILE_IDS:
    hostile(_what, _value)


@case("an error carries the X-Request-Id too")
def request_id_on_error(api):
    answer = api.call("GET", "/user/profile", [("X-Request-Id", "err-1")])
    equal((answer.status, answer.get("X-Request-Id")), (401, "err-1"), "answer")


@case("the provider is told the X-Request-Id")
def request_id_upstream(api):
    user = api.user()
    api.idp.reset_requests()
    api.get(user, headers=[("X-Request-Id", "corr-77")])
    seen = api.idp.whoami_requests()
    equal(len(seen), 1, "whoami calls")
    equal(seen[0].all("X-Request-Id"), ["corr-77"], "upstream X-Request-Id")


@case("a profile is application/json, exactly as long as it says")
def content_type(api):
    answer = api.get(api.user())
    equal(answer.get("Content-Type"), "application/json", "Content-Type")
    length = answer.get("Content-Length")
    if length is not None:
        equal(int(length), len(answer.body), "Content-Length")


@case("no Range: a part of a profile is never sent as 206")
def no_range(api):
    answer = api.get(api.user(), headers=[("Range", "bytes=0-3")])
    equal(answer.status, 200, "status")
    equal(answer.get("Content-Range"), None, "Content-Range")


@case("If-None-Match: * does not turn a profile into 304")
def no_not_modified(api):
    answer = api.get(api.user(), headers=[("If-None-Match", "*")])
    equal(answer.status, 200, "status")


@case("no cookie is set unless the provider renewed one")
def no_cookie(api):
    user = api.user()
    answer = api.call("GET", "/user/profile", [("Cookie", user.cookie)])
    equal(answer.status, 200, "status")
    equal(answer.get("Set-Cookie"), None, "Set-Cookie")


@case("HEAD has the headers of GET")
def head_like_get(api):
    user = api.user()
    get = api.get(user)
    head = api.call("HEAD", "/user/profile",
                    [("Authorization", "Bearer " + user.token)])
    for name in ("Content-Type", "Cache-Control", "Vary",
                 "X-Content-Type-Options"):
        equal(head.get(name), get.get(name), name)


@case("Accept does not matter: there is only JSON")
def accept(api):
    answer = api.get(api.user(), headers=[("Accept", "text/html")])
    equal((answer.status, answer.get("Content-Type")),
          (200, "application/json"), "answer")


@case("Expect: 100-continue does no harm")
def expect_continue(api):
    answer = api.post(api.user(), "{}", headers=[("Expect", "100-continue")])
    equal(answer.status, 200, "status")


@case("40 unknown headers do no harm")
def many_headers(api):
    extra = [(f"X-Extra-{n}", "v" * 20) for n in range(40)]
    equal(api.get(api.user(), headers=extra).status, 200, "status")


@case("6000 bytes of one unknown header do no harm")
def long_header(api):
    answer = api.get(api.user(), headers=[("X-Long", "v" * 6000)])
    equal(answer.status, 200, "status")
