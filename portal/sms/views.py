"""The rooms of this feature."""

from portal.core.web import Room

ROOMS: tuple[Room, ...] = ()
