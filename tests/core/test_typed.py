"""Signed out while writing: what somebody typed is shown to them, with the names of the fields."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.page import SAME_ORIGIN, Reader

TYPED = {
    "title_en": "Cleanup",
    "title_es": "Limpieza",
    "held_on": "2026-12-03",
    "starts": "18:30",
    "interpreter": "asked",
    "market": "elm-street",
    "original": "en",
}
HIDDEN = {"csrf_token": "a-token", "version": "7", "then": "publish", "seen": "88", "slip": "signed.text", "item": "12"}


def shown(page) -> dict[str, str]:
    """What stands in the boxes by the words above them."""
    labels = {label.get("for"): "".join(label.itertext()).strip() for label in page.find_all("label")}
    return {labels[box.get("id")]: "".join(box.itertext()) for box in page.find_all("textarea")}


def test_words_of_one_piece_days_hours_and_choices_are_kept_with_their_names(client: FlaskClient) -> None:
    for lang, title, need in (
        ("en", "Title, in English", ("Interpreter", "Asked, not sure")),
        ("es", "Título, en inglés", ("Intérprete", "Falta confirmar")),
    ):
        sent = client.post(f"/{lang}/team/meetings/new", data=TYPED | HIDDEN, headers=SAME_ORIGIN)
        page = Reader(client).read(sent, 403, quotes=tuple(TYPED.values()))
        kept = shown(page)
        assert kept[title] == "Cleanup"
        assert need in kept.items()
        # Neither marks of the page, nor what it had chosen already, nor a choice that only it could name.
        assert sorted(kept.values()) == sorted(["Cleanup", "Limpieza", "2026-12-03", "18:30", need[1]])


def test_words_in_a_form_of_one_message_have_their_label(client: FlaskClient) -> None:
    data = {"in-other-words-77-note": "They sell at night.", "in-other-words-77-version": "3", "instead-77": "91"}
    sent = client.post("/en/desk/5/translate/77", data=data | HIDDEN, headers=SAME_ORIGIN)
    [(label, text)] = shown(Reader(client).read(sent, 403, quotes=tuple(data.values()))).items()
    assert text == "They sell at night."
    assert label


def test_a_choice_alone_is_kept_too(client: FlaskClient) -> None:
    sent = client.post("/en/team/meetings/new", data={"market": "elm-street"}, headers=SAME_ORIGIN)
    page = Reader(client).read(sent, 403)
    assert "what you chose is kept" in page.text
    assert not shown(page)


def test_with_nothing_typed_and_with_secrets_one_is_asked_to_sign_in(client: FlaskClient) -> None:
    for address, data in (
        ("/en/team/meetings/new", {"title_en": "", "original": "en", "translation": "person"}),
        ("/en/account/password", {"old": "quiet river", "new": "loud river", "again": "loud river"}),
        ("/en/team/news/new", HIDDEN),
    ):
        sent = client.post(address, data=data, headers=SAME_ORIGIN)
        assert sent.status_code in (302, 404), sent.text
        assert "river" not in sent.text
