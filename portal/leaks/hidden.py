"""What the drill looks for: a canary for each hidden place."""

from __future__ import annotations

from functools import cache

from babel.messages.pofile import read_po
from sqlalchemy import not_, or_, select

from portal.commitments.models import Commitment, EvidenceFile, LedgerEntry
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
MOST_TIED = 3
"""Of the promises, meetings and news of a place so many each are asked for by hand: all are found in the same way."""
SHIPPED = (ROOT / "portal" / "home" / "results.py", ROOT / "portal" / "news" / "library" / "literature.toml")


def hidden_canaries() -> list[Canary]:
    """A canary for each hidden place."""
    said = set(shipped_words())
    for market in public_markets():
        for text in (market.name, market.own_name):
            said |= {*words(text.en), *words(text.es)}
    hidden = session.scalars(select(Market).where(or_(Market.released_at.is_(None), not_(released())))).all()
    return [canary(one.slug, one.id, _names(one), said, _tied(one.id)) for one in hidden]


def _names(market: Market) -> tuple[str, ...]:
    return market.name.en, market.name.es, market.own_name.en, market.own_name.es


def _tied(market_id: int) -> dict[str, list[tuple[str, str]]]:
    """Numbers and addresses of its promises and their files, its meetings and its news."""
    # The longer way first: what stands behind a promise is asked for by its own number.
    files = select(EvidenceFile.id, Commitment.slug).select_from(EvidenceFile).join(LedgerEntry).join(Commitment)
    return {
        kind: [(str(number), slug or str(number)) for number, slug in session.execute(asked.limit(MOST_TIED))]
        for kind, asked in (
            ("files", files.where(Commitment.market_id == market_id)),
            ("promises", select(Commitment.id, Commitment.slug).where(Commitment.market_id == market_id)),
            ("meetings", select(Meeting.id, Meeting.slug).where(Meeting.market_id == market_id)),
            ("news", select(Post.id, Post.slug).where(Post.market_id == market_id)),
        )
    }


@cache
def shipped_words() -> frozenset[str]:
    """Every word of the texts that come with the program."""
    with CATALOGUE.open("rb") as file:
        texts = [str(text) for message in read_po(file) for text in (message.id, message.string)]
    shipped = [*texts, *(path.read_text("utf-8") for path in SHIPPED)]
    return frozenset(word for text in shipped for word in words(text))
