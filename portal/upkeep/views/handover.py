"""The handover pack: all that whoever comes next must know of a place, to print or to take along. Confidential."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from portal.accounts.sessions import person
from portal.core.audit import record
from portal.core.clock import today
from portal.core.web import Room, members
from portal.markets.models import Market
from portal.markets.rules.people import MAY_KNOW
from portal.upkeep.pack import parts
from portal.upkeep.pdf import bound
from portal.upkeep.queries import kept_place

room = Room("places_handover", __name__, audience=members(*MAY_KNOW), url_prefix="/<lang:lang>/team/handover")


@room.get("/<int:market_id>")
def pack(market_id: int) -> str:
    """The pack as a page to print."""
    market = _taken(market_id)
    return render_template("upkeep/handover.html", market=market, parts=parts(market, person().member))


@room.get("/<int:market_id>.pdf")
def pdf(market_id: int) -> Response:
    """The pack as a file. Its name says nothing of the place: files lie around."""
    market = _taken(market_id)
    content = bound(str(market.name), parts(market, person().member))
    headers = {"Content-Disposition": f'attachment; filename="handover-{today().isoformat()}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


def _taken(market_id: int) -> Market:
    market = kept_place(market_id, person().member)
    record("market.handover_taken", "market", market.id, person().id)
    return market
