"""A running stand-in for Clerk with one user, and how the it_idp_clerk tests talk to it."""

import base64
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

from idp import Idp                                                       # noqa: E402
from rawhttp import request                                               # noqa: E402
from tap import case, ok                                                  # noqa: E402

SITE = "http://localhost:4000"

idp = Idp("--allow-return-to", SITE + "/", clerk=True, oidc=True)
clerk, oidc = idp.clerk, idp.oidc
about = clerk.about()
ada = clerk.user("Ada@Example.org", first_name="Ada", last_name="Lovelace")
JWKS, PUBLIC_JWKS = "/v1/jwks", "/.well-known/jwks.json"
SECRET = "Authorization", "Bearer " + about["secret_key"]


def api(target, *headers, method="GET", body=None, timeout=10, port=None):
    """A request to the Clerk listener; a body that is no bytes is sent as JSON."""
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    return request(("127.0.0.1", port or clerk.port), method, target, headers, data, timeout)


def error_of(answer):
    return answer.status, answer.json()["errors"][0]["code"]


def kids(target=PUBLIC_JWKS, **where):
    return [key["kid"] for key in api(target, **where).json()["keys"]]


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl_says(token, pem, digest="sha256", *options):
    signed, _, signature = token.rpartition(".")
    names = {"key": pem.encode(), "signed": signed.encode(), "signature": unpadded(signature)}
    for name, data in names.items():
        with open(os.path.join(idp.dir, name), "wb") as file:
            file.write(data)
    done = subprocess.run(["openssl", "dgst", "-" + digest, "-verify", "key", *options,
                           "-signature", "signature", "signed"], cwd=idp.dir, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.split("\n")[0]


def last_case():
    """Registered last by each program: no request may have hit a mistake of the provider's."""
    @case("nothing went wrong inside the provider in all of this")
    def _():
        ok("Traceback" not in idp.logged() and "mistake" not in idp.logged(), "log", idp.logged())
