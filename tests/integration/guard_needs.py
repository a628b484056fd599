"""Who may go where: every need of the rules, met and not met."""

import child
from guard_case import PROGRAMS, Failed, Row, case, rows

SECOND = "second_factor_required"

rows(
    # Anybody, nobody, somebody.
    Row("anyone: open to who is not signed in", None, "/open/page"),
    Row("anyone: the application is told nobody, even if somebody is signed in",
        "ann", "/open/page", sees=""),
    Row("anyone: a bad token does not matter", None, "/open/page",
        send=[("Authorization", "Bearer nonsense")]),
    Row("nobody: closed to who is not signed in", None, "/closed/page", 403,
        reason="not_allowed"),
    Row("nobody: closed to an administrator", "ann", "/closed/page", 403,
        reason="not_allowed"),
    Row("default deny: what no rule is for is closed to strangers", None,
        "/elsewhere/page", 403, reason="not_allowed"),
    Row("default deny: and to an administrator", "ann", "/elsewhere/page", 403,
        reason="not_allowed"),
    Row("default deny: a path that only begins like a rule's", "ann",
        "/anyone/page", 403, reason="not_allowed"),
    Row("default deny: a path one segment short of the rules", "ann", "", 403,
        reason="not_allowed", places=("files", "php", "cgi")),
    Row("signed in: by a session cookie", "ann", "/any/page"),
    Row("signed in: by a token of an issuer", "dan", "/any/page"),
    Row("signed in: by a token of Clerk with an organization", "eve", "/any/page"),
    Row("signed in: an unverified address is told to nobody", "bob", "/any/page"),
    Row("signed in: a subject and roles that are no words are encoded", "odd",
        "/any/page"),
    Row("signed in: a role that holds a comma is one role", "cid", "/any/page"),
    Row("signed in: with a query", "ann", "/any/page?a=1&b=%2F..%2F"),
    Row("signed in: HEAD", "ann", "/any/page", method="HEAD"),
    Row("anonymous: 401", None, "/any/page", 401),
    Row("anonymous: HEAD", None, "/any/page", 401, method="HEAD"),
    Row("anonymous: a cookie of something else", None, "/any/page", 401,
        send=[("Cookie", "theme=dark; other=1")]),
    Row("denied: a token nobody has signed", None, "/any/page", 401,
        send=[("Authorization", "Bearer aaaa.bbbb.cccc")]),
    Row("denied: a session that does not exist", None, "/any/page", 401,
        send=[("X-Session-Token", "ory_st_" + "x" * 32)]),
    Row("denied: an empty bearer token", None, "/any/page", 401,
        send=[("Authorization", "Bearer ")]),
    Row("denied: a bad token does not fall back to a good cookie", "ann",
        "/any/page", 401, send=[("X-Session-Token", "ory_st_" + "x" * 32)]),
    Row("denied: a Basic login is no credential", None, "/any/page", 401,
        send=[("Authorization", "Basic YWRtaW46eA==")]),

    # Roles, permissions, organizations.
    Row("roles_any: one of them", "ann", "/admin/page"),
    Row("roles_any: from the claim of a token", "dan", "/admin/page"),
    Row("roles_any: none of them", "bob", "/admin/page", 403,
        reason="not_allowed"),
    Row("roles_any: none, for HEAD", "bob", "/admin/page", 403, method="HEAD"),
    Row("roles_any: nobody at all is 401, not 403", None, "/admin/page", 401),
    Row("roles_any: other case, a blank behind and a part are other roles",
        "sam", "/admin/page", 403, reason="not_allowed"),
    Row("roles_any: a text in place of a list is one role, whatever it holds", "odd",
        "/admin/page", 403, reason="not_allowed"),
    Row("roles_any: Clerk's organization role is not the site's", "eve",
        "/admin/page", 403, reason="not_allowed"),
    Row("roles_all: all of them", "cid", "/board/page"),
    Row("roles_all: not all", "ann", "/board/page", 403, reason="not_allowed"),
    Row("permissions_any: one of them", "eve", "/bills/page"),
    Row("permissions_any: who has none", "ann", "/bills/page", 403,
        reason="not_allowed"),
    Row("permissions_all: all of them", "fay", "/books/page"),
    Row("permissions_all: not all", "eve", "/books/page", 403,
        reason="not_allowed"),
    Row("organizations: a member", "eve", "/acme/page"),
    Row("organizations: of one whose name begins alike", "fay", "/acme/page", 403,
        reason="not_allowed"),
    Row("organizations: of none", "ann", "/acme/page", 403, reason="not_allowed"),

    # Assurance.
    Row("aal2: with a second factor", "tia", "/vault/page"),
    Row("aal2: said by a token's acr", "old", "/vault/page"),
    Row("aal2: without one, a step up", "ann", "/vault/page", 403, reason=SECOND),
    Row("aal2: a step up for a token", "dan", "/vault/page", 403, reason=SECOND),
    Row("aal2: nobody at all is 401", None, "/vault/page", 401),
    Row("max_age: signed in lately", "dan", "/fresh/page"),
    Row("max_age: signed in too long ago", "old", "/fresh/page", 403,
        reason=SECOND),
    Row("max_age: a session of a moment ago", "ann", "/fresh/page"),
    Row("aal2 and max_age: a second factor of a moment ago", "new", "/safe/page"),
    Row("aal2 and max_age: one of two hours ago", "old", "/safe/page", 403,
        reason=SECOND),
    Row("aal2 and max_age: none", "ann", "/safe/page", 403, reason=SECOND),

    # Addresses, providers, subjects, several needs.
    Row("email_domains: a verified address of it", "ann", "/staff/page"),
    Row("email_domains: an unverified one", "bob", "/staff/page", 403,
        reason="not_allowed"),
    Row("email_domains: of another domain", "cid", "/staff/page", 403,
        reason="not_allowed"),
    Row("email_domains: of a domain below it", "sam", "/staff/page", 403,
        reason="not_allowed"),
    Row("email_domains: an address with two @", "two", "/staff/page", 403,
        reason="not_allowed", sees=""),
    Row("email_domains: somebody without any address", "dan", "/staff/page", 403,
        reason="not_allowed"),
    Row("providers: the named one", "dan", "/corp/page"),
    Row("providers: another", "ann", "/corp/page", 403, reason="not_allowed"),
    Row("subjects: the named one", "ann", "/ann/page"),
    Row("subjects: the named one of another provider", "new", "/ann/page"),
    Row("subjects: anybody else", "cid", "/ann/page", 403, reason="not_allowed"),
    Row("several needs: all are met", "ann", "/both/page"),
    Row("several needs: the last is not", "cid", "/both/page", 403,
        reason="not_allowed"),
    Row("several needs: the first is not", "dan", "/both/page", 403,
        reason="not_allowed"),

    # Methods.
    Row("methods: a rule for GET is one for HEAD", "bob", "/form/page",
        method="HEAD"),
    Row("methods: GET is open to all users", "bob", "/form/page"),
    Row("methods: POST wants a role", "bob", "/form/page", 403, method="POST",
        reason="not_allowed", body=b"a=1",
        send=[("Origin", "https://www.gate.example")]),
    Row("methods: POST with the role", "ann", "/form/page", method="POST",
        body=b"a=1", length=3, places=PROGRAMS,
        send=[("Origin", "https://www.gate.example")]),
    Row("methods: one that no rule is for", "ann", "/form/page", 403,
        method="DELETE", reason="not_allowed",
        send=[("Origin", "https://www.gate.example")]),
)


def becomes(world, row, places, who):
    """The row is true within 1.5 s: a verdict so young is not asked for again."""
    def holds():
        try:
            for place in places:
                world.put(row, place, who)
            return True
        except Failed:
            return False
    child.wait_for(holds, 10, f"{row.sub} is {row.status}")


@case("aal2: who has just shown a second factor passes at once, though kept")
def just_shown(world):
    who = world.cast.stranger()
    for place in world.places:
        world.put(Row("", None, "/any/page"), place, who)
        world.put(Row("", None, "/vault/page", 403, reason=SECOND), place, who)
    world.idp.edit_session(who.user, aal="aal2")
    who.told["aal"] = "aal2"
    becomes(world, Row("", None, "/vault/page"), world.places, who)


@case("max_age: who has just signed in again passes at once, though kept")
def just_signed_in(world):
    who, place = world.cast.ivy, world.places[:1]
    world.put(Row("", "ivy", "/any/page"), place[0])
    becomes(world, Row("", None, "/soon/page", 403, reason=SECOND), place, who)
    world.idp.edit_session(who.user, aal="aal1")
    becomes(world, Row("", None, "/soon/page"), place, who)
