"""A plain OpenID Connect issuer: discovery, a key set, and tokens through the control interface.

Nobody can sign in here. It is for tests of what a resource server makes of an
issuer, of its tokens and of its bad days.
"""

import time

from issuer import Issuer
from routes import dispatch
from wire import JSON, Response, dumps, plain_error

DISCOVERY = "/.well-known/openid-configuration"


class Oidc(Issuer):
    name, kid_prefix = "oidc", "key_"
    counts = ("discovery", "jwks")
    audience = "gatehouse"

    def __init__(self, app, state=None):
        super().__init__(app, state)
        self.overrides, self.text = {}, None     # of the discovery document

    def reset(self):
        super().reset()
        self.overrides, self.text = {}, None

    @property
    def jwks_url(self):
        return self.base + "/jwks"

    def discovery(self, issuer):
        shown = {"issuer": issuer, "authorization_endpoint": self.base + "/authorize",
                 "token_endpoint": self.base + "/token", "jwks_uri": self.jwks_url,
                 "response_types_supported": ["code"], "subject_types_supported": ["public"],
                 "id_token_signing_alg_values_supported": ["RS256"], **self.overrides}
        return {name: value for name, value in shown.items() if value is not None}

    def token(self, spec):
        now, life = int(time.time()), spec.get("expires_in_seconds", 300)
        subject = spec.get("user_id") or "subject-1"
        claims = {"iss": self.base, "sub": subject, "aud": self.audience, "iat": now,
                  "exp": now + (int(life) if life == life // 1 else life),
                  "email": f"{subject}@example.org", "email_verified": True, "name": "Ada Lovelace"}
        return self.ring.mint(claims, {}, spec)

    # -- the listener --

    def kind(self, request):
        if request.path.endswith(DISCOVERY):
            return "discovery"
        return "jwks" if request.path == "/jwks" else "other"

    def answer(self, request):
        if request.path.endswith(DISCOVERY) and request.method in ("GET", "HEAD"):
            return get_discovery(self, request)
        reply = dispatch({("jwks",): {"GET": get_jwks}}, request.path.split("/")[1:], request, self)
        return reply or plain_error(404, "404 page not found")


def get_discovery(oidc, request):
    """Below any path there is an issuer of that name, with the same keys."""
    if oidc.text is not None:
        return Response(200, oidc.text, JSON)
    return Response(200, dumps(oidc.discovery(oidc.base + request.path.removesuffix(DISCOVERY))),
                    JSON)


def get_jwks(oidc, request):
    return Response(200, oidc.ring.document(), JSON)
