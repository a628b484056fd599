"""Clerk's webhooks, signed as Svix signs them: when a test says so, and by themselves."""

import asyncio
import base64
import hmac
import time

from clerk_shapes import session_shape, user_shape
from config import signing_key
from config import url as checked_url
from cookies import random_alpha
from hooks import send
from keyring import ALPHANUMERIC, raw_bytes
from wire import check_types, dumps

PATIENCE = 15                        # seconds for an answer, as Svix has
PAUSES = (0, 0.2, 1, 3)              # seconds before each attempt; the real ones take hours
TYPES = {"url": str, "type": str, "secret": str, "second_secret": str, "data": dict, "id": str,
         "user_id": str, "session_id": str, "times": int, "timestamp_skew_s": int,
         "event_timestamp": (int, float), "body": str, "headers": dict}
MAX_TIMES = 1000


def new_id():
    return "msg_" + random_alpha(27, ALPHANUMERIC)


def signature(secret, id, timestamp, body):
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(signing_key(secret), signed, "sha256")).decode()


def headers_of(secrets, id, timestamp, body):
    return {"User-Agent": "Svix-Webhooks/1.0", "svix-id": id, "svix-timestamp": timestamp,
            "svix-signature": " ".join(signature(s, id, timestamp, body) for s in secrets)}


def default_data(clerk, given):
    """The object the event is about."""
    if given.get("session_id"):
        return session_shape(clerk.sessions[given["session_id"]])
    if given.get("user_id"):
        if given["type"] == "user.deleted":
            return {"object": "user", "id": given["user_id"], "deleted": True}
        return user_shape(clerk.users[given["user_id"]])
    return {}


def event(clerk, given, now):
    """The body. User events carry milliseconds, session events seconds, as samples of Clerk's."""
    if given.get("body") is not None:
        return raw_bytes(given["body"])
    stamp = int(now) if given["type"].startswith("session.") else int(now * 1000)
    try:
        data = given["data"] if given.get("data") is not None else default_data(clerk, given)
    except KeyError as unknown:
        raise ValueError(f"no user or session {unknown}") from None
    return dumps({"data": data, "instance_id": clerk.ring.keys[clerk.ring.first][0],
                  "object": "event", "timestamp": given.get("event_timestamp", stamp),
                  "type": given["type"]})


async def deliver(clerk, given):
    """Send; gives what was sent and the statuses, 0 for no answer."""
    check_types(given, TYPES)
    for name in ("url", "type", "secret"):
        if not given.get(name):
            raise ValueError(f"{name}: is needed")
    try:
        checked_url(given["url"])
    except ValueError as wrong:
        raise ValueError(f"url: {wrong}") from None
    times = given.get("times") or 1
    if not 1 <= times <= MAX_TIMES:
        raise ValueError(f"times: must be from 1 to {MAX_TIMES}")
    now = time.time()
    id = given.get("id") or new_id()
    body = event(clerk, given, now)
    stamp = str(int(now) + (given.get("timestamp_skew_s") or 0))
    secrets = [given[name] for name in ("second_secret", "secret") if given.get(name)]
    headers = {**headers_of(secrets, id, stamp, body), **(given.get("headers") or {})}
    statuses = [await _attempt(given["url"], headers, body) for _ in range(times)]
    return {"id": id, "statuses": statuses, "headers": headers,
            "body": body.decode("utf-8", "replace")}


async def _attempt(url, headers, body):
    try:
        return await asyncio.wait_for(send("POST", url, headers, body), PATIENCE)
    except (OSError, ValueError, IndexError, asyncio.TimeoutError, asyncio.LimitOverrunError,
            asyncio.IncompleteReadError):
        return 0


class Webhooks:
    """What an instance tells its endpoint, the setting clerk_webhook, as it happens."""

    def __init__(self, clerk):
        self.clerk, self.running = clerk, set()

    def tell(self, type, data):
        """Returns at once; without an endpoint nothing is sent."""
        endpoint = self.clerk.config.clerk_webhook
        if endpoint is None:
            return
        # As it is now: a retry must not tell of what came later.
        body = event(self.clerk, {"type": type, "data": data}, time.time())
        task = asyncio.get_running_loop().create_task(self._deliver(endpoint, new_id(), body))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    @staticmethod
    async def _deliver(endpoint, id, body):
        for pause in PAUSES:
            await asyncio.sleep(pause)
            headers = headers_of([endpoint["secret"]], id, str(int(time.time())), body)
            if 200 <= await _attempt(endpoint["url"], headers, body) < 300:
                return
