"""The keys of an issuer of tokens: what it signs with, what it publishes, and tokens of any shape.

A key that was replaced or removed stays in the ring, so that a test can go on
minting tokens with it. So does one foreign key that is never published.
"""

import asyncio
import hmac
import inspect

import rsa
from cookies import ALPHA, random_alpha
from wire import check_types, dumps

ALPHANUMERIC = ALPHA + "0123456789"
FOREIGN = "foreign"
TOKEN_TYPES = {"claims": dict, "drop": list, "header": dict, "drop_header": list,
               "raw_payload": str, "raw_header": str, "alg": str, "signer": str, "signature": str}


class Ring:
    def __init__(self, prefix):
        self.prefix = prefix                 # of new key ids
        self.keys = {}                       # name: (kid, Key), oldest first
        self.first = self.current = self.previous = self._add(self._new_kid())
        self.reset()

    def _new_kid(self):
        return self.prefix + random_alpha(27, ALPHANUMERIC)

    def _add(self, kid, key=None, name=None):
        """Several keys may have one kid: their names are KID~1, KID~2 and so on."""
        name = name or f"{kid}~{1 + sum(known == kid for known, _ in self.keys.values())}"
        self.keys[name] = kid, key or rsa.Key.generate()
        return name

    @property
    def kid(self):
        return self.keys[self.current][0]

    @property
    def key(self):
        return self.keys[self.current][1]

    # -- what is published --

    def document(self):
        """The bytes of the key set."""
        if self.text is not None:
            return self.text
        keys = [] if self.is_empty else [self._shown(name) for name in self.published]
        return dumps({"keys": keys})

    def _shown(self, name):
        kid, key = self.keys[name]
        shown = key.jwk(kid)
        if name == self.current:
            shown.update(self.overrides)
        return {member: value for member, value in shown.items() if value is not None}

    def describe(self):
        """For the control interface."""
        return {"kid": self.kid, "jwt_key": self.key.pem(),
                "keys": [{"signer": name, "kid": kid, "current": name == self.current,
                          "published": name in self.published, "jwt_key": key.pem()}
                         for name, (kid, key) in self.keys.items() if name != FOREIGN]}

    # -- changes; each is a member of a POST to .../keys --

    async def change(self, given):
        """ValueError when it makes no sense."""
        if len(given) != 1 or (name := next(iter(given))) not in CHANGES:
            raise ValueError(f"one of: {', '.join(CHANGES)}")
        changed = CHANGES[name](self, given[name])
        if inspect.isawaitable(changed):
            await changed

    async def _rotate(self, how):
        if how not in ("new_kid", "same_kid"):
            raise ValueError('rotate: must be "new_kid" or "same_kid"')
        key = await new_key()
        before = self.current
        kid = self.kid if how == "same_kid" else self._new_kid()
        self.previous, self.current = before, self._add(kid, key)
        self.published.insert(0, self.current)
        if how == "same_kid" and before in self.published:
            self.published.remove(before)
        self.overrides = {}

    def _remove(self, signer):
        name = self.find(signer)
        if name not in self.published:
            raise ValueError(f"remove: {signer!r} is not published")
        self.published.remove(name)

    def _publish(self, signer):
        name = self.find(signer)
        if name not in self.published:
            self.published.append(name)

    def _empty(self, empty):
        self.is_empty = bool(empty)

    def _text(self, text):
        if text is not None and not isinstance(text, str):
            raise ValueError("text: must be a string, or null for the real answer")
        self.text = None if text is None else raw_bytes(text)

    def _jwk(self, members):
        if not isinstance(members, dict):
            raise ValueError("jwk: must be an object")
        self.overrides = members

    def reset(self, _=None):
        """The first key is the only one again; the others can still sign."""
        self.current = self.previous = self.first
        self.published, self.overrides = [self.first], {}
        self.text, self.is_empty = None, False

    # -- signing --

    def find(self, signer):
        """The name of a key: "current", "previous", "foreign", a kid (its newest key) or a name."""
        if signer in ("current", "previous"):
            return getattr(self, signer)
        if signer == self.kid:
            return self.current
        for name, (kid, _) in reversed(self.keys.items()):
            if signer in (name, kid):
                return name
        raise ValueError(f"signer: no key {signer!r}")

    async def prepare(self, spec):
        """Before the first token of a foreign key."""
        if spec.get("signer") == FOREIGN and FOREIGN not in self.keys:
            self._add(self._new_kid(), await new_key(), FOREIGN)

    def mint(self, claims, header, spec):
        """A token with these claims, changed as `spec` says. See README.md."""
        check_types(spec, TOKEN_TYPES)
        name, alg = self.find(spec.get("signer") or "current"), spec.get("alg") or "RS256"
        kid, key = self.keys[name]
        header = {"alg": alg, "kid": self.kid if name == FOREIGN else kid, "typ": "JWT", **header}
        parts = [_part(spec.get("raw_header"), header, spec.get("header"),
                       spec.get("drop_header")),
                 _part(spec.get("raw_payload"), claims, spec.get("claims"), spec.get("drop"))]
        text = ".".join(parts)
        how = spec.get("signature") or "good"
        if how not in SIGNATURES:
            raise ValueError(f"signature: must be one of {', '.join(SIGNATURES)}")
        return text + "." + rsa.b64(SIGNATURES[how](_sign(key, alg, text.encode())))

    # -- the state file --

    def dump(self):
        return {"first": self.first, "current": self.current, "previous": self.previous,
                "published": self.published,
                "keys": [[name, kid, hex(key.p), hex(key.q)]
                         for name, (kid, key) in self.keys.items()]}

    @classmethod
    def load(cls, prefix, state):
        ring = cls.__new__(cls)
        ring.prefix, ring.keys = prefix, {}
        for name, kid, p, q in state["keys"]:
            ring._add(kid, rsa.Key(int(p, 16), int(q, 16)), name)
        ring.first = state["first"]
        ring.reset()
        ring.current, ring.previous = state["current"], state["previous"]
        ring.published = list(state["published"])
        ring.keys[ring.current], ring.keys[ring.previous]       # KeyError: not our file
        return ring


async def new_key():
    """Beside the requests of others, who have deadlines."""
    return await asyncio.to_thread(rsa.Key.generate)


CHANGES = {"rotate": Ring._rotate, "remove": Ring._remove, "publish": Ring._publish,
           "empty": Ring._empty, "text": Ring._text, "jwk": Ring._jwk, "reset": Ring.reset}


def _flip(signature):
    return signature[:-1] + bytes([signature[-1] ^ 1]) if signature else b"\1"


SIGNATURES = {"good": bytes, "empty": lambda _: b"", "flipped": _flip}


def _sign(key, alg, text):
    if alg in rsa.ALGORITHMS:
        return key.sign(alg, text)
    if alg in ("HS256", "HS384", "HS512"):      # the old trick: the public key as the secret
        return hmac.digest(key.pem().encode(), text, "sha" + alg[2:])
    if alg.lower() == "none":
        return b""
    raise ValueError(f"alg: must be one of {', '.join(rsa.ALGORITHMS)}, HS256, HS384, HS512, none")


def _part(raw, members, changes, dropped):
    if raw is not None:
        return rsa.b64(raw_bytes(raw))
    members = {**members, **(changes or {})}
    kept = [(name, value) for name, value in members.items() if name not in (dropped or ())]
    return rsa.b64(dumps(dict(sorted(kept, key=lambda pair: pair[0]))))


def raw_bytes(text):
    """UTF-8, where U+DC80 to U+DCFF stand for single bytes that need not be UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
