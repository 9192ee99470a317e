"""What the drill looks for: a canary for each hidden place."""

from __future__ import annotations

from collections.abc import Iterator

from babel.messages.pofile import read_po
from sqlalchemy import not_, or_, select

from portal.config import ROOT
from portal.core.db import session
from portal.leaks.canaries import Canary, canary
from portal.markets.models import Market
from portal.markets.queries import public_markets, released
from portal.markets.rules.names import words
from portal.meetings.models import Meeting
from portal.news.models import Post

# Texts that come with the program and are the same in every city.
CATALOGUE = ROOT / "translations" / "es" / "LC_MESSAGES" / "messages.po"
SHIPPED = (ROOT / "portal" / "home" / "results.py", ROOT / "portal" / "news" / "library" / "literature.toml")


def hidden_canaries() -> list[Canary]:
    """A canary for each hidden place."""
    said = shipped_words()
    for market in public_markets():
        for text in (market.name, market.own_name):
            said |= {*words(text.en), *words(text.es)}
    hidden = session.scalars(select(Market).where(or_(Market.released_at.is_(None), not_(released())))).all()
    return [canary(one.slug, one.id, _names(one), said, _tied(one.id)) for one in hidden]


def _names(market: Market) -> tuple[str, ...]:
    return market.name.en, market.name.es, market.own_name.en, market.own_name.es


def _tied(market_id: int) -> Iterator[str]:
    """Numbers and addresses of its meetings and its news."""
    for table in (Meeting, Post):
        for number, slug in session.execute(select(table.id, table.slug).where(table.market_id == market_id)):
            yield from (str(number), *((slug,) if slug else ()))


def shipped_words() -> set[str]:
    """Every word of the texts that come with the program."""
    with CATALOGUE.open("rb") as file:
        texts = [str(text) for message in read_po(file) for text in (message.id, message.string)]
    return {word for text in [*texts, *(path.read_text("utf-8") for path in SHIPPED)] for word in words(text)}
