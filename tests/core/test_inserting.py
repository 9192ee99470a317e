"""Rows that are inserted without objects of the mapper, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError

from portal.core.db import db, session
from portal.core.jobs.outbox import MessageKind, OutboundMessage
from portal.core.jobs.retries import DeliveryState
from tests.conftest import Work

AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
DUE = select(
    OutboundMessage.id,
    OutboundMessage.kind,
    OutboundMessage.state,
    OutboundMessage.body,
    OutboundMessage.direct,
    OutboundMessage.due_at,
    OutboundMessage.after_id,
).where(OutboundMessage.state == DeliveryState.DUE, OutboundMessage.direct == bindparam("direct"))


def put(**values: object) -> None:
    given = {"kind": MessageKind.TEXT, "body": b"\x00sealed", "direct": True, "created_at": AT, "due_at": AT, **values}
    db.insert(OutboundMessage, **given)


def found() -> Sequence[Any]:
    return session.execute(DUE, {"direct": True}).all()


@pytest.mark.both_databases
def test_what_goes_in_comes_out(work: Work) -> None:
    elsewhere = datetime(2026, 5, 4, 8, 30, tzinfo=timezone(timedelta(hours=-4)))
    with work():
        put(id=1, due_at=elsewhere)
        put(id=2, direct=False)
        [row] = found()
    assert row == (1, "text", "due", b"\x00sealed", True, AT, None)
    assert row.due_at.tzinfo is UTC
    assert row.direct is True


def test_mapper_reads_same_and_defaults_are_filled_in(work: Work) -> None:
    with work():
        put()
    with work() as session:
        message = session.scalars(select(OutboundMessage)).one()
        assert message.id > 0
        assert (message.state, message.attempts, message.owed, message.due_at) == (DeliveryState.DUE, 0, False, AT)


@pytest.mark.both_databases
def test_what_may_be_there_once_is_written_once(work: Work) -> None:
    values = {"id": 1, "kind": MessageKind.TEXT, "direct": True, "created_at": AT, "due_at": AT}
    with work():
        assert db.insert_new(OutboundMessage, **values)
        assert not db.insert_new(OutboundMessage, **values)


@pytest.mark.both_databases
def test_an_error_is_one_of_sqlalchemy_and_quotes_nothing(work: Work) -> None:
    with work():
        put(id=1, body=b"canary")
    with pytest.raises(IntegrityError) as caught, work():
        put(id=1, body=b"canary")
    assert "canary" not in str(caught.value) + str(caught.value.args)


def test_the_mapper_joins_the_transaction_that_they_began(work: Work, app) -> None:
    with app.app_context():
        put(id=1)
        db.session().get_one(OutboundMessage, 1).attempts = 7
        put(id=2)
        db.rollback()
        assert found() == []
        put(id=3)
        db.session().get_one(OutboundMessage, 3).attempts = 7
        db.commit()
    with work() as session:
        assert session.get_one(OutboundMessage, 3).attempts == 7


def test_after_a_commit_the_line_is_free(app) -> None:
    with app.app_context():
        put(id=1)
        db.commit()
        # Still in the same request, and somebody else may write.
        with db.new_session(writes=True) as other:
            other.add(OutboundMessage(id=2, kind=MessageKind.TEXT, direct=True, created_at=AT, due_at=AT))
            other.commit()
        assert {row.id for row in found()} == {1, 2}


def test_who_only_read_may_write_on_the_same_connection(app) -> None:
    with app.app_context():
        db.read_only()
        assert found() == []
        db.begin_writing()
        put(id=1)
        db.commit()
        assert [row.id for row in found()] == [1]
