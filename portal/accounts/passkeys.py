"""WebAuthn requests to the browser and checks of its responses, with py_webauthn.

Imported late: the library loads every kind of credential it knows and takes 5 MB, and few members use a passkey.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, structs
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.registration.verify_registration_response import VerifiedRegistration

from portal.accounts.sign_in_rules import PRF_INPUT, member_handle
from portal.accounts.users import Member, Passkey
from portal.core.portal import current_portal

PRF = {"prf": {"eval": {"first": bytes_to_base64url(PRF_INPUT)}}}


def _site() -> dict[str, Any]:
    """Return the relying party: this site as browsers know it, by the public address of the settings."""
    parts = urlsplit(current_portal.settings.public_url)
    return {"expected_rp_id": parts.hostname or "", "expected_origin": f"{parts.scheme}://{parts.netloc}"}


def ask_for_new(member: Member, known: Iterable[Passkey]) -> tuple[str, str]:
    """Return the options for a new passkey on an authenticator not among the known, as JSON, and their challenge."""
    # As one that signs in alone; `check_new` tells whether the device really made such a one.
    preferred = structs.UserVerificationRequirement.PREFERRED
    options = webauthn.generate_registration_options(
        rp_id=_site()["expected_rp_id"],
        rp_name=current_portal.settings.site_name,
        user_id=member_handle(member.id),
        user_name=member.email,
        user_display_name=member.name,
        exclude_credentials=_described(known),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED, user_verification=preferred
        ),
    )
    # The library knows no `prf`.
    shown = webauthn.helpers.options_to_json_dict(options) | {"extensions": PRF}
    return json.dumps(shown), bytes_to_base64url(options.challenge)


def check_new(credential: str, challenge: str) -> VerifiedRegistration | None:
    try:
        return webauthn.verify_registration_response(
            credential=credential, expected_challenge=base64url_to_bytes(challenge), **_site()
        )
    except WebAuthnException:
        return None


def ask_for_one(known: Iterable[Passkey]) -> tuple[str, str]:
    # A touch is enough: the password has already been given, and a key without a PIN is welcome.
    verification = structs.UserVerificationRequirement.DISCOURAGED
    options = webauthn.generate_authentication_options(
        rp_id=_site()["expected_rp_id"], allow_credentials=_described(known), user_verification=verification
    )
    return webauthn.options_to_json(options), bytes_to_base64url(options.challenge)


def check_one(credential: str, challenge: str, passkey: Passkey, *, alone: bool = False) -> bool:
    """Return whether the browser's response is by `passkey`, and note how often that has signed."""
    try:
        checked = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            # Where it stands for both factors, the device must have asked for a finger, a face or a PIN.
            require_user_verification=alone,
            **_site(),
        )
    except (WebAuthnException, ValueError):
        return False
    passkey.sign_count = checked.new_sign_count
    return True


class PasskeyClaim(NamedTuple):
    """What a browser's response says of itself before anything is checked; see `claim_in`."""

    credential_id: bytes
    user_handle: bytes | None
    challenge: bytes


def claim_in(credential: str) -> PasskeyClaim | None:
    try:
        parsed = webauthn.helpers.parse_authentication_credential_json(credential)
        client = webauthn.helpers.parse_client_data_json(parsed.response.client_data_json)
        return PasskeyClaim(base64url_to_bytes(parsed.id), parsed.response.user_handle, client.challenge)
    except (WebAuthnException, ValueError):
        return None


def _described(passkeys: Iterable[Passkey]) -> list[structs.PublicKeyCredentialDescriptor]:
    return [structs.PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]
