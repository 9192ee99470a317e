"""The rooms for tools and guides: for everybody, and for those who keep them."""

from portal.core.web import Room
from portal.news.library.views import editor, public

ROOMS: tuple[Room, ...] = (public.room, editor.room)
