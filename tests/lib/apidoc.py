"""Answers held against the API's own description: an OpenAPI document.

    api = apidoc.Document(json.loads(gate.client.get("/openapi.json").body))
    api.check("GET", "/user/profile", answer)       # tap.Failed when it is not described
    api.missing()                                   # what is described and was not seen
    apidoc.watch(gate)                              # all that gate.client is told from now on

A response is told by its operation, its status, and what it says: details.reason of a
refusal, else its media type; NOTHING where there is no body.
"""

import json
import re
from urllib.parse import unquote

import fcgi
import schema
import tap

NOTHING = "no body"
NO_REASON = "no reason"

# Every part of the API is in the document of this configuration.
FULL = {
    "providers": ["ory", "clerk", "corp"],
    "public_url": "https://www.example.com",
    "ory": {"url": "https://auth.example.org", "browser_url": "https://www.example.com/.ory",
            "webhook_secret": "a-webhook-secret-of-ory-0123456789"},
    "clerk": {"secret_key": "sk_test_abcdefghij",
              "publishable_key": "pk_test_Zm9vLWJhci0xMy5jbGVyay5hY2NvdW50cy5kZXYk",
              "authorized_parties": ["https://www.example.com"],
              "webhook_secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
    "oidc": [{"name": "corp", "issuer": "https://id.example.org", "audience": ["api"]}],
    "database": {"url": "postgresql:///gatehouse?host=/nonexistent"},
    "metrics": {"allow": ["127.0.0.1"]},
}

# Fields of the header that the description has to tell of where they come.
TELLING = re.compile(r"(?i)^(x-auth-.*|location|retry-after|www-authenticate|x-request-id)$")

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def media_type(text):
    """Its words without what makes no difference."""
    return ";".join(part.strip().lower() for part in (text or "").split(";"))


class Document:
    def __init__(self, document, base_path=""):
        self.document, self.base_path = document, base_path
        self.paths = document["paths"]
        self.seen = set()

    # -- what is described --

    def deref(self, thing):
        while "$ref" in thing:
            thing = schema.resolve(self.document, thing["$ref"])
        return thing

    def operations(self):
        """(method, path, operation) of all."""
        return [(method.upper(), path, operation) for path, item in self.paths.items()
                for method, operation in item.items() if method in METHODS]

    def reasons(self, content):
        """What an application/json response may say."""
        given = content["schema"]
        words = [self.reason(one) for one in given.get("oneOf", [given])]
        return ["application/json" if word is None else word for word in words]

    def reason(self, given):
        """Of the schema of a refusal: its reason, or NO_REASON.  None: it is no refusal's."""
        parts = self.deref(given).get("allOf", [])
        if {"$ref": "#/components/schemas/Problem"} not in parts:
            return None
        details = parts[1]["properties"]["details"]
        if details == {"type": "null"}:
            return NO_REASON
        return details["properties"]["reason"]["const"]

    def described(self):
        """Every response there is: (operationId, status, what it says)."""
        found = set()
        for _, _, operation in self.operations():
            for status, response in operation["responses"].items():
                content = self.deref(response).get("content", {})
                said = [word for kind, body in content.items() for word in
                        (self.reasons(body) if kind == "application/json" else [kind])]
                for word in said or [NOTHING]:
                    found.add((operation["operationId"], int(status), word))
        return found

    def missing(self, but=()):
        """Described, never seen, and not excepted: lines."""
        return [f"{id}: {status} {word}" for id, status, word in
                sorted(self.described() - self.seen - set(but))]

    # -- what came --

    def place(self, target):
        """The path that the target means in the document; None: there is none."""
        path = re.sub(r"^\w+://[^/]*", "", target).partition("?")[0]
        if self.base_path and not path.startswith(self.base_path + "/"):
            return None
        path = unquote(path[len(self.base_path):])
        if path not in self.paths and path.endswith("/"):
            path = path[:-1]
        return path if path in self.paths else None

    def check(self, method, target, answer):
        """The answer is one that the document tells of; else tap.Failed."""
        path = self.place(target)
        if path is None:
            self.is_refusal(answer, {400: "invalid_argument", 404: "not_found"}, method == "HEAD")
            return
        item = self.paths[path]
        operation = item.get("get" if method == "HEAD" else method.lower()
                             if method == method.upper() else "")
        if operation is not None:
            self.check_operation(operation, answer, method == "HEAD")
        elif method == "OPTIONS" and answer.status == 204:
            tap.ok(answer.get("Allow"), "OPTIONS is told what is allowed", answer)
        else:
            self.is_refusal(answer, {400: "invalid_argument", 405: "unimplemented"},
                            method == "HEAD")

    def is_refusal(self, answer, codes, head=False):
        """What is said of every address in the words of the document's beginning."""
        tap.ok(answer.status in codes, "the status is described", answer)
        if answer.status == 405:
            tap.ok(answer.get("Allow"), "405 comes with Allow", answer)
        if head:
            return
        self.fits({"$ref": "#/components/schemas/Problem"}, answer.json(), answer)
        tap.is_(answer.json()["code"], codes[answer.status], "code")

    def fits(self, given, value, answer):
        wrong = schema.problems(self.document, given, value)
        tap.ok(not wrong, "it has the form that is described", "\n".join(wrong), answer)

    def check_operation(self, operation, answer, head):
        id = operation["operationId"]
        response = operation["responses"].get(str(answer.status))
        tap.ok(response, f"{id} describes status {answer.status}", answer)
        response = self.deref(response)
        self.check_headers(response.get("headers", {}), answer)
        content = response.get("content", {})
        if not content:
            tap.is_(answer.body, b"", f"{id}: body")
            self.seen.add((id, answer.status, NOTHING))
            return
        kinds = {media_type(kind): kind for kind in content}
        kind = kinds.get(media_type(answer.get("Content-Type")))
        tap.ok(kind, f"{id} {answer.status} describes this media type", answer)
        if head:
            tap.is_(answer.body, b"", f"{id}: body of HEAD")
        elif kind == "application/json":
            self.check_json(id, content[kind]["schema"], answer)
        else:
            answer.body.decode("utf-8")
            self.seen.add((id, answer.status, kind))

    def check_headers(self, described, answer):
        names = {name.lower() for name in described}
        for name, value in answer.headers:
            if TELLING.match(name):
                tap.ok(name.lower() in names, f"{name} is described", answer)
        for name, given in described.items():
            given = self.deref(given)
            values = answer.all(name)
            tap.ok(values or not given.get("required"), f"{name} comes along", answer)
            for value in values:
                whole = given["schema"].get("type") == "integer" and value.isdigit()
                self.fits(given["schema"], int(value) if whole else value, answer)

    def check_json(self, id, given, answer):
        value = json.loads(answer.body)
        self.fits(given, value, answer)
        for one in given.get("oneOf", [given]):
            if not schema.problems(self.document, one, value):
                word = self.reason(one)
                self.seen.add((id, answer.status, word or "application/json"))


class Watched(fcgi.Client):
    """A client to whom only described answers are given."""

    def __init__(self, client, document):
        super().__init__(client.address, client.timeout)
        self.document = document

    def request(self, params, body=b"", role=fcgi.RESPONDER, flags=0):
        answer = super().request(params, body, role, flags)
        named = dict(params)
        if role == fcgi.RESPONDER:
            self.document.check(named.get("REQUEST_METHOD", ""), named.get("REQUEST_URI", ""),
                                answer)
        return answer


def watch(program):
    """Checks all answers to the client of a prog.Program, by its configuration of now."""
    document = json.loads(program.run("openapi").stdout)
    program.client = Watched(program.client,
                             Document(document, program.conf.get("base_path", "")))
    return program


def references(thing):
    """All that a document refers to."""
    if isinstance(thing, dict):
        return {v for k, v in thing.items() if k == "$ref"} | {
            r for v in thing.values() for r in references(v)}
    if isinstance(thing, list):
        return {r for v in thing for r in references(v)}
    return set()
