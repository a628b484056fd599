"""The people, the rules and the servers of the guard cases, and how one is run."""

import os
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import child                # noqa: E402
import fcgi                 # noqa: E402
import guarded              # noqa: E402
import idp as idp_lib       # noqa: E402
import pg                   # noqa: E402
import tap                  # noqa: E402
from api_case import Absent, Failed, Own, equal, expect  # noqa: E402
from guard_case import (TAGS, check_answer, check_kept, check_leaks,  # noqa: E402
                        check_refusal)

PUBLIC = "https://www.gate.example"
ALLOWED = "https://app.gate.example"
FORGED = "mallory-5f2c"     # as a client would like to be called

TIMEOUT = "1500ms"          # of a call to the provider

# "*" is the place: see guarded.URLS.  What no rule is for is refused.
RULES = (
    {"path": "/members/*/open", "access": "anyone"},
    {"path": "/members/*/closed", "access": "nobody"},
    {"path": "/members/*/any"},
    {"path": "/members/*/admin", "roles_any": ["boss", "admin"]},
    {"path": "/members/*/board", "roles_all": ["admin", "audit"]},
    {"path": "/members/*/bills", "permissions_any": ["org:bills:read"]},
    {"path": "/members/*/books",
     "permissions_all": ["org:bills:read", "org:bills:write"]},
    {"path": "/members/*/acme", "organizations": ["acme"]},
    {"path": "/members/*/vault", "aal": "aal2"},
    {"path": "/members/*/fresh", "max_age": "1h"},
    {"path": "/members/*/soon", "max_age": "5s"},
    {"path": "/members/*/safe", "aal": "aal2", "max_age": "1h"},
    {"path": "/members/*/staff", "email_domains": ["staff.example"]},
    {"path": "/members/*/corp", "providers": ["corp"]},
    {"path": "/members/*/both", "providers": ["ory"], "roles_any": ["admin"],
     "email_domains": ["staff.example"]},
    {"path": "/members/*/form", "methods": ["GET"]},
    {"path": "/members/*/form", "methods": ["POST"], "roles_any": ["admin"]},
    {"path": "/members/*/embed", "methods": ["POST"], "cross_site": True},
    {"path": "/members/*/Café"},
    {"path": "/short/any"},
)
# The files of the folder; programs and the service take any path.
FILES = tuple(f"/{rule['path'].split('/')[3]}/page" for rule in RULES
              if rule["path"].startswith("/members/")) + (
    "/elsewhere/page", "/ann/page", "/admin/page.css", "/any/index.html", "/any/two words", "/any/%41")


class Person:
    """Somebody with a credential: how it is sent, and what is told of them."""

    def __init__(self, headers, **told):
        self.headers = list(headers)
        self.told = {"remote_user": f"{told['provider']}:{told['user']}", **told}
        self.id = told["user"]


class Cast:
    """Everybody who appears, made once for all cases of a program."""

    def __init__(self, idp):
        self.idp = idp
        # Ory: session cookies.
        self.ann = self.ory("ann@staff.example", ["admin"], True,
                            name="Ann Ä, O'Neil%", told="Ann%20%C3%84%2C%20O'Neil%25")
        self.bob = self.ory("bob@staff.example", None, False)
        self.cid = self.ory("cid@other.example", ["admin", "audit", "a,b c"], True,
                            roles="admin,audit,a%2Cb%20c")
        self.sam = self.ory("sam@sub.staff.example", ["Admin", "admin ", "adm"],
                            True, roles="Admin,admin%20,adm")
        self.tia = self.ory("tia@other.example", None, True, aal="aal2")
        self.ivy = self.ory("ivy@other.example", None, True)
        # The plain issuer: bearer tokens.
        now = int(time.time())
        self.dan = self.corp("dan", roles=["admin"], auth_time=now - 60)
        self.old = self.corp("old", acr="mfa", auth_time=now - 7200)
        self.new = self.corp("new", acr="mfa", auth_time=now - 60)
        self.odd = self.corp("o,dd%2f", roles="admin audit", told="o%2Cdd%252f")
        self.two = self.corp("two", email="a@x.example@staff.example",
                             email_verified=True)
        # Clerk: session tokens, with an organization.
        self.eve = self.clerk("acme", ["org:bills:read"])
        self.fay = self.clerk("acmex", ["org:bills:read", "org:bills:write"])

    def ory(self, email, roles_, verified, name="", told="", aal="aal1", roles=None):
        wish = {"name": name} if name else {}
        user = self.idp.user(email, verified=verified, **wish)
        if roles_:
            self.idp.call("PATCH", f"/admin/identities/{user.id}", [
                {"op": "add", "path": "/metadata_public", "value": {"roles": roles_}}])
        if aal != "aal1":
            self.idp.edit_session(user, aal=aal)
        facts = {"email": email if verified else "", "name": told,
                 "roles": roles or ",".join(roles_ or ())}
        person = Person([("Cookie", user.cookie)], provider="ory", user=user.id,
                        session=user.session_id, aal=aal,
                        **{k: v for k, v in facts.items() if v})
        person.user, person.token = user, user.token
        return person

    def stranger(self):
        """Somebody nobody has seen before."""
        return self.ory(self.idp.new_email(), None, False)

    def corp(self, sub, told=None, roles=None, **claims):
        email = claims.get("email")
        token = self.idp.oidc.token(
            claims={"sub": sub, **claims, **({"groups": roles} if roles else {})},
            drop=[] if email else ["email", "email_verified", "name"],
            expires_in_seconds=900)
        facts = {"aal": "aal2" if "acr" in claims else "aal1"}
        if roles:
            facts["roles"] = roles.replace(" ", "%20") if isinstance(
                roles, str) else ",".join(roles)
        person = Person([("Authorization", "Bearer " + token)], provider="corp",
                        user=told or sub, **facts)
        person.token = token
        return person

    def clerk(self, slug, permissions):
        user = self.idp.clerk.user(email="")
        token = self.idp.clerk.token(
            user_id=user.id, session_id=user.session_id, version=1,
            expires_in_seconds=900,
            claims={"org_id": "org_" + slug, "org_slug": slug, "org_role": "org:admin",
                    "org_permissions": permissions})
        person = Person([("Authorization", "Bearer " + token)], provider="clerk",
                        user=user.id, session=user.session_id, org="org_" + slug,
                        roles="org:admin", aal="aal1")
        person.token = token
        return person

    def __getitem__(self, name):
        return getattr(self, name)


def read_variables(answer):
    """Whom the Authorizer role names."""
    found = {}
    for name, value in answer.headers:
        if name.startswith("Variable-"):
            found[name[len("Variable-"):].removeprefix("AUTH_").lower()] = value
    return found


def read_headers(answer):
    """Whom /auth/check names."""
    return {name[len("X-Auth-"):].lower(): value
            for name, value in answer.headers if name.startswith("X-Auth-")
            and name not in ("X-Auth-Reason", "X-Auth-Redirect")}


class World:
    """One web server with everything behind it and beside it."""

    def __init__(self, name):
        self.name, self.tags = name, TAGS[name]
        self.last = self.failed = None
        self.pg = pg.Cluster()
        self.idp = idp_lib.Idp("--allow-return-to", PUBLIC + "/", clerk=True,
                               oidc=True)
        self.cast = Cast(self.idp)
        self.mount = guarded.make(name)
        if name != "direct":
            self.mount.files(*FILES)

    def conf(self):
        clerk, corp = self.idp.clerk.about(), self.idp.oidc.about()
        rules = RULES + ({"path": "/members/*/ann",
                          "subjects": ["ory:" + self.cast.ann.id, "corp:new"]},)
        return {
            "providers": ["ory", "clerk", "corp"], "public_url": PUBLIC,
            "cors": {"allow_origins": [ALLOWED]},
            "ory": {"url": self.idp.public, "timeout": TIMEOUT,
                    "browser_url": PUBLIC + "/.ory", "cache_ttl": "30s",
                    "roles": "metadata_public.roles"},
            "clerk": {"secret_key": clerk["secret_key"], "issuer": clerk["issuer"],
                      "publishable_key": clerk["publishable_key"],
                      "api_url": clerk["api_url"], "timeout": TIMEOUT,
                      "authorized_parties": [PUBLIC, clerk["azp"]]},
            "oidc": [{"name": "corp", "issuer": corp["issuer"], "timeout": TIMEOUT,
                      "audience": [corp["audience"]], "roles_claim": "groups",
                      "aal2_acr": ["mfa"]}],
            "guard": {"rules": list(rules)},
            "database": {"url": self.pg.url}, "log": {"level": "debug"}}

    def start(self):
        try:
            self.mount.start(self.conf())
        except child.Missing:
            raise
        except Exception as error:
            tap.diag(traceback.format_exc())
            tap.diag("\n".join(self.mount.diagnostics()))
            tap.bail(f"{self.name} did not start: {error}".splitlines()[0])

    @property
    def places(self):
        return ("files",) if self.name == "direct" else self.mount.places_of_apps

    def fill(self, value):
        """{name} in a header is the id of somebody of the cast."""
        for name in ("ann", "cid", "dan", "new"):
            value = value.replace("{%s}" % name, self.cast[name].id)
            value = value.replace("{%s.token}" % name, self.cast[name].token)
        return value.replace("{forged}", FORGED)

    # One request.

    def put(self, row, place, who=None):
        """Ask for a row at one place; checks everything about the answer."""
        person = who or (self.cast[row.who] if row.who else None)
        headers = (person.headers if person else []) + [
            (k, self.fill(v)) for k, v in row.send]
        told = self.cast[row.sees].told if row.sees else {}
        if who and row.status == 200:
            told = who.told
        if self.name == "direct":
            self.put_direct(row, headers, told)
        else:
            self.put_server(row, place, headers, told)

    def put_server(self, row, place, headers, told):
        target = row.target(guarded.URLS[place])
        self.mount.taken()
        answer = self.mount.request(row.method, target, headers, row.body,
                                    **row.how)
        self.last = row.method, target, headers, answer
        taken = self.mount.taken()
        check_leaks(answer)
        check_answer(answer, row.answer)
        if row.status == 200:
            self.check_passed(row, place, answer, taken, told)
        else:
            self.check_stopped(row, answer, taken)

    def check_passed(self, row, place, answer, taken, told):
        expect(answer.status in (200, 204, 206), f"status {answer.status}")
        check_kept(answer)
        for name, value in answer.headers:
            expect(not name.lower().startswith("access-control-"),
                   f"CORS of ours on another's content: {name}: {value}")
        equal(answer.get("X-Request-Id"), None, "X-Request-Id")
        if place == "files":
            if row.content and row.method == "GET":
                expect(answer.body.startswith(guarded.CONTENT.encode()),
                       f"content {answer.body[:80]!r}")
            return
        equal(len(taken), 1, f"requests at the application: {taken}")
        if place == "cgi" and "authnz" in self.tags and not told:
            told = {"remote_user": "-"}     # it wants a name for every yes
        equal(taken[0].who(), told, f"what the application is told: {taken[0]!r}")
        equal((taken[0].method, taken[0].length), (row.method, row.length),
              "what it got")
        if not row.harmless:
            expect(FORGED not in repr(taken[0]), f"a forged name: {taken[0]!r}")

    def check_stopped(self, row, answer, taken):
        equal(taken, [], "what reached an application")
        expect(guarded.CONTENT.encode() not in answer.body, "the guarded content")
        if "fcgid" in self.tags:
            # mod_fcgid knows no other "no"; the recipe says why to a browser.
            equal(answer.status, 401, f"status of mod_fcgid for {row.status}")
        else:
            equal(answer.status, row.status, "status")
            check_refusal(row, answer)
        if row.status == 401:
            equal(answer.all("WWW-Authenticate"), ["Bearer"], "WWW-Authenticate")
        check_kept(answer)

    # The same question to the bare socket.

    def put_direct(self, row, headers, told):
        target = row.target(guarded.URLS["files"])
        sent = [("HTTP_" + k.upper().replace("-", "_"), v) for k, v in headers]
        common = [("SERVER_PROTOCOL", "HTTP/1.1"), ("REMOTE_ADDR", "127.0.0.1"),
                  *sent]
        role = [("REQUEST_METHOD", row.method), ("REQUEST_URI", target), *common]
        check = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/auth/check"),
                 ("GATEHOUSE_ORIGINAL_URI", target),
                 ("GATEHOUSE_ORIGINAL_METHOD", row.method), *common]
        as_role = self.ask(role, fcgi.AUTHORIZER)
        self.check_direct(row, as_role, 200, read_variables(as_role), told)
        as_check = self.ask(check, fcgi.RESPONDER)
        self.check_direct(row, as_check, 204, read_headers(as_check), {
            k: v for k, v in told.items() if k != "remote_user"})

    def ask(self, params, role):
        answer = self.mount.backend.client.request(params, role=role)
        self.last = f"role {role}", "", params, answer
        return answer

    def check_direct(self, row, answer, yes, found, told):
        if row.status == 200:
            equal(answer.status, yes, "status")
            equal(found, told, "who is named")
            equal(answer.body, b"", "body")
        else:
            equal(answer.status, row.status, "status")
            equal(found, {}, "who is named in a refusal")
            if row.method != "HEAD":
                check_refusal(row, answer)

    # A case.

    def run(self, what):
        self.last = None
        if not hasattr(what, "for_tags"):
            what(self)
            return
        row = what.for_tags(self.tags)
        if isinstance(row, Absent):
            return
        for place in self.places:
            if what.places and place not in what.places \
                    and self.name != "direct":
                continue
            if isinstance(row, Own):
                self.put_own(what, row, place)
            else:
                self.put(row, place)

    def put_own(self, what, own, place):
        """The server answers by itself, and nobody behind it hears of it."""
        headers = self.cast[what.who].headers if what.who else []
        headers = headers + [(k, self.fill(v)) for k, v in what.send]
        target = what.target(guarded.URLS[place])
        self.mount.taken()
        answer = self.mount.request(what.method, target, headers, what.body,
                                    **what.how)
        self.last = what.method, target, headers, answer
        expect(answer.status in own.status, f"status {answer.status}, wanted the "
               f"server's own {own.status}: {own.why}")
        equal(self.mount.taken(), [], "what reached an application")
        expect(guarded.CONTENT.encode() not in answer.body, "the guarded content")

    def one(self, what):
        try:
            self.run(what)
        except tap.Skip:
            raise
        except Exception as error:
            self.failed = True
            shown = "" if isinstance(error, tap.Failed) else "\n".join(
                traceback.format_exc().splitlines()[-6:])
            raise Failed("\n".join(filter(None, [
                str(error), shown, self.exchange_text()]))) from None

    def exchange_text(self):
        """The latest request and its answer, for the diagnostics."""
        if not self.last:
            return ""
        method, target, headers, answer = self.last
        return "\n".join([f"{method} {target[:300]}",
                          *(f"    {k}: {v[:300]}" for k, v in headers), repr(answer)])

    def recovered(self, limit=15):
        """Wait until a stranger is let in again: a back-off may linger."""
        who = self.cast.stranger()

        def passes():
            return all(self.status_of(who) in (200, 204) for _ in range(4))
        child.wait_for(passes, limit, "the provider is asked again")

    def status_of(self, who, url=None, place="files"):
        """The status alone, of /any/page; a server that answers nothing is 0."""
        if self.name == "direct":
            return self.ask([("REQUEST_METHOD", "GET"),
                             ("REQUEST_URI", "/members/files/any/page"),
                             *(("HTTP_" + k.upper(), v) for k, v in who.headers)],
                            fcgi.AUTHORIZER).status
        try:
            return self.mount.request(
                "GET", url or guarded.URLS[place] + "/any/page",
                who.headers if who else []).status
        except (OSError, guarded.mounts.rawhttp.Broken):
            return 0

    def stop(self):
        status = self.mount.stop()
        if self.failed or status != 0 or self.mount.complaints():
            tap.diag("\n".join(self.mount.diagnostics()))
        equal(status, 0, "gatehouse's exit status")
        equal(self.mount.complaints(), [], "complaints outside the log")

    def close(self):
        self.mount.close()
        self.idp.remove()
        self.pg.close()
