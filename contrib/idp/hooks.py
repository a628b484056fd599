"""Webhooks after login, registration and settings, delivered as Kratos does, and the events
that the Ory Network streams.

Blocking by default: an answer of 400 or more, or none, fails the user's flow.
With response.ignore it runs on its own and nobody learns how it went. Two
retries on a dead connection, 429 and 5xx; one trigger id for all attempts.
"""

import asyncio
import base64
import ssl
import time
import uuid
from urllib.parse import urlsplit

from shapes import NULL_UUID
from wire import ApiError, dumps, parse_duration

UPSTREAM = "A third-party upstream service "


def failed(status):
    return ApiError(502, UPSTREAM + "responded improperly. Please try again later.",
                    f"webhook failed with status code {status}")


def timed_out():
    return ApiError(504, UPSTREAM + "could not be reached. Please try again later.",
                    "context deadline exceeded")


class Hooks:
    def __init__(self, app):
        self.app = app
        self.running = set()

    async def run(self, flow, identity, session_id=NULL_UUID):
        """All hooks of a flow in order; ApiError when a blocking one fails."""
        for hook in self.app.config.hooks.get(flow, []):
            body = dumps({"event": hook.get("event", f"{flow}.after"),
                          "identity_id": identity.id, "session_id": session_id})
            delivery = self._deliver(hook, body, str(uuid.uuid4()))
            if hook.get("response", {}).get("ignore"):
                self._alone(delivery)
            else:
                await delivery

    def announce(self, name, identity_id, session_id=None):
        """An event for the stream, if somebody listens; nobody waits for it."""
        stream = self.app.config.event_stream
        if stream is None:
            return
        about = {"IdentityID": identity_id} | ({"SessionID": session_id} if session_id else {})
        body = dumps({"name": name, "version": "1", "projectId": NULL_UUID,
                      "timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
                      "eventAttributes": about})
        self._alone(self._deliver(stream, body, None))

    def _alone(self, delivery):
        task = asyncio.get_running_loop().create_task(self._ignored(delivery))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    @staticmethod
    async def _ignored(delivery):
        try:
            await delivery
        except ApiError:
            pass

    async def _deliver(self, hook, body, trigger):
        retries, backoff = hook.get("retries", 2), parse_duration(hook.get("backoff", 1))
        for attempt in range(retries + 1):
            if attempt:
                await asyncio.sleep(min(backoff * 2 ** (attempt - 1), 30))
            last = attempt == retries
            self.app.count("hook_attempts")
            try:
                status = await asyncio.wait_for(post(hook, body, trigger),
                                                parse_duration(hook.get("timeout", 30)))
            except (asyncio.TimeoutError, TimeoutError):
                if last:
                    raise timed_out() from None
                continue
            except (OSError, ValueError, IndexError, asyncio.LimitOverrunError,
                    asyncio.IncompleteReadError):
                if last:
                    raise ApiError(500, message="webhook could not be delivered") from None
                continue
            if status < 400:
                return
            if last or (status != 429 and status < 500):
                raise failed(status)


def _auth(hook, headers):
    auth = hook.get("auth", {})
    settings = auth.get("config", {})
    if auth.get("type") == "api_key":
        name, value = settings.get("name", "X-Api-Key"), settings.get("value", "")
        if settings.get("in", "header") == "cookie":
            headers["Cookie"] = f"{name}={value}"
        else:
            headers[name] = value
    elif auth.get("type") == "basic_auth":
        pair = f"{settings.get('user', '')}:{settings.get('password', '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()


async def post(hook, body, trigger):
    """One attempt: the status of the answer. Events of the stream have no trigger."""
    headers = {"Ory-Webhook-Request-Id": trigger and str(uuid.uuid4()),
               "Ory-Webhook-Trigger-Id": trigger}
    _auth(hook, headers)
    return await send(hook.get("method", "POST"), hook["url"], headers, body)


async def send(method, url, headers, body):
    """One request of JSON, on a connection of its own: the status of the answer.

    A header that is None is left out.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": parts.netloc.rpartition("@")[2], "Content-Type": "application/json",
               "Content-Length": str(len(body)), "Connection": "close", **headers}
    head = [f"{method} {target} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    reader, writer = await asyncio.open_connection(
        parts.hostname, parts.port or (443 if secure else 80),
        ssl=ssl.create_default_context() if secure else None)
    try:
        writer.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()
        line = await reader.readuntil(b"\r\n")
        return int(line.split()[1])
    finally:
        writer.close()
