"""Everything that the feature sms brings to the portal."""

from flask_babel import lazy_gettext as _l

from portal.accounts import navigation
from portal.core.clock import today
from portal.core.feature import Feature, FixedPage, NavigationItem, SitemapPage
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import DAY, HOUR, MINUTE
from portal.core.purge import RetentionRule, days_ago
from portal.reports.threads import ANSWER_ARRIVED, ANSWER_POSTED, DOUBT_SETTLED
from portal.sms import conversations, deliveries, explain, outgoing, pages, replies
from portal.sms.conversations import CodePart, Conversation, Inbound, Route

FEATURE = Feature(
    blueprints=(pages.inbound_blueprint, pages.about_blueprint, pages.delivery_blueprint),
    timetable=(
        Timed("pictures", MINUTE, deliveries.fetch_pictures),
        Timed("copies at the provider", MINUTE, deliveries.delete_copies),
        Timed("left at the provider", HOUR, deliveries.delete_left_texts),
        Timed("parts of code words", MINUTE, conversations.forget_code_parts),
        Timed("unsorted texts", MINUTE, replies.file_unsorted),
        Timed("delivery words", HOUR, outgoing.settle_delivery_words),
        Timed("silent texts", DAY, deliveries.ask_about_silent_texts),
        Timed("is it better", DAY, replies.ask_whether_better),
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
            "parts of code words by text",
            "ten minutes",
            "the words, encrypted, until the others come",
            CodePart,
            lambda now: CodePart.expires_at <= now,
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
            deliveries.DeliveryWord,
            lambda _now: deliveries.DeliveryWord.received_on <= days_ago(30),
        ),
        RetentionRule(
            "which of our numbers a phone knows",
            "180 days after its last text; nothing is kept with one number",
            "a keyed hash of the phone, and our number",
            outgoing.KnownSender,
            lambda _now: outgoing.KnownSender.last_on <= days_ago(180),
        ),
    ),
    kept=(
        ("opt-outs from texts", "as long as the portal runs: a keyed hash, so that the wish is kept"),
        ("texts to be deleted at the provider", "until it has: the provider's id, encrypted"),
        ("counts of texts", "as long as the portal runs: how many in a month, and why some failed"),
        ("wordings of texts", "as long as the portal runs: what phones were told when they agreed to get answers"),
    ),
    navigation=(
        NavigationItem(
            135,
            "sms_delivery.index",
            _l("Texts sent"),
            pages.READERS,
            navigation.TELL_PEOPLE,
            is_useful=pages.are_texts_sent,
        ),
    ),
    hooks=(
        ANSWER_ARRIVED.plug(outgoing.answer_arrived),
        ANSWER_POSTED.plug(outgoing.text_reply),
        DOUBT_SETTLED.plug(outgoing.settle_doubt),
    ),
    pages=(FixedPage(30, "sms_page.about", _l("Text messages"), template="sms/about.html", values={"is_open": True}),),
    sitemap=lambda: [SitemapPage("sms_page.about")],
    commands=(explain.commands,),
    start=outgoing.start,
)
