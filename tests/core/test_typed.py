"""Signed out while writing: what somebody typed is shown to them, with the names of the fields."""

from __future__ import annotations

import pytest
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
HIDDEN = {"csrf_token": "a-token", "version": "7", "then": "publish"}


def shown(page) -> dict[str, str]:
    """What stands in the boxes by the words above them."""
    labels = {label.get("for"): "".join(label.itertext()).strip() for label in page.find_all("label")}
    return {labels[box.get("id")]: "".join(box.itertext()) for box in page.find_all("textarea")}


@pytest.mark.parametrize(
    ("lang", "title", "need"),
    [
        ("en", "Title, in English", ("Interpreter", "Asked, not sure")),
        ("es", "Título, en inglés", ("Intérprete", "Falta confirmar")),
    ],
)
def test_words_of_one_piece_days_hours_and_choices_are_kept_with_their_names(
    client: FlaskClient, lang: str, title: str, need: tuple[str, str]
) -> None:
    sent = client.post(f"/{lang}/team/meetings/new", data=TYPED | HIDDEN, headers=SAME_ORIGIN)
    page = Reader(client).read(sent, 403, quotes=tuple(TYPED.values()))
    kept = shown(page)
    assert kept[title] == "Cleanup"
    assert {"Limpieza", "2026-12-03", "18:30", "elm-street"} <= set(kept.values())
    assert need in kept.items()
    assert not {"7", "publish", "a-token"} & set(kept.values())


@pytest.mark.parametrize(
    ("address", "data"),
    [
        ("/en/team/meetings/new", {"title_en": "", "original": "en", "translation": "person"}),
        ("/en/account/password", {"old": "quiet river", "new": "loud river", "again": "loud river"}),
        ("/en/team/news/new", HIDDEN),
    ],
)
def test_with_nothing_typed_and_with_secrets_one_is_asked_to_sign_in(
    client: FlaskClient, address: str, data: dict[str, str]
) -> None:
    sent = client.post(address, data=data, headers=SAME_ORIGIN)
    assert sent.status_code in (302, 404), sent.text
    assert "river" not in sent.text
