"""WebAuthn requests to the browser and checks of its responses, with py_webauthn.

Imported late: the library loads every kind of credential it knows and takes 5 MB, and few members use a passkey.
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

# The password has already been given: a touch is enough, and a key without a PIN is welcome.
VERIFICATION = UserVerificationRequirement.DISCOURAGED


@dataclass(frozen=True)
class PasskeyRequest:
    """The options for the browser, as JSON, and the challenge in them, which must come back within the session."""

    options: str
    challenge: str


@dataclass(frozen=True)
class Here:
    """The relying party: this site, as browsers know it."""

    host: str
    origin: str
    name: str

    def ask_for_new(self, member: Member, known: Iterable[Passkey]) -> PasskeyRequest:
        """Return the options for registering a new passkey on an authenticator other than the known ones."""
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
        """Return the new passkey, or None if the browser's response is not valid."""
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
        """Return the options for signing in with one of the known passkeys."""
        return _asked(
            webauthn.generate_authentication_options(
                rp_id=self.host, allow_credentials=_described(known), user_verification=VERIFICATION
            )
        )

    def check_one(self, credential: str, challenge: str, passkey: Passkey) -> VerifiedAuthentication | None:
        """Return the verified sign-in, or None if the browser's response is not by `passkey`."""
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
    """Return the credential id that a browser's response names, or None if it cannot be parsed."""
    try:
        return base64url_to_bytes(webauthn.helpers.parse_authentication_credential_json(credential).id)
    except (WebAuthnException, ValueError):
        return None


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=passkey.credential_id) for passkey in passkeys]


def _asked(options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions) -> PasskeyRequest:
    return PasskeyRequest(webauthn.options_to_json(options), bytes_to_base64url(options.challenge))
