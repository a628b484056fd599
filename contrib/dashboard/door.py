"""Who may come in, and what every answer carries.

The page shows logs and rows of a database, so pages of strangers in the same browser must not read
them: not by a name that they let point to 127.0.0.1 (the Host header tells), not by embedding
(Sec-Fetch-Site tells, and the headers of each answer), and never by CORS.
"""

from web import Answer, Refused

NAMES = ("localhost", "127.0.0.1", "[::1]")
SAME = ("same-origin", "none", "")      # none: typed by a person; absent: no browser


class Door:
    def __init__(self, site):
        """`site`: the origin that the page may call to try things out; "" for none."""
        self.port = 0
        self.headers = {
            "Content-Security-Policy": "; ".join((
                "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
                f"connect-src 'self' {site}".strip(), "manifest-src 'self'", "base-uri 'none'",
                "form-action 'none'", "frame-ancestors 'none'")),
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }

    @property
    def url(self):
        return f"http://localhost:{self.port}"

    def check(self, request):
        """Refused, an Answer that redirects to the one name, or None: come in."""
        host = self._host(request)
        site = request.get("sec-fetch-site")
        opened = (request.get("sec-fetch-mode") == "navigate"
                  and request.get("sec-fetch-dest") == "document")
        api = request.path.startswith("/api/")
        if site not in SAME and not (opened and not api):
            raise Refused(403, "not for other sites")
        if request.get("origin") not in ("", self.url):
            raise Refused(403, "not for other origins")
        if host != "localhost" and not api:
            return Answer(308, headers={"Location": self.url + request.target})
        return None

    def _host(self, request):
        values = request.headers.get("host", [])
        name, colon, port = values[0].rpartition(":") if len(values) == 1 else ("", "", "")
        if self.port == 80 and values and values[0].lower() in NAMES:
            return values[0].lower()
        if not colon or name.lower() not in NAMES or port != str(self.port):
            raise Refused(421, "this is not the address of the dashboard")
        return name.lower()

    def finish(self, answer):
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.update(self.headers)
