#!/usr/bin/env python3
"""Pages of allowed and of foreign origins, in headless Chromium: who may read,
who may write.  tests/browser/cors.mjs holds the tests themselves."""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pages_world  # noqa: E402


def play(site):
    """An origin is near when it is of our site (ports do not count, so the
    browser sends it the cookies of SameSite=Lax), and far when it is not."""
    allowed, foreign = (pages_world.Server(lambda _: pages_world.PAGE)
                        for _ in range(2))
    origins = {f"{name}_{where}": f"http://{host}:{server.port}"
               for name, server in (("ALLOWED", allowed), ("FOREIGN", foreign))
               for where, host in (("NEAR", "localhost"), ("FAR", "127.0.0.1"))}
    site.start({"cors": {"allow_origins": [
        origins["ALLOWED_NEAR"], origins["ALLOWED_FAR"]]}})
    user = site.idp.user("ada@example.org", name="Ada")
    return site.play("cors.mjs", **origins, USER=json.dumps(
        {"id": user.id, "token": user.token, "cookie": user.cookie}))


if __name__ == "__main__":
    sys.exit(pages_world.run(play))
