"""Tricks with the path: one normalisation, whole segments, ambiguous is 400.

No row carries a credential: whatever a trick reaches, it must not be the public
route hidden in it.
"""

from api_case import Own, Row, rows

SLASH = Own(404, "AllowEncodedSlashes Off: Apache answers %2F with 404")
NUL_APACHE = Own(404, "Apache answers %00 with 404")
NUL = {"apache": NUL_APACHE,
       "lighttpd": Own(400, "lighttpd refuses %00"),
       "nginx": Own(400, "nginx refuses %00")}
CTL = {"lighttpd": Own(400, "lighttpd refuses control characters")}


rows(
    Row("a dot segment up to a public route", "GET", "/user/../healthz", 400),
    Row("a dot segment that stays", "GET", "/user/./profile", 400),
    Row("encoded dots up to a public route", "GET", "/user/%2e%2e/healthz", 400),
    Row("dots with an encoded slash", "GET", "/user/..%2fhealthz", 400,
        on={"apache": SLASH}),
    Row("an encoded slash", "GET", "/user%2fprofile", 400, on={"apache": SLASH}),
    Row("an encoded slash at the end", "GET", "/user/profile%2F", 400,
        on={"apache": SLASH}),
    Row("dots encoded twice", "GET", "/user/%252e%252e/healthz", 400),
    Row("dots at the end", "GET", "/user/profile/..", 400),
    Row("a NUL at the end", "GET", "/user/profile%00", 400, on=NUL),
    Row("a NUL in front of a suffix", "GET", "/user/profile%00.html", 400, on=NUL),
    Row("a line break in the path", "GET", "/user/profile%0d%0aX-Evil:1", 400,
        on=CTL),
    Row("a control character", "GET", "/user/profile%01", 400, on=CTL),
    Row("a byte that is no UTF-8", "GET", "/user/%ff", 400,
        on={"lighttpd": Own(400, "lighttpd refuses what is not UTF-8")}),
    Row("an overlong dot", "GET", "/user/%c0%ae%c0%ae/healthz", 400,
        on={"lighttpd": Own(400, "lighttpd refuses what is not UTF-8")}),
    Row("a broken escape", "GET", "/user/profile%zz", 400,
        on={"apache": Own(400, "Apache refuses broken escapes"),
            "nginx": Own(400, "nginx refuses broken escapes"),
            "lighttpd": Own(400, "lighttpd refuses broken escapes")}),
    Row("an escape cut off", "GET", "/user/profile%2", 400,
        on={"apache": Own(400, "Apache refuses broken escapes"),
            "nginx": Own(400, "nginx refuses broken escapes"),
            "lighttpd": Own(400, "lighttpd refuses broken escapes")}),
    Row("a double slash in front", "GET", "//user/profile", 400),
    Row("a double slash inside", "GET", "/user//profile", 400),
    Row("a letter that needed no escape: the same route", "GET",
        "/user/%70rofile", 401),
    Row("a space at the end is another name", "GET", "/user/profile%20", 404),
    Row("a semicolon is no separator", "GET", "/user/profile;x=1", 404),
    Row("a backslash is ambiguous", "GET", "/user/%5cprofile", 400),
    Row("an encoded question mark is part of the name", "GET",
        "/user/profile%3fx=1", 404),
    Row("an encoded hash is ambiguous", "GET", "/user/profile%23/x", 400),
    Row("a bare hash, which no browser sends", "GET", "/user/profile#/x", 400,
        on={"apache": Own(400, "Apache refuses it")}),
    Row("a public route in the query decides nothing", "GET",
        "/user/profile?x=/healthz", 401),
    Row("a path in the query decides nothing", "GET",
        "/user/profile?/../../healthz", 401),
    Row("escapes in the query are not looked at", "GET",
        "/user/profile?a=%00%2f%zz", 401,
        on={"lighttpd": Own(400, "lighttpd refuses %00 in the query")}),
    Row("an absolute target: its host decides nothing", "GET",
        "http://evil.example/user/profile", 401,
        how={"host": "evil.example"}),
    Row("an absolute target of a public route", "GET",
        "http://evil.example/healthz", 200, how={"host": "evil.example"}),
    Row("a path of 4000 bytes is only unknown", "GET",
        "/user/" + "a" * 4000, 404),
)
