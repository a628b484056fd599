#!/usr/bin/env python3
"""Ory under /.ory/ on the site's own origin, as contrib/*/ory-proxy.conf says.

Each server runs the recipe beside the Gatehouse example; a whole sign-in goes
through it, and the cookie it gives is then good for Gatehouse.  For nginx and
Apache also the lines for the Ory Network: TLS, name, cookie domain, headers.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

import child                                        # noqa: E402
import mounts                                       # noqa: E402
import pg                                           # noqa: E402
import tap                                          # noqa: E402
from idp import Idp                                 # noqa: E402
from tap import case, is_, like, ok                 # noqa: E402

SLUG = "your-slug.projects.oryapis.com"
SERVERS = ("lighttpd_socket", "proxy_fcgi", "nginx")


class Site:
    """A web server with Gatehouse at the root and Ory under /.ory/."""

    def __init__(self, name):
        self.idp = Idp()
        self.mount = mounts.make(
            name, proxy_to=self.idp.public.removeprefix("http://"))
        self.mount.start({"ory": {"url": self.idp.public},
                          "database": {"url": CLUSTER.url}})
        self.base = self.mount.base_url + "/.ory"
        # The port is known now; the provider learns what browsers see.
        self.idp.stop()
        self.idp.args += ["--base-url", self.base]
        self.idp.start()
        self.jar = {}

    def request(self, method, path, body=None, accept="application/json"):
        headers = [("Accept", accept)]
        if self.jar:
            headers.append(("Cookie", "; ".join(f"{k}={v}" for k, v in
                                                self.jar.items())))
        data = None
        if body is not None:
            headers.append(("Content-Type", "application/json"))
            data = json.dumps(body).encode()
        answer = self.mount.request(method, path, headers, data)
        for cookie in answer.all("Set-Cookie"):
            pair, _, rest = cookie.partition(";")
            name, _, value = pair.partition("=")
            attributes = [a.strip().lower() for a in rest.split(";")]
            ok("path=/" in attributes, f"Path=/ in {cookie}")
            ok(not any(a.startswith("domain") for a in attributes),
               f"no Domain in {cookie}")
            self.jar[name] = value
        return answer

    def close(self):
        self.mount.close()
        self.idp.remove()


def sign_up(site):
    """The browser's registration flow, in JSON; the session is in the jar."""
    flow = site.request("GET", "/.ory/self-service/registration/browser").json()
    ok(flow and "ui" in flow, "a flow", flow)
    action = flow["ui"]["action"]
    like(action, "^" + site.base + "/self-service/registration", "ui.action")
    token = [n["attributes"]["value"] for n in flow["ui"]["nodes"]
             if n["attributes"].get("name") == "csrf_token"]
    answer = site.request("POST", action.removeprefix(site.mount.base_url), {
        "method": "password", "password": "correct horse battery 7",
        "csrf_token": token[0] if token else "",
        "traits": {"email": "ada@example.org", "name": "Ada"}})
    is_(answer.status, 200, f"registration: {answer!r}")


def cases_for(name):
    sites = []

    def site():
        if not sites:
            sites.append(Site(name))
            SITES.append(sites[0])
        return sites[0]

    @case(f"{name}: /.ory/ is taken off")
    def prefix():
        is_(site().request("GET", "/.ory/health/alive").status, 200, "alive")
        answer = site().request("GET", "/.ory/sessions/whoami")
        is_(answer.status, 401, "whoami without a session")
        seen = site().idp.requests("/sessions/whoami")
        ok(seen, "the provider saw /sessions/whoami")

    @case(f"{name}: a redirect to the pages stays under /.ory/")
    def redirect():
        answer = site().request(
            "GET", "/.ory/self-service/login/browser?refresh=true", None,
            "text/html")
        ok(answer.status in (302, 303), f"status {answer.status}")
        where = answer.get("Location")
        like(where, "^" + site().base + "/", "Location")
        page = site().request("GET", where.removeprefix(site().mount.base_url),
                              None, "text/html")
        is_(page.status, 200, "the page")
        like(page.body, site().base, "the form's address")

    @case(f"{name}: a sign-up through /.ory/ signs in to Gatehouse")
    def whole():
        sign_up(site())
        answer = site().request("GET", "/user/profile")
        is_(answer.status, 200, "profile")
        is_(answer.json()["email"], "ada@example.org", "email")

    @case(f"{name}: sign-out through /.ory/ ends it")
    def sign_out():
        flow = site().request("GET", "/.ory/self-service/logout/browser").json()
        like(flow["logout_url"], "^" + site().base + "/self-service/logout",
             "logout_url")
        path = flow["logout_url"].removeprefix(site().mount.base_url)
        ok(site().request("GET", path).status in (204, 302, 303), "logout")
        is_(site().request("GET", "/user/profile").status, 401, "profile")

    @case(f"{name}: /.ory without its slash and other names are not Ory's")
    def others():
        for path in ("/.ory", "/.oryx/health/alive", "/x/.ory/health/alive"):
            ok(site().request("GET", path).status in (301, 403, 404), path)


class TlsClient(threading.Thread):
    """What stunnel does in the lighttpd recipe: plain here, TLS there."""

    def __init__(self, network):
        super().__init__(daemon=True)
        self.network = network
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        context = ssl.create_default_context(cafile=self.network.cert)
        while True:
            sock, _ = self.listener.accept()
            sock.settimeout(10)
            try:
                with sock, context.wrap_socket(socket.create_connection(
                        ("127.0.0.1", self.network.port), 10),
                        server_hostname="localhost") as tls:
                    data = b""
                    while b"\r\n\r\n" not in data:
                        data += sock.recv(65536)
                    tls.sendall(data)
                    while piece := tls.recv(65536):
                        sock.sendall(piece)
            except OSError:
                pass        # either side left


class Network(threading.Thread):
    """A TLS server in the place of the Ory Network: answers one kind of thing."""

    def __init__(self, scratch, own_tls):
        super().__init__(daemon=True)
        self.cert = scratch / "cert.pem"
        key = scratch / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
             "2", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=DNS:localhost", "-keyout", key, "-out", self.cert],
            check=True, capture_output=True, timeout=60)
        os.chmod(self.cert, 0o644)
        self.names, self.requests = [], []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, key)
        context.sni_callback = lambda s, name, c: self.names.append(name)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        # Behind the TLS client the web server knows only the name, as with the
        # real Network on its port 443.
        self.authority = f"localhost:{self.port}" if own_tls else "localhost"
        self.context = context
        self.start()

    def run(self):
        while True:
            sock, _ = self.listener.accept()
            sock.settimeout(10)
            try:
                with self.context.wrap_socket(sock, server_side=True) as tls:
                    data = b""
                    while b"\r\n\r\n" not in data:
                        data += tls.recv(65536)
                    self.requests.append(data.decode())
                    tls.sendall(
                        b"HTTP/1.1 303 See Other\r\nContent-Length: 0\r\n"
                        b"Location: https://%s/ui/login?flow=1\r\n"
                        b"Set-Cookie: ory_session_x=abc; Path=/; Domain="
                        b"localhost; HttpOnly; Secure\r\nConnection: close"
                        b"\r\n\r\n" % self.authority.encode())
            except OSError:
                pass        # a client that does not trust us


def network_cases(name, edits, own_tls=True):
    """edits: what the comments in the recipe tell to change."""
    def start(trusted):
        scratch = child.Scratch()
        network = Network(scratch, own_tls)
        port = 1 if own_tls else TlsClient(network).port
        mount = mounts.make(name, proxy_to=f"127.0.0.1:{port}")
        mount.edits = {
            **edits, "http://127.0.0.1:1/": f"https://localhost:{network.port}/",
            SLUG: "localhost"}
        if trusted:
            mount.edits["/etc/ssl/certs/ca-certificates.crt"] = network.cert
        mount.serve()
        SITES.append(mount)
        return network, mount

    @case(f"{name}: the lines for the Ory Network: TLS, name, headers, cookie")
    def network_lines():
        network, mount = start(True)
        answer = mount.request("GET", "/.ory/self-service/login/browser",
                               [("Host", "www.example.com")])
        is_(answer.status, 303, f"answer {answer!r}")
        like(answer.get("Location"), r"^(https?://www.example.com(:\d+)?)?/\.ory/ui/",
             "Location")
        like(answer.get("Set-Cookie"), "(?i)domain=www.example.com", "cookie")
        like(answer.get("Set-Cookie"), "(?i)path=/(;|$)", "cookie")
        is_(network.names, ["localhost"], "name in the handshake")
        head = network.requests[0].lower()
        like(head, r"^get /self-service/login/browser ", "request line")
        like(head, f"\r\nhost: {network.authority}\r\n", "Host")
        for header in ("ory-base-url-rewrite: https://www.example.com/.ory",
                       "ory-base-url-rewrite-token: ory_pat_...",
                       "ory-no-custom-domain-redirect: true"):
            ok("\r\n" + header + "\r\n" in head, header, head)

    if not own_tls:
        return

    @case(f"{name}: a certificate nobody vouches for is refused")
    def untrusted():
        network, mount = start(False)
        answer = mount.request("GET", "/.ory/health/alive",
                               [("Host", "www.example.com")])
        ok(answer.status in (500, 502, 503), f"status {answer.status}")
        is_(network.requests, [], "requests that arrived")


SITES = []
CLUSTER = pg.Cluster()
for _name in SERVERS:
    cases_for(_name)
network_cases("nginx", {"    #proxy_": "    proxy_"})
network_cases("proxy_fcgi", {"    #[Network] ": "    "})
with open(os.path.join(mounts.CONTRIB, "lighttpd/ory-proxy.conf")) as _file:
    _commented = _file.read().rpartition("\n#\n")[2]
network_cases("lighttpd_socket", {_commented: "".join(
    line.removeprefix("#") for line in _commented.splitlines(True))}, False)

if __name__ == "__main__":
    try:
        tap.run()
    finally:
        for one in SITES:
            one.close()
        CLUSTER.close()
