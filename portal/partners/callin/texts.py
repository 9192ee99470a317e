"""Translated texts of call-ins: the run, speakers, consents, missing requirements, refusals and audit events."""

from __future__ import annotations

from datetime import time

from babel.dates import format_time
from flask_babel import get_locale, lazy_gettext as _l

from portal.partners.callin import evening_rules
from portal.partners.callin.evening_rules import Amiss, Consent, RunPart, VoicePoint, Who
from portal.partners.callin.rules import EveningSheet, Found

PARTS = {
    RunPart.WELCOME: _l("Welcome and ground rules"),
    RunPart.VOICE: _l("Community voice"),
    RunPart.SERVICES: _l("Services, with one coordinator"),
    RunPart.LAW: _l("Law enforcement and the deadline"),
    RunPart.CLOSE: _l("The community closes"),
    RunPart.MEAL: _l("Meal; families meet the coordinator"),
    RunPart.OTHER: _l("Something else"),
}
PART_WORDS = {
    RunPart.WELCOME: _l("No one is arrested tonight. No debate, no open microphone. Everybody goes home."),
    RunPart.SERVICES: _l("One person to call, and a table in the room where people can sign up."),
    RunPart.LAW: _l(
        "The promise and the deadline: what happens if the selling goes on. It is theirs to say, nobody else's."
    ),
    RunPart.CLOSE: _l("The last word is the community's: we want you with us."),
}
ROOM_NAMES = {1: _l("Room 1: the community"), 2: _l("Room 2: with law enforcement")}
SHORT_ROOMS = {1: _l("Room 1"), 2: _l("Room 2")}
AMISS = {
    Amiss.SHORT: _l("The evening is shorter than 60 minutes. Take the time that people need to be heard."),
    Amiss.LONG: _l("The evening is longer than 75 minutes. People stop listening: shorten it."),
    Amiss.FEW_VOICES: _l("Fewer than four community voices. Four to six are usual."),
    Amiss.MANY_VOICES: _l("More than six community voices. Four to six are usual."),
    Amiss.LONG_VOICE: _l("A voice has more than three minutes. Two or three are enough for one point."),
    Amiss.NO_WELCOME: _l("There is no welcome. Say the ground rules: no one is arrested tonight."),
    Amiss.NO_SERVICES: _l("There are no services. Without help on offer the message is only half."),
    Amiss.NO_LAW: _l("Law enforcement is missing: nobody says the deadline."),
    Amiss.LAW_BEFORE_VOICES: _l("Law enforcement speaks before the last voice. The community speaks first."),
    Amiss.NO_CLOSE: _l("Nobody closes. The last word should be the community's."),
}
WHO = {
    Who.ELDER: _l("Elder"),
    Who.MOTHER: _l("Mother who lost a child"),
    Who.CHANGED: _l("Someone who left the life"),
    Who.CLERGY: _l("Clergy"),
    Who.BUSINESS: _l("Business"),
    Who.YOUTH: _l("Young person"),
    Who.NEIGHBOR: _l("Neighbor"),
    Who.OTHER: _l("Somebody else"),
}
POINTS = {
    VoicePoint.STORY: _l("My own story"),
    VoicePoint.HARM: _l("The harm it does"),
    VoicePoint.WORTH: _l("You are worth something to us"),
    VoicePoint.STOP: _l("It has to stop"),
    VoicePoint.HELP: _l("There is help"),
}
POINT_WORDS = {
    VoicePoint.STORY: _l("What I lived through myself. Not what I heard about others."),
    VoicePoint.HARM: _l("What the selling does to children, to older people, to this street."),
    VoicePoint.WORTH: _l("We know you can do something else. We want you with us."),
    VoicePoint.STOP: _l("Said plainly, once, without anger."),
    VoicePoint.HELP: _l("Here is who helps. We walk there with you."),
}
CONSENTS = {
    Consent.SPEAK: _l("Speaks that evening"),
    Consent.NAME: _l("May be introduced by name"),
    Consent.PHOTO: _l("May be photographed"),
    Consent.CONTACT: _l("May be contacted afterwards"),
}
OWN_CONSENTS = {
    Consent.SPEAK: _l("I speak that evening"),
    Consent.NAME: _l("You may say my name"),
    Consent.PHOTO: _l("You may take my picture"),
    Consent.CONTACT: _l("You may get in touch afterwards"),
}
OWN_EFFECTS = {
    Consent.SPEAK: _l("You do not speak. Somebody steps in, or the evening goes on. Nobody asks you why."),
    Consent.NAME: _l("Nobody says your name that evening. It comes off every sheet."),
    Consent.PHOTO: _l("Nobody may take your picture, or use one that was taken."),
    Consent.CONTACT: _l("Nobody calls or writes to you after the evening."),
}
SAFETY = {
    "block": _l("Lives on the block?"),
    "door": _l("Comes and goes through a separate door?"),
    "ride": _l("Is the way here and home arranged?"),
}
PREPARED = {
    evening_rules.VoicePreparation.ASKED: _l("who asked them"),
    evening_rules.VoicePreparation.SPEAK: _l("their yes to speak"),
    evening_rules.VoicePreparation.REHEARSAL: _l("a rehearsal"),
    evening_rules.VoicePreparation.SAFETY: _l("the safety check"),
    evening_rules.VoicePreparation.POINT: _l("their point"),
    evening_rules.VoicePreparation.ALTERNATE: _l("somebody who can step in"),
}
STATES = {
    evening_rules.EveningState.PREPARING: _l("Being prepared"),
    evening_rules.EveningState.READY: _l("Ready"),
    evening_rules.EveningState.ENDED: _l("It took place"),
    evening_rules.EveningState.OFF: _l("Called off"),
}
LACKS = {
    evening_rules.Lack.BEGINS: _l("The hour at which it begins"),
    evening_rules.Lack.RUN: _l("A run with welcome, services and law enforcement"),
    evening_rules.Lack.LENGTH: _l("A length between 60 and 75 minutes"),
    evening_rules.Lack.COORDINATOR: _l("The one coordinator of services, by name"),
    evening_rules.Lack.VOICES: _l("Somebody for every voice of the run, who agrees to speak; nobody twice"),
    evening_rules.Lack.SAFETY: _l("The safety check of everybody who speaks"),
}
STEPS = {
    evening_rules.AftercareStep.FIRST: _l("Reach the families of those called in, within 24 to 72 hours"),
    evening_rules.AftercareStep.THANKS: _l("Thank those who spoke, and ask how they are"),
    evening_rules.AftercareStep.DAY_30: _l("Families and offers, after 30 days"),
    evening_rules.AftercareStep.DAY_60: _l("Families and offers, after 60 days"),
    evening_rules.AftercareStep.DAY_90: _l("Families and offers, after 90 days"),
}
SHEETS = {
    EveningSheet.HOST: _l("For the host"),
    EveningSheet.SPEAKER: _l("For those who speak"),
    EveningSheet.SERVICES: _l("For services"),
    EveningSheet.LAW: _l("For law enforcement"),
    EveningSheet.DOOR: _l("For the door"),
}
NAMES_REFUSED = {
    Found.TITLE: _l(
        "This looks like somebody's name (Mr., Mrs., Sr., Sra.). Write a count or a label such as “group A”."
    ),
    Found.NICKNAME: _l("This looks like a nickname. Write a count or a label such as “group A”."),
    Found.FULL_NAME: _l("This looks like a first and a last name. Write a count or a label such as “group A”."),
    Found.FIRST_NAME: _l("This looks like somebody's name. Write a count or a label such as “group A”."),
    Found.NUMBER: _l("This looks like a phone number or another number of a person. Leave it out."),
}
NO_NAME_WHERE = _l(
    "This looks like somebody's name. Write a street, or a building and what it is, such as a church or a school."
)
NO_NAME_FOR_YOUTH = _l("Write no name here: the portal holds none of anybody under 18.")
REFUSALS = {
    "call_in_state": _l("The call-in cannot become that now. Before its day it cannot have taken place."),
    "call_in_lacks": _l("It is not ready yet. The page says what is missing."),
    "call_in_over": _l("This call-in is over. What was planned stays as it was."),
    "call_in_full": _l("There are too many lines already."),
    "call_in_run": _l("There is a run already. Change it line by line."),
}
AUDITED = {
    "circle.call_in_planned": _l("began to prepare a call-in"),
    "circle.call_in_preparing": _l("put a call-in back into preparation"),
    "circle.call_in_ready": _l("said that a call-in is ready"),
    "circle.call_in_ended": _l("said that a call-in took place"),
    "circle.call_in_off": _l("called off a call-in"),
    "circle.call_in_link": _l("made a private link for somebody who speaks"),
    "circle.call_in_link_ended": _l("took back a private link of somebody who speaks"),
}


def hour(at: time) -> str:
    return str(format_time(at, "h:mm a", locale=get_locale()))
