"""Ways to write a path: each is decided as the plain one, or not at all.

The right to /any or /open must never open /admin.  bob may see /any, not /admin;
so may nobody at all see /open.  What a web server refuses or does not find by
itself, before the guard is asked, is its Own.
"""

from guard_case import NO_HTTP, PROGRAMS, Own, Row, rows

SLASH = {"apache": Own(404, "AllowEncodedSlashes is off")}
CONTROL = {"lighttpd": Own(400, "no control characters in addresses")}
ABOVE = {"nginx": Own(400, "nothing is above the root"),
         "apache": Own(400, "nothing is above the root")}
NUL = {**CONTROL, "nginx": Own(400, "no NUL"), "apache": Own(404, "no NUL")}


def trick(text, sub, status=400, who="bob", **how):
    return Row("path: " + text, who, sub, status, **how)


rows(
    # P01: segments that are not what they seem.
    trick("/open/../admin for nobody", "/open/../admin/page", who=None),
    trick("/any/../admin", "/any/../admin/page"),
    trick("/any/../any, though both are open", "/any/../any/page"),
    trick("/any/./page", "/any/./page"),
    trick("/any/%2e%2e/admin", "/any/%2e%2e/admin/page"),
    trick("/any/.%2E/admin", "/any/.%2E/admin/page"),
    trick("/any/..%2fadmin", "/any/..%2fadmin/page", on=SLASH),
    trick("/any%2f..%2fadmin", "/any%2f..%2fadmin/page", on=SLASH),
    trick("/any/%252e%252e/admin, encoded twice", "/any/%252e%252e/admin/page"),
    trick("/any/..%252fadmin, encoded twice", "/any/..%252fadmin/page"),
    trick("/any/..;/admin, as Java's servers read it", "/any/..;/admin/page"),
    trick("/any/;/../admin", "/any/;/../admin/page"),
    trick("/any/..\\admin", "/any/..\\admin/page"),
    trick("/any/..%5cadmin", "/any/..%5cadmin/page"),
    trick("/any/%c0%ae%c0%ae/admin, an overlong dot", "/any/%c0%ae%c0%ae/admin/page",
          on={"lighttpd": Own(400, "no overlong UTF-8")}),
    trick("out of the guarded folder and back", "/open/../..{}/admin/page",
          on=ABOVE),
    trick("into the guarded folder from outside", "/pub/..{}/admin/page"),
    trick("into it by an encoded slash", "/pub%2f..{}/admin/page", on=SLASH),
    trick("two slashes in front", "/{}/any/page"),
    trick("two slashes inside", "//any/page"),
    trick("two slashes, one encoded", "/%2fany/page", on=SLASH),
    trick("an encoded slash for a slash", "%2fany/page", on=SLASH),
    trick("an encoded slash further down", "/any%2fpage", on=SLASH),

    # P03: what belongs to the path and what does not.
    trick("/admin?x=/open: the query decides nothing", "/admin/page?x=/open/page", 403,
          reason="not_allowed"),
    trick("/admin?/../open/page", "/admin/page?/../open/page", 403,
          reason="not_allowed"),
    trick("/open?x for nobody", "/any/page?x=/open/page", 401, who=None),
    trick("/admin%3f/open/page", "/admin%3f/open/page"),
    trick("/admin%23/open/page", "/admin%23/open/page"),
    trick("/open%3f/../admin", "/open%3f/../admin/page", who=None),
    trick("/admin/page#/open", "/admin/page#/open/page",
          on={"apache": Own(400, "no fragments")}),

    # Parameters of segments, and case.
    trick("/admin;x/page: read without them, it is /admin", "/admin;x/page"),
    trick("/any;x/page: it is none of the rules' as it stands", "/any;x/page"),
    trick("/any/page;x=1 means /any either way", "/any/page;x=1", 200,
          places=PROGRAMS),
    trick("/ADMIN: some file systems open /admin for it", "/ADMIN/page"),
    trick("/Any", "/Any/page"),
    trick("/any/PAGE means /any either way", "/any/PAGE", 200, places=PROGRAMS),
    trick("/MEMBERS is nothing here", "=/MEMBERS/files/admin/page",
          places=("files",), on={
              "nginx": Own(404, "no such file"), "lighttpd": Own(404, "no such file"),
              "apache": Own(404, "no such file"), "direct": {"status": 400}}),

    # Encodings that mean the same, and such that mean nothing.
    trick("/%61ny is /any", "/%61ny/page", 200),
    trick("/%61dmin is /admin", "/%61dmin/page", 403, reason="not_allowed"),
    trick("/any/two%20words", "/any/two%20words", 200),
    trick("/Caf%C3%A9", "/Caf%C3%A9/page", 200),
    trick("/Café as bytes", "/Café/page", 200),
    trick("/Cafe%CC%81, which only looks the same, is another",
          "/Cafe%CC%81/page", 403, reason="not_allowed"),
    trick("/any/%2541 would be decoded twice by some", "/any/%2541"),
    trick("/any/%ff: no UTF-8", "/any/%ff", on={"lighttpd": Own(400, "no UTF-8")}),
    trick("/any/%: cut off", "/any/%", on={
        "nginx": Own(400, "bad encoding"), "apache": Own(400, "bad encoding")}),
    trick("/any/%zz", "/any/%zz", on={
        "nginx": Own(400, "bad encoding"), "apache": Own(400, "bad encoding")}),
    trick("/any/%u0061", "/any/%u0061", on={
        "nginx": Own(400, "bad encoding"), "apache": Own(400, "bad encoding")}),
    trick("/open%00/../admin", "/open%00/../admin/page", who=None,
          on={**NUL, "apache": {}}),
    trick("/any/page%00.css", "/any/page%00.css", on=NUL),
    trick("/any/%0d%0aX-Auth-User:%20x", "/any/%0d%0aX-Auth-User:%20x", on=CONTROL),
    trick("/any%09/page", "/any%09/page", on=CONTROL),
    trick("/any/%7f", "/any/%7f", on=CONTROL),

    # Names that only begin or end like another.
    trick("/anything", "/anything/page", 403, reason="not_allowed"),
    trick("/admin%20/page: some drop the blank", "/admin%20/page"),
    trick("/admin./page: some drop the dot", "/admin./page"),
    trick("/any/page.%20 means /any either way", "/any/page.%20", 200,
          places=PROGRAMS),
    trick("/any.css/../admin", "/any.css/../admin/page"),
    trick("/admin/page.css: what it ends in opens nothing", "/admin/page.css", 403,
          reason="not_allowed"),
    trick("/admin/page.css for nobody", "/admin/page.css", 401, who=None),
    trick("/admin/any: only the rule's own place counts", "/admin/any/page", 403,
          reason="not_allowed"),
    trick("a slash at the end is the same", "/admin/page/", 403,
          reason="not_allowed"),
    trick("a folder with a slash shows its index", "/any/", 200, content=False),

    # Forms of the target.
    trick("absolute-form is the same", "http://localhost{}/any/page", 200),
    trick("absolute-form is the same, refused", "http://localhost{}/admin/page", 403,
          reason="not_allowed"),
    trick("absolute-form of another host is judged by its path",
          "http://evil.example{}/admin/page", 403, reason="not_allowed",
          on={"lighttpd": Own(400, "the two names of the host differ")}),
    trick("absolute-form with a way out", "http://localhost/open/..{}/admin/page"),
    trick("absolute-form without a path behind a question mark",
          "http://localhost?{}/open/page", places=("files",), on={
              "nginx": Own((200, 400), "the page of the site, unguarded"),
              "lighttpd": Own((200, 400, 404), "the page of the site, unguarded"),
              "apache": Own((200, 400, 404), "the page of the site, unguarded")}),
    Row("path: HTTP/1.0", "bob", "/any/page", how={"version": "HTTP/1.0"},
        on={"direct": NO_HTTP}),
    Row("path: HTTP/1.0, refused", "bob", "/admin/page", 403, reason="not_allowed",
        how={"version": "HTTP/1.0"}, on={"direct": NO_HTTP}),
    Row("path: HTTP/1.0 without a Host", "bob", "/any/../admin/page", 400,
        how={"version": "HTTP/1.0", "host": None}, on={"direct": NO_HTTP}),
)
