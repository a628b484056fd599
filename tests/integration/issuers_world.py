"""Issuers of the test's own: jose makes their keys and tokens, a small server publishes them."""

import http.server
import json
import threading
import time

import token_world      # noqa: F401  (says where the library is)
import npm

PS = {"padding": 6}                  # RSA_PKCS1_PSS_PADDING
RAW = {"dsaEncoding": "ieee-p1363"}  # ECDSA as JOSE writes it
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")


class Mint:
    """Keys by name, and tokens made with them; ends the program where there is no npm."""

    def __init__(self):
        self.node = npm.Node(npm.folder(), "mint.mjs")

    def ask(self, op, **given):
        answer = self.node.ask(op=op, **given)
        if "error" in answer:
            raise RuntimeError(f"{op}: {answer['error']}")
        return answer["ok"]

    def key(self, name, for_alg, **members):
        """The public JWK."""
        return self.ask("generate", name=name, alg=for_alg, members=members)

    def other_key(self, name, type, options, **members):
        return self.ask("generateOther", name=name, type=type, options=options, members=members)

    def sign(self, name, header, claims):
        return self.ask("sign", name=name, header=header, claims=claims)

    def forge(self, name, header, claims, **how):
        return self.ask("forge", name=name, header=header, claims=claims, **how)


class Publisher:
    """A server on a port of its own; below each path there is an issuer."""

    def __init__(self):
        publisher = self
        self.sets, self.seen = {}, []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                publisher.seen.append(self.path)
                name, _, what = self.path[1:].partition("/")
                documents = {"jwks": {"keys": publisher.sets.get(name)},
                             ".well-known/openid-configuration": {
                                 "issuer": publisher.issuer(name),
                                 "jwks_uri": publisher.issuer(name) + "/jwks"}}
                found = name in publisher.sets and what in documents
                body = json.dumps(documents[what] if found else {}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def issuer(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def provider(self, name, *jwks, **members):
        """Publishes the keys; what the configuration says of it."""
        self.sets[name] = list(jwks)
        return {"name": name, "issuer": self.issuer(name), "audience": ["gatehouse"],
                "algorithms": list(ALGORITHMS), **members}

    def claims(self, name, /, **changes):
        """Of a good token; None leaves one out."""
        now = int(time.time())
        claims = {"iss": self.issuer(name), "sub": "subject-1", "aud": "gatehouse", "iat": now,
                  "exp": now + 600, **changes}
        return {k: v for k, v in claims.items() if v is not None}
