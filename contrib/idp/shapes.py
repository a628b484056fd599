"""Identities and sessions as JSON, key by key in Kratos's order."""

import base64

from wire import dumps, go_time

NULL_UUID = "00000000-0000-0000-0000-000000000000"


def schema_url(base, schema_id):
    return f"{base}/schemas/{base64.urlsafe_b64encode(schema_id.encode()).decode().rstrip('=')}"


SCHEMA = {
    "$id": "https://schemas.ory.sh/presets/kratos/identity.email.schema.json",
    "$schema": "http://json-schema.org/draft-07/schema#", "title": "Person", "type": "object",
    "properties": {"traits": {
        "type": "object",
        "properties": {
            "email": {"type": "string", "format": "email", "title": "E-Mail",
                      "ory.sh/kratos": {"credentials": {"password": {"identifier": True}},
                                        "verification": {"via": "email"},
                                        "recovery": {"via": "email"}}},
            "name": {"title": "Name"}},
        "required": ["email"]}}}


def _address(address):
    shape = {"id": address["id"], "value": address["value"]}
    if "verified" in address:
        shape["verified"] = address["verified"]
    shape["via"] = address["via"]
    if "status" in address:
        shape["status"] = address["status"]
    if address.get("verified_at"):
        shape["verified_at"] = go_time(address["verified_at"])
    shape["created_at"] = go_time(address["created_at"])
    shape["updated_at"] = go_time(address["updated_at"])
    return shape


def _credentials(identity):
    times = {"version": 0, "created_at": go_time(identity.created_at),
             "updated_at": go_time(identity.updated_at)}
    found = {}
    if identity.password:
        found["password"] = {"type": "password", "identifiers": [identity.email], **times}
    if identity.totp:
        found["totp"] = {"type": "totp", "identifiers": [identity.id], **times}
    return found


def identity_shape(identity, base, admin=False, credentials=False):
    shape = {"id": identity.id}
    if identity.external_id:
        shape["external_id"] = identity.external_id
    if credentials and _credentials(identity):
        shape["credentials"] = _credentials(identity)
    shape["schema_id"] = identity.schema_id
    shape["schema_url"] = schema_url(base, identity.schema_id)
    shape["state"] = identity.state
    if identity.state_changed_at:
        shape["state_changed_at"] = go_time(identity.state_changed_at)
    shape["traits"] = identity.traits
    if identity.verifiable:
        shape["verifiable_addresses"] = [_address(a) for a in identity.verifiable]
    if identity.recovery:
        shape["recovery_addresses"] = [_address(a) for a in identity.recovery]
    shape["metadata_public"] = identity.metadata_public
    if admin and identity.metadata_admin is not None:
        shape["metadata_admin"] = identity.metadata_admin
    shape["created_at"] = go_time(identity.created_at)
    shape["updated_at"] = go_time(identity.updated_at)
    shape["organization_id"] = None
    return shape


def session_shape(session, identity, base, admin=False, active=True, devices=True):
    """`identity` None gives "identity":null, as an unexpanded session has it."""
    shape = {
        "id": session.id, "active": active, "expires_at": go_time(session.expires_at),
        "authenticated_at": go_time(session.authenticated_at),
        "authenticator_assurance_level": session.aal,
        "authentication_methods": [
            {"method": m["method"], "aal": m["aal"], "completed_at": go_time(m["completed_at"])}
            for m in session.methods],
        "issued_at": go_time(session.issued_at),
        "identity": identity and identity_shape(identity, base, admin),
        "devices": session.devices if devices else None,
    }
    return shape


def session_body(session, identity, base):
    """whoami's body, kept until the session or the identity changes."""
    key = (session.rev, identity.rev, base)
    if session.rendered is None or session.rendered[0] != key:
        session.rendered = (key, dumps(session_shape(session, identity, base)) + b"\n")
    return session.rendered[1]
