"""Guides for the team, one for each role: what to do, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flask import g, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext as _l

from portal.accounts.roles import Role
from portal.accounts.sign_in import current_user
from portal.core.web import SIGNED_IN, AudienceBlueprint


class GuideStep(NamedTuple):
    """A step: a heading, what to do, and where: its page, and further blueprints on whose pages it is done."""

    heading: LazyString
    text: LazyString
    where: str

    @property
    def endpoint(self) -> str:
        return self.where.split()[0]

    @property
    def anchor(self) -> str:
        return self.endpoint.replace(".", "-").replace("_", "-")


TODAY = GuideStep(
    _l("Begin with Today"),
    _l("What is late, what waits for you, your next evening. Press a line to get it done."),
    "today.index",
)
PROMISES = GuideStep(
    _l("Look after the promises"),
    _l("When its day has passed, a promise is “late” by itself. Only the other side can say it was kept."),
    "commitments_team.index hearings",
)
PLACES = GuideStep(
    _l("See how a place stands"),
    _l("The board says what is late, what neighbors noticed, what is next. Nobody outside sees a hidden place."),
    "places_team.index places_board places_watch places_lead places_evening",
)
CIRCLES = GuideStep(
    _l("Prepare in your circle"),
    _l("Only its members read it. Choose a day, share the work, say yes or no to your own part."),
    "circles.index circles_board circles_polls call_ins call_ins_run call_ins_help",
)
MEETINGS = GuideStep(
    _l("Plan a meeting people can come to"),
    _l(
        "Give it a name, a day and a place. Say if there is an interpreter, childcare, food and a ride: an honest "
        "“no” is an answer too. Both languages go out together. At the door count heads, never names; "
        "afterwards say in public what came of it."
    ),
    "meetings_editor.index meetings_series meetings_around meetings_door meetings_report_back",
)
WEEK = GuideStep(
    _l("Look at two weeks at once"),
    _l("What each meeting still lacks, who comes, and what the churches have on that evening."),
    "meetings_week.index meetings_hours",
)
NEWS = GuideStep(
    _l("Write to the neighbors"),
    _l("News is on the website. Announcements go out by text and mail, to many people only if a second person agrees."),
    "news_editor.index guides_editor announcements",
)
DESK = GuideStep(
    _l("Read what is most pressing first"),
    _l("Danger comes first, then what has waited longest. “I take this one” tells your colleagues."),
    "desk.inbox",
)
ANSWERS = GuideStep(
    _l("Answer in plain words"),
    _l("Use their language. Write nothing that gives them away to somebody looking over their shoulder."),
    "saved_answers.index",
)
COLLEAGUES = GuideStep(
    _l("Let a colleague in"),
    _l(
        "A new person reads nothing until somebody lets them in. Keep the recovery words on paper: "
        "without them a lost key is gone for good."
    ),
    "desks.index",
)
RECEIVED = GuideStep(
    _l("Take what was passed on to you"),
    _l("You get what others need to know, never who wrote. Say that you have it, and later what was done."),
    "received.index",
)
OFFERS = GuideStep(
    _l("Say what help came of it"),
    _l("Count the offers of help that you made and how many led to help. Numbers only, no names."),
    "offers.index",
)
FIGURES = GuideStep(
    _l("Bring the numbers in"),
    _l("Once a month they are frozen and shown. Small numbers are hidden, so that nobody can be found in them."),
    "figures_room.index figures figures_import figures_incidents surveys_team",
)
STUDIES = GuideStep(
    _l("Say beforehand what you will judge by"),
    _l("Choose the measure, write the plan, lock it. Everybody sees what is done differently afterwards."),
    "studies.index",
)
PEOPLE = GuideStep(
    _l("Invite people, each with a role"),
    _l("Only the role they need. You never see what residents write, and nobody with your role may."),
    "people.index",
)
OPERATOR = GuideStep(
    _l("Say who runs this"),
    _l("The office, its number and address are at the foot of every page."),
    "operator_team.edit",
)
SETTINGS = GuideStep(
    _l("Set up the city"),
    _l("Name, colors, hours for texts, numbers: each says who changed it, and can be put back."),
    "settings.index",
)
DEMANDS = GuideStep(
    _l("Count demands for records"),
    _l("When a quarter is over, write how many came, also when none did. An order to keep reports goes there too."),
    "records.index",
)
LOG = GuideStep(
    _l("Look into the log"),
    _l("It says who did what and when. It holds no word of a resident."),
    "audit.index",
)
ACCOUNT = GuideStep(
    _l("Keep your way in safe"),
    _l("Add your phone to come in with one tap. If you lose it, take it off here, or tell the administrator at once."),
    "account.index reminders",
)

GUIDES: Mapping[Role, tuple[GuideStep, ...]] = {
    Role.TRIAGE: (TODAY, DESK, ANSWERS, COLLEAGUES, ACCOUNT),
    Role.OVERSIGHT: (TODAY, DESK, ANSWERS, COLLEAGUES, ACCOUNT),
    Role.ORGANIZER: (TODAY, WEEK, MEETINGS, NEWS, RECEIVED, PROMISES, ACCOUNT),
    Role.COMMUNITY_LEAD: (TODAY, PLACES, PROMISES, MEETINGS, NEWS, RECEIVED, STUDIES, FIGURES, ACCOUNT),
    Role.FAITH_PARTNER: (TODAY, CIRCLES, PLACES, ACCOUNT),
    Role.FACILITATOR: (TODAY, CIRCLES, PROMISES, PLACES, ACCOUNT),
    Role.POLICE_LIAISON: (TODAY, PLACES, RECEIVED, PROMISES, ACCOUNT),
    Role.SERVICES: (TODAY, RECEIVED, OFFERS, ACCOUNT),
    Role.PROPERTY: (TODAY, RECEIVED, ACCOUNT),
    Role.EVALUATOR: (TODAY, STUDIES, FIGURES, ACCOUNT),
    Role.ADMINISTRATOR: (TODAY, SETTINGS, PEOPLE, OPERATOR, DEMANDS, LOG, ACCOUNT),
}
"""The steps of each role, in the order of a week."""
WITHOUT_ROLE = (TODAY, CIRCLES, ACCOUNT)
"""For a member who is only in a circle."""


def steps_of(roles: Iterable[Role]) -> tuple[GuideStep, ...]:
    held = set(roles)
    steps = [step for role in Role if role in held for step in GUIDES[role]] or WITHOUT_ROLE
    # What ends each guide ends them together.
    return (*dict.fromkeys(step for step in steps if step is not ACCOUNT), ACCOUNT)


def anchor_for(roles: Iterable[Role], blueprint: str) -> str | None:
    """Return the fragment of the step that is done on the pages of this blueprint, or None."""
    rooms = {room.split(".")[0]: step.anchor for step in reversed(steps_of(roles)) for room in step.where.split()}
    return rooms.get(blueprint)


blueprint = AudienceBlueprint("role_guides", __name__, audience=SIGNED_IN, url_prefix="/<lang:lang>/team/how")


@blueprint.get("/")
def index() -> str:
    return render_template("home/role_guide.html", steps=steps_of(map(Role, current_user.roles)))


@blueprint.app_template_global()
def how_it_is_done() -> str:
    """Return the URL of the step that is done on the current page, or of the whole guide, as for a refusal."""
    step = None if "is_error" in g else anchor_for(map(Role, current_user.roles), request.blueprint or "")
    return url_for("role_guides.index", _anchor=step)
