"""What workers do for areas: draw the rings that somebody asked for."""

from __future__ import annotations

from portal.core.db import db, session
from portal.core.jobs.engine import Engine
from portal.core.jobs.rows import each_row
from portal.core.jobs.timetable import MINUTE
from portal.indicators.areas.actions import DRAW_RINGS, surrounded, waiting_rings
from portal.indicators.areas.geometry import ring
from portal.indicators.models import Area


def start(jobs: Engine) -> None:
    """Add it to the timetable; whoever asks for a ring wakes a worker at once."""
    jobs.job(DRAW_RINGS, draw_rings)
    jobs.timed("rings", MINUTE, draw_rings)


def draw_rings() -> None:
    """Draw each ring that has none yet; one whose inside has no outline waits until it has."""
    with db.work():
        waiting = waiting_rings()
    each_row(waiting, draw_ring)


def draw_ring(area_id: int) -> None:
    """Draw one ring."""
    with db.work():
        area = session.get(Area, area_id)
        inner = surrounded(area) if area else None
        meters = area.ring_meters if area else None
    if inner is None or meters is None:
        return
    drawn = ring(inner, meters)
    with db.work():
        area = session.get(Area, area_id, with_for_update=True)
        # Somebody may have asked for another width, or sent an outline, meanwhile.
        if area is not None and area.geometry is None and area.ring_meters == meters and surrounded(area) == inner:
            area.geometry = drawn
