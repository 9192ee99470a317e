"""The rooms for news: for everybody, and for those who write it."""

from portal.core.web import Room
from portal.news.library.views import ROOMS as LIBRARY
from portal.news.views import editor, public

ROOMS: tuple[Room, ...] = (public.room, editor.room, *LIBRARY)
