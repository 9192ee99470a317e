"""The role wall of sessions: every object, for everybody, over every address, with ids that are right and made up.

The table is the promise. What stands in it as `sees` must be on one of the pages; `never` must be on none, in no
language, for whoever types the true ids.
"""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal.core.clock import today
from portal.core.web import Portal
from portal.organisations.organisations import Belonging, Organisation
from portal.partners.circle_rules import CircleRole
from portal.partners.feature import FEATURE
from portal.partners.reconciliation import planning, telling
from portal.partners.reconciliation.rules import QuoteScope, ThemeSource
from portal.partners.reconciliation.sessions import Quote, SealedEnvelope, Theme
from tests.conftest import Work
from tests.make import both, make_circle, make_office, sit_in
from tests.page import SAME_ORIGIN
from tests.partners import walls
from tests.partners.sessions import accept_for, make_circle_session, part_of
from tests.partners.walls import NEVER, SEES, enter, read_all, rules

ROOMS = [one for one in FEATURE.blueprints if one.import_name.startswith("portal.partners.reconciliation.")]
NEEDLES = {
    "that there is a session": "Zephyr aim",
    "agenda": "Zephyr welcome",
    "where the community meets": "Zephyr community",
    "raw suggestion": "Quince suggestion",
    "note": "Quince note",
    "names": "Quince Witness",
    "drafted theme": "Quince draft",
    "approved theme": "Quince approved",
    "shared theme": "Quince shared",
    "line for the circle": "Quince inside",
    "line for both sides": "Quince sides",
    "heads": "<dd>471</dd>",
    "acknowledgement draft": "Quince unsaid",
}
_COMMUNITY = (SEES, SEES, SEES, NEVER, NEVER, NEVER, SEES, SEES, SEES, SEES, SEES, SEES, NEVER)
_AGENCIES = (SEES, SEES, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, SEES, NEVER, SEES, SEES, NEVER)
WALL = {
    #                    session agenda where  raw    note   names  draft  appr.  shared inside sides  heads  unsaid
    "lead":             (SEES,  SEES,  SEES,  NEVER, NEVER, SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "facilitator":      (SEES,  SEES,  SEES,  SEES,  SEES,  NEVER, SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "another facilitator": (SEES, SEES, SEES, NEVER, NEVER, NEVER, SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES),
    "organizer":        (SEES,  SEES,  SEES,  NEVER, NEVER, SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  NEVER),
    "member":           _COMMUNITY,
    "faith partner":    _COMMUNITY,
    "interpreter":      _COMMUNITY,
    "observer":         _COMMUNITY,
    "police inside":    _AGENCIES,
    "police, watching": _AGENCIES,
    "services":         _AGENCIES,
    "member of the police's house": _AGENCIES,
    "has not accepted": (SEES,  NEVER, NEVER, NEVER, NEVER, NEVER, SEES,  SEES,  SEES,  SEES,  SEES,  SEES,  NEVER),
    "joined, not let in": (SEES, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, SEES, NEVER),
    **{f"outside: {role}": (NEVER,) * 13 for role in walls.OUTSIDE},
    "outside: no role": (NEVER,) * 13,
}  # fmt: skip
ROLES = {
    "lead": ["community_lead"],
    "facilitator": ["facilitator"],
    "another facilitator": ["facilitator"],
    "organizer": ["organizer"],
    "faith partner": ["faith_partner"],
    "police inside": ["police_liaison"],
    "police, watching": ["police_liaison"],
    "services": ["services"],
} | {f"outside: {role}": [role] for role in walls.OUTSIDE}
SEATS = {
    "facilitator": CircleRole.FACILITATOR,
    "another facilitator": CircleRole.FACILITATOR,
    "interpreter": CircleRole.INTERPRETER,
    "observer": CircleRole.OBSERVER,
    "police, watching": CircleRole.OBSERVER,
}
OUTSIDE = [who for who in WALL if who.startswith("outside")]
# What is for one person, or for those who arrange: nobody else of the circle learns whether it is there.
MEMBERS = "plan rules heads ask suggestions notes names guests lines/new acknowledgements/new themes/new/told"
NOT_THEIRS = {
    **dict.fromkeys(("police inside", "services", "member"), MEMBERS),
    "organizer": "plan rules heads ask suggestions notes lines/new acknowledgements/new themes/new/told",
    "lead": "suggestions notes themes/new/told",
    "facilitator": "names guests",
    "another facilitator": "suggestions notes names guests themes/new/told",
}


STATES = ("draft", "approved", "shared")
# A number, a purpose, and what will be public.
CLEAR = {"that there is a session", "heads", "acknowledgement draft"}


class City:
    """A session that was held today, with everything that can be kept of it."""

    def __init__(self, session) -> None:
        self.people = walls.people_of(session, WALL, ROLES)
        lead, facilitator = self.people["lead"], self.people["facilitator"]
        circle = make_circle(session, lead, kind="reconciliation", with_police=True)
        for who in WALL:
            if who != "lead" and who not in OUTSIDE:
                role, with_key = SEATS.get(who, CircleRole.MEMBER), who != "joined, not let in"
                sit_in(session, circle, self.people[who], role, with_key=with_key)
        house = Organisation(kind="police", name=both("Police", "Policía"))
        session.add(house)
        session.flush()
        member_id = self.people["member of the police's house"].id
        session.add(Belonging(organisation_id=house.id, member_id=member_id))
        circle_session = make_circle_session(session, circle, lead, facilitator=facilitator, days=0)
        accept_for(session, circle_session, *(one for who, one in self.people.items() if who != "has not accepted"))
        self.circle, self.session = circle.id, circle_session.id
        self._fill(session, circle, circle_session)
        session.flush()

    def _fill(self, session, circle, circle_session) -> None:
        lead, facilitates, member = (
            part_of(circle, circle_session, self.people[who]) for who in ("lead", "facilitator", "member")
        )
        planning.suggest(circle_session, {"suggestion": "Quince suggestion", "lang": "en"}, b"n" * 32)
        planning.write_note(facilitates, {"note": "Quince note"}, 7)
        planning.keep_names(lead, {"names": "Quince Witness"}, 1)
        themes = [telling.write_theme(facilitates, ThemeSource.TOLD, theme(f"Quince {state}")) for state in STATES]
        for one in themes[1:]:
            telling.approve_theme(member, one, one.version)
        telling.share_theme(facilitates, themes[2])
        for scope, said in ((QuoteScope.CIRCLE, "Quince inside"), (QuoteScope.SIDES, "Quince sides")):
            telling.keep_line(lead, scope, both(said, said), both("A neighbor", "Una vecina"), today(), today())
        planning.count_heads(lead, {"residents": 471, "police": 2})
        unsaid = telling.AcknowledgementText(
            make_office(session).id, both("Quince unsaid", "Quince unsaid"), both("x", "y"), today()
        )
        self.said = telling.draft_acknowledgement(lead, unsaid).id
        self.theme = themes[0].id
        self.line = session.scalars(select(Quote.id).where(Quote.scope == QuoteScope.CIRCLE)).one()
        self.note = session.scalars(select(SealedEnvelope.id).where(SealedEnvelope.kind == "note")).one()

    def holes(self, made_up: int | None = None) -> dict[str, object]:
        return {
            "circle_id": self.circle,
            "session_id": made_up or self.session,
            "theme_id": self.theme,
            "line_id": self.line,
            "said_id": self.said,
            "note_id": self.note,
            "component": "harm",
            "source": "told",
        }


def theme(title: str) -> dict[str, str]:
    names = ("title_en", "title_es", "body_en", "body_es")
    return {**dict.fromkeys(names, title), "few_en": "", "few_es": ""}


def pages_of(app: Portal, city: City) -> list[str]:
    """Every page of the session, of its circle, and the pages around and for everybody."""
    around = (
        *("/en/account/", "/en/audit/", "/en/people/", "/en/circles/", f"/en/circles/{city.circle}/"),
        *("/en/listening/", "/en/acknowledgements/", "/sitemap.xml", "/en/team/promises/"),
    )
    inside = [one for one in rules(app, ROOMS) if "{circle_id}" in one[1]]
    return [*(address.format(**city.holes()) for method, address in inside if method == "GET"), *around]


def test_the_wall_stands(app: Portal, client: FlaskClient, city: City) -> None:
    pages = pages_of(app, city)
    texts = {who: read_all(enter(app, city.people[who]), pages) for who in WALL}
    found = {
        who: tuple(SEES if needle in text else NEVER for needle in NEEDLES.values()) for who, text in texts.items()
    }
    assert found == WALL
    public = read_all(client, pages)
    assert not [needle for needle in NEEDLES.values() if needle in public]


def test_a_session_of_others_is_one_that_never_was(app: Portal, city: City) -> None:
    addresses = [one for one in rules(app, ROOMS) if "{session_id}" in one[1]]
    assert len(addresses) > 30
    people = [city.people[f"outside: {role}"] for role in ("facilitator", "police_liaison", "administrator")]
    assert walls.told_apart(app, people, addresses, city.holes(), city.holes(made_up=77)) == []
    # The log says that something was done.
    log = enter(app, city.people["outside: administrator"]).get("/en/audit/").text
    assert "planned a session of a circle" in log
    assert str(city.circle) not in log and str(city.session) not in log


def test_what_is_not_theirs_is_what_never_was(app: Portal, city: City) -> None:
    there = "/en/circles/{circle_id}/sessions/{session_id}"
    for who, pages in NOT_THEIRS.items():
        addresses = [(method, f"{there}/{page}") for page in pages.split() for method in ("GET", "POST")]
        client = enter(app, city.people[who])
        true, never = (walls.answers(client, addresses, city.holes(made_up)) for made_up in (None, 77))
        assert true == never, who
        assert {status for status, _headers, _body in true.values()} <= {404, 405}, who


def test_the_other_side_touches_no_theme_and_no_line(app: Portal, city: City) -> None:
    acts = (
        *(f"themes/{city.theme}/{what}" for what in ("approve", "share", "delete", "edit")),
        *(f"lines/{city.line}/withdraw", f"notes/{city.note}/delete", "names/forget", "ask/stop", "reported"),
    )
    addresses = [("POST", f"/en/circles/{city.circle}/sessions/{city.session}/{act}") for act in acts]
    for who in ("police inside", "services"):
        found = walls.answers(enter(app, city.people[who]), addresses, {})
        assert {status for status, _headers, _body in found.values()} == {404}, who


@pytest.mark.usefixtures("city")
def test_nothing_that_is_locked_stands_in_the_database(work: Work) -> None:
    with work() as session:
        texts = "\n".join(walls.every_text(session))
        hidden = {what: needle for what, needle in NEEDLES.items() if what not in CLEAR}
        assert not [needle for needle in hidden.values() if needle in texts]
        assert not [blob for blob in walls.every_blob(session) if b"Quince" in blob or b"Zephyr" in blob]
        assert all(needle in texts for needle in ("Zephyr aim", "Quince unsaid"))


ERASED = ("themes/{theme}/delete", "lines/{line}/withdraw", "notes/{note}/delete", "names/forget", "suggestions")


def test_nothing_is_erased_for_good_by_one_tap(app: Portal, city: City, work: Work) -> None:
    def left(session) -> list[int]:
        return sorted(row for table in (Theme, Quote, SealedEnvelope) for row in session.scalars(select(table.id)))

    with work() as session:
        suggestion = session.scalars(select(SealedEnvelope.id).where(SealedEnvelope.kind == "suggestion")).one()
    for act in ERASED:
        with work() as session:
            before = left(session)
        facilitates = act.startswith(("themes", "notes", "suggestions"))
        client = enter(app, city.people["facilitator" if facilitates else "lead"])
        address = f"/en/circles/{city.circle}/sessions/{city.session}/{act}".format(**vars(city))
        data = {"csrf_token": walls.token_of(client), "suggestion": suggestion, "then": "erase"}
        asked = client.post(address, data=data, headers=SAME_ORIGIN, follow_redirects=True)
        assert "check the box first" in asked.text, act
        with work() as session:
            assert left(session) == before, act
        client.post(address, data={**data, "sure": "y"}, headers=SAME_ORIGIN)
        with work() as session:
            assert len(left(session)) < len(before), act
