"""Webhooks as Clerk (by Svix) and Ory send them, to any Gatehouse there is.

    clerk = Clerk(SECRET)
    clerk.send(program.client, "session.revoked", {"id": "sess_1"}).status

The signature is made here, from the published description of the scheme, and
shares nothing with what the program or contrib/idp have.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or so").decode()
ORY_SECRET = "a-webhook-secret-of-ory-0123456789"


class Delivery:
    """One message; it is the same however often it is sent."""

    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body

    def to(self, place):
        """place: anything with http(method, target, headers, body)."""
        return place.http("POST", self.path, self.headers, self.body)


class Clerk:
    path = "/hooks/clerk"

    def __init__(self, secret=SECRET):
        self.key = base64.b64decode(secret.removeprefix("whsec_"))

    def sign(self, id, stamp, body):
        digest = hmac.new(self.key, f"{id}.{stamp}.".encode() + body, hashlib.sha256)
        return "v1," + base64.b64encode(digest.digest()).decode()

    def delivery(self, type, data, id=None, stamp=None):
        id = id or "msg_" + secrets.token_hex(13)
        now = time.time()
        stamp = str(int(now if stamp is None else stamp))
        body = json.dumps({"data": data, "object": "event", "type": type,
                           "timestamp": int(now * 1000)}).encode()
        made = Delivery(self.path, [
            ("Content-Type", "application/json"), ("svix-id", id), ("svix-timestamp", stamp),
            ("svix-signature", self.sign(id, stamp, body))], body)
        made.id = id
        return made

    def send(self, place, type, data, **how):
        return self.delivery(type, data, **how).to(place)

    def session_ended(self, session_id, user_id, type="session.revoked", **how):
        now = int(time.time() * 1000)
        return self.delivery(type, {
            "object": "session", "id": session_id, "user_id": user_id,
            "status": type.partition(".")[2], "expire_at": now + 7 * 86400_000,
            "abandon_at": now + 30 * 86400_000, "created_at": now - 60_000,
            "updated_at": now}, **how)

    def user_deleted(self, user_id, **how):
        return self.delivery("user.deleted", {
            "object": "user", "id": user_id, "deleted": True}, **how)


class Ory:
    """The body of contrib/ory's template: what happened, and to whom."""

    path = "/hooks/ory"

    def __init__(self, secret=ORY_SECRET):
        self.secret = secret

    def delivery(self, event="logout", identity_id=None, session_id=None, id=None):
        body = json.dumps({"event": event, "identity_id": identity_id,
                           "session_id": session_id}).encode()
        made = Delivery(self.path, [
            ("Content-Type", "application/json"), ("Authorization", "Bearer " + self.secret),
            ("Ory-Webhook-Trigger-Id", id or f"{os.urandom(16).hex()}")], body)
        made.id = id
        return made

    def send(self, place, **what):
        return self.delivery(**what).to(place)
