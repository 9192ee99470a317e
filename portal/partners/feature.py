"""Everything that the feature partners brings to the portal."""

from functools import partial

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists

from portal.accounts import reminders
from portal.accounts.navigation import DRAWN_IN
from portal.accounts.today import NEXT_EVENINGS, WAITS
from portal.accounts.users import Desk
from portal.core.clock import today
from portal.core.feature import OPEN_PAGES, Feature, FixedPage, NavigationItem, Reader
from portal.core.jobs.engine import Timed
from portal.core.jobs.retries import HOUR
from portal.core.purge import RetentionRule, days_ago
from portal.markets.places import GATHERINGS
from portal.partners import board, circle_pages, circles, members, notes
from portal.partners.callin import call_ins, own_part, pages, run_pages
from portal.partners.callin.call_ins import CallInCard, CallInLink, CallInPlan
from portal.partners.circle_rules import FOUNDERS
from portal.partners.circles import Circle
from portal.partners.polls import pages as polls_pages, polls
from portal.partners.reconciliation import planning, sessions_pages, words_pages

REMIND = partial(reminders.remind_all, board.ABOUT, board.open_circles, board.reminders_of, reminders.due_words)
FEATURE = Feature(
    blueprints=(
        circle_pages.circles_blueprint,
        circle_pages.founding_blueprint,
        circle_pages.lead_blueprint,
        notes.blueprint,
        circle_pages.handover_blueprint,
        board.blueprint,
        polls_pages.blueprint,
        polls_pages.dates_blueprint,
        polls_pages.public_blueprint,
        pages.blueprint,
        pages.help_blueprint,
        pages.voices_blueprint,
        own_part.inside_blueprint,
        own_part.link_blueprint,
        run_pages.run_blueprint,
        run_pages.tonight_blueprint,
        sessions_pages.blueprint,
        words_pages.blueprint,
        sessions_pages.acknowledgements_blueprint,
        sessions_pages.listening_blueprint,
    ),
    timetable=(Timed("reminders of circles", HOUR, REMIND),),
    refusals=(members.REFUSALS, polls.REFUSALS, call_ins.REFUSALS, planning.REFUSALS),
    audited=(members.AUDITED, polls.AUDITED, call_ins.AUDITED, planning.AUDITED),
    retention=(
        RetentionRule(
            "notes of circles",
            "until the day that was chosen when the topic was written",
            "with all answers",
            notes.Note,
            lambda _now: notes.Note.expires_on < today(),
        ),
        *planning.ERASED_OF_SESSIONS,
        *polls.ERASED_OF_POLLS,
        RetentionRule(
            "invitations to circles",
            "30 days without an answer",
            "who was invited, as what",
            circles.Membership,
            lambda _now: and_(circles.Membership.joined_on.is_(None), circles.Membership.invited_on <= days_ago(30)),
        ),
        RetentionRule(
            "seats in circles that were taken",
            "until the next night, or until an ended account cannot be brought back any more",
            "who sat there, as what",
            circles.Membership,
            lambda _now: circles.HAS_LOST_SEAT,
        ),
        RetentionRule(
            "those who speak at call-ins",
            "30 days after the evening",
            "their names, consents, safety and what they wanted to say",
            CallInCard,
            lambda _now: exists().where(CallInPlan.id == CallInCard.call_in_id, call_ins.long_over(30)),
        ),
        RetentionRule(
            "private links of those who speak",
            "until the day after the evening",
            "with the copy of their part",
            CallInLink,
            lambda _now: exists().where(
                CallInCard.id == CallInLink.card_id, CallInPlan.id == CallInCard.call_in_id, call_ins.long_over(2)
            ),
        ),
        RetentionRule(
            "call-ins of circles",
            "180 days after the evening",
            "with the run, the services and what was done afterwards",
            CallInPlan,
            lambda _now: call_ins.long_over(180),
        ),
        RetentionRule(
            "closed circles",
            "30 days after they were closed",
            "with all notes, seats and keys",
            Desk,
            lambda _now: exists().where(Circle.desk_id == Desk.id, Circle.closed_on <= days_ago(30)),
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
    sitemap=planning.listed_pages,
    start=own_part.start,
    hooks=(
        DRAWN_IN.plug(("circles.index", circles.is_drawn_in)),
        GATHERINGS.plug(call_ins.places_of_call_ins),
        OPEN_PAGES.plug(sessions_pages.open_links),
        WAITS.plug(board.waits),
        NEXT_EVENINGS.plug(board.next_evenings),
    ),
)
