"""What the issuers of tokens (clerk.py, oidc.py) share: a listener of their own, whose requests
are counted, remembered and spoilt by faults like those of the public listener."""

from urllib.parse import urlencode, urlsplit

import faults
from keyring import Ring
from wire import ApiError


class Issuer:
    """Subclasses give `name`, `kid_prefix`, `counts`, `kind(request)` and `answer(request)`.

    The kind says what a request is for: one of the counts, and the "only" of a fault.
    """

    name = kid_prefix = ""
    counts = ()

    def __init__(self, app, state):
        self.app, self.store, self.config = app, app.store, app.config
        self.ring = Ring.load(self.kid_prefix, state["ring"]) if state else Ring(self.kid_prefix)
        self.listen_url = self.base = ""
        app.counters.update((f"{self.name}_{what}", 0)
                            for what in (*self.counts, "other", "connections"))

    def set_base(self, listen_url, base=None):
        """Where it listens, and the same as browsers see it; the latter is the issuer."""
        self.listen_url, self.base = listen_url, (base or listen_url).rstrip("/")
        parts = urlsplit(self.base)
        self.host, self.prefix = parts.netloc, parts.path
        self.origin = f"{parts.scheme}://{parts.netloc}"

    def url(self, path, **query):
        return self.base + path + (f"?{urlencode(query)}" if query else "")

    def dump(self):
        """For the state file."""
        return {"ring": self.ring.dump()}

    def reset(self):
        self.ring.reset()

    def connected(self):
        self.app.count(self.name + "_connections")

    def handle(self, request):
        self.app.requests.append((request, self.name))
        kind = self.kind(request)
        self.app.count(f"{self.name}_{kind if kind in self.counts else 'other'}")
        wrong = self.app.faults.take(self.name, kind) if self.app.faults.active else None
        if wrong:
            return faults.apply(wrong, request, False, lambda _: self._answer(request))
        return self._answer(request)

    def _answer(self, request):
        try:
            return self.answer(request)
        except ApiError as error:
            return error.response(request)
