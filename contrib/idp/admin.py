"""Kratos's admin API: sessions and identities, without authentication.

Real Kratos has none either when self-hosted; this listener belongs on
loopback. Paths are accepted with and without the /admin prefix.
"""

import base64
import json
import uuid
from urllib.parse import urlencode

from jsonpatch import PatchError, apply_patch
from shapes import identity_shape, session_shape
from store import Conflict, hash_password
from wire import ApiError, check_types, dumps, empty, loads, not_found, now_ns, redirect, reply_json

DEFAULT_PAGE, MAX_PAGE, MAX_IDS = 250, 500, 500
CREATE_FIELDS = {"schema_id", "traits", "credentials", "state", "metadata_public",
                 "metadata_admin", "verifiable_addresses", "recovery_addresses", "external_id",
                 "organization_id", "region"}
FIELD_TYPES = {"schema_id": str, "credentials": dict, "state": str, "external_id": str,
               "verifiable_addresses": list, "recovery_addresses": list}
WRITABLE = ("traits", "state", "metadata_public", "metadata_admin", "external_id")


def is_uuid(text):
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def bad_uuid():
    return ApiError(400, message="uuid: incorrect UUID length or format",
                    debug="could not parse UUID")


def body_of(request):
    try:
        body = loads(request.body)
    except ValueError as wrong:
        raise ApiError(400, message=str(wrong)) from None
    return body


# -- pages of rows ---------------------------------------------------------------------

def page_size(request):
    text = request.param("page_size") or request.param("per_page")
    if not text:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdigit()):
        raise ApiError(400, message="could not parse parameter page_size")
    return min(max(int(text), 1), MAX_PAGE)


def paged(app, request, path, rows, shape):
    """One page; the Link header names the next one while there is one."""
    size, start = page_size(request), 0
    token = request.param("page_token")
    if token:
        try:
            start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("at="))
        except ValueError:
            raise ApiError(400, "The page token is invalid.") from None
    answer = reply_json([shape(row) for row in rows[start:start + size]])

    def link(rel, at):
        query = [(k, v) for k, vs in request.params.items() for v in vs
                 if k not in ("page_token", "page_size", "per_page")]
        query += [("page_size", size),
                  ("page_token", base64.urlsafe_b64encode(f"at={at}".encode()).decode())]
        return f'<{path}?{urlencode(query)}>; rel="{rel}"'

    links = [link("first", 0)]
    if start + size < len(rows):
        links.append(link("next", start + size))
    answer.headers["Link"] = ",".join(links)
    return answer


# -- sessions ----------------------------------------------------------------------------

def the_session(app, id):
    if not is_uuid(id):
        raise bad_uuid()
    session = app.store.sessions.get(id)
    if session is None:
        raise not_found()
    return session, app.store.identities[session.identity_id]


def expanded(app, request, session, identity):
    expand = [value.lower() for value in request.params.get("expand", [])]
    for value in expand:
        if value not in ("identity", "devices"):
            raise ApiError(400, f"Could not parse expand option: {value}")
    return session_shape(session, identity if "identity" in expand else None, app.base,
                         admin=True, active=session.is_active(identity),
                         devices="devices" in expand)


def wanted_state(request):
    active = request.param("active").lower()
    if active not in ("", "true", "false", "1", "0"):
        raise ApiError(400, message="could not parse parameter active")
    return None if not active else active in ("true", "1")


def list_sessions(app, request):
    wanted = wanted_state(request)
    rows = [s for s in app.store.sessions.values()
            if wanted is None or s.is_active(app.store.identities[s.identity_id]) == wanted]
    return paged(app, request, "/admin/sessions", rows, lambda s: expanded(
        app, request, s, app.store.identities[s.identity_id]))


def get_session(app, request, id):
    if id == "whoami":
        return to_public(app, request)
    return reply_json(expanded(app, request, *the_session(app, id)))


def delete_session(app, request, id):
    session, _ = the_session(app, id)
    app.store.edit_session(session, active=False)
    return empty()


def extend_session(app, request, id):
    session, identity = the_session(app, id)
    extend(app, session)
    if app.config.faster_session_extend:
        return empty()
    return reply_json(session_shape(session, identity, app.base,
                                    active=session.is_active(identity)))


def extend(app, session):
    app.store.edit_session(session,
                           expires_at=now_ns() + int(app.config.session_lifespan * 1e9))


# -- identities ----------------------------------------------------------------------------

def the_identity(app, id):
    identity = app.store.identities.get(id)
    if identity is None:
        raise not_found()
    return identity


def list_identities(app, request):
    ids = request.params.get("ids", [])
    for id in ids:
        if not is_uuid(id):
            raise ApiError(400, f"Invalid UUID value `{id}` for parameter `ids`.")
    if len(ids) > MAX_IDS:
        raise ApiError(400, "The number of ids to filter must not exceed 500.")
    who = request.param("credentials_identifier")
    if ids and who:
        raise ApiError(400, "You cannot combine multiple filters in this API")
    table = app.store.identities
    if ids:
        rows = [table[id] for id in sorted(set(map(str.lower, ids))) if id in table]
    elif who:
        found = app.store.find_by_email(who)
        rows = [found] if found else []
    else:
        rows = [table[id] for id in sorted(table)]
    return paged(app, request, "/admin/identities", rows,
                 lambda i: identity_shape(i, app.base, admin=True))


def get_identity(app, request, id):
    return reply_json(identity_shape(the_identity(app, id), app.base, True, True))


def _state(value):
    if value not in ("active", "inactive"):
        raise ApiError(400, "identity state is not valid")
    return value


def _password(body):
    at = body
    for name in ("credentials", "password", "config"):
        at = _object(at.get(name) or {}, name)
    password = at.get("password")
    if password is not None and not isinstance(password, str):
        raise ApiError(400, message="json: password must be a string")
    return {"password": hash_password(password)} if password else {}


def _checked(body):
    """A body, or a patched document, with every member of the type it must have."""
    try:
        check_types(_object(body, "body"), FIELD_TYPES)
    except ValueError as wrong:
        raise ApiError(400, message=f"json: {wrong}") from None
    for address in body.get("verifiable_addresses") or []:
        _object(address, "verifiable_addresses[]")
    return body


def _fields(body, names):
    fields = {name: body[name] for name in names if name in body and name != "traits"}
    if "state" in fields:
        fields["state"] = _state(fields["state"] or "active")
    fields["external_id"] = fields.get("external_id") or ""
    return {**fields, **_password(body)}


def _conflict():
    return ApiError(409, "This identity conflicts with another identity that already exists.")


def _object(value, what):
    if not isinstance(value, dict):
        raise ApiError(400, message=f"json: {what} must be an object")
    return value


def create_identity(app, request):
    body = _checked(body_of(request))
    for name in body:
        if name not in CREATE_FIELDS:
            raise ApiError(400, message=f'json: unknown field "{name}"')
    traits = _object(body.get("traits"), "traits")
    verified = any(a.get("verified") for a in body.get("verifiable_addresses") or [])
    try:
        identity = app.store.add_identity(traits, verified, **_fields(body, WRITABLE))
    except Conflict:
        raise _conflict() from None
    return reply_json(identity_shape(identity, app.base, True, True), 201,
                      {"Location": f"{app.admin_base}/identities/{identity.id}"})


def _update(app, identity, fields):
    try:
        app.store.update_identity(identity, **fields)
    except Conflict:
        raise _conflict() from None
    app.hooks.announce("IdentityUpdated", identity.id)
    return reply_json(identity_shape(identity, app.base, True, True))


def put_identity(app, request, id):
    body = _checked(body_of(request))
    identity = the_identity(app, id)
    fields = {"metadata_public": None, "metadata_admin": None, **_fields(body, WRITABLE)}
    return _update(app, identity, {**fields, "traits": _object(body.get("traits"), "traits")})


def patch_identity(app, request, id):
    identity = the_identity(app, id)
    document = {**identity_shape(identity, app.base, True),
                "metadata_admin": identity.metadata_admin}
    # A copy: the patch may fail half-way.
    document = json.loads(dumps(document))
    try:
        patched = _checked(apply_patch(document, body_of(request)))
    except PatchError as wrong:
        raise ApiError(400, "failed to apply JSON patch", str(wrong)) from None
    fields = {name: patched.get(name) for name in WRITABLE}
    fields["state"] = _state(fields["state"])
    fields["external_id"] = fields["external_id"] or ""
    _object(fields["traits"], "traits")
    known = {a["id"]: a for a in patched.get("verifiable_addresses") or []
             if isinstance(a.get("id"), str)}
    for address in identity.verifiable:
        given = known.get(address["id"], address)
        address |= {k: given[k] for k, kind in (("verified", bool), ("status", str))
                    if isinstance(given.get(k), kind)}
        if address["verified"] and not address["verified_at"]:
            address["verified_at"] = now_ns()
    return _update(app, identity, fields)


def delete_identity(app, request, id):
    app.store.delete_identity(the_identity(app, id))
    app.hooks.announce("IdentityDeleted", id)
    return empty()


def identity_sessions(app, request, id):
    if not is_uuid(id):
        raise bad_uuid()
    identity, wanted = app.store.identities.get(id), wanted_state(request)
    rows = [s for s in app.store.sessions_of.get(id, {}).values()
            if wanted is None or s.is_active(identity) == wanted]
    return paged(app, request, f"/admin/identities/{id}/sessions", rows, lambda s: session_shape(
        s, identity, app.base, admin=True, active=s.is_active(identity)))


def delete_identity_sessions(app, request, id):
    if not is_uuid(id):
        raise bad_uuid()
    if id not in app.store.identities or not app.store.delete_sessions(id):
        raise not_found()
    return empty()


def to_public(app, request):
    path = request.target.removeprefix("/admin")
    return redirect(request, app.base + path, 307)


# Path pattern ("*" is one segment, handed on) and method.
ROUTES = {
    ("sessions",): {"GET": list_sessions},
    ("sessions", "*"): {"GET": get_session, "DELETE": delete_session},
    ("sessions", "*", "extend"): {"PATCH": extend_session},
    ("identities",): {"GET": list_identities, "POST": create_identity},
    ("identities", "*"): {"GET": get_identity, "PUT": put_identity, "PATCH": patch_identity,
                          "DELETE": delete_identity},
    ("identities", "*", "sessions"): {"GET": identity_sessions,
                                      "DELETE": delete_identity_sessions},
}
