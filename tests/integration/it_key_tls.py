#!/usr/bin/env python3
"""ID8 An issuer whose TLS is wrong is an issuer that is down: no key is taken from it,
and nothing less secure is tried.
"""

import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from keys_world import (FRESH, HOUR, KeysWorld, all_, ask, line_of, no_secrets,   # noqa: E402
                        published, told)
from fault_world import timed, unavailable                      # noqa: E402
from tap import case, cases, is_, ok, run                       # noqa: E402

world = KeysWorld()
oidc, clock = world.oidc, world.clock
token = world.token(oidc)
TIMEOUT, PATIENCE = 0.4, 1.0
BODY = json.dumps({"keys": published(oidc)}).encode()


class Certificates:
    """An authority of our own, another that nobody knows, and what they sign."""

    def __init__(self):
        self.dir = world.clock.scratch
        self.authority("ca")
        self.authority("stranger")

    def _run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.dir.path, check=True, capture_output=True,
                       timeout=30)

    def authority(self, name):
        self._run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", name + ".key", "-out", name + ".pem", "-subj", "/CN=" + name)

    def sign(self, name, host="localhost", days=30, by="ca"):
        """A context for a server."""
        self.dir.write(name + ".ext", f"subjectAltName=DNS:{host}\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + host)
        self._run("x509", "-req", "-in", name + ".csr", "-CA", by + ".pem", "-CAkey", by + ".key",
                  "-CAcreateserial", "-days", str(days), "-extfile", name + ".ext",
                  "-out", name + ".pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.dir / name + ".pem", self.dir / name + ".key")
        return context


class Server:
    """A key set over TLS; `context` None: no handshake at all, "plain": HTTP without TLS."""

    def __init__(self, context):
        self.context, self.asked, self.connections = context, 0, 0
        self.held = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            peer, _ = self.listener.accept()
            peer.settimeout(5)
            self.connections += 1
            if self.context is None:
                self.held.append(peer)
            else:
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        with contextlib.suppress(OSError), peer:
            if self.context != "plain":
                peer = self.context.wrap_socket(peer, server_side=True)
            if peer.recv(65536):
                self.asked += 1
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                             % len(BODY) + BODY)


certificates = Certificates()
GOOD = certificates.sign("good")
server = Server(GOOD)
CA = certificates.dir / "ca.pem"


def old_protocol():
    context = certificates.sign("old")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


WRONG = {
    "a certificate that has expired": lambda: certificates.sign("expired", days=-1),
    "a certificate for another host": lambda: certificates.sign("other", "elsewhere.example"),
    "a certificate for a host below ours": lambda: certificates.sign("sub", "x.localhost"),
    "a certificate by somebody unknown": lambda: certificates.sign("unknown", by="stranger"),
    "TLS 1.1": old_protocol,
    "HTTP without TLS": lambda: "plain",
    "a handshake that never comes": lambda: None,
}


def program(**issuer):
    return world.program({"providers": ["corp"], "oidc": [world.issuer(
        timeout="400ms", jwks_url=f"https://localhost:{server.port}/jwks", **issuer)]}, workers=1)


@case("a good certificate by the authority of ca_file: 200")
def _():
    p = program(ca_file=CA)
    answer = ask(p, token)
    is_(answer.status, 200, str(line_of(p, answer)))
    is_(p.stop(), 0)


@case("without ca_file that authority is unknown: 503, told in the log")
def _():
    p = program()
    answer = ask(p, token)
    unavailable(answer, "provider_unavailable")
    told(p, answer, "certificate")
    is_(p.stop(), 0)


@cases("ID8 {0}: known keys for an hour, then 503 by the deadline, nothing in the open",
       [(n,) for n in WRONG])
def _(name):
    server.context = GOOD
    p = program(ca_file=CA)
    is_(ask(p, token).status, 200)
    server.context = WRONG[name]()
    asked, connections = server.asked, server.connections
    clock.forward(FRESH + 1)
    answer, took = timed(ask, p, token)
    is_(answer.status, 200)
    ok(line_of(p, answer).get("trouble"), "told")
    clock.forward(HOUR)
    answer, took = timed(ask, p, token)
    unavailable(answer, "provider_unavailable")
    ok(took < TIMEOUT + PATIENCE, "by the deadline", took)
    all_([ask(p, token) for _ in range(3)], 503, "never 401")
    if name != "HTTP without TLS":
        is_(server.asked, asked, "nothing was asked")
    is_(server.connections, connections + 2, "an attempt a step, and no second way tried")
    server.context = GOOD
    clock.forward(31)
    is_(ask(p, token).status, 200)
    is_(p.stop(), 0)


@case("no token is in a log")
def _():
    no_secrets(world, token.split(".")[1], "eyJhbGciOi")


if __name__ == "__main__":
    try:
        run()
    finally:
        world.close()
