"""Who asks who we are, or only says hello: that is answered and never becomes a report."""

from __future__ import annotations

import re

from portal.sms.rules.keywords import fold

_DRESS = r"(?:hi|hey|hello|hola|oiga|sorry|perdon|disculpe|excuse me|please|por favor|but|pero|ok|y|and|wait|um)"
_WHO = r"""who(?: is|s| are| r) (?:this|u|you|it|these people|that)|who dis|who am i (?:texting|talking to)
    |who is texting me
    |what is this(?: number| about| for)?|whats this(?: number| about)?|whose number is this|do i know you
    |quien(?:es)? (?:es|son|eres|habla|escribe|me escribe)(?: usted| ustedes| este numero)?|de quien es este numero
    |con quien hablo
    |que es esto|de parte de quien
    |(?:are|r) (?:you|u|yall|this|these)(?: guys| people| the| with| from| working with)* (?:immigration|ice
    |la migra|migra|cops?
    |police|the police|feds)
    |is (?:this|it) (?:the )?(?:immigration|ice|la migra|migra|police|cops)
    |do (?:you|u) (?:work with|call|tell|report to|talk to) (?:immigration|ice|la migra|the police|police|cops)
    |(?:ustedes )?(?:son|es|eres)(?: de| con)?(?: la)? (?:migra|migracion|inmigracion|ice|policia)
    |(?:trabajan|llaman|avisan|le avisan) (?:con|a)(?: la)? (?:migra|migracion|inmigracion|ice|policia)
    |(?:do you|will you|you) ask (?:for|about) (?:papers|my papers|immigration|status)|piden papeles
    |preguntan por papeles"""
_HELLO = r"""hi|hello|hey|hiya|hola|buenas|buenos dias|buenas tardes|buenas noches|good (?:morning|evening|afternoon)
    |saludos|test|testing|prueba|hi there|hello there"""
_THANKS = r"""(?:ok |okay |muchas |many |muchisimas )?(?:thanks|thank you|thank u|thx|ty|gracias)
    (?: so much| a lot| very much| again| god bless| bendiciones)?|god bless(?: you)?|dios (?:lo|la|los|le) bendiga"""


def _whole(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_DRESS} )*(?:" + re.sub(r"\n\s*", "", pattern) + rf")(?: {_DRESS})*")


_ASKS, _GREETS, _THANKED = _whole(_WHO), _whole(_HELLO), _whole(_THANKS)


def asks_who(text: str) -> bool:
    """Whether the whole message asks who we are, or whether we belong to those whom many fear."""
    return _ASKS.fullmatch(fold(text)) is not None


def only_greets(text: str) -> bool:
    """Whether the whole message is a greeting."""
    return _GREETS.fullmatch(fold(text)) is not None


def only_thanks(text: str) -> bool:
    """Whether the whole message is thanks."""
    return _THANKED.fullmatch(fold(text)) is not None
