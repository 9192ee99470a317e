"""What is written in a notebook: its order, its last day, who changes it, and what it looks like to a stranger."""

from datetime import timedelta

import pytest

from portal.accounts.users import desk_private_keys
from portal.core.clock import today
from portal.core.i18n import Bilingual
from portal.core.statuses import NotAllowed, NotFound
from portal.partners import members, notes
from portal.partners.circle_rules import CircleRole
from portal.partners.circles import my_seat, open_text
from tests.make import make_circle, make_member, private_key_of, sit_in

pytestmark = pytest.mark.both_databases


@pytest.fixture
def lead(session):
    return make_member(session, [])


def begin(circle, author, title="T", body="B", days=30):
    return notes.begin_topic(my_seat(circle.id, author), {"title": title, "body": body}, today() + timedelta(days=days))


def test_the_topic_that_was_written_to_last_comes_first(session, lead) -> None:
    circle = make_circle(session, lead)
    first, second = begin(circle, lead), begin(circle, lead)
    notes.answer(my_seat(circle.id, lead), first, {"body": "A"})
    found, more = notes.topics(circle, 1)
    assert [(topic.note.id, topic.answers) for topic in found] == [(first.id, 1), (second.id, 0)]
    assert not more


def test_topics_come_in_pages(session, lead) -> None:
    circle = make_circle(session, lead)
    made = [begin(circle, lead).id for _each in range(notes.PAGE + 1)]
    first, more = notes.topics(circle, 1)
    second, end = notes.topics(circle, 2)
    assert [topic.note.id for topic in (*first, *second)] == made[::-1]
    assert (more, end) == (True, False)


def test_a_topic_past_its_last_day_is_gone_before_it_is_erased(session, lead) -> None:
    circle = make_circle(session, lead)
    last, over = begin(circle, lead, days=0), begin(circle, lead, days=-1)
    assert [topic.note.id for topic in notes.topics(circle, 1)[0]] == [last.id]
    with pytest.raises(NotFound):
        notes.topic(circle, over.id)


def test_an_answer_is_no_topic_and_a_note_of_elsewhere_is_none(session, lead) -> None:
    circle, other = make_circle(session, lead), make_circle(session, lead, name="Oak circle")
    topic = begin(circle, lead)
    reply = notes.answer(my_seat(circle.id, lead), topic, {"body": "A"})
    for ask, where, which in ((notes.topic, circle, reply.id), (notes.note, other, topic.id)):
        with pytest.raises(NotFound):
            ask(where, which)


def test_only_the_author_changes_and_it_is_sealed_to_the_present_key(session, lead) -> None:
    elder = make_member(session, [])
    circle = make_circle(session, lead, elder)
    topic = begin(circle, lead)
    with pytest.raises(NotAllowed):
        notes.change(my_seat(circle.id, elder), topic, {"title": "T", "body": "X"})
    before, version = topic.box, topic.version
    notes.change(my_seat(circle.id, lead), topic, {"title": "T", "body": "New"})
    assert topic.box != before
    assert topic.version == version + 1
    assert topic.changed_on == today()
    assert open_text(topic, desk_private_keys(elder.id, private_key_of(elder)))["body"] == "New"


def test_observers_read_and_do_not_write(session, lead) -> None:
    observer = make_member(session, [])
    circle = make_circle(session, lead, observer, role=CircleRole.OBSERVER)
    topic = begin(circle, lead)
    with pytest.raises(NotAllowed):
        begin(circle, observer)
    with pytest.raises(NotAllowed):
        notes.answer(my_seat(circle.id, observer), topic, {"body": "A"})


def test_who_may_delete(session, lead) -> None:
    elder, facilitator = make_member(session, []), make_member(session, [])
    circle = make_circle(session, lead, elder)
    sit_in(session, circle, facilitator, CircleRole.FACILITATOR)
    with pytest.raises(NotAllowed):
        notes.erase(my_seat(circle.id, elder), begin(circle, lead))
    for author, who in ((elder, elder), (lead, facilitator), (facilitator, lead)):
        note = begin(circle, author)
        notes.erase(my_seat(circle.id, who), note)
        with pytest.raises(NotFound):
            notes.topic(circle, note.id)


def test_a_short_note_is_as_long_as_a_longer_one(session, lead) -> None:
    circle = make_circle(session, lead)
    short, longer = begin(circle, lead, "T", "No."), begin(circle, lead, "A longer title", "Yes, " * 100)
    assert len(short.box) == len(longer.box)
    assert b"Yes" not in longer.box


def test_a_new_promise_is_a_version_that_must_be_accepted(session, lead) -> None:
    elder = make_member(session, [])
    circle = make_circle(session, lead, elder)
    first = circle.statement
    members.restate(my_seat(circle.id, lead), Bilingual(en="New", es="Nueva"))
    session.expire_all()
    assert [one.edition for one in circle.statements] == [2, 1]
    assert first.words.en == "What is said stays."
    assert my_seat(circle.id, lead).agrees
    assert not my_seat(circle.id, elder).agrees
    members.agree(my_seat(circle.id, elder), circle.statement.id)
    assert my_seat(circle.id, elder).agrees
