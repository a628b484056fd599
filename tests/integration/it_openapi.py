#!/usr/bin/env python3
"""The API's description: valid OpenAPI, whole, and the same from the command and the route."""

import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import apidoc                                                   # noqa: E402
import npm                                                      # noqa: E402
import prog                                                     # noqa: E402
import rawhttp                                                  # noqa: E402
import schema                                                   # noqa: E402
from tap import Failed, case, cases, is_, ok, raises, run       # noqa: E402

ORIGIN = "https://app.example.com"
SMALL = {"providers": ["ory"], "ory": {"project_slug": "quiet-lake-1"},
         "database": {"url": "postgresql:///gatehouse?host=/nonexistent"}}
LIMITED = {"rate": {"per_address": "1/h burst 3"}, "cors": {"allow_origins": [ORIGIN]},
           "base_path": "/gate", "bio_max": 77, "ory": {"cookies": False}}
CONFIGURATIONS = {"small": SMALL, "full": apidoc.FULL, "based": prog.merge(apidoc.FULL, LIMITED)}

validator = npm.Node(npm.folder(), "openapi.mjs")
gate = prog.Program(CONFIGURATIONS["based"], workers=1)


def printed(conf):
    gate.configure(conf)
    done = gate.run("openapi")
    is_((done.returncode, done.stderr), (0, ""), "gatehouse openapi")
    return done.stdout


documents = {name: json.loads(printed(conf)) for name, conf in CONFIGURATIONS.items()}


def operation(name, id):
    return next(o for _, _, o in apidoc.Document(documents[name]).operations()
                if o["operationId"] == id)


@cases("{0}: a validator of OpenAPI 3.1 finds nothing wrong", CONFIGURATIONS)
def _(name):
    is_(validator.ask(document=documents[name]), {"version": "3.1", "valid": True})


@case("the validator sees what is wrong")
def _():
    broken = json.loads(json.dumps(documents["full"]))
    del broken["paths"]["/healthz"]["get"]["responses"]["200"]["description"]
    is_(validator.ask(document=broken)["valid"], False)


@cases("{0}: every reference leads somewhere, and every component is referred to",
       CONFIGURATIONS)
def _(name):
    document = documents[name]
    used = apidoc.references(document)
    for reference in used:
        schema.resolve(document, reference)
    named = {f"#/components/{kind}/{one}" for kind, all in document["components"].items()
             for one in all if kind != "securitySchemes"}
    is_(sorted(named - used), [], "unused components")
    schemes = {one for _, _, o in apidoc.Document(document).operations()
               for need in o["security"] for one in need}
    is_(sorted(document["components"]["securitySchemes"]), sorted(schemes), "schemes")


@case("full: nothing of the folder api is left out")
def _():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "api")
    kinds = {"security": "securitySchemes"}
    for kind in ("headers", "parameters", "schemas", "security"):
        names = {name.removesuffix(".json") for name in os.listdir(os.path.join(top, kind))}
        there = documents["full"]["components"][kinds.get(kind, kind)]
        is_(sorted(names - set(there)), [], kind)


@cases("{0}: identifiers, tags and parameters are whole", CONFIGURATIONS)
def _(name):
    document = apidoc.Document(documents[name])
    ids = [o["operationId"] for _, _, o in document.operations()]
    is_(len(ids), len(set(ids)), "each once")
    tags = {t["name"] for t in documents[name]["tags"]}
    for _, path, o in document.operations():
        ok(set(o["tags"]) <= tags and o["summary"] and not o["summary"].endswith("."), path)
        names = [document.deref(p)["name"] for p in o.get("parameters", [])]
        is_(len(names), len(set(names)), path)


@case("every response is JSON with a schema, or a text, and brings its request's id")
def _():
    document = apidoc.Document(documents["full"])
    for _, path, o in document.operations():
        for status, response in o["responses"].items():
            response = document.deref(response)
            ok(response["description"] and "X-Request-Id" in response["headers"], path, status)
            for kind, content in response.get("content", {}).items():
                ok(kind == "application/json" or content["schema"] == {"type": "string"}, path)


@case("a configuration has no more than its routes, providers and ways to sign in")
def _():
    small, full = documents["small"], documents["full"]
    is_(sorted(set(full["paths"]) - set(small["paths"])),
        ["/auth/refresh", "/hooks/clerk", "/hooks/ory", "/metrics", "/status"])
    is_(sorted(small["components"]["securitySchemes"]), ["bearer", "oryCookie", "sessionToken"])
    is_(small["components"]["securitySchemes"]["oryCookie"]["name"], "ory_session_quietlake1")
    is_(full["components"]["securitySchemes"]["clerkCookie"]["name"], "__session")
    is_(full["components"]["schemas"]["ProviderInfo"]["oneOf"],
        [{"$ref": f"#/components/schemas/LoginInfo{kind}"} for kind in ("Ory", "Clerk", "Oidc")])
    is_(operation("full", "signIn")["parameters"][1],
        {"$ref": "#/components/parameters/provider"})
    is_(full["components"]["parameters"]["provider"]["schema"]["enum"],
        ["ory", "clerk", "corp"])
    is_(documents["based"]["components"]["schemas"]["Preferences"]["properties"]["bio"]
        ["maxLength"], 77)


@case("who may ask: nobody has to sign in for what is public")
def _():
    is_(operation("full", "getLoginInfo")["security"], [])
    is_(operation("full", "getProfile")["security"],
        [{"bearer": []}, {"clerkCookie": []}, {"oryCookie": []}, {"sessionToken": []}])
    is_(operation("based", "getProfile")["security"],
        [{"bearer": []}, {"clerkCookie": []}, {"sessionToken": []}], "without ory.cookies")
    is_(operation("full", "takeClerkEvent")["security"], [{"clerkSignature": []}])
    is_(operation("full", "takeOryEvent")["security"], [{"orySecret": []}])


@case("servers: the public origin with the base path, else the page's own")
def _():
    is_(documents["small"]["servers"], [{"url": "/"}])
    is_(documents["based"]["servers"], [{"url": "https://www.example.com/gate"}])


@case("it needs no database and no provider, keeps no secret, and is the same each time")
def _():
    begun = time.monotonic()
    texts = {printed(apidoc.FULL) for _ in range(2)}
    ok(time.monotonic() - begun < prog.READY, "nothing is waited for")
    is_(len(texts), 1)
    for secret in ("whsec_", "sk_test_", "ory-0123", "postgresql:"):
        ok(secret not in texts.copy().pop(), secret)


@case("the command prints it for people: short lines, two spaces a level")
def _():
    lines = printed(apidoc.FULL).splitlines()
    is_((lines[0], lines[1], lines[-1]), ("{", '  "openapi": "3.1.0",', "}"))
    ok(all(len(line) - len(line.lstrip()) < 40 for line in lines), "no deeper")


@case("a configuration that is wrong is told, and nothing is printed")
def _():
    gate.configure({"ory": {"colour": "red"}})
    done = gate.run("openapi")
    is_((done.returncode, done.stdout), (1, ""))


@case("/openapi.json is the same document, for HEAD and other origins too, and is limited")
def _():
    gate.configure(CONFIGURATIONS["based"])
    gate.start()
    try:
        answer = gate.client.http("GET", "/gate/openapi.json", [("Origin", ORIGIN)])
        is_((answer.status, answer.get("Content-Type")), (200, "application/json"))
        is_(json.loads(answer.body), documents["based"])
        is_(answer.get("Access-Control-Allow-Origin"), ORIGIN)
        ok(b"\n" not in answer.body, "for machines")
        head = gate.client.http("HEAD", "/gate/openapi.json")
        is_((head.status, head.body), (200, b""))
        is_(head.get("Content-Length"), str(len(answer.body)))
        is_(gate.client.get("/gate/openapi.json").body, answer.body)
        is_(gate.client.get("/gate/openapi.json").status, 429)
    finally:
        is_(gate.stop(), 0)
    is_(gate.output(), [], "complaints")


WRONG = {
    "a status": (418, [], b""),
    "a reason": (403, [], {"code": "permission_denied", "message": "x",
                           "details": {"reason": "cross_site"}}),
    "a member": (200, [], {"userId": "1", "email": "", "theme": "light", "notifications": True,
                           "isAdmin": True}),
    "a value": (200, [], {"userId": "1", "email": "", "theme": "red", "notifications": True}),
    "a missing member": (200, [], {"userId": "1", "email": "", "theme": "light"}),
    "a field of the header": (200, [("X-Auth-User", "1")],
                              {"userId": "1", "email": "", "theme": "light",
                               "notifications": True}),
    "a missing field of the header": (503, [], {"code": "unavailable", "message": "x", "details": {
        "reason": "provider_unavailable"}}),
}


@cases("what is not described is found in an answer: {0}", WRONG)
def _(what):
    status, headers, body = WRONG[what]
    if not isinstance(body, bytes):
        headers = [("Content-Type", "application/json"), *headers]
        body = json.dumps(body).encode()
    answer = rawhttp.Response(status, [("X-Request-Id", "a-1"), *headers], body)
    raises(Failed, apidoc.Document(documents["small"]).check, "GET", "/user/profile", answer)


try:
    run()
finally:
    validator.close()
