"""What others may want to know of a thread."""

from __future__ import annotations

from blinker import Signal

reply_posted = Signal("the desk answered: sender is the thread's id; `text` is what was said")
"""The one signal that carries words: once sealed they could not be opened again by whoever sends them on."""

doubt_settled = Signal("sender is the thread's id; `stop` says whether the person wants no more texts")
