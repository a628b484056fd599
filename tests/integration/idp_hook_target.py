"""A server that takes webhooks, for the it_idp tests of them."""

import http.server
import threading


class Target(http.server.ThreadingHTTPServer):
    """Takes hooks; answers with the statuses given, the last one for ever."""

    def __init__(self, *statuses):
        self.statuses, self.seen = list(statuses), []
        super().__init__(("127.0.0.1", 0), _Take)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hooks/ory"


class _Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        left = self.server.statuses
        status = left.pop(0) if len(left) > 1 else left[0]
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
