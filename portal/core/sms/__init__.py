"""The telephone: sends texts, asks what became of them, fetches pictures, and knows the provider's signature.

Only this folder imports twilio, and late. Its exceptions and log lines can hold numbers and addresses, so none gets out
of here: what goes wrong comes back as an `Outcome` or as `Unreachable`, which say a reason and a code and nothing more.
"""

from portal.core.outcomes import Failed, Outcome, Retry, Sent, Unknown, Unreachable
from portal.core.sms.outcomes import OPTED_OUT, PictureRefused, State, judge
from portal.core.sms.signature import sign, signature_valid
from portal.core.sms.telephone import ConsoleTelephone, MemoryTelephone, Telephone, Text
from portal.core.sms.twilio import TwilioTelephone

__all__ = [
    "OPTED_OUT",
    "ConsoleTelephone",
    "Failed",
    "MemoryTelephone",
    "Outcome",
    "PictureRefused",
    "Retry",
    "Sent",
    "State",
    "Telephone",
    "Text",
    "TwilioTelephone",
    "Unknown",
    "Unreachable",
    "judge",
    "sign",
    "signature_valid",
]
