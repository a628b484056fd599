"""The switches that can be turned while the provider runs.

One table: a key, its default, and what turns a JSON value into ours. It is
what PUT /control/config, `--set KEY=VALUE` and the README's table go by.
"""

import base64
from urllib.parse import urlsplit

from wire import parse_duration


def boolean(value):
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def text(value):
    if not isinstance(value, str):
        raise ValueError("must be a string")
    return value


def maybe(check):
    return lambda value: None if value is None else check(value)


def one_of(*names):
    def check(value):
        if value not in names:
            raise ValueError("must be one of " + ", ".join(map(str, names)))
        return value
    return check


def url(value):
    parts = urlsplit(value if isinstance(value, str) else "")
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("must be an absolute http or https URL")
    return value


def url_list(value):
    if not isinstance(value, list):
        raise ValueError("must be a list of URLs")
    return [url(item) for item in value]


def members(value, allowed, where):
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object")
    unknown = sorted(set(value) - set(allowed))
    if unknown:
        raise ValueError(f"{where}: unknown member {unknown[0]!r}; known: {', '.join(allowed)}")
    return value


HOOK_FIELDS = ("url", "method", "event", "auth", "response", "timeout", "retries", "backoff")
HOOK_FLOWS = ("login", "registration", "settings")


def hook(value, where):
    url(members(value, HOOK_FIELDS, where).get("url"))
    parse_duration(value.get("timeout", 30))
    parse_duration(value.get("backoff", 1))
    auth = members(value.get("auth", {"type": "none"}), ("type", "config"), "auth")
    one_of("none", "api_key", "basic_auth")(auth.get("type"))
    members(value.get("response", {}), ("ignore",), "response")
    return value


def hooks(value):
    """{"login": [HOOK...], "registration": [...], "settings": [...]}"""
    for flow, entries in members(value, HOOK_FLOWS, "hooks").items():
        if not isinstance(entries, list):
            raise ValueError(f"hooks.{flow} must be a list")
        for entry in entries:
            hook(entry, f"hooks.{flow}[]")
    return value


def signing_key(secret):
    """The bytes of a secret of webhooks."""
    text = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise ValueError("secret: must be whsec_ and base64")
    return key


def endpoint(value):
    """{"url": URL, "secret": "whsec_..."}"""
    url(members(value, ("url", "secret"), "endpoint").get("url"))
    signing_key(text(value.get("secret")))
    return value


TEMPLATE_FIELDS = ("ttl", "claims", "subject_source", "fail")


def tokenizer(value):
    """{"TEMPLATE": {"ttl": "1m", "claims": {...}, "subject_source": "id"}}"""
    if not isinstance(value, dict):
        raise ValueError("must be an object of templates")
    for name, template in value.items():
        members(template, TEMPLATE_FIELDS, f"tokenizer.{name}")
        parse_duration(template.get("ttl", "1m"))
        one_of("id", "external_id")(template.get("subject_source", "id"))
        one_of(None, "jsonnet", "no_alg", "key_fetch")(template.get("fail"))
    return value


KEYS = {
    "required_aal": ("highest_available", one_of("highest_available", "aal1")),
    "cacheable_sessions": (False, boolean),
    "cacheable_sessions_max_age": (0.0, parse_duration),
    "strict_native": (True, boolean),
    "session_lifespan": (86400.0, parse_duration),
    "flow_lifespan": (3600.0, parse_duration),
    "registration_session": (True, boolean),
    "faster_session_extend": (False, boolean),
    "secure_cookies": (None, maybe(boolean)),
    "name_trait": ("string", one_of("string", "object")),
    "allow_return_to": ([], url_list),
    "default_return_to": (None, maybe(url)),
    "hooks": ({}, hooks),
    "event_stream": (None, maybe(lambda value: hook(value, "event_stream"))),
    "tokenizer": ({}, tokenizer),
}
# Only with --clerk.
CLERK_KEYS = {
    "clerk_secret_key": (None, maybe(text)),
    "clerk_azp": (None, maybe(text)),
    "clerk_token_lifespan": (60.0, parse_duration),
    "clerk_token_version": (2, one_of(1, 2)),
    "clerk_webhook": (None, maybe(endpoint)),
}


class Config:
    """Attributes named as in KEYS. `start` is what a reset goes back to."""

    def __init__(self, start=None, keys=None):
        self.keys = keys or KEYS
        self.start = {key: default for key, (default, _) in self.keys.items()}
        self.reset()
        self.update(start or {})
        self.start = self.values()

    def values(self):
        return {key: getattr(self, key) for key in self.keys}

    def reset(self):
        for key, value in self.start.items():
            setattr(self, key, value)

    def update(self, given):
        """All of it or none: ValueError names the key that is wrong."""
        if not isinstance(given, dict):
            raise ValueError("the configuration must be an object")
        checked = {}
        for key, value in given.items():
            if key not in self.keys:
                raise ValueError(f"unknown key {key!r}; known: {', '.join(self.keys)}")
            try:
                checked[key] = self.keys[key][1](value)
            except ValueError as wrong:
                raise ValueError(f"{key}: {wrong}") from None
        for key, value in checked.items():
            setattr(self, key, value)
