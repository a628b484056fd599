"""Clerk's objects as JSON, key by key, and its errors. Times are milliseconds."""

import secrets

from wire import ApiError, Response, dumps

JSON = "application/json"
# Nobody but the Backend API's own caller may ever see this; tests look for it elsewhere.
CANARY = "canary-private-metadata-7f3a9c"
EMPTY_LISTS = ("phone_numbers", "web3_wallets", "passkeys", "external_accounts", "saml_accounts",
               "enterprise_accounts")


def reply(value, status=200):
    return Response(status, dumps(value), JSON)


class ClerkError(ApiError):
    def __init__(self, status, code, message, long_message=None):
        super().__init__(status, message=message)
        self.row = {"message": message, "long_message": long_message or message, "code": code}

    def response(self, request):
        return reply({"errors": [self.row], "clerk_trace_id": secrets.token_hex(16)}, self.status)


def not_found(what, id):
    return ClerkError(404, "resource_not_found", "not found", f"No {what} was found with id {id}")


def _verification(verified, at):
    if verified is None:
        return None
    status = verified if isinstance(verified, str) else "verified" if verified else "unverified"
    return {"object": "verification_otp", "status": status, "strategy": "email_code",
            "attempts": 1 if verified else None, "expire_at": at + 600_000}


def _address(id, text, verification, user):
    return {"id": id, "object": "email_address", "email_address": text, "reserved": False,
            "verification": verification, "linked_to": [], "created_at": user.created_at,
            "updated_at": user.updated_at}


def _addresses(user):
    """The primary address is never the first one: who takes entry 0 gets the wrong one."""
    if not user.email:
        return []
    return [_address("idn_2old", "old." + user.email, None, user),
            _address(user.email_id, user.email, _verification(user.verified, user.created_at),
                     user)]


def user_shape(user):
    name = user.email_id if user.email else None
    shape = {
        "id": user.id, "object": "user", "external_id": None, "username": None,
        "first_name": user.first_name, "last_name": user.last_name, "has_image": False,
        "image_url": "", "primary_email_address_id": name, "primary_phone_number_id": None,
        "primary_web3_wallet_id": None, "password_enabled": bool(user.password),
        "two_factor_enabled": False, "totp_enabled": False, "backup_code_enabled": False,
        "mfa_enabled_at": None, "mfa_disabled_at": None, "email_addresses": _addresses(user),
        **{kind: [] for kind in EMPTY_LISTS},
        "public_metadata": {}, "private_metadata": {"note": CANARY}, "unsafe_metadata": {},
        "last_sign_in_at": user.last_sign_in_at, "last_active_at": user.last_sign_in_at,
        "legal_accepted_at": None, "banned": user.banned, "locked": False,
        "deprovisioned": False, "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100, "delete_self_enabled": True,
        "create_organization_enabled": True, "created_at": user.created_at,
        "updated_at": user.updated_at}
    return {**shape, **user.overrides}


def session_shape(session):
    return {"object": "session", "id": session.id, "user_id": session.user_id,
            "client_id": session.client_id, "actor": None, "status": session.status,
            "last_active_organization_id": None, "last_active_at": session.updated_at,
            "expire_at": session.expire_at, "abandon_at": session.expire_at + 2592000000,
            "created_at": session.created_at, "updated_at": session.updated_at}
