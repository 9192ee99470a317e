"""What a browser is asked for a passkey and what it answers, put and checked by py_webauthn.

Imported late: with all the kinds of keys that the library knows it takes 5 MB, and few sign in with a passkey.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from portal.accounts.users import Member, Passkey

# The password has been given already: a touch is enough, and a key without a PIN is welcome.
VERIFICATION = UserVerificationRequirement.DISCOURAGED


@dataclass(frozen=True)
class PasskeyRequest:
    """What the browser is told, as JSON, and the challenge in it, which must come back within the session."""

    options: str
    challenge: str


@dataclass(frozen=True)
class Here:
    """Who asks: the site, as browsers know it."""

    host: str
    origin: str
    name: str

    def ask_for_new(self, member: Member, known: Iterable[Passkey]) -> PasskeyRequest:
        """Ask for a new passkey, on another key than the known ones."""
        return _asked(
            webauthn.generate_registration_options(
                rp_id=self.host,
                rp_name=self.name,
                user_id=member.id.to_bytes(8, "big"),
                user_name=member.email,
                user_display_name=member.name,
                exclude_credentials=_described(known),
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=VERIFICATION
                ),
            )
        )

    def check_new(self, credential: str, challenge: str) -> VerifiedRegistration | None:
        """The new passkey; None when the browser's answer is not right."""
        try:
            return webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
            )
        except WebAuthnException:
            return None

    def ask_for_one(self, known: Iterable[Passkey]) -> PasskeyRequest:
        """Ask for one of the known passkeys."""
        return _asked(
            webauthn.generate_authentication_options(
                rp_id=self.host, allow_credentials=_described(known), user_verification=VERIFICATION
            )
        )

    def check_one(self, credential: str, challenge: str, passkey: Passkey) -> VerifiedAuthentication | None:
        """What is known of `passkey` now; None when the browser's answer is not of it."""
        try:
            return webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
            )
        except (WebAuthnException, ValueError):
            return None


def named_in(credential: str) -> bytes | None:
    """Which passkey a browser's answer says it is of."""
    try:
        return base64url_to_bytes(webauthn.helpers.parse_authentication_credential_json(credential).id)
    except (WebAuthnException, ValueError):
        return None


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]


def _asked(options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions) -> PasskeyRequest:
    return PasskeyRequest(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))
