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


def begin(circle, author, title="T", body="B", days=30):
    return notes.begin_topic(my_seat(circle.id, author), {"title": title, "body": body}, today() + timedelta(days=days))


def test_a_topic_past_its_last_day_is_gone(session, lead) -> None:
    circle = make_circle(session, lead)
    last, over = begin(circle, lead, days=0), begin(circle, lead, days=-1)
    assert [topic.note.id for topic in notes.topics(circle, 1)[0]] == [last.id]
    with pytest.raises(NotFound):
        notes.topic(circle, over.id)


def test_an_answer_is_no_topic(session, lead) -> None:
    circle, other = make_circle(session, lead), make_circle(session, lead, name="Oak circle")
    topic = begin(circle, lead)
    reply = notes.answer(my_seat(circle.id, lead), topic, {"body": "A"})
    for ask, where, which in ((notes.topic, circle, reply.id), (notes.note, other, topic.id)):
        with pytest.raises(NotFound):
            ask(where, which)


def test_only_the_author_changes_a_note(session, lead) -> None:
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


def test_a_new_promise_must_be_accepted(session, lead) -> None:
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
