"""Everything that the feature partners brings to the portal."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists

from portal.accounts.navigation import DRAWN_IN
from portal.accounts.today import NEXT_EVENINGS, WAITS
from portal.accounts.users import Desk
from portal.core.clock import today
from portal.core.feature import OPEN_PAGES, Feature, FixedPage, NavigationItem, Reader, Timed
from portal.core.jobs.retries import HOUR
from portal.core.purge import RetentionRule, days_ago
from portal.markets.places import GATHERINGS
from portal.partners import (
    board,
    board_reminders,
    circle_pages,
    handover_pages,
    members,
    notes_pages,
    texts,
)
from portal.partners.callin import (
    call_in,
    help_pages,
    own_part,
    own_part_pages,
    pages,
    paper_pages,
    tonight_pages,
    voices_pages,
)
from portal.partners.callin import texts as callin_texts
from portal.partners.callin.call_in import CallInCard, CallInLink, CallInPlan
from portal.partners.circle_rules import FOUNDERS
from portal.partners.circles import HAS_LOST_SEAT, Membership, Note, is_desk_of_closed_circle, is_drawn_in
from portal.partners.members import COMING, LEFT_OPEN
from portal.partners.polls import dates_pages, deciding, polls, public_pages
from portal.partners.polls import pages as polls_pages
from portal.partners.polls import texts as polls_texts
from portal.partners.reconciliation import (
    listening_pages,
    planning,
    planning_pages,
    table_pages,
    telling,
    words_pages,
)
from portal.partners.reconciliation import texts as reconciliation_texts

FEATURE = Feature(
    blueprints=(
        circle_pages.circles_blueprint,
        circle_pages.founding_blueprint,
        circle_pages.lead_blueprint,
        notes_pages.blueprint,
        handover_pages.blueprint,
        board.blueprint,
        polls_pages.blueprint,
        dates_pages.blueprint,
        public_pages.guests_blueprint,
        public_pages.public_blueprint,
        pages.blueprint,
        help_pages.blueprint,
        voices_pages.blueprint,
        own_part_pages.blueprint,
        own_part_pages.link_blueprint,
        paper_pages.paper_blueprint,
        paper_pages.run_blueprint,
        tonight_pages.blueprint,
        planning_pages.blueprint,
        table_pages.blueprint,
        words_pages.words_blueprint,
        words_pages.acknowledgements_blueprint,
        listening_pages.blueprint,
    ),
    timetable=(
        Timed("reminders of circles", HOUR, board_reminders.remind_circles),
        Timed("polls of circles", HOUR, deciding.remind_all),
    ),
    refusals=(texts.REFUSALS, polls_texts.REFUSALS, callin_texts.REFUSALS, reconciliation_texts.REFUSALS),
    audited=(texts.AUDITED, polls_texts.AUDITED, callin_texts.AUDITED, reconciliation_texts.AUDITED),
    retention=(
        RetentionRule(
            "notes of circles",
            "until the day that was chosen when the topic was written",
            "with all answers",
            Note,
            lambda _now: Note.expires_on < today(),
        ),
        *planning.ERASED_OF_SESSIONS,
        *polls.ERASED_OF_POLLS,
        RetentionRule(
            "invitations to circles",
            "30 days without an answer",
            "who was invited, as what",
            Membership,
            lambda _now: and_(Membership.joined_on.is_(None), Membership.invited_on <= days_ago(30)),
        ),
        RetentionRule(
            "seats in circles that were taken",
            "until the next night, or until an ended account cannot be brought back any more",
            "who sat there, as what",
            Membership,
            lambda _now: HAS_LOST_SEAT,
        ),
        RetentionRule(
            "those who speak at call-ins",
            "30 days after the evening",
            "their names, consents, safety and what they wanted to say",
            CallInCard,
            lambda _now: exists().where(CallInPlan.id == CallInCard.call_in_id, call_in.long_over(30)),
        ),
        RetentionRule(
            "private links of those who speak",
            "until the day after the evening",
            "with the copy of their part",
            CallInLink,
            lambda _now: exists().where(
                CallInCard.id == CallInLink.card_id,
                CallInPlan.id == CallInCard.call_in_id,
                call_in.long_over(2),
            ),
        ),
        RetentionRule(
            "call-ins of circles",
            "180 days after the evening",
            "with the run, the services and what was done afterwards",
            CallInPlan,
            lambda _now: call_in.long_over(180),
        ),
        RetentionRule(
            "closed circles",
            "30 days after they were closed",
            "with all notes, seats and keys",
            Desk,
            lambda _now: is_desk_of_closed_circle(days_ago(30)),
            before=members.erase_circles,
        ),
    ),
    kept=(
        ("published acknowledgements", "as long as the portal runs: an office said it to everybody"),
        ("sessions, themes, head counts", "as long as their circle"),
        ("circles and their promise", "until their lead closes them, and 30 days more"),
    ),
    navigation=(NavigationItem(140, "circles.index", _l("Circles"), FOUNDERS, rooms=("organisations",)),),
    pages=(
        FixedPage(
            54,
            "acknowledgements.index",
            _l("What offices have acknowledged"),
            _l("Where an office said in public what harm was done, and what the community answered."),
            readers=Reader.REPORTING,
        ),
    ),
    sitemap=telling.listed_pages,
    start=own_part.start,
    hooks=(
        DRAWN_IN.plug(("circles.index", is_drawn_in)),
        GATHERINGS.plug(call_in.places_of_call_ins),
        COMING.plug(polls.next_dates),
        COMING.plug(call_in.coming),
        COMING.plug(planning.sessions_ahead),
        LEFT_OPEN.plug(polls.open_polls_of),
        LEFT_OPEN.plug(call_in.left_open),
        LEFT_OPEN.plug(planning.open_sessions),
        OPEN_PAGES.plug(listening_pages.open_links),
        WAITS.plug(board.waits),
        NEXT_EVENINGS.plug(board.next_evenings),
    ),
)
