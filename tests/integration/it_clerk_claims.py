#!/usr/bin/env python3
"""What a good Clerk session token says about its user: organization, roles, permissions,
assurance, actor, email, in the old and the new shape of tokens.

Seen with `gatehouse whoami`, and in the access log.  What makes no sense about
an organization is no organization, never a refusal; who acts in another's name
must be told, or nothing is believed.
"""

from token_world import World, is_, last_cases, ok
from clerk_token_rows import ACT
from tap import case, cases, like, run

world = World()
clerk, about = world.clerk, world.about
ada = clerk.user("ada@example.org", first_name="Ada", last_name="Lovelace")
bob = clerk.user("bob@example.org", verified=False)
USERS = ("users are looked up", {})
CLAIM = ("email_claim", {"clerk": {"email_claim": "contact.email", "jwt_key": about["jwt_key"]}})
gate = world.gate(CLAIM[1])
asking = world.gate(USERS[1])

V2 = {"fea": "o:dashboard,o:teams", "pla": "o:pro",
      "o": {"fpm": "3,2", "id": "org_2g7n", "per": "manage,read", "rol": "admin", "slg": "acme"}}
V1 = {"org_id": "org_2g7n", "org_permissions": ["org:teams:read"], "org_role": "org:admin",
      "org_slug": "acme"}
NAMES = [f"p{n}" for n in range(70)]


def whoami(version=2, claims=None, drop=(), through=gate):
    return through.whoami(clerk.token(user_id=ada.id, version=version, claims=claims or {},
                                      drop=list(drop)))


def org_of(found):
    is_((found["status"], found["verdict"]), (0, ["allowed"]))
    return {name: found[name] for name in ("organization", "org slug", "role", "permission")
            if name in found}


WHOLE = {"organization": ["org_2g7n"], "org slug": ["acme"], "role": ["org:admin"]}
V2_SEEN = {**WHOLE, "permission": ["org:dashboard:manage", "org:dashboard:read", "org:teams:read"]}
V1_SEEN = {**WHOLE, "permission": ["org:teams:read"]}


def o(fea=V2["fea"], **members):
    """Claims of version 2 with another organization."""
    org = {k: v for k, v in {**V2["o"], **members}.items() if v != "-"}
    return {"o": org} if fea is None else {"o": org, "fea": fea}


@case("version 2: organization, slug, role, and permissions by their bits")
def _():
    is_(org_of(whoami(2, V2)), V2_SEEN)


@case("version 1, which is deprecated: the same, by name")
def _():
    is_(org_of(whoami(1, V1)), V1_SEEN)


@case("no organization in either: none, and no roles")
def _():
    for version in (1, 2):
        is_(org_of(whoami(version)), {})


@cases("version {0!r}: {1}", [
    (2, "members of version 1 are not read", V1, {}),
    (1, "members of version 2 are not read", V2, {}),
    (3, "of the future: no organization", {**V1, **V2}, {}),
    (1.0, "as a number: no organization", {**V1, **V2}, {}),
    ("2", "as text: no organization", {**V1, **V2}, {}),
    (None, "null: no organization", {**V1, **V2}, {}),
    (2, "and members of both: those of 2", {**V1, "o": {"id": "org_other"}},
     {"organization": ["org_other"]})])
def _(version, _name, claims, expected):
    if version not in (1, 2) or isinstance(version, float):
        is_(org_of(whoami(2, {**claims, "v": version})), expected)
    else:
        is_(org_of(whoami(version, claims)), expected)


def permitted(*names):
    return {**WHOLE, "permission": list(names)} if names else WHOLE


@cases("version 2, permissions: {0}", [
    ("only o, ou and uo features count",
     o("u:mine,ou:both,o:one,uo:also,x:no,plain", per="read", fpm="1,1,1"),
     permitted("org:both:read", "org:one:read", "org:also:read")),
    ("bits beyond the names grant nothing", o(fpm="255,4"),
     permitted("org:dashboard:manage", "org:dashboard:read")),
    ("zero grants nothing", o(fpm="0,0"), WHOLE),
    ("leading zeros are digits", o(fpm="0001,00"), permitted("org:dashboard:manage")),
    ("the 70th bit, more than a machine word has",
     o("o:f", per=",".join(NAMES), fpm=str(2**69 + 2)), permitted("org:f:p1", "org:f:p69")),
    ("the 64th and 65th bit", o("o:f", per=",".join(NAMES), fpm=str(2**63 + 2**64)),
     permitted("org:f:p63", "org:f:p64")),
    ("fewer numbers than features", o(fpm="3"), WHOLE),
    ("more numbers than features", o(fpm="3,2,1"), WHOLE),
    ("as many numbers as features of everybody, not of the organization",
     o("o:one,u:mine", fpm="3,2"), WHOLE),
    ("no fpm", o(fpm="-"), WHOLE), ("no per", o(per="-"), WHOLE), ("no fea", o(None), WHOLE),
    ("an empty fpm", o(fpm=""), WHOLE),
    *[(f"fpm {text!r}", o(fpm=text), WHOLE)
      for text in ("-1,2", "3.0,2", "0x3,2", " 3,2", "3, 2", "3,", ",2", "1e1,2", "3;2",
                   "+3,2", "\u0663,2", "9" * 200 + ",2", 3, None, ["3", "2"], True)],
    *[(f"per {value!r}", o(per=value), WHOLE) for value in (1, None, ["manage", "read"], {})],
    *[(f"fea {value!r}", o(value), WHOLE) for value in (1, ["o:dashboard", "o:teams"], {})],
    ("a name that would end a line", o(per="ma\r\nX-Evil: 1,read"), WHOLE),
    ("a feature that would end a line", o("o:a\nb,o:teams"), WHOLE),
])
def _(_name, claims, expected):
    is_(org_of(whoami(2, claims)), expected)


@cases("version 1, permissions {0!r}", [
    (["org:a:b", "org:c:d"], permitted("org:a:b", "org:c:d")), ([], WHOLE), ("org:a:b", WHOLE),
    (None, WHOLE), (["org:a:b", 1], WHOLE), (["org:a:b", None], WHOLE), ({"a": "b"}, WHOLE),
    (["org:a\nb"], WHOLE), (["ok", ""], WHOLE), (["x"] * 257, WHOLE)])
def _(value, expected):
    is_(org_of(whoami(1, {**V1, "org_permissions": value})), expected)


@cases("the role {0!r} becomes {1!r}: exactly one org: in front", [
    ("admin", "org:admin"), ("org:admin", "org:admin"), ("team:lead", "org:team:lead"),
    ("member", "org:member"), ("", None), (None, None), (1, None), (["admin"], None),
    ("ad\nmin", None), ("a" * 300, None)])
def _(role, expected):
    for version, claims in ((2, o(rol=role, fpm="0,0")), (1, {**V1, "org_role": role,
                                                              "org_permissions": []})):
        is_(org_of(whoami(version, claims)).get("role"), expected and [expected])


@cases("no organization's id, no roles and no permissions: version {0}, id {1!r}", [
    (version, value) for version in (1, 2)
    for value in ("-", "", None, 1, ["org_1"], "org\n1", "o" * 300)])
def _(version, value):
    if version == 2:
        claims, drop = o(id=value), ()
    else:
        claims, drop = {**V1, "org_id": value}, ["org_id"] if value == "-" else ()
    is_(org_of(whoami(version, claims, drop)), {})


@cases("an organization that makes no sense is none: o {0!r}", [
    (v,) for v in (None, 1, "org_1", [], [{"id": "org_1"}], {}, True)])
def _(value):
    is_(org_of(whoami(2, {**V2, "o": value})), {})


@cases("a slug that makes no sense is none: {0!r}", [(v,) for v in ("", None, 1, "a\nb", ["a"])])
def _(value):
    for version, claims in ((2, o(slg=value)), (1, {**V1, "org_slug": value})):
        seen = org_of(whoami(version, claims))
        is_((seen["organization"], seen.get("org slug")), (["org_2g7n"], None))


@cases("fva {0!r} is {1}", [
    ([7, -1], "aal1"), ([7, 0], "aal2"), ([0, 0], "aal2"), ([120, 119], "aal2"),
    ([-1, -1], "aal1"), ([-1, 0], "aal2"), ([7, -2], "aal1"), ([-2, 7], "aal1"), ([7], "aal1"),
    ([7, 0, 0], "aal1"), ([], "aal1"), ([7, "0"], "aal1"), (["7", 0], "aal1"),
    ([7, None], "aal1"), ([7, 0.5], "aal1"), ([7, True], "aal1"), ([7, [0]], "aal1"),
    (None, "aal1"), ("7,0", "aal1"), ({"0": 7, "1": 0}, "aal1"), (70, "aal1"),
    ([10**30, 10**30], "aal1")])
def _(value, expected):
    found = whoami(2, {"fva": value})
    is_((found["status"], found["assurance"]), (0, [expected]))


@case("no fva is aal1")
def _():
    is_(whoami(2, drop=["fva"])["assurance"], ["aal1"])
    is_(whoami(1)["assurance"], ["aal1"])


ACTOR = {"iss": "https://dashboard.example.com", "sid": "sess_staff", "sub": "user_staff"}


@case("an actor is told: by whoami, and in the log of each request")
def _():
    is_(whoami(2, {"act": ACTOR})["actor"], ["user_staff"])
    seen = gate.write(clerk.token(user_id=ada.id, claims={"act": ACTOR}))
    seen.is_allowed()
    is_(seen.line["actor"], "user_staff")
    is_(gate.write(clerk.token(user_id=ada.id)).line.get("actor"), None)


@cases("a malformed actor is a refusal: act {0!r}", [
    (v,) for v in (None, "user_staff", 1, True, [], [ACTOR], {}, {"sub": ""}, {"sub": 1},
                   {"sub": None}, {"sub": ["user_staff"]}, {"sub": "u" * 3000},
                   {"iss": "x", "sid": "y"})])
def _(value):
    gate.write(clerk.token(claims={"act": value})).is_refused(ACT)


@case("an actor's name can not forge a line of the log")
def _():
    sub = 'user_x","status":200}\n{"event":"request","request_id":"forged'
    seen = gate.write(clerk.token(claims={"act": {"sub": sub}}))
    ok(seen.line.get("actor") in (sub, None) and "forged" not in gate.lines, "log", seen)


@cases("email_claim contact.email, and {0}: {2!r}", [
    ("an object of that name", {"contact": {"email": "a@example.org"}}, "a@example.org"),
    ("a member of the whole name, which comes first",
     {"contact.email": "whole@example.org", "contact": {"email": "deep@example.org"}},
     "whole@example.org"),
    ("a member of the whole name that is no text: nobody looks further",
     {"contact.email": 1, "contact": {"email": "deep@example.org"}}, ""),
    ("no such claim", {}, ""), ("null", {"contact": {"email": None}}, ""),
    ("a number", {"contact": {"email": 1}}, ""), ("a list", {"contact": {"email": ["a@b.c"]}}, ""),
    ("a text on the way", {"contact": "email"}, ""),
    ("a list on the way", {"contact": ["email"]}, ""),
    ("another member of another name", {"email": "a@example.org"}, "")])
def _(_name, claims, email):
    seen = gate.bearer(clerk.token(user_id=ada.id, claims=claims))
    seen.is_allowed()
    is_(seen.json()["email"], email)
    is_(whoami(2, claims).get("email", [""]), [email])


@case("email_claim: users are not looked up, and with jwt_key neither are keys")
def _():
    before = world.calls()
    gate.bearer(clerk.token(user_id=ada.id)).is_allowed()
    is_(world.calls(), before)


@case("without email_claim a claim is no email address: only the user's own counts")
def _():
    for user, email in ((ada, "ada@example.org"), (bob, "")):
        token = clerk.token(user_id=user.id, claims={"email": "evil@example.org",
                                                     "contact": {"email": "evil@example.org"}})
        is_(asking.bearer(token).json()["email"], email)
        found = asking.whoami(token)
        is_((found["subject"], found.get("email", [""])), ([user.id], [email]))


@case("whoami names the rest: provider, subject, session, name, expiry; and refuses as requests do")
def _():
    token = clerk.token(user_id=ada.id)
    found = asking.whoami(token)
    is_((found["status"], found["provider"], found["subject"], found["session"], found["name"]),
        (0, ["clerk"], [ada.id], [ada.session_id], ["Ada Lovelace"]))
    like(found["expires"][0], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", "expires")
    found = asking.whoami(clerk.token(user_id=ada.id, claims={"sts": "pending"}))
    is_((found["status"], found["verdict"], found["why"]),
        (1, ["denied"], ["the session is not active: sts"]))
    found = asking.whoami("__session=%s; __client_uat=1" % token)
    is_((found["status"], found["subject"]), (0, [ada.id]))


last_cases(world)

if __name__ == "__main__":
    run()
