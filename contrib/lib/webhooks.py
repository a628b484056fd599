#!/usr/bin/env python3
"""Have the local identity provider tell Gatehouse what happens to users and sessions.

usage: webhooks.py ory|clerk CONTROL SITE FILE
           makes up a secret, keeps it in FILE (mode 0600), and has the provider send webhooks
           to SITE/hooks/ory or SITE/hooks/clerk with it

CONTROL is the address of the local provider's admin listener.
"""

import base64
import json
import os
import secrets
import sys
import urllib.request

TIMEOUT = 10


def ory(url):
    """As contrib/ory says, and of the Ory Network's event stream what flows do not tell."""
    secret = secrets.token_hex(32)
    key = {"in": "header", "name": "Authorization", "value": f"Bearer {secret}"}
    hook = {"url": url, "auth": {"type": "api_key", "config": key}, "response": {"ignore": True}}
    pair = {"type": "basic_auth", "config": {"user": "ory", "password": secret}}
    return secret, {"hooks": {"settings": [hook]}, "event_stream": {"url": url, "auth": pair}}


def clerk(url):
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
    return secret, {"clerk_webhook": {"url": url, "secret": secret}}


def keep(secret, path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(fd, "w", encoding="ascii") as file:
        file.write(secret + "\n")


def configure(control, settings):
    request = urllib.request.Request(f"{control}/control/config", json.dumps(settings).encode(),
                                     {"Content-Type": "application/json"}, method="PUT")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT):
        pass


def main(arguments):
    makers = {"ory": ory, "clerk": clerk}
    if len(arguments) != 4 or arguments[0] not in makers:
        print(__doc__.strip(), file=sys.stderr)
        return 64
    name, control, site, path = arguments
    try:
        secret, settings = makers[name](f"{site}/hooks/{name}")
        keep(secret, path)
        configure(control, settings)
    except OSError as error:
        print(f"No webhooks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
