"""What a desk teaches the number: in other words, sealed, looked at by a second person, taken out and erased."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from portal.core.audit import AuditEvent
from portal.core.clock import today
from portal.core.reading.reader import After, Meaning
from portal.core.reading.train import examples as learned_from
from portal.core.web import Portal
from portal.reports.desk_texts import Paraphrase, TaughtText, examples
from portal.reports.texts import MEANINGS, TOLD_BEFORE
from tests.conftest import Work
from tests.make import make_desk
from tests.page import SAME_ORIGIN, Reader, reader_of
from tests.reports.conftest import Desks

PAGE = "/en/desk/examples/"
SAID = {"text": "dont hit me up no more", "label": "opt_out", "after": "news", "written_in": "en"}


def browsers(app: Portal, desks: Desks) -> Callable[[str], Reader]:
    """Read as somebody who sits at a desk, by name."""
    return lambda name: reader_of(app, getattr(desks, name))


def rows(work: Work) -> list[TaughtText]:
    with work() as session:
        return list(session.scalars(select(TaughtText)))


def test_a_paraphrase_is_sealed_let_go_and_taken_out(app: Portal, desks: Desks, work: Work, tmp_path: Path) -> None:
    at = browsers(app, desks)
    page = at("ana")(PAGE).form("/examples").submit(**SAID)
    assert SAID["text"] in page.text and "No more texts" in page.text and "Ana Ruiz" in page.text
    [row] = rows(work)
    assert row.plain is None and row.box and SAID["text"].encode() not in row.box
    assert not any("/let-go" in one.get("action", "") for one in page.tree.iter("form")), "not by its writer"
    sent = {"csrf_token": page.form("/erase").values["csrf_token"]}
    refused = page.reader.client.post(f"{PAGE}{row.id}/let-go", data=sent, headers=SAME_ORIGIN)
    assert refused.status_code == 409 and rows(work)[0].plain is None
    out = at("ben")(PAGE).form("/let-go").submit()
    assert "Ana Ruiz" not in out.text and SAID["text"] in out.text
    [row] = rows(work)
    assert (row.written_by_id, row.box, row.key_for_desk) == (None, None, None)
    file = tmp_path / "taught.txt"
    assert "1 examples" in app.test_cli_runner().invoke(args=["sms", "examples", str(file)]).output
    [given] = learned_from(tmp_path)
    assert (given.text, given.meaning, given.after, given.language) == (SAID["text"], "opt_out", "news", "en")
    assert rows(work) == []


def test_it_is_looked_through_for_what_tells_on_somebody(app: Portal, desks: Desks, work: Work) -> None:
    page = browsers(app, desks)("ana")(PAGE)
    asked = page.form("/examples").submit(422, **SAID | {"text": "tell Juan Pérez to call 336-555-0123"})
    assert "One more look" in asked.text and "Juan Pérez" in asked.text
    assert rows(work) == []
    code = "rally lunch outdoor bronze lecture indicate develop bike"
    assert "code words" in page.form("/examples").submit(422, **SAID | {"text": code}).text
    page.form("/examples").submit(422, **SAID | {"text": ""})
    assert rows(work) == []
    asked.form("/examples").submit(sure="y")
    assert len(rows(work)) == 1


def test_only_its_desk_lets_it_go_or_erases_it(app: Portal, desks: Desks, work: Work) -> None:
    at = browsers(app, desks)
    at("ana")(PAGE).form("/examples").submit(**SAID)
    [row] = rows(work)
    olga = at("olga")(PAGE)
    assert SAID["text"] not in olga.text
    for act in ("let-go", "erase"):
        token = olga.form("/examples").values["csrf_token"]
        sent = olga.reader.client.post(f"{PAGE}{row.id}/{act}", data={"csrf_token": token}, headers=SAME_ORIGIN)
        assert sent.status_code == 404
    assert "Nothing here." in at("ana")(PAGE).form("/erase").submit().text
    assert rows(work) == []


def test_nothing_leads_from_a_paraphrase_to_a_report(app: Portal, desks: Desks, work: Work) -> None:
    browsers(app, desks)("ana")(PAGE).form("/examples").submit(**SAID)
    assert not {"thread_id", "message_id", "created_at"} & {column.name for column in TaughtText.__table__.columns}
    with work() as session:
        assert not [event for event in session.scalars(select(AuditEvent)) if event.action.startswith("example")]


def test_examples_are_grouped_as_they_are_learned_from(work: Work, tmp_path: Path) -> None:
    given = [("b", Meaning.REPORT), ("# a\nb", Meaning.DANGER), ("a", Meaning.REPORT)]
    with work() as session:
        desk_id = make_desk(session, [], "outreach").id
        lines = [Paraphrase(text, "es", After.NOTHING, meaning).line() for text, meaning in given]
        session.add_all(TaughtText(desk_id=desk_id, written_on=today(), plain=line) for line in lines)
        session.flush()
        (tmp_path / "taught.txt").write_text(examples()[1])
    learned = [(one.text, one.meaning) for one in learned_from(tmp_path)]
    assert learned == [("a b", Meaning.DANGER), ("a", Meaning.REPORT), ("b", Meaning.REPORT)]
    assert (set(MEANINGS), set(TOLD_BEFORE)) == (set(Meaning), set(After))
