"""Strictness of JSON bodies: every way a body can be wrong, told in full."""

from api_case import case, equal, expect

DEEP = b'{"x":' + b"[" * 200 + b"]" * 200 + b"}"
SMILE = "\U0001f600"

# name, body -> 400; nothing may have been written
BROKEN = (
    ("nothing at all", b""),
    ("only spaces", b"  \n "),
    ("an array", b"[]"),
    ("an array around the object", b'[{"theme":"dark"}]'),
    ("a string", b'"theme"'),
    ("a number", b"1"),
    ("null", b"null"),
    ("true", b"true"),
    ("an object cut off", b'{"theme":"dark"'),
    ("a string cut off", b'{"theme":"dar'),
    ("something behind the object", b'{"theme":"dark"} x'),
    ("two objects", b'{"theme":"dark"}{"theme":"dark"}'),
    ("a NUL behind the object", b'{"theme":"dark"}\0'),
    ("single quotes", b"{'theme':'dark'}"),
    ("a name without quotes", b'{theme:"dark"}'),
    ("a comma too many", b'{"theme":"dark",}'),
    ("a comma missing", b'{"theme":"dark" "notifications":true}'),
    ("a comment", b'{"theme":"dark"/* x */}'),
    ("NaN", b'{"theme":"dark","x":NaN}'),
    ("Infinity", b'{"theme":"dark","x":-Infinity}'),
    ("a number with a leading zero", b'{"theme":"dark","x":01}'),
    ("a number with a plus", b'{"theme":"dark","x":+1}'),
    ("a hexadecimal number", b'{"theme":"dark","x":0x10}'),
    ("a number that ends with its point", b'{"theme":"dark","x":1.}'),
    ("True as Python spells it", b'{"notifications":True}'),
    ("a byte order mark", b'\xef\xbb\xbf{"theme":"dark"}'),
    ("UTF-16", '{"theme":"dark"}'.encode("utf-16")),
    ("a stray byte", b'{"bio":"\xff"}'),
    ("UTF-8 cut off", b'{"bio":"\xe2\x82"}'),
    ("an overlong NUL", b'{"bio":"\xc0\x80"}'),
    ("an overlong slash", b'{"bio":"\xe0\x80\xaf"}'),
    ("a surrogate in UTF-8", b'{"bio":"\xed\xa0\x80"}'),
    ("a code point beyond Unicode", b'{"bio":"\xf4\x90\x80\x80"}'),
    ("a stray byte in an unknown field", b'{"x":"\xff","theme":"dark"}'),
    ("half a surrogate pair", b'{"bio":"\\ud83d"}'),
    ("a surrogate pair the wrong way round", b'{"bio":"\\ude00\\ud83d"}'),
    ("a broken escape", b'{"bio":"\\x41"}'),
    ("a short escape", b'{"bio":"\\u12"}'),
    ("a raw NUL in a string", b'{"bio":"a\0b"}'),
    ("an escaped NUL in the bio", b'{"bio":"a\\u0000b"}'),
    ("an escaped NUL in an unknown field", b'{"x":"\\u0000","theme":"dark"}'),
    ("an escaped NUL in a name", b'{"theme\\u0000":"dark"}'),
    ("a raw line break in a string", b'{"bio":"a\nb"}'),
    ("a field twice", b'{"theme":"dark","theme":"light"}'),
    ("a field twice, the same", b'{"theme":"dark","theme":"dark"}'),
    ("a field twice, once escaped", b'{"theme":"dark","th\\u0065me":"light"}'),
    ("an unknown field twice", b'{"x":1,"x":2,"theme":"dark"}'),
    ("200 brackets deep", DEEP),
)

# name, body, the fields complained about, in the order of the table
WRONG = (
    ("theme is a number", '{"theme":1}', ["theme"]),
    ("theme is null", '{"theme":null}', ["theme"]),
    ("theme is empty", '{"theme":""}', ["theme"]),
    ("theme is blue", '{"theme":"blue"}', ["theme"]),
    ("theme is Dark", '{"theme":"Dark"}', ["theme"]),
    ("theme is dark with a space", '{"theme":"dark "}', ["theme"]),
    ("theme is an array", '{"theme":["dark"]}', ["theme"]),
    ("notifications is a string", '{"notifications":"true"}', ["notifications"]),
    ("notifications is 1", '{"notifications":1}', ["notifications"]),
    ("notifications is null", '{"notifications":null}', ["notifications"]),
    ("bio is a number", '{"bio":5}', ["bio"]),
    ("bio is an object", '{"bio":{}}', ["bio"]),
    ("bio is false", '{"bio":false}', ["bio"]),
    ("one of three is wrong", '{"theme":"dark","notifications":0,"bio":"x"}',
     ["notifications"]),
    ("all three are wrong, whatever the order",
     '{"bio":1,"notifications":"x","theme":"x"}',
     ["theme", "notifications", "bio"]),
    ("a bio of 2001 characters", '{"bio":"%s"}' % ("x" * 2001), ["bio"]),
    ("a bio of 2001 characters beyond the basic plane",
     '{"bio":"%s"}' % (SMILE * 2001), ["bio"]),
    ("2001 escaped surrogate pairs", '{"bio":"%s"}' % ("\\ud83d\\ude00" * 2001),
     ["bio"]),
)

# name, body -> 200, and what the profile then says of theme, notifications, bio
GOOD = (
    ("an empty object", "{}", ("light", True, None)),
    ("theme", '{"theme":"dark"}', ("dark", True, None)),
    ("notifications", '{"notifications":false}', ("light", False, None)),
    ("bio", '{"bio":"Hi"}', ("light", True, "Hi")),
    ("all three", '{"bio":"Hi","notifications":false,"theme":"dark"}',
     ("dark", False, "Hi")),
    ("unknown fields are ignored",
     '{"theme":"dark","userId":"evil","x":{"theme":"light","y":[1,null]}}',
     ("dark", True, None)),
    ("a duplicate name at different depths is none",
     '{"x":{"theme":"light"},"theme":"dark"}', ("dark", True, None)),
    ("20 levels deep", '{"x":' + "[" * 18 + "]" * 18 + ',"theme":"dark"}',
     ("dark", True, None)),
    ("white space around everything", ' \t\r\n{ "theme" : "dark" } \n',
     ("dark", True, None)),
    ("an escaped name is that name", '{"th\\u0065me":"d\\u0061rk"}',
     ("dark", True, None)),
    ("an escaped surrogate pair", '{"bio":"\\ud83d\\ude00"}',
     ("light", True, SMILE)),
    ("every JSON escape", r'{"bio":"\"\\\/\b\f\n\r\t"}',
     ("light", True, '"\\/\b\f\n\r\t')),
    ("markup and quotes are kept as they are", '{"bio":"<b>\'&amp;</b>"}',
     ("light", True, "<b>'&amp;</b>")),
    ("SQL is only text", '{"bio":"\'; DROP TABLE user_profile; --"}',
     ("light", True, "'; DROP TABLE user_profile; --")),
    ("a bio of 2000 characters", '{"bio":"%s"}' % ("x" * 2000),
     ("light", True, "x" * 2000)),
    ("a bio of 2000 characters beyond the basic plane",
     '{"bio":"%s"}' % (SMILE * 2000), ("light", True, SMILE * 2000)),
    ("2000 escaped surrogate pairs", '{"bio":"%s"}' % ("\\ud83d\\ude00" * 2000),
     ("light", True, SMILE * 2000)),
    ("the last code point there is", '{"bio":"\U0010ffff"}',
     ("light", True, "\U0010ffff")),
    ("an empty bio is none", '{"bio":""}', ("light", True, None)),
    ("a null bio is none", '{"bio":null}', ("light", True, None)),
    ("a large number in an unknown field", '{"theme":"dark","x":1e300}',
     ("dark", True, None)),
)


def broken(name, body):
    @case(f"body refused: {name}")
    def refused(api):
        user = api.user()
        answer = api.post(user, body)
        equal(answer.status, 400, "status")
        equal(api.rows_of(user), 0, "rows")


def wrong(name, body, fields):
    @case(f"field refused: {name}")
    def refused(api):
        user = api.user()
        answer = api.post(user, body)
        equal(answer.status, 400, "status")
        triple = answer.json()
        details = triple["details"]
        equal(details["reason"], "invalid_fields", "reason")
        equal([f["field"] for f in details["fields"]], fields, "fields")
        equal([list(f) for f in details["fields"]],
              [["field", "problem"]] * len(fields), "keys of the problems")
        count = len(fields)
        equal(triple["message"], f"{count} invalid field" + "s" * (count != 1),
              "message")
        equal(api.rows_of(user), 0, "rows")


def good(name, body, wanted):
    @case(f"body taken: {name}")
    def taken(api):
        user = api.user()
        answer = api.post(user, body)
        equal((answer.status, answer.body), (200, b'{"success":true}'), "answer")
        profile = api.profile(user)
        equal((profile["theme"], profile["notifications"], profile.get("bio")),
              wanted, "profile")
        expect(("bio" in profile) == (wanted[2] is not None), "bio left out")


for _row in BROKEN:
    broken(*_row)
for _row in WRONG:
    wrong(*_row)
for _row in GOOD:
    good(*_row)


@case("the problems are told in words")
def problem_words(api):
    details = api.post(api.user(), '{"theme":1,"notifications":1}').json()[
        "details"]
    equal(details["fields"],
          [{"field": "theme", "problem": "must be light or dark"},
           {"field": "notifications", "problem": "must be true or false"}],
          "fields")


@case("a client may post back the profile it read")
def post_back(api):
    user = api.user()
    api.post(user, '{"theme":"dark","bio":"x"}')
    body = api.get(user).body
    equal(api.post(user, body).status, 200, "status")
    equal(api.get(user).body, body, "profile")
