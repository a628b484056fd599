"""Yes, no, step up, and "could not find out": never one taken for another.

The faults come last, and after each one the program must serve again by itself.
"""

import json
import time

from api_case import case, check_error, equal, expect
from api_profile import crowd


@case("a revoked session is refused at once")
def revoked(api):
    user = api.user()
    equal(api.get(user).status, 200, "before")
    api.idp.edit_session(user, active=False)
    answer = api.get(user)
    equal((answer.status, answer.json()["message"]),
          (401, "invalid session token"), "after")


@case("an expired session is refused")
def expired(api):
    user = api.user()
    api.idp.edit_session(user, expires_at="2020-01-01T00:00:00Z")
    equal(api.get(user).status, 401, "status")


@case("a disabled identity is refused, by token and by cookie")
def disabled(api):
    user = api.user()
    api.idp.disable(user)
    equal(api.get(user).status, 401, "by token")
    equal(api.call("GET", "/user/profile", [("Cookie", user.cookie)]).status,
          401, "by cookie")


@case("active:false is a refusal, though the provider said 200")
def inactive(api):
    user = api.user()
    with api.idp.fault(inactive=True):
        equal(api.get(user).status, 401, "status")


def step_up(how):
    @case(f"a second factor is needed: 403 with the address, by {how}")
    def needed(api):
        user = api.user(aal2=True)
        header = {"token": ("Authorization", "Bearer " + user.token),
                  "cookie": ("Cookie", user.cookie)}[how]
        answer = api.call("GET", "/user/profile", [header])
        equal(answer.status, 403, "status")
        details = check_error(answer)["details"]
        equal(details["reason"], "second_factor_required", "reason")
        equal(details["stepUpUrl"].partition("&")[0], api.public
              + "/.ory/self-service/login/browser?aal=aal2", "stepUpUrl")
        equal(api.rows_of(user), 0, "rows")


step_up("token")
step_up("cookie")


@case("after the second factor the same user is served")
def stepped_up(api):
    user = api.user(aal2=True)
    equal(api.get(user).status, 403, "before")
    api.idp.edit_session(user, aal="aal2")
    equal(api.get(user).status, 200, "after")


@case("a renewed cookie is passed on, to its owner only")
def renewed_cookie(api):
    user, other = api.user(), api.user()
    old = user.cookie
    api.idp.edit_session(user, extend=True)
    answer = api.call("GET", "/user/profile", [("Cookie", old)])
    equal(answer.status, 200, "status")
    cookies = answer.all("Set-Cookie")
    equal(len(cookies), 1, "Set-Cookie headers")
    expect(cookies[0].startswith("ory_kratos_session="), cookies[0])
    expect("httponly" in cookies[0].lower() and "path=/" in cookies[0].lower(),
           f"attributes untouched: {cookies[0]}")
    for header in (("Cookie", other.cookie),
                   ("Authorization", "Bearer " + user.token)):
        answer = api.call("GET", "/user/profile", [header])
        equal(answer.all("Set-Cookie"), [], f"Set-Cookie for {header[0]}")
    new = cookies[0].partition(";")[0]
    answer = api.call("GET", "/user/profile", [("Cookie", new)])
    equal((answer.status, answer.all("Set-Cookie")), (200, []), "the new one")


@case("other cookies of the provider are not passed on")
def foreign_cookie(api):
    user = api.user()
    with api.idp.fault(headers={"Set-Cookie": "csrf_token=abc; Path=/"}):
        answer = api.call("GET", "/user/profile", [("Cookie", user.cookie)])
    equal((answer.status, answer.all("Set-Cookie")), (200, []), "answer")


@case("40 requests of one new user by cookie at once: no 5xx")
def crowd_by_cookie(api):
    user = api.user()
    statuses = crowd(api, lambda n: api.mount.request(
        "GET", "/user/profile", [("Cookie", user.cookie)], timeout=60), 40)
    equal(set(statuses), {200}, "statuses")


# name, faults: each is "could not find out", so 503 and never 401
WHOAMI = '{"id":"0cd29640-3b64-419d-93b0-8c9e84c2090d","active":true,' \
    '"expires_at":"2099-01-01T00:00:00Z","identity":%s}'
UNSURE = (
    ("500", {"status": 500, "body": '{"error":{"code":500}}'}),
    ("502 in HTML", {"status": 502, "body": "<h1>Bad Gateway</h1>",
                     "content_type": "text/html"}),
    ("503", {"status": 503, "body": ""}),
    ("429 with a time", {"status": 429, "body": "{}",
                         "headers": {"Retry-After": "1"}}),
    ("429 with Ory's own header", {"status": 429, "body": "",
                                   "headers": {"x-ratelimit-reset": "1"}}),
    ("400", {"status": 400, "body": '{"error":{"code":400}}'}),
    ("403 without step-up", {"status": 403, "body": '{"error":{"id":"other"}}'}),
    ("403 in HTML", {"status": 403, "body": "<h1>blocked</h1>",
                     "content_type": "text/html"}),
    ("404, a wrong base URL", {"status": 404, "body": "404 page not found"}),
    ("401 that says it does not know", {"e2": True}),
    ("200 that is not JSON", {"garbage": True}),
    ("200 without a body", {"status": 200, "body": ""}),
    ("200 with null", {"status": 200, "body": "null"}),
    ("200 with an empty object", {"status": 200, "body": "{}"}),
    ("200 without an identity", {"status": 200, "body": WHOAMI % "null"}),
    ("200 with an id that is none", {"status": 200,
     "body": WHOAMI % '{"id":"1 OR 1=1","traits":{}}'}),
    ("200 with active as a string", {"status": 200,
     "body": (WHOAMI % '{"id":"c4d24c01-feba-4213-858b-262c8d427f8c"}').replace(
         "true", '"true"')}),
    ("200 of 300 KB", {"huge_traits": 300_000}),
    ("204", {"status": 204}),
    ("a redirect", {"redirect": "http://127.0.0.1:9/sessions/whoami"}),
    ("an encoding nobody asked for", {"gzip": True}),
    ("half a body", {"half_body": True}),
    ("a connection reset", {"reset": True}),
    ("a connection closed", {"close": True}),
    ("no answer", {"hang": True}),
    ("a byte now and then", {"drip": True}),
)


def unsure(name, faults):
    @case(f"provider: {name}: 503 in time, never 401")
    def is_503(api):
        user = api.user()
        began = time.monotonic()
        with api.idp.fault(**faults):
            answer = api.get(user)
        took = time.monotonic() - began
        equal(answer.status, 503, "status")
        details = check_error(answer)["details"]
        equal((details or {}).get("reason"), "provider_unavailable", "reason")
        expect(took < 4.5, f"took {took:.1f} s")
        equal(api.rows_of(user), 0, "rows")
        api.recovered()


for _row in UNSURE:
    unsure(*_row)


@case("provider: its database is down, good credentials get 401: 503 for them")
def trap(api):
    user = api.user()
    equal(api.get(user).status, 200, "before")
    with api.idp.fault(e1=True):
        equal(api.get(user).status, 503, "of a credential known as good",)
    api.recovered()
    equal(api.get(user).status, 200, "after")


@case("provider: a refusal counts when its readiness probe is good")
def truthful_refusal(api):
    user = api.user()
    equal(api.get(user).status, 200, "before")
    with api.idp.fault(e1_ready=True):
        # The probe of the case before holds for a second: 503 until then.
        end = time.monotonic() + 4
        while (status := api.get(user).status) == 503 and time.monotonic() < end:
            time.sleep(0.1)
        equal(status, 401, "status")
    api.recovered()


@case("provider down: 503 before the body is judged")
def unsure_before_body(api):
    user = api.user()
    with api.idp.fault(status=500):
        answer = api.post(user, b"x" * 70_000)
    equal(answer.status, 503, "status")
    api.recovered()


@case("provider down: anonymous is still 401, public routes still answer")
def public_while_down(api):
    with api.idp.fault(status=500, only="all"):
        equal(api.call("GET", "/user/profile").status, 401, "anonymous")
        for path in ("/healthz", "/auth/login-info"):
            equal(api.call("GET", path).status, 200, path)
    api.recovered()


@case("database down: 503 for users, 200 for the rest, and back by itself")
def database_down(api):
    user = api.user()
    equal(api.get(user).status, 200, "before")
    api.pg.stop("fast")
    try:
        for answer in (api.get(user), api.post(user, '{"theme":"dark"}')):
            equal(answer.status, 503, "status")
            equal(check_error(answer)["details"]["reason"],
                  "database_unavailable", "reason")
        equal(api.call("GET", "/healthz").status, 200, "healthz")
        equal(api.call("GET", "/auth/login-info").status, 200, "login-info")
        equal(api.call("GET", "/user/profile").status, 401, "anonymous")
        end = time.monotonic() + 6      # probed at most every 2 s
        while True:
            ready = api.call("GET", "/readyz")
            if ready.status == 503 or time.monotonic() > end:
                break
            time.sleep(0.1)
        equal(ready.status, 503, "readyz")
        expect("parts" in check_error(ready)["details"], "details.parts")
    finally:
        api.pg.start()
    api.recovered()
    equal(api.profile(user)["theme"], "light", "the write that was refused")


@case("the log tells each request as it was")
def log_lines(api):
    """Lines are written after the answer, when libfcgi has freed the request."""
    lines = []
    for text in api.mount.scratch.tail("gatehouse.log", 1 << 30):
        line = json.loads(text)
        if line.get("event") == "request":
            lines.append(line)
    expect(len(lines) > 100, f"only {len(lines)} lines")
    methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
               "PROPFIND", "MKCOL", "TRACE", "BREW",
               "(malformed)"}  # "get", which is no method
    equal({line["method"] for line in lines} - methods, set(), "methods")
    for line in lines:
        expect(200 <= line["status"] <= 599, f"status of {line}")
        equal(line.get("address", "127.0.0.1"), "127.0.0.1", f"address of {line}")


@case("no token, cookie or database password stands in any log")
def no_secret_in_logs(api):
    text = "\n".join(line for name in api.mount.logs
                     for line in api.mount.scratch.tail(name, 1 << 30))
    if "direct" in api.tags or api.mount.backend:
        expect("/user/profile" in text or "user_profile" in text,
               "the log is there at all")
    found = [s[:12] + "..." for s in api.secrets if s in text]
    equal(found, [], "credentials in logs")
