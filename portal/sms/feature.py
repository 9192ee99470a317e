"""Everything that the feature sms brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.core.clock import today
from portal.core.feature import Feature, Timed
from portal.core.findable import FixedPage, SitemapPage
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.core.portal import Portal
from portal.core.purge import RetentionRule, days_ago
from portal.sms import jobs, outgoing, pages
from portal.sms.conversations import Conversation, DeliveryWord, Inbound, Route


def start(portal: Portal) -> None:
    """Open the telephone and connect the desk's answers to it."""
    jobs.start(portal)
    outgoing.start(portal)


FEATURE = Feature(
    blueprints=(pages.inbound_blueprint, pages.about_blueprint),
    timetable=(
        Timed("pictures", MINUTE, jobs.fetch_pictures),
        Timed("unsorted texts", MINUTE, jobs.file_unsorted),
        Timed("delivery words", HOUR, jobs.settle_delivery_words),
        Timed("silent texts", DAY, jobs.ask_about_silent_texts),
        Timed("is it better", DAY, jobs.ask_whether_better),
    ),
    retention=(
        RetentionRule(
            "ways back to phones",
            "until the date on them",
            "the number, and the texts that still wait for it",
            Route,
            lambda _now: Route.expires_on < today(),
        ),
        RetentionRule(
            "conversations by text",
            "about two hours after the last text",
            "the dialogue's state",
            Conversation,
            lambda now: (Conversation.expires_at <= now) & (Conversation.window_until <= now),
            hourly=True,
        ),
        RetentionRule(
            "marks of texts taken in",
            "30 days",
            "the keyed hash of the provider's id",
            Inbound,
            lambda _now: Inbound.received_on <= days_ago(30),
        ),
        RetentionRule(
            "words about deliveries",
            "30 days",
            "the provider's id and state",
            DeliveryWord,
            lambda _now: DeliveryWord.received_on <= days_ago(30),
        ),
    ),
    kept=(
        ("opt-outs from texts", "as long as the portal runs: a keyed hash, so that the wish is kept"),
        ("wordings of texts", "as long as the portal runs: what phones were told when they agreed to get answers"),
    ),
    pages=(FixedPage(30, "sms_page.about", _l("Text messages"), template="sms/about.html", values={"is_open": True}),),
    sitemap=lambda: [SitemapPage("sms_page.about")],
    start=start,
)
