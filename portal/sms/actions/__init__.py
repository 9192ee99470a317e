"""What happens with texts: taken in, acted upon, and sent by the desk."""

from portal.sms.actions.outgoing import say_who_is_reached, send_held, stop_texting, text_reply
from portal.sms.actions.scene import Incoming
from portal.sms.actions.taking_in import consider, take_in, turn_away

__all__ = [
    "Incoming",
    "consider",
    "say_who_is_reached",
    "send_held",
    "stop_texting",
    "take_in",
    "text_reply",
    "turn_away",
]
