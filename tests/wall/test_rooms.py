"""What no crawl sees: what is written, what lies in other circles, and what whoever has the disk reads."""

import re
from collections.abc import Callable, Iterator
from itertools import product

from nacl.public import PrivateKey
from sqlalchemy import LargeBinary, select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from portal.accounts.users import DeskKeyCopy, desk_private_keys
from portal.config import Settings
from portal.core.crypto import CannotOpen, open_key, private_key_from_seed
from portal.core.db import Base, db
from portal.core.web import Portal
from portal.partners.callin import call_ins
from portal.partners.callin.call_ins import CallInPlan
from portal.partners.callin.evening_rules import EveningState
from portal.partners.circles import my_seat
from portal.partners.reconciliation.sessions import Quote, SealedEnvelope, Theme
from tests.conftest import Once, Work
from tests.make import make_circle, private_key_of
from tests.partners.callin.evenings import plan
from tests.partners.sessions import make_circle_session
from tests.wall.city import City
from tests.wall.table import NEEDLES
from tests.wall.walk import MADE_UP, Walker, addresses, holes_of

WITHIN = "/circles/<int:circle_id>/"
AFTER = "Thank those who spoke"
POLICE = ("police, member", "police, observer")
NO_ROSTER = ("lead, services", "facilitator, another", "member, no role", "joined, not let in", *POLICE)
NO_PLANNERS = ("member, no role", "interpreter, no role", "observer, no role", "joined, not let in", *POLICE)
# By address in a circle: who sits there and is refused what would be written, or asked for.
REFUSED = {
    r"lead/|handover/(?!name)|phrase": POLICE,
    r"call-ins/.*(/voices/|/door)": NO_ROSTER,
    r"call-ins/(?!.*/mine/)": POLICE,
    r"polls/.*(new|last-day|withdraw)": NO_PLANNERS,
    r"dates/.*(from|move|call-off)": NO_PLANNERS,
}
PLAN = "plan rules heads ask suggestions notes lines/new acknowledgements/new themes/new/told guests guests/forget"
TEXTS = "themes/{theme}/approve themes/{theme}/share themes/{theme}/delete themes/{theme}/edit lines/{line}/withdraw"
OTHER_SIDE = f"{PLAN} names {TEXTS} notes/{{note}}/delete names/forget ask/stop reported"
# In a session, what is for one person or one side: nobody else of the circle learns whether it is there.
NOT_THEIRS = {
    "police, member": OTHER_SIDE,
    "services, member": OTHER_SIDE,
    "member, no role": f"{PLAN} names",
    "organizer, member": PLAN,
    "lead, faith partner": "suggestions notes themes/new/told guests guests/forget",
    "facilitator, runs the session": "names guests guests/forget",
    "facilitator, another": "suggestions notes names guests guests/forget themes/new/told",
}
ERASED = {
    "facilitator, runs the session": "themes/{theme}/delete notes/{note}/delete suggestions",
    "lead, faith partner": "lines/{line}/withdraw names/forget",
}
# What stands in clear: names, days, numbers, and what is or will be public.
CLEAR = {"acknowledgement, unsaid", "its promise", "who is in it", "who is invited"}


def circle_rules(app: Portal, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if WITHIN in rule.rule and method in (rule.methods or ())]


def session_address(city: City, rest: str) -> str:
    ids = {name: city.holes[f"{name}_id"][-1] for name in ("theme", "line", "note")}
    return f"/en/circles/{city.listening.id}/sessions/{city.holes['session_id'][0]}/{rest.format(**ids)}"


def test_whoever_may_not_write_is_refused(app: Portal, once: Once) -> None:
    city, found = once(City), []
    for pattern, people in REFUSED.items():
        rules = [rule for rule in circle_rules(app, "POST") if re.match(pattern, rule.rule.partition(WITHIN)[2])]
        assert len(rules) > 1, pattern
        for walker in (Walker(app, city, who) for who in people):
            for rule, method in product(rules, ("GET", "POST")):
                answers = walker.answers(rule, method) if method in (rule.methods or ()) else ()
                found += [(walker.who, method, one.page, one.status) for one in answers if one.status != 403]
    assert found == []


def test_what_is_not_theirs_is_what_never_was(app: Portal, once: Once) -> None:
    city = once(City)
    for who, rooms in NOT_THEIRS.items():
        walker = Walker(app, city, who)
        for rest, method in product(rooms.split(), ("GET", "POST")):
            page = session_address(city, rest)
            answer = walker.ask(method, page)
            never = walker.ask(method, page.replace(f"/{city.holes['session_id'][0]}/", f"/{MADE_UP}/"))
            assert answer.status in (404, 405) and answer.bare == never.bare, (who, method, page)


def test_nothing_of_one_circle_is_reached_through_another(app: Portal, once: Once, work: Work) -> None:
    city, who = once(City), "outside: community_lead"
    lead = city.people[who]
    with work() as session:
        circle, listening = make_circle(session, lead), make_circle(session, lead, kind="reconciliation")
        evening = {"circle_id": [circle.id], "call_in_id": [plan(circle, lead).id]}
        talk = {"circle_id": [listening.id], "session_id": [make_circle_session(session, listening, lead).id]}
    walker, reached, tried = Walker(app, city, who), [], 0
    for method in ("GET", "POST"):
        for rule in circle_rules(app, method):
            mine = talk if "session_id" in rule.rule else evening
            for holes in ({"circle_id": mine["circle_id"]}, mine):
                if any(name.endswith("_id") and name not in holes for name in holes_of(rule)):
                    pages = list(addresses(rule, {**walker.holes, **holes}))
                    tried += len(pages)
                    reached += [page for page in pages if walker.ask(method, page).status != 404]
    assert reached == []
    assert tried > 150


def test_police_read_nothing_of_what_is_owed_afterwards(app: Portal, once: Once, work: Work) -> None:
    city = once(City)
    with work() as session:
        seat = my_seat(city.circle.id, city.people["lead, faith partner"])
        call_in = session.get_one(CallInPlan, city.holes["call_in_id"][0])
        call_ins.move_on(seat, call_in, EveningState.READY)
        call_ins.move_on(seat, call_in, EveningState.ENDED)
    for who in ("member, no role", *POLICE):
        walker = Walker(app, city, who)
        rules = [rule for rule in circle_rules(app, "GET") if "call-ins" in rule.rule]
        shown = [one.shown for rule in rules for one in walker.answers(rule, "GET")]
        assert any(AFTER in text for text in shown) == (who not in POLICE), who


def test_nothing_is_erased_for_good_by_one_tap(app: Portal, once: Once, work: Work) -> None:
    def left(session: Session) -> list[int]:
        return sorted(row for table in (Theme, Quote, SealedEnvelope) for row in session.scalars(select(table.id)))

    city = once(City)
    with work() as session:
        suggestion = session.scalars(select(SealedEnvelope.id).where(SealedEnvelope.kind == "suggestion")).one()
    for who, acts in ERASED.items():
        walker = Walker(app, city, who)
        for act in acts.split():
            with work() as session:
                before = left(session)
            sent = {"suggestion": suggestion, "then": "erase"}
            asked = walker.ask("POST", session_address(city, act), **sent)
            assert "check the box first" in asked.shown, act
            with work() as session:
                assert left(session) == before, act
            walker.ask("POST", session_address(city, act), **sent, sure="y")
            with work() as session:
                assert len(left(session)) < len(before), act


def test_an_administrator_learns_from_the_log_who_acted(app: Portal, once: Once) -> None:
    city = once(City)
    walker = Walker(app, city, "outside: administrator")
    log = walker.ask("GET", "/en/audit/").shown
    assert "invited somebody to a circle" in log and "planned a session of a circle" in log
    there = [city.circle.id, city.listening.id, *city.holes["session_id"], "Umber circle"]
    assert not [one for one in there if str(one) in log]
    for page in ("/en/people/", f"/en/people/{city.people['witness'].id}"):
        assert not re.search("Umber circle|círculo|a circle", walker.ask("GET", page).shown)


def test_without_a_members_key_all_rows_open_nothing(app: Portal, once: Once, work: Work) -> None:
    """A thief has every row, the secret, the cipher's keys, and plays an administrator with a key of their own."""
    city = once(City)
    administrator, lead = city.people["outside: administrator"], city.people["lead, faith partner"]
    with work() as session:
        seeds = {blob[:32] for blob in every_blob(session) if len(blob) >= 32} | {app.secret_key[:32]}
        keys = [make(seed) for seed in seeds for make in (private_key_from_seed, PrivateKey)]
        sealed = select(DeskKeyCopy.sealed_private_key).where(
            DeskKeyCopy.member_id.in_([lead.id, city.people["witness"].id])
        )
        copies = session.scalars(sealed).all()
        assert not any(opens(open_key, copy, key) for copy in copies for key in (*keys, private_key_of(administrator)))
        assert not any(opens(app.cipher.decrypt, copy) for copy in copies)
        assert desk_private_keys(administrator.id, private_key_of(administrator)) == {}
        # Whoever sits there does open them: the test could fail.
        assert any(opens(open_key, copy, private_key_of(lead)) for copy in copies)


def every_blob(session: Session) -> Iterator[bytes]:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                yield from (value for value in session.scalars(select(column)) if value)


def opens(way: Callable[..., object], *given: object) -> bool:
    """Whether a key opens what is locked."""
    try:
        way(*given)
    except CannotOpen:
        return False
    return True


def test_the_file_holds_no_word(once: Once, settings: Settings) -> None:
    once(City)
    db.engine.dispose()
    found = b"".join(path.read_bytes() for path in settings.data_dir.parent.rglob("portal.db*"))
    assert {what for what, needle in NEEDLES.items() if needle.encode() in found} == CLEAR
