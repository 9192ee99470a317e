"""What happens elsewhere that has to reach a phone."""

from __future__ import annotations

from typing import Any

from flask import Flask

from portal.core.jobs.outbox import cipher
from portal.reports.signals import doubt_settled, reply_posted
from portal.sms.actions import say_who_is_reached, send_held, stop_texting, text_reply
from portal.sms.queries import route_of


def start(_app: Flask) -> None:
    """Connect to the signals of lower floors."""
    reply_posted.connect(_text_reply)
    doubt_settled.connect(_settle_doubt)


def _text_reply(thread_id: Any, text: str) -> None:
    text_reply(thread_id, text)


def _settle_doubt(thread_id: Any, stop: bool) -> None:
    route = route_of(thread_id)
    if route is None:
        return
    sender, number = route.sender_hash, cipher().decrypt(route.number)
    if stop:
        stop_texting(number, "person")
        say_who_is_reached(sender, reached=False)
    else:
        send_held(sender, number)
