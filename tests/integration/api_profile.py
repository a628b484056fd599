"""What a profile is, that it is made once, and that a write keeps the rest."""

import threading

from api_case import case, equal, expect

CROWD = 200


@case("the first read makes a row with the defaults")
def first_read(api):
    user = api.user(email="ada@example.org")
    answer = api.get(user)
    equal(answer.body, b'{"userId":"%s","email":"ada@example.org",'
          b'"theme":"light","notifications":true}' % user.id.encode(), "body")
    equal(api.pg.psql("SELECT provider, theme, notifications, bio IS NULL FROM "
                      f"user_profile WHERE user_id = '{user.id}'"),
          "ory|light|t|t", "row")


@case("the keys stand in their order")
def key_order(api):
    user = api.user(name="Ada Lovelace")
    api.post(user, '{"bio":"x"}')
    equal(list(api.profile(user)),
          ["userId", "email", "name", "theme", "notifications", "bio"], "keys")


# name, the identity's traits, the email and the name we show (None: left out)
TRAITS = (
    ("a name in one string", {"email": "@", "name": "Ada Lovelace"},
     "@", "Ada Lovelace"),
    ("a name in two parts", {"email": "@", "name": {"first": "Ada",
     "last": "Lovelace"}}, "@", "Ada Lovelace"),
    ("only a first name", {"email": "@", "name": {"first": "Ada"}}, "@", "Ada"),
    ("an empty name is left out", {"email": "@", "name": ""}, "@", None),
    ("a name of no use is left out", {"email": "@", "name": 5}, "@", None),
    ("a null name is left out", {"email": "@", "name": None}, "@", None),
    ("a name in another script", {"email": "@",
     "name": "\u0410\u0434\u0430 \U0001f980"}, "@",
     "\u0410\u0434\u0430 \U0001f980"),
    ("a name that could break JSON", {"email": "@", "name": "\"\\</script>"},
     "@", "\"\\</script>"),
    ("no email is the empty string", {"username": "ada"}, "", None),
    ("an email of no use is the empty string", {"email": 5}, "", None),
    ("traits that grew", {"email": "@", "x": [{"y": {"z": [1, 2, 3]}}]},
     "@", None),
)


def traits_case(what, traits, email, name):
    @case(f"identity: {what}")
    def shown(api):
        given = dict(traits)
        if given.get("email") == "@":
            given["email"] = api.idp.new_email()
        user = api.user(traits=given)
        profile = api.profile(user)
        equal(profile["email"], given["email"] if email else "", "email")
        equal(profile.get("name"), name, "name")
        expect(("name" in profile) == (name is not None), "name left out")


for _row in TRAITS:
    traits_case(*_row)


@case("an absent field keeps its value")
def absent_keeps(api):
    user = api.user()
    api.post(user, '{"theme":"dark","notifications":false,"bio":"B"}')
    for body in ("{}", '{"theme":"dark"}', '{"bio":"B"}'):
        equal(api.post(user, body).status, 200, "status")
        profile = api.profile(user)
        equal((profile["theme"], profile["notifications"], profile["bio"]),
              ("dark", False, "B"), f"after {body}")


@case("every field can be set back")
def set_back(api):
    user = api.user()
    api.post(user, '{"theme":"dark","notifications":false}')
    api.post(user, '{"theme":"light","notifications":true}')
    profile = api.profile(user)
    equal((profile["theme"], profile["notifications"]), ("light", True),
          "profile")


def clears(spelling):
    @case(f"bio {spelling} clears it, and it is absent then")
    def cleared(api):
        user = api.user()
        api.post(user, '{"theme":"dark","bio":"Hi"}')
        equal(api.profile(user)["bio"], "Hi", "bio")
        equal(api.post(user, '{"bio":%s}' % spelling).status, 200, "status")
        profile = api.profile(user)
        expect("bio" not in profile, "bio is still there")
        equal(profile["theme"], "dark", "theme")


clears('""')
clears("null")


@case("{} makes a row with the defaults")
def empty_makes_row(api):
    user = api.user()
    equal(api.post(user, "{}").body, b'{"success":true}', "body")
    equal(api.pg.psql("SELECT theme, notifications, bio IS NULL FROM "
                      f"user_profile WHERE user_id = '{user.id}'"),
          "light|t|t", "row")


@case("a write moves updated_at, a read does not")
def updated_at(api):
    user = api.user()

    def stamps():
        return api.pg.psql("SELECT created_at, updated_at FROM user_profile "
                           f"WHERE user_id = '{user.id}'").split("|")
    api.get(user)
    first = stamps()
    api.get(user)
    equal(stamps(), first, "after a read")
    api.post(user, "{}")
    after = stamps()
    equal(after[0], first[0], "created_at")
    expect(after[1] > first[1], f"updated_at {after[1]} after {first[1]}")


@case("what one session writes another session of the user reads")
def two_sessions(api):
    user = api.user()
    api.post(user, '{"bio":"by token"}')
    answer = api.call("GET", "/user/profile", [("Cookie", user.cookie)])
    equal(answer.json()["bio"], "by token", "bio by cookie")


def crowd(api, call, count=CROWD):
    """count requests at once; their statuses.  Barrier: all start together."""
    statuses = []
    barrier = threading.Barrier(count)

    def one(n):
        barrier.wait(30)
        try:
            statuses.append(call(n).status)
        except Exception as error:      # noqa: BLE001  told as what it is
            statuses.append(repr(error))
    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return statuses


@case(f"{CROWD} first requests of one user at once: one row, no 5xx")
def one_row(api):
    user = api.user()
    headers = [("Authorization", "Bearer " + user.token)]
    statuses = crowd(api, lambda n: api.mount.request(
        "GET", "/user/profile", headers, timeout=80))
    equal({s: statuses.count(s) for s in set(statuses)}, {200: CROWD}, "statuses")
    equal(api.rows_of(user), 1, "rows")


@case("20 first writes of one user at once: one row, one of the values")
def one_row_writing(api):
    user = api.user()
    headers = [("Authorization", "Bearer " + user.token),
               ("Content-Type", "application/json")]
    statuses = crowd(api, lambda n: api.mount.request(
        "POST", "/user/preferences", headers, b'{"bio":"w%d"}' % n, timeout=60),
        20)
    equal(set(statuses), {200}, "statuses")
    equal(api.rows_of(user), 1, "rows")
    expect(api.profile(user)["bio"] in {f"w{n}" for n in range(20)}, "bio")
