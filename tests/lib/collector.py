"""A collector of traces: takes OTLP/HTTP by the book, or behaves in bad ways.

    with Collector() as c:
        conf = {"trace": {"endpoint": c.url}}
        c.answer(503, {"Retry-After": "1"})     # from now on
        c.spans()                               # of all that was taken
"""

import http.server
import socket
import threading
import time

import otlp


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_POST(self):
        n = int(self.headers.get("Content-Length", "0"))
        self.server.owner.came(self, self.rfile.read(n))

    def do_GET(self):
        self.server.owner.gets += 1
        self.send_error(405)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_):
        pass    # a client that went away in the middle is what some tests want


class Got:
    """A request as it came."""

    def __init__(self, handler, body):
        self.path, self.headers, self.body = handler.path, dict(handler.headers), body
        self.peer = handler.client_address
        self.at = time.monotonic()
        self.taken = False


class Collector:
    """Behaves by `how`, a function of (handler, got): see the methods for some."""

    def __init__(self, path="/v1/traces", port=0, tls=None):
        self.path, self.got, self.gets, self.tls = path, [], 0, tls
        self.how = Collector.take
        self.released = threading.Event()
        self.server = None
        self.listen(port)

    def listen(self, port=None):
        self.server = Server(("127.0.0.1", self.port if port is None else port), Handler)
        self.server.owner = self
        if self.tls:
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}{self.path}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Nobody listens at the port any more."""
        self.released.set()
        if self.server:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def came(self, handler, body):
        got = Got(handler, body)
        self.got.append(got)
        self.how(handler, got)

    def spans(self):
        """Of requests that were answered with 200; strictly read."""
        return [span for got in list(self.got) if got.taken
                for span in otlp.read_request(got.body.decode())]

    # -- ways to behave --

    @staticmethod
    def take(handler, got):
        got.taken = True
        Collector.reply(handler, 200, b"{}")

    @staticmethod
    def reply(handler, status, body=b"", headers=()):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("Content-Type", "application/json")
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    def answer(self, status, headers=(), body=b"{}", taken=False):
        def how(handler, got):
            got.taken = taken
            self.reply(handler, status, body, headers)
        self.how = how

    def hang(self):
        """Takes the request and never answers, until it is closed."""
        def how(handler, _got):
            self.released.wait(30)
            handler.close_connection = True
        self.how = how

    def endless(self):
        def how(handler, _got):
            handler.send_response(200)
            handler.end_headers()
            while not self.released.is_set():
                handler.wfile.write(b"x" * 65536)
        self.how = how

    def shut(self):
        """Closes the connection without an answer."""
        def how(handler, _got):
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
        self.how = how

    def by_the_book(self):
        self.how = Collector.take
