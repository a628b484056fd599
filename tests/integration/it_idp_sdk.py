#!/usr/bin/env python3
"""The official client, @ory/client, against the local identity provider.

What proves that the provider is a stand-in for Kratos: Ory's own code talks to
it. tests/npm/sdk.mjs makes the calls, the table below says what must come back.
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True

import npm                          # noqa: E402
from idp import Idp                 # noqa: E402
from tap import case, is_, ok, run  # noqa: E402

STEPS = {}


def call_everything(folder):
    with Idp() as idp:
        done = subprocess.run(
            ["node", os.path.join(npm.NPM, "sdk.mjs")], timeout=120, text=True, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PUBLIC": idp.public, "ADMIN": idp.admin, "NPM_DIR": folder})
        for line in done.stdout.splitlines():
            row = json.loads(line)
            STEPS[row["step"]] = row
        STEPS["exit"] = done.returncode, done.stderr
        STEPS["seen"] = idp.requests(), idp.public


def email(data):
    return data["traits"]["email"]


# Step, status, and what must be true of the data.
EXPECTED = [
    ("createNativeRegistrationFlow", 200, lambda d: d["ui"]["action"].endswith(d["id"])),
    ("updateRegistrationFlow", 200, lambda d: d["session_token"].startswith("ory_st_")
     and d["session"]["identity"]["id"] == d["identity"]["id"]),
    ("createNativeLoginFlow", 200, lambda d: d["type"] == "api"),
    ("getLoginFlow", 200, lambda d: d["id"] == STEPS["createNativeLoginFlow"]["data"]["id"]),
    ("updateLoginFlow wrong", 400, lambda d: d["ui"]["messages"][0]["id"] == 4000006),
    ("updateLoginFlow", 200, lambda d: len(d["session_token"]) == 39 and d["session"]["active"]),
    ("toSession token", 200, lambda d: d["active"] is True
     and d["id"] == STEPS["updateLoginFlow"]["data"]["session"]["id"]),
    ("toSession wrong", 401, lambda d: "id" not in d["error"]),
    ("toSession none", 401, lambda d: d["error"]["reason"].startswith("No valid session")),
    ("listMySessions", 200, lambda d: len(d) == 1),
    ("disableMySession", 204, lambda d: d == ""),
    ("createBrowserLoginFlow", 200, lambda d: d["type"] == "browser"
     and d["return_to"].endswith("/ui/")),
    ("updateLoginFlow browser", 200, lambda d: "session_token" not in d
     and d["continue_with"][0]["redirect_browser_to"].endswith("/ui/")),
    ("toSession cookie", 200, lambda d: d["authenticator_assurance_level"] == "aal1"),
    ("createBrowserSettingsFlow", 200, lambda d: d["identity"]["traits"]["name"]["first"] == "Ada"),
    ("updateSettingsFlow", 200, lambda d: d["state"] == "success"
     and d["identity"]["traits"]["name"] == "Ada"),
    ("createBrowserLogoutFlow", 200, lambda d: d["logout_token"].startswith("ory_lo_")),
    ("updateLogoutFlow", 204, lambda d: d == ""),
    ("toSession signed out", 401, None),
    ("listIdentities", 200, lambda d: len(d) == 1 and d[0]["state"] == "active"),
    ("getIdentity", 200, lambda d: d["credentials"]["password"]["identifiers"] == [email(d)]),
    ("getSession", 200, lambda d: d["active"] and email(d["identity"]) and d["devices"]),
    ("extendSession", 200, lambda d: d["expires_at"] > STEPS["getSession"]["data"]["expires_at"]),
    ("listIdentitySessions", 200, lambda d: len(d) == 1),
    ("updateIdentity", 200, lambda d: d["traits"]["name"] == "Countess"),
    ("patchIdentity disable", 200, lambda d: d["state"] == "inactive"),
    ("toSession disabled", 401, None),
    ("patchIdentity enable", 200, lambda d: d["state"] == "active"),
    ("toSession enabled", 200, lambda d: d["identity"]["traits"]["name"] == "Countess"),
    ("disableSession", 204, None),
    ("toSession revoked", 401, None),
    ("deleteIdentitySessions", 204, None),
    ("createIdentity", 201, lambda d: d["verifiable_addresses"][0]["status"] == "pending"),
    ("deleteIdentity", 204, None),
    ("getIdentity deleted", 404, lambda d: d["error"]["code"] == 404),
    ("performNativeLogout", 204, None),
    ("toSession logged out", 401, None),
]


def check_step(name, status, holds):
    ok(name in STEPS, "the step was reached (the last case says why not)")
    row = STEPS[name]
    is_(row["status"], status, "status")
    if holds:
        ok(holds(row["data"]), "what must be true of the data", json.dumps(row["data"]))


for _name, _status, _holds in EXPECTED:
    case(f"@ory/client {_name}: {_status}")(
        lambda n=_name, s=_status, h=_holds: check_step(n, s, h))


@case("the client came to its end, and the provider saw the headers it is known for")
def _():
    is_(STEPS["exit"], (0, ""))
    whoami = [r for r in STEPS["seen"][0] if r.path == "/sessions/whoami"][0]
    is_(whoami.get("Accept"), "application/json, text/plain, */*")
    ok(whoami.get("User-Agent").startswith("axios/"), "axios", whoami)
    ok(whoami.get("X-Session-Token").startswith("ory_st_"), "the token", whoami)


if __name__ == "__main__":
    call_everything(npm.folder())
    run()
